/* ctl/sample: the size of the built-in message, and messages from files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl/sample.h"

static void
test_builtin_sizes(void **state)
{
	static const size_t sizes[] = {2500, 4096, 4097, 100 * 1024};
	struct sample s;

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		sample_builtin(&s, sizes[i]);
		assert_int_equal(s.size, sizes[i]);
		assert_memory_equal(s.body.data + s.body.len - 2, "\r\n", 2);
		sample_free(&s);
	}
	sample_builtin(&s, 1);
	assert_in_range(s.size, 1500, 2500);
	assert_true(s.body.len > 2);
	sample_free(&s);
}

static int
read_text(struct sample *s, const char *text)
{
	char path[] = "/tmp/polymilter-sample.XXXXXX";
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);

	int r = sample_read(s, path);

	unlink(path);
	return r;
}

static void
test_file(void **state)
{
	const char *const texts[] = {
		"Subject: hello\n  there\nX:\nTo: b@example.net\n\none\n.two\n\nlast",
		"Subject: hello\r\n  there\r\nX:\r\nTo: b@example.net\r\n\r\none\r\n.two\r\n"
		"\r\nlast\r\n",
	};
	const char body[] = "one\r\n.two\r\n\r\nlast\r\n";
	struct sample s;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(read_text(&s, texts[i]), 0);
		assert_string_equal(s.headers[0].name, "Subject");
		assert_string_equal(s.headers[0].value, "hello\n  there");
		assert_string_equal(s.headers[1].name, "X");
		assert_string_equal(s.headers[1].value, "");
		assert_string_equal(s.headers[2].value, "b@example.net");
		assert_null(s.headers[3].name);
		assert_int_equal(s.body.len, strlen(body));
		assert_memory_equal(s.body.data, body, s.body.len);
		assert_int_equal(s.size, strlen(texts[1]) + 1); /* the space after "X:" */
		sample_free(&s);
	}
}

static void
test_odd_files(void **state)
{
	struct sample s;

	(void)state;
	assert_int_equal(read_text(&s, ""), 0);
	assert_null(s.headers[0].name);
	assert_int_equal(s.body.len, 0);
	assert_int_equal(s.size, 2);
	sample_free(&s);

	assert_int_equal(read_text(&s, "\nall body\n"), 0);
	assert_null(s.headers[0].name);
	assert_int_equal(s.body.len, 10);
	sample_free(&s);

	assert_int_equal(read_text(&s, "Subject: no body"), 0);
	assert_string_equal(s.headers[0].value, "no body");
	assert_int_equal(s.body.len, 0);
	sample_free(&s);
}

static void
test_no_messages(void **state)
{
	struct sample s;

	(void)state;
	assert_int_equal(read_text(&s, "no colon here\n"), -EBADMSG);
	assert_int_equal(sample_read(&s, "/tmp"), -EISDIR);
	assert_int_equal(sample_read(&s, "/nonexistent/x.eml"), -ENOENT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_builtin_sizes),
		cmocka_unit_test(test_file),
		cmocka_unit_test(test_odd_files),
		cmocka_unit_test(test_no_messages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
