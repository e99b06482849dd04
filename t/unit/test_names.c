/* mime/names, mime/name_list: every name that some program reads out of a value. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "charset/charset.h"
#include "linear.h"
#include "mime/budget.h"
#include "mime/names.h"
#include "util/arena.h"
#include "util/buf.h"
#include "util/str.h"

struct names_fixture {
	struct arena *arena, *scratch;
	struct name_list list;
};

static void
read_names(struct names_fixture *f, const char *value)
{
	(void)charset_open_all();
	f->arena = arena_new();
	f->scratch = arena_new();
	f->list = (struct name_list){.arena = f->arena};
	mime_add_names_of_value(&f->list, value, f->scratch);
}

static void
free_names(struct names_fixture *f)
{
	name_list_free(&f->list);
	arena_free(f->scratch);
	arena_free(f->arena);
}

static bool
has_name(const struct names_fixture *f, const char *name)
{
	for (size_t i = 0; i < f->list.n; i++)
		if (strcmp(f->list.name[i], name) == 0)
			return true;
	return false;
}

/* Values, and a name that is among those that are read. */
static const struct {
	const char *value, *name;
} found[] = {
	/* the end of a bare value */
	{"x; filename=evil.exe(c)", "evil.exe"},
	{"x; filename=evil.exe(c)", "evil.exe(c)"},
	{"x; filename=evil.exe(c).txt", "evil.exe"},
	{"x; filename=evil(c(d)).exe", "evil.exe"},
	{"x; filename=evil.exe (c) b.txt", "evil.exe"},
	{"x; filename=a.txt (c) evil.exe", "a.txt (c) evil.exe"},
	{"x; filename=inv.exe,a.txt", "inv.exe"},
	{"x; filename=inv.exe,a.txt", "inv.exe,a.txt"},
	{"x; filename=a,b.exe>c,d", "a,b.exe"},
	{"x; filename=evil.exe>", "evil.exe"},
	{"x; filename=evil.exe\v.txt", "evil.exe"},
	{"x; filename*0=\"evil\"\".\"; filename*1=exe", "evil.exe"},
	{"x; filename*=utf-8''evil.exe%0a.txt", "evil.exe"},
	{"x; filename*=utf-8''evil.exe%0D%0A.txt", "evil.exe"},
	{"x; filename=\"'evil.exe'\"", "evil.exe"},
	{"x; filename*=utf-8''evil.exe%20.%E3%80%80", "evil.exe"},
	{"x; filename=\"evil.exe\u00a0\"", "evil.exe"},
	{"x; filename=evil.exe\f", "evil.exe"},
	{"x; filename=evil.exe\x01.txt", "evil.exe"},
	{"x; filename=evil.exe b.txt", "evil.exe"},
	{"x; filename=evil.exe@b?c", "evil.exe"},
	{"x; filename=ev\"il.e\"xe", "evil.exe"},
	{"x; \vfilename=evil.exe", "evil.exe"},
	{"filename=evil.exe", "evil.exe"},
	/* quotations */
	{"x; filename=\"a.txt\".exe", "a.txt.exe"},
	{"x; filename=\"evil\".exe", "evil.exe"},
	{"x; filename=\"evil\"(c).exe", "evil.exe"},
	{"x; filename=\"evil.exe; x=y", "evil.exe"},
	{"x; filename=\"evil.exe\\\".txt\"", "evil.exe"},
	{"x; filename=\"a\\evil.exe\"", "evil.exe"},
	/* sections */
	{"x; filename=\"evil.\"; filename*1=\"exe\"", "evil.exe"},
	{"x; filename*=utf-8''evil.; filename*1*=exe", "evil.exe"},
	{"x; filename*0=evil.; filename*0=exe", "evil.exe"},
	{"x; filename*0=evil.; filename*0=x; filename*1=exe", "evil.exe"},
	{"x; filename*0=a; filename*0=evil.; filename*1=exe", "evil.exe"},
	{"x; filename*1=evil.; filename*0=exe", "evil.exe"},
	{"x; filename*1=exe; filename*0=evil.", "evil.exe"},
	{"x; filename*0=evil.exe; filename*2=.txt", "evil.exe"},
	{"x; filename*0=evil.exe; filename*01=.txt", "evil.exe"},
	{"x; filename*-1=evil.exe", "evil.exe"},
	{"x; filename*+0=evil.exe", "evil.exe"},
	{"x; filename *0=evil.; filename *1=exe", "evil.exe"},
	{"x; filename* 0 =evil.; filename*(c)1*=exe", "evil.exe"},
	{"x; filename*x=evil.exe", "evil.exe"},
	{"x; filename**=evil%2eexe", "evil.exe"},
	{"x; filename*0**=evil%2eexe", "evil.exe"},
	{"x; filename*0*=utf-8''evil%; filename*1*=2eexe", "evil.exe"},
	{"x; filename*0*=utf-8''evil.; filename*1*=utf-8''exe", "evil.exe"},
	{"x; filename*0*=''evil; filename*1=%2eexe", "evil.exe"},
	{"x; filename*0=evil.; filename*1=exe(c)", "evil.exe"},
	{"x; filename*0=evil.; filename*1=exe[", "evil.exe"},
	/* comments that some programs do not know */
	{"x (; filename=evil.exe; a=b)", "evil.exe"},
	{"x(y; filename*0=evil.; filename*1=exe", "evil.exe"},
	{"x; filename= (evil.exe", "evil.exe"},
	{"x; filename*0=evil; filename*1=(.exe", "evil.exe"},
	{"x; \v filename*=''evil%2eexe", "evil.exe"},
	{"x; filename\v*=''evil%2eexe", "evil.exe"},
	/* charsets and escapes */
	{"x; filename*=evil%2Eexe", "evil.exe"},
	{"x; filename*=''evil%2Eexe", "evil.exe"},
	{"x; filename*=\"utf-8''evil%2Eexe\"", "evil.exe"},
	{"x; filename*=evil.exe'", "evil.exe"},
	{"x; filename*=utf-8''evil.exe*.txt", "evil.exe"},
	{"x; filename*=utf-8''evil.exe''", "evil.exe"},
	{"x; filename*=utf-8''evil.; filename*=exe", "evil.exe"},
	{"x; filename*=evil.exe''", "evil.exe"},
	{"x; filename*=no-charset''evil%2Eexe", "evil.exe"},
	{"x; filename*=utf-8''ev%zzil%2Eexe", "ev%zzil.exe"},
	{"x; filename=\"evil%2Eexe\"", "evil.exe"},
	/* NUL, and what a program may take for the end */
	{"x; filename*=utf-8''evil.exe%00.txt", "evil.exe"},
	{"x; filename*=utf-8''evil.e%00xe", "evil.exe"},
	{"x; filename=\"=?utf-8?q?evil.exe=00.txt?=\"", "evil.exe"},
	{"x; filename=\"=?utf-8?q?evil.exe=0A.txt?=\"", "evil.exe"},
	{"x; filename=\"evil.exe%00.txt\"", "evil.exe"},
	/* encoded words */
	{"x; filename*=utf-8''=?utf-8?q?evil=2Eexe?=", "evil.exe"},
	{"x; filename*=\"=?utf-8?q?evil=2Eexe?=\"", "evil.exe"},
	{"=?utf-8?q?a/b=3B_name=3Devil.exe?=", "evil.exe"},
	{"attachment; =?utf-8?q?filename=3D=22evil.exe=22?=", "evil.exe"},
	{"=?utf-8?q?attachment?=; filename=evil.exe", "evil.exe"},
	{"x; filename*0=\"=?utf-8?q?evil\"; filename*1=\"=2Eexe?=\"", "evil.exe"},
	/* as Windows saves them */
	{"x; filename=\"evil.exe:\"", "evil.exe"},
	{"x; filename=\"evil.exe::$DATA\"", "evil.exe"},
	{"x; filename=\"evil.exe:a.txt\"", "evil.exe"},
	{"x; filename=\"evil.exe/\"", "evil.exe"},
	{"x; filename=\"a/evil.exe\\\\.\"", "evil.exe"},
	{"x; filename=\"c:\\\\a\\\\evil.exe\"", "evil.exe"},
	{"x; filename=\"evil.exe?\"", "evil.exe"},
	{"x; filename=\"evil.ex|e\"", "evil.exe"},
	{"x; filename=\"evil.exe. ..\"", "evil.exe"},
	{"x; filename*=utf-8''evil.e%E2%80%8Bxe", "evil.exe"},
};

static void
test_found(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(found) / sizeof(found[0]); i++) {
		struct names_fixture f;

		read_names(&f, found[i].value);
		if (!has_name(&f, found[i].name))
			fail_msg("%s: no %s", found[i].value, found[i].name);
		free_names(&f);
	}
}

/* Values that all programs read in the same way have one name. */
static void
test_regular(void **state)
{
	static const struct {
		const char *value, *name;
	} rows[] = {
		{"x; filename=a.txt", "a.txt"},
		{"x; filename=\"a (1), b.txt\"", "a (1), b.txt"},
		{"x; filename=\"a;b.txt\"", "a;b.txt"},
		{"x; filename*=iso-8859-1'de'a%FC.txt", "a\u00fc.txt"},
		{"x; filename*0*=koi8-r''%C1; filename*1=b.txt", "\u0430b.txt"},
		{"x; filename=\"=?koi8-r?B?wQ==?=.txt\"", "\u0430.txt"},
		{"x; filename=\"100%.txt\"", "100%.txt"},
		{"x; filename=\"it's.txt\"", "it's.txt"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct names_fixture f;

		read_names(&f, rows[i].value);
		assert_string_equal(f.list.name[0], rows[i].name);
		if (f.list.n != 1)
			fail_msg("%s: also %s", rows[i].value, f.list.name[1]);
		free_names(&f);
	}
}

/* A program that names a part, in any of the forms above, is no reason for these. */
static void
test_not_found(void **state)
{
	static const char *const values[] = {
		"x; filename=inv.txt(c)",
		"x; filename=\"inv.exe.txt\"",
		"x; filename*0=evil.; filename*1=exe.txt",
		"x; filename=\"exe\"",
		"x; xfilename=evil.exe",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		struct names_fixture f;

		read_names(&f, values[i]);
		for (size_t k = 0; k < f.list.n; k++) {
			size_t len = strlen(f.list.name[k]);

			assert_false(len > 4 && strcmp(f.list.name[k] + len - 4, ".exe") == 0);
		}
		free_names(&f);
	}
}

static void
read_value(const void *ctx, const struct buf *in)
{
	struct names_fixture f;
	struct buf copy = {0};

	(void)ctx;
	buf_append(&copy, in->data, in->len);
	read_names(&f, buf_string(&copy));
	free_names(&f);
	buf_free(&copy);
}

static void
test_linear(void **state)
{
	static const struct {
		const char *begin, *text, *end;
	} rows[] = {
		{"x; filename=", "()<>@,:\\\"/[]?= \v", ""},
		{"x; filename=\"", "\\\"a:/", ""},
		{"x; filename=\"", "%00", "\""},
		{"x; filename*=utf-8''", "=?utf-8?q?=00?=", ""},
		{"x", "; filename*0=a", ""},
		{"x", "; filename*-1*=%", ""},
		{"x; filename=\"a\"", " filename=\"a\"", ""},
		{"x; filename=\"a.\"; filename*1=", "(a)", ""},
		{"x; ", "filename=(", ""},
		{"x; ", "filename*0=(a);", ""},
		{"", "=?utf-8?q?x=3B_name=3Da?=", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_linear_text(rows[i].begin, rows[i].text, rows[i].end, 1u << 18,
				   read_value, NULL);
}

/* Over the budget names are left out. */
static void
test_budget(void **state)
{
	struct mime_budget budget = {.fields = 100};
	struct arena *arena = arena_new();
	struct name_list list = {.arena = arena, .budget = &budget};

	(void)state;
	name_list_add(&list, "a.txt", 5);
	assert_int_equal(list.n, 1);
	for (int i = 0; i < 10; i++)
		mime_add_names_of_value(&list, "x; filename=b(c)", arena);
	assert_true(budget.exceeded);
	assert_true(list.n < 3);
	name_list_free(&list);
	arena_free(arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_found),	  cmocka_unit_test(test_regular),
		cmocka_unit_test(test_not_found), cmocka_unit_test(test_linear),
		cmocka_unit_test(test_budget),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
