/* ctl/mail_source: messages of files, directories, Maildirs and mboxes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ctl/mail_source.h"
#include "util/buf.h"

static char dir[64];

static int
make_dir(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/polymilter-mail.XXXXXX");
	return mkdtemp(dir) == NULL ? -1 : 0;
}

static int
remove_dir(void **state)
{
	char command[128];

	(void)state;
	(void)snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	return system(command);
}

static void
write_file(const char *name, const char *text, size_t len)
{
	char path[256];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	for (char *p = path + strlen(dir) + 1; (p = strchr(p, '/')) != NULL; *p++ = '/') {
		*p = '\0';
		(void)mkdir(path, 0700);
	}
	f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
}

static void
write_text(const char *name, const char *text)
{
	write_file(name, text, strlen(text));
}

/* All messages below an operand, a line each: "NAME|first header=value|body" with "\n" for
 * CRLF; errors as "! text". The directory's name is left out. */
static const char *
list_mails(const char *name)
{
	static struct buf out;
	char path[256];
	char *const operands[] = {path};
	struct mail_source *s;
	struct mail m;
	int r;

	(void)snprintf(path, sizeof(path), "%s%s%s", dir, *name ? "/" : "", name);
	s = mail_source_new(operands, 1);
	buf_reset(&out);
	while ((r = mail_source_next(s, &m)) != 0) {
		if (r < 0) {
			buf_printf(&out, "! %s\n", mail_source_error(s) + strlen(dir) + 1);
			continue;
		}
		buf_printf(&out, "%s|", m.name + strlen(dir) + 1);
		if (m.headers[0].name != NULL)
			buf_printf(&out, "%s=%s", m.headers[0].name, m.headers[0].value);
		buf_putc(&out, '|');
		for (size_t i = 0; i < m.body_len; i++)
			if (m.body[i] != '\r')
				buf_putc(&out,
					 m.body[i] == '\n' ? '/' : (unsigned char)m.body[i]);
		buf_putc(&out, '\n');
	}
	mail_source_free(s);
	return buf_string(&out);
}

static void
test_one_file(void **state)
{
	(void)state;
	write_text("a.eml", "Subject: x\n\none\ntwo");
	assert_string_equal(list_mails("a.eml"), "a.eml|Subject=x|one/two/\n");
	write_text("a.eml", "Subject: x\r\n\r\none\r\n>From me\r\n");
	assert_string_equal(list_mails("a.eml"), "a.eml|Subject=x|one/>From me/\n");
	write_text("a.eml", "Subject: x\nno field\nbody\n");
	assert_string_equal(list_mails("a.eml"), "a.eml|Subject=x|no field/body/\n");
	write_text("a.eml", "\nbody\n");
	assert_string_equal(list_mails("a.eml"), "a.eml||body/\n");
}

static void
test_bad_input_is_told(void **state)
{
	(void)state;
	write_text("b/a.txt", "some text\n");
	write_text("b/b.eml", "Subject: y\n\n");
	assert_string_equal(list_mails("b"),
			    "! b/a.txt: line 1 is no header field: this is no message\n"
			    "b/b.eml|Subject=y|\n");
	assert_string_equal(list_mails("gone"), "! gone: No such file or directory\n");
}

static void
test_mbox(void **state)
{
	(void)state;
	write_text("box", "From a@b Mon\nSubject: 1\n\none\nFrom here on\n>From there\n\n"
			  "From c@d Tue\nSubject: 2\n\n>>From\n>>From x\n\n\n");
	assert_string_equal(list_mails("box"), "box:1|Subject=1|one/From here on/From there/\n"
					       "box:2|Subject=2|>>From/>From x///\n");
	write_text("box", "From a@b Mon\r\nSubject: 1\r\n\r\none\r\n\r\nFrom a@b Tue\r\n\r\n");
	assert_string_equal(list_mails("box"), "box:1|Subject=1|one/\nbox:2||\n");
	write_text("box", "From a@b Mon\n");
	assert_string_equal(list_mails("box"), "box:1||\n");
}

static void
test_line_longer_than_a_piece(void **state)
{
	struct buf text = {0};
	const char *got;

	(void)state;
	buf_puts(&text, "From a\nSubject: x\n\n");
	for (size_t i = 0; i < 65536; i++)
		buf_putc(&text, 'x');
	buf_puts(&text, "From z\n\n>");
	for (size_t i = 0; i < 65535; i++)
		buf_putc(&text, '>');
	buf_puts(&text, "From y\n");
	write_file("long", (const char *)text.data, text.len);
	got = list_mails("long");
	assert_null(strstr(got, "long:2"));
	assert_non_null(strstr(got, "xFrom z//>"));
	assert_non_null(strstr(got, ">From y/\n"));
	buf_free(&text);
}

static void
test_directory(void **state)
{
	(void)state;
	write_text("d/b.eml", "Subject: b\n\n");
	write_text("d/a/z", "Subject: z\n\n");
	write_text("d/.hidden", "Subject: h\n\n");
	write_text("d/.git/x", "Subject: h\n\n");
	write_text("d/tmp/t", "Subject: t\n\n");
	assert_string_equal(list_mails("d"), "d/a/z|Subject=z|\n"
					     "d/b.eml|Subject=b|\n"
					     "d/tmp/t|Subject=t|\n");
	assert_string_equal(list_mails("d/.hidden"), "d/.hidden|Subject=h|\n");
}

static void
test_maildir(void **state)
{
	char *const operands[] = {dir};

	(void)state;
	write_text("m/cur/1:2,S", "Subject: 1\n\n");
	write_text("m/new/2", "Subject: 2\n\n");
	write_text("m/tmp/3", "Subject: 3\n\n");
	write_text("m/dovecot.index", "x");
	write_text("m/sieve/x", "x");
	write_text("m/.Sent/cur/4", "Subject: 4\n\n");
	write_text("m/.Sent/new/.lock", "x");
	write_text("m/.Sent/tmp/5", "Subject: 5\n\n");
	assert_string_equal(list_mails("m"), "m/.Sent/cur/4|Subject=4|\n"
					     "m/cur/1:2,S|Subject=1|\n"
					     "m/new/2|Subject=2|\n");
	assert_int_equal(mail_source_count(operands, 1), 3);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_dir, remove_dir)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_one_file),  TEST(test_bad_input_is_told),
		TEST(test_mbox),      TEST(test_line_longer_than_a_piece),
		TEST(test_directory), TEST(test_maildir),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
