/* The properties. `a` is always what the chain does, `b` what it must be like. */
#include "property.h"

#include <stdlib.h>
#include <string.h>

#include "config/dump.h"
#include "render.h"

static const struct plan_wish all_kinds = {0}, enough_room = {.no_counts = true};

static void
make_trial(struct trial *t, const struct plan_wish *wish)
{
	plan_random(&t->plan, t->arena, &t->r, wish);
	mail_random(&t->mail, t->arena, &t->r);
}

static bool
any_rcpt_refused(const struct delivery *d)
{
	for (size_t i = 0; i < MAIL_RCPTS_MAX && d->answer[i] != NULL; i++)
		if (answer_is_refusal(d->answer[i]))
			return true;
	return false;
}

/* A chain of n policies = the n policies one after the other. The mail that the first one
 * leaves is the mail that the second one gets. The first that ends decides; of several that
 * refuse, one behind it may have known its refusal at an earlier stage. */
struct sequence {
	struct delivery last; /* of the policy that decided, or of the last one */
	bool refused, ended;
	const char *refusals[PLAN_POLICIES_MAX]; /* who may refuse, see find_refuser() */
	size_t n_refusals;
};

/* Which policy refused the message, and for good or for now: "reject by p1". Its text may
 * differ: the size that was declared, or that was measured. */
static const char *
find_refuser(const struct delivery *d)
{
	const char *by = strstr(d->log, " by=\"");
	bool permanent = strncmp(d->verdict, "replycode 5", 11) == 0 ||
			 strcmp(d->verdict, "reject") == 0;

	by = by == NULL ? "" : by + 5;
	return arena_printf(d->after.arena, "%s by %.*s", permanent ? "reject" : "tempfail",
			    (int)strcspn(by, "\""), by);
}

static void
run_one_policy(struct trial *t, size_t i, struct mail *mail, struct sequence *s)
{
	bool was_refused = s->refused;
	struct delivery d;

	deliver_alone(trial_listener(t, i + 1), mail, &d);
	if (any_rcpt_refused(&d))
		s->refusals[s->n_refusals++] =
			NULL; /* any: the chain found it too late for RCPT */
	else if (delivery_refused(&d))
		s->refusals[s->n_refusals++] = find_refuser(&d);
	s->refused = s->n_refusals > 0;
	s->ended = strcmp(d.verdict, "continue") != 0 &&
		   (!s->refused || (was_refused && t->plan.policies[i].may_end));
	if (s->refused)
		return;
	s->last = d;
	*mail = d.after;
}

static void
compare_with_sequence(struct trial *t, const struct delivery *chain, const struct sequence *s)
{
	if (!s->refused) {
		trial_expect_same(t, "the chain, and its policies one after the other", chain,
				  &s->last);
		return;
	}
	for (size_t i = 0; i < s->n_refusals; i++)
		if (delivery_refused(chain) &&
		    (s->refusals[i] == NULL ||
		     strcmp(s->refusals[i], find_refuser(chain)) == 0))
			return;
	trial_fail(t, "the chain, and its policies one after the other: refused", chain, NULL);
	for (size_t i = 0; i < s->n_refusals; i++)
		buf_printf(&t->why, "a policy: %s\n",
			   s->refusals[i] != NULL ? s->refusals[i] : "refuses a recipient");
}

static void
compare_sequence(struct trial *t)
{
	struct sequence s = {0};
	struct delivery chain;
	struct mail mail = t->mail;

	for (size_t i = 0; i <= t->plan.n; i++) {
		struct plan_listener *l = plan_add_listener(&t->plan);

		for (size_t j = 0; j < t->plan.n; j++)
			if (i == 0 || j + 1 == i)
				plan_append_member(l, j);
	}
	trial_load(t);
	deliver_alone(trial_listener(t, 0), &mail, &chain);
	if (strcmp(chain.verdict, "none") == 0)
		return;
	if (any_rcpt_refused(&chain)) { /* that it leaves no trace: see check_refused() */
		mail = t->mail = chain.before;
		deliver_alone(trial_listener(t, 0), &mail, &chain);
	}
	memset(s.last.answer, 0, sizeof(s.last.answer));
	for (size_t i = 0; i < t->plan.n && !s.ended; i++)
		run_one_policy(t, i, &mail, &s);
	memcpy(s.last.answer, chain.answer, sizeof(s.last.answer));
	compare_with_sequence(t, &chain, &s);
}

/* Where no verdict is sent before the end. */
static void
check_sequence_local(struct trial *t)
{
	make_trial(t, &enough_room);
	mail_make_local(&t->mail);
	compare_sequence(t);
}

static void
check_sequence(struct trial *t)
{
	static const struct plan_wish wish = {.any_order = true, .no_counts = true};

	make_trial(t, &wish);
	for (size_t i = 0; i < t->plan.n;
	     i++) /* an accept of on_error comes too late for others */
		if (strcmp(t->plan.policies[i].on_error, "accept") == 0)
			t->plan.policies[i].on_error = "continue";
	compare_sequence(t);
}

/* A chain with policies that only watch = the chain without them. */

static const char *
make_small_limits(struct trial *t)
{
	static const char *const limits[] = {"",
					     "",
					     "body_bytes = 10",
					     "headers = 4",
					     "header_bytes = 100",
					     "body_bytes = 1000"};
	static const char *const ends[] = {"tempfail", "reject", "accept"};

	return arena_printf(t->arena, "%s on_limit = \"%s\"", RANDOM_OF(&t->r, limits),
			    RANDOM_OF(&t->r, ends));
}

/* Its matches alone take more than regex_time, those of all others less. */
static void
insert_slow_watcher(struct trial *t)
{
	struct buf body = {0};

	t->plan.regex_time = "100ms";
	buf_puts(&body, "  rule \"slow\" { name = \"From\" action = \"log\" match = { 'p'");
	for (unsigned i = 0; i < 120; i++)
		buf_printf(&body, ", 'p%u'", i);
	buf_puts(&body, " } }\n");
	plan_insert_policy(&t->plan, random_below(&t->r, t->plan.n + 1), "header",
			   buf_move_to_arena(&body, t->arena))
		->mode = "monitor";
}

static void
check_watchers(struct trial *t)
{
	static const struct plan_wish wish = {.no_monitors = true};
	struct plan_listener *with, *without;
	size_t n;
	struct delivery a, b;

	make_trial(t, &wish);
	if (t->plan.n > 1 && random_chance(&t->r, 30))
		t->plan.n = 0; /* nothing but watchers */
	t->plan.limits = make_small_limits(t);
	n = t->plan.n + 1 + random_below(&t->r, 2);
	while (t->plan.n < n)
		t->plan.policies[plan_add_policy(&t->plan, &t->r, &wish)].mode = "monitor";
	if (random_chance(&t->r, 30))
		insert_slow_watcher(t);
	with = plan_add_full_listener(&t->plan);
	without = plan_add_listener(&t->plan);
	for (size_t i = 0; i < with->n; i++)
		if (strcmp(t->plan.policies[i].mode, "monitor") != 0)
			plan_append_member(without, i);
	trial_load(t);
	delivery_without_files = random_chance(&t->r, 30);
	if (random_chance(&t->r, 20))
		mail_make_local(&t->mail);
	deliver_alone(trial_listener(t, 0), &t->mail, &a);
	deliver_alone(trial_listener(t, 1), &t->mail, &b);
	b.stage = a.stage; /* a refusal may come at the end that could have come at DATA */
	trial_expect_same(t, "with policies that only watch, and without them", &a, &b);
}

/* The text with mode off in all rules that have mode monitor. */
static const char *
turn_rules_off(struct trial *t, const char *text)
{
	static const char monitor[] = "{" PLAN_RULE_MONITORS;
	struct buf b = {0};

	for (const char *p; (p = strstr(text, monitor)) != NULL;) {
		buf_append(&b, text, (size_t)(p - text));
		buf_puts(&b, "{ mode = \"off\"");
		text = p + strlen(monitor);
	}
	buf_puts(&b, text);
	return buf_move_to_arena(&b, t->arena);
}

/* A chain with rules that only watch = the chain without them. */
static void
check_watching_rules(struct trial *t)
{
	struct delivery a, b;

	make_trial(t, &all_kinds);
	plan_add_full_listener(&t->plan);
	trial_load(t);
	deliver_alone(trial_listener(t, 0), &t->mail, &a);
	trial_load_text(t, turn_rules_off(t, plan_text(&t->plan)));
	deliver_alone(trial_listener(t, 0), &t->mail, &b);
	trial_expect_same(t, "rules with mode monitor, and off", &a, &b);
}

/* mode_override = monitor never refuses and changes nothing, whatever happens. */
static void
check_override(struct trial *t)
{
	struct delivery a;

	make_trial(t, &all_kinds);
	t->plan.limits = arena_printf(t->arena, "%s recipients = %zu", make_small_limits(t),
				      1 + random_below(&t->r, 4));
	t->plan.regex_time = random_chance(&t->r, 40) ? "4ms" : "1h";
	plan_add_full_listener(&t->plan)->override = true;
	trial_load(t);
	delivery_without_files = random_chance(&t->r, 30);
	if (random_chance(&t->r, 20))
		mail_make_local(&t->mail);
	deliver_alone(trial_listener(t, 0), &t->mail, &a);
	if (any_rcpt_refused(&a) || !delivery_passed(&a) || *a.frames != '\0' ||
	    a.wrong != NULL)
		trial_fail(t, "a chain with mode_override = monitor acts", &a, NULL);
}

/* The order of recipients makes no difference. */

static void
shuffle_rcpts(struct random *r, struct mail *mail, size_t *places)
{
	for (size_t i = 0; i < mail->n_rcpts; i++)
		places[i] = i;
	for (size_t i = mail->n_rcpts; i > 1; i--) {
		size_t j = random_below(r, i), place = places[i - 1];
		struct mail_rcpt rcpt = mail->rcpts[i - 1];

		mail->rcpts[i - 1] = mail->rcpts[j];
		mail->rcpts[j] = rcpt;
		places[i - 1] = places[j];
		places[j] = place;
	}
}

static void
check_order(struct trial *t)
{
	static const struct plan_wish wish = {.any_order = true, .no_counts = true};
	const char *answers[MAIL_RCPTS_MAX] = {NULL};
	size_t places[MAIL_RCPTS_MAX];
	struct delivery a, b;
	struct mail other;

	make_trial(t, &wish);
	plan_add_full_listener(&t->plan);
	trial_load(t);
	if (random_chance(&t->r, 30))
		mail_make_local(&t->mail);
	for (size_t i = 1; i < t->mail.n_rcpts;
	     i++) /* of two that become one, the first counts */
		t->mail.rcpts[i].args = t->mail.rcpts[0].args;
	other = t->mail;
	shuffle_rcpts(&t->r, &other, places);
	deliver_alone(trial_listener(t, 0), &t->mail, &a);
	deliver_alone(trial_listener(t, 0), &other, &b);
	for (size_t i = 0; i < other.n_rcpts; i++)
		answers[places[i]] = b.answer[i];
	memcpy(b.answer, answers, sizeof(answers));
	trial_expect_same(t, "two orders of recipients", &a, &b);
}

/* A recipient that was refused leaves no trace. */
static void
check_refused(struct trial *t)
{
	struct delivery a, b;

	make_trial(t, &all_kinds);
	plan_add_full_listener(&t->plan);
	trial_load(t);
	deliver_alone(trial_listener(t, 0), &t->mail, &a);
	if (!any_rcpt_refused(&a) || strcmp(a.verdict, "none") == 0)
		return;
	deliver_alone(trial_listener(t, 0), &a.before, &b);
	memcpy(b.answer, a.answer, sizeof(a.answer));
	trial_expect_same(t, "a recipient is refused, or not sent at all", &a, &b);
}

/* A policy that failed, with on_error = continue = the chain without it. Of several refusals
 * another one may be the earliest then. */

static bool
has_failed(const struct plan_policy *policy, const char *log)
{
	char word[32];

	(void)snprintf(word, sizeof(word), "%s:error", policy->title);
	return strstr(log, word) != NULL;
}

static void
check_failed(struct trial *t)
{
	struct plan_listener *without;
	struct delivery a, b;

	make_trial(t, &all_kinds);
	for (size_t i = 0; i < t->plan.n; i++)
		if (random_chance(&t->r, 60))
			t->plan.policies[i].on_error = "continue";
	plan_add_full_listener(&t->plan);
	trial_load(t);
	mail_make_local(&t->mail);
	deliver_alone(trial_listener(t, 0), &t->mail, &a);
	without = plan_add_listener(&t->plan);
	for (size_t i = 0; i < t->plan.n; i++)
		if (strcmp(t->plan.policies[i].on_error, "continue") != 0 ||
		    !has_failed(&t->plan.policies[i], a.log))
			plan_append_member(without, i);
	if (without->n == t->plan.n)
		return;
	trial_load(t);
	deliver_alone(trial_listener(t, 1), &t->mail, &b);
	if (!delivery_refused(&a) || !delivery_refused(&b))
		trial_expect_same(t, "a policy failed, or is not in the chain", &a, &b);
}

/* Limits of limits { }. */

/* What the client sent is just within the limits: as without them. */
static void
check_limits_kept(struct trial *t)
{
	size_t bytes;
	struct delivery a, b;

	make_trial(t, &all_kinds);
	bytes = mail_size(&t->mail);
	plan_add_full_listener(&t->plan);
	trial_load(t);
	if (random_chance(&t->r, 30))
		mail_make_local(&t->mail);
	deliver_alone(trial_listener(t, 0), &t->mail, &b);
	t->plan.limits = arena_printf(t->arena,
				      "recipients = %zu headers = %zu body_bytes = \"%zu\" "
				      "header_bytes = \"%zu\" on_limit = \"%s\"",
				      t->mail.n_rcpts, t->mail.n_fields, t->mail.body_len + 1,
				      bytes, random_chance(&t->r, 50) ? "accept" : "reject");
	trial_load(t);
	deliver_alone(trial_listener(t, 0), &t->mail, &a);
	trial_expect_same(t, "just within limits { }, and without limits", &a, &b);
}

/* on_limit = accept: the mail goes on as it came. */
static void
check_limit_accept(struct trial *t)
{
	static const char *const limits[] = {"headers = 3", "body_bytes = 10", "recipients = 1",
					     "header_bytes = 100"};
	struct delivery a;

	make_trial(t, &all_kinds);
	t->plan.limits =
		arena_printf(t->arena, "%s on_limit = \"accept\"", RANDOM_OF(&t->r, limits));
	plan_add_full_listener(&t->plan);
	trial_load(t);
	if (random_chance(&t->r, 30))
		mail_make_local(&t->mail);
	deliver_alone(trial_listener(t, 0), &t->mail, &a);
	if (strstr(a.log, " limit=") != NULL && *a.frames != '\0')
		trial_fail(t, "on_limit = accept, and modifications", &a, NULL);
}

/* What the policies behind it know of the envelope may wait for it. */
static bool
may_change_envelope(const struct plan_policy *p)
{
	return strcmp(p->kind, "recipient") == 0 || strcmp(p->kind, "access") == 0;
}

/* A refusal that was known at MAIL is told, and not that of a limit. */
static void
check_limit_late(struct trial *t)
{
	static const struct plan_wish wish = {.no_monitors = true};
	struct delivery a, b;
	size_t early = 0;

	make_trial(t, &wish);
	if (random_chance(&t->r, 50))
		plan_insert_policy(&t->plan, 0, "size", "  message = \"4K\"\n");
	if (random_chance(&t->r, 70))
		plan_insert_policy(
			&t->plan, 0, "header",
			"  rule \"pass\" { name = \"Subject\" match = 'pass this' action = "
			"\"accept\" }\n");
	for (size_t i = 0; i < t->plan.n && !may_change_envelope(&t->plan.policies[i]); i++)
		plan_append_member(plan_add_listener(&t->plan), i);
	if (t->plan.n_listeners == 0)
		return;
	trial_load(t);
	for (size_t i = 0; i < t->plan.n_listeners; i++) {
		deliver_alone(trial_listener(t, i), &t->mail, &b);
		early += delivery_refused(&b) && b.stage == STAGE_ENVFROM;
	}
	t->plan.n_listeners = 0;
	t->plan.limits = "headers = 2 on_limit = \"tempfail\"";
	plan_add_full_listener(&t->plan);
	trial_load(t);
	deliver_alone(trial_listener(t, 0), &t->mail, &a);
	if (early > 0 && strstr(a.verdict, "over the filter's limit") != NULL)
		trial_fail(t, "a limit hides a refusal that was known at MAIL", &a, NULL);
}

/* Any split of the bytes gives the same answers. */
static void
check_bytes(struct trial *t)
{
	struct delivery a;
	struct mta mta;
	struct dialogue d;

	make_trial(t, &all_kinds);
	plan_add_full_listener(&t->plan);
	trial_load(t);
	reset_boundaries();
	mta_open(&mta, trial_listener(t, 0));
	mta_deliver(&mta, &t->mail, &a);
	reset_boundaries();
	dialogue_open(&d, trial_listener(t, 0));
	for (size_t at = 0; at < mta.sent.len;) {
		size_t most = random_chance(&t->r, 50) ? 8 : 3000;
		size_t n = 1 + random_below(&t->r, most);

		n = n < mta.sent.len - at ? n : mta.sent.len - at;
		buf_append(&d.in, mta.sent.data + at, n);
		dialogue_run(&d);
		at += n;
	}
	if (d.out.len != mta.got.len || memcmp(d.out.data, mta.got.data, d.out.len) != 0) {
		trial_fail(t, "the answers depend on how the bytes are split", &a, NULL);
		render_bytes((const char *)d.out.data, d.out.len, &t->why);
	}
	dialogue_free(&d);
	mta_close(&mta);
}

/* Two messages in one session = two sessions. */
static void
check_sessions(struct trial *t)
{
	struct delivery first, second, alone;
	struct mail other;
	struct mta mta;

	make_trial(t, &all_kinds);
	plan_add_full_listener(&t->plan);
	trial_load(t);
	mail_random(&other, t->arena, &t->r);
	other.addr = t->mail.addr;
	other.helo = t->mail.helo;
	mta_open(&mta, trial_listener(t, 0));
	mta_deliver(&mta, &other, &first);
	mta_deliver(&mta, &t->mail, &second);
	mta_close(&mta);
	deliver_alone(trial_listener(t, 0), &t->mail, &alone);
	trial_expect_same(t, "after another mail, and alone", &second, &alone);
	if (strcmp(second.log, alone.log) != 0)
		trial_fail(t, "after another mail: the log", &second, &alone);
}

/* The text of the configuration without its comments, which tell where each line is from. */
static const char *
dump_without_origins(struct trial *t, const struct config *cfg)
{
	struct buf text = {0}, plain = {0};

	config_dump(cfg, &text);
	for (const char *line = buf_string(&text); *line != '\0';) {
		size_t len = strcspn(line, "\n");
		const char *origin = memmem(line, len, "  # ", 4);

		buf_append(&plain, line, origin != NULL ? (size_t)(origin - line) : len);
		buf_putc(&plain, '\n');
		line += len + (line[len] == '\n');
	}
	buf_free(&text);
	return buf_move_to_arena(&plain, t->arena);
}

/* What --dump prints is the same configuration. */
static void
check_dump(struct trial *t)
{
	struct buf text = {0};
	struct delivery a, b;
	const char *dump;

	make_trial(t, &all_kinds);
	plan_add_full_listener(&t->plan);
	trial_load(t);
	dump = dump_without_origins(t, t->cfg);
	deliver_alone(trial_listener(t, 0), &t->mail, &a);
	config_dump(t->cfg, &text);
	trial_load_text(t, buf_string(&text));
	deliver_alone(trial_listener(t, 0), &t->mail, &b);
	trial_expect_same(t, "the configuration, and its dump", &a, &b);
	if (strcmp(a.log, b.log) != 0)
		trial_fail(t, "the configuration, and its dump: the log", &a, &b);
	if (strcmp(dump, dump_without_origins(t, t->cfg)) != 0) {
		trial_fail(t, "the dump of the dump differs", &a, NULL);
		buf_append(&t->why, text.data, text.len);
	}
	buf_free(&text);
}

const struct property properties[] = {
	{"sequence", "a chain = its policies one after the other", check_sequence, 2000},
	{"sequence-local", "the same, with all verdicts at the end", check_sequence_local,
	 2000},
	{"watchers", "policies in monitor mode change nothing", check_watchers, 2000},
	{"watching-rules", "rules in monitor mode change nothing", check_watching_rules, 2000},
	{"override", "mode_override = monitor never acts", check_override, 1000},
	{"order", "the order of recipients makes no difference", check_order, 2000},
	{"refused", "a refused recipient leaves no trace", check_refused, 1000},
	{"failed", "a policy that failed leaves no trace", check_failed, 1000},
	{"limits-kept", "limits that are kept change nothing", check_limits_kept, 1000},
	{"limit-accept", "on_limit = accept: nothing is sent", check_limit_accept, 1000},
	{"limit-late", "a limit hides no refusal of before", check_limit_late, 1000},
	{"bytes", "any split of the bytes gives the same answers", check_bytes, 500},
	{"sessions", "two messages in one session = two sessions", check_sessions, 1000},
	{"content", "rules of content hit what a model says", check_content, 2000},
	{"dump", "the dump of a configuration is that configuration", check_dump, 1000},
	{NULL, NULL, NULL, 0},
};
