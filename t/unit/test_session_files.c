/* Unit tests of session/session with large bodies: in files, and answers in pieces. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "milter/client.h"
#include "session/session.h"
#include "session/transaction.h"
#include "util/buf.h"
#include "wire.h"

static char heard[4096];
static void (*at_eom)(struct message *m);
static enum verdict at_eom_says;
static uint64_t required_body; /* bytes, of the handler's request */

static int
stub_offer(void *ctx, const struct milter_terms *offer, struct session_request *ret)
{
	(void)ctx;
	*ret = (struct session_request){
		.keep_body = true, .max_body = UINT64_MAX, .required_body = required_body};
	ret->terms.version = offer->version;
	ret->terms.actions = ACTION_REPLACE_BODY | ACTION_ADD_HEADER | ACTION_QUARANTINE;
	ret->terms.protocol = stage_nr_bit(STAGE_BODY);
	return 0;
}

static enum verdict
stub_event(void *ctx, struct session *s, enum stage stage)
{
	size_t len = strlen(heard);

	(void)ctx;
	(void)snprintf(heard + len, sizeof(heard) - len, "%s ", stage_name(stage));
	if (stage != STAGE_EOM)
		return VERDICT_CONTINUE;
	if (at_eom != NULL)
		at_eom(session_message(s));
	return at_eom_says;
}

static void
stub_abort(void *ctx, struct session *s)
{
	(void)ctx;
	assert_non_null(session_message(s));
}

static const struct session_handler stub = {
	.offer = stub_offer, .event = stub_event, .abort = stub_abort};
static struct session_limits limits;
static struct session *s;
static struct milter_client mta;
static struct buf in, out;
static const char *const from[] = {"<a@example.org>", NULL};

static int
setup(void **state)
{
	(void)state;
	heard[0] = '\0';
	at_eom = NULL;
	at_eom_says = VERDICT_CONTINUE;
	required_body = UINT64_MAX;
	s = session_new(&stub, NULL, &limits);
	milter_client_init(&mta);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	s = session_free(s);
	buf_free(&in);
	buf_free(&out);
	return 0;
}

static int
run(void)
{
	size_t used = 0;
	int r;

	buf_reset(&out);
	r = session_run(s, in.data, in.len, &out, &used);
	buf_consume(&in, used);
	return r;
}

static void
expect(const char *replies)
{
	char letters[WIRE_MAX];

	assert_string_equal(wire_letters(&out, letters), replies);
}

static void
agree(void)
{
	struct milter_frame frame = {0};
	struct milter_reply reply;

	milter_client_optneg(&mta, &in);
	assert_int_equal(run(), 0);
	assert_int_equal(milter_frame_next(out.data, out.len, MILTER_MAX_FRAME, &frame), 1);
	assert_int_equal(milter_reply_decode(&frame, &reply), 0);
	assert_int_equal(milter_client_agree(&mta, &reply), 0);
}

#define LONG_BYTES 1000000u

static char *
long_body(void)
{
	char *body = malloc(LONG_BYTES);

	assert_non_null(body);
	for (size_t i = 0; i < LONG_BYTES; i++)
		body[i] = (char)(i % 253);
	return body;
}

static void
put_long_message(void)
{
	char *body = long_body();

	milter_client_envfrom(&mta, &in, from);
	milter_client_header(&mta, &in, "X", "y");
	for (size_t at = 0; at < LONG_BYTES; at += 50000)
		milter_client_body(&mta, &in, body + at, 50000);
	milter_client_eom(&mta, &in);
	free(body);
}

static void
change_in_the_middle(struct message *m)
{
	const struct slice parts[] = {
		{"", 0},
		{m->body, 100000},
		{"new", 3},
		{"", 0},
		{m->body + 100001, LONG_BYTES - 100001},
		{"", 0},
	};

	message_replace_body_parts(m, parts, sizeof(parts) / sizeof(parts[0]));
	message_add_header(m, "X-Done", "yes");
	message_quarantine(m, 1, "why");
}

static struct body_pool *
make_pool(size_t memory, size_t n)
{
	int fds[4];

	assert_true(n <= 4);
	for (size_t i = 0; i < n; i++) {
		char path[] = "/tmp/test_files.XXXXXX";

		fds[i] = mkstemp(path);
		assert_true(fds[i] >= 0);
		assert_int_equal(unlink(path), 0);
	}
	return body_pool_new(memory, fds, n);
}

/* The whole answer; the content of the body's frames is in body. */
static void
take_long_answer(struct buf *body)
{
	struct buf all = {0};
	struct milter_frame f = {0};

	do {
		assert_true(out.len < 600000); /* in pieces */
		buf_append(&all, out.data, out.len);
		buf_reset(&out);
	} while (session_write_more(s, &out));
	for (size_t at = 0; at < all.len; at += f.size) {
		assert_int_equal(
			milter_frame_next(all.data + at, all.len - at, MILTER_MAX_FRAME, &f),
			1);
		if (f.command != 'b') {
			buf_append(&out, all.data + at, f.size);
			continue;
		}
		if (body->len == 0)
			buf_append(&out, "\0\0\0\1b", 5);
		assert_true(f.len > 0);
		buf_append(body, f.payload, f.len);
	}
	buf_free(&all);
}

static void
check_changed_body(const struct buf *body)
{
	char *sent = long_body();

	assert_int_equal(body->len, LONG_BYTES + 2);
	assert_memory_equal(body->data, sent, 100000);
	assert_memory_equal(body->data + 100000, "new", 3);
	assert_memory_equal(body->data + 100003, sent + 100001, LONG_BYTES - 100001);
	free(sent);
}

/* Frames that follow are not handled before the last piece, which has the verdict. */
static void
test_long_answer_in_pieces(void **state)
{
	struct buf body = {0};

	(void)state;
	agree();
	at_eom = change_in_the_middle;
	put_long_message();
	milter_client_envfrom(&mta, &in, from);
	assert_int_equal(run(), 0);
	assert_true(session_has_more(s));
	assert_false(session_is_idle(s));
	assert_true(in.len > 0);
	assert_null(strstr(heard, "eom envfrom"));
	take_long_answer(&body);
	assert_false(session_has_more(s));
	assert_true(session_is_idle(s));
	assert_false(session_write_more(s, &out));
	check_changed_body(&body);
	expect("cchbqc");
	assert_int_equal(run(), 0);
	assert_int_equal(in.len, 0);
	assert_non_null(strstr(heard, "eom envfrom"));
	expect("c");
	buf_free(&body);
}

/* A file is in use until the last piece is written, and not longer. */
static void
test_body_in_a_file(void **state)
{
	struct body_pool *pool = make_pool(1000, 1);
	struct transaction_pool *stock = transaction_pool_new(pool);
	struct buf body = {0};

	(void)state;
	session_use_pool(s, stock);
	agree();
	at_eom = change_in_the_middle;
	for (unsigned i = 0; i < 3; i++) {
		put_long_message();
		assert_int_equal(run(), 0);
		assert_true(session_has_more(s));
		assert_int_equal(pool->n_idle, 0);
		buf_reset(&body);
		take_long_answer(&body);
		check_changed_body(&body);
		assert_int_equal(pool->n_idle, 1);
	}
	put_long_message();
	assert_int_equal(run(), 0);
	assert_true(session_has_more(s));
	s = session_free(s); /* the MTA has closed */
	assert_int_equal(pool->n_idle, 1);
	transaction_pool_free(stock);
	buf_free(&body);
}

static void
test_file_is_returned_without_an_answer(void **state)
{
	struct body_pool *pool = make_pool(1000, 1);
	struct transaction_pool *stock = transaction_pool_new(pool);
	char big[5000] = "";

	(void)state;
	session_use_pool(s, stock);
	agree();
	for (unsigned i = 0; i < 3; i++) {
		milter_client_envfrom(&mta, &in, from);
		milter_client_body(&mta, &in, big, sizeof(big));
		assert_int_equal(run(), 0);
		assert_int_equal(pool->n_idle, 0);
		if (i == 0)
			milter_client_abort(&mta, &in);
		else if (i == 1)
			milter_client_helo(&mta, &in, "x"); /* Sendmail's way to abort */
		else
			milter_client_eom(&mta, &in);
		assert_int_equal(run(), 0);
		assert_int_equal(pool->n_idle, 1);
	}
	s = session_free(s);
	transaction_pool_free(stock);
}

static void
expect_over_limit(struct body_pool *pool, const char *limit, bool dropped)
{
	struct transaction_pool *stock = transaction_pool_new(pool);
	char big[5000] = "";

	session_use_pool(s, stock);
	agree();
	milter_client_envfrom(&mta, &in, from);
	milter_client_body(&mta, &in, big, 1000);
	assert_int_equal(run(), 0);
	assert_null(session_message(s)->over_limit);
	milter_client_body(&mta, &in, big, sizeof(big));
	milter_client_body(&mta, &in, big, sizeof(big));
	at_eom_says = VERDICT_SUSPEND;
	milter_client_eom(&mta, &in);
	assert_int_equal(run(), 0);
	if (limit == NULL)
		assert_null(session_message(s)->over_limit);
	else
		assert_string_equal(session_message(s)->over_limit, limit);
	assert_int_equal(session_message(s)->body_dropped, dropped);
	assert_null(session_message(s)->body);
	assert_int_equal(session_message(s)->body_size, 1000 + 2 * sizeof(big));
	s = session_free(s);
	transaction_pool_free(stock);
}

static void
test_no_file_is_left(void **state)
{
	(void)state;
	expect_over_limit(make_pool(1000, 0), "spool_files", false);
}

/* The body is needed up to a size that it exceeds, beyond that it is optional. */
static void
test_no_file_is_left_for_an_optional_body(void **state)
{
	(void)state;
	required_body = 2000;
	expect_over_limit(make_pool(1000, 0), NULL, true);
}

static void
test_no_file_is_left_for_a_needed_body(void **state)
{
	(void)state;
	required_body = 6000;
	expect_over_limit(make_pool(1000, 0), "spool_files", false);
}

static void
test_file_cannot_be_written(void **state)
{
	int fd = open("/dev/full", O_RDWR | O_CLOEXEC);

	(void)state;
	assert_true(fd >= 0);
	expect_over_limit(body_pool_new(1000, &fd, 1), "spool_dir", false);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_long_answer_in_pieces),
		T(test_body_in_a_file),
		T(test_file_is_returned_without_an_answer),
		T(test_no_file_is_left),
		T(test_no_file_is_left_for_an_optional_body),
		T(test_no_file_is_left_for_a_needed_body),
		T(test_file_cannot_be_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
