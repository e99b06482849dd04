/* mime/displayed: a table of structures, written as "mixed(plain,pdf)", and the parts that are
 * the message's own text, by their index in the tree. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "mime/displayed.h"
#include "util/arena.h"
#include "util/buf.h"

static const struct {
	const char *word, *fields;
} kinds[] = {
	{"plain", "Content-Type: text/plain\r\n"},
	{"html", "Content-Type: text/html\r\n"},
	{"file", "Content-Type: text/plain\r\nContent-Disposition: attachment\r\n"},
	{"named", "Content-Type: text/html; name=x.html\r\n"},
	{"inline", "Content-Type: text/html\r\nContent-Disposition: inline\r\n"},
	{"odd", "Content-Type: text/plain; charset=a; charset=b\r\n"},
	{"pdf", "Content-Type: application/pdf\r\n"},
	{"root", "Content-Type: text/html\r\nContent-ID: <r@x>\r\n"},
	{"ics", "Content-Type: text/calendar\r\n"},
	{"amp", "Content-Type: text/x-amp-html\r\n"},
	{"mail", "Content-Type: message/rfc822\r\n"},
	{"p7s", "Content-Type: application/pkcs7-mime; smime-type=signed-data; name=a.p7m\r\n"},
	{"p7e",
	 "Content-Type: application/x-pkcs7-mime\r\nContent-Disposition: attachment\r\n"},
};

static const struct {
	const char *structure, *want; /* indices, or the word of the result */
} tests[] = {
	{"plain", "0"},
	{"html", "0"},
	{"inline", "0"},
	{"file", "other"},
	{"named", "other"},
	{"pdf", "other"},
	{"ics", "calendar"},
	{"mail", "automatic"},
	{"odd", "irregular"},
	{"p7s", "signed"},
	{"p7e", "encrypted"},
	{"alternative(plain,html)", "1 2"},
	{"alternative(plain,html,ics,amp)", "1 2"},
	{"alternative(plain,related(html,pdf))", "1 3"},
	{"alternative(plain,mixed(html,pdf,html))", "1 3"},
	{"alternative(plain,signed(html,pdf))", "signed"},
	{"alternative(ics,amp)", "calendar"},
	{"alternative(amp)", "other"},
	{"related(alternative(plain,html),pdf)", "2 3"},
	{"related(pdf,html)", "other"},
	{"related-start(pdf,root)", "2"},
	{"related-start(html,pdf)", "1"},
	{"mixed(plain,html)", "1"},
	{"mixed(pdf,file,named,plain,html)", "4"},
	{"mixed(mixed(pdf),mixed(html))", "4"},
	{"mixed(pdf,ics)", "calendar"},
	{"mixed(ics,plain)", "2"},
	{"mixed(pdf,mail)", "attachments"},
	{"x-new(pdf,plain)", "2"},
	{"x-new(pdf)", "other"},
	{"mixed(signed(plain,pdf),plain)", "signed"},
	{"mixed(plain,signed(plain,pdf))", "1"},
	{"mixed(encrypted(pdf,pdf),plain)", "encrypted"},
	{"mixed(report(plain),plain)", "automatic"},
	{"report(plain,mail)", "automatic"},
	{"digest(mail)", "digest"},
	{"voice-message(plain)", "voice"},
	{"mixed(pdf,odd)", "irregular"},
	{"mixed(plain,odd)", "1"},
};

/* The header fields of a leaf of this kind; NULL: it is a multipart. */
static const char *
fields_of(const char *s, size_t len)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strlen(kinds[i].word) == len && strncmp(s, kinds[i].word, len) == 0)
			return kinds[i].fields;
	return NULL;
}

/* Writes a message of that structure. The boundary of a multipart is "bN.", N being its depth.
 */
static void
build(const char *s, struct buf *out)
{
	int depth = 0;

	while (*s != '\0') {
		size_t len = strcspn(s, "(),");
		const char *fields = fields_of(s, len);
		bool start = len > 6 && strncmp(s + len - 6, "-start", 6) == 0;

		if (fields != NULL) {
			buf_printf(out, "%s\r\nx\r\n", fields);
		} else if (len > 0) {
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
		result = mime_find_displayed(&tree, a, &shown);
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

int
main(void)
{
	const struct CMUnitTest all[] = {cmocka_unit_test(test_table)};

	return cmocka_run_group_tests(all, NULL, NULL);
}
