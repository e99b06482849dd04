/* import/milter_regex: rules with expressions become alternatives of terms. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "import/milter_regex.h"
#include "import/source.h"
#include "util/arena.h"
#include "util/buf.h"

static void
put_arg(struct buf *out, const struct term_arg *arg)
{
	buf_printf(out, " /%s/%s%s%s", arg->pattern, arg->extended ? "e" : "",
		   arg->caseless ? "i" : "", arg->negated ? "n" : "");
}

/* A line for each alternative: LINE ACTION "text": terms. */
static void
expect_rules(const char *text, const char *expected)
{
	static const char *const kinds[] = {"host",    "address", "helo",   "envfrom",
					    "envrcpt", "macro",	  "header", "body"};
	struct arena *arena = arena_new();
	struct source s = {"rules", arena_strdup(arena, text), strlen(text)};
	struct buf out = {0};
	size_t n = 0;
	const struct milter_rule *rules = milter_regex_read(arena, &s, &n);

	for (size_t i = 0; i < n; i++) {
		if (rules[i].reason != NULL)
			buf_printf(&out, "%u: mistake\n", rules[i].line);
		for (size_t j = 0; j < rules[i].n; j++) {
			const struct alternative *a = &rules[i].alternatives[j];

			buf_printf(&out, "%u %s %s:", rules[i].line, rules[i].action,
				   rules[i].text != NULL ? rules[i].text : "-");
			for (size_t k = 0; k < a->n; k++) {
				buf_printf(&out, "%s %s", a->terms[k].negated ? " not" : "",
					   kinds[a->terms[k].kind]);
				if (a->terms[k].kind == TERM_HEADER ||
				    a->terms[k].kind == TERM_MACRO)
					put_arg(&out, &a->terms[k].name);
				put_arg(&out, &a->terms[k].value);
			}
			buf_puts(&out, rules[i].mixed ? " mixed\n" : "\n");
		}
	}
	assert_string_equal(buf_string(&out), expected);
	buf_free(&out);
	arena_free(arena);
}

static void
test_terms(void **state)
{
	(void)state;
	expect_rules("# comment\n"
		     "reject \"No\"\n"
		     "connect /a/i /b/e\n"
		     "connect // ,c,\n"
		     "helo /x/n\n"
		     "accept\n"
		     "  header ;^S: ;i //n\n"
		     "tempfail 'x \"y\"'  envfrom /a/ envrcpt /b/\n"
		     "discard macro /m/ /v/ quarantine 'q' body /#/\n",
		     "3 reject No: host /a/i address /b/e\n"
		     "4 reject No: address /c/\n"
		     "5 reject No: not helo /x/\n"
		     "7 accept -: header /^S: /i //n\n"
		     "8 tempfail x \"y\": envfrom /a/\n"
		     "8 tempfail x \"y\": envrcpt /b/\n"
		     "9 discard -: macro /m/ /v/\n"
		     "9 quarantine q: body /#/\n");
}

static void
test_expressions(void **state)
{
	(void)state;
	expect_rules("accept\n"
		     "helo /a/ and \\\n"
		     "  not envfrom /b/\n"
		     "helo /a/ or body /b/\n"
		     "(helo /a/ or body /b/) and not (envfrom /c/ and body /d/)\n"
		     "not not helo /a/\n"
		     "not connect /a/ /b/\n"
		     "not helo /a/n and helo /b/\n",
		     "2 accept -: helo /a/ not envfrom /b/\n"
		     "4 accept -: helo /a/\n"
		     "4 accept -: body /b/\n"
		     "5 accept -: helo /a/ not envfrom /c/\n"
		     "5 accept -: helo /a/ not body /d/\n"
		     "5 accept -: body /b/ not envfrom /c/\n"
		     "5 accept -: body /b/ not body /d/\n"
		     "6 accept -: helo /a/\n"
		     "7 accept -: not host /a/\n"
		     "7 accept -: not address /b/\n"
		     "8 accept -: helo /a/ helo /b/\n");
}

static void
test_mixed(void **state)
{
	(void)state;
	expect_rules("accept\nhelo /a/ and helo /b/ or helo /c/\n"
		     "(helo /a/ and helo /b/) or helo /c/\n",
		     "2 accept -: helo /a/ helo /b/ mixed\n"
		     "2 accept -: helo /a/ helo /c/ mixed\n"
		     "3 accept -: helo /a/ helo /b/\n"
		     "3 accept -: helo /c/\n");
}

static void
test_names(void **state)
{
	(void)state;
	expect_rules("good = helo /a/ or helo /b/\nreal = $good and not body /x/\n"
		     "accept\n$real\nnot $good\n",
		     "4 accept -: helo /a/ not body /x/\n"
		     "4 accept -: helo /b/ not body /x/\n"
		     "5 accept -: not helo /a/ not helo /b/\n");
}

/* A mistake ends the reading. */
static void
test_mistakes(void **state)
{
	(void)state;
	expect_rules("accept\nhelo /a/\nhello /b/\nhelo /c/\n",
		     "2 accept -: helo /a/\n3: mistake\n");
	expect_rules("helo /a/\n", "1: mistake\n");
	expect_rules("accept\nhelo /a\n", "2: mistake\n");
	expect_rules("accept\nhelo /a/x\n", "2: mistake\n");
	expect_rules("accept\n(helo /a/\n", "2: mistake\n");
	expect_rules("accept\nhelo /a/ and\n", "2: mistake\n");
	expect_rules("accept\n$gone\n", "2: mistake\n");
	expect_rules("reject \"no\nhelo /a/\n", "1: mistake\n");
	expect_rules("", "");
	expect_rules("accept", "");
}

/* A comment stands wherever something may begin, and a backslash at the end of a line joins the
 * next one to it, in comments and texts, too; lines keep their numbers. */
static void
test_lines(void **state)
{
	(void)state;
	expect_rules("reject \"No\" # why\n"
		     "helo /a/ and # first\n"
		     "\tnot envfrom /b#c/ # second\n"
		     "# out: \\\n"
		     "helo /x/ \\\r\n"
		     "helo /y/\n"
		     "reject \"a long \\\ntext\"\n"
		     "helo /c\\\nd/\n"
		     "tempfail 'two\nlines'\n"
		     "helo /e/\n"
		     "#",
		     "2 reject No: helo /a/ not envfrom /b#c/\n"
		     "9 reject a long text: helo /cd/\n"
		     "13 tempfail two\nlines: helo /e/\n");
}

/* A pattern with its delimiters and flags may stand in quotes; a name may have any characters
 * but blanks. */
static void
test_words(void **state)
{
	(void)state;
	expect_rules("accept helo \"/a b/i\" header '/^S$/' \",x,n\"\n",
		     "1 accept -: helo /a b/i\n1 accept -: header /^S$/ /x/n\n");
	expect_rules("accept helo \"/a/ \"\n", "1: mistake\n");
	expect_rules("accept helo \"a\"\n", "1: mistake\n");
	expect_rules(
		"our:net/1 = connect // /^10/\nmix = helo /a/ and helo /b/ or helo /c/\n"
		"accept $our:net/1\n$ mix\n",
		"3 accept -: address /^10/\n"
		"4 accept -: helo /a/ helo /b/ mixed\n4 accept -: helo /a/ helo /c/ mixed\n");
}

/* What would grow without a limit. */
static void
test_limits(void **state)
{
	struct buf text = {0}, deep = {0};

	(void)state;
	buf_puts(&text, "a = helo /a/ or helo /b/ or helo /c/\naccept\n$a");
	for (int i = 0; i < 5; i++)
		buf_puts(&text, " and $a");
	expect_rules(buf_string(&text), "3: mistake\n");
	buf_puts(&deep, "accept\n");
	for (int i = 0; i < 100; i++)
		buf_puts(&deep, "( ");
	expect_rules(buf_string(&deep), "2: mistake\n");
	buf_free(&text);
	buf_free(&deep);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_terms),	 cmocka_unit_test(test_expressions),
		cmocka_unit_test(test_mixed),	 cmocka_unit_test(test_lines),
		cmocka_unit_test(test_words),	 cmocka_unit_test(test_names),
		cmocka_unit_test(test_mistakes), cmocka_unit_test(test_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
