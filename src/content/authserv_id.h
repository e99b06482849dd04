/* Whose results a header field Authentication-Results has: its authserv-id (RFC 8601, section
 * 2.2), by which programs know the fields of a filter that they trust. One that comes in from
 * elsewhere with that id is forged (section 5). */
#ifndef CONTENT_AUTHSERV_ID_H
#define CONTENT_AUTHSERV_ID_H

#include <stdbool.h>

/* Whether the field with this value has that id. value: as in struct header. id: as it is
 * written in the configuration. Case makes no difference, nor does a dot at the end, nor
 * whether a domain is in A-labels or U-labels. With "mx.example.org":
 *
 *	mx.example.org; dkim=pass ...		yes
 *	MX.example.org 1; none			yes: a version
 *	(a (b) \) c) "mx.example.org" (d); ...	yes: comments, a quoted string
 *	mx."example".org; ...			yes: neither form, but programs may read it so
 *	mx.example.org.test; ...		no
 *	"mx.example.org				yes: to the end of the value
 */
bool authserv_id_is(const char *value, const char *id);

/* Whether the field says that a check of this domain has passed: dkim=pass with a header.d that
 * is the domain or one above it, or dmarc=pass with header.from the domain. domain: in
 * A-labels. A result that has two such properties says nothing, nor does what stands behind one
 * that is not of the form of RFC 8601. With the domain "a.example":
 *
 *	mx; dkim=pass header.d=a.example header.s=k	yes
 *	mx; dkim=fail header.d=a.example; dmarc=pass (p=none) header.from=a.example	yes
 *	mx; dkim=pass header.d=b.example		no
 *	mx; dkim=fail reason="dkim=pass header.d=a.example"	no: it is a text
 *	mx; dkim=pass header.d=b.example header.d=a.example	no
 */
bool authserv_passes(const char *value, const char *domain);

#endif
