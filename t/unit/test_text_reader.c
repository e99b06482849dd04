/* rewrite/text_reader: the windows together are the text, and its end stays readable. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "charsets.h"
#include "rewrite/text_reader.h"

#define LINES 20000

/* A long text in latin-1, and what it is in UTF-8. */
static void
make_text(struct buf *latin1, struct buf *utf8)
{
	for (int i = 0; i < LINES; i++) {
		buf_printf(latin1,
			   "line %d of gr\xfc\xdf"
			   "e\r\n",
			   i);
		buf_printf(utf8,
			   "line %d of gr\xc3\xbc\xc3\x9f"
			   "e\r\n",
			   i);
	}
}

/* Reads all of it; each window must have the bytes that its fields describe. */
static size_t
check(struct text_reader *r, enum mime_encoding e, const struct buf *body,
      const struct buf *text)
{
	size_t windows = 0, at = 0;

	text_reader_start(r, e, (const char *)body->data, body->len);
	while (text_reader_next(r)) {
		size_t all =
			r->before < TEXT_READER_BACK_BYTES ? r->before : TEXT_READER_BACK_BYTES;

		assert_int_equal(r->before, at);
		assert_true(r->back >= all);
		assert_true(r->len <= text->len - at);
		assert_memory_equal(r->s - r->back, text->data + at - r->back,
				    r->back + r->len);
		at += r->len;
		windows++;
	}
	assert_int_equal(r->error, MIME_EDIT_OK);
	assert_int_equal(at, text->len);
	assert_int_equal(r->before, at);
	assert_true(r->back >= (at < TEXT_READER_BACK_BYTES ? at : TEXT_READER_BACK_BYTES));
	assert_memory_equal(r->s - r->back, text->data + at - r->back, r->back);
	assert_false(text_reader_next(r));
	return windows;
}

static void
test_windows(void **state)
{
	const struct charset *latin1 = charset_find("iso-8859-1", 10);
	struct buf text = {0}, utf8 = {0}, qp = {0}, base64 = {0};

	(void)state;
	make_text(&text, &utf8);
	mime_qp_encode((const char *)text.data, text.len, &qp);
	mime_base64_encode((const char *)text.data, text.len, &base64);
	for (int i = 0; i < 4; i++) {
		bool whole = (i & 1) != 0, converts = (i & 2) != 0;
		const struct buf *want = converts ? &utf8 : &text;
		const struct {
			enum mime_encoding encoding;
			const struct buf *body;
		} rows[] = {{MIME_8BIT, &text}, {MIME_QP, &qp}, {MIME_BASE64, &base64}};

		for (size_t k = 0; k < 3; k++) {
			struct text_reader r = {.from = converts ? latin1 : NULL,
						.whole = whole};
			size_t n = check(&r, rows[k].encoding, rows[k].body, want);

			assert_true(n > 3 || (k == 0 && !converts && n == 1));
			if (whole)
				assert_int_equal(r.back, want->len);
			else if (r.text.cap > 0)
				assert_true(r.text.cap < want->len);
			text_reader_end(&r);
		}
	}
	buf_free(&text);
	buf_free(&utf8);
	buf_free(&qp);
	buf_free(&base64);
}

static void
read_all(struct text_reader *r, enum mime_encoding e, const char *body,
	 enum mime_edit_result error)
{
	text_reader_start(r, e, body, strlen(body));
	while (text_reader_next(r))
		continue;
	assert_int_equal(r->error, error);
	text_reader_end(r);
}

static void
test_broken(void **state)
{
	const struct charset *utf8 = charset_find("utf-8", 5);

	(void)state;
	read_all(&(struct text_reader){.from = utf8}, MIME_8BIT, "\xc3\xbc\xc3",
		 MIME_EDIT_CHARSET);
	read_all(&(struct text_reader){.from = utf8}, MIME_8BIT, "\xff", MIME_EDIT_CHARSET);
	read_all(&(struct text_reader){.from = utf8, .lossy = true}, MIME_8BIT, "\xc3",
		 MIME_EDIT_OK);
	read_all(&(struct text_reader){.from = NULL}, MIME_8BIT, "\xff", MIME_EDIT_OK);
	read_all(&(struct text_reader){.from = NULL}, MIME_BASE64, "SGVsbG8",
		 MIME_EDIT_IRREGULAR);
	read_all(&(struct text_reader){.from = NULL}, MIME_BASE64, "", MIME_EDIT_OK);
}

/* Soft line breaks are no text: a window is never empty. */
static void
test_nothing(void **state)
{
	struct text_reader r = {.from = NULL};
	struct buf body = {0};

	(void)state;
	for (int i = 0; i < 100000; i++)
		buf_puts(&body, "=\r\n");
	buf_puts(&body, "x");
	text_reader_start(&r, MIME_QP, buf_string(&body), body.len);
	assert_true(text_reader_next(&r));
	assert_int_equal(r.len, 1);
	assert_false(text_reader_next(&r));
	text_reader_end(&r);
	buf_free(&body);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_windows),
		cmocka_unit_test(test_broken),
		cmocka_unit_test(test_nothing),
	};

	return cmocka_run_group_tests(tests, open_charsets, NULL);
}
