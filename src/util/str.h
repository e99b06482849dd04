/* Strings: values of the configuration, comparing, untrusted bytes. Nothing here depends on the
 * locale: letters and case are those of ASCII. */
#ifndef UTIL_STR_H
#define UTIL_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/types.h>

struct buf;

/* Values in the forms of polymilter.conf(5). 0 and *ret; or -EINVAL when s is not of this form,
 * -ERANGE when the number is too large. A number has no blanks, no sign, no leading zero, and
 * nothing but its unit behind it. */
int str_parse_size(const char *s, uint64_t *ret_bytes);	 /* "512", "64K", "25M", "1G" */
int str_parse_duration(const char *s, uint64_t *ret_ms); /* "500ms", "30s", "5m", "2h" */
int str_parse_count(const char *s, uint64_t *ret);	 /* "0", "17" */
int str_parse_mode(const char *s, mode_t *ret);		 /* "0660": up to 0777, octal */
int str_parse_bool(const char *s, bool *ret); /* yes no true false on off, any case */

/* A size as people read it, cut to one decimal: 26214400 is "25M", 1300 is "1.2K", 10 is "10".
 * Returns buf. */
const char *str_format_size(char buf[static 16], uint64_t bytes);

/* Appends to the text in buf as much as there is room for in its size bytes. */
void str_append_format(char *buf, size_t size, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The number of bytes at the front of p that are neither control characters nor DEL. */
size_t str_clean_run(const char *p, size_t len);

/* Whether the text is the name of a header field: visible ASCII without a colon, not empty (RFC
 * 5322, section 2.2). */
bool str_is_header_name(const char *s, size_t len);

/* Characters. A blank is a space or a tab. */
static inline unsigned char
str_lower_char(char c)
{
	return (unsigned char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

static inline bool
str_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* A letter or a digit. */
static inline bool
str_is_alnum(char c)
{
	return str_is_digit(c) || (str_lower_char(c) >= 'a' && str_lower_char(c) <= 'z');
}

static inline bool
str_is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* The number of blanks at the front of s. */
static inline size_t
str_blank_run(const char *s, size_t len)
{
	size_t n = 0;

	while (n < len && str_is_blank(s[n]))
		n++;
	return n;
}

/* The number of digits at the front of s. */
static inline size_t
str_digit_run(const char *s, size_t len)
{
	size_t n = 0;

	while (n < len && str_is_digit(s[n]))
		n++;
	return n;
}

/* s behind the blanks at its front. */
static inline const char *
str_skip_blanks(const char *s)
{
	while (str_is_blank(*s))
		s++;
	return s;
}

/* s; NULL if it is NULL, empty, or nothing but blanks and line ends. */
static inline const char *
str_nonblank(const char *s)
{
	return s == NULL || s[strspn(s, " \t\r\n")] == '\0' ? NULL : s;
}

/* The length of s without the blanks at its end. */
static inline size_t
str_trim_blanks(const char *s, size_t len)
{
	while (len > 0 && str_is_blank(s[len - 1]))
		len--;
	return len;
}

/* The length of a line without its line end: LF, CRLF, or a CR that the line ends with. */
static inline size_t
str_trim_line_end(const char *s, size_t len)
{
	if (len > 0 && s[len - 1] == '\n')
		len--;
	if (len > 0 && s[len - 1] == '\r')
		len--;
	return len;
}

/* Comparing without regard to case. */
bool str_case_equal(const char *a, const char *b);
bool str_case_equal_n(const char *a, size_t a_len, const char *b, size_t b_len);
int str_case_compare(const char *a, const char *b); /* < 0, 0, > 0, as strcmp(3) */
bool str_case_starts(const char *s, const char *prefix);
void str_lower(char *s);

/* The name, of a list that ends with NULL, that is nearest to what was written: the one that
 * was meant, when it is a slip. NULL when the nearest differs by more than a third of the
 * letters written (Damerau-Levenshtein distance). */
const char *str_nearest(const char *written, const char *const *names);

/* Appends untrusted bytes in a form that is safe in a log line. '"', '<', '>' and '\' get a
 * backslash before them. Control characters, and bytes that are not UTF-8, become \xNN;
 * characters that change the direction of text or end a line, and control characters over
 * ASCII, become \uNNNN. At most max bytes are appended, and then "..." when there was more.
 *
 *	ESC [ 1 m        \x1b[1m      U+202E (right to left)   \u202e
 *	the byte 0xff    \xff         U+0085 (next line)       \u0085 */
void str_append_printable(struct buf *b, const char *s, size_t len, size_t max);
/* The same for people, in the output of a program: without backslashes before '"', '<', '>' and
 * '\\', and with tabs as they are. */
void str_append_readable(struct buf *b, const char *s, size_t len);

/* The length of the valid UTF-8 character at p, 1 to 4, or 0 when there is none. RFC 3629: no
 * surrogates, no overlong forms, at most U+10FFFF. */
size_t str_utf8_length(const unsigned char *p, size_t len);
/* The number of bytes at the front of p that are ASCII; NUL is one. */
size_t str_ascii_run(const unsigned char *p, size_t len);
static inline bool
str_is_ascii(const char *s, size_t len)
{
	return str_ascii_run((const unsigned char *)s, len) == len;
}
bool str_is_utf8(const char *s, size_t len);

#endif
