/* %{name} in replies and values: a text is cut into pieces once, and put together for each
 * message. */
#include "text/placeholder.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "util/arena.h"
#include "util/buf.h"
#include "util/str.h"

#define X(ID, name) name,
static const char *const names[] = {PLACEHOLDERS(X) NULL};
#undef X

struct piece {
	enum placeholder what; /* PLACEHOLDER_COUNT: text as it is */
	const char *text;      /* that text; the header's name for %{header:Name} */
	size_t len;
};

struct template
{
	struct piece *pieces;
	size_t n;
	uint32_t uses;
};

/* What is being compiled. */
struct compiler {
	struct arena *arena;
	struct template *t;
	uint32_t allowed;
	char *why;
	size_t why_size;
};

static bool
is_header_name(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (s[i] <= ' ' || s[i] > '~' || s[i] == ':')
			return false;
	}
	return len > 0;
}

/* The placeholder that s is, or PLACEHOLDER_COUNT. */
static enum placeholder
find_name(const char *s, size_t len)
{
	size_t header = strlen(names[PLACEHOLDER_HEADER]);

	if (len >= header && memcmp(s, names[PLACEHOLDER_HEADER], header) == 0)
		return PLACEHOLDER_HEADER;
	for (unsigned i = 0; i < PLACEHOLDER_HEADER; i++) {
		if (strlen(names[i]) == len && memcmp(s, names[i], len) == 0)
			return (enum placeholder)i;
	}
	return PLACEHOLDER_COUNT;
}

/* Only what may be written here is suggested. */
static int
unknown_name(const struct compiler *c, const char *name)
{
	const char *known[PLACEHOLDER_COUNT + 1];
	size_t n = 0;

	for (unsigned i = 0; i < PLACEHOLDER_COUNT; i++) {
		if (c->allowed & PLACEHOLDER_BIT(i))
			known[n++] = names[i];
	}
	known[n] = NULL;

	const char *near = str_nearest(name, known);

	if (near == NULL)
		snprintf(c->why, c->why_size, "unknown placeholder '%%{%.64s}'", name);
	else
		snprintf(c->why, c->why_size,
			 "unknown placeholder '%%{%.64s}', did you mean '%%{%s}'?", name, near);
	return -EINVAL;
}

static int
add_placeholder(const struct compiler *c, const char *s, size_t len)
{
	enum placeholder what = find_name(s, len);
	size_t prefix = what == PLACEHOLDER_HEADER ? strlen(names[PLACEHOLDER_HEADER]) : len;

	if (what == PLACEHOLDER_COUNT)
		return unknown_name(c, arena_strndup(c->arena, s, len));
	if (!(c->allowed & PLACEHOLDER_BIT(what))) {
		snprintf(c->why, c->why_size, "there is no '%%{%s%s}' here", names[what],
			 what == PLACEHOLDER_HEADER ? "..." : "");
		return -EINVAL;
	}
	if (what == PLACEHOLDER_HEADER && !is_header_name(s + prefix, len - prefix)) {
		snprintf(c->why, c->why_size, "'%.*s' in a placeholder is no header's name",
			 (int)(len - prefix > 64 ? 64 : len - prefix), s + prefix);
		return -EINVAL;
	}
	c->t->uses |= PLACEHOLDER_BIT(what);
	c->t->pieces[c->t->n++] = (struct piece){
		what, arena_strndup(c->arena, s + prefix, len - prefix), len - prefix};
	return 0;
}

static void
add_text(const struct compiler *c, const char *s, size_t len)
{
	if (len == 0)
		return;
	c->t->pieces[c->t->n++] =
		(struct piece){PLACEHOLDER_COUNT, arena_strndup(c->arena, s, len), len};
}

/* What stands at a '%'. *s moves behind it. */
static int
compile_percent(const struct compiler *c, const char **s)
{
	const char *end;

	if ((*s)[1] == '%') {
		add_text(c, *s, 1);
		*s += 2;
		return 0;
	}
	if ((*s)[1] != '{') {
		snprintf(c->why, c->why_size, "a lone '%%': write '%%%%' for a percent sign");
		return -EINVAL;
	}
	end = strchr(*s, '}');
	if (end == NULL) {
		snprintf(c->why, c->why_size, "'%%{' without '}'");
		return -EINVAL;
	}

	const char *name = *s + 2;

	*s = end + 1;
	return add_placeholder(c, name, (size_t)(end - name));
}

static size_t
count_pieces(const char *text)
{
	size_t n = 1;

	while ((text = strchr(text, '%')) != NULL) {
		n += 2;
		text++;
	}
	return n;
}

int
template_compile(struct arena *arena, const char *text, uint32_t allowed, struct template **ret,
		 char *why, size_t why_size)
{
	struct template *t = arena_zalloc(arena, sizeof(*t));
	const struct compiler c = {arena, t, allowed, why, why_size};

	t->pieces = arena_alloc(arena, count_pieces(text) * sizeof(*t->pieces));
	while (*text != '\0') {
		size_t len = strcspn(text, "%");

		add_text(&c, text, len);
		text += len;
		if (*text != '\0' && compile_percent(&c, &text) < 0)
			return -EINVAL;
	}
	*ret = t;
	return 0;
}

uint32_t
template_uses(const struct template *t)
{
	return t->uses;
}

static const char *
piece_value(const struct piece *p, const struct placeholder_values *values)
{
	if (p->what != PLACEHOLDER_HEADER)
		return values->value[p->what];
	return values->header == NULL ? NULL : values->header(values->ctx, p->text);
}

static void
append_doubled(const char *s, struct buf *out)
{
	for (const char *dollar; (dollar = strchr(s, '$')) != NULL; s = dollar + 1) {
		buf_append(out, s, (size_t)(dollar - s));
		buf_puts(out, "$$");
	}
	buf_puts(out, s);
}

void
template_expand(const struct template *t, const struct placeholder_values *values, bool dollars,
		struct buf *out)
{
	for (size_t i = 0; i < t->n; i++) {
		const struct piece *p = &t->pieces[i];

		if (p->what == PLACEHOLDER_COUNT) {
			buf_append(out, p->text, p->len);
			continue;
		}

		const char *value = piece_value(p, values);

		if (value != NULL && dollars)
			append_doubled(value, out);
		else if (value != NULL)
			buf_puts(out, value);
	}
}
