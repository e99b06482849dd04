/* Compiles a text to a list of pieces, literal text and placeholders in turn, and joins the
 * pieces with the values of a message. Compiling reports the first mistake in the text. */
#include "text/placeholder.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "option/option.h"
#include "util/arena.h"
#include "util/buf.h"
#include "util/str.h"

#define X(ID, name) name,
static const char *const placeholder_names[] = {PLACEHOLDERS(X) NULL};
#undef X

/* What the macros of MTAs, and the variables of other filters, are called. */
static const struct option_also placeholders_also[] = {
	{"id", "i queue_id queueid qid message_id session_id"},
	{"sender", "f from mail_from mailfrom mail_addr envelope_from envfrom return_path"},
	{"sender_domain", "from_domain domain mail_host"},
	{"recipient", "rcpt to rcpt_to rcpt_addr envelope_to mailto user"},
	{"client", "ip client_ip client_addr client_address host peer remote_addr"},
	{"client_name", "hostname client_host rdns ptr client_ptr"},
	{"helo", "s ehlo helo_name"},
	{"auth_user", "auth_authen sasl_username sasl_user username login user"},
	{"date", "b now today time"},
	{"limit", "max maximum allowed"},
	{"size", "message_size length bytes"},
	{"match", "matched 0 hit text"},
	{"policy", "filter module"},
	{"rule", "symbol title"},
	{"name", "filename file_name file attachment part"},
	{"value", "result_value map_value new_location location"},
	{"header:", "subject header_subject h_subject hdr"},
	{"result:", "result virus verdict"},
	{"score:", "score spam_score hits"},
	{.word = NULL},
};

struct template_piece {
	enum placeholder what; /* PLACEHOLDER_COUNT: literal text */
	const char *text;      /* that text; of %{header:Name} the field's name, and so on */
	size_t len;
};

struct template
{
	struct template_piece *pieces;
	size_t n;
	uint32_t uses; /* PLACEHOLDER_BIT()s */
};

/* A template that is being compiled. */
struct template_compiler {
	struct arena *arena;
	struct template *t;
	uint32_t allowed;
	char *why;
	size_t why_size;
};

static bool
has_own_name(enum placeholder what)
{
	return what >= PLACEHOLDER_HEADER && what < PLACEHOLDER_COUNT;
}

/* The placeholder of that name ("header:Subject" is one of HEADER), or PLACEHOLDER_COUNT. */
static enum placeholder
find_placeholder(const char *s, size_t len)
{
	for (unsigned i = 0; i < PLACEHOLDER_COUNT; i++) {
		size_t n = strlen(placeholder_names[i]);

		if ((len == n || (len > n && has_own_name((enum placeholder)i))) &&
		    memcmp(s, placeholder_names[i], n) == 0)
			return (enum placeholder)i;
	}
	return PLACEHOLDER_COUNT;
}

/* Suggests the nearest of the names that are allowed. */
static int
refuse_unknown_placeholder(const struct template_compiler *c, const char *name)
{
	const char *known[PLACEHOLDER_COUNT + 1];
	size_t n = 0;

	for (unsigned i = 0; i < PLACEHOLDER_COUNT; i++) {
		if (c->allowed & PLACEHOLDER_BIT(i))
			known[n++] = placeholder_names[i];
	}
	known[n] = NULL;

	const char *near = option_suggest_word(known, placeholders_also, name);

	if (near == NULL)
		snprintf(c->why, c->why_size, "unknown placeholder '%%{%.64s}'", name);
	else
		snprintf(c->why, c->why_size,
			 "unknown placeholder '%%{%.64s}', did you mean '%%{%s}'?", name, near);
	return -EINVAL;
}

static int
add_placeholder_piece(const struct template_compiler *c, const char *s, size_t len)
{
	enum placeholder what = find_placeholder(s, len);
	size_t prefix = has_own_name(what) ? strlen(placeholder_names[what]) : len;

	if (what == PLACEHOLDER_COUNT)
		return refuse_unknown_placeholder(c, arena_strndup(c->arena, s, len));
	if (!(c->allowed & PLACEHOLDER_BIT(what))) {
		snprintf(c->why, c->why_size, "there is no '%%{%s%s}' here",
			 placeholder_names[what], has_own_name(what) ? "..." : "");
		return -EINVAL;
	}
	if (what == PLACEHOLDER_HEADER && !str_is_header_name(s + prefix, len - prefix)) {
		snprintf(c->why, c->why_size, "'%.*s' in a placeholder is no header's name",
			 (int)(len - prefix > 64 ? 64 : len - prefix), s + prefix);
		return -EINVAL;
	}
	if (has_own_name(what) && len == prefix) {
		snprintf(c->why, c->why_size, "the title of a policy is missing in '%%{%s}'",
			 placeholder_names[what]);
		return -EINVAL;
	}
	c->t->uses |= PLACEHOLDER_BIT(what);
	c->t->pieces[c->t->n++] = (struct template_piece){
		what, arena_strndup(c->arena, s + prefix, len - prefix), len - prefix};
	return 0;
}

static void
add_literal_piece(const struct template_compiler *c, const char *s, size_t len)
{
	if (len == 0)
		return;
	c->t->pieces[c->t->n++] = (struct template_piece){PLACEHOLDER_COUNT,
							  arena_strndup(c->arena, s, len), len};
}

/* Compiles "%%", "%{name}" or a percent sign at *s, and moves *s behind it. */
static int
compile_percent(const struct template_compiler *c, const char **s)
{
	const char *end;

	if ((*s)[1] != '{') {
		add_literal_piece(c, *s, 1);
		*s += (*s)[1] == '%' ? 2 : 1;
		return 0;
	}
	end = strchr(*s, '}');
	if (end == NULL) {
		snprintf(c->why, c->why_size, "'%%{' without '}'");
		return -EINVAL;
	}

	const char *name = *s + 2;

	*s = end + 1;
	return add_placeholder_piece(c, name, (size_t)(end - name));
}

/* The most pieces that the text may have. */
static size_t
count_template_pieces(const char *text)
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
	const struct template_compiler c = {arena, t, allowed, why, why_size};

	t->pieces = arena_alloc(arena, count_template_pieces(text) * sizeof(*t->pieces));
	while (*text != '\0') {
		size_t len = strcspn(text, "%");

		add_literal_piece(&c, text, len);
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

const char *
template_next_policy(const struct template *t, size_t *at, enum placeholder *ret_what)
{
	while (*at < t->n) {
		const struct template_piece *p = &t->pieces[(*at)++];

		*ret_what = p->what;
		if (p->what == PLACEHOLDER_RESULT || p->what == PLACEHOLDER_SCORE)
			return p->text;
	}
	return NULL;
}

static const char *
get_piece_value(const struct template_piece *p, const struct placeholder_values *values)
{
	if (!has_own_name(p->what))
		return values->value[p->what];
	if (p->what != PLACEHOLDER_HEADER)
		return values->found == NULL
			       ? NULL
			       : values->found(values->found_ctx, p->what, p->text);
	return values->header == NULL ? NULL : values->header(values->ctx, p->text);
}

static void
append_with_doubled_dollars(const char *s, struct buf *out)
{
	for (const char *dollar; (dollar = strchr(s, '$')) != NULL; s = dollar + 1) {
		buf_append(out, s, (size_t)(dollar - s));
		buf_puts(out, "$$");
	}
	buf_puts(out, s);
}

void
template_expand(const struct template *t, const struct placeholder_values *values,
		bool double_dollars, struct buf *out)
{
	for (size_t i = 0; i < t->n; i++) {
		const struct template_piece *p = &t->pieces[i];

		if (p->what == PLACEHOLDER_COUNT) {
			buf_append(out, p->text, p->len);
			continue;
		}

		const char *value = get_piece_value(p, values);

		if (value != NULL && double_dollars)
			append_with_doubled_dollars(value, out);
		else if (value != NULL)
			buf_puts(out, value);
	}
}
