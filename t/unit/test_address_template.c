/* text/address_template: which texts are one address, and what messages make of them. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "match/regex.h"
#include "text/address_template.h"
#include "text/placeholder.h"
#include "util/arena.h"

static struct arena *arena;

#define ALLOWED                                                                                \
	(PLACEHOLDER_BIT(PLACEHOLDER_SENDER) | PLACEHOLDER_BIT(PLACEHOLDER_SENDER_DOMAIN) |    \
	 PLACEHOLDER_BIT(PLACEHOLDER_AUTH_USER))

static int
setup(void **state)
{
	(void)state;
	arena = arena_new();
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static void
check_read(const char *text, bool captures, enum entry_fault expected, const char *expected_why)
{
	const struct template *t = NULL;
	char why[320] = "";

	if (address_template_read(arena, text, ALLOWED, captures, &t, why, sizeof(why)) !=
	    expected)
		fail_msg("'%s': %s", text, why);
	assert_true((t != NULL) == (expected != ENTRY_WRONG));
	if (strstr(why, expected_why) == NULL)
		assert_string_equal(why, expected_why);
}

static void
test_what_is_one_address(void **state)
{
	(void)state;
	check_read("a@x.example", false, ENTRY_FITS, "");
	check_read("\"a, b\"@x.example", false, ENTRY_FITS, "");
	check_read("a%b@x.example", false, ENTRY_FITS, "");
	check_read("%{sender}", false, ENTRY_FITS, "");
	check_read("a+%{sender_domain}@x.example", false, ENTRY_FITS, "");
	check_read("%{auth_user}@x.example", false, ENTRY_FITS, "");
	check_read("root", false, ENTRY_DOUBTFUL, "'root' has no domain");
	check_read("%{auth_user}", false, ENTRY_DOUBTFUL, "has no domain");
	check_read("$1@x.example", true, ENTRY_FITS, "");
	check_read("$1", true, ENTRY_FITS, "");
	check_read("$1@x.example", false, ENTRY_WRONG, "only with a pattern");
	check_read("%{sender}@x.example", false, ENTRY_WRONG, "is no address");
	check_read("%{sendr}", false, ENTRY_WRONG, "did you mean '%{sender}'?");
	check_read("%{recipient}", false, ENTRY_WRONG, "there is no '%{recipient}' here");
	check_read("a@x, b@x", false, ENTRY_WRONG, "several are a list");
	check_read("a b@x", true, ENTRY_WRONG, "an address has no blank");
	check_read("table:t", false, ENTRY_WRONG, "a table cannot stand here");
	check_read("*@x", false, ENTRY_WRONG, "does not stand for any name");
	check_read("", false, ENTRY_WRONG, "the address is empty");
}

/* expected NULL: there is no address. result: what address_template_make() returns. */
static void
check_made(const char *text, const struct placeholder_values *values,
	   const struct regex_groups *groups, int result, const char *expected)
{
	const struct template *t = NULL;
	const char *made = NULL;
	char why[320] = "";

	assert_int_not_equal(address_template_read(arena, text, ALLOWED, groups != NULL, &t,
						   why, sizeof(why)),
			     ENTRY_WRONG);
	assert_int_equal(address_template_make(arena, t, values, groups, &made), result);
	if (result != 0)
		assert_string_equal(made, expected);
}

static void
test_values_of_a_message(void **state)
{
	struct placeholder_values values = {0};

	(void)state;
	check_made("a@B\xc3\xbc"
		   "cher.example",
		   &values, NULL, 1, "a@xn--bcher-kva.example");
	check_made("%{sender}", &values, NULL, 0, NULL);
	values.value[PLACEHOLDER_SENDER] = "";
	values.value[PLACEHOLDER_SENDER_DOMAIN] = "x.example";
	values.value[PLACEHOLDER_AUTH_USER] = "ann@y.example";
	check_made("%{sender}", &values, NULL, 0, NULL);
	check_made("a+%{sender_domain}@z.example", &values, NULL, 1, "a+x.example@z.example");
	check_made("%{auth_user}", &values, NULL, 1, "ann@y.example");
	check_made("%{auth_user}@z.example", &values, NULL, -EINVAL, "ann@y.example@z.example");
	values.value[PLACEHOLDER_AUTH_USER] = "a, b";
	check_made("%{auth_user}@z.example", &values, NULL, -EINVAL, "a, b@z.example");
	values.value[PLACEHOLDER_AUTH_USER] = "%{sender}$1";
	check_made("%{auth_user}@z.example", &values, NULL, 1, "%{sender}$1@z.example");
}

static void
test_groups(void **state)
{
	struct placeholder_values values = {.value = {[PLACEHOLDER_SENDER_DOMAIN] = "$1.x"}};
	struct regex_groups groups = {
		.subject = "%{sender_domain}", .n = 2, .start = {0, 0}, .end = {16, 16}};

	(void)state;
	/* Neither is replaced by what the other one has brought in. */
	check_made("$1+%{sender_domain}@z.example", &values, &groups, 1,
		   "%{sender_domain}+$1.x@z.example");
	groups.subject = "a>";
	groups.end[1] = 2;
	check_made("$1@z.example", &values, &groups, -EINVAL, "a>@z.example");
	groups.end[1] = 0;
	check_made("$1@z.example", &values, &groups, -EINVAL, "@z.example");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_what_is_one_address),
		TEST(test_values_of_a_message),
		TEST(test_groups),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
