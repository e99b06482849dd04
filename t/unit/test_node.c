/* mime/node: values, file names and contents of parts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "charsets.h"
#include "mime/tree.h"
#include "util/arena.h"
#include "util/buf.h"

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

static const struct mime_limits limits = {.parts = 100, .depth = 10};

/* Scans a message of one part, header block and body. */
static struct mime_tree
scan(struct arena *a, const char *data, size_t len)
{
	struct mime_source source = {.data = data, .len = len, .has_header = true};
	struct mime_tree t;

	mime_scan(a, &source, &limits, &t);
	return t;
}

/* ---- values ---- */

static void
test_values(void **state)
{
	static const char data[] = "Content-Type: text/\0plain;\r\n charset=a\r\n"
				   "Content-Type: text/html\r\n\r\n";
	struct arena *a = arena_new();
	struct mime_tree t = scan(a, data, sizeof(data) - 1);
	struct mime_source source = {.data = "", .content_disposition = "inline"};

	(void)state;
	assert_string_equal(mime_node_value(&t, t.node, MIME_CONTENT_TYPE, a),
			    " text/plain;\r\n charset=a");
	assert_string_equal(t.node->type, "text/plain");
	assert_int_equal(t.flags, MIME_BAD_HEADER | MIME_CONFLICT);
	assert_null(mime_node_value(&t, t.node, MIME_TRANSFER_ENCODING, a));
	mime_scan(a, &source, &limits, &t);
	assert_ptr_equal(mime_node_value(&t, t.node, MIME_CONTENT_DISPOSITION, a),
			 source.content_disposition);
	assert_null(mime_node_value(&t, t.node, MIME_CONTENT_TYPE, a));
	arena_free(a);
}

/* ---- numbers ---- */

/* The numbers of all nodes, in their order. */
static void
expect_numbers(const char *type, const char *body, const char *expected)
{
	struct arena *a = arena_new();
	struct mime_source source = {
		.data = body, .len = strlen(body), .content_type = type, .into_messages = true};
	struct mime_tree t;
	struct buf got = {0};

	mime_scan(a, &source, &limits, &t);
	for (unsigned i = 0; i < t.n; i++) {
		mime_append_part_number(&t, i, &got);
		buf_putc(&got, '|');
	}
	assert_string_equal(buf_string(&got), expected);
	buf_free(&got);
	arena_free(a);
}

#define PART(boundary, type) "--" boundary "\r\nContent-Type: " type "\r\n\r\n"
#define END(boundary)	     "\r\n--" boundary "--\r\n"

static void
test_numbers(void **state)
{
	(void)state;
	expect_numbers("text/plain", "x", "1|");
	expect_numbers("multipart/mixed; boundary=b",
		       PART("b", "a/b") "\r\n" PART("b", "c/d") END("b"), "|1|2|");
	expect_numbers("multipart/mixed; boundary=b",
		       PART("b", "multipart/mixed; boundary=c")
			       PART("c", "a/b") "\r\n" PART("c", "c/d")
				       END("c") "\r\n" PART("b", "e/f") END("b"),
		       "|1|1.1|1.2|2|");
	/* Attached messages: one with one part, one with two. */
	expect_numbers(
		"multipart/mixed; boundary=b",
		PART("b", "message/rfc822") "Subject: x\r\n\r\nx\r\n" PART("b", "message/rfc822") "Content-Type: multipart/mixed; boundary=c\r\n\r\n" PART(
			"c", "a/b") "\r\n" PART("c", "c/d") END("c") END("b"),
		"|1|1.1|2|2|2.1|2.2|");
}

/* ---- file names ---- */

static void
check_names(const struct mime_tree *t, struct arena *a, const char *expected)
{
	struct buf got = {0};
	const char *const *names;
	size_t n = mime_node_names(t, t->node, NULL, a, &names);

	for (size_t i = 0; i < n; i++)
		buf_printf(&got, "%s|", names[i]);
	assert_string_equal(buf_string(&got), expected);
	buf_free(&got);
}

/* Values of Content-Disposition, and the names that are found in them. */
static const struct {
	const char *value, *names;
} name_cases[] = {
	{"attachment", ""},
	{"attachment; filename=a.exe", "a.exe|"},
	{"attachment; filename=\"\"", ""},
	{"inline; filename=safe.txt; filename*=UTF-8''evil.exe", "evil.exe|safe.txt|"},
	{"x; name=n; filename=f; name*=''m; filename*=''g", "g|f|m|n|"},
	{"x; filename*0=ev; filename*1*=il%2e; filename*2=exe", "evil.exe|"},
	{"x; filename=a.txt; FILENAME=b.exe; filename=a.txt", "a.txt|b.exe|"},
	{"x; filename=\"=?utf-8?B?w7wuZXhl?=\"", "ü.exe|"},
	{"x; filename=\"\xfc.exe\"", "ü.exe|"},
	{"x; filename=\"a.exe. . \"", "a.exe|"},
	{"x; filename=\"...\"", ""},
	{"x; filename=\"a\tb\x01\x1f\x7f.exe\"", "ab.exe|a|"},
	{"x; filename=\"a\xc2\x85.exe\"", "a.exe|"},
	{"x; filename*=utf-8''%E2%80%AEfdp.exe%E2%80%AC", "fdp.exe|"},
	{"x; filename*=utf-8''a%D8%9C%E2%81%A6%E2%81%A9%E2%80%8F.exe.%E2%80%8E", "a.exe|"},
	{"x; filename=\"a\r\n .exe\"", "a .exe|"},
	{"filename=a.exe; name=b", "b|a.exe|"},
};

static void
test_names(void **state)
{
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT_OF(name_cases); i++) {
		struct mime_source source = {.data = "",
					     .content_disposition = name_cases[i].value};
		struct mime_tree t;

		print_message("%s\n", name_cases[i].value);
		mime_scan(a, &source, &limits, &t);
		check_names(&t, a, name_cases[i].names);
	}
	arena_free(a);
}

/* The names of all fields count, but none behind the header block. */
static void
test_names_of_all_fields(void **state)
{
	static const char data[] = "content-type: x/y; name=1; filename=2\n"
				   "Content-Disposition: inline\n"
				   "Content-Disposition: attachment;\n filename=3\n"
				   "Content-Type: x/y; name=4; name*=''3\n"
				   "Content-Type : x/y; name=\"5\0.exe\"\n"
				   "X-Content-Type: x/y; name=6\n"
				   "\n"
				   "Content-Type: x/y; name=7\n";
	struct arena *a = arena_new();
	struct mime_tree t = scan(a, data, sizeof(data) - 1);
	struct mime_source source = {.data = "",
				     .content_type = "x/y; name=a",
				     .content_disposition = "x; filename=b"};

	(void)state;
	check_names(&t, a, "3|2|1|4|5.exe|5\ufffd.exe|5|");
	mime_scan(a, &source, &limits, &t);
	check_names(&t, a, "b|a|");
	arena_free(a);
}

static void
test_many_names(void **state)
{
	struct arena *a = arena_new();
	struct buf b = {0};
	const char *const *names;
	struct mime_tree t;

	(void)state;
	for (int i = 0; i < 1000; i++)
		buf_printf(&b, "Content-Type: x/y; name=%d; filename=f%d\n", i, i);
	buf_puts(&b, "\n");
	t = scan(a, (const char *)b.data, b.len);
	assert_int_equal(t.flags, MIME_CONFLICT);
	assert_int_equal(mime_node_names(&t, t.node, NULL, a, &names), 128);
	assert_string_equal(names[0], "f0");
	assert_string_equal(names[127], "63");
	buf_free(&b);
	arena_free(a);
}

/* ---- content ---- */

static struct mime_tree
scan_body(struct arena *a, const char *encoding, const struct buf *body)
{
	struct mime_source source = {.data = (const char *)body->data,
				     .len = body->len,
				     .transfer_encoding = encoding};
	struct mime_tree t;

	mime_scan(a, &source, &limits, &t);
	return t;
}

/* Decodes the first bytes of a body, with several limits, and compares them with the whole. */
static void
check_decoded(const char *encoding, const struct buf *body, const char *s, size_t len)
{
	const size_t max[] = {0, 1, 5, 1000, 70000, len, SIZE_MAX};
	struct arena *a = arena_new();
	struct mime_tree t = scan_body(a, encoding, body);
	size_t size;

	assert_int_equal(mime_node_size(&t, t.node, &size), 0);
	assert_int_equal(size, len);
	for (size_t i = 0; i < COUNT_OF(max); i++) {
		size_t n = max[i] < len ? max[i] : len;
		struct buf out = {0};

		buf_puts(&out, "before");
		assert_int_equal(mime_node_decode(&t, t.node, max[i], &out), 0);
		assert_int_equal(out.len, n + 6);
		assert_memory_equal(out.data + 6, s, n);
		buf_free(&out);
	}
	arena_free(a);
}

static void
test_decode_plain(void **state)
{
	static const char data[] = "a=3D\0b\r\nZm9v\n";
	struct buf body = {0};

	(void)state;
	check_decoded("8bit", &body, "", 0);
	check_decoded("base64", &body, "", 0);
	buf_puts(&body, "abc");
	check_decoded("7bit", &body, "abc", 3);
	buf_reset(&body);
	buf_append(&body, data, sizeof(data) - 1);
	check_decoded("7bit", &body, data, sizeof(data) - 1);
	check_decoded("binary", &body, data, sizeof(data) - 1);
	check_decoded(NULL, &body, data, sizeof(data) - 1);
	buf_free(&body);
}

static void
test_decode_base64(void **state)
{
	struct buf text = {0}, body = {0};

	(void)state;
	for (size_t i = 0; i < 100001; i++)
		buf_putc(&text, (unsigned char)(i * i >> 3));
	mime_base64_encode((const char *)text.data, text.len, &body);
	check_decoded("base64", &body, (const char *)text.data, text.len);
	buf_reset(&body);
	for (int i = 0; i < 50000; i++) /* chunks end inside a quantum and behind padding */
		buf_puts(&body, "YQ==\n");
	buf_reset(&text);
	for (int i = 0; i < 50000; i++)
		buf_puts(&text, "a");
	check_decoded("base64", &body, (const char *)text.data, text.len);
	buf_free(&text);
	buf_free(&body);
}

/* A body of n pieces is decoded in chunks; the result is that of the whole at once. */
static void
check_qp(const char *piece, size_t n)
{
	struct buf body = {0}, text = {0};

	for (size_t i = 0; i < n; i++)
		buf_puts(&body, piece);
	mime_qp_decode((const char *)body.data, body.len, &text);
	check_decoded("quoted-printable", &body, (const char *)text.data, text.len);
	buf_free(&body);
	buf_free(&text);
}

static void
test_decode_qp(void **state)
{
	static const char *const pieces[] = {
		"=C3=A4",      "=",   "a =3D  \r\n", " ",      "=\r\n",
		"ab=  \r\n",   "==4", "\r",	     "\r\r\n", "a   =20 \t\r\n  =\n",
		"  \t  \r\nx", "=2",  "x",
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(pieces); i++) {
		for (size_t n = 131063; n < 131080; n += 7)
			check_qp(pieces[i], n / strlen(pieces[i]));
	}
}

static void
test_decode_unknown(void **state)
{
	struct arena *a = arena_new();
	struct buf body = {0}, out = {0};
	struct mime_tree t = scan_body(a, "x-yenc", &body);
	size_t size = 7;

	(void)state;
	assert_int_equal(mime_node_decode(&t, t.node, 9, &out), -EOPNOTSUPP);
	assert_int_equal(mime_node_size(&t, t.node, &size), -EOPNOTSUPP);
	assert_int_equal(size, 7);
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_names_of_all_fields),
		cmocka_unit_test(test_many_names),
		cmocka_unit_test(test_decode_plain),
		cmocka_unit_test(test_decode_base64),
		cmocka_unit_test(test_decode_qp),
		cmocka_unit_test(test_decode_unknown),
	};

	return cmocka_run_group_tests(tests, open_charsets, NULL);
}
