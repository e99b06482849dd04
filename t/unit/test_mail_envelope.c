/* ctl/mail_envelope: addresses of header fields, and the envelope made of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "ctl/mail_envelope.h"
#include "util/arena.h"
#include "util/buf.h"

/* The addresses of a value with a blank between them. */
static void
expect_addresses(const char *value, const char *expected)
{
	struct arena *arena = arena_new();
	struct buf paths = {0}, text = {0};

	mail_envelope_read(arena, value, 3, &paths);
	for (size_t i = 0; i < paths.len / sizeof(char *); i++) {
		const char *path;

		memcpy(&path, paths.data + i * sizeof(path), sizeof(path));
		buf_printf(&text, "%s%s", i > 0 ? " " : "", path);
	}
	assert_string_equal(buf_string(&text), expected);
	buf_free(&paths);
	buf_free(&text);
	arena_free(arena);
}

static void
test_addresses(void **state)
{
	(void)state;
	expect_addresses("ann@example.org", "<ann@example.org>");
	expect_addresses("\"Doe, \\\"J\\\" <x@y>\" <joe@example.org> , (a, b) bob@example.com",
			 "<joe@example.org> <bob@example.com>");
	expect_addresses("Friends: a@example.com,\n b@example.com;, c@example.com",
			 "<a@example.com> <b@example.com> <c@example.com>");
	expect_addresses("undisclosed-recipients:;", "");
	expect_addresses("", "");
	expect_addresses("joe, <>, @example.com, \"open <a@b.example>", "");
	expect_addresses("a@b.c,a@b.c,a@b.c,a@b.c", "<a@b.c> <a@b.c> <a@b.c>");
	expect_addresses("\"a b\"@example.com", "<\"a b\"@example.com>");
}

static void
expect_envelope(const struct mta_header *headers, const char *expected)
{
	struct arena *arena = arena_new();
	struct mail_envelope e;
	struct buf text = {0};

	mail_envelope_guess(arena, headers, &e);
	buf_printf(&text, "%s %s %s %s", e.sender, e.sender_from != NULL ? e.sender_from : "-",
		   e.rcpts[0], e.rcpts_from != NULL ? e.rcpts_from : "-");
	assert_string_equal(buf_string(&text), expected);
	buf_free(&text);
	arena_free(arena);
}

static void
test_envelope(void **state)
{
	const struct mta_header none[] = {{NULL, NULL}};
	const struct mta_header bounce[] = {{"from", "a@example.org"},
					    {"Return-Path", " <>"},
					    {"CC", "b@x.example"},
					    {NULL, NULL}};
	const struct mta_header full[] = {{"To", "nobody"},
					  {"Cc", "c@x.example"},
					  {"to", "b@x.example"},
					  {"From", "A <a@example.org>"},
					  {NULL, NULL}};

	(void)state;
	expect_envelope(none, "<> - <recipient@example.com> -");
	expect_envelope(bounce, "<> Return-Path <b@x.example> Cc");
	expect_envelope(full, "<a@example.org> From <b@x.example> To");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_envelope),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
