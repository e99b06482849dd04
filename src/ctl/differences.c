/* Finds the differences of two results: see differences.h. */
#include "ctl/differences.h"

#include <string.h>

#include "chain/chain.h"
#include "chain/report.h"
#include "ctl/difference_monitor.h"
#include "ctl/difference_values.h"
#include "ctl/mail_after.h"
#include "ctl/show.h"
#include "util/arena.h"
#include "util/buf.h"
#include "util/str.h"

/* Which differences there are so far. */
struct difference_work {
	struct arena *arena;
	const struct difference_input *in;
	struct mail_after old, new;
	struct difference *first, **end;
};

struct kind_words {
	const char *word, *title;
};

static const struct kind_words kind_words[DIFFERENCE_KINDS] = {
	[DIFFERENCE_ENDED] = {"ended", "the process ended in"},
	[DIFFERENCE_FAILED] = {"failed", "failure of policy"},
	[DIFFERENCE_VERDICT] = {"verdict", "verdict"},
	[DIFFERENCE_REPLY] = {"reply", "another reply"},
	[DIFFERENCE_REFUSED] = {"refused", "other recipients refused"},
	[DIFFERENCE_RCPTS] = {"recipients", "recipients"},
	[DIFFERENCE_SENDER] = {"sender", "sender"},
	[DIFFERENCE_HEADER] = {"header", "header"},
	[DIFFERENCE_HEADERS] = {"headers", "many header fields"},
	[DIFFERENCE_ORDER] = {"order", "order of the header fields"},
	[DIFFERENCE_BODY] = {"body", "body"},
	[DIFFERENCE_QUARANTINE] = {"quarantine", "reason of the quarantine"},
	[DIFFERENCE_RESULT] = {"result", "result of policy"},
	[DIFFERENCE_MONITOR] = {"monitor", "in monitor mode, policy"},
	[DIFFERENCE_RULE] = {"rule", "in monitor mode, rule"},
};

const char *
difference_kind_word(enum difference_kind kind)
{
	return kind_words[kind].word;
}

void
difference_append_title(struct buf *out, enum difference_kind kind, const char *name)
{
	buf_puts(out, kind_words[kind].title);
	if (*name == '\0')
		return;
	buf_puts(out, kind == DIFFERENCE_VERDICT ? ": " : " ");
	str_append_readable(out, name, strlen(name));
}

const char *
difference_describe_verdict(struct arena *arena, const struct offline_result *r)
{
	struct buf b = {0};

	buf_puts(&b, r->verdict);
	if (r->outcome.reply != REPLY_CONTINUE && r->outcome.reply != REPLY_ACCEPT) {
		buf_printf(&b, " at %s", show_stage(r->outcome.stage));
		if (r->outcome.reply == REPLY_CODE) {
			buf_puts(&b, ": ");
			show_reply(&b, r->outcome.text);
		}
	}
	return buf_move_to_arena(&b, arena);
}

/* Equality, without the work of applying the changes. */

static bool
texts_equal(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool
changes_equal(const struct mta_change *a, const struct mta_change *b)
{
	for (; a != NULL && b != NULL; a = a->next, b = b->next)
		if (a->letter != b->letter || a->index != b->index || a->len != b->len ||
		    !texts_equal(a->name, b->name) || !texts_equal(a->value, b->value) ||
		    (a->len > 0 && memcmp(a->data, b->data, a->len) != 0))
			return false;
	return a == b;
}

static bool
refusals_equal(const struct mta_refusal *a, const struct mta_refusal *b)
{
	for (; a != NULL && b != NULL; a = a->next, b = b->next)
		if (a->rcpt != b->rcpt || a->reply != b->reply || strcmp(a->text, b->text) != 0)
			return false;
	return a == b;
}

static bool
replies_equal(const struct mta_outcome *a, const struct mta_outcome *b)
{
	return a->reply == b->reply && a->stage == b->stage && strcmp(a->text, b->text) == 0;
}

static bool
is_delivered(const struct offline_result *r)
{
	return r->outcome.reply == REPLY_CONTINUE || r->outcome.reply == REPLY_ACCEPT;
}

/* The list. */

/* A new difference. False: its values are not wanted. */
static bool
add_difference(struct difference_work *w, enum difference_kind kind, const char *name)
{
	static const struct difference_side none = {"", ""};
	struct difference *d = arena_zalloc(w->arena, sizeof(*d));

	*d = (struct difference){.kind = kind, .name = name, .old = none, .new = none};
	d->has_sides = w->in->wanted(w->in->ctx, kind, name);
	*w->end = d;
	w->end = &d->next;
	if (!d->has_sides)
		return false;
	d->old.by = difference_causes(w->arena, w->in->old, kind, name);
	d->new.by = difference_causes(w->arena, w->in->new, kind, name);
	return true;
}

static void
set_values(struct difference_work *w, const char *old, const char *new)
{
	struct difference *d = w->first;

	while (d->next != NULL)
		d = d->next;
	d->old.value = old;
	d->new.value = new;
}

/* Each kind. */

static void
compare_verdicts(struct difference_work *w)
{
	const struct offline_result *old = w->in->old, *new = w->in->new;
	bool is_other = strcmp(old->verdict, new->verdict) != 0;

	if (!is_other && replies_equal(&old->outcome, &new->outcome))
		return;
	if (!is_other && is_delivered(old) && is_delivered(new))
		return;
	if (add_difference(
		    w, is_other ? DIFFERENCE_VERDICT : DIFFERENCE_REPLY,
		    is_other ? arena_printf(w->arena, "%s -> %s", old->verdict, new->verdict)
			     : ""))
		set_values(w, difference_describe_verdict(w->arena, old),
			   difference_describe_verdict(w->arena, new));
}

static const struct policy_report *
find_report(const struct offline_result *r, const char *title)
{
	for (size_t i = 0; i < r->n_policies; i++)
		if (strcmp(r->policies[i].inst->title, title) == 0)
			return &r->policies[i];
	return NULL;
}

static const char *
describe_failure(const struct policy_report *p)
{
	return p != NULL && p->error != NULL ? p->error : "";
}

/* "infected(Win.Test)", without how long it took. */
static const char *
describe_found(struct arena *arena, const struct policy_report *p)
{
	struct policy_found found = p->found;
	struct buf b = {0};

	found.was_asked = false;
	if (found.result != NULL)
		policy_append_found(&b, &found);
	return buf_move_to_arena(&b, arena);
}

/* Of a policy that both have. */
static void
compare_found(struct difference_work *w, const struct policy_report *old,
	      const struct policy_report *new)
{
	const char *was, *is;

	if (old == NULL || new == NULL ||
	    (old->found.result == NULL && new->found.result == NULL))
		return;
	was = describe_found(w->arena, old);
	is = describe_found(w->arena, new);
	if (strcmp(was, is) != 0 && add_difference(w, DIFFERENCE_RESULT, new->inst->title))
		set_values(w, was, is);
}

static void
compare_policy(struct difference_work *w, const struct policy_report *old,
	       const struct policy_report *new)
{
	const char *title = (new != NULL ? new : old)->inst->title;
	const char *was = describe_failure(old), *is = describe_failure(new);

	if ((*was == '\0') != (*is == '\0') && add_difference(w, DIFFERENCE_FAILED, title))
		set_values(w, was, is);
	compare_found(w, old, new);
	/* One that acts in the other configuration is seen by what it does. */
	if ((old != NULL && !old->monitors) || (new != NULL && !new->monitors))
		return;
	was = difference_monitoring_policy(w->arena, w->in->old, old);
	is = difference_monitoring_policy(w->arena, w->in->new, new);
	if (strcmp(was, is) != 0 && add_difference(w, DIFFERENCE_MONITOR, title))
		set_values(w, was, is);
}

static void
compare_policies(struct difference_work *w)
{
	const struct offline_result *old = w->in->old, *new = w->in->new;

	for (size_t i = 0; i < new->n_policies; i++)
		compare_policy(w, find_report(old, new->policies[i].inst->title),
			       &new->policies[i]);
	for (size_t i = 0; i < old->n_policies; i++)
		if (find_report(new, old->policies[i].inst->title) == NULL)
			compare_policy(w, &old->policies[i], NULL);
}

/* The rule of a finding in one of both results. only_old: unless the new one has it, too. */
static void
compare_monitored_rule(struct difference_work *w, const struct offline_result *of,
		       const struct finding *f, bool only_old)
{
	const char *policy = of->policies[f->position - 1].inst->title;
	const char *rule = f->monitored->title;
	const char *old = difference_monitored_rule(w->arena, w->in->old, policy, rule);
	const char *new = difference_monitored_rule(w->arena, w->in->new, policy, rule);

	if (old == NULL || new == NULL || strcmp(old, new) == 0 || (only_old && *new != '\0'))
		return;
	if (add_difference(w, DIFFERENCE_RULE, arena_printf(w->arena, "%s/%s", policy, rule)))
		set_values(w, old, new);
}

static void
compare_monitored_rules(struct difference_work *w)
{
	const struct offline_result *old = w->in->old, *new = w->in->new;
	const struct finding *f = new->findings;

	for (; (f = difference_next_monitored(new, f)) != NULL; f = f->next)
		compare_monitored_rule(w, new, f, false);
	for (f = old->findings; (f = difference_next_monitored(old, f)) != NULL; f = f->next)
		compare_monitored_rule(w, old, f, true);
}

static void
compare_refusals(struct difference_work *w)
{
	const struct mta_refusal *old = w->in->old->outcome.refusals,
				 *new = w->in->new->outcome.refusals;

	if (refusals_equal(old, new) || !add_difference(w, DIFFERENCE_REFUSED, ""))
		return;
	set_values(w, difference_refusals(w->arena, w->in->message, old),
		   difference_refusals(w->arena, w->in->message, new));
}

static void
compare_envelopes(struct difference_work *w)
{
	if (!difference_rcpts_equal(w->old.rcpts, w->new.rcpts) &&
	    add_difference(w, DIFFERENCE_RCPTS, ""))
		set_values(w, difference_rcpts(w->arena, w->old.rcpts),
			   difference_rcpts(w->arena, w->new.rcpts));
	if (strcmp(w->old.sender, w->new.sender) != 0 &&
	    add_difference(w, DIFFERENCE_SENDER, ""))
		set_values(w, w->old.sender, w->new.sender);
	if (w->old.quarantine != NULL &&
	    w->new.quarantine != NULL &&strcmp(w->old.quarantine, w->new.quarantine) != 0 &&
	    add_difference(w, DIFFERENCE_QUARANTINE, ""))
		set_values(w, w->old.quarantine, w->new.quarantine);
}

/* Whether a field of this name stands among the first n. */
static bool
is_named_field(const struct mta_header *fields, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (str_case_equal(fields[i].name, name))
			return true;
	return false;
}

static bool
compare_field(struct difference_work *w, const struct field_range *r, const char *name)
{
	if (difference_fields_equal(r, name))
		return false;
	if (add_difference(w, DIFFERENCE_HEADER, name))
		set_values(w, difference_field(w->arena, r->old, r->n_old, name),
			   difference_field(w->arena, r->new, r->n_new, name));
	return true;
}

/* Each name once. Returns how many of them differ. */
static size_t
compare_fields(struct difference_work *w, const struct field_range *r)
{
	size_t n = 0;

	for (size_t i = 0; i < r->n_old; i++)
		if (!is_named_field(r->old, i, r->old[i].name))
			n += compare_field(w, r, r->old[i].name);
	for (size_t i = 0; i < r->n_new; i++)
		if (!is_named_field(r->old, r->n_old, r->new[i].name) &&
		    !is_named_field(r->new, i, r->new[i].name))
			n += compare_field(w, r, r->new[i].name);
	return n;
}

static void
compare_headers(struct difference_work *w)
{
	struct field_range r = difference_trim_fields(w->old.headers, w->new.headers);

	if (r.n_old == 0 && r.n_new == 0)
		return;
	if (r.n_old > DIFFERENCE_FIELDS_MAX || r.n_new > DIFFERENCE_FIELDS_MAX) {
		if (add_difference(w, DIFFERENCE_HEADERS, ""))
			set_values(w, arena_printf(w->arena, "%zu fields", r.n_old),
				   arena_printf(w->arena, "%zu fields", r.n_new));
	} else if (compare_fields(w, &r) == 0 && add_difference(w, DIFFERENCE_ORDER, "")) {
		set_values(w, difference_field_names(w->arena, r.old, r.n_old),
			   difference_field_names(w->arena, r.new, r.n_new));
	}
}

static void
compare_bodies(struct difference_work *w)
{
	const char *old, *new;

	if (w->old.body_len == w->new.body_len &&
	    memcmp(w->old.body, w->new.body, w->old.body_len) == 0)
		return;
	if (!add_difference(w, DIFFERENCE_BODY, ""))
		return;
	difference_body_lines(w->arena, &w->old, &w->new, &old, &new);
	set_values(w, old, new);
}

static void
compare_content(struct difference_work *w)
{
	const struct difference_input *in = w->in;

	if (changes_equal(in->old->outcome.changes, in->new->outcome.changes))
		return;
	w->old = mail_after_apply(w->arena, in->message, in->old->outcome.changes);
	w->new = mail_after_apply(w->arena, in->message, in->new->outcome.changes);
	mail_after_mask_boundaries(w->arena, &w->old);
	mail_after_mask_boundaries(w->arena, &w->new);
	compare_envelopes(w);
	compare_headers(w);
	compare_bodies(w);
}

struct difference *
differences_find(struct arena *arena, const struct difference_input *in)
{
	struct difference_work w = {.arena = arena, .in = in};

	w.end = &w.first;
	compare_policies(&w);
	compare_monitored_rules(&w);
	compare_verdicts(&w);
	if (is_delivered(in->old) && is_delivered(in->new)) {
		compare_refusals(&w);
		compare_content(&w);
	}
	return w.first;
}
