/* text/placeholder. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "text/placeholder.h"
#include "util/arena.h"
#include "util/buf.h"

#define ALL UINT32_MAX

static const char *
header_value(void *ctx, const char *name)
{
	assert_string_equal(ctx, "ctx");
	return strcmp(name, "From") == 0 ? "Joe <joe@example.com>" : NULL;
}

static char ctx[] = "ctx";

static const struct placeholder_values values = {
	.value[PLACEHOLDER_ID] = "4ZxYab",
	.value[PLACEHOLDER_SENDER] = "a$1%{id}@example.com",
	.header = header_value,
	.ctx = ctx,
};

static void
check(const char *text, bool dollars, const char *expected)
{
	struct arena *a = arena_new();
	struct template *t = NULL;
	struct buf b = {0};
	char why[200] = "";

	assert_int_equal(template_compile(a, text, ALL, &t, why, sizeof(why)), 0);
	template_expand(t, &values, dollars, &b);
	assert_string_equal(buf_string(&b), expected);
	buf_free(&b);
	arena_free(a);
}

static void
test_values_go_in(void **state)
{
	(void)state;
	check("", false, "");
	check("plain", false, "plain");
	check("%{id}", false, "4ZxYab");
	check("<%{id}%{id}>", false, "<4ZxYab4ZxYab>");
	check("100%% of %{id}%%", false, "100% of 4ZxYab%");
	check("%%{id}", false, "%{id}");
	check("a%{recipient}b", false, "ab");
}

static void
test_percent_signs(void **state)
{
	(void)state;
	check("100%", false, "100%");
	check("% 50% off %", false, "% 50% off %");
	check("width=\"100%\" %d", false, "width=\"100%\" %d");
	check("%%", false, "%");
	check("%%%", false, "%%");
	check("%%{sender} %%%{id}", false, "%{sender} %4ZxYab");
}

static void
test_values_are_not_read_again(void **state)
{
	(void)state;
	check("%{sender} $1", false, "a$1%{id}@example.com $1");
	check("%{sender} $1 $$", true, "a$$1%{id}@example.com $1 $$");
}

static void
test_headers(void **state)
{
	struct arena *a = arena_new();
	struct template *t = NULL;
	struct placeholder_values none = {0};
	struct buf b = {0};
	char why[200] = "";

	(void)state;
	check("[%{header:From}]", false, "[Joe <joe@example.com>]");
	check("[%{header:Subject}]", false, "[]");
	assert_int_equal(template_compile(a, "%{header:X}", ALL, &t, why, sizeof(why)), 0);
	template_expand(t, &none, false, &b);
	assert_int_equal(b.len, 0);
	buf_free(&b);
	arena_free(a);
}

static void
test_uses(void **state)
{
	struct arena *a = arena_new();
	struct template *t = NULL;
	char why[200] = "";

	(void)state;
	assert_int_equal(
		template_compile(a, "%{id} %{header:X} %%{rule}", ALL, &t, why, sizeof(why)),
		0);
	assert_int_equal(template_uses(t),
			 PLACEHOLDER_BIT(PLACEHOLDER_ID) | PLACEHOLDER_BIT(PLACEHOLDER_HEADER));
	arena_free(a);
}

static void
check_error(const char *text, uint32_t allowed, const char *expected)
{
	struct arena *a = arena_new();
	struct template *t = NULL;
	char why[200] = "";

	assert_int_equal(template_compile(a, text, allowed, &t, why, sizeof(why)), -EINVAL);
	assert_string_equal(why, expected);
	assert_null(t);
	arena_free(a);
}

static void
test_errors(void **state)
{
	const uint32_t id = PLACEHOLDER_BIT(PLACEHOLDER_ID);

	(void)state;
	check_error("%{id", ALL, "'%{' without '}'");
	check_error("%{sendr}", ALL,
		    "unknown placeholder '%{sendr}', did you mean '%{sender}'?");
	check_error("%{sendr}", id, "unknown placeholder '%{sendr}'");
	check_error("%{}", ALL, "unknown placeholder '%{}'");
	check_error("%{header}", ALL,
		    "unknown placeholder '%{header}', did you mean '%{header:}'?");
	check_error("%{header:}", ALL, "'' in a placeholder is no header's name");
	check_error("%{header:a b}", ALL, "'a b' in a placeholder is no header's name");
	check_error("%{ID}", ALL, "unknown placeholder '%{ID}', did you mean '%{id}'?");
	check_error("%{queue_id}", id,
		    "unknown placeholder '%{queue_id}', did you mean '%{id}'?");
	check_error("%{sasl_username}", ALL,
		    "unknown placeholder '%{sasl_username}', did you mean '%{auth_user}'?");
	check_error("%{subject}", ALL,
		    "unknown placeholder '%{subject}', did you mean '%{header:}'?");
	check_error("%{recipient}", id, "there is no '%{recipient}' here");
	check_error("%{header:X}", id, "there is no '%{header:...}' here");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values_go_in),
		cmocka_unit_test(test_percent_signs),
		cmocka_unit_test(test_values_are_not_read_again),
		cmocka_unit_test(test_headers),
		cmocka_unit_test(test_uses),
		cmocka_unit_test(test_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
