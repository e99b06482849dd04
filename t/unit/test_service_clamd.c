/* service/clamd: what is sent, and every kind of answer in pieces of every size. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "exchange_play.h"
#include "service/clamd.h"

static const struct slice hello[] = {{"hel", 3}, {"lo", 2}};
static const struct exchange_content small = {hello, 2, 5};
static struct clamd_exchange x;

static int
tear_down(void **state)
{
	(void)state;
	x.base.ops->release(&x.base);
	x.base.ops->release(&x.base);
	return 0;
}

static void
begin(void)
{
	x.base.max_answer = 200;
	x.base.ops->begin(&x.base);
}

/* At once, whatever is less than a window. */
static void
expect_sent(const char *bytes, size_t len)
{
	struct buf out = {0};

	begin();
	x.base.ops->write(&x.base, &out);
	assert_int_equal(out.len, len);
	play_write(&x.base, &out);
	assert_int_equal(out.len, len);
	assert_memory_equal(out.data, bytes, len);
	buf_free(&out);
}

static void
test_what_is_sent(void **state)
{
	static const struct exchange_content none;

	(void)state;
	clamd_scan(&x, &small);
	expect_sent("zINSTREAM\0\0\0\0\5hello\0\0\0\0", 23);
	expect_sent("zINSTREAM\0\0\0\0\5hello\0\0\0\0", 23); /* on another connection */
	clamd_scan(&x, &none);
	expect_sent("zINSTREAM\0\0\0\0\0", 14);
	clamd_ping(&x);
	expect_sent("zPING", 6);
	clamd_version(&x);
	expect_sent("zVERSION", 9);
}

/* A message of whole windows, and one byte more or less: chunks of 64 KiB, a window each. */
static void
test_chunks(void **state)
{
	static char bytes[2 * EXCHANGE_WINDOW + 1];

	(void)state;
	memset(bytes, 'a', sizeof(bytes));
	for (size_t size = 2 * EXCHANGE_WINDOW - 1; size <= 2 * EXCHANGE_WINDOW + 1; size++) {
		struct slice part = {bytes, size};
		struct exchange_content content = {&part, 1, size};
		struct buf out = {0};
		size_t at = 10, sum = 0, n;

		clamd_scan(&x, &content);
		begin();
		x.base.ops->write(&x.base, &out);
		assert_int_equal(out.len, 10 + 4 + EXCHANGE_WINDOW);
		play_write(&x.base, &out);
		do {
			n = (size_t)out.data[at] << 24 | (size_t)out.data[at + 1] << 16 |
			    (size_t)out.data[at + 2] << 8 | out.data[at + 3];
			assert_true(n <= EXCHANGE_WINDOW);
			sum += n;
			at += 4 + n;
		} while (n > 0);
		assert_int_equal(sum, size);
		assert_int_equal(at, out.len);
		buf_free(&out);
	}
}

struct answer {
	const char *bytes;
	size_t len;
	enum exchange_state state;
	const char *text; /* the virus' name after ANSWERED, else the failure's text */
	enum clamd_result result;
};
#define ANSWER(s, ...)                                                                         \
	{                                                                                      \
		s, sizeof(s) - 1, __VA_ARGS__                                                  \
	}

static void
expect_answer(const struct answer *a)
{
	for (size_t piece = 1; piece <= a->len + 1; piece++) {
		x.base.max_answer = 200;
		assert_int_equal(play(&x.base, a->bytes, a->len, piece), a->state);
		if (a->state == EXCHANGE_ANSWERED)
			assert_int_equal(x.result, a->result);
		assert_string_equal(a->state == EXCHANGE_ANSWERED ? x.virus : x.base.text,
				    a->text);
	}
}

static void
test_results(void **state)
{
	static const struct answer answers[] = {
		ANSWER("stream: OK\0", EXCHANGE_ANSWERED, "", CLAMD_CLEAN),
		ANSWER("stream: OK\n", EXCHANGE_ANSWERED, "", CLAMD_CLEAN),
		ANSWER("stream: OK\0stream: A FOUND\0", EXCHANGE_ANSWERED, "", CLAMD_CLEAN),
		ANSWER("stream: Win.Test.EICAR_HDB-1 FOUND\0", EXCHANGE_ANSWERED,
		       "Win.Test.EICAR_HDB-1", CLAMD_INFECTED),
		ANSWER("stream: Own.UNOFFICIAL FOUND\nstream: OK\0", EXCHANGE_ANSWERED,
		       "Own.UNOFFICIAL", CLAMD_INFECTED),
		ANSWER("stream: a ERROR FOUND\0", EXCHANGE_ANSWERED, "a ERROR", CLAMD_INFECTED),
		ANSWER("stream: OK FOUND\0", EXCHANGE_ANSWERED, "OK", CLAMD_INFECTED),
		ANSWER("stream: Heuristics.Limits.Exceeded.MaxFileSize FOUND\0",
		       EXCHANGE_ANSWERED, "Heuristics.Limits.Exceeded.MaxFileSize",
		       CLAMD_SCAN_LIMIT),
		ANSWER("stream: Heuristics.Limits.Exceeded FOUND\0", EXCHANGE_ANSWERED,
		       "Heuristics.Limits.Exceeded", CLAMD_SCAN_LIMIT),
		ANSWER("stream: (null) FOUND\0", EXCHANGE_ANSWERED, "(null)", CLAMD_SCAN_LIMIT),
		ANSWER("stream: Heuristics.Encrypted.Zip FOUND\0", EXCHANGE_ANSWERED,
		       "Heuristics.Encrypted.Zip", CLAMD_ENCRYPTED),
		ANSWER("stream: Heuristics.Phishing.Email FOUND\0", EXCHANGE_ANSWERED,
		       "Heuristics.Phishing.Email", CLAMD_INFECTED),
		ANSWER("stream: a\xff\r\x1b"
		       "b\xc3\xbc FOUND\0",
		       EXCHANGE_ANSWERED, "a???b??", CLAMD_INFECTED),
	};

	(void)state;
	clamd_scan(&x, &small);
	for (size_t i = 0; i < sizeof(answers) / sizeof(*answers); i++)
		expect_answer(&answers[i]);
}

static void
test_failures(void **state)
{
	static const struct answer answers[] = {
		ANSWER("INSTREAM size limit exceeded. ERROR\0", EXCHANGE_TOO_BIG,
		       "INSTREAM size limit exceeded. ERROR", 0),
		ANSWER("INSTREAM: Can't write to temporary file. ERROR\0",
		       EXCHANGE_SERVER_ERROR, "INSTREAM: Can't write to temporary file. ERROR",
		       0),
		ANSWER("COMMAND READ TIMED OUT\n", EXCHANGE_SERVER_ERROR,
		       "COMMAND READ TIMED OUT", 0),
		ANSWER("UNKNOWN COMMAND\0", EXCHANGE_SERVER_ERROR, "UNKNOWN COMMAND", 0),
		ANSWER("stream: OK \0", EXCHANGE_BAD_ANSWER, "stream: OK ", 0),
		ANSWER("stream: OK\r\n", EXCHANGE_BAD_ANSWER, "stream: OK\\x0d", 0),
		ANSWER("stream: ok\0", EXCHANGE_BAD_ANSWER, "stream: ok", 0),
		ANSWER("1: stream: OK\0", EXCHANGE_BAD_ANSWER, "1: stream: OK", 0),
		ANSWER("fd[12]: A FOUND\0", EXCHANGE_BAD_ANSWER, "fd[12]: A FOUND", 0),
		ANSWER("stream:  FOUND\0", EXCHANGE_BAD_ANSWER, "stream:  FOUND", 0),
		ANSWER("stream: FOUND\0", EXCHANGE_BAD_ANSWER, "stream: FOUND", 0),
		ANSWER("PONG\0", EXCHANGE_BAD_ANSWER, "PONG", 0),
		ANSWER("\0stream: OK\0", EXCHANGE_BAD_ANSWER, "", 0),
		ANSWER("stream: OK", EXCHANGE_CUT, "", 0),
		ANSWER("stream: A FOUND", EXCHANGE_CUT, "", 0),
		ANSWER("", EXCHANGE_CUT, "", 0),
	};

	(void)state;
	clamd_scan(&x, &small);
	for (size_t i = 0; i < sizeof(answers) / sizeof(*answers); i++)
		expect_answer(&answers[i]);
}

/* "stream: OK" counts only behind the length 0; a name counts at any time. */
static void
test_answer_before_the_whole_message(void **state)
{
	static char bytes[EXCHANGE_WINDOW];
	struct slice part = {bytes, sizeof(bytes)};
	struct exchange_content window = {&part, 1, sizeof(bytes)};
	struct buf out = {0};

	(void)state;
	clamd_scan(&x, &window);
	begin();
	x.base.ops->write(&x.base, &out);
	assert_int_equal(play_read(&x.base, "stream: OK", 11, 11), EXCHANGE_BAD_ANSWER);
	assert_string_equal(x.base.text, "OK before the whole message was sent");
	begin();
	assert_int_equal(play_read(&x.base, "stream: A FOUND", 16, 16), EXCHANGE_ANSWERED);
	assert_string_equal(x.virus, "A");
	begin();
	assert_string_equal(x.virus, "");
	x.base.ops->write(&x.base, &out);
	x.base.ops->write(&x.base, &out);
	assert_int_equal(play_read(&x.base, "stream: OK", 11, 11), EXCHANGE_ANSWERED);
	buf_free(&out);
}

static void
test_long_answers(void **state)
{
	char line[202] = "stream: ";

	(void)state;
	clamd_scan(&x, &small);
	x.base.max_answer = 200; /* so many are allowed */
	memset(line + 8, 'v', sizeof(line) - 8);
	memcpy(line + 194, " FOUND", 7);
	for (size_t piece = 1; piece < 210; piece++) {
		assert_int_equal(play(&x.base, line, 201, piece), EXCHANGE_ANSWERED);
		assert_int_equal(strlen(x.virus), CLAMD_VIRUS_BYTES);
		assert_memory_equal(x.virus, line + 8, CLAMD_VIRUS_BYTES);
	}
	memcpy(line + 194, "v FOUND", 8);
	for (size_t piece = 1; piece < 210; piece++) {
		assert_int_equal(play(&x.base, line, 202, piece), EXCHANGE_BAD_ANSWER);
		assert_memory_equal(x.base.text, "stream: vvvv", 12);
	}
}

static void
test_ping_and_version(void **state)
{
	static const struct answer pongs[] = {
		ANSWER("PONG\0", EXCHANGE_ANSWERED, "", 0),
		ANSWER("PONG\n", EXCHANGE_ANSWERED, "", 0),
		ANSWER("PONG!\n", EXCHANGE_BAD_ANSWER, "PONG!", 0),
		ANSWER("UNKNOWN COMMAND\0", EXCHANGE_SERVER_ERROR, "UNKNOWN COMMAND", 0),
		ANSWER("PONG", EXCHANGE_CUT, "", 0),
	};

	(void)state;
	clamd_ping(&x);
	for (size_t i = 0; i < sizeof(pongs) / sizeof(*pongs); i++)
		expect_answer(&pongs[i]);
	x.base.ops->release(&x.base);
	clamd_version(&x);
	x.base.max_answer = 200;
	assert_int_equal(play(&x.base, "ClamAV 1.4.6/27000/\xff\0", 21, 4), EXCHANGE_ANSWERED);
	assert_string_equal(x.version, "ClamAV 1.4.6/27000/?");
	assert_int_equal(play(&x.base, "SSH-2.0\r\n", 9, 9), EXCHANGE_BAD_ANSWER);
	assert_string_equal(x.base.text, "SSH-2.0\\x0d");
	assert_string_equal(x.version, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_what_is_sent, tear_down),
		cmocka_unit_test_teardown(test_chunks, tear_down),
		cmocka_unit_test_teardown(test_results, tear_down),
		cmocka_unit_test_teardown(test_failures, tear_down),
		cmocka_unit_test_teardown(test_answer_before_the_whole_message, tear_down),
		cmocka_unit_test_teardown(test_long_answers, tear_down),
		cmocka_unit_test_teardown(test_ping_and_version, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
