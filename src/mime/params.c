/* Values with parameters, read so that nothing hides, whatever reader is on the other side. */
#include "mime/params.h"

#include <string.h>

#include "mime/charset.h"
#include "mime/octets.h"
#include "mime/words.h"
#include "util/arena.h"
#include "util/buf.h"
#include "util/str.h"

#define FIELDS_MAX     128  /* "name*0*=value" is one */
#define SECTION_MAX    9999 /* larger numbers are all this one */
#define PARAMS_MAX     (sizeof(((struct mime_params *)NULL)->param) / sizeof(struct mime_param))
#define TOKEN_SPECIALS "()<>@,;:\\\"/[]?="

/* How a parameter was written, in the order of their precedence. */
enum kind { KIND_EXTENDED, KIND_CONTINUED, KIND_PLAIN }; /* name*= name*0= name= */

struct scanner {
	const char *s;
	size_t len, at;
	bool irregular;
};

struct field {
	size_t name, name_end; /* offsets */
	size_t equals;
	size_t value, value_end; /* quotes included */
	enum kind kind;
	int section;
	bool percent; /* name*= name*0*= */
};

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* ---- scanning ---- */

/* As mime_skip_comments(); ret_depth: how many comments are open at the end. */
static size_t
skip_nested(const char *s, size_t len, size_t at, size_t *ret_depth)
{
	size_t depth = 0;

	for (; at < len; at++) {
		if (s[at] == '(')
			depth++;
		else if (depth == 0 && !is_space(s[at]))
			break;
		else if (depth > 0 && s[at] == ')')
			depth--;
		else if (depth > 0 && s[at] == '\\' && at + 1 < len)
			at++;
	}
	*ret_depth = depth;
	return at;
}

size_t
mime_skip_comments(const char *s, size_t len, size_t at)
{
	size_t depth;

	return skip_nested(s, len, at, &depth);
}

static bool
at_end(const struct scanner *sc)
{
	return sc->at == sc->len;
}

static bool
at_char(const struct scanner *sc, char c)
{
	return !at_end(sc) && sc->s[sc->at] == c;
}

static void
skip_comments(struct scanner *sc)
{
	size_t depth;

	sc->at = skip_nested(sc->s, sc->len, sc->at, &depth);
	sc->irregular |= depth > 0;
}

/* Behind the closing quote; sc->at is at the opening one. */
static void
skip_quoted(struct scanner *sc)
{
	for (sc->at++; !at_end(sc); sc->at++) {
		if (sc->s[sc->at] == '"') {
			sc->at++;
			return;
		}
		if (sc->s[sc->at] == '\\' && sc->at + 1 < sc->len)
			sc->at++;
	}
	sc->irregular = true;
}

/* What is no parameter, up to the next ';'. */
static void
skip_junk(struct scanner *sc)
{
	sc->irregular = true;
	while (!at_end(sc) && !at_char(sc, ';')) {
		if (at_char(sc, '"'))
			skip_quoted(sc);
		else
			sc->at++;
	}
}

/* A bare value, up to ';' or a comment behind a blank; returns where it ends. Blanks in it are
 * taken for a part of it: names of files are written so. */
static size_t
skip_bare(struct scanner *sc)
{
	size_t end = sc->at, from = sc->at;

	for (; !at_end(sc) && !at_char(sc, ';'); sc->at++) {
		if (at_char(sc, '(') && end < sc->at)
			break;
		if (is_space(sc->s[sc->at]))
			continue;
		sc->irregular |= end < sc->at || at_char(sc, '"');
		end = sc->at + 1;
	}
	sc->irregular |= end == from;
	return end;
}

/* "*", "*0" or "*0*" behind a name. */
static void
scan_marks(struct scanner *sc, struct field *f)
{
	f->kind = KIND_PLAIN;
	f->section = 0;
	f->percent = false;
	if (!at_char(sc, '*'))
		return;
	sc->at++;
	f->kind = KIND_EXTENDED;
	f->percent = true;
	if (at_end(sc) || !str_is_digit(sc->s[sc->at]))
		return;
	f->kind = KIND_CONTINUED;
	for (; !at_end(sc) && str_is_digit(sc->s[sc->at]); sc->at++) {
		f->section = f->section * 10 + (sc->s[sc->at] - '0');
		if (f->section > SECTION_MAX)
			f->section = SECTION_MAX;
	}
	f->percent = at_char(sc, '*');
	sc->at += f->percent;
}

/* "name=value" here; false, with sc->at behind what it looked at, when it is none. */
static bool
scan_field(struct scanner *sc, struct field *ret)
{
	ret->name = sc->at;
	while (!at_end(sc) && !is_space(sc->s[sc->at]) &&
	       strchr("=;*(\"", sc->s[sc->at]) == NULL)
		sc->at++;
	ret->name_end = sc->at;
	scan_marks(sc, ret);
	skip_comments(sc);
	if (ret->name == ret->name_end || !at_char(sc, '='))
		return false;
	ret->equals = sc->at++;
	skip_comments(sc);
	ret->value = sc->at;
	if (at_char(sc, '"')) {
		skip_quoted(sc);
		ret->value_end = sc->at;
	} else {
		ret->value_end = skip_bare(sc);
	}
	skip_comments(sc);
	if (!at_end(sc) && !at_char(sc, ';'))
		sc->irregular = true; /* and what follows is read as if there were one */
	return true;
}

static bool
next_field(struct scanner *sc, struct field *ret)
{
	for (;;) {
		skip_comments(sc);
		while (at_char(sc, ';')) {
			sc->at++;
			skip_comments(sc);
		}
		if (at_end(sc))
			return false;
		if (scan_field(sc, ret))
			return true;
		skip_junk(sc);
	}
}

static size_t
token_length(const struct scanner *sc)
{
	size_t n = 0;

	while (sc->at + n < sc->len && sc->s[sc->at + n] > ' ' && sc->s[sc->at + n] < 0x7f &&
	       strchr(TOKEN_SPECIALS, sc->s[sc->at + n]) == NULL)
		n++;
	return n;
}

/* "text/plain" or "attachment"; ret is appended to, lower case. */
static void
scan_type(struct scanner *sc, struct buf *ret)
{
	size_t n;

	skip_comments(sc);
	n = token_length(sc);
	buf_append(ret, sc->s + sc->at, n);
	sc->at += n;
	skip_comments(sc);
	if (at_char(sc, '/') && n > 0) {
		sc->at++;
		skip_comments(sc);
		n = token_length(sc);
		buf_putc(ret, '/');
		buf_append(ret, sc->s + sc->at, n);
		sc->at += n;
		skip_comments(sc);
	}
	if (n == 0)
		buf_reset(ret);
	sc->irregular |= n == 0 || (!at_end(sc) && !at_char(sc, ';'));
}

/* ---- reading ---- */

struct piece { /* a field, read */
	const char *name;
	enum kind kind;
	int section;
	bool percent;
	struct span {
		const char *s;
		size_t len;
	} value;
};

struct reader {
	struct arena *arena;
	struct mime_params *to;
	size_t n;
	struct piece piece[FIELDS_MAX];
	struct buf octets, text; /* scratch */
};

/* The value without its quotes and line ends. */
static struct span
unquote(struct arena *arena, const char *s, size_t len)
{
	bool quoted = len > 0 && *s == '"';
	char *to = arena_alloc(arena, len + 1);
	struct span text = {to, 0};

	for (size_t i = quoted; i < len; i++) {
		if (quoted && s[i] == '"')
			break;
		if (quoted && s[i] == '\\' && i + 1 < len)
			i++;
		if (s[i] != '\r' && s[i] != '\n')
			to[text.len++] = s[i];
	}
	to[text.len] = '\0';
	return text;
}

static void
read_pieces(struct reader *r, struct scanner *sc)
{
	struct field f;

	while (next_field(sc, &f)) {
		struct piece *p = &r->piece[r->n];
		char *name;

		if (r->n == FIELDS_MAX) {
			sc->irregular = r->to->truncated = true;
			return;
		}
		name = arena_strndup(r->arena, sc->s + f.name, f.name_end - f.name);
		str_lower(name);
		p->name = name;
		p->kind = f.kind;
		p->section = f.section;
		p->percent = f.percent;
		p->value = unquote(r->arena, sc->s + f.value, f.value_end - f.value);
		r->n++;
	}
}

static bool
is_file_name(const char *name)
{
	return strcmp(name, "name") == 0 || strcmp(name, "filename") == 0;
}

static void
put_param(struct reader *r, const char *name, struct span value)
{
	struct mime_params *to = r->to;

	if (to->n == PARAMS_MAX) {
		to->irregular = to->truncated = true;
		return;
	}
	if (memchr(value.s, '\0', value.len) != NULL)
		to->irregular = true;
	to->param[to->n++] =
		(struct mime_param){name, arena_strndup(r->arena, value.s, value.len)};
}

/* Text that tells no charset. */
static void
put_bytes(struct reader *r, const char *name, struct span value)
{
	if (!is_file_name(name)) {
		put_param(r, name, value);
		return;
	}
	buf_reset(&r->text);
	mime_decode_header(value.s, value.len, &r->text);
	put_param(r, name, (struct span){buf_string(&r->text), r->text.len});
}

/* Takes "charset'language'" from the value; its length, 0 when there is none. */
static size_t
take_charset(struct span *value)
{
	const char *end = memchr(value->s, '\'', value->len), *second;
	size_t n = end == NULL ? 0 : (size_t)(end - value->s);

	second = end == NULL ? NULL : memchr(end + 1, '\'', value->len - n - 1);
	if (second == NULL)
		return 0;
	value->len -= (size_t)(second + 1 - value->s);
	value->s = second + 1;
	return n;
}

static void
put_octets(const struct span *value, bool percent, struct buf *out)
{
	unsigned char *to = buf_reserve(out, value->len);

	for (size_t i = 0; i < value->len; i++) {
		int octet = -1;

		if (percent && value->s[i] == '%')
			octet = octets_from_hex(value->s + i + 1, value->len - i - 1);
		*to++ = octet < 0 ? (unsigned char)value->s[i] : (unsigned char)octet;
		i += octet < 0 ? 0 : 2;
	}
	out->len = (size_t)(to - out->data);
}

/* The octets as a value: in the charset given, or in none. */
static void
put_decoded(struct reader *r, const char *name, const char *charset, size_t charset_len)
{
	const char *s = buf_string(&r->octets);
	size_t len = r->octets.len;
	const struct charset *cs = charset_find(charset, charset_len);
	struct buf clean = {0};

	if (charset_len == 0) {
		put_bytes(r, name, (struct span){s, len});
		return;
	}
	buf_reset(&r->text);
	if (cs == NULL)
		charset_guess_to_utf8(s, len, &r->text);
	if (cs == NULL || !charset_to_utf8_lossy(cs, s, len, &r->text))
		r->to->irregular = true;
	if (!charset_clean_utf8(buf_string(&r->text), r->text.len, &clean))
		r->to->irregular = true;
	put_param(r, name, (struct span){buf_string(&clean), clean.len});
	buf_free(&clean);
}

/* The piece of this name and kind with the lowest section that is at least this. */
static const struct piece *
find_section(const struct reader *r, const struct piece *like, int section)
{
	const struct piece *found = NULL;

	for (size_t i = 0; i < r->n; i++) {
		const struct piece *p = &r->piece[i];

		if (p->kind == like->kind && p->section >= section &&
		    (found == NULL || p->section < found->section) &&
		    strcmp(p->name, like->name) == 0)
			found = p;
	}
	return found;
}

/* One value of RFC 2231: this piece alone, or it and all its later sections. */
static void
join_sections(struct reader *r, const struct piece *first)
{
	struct span value = first->value;
	const char *charset = value.s;
	size_t charset_len = first->percent ? take_charset(&value) : 0;
	int next = 0;

	buf_reset(&r->octets);
	for (const struct piece *p = first; p != NULL; p = find_section(r, first, next)) {
		put_octets(p == first ? &value : &p->value, p->percent, &r->octets);
		if (p->kind != KIND_CONTINUED)
			break;
		r->to->irregular |= p->section != next;
		next = p->section + 1;
	}
	put_decoded(r, first->name, charset, charset_len);
}

/* Is there an earlier piece of this name, and of this kind or, where it matters, of any? */
static bool
is_repeated(const struct reader *r, size_t at)
{
	const struct piece *p = &r->piece[at];

	for (size_t i = 0; i < at; i++) {
		const struct piece *q = &r->piece[i];
		bool one_plain = (p->kind == KIND_PLAIN) != (q->kind == KIND_PLAIN);

		if (strcmp(p->name, q->name) != 0 || (one_plain && is_file_name(p->name)))
			continue;
		if (p->kind != KIND_CONTINUED || q->kind != KIND_CONTINUED ||
		    p->section == q->section)
			return true;
	}
	return false;
}

static void
put_kind(struct reader *r, enum kind kind)
{
	for (size_t i = 0; i < r->n; i++) {
		const struct piece *p = &r->piece[i];

		if (p->kind != kind)
			continue;
		if (kind == KIND_PLAIN)
			put_bytes(r, p->name, p->value);
		else if (kind == KIND_EXTENDED || find_section(r, p, 0) == p)
			join_sections(r, p);
	}
}

void
mime_params_parse(struct arena *arena, const char *value, struct mime_params *ret)
{
	struct scanner sc = {.s = value, .len = strlen(value)};
	struct reader r = {.arena = arena, .to = ret};
	char *type;

	ret->n = 0;
	ret->truncated = false;
	scan_type(&sc, &r.text);
	type = arena_strdup(arena, buf_string(&r.text));
	str_lower(type);
	ret->type = type;
	read_pieces(&r, &sc);
	ret->irregular = sc.irregular;
	for (size_t i = 0; i < r.n; i++)
		ret->irregular |= is_repeated(&r, i);
	put_kind(&r, KIND_EXTENDED);
	put_kind(&r, KIND_CONTINUED);
	put_kind(&r, KIND_PLAIN);
	buf_free(&r.octets);
	buf_free(&r.text);
}

const char *
mime_param(const struct mime_params *p, const char *name)
{
	for (size_t i = 0; i < p->n; i++) {
		if (str_case_equal(p->param[i].name, name))
			return p->param[i].value;
	}
	return NULL;
}

/* ---- writing ---- */

static void
append_param(const char *value, size_t len, const char *name, const char *new_value,
	     struct buf *out)
{
	size_t end = len;

	while (end > 0 && is_space(value[end - 1]))
		end--;
	buf_append(out, value, len);
	buf_printf(out, "%s %s=%s", end > 0 && value[end - 1] == ';' ? "" : ";", name,
		   new_value);
}

void
mime_param_set(const char *value, const char *name, const char *new_value, struct buf *out)
{
	struct scanner sc = {.s = value, .len = strlen(value)};
	struct buf type = {0};
	struct field f;
	size_t copied = 0;

	scan_type(&sc, &type);
	buf_free(&type);
	while (next_field(&sc, &f)) {
		if (!str_case_equal_n(value + f.name, f.name_end - f.name, name, strlen(name)))
			continue;
		if (f.kind != KIND_PLAIN) { /* without its marks */
			buf_append(out, value + copied, f.name_end - copied);
			copied = f.equals;
		}
		buf_append(out, value + copied, f.value - copied);
		buf_puts(out, new_value);
		copied = f.value_end;
	}
	if (copied == 0)
		append_param(value, sc.len, name, new_value, out);
	else
		buf_append(out, value + copied, sc.len - copied);
}
