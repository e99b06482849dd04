/* rewrite/placement and rewrite/compare: whole messages with a text added, and damaged results,
 * which the comparison must find. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "charset/charset.h"
#include "joined.h"
#include "rewrite/compare.h"
#include "rewrite/displayed.h"
#include "rewrite/placement.h"
#include "util/arena.h"

static const struct mime_limits limits = {.parts = 100, .depth = 10};
static const char mixed[] = "multipart/mixed; boundary=b";
static const char body[] = "before\r\n--b\r\nContent-Type: text/plain\r\n\r\nHello\r\n"
			   "--b\r\nContent-Type: image/png\r\n\r\npixels\r\n--b--\r\nafter\r\n";

static void
scan(struct arena *a, const char *type, const char *data, size_t len, struct mime_tree *ret)
{
	const struct mime_source source = {.data = data, .len = len, .content_type = type};

	mime_scan(a, &source, &limits, ret);
}

static void
test_parts(void **state)
{
	const struct addition add = {
		.text = "\xe2\x82\xac\r\n", .text_len = 5, .html = "", .html_len = 0};
	struct arena *a = arena_new();
	struct mime_displayed shown;
	struct placement done = {.content_type = NULL};
	struct buf text = {0};
	struct mime_tree tree;

	(void)state;
	(void)charset_open_all();
	scan(a, mixed, body, sizeof(body) - 1, &tree);
	assert_int_equal(mime_find_displayed(&tree, 0, a, &shown), MIME_EDIT_OK);
	assert_int_equal(mime_place_in_parts(&tree, shown.part, shown.n, &add, IF_PRESENT_TAIL,
					     a, &done),
			 MIME_EDIT_OK);
	put_pieces(&done.body, &text);
	assert_string_equal(
		buf_string(&text),
		"before\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n"
		"Content-Transfer-Encoding: quoted-printable\r\n\r\nHello\r\n\r\n=E2=82=AC\r\n"
		"\r\n--b\r\nContent-Type: image/png\r\n\r\npixels\r\n--b--\r\nafter\r\n");
	assert_null(done.content_type);
	buf_free(&text);
	arena_free(a);
}

/* The old body is not entered: it may have the same boundary, no end, and a line like a
 * delimiter. */
static void
test_around(void **state)
{
	static const char odd[] = "--b\r\nx\r\n\r\n--x--\r\nno end";
	const struct addition add = {.text = "x\r\n", .text_len = 3};
	struct arena *a = arena_new();
	struct placement done = {.content_type = NULL};
	struct buf text = {0};
	struct mime_tree tree, again;

	(void)state;
	scan(a, mixed, odd, sizeof(odd) - 1, &tree);
	assert_int_not_equal(tree.flags, 0);
	assert_int_equal(mime_place_around(&tree,
					   "Content-Type: multipart/mixed; boundary=b\r\n", 43,
					   &add, a, &done),
			 MIME_EDIT_OK);
	assert_string_equal(done.transfer_encoding, "7bit");
	put_pieces(&done.body, &text);
	scan(a, done.content_type, buf_string(&text), text.len, &again);
	assert_true(mime_is_wrapping(&tree, &again, false));
	assert_false(mime_is_wrapping(&tree, &again, true));
	buf_free(&text);
	/* Without its fields it is another part. */
	assert_int_equal(mime_place_around(&tree, "", 0, &add, a, &done), MIME_EDIT_SELFCHECK);
	arena_free(a);
}

/* The label of the new multipart: 8bit where the old body or its fields have 8-bit bytes,
 * whatever the label says. */
static void
test_around_8bit(void **state)
{
	static const struct {
		const char *type, *encoding, *fields, *body, *want;
	} rows[] = {
		{"text/plain", NULL, "Content-Type: text/plain\r\n", "Hi\r\n", "7bit"},
		{"text/plain", "8bit", "Content-Type: text/plain\r\n", "Hi\r\n", "8bit"},
		{"text/plain", "binary", "Content-Type: text/plain\r\n", "Hi\r\n", "8bit"},
		{"text/plain", NULL, "Content-Type: text/plain\r\n", "Gr\xfc\r\n", "8bit"},
		{"text/plain", "8-bit", "Content-Type: text/plain\r\n", "Gr\xc3\xbc\r\n",
		 "8bit"},
		{"text/plain", "7bit", "Content-Type: text/plain\r\n", "Gr\xfc\r\n", "8bit"},
		{"image/png", NULL, "Content-Type: image/png; name=\xfc\r\n", "x\r\n", "8bit"},
	};
	const struct addition add = {.text = "x\r\n", .text_len = 3};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct mime_source source = {.data = rows[i].body,
						   .len = strlen(rows[i].body),
						   .content_type = rows[i].type,
						   .transfer_encoding = rows[i].encoding};
		struct arena *a = arena_new();
		struct placement done = {.content_type = NULL};
		struct buf fields = {0};
		struct mime_tree tree;

		buf_puts(&fields, rows[i].fields);
		if (rows[i].encoding != NULL)
			buf_printf(&fields, "Content-Transfer-Encoding: %s\r\n",
				   rows[i].encoding);
		mime_scan(a, &source, &limits, &tree);
		assert_int_equal(mime_place_around(&tree, buf_string(&fields), fields.len, &add,
						   a, &done),
				 MIME_EDIT_OK);
		assert_string_equal(done.transfer_encoding, rows[i].want);
		buf_free(&fields);
		arena_free(a);
	}
}

/* A boundary that is the begin of ours: the text stands in front of it. */
static void
test_around_like_boundary(void **state)
{
	static const char *const boundaries[] = {"=", "=_", "=_polymilter_"};
	const struct addition add = {.text = "x\r\n", .text_len = 3};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct arena *a = arena_new();
		const char *type =
			arena_printf(a, "multipart/mixed; boundary=\"%s\"", boundaries[i]);
		const char *old = arena_printf(a, "--%s\r\n\r\nHi\r\n--%s--\r\n", boundaries[i],
					       boundaries[i]);
		const char *fields = arena_printf(a, "Content-Type: %s\r\n", type);
		struct placement done = {.content_type = NULL};
		struct buf text = {0};
		struct mime_tree tree;

		scan(a, type, old, strlen(old), &tree);
		assert_int_equal(
			mime_place_around(&tree, fields, strlen(fields), &add, a, &done),
			MIME_EDIT_OK);
		put_pieces(&done.body, &text);
		assert_true(strstr(buf_string(&text), "\r\nx\r\n") <
			    strstr(buf_string(&text), "\r\nHi\r\n"));
		buf_free(&text);
		arena_free(a);
	}
}

#define EURO	   "Legal \xe2\x82\xac\r\n"
#define TEXT_PART  "--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" EURO
#define OTHER_PART "--b\r\n\r\nHello\r\n"
#define ODD_PART   "--b\r\nContent-Type: text/html\r\nno field\r\n\r\nHello\r\n"
#define PART(t)	   OTHER_PART "--b\r\nContent-" t END
#define END	   "--b--\r\n"

static void
test_text_part(void **state)
{
	static const struct {
		const char *type, *body;
		bool found, found_required;
	} rows[] = {
		{mixed, OTHER_PART TEXT_PART END, true, true},
		{mixed, TEXT_PART OTHER_PART END, true, true},
		{mixed, OTHER_PART TEXT_PART OTHER_PART END, true, true},
		{mixed, OTHER_PART OTHER_PART END, false, false},
		{"multipart/alternative; boundary=b", OTHER_PART TEXT_PART END, false, false},
		{"multipart/x-new; boundary=b", OTHER_PART TEXT_PART END, false, false},
		{mixed, ODD_PART TEXT_PART END, true, false},
		{mixed, TEXT_PART ODD_PART END, true, true},
		{mixed, "x\r\n" TEXT_PART ODD_PART END, true, false},
		{mixed, PART("Transfer-Encoding: base64\r\n\r\nTGVnYWwg4oKs\r\n"), true, true},
		{mixed, PART("Type: text/plain; charset=windows-1252\r\n\r\nlegal  \x80\r\n"),
		 true, true},
		{mixed, PART("Type: text/plain; charset=x-none\r\n\r\n" EURO), false, false},
		{mixed, PART("Disposition: attachment\r\n\r\n" EURO), false, false},
		{mixed, PART("Type: text/html\r\n\r\n" EURO), false, false},
		{mixed, PART("ID: <x@y>\r\n\r\n" EURO "and more\r\n"), false, false},
	};

	(void)state;
	(void)charset_open_all();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct addition add = {.text = EURO, .text_len = strlen(EURO)};
		struct arena *a = arena_new();
		struct mime_tree tree;

		scan(a, rows[i].type, rows[i].body, strlen(rows[i].body), &tree);
		if (mime_has_text_part(&tree, &add) != rows[i].found)
			fail_msg("%s", rows[i].body);
		add.required = true;
		if (mime_has_text_part(&tree, &add) != rows[i].found_required)
			fail_msg("required: %s", rows[i].body);
		arena_free(a);
	}
}

/* Is the result body with its text part changed to "Hi"? */
static bool
is_planned(const char *type, const char *result)
{
	struct arena *a = arena_new();
	const struct mime_change change[3] = {
		{0}, {.is_changed = true, .body = {{"", 0, true}, {"Hi\r\n", 4, true}}}, {0}};
	struct mime_tree old, new;
	bool fits;

	scan(a, mixed, body, sizeof(body) - 1, &old);
	scan(a, type, result, strlen(result), &new);
	fits = mime_is_edit(&old, &new, change, MIME_NO_NODE);
	arena_free(a);
	return fits;
}

#define PNG "Content-Type: image/png\r\n\r\npixels\r\n--b--\r\nafter\r\n"
#define TXT "--b\r\nContent-Type: text/plain\r\n\r\n"

static void
test_damage(void **state)
{
	(void)state;
	assert_true(is_planned(mixed, "before\r\n" TXT "Hi\r\n\r\n--b\r\n" PNG));
	assert_false(is_planned(mixed, "before\r\n" TXT
				       "Hi\r\n--b\r\n" PNG)); /* its CRLF is the delimiter's */
	assert_false(is_planned(mixed, "before\r\n" TXT "Ho\r\n\r\n--b\r\n" PNG));
	assert_false(is_planned(mixed, "before\r\n" TXT "Hi\r\n\r\n\r\n--b\r\n" PNG));
	assert_false(is_planned(mixed, "Before\r\n" TXT "Hi\r\n\r\n--b\r\n" PNG));
	assert_false(is_planned(mixed, "before\r\n" TXT "Hi\r\n\r\n--b\r\n" PNG "."));
	assert_false(is_planned(mixed, "before\r\n" TXT "Hi\r\n\r\n--b\r\n\r\n--b\r\n" PNG));
	assert_false(is_planned(mixed, "before\r\n" TXT "Hi\r\n\r\n--b--\r\n"));
	assert_false(is_planned(mixed, "before\r\n" TXT "Hi\r\n\r\n--b\r\nX: y\r\n" PNG));
	assert_false(is_planned(mixed,
				"before\r\n" TXT "Hi\r\n\r\n--b\r\nContent-Type: image/png\r\n"
				"\r\npixelz\r\n--b--\r\nafter\r\n"));
	assert_false(is_planned("multipart/related; boundary=b",
				"before\r\n" TXT "Hi\r\n\r\n--b\r\n" PNG));
	assert_false(is_planned(mixed, "before\r\n--b\r\nContent-Type: text/plain\r\n"
				       "Content-Transfer-Encoding: base64\r\n\r\nHi\r\n\r\n"
				       "--b\r\n" PNG));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parts),	    cmocka_unit_test(test_around),
		cmocka_unit_test(test_around_8bit), cmocka_unit_test(test_around_like_boundary),
		cmocka_unit_test(test_text_part),   cmocka_unit_test(test_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
