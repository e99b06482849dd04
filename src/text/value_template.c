/* Reads the value that a rule writes, with all its checks, and makes the value for a message.
 * A value without placeholders and groups is made once, when it is read, and only copied
 * then. */
#include "text/value_template.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "match/regex.h"
#include "mime/words.h"
#include "text/placeholder.h"
#include "util/arena.h"
#include "util/buf.h"
#include "util/str.h"

/* The first $0 to $9, or NULL. "$$" is none, and no part of one. */
static const char *
find_group_reference(const char *text)
{
	for (; (text = strchr(text, '$')) != NULL; text += 2) {
		if (str_is_digit(text[1]))
			return text;
		if (text[1] == '\0')
			return NULL;
	}
	return NULL;
}

static int
check_group_references(const struct section *s, const char *option, const char *text,
		       int groups)
{
	const char *group = find_group_reference(text);

	if (group && groups < 0)
		return section_error(s, option, "%s: '%.2s' without a pattern to fill it",
				     option, group);

	int r = regex_check_replacement(text, groups < 0 ? 0 : (unsigned)groups);

	if (r < 0)
		return section_error(s, option, "%s: a lone '$': write '$$' for a dollar",
				     option);
	if (r > 0)
		return section_error(s, option, "%s: '$%d', but the pattern has %d group%s",
				     option, r, groups, groups == 1 ? "" : "s");
	return 0;
}

static int
check_one_line(const struct section *s, const char *option, const char *text)
{
	if (!str_is_utf8(text, strlen(text)))
		return section_error(s, option, "%s: not valid UTF-8", option);
	for (const char *p = text; *p != '\0'; p++) {
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			return section_error(s, option,
					     "%s: has a control character; long values are "
					     "folded without one",
					     option);
	}
	return 0;
}

static void
make_fixed_value(struct arena *arena, struct value_template *t)
{
	struct placeholder_values none = {.ctx = NULL};
	struct buf scratch = {0}, out = {0};

	value_template_expand(t, &none, NULL, &scratch, &out);
	t->fixed = arena_dup(arena, out.data, out.len);
	t->fixed_len = out.len;
	buf_free(&scratch);
	buf_free(&out);
}

int
value_template_read(struct arena *arena, const struct section *s, const char *option,
		    uint32_t allowed, int groups, struct value_template *ret)
{
	const char *text = section_string(s, option);
	struct template *template = NULL;
	struct value_template t = {0};
	char why[256];

	assert(text != NULL);
	if (check_one_line(s, option, text) < 0)
		return -EINVAL;
	if (template_compile(arena, text, allowed, &template, why, sizeof(why)) < 0)
		return section_error(s, option, "%s: %s", option, why);
	if (check_group_references(s, option, text, groups) < 0)
		return -EINVAL;
	t.text = template;
	if (template_uses(template) == 0 && !find_group_reference(text))
		make_fixed_value(arena, &t);
	*ret = t;
	return 0;
}

uint32_t
value_template_uses(const struct value_template *t)
{
	return template_uses(t->text);
}

void
value_template_expand(const struct value_template *t, const struct placeholder_values *values,
		      const struct regex_groups *groups, struct buf *scratch, struct buf *out)
{
	buf_reset(out);
	buf_reset(scratch);
	if (t->fixed) {
		buf_append(out, t->fixed, t->fixed_len);
		return;
	}
	template_expand(t->text, values, true, out);
	regex_expand(buf_string(out), groups, scratch);
	buf_reset(out);
	mime_unfold_header((const char *)scratch->data, scratch->len, out);
}

/* Text with "$$" for a dollar, and no groups. */
static void
put_value_text(const char *text, size_t len, value_put *put, void *ctx)
{
	const char *dollar;

	while ((dollar = memmem(text, len, "$$", 2)) != NULL) {
		size_t n = (size_t)(dollar - text) + 1;

		put(ctx, text, n, 0);
		text += n + 1;
		len -= n + 1;
	}
	if (len > 0)
		put(ctx, text, len, 0);
}

void
value_template_expand_pieces(const struct value_template *t,
			     const struct placeholder_values *values, struct buf *scratch,
			     struct buf *out, value_put *put, void *ctx)
{
	const char *text, *group;

	buf_reset(out);
	buf_reset(scratch);
	if (t->fixed) {
		put(ctx, t->fixed, t->fixed_len, 0);
		return;
	}
	template_expand(t->text, values, true, scratch);
	mime_unfold_header(buf_string(scratch), scratch->len, out);
	for (text = buf_string(out); (group = find_group_reference(text)) != NULL;
	     text = group + 2) {
		put_value_text(text, (size_t)(group - text), put, ctx);
		put(ctx, NULL, 0, (size_t)(group[1] - '0'));
	}
	put_value_text(text, strlen(text), put, ctx);
}
