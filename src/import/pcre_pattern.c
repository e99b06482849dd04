/* Rewrites PCRE patterns, token by token, in one pass: see pcre_pattern.h. Most tokens are
 * copied. Classes are read element by element, since the octets over 0x7f in them are
 * characters here. */
#include "import/pcre_pattern.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "import/beyond_ascii.h"
#include "util/buf.h"
#include "util/str.h"

struct rewriting {
	const char *p; /* what is not copied yet */
	unsigned way;
	struct buf *out;
	struct pcre_facts *facts;
	size_t depth;
	bool octets; /* the last atom is a class of what is not printable ASCII */
	bool beyond; /* it is a character that is not ASCII: there its last octet */
	bool top_alternatives;
};

/* The value of "\xHH" or "\x{H...}" at s, and its length; -1: it is none. */
static int
read_hex_escape(const char *s, size_t *ret_len)
{
	const char *digits = s + 2;
	size_t n;

	if (s[0] != '\\' || s[1] != 'x')
		return -1;
	if (*digits == '{') {
		n = strspn(digits + 1, "0123456789abcdefABCDEF");
		if (digits[1 + n] != '}' || n == 0 || n > 6)
			return -1;
		*ret_len = n + 4;
		return (int)strtol(digits + 1, NULL, 16);
	}
	n = strspn(digits, "0123456789abcdefABCDEF");
	n = n > 2 ? 2 : n;
	*ret_len = 2 + n;

	char text[3] = {0};

	memcpy(text, digits, n);
	return (int)strtol(text, NULL, 16);
}

/* Three octal digits, as in "\377". */
static int
read_octal_escape(const char *s, size_t *ret_len)
{
	if (s[0] != '\\' || s[1] < '0' || s[1] > '3' || strspn(s + 1, "01234567") < 3)
		return -1;
	*ret_len = 4;
	return (s[1] - '0') * 64 + (s[2] - '0') * 8 + s[3] - '0';
}

static int
read_numeric_escape(const char *s, size_t *ret_len)
{
	int value = read_hex_escape(s, ret_len);

	return value >= 0 ? value : read_octal_escape(s, ret_len);
}

static void
copy_bytes(struct rewriting *w, size_t n)
{
	buf_append(w->out, w->p, n);
	w->p += n;
}

static void
copy_literal(struct rewriting *w)
{
	size_t len;

	if ((unsigned char)*w->p >= 0x80) {
		len = beyond_ascii_run(w->p);
		beyond_ascii_put(w->out, w->p, len, w->way & PCRE_IS_CASELESS);
		w->p += len;
		w->beyond = true;
		return;
	}
	if (*w->p == '/')
		buf_putc(w->out, '\\');
	copy_bytes(w, 1);
}

/* "\Q...\E": each character that is no letter or digit with a backslash. */
static void
copy_quoted(struct rewriting *w)
{
	w->p += 2;
	while (*w->p != '\0' && strncmp(w->p, "\\E", 2) != 0) {
		if (strchr("\\^$.|()[]{}*+?#- \t", *w->p) != NULL)
			buf_putc(w->out, '\\');
		copy_literal(w);
	}
	if (*w->p != '\0')
		w->p += 2;
}

static bool
is_reference(const char *s)
{
	if (s[1] >= '1' && s[1] <= '9')
		return true;
	return s[1] == 'g' || s[1] == 'k';
}

/* p stands at a backslash outside a class. */
static int
rewrite_escape(struct rewriting *w)
{
	size_t len = 0;
	int value = read_numeric_escape(w->p, &len);

	if (value > 0x7f)
		return -EINVAL;
	if (value >= 0) {
		copy_bytes(w, len);
		return 0;
	}
	if (w->p[1] == 'Q') {
		copy_quoted(w);
		return 0;
	}
	if (w->p[1] == 'C') /* one octet */
		return -EINVAL;
	if (is_reference(w->p))
		w->facts->refers = w->facts->backrefs = true;
	copy_bytes(w, 1);
	if (*w->p == '/')
		copy_bytes(w, 1);
	else if (*w->p != '\0')
		copy_literal(w);
	return 0;
}

/* One end of a range in a class. */
struct class_end {
	int value; /* -1: a class such as \w or [:alpha:] */
	size_t len;
};

static struct class_end
read_class_end(const char *s)
{
	struct class_end e = {-1, 1};
	const char *end;

	if (s[0] == '[' && s[1] == ':' && (end = strstr(s, ":]")) != NULL)
		return (struct class_end){-1, (size_t)(end - s) + 2};
	if (s[0] != '\\') {
		e.value = (unsigned char)*s;
		if (e.value >= 0x80)
			e.len = str_utf8_length((const unsigned char *)s, strnlen(s, 4));
		return e;
	}
	e.value = read_numeric_escape(s, &e.len);
	if (e.value >= 0)
		return e;
	e.len = s[1] == '\0' ? 1 : 2;
	if (strchr("dDwWsSvVhHpPRNX", s[1]) == NULL)
		e.value = (unsigned char)s[1];
	return e;
}

/* Octets are characters here: only a range to the last octet can be kept. */
static int
rewrite_high_end(struct rewriting *w, struct class_end from, struct class_end to)
{
	if (to.value != 0xff || from.value > 0x80)
		return -EINVAL;
	buf_printf(w->out, "\\x{%x}-\\x{10ffff}", (unsigned)from.value);
	return 0;
}

static bool
has_high_bytes(const char *s, size_t len)
{
	return !str_is_ascii(s, len);
}

static void
copy_class_bytes(struct rewriting *w, size_t n)
{
	if (*w->p == '/')
		buf_putc(w->out, '\\');
	copy_bytes(w, n);
}

/* An element of a class, or a range. *covers: it has all that is printable ASCII. */
static int
rewrite_class_element(struct rewriting *w, bool *covers)
{
	struct class_end from = read_class_end(w->p), to = from;
	const char *behind = w->p + from.len;
	bool range =
		from.value >= 0 && behind[0] == '-' && behind[1] != ']' && behind[1] != '\0';

	if (range)
		to = read_class_end(behind + 1);
	if (from.len == 0 || to.len == 0 || *w->p == '\0')
		return -EINVAL;
	if (from.value < 0)
		*covers |= strncmp(w->p, "[:print:]", 9) == 0 ||
			   strncmp(w->p, "[:graph:]", 9) == 0 ||
			   strncmp(w->p, "[:ascii:]", 9) == 0;
	else
		*covers |= from.value <= '!' && to.value >= '~';
	if (has_high_bytes(w->p, from.len)) {
		w->facts->in_class_text = true;
	} else if (from.value > 0x7f || to.value > 0x7f) {
		if (!range || rewrite_high_end(w, from, to) < 0)
			return -EINVAL;
		w->octets = true;
		w->p += from.len + 1 + to.len;
		return 0;
	}
	copy_class_bytes(w, from.len);
	if (range) {
		copy_bytes(w, 1);
		copy_class_bytes(w, to.len);
	}
	return 0;
}

/* p stands at "[". */
static int
rewrite_class(struct rewriting *w)
{
	bool negated = w->p[1] == '^', covers = false, first = true;

	w->octets = w->beyond = false;
	copy_bytes(w, 1u + negated);
	while (first || *w->p != ']') {
		if (*w->p == '\0' || rewrite_class_element(w, &covers) < 0)
			return -EINVAL;
		first = false;
	}
	copy_bytes(w, 1);
	w->octets |= negated && covers;
	return 0;
}

/* Copies "(?...": named groups, options, assertions, references. */
static void
rewrite_special_group(struct rewriting *w)
{
	const char *s = w->p + 2;

	if (*s == '#') { /* a comment */
		w->p += strcspn(w->p, ")");
		w->p += *w->p == ')';
		return;
	}
	if (*s == 'P' || *s == '\'' || *s == '(' || *s == '&' || *s == 'R' || *s == '|' ||
	    str_is_digit(*s) || (*s == '<' && s[1] != '=' && s[1] != '!') ||
	    ((*s == '+' || *s == '-') && str_is_digit(s[1])))
		w->facts->refers = true;
	if (*s == 'P' || *s == '\'' || (*s == '<' && s[1] != '=' && s[1] != '!'))
		w->facts->groups++;
	w->depth++;
	copy_bytes(w, *s == '\0' ? 2 : 3);
}

static void
rewrite_group(struct rewriting *w)
{
	if (w->p[1] == '?') {
		rewrite_special_group(w);
		return;
	}
	if (w->p[1] == '*') { /* a verb */
		w->facts->refers = true;
		copy_bytes(w, 2);
		return;
	}
	w->depth++;
	w->facts->groups++;
	copy_bytes(w, 1);
	if (w->way & PCRE_NO_GROUPS)
		buf_puts(w->out, "?:");
}

/* A comment of flag x goes to the end of its line, of which a table's row has one. */
static bool
skip_extended_blank(struct rewriting *w)
{
	if (!(w->way & PCRE_STRIP_BLANKS))
		return false;
	if (*w->p == '#') {
		w->p += strcspn(w->p, "\n");
		return true;
	}
	if (strchr(" \t\n\r\v\f", *w->p) == NULL)
		return false;
	w->p++;
	return true;
}

static void
note_quantifier(struct rewriting *w)
{
	if (w->beyond ||
	    (w->octets && (*w->p == '?' || (*w->p == '{' && str_is_digit(w->p[1])))))
		w->facts->counts_octets = true;
}

static int
rewrite_token(struct rewriting *w)
{
	switch (*w->p) {
	case '\\':
		w->octets = w->beyond = false;
		return rewrite_escape(w);
	case '[':
		return rewrite_class(w);
	case '(':
		rewrite_group(w);
		return 0;
	case ')':
		w->depth -= w->depth > 0;
		break;
	case '|':
		w->top_alternatives |= w->depth == 0;
		break;
	case '{':
	case '?':
	case '*':
	case '+':
		note_quantifier(w);
		break;
	case '$':
		if (w->way & PCRE_DOLLAR_END) {
			buf_puts(w->out, "\\z");
			w->p++;
			return 0;
		}
		break;
	default:
		w->octets = w->beyond = false;
		copy_literal(w);
		return 0;
	}
	copy_bytes(w, 1);
	w->octets = w->beyond = false;
	return 0;
}

int
pcre_pattern_rewrite(const char *pattern, unsigned way, struct buf *out, struct pcre_facts *ret)
{
	struct rewriting w = {.p = pattern, .way = way, .out = out, .facts = ret};

	*ret = (struct pcre_facts){0};
	while (*w.p != '\0')
		if (!skip_extended_blank(&w) && rewrite_token(&w) < 0)
			return -EINVAL;
	ret->begins_line = *pattern == '^' && !w.top_alternatives;
	return 0;
}
