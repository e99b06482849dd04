/* The headers of parts wherever they stand, and all that they may say. */
#include "mime/lenient.h"

#include <string.h>

#include "mime/fields.h"
#include "mime/params.h"
#include "util/arena.h"
#include "util/buf.h"
#include "util/str.h"

#define BAD_LINES_MAX  32u /* no fields, in one block */
#define RAW_NAMES_MAX  64u /* "name=" anywhere in a block */
#define RAW_NAME_BYTES 512u
#define NAMES_ARE_CUT  128u /* mime_node_names() gives no more */
#define LONGEST_MARK   16u  /* "*0123*  =" */
#define STEP_BYTES     128u

static const char *const wanted[] = {
	"content-type",
	"content-disposition",
	"content-transfer-encoding",
};
#define N_WANTED (sizeof(wanted) / sizeof(wanted[0]))

struct line {
	size_t from, to, next; /* to: without its end */
};

/* The first CR or LF at or behind at, or len. Looked for in growing steps: each of the two may
 * be far away, for every line anew, when lines end with the other. */
static size_t
find_line_end(const char *s, size_t len, size_t at)
{
	const char *begin = s + at, *lf = NULL, *cr = NULL;
	size_t left = len - at, n = STEP_BYTES;

	for (;; n *= 4) {
		n = n < left ? n : left;
		lf = memchr(begin, '\n', n);
		cr = memchr(begin, '\r', lf != NULL ? (size_t)(lf - begin) : n);
		if (cr != NULL)
			return (size_t)(cr - s);
		if (lf != NULL)
			return (size_t)(lf - s);
		if (n == left)
			return len;
	}
}

static struct line
line_at(const char *s, size_t len, size_t at)
{
	size_t to = find_line_end(s, len, at), next = to < len ? to + 1 : len;

	if (next < len && s[to] == '\r' && s[next] == '\n')
		next++;
	return (struct line){at, to, next};
}

static size_t
skip_blanks(const char *s, const struct line *l)
{
	size_t at = l->from;

	while (at < l->to && (str_is_blank(s[at]) || s[at] == '\0'))
		at++;
	return at;
}

/* A field of a part? Blanks in front of it are passed over, as some programs do. */
static bool
is_wanted(const char *s, const struct line *l)
{
	size_t at = skip_blanks(s, l);

	if (l->to - at < strlen("content-type") || (s[at] | 0x20) != 'c')
		return false;
	for (size_t i = 0; i < N_WANTED; i++) {
		size_t n = strlen(wanted[i]);

		if (l->to - at >= n && str_case_equal_n(s + at, n, wanted[i], n))
			return true;
	}
	return false;
}

static bool
is_field(const char *s, const struct line *l)
{
	const char *colon = memchr(s + l->from, ':', l->to - l->from);

	if (str_is_blank(s[l->from]))
		return true;
	for (const char *p = s + l->from; colon != NULL && p < colon; p++)
		if (*p < ' ' || *p > '~' || (*p == ' ' && p[1] != ' ' && p[1] != ':'))
			return false;
	return colon != NULL;
}

static bool
is_dashes(const char *s, const struct line *l)
{
	return l->to - l->from >= 2 && s[l->from] == '-' && s[l->from + 1] == '-';
}

/* Goes on behind the block's first line. */
static void
read_block(const char *s, size_t len, struct lenient_block *ret)
{
	size_t bad = 0, first_bad = SIZE_MAX;
	struct line l = {0};

	while (ret->lines.to < len && bad < BAD_LINES_MAX) {
		l = line_at(s, len, ret->lines.to);
		if (l.from == l.to || is_dashes(s, &l))
			break;
		if (!is_field(s, &l) && bad++ == 0)
			first_bad = l.from;
		ret->lines.to = l.next;
	}
	ret->body[0] = ret->lines.to < len && l.from == l.to ? l.next : ret->lines.to;
	ret->body[1] = first_bad != SIZE_MAX ? first_bad : ret->body[0];
}

bool
lenient_next_block(const char *s, size_t len, size_t at, struct lenient_block *ret)
{
	while (at < len) {
		struct line l = line_at(s, len, at);

		if (is_wanted(s, &l)) {
			ret->lines = (struct mime_range){l.from, l.next};
			read_block(s, len, ret);
			return true;
		}
		at = l.next;
	}
	return false;
}

size_t
lenient_next_dashes(const char *s, size_t len, size_t at)
{
	while (at < len) {
		struct line l = line_at(s, len, at);

		if (is_dashes(s, &l))
			return at;
		at = l.next;
	}
	return len;
}

/* ---- claims ---- */

/* A NUL, as it is or as RFC 2231 writes it: 1 or 3 bytes; 0: it is none. */
static size_t
nul_length(const char *s, size_t len)
{
	if (len > 0 && *s == '\0')
		return 1;
	return len >= 3 && memcmp(s, "%00", 3) == 0 ? 3 : 0;
}

/* The lines as a header block that the scanner reads: line ends are CRLF, no field is taken for
 * a fold of the one before it, no NUL. */
static void
normalize(const char *s, size_t len, struct buf *out)
{
	for (size_t at = 0; at < len;) {
		struct line l = line_at(s, len, at);
		size_t from = is_wanted(s, &l) ? skip_blanks(s, &l) : l.from;

		for (size_t i = from, n; i<l.to; i += n> 0 ? n : 1) {
			n = nul_length(s + i, l.to - i);
			if (n == 0)
				buf_putc(out, (unsigned char)s[i]);
		}
		if (from < l.to)
			buf_puts(out, "\r\n");
		at = l.next;
	}
}

/* Behind "name", blanks, marks of RFC 2231 and '='; 0: it is none. */
static size_t
behind_equals(const char *s, size_t len, size_t at, bool *marked)
{
	size_t end = len - at < LONGEST_MARK ? len : at + LONGEST_MARK;

	*marked = at < end && s[at] == '*';
	while (at < end && s[at] != '\0' && strchr("*0123456789 \t\r\n", s[at]) != NULL)
		at++;
	return at < end && s[at] == '=' ? at + 1 : 0;
}

/* A value up to one of stops, without quotes and backslashes, as one more field. */
static void
put_name(const char *s, size_t len, size_t at, const char *stops, bool marked, struct buf *out)
{
	size_t end = len - at < RAW_NAME_BYTES ? len : at + RAW_NAME_BYTES;

	while (at < end && s[at] != '\0' && strchr(" \t\r\n\"'\\", s[at]) != NULL)
		at++;
	buf_printf(out, "Content-Disposition: x; filename%s=\"", marked ? "*" : "");
	for (; at < end && s[at] != '\0' && strchr(stops, s[at]) == NULL; at++)
		if (s[at] != '"' && s[at] != '\\')
			buf_putc(out, (unsigned char)s[at]);
	buf_puts(out, "\"\r\n");
}

/* Every name=value, whatever quotes and comments are around it. True: there are more. */
static bool
put_raw_names(const char *s, size_t len, struct buf *out)
{
	size_t n = 0;

	for (size_t at = 0; len - at > 4; at++) {
		bool marked;
		size_t value;

		if ((s[at] | 0x20) != 'n' || !str_case_equal_n(s + at, 4, "name", 4))
			continue;
		value = behind_equals(s, len, at + 4, &marked);
		if (value == 0)
			continue;
		if (n++ == RAW_NAMES_MAX)
			return true;
		put_name(s, len, value, "\";\r\n", false, out);
		put_name(s, len, value, ";\r\n", false, out);
		put_name(s, len, value, "\"\r\n", false, out);
		if (marked)
			put_name(s, len, value, "\";\r\n", true, out);
	}
	return false;
}

static void
add_type(struct lenient_headers *c, const char *type, struct arena *arena)
{
	for (size_t i = 0; i < c->n_types; i++)
		if (strcmp(c->types[i], type) == 0)
			return;
	if (c->n_types == LENIENT_MAX_TYPES)
		c->has_more = true;
	else
		c->types[c->n_types++] = arena_strdup(arena, type);
}

static void
add_claim(struct lenient_headers *c, size_t what, const char *value, struct arena *arena,
	  struct arena *scratch)
{
	struct mime_params p;

	if (what == 2) {
		c->encodings |= 1u << mime_encoding_parse(value);
		return;
	}
	mime_params_parse(scratch, value, &p);
	if (what == 0)
		add_type(c, p.type, arena);
	else
		c->is_attachment |= *p.type != '\0' && strcmp(p.type, "inline") != 0;
}

static void
read_claims(const char *s, size_t len, struct arena *arena, struct lenient_headers *c)
{
	struct arena *scratch = arena_new();
	const char *first[N_WANTED] = {NULL};

	for (size_t at = 0; at < len; arena_reset(scratch)) {
		struct mime_field_span f;
		const char *value;
		size_t i = 0;

		mime_field_read(s, len, at, &f);
		at = f.to;
		while (i < N_WANTED && !mime_field_is(s, &f, wanted[i]))
			i++;
		if (i == N_WANTED)
			continue;
		value = mime_field_text(scratch, s + f.value, f.value_end - f.value);
		if (first[i] == NULL)
			first[i] = arena_strdup(arena, value);
		c->is_conflicting |= strcmp(first[i], value) != 0;
		add_claim(c, i, value, arena, scratch);
	}
	arena_free(scratch);
	if (c->n_types == 0)
		c->types[c->n_types++] = "text/plain";
	if (c->encodings == 0)
		c->encodings = 1u << MIME_7BIT;
}

static void
read_names(const char *s, size_t len, struct arena *arena, struct lenient_headers *c)
{
	static const struct mime_limits limits = {.parts = 1, .depth = 0};
	struct mime_source source = {.data = s, .len = len, .has_header = true};
	struct mime_tree tree;

	mime_scan(arena, &source, &limits, &tree);
	c->n_names = mime_node_names(&tree, tree.node, arena, &c->names);
	c->has_more |= c->n_names >= NAMES_ARE_CUT || (tree.flags & MIME_MANY_PARAMETERS) != 0;
}

void
lenient_read_headers(const char *lines, size_t len, struct arena *arena,
		     struct lenient_headers *ret)
{
	struct buf text = {0}, raw = {0};
	size_t n;

	*ret = (struct lenient_headers){.n_types = 0};
	normalize(lines, len, &text);
	n = text.len;
	read_claims(buf_string(&text), n, arena, ret);
	ret->has_more |= put_raw_names(buf_string(&text), n, &raw);
	buf_append(&text, raw.data, raw.len);
	buf_puts(&text, "\r\n");
	read_names(buf_string(&text), text.len, arena, ret);
	buf_free(&raw);
	buf_free(&text);
}
