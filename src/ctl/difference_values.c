/* Writes the values of differences: see difference_values.h. */
#include "ctl/difference_values.h"

#include <string.h>

#include "chain/chain.h"
#include "ctl/show.h"
#include "mime/words.h"
#include "util/arena.h"
#include "util/buf.h"
#include "util/str.h"

#define VALUE_BYTES 2000u /* of a text here, about */
#define BODY_LINES  6u
#define LINE_BYTES  300u
#define RULES_MAX   3u /* of one policy */

static bool
is_value_full(const struct buf *b)
{
	return b->len >= VALUE_BYTES;
}

const char *
difference_end_value(struct buf *b, const char *separator, struct arena *arena)
{
	if (b->len >= strlen(separator))
		b->len -= strlen(separator);
	return buf_move_to_arena(b, arena);
}

/* At most max bytes, and "..." when there are more. */
static void
append_cut(struct buf *b, const char *s, size_t len, size_t max)
{
	buf_append(b, s, len < max ? len : max);
	if (len > max)
		buf_puts(b, "...");
}

/* Header fields. */

static bool
fields_equal(const struct mta_header *a, const struct mta_header *b)
{
	return strcmp(a->name, b->name) == 0 && strcmp(a->value, b->value) == 0;
}

struct field_range
difference_trim_fields(const struct mta_header *old, const struct mta_header *new)
{
	struct field_range r = {.old = old, .new = new};

	while (r.old->name != NULL && r.new->name != NULL &&fields_equal(r.old, r.new)) {
		r.old++;
		r.new ++;
	}
	while (r.old[r.n_old].name != NULL)
		r.n_old++;
	while (r.new[r.n_new].name != NULL)
		r.n_new++;
	while (r.n_old > 0 && r.n_new > 0 &&
	       fields_equal(&r.old[r.n_old - 1], &r.new[r.n_new - 1])) {
		r.n_old--;
		r.n_new--;
	}
	return r;
}

/* The index of the next field of this name from i on, or n. */
static size_t
find_field_from(const struct mta_header *fields, size_t n, size_t i, const char *name)
{
	while (i < n && !str_case_equal(fields[i].name, name))
		i++;
	return i;
}

bool
difference_fields_equal(const struct field_range *r, const char *name)
{
	size_t i = find_field_from(r->old, r->n_old, 0, name);
	size_t k = find_field_from(r->new, r->n_new, 0, name);

	while (i < r->n_old && k < r->n_new) {
		if (!fields_equal(&r->old[i], &r->new[k]))
			return false;
		i = find_field_from(r->old, r->n_old, i + 1, name);
		k = find_field_from(r->new, r->n_new, k + 1, name);
	}
	return i == r->n_old && k == r->n_new;
}

static void
append_field_value(struct buf *out, const char *value)
{
	struct buf text = {0};

	value = str_skip_blanks(value);
	(void)mime_decode_header(value, strlen(value), &text);
	append_cut(out, buf_string(&text), text.len, VALUE_BYTES);
	buf_free(&text);
}

const char *
difference_field(struct arena *arena, const struct mta_header *fields, size_t n,
		 const char *name)
{
	struct buf b = {0};

	for (size_t i = find_field_from(fields, n, 0, name); i < n && !is_value_full(&b);
	     i = find_field_from(fields, n, i + 1, name)) {
		append_field_value(&b, fields[i].value);
		buf_putc(&b, '\n');
	}
	return difference_end_value(&b, "\n", arena);
}

const char *
difference_field_names(struct arena *arena, const struct mta_header *fields, size_t n)
{
	struct buf b = {0};

	for (size_t i = 0; i < n && !is_value_full(&b); i++) {
		append_cut(&b, fields[i].name, strlen(fields[i].name), LINE_BYTES);
		buf_puts(&b, ", ");
	}
	return difference_end_value(&b, ", ", arena);
}

/* The envelope. */

bool
difference_rcpts_equal(const char *const *a, const char *const *b)
{
	for (; *a != NULL && *b != NULL; a++, b++)
		if (strcmp(*a, *b) != 0)
			return false;
	return *a == *b;
}

const char *
difference_rcpts(struct arena *arena, const char *const *rcpts)
{
	struct buf b = {0};

	for (; *rcpts != NULL && !is_value_full(&b); rcpts++) {
		append_cut(&b, *rcpts, strlen(*rcpts), LINE_BYTES);
		buf_puts(&b, ", ");
	}
	return difference_end_value(&b, ", ", arena);
}

const char *
difference_refusals(struct arena *arena, const struct mta_message *message,
		    const struct mta_refusal *refusals)
{
	struct buf b = {0};

	for (; refusals != NULL && !is_value_full(&b); refusals = refusals->next) {
		const char *rcpt = message->rcpts[refusals->rcpt];

		append_cut(&b, rcpt, strlen(rcpt), LINE_BYTES);
		buf_puts(&b, ": ");
		if (refusals->reply == REPLY_CODE)
			show_reply(&b, refusals->text);
		else
			buf_puts(&b, refusals->reply == REPLY_TEMPFAIL ? "tempfail" : "reject");
		buf_putc(&b, '\n');
	}
	return difference_end_value(&b, "\n", arena);
}

/* The body. */

/* The number of lines of a text that begins at a line: at most BODY_LINES of them, each cut. */
static const char *
copy_body_lines(struct arena *arena, const char *from, const char *end)
{
	struct buf b = {0};

	for (unsigned i = 0; from < end; i++) {
		const char *next = memchr(from, '\n', (size_t)(end - from));
		size_t n = (size_t)((next != NULL ? next + 1 : end) - from);

		if (i == BODY_LINES) {
			buf_printf(&b, "... (%zu bytes more)\n", (size_t)(end - from));
			break;
		}
		append_cut(&b, from, str_trim_line_end(from, n), LINE_BYTES);
		buf_putc(&b, '\n');
		from += n;
	}
	return difference_end_value(&b, "\n", arena);
}

/* Moves back to the begin of the line. */
static size_t
find_line_begin(const char *text, size_t at)
{
	while (at > 0 && text[at - 1] != '\n')
		at--;
	return at;
}

void
difference_body_lines(struct arena *arena, const struct mail_after *old,
		      const struct mail_after *new, const char **ret_old, const char **ret_new)
{
	size_t least = old->body_len < new->body_len ? old->body_len : new->body_len;
	size_t begin = 0, n = 0;
	const char *old_end = old->body + old->body_len, *new_end = new->body + new->body_len;

	while (begin < least && old->body[begin] == new->body[begin])
		begin++;
	begin = find_line_begin(old->body, begin);
	while (n < least - begin && old_end[-1 - (long)n] == new_end[-1 - (long)n])
		n++;
	while (n > 0 && ((old_end - n > old->body && old_end[-1 - (long)n] != '\n') ||
			 (new_end - n > new->body &&new_end[-1 - (long)n] != '\n')))
		n--;
	*ret_old = copy_body_lines(arena, old->body + begin, old_end - n);
	*ret_new = copy_body_lines(arena, new->body + begin, new_end - n);
}

/* Causes. */

static bool
finding_is_of_kind(const struct finding *f, enum difference_kind kind, const char *name)
{
	switch (kind) {
	case DIFFERENCE_REFUSED:
		return f->kind == FINDING_REFUSE_RCPT;
	case DIFFERENCE_RCPTS:
		return f->kind == FINDING_ADD_RCPT || f->kind == FINDING_DELETE_RCPT;
	case DIFFERENCE_SENDER:
		return f->kind == FINDING_SENDER;
	case DIFFERENCE_HEADER:
		return finding_is_of_header(f->kind) && str_case_equal(f->name, name);
	case DIFFERENCE_HEADERS:
	case DIFFERENCE_ORDER:
		return finding_is_of_header(f->kind);
	case DIFFERENCE_BODY:
		return f->kind == FINDING_BODY;
	case DIFFERENCE_QUARANTINE:
		return f->kind == FINDING_QUARANTINE;
	case DIFFERENCE_ENDED:
	case DIFFERENCE_FAILED:
	case DIFFERENCE_VERDICT:
	case DIFFERENCE_REPLY:
	case DIFFERENCE_RESULT:
	case DIFFERENCE_MONITOR:
	case DIFFERENCE_RULE:
	case DIFFERENCE_KINDS:
		break;
	}
	return false;
}

/* Whether the policy has made the verdict, or had it made by its failure. */
static bool
has_decided(const struct offline_result *r, const struct policy_report *p)
{
	bool is_accepted = strcmp(r->verdict, "accept") == 0;

	if (p->monitors || strcmp(p->result, "changed") == 0)
		return false;
	if (p->error != NULL || p->refused_rcpts > 0)
		return !is_accepted;
	return strcmp(p->result, r->verdict) == 0;
}

static bool
is_cause(const struct offline_result *r, size_t i, enum difference_kind kind, const char *name)
{
	const struct policy_report *p = &r->policies[i];

	if (kind == DIFFERENCE_VERDICT || kind == DIFFERENCE_REPLY)
		return has_decided(r, p);
	if (kind == DIFFERENCE_MONITOR)
		return p->monitors && strcmp(p->inst->title, name) == 0;
	if (p->monitors)
		return false;
	for (const struct finding *f = r->findings; f != NULL; f = f->next)
		if (f->position == i + 1 && !f->undone && finding_is_of_kind(f, kind, name))
			return true;
	return false;
}

static void
append_cause(struct buf *b, const struct offline_result *r, size_t i)
{
	const char *title = r->policies[i].inst->title;
	unsigned n = 0;

	for (const struct finding *f = r->findings; f != NULL && n < RULES_MAX; f = f->next) {
		if (f->position != i + 1 || f->kind != FINDING_RULE)
			continue;
		buf_printf(b, "%s/%s", title, f->name);
		if (f->before != NULL)
			buf_printf(b, " (%s)", f->before);
		buf_puts(b, ", ");
		n++;
	}
	if (n == 0)
		buf_printf(b, "%s, ", title);
}

const char *
difference_causes(struct arena *arena, const struct offline_result *r,
		  enum difference_kind kind, const char *name)
{
	struct buf b = {0};

	for (size_t i = 0; i < r->n_policies && b.len < LINE_BYTES; i++)
		if (is_cause(r, i, kind, name))
			append_cause(&b, r, i);
	return difference_end_value(&b, ", ", arena);
}
