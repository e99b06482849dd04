/* Domains of addresses: their A-label form, and the comparison with a domain that was written
 * in the configuration.
 *
 * An SMTPUTF8 client may send a domain in U-labels (RFC 5890: "b\u00fccher.example" in UTF-8),
 * in capitals or with decomposed letters, while the administrator writes the same domain in
 * A-labels ("xn--bcher-kva.example"). All are compared in A-labels. */
#ifndef UTIL_DOMAIN_H
#define UTIL_DOMAIN_H

#include <stdbool.h>
#include <stddef.h>

#define DOMAIN_MAX_BYTES 512u /* of domain_ascii()'s buffer: a mailbox and a NUL */

/* Converts a domain, or the domain of a mailbox, to A-labels, as Postfix does: by UTS 46 in its
 * nontransitional form, which maps case, width and U+3002 and composes letters.
 *
 *	"b\u00fccher.example"	"xn--bcher-kva.example"
 *	"B\u00dcCHER\u3002example"	"xn--bcher-kva.example"
 *	"j\u00f6@b\u00fccher.example"	"j\u00f6@xn--bcher-kva.example"
 *	".b\u00fccher.example"	".xn--bcher-kva.example"
 *	"b\u00fccher.example\u3002"	"xn--bcher-kva.example"
 *	"Joe@Example.COM"	s itself: its domain is ASCII
 *	"x@\xff.example"	s itself: not UTF-8, there is no such form
 *
 * Returns out, or s itself when its domain is ASCII already, when it has no A-label form, and
 * when the result is too long for out. */
const char *domain_ascii(const char *s, char out[static DOMAIN_MAX_BYTES]);

/* The opposite, for patterns, which may be written with either: "j@xn--bcher-kva.example" to
 * "j@b\u00fccher.example". Returns out, or s itself when its domain has no A-label, or one that
 * cannot be decoded, and when the result is too long for out. */
const char *domain_unicode(const char *s, char out[static DOMAIN_MAX_BYTES]);

/* The same with the capitals of ASCII in the domain in lower case: "Joe@Example.COM" to
 * "Joe@example.com". Returns out, or s itself when its domain has none or s is too long. */
const char *domain_lower(const char *s, char out[static DOMAIN_MAX_BYTES]);

/* The forms in which patterns see a domain or a mailbox: as it is; with the domain in lower
 * case; with the domain in U-labels. *i, 0 at first, counts them; a form that is equal to s is
 * left out. Returns NULL behind the last one, else s itself or out:
 *
 *	"Jo@Example.COM"	itself, "Jo@example.com"
 *	"j@xn--bcher-kva.example"	itself, "j@b\u00fccher.example"
 *	""			itself */
const char *domain_next_form(const char *s, unsigned *i, char out[static DOMAIN_MAX_BYTES]);

/* The length of s without one dot at its end: "example.com." names the domain example.com. */
size_t domain_trimmed_length(const char *s);

/* True when a written value means the domain (both in A-labels): "example.com" means only
 * itself, ".example.com" every domain below example.com. The case of ASCII letters does not
 * count, nor does a dot at the domain's end. */
bool domain_fits(const char *domain, const char *written);

#endif
