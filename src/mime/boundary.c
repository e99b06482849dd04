/* Three readers beside that of params.h: one that cuts the value at each ';' outside quotes, as
 * Python's email package does; one that ends a bare value at a special character, as RFC 2045
 * says; and one that looks for "boundary=" in the text, as small programs do. */
#include "mime/boundary.h"

#include <string.h>

#include "mime/params.h"
#include "mime/words.h"
#include "util/arena.h"
#include "util/buf.h"
#include "util/str.h"

#define NAME "boundary"

struct boundary_text {
	const char *s;
	size_t len;
};

static bool
is_boundary_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static struct boundary_text
trim_boundary_text(struct boundary_text t)
{
	while (t.len > 0 && is_boundary_space(t.s[0])) {
		t.s++;
		t.len--;
	}
	while (t.len > 0 && is_boundary_space(t.s[t.len - 1]))
		t.len--;
	return t;
}

/* The length without blanks at the end; 0: it cannot be a boundary. */
static size_t
boundary_length(const char *s, size_t len)
{
	while (len > 0 && is_boundary_space(s[len - 1]))
		len--;
	return len > MIME_BOUNDARY_BYTES ? 0 : len;
}

static bool
is_boundary_text(const char *text, const char *s, size_t len)
{
	return strncmp(text, s, len) == 0 && text[len] == '\0';
}

static void
add_other_boundary(struct arena *arena, struct mime_boundary *b, const char *s, size_t len)
{
	len = boundary_length(s, len);
	if (len == 0 || b->n_other == MIME_BOUNDARY_OTHERS)
		return;
	len = strnlen(s, len);
	if (b->text != NULL && is_boundary_text(b->text, s, len))
		return;
	for (size_t i = 0; i < b->n_other; i++) {
		if (is_boundary_text(b->other[i], s, len))
			return;
	}
	b->other[b->n_other++] = arena_strndup(arena, s, len);
}

/* ---- a value that is cut at each ';' outside quotes ---- */

/* The end of the parameter at at: the next ';' with an even number of quotes in front of it. */
static size_t
find_cut_end(const char *s, size_t len, size_t at)
{
	bool quoted = false;

	for (; at < len && (quoted || s[at] != ';'); at++) {
		if (s[at] == '"' && (at == 0 || s[at - 1] != '\\'))
			quoted = !quoted;
	}
	return at;
}

/* The value of the first parameter "boundary", as it is written. False: there is none. */
static bool
find_cut_boundary(const char *value, struct boundary_text *ret)
{
	size_t len = strlen(value), end;

	for (size_t at = 0; at < len; at = end + 1) {
		const char *equals;
		struct boundary_text name;

		end = find_cut_end(value, len, at);
		equals = memchr(value + at, '=', end - at);
		if (equals == NULL)
			continue;
		name.s = value + at;
		name.len = (size_t)(equals - name.s);
		name = trim_boundary_text(name);
		if (!str_case_equal_n(name.s, name.len, NAME, strlen(NAME)))
			continue;
		ret->s = equals + 1;
		ret->len = (size_t)(value + end - ret->s);
		*ret = trim_boundary_text(*ret);
		return true;
	}
	return false;
}

/* Without quotes; a backslash counts only in front of a quote or another backslash. */
static struct boundary_text
unquote_cut_boundary(struct arena *arena, struct boundary_text raw)
{
	struct boundary_text text = raw;
	char *to;

	if (raw.len < 2 || raw.s[0] != '"' || raw.s[raw.len - 1] != '"')
		return raw;
	text.s = to = arena_alloc(arena, raw.len);
	text.len = 0;
	for (size_t i = 1; i < raw.len - 1; i++) {
		if (raw.s[i] == '\\' && i + 1 < raw.len - 1 &&
		    (raw.s[i + 1] == '\\' || raw.s[i + 1] == '"'))
			i++;
		to[text.len++] = raw.s[i];
	}
	return text;
}

/* ---- what less common programs may read ---- */

static void
add_shortened_boundaries(struct arena *arena, struct boundary_text raw, struct mime_boundary *b)
{
	static const char *const ends[] = {"()<>@,;:\\\"/[]?= \t\r\n", " \t\r\n(", "("};

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]) && raw.len > 0; i++) {
		size_t n = 0;

		while (n < raw.len && strchr(ends[i], raw.s[n]) == NULL)
			n++;
		if (raw.s[0] != '"')
			add_other_boundary(arena, b, raw.s, n);
	}
	if (raw.s[0] == '"' && raw.len >= 2)
		add_other_boundary(arena, b, raw.s + 1, raw.len - 2);
}

static void
add_decoded_boundary(struct arena *arena, struct mime_boundary *b)
{
	struct buf text = {0};

	if (b->text == NULL || strstr(b->text, "=?") == NULL)
		return;
	mime_decode_header(b->text, strlen(b->text), &text);
	add_other_boundary(arena, b, buf_string(&text), text.len);
	buf_free(&text);
}

/* Adds the boundary without a second pair of quotes, or what Python's email package takes for
 * one. */
static void
add_unwrapped_boundary(struct arena *arena, struct mime_boundary *b)
{
	size_t len = b->text != NULL ? strlen(b->text) : 0;
	char first = len > 2 ? b->text[0] : '\0', last = len > 2 ? b->text[len - 1] : '\0';

	if ((first == '<' && last == '>') || (first == last && (first == '"' || first == '\'')))
		add_other_boundary(arena, b, b->text + 1, len - 2);
}

/* The next NAME in p; NULL: there is none. */
static const char *
find_name(const char *p)
{
	while (*p != '\0' && !str_case_starts(p, NAME))
		p++;
	return *p != '\0' ? p : NULL;
}

/* Adds what follows "boundary=" wherever that stands, also with the marks of RFC 2231. */
static void
add_searched_boundaries(struct arena *arena, const char *value, struct mime_boundary *b)
{
	const char *p = value;

	while ((p = find_name(p)) != NULL && b->n_other < MIME_BOUNDARY_OTHERS) {
		bool quoted;
		size_t n = 0;

		p += strlen(NAME);
		p += strspn(p, "*0123456789 \t\r\n");
		if (*p != '=')
			continue;
		p++;
		p += strspn(p, " \t\r\n");
		quoted = *p == '"';
		p += quoted;
		while (n <= MIME_BOUNDARY_BYTES && p[n] != '\0' &&
		       strchr(quoted ? "\"" : ";\" \t\r\n", p[n]) == NULL)
			n++;
		add_other_boundary(arena, b, p, n);
	}
}

/* ---- all together ---- */

static bool
has_odd_boundary_bytes(const char *s)
{
	for (; *s != '\0'; s++) {
		if (*s < ' ' || *s >= 0x7f)
			return true;
	}
	return false;
}

/* Do the parameters name another boundary too? */
static bool
has_different_boundaries(const struct mime_params *p, const char *first)
{
	for (size_t i = 0; i < p->n; i++) {
		if (strcmp(p->param[i].name, NAME) == 0 &&
		    strcmp(p->param[i].value, first) != 0)
			return true;
	}
	return false;
}

static bool
is_blank_boundary(const char *s)
{
	return *str_skip_blanks(s) == '\0';
}

/* Is the parameter, which the cut value has or has not, another one than text? An empty one is
 * no boundary for anybody. */
static bool
is_cut_differently(const struct boundary_text *cut, const struct mime_params *p,
		   const char *value, const char *first, const char *text)
{
	if (cut == NULL && first != NULL) /* sections of RFC 2231, which that reader joins */
		return p->irregular || strcasestr(value, NAME "*") == NULL;
	if (cut == NULL || (cut->len == 0 && (first == NULL || is_blank_boundary(first))))
		return false;
	return text == NULL || strlen(text) != cut->len || memcmp(text, cut->s, cut->len) != 0;
}

void
mime_boundary_read(struct arena *arena, const char *value, const struct mime_params *p,
		   struct mime_boundary *ret)
{
	const char *first = mime_param(p, NAME);
	struct boundary_text raw = {"", 0}, cut;
	bool found = find_cut_boundary(value, &raw);
	size_t len = first == NULL ? 0 : boundary_length(first, strlen(first));

	*ret = (struct mime_boundary){.n_other = 0};
	if (len > 0)
		ret->text = arena_strndup(arena, first, len);
	cut = unquote_cut_boundary(arena, raw);
	while (cut.len > 0 && is_boundary_space(cut.s[cut.len - 1]))
		cut.len--;
	ret->irregular = is_cut_differently(found ? &cut : NULL, p, value, first, ret->text);
	if (ret->text != NULL)
		ret->irregular |= has_odd_boundary_bytes(ret->text);
	if (first != NULL)
		ret->irregular |= has_different_boundaries(p, first);
	add_other_boundary(arena, ret, cut.s, cut.len);
	for (size_t i = 0; i < p->n; i++) {
		if (strcmp(p->param[i].name, NAME) == 0)
			add_other_boundary(arena, ret, p->param[i].value,
					   strlen(p->param[i].value));
	}
	add_shortened_boundaries(arena, raw, ret);
	add_decoded_boundary(arena, ret);
	add_unwrapped_boundary(arena, ret);
	add_searched_boundaries(arena, value, ret);
}
