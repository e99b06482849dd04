/* option/option and option/section: tables, types, and the values of a section. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "option/option.h"
#include "option/section.h"

static const char *const colours[] = {"red", "green", "blue", NULL};
static const char *const not_yet[] = {"blue", NULL};

static const struct option rule_options[] = {
	{.name = "name", .type = OPTION_STRING, .required = true},
	{.name = NULL},
};

static const struct option common[] = {
	{"when", OPTION_LIST, "{}", .help = "conditions"},
	{"mode", OPTION_WORD, "green", .words = colours, .planned_words = not_yet},
	{.name = NULL},
};

static const struct option options[] = {
	{"text", OPTION_STRING, "hello", .help = "some text"},
	{.name = "", .type = OPTION_INCLUDE, .options = common},
	{"size", OPTION_SIZE, "1M", .help = "bytes"},
	{"time", OPTION_DURATION, "30s", .help = "time"},
	{"count", OPTION_COUNT, NULL, .help = "count"},
	{"file_mode", OPTION_MODE, "0660", .help = "mode"},
	{"flag", OPTION_BOOL, "yes", .help = "flag"},
	{.name = "message", .type = OPTION_LIMIT, .sized = true},
	{.name = "parts", .type = OPTION_LIMIT},
	{.name = "match", .type = OPTION_REGEXES},
	{.name = "later", .type = OPTION_SIZE, .value = "4K", .planned = true},
	{.name = "never", .type = OPTION_STRING, .planned = true},
	{.name = "rule", .type = OPTION_SECTION, .options = rule_options},
	{.name = NULL},
};

struct report {
	unsigned n, line;
	bool warning;
	char file[32], text[200];
};

static void
report(void *ctx, bool warning, const char *file, unsigned line, const char *text)
{
	struct report *t = ctx;

	t->n++;
	t->line = line;
	t->warning = warning;
	(void)snprintf(t->file, sizeof(t->file), "%s", file);
	(void)snprintf(t->text, sizeof(t->text), "%s", text);
}

#define VALUE(name, ln, ...)                                                                   \
	{                                                                                      \
		.option = option_find(options, name), .file = "f", .line = ln,                 \
		.text = (const char *const[]){__VA_ARGS__, NULL},                              \
		.lines = (const unsigned[]){ln, ln + 1, ln + 2},                               \
		.n = sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *)               \
	}

static void
test_rows_of_both_tables(void **state)
{
	(void)state;
	assert_string_equal(option_at(options, 0)->name, "text");
	assert_string_equal(option_at(options, 1)->name, "when");
	assert_string_equal(option_at(options, 2)->name, "mode");
	assert_string_equal(option_at(options, 3)->name, "size");
	assert_string_equal(option_at(options, 13)->name, "rule");
	assert_null(option_at(options, 14));
	assert_ptr_equal(option_find(options, "mode"), common + 1);
	assert_null(option_find(options, "mod"));
	assert_null(option_find(options, ""));
}

struct check {
	const char *option, *text, *why; /* NULL: fine */
};

static void
test_checks(void **state)
{
	static const struct check checks[] = {
		{"text", "anything", NULL},
		{"text", "", NULL},
		{"size", "25M", NULL},
		{"size", "25MB",
		 "size: '25MB' is not a size: bytes, or digits with K, M or G behind, such as "
		 "\"25M\""},
		{"size", "99999999999G", "size: '99999999999G' is too large"},
		{"time", "500ms", NULL},
		{"time", "30",
		 "time: '30' is not a duration: digits with ms, s, m or h behind, such as "
		 "\"30s\""},
		{"count", "17", NULL},
		{"count", "010",
		 "count: '010' is not a number: digits only, no sign, no leading zero"},
		{"count", "-1",
		 "count: '-1' is not a number: digits only, no sign, no leading zero"},
		{"file_mode", "0660", NULL},
		{"file_mode", "0690", "file_mode: '0690' is not a file mode, such as \"0660\""},
		{"flag", "On", NULL},
		{"flag", "1", "flag: '1' is not yes or no"},
		{"mode", "red", NULL},
		{"mode", "grene",
		 "mode: 'grene' is not one of red, green, blue; did you mean 'green'?"},
		{"mode", "Red",
		 "mode: 'Red' is not one of red, green, blue; did you mean 'red'?"},
		{"mode", "xyzzy", "mode: 'xyzzy' is not one of red, green, blue"},
		{"mode", "blue", "mode: 'blue' is not built yet (planned)"},
		{"message", "none", NULL},
		{"message", "1G", NULL},
		{"parts", "none", NULL},
		{"parts", "300", NULL},
		{"parts", "1K",
		 "parts: '1K' is not a number: digits only, no sign, no leading zero"},
		{"later", "4K", NULL},
		{"later", "8K", "later: not built yet (planned)"},
		{"later", "8Q",
		 "later: '8Q' is not a size: bytes, or digits with K, M or G behind, such as "
		 "\"25M\""},
		{"never", "x", "never: not built yet (planned)"},
	};
	char why[200];

	(void)state;
	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		const struct check *c = checks + i;
		int r = option_check(option_find(options, c->option), c->text, why,
				     sizeof(why));

		assert_int_equal(r, c->why == NULL ? 0 : -EINVAL);
		if (c->why != NULL)
			assert_string_equal(why, c->why);
	}
}

static void
test_defaults(void **state)
{
	const struct section s = {.kind = "size", .title = "caps", .options = options};
	const struct section *const *sections;
	const char *const *list;
	uint64_t v = 4711;

	(void)state;
	assert_string_equal(section_string(&s, "text"), "hello");
	assert_int_equal(section_number(&s, "size"), 1048576);
	assert_int_equal(section_number(&s, "time"), 30000);
	assert_int_equal(section_number(&s, "count"), 0);
	assert_int_equal(section_number(&s, "file_mode"), 0660);
	assert_true(section_bool(&s, "flag"));
	assert_int_equal(section_word(&s, "mode"), 1);
	assert_string_equal(section_string(&s, "mode"), "green");
	assert_int_equal(section_limit(&s, "message", &v), 0);
	assert_int_equal(v, 4711);
	assert_int_equal(section_list(&s, "when", &list), 0);
	assert_int_equal(section_list(&s, "match", &list), 0);
	assert_int_equal(section_sections(&s, "rule", &sections), 0);
	assert_false(section_has(&s, "text"));
	assert_false(section_has(&s, "rule"));
	assert_null(section_string(&s, "never"));
	assert_string_equal(section_directory(&s), ".");
}

static void
test_written(void **state)
{
	const struct section_value values[] = {
		VALUE("text", 2, ""),	   VALUE("size", 3, "0"),  VALUE("message", 4, "2K"),
		VALUE("parts", 5, "none"), VALUE("flag", 6, "no"), VALUE("match", 7, "a", "b"),
		VALUE("mode", 10, "red"),
	};
	const struct section rule = {.kind = "rule", .title = "r", .options = rule_options};
	const struct section *const rules[] = {&rule};
	const struct section_group groups[] = {{option_find(options, "rule"), rules, 1}};
	const struct section s = {.options = options,
				  .values = values,
				  .n_values = 7,
				  .groups = groups,
				  .n_groups = 1};
	const struct section *const *sections;
	const char *const *list;
	uint64_t v = 0;

	(void)state;
	assert_true(section_has(&s, "text"));
	assert_false(section_has(&s, "when"));
	assert_true(section_has(&s, "rule"));
	assert_string_equal(section_string(&s, "text"), "");
	assert_int_equal(section_number(&s, "size"), 0);
	assert_int_equal(section_limit(&s, "message", &v), 1);
	assert_int_equal(v, 2048);
	assert_int_equal(section_limit(&s, "parts", &v), -1);
	assert_false(section_bool(&s, "flag"));
	assert_int_equal(section_word(&s, "mode"), 0);
	assert_int_equal(section_list(&s, "match", &list), 2);
	assert_string_equal(list[1], "b");
	assert_int_equal(section_sections(&s, "rule", &sections), 1);
	assert_ptr_equal(sections[0], &rule);
}

static void
test_mistakes(void **state)
{
	const struct section_value values[] = {VALUE("match", 7, "a", "b")};
	struct report t = {0};
	const struct section_diagnostics diagnostics = {report, &t};
	struct section s = {.kind = "size",
			    .file = "main.conf",
			    .line = 3,
			    .options = options,
			    .values = values,
			    .n_values = 1,
			    .diagnostics = &diagnostics};

	(void)state;
	assert_int_equal(section_error(&s, NULL, "no %s", "rule"), -EINVAL);
	assert_string_equal(t.text, "no rule");
	assert_string_equal(t.file, "main.conf");
	assert_int_equal(t.line, 3);
	assert_false(t.warning);
	assert_int_equal(section_error(&s, "match", "bad"), -EINVAL);
	assert_int_equal(t.line, 7);
	assert_string_equal(t.file, "f");
	assert_int_equal(section_error_item(&s, "match", 1, "bad"), -EINVAL);
	assert_int_equal(t.line, 8);
	assert_int_equal(section_error_item(&s, "match", 2, "bad"), -EINVAL);
	assert_int_equal(t.line, 7);
	section_warning(&s, "text", "hm");
	assert_true(t.warning);
	assert_int_equal(t.line, 3);
	assert_int_equal(t.n, 5);
	/* What is missing may be missing because it was refused: only what is there counts. */
	s.faulty = true;
	assert_int_equal(section_error(&s, NULL, "no rule"), -EINVAL);
	assert_int_equal(section_error(&s, "text", "no text"), -EINVAL);
	assert_int_equal(t.n, 5);
	assert_int_equal(section_error(&s, "match", "bad"), -EINVAL);
	assert_int_equal(t.n, 6);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows_of_both_tables),
		cmocka_unit_test(test_checks),
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_written),
		cmocka_unit_test(test_mistakes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
