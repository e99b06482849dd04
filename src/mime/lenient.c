/* A block is rewritten as a regular header block, with a Content-Disposition added for each
 * name= that stands anywhere in it, and then read by the scanner like any other. Limits bound
 * the work on a block; what is beyond them sets has_more. */
#include "mime/lenient.h"

#include <string.h>

#include "mime/fields.h"
#include "mime/params.h"
#include "mime/words.h"
#include "util/arena.h"
#include "util/buf.h"
#include "util/str.h"

#define BAD_LINES_MAX  32u /* lines in a block that are no fields */
#define RAW_NAMES_MAX  64u /* "name=" anywhere in a block */
#define RAW_NAME_BYTES (32u << 10)
#define LONGEST_MARK   16u	      /* "*0123*  =" */
#define REPLACEMENT    "\xef\xbf\xbd" /* U+FFFD */
#define STEP_BYTES     128u

enum lenient_field { LENIENT_TYPE, LENIENT_DISPOSITION, LENIENT_ENCODING, LENIENT_FIELDS };

static const char *const part_fields[LENIENT_FIELDS] = {
	[LENIENT_TYPE] = "content-type",
	[LENIENT_DISPOSITION] = "content-disposition",
	[LENIENT_ENCODING] = "content-transfer-encoding",
};

struct text_line {
	size_t from, to, next; /* offsets; to is in front of the line end */
};

/* The offset of the first CR or LF from at on, or len. The search goes in growing steps: if all
 * lines end with one of the two, the other may be far away, and would be searched for from each
 * line again. */
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

static struct text_line
lenient_line_at(const char *s, size_t len, size_t at)
{
	size_t to = find_line_end(s, len, at), next = to < len ? to + 1 : len;

	if (next < len && s[to] == '\r' && s[next] == '\n')
		next++;
	return (struct text_line){at, to, next};
}

static size_t
skip_blanks_and_nuls(const char *s, const struct text_line *l)
{
	size_t at = l->from;

	while (at < l->to && (str_is_blank(s[at]) || s[at] == '\0'))
		at++;
	return at;
}

/* Is the line a field of part_fields? Blanks in front of it are passed over, as some programs
 * do. */
static bool
is_part_field(const char *s, const struct text_line *l)
{
	size_t at = skip_blanks_and_nuls(s, l);

	if (l->to - at < strlen("content-type") || (s[at] | 0x20) != 'c')
		return false;
	for (size_t i = 0; i < LENIENT_FIELDS; i++) {
		size_t n = strlen(part_fields[i]);

		if (l->to - at >= n && str_case_equal_n(s + at, n, part_fields[i], n))
			return true;
	}
	return false;
}

static bool
may_be_field(const char *s, const struct text_line *l)
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
begins_with_dashes(const char *s, const struct text_line *l)
{
	return l->to - l->from >= 2 && s[l->from] == '-' && s[l->from + 1] == '-';
}

/* Extends a block, whose first line was read, to its end. */
static void
extend_block(const char *s, size_t len, struct lenient_block *ret)
{
	size_t bad = 0, first_bad = SIZE_MAX;
	struct text_line l = {0};

	while (ret->lines.to < len && bad < BAD_LINES_MAX) {
		l = lenient_line_at(s, len, ret->lines.to);
		if (l.from == l.to || begins_with_dashes(s, &l))
			break;
		if (!may_be_field(s, &l) && bad++ == 0)
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
		struct text_line l = lenient_line_at(s, len, at);

		if (is_part_field(s, &l)) {
			ret->lines = (struct mime_range){l.from, l.next};
			extend_block(s, len, ret);
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
		struct text_line l = lenient_line_at(s, len, at);

		if (begins_with_dashes(s, &l))
			return at;
		at = l.next;
	}
	return len;
}

/* ---- what a block may mean ---- */

/* Appends the lines as a header block for the scanner: with CRLF, with nul in the place of each
 * NUL, and without blanks in front of the fields of part_fields, so that they are not taken for
 * folded lines. */
static void
append_regular_block(const char *s, size_t len, const char *nul, struct buf *out)
{
	for (size_t at = 0; at < len;) {
		struct text_line l = lenient_line_at(s, len, at);
		size_t from = is_part_field(s, &l) ? skip_blanks_and_nuls(s, &l) : l.from;

		for (size_t i = from; i < l.to; i++) {
			if (s[i] == '\0')
				buf_puts(out, nul);
			else
				buf_putc(out, (unsigned char)s[i]);
		}
		if (from < l.to)
			buf_puts(out, "\r\n");
		at = l.next;
	}
}

/* at is behind "name". The offset behind a '=' that follows, with marks of RFC 2231 or blanks
 * in front of it; 0: there is none. *marked: the name has a '*' behind it. */
static size_t
end_of_name_equals(const char *s, size_t len, size_t at, bool *marked)
{
	size_t end = len - at < LONGEST_MARK ? len : at + LONGEST_MARK;

	*marked = at < end && s[at] == '*';
	while (at < end && s[at] != '\0' && strchr("*0123456789+- \t\r\n", s[at]) != NULL)
		at++;
	return at < end && s[at] == '=' ? at + 1 : 0;
}

/* Appends a field with the value at s[at] as a file name, up to one of stops, without quotes
 * and backslashes. True: it is longer. */
static bool
append_name_field(const char *s, size_t len, size_t at, const char *stops, bool marked,
		  struct buf *out)
{
	size_t end = len - at < RAW_NAME_BYTES ? len : at + RAW_NAME_BYTES;

	while (at < end && s[at] != '\0' && strchr(" \t\r\n\"'\\", s[at]) != NULL)
		at++;
	buf_printf(out, "Content-Disposition: x; filename%s=\"", marked ? "*" : "");
	for (; at < end && s[at] != '\0' && strchr(stops, s[at]) == NULL; at++)
		if (s[at] != '"' && s[at] != '\\')
			buf_putc(out, (unsigned char)s[at]);
	buf_puts(out, "\"\r\n");
	return at == end && at < len;
}

/* Appends a field for every name=value, whatever quotes and comments are around it. True: there
 * are more. A value is taken to each end that a program may see. */
static bool
append_raw_names(const char *s, size_t len, struct mime_budget *budget, struct buf *out)
{
	size_t n = 0, before = 0;
	bool more = false;

	for (size_t at = 0; len - at > 4; at++) {
		bool marked;
		size_t value;

		if ((s[at] | 0x20) != 'n' || !str_case_equal_n(s + at, 4, "name", 4))
			continue;
		value = end_of_name_equals(s, len, at + 4, &marked);
		if (value == 0)
			continue;
		if (n++ == RAW_NAMES_MAX || !mime_charge_fields(budget, out->len - before))
			return true;
		before = out->len;
		more |= append_name_field(s, len, value, "\";\r\n", false, out);
		more |= append_name_field(s, len, value, ";\r\n", false, out);
		more |= append_name_field(s, len, value, "\"\r\n", false, out);
		if (marked)
			more |= append_name_field(s, len, value, "\";\r\n", true, out);
	}
	return !mime_charge_fields(budget, out->len - before) || more;
}

static void
add_part_type(struct lenient_headers *c, const char *type, struct arena *arena)
{
	for (size_t i = 0; i < c->n_types; i++)
		if (strcmp(c->types[i], type) == 0)
			return;
	if (c->n_types == LENIENT_MAX_TYPES)
		c->has_more = true;
	else
		c->types[c->n_types++] = arena_strdup(arena, type);
}

/* Adds a type in quotes, which some programs take for a type. */
static void
add_quoted_part_type(struct lenient_headers *c, const char *value, struct arena *arena,
		     struct arena *scratch)
{
	const char *s = str_skip_blanks(value);
	struct mime_params p;

	if (*s != '"')
		return;
	s = arena_strndup(scratch, s + 1, strcspn(s + 1, "\""));
	mime_params_parse(scratch, s, &p);
	if (*p.type != '\0')
		add_part_type(c, p.type, arena);
}

static void
add_part_type_or_disposition(struct lenient_headers *c, enum lenient_field field,
			     const char *value, struct arena *arena, struct arena *scratch)
{
	struct mime_params p;

	mime_params_parse(scratch, value, &p);
	if (field == LENIENT_TYPE) {
		add_part_type(c, p.type, arena);
		add_quoted_part_type(c, value, arena, scratch);
	} else {
		c->is_attachment |= *p.type != '\0' && strcmp(p.type, "inline") != 0;
	}
}

/* The value as it is, and with its encoded words decoded, as some programs read it. */
static void
add_part_field(struct lenient_headers *c, enum lenient_field field, const char *value,
	       struct arena *arena, struct arena *scratch)
{
	struct buf decoded = {0};

	if (strstr(value, "=?") != NULL)
		mime_decode_header(value, strlen(value), &decoded);
	if (field == LENIENT_ENCODING) {
		c->encodings |= 1u << mime_encoding_guess(value);
		if (decoded.len > 0)
			c->encodings |= 1u << mime_encoding_guess(buf_string(&decoded));
	} else {
		add_part_type_or_disposition(c, field, value, arena, scratch);
		if (decoded.len > 0)
			add_part_type_or_disposition(c, field, buf_string(&decoded), arena,
						     scratch);
	}
	buf_free(&decoded);
}

static void
read_part_fields(const char *s, size_t len, struct arena *arena, struct lenient_headers *c)
{
	struct arena *scratch = arena_new();
	const char *first[LENIENT_FIELDS] = {NULL};

	for (size_t at = 0; at < len; arena_reset(scratch)) {
		struct mime_field_span f;
		const char *value;
		size_t i = 0;

		mime_field_read(s, len, at, &f);
		at = f.to;
		while (i < LENIENT_FIELDS && !mime_field_is(s, &f, part_fields[i]))
			i++;
		if (i == LENIENT_FIELDS)
			continue;
		value = mime_field_text(scratch, s + f.value, f.value_end - f.value);
		if (first[i] == NULL)
			first[i] = arena_strdup(arena, value);
		c->is_conflicting |= strcmp(first[i], value) != 0;
		add_part_field(c, (enum lenient_field)i, value, arena, scratch);
	}
	arena_free(scratch);
	if (c->n_types == 0)
		c->types[c->n_types++] = "text/plain";
	if (c->encodings == 0)
		c->encodings = 1u << MIME_7BIT;
}

static void
read_part_names(const char *s, size_t len, struct mime_budget *budget, struct arena *arena,
		struct lenient_headers *c)
{
	static const struct mime_limits limits = {.parts = 1, .depth = 0};
	struct mime_source source = {.data = s, .len = len, .has_header = true};
	struct mime_tree tree;

	mime_scan(arena, &source, &limits, &tree);
	c->n_names = mime_node_names(&tree, tree.node, budget, arena, &c->names);
	c->has_more |= c->n_names >= MIME_NAMES_MAX || (budget != NULL && budget->exceeded) ||
		       (tree.flags & MIME_MANY_PARAMETERS) != 0;
}

void
lenient_read_headers(const char *lines, size_t len, struct mime_budget *budget,
		     struct arena *arena, struct lenient_headers *ret)
{
	struct buf text = {0}, raw = {0};
	size_t n;

	*ret = (struct lenient_headers){.n_types = 0};
	if (!mime_charge_fields(budget, len)) {
		ret->has_more = true;
		return;
	}
	append_regular_block(lines, len, "", &text);
	n = text.len;
	read_part_fields(buf_string(&text), n, arena, ret);
	ret->has_more |= append_raw_names(buf_string(&text), n, budget, &raw);
	if (memchr(lines, '\0', len) != NULL)
		append_regular_block(lines, len, REPLACEMENT, &raw);
	buf_append(&text, raw.data, raw.len);
	buf_puts(&text, "\r\n");
	read_part_names(buf_string(&text), text.len, budget, arena, ret);
	buf_free(&raw);
	buf_free(&text);
}
