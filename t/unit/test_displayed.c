/* rewrite/displayed: a table of structures, written as "mixed(plain,pdf)", and the parts that
 * are the message's own text, by their index in the tree. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "rewrite/displayed.h"
#include "util/arena.h"
#include "util/buf.h"

static const struct {
	const char *word, *fields;
	const char *content; /* NULL: "x" */
} kinds[] = {
	{"plain", "Content-Type: text/plain\r\n", NULL},
	{"html", "Content-Type: text/html\r\n", NULL},
	{"file", "Content-Type: text/plain\r\nContent-Disposition: attachment\r\n", NULL},
	{"named", "Content-Type: text/html; name=x.html\r\n", NULL},
	{"inline", "Content-Type: text/html\r\nContent-Disposition: inline\r\n", NULL},
	{"odd", "Content-Type: text/plain; x=a name=b\r\n", NULL},
	{"pdf", "Content-Type: application/pdf\r\n", NULL},
	{"root", "Content-Type: text/html\r\nContent-ID: <r@x>\r\n", NULL},
	{"ics", "Content-Type: text/calendar\r\n", NULL},
	{"amp", "Content-Type: text/x-amp-html\r\n", NULL},
	{"mail", "Content-Type: message/rfc822\r\n", NULL},
	{"p7s", "Content-Type: application/pkcs7-mime; smime-type=signed-data; name=a.p7m\r\n",
	 NULL},
	{"p7e", "Content-Type: application/x-pkcs7-mime\r\nContent-Disposition: attachment\r\n",
	 NULL},
	{"file.p7m", "Content-Type: application/octet-stream; name=smime.p7m\r\n", NULL},
	{"file.p7s", "Content-Type: application/octet-stream; name=smime.p7s\r\n", NULL},
	{"pgpsig", "Content-Type: application/pgp-signature\r\n", NULL},
	{"pgpversion", "Content-Type: application/pgp-encrypted\r\n", "Version: 1"},
	{"version", "Content-Type: application/octet-stream\r\n", "Version: 1"},
	{"armor", "Content-Type: application/octet-stream; name=encrypted.asc\r\n",
	 "-----BEGIN PGP MESSAGE-----"},
	{"png", "Content-Type: image/png\r\n", NULL},
};

static const struct {
	const char *structure, *want; /* indices, or the word of the result */
	unsigned rules;
} tests[] = {
	{"plain", "0", 0},
	{"html", "0", 0},
	{"inline", "0", 0},
	{"file", "other", 0},
	{"named", "other", 0},
	{"pdf", "other", 0},
	{"ics", "calendar", 0},
	{"mail", "automatic", 0},
	{"odd", "irregular", 0},
	{"p7s", "signed", 0},
	{"p7e", "encrypted", 0},
	{"alternative(plain,html)", "1 2", 0},
	{"alternative(plain,html,ics,amp)", "1 2", 0},
	{"alternative(plain,related(html,pdf))", "1 3", 0},
	{"alternative(plain,mixed(html,pdf,html))", "1 3", 0},
	{"alternative(plain,signed(html,pdf))", "signed", 0},
	{"alternative(ics,amp)", "calendar", 0},
	{"alternative(amp)", "other", 0},
	{"related(alternative(plain,html),pdf)", "2 3", 0},
	{"related(pdf,html)", "other", 0},
	{"related-start(pdf,root)", "2", 0},
	{"related-start(html,pdf)", "1", 0},
	{"mixed(plain,html)", "1", 0},
	{"mixed(pdf,file,named,plain,html)", "4", 0},
	{"mixed(mixed(pdf),mixed(html))", "4", 0},
	{"mixed(pdf,ics)", "calendar", 0},
	{"mixed(ics,plain)", "2", 0},
	{"mixed(pdf,mail)", "attachments", 0},
	{"x-new(pdf,plain)", "2", 0},
	{"x-new(pdf)", "other", 0},
	{"mixed(signed(plain,pdf),plain)", "signed", 0},
	{"mixed(plain,signed(plain,pdf))", "1", 0},
	{"mixed(encrypted(pdf,pdf),plain)", "encrypted", 0},
	{"mixed(report(plain),plain)", "automatic", 0},
	{"report(plain,mail)", "automatic", 0},
	{"digest(mail)", "digest", 0},
	{"voice-message(plain)", "voice", 0},
	{"mixed(pdf,odd)", "irregular", 0},
	{"mixed(plain,odd)", "1", 0},
	{"file.p7m", "encrypted", 0},
	{"file.p7s", "signed", 0},
	{"armor", "encrypted", 0},
	{"mixed(file.p7m,plain)", "encrypted", 0},
	{"mixed(plain,file.p7m)", "1", 0},
	{"mixed(plain,file.p7s)", "signed", 0},
	{"mixed(alternative(plain,html),file.p7s)", "signed", 0},
	{"mixed(plain,pgpsig,plain)", "signed", 0},
	{"mixed(plain,pdf,pgpsig)", "1", 0},
	{"mixed(pgpversion,armor)", "encrypted", 0},
	{"mixed(version,armor)", "encrypted", 0},
	{"mixed(plain,pgpversion,armor)", "encrypted", 0},
	{"mixed(plain,pgpversion,pdf)", "encrypted", 0},
	{"mixed(plain,version,pdf)", "1", 0},
	{"mixed(plain,armor)", "1", 0},
	{"mixed(signed(plain,pgpsig),pgpsig)", "signed", 0},
	{"report(plain,mail)", "1", MIME_DISPLAY_REPORTS},
	{"report(html)", "1", MIME_DISPLAY_REPORTS},
	{"mixed(report(html),plain)", "2", MIME_DISPLAY_REPORTS},
	{"report(mail)", "other", MIME_DISPLAY_REPORTS},
	{"mail", "other", MIME_DISPLAY_REPORTS},
	{"digest(mail)", "digest", MIME_DISPLAY_REPORTS},
	{"alternative(plain,png)", "1", 0},
	{"alternative(plain,png)", "other", MIME_DISPLAY_EVERY_FORM},
	{"alternative(plain,html,amp)", "other", MIME_DISPLAY_EVERY_FORM},
	{"alternative(plain,html,ics)", "1 2", MIME_DISPLAY_EVERY_FORM},
	{"alternative(plain,mixed(pdf))", "other", MIME_DISPLAY_EVERY_FORM},
	{"alternative(signed(plain,pdf),png)", "signed", MIME_DISPLAY_EVERY_FORM},
	{"mixed(alternative(plain,png),plain)", "4", MIME_DISPLAY_EVERY_FORM},
	{"related-start(pdf,root)", "other", MIME_DISPLAY_EVERY_FORM},
	{"related-start(root,pdf)", "1", MIME_DISPLAY_EVERY_FORM},
};

/* Writes a leaf of this kind. False: it is a multipart. */
static bool
build_leaf(const char *s, size_t len, struct buf *out)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strlen(kinds[i].word) != len || strncmp(s, kinds[i].word, len) != 0)
			continue;
		buf_printf(out, "%s\r\n%s\r\n", kinds[i].fields,
			   kinds[i].content != NULL ? kinds[i].content : "x");
		return true;
	}
	return false;
}

/* Writes a message of that structure. The boundary of a multipart is "bN.", N being its depth.
 */
static void
build(const char *s, struct buf *out)
{
	int depth = 0;

	while (*s != '\0') {
		size_t len = strcspn(s, "(),");
		bool start = len > 6 && strncmp(s + len - 6, "-start", 6) == 0;

		if (!build_leaf(s, len, out) && len > 0) {
			depth++;
			buf_printf(out, "Content-Type: multipart/%.*s; boundary=b%d.%s\r\n\r\n",
				   (int)(start ? len - 6 : len), s, depth,
				   start ? "; start=\"<r@x>\"" : "");
		}
		s += len;
		if (*s == ')')
			buf_printf(out, "--b%d.--\r\n", depth--);
		else if (*s != '\0')
			buf_printf(out, "--b%d.\r\n", depth);
		s += *s != '\0';
	}
}

static void
describe(const struct mime_displayed *shown, struct buf *out)
{
	for (size_t i = 0; i < shown->n; i++)
		buf_printf(out, "%s%u", i > 0 ? " " : "", shown->part[i]);
}

static void
test_table(void **state)
{
	static const struct mime_limits limits = {.parts = 100, .depth = 10};

	(void)state;
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct arena *a = arena_new();
		struct mime_displayed shown = {0};
		struct buf raw = {0}, got = {0};
		struct mime_source source = {.has_header = true};
		struct mime_tree tree;
		enum mime_edit_result result;

		build(tests[i].structure, &raw);
		source.data = buf_string(&raw);
		source.len = raw.len;
		mime_scan(a, &source, &limits, &tree);
		assert_int_equal(tree.flags, 0);
		result = mime_find_displayed(&tree, tests[i].rules, a, &shown);
		if (result == MIME_EDIT_OK)
			describe(&shown, &got);
		else
			buf_puts(&got, mime_edit_word(result));
		if (strcmp(buf_string(&got), tests[i].want) != 0)
			fail_msg("%s: %s, not %s\n%s", tests[i].structure, buf_string(&got),
				 tests[i].want, buf_string(&raw));
		buf_free(&raw);
		buf_free(&got);
		arena_free(a);
	}
}

/* A message of this type, and what mime_find_displayed() finds. */
struct result_row {
	const char *type, *body;
	enum mime_edit_result want;
};

static void
check_results(const struct result_row *rows, size_t n)
{
	static const struct mime_limits limits = {.parts = 100, .depth = 10};

	for (size_t i = 0; i < n; i++) {
		struct mime_source source = {.data = rows[i].body,
					     .len = strlen(rows[i].body),
					     .content_type = rows[i].type};
		struct arena *a = arena_new();
		struct mime_displayed shown;
		struct mime_tree tree;

		mime_scan(a, &source, &limits, &tree);
		if (mime_find_displayed(&tree, 0, a, &shown) != rows[i].want)
			fail_msg("%s: \"%s\"", rows[i].type, rows[i].body);
		arena_free(a);
	}
}

/* A multipart in which no program finds a part is none; where one may find a part it is
 * irregular.
 */
static void
test_no_part(void **state)
{
	static const struct result_row rows[] = {
		{"multipart/mixed; boundary=b", "text\r\n-- \r\nme\r\n", MIME_EDIT_OTHER},
		{"multipart/mixed; boundary=b", "-----Original Message-----\r\n",
		 MIME_EDIT_OTHER},
		{"multipart/mixed; boundary=\"-b\"", "-----Original Message-----\r\n",
		 MIME_EDIT_OTHER},
		{"multipart/mixed; boundary=b", "", MIME_EDIT_OTHER},
		{"multipart/alternative; boundary=b", "text\r\n", MIME_EDIT_OTHER},
		{"multipart/mixed", "text\r\n", MIME_EDIT_OTHER},
		{"multipart/mixed", "--b\r\n\r\ntext\r\n", MIME_EDIT_IRREGULAR},
		{"multipart/mixed; boundary=b", "--bb\r\n\r\ntext\r\n", MIME_EDIT_IRREGULAR},
		{"multipart/mixed; boundary=b", "text\r\n--b--\r\n", MIME_EDIT_OTHER},
		{"multipart/mixed; boundary=b", "text\r\n--b--\r\n--b\r\n",
		 MIME_EDIT_IRREGULAR},
		{"multipart/report; boundary=b", "text\r\n", MIME_EDIT_AUTOMATIC},
	};

	(void)state;
	check_results(rows, sizeof(rows) / sizeof(rows[0]));
}

/* A text without an empty line behind its header block cannot be edited. */
static void
test_without_empty_line(void **state)
{
	static const struct result_row rows[] = {
		{"multipart/mixed; boundary=b",
		 "--b\nContent-Type: text/plain\n--b\n\ntext\n--b--\n", MIME_EDIT_OK},
		{"multipart/mixed; boundary=b", "--b\n--b\n\ntext\n--b--\n", MIME_EDIT_OK},
		{"multipart/alternative; boundary=b", "--b\n--b\n\ntext\n--b--\n",
		 MIME_EDIT_OK},
		{"multipart/alternative; boundary=b",
		 "--b\nContent-Type: text/plain\n--b\n\ntext\n--b--\n", MIME_EDIT_IRREGULAR},
		{"multipart/alternative; boundary=b", "--b\n\ntext\n--b\n",
		 MIME_EDIT_IRREGULAR},
		{"multipart/mixed; boundary=b", "--b\nContent-Type: \n\ntext\n--b--\n",
		 MIME_EDIT_OK},
	};

	(void)state;
	check_results(rows, sizeof(rows) / sizeof(rows[0]));
}

int
main(void)
{
	const struct CMUnitTest all[] = {cmocka_unit_test(test_table),
					 cmocka_unit_test(test_no_part),
					 cmocka_unit_test(test_without_empty_line)};

	return cmocka_run_group_tests(all, NULL, NULL);
}
