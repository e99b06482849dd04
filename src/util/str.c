/* Strings: values of the configuration, comparing, untrusted bytes. Runs of bytes are searched
 * a word of eight bytes at a time; what a message costs depends on them. */
#include "util/str.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "util/buf.h"

#define NEAREST_MAX_BYTES 64u /* longer words are not compared */

struct unit {
	const char *name;
	uint64_t factor;
};

static const struct unit size_units[] = {
	{"", 1}, {"K", 1ull << 10}, {"M", 1ull << 20}, {"G", 1ull << 30}, {NULL, 0}};

static const struct unit time_units[] = {
	{"ms", 1}, {"s", 1000}, {"m", 60 * 1000}, {"h", 60 * 60 * 1000}, {NULL, 0}};

static const struct unit no_units[] = {{"", 1}, {NULL, 0}};

/* Reads digits without a leading zero; *s moves behind them. */
static int
parse_digits(const char **s, uint64_t *ret)
{
	const char *p = *s;
	uint64_t v = 0;

	if (!str_is_digit(*p) || (p[0] == '0' && str_is_digit(p[1])))
		return -EINVAL;
	for (; str_is_digit(*p); p++) {
		if (__builtin_mul_overflow(v, 10u, &v) ||
		    __builtin_add_overflow(v, (uint64_t)(*p - '0'), &v))
			return -ERANGE;
	}
	*s = p;
	*ret = v;
	return 0;
}

static int
parse_with_unit(const char *s, const struct unit *u, uint64_t *ret)
{
	uint64_t v = 0;
	int r = parse_digits(&s, &v);

	if (r < 0)
		return r;
	while (u->name != NULL && strcmp(s, u->name) != 0)
		u++;
	if (u->name == NULL)
		return -EINVAL;
	if (__builtin_mul_overflow(v, u->factor, &v))
		return -ERANGE;
	*ret = v;
	return 0;
}

int
str_parse_size(const char *s, uint64_t *ret_bytes)
{
	return parse_with_unit(s, size_units, ret_bytes);
}

int
str_parse_duration(const char *s, uint64_t *ret_ms)
{
	return parse_with_unit(s, time_units, ret_ms);
}

int
str_parse_count(const char *s, uint64_t *ret)
{
	return parse_with_unit(s, no_units, ret);
}

int
str_parse_mode(const char *s, mode_t *ret)
{
	size_t len = strspn(s, "01234567");
	mode_t mode = 0;

	if (len == 0 || len > 4 || s[len] != '\0')
		return -EINVAL;
	for (; *s != '\0'; s++)
		mode = mode * 8 + (mode_t)(*s - '0');
	if (mode > 0777)
		return -ERANGE;
	*ret = mode;
	return 0;
}

int
str_parse_bool(const char *s, bool *ret)
{
	static const struct {
		const char *word;
		bool value;
	} words[] = {{"yes", true},    {"no", false}, {"true", true},
		     {"false", false}, {"on", true},  {"off", false}};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (str_case_equal(s, words[i].word)) {
			*ret = words[i].value;
			return 0;
		}
	}
	return -EINVAL;
}

const char *
str_format_size(char buf[static 16], uint64_t bytes)
{
	const struct unit *u = size_units;
	unsigned tenth;

	while (u[1].name != NULL && bytes >= u[1].factor)
		u++;
	tenth = (unsigned)(bytes % u->factor * 10 / u->factor);
	if (tenth == 0)
		(void)snprintf(buf, 16, "%llu%s", (unsigned long long)(bytes / u->factor),
			       u->name);
	else
		(void)snprintf(buf, 16, "%llu.%u%s", (unsigned long long)(bytes / u->factor),
			       tenth, u->name);
	return buf;
}

bool
str_case_equal(const char *a, const char *b)
{
	return strcmp(a, b) == 0 || str_case_compare(a, b) == 0; /* most have the same case */
}

bool
str_case_equal_n(const char *a, size_t a_len, const char *b, size_t b_len)
{
	if (a_len != b_len)
		return false;
	for (size_t i = 0; i < a_len; i++) {
		if (str_lower_char(a[i]) != str_lower_char(b[i]))
			return false;
	}
	return true;
}

int
str_case_compare(const char *a, const char *b)
{
	for (; *a != '\0' && str_lower_char(*a) == str_lower_char(*b); a++)
		b++;
	return str_lower_char(*a) - str_lower_char(*b);
}

bool
str_case_starts(const char *s, const char *prefix)
{
	for (; *prefix != '\0'; prefix++, s++) {
		if (str_lower_char(*s) != str_lower_char(*prefix))
			return false;
	}
	return true;
}

void
str_lower(char *s)
{
	for (; *s != '\0'; s++)
		*s = (char)str_lower_char(*s);
}

static unsigned
smallest_of_three(unsigned a, unsigned b, unsigned c)
{
	unsigned m = a < b ? a : b;

	return m < c ? m : c;
}

/* The number of insertions, deletions, substitutions and swaps of neighbours that turn a into
 * b, without regard to case. Of the table of the algorithm three rows are kept. */
static unsigned
edit_distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
	unsigned rows[3][NEAREST_MAX_BYTES + 1];
	unsigned *before = rows[0], *last = rows[1], *row = rows[2];

	for (size_t j = 0; j <= b_len; j++)
		last[j] = before[j] = (unsigned)j;
	for (size_t i = 1; i <= a_len; i++) {
		unsigned *next = before;

		row[0] = (unsigned)i;
		for (size_t j = 1; j <= b_len; j++) {
			unsigned cost = str_lower_char(a[i - 1]) != str_lower_char(b[j - 1]);

			row[j] = smallest_of_three(last[j] + 1, row[j - 1] + 1,
						   last[j - 1] + cost);
			if (i > 1 && j > 1 &&
			    str_lower_char(a[i - 1]) == str_lower_char(b[j - 2]) &&
			    str_lower_char(a[i - 2]) == str_lower_char(b[j - 1]) &&
			    before[j - 2] + 1 < row[j])
				row[j] = before[j - 2] + 1;
		}
		before = last;
		last = row;
		row = next;
	}
	return last[b_len];
}

const char *
str_nearest(const char *written, const char *const *names)
{
	size_t len = strlen(written);
	unsigned best = (unsigned)(len / 3) + 1;
	const char *nearest = NULL;

	if (len > NEAREST_MAX_BYTES)
		return NULL;
	for (; *names != NULL; names++) {
		size_t name_len = strlen(*names);
		unsigned d;

		if (name_len > NEAREST_MAX_BYTES)
			continue;
		d = edit_distance(written, len, *names, name_len);
		if (d < best) {
			best = d;
			nearest = *names;
		}
	}
	return nearest;
}

/* The character of two or three bytes at p, valid UTF-8, if it must not appear in a log line: a
 * control character (U+0080 to U+009F), one that changes the direction of the text around it
 * (Unicode's property Bidi_Control), or one that ends a line (U+2028, U+2029). Else 0. */
static unsigned
unprintable_char(const unsigned char *p, size_t n)
{
	unsigned c;

	if (n == 2)
		c = (p[0] & 0x1fu) << 6 | (p[1] & 0x3fu);
	else if (n == 3 && p[0] == 0xe2)
		c = (p[0] & 0xfu) << 12 | (p[1] & 0x3fu) << 6 | (p[2] & 0x3fu);
	else
		return 0;
	if ((c >= 0x80 && c < 0xa0) || c == 0x61c || c == 0x200e || c == 0x200f ||
	    (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069))
		return c;
	return 0;
}

/* Writes value in hexadecimal digits, as \xNN or \uNNNN. */
static size_t
format_escape(char *out, char kind, unsigned value, unsigned digits)
{
	out[0] = '\\';
	out[1] = kind;
	for (unsigned i = 0; i < digits; i++)
		out[2 + i] = "0123456789abcdef"[value >> 4 * (digits - 1 - i) & 0xf];
	return 2 + digits;
}

#define LOG_CHAR_MAX_BYTES 6u

/* Writes to out what stands for the character at p in a log line, and returns its length.
 * *ret_taken: bytes of the input that the character has. */
static size_t
format_log_char(const unsigned char *p, size_t len, char out[static LOG_CHAR_MAX_BYTES],
		size_t *ret_taken)
{
	size_t n = str_utf8_length(p, len);
	unsigned code = unprintable_char(p, n);

	*ret_taken = n == 0 ? 1 : n;
	if (code != 0)
		return format_escape(out, 'u', code, 4);
	if (n == 0 || *p < ' ' || *p == 0x7f)
		return format_escape(out, 'x', *p, 2);
	if (strchr("\"<>\\", *p) != NULL) {
		out[0] = '\\';
		out[1] = (char)*p;
		return 2;
	}
	memcpy(out, p, n);
	return n;
}

#define EACH_BYTE(byte) (0x0101010101010101u * (byte)) /* a word of this byte */

/* The high bit is set in the result for the lowest byte of the word that is zero, or that is
 * below a limit of at most 0x80; bits of bytes above that one may be set by the borrow. So the
 * result is 0 exactly when there is no such byte. */
static uint64_t
zero_bytes(uint64_t word)
{
	return (word - EACH_BYTE(1)) & ~word & EACH_BYTE(0x80);
}

static uint64_t
bytes_below(uint64_t word, unsigned char limit)
{
	return (word - EACH_BYTE(limit)) & ~word & EACH_BYTE(0x80);
}

#define BLOCK_BYTES 16u

/* Nothing ends the loop early, and each line is one comparison, so that compilers make vector
 * code of it. */
static bool
block_is_printable(const unsigned char p[static BLOCK_BYTES])
{
	unsigned char marked = 0;

	for (size_t i = 0; i < BLOCK_BYTES; i++) {
		marked |= (unsigned char)(p[i] < ' ');
		marked |= (unsigned char)(p[i] >= 0x7f);
		marked |= (unsigned char)(p[i] == '"');
		marked |= (unsigned char)((p[i] | 2) == '>'); /* '<' differs in this bit */
		marked |= (unsigned char)(p[i] == '\\');
	}
	return marked == 0;
}

/* The number of bytes at the front of p that stand for themselves in a log line. */
static size_t
printable_run(const unsigned char *p, size_t len)
{
	unsigned char rest[BLOCK_BYTES];
	size_t n = 0;

	while (len - n >= BLOCK_BYTES && block_is_printable(p + n))
		n += BLOCK_BYTES;
	if (len - n < BLOCK_BYTES) {
		memset(rest, ' ', sizeof(rest));
		memcpy(rest, p + n, len - n);
		if (block_is_printable(rest))
			return len;
	}
	while (n < len && p[n] >= ' ' && p[n] < 0x7f && strchr("\"<>\\", p[n]) == NULL)
		n++;
	return n;
}

void
str_append_printable(struct buf *b, const char *s, size_t len, size_t max)
{
	const unsigned char *p = (const unsigned char *)s;
	size_t left = max;

	while (len > 0) {
		size_t taken, n = printable_run(p, len < left ? len : left);
		char one[LOG_CHAR_MAX_BYTES];

		buf_append(b, p, n);
		left -= n;
		p += n;
		len -= n;
		if (len == 0)
			return;
		n = format_log_char(p, len, one, &taken);
		if (n > left) {
			buf_puts(b, "...");
			return;
		}
		buf_append(b, one, n);
		left -= n;
		p += taken;
		len -= taken;
	}
}

void
str_append_readable(struct buf *b, const char *s, size_t len)
{
	const unsigned char *p = (const unsigned char *)s;

	while (len > 0) {
		char one[LOG_CHAR_MAX_BYTES];
		size_t taken = 1;

		if (*p == '\t' || (*p != '\0' && strchr("\"<>\\", *p) != NULL))
			buf_putc(b, *p);
		else
			buf_append(b, one, format_log_char(p, len, one, &taken));
		p += taken;
		len -= taken;
	}
}

bool
str_is_header_name(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (s[i] <= ' ' || s[i] > '~' || s[i] == ':')
			return false;
	return len > 0;
}

void
str_append_format(char *buf, size_t size, const char *format, ...)
{
	size_t len = strlen(buf);
	va_list args;

	va_start(args, format);
	(void)vsnprintf(buf + len, size - len, format, args);
	va_end(args);
}

size_t
str_clean_run(const char *p, size_t len)
{
	size_t n = 0;
	uint64_t word;

	for (; len - n >= sizeof(word); n += sizeof(word)) {
		memcpy(&word, p + n, sizeof(word));
		if ((bytes_below(word, ' ') | zero_bytes(word ^ EACH_BYTE(0x7f))) != 0)
			break;
	}
	while (n < len && (unsigned char)p[n] >= ' ' && p[n] != 0x7f)
		n++;
	return n;
}

size_t
str_ascii_run(const unsigned char *p, size_t len)
{
	size_t n = 0;
	uint64_t words[4];

	for (; len - n >= sizeof(words); n += sizeof(words)) {
		memcpy(words, p + n, sizeof(words));
		if (((words[0] | words[1] | words[2] | words[3]) & EACH_BYTE(0x80)) != 0)
			break;
	}
	for (; len - n >= sizeof(*words); n += sizeof(*words)) {
		memcpy(words, p + n, sizeof(*words));
		if ((*words & EACH_BYTE(0x80)) != 0)
			break;
	}
	while (n < len && p[n] < 0x80)
		n++;
	return n;
}

size_t
str_utf8_length(const unsigned char *p, size_t len)
{
	/* By the range of the first byte: length, and bounds of the second byte, which exclude
	 * overlong forms, surrogates and what is too large (RFC 3629, section 4). */
	static const struct {
		unsigned char first, last, n, low, high;
	} forms[] = {
		{0x00, 0x7f, 1, 0, 0},	     {0xc2, 0xdf, 2, 0x80, 0xbf},
		{0xe0, 0xe0, 3, 0xa0, 0xbf}, {0xe1, 0xec, 3, 0x80, 0xbf},
		{0xed, 0xed, 3, 0x80, 0x9f}, {0xee, 0xef, 3, 0x80, 0xbf},
		{0xf0, 0xf0, 4, 0x90, 0xbf}, {0xf1, 0xf3, 4, 0x80, 0xbf},
		{0xf4, 0xf4, 4, 0x80, 0x8f},
	};
	size_t i = 0, n;

	if (len == 0)
		return 0;
	while (i < sizeof(forms) / sizeof(forms[0]) && *p > forms[i].last)
		i++;
	if (i == sizeof(forms) / sizeof(forms[0]) || *p < forms[i].first)
		return 0;
	n = forms[i].n;
	if (n > len || (n > 1 && (p[1] < forms[i].low || p[1] > forms[i].high)))
		return 0;
	for (size_t k = 2; k < n; k++) {
		if ((p[k] & 0xc0) != 0x80)
			return 0;
	}
	return n;
}

bool
str_is_utf8(const char *s, size_t len)
{
	const unsigned char *p = (const unsigned char *)s;

	while (len > 0) {
		size_t n = *p < 0x80 ? str_ascii_run(p, len) : str_utf8_length(p, len);

		if (n == 0)
			return false;
		p += n;
		len -= n;
	}
	return true;
}
