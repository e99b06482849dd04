/* text/text_template: what is read of the options, and what a message gets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "scratch.h"
#include "sections.h"
#include "text/placeholder.h"
#include "text/text_template.h"

static const struct option options[] = {
	{.name = "text", .type = OPTION_STRING},
	{.name = "text_file", .type = OPTION_STRING},
	{.name = "html", .type = OPTION_STRING},
	{.name = "html_file", .type = OPTION_STRING},
	{.name = NULL},
};

static struct fixture {
	struct arena *arena;
	struct buf report, out;
	struct section *s;
	struct text_template t;
} f;

static int
setup(void **state)
{
	(void)state;
	f = (struct fixture){.arena = arena_new()};
	f.s = section_make(f.arena, "footer", "f", options, &f.report);
	f.s->directory = scratch_dir;
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	buf_free(&f.report);
	buf_free(&f.out);
	arena_free(f.arena);
	return 0;
}

static const char *
get_header(void *ctx, const char *name)
{
	assert_string_equal(ctx, "ctx");
	return strcmp(name, "Subject") == 0 ? "a\r\n <b>" : strcmp(name, "X") == 0 ? "" : NULL;
}

static char ctx[] = "ctx";

static const struct placeholder_values values = {
	.value[PLACEHOLDER_ID] = "4Xabc",
	.value[PLACEHOLDER_SENDER] = "a&b@example.org",
	.value[PLACEHOLDER_AUTH_USER] = "",
	.header = get_header,
	.ctx = ctx,
};

static void
read_options(void)
{
	assert_int_equal(text_template_read(f.arena, f.s, &f.t), 0);
	assert_string_equal(buf_string(&f.report), "");
}

static void
expect_plain(const char *expected)
{
	buf_reset(&f.out);
	text_template_append_plain(&f.t, &values, f.arena, &f.out);
	assert_string_equal(buf_string(&f.out), expected);
}

static void
expect_html(const char *expected)
{
	buf_reset(&f.out);
	text_template_append_html(&f.t, &values, f.arena, &f.out);
	assert_string_equal(buf_string(&f.out), expected);
}

static void
test_each_form_is_made_from_the_other(void **state)
{
	(void)state;
	section_set(f.arena, f.s, "text", "one\n\nGr\xc3\xbc\xc3\x9f & <co>\n \n", NULL);
	read_options();
	assert_int_equal(text_template_uses(&f.t), 0);
	expect_plain("one\r\n\r\nGr\xc3\xbc\xc3\x9f & <co>\r\n");
	expect_html("<p>one<br>\r\n<br>\r\nGr&#252;&#223; &amp; &lt;co&gt;</p>\r\n");
	teardown(state);
	setup(state);
	section_set(f.arena, f.s, "html", "<b>Gr\xc3\xbc\xc3\x9f</b> &amp; co", NULL);
	read_options();
	expect_html("<b>Gr&#252;&#223;</b> &amp; co\r\n");
	expect_plain("Gr\xc3\xbc\xc3\x9f & co\r\n");
}

/* Lines end as they do in mail, whatever the file has. */
static void
test_line_ends_of_files(void **state)
{
	(void)state;
	write_scratch("text", "one\r\ntwo\n\r\nthree\r\n\r\n");
	write_scratch("html", "<p>\r\nx</p>");
	section_set(f.arena, f.s, "text_file", "text", NULL);
	section_set(f.arena, f.s, "html_file", "html", NULL);
	read_options();
	expect_plain("one\r\ntwo\r\n\r\nthree\r\n");
	expect_html("<p>\r\nx</p>\r\n");
	write_scratch("text", "\xef\xbb\xbfone\rtwo\r\rthree\n\rfour\r");
	write_scratch("html", "\xef\xbb\xbf<p>\rx</p>\r\n\r\n");
	read_options();
	expect_plain("one\r\ntwo\r\n\r\nthree\r\n\r\nfour\r\n");
	expect_html("<p>\r\nx</p>\r\n");
}

static void
test_percent_signs(void **state)
{
	(void)state;
	section_set(f.arena, f.s, "text", "5% off, 5%% off, %%{id}", NULL);
	section_set(f.arena, f.s, "html", "<p width=\"100%\">x</p>", NULL);
	read_options();
	expect_plain("5% off, 5% off, %{id}\r\n");
	expect_html("<p width=\"100%\">x</p>\r\n");
}

/* All lines with a mistake are reported, each with its number in the file. */
static void
test_mistakes_in_files(void **state)
{
	struct buf expected = {0};

	(void)state;
	write_scratch("text", "\xef\xbb\xbfone\r\n%{recipient}\rthree\n\xff\n%{id");
	write_scratch("html", "\xef\xbb\xbf\n \n");
	section_set(f.arena, f.s, "text_file", "text", NULL);
	section_set(f.arena, f.s, "html_file", "html", NULL);
	assert_int_equal(text_template_read(f.arena, f.s, &f.t), -EINVAL);
	buf_printf(&expected, "test.conf:1: %s/text:2: there is no '%%{recipient}' here\n",
		   scratch_dir);
	buf_printf(&expected, "test.conf:1: %s/text:4: this is not UTF-8 text\n", scratch_dir);
	buf_printf(&expected, "test.conf:1: %s/text:5: '%%{' without '}'\n", scratch_dir);
	buf_printf(&expected, "test.conf:2: %s/html:1: the text is empty\n", scratch_dir);
	assert_string_equal(buf_string(&f.report), buf_string(&expected));
	buf_free(&expected);
}

static void
test_placeholders(void **state)
{
	(void)state;
	section_set(f.arena, f.s, "text", "%{id} 5%% $1\n<%{sender}>\n%{header:Subject}", NULL);
	read_options();
	assert_int_equal(text_template_uses(&f.t), PLACEHOLDER_BIT(PLACEHOLDER_ID) |
							   PLACEHOLDER_BIT(PLACEHOLDER_SENDER) |
							   PLACEHOLDER_BIT(PLACEHOLDER_HEADER));
	expect_plain("4Xabc 5% $1\r\n<a&b@example.org>\r\na <b>\r\n");
	expect_html("<p>4Xabc 5% $1<br>\r\n&lt;a&amp;b@example.org&gt;<br>\r\na &lt;b&gt;</p>"
		    "\r\n");
	section_set(f.arena, f.s, "html", "<i>%{sender} %{header:Subject}</i>", NULL);
	read_options();
	expect_html("<i>a&amp;b@example.org a &lt;b&gt;</i>\r\n");
}

static void
test_the_date(void **state)
{
	char before[32], after[32];
	time_t now = time(NULL);

	(void)state;
	section_set(f.arena, f.s, "text", "%{date}", NULL);
	read_options();
	strftime(before, sizeof(before), "%Y-%m-%d\r\n", localtime(&now));
	text_template_append_plain(&f.t, &values, f.arena, &f.out);
	now = time(NULL);
	strftime(after, sizeof(after), "%Y-%m-%d\r\n", localtime(&now));
	if (strcmp(buf_string(&f.out), before) != 0)
		assert_string_equal(buf_string(&f.out), after);
}

static void
test_lines_with_an_empty_placeholder_are_left_out(void **state)
{
	(void)state;
	section_set(f.arena, f.s, "text",
		    "a\n%{id}%{auth_user}\n%{sender_domain}\n%{header:X}\nb %{header:None}\nc",
		    NULL);
	read_options();
	expect_plain("a\r\nc\r\n");
	expect_html("<p>a<br>\r\nc</p>\r\n");
	teardown(state);
	setup(state);
	section_set(f.arena, f.s, "text", "%{header:X}", NULL);
	read_options();
	expect_plain("");
	expect_html("");
}

static void
test_values_are_cleaned(void **state)
{
	struct placeholder_values bad = {.value[PLACEHOLDER_SENDER] =
						 "a\xff\tb\x01\r\nc\xc2\x9b\x7f"};
	char longest[300];

	(void)state;
	section_set(f.arena, f.s, "text", "<%{sender}>", NULL);
	read_options();
	text_template_append_plain(&f.t, &bad, f.arena, &f.out);
	assert_string_equal(buf_string(&f.out), "<a\xef\xbf\xbd b c   >\r\n");
	memset(longest, 'x', sizeof(longest));
	longest[299] = '\0';
	memcpy(longest + 199, "\xc3\xbc", 2); /* a character is never cut */
	bad.value[PLACEHOLDER_SENDER] = longest;
	buf_reset(&f.out);
	text_template_append_plain(&f.t, &bad, f.arena, &f.out);
	assert_int_equal(f.out.len, 1 + 201 + 3);
	assert_memory_equal(f.out.data + 199, "x\xc3\xbc>\r\n", 6);
}

static void
expect_refused(const char *option, const char *value, const char *expected)
{
	f.s = section_make(f.arena, "footer", "f", options, &f.report);
	f.s->directory = scratch_dir;
	buf_reset(&f.report);
	if (option != NULL)
		section_set(f.arena, f.s, option, value, NULL);
	assert_int_equal(text_template_read(f.arena, f.s, &f.t), -EINVAL);
	assert_string_equal(buf_string(&f.report), expected);
}

static void
test_mistakes(void **state)
{
	char line[1000] = "";

	(void)state;
	expect_refused(NULL, NULL,
		       "test.conf:1: there is nothing to add: write text or text_file\n");
	expect_refused("text", " \n", "test.conf:1: the text is empty\n");
	expect_refused("text", "a\n\xff", "test.conf:1: this is not UTF-8 text\n");
	expect_refused("text", "a\tb\n\x1b[1m",
		       "test.conf:1: a control character is in the text\n");
	expect_refused("text", "a\xc2\x85",
		       "test.conf:1: a control character is in the text\n");
	expect_refused("html", "%{recipient}",
		       "test.conf:1: there is no '%{recipient}' here\n");
	memset(line, 'a', 901);
	expect_refused("text", line,
		       "test.conf:1: a line of 901 bytes; at most 900 fit in mail\n");
	buf_reset(&f.report);
	write_scratch_bytes("text", "a\0b", 3);
	section_set(f.arena, f.s, "text_file", "text", NULL);
	assert_int_equal(text_template_read(f.arena, f.s, &f.t), -EINVAL);
	assert_string_equal(buf_string(&f.report),
			    "test.conf:2: only one of text and text_file\n");
}

static int
set_up_group(void **state)
{
	(void)state;
	make_scratch();
	return 0;
}

static int
tear_down_group(void **state)
{
	(void)state;
	remove_scratch();
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_each_form_is_made_from_the_other, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_line_ends_of_files, setup, teardown),
		cmocka_unit_test_setup_teardown(test_placeholders, setup, teardown),
		cmocka_unit_test_setup_teardown(test_percent_signs, setup, teardown),
		cmocka_unit_test_setup_teardown(test_mistakes_in_files, setup, teardown),
		cmocka_unit_test_setup_teardown(test_the_date, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_lines_with_an_empty_placeholder_are_left_out, setup, teardown),
		cmocka_unit_test_setup_teardown(test_values_are_cleaned, setup, teardown),
		cmocka_unit_test_setup_teardown(test_mistakes, setup, teardown),
	};

	return cmocka_run_group_tests(tests, set_up_group, tear_down_group);
}
