/* Unit tests of service/http_answer: whole answers, in pieces of each length, and what is none.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "service/http_answer.h"
#include "util/buf.h"

#define OK	  "HTTP/1.1 200 OK\r\n"
#define MAX_BYTES 100000u

/* Reads it in pieces of so many bytes, each of which is in memory of its own size. */
static int
read_pieces(struct http_answer *a, size_t max, const char *s, size_t len, size_t piece)
{
	int r = 0;

	http_answer_begin(a);
	for (size_t pos = 0; pos < len && r == 0; pos += piece) {
		size_t n = piece < len - pos ? piece : len - pos;
		char *p = malloc(n);

		assert_non_null(p);
		memcpy(p, s + pos, n);
		r = http_answer_read(a, max, p, n);
		free(p);
	}
	return r;
}

/* Reads it as a whole, in small and in large pieces: the same comes out. */
static int
read_whole_n(struct http_answer *a, const char *s, size_t len)
{
	int whole = read_pieces(a, MAX_BYTES, s, len, len > 0 ? len : 1);
	struct buf body = {0};

	buf_append(&body, a->body.data, a->body.len);
	for (size_t piece = len > 40 ? 40 : len; piece > 0; piece--) {
		assert_int_equal(read_pieces(a, MAX_BYTES, s, len, piece), whole);
		if (whole < 0)
			continue;
		assert_int_equal(a->body.len, body.len);
		assert_string_equal(buf_string(&a->body), buf_string(&body));
	}
	buf_free(&body);
	return whole;
}

static int
read_whole(struct http_answer *a, const char *s)
{
	return read_whole_n(a, s, strlen(s));
}

static void
expect_body(struct http_answer *a, const char *body)
{
	assert_string_equal(buf_string(&a->body), body);
}

static void
test_answers_of_known_length(void **state)
{
	struct http_answer a = {0};

	(void)state;
	assert_int_equal(read_whole(&a, OK "Connection: close\r\nServer: rspamd/3.4\r\n"
					   "Content-Length: 6\r\n\r\npong\r\n"),
			 1);
	assert_int_equal(a.status, 200);
	assert_string_equal(a.reason, "OK");
	assert_string_equal(a.server, "rspamd/3.4");
	expect_body(&a, "pong\r\n");

	assert_int_equal(
		read_whole(&a, "HTTP/1.0 503 \r\ncontent-LENGTH:\t007 \t\r\n\r\n1234567"), 1);
	assert_int_equal(a.status, 503);
	assert_string_equal(a.reason, "");
	assert_string_equal(a.server, "");
	expect_body(&a, "1234567");

	assert_int_equal(read_whole(&a, OK "Content-Length: 0\r\n\r\n"), 1);
	expect_body(&a, "");
	http_answer_free(&a);
}

/* Of two answers, or of bytes behind the body, the first one counts. */
static void
test_bytes_behind_the_answer(void **state)
{
	struct http_answer a = {0};

	(void)state;
	assert_int_equal(read_whole(&a, OK "Content-Length: 2\r\n\r\nhi" OK
					   "Content-Length: 3\r\n\r\nyou"),
			 1);
	expect_body(&a, "hi");
	http_answer_free(&a);
}

static void
test_body_up_to_the_end(void **state)
{
	struct http_answer a = {0};

	(void)state;
	assert_int_equal(read_whole(&a, OK "\r\n"), 0);
	assert_int_equal(http_answer_end(&a), 1);
	expect_body(&a, "");
	assert_int_equal(read_whole(&a, OK "\r\nsome bytes"), 0);
	assert_int_equal(http_answer_end(&a), 1);
	expect_body(&a, "some bytes");
	http_answer_free(&a);
}

static void
test_end_before_the_answer(void **state)
{
	static const char *const cut[] = {
		"",
		"HTTP/1.1 200",
		OK,
		OK "Content-Length: 2\r\n",
		OK "Content-Length: 2\r\n\r\n",
		OK "Content-Length: 2\r\n\r\nh",
		"HTTP/1.1 100 Continue\r\n\r\n",
	};
	struct http_answer a = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(cut) / sizeof(cut[0]); i++) {
		assert_int_equal(read_whole(&a, cut[i]), 0);
		assert_int_equal(http_answer_end(&a), -ECONNRESET);
	}
	http_answer_free(&a);
}

static void
test_answers_without_a_body(void **state)
{
	struct http_answer a = {0};

	(void)state;
	assert_int_equal(read_whole(&a, "HTTP/1.1 204 No Content\r\n\r\n"), 1);
	assert_int_equal(read_whole(&a, "HTTP/1.1 304 x\r\nContent-Length: 10\r\n\r\n"), 1);
	expect_body(&a, "");
	http_answer_free(&a);
}

/* 1xx is followed by the answer, and tells nothing about its body. */
static void
test_interim_answers(void **state)
{
	struct http_answer a = {0};

	(void)state;
	assert_int_equal(read_whole(&a,
				    "HTTP/1.1 100 Continue\r\nContent-Length: 9\r\n\r\n"
				    "HTTP/1.1 103 x\r\n\r\n" OK "Content-Length: 2\r\n\r\nhi"),
			 1);
	assert_int_equal(a.status, 200);
	expect_body(&a, "hi");
	assert_int_equal(read_whole(&a, "HTTP/1.1 101 x\r\n\r\n"), -EBADMSG);
	http_answer_free(&a);
}

static void
test_faults(void **state)
{
	static const struct {
		const char *text, *why, *line;
	} faults[] = {
		{"220 mx ESMTP\r\n", "not a status line of HTTP/1", "220 mx ESMTP\r\n"},
		{"\r\n", "not a status line of HTTP/1", "\r\n"},
		{"HTTP/2.0 200 OK\r\n", "not a status line of HTTP/1", NULL},
		{"HTTP/1.1 20 OK\r\n\r\n", "not a status line of HTTP/1", NULL},
		{"HTTP/1.1 099 OK\r\n", "not a status line of HTTP/1", NULL},
		{"HTTP/1.1 2000 OK\r\n", "not a status line of HTTP/1", NULL},
		{"HTTP/1.1 200\r\n", "not a status line of HTTP/1", NULL},
		{"HTTP/1.1  200 OK\r\n", "not a status line of HTTP/1", NULL},
		{"HTTP/1.1 200 O\x01K\r\n", "not a status line of HTTP/1", NULL},
		{"HTTP/1.1 200 OK\n", "a line does not end with CR LF", NULL},
		{OK "A: b\n", "a line does not end with CR LF", "A: b\n"},
		{OK "\n", "a line does not end with CR LF", NULL},
		{OK "no colon\r\n", "not a header field", NULL},
		{OK ": b\r\n", "not a header field", NULL},
		{OK "A : b\r\n", "not a header field", NULL},
		{OK "A: b\r\n\tfolded\r\n", "not a header field", NULL},
		{OK "A: b\rc\r\n", "not a header field", NULL},
		{OK "\xc3\xa4: b\r\n", "not a header field", NULL},
		{OK "Content-Length: 1\r\nContent-Length: 1\r\n", "a second Content-Length",
		 NULL},
		{OK "Content-Length: 1, 1\r\n", "not a length", NULL},
		{OK "Content-Length: +1\r\n", "not a length", NULL},
		{OK "Content-Length: -1\r\n", "not a length", NULL},
		{OK "Content-Length: 0x1\r\n", "not a length", NULL},
		{OK "Content-Length:\r\n", "not a length", NULL},
		{OK "Content-Length: 18446744073709551617\r\n", "not a length", NULL},
		{OK "Content-Length: 999999999999999999\r\n\r\n", "the answer is too long", ""},
		{OK "Transfer-Encoding: chunked\r\n",
		 "a body with a transfer encoding is not read",
		 "Transfer-Encoding: chunked\r\n"},
	};
	struct http_answer a = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		assert_int_equal(read_whole(&a, faults[i].text), -EBADMSG);
		assert_string_equal(a.why, faults[i].why);
		if (faults[i].line != NULL)
			assert_string_equal(buf_string(&a.line), faults[i].line);
	}
	assert_int_equal(read_whole_n(&a, OK "A: \0\r\n", strlen(OK) + 6), -EBADMSG);
	http_answer_free(&a);
}

/* A line of HTTP_LINE_BYTES passes, one byte more does not, whether its end is there or not. */
static void
test_long_lines(void **state)
{
	struct http_answer a = {0};
	struct buf b = {0};

	(void)state;
	for (size_t more = 0; more < 2; more++) {
		buf_reset(&b);
		buf_puts(&b, OK "A:");
		while (b.len < strlen(OK) + HTTP_LINE_BYTES - 2 + more)
			buf_putc(&b, 'x');
		assert_int_equal(read_pieces(&a, MAX_BYTES, buf_string(&b), b.len, b.len), 0);
		buf_puts(&b, "\r\n");
		for (size_t piece = 1; piece < 10000; piece += 4321)
			assert_int_equal(
				read_pieces(&a, MAX_BYTES, buf_string(&b), b.len, piece),
				more == 0 ? 0 : -EBADMSG);
	}
	buf_free(&b);
	http_answer_free(&a);
}

static void
test_many_fields(void **state)
{
	struct http_answer a = {0};
	struct buf b = {0};

	(void)state;
	for (size_t more = 0; more < 2; more++) {
		buf_reset(&b);
		buf_puts(&b, OK);
		for (size_t i = 0; i < HTTP_FIELDS + more; i++)
			buf_puts(&b, "A: b\r\n");
		buf_puts(&b, "\r\n");
		assert_int_equal(read_whole(&a, buf_string(&b)), more == 0 ? 0 : -EBADMSG);
	}
	buf_free(&b);
	http_answer_free(&a);
}

/* The limit is that of head and body together: of a body of known length, which is refused
 * before it comes, of one that ends with the connection, and of a head alone. */
static void
test_limit(void **state)
{
	static const char known[] = OK "Content-Length: 10\r\n\r\n0123456789";
	static const char open[] = OK "\r\n0123456789";
	struct http_answer a = {0};
	size_t n = strlen(known), head = n - 10;

	(void)state;
	for (size_t piece = 1; piece <= n; piece += n - 1) {
		assert_int_equal(read_pieces(&a, n, known, n, piece), 1);
		assert_int_equal(read_pieces(&a, n - 1, known, head, piece), -EBADMSG);
		assert_int_equal(read_pieces(&a, strlen(open), open, strlen(open), piece), 0);
		assert_int_equal(read_pieces(&a, strlen(open) - 1, open, strlen(open), piece),
				 -EBADMSG);
		assert_int_equal(read_pieces(&a, 20, known, n, piece), -EBADMSG);
		assert_string_equal(a.why, "the answer is too long");
	}
	http_answer_free(&a);
}

/* What is shown of the server's words is printable and cut. */
static void
test_words_are_cut(void **state)
{
	struct http_answer a = {0};

	(void)state;
	assert_int_equal(
		read_whole(
			&a,
			"HTTP/1.1 200 "
			"0123456789012345678901234567890123456789012345678901234567890123\r\n"
			"Server: r\xc3\xa4\ts\r\n\r\n"),
		0);
	assert_int_equal(strlen(a.reason), HTTP_SERVER_BYTES - 1);
	assert_string_equal(a.server, "r???s");
	http_answer_free(&a);
	http_answer_free(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answers_of_known_length),
		cmocka_unit_test(test_bytes_behind_the_answer),
		cmocka_unit_test(test_body_up_to_the_end),
		cmocka_unit_test(test_end_before_the_answer),
		cmocka_unit_test(test_answers_without_a_body),
		cmocka_unit_test(test_interim_answers),
		cmocka_unit_test(test_faults),
		cmocka_unit_test(test_long_lines),
		cmocka_unit_test(test_many_fields),
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_words_are_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
