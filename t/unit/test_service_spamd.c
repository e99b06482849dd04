/* service/spamd: what is sent, and every kind of answer in pieces of every size. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "exchange_play.h"
#include "service/spamd.h"

#define HEAD	   "SPAMD/1.1 0 EX_OK\r\n"
#define VERDICT	   "Spam: True ; 7.0 / 5.0\r\n"
#define MAX_ANSWER 400

static const struct slice hello[] = {{"A: b\r\n", 6}, {"\r\nhello", 7}};
static const struct exchange_content small = {hello, 2, 13};
static struct spamd_exchange x;

static int
tear_down(void **state)
{
	(void)state;
	x.base.ops->release(&x.base);
	x.base.ops->release(&x.base);
	return 0;
}

static void
expect_sent(const char *expected)
{
	struct buf out = {0};

	x.base.ops->begin(&x.base);
	play_write(&x.base, &out);
	assert_string_equal(buf_string(&out), expected);
	buf_free(&out);
}

static void
test_what_is_sent(void **state)
{
	(void)state;
	spamd_symbols(&x, &small, NULL);
	expect_sent("SYMBOLS SPAMC/1.5\r\nContent-length: 13\r\n\r\nA: b\r\n\r\nhello");
	expect_sent("SYMBOLS SPAMC/1.5\r\nContent-length: 13\r\n\r\nA: b\r\n\r\nhello");
	spamd_headers(&x, &small, "r@example.org");
	expect_sent("HEADERS SPAMC/1.5\r\nUser: r@example.org\r\nContent-length: 13\r\n\r\n"
		    "A: b\r\n\r\nhello");
	spamd_headers(&x, &small, "r@example.org\r\nCompress: zlib");
	expect_sent("HEADERS SPAMC/1.5\r\nContent-length: 13\r\n\r\nA: b\r\n\r\nhello");
	spamd_ping(&x);
	expect_sent("PING SPAMC/1.5\r\n\r\n");
}

/* The answer in pieces of every size gives this state, each time. */
static void
expect_state(const char *bytes, size_t len, enum exchange_state state)
{
	for (size_t piece = 1; piece <= len + 1; piece++) {
		x.base.max_answer = MAX_ANSWER;
		if (play(&x.base, bytes, len, piece) != state)
			fail_msg("pieces of %zu: another state: %s", piece, bytes);
	}
}

static void
expect_failure(const char *answer, enum exchange_state state, const char *text)
{
	expect_state(answer, strlen(answer), state);
	assert_string_equal(x.base.text, text);
}

static void
expect_scores(const char *verdict, bool is_spam, int64_t score, int64_t required)
{
	char answer[200];

	snprintf(answer, sizeof(answer), HEAD "%s\r\n\r\n", verdict);
	expect_state(answer, strlen(answer), EXCHANGE_ANSWERED);
	if (x.is_spam != is_spam || x.score != score || x.required != required)
		fail_msg("%s: %d %lld %lld", verdict, x.is_spam, (long long)x.score,
			 (long long)x.required);
}

static void
test_verdicts(void **state)
{
	(void)state;
	spamd_symbols(&x, &small, NULL);
	expect_scores("Spam: True ; 7.0 / 5.0", true, 700, 500);
	expect_scores("Spam: False ; 0.0 / 5.0", false, 0, 500);
	expect_scores("Spam: No ; 4.99 / 5", false, 499, 500);
	expect_scores("sPAM:yes;1004.2/5.0", true, 100420, 500);
	expect_scores("SPAM :  TRUE  ;  5.0  /  5.0  ", true, 500, 500);
	expect_scores("Spam: False ; -100.3 / -0.5", false, -10030, -50);
	expect_scores("Spam: False ; -0.05 / 0.059", false, -5, 5);
	expect_scores("Spam: True ; 999999999999999.99 / 5.0", true, 99999999999999999, 500);
}

static void
test_wrong_verdicts(void **state)
{
	static const char *const lines[] = {
		"Spam: Maybe ; 7.0 / 5.0",
		"Spam: Truely ; 7.0 / 5.0",
		"Spam: True 7.0 / 5.0",
		"Spam: True ; 7.0",
		"Spam: True ; 7.0 / ",
		"Spam: True ;  / 5.0",
		"Spam: True ; 7. / 5.0",
		"Spam: True ; .7 / 5.0",
		"Spam: True ; +7 / 5.0",
		"Spam: True ; - / 5.0",
		"Spam: True ; 1e3 / 5.0",
		"Spam: True ; inf / 5.0",
		"Spam: True ; nan / 5.0",
		"Spam: True ; 7,0 / 5.0",
		"Spam: True ; 7.0 / 5.0 x",
		"Spam: ; 7.0 / 5.0",
		"Spam:",
		"Spam",
		"Spam: True ; 1000000000000000 / 5.0",
	};

	(void)state;
	spamd_symbols(&x, &small, NULL);
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		char answer[200];

		snprintf(answer, sizeof(answer), HEAD "%s\r\n\r\n", lines[i]);
		expect_failure(answer, EXCHANGE_BAD_ANSWER, lines[i]);
	}
	expect_failure(HEAD VERDICT VERDICT "\r\n", EXCHANGE_BAD_ANSWER,
		       "Spam: True ; 7.0 / 5.0");
	expect_failure(HEAD "Content-length: 0\r\n\r\n", EXCHANGE_BAD_ANSWER, "no Spam line");
}

/* The symbols of the answer, separated by blanks. */
static void
expect_symbols(const char *answer, const char *expected)
{
	for (size_t piece = 1; piece <= strlen(answer); piece++) {
		struct buf found = {0};

		x.base.max_answer = MAX_ANSWER;
		assert_int_equal(play(&x.base, answer, strlen(answer), piece),
				 EXCHANGE_ANSWERED);
		for (size_t i = 0; i < x.n_symbols; i++) {
			buf_append(&found, x.symbols[i].data, x.symbols[i].len);
			buf_putc(&found, ' ');
		}
		assert_string_equal(buf_string(&found), expected);
		buf_free(&found);
	}
}

static void
test_symbols(void **state)
{
	(void)state;
	spamd_symbols(&x, &small, NULL);
	expect_symbols(HEAD VERDICT "Content-length: 9\r\n\r\nFOO,BAR_2", "FOO BAR_2 ");
	expect_symbols(HEAD "content-LENGTH:3\n" VERDICT "\nSEV", "SEV ");
	expect_symbols(HEAD VERDICT "Content-length: 0\r\nContent-length: 0\r\n\r\n", "");
	expect_symbols(HEAD VERDICT "DidSet: local\r\nContent-length: 5\r\n\r\nA,B\r\n",
		       "A B ");
	/* To the end of the connection. */
	expect_symbols(HEAD VERDICT "\r\nFOO,BAR\r\n", "FOO BAR ");
	expect_symbols(HEAD VERDICT "\r\n", "");
	/* What is behind the content is another answer, which nobody asked for. */
	expect_symbols(HEAD VERDICT "Content-length: 3\r\n\r\nFOO,BAR", "FOO ");
}

static void
test_wrong_symbols(void **state)
{
	(void)state;
	spamd_symbols(&x, &small, NULL);
	expect_failure(HEAD VERDICT "\r\nFOO BAR", EXCHANGE_BAD_ANSWER, "FOO BAR");
	expect_failure(HEAD VERDICT "\r\nFOO,,BAR", EXCHANGE_BAD_ANSWER, "FOO,,BAR");
	expect_failure(HEAD VERDICT "\r\nFOO\nBAR", EXCHANGE_BAD_ANSWER, "FOO\\x0aBAR");
	expect_failure(HEAD VERDICT "Content-length: 3x\r\n\r\nFOO", EXCHANGE_BAD_ANSWER,
		       "Content-length: 3x");
	expect_failure(HEAD VERDICT "Content-length: -3\r\n\r\nFOO", EXCHANGE_BAD_ANSWER,
		       "Content-length: -3");
	expect_failure(HEAD VERDICT "Content-length: 18446744073709551619\r\n\r\nFOO",
		       EXCHANGE_BAD_ANSWER, "Content-length: 18446744073709551619");
	expect_failure(HEAD VERDICT "Content-length: 3\r\nContent-length: 4\r\n\r\nFOO",
		       EXCHANGE_BAD_ANSWER, "Content-length: 4");
}

static void
test_failures(void **state)
{
	(void)state;
	spamd_symbols(&x, &small, NULL);
	expect_failure("SPAMD/1.0 76 Bad header line: (Content-Length mismatch: 3)\r\n",
		       EXCHANGE_SERVER_ERROR,
		       "76 Bad header line: (Content-Length mismatch: 3)");
	expect_failure("SPAMD/1.0 79 Timeout: x\r\nSPAMD/1.1 0 EX_OK\r\n",
		       EXCHANGE_SERVER_ERROR, "79 Timeout: x");
	expect_failure("SPAMD/1.0 00000000000000000000000000001\r\n", EXCHANGE_SERVER_ERROR,
		       "00000000000000000000000000001");
	expect_failure("SPAMD/1.0  x\r\n", EXCHANGE_BAD_ANSWER, "SPAMD/1.0  x");
	expect_failure("SPAMD/1.0 0x\r\n", EXCHANGE_BAD_ANSWER, "SPAMD/1.0 0x");
	expect_failure("SPAMD/1.0\r\n", EXCHANGE_BAD_ANSWER, "SPAMD/1.0");
	expect_failure("SPAMD\r\n", EXCHANGE_BAD_ANSWER, "SPAMD");
	expect_failure("HTTP/1.1 200 OK\r\n\r\n", EXCHANGE_BAD_ANSWER, "HTTP/1.1 200 OK");
	expect_failure("", EXCHANGE_CUT, "");
	expect_failure("SPAMD/1.1 0 EX_OK", EXCHANGE_CUT, "");
	expect_failure(HEAD VERDICT, EXCHANGE_CUT, "");
	expect_failure(HEAD VERDICT "Content-length: 3\r\n\r\nFO", EXCHANGE_CUT, "");
}

static void
test_long_answers(void **state)
{
	static const char head[] = HEAD VERDICT "\r\n";
	static const char length[] = HEAD VERDICT "Content-length: 400\r\n\r\n";
	char answer[MAX_ANSWER + 1];

	(void)state;
	spamd_symbols(&x, &small, NULL);
	memset(answer, 'A', sizeof(answer));
	memcpy(answer, head, strlen(head));
	expect_state(answer, MAX_ANSWER, EXCHANGE_ANSWERED);
	assert_int_equal(x.symbols[0].len, MAX_ANSWER - strlen(head));
	expect_state(answer, MAX_ANSWER + 1, EXCHANGE_BAD_ANSWER);
	assert_string_equal(x.base.text, "longer than max_answer");
	memset(answer, 'A', sizeof(answer)); /* no line end */
	expect_state(answer, MAX_ANSWER + 1, EXCHANGE_BAD_ANSWER);
	/* At once, not when so much has come. */
	expect_failure(length, EXCHANGE_BAD_ANSWER, "longer than max_answer");
}

/* The fields of the answer as "name=value;". */
static void
expect_fields(const char *answer, size_t len, const char *expected)
{
	for (size_t piece = 1; piece <= len; piece++) {
		struct buf found = {0};

		x.base.max_answer = MAX_ANSWER;
		assert_int_equal(play(&x.base, answer, len, piece), EXCHANGE_ANSWERED);
		for (size_t i = 0; i < x.n_fields; i++)
			buf_printf(&found, "%s=%s;", x.fields[i].name, x.fields[i].value);
		assert_string_equal(buf_string(&found), expected);
		buf_free(&found);
	}
}
#define FIELDS(answer, expected) expect_fields(answer, sizeof(answer) - 1, expected)

static void
test_header_block(void **state)
{
	(void)state;
	spamd_headers(&x, &small, NULL);
	FIELDS(HEAD VERDICT
	       "\r\nX-Spam-Status: Yes,\r\n\tscore=7.0\r\nSubject:[SPAM] x\r\n\r\n",
	       "X-Spam-Status=Yes,\n\tscore=7.0;Subject=[SPAM] x;");
	FIELDS(HEAD VERDICT "\r\nA: b\nC : d\n\nE: f\n\n", "A=b;C=d;");
	FIELDS(HEAD VERDICT "Content-length: 6\r\n\r\nA: b\r\nC: d\r\n", "A=b;");
	FIELDS(HEAD VERDICT "Content-length: 10\r\n\r\nA: b\r\nC: d\r\n", "A=b;C=d;");
	FIELDS(HEAD VERDICT
	       "\r\nno field\r\n more\r\nA: b\r\nB C: d\r\n e\r\n: f\r\nG:\r\n\r\n",
	       "A=b;G=;");
	FIELDS(HEAD VERDICT "\r\n begin\r\nA: \xff\0\rb\r\n\r\n", "A=\xff"
								  "b;");
	FIELDS(HEAD VERDICT "Content-length: 0\r\n\r\n", "");
	FIELDS(HEAD VERDICT "Content-length: 2\r\n\r\n\r\n", "");
}

static void
test_cut_header_block(void **state)
{
	(void)state;
	spamd_headers(&x, &small, NULL);
	expect_failure(HEAD VERDICT "\r\nA: b\r\nC: d\r\n", EXCHANGE_CUT, "");
	expect_failure(HEAD VERDICT "\r\nA: b\r\n\r", EXCHANGE_CUT, "");
	expect_failure(HEAD VERDICT "\r\n", EXCHANGE_CUT, "");
	expect_failure(HEAD VERDICT "Content-length: 9\r\n\r\nA: b\r\n\r\n", EXCHANGE_CUT, "");
}

/* A result counts only when all bytes of the message were sent; an error always. */
static void
test_answer_before_the_whole_message(void **state)
{
	static const char good[] = HEAD VERDICT "\r\n", bad[] = "SPAMD/1.0 79 x\r\n";
	static char bytes[2 * EXCHANGE_WINDOW];
	struct slice part = {bytes, sizeof(bytes)};
	struct exchange_content windows = {&part, 1, sizeof(bytes)};
	struct buf out = {0};

	(void)state;
	spamd_symbols(&x, &windows, NULL);
	x.base.max_answer = MAX_ANSWER;
	for (unsigned writes = 0; writes < 4; writes++) {
		x.base.ops->begin(&x.base);
		for (unsigned i = 0; i < writes; i++)
			x.base.ops->write(&x.base, &out);
		assert_int_equal(play_read(&x.base, good, strlen(good), 7),
				 writes < 2 ? EXCHANGE_BAD_ANSWER : EXCHANGE_ANSWERED);
	}
	x.base.ops->begin(&x.base);
	x.base.ops->write(&x.base, &out);
	assert_int_equal(play_read(&x.base, bad, strlen(bad), 7), EXCHANGE_SERVER_ERROR);
	buf_free(&out);
}

static void
test_ping(void **state)
{
	(void)state;
	spamd_ping(&x);
	expect_failure("SPAMD/1.5 0 PONG\r\n", EXCHANGE_ANSWERED, "");
	expect_failure("SPAMD/1.0 76 Bad header line\r\n", EXCHANGE_SERVER_ERROR,
		       "76 Bad header line");
	expect_failure("PONG\r\n", EXCHANGE_BAD_ANSWER, "PONG");
	expect_failure("SPAMD/1.5 0 PONG", EXCHANGE_CUT, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_what_is_sent, tear_down),
		cmocka_unit_test_teardown(test_verdicts, tear_down),
		cmocka_unit_test_teardown(test_wrong_verdicts, tear_down),
		cmocka_unit_test_teardown(test_symbols, tear_down),
		cmocka_unit_test_teardown(test_wrong_symbols, tear_down),
		cmocka_unit_test_teardown(test_failures, tear_down),
		cmocka_unit_test_teardown(test_long_answers, tear_down),
		cmocka_unit_test_teardown(test_header_block, tear_down),
		cmocka_unit_test_teardown(test_cut_header_block, tear_down),
		cmocka_unit_test_teardown(test_answer_before_the_whole_message, tear_down),
		cmocka_unit_test_teardown(test_ping, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
