/* import/setting: settings of main.cf, their words, and names of tables. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "import/setting.h"
#include "import/source.h"
#include "util/arena.h"
#include "util/buf.h"

static struct arena *arena;

static void
test_split(void **state)
{
	struct setting s;

	(void)state;
	assert_true(setting_split(arena, "header_checks = pcre:/x", &s));
	assert_string_equal(s.name, "header_checks");
	assert_string_equal(s.value, "pcre:/x");
	assert_true(setting_split(arena, "a=b=c", &s));
	assert_string_equal(s.value, "b=c");
	assert_false(setting_split(arena, "/etc/postfix/header_checks", &s));
	assert_false(setting_split(arena, "=x", &s));
}

static void
test_file(void **state)
{
	const char text[] = "# main.cf\n"
			    "dir = /etc/postfix\n"
			    "header_checks = pcre:$dir/a,\n"
			    "    regexp:${dir}/b $(none) $none\n"
			    "mynetworks = 10.0.0.0/8\n"
			    "mynetworks = 127.0.0.0/8\n"
			    "no setting\n"
			    "self = $self$self\n";
	struct source source = {"main.cf", arena_strdup(arena, text), strlen(text)};
	size_t n = 0;
	const struct setting *s = settings_read(arena, &source, &n);

	(void)state;
	assert_int_equal(n, 4);
	assert_string_equal(s[1].name, "header_checks");
	assert_string_equal(s[1].value,
			    "pcre:/etc/postfix/a,    regexp:/etc/postfix/b $(none) $none");
	assert_int_equal(s[1].line, 3);
	assert_string_equal(s[1].path, "main.cf");
	assert_string_equal(s[2].value, "127.0.0.0/8");
	assert_int_equal(s[2].line, 6);
}

static void
test_words(void **state)
{
	const char *const *w = setting_words(arena, " a, b\tc,{ d, { e } f } ,, g");

	(void)state;
	assert_string_equal(w[0], "a");
	assert_string_equal(w[2], "c");
	assert_string_equal(w[3], "{ d, { e } f }");
	assert_string_equal(w[4], "g");
	assert_null(w[5]);
	assert_null(setting_words(arena, " , ")[0]);
}

static void
test_tables(void **state)
{
	struct table_name t;

	(void)state;
	assert_true(setting_table(arena, "proxy:hash:/etc/postfix/access", &t));
	assert_string_equal(t.type, "hash");
	assert_string_equal(t.path, "/etc/postfix/access");
	assert_false(setting_table(arena, "/etc/a:b", &t));
	assert_false(setting_table(arena, "access", &t));
	assert_false(setting_table(arena, "hash:", &t));
}

static void
test_names(void **state)
{
	(void)state;
	for (const char *const *name = setting_names(); *name != NULL; name++)
		assert_int_not_equal(setting_kind(*name), SETTING_UNKNOWN);
	assert_int_equal(setting_kind("header_check"), SETTING_UNKNOWN);
	assert_string_equal(setting_suggest("header_check"), "header_checks");
	assert_string_equal(setting_suggest("milter-regex"), "milter_regex");
	assert_string_equal(setting_suggest("sender_access"), "check_sender_access");
	assert_null(setting_suggest("virtual_alias_maps"));
}

static int
begin(void **state)
{
	(void)state;
	arena = arena_new();
	return 0;
}

static int
end(void **state)
{
	(void)state;
	arena = arena_free(arena);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_split), cmocka_unit_test(test_file),
		cmocka_unit_test(test_words), cmocka_unit_test(test_tables),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
