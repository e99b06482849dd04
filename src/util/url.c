/* The part of a link up to the end of its host is copied without what browsers leave out; then
 * it is cut at what cannot be in a host. */
#include "util/url.h"

#include <arpa/inet.h>
#include <string.h>

#include "util/buf.h"
#include "util/str.h"

static bool
is_left_out_of_url(char c)
{
	return c == '\t' || c == '\r' || c == '\n';
}

static bool
is_slash(char c)
{
	return c == '/' || c == '\\';
}

/* Copies the link without tabs and line ends, and without blanks and control characters in
 * front of it. Returns it as a string. */
static const char *
copy_link(const char *url, size_t len, struct buf *out)
{
	while (len > 0 && (unsigned char)*url <= ' ') {
		url++;
		len--;
	}
	for (size_t i = 0, run; i < len; i += run + 1) {
		for (run = 0; i + run < len && !is_left_out_of_url(url[i + run]);)
			run++;
		buf_append(out, url + i, run);
	}
	return buf_string(out);
}

/* The length of the scheme with its ':'; 0: there is none. */
static size_t
scheme_length(const char *s)
{
	size_t n =
		strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.");

	return n > 0 && s[n] == ':' && !str_is_digit(*s) ? n + 1 : 0;
}

/* Behind the scheme and the slashes, where user and host begin; NULL: the link has none. */
static const char *
find_authority(const char *s)
{
	static const char *const schemes[] = {"http:", "https:", "ftp:", "ws:", "wss:"};
	size_t n = scheme_length(s);

	for (size_t i = 0; n > 0 && i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		if (!str_case_equal_n(s, n, schemes[i], strlen(schemes[i])))
			continue;
		s += n;
		while (is_slash(*s))
			s++;
		return s;
	}
	if (is_slash(s[0]) && is_slash(s[1])) {
		while (is_slash(*s))
			s++;
		return s;
	}
	/* "www.a.example:80" has no scheme, though it looks like one. */
	return str_case_starts(s, "www.") ? s : NULL;
}

static int
hex_digit_value(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = c == '\0' ? NULL : strchr(digits, str_lower_char(c));

	return at == NULL ? -1 : (int)(at - digits);
}

/* Decodes %XX in place. */
static void
decode_percents(char *s)
{
	char *to = s;

	for (; *s != '\0'; s++) {
		int high = *s == '%' ? hex_digit_value(s[1]) : -1;
		int low = high < 0 ? -1 : hex_digit_value(s[2]);

		if (low < 0) {
			*to++ = *s;
		} else {
			*to++ = (char)(high << 4 | low);
			s += 2;
		}
	}
	*to = '\0';
}

/* Writes the host of "user@host:port/". False: it does not fit, or is empty. */
static bool
copy_host(const char *s, char out[static DOMAIN_MAX_BYTES])
{
	size_t n = strcspn(s, "/\\?#");
	const char *at = memrchr(s, '@', n), *end = s + n, *colon;

	if (at != NULL)
		s = at + 1;
	n = (size_t)(end - s);
	if (n > 0 && *s == '[') {
		const char *close = memchr(s, ']', n);

		n = close == NULL ? 0 : (size_t)(close - s) + 1;
	} else if ((colon = memchr(s, ':', n)) != NULL) {
		n = (size_t)(colon - s);
	}
	if (n == 0 || n >= DOMAIN_MAX_BYTES)
		return false;
	memcpy(out, s, n);
	out[n] = '\0';
	if (*out != '[') /* punctuation behind a link in a text */
		out[strcspn(out, " !\"$&'()*+,;<=>^`{|}~")] = '\0';
	return *out != '\0';
}

/* A number of one to four parts, in any base that inet_aton(3) knows, becomes dotted. */
static void
write_ipv4_host(char out[static DOMAIN_MAX_BYTES])
{
	struct in_addr addr;

	if (out[strspn(out, "0123456789abcdefx.")] == '\0' && str_is_digit(*out) &&
	    inet_aton(out, &addr) != 0)
		(void)inet_ntop(AF_INET, &addr, out, DOMAIN_MAX_BYTES);
}

static bool
write_ipv6_host(char out[static DOMAIN_MAX_BYTES])
{
	struct in6_addr addr;
	size_t n = strlen(out);

	out[n - 1] = '\0';
	if (inet_pton(AF_INET6, out + 1, &addr) != 1)
		return false;
	(void)inet_ntop(AF_INET6, &addr, out + 1, DOMAIN_MAX_BYTES - 2);
	strcat(out, "]");
	return true;
}

/* Brings a host to the form that is compared. False: it is none. */
static bool
normalize_host(char out[static DOMAIN_MAX_BYTES])
{
	char ascii[DOMAIN_MAX_BYTES];
	const char *s;

	decode_percents(out);
	s = domain_ascii(out, ascii);
	if (s != out)
		memcpy(out, s, strlen(s) + 1);
	str_lower(out);
	out[domain_trimmed_length(out)] = '\0';
	if (*out == '[')
		return write_ipv6_host(out);
	for (s = out; *s != '\0'; s++)
		if ((unsigned char)*s <= ' ' || strchr("<>^|%@:[]/\\?#", *s) != NULL)
			return false;
	write_ipv4_host(out);
	return *out != '\0';
}

bool
url_host(const char *url, size_t len, char out[static DOMAIN_MAX_BYTES])
{
	struct buf copy = {0};
	const char *authority = find_authority(copy_link(url, len, &copy));
	bool found = authority != NULL && copy_host(authority, out) && normalize_host(out);

	buf_free(&copy);
	return found;
}

/* ---- links in a text ---- */

/* The begin of a link whose "://" stands at s[colon]; SIZE_MAX: it has another scheme. */
static size_t
scheme_begin(const char *s, size_t colon)
{
	if (colon >= 5 && str_case_equal_n(s + colon - 5, 5, "https", 5))
		return colon - 5;
	if (colon >= 4 && str_case_equal_n(s + colon - 4, 4, "http", 4))
		return colon - 4;
	return SIZE_MAX;
}

/* Where the link begins of which s[i] is the ':' or the first '.'; SIZE_MAX: it is in none. */
static size_t
link_begin(const char *s, size_t len, size_t i, size_t from)
{
	size_t begin = SIZE_MAX;

	if (s[i] == ':' && len - i > 3 && s[i + 1] == '/' && s[i + 2] == '/')
		begin = scheme_begin(s, i);
	else if (s[i] == '.' && i >= 3 && str_case_equal_n(s + i - 3, 3, "www", 3) &&
		 (i == 3 || !str_is_alnum(s[i - 4])))
		begin = i - 3;
	return begin == SIZE_MAX || begin < from ? SIZE_MAX : begin;
}

/* The next c from s[at] on, if *known is in front of that. */
static void
move_to_next(const char *s, size_t len, size_t at, char c, size_t *known)
{
	const char *found;

	if (*known != SIZE_MAX && *known >= at)
		return;
	found = memchr(s + at, c, len - at);
	*known = found == NULL ? len : (size_t)(found - s);
}

bool
url_find_in_text(const char *s, size_t len, size_t *at, size_t *ret_len)
{
	size_t colon = SIZE_MAX, dot = SIZE_MAX;

	for (size_t i = *at; i < len; i++) {
		size_t begin, end;

		move_to_next(s, len, i, ':', &colon);
		move_to_next(s, len, i, '.', &dot);
		i = colon < dot ? colon : dot;
		if (i == len)
			break;
		begin = link_begin(s, len, i, *at);
		if (begin == SIZE_MAX)
			continue;
		for (end = i; end < len && (unsigned char)s[end] > ' ' && s[end] != '<' &&
			      s[end] != '>' && s[end] != '"';)
			end++;
		*at = begin;
		*ret_len = end - begin;
		return true;
	}
	return false;
}
