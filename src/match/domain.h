/* Domains in the form in which they compare. Layer 3. RFC 5890, RFC 3492. */
#ifndef MATCH_DOMAIN_H
#define MATCH_DOMAIN_H

#include <stdbool.h>
#include <stddef.h>

#define DOMAIN_MAX_BYTES 512u /* a mailbox with its domain, and a NUL */

/* A domain, or the domain of a mailbox, in A-labels: "b\u00fccher.example" is
 * "xn--bcher-kva.example". s itself when it is ASCII, and where there is no such form. Labels
 * are taken as U-labels are defined: lower case, NFC; nothing is mapped. What is returned is s
 * or out. */
const char *domain_ascii(const char *s, char out[static DOMAIN_MAX_BYTES]);

/* Is a domain, in A-labels, meant by what was written: "example.com" itself, or ".example.com"
 * any below it? Case-blind; a dot at the domain's end does not count. */
bool domain_fits(const char *domain, const char *written);

#endif
