/* Converts domains between U-labels and A-labels by libidn2. Domains that are ASCII, nearly
 * all, never reach the library. */
#include "util/domain.h"

#include <idn2.h>
#include <stdint.h>
#include <string.h>

#include "util/str.h"

#define MAX_U_BYTES 1020u /* 255 characters of UTF-8: no longer domain has an A-label form */
#define SYNTAX	    " @<>\"(),:;\\" /* wide forms of these, such as U+FF20, map to them */

/* Finds the A-label form of a domain, NULL when it has none; to be freed by idn2_free(). The
 * nontransitional form keeps the sharp s. libidn2 refuses symbols in it, which Postfix takes,
 * such as U+2603; the transitional form has the same A-label for these. */
static char *
find_a_labels(const char *domain)
{
	const uint8_t *u = (const uint8_t *)domain;
	uint8_t *ascii = NULL;

	if (idn2_lookup_u8(u, &ascii, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) != IDN2_OK &&
	    idn2_lookup_u8(u, &ascii, IDN2_NFC_INPUT | IDN2_TRANSITIONAL) != IDN2_OK)
		return NULL;
	return (char *)ascii;
}

/* Writes the domain, len bytes between the dots at its ends, in A-labels to out. Returns the
 * number of bytes; 0: there is no such form, or no room for it. */
static size_t
write_a_labels(const char *domain, size_t len, char *out, size_t room)
{
	char u[MAX_U_BYTES + 1];
	char *ascii;
	size_t n = 0;

	if (len > MAX_U_BYTES || !str_is_utf8(domain, len))
		return 0;
	memcpy(u, domain, len);
	u[len] = '\0';
	ascii = find_a_labels(u);
	if (ascii != NULL && strpbrk(ascii, SYNTAX) == NULL)
		n = strlen(ascii);
	while (n > 0 && ascii[n - 1] == '.') /* U+3002 at the end */
		n--;
	if (n > room)
		n = 0;
	if (n > 0)
		memcpy(out, ascii, n);
	idn2_free(ascii);
	return n;
}

const char *
domain_ascii(const char *s, char out[static DOMAIN_MAX_BYTES])
{
	const char *at = strrchr(s, '@'), *domain = at == NULL ? s : at + 1, *end;
	size_t n, used, tail;

	if (str_is_ascii(domain, strlen(domain)))
		return s;
	end = domain + strlen(domain);
	domain += strspn(domain, ".");
	n = (size_t)(domain - s);
	for (tail = 1; end[-1] == '.'; tail++)
		end--;
	if (n + tail >= DOMAIN_MAX_BYTES)
		return s;
	used = write_a_labels(domain, (size_t)(end - domain), out + n,
			      DOMAIN_MAX_BYTES - n - tail);
	if (used == 0)
		return s;
	memcpy(out, s, n);
	memcpy(out + n + used, end, tail);
	return out;
}

const char *
domain_unicode(const char *s, char out[static DOMAIN_MAX_BYTES])
{
	const char *at = strrchr(s, '@'), *domain = at == NULL ? s : at + 1;
	size_t n = (size_t)(domain - s), len = strlen(domain);
	char lower[DOMAIN_MAX_BYTES];
	char *u = NULL;

	if (strcasestr(domain, "xn--") == NULL || len >= sizeof(lower))
		return s;
	memcpy(lower, domain, len + 1);
	str_lower(lower);
	if (idn2_to_unicode_8z8z(lower, &u, 0) != IDN2_OK)
		return s;
	len = strlen(u);
	if (n + len < DOMAIN_MAX_BYTES && strcmp(u, lower) != 0) {
		memcpy(out, s, n);
		memcpy(out + n, u, len + 1);
		s = out;
	}
	idn2_free(u);
	return s;
}

const char *
domain_lower(const char *s, char out[static DOMAIN_MAX_BYTES])
{
	const char *at = strrchr(s, '@'), *domain = at == NULL ? s : at + 1;
	size_t len = strlen(s), n = (size_t)(domain - s);

	while (*domain != '\0' && (*domain < 'A' || *domain > 'Z'))
		domain++;
	if (*domain == '\0' || len >= DOMAIN_MAX_BYTES)
		return s;
	memcpy(out, s, len + 1);
	str_lower(out + n);
	return out;
}

const char *
domain_next_form(const char *s, unsigned *i, char out[static DOMAIN_MAX_BYTES])
{
	const char *form = s;

	if (*i == 0) {
		*i = 1;
		return s;
	}
	if (*i == 1) {
		*i = 2;
		form = domain_lower(s, out);
	}
	if (*i == 2 && form == s) {
		*i = 3;
		form = domain_unicode(s, out);
	}
	return form != s ? form : NULL;
}

size_t
domain_trimmed_length(const char *s)
{
	size_t len = strlen(s);

	return len > 0 && s[len - 1] == '.' ? len - 1 : len;
}

bool
domain_fits(const char *domain, const char *written)
{
	size_t n = strlen(written), len = domain_trimmed_length(domain);

	if (written[0] != '.')
		return str_case_equal_n(written, n, domain, len);
	return len > n && str_case_equal_n(written, n, domain + len - n, n);
}
