/* ctl/differences, ctl/compare_groups: what differs between two results, in which order, with
 * which values and causes; and how messages are grouped by it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "chain/chain.h"
#include "ctl/compare_groups.h"
#include "ctl/differences.h"
#include "milter/proto.h"
#include "util/arena.h"
#include "util/buf.h"

#define CHANGES_MAX 512u

static const char *const sender[] = {"<a@example.org>", NULL};
static const char *const rcpts[] = {"<b@example.net>", "<c@example.net>", NULL};
static const struct mta_header headers[] = {{"From", "a@example.org"},
					    {"Subject", "hello"},
					    {"X-One", "1"},
					    {"X-Two", "2"},
					    {NULL, NULL}};
static const struct mta_message message = {
	.queue_id = "Q1",
	.sender = sender,
	.rcpts = rcpts,
	.headers = headers,
	.body = "one\r\ntwo\r\nthree\r\n",
	.body_len = 17,
};

static const struct policy_inst words = {.title = "words"}, legal = {.title = "legal"},
				watch = {.title = "watch"};

/* A result, of a chain with these three policies. */
struct made_result {
	struct offline_result r;
	struct policy_report policies[3];
	struct mta_change changes[CHANGES_MAX];
	size_t n_changes;
	struct finding findings[8];
	size_t n_findings;
	struct mta_refusal refusal;
};

struct fixture {
	struct arena *arena;
	struct made_result old, new;
	bool is_unwanted;
	unsigned asked; /* how often a value was asked for */
};

static void
make_result(struct made_result *m)
{
	*m = (struct made_result){
		.r = {.outcome = {.reply = REPLY_CONTINUE, .stage = STAGE_EOM, .text = ""},
		      .verdict = "accept",
		      .log = "",
		      .n_policies = 3},
		.policies = {{.inst = &words, .result = "pass"},
			     {.inst = &legal, .result = "pass"},
			     {.inst = &watch, .result = "pass", .monitors = true}},
	};
	m->r.policies = m->policies;
}

static int
set_up(void **state)
{
	static struct fixture t;

	t.arena = arena_new();
	t.is_unwanted = false;
	t.asked = 0;
	make_result(&t.old);
	make_result(&t.new);
	*state = &t;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *t = *state;

	arena_free(t->arena);
	return 0;
}

static void
add_change(struct made_result *m, struct mta_change change)
{
	struct mta_change *c = &m->changes[m->n_changes++];

	assert_true(m->n_changes <= CHANGES_MAX);
	*c = change;
	if (m->n_changes == 1)
		m->r.outcome.changes = c;
	else
		c[-1].next = c;
}

static void
add_finding_of(struct made_result *m, struct finding finding)
{
	struct finding *f = &m->findings[m->n_findings++];

	*f = finding;
	if (m->n_findings == 1)
		m->r.findings = f;
	else
		f[-1].next = f;
}

static bool
is_wanted(void *ctx, enum difference_kind kind, const char *name)
{
	struct fixture *t = ctx;

	assert_true(kind < DIFFERENCE_KINDS);
	assert_non_null(name);
	t->asked++;
	return !t->is_unwanted;
}

static struct difference *
find(struct fixture *t)
{
	const struct difference_input in = {&message, &t->old.r, &t->new.r, is_wanted, t};

	return differences_find(t->arena, &in);
}

/* Takes the first difference off the list. */
static void
expect_next(struct difference **d, enum difference_kind kind, const char *name, const char *old,
	    const char *new)
{
	assert_non_null(*d);
	assert_string_equal(difference_kind_word((*d)->kind), difference_kind_word(kind));
	assert_string_equal((*d)->name, name);
	assert_true((*d)->has_sides);
	assert_string_equal((*d)->old.value, old);
	assert_string_equal((*d)->new.value, new);
	*d = (*d)->next;
}

static void
test_none(void **state)
{
	struct fixture *t = *state;

	assert_null(find(t));
	add_change(&t->old,
		   (struct mta_change){.letter = REPLY_ADD_HEADER, .name = "X", .value = "v"});
	add_change(&t->new,
		   (struct mta_change){.letter = REPLY_ADD_HEADER, .name = "X", .value = "v"});
	assert_null(find(t));
	/* Other changes with the same result, and a rule that hits without one. */
	t->new.changes[0] = (struct mta_change){
		.letter = REPLY_INSERT_HEADER, .index = 9, .name = "X", .value = "v"};
	add_finding_of(&t->new,
		       (struct finding){.position = 1, .kind = FINDING_RULE, .name = "r"});
	assert_null(find(t));
	assert_int_equal(t->asked, 0);
}

static void
test_verdict(void **state)
{
	struct fixture *t = *state;
	struct difference *d;

	t->new.r.verdict = "reject";
	t->new.r.outcome =
		(struct mta_outcome){REPLY_CODE, STAGE_EOM, "550 5.7.1 No", NULL, NULL};
	t->new.policies[0].result = "reject";
	add_finding_of(&t->new, (struct finding){.position = 1,
						 .kind = FINDING_RULE,
						 .name = "pills",
						 .before = "bad:3"});
	add_change(&t->old,
		   (struct mta_change){.letter = REPLY_ADD_HEADER, .name = "X", .value = "v"});
	d = find(t);
	assert_string_equal(d->old.by, "");
	assert_string_equal(d->new.by, "words/pills (bad:3)");
	expect_next(&d, DIFFERENCE_VERDICT, "accept -> reject", "accept",
		    "reject at the end of the message: 550 5.7.1 No");
	assert_null(d); /* the header of what only one delivers is not compared */
}

static void
test_reply(void **state)
{
	struct fixture *t = *state;
	struct difference *d;

	t->old.r.verdict = t->new.r.verdict = "reject";
	t->old.r.outcome =
		(struct mta_outcome){REPLY_CODE, STAGE_EOM, "550 5.7.1 A", NULL, NULL};
	t->new.r.outcome =
		(struct mta_outcome){REPLY_CODE, STAGE_ENVFROM, "550 5.7.1 A", NULL, NULL};
	d = find(t);
	expect_next(&d, DIFFERENCE_REPLY, "", "reject at the end of the message: 550 5.7.1 A",
		    "reject at MAIL: 550 5.7.1 A");
	assert_null(d);
	t->new.r.outcome = t->old.r.outcome;
	assert_null(find(t));
}

/* How long the servers took does not count. */
static void
test_results(void **state)
{
	struct fixture *t = *state;
	struct difference *d;

	t->old.policies[0].found =
		(struct policy_found){.result = "clean", .was_asked = true, .ms = 7};
	t->new.policies[0].found =
		(struct policy_found){.result = "infected", .detail = "X", .was_asked = true};
	t->old.policies[1].found =
		(struct policy_found){.result = "spam", .has_score = true, .score = 700};
	t->new.policies[1].found = t->old.policies[1].found;
	t->new.policies[1].found.was_asked = true;
	d = find(t);
	expect_next(&d, DIFFERENCE_RESULT, "words", "clean", "infected(X)");
	assert_null(d);
}

/* All that may differ of a message that is delivered, in the order of their kinds, but for what
 * policies come to, which is first. */
static void
test_all_kinds(void **state)
{
	struct fixture *t = *state;
	struct difference *d;

	t->old.policies[1].error = "no memory";
	t->new.policies[2].result = "reject";
	t->new.policies[2].acted = true;
	t->new.refusal = (struct mta_refusal){1, REPLY_CODE, "452 4.5.3 Too many", NULL};
	t->new.r.outcome.refusals = &t->new.refusal;
	add_change(&t->new,
		   (struct mta_change){.letter = REPLY_ADD_RCPT, .name = "<d@example.net>"});
	add_change(&t->new,
		   (struct mta_change){.letter = REPLY_CHANGE_FROM, .name = "<z@example.org>"});
	add_change(&t->new, (struct mta_change){.letter = REPLY_CHANGE_HEADER,
						.index = 1,
						.name = "subject",
						.value = "=?utf-8?Q?[=C3=BC]?= hello"});
	add_change(&t->new,
		   (struct mta_change){.letter = REPLY_ADD_HEADER, .name = "X", .value = "v"});
	add_change(&t->new, (struct mta_change){.letter = REPLY_REPLACE_BODY,
						.data = "one\r\nTWO\r\nthree\r\n",
						.len = 17});
	add_finding_of(&t->new, (struct finding){.position = 1,
						 .kind = FINDING_CHANGE_HEADER,
						 .name = "SUBJECT"});
	add_finding_of(&t->new, (struct finding){.position = 2, .kind = FINDING_BODY});
	add_finding_of(&t->new,
		       (struct finding){.position = 1, .kind = FINDING_BODY, .undone = true});
	d = find(t);
	expect_next(&d, DIFFERENCE_FAILED, "legal", "no memory", "");
	expect_next(&d, DIFFERENCE_MONITOR, "watch", "", "would: reject");
	expect_next(&d, DIFFERENCE_REFUSED, "", "", "<c@example.net>: 452 4.5.3 Too many");
	expect_next(&d, DIFFERENCE_RCPTS, "", "<b@example.net>, <c@example.net>",
		    "<b@example.net>, <c@example.net>, <d@example.net>");
	expect_next(&d, DIFFERENCE_SENDER, "", "<a@example.org>", "<z@example.org>");
	assert_string_equal(d->new.by, "words");
	assert_string_equal(d->old.by, "");
	expect_next(&d, DIFFERENCE_HEADER, "Subject", "hello", "[\u00fc] hello");
	expect_next(&d, DIFFERENCE_HEADER, "X", "", "v");
	assert_string_equal(d->new.by, "legal");
	expect_next(&d, DIFFERENCE_BODY, "", "two", "TWO");
	assert_null(d);
}

static void
test_quarantine(void **state)
{
	struct fixture *t = *state;
	struct difference *d;

	t->old.r.verdict = t->new.r.verdict = "quarantine";
	add_change(&t->old, (struct mta_change){.letter = REPLY_QUARANTINE, .name = "one"});
	add_change(&t->new, (struct mta_change){.letter = REPLY_QUARANTINE, .name = "two"});
	d = find(t);
	expect_next(&d, DIFFERENCE_QUARANTINE, "", "one", "two");
	assert_null(d);
}

/* The same fields at other places. */
static void
test_order(void **state)
{
	struct fixture *t = *state;
	struct difference *d;

	add_change(&t->new, (struct mta_change){.letter = REPLY_CHANGE_HEADER,
						.index = 1,
						.name = "X-One"});
	add_change(&t->new, (struct mta_change){
				    .letter = REPLY_ADD_HEADER, .name = "X-One", .value = "1"});
	d = find(t);
	expect_next(&d, DIFFERENCE_ORDER, "", "X-One, X-Two", "X-Two, X-One");
	assert_null(d);
}

static void
add_fields(struct made_result *m, size_t n)
{
	static char names[CHANGES_MAX][16];

	for (size_t i = 0; i < n; i++) {
		(void)snprintf(names[i], sizeof(names[i]), "X-%zu", i);
		add_change(m, (struct mta_change){.letter = REPLY_ADD_HEADER,
						  .name = names[i],
						  .value = "v"});
	}
}

/* Up to 200 fields each of them is told, of more only their number. */
static void
test_many_fields(void **state)
{
	struct fixture *t = *state;
	struct difference *d;
	char name[16];

	add_fields(&t->new, 200);
	d = find(t);
	for (size_t i = 0; i < 200; i++) {
		(void)snprintf(name, sizeof(name), "X-%zu", i);
		expect_next(&d, DIFFERENCE_HEADER, name, "", "v");
	}
	assert_null(d);
	make_result(&t->new);
	add_fields(&t->new, 201);
	d = find(t);
	expect_next(&d, DIFFERENCE_HEADERS, "", "0 fields", "201 fields");
	assert_null(d);
}

/* Where nobody wants the values there is only the kind. */
static void
test_unwanted(void **state)
{
	struct fixture *t = *state;
	struct difference *d;

	t->is_unwanted = true;
	add_fields(&t->new, 1);
	d = find(t);
	assert_int_equal(d->kind, DIFFERENCE_HEADER);
	assert_string_equal(d->name, "X-0");
	assert_false(d->has_sides);
	assert_string_equal(d->new.value, "");
	assert_null(d->next);
	assert_int_equal(t->asked, 1);
}

/* A policy that is in one of both chains only. */
static void
test_other_chain(void **state)
{
	struct fixture *t = *state;
	struct difference *d;

	t->new.r.n_policies = 1;
	t->old.policies[1].error = "no memory";
	t->old.policies[2].acted = true;
	d = find(t);
	expect_next(&d, DIFFERENCE_FAILED, "legal", "no memory", "");
	expect_next(&d, DIFFERENCE_MONITOR, "watch", "would: pass", "");
	assert_null(d);
}

/* Groups. */

static void
add_message(struct compare_groups *g, const char *mail, enum difference_kind kind,
	    const char *name, const char *new)
{
	struct difference d = {.kind = kind,
			       .name = name,
			       .has_sides = true,
			       .old = {"was", ""},
			       .new = {new, "words/r"}};

	compare_groups_add(g, &(struct compare_record){mail, &d, ""});
}

static void
expect_group(const struct compare_groups *g, size_t i, enum difference_kind kind,
	     const char *name, uint64_t count, uint64_t kept)
{
	const struct compare_group *group = compare_groups_at(g, i);

	assert_string_equal(difference_kind_word(group->kind), difference_kind_word(kind));
	assert_string_equal(group->name, name);
	assert_int_equal(group->count, count);
	assert_int_equal(group->n_kept, kept);
}

static void
expect_mails(struct compare_groups *g, size_t i, const char *const *mails)
{
	uint64_t at = compare_groups_at(g, i)->first;
	struct compare_entry e;

	while (compare_groups_next(g, &at, &e)) {
		assert_non_null(*mails);
		assert_string_equal(e.mail, *mails++);
		assert_string_equal(e.old.value, "was");
		assert_string_equal(e.new.value, "is");
		assert_string_equal(e.new.by, "words/r");
	}
	assert_null(*mails);
}

static void
add_some(struct compare_groups *g)
{
	add_message(g, "1", DIFFERENCE_BODY, "", "is");
	add_message(g, "2", DIFFERENCE_HEADER, "Subject", "is");
	add_message(g, "3", DIFFERENCE_HEADER, "X-B", "is");
	add_message(g, "4", DIFFERENCE_HEADER, "subject", "is");
	add_message(g, "5", DIFFERENCE_HEADER, "X-A", "is");
	for (int i = 6; i < 10; i++)
		add_message(g, (char[]){(char)('0' + i), '\0'}, DIFFERENCE_VERDICT,
			    "accept -> reject", "is");
	add_message(g, "a", DIFFERENCE_VERDICT, "Accept -> reject", "is");
}

/* By kind, then by count, then by name; header names in any case are one. */
static void
test_groups(void **state)
{
	static struct compare_full full;
	struct compare_groups *g = compare_groups_new(false, &full);
	size_t n;

	(void)state;
	full = (struct compare_full){0};
	assert_non_null(g);
	add_some(g);
	assert_true(compare_group_is_full(&full, DIFFERENCE_VERDICT, "accept -> reject"));
	assert_false(compare_group_is_full(&full, DIFFERENCE_HEADER, "Subject"));
	assert_int_equal(compare_groups_finish(g, &n), 0);
	assert_int_equal(n, 6);
	expect_group(g, 0, DIFFERENCE_VERDICT, "accept -> reject", 4, 3);
	expect_group(g, 1, DIFFERENCE_VERDICT, "Accept -> reject", 1, 1);
	expect_group(g, 2, DIFFERENCE_HEADER, "Subject", 2, 2);
	expect_group(g, 3, DIFFERENCE_HEADER, "X-A", 1, 1);
	expect_group(g, 4, DIFFERENCE_HEADER, "X-B", 1, 1);
	expect_group(g, 5, DIFFERENCE_BODY, "", 1, 1);
	expect_mails(g, 0, (const char *const[]){"6", "7", "8", NULL});
	expect_mails(g, 2, (const char *const[]){"2", "4", NULL});
	assert_null(compare_groups_free(g));
}

static void
test_all_messages(void **state)
{
	struct compare_groups *g = compare_groups_new(true, NULL);
	size_t n;

	(void)state;
	add_some(g);
	assert_int_equal(compare_groups_finish(g, &n), 0);
	expect_group(g, 0, DIFFERENCE_VERDICT, "accept -> reject", 4, 4);
	expect_mails(g, 0, (const char *const[]){"6", "7", "8", "9", NULL});
	compare_groups_free(g);
}

/* A message of several kinds behind the last group counts once there. */
static void
test_many_groups(void **state)
{
	struct compare_groups *g = compare_groups_new(false, NULL);
	struct difference two = {.kind = DIFFERENCE_HEADER, .name = "X-Y", .has_sides = true},
			  one = {.next = &two, .kind = DIFFERENCE_HEADER, .name = "X-X"};
	char name[16];
	size_t n;

	(void)state;
	one.old = one.new = two.old = two.new = (struct difference_side){"", ""};
	for (unsigned i = 0; i < COMPARE_GROUPS_MAX; i++) {
		(void)snprintf(name, sizeof(name), "X-%u", i);
		add_message(g, "m", DIFFERENCE_HEADER, name, "is");
	}
	add_message(g, "m", DIFFERENCE_BODY, "", "is");
	compare_groups_add(g, &(struct compare_record){"n", &one, ""});
	add_message(g, "o", DIFFERENCE_HEADER, "x-7", "is");
	assert_int_equal(compare_groups_finish(g, &n), 0);
	assert_int_equal(n, COMPARE_GROUPS_MAX + 1);
	expect_group(g, 0, DIFFERENCE_HEADER, "X-7", 2, 2);
	assert_true(compare_groups_at(g, n - 1)->is_rest);
	assert_int_equal(compare_groups_at(g, n - 1)->count, 2);
	compare_groups_free(g);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_results, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_none, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_verdict, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_reply, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_all_kinds, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_quarantine, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_order, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_many_fields, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_unwanted, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_other_chain, set_up, tear_down),
		cmocka_unit_test(test_groups),
		cmocka_unit_test(test_all_messages),
		cmocka_unit_test(test_many_groups),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
