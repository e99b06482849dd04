/* policy/selector, with a message but without a chain: what it asks of one is here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "mime/charset.h"
#include "policy/selector.h"
#include "policy/setup.h"
#include "sections.h"

struct policy_call {
	struct message m;
	struct regex_limits limits;
	struct regex_budget budget;
	struct buf notes;
	unsigned n_matches, n_failed;
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

const struct regex_limits *
policy_regex_limits(const struct policy_call *c)
{
	return &c->limits;
}

struct regex_budget *
policy_regex_budget(struct policy_call *c)
{
	return &c->budget;
}

void
policy_note(struct policy_call *c, const char *key, const char *value)
{
	buf_printf(&c->notes, "%s=%s ", key, value);
}

enum verdict
policy_fail(struct policy_call *c, const char *fmt, ...)
{
	assert_non_null(fmt);
	c->n_failed++;
	return VERDICT_ERROR;
}

/* A section, what was read of it, and a message to look at. */
struct desk {
	struct arena *arena;
	struct section *s;
	struct buf mistakes;
	struct selector what;
	struct policy_call call;
};

static struct desk *
desk_new(void)
{
	struct arena *a = arena_new();
	struct desk *d = arena_zalloc(a, sizeof(*d));

	d->arena = a;
	d->s = section_make(a, "rule", "r", selector_options, &d->mistakes);
	d->call.m.arena = a;
	d->call.limits = (struct regex_limits){100000, 100000};
	return d;
}

static void
desk_free(struct desk *d)
{
	buf_free(&d->mistakes);
	buf_free(&d->call.notes);
	message_free(&(struct message){.kept = d->call.m.kept});
	arena_free(d->arena);
}

static int
desk_read(struct desk *d)
{
	struct policy_setup setup = {.title = "p", .scope.arena = d->arena};

	return selector_read(&setup, d->s, &d->what);
}

static void
add(struct desk *d, const char *name, const char *value)
{
	message_receive_header(&d->call.m, name, value, true);
}

static int
holds(struct desk *d, struct selection *sel)
{
	*sel = (struct selection){.c = &d->call, .what = &d->what};
	return selection_holds(sel);
}

static void
expect_mistake(const char *option, const char *value, const char *option2, const char *value2,
	       const char *why)
{
	struct desk *d = desk_new();

	section_set(d->arena, d->s, option, value, NULL);
	section_set(d->arena, d->s, option2, value2, NULL);
	assert_int_equal(desk_read(d), -EINVAL);
	if (!strstr(buf_string(&d->mistakes), why))
		fail_msg("'%s' is told as: %s", why, buf_string(&d->mistakes));
	desk_free(d);
}

static void
test_mistakes(void **state)
{
	(void)state;
	expect_mistake("name", "A B", "present", "yes", "'A B' is no name of a header");
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
		const char *option, *value;
		bool with[4]; /* that many instances */
	} cases[] = {
		{"present", "yes", {false, true, true, true}},
		{"present", "no", {true, false, false, false}},
		{"fewer_than", "2", {true, true, false, false}},
		{"more_than", "1", {false, false, true, true}},
		{"fewer_than", "18446744073709551615", {true, true, true, true}},
		{"more_than", "18446744073709551614", {false, false, false, false}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct desk *d = desk_new();
		struct selection sel;

		section_set(d->arena, d->s, "name", "Received", NULL);
		section_set(d->arena, d->s, cases[i].option, cases[i].value, NULL);
		assert_int_equal(desk_read(d), 0);
		add(d, "Receiver", "x");
		for (size_t n = 0; n < 4; n++) {
			assert_int_equal(holds(d, &sel), cases[i].with[n]);
			add(d, n % 2 ? "received" : "RECEIVED", "x");
		}
		assert_int_equal(d->call.n_matches, 0);
		desk_free(d);
	}
}

static void
test_first_that_fits(void **state)
{
	struct desk *d = desk_new();
	struct selection sel;

	(void)state;
	section_set(d->arena, d->s, "name", "X-A", NULL);
	section_set(d->arena, d->s, "match", "no", "v(.)", NULL);
	assert_int_equal(desk_read(d), 0);
	assert_int_equal(holds(d, &sel), 0);
	add(d, "X-B", "v0");
	add(d, "X-A", "w1");
	add(d, "x-a", "v2");
	add(d, "X-A", "v3");
	assert_int_equal(holds(d, &sel), 1);
	assert_true(sel.has_groups);
	assert_int_equal(sel.groups.subject[sel.groups.start[1]], '2');
	message_delete_header(&d->call.m, &d->call.m.headers[2]);
	assert_int_equal(holds(d, &sel), 1);
	assert_int_equal(sel.groups.subject[sel.groups.start[1]], '3');
	message_change_header(&d->call.m, &d->call.m.headers[3], "w");
	assert_int_equal(holds(d, &sel), 0);
	desk_free(d);
}

static void
test_walk(void **state)
{
	struct desk *d = desk_new();
	struct selection sel = {.c = &d->call, .what = &d->what};
	struct header *h = NULL;

	(void)state;
	section_set(d->arena, d->s, "name_match", "^x-", NULL);
	assert_int_equal(desk_read(d), 0);
	add(d, "From", "1");
	add(d, "X-\xff", "2");
	add(d, "From", "3");
	add(d, "x-b", "4");
	assert_int_equal(selection_next(&sel, &h), 1);
	assert_string_equal(h->value, "2");
	assert_int_equal(selection_next(&sel, &h), 1);
	assert_string_equal(h->value, "4");
	assert_int_equal(selection_matches(&sel, h), 1);
	assert_int_equal(selection_next(&sel, &h), 0);
	desk_free(d);
}

static void
test_both_forms_of_what_cannot_be_decoded(void **state)
{
	struct desk *d = desk_new();
	struct selection sel;

	(void)state;
	section_set(d->arena, d->s, "name", "X-A", NULL);
	section_set(d->arena, d->s, "match", "^=\\?x-none\\?Q\\?a\\?= b", "\xc3\xbc", NULL);
	assert_int_equal(desk_read(d), 0);
	add(d, "X-A", "=?x-none?Q?a?= =?UTF-8?Q?=C3=BC?=");
	assert_int_equal(holds(d, &sel), 1); /* decoded */
	add(d, "X-A", "=?x-none?Q?a?=\n b");
	message_delete_header(&d->call.m, &d->call.m.headers[0]);
	assert_int_equal(holds(d, &sel), 1); /* as it came, unfolded */
	desk_free(d);
}

static void
test_failures_are_no_answer(void **state)
{
	struct desk *d = desk_new();
	struct selection sel;
	char value[64];

	(void)state;
	section_set(d->arena, d->s, "name", "X-A", NULL);
	section_set(d->arena, d->s, "not_match", "^(a+)+$", NULL);
	assert_int_equal(desk_read(d), 0);
	memset(value, 'a', sizeof(value) - 2);
	value[sizeof(value) - 2] = '!';
	value[sizeof(value) - 1] = '\0';
	add(d, "X-A", value);
	assert_int_equal(holds(d, &sel), -1);
	assert_int_equal(sel.error, VERDICT_ERROR);
	assert_int_equal(d->call.n_failed, 1);
	desk_free(d);
}

static void
test_all_lines_must_hold(void **state)
{
	struct desk *d = desk_new();
	struct selection sel;

	(void)state;
	section_set(d->arena, d->s, "name", "X-A", NULL);
	section_set(d->arena, d->s, "more_than", "1", NULL);
	section_set(d->arena, d->s, "not_match", "b", NULL);
	section_set(d->arena, d->s, "match", "a", NULL);
	assert_int_equal(desk_read(d), 0);
	add(d, "X-A", "a");
	assert_int_equal(holds(d, &sel), 0);
	add(d, "X-A", "a");
	assert_int_equal(holds(d, &sel), 1);
	add(d, "X-A", "b");
	assert_int_equal(holds(d, &sel), 0);
	desk_free(d);
}

/* A name that cannot be matched is as bad as a value. */
static void
test_failures_at_names(void **state)
{
	struct desk *d = desk_new();
	struct selection sel;

	(void)state;
	section_set(d->arena, d->s, "name_match", "^(a+)+$", NULL);
	section_set(d->arena, d->s, "not_match", "b", NULL);
	assert_int_equal(desk_read(d), 0);
	add(d, "aaa", "x");
	add(d, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", "x");
	assert_int_equal(holds(d, &sel), -1);
	desk_free(d);
}

static void
test_cut_is_noted_once(void **state)
{
	struct desk *d = desk_new();
	char *value = arena_alloc(d->arena, REGEX_MAX_SUBJECT + 2);
	struct selection sel;

	(void)state;
	section_set(d->arena, d->s, "name", "X-A", NULL);
	section_set(d->arena, d->s, "match", "b", NULL);
	assert_int_equal(desk_read(d), 0);
	memset(value, 'a', REGEX_MAX_SUBJECT + 1);
	value[REGEX_MAX_SUBJECT] = 'b';
	value[REGEX_MAX_SUBJECT + 1] = '\0';
	add(d, "X-A", value);
	assert_int_equal(holds(d, &sel), 0);
	assert_int_equal(holds(d, &sel), 0);
	assert_string_equal(buf_string(&d->call.notes), "cut=X-A ");
	desk_free(d);
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
		cmocka_unit_test(test_failures_are_no_answer),
		cmocka_unit_test(test_all_lines_must_hold),
		cmocka_unit_test(test_failures_at_names),
		cmocka_unit_test(test_cut_is_noted_once),
	};

	charset_open_all();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
