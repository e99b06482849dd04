/* html/html_charset: the charset that a document names for itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "html/html_charset.h"

static void
test_documents(void **state)
{
	static const struct {
		const char *document, *name; /* NULL: none */
	} rows[] = {
		{"<meta charset=\"koi8-r\">", "koi8-r"},
		{"<html><HEAD><META CHARSET=Koi8-R/>", "Koi8-R/"},
		{"<META http-equiv=Content-Type content=\"text/html; charset = 'big5'\">",
		 "big5"},
		{"<meta content='text/html;charset=big5; x' http-equiv='content-type'>",
		 "big5"},
		{"<meta content='charset x charset=\"a b\"' http-equiv='content-type'>", "a b"},
		{"<meta content='charset=\"a b' http-equiv='content-type'>", NULL},
		{"<meta content='charset=' http-equiv='content-type'>", NULL},
		{"<meta content='charset' http-equiv='content-type'>", NULL},
		{"<meta http-equiv='content-type'>", NULL},
		{"<meta name=x content='text/html; charset=big5'>", NULL},
		{"<meta charset=''><meta name=x><meta charset=x1>", "x1"},
		{"<meta charset=x1><meta charset=x2>", "x1"},
		{"<!-- <meta charset=x> --><script><meta charset=y></script>text", NULL},
		{"<metacharset=x></meta charset=x>", NULL},
		{"<p>text<meta charset=x>", "x"},
		{"<meta charset=x", NULL},
		{"", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t len = strlen(rows[i].document), n = 0;
		char *copy =
			malloc(len + 1); /* so that a sanitizer sees what is read behind it */
		const char *name = "";
		bool found;

		memcpy(copy, rows[i].document, len);
		copy = realloc(copy, len > 0 ? len : 1);
		found = html_find_charset(copy, len, &name, &n);
		print_message("%s\n", rows[i].document);
		assert_int_equal(found, rows[i].name != NULL);
		if (found) {
			assert_int_equal(n, strlen(rows[i].name));
			assert_memory_equal(name, rows[i].name, n);
		}
		free(copy);
	}
}

/* What stands far behind the begin is not looked for. */
static void
test_far_away(void **state)
{
	static char document[HTML_CHARSET_BYTES + 100];
	static const char meta[] = "<meta charset=x>";
	const char *name;
	size_t n;

	(void)state;
	memset(document, ' ', sizeof(document));
	memcpy(document + HTML_CHARSET_BYTES - strlen(meta) - 1, meta, strlen(meta));
	assert_true(html_find_charset(document, sizeof(document), &name, &n));
	memset(document, ' ', sizeof(document));
	memcpy(document + HTML_CHARSET_BYTES, meta, strlen(meta));
	assert_false(html_find_charset(document, sizeof(document), &name, &n));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_documents),
		cmocka_unit_test(test_far_away),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
