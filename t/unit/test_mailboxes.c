/* mime/mailboxes: the mailboxes of an address field, in every reading. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "charsets.h"
#include "linear.h"
#include "mime/mailboxes.h"
#include "util/arena.h"
#include "util/buf.h"
#include "util/str.h"

/* The mailboxes as text: address, then the name in brackets if there is one. */
static void
print_mailboxes(const struct mailboxes *m, struct buf *out)
{
	for (size_t i = 0; i < m->n; i++) {
		const struct mailbox *box = &m->mailbox[i];

		buf_puts(out, i > 0 ? "; " : "");
		buf_puts(out, box->address);
		if (box->name[0] != '\0')
			buf_printf(out, " [%s]", box->name);
		if (box->undecoded != NULL)
			buf_printf(out, " {%s}", box->undecoded);
	}
}

/* expected: what print_mailboxes() makes, with "! " in front if the field is irregular. */
static void
check(const char *field, size_t n_most, const char *expected)
{
	struct arena *arena = arena_new();
	struct mailboxes m;
	struct buf out = {0};

	mailboxes_read(arena, field, strlen(field), &m);
	buf_puts(&out, m.irregular ? "! " : "");
	print_mailboxes(&m, &out);
	if (strcmp(buf_string(&out), expected) != 0 || m.n_most != n_most)
		fail_msg("%s\n%zu %s, not\n%zu %s", field, m.n_most, buf_string(&out), n_most,
			 expected);
	buf_free(&out);
	arena_free(arena);
}

static void
test_regular(void **state)
{
	(void)state;
	check("", 0, "");
	check("joe@a.example", 1, "joe@a.example");
	check("Joe Doe <joe@a.example>", 1, "joe@a.example [Joe Doe]");
	check("\"Doe, Joe\" <joe@a.example>", 1, "joe@a.example [Doe, Joe]");
	check(" Joe\n\t\"M.\"\r\n Doe  <joe@a.example> ", 1, "joe@a.example [Joe M. Doe]");
	check("\"\\\"Joe\\\" Doe\" <joe@a.example>", 1, "joe@a.example [\"Joe\" Doe]");
	check("joe@a.example (Joe \\) Doe (x))", 1, "joe@a.example [Joe ) Doe (x)]");
	check("<joe@a.example> (Joe)", 1, "joe@a.example [Joe]");
	check("Doe <joe@a.example> (Joe)", 1, "joe@a.example [Doe]");
	check("(Joe) joe@a.example", 1, "joe@a.example");
	check("Joe (x) Doe <joe(y)@(z) a.example>", 1, "joe@a.example [Joe Doe]");
	check("a@x.example, B <b@x.example>,, c@x.example,", 3,
	      "a@x.example; b@x.example [B]; c@x.example");
	check("\"joe doe\"@a.example", 1, "\"joe doe\"@a.example");
	check("\"joe\".doe@a.example", 1, "joe.doe@a.example");
	check("joe @ A . EXAMPLE", 1, "joe@a.example");
	check("joe@a.example.", 1, "joe@a.example");
	check("joe@[192.0.2.1]", 1, "joe@[192.0.2.1]");
	check("<>", 0, "");
	check("Joe <>", 0, " [Joe]");
	check("MAILER-DAEMON", 0, "MAILER-DAEMON [MAILER-DAEMON]");
	check("Joe Doe", 0, "Joe.Doe [Joe Doe]");
	check("[TAG] Joe <joe@a.example>", 1, "joe@a.example [[TAG] Joe]");
}

static void
test_groups(void **state)
{
	(void)state;
	check("Undisclosed recipients:;", 0, "");
	check("Undisclosed recipients:", 0, "");
	check("Staff: a@x.example, B <b@x.example>; , c@x.example", 3,
	      "a@x.example; b@x.example [B]; c@x.example");
	check("\"Staff; x\"(y): a@x.example;", 1, "a@x.example");
	check("ceo@x.example: a@x.example;", 1,
	      "! \"ceo@x.example:.a\"@x.example; \"ceo@x.example:a\"@x.example; "
	      "ceo@x.example; a@x.example");
}

static void
test_words_of_names(void **state)
{
	(void)state;
	check("=?utf-8?Q?J=C3=BCrgen_Do?= <j@a.example>", 1, "j@a.example [Jürgen Do]");
	check("\"=?utf-8?Q?J=C3=BCrgen?=\" <j@a.example>", 1, "j@a.example [Jürgen]");
	check("=?utf-8?Q?a=2C?= =?utf-8?Q?_b=40c.example?= <j@a.example>", 1,
	      "j@a.example [a, b@c.example]");
	check("=?utf-8?Q?=22A=22_=3Ca=40b.example=3E?= <j@a.example>", 1,
	      "j@a.example [\"A\" <a@b.example>]");
	check("=?utf-8?Q?_a=0A_b_?= <j@a.example>", 1, "j@a.example [a b]");
	check("j@a.example (=?iso-8859-1?Q?J=FCrgen?=)", 1, "j@a.example [Jürgen]");
	check("J\xfcrgen <j@a.example>", 1, "j@a.example [Jürgen]");
	check("Jürgen <j@a.example>", 1, "j@a.example [Jürgen]");
	check("=?x-none?Q?Joe?=  Doe <j@a.example>", 1,
	      "j@a.example [Joe Doe] {=?x-none?Q?Joe?= Doe}");
}

static void
test_domains(void **state)
{
	struct arena *arena = arena_new();
	struct mailboxes m;

	(void)state;
	check("m@MÜNCHEN.example", 1, "m@xn--mnchen-3ya.example");
	check("Joe@A.Example", 1, "Joe@a.example");
	check("m@m\xfcnchen.example", 1, "m@xn--mnchen-3ya.example");
	mailboxes_read(arena, "\"a@b\"@c.example, x", 18, &m);
	assert_string_equal(m.mailbox[0].domain, "c.example");
	assert_string_equal(m.mailbox[1].domain, "");
	arena_free(arena);
}

/* An '@' in a name, two brackets, text behind a bracket. */
static void
test_irregular_brackets(void **state)
{
	(void)state;
	check("ceo@a.example <x@b.example>", 1, "! x@b.example [ceo@a.example]; ceo@a.example");
	check("<ceo@a.example> <x@b.example>", 2,
	      "! ceo@a.example; x@b.example; \"ceo@a.examplex\"@b.example");
	check("A <a@x.example> B <b@y.example>", 2,
	      "! a@x.example [A]; b@y.example [B]; \"a@x.exampleb\"@y.example");
	check("<x@b.example>ceo@a.example", 2, "! x@b.example; ceo@a.example");
	check("<x@b.example> Joe", 1, "! x@b.example");
	check("x@b.example <>", 1, "!  [x@b.example]; x@b.example");
	check("CEO <ceo@a.example", 1, "! ceo@a.example [CEO]");
	check("A <a@x.example, B <b@x.example>", 2, "! a@x.example [A]; b@x.example [B]");
	check("<<joe@a.example>>", 1, "! joe@a.example");
	check("<@r.example,@s.example:joe@a.example>", 1,
	      "! joe@a.example; \"\"@r.example; \"\"@s.example");
	check("<mailto:joe@a.example>", 1, "! \"mailto:joe\"@a.example; joe@a.example");
	check("Boss, Jane <jane@a.example>", 1,
	      "! Boss [Boss]; jane@a.example [Jane]; jane@a.example [Boss, Jane]");
}

/* Semicolons, two '@', words side by side, backslashes, encoded words. */
static void
test_irregular_addresses(void **state)
{
	(void)state;
	check("ceo@a.example; x@b.example", 2, "! ceo@a.example; x@b.example");
	check("ceo;x@b.example", 1, "! ceo [ceo]; x@b.example");
	check("a@b@c.example", 1, "! \"a@b\"@c.example; a@b; b@c.example");
	check("Joe joe@a.example", 1, "! Joe.joe@a.example; Joejoe@a.example; joe@a.example");
	check("joe@a.example (x) Joe", 1,
	      "! joe@a.example.joe [x]; joe@a.examplejoe; joe@a.example");
	check("\"ceo@a.example\" Joe", 1,
	      "! ceo@a.example.joe [ceo@a.example Joe]; ceo@a.example");
	check("ceo@a.example\\, x@b.example", 2,
	      "! ceo@a.example\\; ceo@a.example; x@b.example");
	check("joe@\"a.example\"", 1, "! joe@a.example");
	check("=?utf-8?Q?ceo=40a.example?=", 1,
	      "! =?utf-8?Q?ceo=40a.example?= [ceo@a.example]; ceo@a.example");
	check("=?utf-8?Q?ceo@a.example?= <x@b.example>", 1,
	      "! x@b.example [ceo@a.example]; =?utf-8?Q?ceo@a.example?=; ceo@a.example");
	check("Joe <=?utf-8?B?Y2VvQGEuZXhhbXBsZQ==?=>", 1,
	      "! =?utf-8?B?Y2VvQGEuZXhhbXBsZQ==?= [Joe]; ceo@a.example");
}

static void
test_not_closed(void **state)
{
	(void)state;
	check("\"open <ceo@a.example>", 1,
	      "! \"open <ceo\"@a.example> [open <ceo@a.example>]; ceo@a.example [open]");
	check("b@b.example, Joe (open <ceo@a.example>", 2,
	      "! b@b.example; Joe [Joe]; ceo@a.example [Joe (open]");
	check("joe@[192.0.2.1, ceo@a.example", 2,
	      "! \"joe@[192.0.2.1,.ceo\"@a.example; joe@[192.0.2.1; joe@; ceo@a.example");
	check("\\\"a, x@b.example\"", 1,
	      "! \"\\\"a,.x\"@b.example [a, x@b.example]; x@b.example; \"\\\"a\" [a]; "
	      "x@b.example");
}

static void
test_too_many(void **state)
{
	struct arena *arena = arena_new();
	struct mailboxes m;
	struct buf field = {0};

	(void)state;
	for (unsigned i = 0; i < MAILBOXES_MAX; i++)
		buf_printf(&field, "u%u@a.example,", i);
	mailboxes_read(arena, buf_string(&field), field.len, &m);
	assert_int_equal(m.n, MAILBOXES_MAX);
	assert_false(m.truncated || m.irregular);
	buf_puts(&field, "one@a.example");
	mailboxes_read(arena, buf_string(&field), field.len, &m);
	assert_int_equal(m.n, MAILBOXES_MAX);
	assert_true(m.truncated && m.irregular);
	buf_free(&field);
	arena_free(arena);
}

static void
read_all(const void *ctx, const struct buf *in)
{
	struct arena *arena = arena_new();
	struct mailboxes m;

	(void)ctx;
	mailboxes_read(arena, (const char *)in->data, in->len, &m);
	assert_true(m.n <= MAILBOXES_MAX);
	arena_free(arena);
}

static void
test_linear(void **state)
{
	static const char *const texts[] = {
		"a@b.example, ",
		"a",
		" a",
		"(",
		"()",
		")",
		"\"",
		"\"a\" ",
		"\\\"",
		"[",
		"<",
		"<>",
		"<a@b>",
		"@",
		"a@",
		",",
		";",
		":",
		"a:",
		"\\(",
		"\\",
		"=?utf-8?Q?@?= ",
		"=?utf-8?Q?a?= ",
		".",
		"<@a:",
		"a, b <",
		"\"a@b\" ",
		"(a) ",
	};
	static const char *const begins[] = {"", "a@b <", "\"", "(", "x, y <z@a> ", "a@b ;"};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		for (size_t k = 0; k < sizeof(begins) / sizeof(begins[0]); k++)
			assert_linear_text(begins[k], texts[i], "", 65536, read_all, NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_regular),
		cmocka_unit_test(test_groups),
		cmocka_unit_test(test_words_of_names),
		cmocka_unit_test(test_domains),
		cmocka_unit_test(test_irregular_brackets),
		cmocka_unit_test(test_irregular_addresses),
		cmocka_unit_test(test_not_closed),
		cmocka_unit_test(test_too_many),
		cmocka_unit_test(test_linear),
	};

	return cmocka_run_group_tests(tests, open_charsets, NULL);
}
