/* The hosts of links, as browsers read them (URL Standard, section 4.4; RFC 3986). */
#ifndef UTIL_URL_H
#define UTIL_URL_H

#include <stdbool.h>
#include <stddef.h>

#include "util/domain.h"

/* Writes the host of a link to out, in the form in which domains are compared: A-labels in
 * lower case without a dot at the end; an IPv4 address, however its numbers are written, in
 * dotted form; an IPv6 address in brackets. Only links to a server have one: with the scheme
 * http, https, ftp, ws or wss, without a scheme ("//host/"), or with neither and "www." in
 * front.
 *
 *	https://a@b.EVIL.example:8/x		b.evil.example
 *	https:\\evil.example?x, HTTP:evil.example	evil.example
 *	ht<TAB>tp://ev<LF>il.example/		evil.example
 *	//b\u00fccher.example/, http://b%C3%BCcher.example	xn--bcher-kva.example
 *	http://3221225985/, http://0xc0.0.02.1	192.0.2.1
 *	www.evil.example/x			www.evil.example
 *	http://evil.example), http://evil.example !	evil.example
 *	mailto:a@b.example, x/y, #z, http://a%20b/	false
 *
 * In UTF-8. Linear in len. False: it has no host. */
bool url_host(const char *url, size_t len, char out[static DOMAIN_MAX_BYTES]);

/* Finds the next link in a text that people read, from byte *at on: "http://" and "https://" in
 * any case, and "www." where no letter or digit stands in front of it. Sets *at and *ret_len to
 * its begin and length: it ends in front of white space, a quote or an angle bracket. The
 * caller goes on behind it. False: there is none. */
bool url_find_in_text(const char *s, size_t len, size_t *at, size_t *ret_len);

#endif
