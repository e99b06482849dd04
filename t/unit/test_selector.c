/* policy/selector, with a message but without a chain: the functions of policy.h that it calls
 * are defined here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "charset/charset.h"
#include "policy/selector.h"
#include "policy/setup.h"
#include "policy/subject.h"
#include "sections.h"

struct policy_call {
	struct message m;
	struct regex_limits limits;
	struct regex_budget budget;
	struct buf notes;
	unsigned n_matches, n_failed;
	struct hit_place place;
};

struct message *
policy_message(struct policy_call *c)
{
	return &c->m;
}

struct arena *
policy_arena(struct policy_call *c)
{
	return c->m.arena;
}

int
policy_match(struct policy_call *c, const struct regex *re, const char *subject, size_t len,
	     struct regex_groups *ret_groups)
{
	c->n_matches++;
	return regex_match(re, &c->limits, &c->budget, subject, len, ret_groups, NULL);
}

enum verdict
policy_regex_failed(struct policy_call *c, const struct regex *re, int r)
{
	assert_non_null(re);
	assert_true(r < 0);
	c->n_failed++;
	return VERDICT_ERROR;
}

struct match_context
policy_match_context(struct policy_call *c)
{
	return (struct match_context){c->m.arena, &c->limits, &c->budget, 0};
}

void
policy_note(struct policy_call *c, const char *key, const char *value)
{
	buf_printf(&c->notes, "%s=%s ", key, value);
}

void
policy_note_once(struct policy_call *c, const char *key, const char *value)
{
	if (c->notes.len == 0)
		policy_note(c, key, value);
}

enum verdict
policy_fail(struct policy_call *c, const char *fmt, ...)
{
	assert_non_null(fmt);
	c->n_failed++;
	return VERDICT_ERROR;
}

const struct content_limits *
policy_content_limits(const struct policy_call *c)
{
	static const struct content_limits limits = {100, 10};

	assert_non_null(c);
	return &limits;
}

void
policy_trace_place(struct policy_call *c, const struct hit_place *place)
{
	c->place = *place;
}

/* A section, the selector that is read from it, and a message to apply it to. */
struct fixture {
	struct arena *arena;
	struct section *s;
	struct buf mistakes;
	struct selector selector;
	struct policy_call call;
};

static const struct option rule_options[] = {
	{.name = "", .type = OPTION_INCLUDE, .options = selector_options},
	{.name = "", .type = OPTION_INCLUDE, .options = subject_options},
	{.name = NULL},
};

static struct fixture *
fixture_new(void)
{
	struct arena *a = arena_new();
	struct fixture *f = arena_zalloc(a, sizeof(*f));

	f->arena = a;
	f->s = section_make(a, "rule", "r", rule_options, &f->mistakes);
	f->call.m.arena = a;
	f->call.limits = (struct regex_limits){100000, 100000};
	return f;
}

static void
fixture_free(struct fixture *f)
{
	buf_free(&f->mistakes);
	buf_free(&f->call.notes);
	message_free(&(struct message){.kept = f->call.m.kept});
	arena_free(f->arena);
}

static int
fixture_read(struct fixture *f)
{
	struct policy_setup setup = {.title = "p", .scope.arena = f->arena};

	return selector_read(&setup, f->s, &f->selector);
}

static void
add(struct fixture *f, const char *name, const char *value)
{
	message_receive_header(&f->call.m, name, value, true);
}

static int
holds(struct fixture *f, struct selection *sel)
{
	*sel = (struct selection){.call = &f->call, .selector = &f->selector};
	return selection_holds(sel);
}

static void
expect_mistake(const char *option, const char *value, const char *option2, const char *value2,
	       const char *why)
{
	struct fixture *f = fixture_new();

	section_set(f->arena, f->s, option, value, NULL);
	section_set(f->arena, f->s, option2, value2, NULL);
	assert_int_equal(fixture_read(f), -EINVAL);
	if (!strstr(buf_string(&f->mistakes), why))
		fail_msg("'%s' is told as: %s", why, buf_string(&f->mistakes));
	fixture_free(f);
}

static void
test_mistakes(void **state)
{
	(void)state;
	expect_mistake("name", "A B", "present", "yes", "'A B' is not a header name");
	expect_mistake("name", "A", "name_match", "a", "not both");
	expect_mistake("name", "A", "match", "(", "match: ");
	expect_mistake("name", "A", "not_match", "[", "not_match: ");
	expect_mistake("name", "A", "match", "(a)\\1", "backrefs = yes");
	expect_mistake("name_match", "(", "present", "yes", "name_match: ");
	expect_mistake("name", "A", "fewer_than", "0", "never fewer than 0");
	expect_mistake("present", "yes", "fewer_than", "1", "contradict");
	expect_mistake("present", "no", "more_than", "0", "contradict");
	expect_mistake("fewer_than", "3", "more_than", "2", "contradict");
}

static void
test_counts(void **state)
{
	static const struct {
		const char *option, *value, *option2, *value2;
		bool with[4]; /* that many instances */
	} cases[] = {
		{"present", "yes", NULL, NULL, {false, true, true, true}},
		{"present", "no", NULL, NULL, {true, false, false, false}},
		{"fewer_than", "2", NULL, NULL, {true, true, false, false}},
		{"more_than", "1", NULL, NULL, {false, false, true, true}},
		{"fewer_than", "18446744073709551615", NULL, NULL, {true, true, true, true}},
		{"more_than", "18446744073709551614", NULL, NULL, {false, false, false, false}},
		{"present", "no", "fewer_than", "3", {true, false, false, false}},
		{"present", "yes", "more_than", "0", {false, true, true, true}},
		{"present", "yes", "more_than", "1", {false, false, true, true}},
		{"more_than", "0", "fewer_than", "3", {false, true, true, false}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fixture *f = fixture_new();
		struct selection sel;

		section_set(f->arena, f->s, "name", "Received", NULL);
		section_set(f->arena, f->s, cases[i].option, cases[i].value, NULL);
		if (cases[i].option2)
			section_set(f->arena, f->s, cases[i].option2, cases[i].value2, NULL);
		assert_int_equal(fixture_read(f), 0);
		add(f, "Receiver", "x");
		for (size_t n = 0; n < 4; n++) {
			assert_int_equal(holds(f, &sel), cases[i].with[n]);
			add(f, n % 2 ? "received" : "RECEIVED", "x");
		}
		assert_int_equal(f->call.n_matches, 0);
		fixture_free(f);
	}
}

static void
test_first_that_fits(void **state)
{
	struct fixture *f = fixture_new();
	struct selection sel;

	(void)state;
	section_set(f->arena, f->s, "name", "X-A", NULL);
	section_set(f->arena, f->s, "match", "no", "v(.)", NULL);
	assert_int_equal(fixture_read(f), 0);
	assert_int_equal(holds(f, &sel), 0);
	add(f, "X-B", "v0");
	add(f, "X-A", "w1");
	add(f, "x-a", "v2");
	add(f, "X-A", "v3");
	assert_int_equal(holds(f, &sel), 1);
	assert_true(sel.has_groups);
	assert_int_equal(sel.groups.subject[sel.groups.start[1]], '2');
	message_delete_header(&f->call.m, &f->call.m.headers[2]);
	assert_int_equal(holds(f, &sel), 1);
	assert_int_equal(sel.groups.subject[sel.groups.start[1]], '3');
	message_change_header(&f->call.m, &f->call.m.headers[3], "w");
	assert_int_equal(holds(f, &sel), 0);
	fixture_free(f);
}

static void
test_walk(void **state)
{
	struct fixture *f = fixture_new();
	struct selection sel = {.call = &f->call, .selector = &f->selector};
	struct header *h = NULL;

	(void)state;
	section_set(f->arena, f->s, "name_match", "^x-", NULL);
	assert_int_equal(fixture_read(f), 0);
	add(f, "From", "1");
	add(f, "X-\xff", "2");
	add(f, "From", "3");
	add(f, "x-b", "4");
	assert_int_equal(selection_next(&sel, &h), 1);
	assert_string_equal(h->value, "2");
	assert_int_equal(selection_next(&sel, &h), 1);
	assert_string_equal(h->value, "4");
	assert_int_equal(selection_matches(&sel, h), 1);
	assert_int_equal(selection_next(&sel, &h), 0);
	fixture_free(f);
}

static void
test_both_forms_of_what_cannot_be_decoded(void **state)
{
	struct fixture *f = fixture_new();
	struct selection sel;

	(void)state;
	section_set(f->arena, f->s, "name", "X-A", NULL);
	section_set(f->arena, f->s, "match", "^=\\?x-none\\?Q\\?a\\?= b", "\xc3\xbc", NULL);
	assert_int_equal(fixture_read(f), 0);
	add(f, "X-A", "=?x-none?Q?a?= =?UTF-8?Q?=C3=BC?=");
	assert_int_equal(holds(f, &sel), 1); /* decoded */
	add(f, "X-A", "=?x-none?Q?a?=\n b");
	message_delete_header(&f->call.m, &f->call.m.headers[0]);
	assert_int_equal(holds(f, &sel), 1); /* raw, unfolded */
	fixture_free(f);
}

static void
expect_place(struct fixture *f, const char *name, unsigned number)
{
	struct selection sel;

	f->call.place = (struct hit_place){.kind = HIT_SIZE};
	assert_int_equal(holds(f, &sel), 1);
	selection_trace(&sel);
	assert_int_equal(f->call.place.kind, HIT_HEADER);
	assert_string_equal(f->call.place.name, name);
	assert_int_equal(f->call.place.number, number);
}

static void
test_where_it_hit(void **state)
{
	struct fixture *f = fixture_new();

	(void)state;
	section_set(f->arena, f->s, "name", "received", NULL);
	section_set(f->arena, f->s, "match", "two|three", NULL);
	assert_int_equal(fixture_read(f), 0);
	add(f, "Received", " one");
	add(f, "Subject", " two");
	add(f, "Received", " two");
	add(f, "Received", " three");
	expect_place(f, "Received", 2);
	f->call.m.headers[0].deleted = true;
	expect_place(f, "Received", 1);
	fixture_free(f);
}

static void
test_all_fields_of_a_name_hit(void **state)
{
	struct fixture *f = fixture_new();

	(void)state;
	section_set(f->arena, f->s, "name", "X", NULL);
	section_set(f->arena, f->s, "fewer_than", "2", NULL);
	assert_int_equal(fixture_read(f), 0);
	add(f, "x", " one");
	expect_place(f, "X", 0);
	fixture_free(f);
}

static void
test_failures_are_no_answer(void **state)
{
	struct fixture *f = fixture_new();
	struct selection sel;
	char value[64];

	(void)state;
	section_set(f->arena, f->s, "name", "X-A", NULL);
	section_set(f->arena, f->s, "not_match", "^(a+)+$", NULL);
	assert_int_equal(fixture_read(f), 0);
	memset(value, 'a', sizeof(value) - 2);
	value[sizeof(value) - 2] = '!';
	value[sizeof(value) - 1] = '\0';
	add(f, "X-A", value);
	assert_int_equal(holds(f, &sel), -1);
	assert_int_equal(sel.error, VERDICT_ERROR);
	assert_int_equal(f->call.n_failed, 1);
	fixture_free(f);
}

static void
test_all_lines_must_hold(void **state)
{
	struct fixture *f = fixture_new();
	struct selection sel;

	(void)state;
	section_set(f->arena, f->s, "name", "X-A", NULL);
	section_set(f->arena, f->s, "more_than", "1", NULL);
	section_set(f->arena, f->s, "not_match", "b", NULL);
	section_set(f->arena, f->s, "match", "a", NULL);
	assert_int_equal(fixture_read(f), 0);
	add(f, "X-A", "a");
	assert_int_equal(holds(f, &sel), 0);
	add(f, "X-A", "a");
	assert_int_equal(holds(f, &sel), 1);
	add(f, "X-A", "b");
	assert_int_equal(holds(f, &sel), 0);
	fixture_free(f);
}

/* A match of a name that fails is a failure as well. */
static void
test_failures_at_names(void **state)
{
	struct fixture *f = fixture_new();
	struct selection sel;

	(void)state;
	section_set(f->arena, f->s, "name_match", "^(a+)+$", NULL);
	section_set(f->arena, f->s, "not_match", "b", NULL);
	assert_int_equal(fixture_read(f), 0);
	add(f, "aaa", "x");
	add(f, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", "x");
	assert_int_equal(holds(f, &sel), -1);
	fixture_free(f);
}

static void
test_cut_is_noted_once(void **state)
{
	struct fixture *f = fixture_new();
	char *value = arena_alloc(f->arena, REGEX_MAX_SUBJECT + 2);
	struct selection sel;

	(void)state;
	section_set(f->arena, f->s, "name", "X-A", NULL);
	section_set(f->arena, f->s, "match", "b", NULL);
	assert_int_equal(fixture_read(f), 0);
	memset(value, 'a', REGEX_MAX_SUBJECT + 1);
	value[REGEX_MAX_SUBJECT] = 'b';
	value[REGEX_MAX_SUBJECT + 1] = '\0';
	add(f, "X-A", value);
	assert_int_equal(holds(f, &sel), 0);
	assert_int_equal(holds(f, &sel), 0);
	assert_string_equal(buf_string(&f->call.notes), "cut=X-A ");
	fixture_free(f);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mistakes),
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_first_that_fits),
		cmocka_unit_test(test_walk),
		cmocka_unit_test(test_both_forms_of_what_cannot_be_decoded),
		cmocka_unit_test(test_where_it_hit),
		cmocka_unit_test(test_all_fields_of_a_name_hit),
		cmocka_unit_test(test_failures_are_no_answer),
		cmocka_unit_test(test_all_lines_must_hold),
		cmocka_unit_test(test_failures_at_names),
		cmocka_unit_test(test_cut_is_noted_once),
	};

	charset_open_all();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
