/* match/address. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "match/address.h"
#include "util/arena.h"

static void
test_valid(void **state)
{
	static const char *const good[] = {
		"a@b",
		"john",
		"\"a b\"@example.org",
		"\"a>b,(c;\\\"d\"@example.org",
		"\"a b\"+c@example.org",
		"a@b@example.org",
		"j\xc3\xb6rg@example.org",
	};
	static const char *const bad[] = {
		"",	 "@example.org", "<a@b>", "a@b>",	"a\n@b", "a@b\x7f",
		"a\t@b", "a b@c",	 "a@b c", "a@b,c@d",	"a@b;",	 "a(b)@c",
		"\"a@b", "\"a\\\"@b",	 "a@",	  "\"a\tb\"@c",
	};
	char longest[ADDRESS_MAX_BYTES + 2];

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(address_is_valid(good[i]));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(address_is_valid(bad[i]));
	memset(longest, 'a', sizeof(longest));
	longest[ADDRESS_MAX_BYTES + 1] = '\0';
	assert_false(address_is_valid(longest));
	longest[ADDRESS_MAX_BYTES] = '\0';
	assert_true(address_is_valid(longest));
}

static void
test_split(void **state)
{
	static const struct {
		const char *mailbox;
		char delimiter;
		size_t user, local;
		const char *domain;
	} rows[] = {
		{"john@example.org", '+', 4, 4, "@example.org"},
		{"john+news@example.org", '+', 4, 9, "@example.org"},
		{"john+a+b@example.org", '+', 4, 8, "@example.org"},
		{"john+@example.org", '+', 4, 5, "@example.org"},
		{"john+news@example.org", '\0', 9, 9, "@example.org"},
		{"john+news@example.org", '-', 9, 9, "@example.org"},
		{"+news@example.org", '+', 5, 5, "@example.org"},
		{"++news@example.org", '+', 6, 6, "@example.org"},
		{"\"a+b\"@example.org", '+', 2, 5, "@example.org"},
		{"\"a b+c+d\"@example.org", '+', 4, 9, "@example.org"},
		{"\"+b c\"@example.org", '+', 5, 6, "@example.org"},
		{"\"a b\"@example.org", '+', 4, 5, "@example.org"},
		{"\"\"@example.org", '+', 1, 2, "@example.org"},
		{"\"", '+', 1, 1, ""},
		{"a@b+c@example.org", '+', 3, 5, "@example.org"},
		{"john+news", '+', 4, 9, ""},
		{"j@example+org", '+', 1, 1, "@example+org"},
		{"@example.org", '+', 0, 0, "@example.org"},
		{"", '+', 0, 0, ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct address_parts p = address_split(rows[i].mailbox, rows[i].delimiter);

		assert_int_equal(p.user, rows[i].user);
		assert_int_equal(p.local, rows[i].local);
		assert_string_equal(p.domain, rows[i].domain);
	}
}

static void
test_rewrite(void **state)
{
	static const struct {
		const char *mailbox, *to;
		bool with;
		const char *result;
	} rows[] = {
		{"John@old.example", "@new.example", true, "John@new.example"},
		{"john+news@old.example", "@new.example", true, "john+news@new.example"},
		{"john+news@old.example", "@new.example", false, "john@new.example"},
		{"john+news@old.example", "anna@new.example", true, "anna+news@new.example"},
		{"john+news@old.example", "anna@new.example", false, "anna@new.example"},
		{"john@old.example", "anna@new.example", true, "anna@new.example"},
		{"john+news@old.example", "anna", true, "anna+news"},
		{"john+news@old.example", "a@b@new.example", true, "a@b+news@new.example"},
		{"u+x@old.example", "\"a b\"@new.example", true, "\"a b+x\"@new.example"},
		{"u+x@old.example", "\"a b\"@new.example", false, "\"a b\"@new.example"},
		{"\"a b+x y\"@old.example", "@new.example", true, "\"a b+x y\"@new.example"},
		{"\"a b+x y\"@old.example", "@new.example", false, "\"a b\"@new.example"},
		{"\"a b+x y\"@old.example", "u@new.example", true, "\"u+x y\"@new.example"},
		{"\"a b\"@old.example", "u@new.example", true, "u@new.example"},
		{"\"a>b\"@old.example", "@new.example", true, "\"a>b\"@new.example"},
	};
	struct arena *arena = arena_new();

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct address_parts p = address_split(rows[i].mailbox, '+');

		assert_string_equal(address_rewrite(arena, &p, rows[i].to, rows[i].with),
				    rows[i].result);
	}
	arena_free(arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_valid),
		cmocka_unit_test(test_split),
		cmocka_unit_test(test_rewrite),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
