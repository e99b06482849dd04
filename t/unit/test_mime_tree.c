/* content/mime_tree. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "content/mime_tree.h"
#include "mime/tree.h"

#include "message_fixture.h"

static const struct content_limits limits = {.parts = 100, .depth = 10};

#define TWO	"--b\r\n\r\none\r\n--b\r\nContent-Type: application/pdf\r\n\r\ntwo\r\n--b--\r\n"
#define FORWARD "Subject: x\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" TWO

static void
sent(struct message *m, const char *type, const char *body)
{
	message_receive_header(m, "Subject", "x", true);
	if (type != NULL)
		message_receive_header(m, "content-TYPE", type, true);
	(void)message_receive_body(m, body, strlen(body), true);
	(void)message_finish_body(m);
}

static void
test_a_tree_is_kept(void **state)
{
	struct message *m = *state;
	const struct mime_tree *tree;

	sent(m, "multipart/mixed; boundary=b", TWO);
	tree = content_mime_tree(m, &limits, false);
	assert_int_equal(tree->n, 3);
	assert_int_equal(tree->flags, 0);
	assert_string_equal(tree->node[2].type, "application/pdf");
	assert_ptr_equal(content_mime_tree(m, &limits, false), tree);
	message_add_header(m, "X-Other", "y"); /* the headers move, their values do not */
	assert_ptr_equal(content_mime_tree(m, &limits, false), tree);
}

static void
test_with_and_without_attached_messages(void **state)
{
	struct message *m = *state;
	const struct mime_tree *flat, *deep;

	sent(m, "message/rfc822", FORWARD);
	flat = content_mime_tree(m, &limits, false);
	deep = content_mime_tree(m, &limits, true);
	assert_int_equal(flat->n, 1);
	assert_int_equal(deep->n, 4);
	assert_ptr_equal(content_mime_tree(m, &limits, false), flat);
	assert_ptr_equal(content_mime_tree(m, &limits, true), deep);
}

static void
test_changed_body(void **state)
{
	struct message *m = *state;
	const struct mime_tree *before, *after;
	size_t mark;

	sent(m, "multipart/mixed; boundary=b", TWO);
	before = content_mime_tree(m, &limits, false);
	mark = message_mark(m);
	message_replace_body(m, "--b\r\n\r\none\r\n--b--\r\n", 19);
	after = content_mime_tree(m, &limits, false);
	assert_int_equal(after->n, 2);
	assert_int_equal(before->n, 3); /* it is still valid */
	message_restore(m, mark);
	assert_int_equal(content_mime_tree(m, &limits, false)->n, 3);
}

/* A new body in pieces is joined before it is scanned. */
static void
test_body_in_parts(void **state)
{
	struct message *m = *state;
	const struct slice parts[] = {{"--b\r\n\r\no", 8}, {"ne\r\n--b-", 8}, {"-\r\n", 3}};
	const struct mime_tree *tree;
	size_t mark;

	sent(m, "multipart/mixed; boundary=b", TWO);
	mark = message_mark(m);
	message_replace_body_parts(m, parts, 3);
	tree = content_mime_tree(m, &limits, false);
	assert_int_equal(tree->n, 2);
	assert_int_equal(tree->flags, 0);
	assert_ptr_equal(content_mime_tree(m, &limits, false), tree);
	message_restore(m, mark);
	assert_int_equal(content_mime_tree(m, &limits, false)->n, 3);
}

static void
test_changed_header(void **state)
{
	struct message *m = *state;
	size_t mark;

	sent(m, "multipart/mixed; boundary=b", TWO);
	assert_int_equal(content_mime_tree(m, &limits, false)->n, 3);
	mark = message_mark(m);
	message_change_header(m, message_nth_header(m, "Content-Type", 1), "text/plain");
	assert_int_equal(content_mime_tree(m, &limits, false)->n, 1);
	message_restore(m, mark);
	assert_int_equal(content_mime_tree(m, &limits, false)->n, 3);
	message_delete_header(m, message_nth_header(m, "Content-Type", 1));
	assert_int_equal(content_mime_tree(m, &limits, false)->n, 1);
	message_add_header(m, "Content-Transfer-Encoding", "base64");
	assert_int_equal(content_mime_tree(m, &limits, false)->node[0].encoding, MIME_BASE64);
	assert_null(content_mime_tree(m, &limits, false)->node[0].disposition);
	message_add_header(m, "Content-Disposition", "attachment");
	assert_string_equal(content_mime_tree(m, &limits, false)->node[0].disposition,
			    "attachment");
}

static void
test_conflict(void **state)
{
	struct message *m = *state;

	sent(m, "text/plain", "x\r\n");
	message_add_header(m, "Content-Type", "text/plain");
	assert_int_equal(content_mime_tree(m, &limits, false)->flags, 0);
	message_add_header(m, "Content-Type", "text/html");
	assert_int_equal(content_mime_tree(m, &limits, false)->flags, MIME_CONFLICT);
	message_delete_header(m, message_nth_header(m, "Content-Type", 3));
	assert_int_equal(content_mime_tree(m, &limits, false)->flags, 0);
}

static void
test_not_kept(void **state)
{
	struct message *m = *state;

	message_receive_header(m, "Content-Type", "text/html", true);
	assert_string_equal(content_mime_tree(m, &limits, false)->node[0].type, "text/html");
	message_receive_body(m, "x", 1, false);
	assert_null(content_mime_tree(m, &limits, false));
}

static void
test_limits(void **state)
{
	const struct content_limits few = {.parts = 2, .depth = 10},
				    shallow = {.parts = 9, .depth = 1};
	struct message *m = *state;

	sent(m, "multipart/mixed; boundary=b", TWO);
	assert_int_equal(content_mime_tree(m, &few, false)->n, 2);
	assert_int_equal(content_mime_tree(m, &few, false)->flags, MIME_TOO_MANY);
	message_change_header(m, message_nth_header(m, "Content-Type", 1),
			      "multipart/mixed; boundary=a");
	message_replace_body(m,
			     "--a\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
			     "\r\n\r\n--b--\r\n\r\n--a--",
			     strlen("--a\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
				    "--b\r\n\r\n\r\n--b--\r\n\r\n--a--"));
	assert_int_equal(content_mime_tree(m, &shallow, false)->flags, MIME_TOO_DEEP);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_a_tree_is_kept, set_up_message,
						tear_down_message),
		cmocka_unit_test_setup_teardown(test_with_and_without_attached_messages,
						set_up_message, tear_down_message),
		cmocka_unit_test_setup_teardown(test_changed_body, set_up_message,
						tear_down_message),
		cmocka_unit_test_setup_teardown(test_body_in_parts, set_up_message,
						tear_down_message),
		cmocka_unit_test_setup_teardown(test_changed_header, set_up_message,
						tear_down_message),
		cmocka_unit_test_setup_teardown(test_conflict, set_up_message,
						tear_down_message),
		cmocka_unit_test_setup_teardown(test_not_kept, set_up_message,
						tear_down_message),
		cmocka_unit_test_setup_teardown(test_limits, set_up_message, tear_down_message),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
