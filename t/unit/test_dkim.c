/* content/dkim: what signatures cover. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "content/dkim.h"
#include "session/message.h"
#include "util/arena.h"

static void
begin_message(struct message *m, struct arena *a, const char *signature)
{
	message_begin(m, a);
	message_receive_header(m, "Received", "two", true);
	message_receive_header(m, "Received", "one", true);
	if (signature != NULL)
		message_receive_header(m, "DKIM-Signature", signature, true);
	message_receive_header(m, "From", "a@example.org", true);
	message_receive_header(m, "Subject", "x", true);
}

static bool
covers(const struct message *m, const char *name, size_t nth)
{
	return dkim_covers_header(m, message_nth_header(m, name, nth));
}

static void
test_signed_fields(void **state)
{
	struct arena *a = arena_new();
	struct message m = {0};

	(void)state;
	begin_message(
		&m, a,
		"v=1; a=rsa-sha256; bh=h=subject; h = From :\n\tReceived:date:\n From;b=x");
	assert_true(dkim_covers_body(&m));
	assert_true(covers(&m, "From", 1));
	assert_true(covers(&m, "Received", 2));
	assert_false(covers(&m, "Received", 1)); /* it was added on the way */
	assert_false(covers(&m, "Subject", 1));
	assert_false(covers(&m, "DKIM-Signature", 1));
	assert_true(dkim_covers_new_header(&m, "from", true)); /* "From" is listed twice */
	assert_true(dkim_covers_new_header(&m, "Date", true));
	assert_false(dkim_covers_new_header(&m, "Received", true));
	assert_true(dkim_covers_new_header(&m, "Received", false));
	assert_false(dkim_covers_new_header(&m, "Subject", false));
	message_free(&m);
	arena_free(a);
}

/* An added field is not signed; one that was deleted still counts. */
static void
test_changed_message(void **state)
{
	struct arena *a = arena_new();
	struct message m = {0};

	(void)state;
	begin_message(&m, a, "h=received:subject");
	message_delete_header(&m, message_nth_header(&m, "Received", 2));
	assert_false(covers(&m, "Received", 1));
	message_add_header(&m, "Subject", "y");
	assert_true(covers(&m, "Subject", 1));
	assert_false(covers(&m, "Subject", 2));
	message_free(&m);
	arena_free(a);
}

static void
test_odd_signatures(void **state)
{
	static const char *const odd[] = {"",	   "h",	      "h=",	 ";;h",
					  "=from", "h=;from", "xh=from", ":=:"};
	struct arena *a = arena_new();
	struct message m = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		begin_message(&m, a, odd[i]);
		assert_false(covers(&m, "From", 1));
		message_free(&m);
		m = (struct message){0};
	}
	begin_message(&m, a, NULL);
	assert_false(dkim_covers_body(&m));
	assert_false(covers(&m, "From", 1));
	message_free(&m);
	arena_free(a);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_signed_fields),
		cmocka_unit_test(test_changed_message),
		cmocka_unit_test(test_odd_signatures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
