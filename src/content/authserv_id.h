/* Whose results a header field Authentication-Results has: its authserv-id (RFC 8601, section
 * 2.2), by which programs know the fields of a filter that they trust. One that comes in from
 * elsewhere with that id is forged (section 5). */
#ifndef CONTENT_AUTHSERV_ID_H
#define CONTENT_AUTHSERV_ID_H

#include <stdbool.h>

/* Whether the field with this value has that id. value: as in struct header. id: as it is
 * written in the configuration. Case makes no difference, nor does a dot at the end, nor
 *whether a domain is in A-labels or U-labels. With "mx.example.org":
 *
 *	mx.example.org; dkim=pass ...		yes
 *	MX.example.org 1; none			yes: a version
 *	(a (b) \) c) "mx.example.org" (d); ...	yes: comments, a quoted string
 *	mx."example".org; ...			yes: neither form, but programs may read it so
 *	mx.example.org.test; ...		no
 *	"mx.example.org				yes: to the end of the value
 */
bool authserv_id_is(const char *value, const char *id);

#endif
