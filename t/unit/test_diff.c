/* Unit tests of session/diff and session/message: the fewest modifications that have the right
 * result, checked against models of both MTAs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "milter/frame.h"
#include "milter/proto.h"
#include "mta_model.h"
#include "session/diff.h"
#include "util/arena.h"
#include "util/buf.h"

static struct message m;
static struct buf out;

static int
setup(void **state)
{
	(void)state;
	message_begin(&m, arena_new());
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	struct arena *arena = m.arena;

	message_free(&m);
	arena_free(arena);
	buf_free(&out);
	return 0;
}

static size_t
write_diff(void)
{
	struct diff_place place = {0};
	struct buf rest = {0};
	size_t lost, n;

	buf_reset(&out);
	n = diff_write(&m, ACTION_ALL, &out, &rest, &lost);
	while (m.body_changed && diff_write_body(&m, &place, 1, &out))
		assert_true(place.part < 10);
	buf_append(&out, rest.data, rest.len);
	buf_free(&rest);
	return n;
}

static void
small_message(void)
{
	message_receive_sender(&m, "<a@example.org>", "", 0);
	message_receive_rcpt(&m, "<b@example.test>", "NOTIFY=NEVER", 13);
	message_receive_header(&m, "X-A", "one", true);
	message_receive_header(&m, "X-A", "two", true);
	message_receive_header(&m, "x-a", "three", true);
	message_receive_body(&m, "text\r\n", 6, true);
	assert_int_equal(message_finish_body(&m), 0);
}

/* The names of all fields that are not deleted, each one letter. */
static const char *
letters_of_fields(void)
{
	static char letters[32];
	size_t n = 0;

	for (size_t i = 0; i < m.n_headers; i++)
		if (!m.headers[i].deleted)
			letters[n++] = m.headers[i].name[0];
	letters[n] = '\0';
	return letters;
}

static void
test_inserted_behind_others(void **state)
{
	(void)state;
	message_receive_header(&m, "s", "", true);
	message_insert_header(&m, HEADER_BELOW, "c", "");
	message_insert_header_behind(&m, HEADER_BELOW, 1, "e", "");
	message_insert_header_behind(&m, HEADER_BELOW, 1, "d", "");
	message_insert_header_behind(&m, HEADER_BELOW, 9, "f", "");
	message_insert_header_behind(&m, HEADER_TOP, 9, "a", "");
	message_insert_header_behind(&m, HEADER_TOP, 1, "b", "");
	assert_string_equal(letters_of_fields(), "abcdefs");
	message_delete_header(&m, message_nth_header(&m, "c", 1));
	message_insert_header_behind(&m, HEADER_BELOW, 1, "x", "");
	assert_string_equal(letters_of_fields(), "abdxefs");
}

static void
test_random_edits_on_both_mtas(void **state)
{
	(void)state;
	for (unsigned round = 0; round < 4000; round++) {
		unsigned seed = round;
		struct mta_model postfix, sendmail;
		char why[400] = "";

		arena_reset(m.arena);
		message_begin(&m, m.arena);
		random_message(&m, &seed);
		mta_model_init(&postfix, &m, false);
		mta_model_init(&sendmail, &m, true);
		random_edits(&m, &seed);
		write_diff();
		mta_model_apply(&postfix, out.data, out.len);
		mta_model_apply(&sendmail, out.data, out.len);
		if (!mta_model_equals(&postfix, &m, why, sizeof(why)))
			fail_msg("Postfix, seed %u: %s", round, why);
		if (!mta_model_equals(&sendmail, &m, why, sizeof(why)))
			fail_msg("Sendmail, seed %u: %s", round, why);
	}
}

/* The index by name finds the same headers as a look at each of them. */
static void
assert_names(void)
{
	for (size_t i = 0; i < m.n_headers; i++) {
		struct header *found = NULL;
		const char *name = m.headers[i].name;
		uint32_t key = header_key(name);

		for (size_t j = 0; j < m.n_headers; j++) {
			struct header *h = &m.headers[j];

			if (h->deleted || strcasecmp(h->name, name) != 0)
				continue;
			found = message_find_header(&m, name, key, found);
			assert_ptr_equal(found, h);
		}
		assert_null(found != NULL ? message_find_header(&m, name, key, found) : NULL);
	}
}

static void
test_names_after_random_edits(void **state)
{
	(void)state;
	for (unsigned round = 0; round < 1000; round++) {
		unsigned seed = round;
		size_t mark;

		arena_reset(m.arena);
		message_begin(&m, m.arena);
		random_message(&m, &seed);
		random_edits(&m, &seed);
		assert_names();
		mark = message_mark(&m);
		random_edits(&m, &seed);
		assert_names();
		message_restore(&m, mark);
		assert_names();
	}
}

static void
test_restore_undoes_random_edits(void **state)
{
	(void)state;
	for (unsigned round = 0; round < 1000; round++) {
		unsigned seed = round;
		struct buf first = {0};
		uint64_t size, longest;
		size_t mark;

		arena_reset(m.arena);
		message_begin(&m, m.arena);
		m.lines_wanted = true;
		random_message(&m, &seed);
		random_edits(&m, &seed);
		mark = message_mark(&m);
		size = message_size(&m);
		longest = m.body_longest;
		write_diff();
		buf_append(&first, out.data, out.len);
		random_edits(&m, &seed);
		message_restore(&m, mark);
		write_diff();
		assert_int_equal(message_size(&m), size);
		assert_int_equal(m.body_longest, longest);
		assert_int_equal(first.len, out.len);
		if (out.len > 0)
			assert_memory_equal(first.data, out.data, out.len);
		buf_free(&first);
	}
}

/* The message is as the MTA has it: there is nothing to write. */
static void
test_all_random_edits_are_dropped(void **state)
{
	(void)state;
	for (unsigned round = 0; round < 1000; round++) {
		unsigned seed = round;
		uint64_t size;

		arena_reset(m.arena);
		message_begin(&m, m.arena);
		random_message(&m, &seed);
		size = message_size(&m);
		random_edits(&m, &seed);
		message_quarantine(&m, 1, "why");
		message_drop_all_changes(&m);
		assert_int_equal(write_diff(), 0);
		assert_int_equal(out.len, 0);
		assert_int_equal(message_size(&m), size);
		assert_names();
		random_edits(&m, &seed);
		assert_names();
	}
}

/* In between are changes of others, which stay, and a RCPT that was refused. */
static void
test_changes_of_one_position_are_dropped(void **state)
{
	(void)state;
	small_message();
	message_delete_rcpt(&m, 2, 0);
	message_add_rcpt(&m, 2, "<two@x>", "", 0);
	message_change_sender(&m, 1, "<one@x>", "", 0);
	message_change_sender(&m, 2, "<two@x>", "", 0);
	message_receive_rcpt(&m, "<refused@x>", "", 0);
	message_delete_rcpt(&m, 2, 2);
	message_add_rcpt(&m, 2, "<gone@x>", "", 0);
	assert_int_equal(m.n_sent_rcpts, 2);
	message_drop_rcpts(&m, 2);
	assert_int_equal(m.n_sent_rcpts, 1);
	message_receive_rcpt(&m, "<c@x>", "", 0);
	message_add_rcpt(&m, 3, "<three@x>", "", 0);
	assert_false(message_drop_changes_of(&m, 4));
	assert_true(message_drop_changes_of(&m, 2));
	assert_false(message_drop_changes_of(&m, 2));
	assert_string_equal(message_sender(&m, POSITION_END)->addr, "<one@x>");
	assert_int_equal(message_rcpt_count(&m, POSITION_END), 3);
	assert_string_equal(m.rcpts[message_next_rcpt(&m, POSITION_END, 0)].addr,
			    "<b@example.test>");
	message_drop_changes_after(&m, 1);
	assert_int_equal(message_rcpt_count(&m, POSITION_END), 2);
	assert_string_equal(message_sender(&m, POSITION_END)->addr, "<one@x>");
	message_drop_all_changes(&m);
	assert_string_equal(message_sender(&m, POSITION_END)->addr, "<a@example.org>");
	assert_int_equal(write_diff(), 0);
}

static void
test_quarantine_reason_by_position(void **state)
{
	size_t mark;

	(void)state;
	message_quarantine(&m, 3, "three");
	message_quarantine(&m, 2, "two");
	assert_string_equal(m.quarantine, "three");
	mark = message_mark(&m);
	message_quarantine(&m, 3, "three again");
	assert_string_equal(m.quarantine, "three again");
	message_restore(&m, mark);
	assert_string_equal(m.quarantine, "three");
	assert_true(message_drop_changes_of(&m, 3));
	assert_string_equal(m.quarantine, "two");
	message_drop_changes_after(&m, 1);
	assert_null(m.quarantine);
}

static void
test_nothing_changed_is_nothing(void **state)
{
	(void)state;
	small_message();
	assert_int_equal(write_diff(), 0);
	message_change_header(&m, message_nth_header(&m, "X-A", 1), "other");
	message_change_header(&m, message_nth_header(&m, "X-A", 1), "one");
	message_add_header(&m, "X-New", "1");
	message_delete_header(&m, message_nth_header(&m, "X-New", 1));
	message_change_sender(&m, 1, "<b@example.org>", "", 0);
	message_change_sender(&m, 1, "<a@example.org>", "", 0);
	assert_int_equal(write_diff(), 0);
	assert_int_equal(out.len, 0);
}

/* After a deletion Postfix renumbers the headers of that name. */
static void
test_highest_index_first(void **state)
{
	static const char want[] = "\0\0\0\x0fm\0\0\0\3x-a\0THREE\0"
				   "\0\0\0\x0am\0\0\0\1X-A\0\0";

	(void)state;
	small_message();
	message_delete_header(&m, message_nth_header(&m, "X-A", 1));
	message_change_header(&m, message_nth_header(&m, "X-A", 2), "THREE");
	assert_int_equal(write_diff(), 2);
	assert_int_equal(out.len, sizeof(want) - 1);
	assert_memory_equal(out.data, want, out.len);
}

static void
test_rcpt_order_and_arguments(void **state)
{
	static const char want[] = "\0\0\0\x12-<b@example.test>\0"
				   "\0\0\0\x1f"
				   "2<c@example.test>\0NOTIFY=NEVER\0"
				   "\0\0\0\x12+<d@example.test>\0";
	size_t lost;

	(void)state;
	small_message();
	message_delete_rcpt(&m, 1, 0);
	message_add_rcpt(&m, 1, "<c@example.test>", "NOTIFY=NEVER", 13);
	message_add_rcpt(&m, 1, "<C@example.test>", "", 0);
	message_add_rcpt(&m, 2, "<d@example.test>", "", 0);
	assert_int_equal(write_diff(), 3);
	assert_int_equal(out.len, sizeof(want) - 1);
	assert_memory_equal(out.data, want, out.len);
	buf_reset(&out);
	assert_int_equal(diff_write(&m, ACTION_ADD_RCPT | ACTION_DEL_RCPT, &out, &out, &lost),
			 3);
	assert_int_equal(lost, 1);
}

/* One of each spelling is deleted, by a path that Postfix finds; none while one stays. */
static void
test_deleted_spellings(void **state)
{
	static const char *const sent[] = {
		"<\"a\"@x.test>", "<@r.test:a@x.test>", "<a@x.test>",
		"<<a@x.test>>",	  "<\"b\"@x.test>",	"<b@x.test>",
	};
	static const char want[] = "\0\0\0\x0e-<\"a\"@x.test>\0"
				   "\0\0\0\x0c-<a@x.test>\0";

	(void)state;
	for (size_t i = 0; i < sizeof(sent) / sizeof(sent[0]); i++)
		message_receive_rcpt(&m, sent[i], "", 0);
	for (size_t i = 0; i < 5; i++)
		message_delete_rcpt(&m, 1, i);
	message_add_rcpt(&m, 1, "<\"b\"@X.test.>", "", 0);
	assert_int_equal(write_diff(), 2);
	assert_int_equal(out.len, sizeof(want) - 1);
	assert_memory_equal(out.data, want, out.len);
}

static void
test_mailbox_that_the_mta_says(void **state)
{
	(void)state;
	message_receive_rcpt(&m, "<a%x.test>", "", 0);
	assert_null(m.rcpts[0].other);
	message_receive_rcpt_macro(&m, "a@x.test.");
	assert_string_equal(m.rcpts[0].mailbox, "a%x.test");
	assert_string_equal(m.rcpts[0].other, "a@x.test");
	message_receive_rcpt(&m, "<\"a\"@x.test>", "", 0);
	message_receive_rcpt_macro(&m, "\"A\"@X.test");
	assert_null(m.rcpts[1].other);
	message_receive_rcpt_macro(&m, "no mailbox");
	assert_null(m.rcpts[1].other);
	message_receive_sender(&m, "<>", "", 0);
	message_receive_sender_macro(&m, "a@x.test");
	assert_string_equal(m.senders[0].other, "a@x.test");
}

static void
test_each_position_sees_what_came_before(void **state)
{
	(void)state;
	small_message();
	message_delete_rcpt(&m, 2, 0);
	message_add_rcpt(&m, 2, "<c@example.test>", "", 0);
	message_change_sender(&m, 3, "<z@example.org>", "", 0);
	assert_int_equal(message_rcpt_count(&m, 1), 1);
	assert_true(rcpt_is_visible(&m.rcpts[0], 2));
	assert_false(rcpt_is_visible(&m.rcpts[1], 2));
	assert_false(rcpt_is_visible(&m.rcpts[0], 3));
	assert_true(rcpt_is_visible(&m.rcpts[1], 3));
	assert_string_equal(message_sender(&m, 3)->addr, "<a@example.org>");
	assert_string_equal(message_sender(&m, 4)->addr, "<z@example.org>");
}

static void
test_sizes_and_lines(void **state)
{
	(void)state;
	m.lines_wanted = true;
	message_receive_header(&m, "Subject", "a\n b", true);
	message_receive_header(&m, "X", "y", false);
	/* "Subject: a\r\n b\r\n" "X: y\r\n" "\r\n" */
	assert_int_equal(message_size(&m), 16 + 6 + 2);
	assert_int_equal(m.header_lines, 2);
	assert_int_equal(m.n_headers, 1);
	message_receive_body(&m, "12345\r", 6, false);
	message_receive_body(&m, "\n123\r\n", 6, false);
	assert_int_equal(m.body_longest, 5);
	assert_int_equal(message_size(&m), 16 + 6 + 2 + 12);
	assert_null(m.body);
	message_receive_body(&m, "1234567890", 10, false);
	assert_int_equal(m.body_longest, 10);
}

static void
test_esmtp_args(void **state)
{
	static const char args[] = "SIZE=100\0SMTPUTF8\0sizes=3";

	(void)state;
	assert_string_equal(esmtp_arg(args, sizeof(args), "SIZE"), "100");
	assert_string_equal(esmtp_arg(args, sizeof(args), "SMTPUTF8"), "");
	assert_null(esmtp_arg(args, sizeof(args), "BODY"));
}

/* 20,000 headers of one name, all removed; 20,000 recipients, all rewritten. */
static void
test_many_are_linear(void **state)
{
	char text[64];

	(void)state;
	message_receive_sender(&m, "<a@example.org>", "", 0);
	for (unsigned i = 0; i < 20000; i++) {
		(void)snprintf(text, sizeof(text), "<r%u@example.test>", i);
		message_receive_rcpt(&m, text, "", 0);
		message_receive_header(&m, "X", "y", true);
	}
	for (unsigned i = 0; i < 20000; i++) {
		(void)snprintf(text, sizeof(text), "<n%u@example.test>", i);
		message_delete_rcpt(&m, 1, i);
		message_add_rcpt(&m, 1, text, "", 0);
		message_delete_header(&m, &m.headers[i]);
	}
	assert_int_equal(write_diff(), 60000);
}

/* The bytes of the body's frames. */
static void
body_of(struct buf *body)
{
	struct milter_frame f = {0};

	buf_reset(body);
	write_diff();
	for (size_t at = 0; at < out.len; at += f.size) {
		assert_int_equal(
			milter_frame_next(out.data + at, out.len - at, MILTER_MAX_FRAME, &f),
			1);
		if (f.command == 'b')
			buf_append(body, f.payload, f.len);
	}
}

static void
expect_body(const char *want)
{
	struct buf body = {0};

	body_of(&body);
	assert_string_equal(buf_string(&body), want);
	assert_int_equal(m.body_len, strlen(want));
	assert_int_equal(m.body_size, strlen(want));
	buf_free(&body);
}

/* A second change of the body reads the joined parts; each change can be undone. */
static void
test_body_in_parts(void **state)
{
	size_t marks[2];

	(void)state;
	m.lines_wanted = true;
	small_message();
	marks[0] = message_mark(&m);
	message_replace_body_parts(
		&m, (struct slice[]){{m.body, 2}, {"longer line\r", 12}, {"\nx", 2}}, 3);
	assert_null(m.body);
	assert_int_equal(m.body_longest, 13);
	expect_body("telonger line\r\nx");
	marks[1] = message_mark(&m);
	assert_int_equal(message_join_body(&m), 0);
	assert_string_equal(m.body, "telonger line\r\nx");
	expect_body("telonger line\r\nx");
	message_replace_body_parts(&m, (struct slice[]){{m.body, 16}, {"yz", 2}}, 2);
	assert_int_equal(message_join_body(&m), 0);
	message_replace_body_parts(&m, (struct slice[]){{m.body, 2}, {m.body + 14, 4}}, 2);
	expect_body("te\nxyz");
	message_restore(&m, marks[1]);
	expect_body("telonger line\r\nx");
	assert_int_equal(m.body_longest, 13);
	message_restore(&m, marks[0]);
	assert_memory_equal(m.body, "text\r\n", 7);
	assert_int_equal(m.body_longest, 4);
	assert_false(m.body_changed);
	message_end(&m);
}

static void
test_empty_bodies(void **state)
{
	(void)state;
	small_message();
	message_replace_body(&m, "", 0);
	assert_int_equal(write_diff(), 1);
	assert_int_equal(out.len, 5); /* one empty frame: else the old body stays */
	message_replace_body_parts(&m, NULL, 0);
	write_diff();
	assert_int_equal(out.len, 5);
	message_replace_body_parts(&m, (struct slice[]){{"", 0}, {"", 0}}, 2);
	write_diff();
	assert_int_equal(out.len, 5);
}

static size_t
count_frames(size_t body_len, size_t first)
{
	char *text = arena_zalloc(m.arena, body_len + 1);
	struct milter_frame f = {0};
	size_t n = 0;

	message_replace_body_parts(
		&m, (struct slice[]){{text, first}, {text, 0}, {text, body_len - first}}, 3);
	write_diff();
	for (size_t at = 0; at < out.len; at += f.size, n++)
		assert_int_equal(
			milter_frame_next(out.data + at, out.len - at, MILTER_MAX_FRAME, &f),
			1);
	return n;
}

static void
test_frames_are_as_full_as_can_be(void **state)
{
	(void)state;
	small_message();
	for (size_t first = 0; first < 2; first++) {
		assert_int_equal(count_frames(MILTER_CHUNK, first * 1000), 1);
		assert_int_equal(count_frames(MILTER_CHUNK + 1, first * 65535), 2);
		assert_int_equal(count_frames(3 * MILTER_CHUNK, first * 65536), 3);
		assert_int_equal(count_frames(200000, first), 4); /* as libmilter did */
	}
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_inserted_behind_others),
		T(test_random_edits_on_both_mtas),
		T(test_restore_undoes_random_edits),
		T(test_all_random_edits_are_dropped),
		T(test_changes_of_one_position_are_dropped),
		T(test_quarantine_reason_by_position),
		T(test_names_after_random_edits),
		T(test_nothing_changed_is_nothing),
		T(test_highest_index_first),
		T(test_rcpt_order_and_arguments),
		T(test_deleted_spellings),
		T(test_mailbox_that_the_mta_says),
		T(test_each_position_sees_what_came_before),
		T(test_sizes_and_lines),
		T(test_esmtp_args),
		T(test_many_are_linear),
		T(test_body_in_parts),
		T(test_empty_bodies),
		T(test_frames_are_as_full_as_can_be),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
