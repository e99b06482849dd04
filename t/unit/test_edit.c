/* content/edit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "content/edit.h"
#include "rewrite/rope.h"
#include "util/buf.h"

#include "message_fixture.h"

static void
test_fields_are_added(void **state)
{
	struct message *m = *state;

	content_set_fields(m, NULL, NULL);
	assert_int_equal(m->n_headers, 0);
	content_set_fields(m, NULL, "base64");
	assert_int_equal(m->n_headers, 2);
	assert_string_equal(message_nth_header(m, "content-transfer-encoding", 1)->value,
			    "base64");
	assert_string_equal(message_nth_header(m, "mime-version", 1)->value, "1.0");
}

static void
test_the_first_field_is_changed(void **state)
{
	struct message *m = *state;
	uint32_t changes;

	message_receive_header(m, "MIME-version", "1.0 (x)", true);
	message_receive_header(m, "content-type", "text/plain", true);
	message_receive_header(m, "Content-Type", "text/html", true);
	content_set_fields(m, "text/plain; charset=utf-8", NULL);
	assert_int_equal(m->n_headers, 3);
	assert_string_equal(message_nth_header(m, "Content-Type", 1)->value,
			    "text/plain; charset=utf-8");
	assert_string_equal(message_nth_header(m, "Content-Type", 2)->value, "text/html");
	changes = m->changes.headers; /* what is the same is not changed */
	content_set_fields(m, "text/plain; charset=utf-8", NULL);
	assert_int_equal(m->changes.headers, changes);
}

static void
test_a_body_of_a_buffer(void **state)
{
	struct message *m = *state;
	struct buf body = {0};

	buf_puts(&body, "new\r\n");
	content_set_body(m, &body);
	assert_int_equal(body.len, 0);
	assert_null(body.data);
	assert_int_equal(m->body_len, 5);
	assert_memory_equal(m->body, "new\r\n", 5);
	assert_true(m->body_changed);
}

static void
test_a_body_of_pieces(void **state)
{
	const struct mime_rope_piece pieces[] = {
		{"one", 3, false}, {"", 0, true}, {"two", 3, true}};
	const struct mime_rope rope = {pieces, 3, 6};
	struct message *m = *state;

	content_set_body_pieces(m, &rope);
	assert_int_equal(m->n_body_parts, 3);
	assert_int_equal(message_join_body(m), 0);
	assert_int_equal(m->body_len, 6);
	assert_memory_equal(m->body, "onetwo", 6);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_fields_are_added, set_up_message,
						tear_down_message),
		cmocka_unit_test_setup_teardown(test_the_first_field_is_changed, set_up_message,
						tear_down_message),
		cmocka_unit_test_setup_teardown(test_a_body_of_a_buffer, set_up_message,
						tear_down_message),
		cmocka_unit_test_setup_teardown(test_a_body_of_pieces, set_up_message,
						tear_down_message),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
