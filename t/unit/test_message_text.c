/* content/message_text and content/part_text: the text of messages that people read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "charsets.h"
#include "content/message_text.h"
#include "content/mime_tree.h"
#include "content/part_text.h"
#include "linear.h"
#include "util/str.h"

#include "message_fixture.h"

#define MIXED "multipart/mixed; boundary=b"
#define ALT   "multipart/alternative; boundary=b"
#define UTF8  "text/plain; charset=utf-8"

static const struct content_limits limits = {.parts = 100, .depth = 10};

static void
receive(struct message *m, const char *type, const char *encoding, const char *body)
{
	if (type != NULL)
		message_receive_header(m, "Content-Type", type, true);
	if (encoding != NULL)
		message_receive_header(m, "Content-Transfer-Encoding", encoding, true);
	(void)message_receive_body(m, body, strlen(body), true);
	(void)message_finish_body(m);
}

static const struct message_text *
text_of(struct message *m, enum content_where where)
{
	const struct text_wish wish = {.where = where, .max = 1 << 20};

	return content_message_text(m, &limits, &wish);
}

/* What a message of that type, encoding and body has as text, with '|' for LF and '!' for CR
 * LF.
 */
static void
check_text(const char *type, const char *encoding, const char *body, enum content_where where,
	   const char *wanted)
{
	struct arena *arena = arena_new();
	struct message m = {0};
	const struct message_text *t;
	struct buf out = {0};

	message_begin(&m, arena);
	receive(&m, type, encoding, body);
	t = text_of(&m, where);
	for (size_t i = 0; i < t->len; i++)
		if (t->data[i] != '\r')
			buf_putc(&out, (unsigned char)(t->data[i] == '\n' ? '|' : t->data[i]));
		else
			buf_putc(&out, '!');
	for (size_t i = 0; i + 1 < out.len; i++)
		if (out.data[i] == '!' && out.data[i + 1] == '|') {
			memmove(out.data + i + 1, out.data + i + 2, out.len - i - 2);
			out.len--;
		}
	print_message("%s %s\n", type == NULL ? "" : type, body);
	assert_string_equal(buf_string(&out), wanted);
	buf_free(&out);
	message_end(&m);
	message_free(&m);
	arena_free(arena);
}

static void
test_charsets_and_encodings(void **state)
{
	static const struct {
		const char *type, *encoding, *body, *wanted;
	} rows[] = {
		{NULL, NULL, "Cheap\r\nPILLS  now \r\n\r\n \r\nbuy\r\n",
		 "Cheap PILLS now|buy|"},
		{UTF8, "base64", "Q2hlYXAKUElMTFM=\r\n", "Cheap PILLS|"},
		{UTF8, "quoted-printable", "caf=C3=A9 pi=\r\nlls", "caf\xc3\xa9 pills|"},
		{"text/plain; charset=iso-8859-1", "8bit", "caf\xe9", "caf\xc3\xa9|"},
		{NULL, NULL, "caf\xe9", "caf\xc3\xa9|"},
		{NULL, NULL, "caf\xc3\xa9", "caf\xc3\xa9|"},
		/* broken: as it is, and as windows-1252 */
		{UTF8, NULL,
		 "a\x93"
		 "b",
		 "a\xef\xbf\xbd"
		 "b|a\xe2\x80\x9c"
		 "b|"},
		/* unknown: both */
		{"text/plain; charset=x-none", NULL, "caf\xc3\xa9",
		 "caf\xc3\xa9|caf\xc3\x83\xc2\xa9|"},
		{"text/plain; charset=x-none", NULL, "cafe", "cafe|"},
		/* both byte orders, unless there is a mark */
		{"text/plain; charset=utf-16", "base64", "cABpAGwAbABzAA==",
		 "\xe7\x80\x80"
		 "\xe6\xa4\x80\xe6\xb0\x80\xe6\xb0\x80\xe7\x8c\x80|pills|"},
		{"text/plain; charset=utf-16le", "base64", "AHAAaQBsAGwAcw==",
		 "pills|"
		 "\xe7\x80\x80\xe6\xa4\x80\xe6\xb0\x80\xe6\xb0\x80\xe7\x8c\x80|"},
		{"text/plain; charset=utf-16", "base64", "//5wAGkAbABsAHMA", "pills|"},
		{UTF8, "base64", "dmkAYWdyYQ==", "viagra|"}, /* NUL */
		/* an encoding that nobody knows */
		{"text/plain", "x-none", "cGlsbHM=", "cGlsbHM=|cGlsbHM|pills|"},
		{"text/plain; delsp=yes; format=flowed", NULL, "vi \r\nagra\r\n",
		 "vi agra|viagra|"},
		{"text/plain; delsp=yes; format=flowed", NULL, "vi\r\n-- \r\nagra\r\n",
		 "vi -- agra|"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		check_text(rows[i].type, rows[i].encoding, rows[i].body, CONTENT_TEXT,
			   rows[i].wanted);
}

/* The charset that HTML names counts where the header fields do not tell. */
static void
test_charset_of_html(void **state)
{
#define META "<meta charset=koi8-r>\xf0\xcf"
	static const struct {
		const char *type, *body, *wanted;
	} rows[] = {
		{"text/html", META, "\xc3\xb0\xc3\x8f|\xd0\x9f\xd0\xbe|"},
		{"text/html; charset=x-none", META,
		 "\xef\xbf\xbd\xef\xbf\xbd|\xc3\xb0\xc3\x8f|\xd0\x9f\xd0\xbe|"},
		{"text/html; charset=utf-8", META,
		 "\xef\xbf\xbd\xef\xbf\xbd|\xc3\xb0\xc3\x8f|\xd0\x9f\xd0\xbe|"},
		{"text/html; charset=iso-8859-1", META, "\xc3\xb0\xc3\x8f|"},
		{"text/plain", META, "<meta charset=koi8-r>\xc3\xb0\xc3\x8f|"},
		{"text/html", "<meta charset=koi8-r>a", "a|"},
		{"text/html", "<meta charset=utf-16>a", "a|"},
		{"text/html", "<meta charset=utf-8>\xc3\xb0", "\xc3\xb0|"},
		/* letters of ASCII, which stand for others */
		{"text/html", "<meta charset=iso-2022-jp>\033$BJX59",
		 "\033$BJX59|\xe4\xbe\xbf\xe5\xae\x9c|"},
		{"text/html",
		 "<meta http-equiv=content-type content='text/html; charset=utf-7'>+AHA-ills",
		 "+AHA-ills|pills|"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		check_text(rows[i].type, NULL, rows[i].body, CONTENT_TEXT, rows[i].wanted);
}

#define PART(type, text) "--b\r\nContent-Type: " type "\r\n\r\n" text "\r\n"

static void
test_html(void **state)
{
	(void)state;
	check_text("text/html", NULL, "<p>pi<b hidden>x</b>lls<p>a", CONTENT_TEXT,
		   "pixlls|pills!a|");
	check_text("text/html; charset=utf-7", NULL, "+AHA-ills", CONTENT_TEXT, "pills|");
	check_text("text/html", "base64", "PGI+YQ==", CONTENT_TEXT, "a|");
}

static void
test_parts(void **state)
{
	static const struct {
		const char *type, *body, *text, *files;
	} rows[] = {
		{ALT, PART("text/plain", "a") PART("text/html", "<p>b") "--b--\r\n", "a|b|",
		 ""},
		{MIXED, PART("text/plain", "a") PART("text/plain", "b") "--b--\r\n", "a|b|",
		 ""},
		{MIXED,
		 PART("text/plain", "a")
			 PART("text/plain\r\nContent-Disposition: attachment", "b") "--b--\r\n",
		 "a|", "b|"},
		{MIXED, PART("text/plain; name=a.txt", "a") "--b--\r\n", "a|", ""},
		{MIXED,
		 PART("text/plain\r\nContent-Disposition: inline; filename=a.txt",
		      "a") "--b--\r\n",
		 "a|", ""},
		{MIXED, PART("text/x-other", "a") PART("text/calendar", "b") "--b--\r\n", "a|",
		 "b|"},
		{MIXED, PART("application/pdf", "a") "--b--\r\n", "", ""},
		{MIXED, PART("message/rfc822", "Subject: x\r\n\r\na") "--b--\r\n", "", "a|"},
		{"message/rfc822", "Subject: x\r\n\r\na", "a|", ""},
		{"multipart/report; boundary=b", PART("text/plain", "a") "--b--\r\n", "a|", ""},
		{"multipart/signed; boundary=b",
		 PART("text/plain", "a") PART("application/pgp-signature", "b") "--b--\r\n",
		 "a|", ""},
		{MIXED,
		 PART("multipart/mixed; boundary=c\r\nContent-Disposition: attachment",
		      "--c\r\n\r\na\r\n--c--") "--b--\r\n",
		 "", "a|"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		check_text(rows[i].type, NULL, rows[i].body, CONTENT_TEXT, rows[i].text);
		check_text(rows[i].type, NULL, rows[i].body, CONTENT_TEXT_FILES, rows[i].files);
	}
}

static void
check_contains(const char *type, const char *encoding, const char *body, const char *wanted)
{
	struct arena *arena = arena_new();
	struct message m = {0};
	const struct message_text *t;

	message_begin(&m, arena);
	receive(&m, type, encoding, body);
	t = text_of(&m, CONTENT_TEXT);
	print_message("%s\n", body);
	assert_non_null(memmem(t->data, t->len, wanted, strlen(wanted)));
	message_end(&m);
	message_free(&m);
	arena_free(arena);
}

/* What some program displays is there in some reading. */
static void
test_irregular_structures(void **state)
{
	(void)state;
	/* the boundary never comes */
	check_contains(MIXED, NULL,
		       "--c\r\nContent-Type: text/html\r\n\r\npi<b>lls</b>\r\n--c--\r\n",
		       "pills");
	check_contains(MIXED, NULL,
		       "--c\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: base64"
		       "\r\n\r\ncGlsbHM=\r\n--c--\r\n",
		       "pills");
	/* two types, two encodings */
	check_contains(MIXED, NULL,
		       "--b\r\nContent-Type: text/plain\r\nContent-Type: text/html\r\n\r\n"
		       "pi<b>lls</b>\r\n--b--\r\n",
		       "pills");
	check_contains(MIXED, NULL,
		       "--b\r\nContent-Transfer-Encoding: base64\r\n"
		       "Content-Transfer-Encoding: quoted-printable\r\n\r\npi=\r\nlls\r\n"
		       "--b--\r\n",
		       "pills");
	/* a multipart in an encoding */
	check_contains(MIXED, "base64", "LS1iDQoNCnBpbGxzDQotLWItLQ0K", "pills");
	/* behind the close delimiter, and no part at all */
	check_contains(MIXED, NULL,
		       "--b\r\n\r\na\r\n--b--\r\n--b\r\nContent-Transfer-Encoding: base64\r\n"
		       "\r\ncGlsbHM=\r\n--b--\r\n",
		       "pills");
	check_contains("multipart/mixed", NULL, "--x\r\n\r\npills", "pills");
}

static void
test_raw(void **state)
{
	(void)state;
	check_text(MIXED, NULL, "--b\r\n\r\n TVqQ  x\r\n\r\n\xe9\r\n--b--", CONTENT_RAW,
		   "--b| TVqQ  x|\xc3\xa9|--b--|");
}

static void
test_encrypted(void **state)
{
	struct message *m = *state;

	receive(m, "multipart/encrypted; boundary=b", NULL,
		PART("application/pgp-encrypted", "Version: 1")
			PART("application/octet-stream", "x") "--b--\r\n");
	assert_true(text_of(m, CONTENT_TEXT)->encrypted);
	assert_int_equal(text_of(m, CONTENT_TEXT)->len, 0);
}

static void
test_unknown_charset(void **state)
{
	struct message *m = *state;

	receive(m, "text/plain; charset=x-none", NULL, "a");
	assert_true(text_of(m, CONTENT_TEXT)->unknown_charset);
}

/* A text is kept until the body changes. */
static void
test_a_text_is_kept(void **state)
{
	struct message *m = *state;
	struct text_wish wish = {.where = CONTENT_TEXT, .normalized = true, .max = 100};
	const struct message_text *text;

	receive(m, NULL, NULL, "Cheap\r\n\xe2\x80\x8bPILLS");
	text = content_message_text(m, &limits, &wish);
	assert_string_equal(text->data, "cheap pills\n");
	assert_ptr_equal(content_message_text(m, &limits, &wish), text);
	wish.max = 50;
	assert_ptr_not_equal(content_message_text(m, &limits, &wish), text);
	wish.max = 100;
	message_replace_body(m, "New", 3);
	assert_string_equal(content_message_text(m, &limits, &wish)->data, "new\n");
}

static void
test_max(void **state)
{
	struct message *m = *state;
	struct text_wish wish = {.where = CONTENT_TEXT, .max = 4};
	const struct message_text *text;

	receive(m, NULL, NULL, "ab\r\n\r\nc\xc3\xa9\r\n\r\nd");
	text = content_message_text(m, &limits, &wish);
	assert_string_equal(text->data, "ab\nc\n");
	assert_true(text->cut);
	wish.max = 6;
	text = content_message_text(m, &limits, &wish);
	assert_string_equal(text->data, "ab\nc\xc3\xa9\nd\n");
	assert_false(text->cut);
}

/* More that looks like parts than is read. */
static void
test_many_readings_are_cut(void **state)
{
	struct message *m = *state;
	struct buf body = {0};

	for (unsigned i = 0; i < 2000; i++)
		buf_puts(&body, "--c\r\nContent-Type: text/plain\r\n\r\nx\r\n");
	receive(m, MIXED, NULL, buf_string(&body));
	assert_true(text_of(m, CONTENT_TEXT)->cut);
	buf_free(&body);
}

static void
test_links(void **state)
{
	struct message *m = *state;
	const struct text_wish wish = {.where = CONTENT_TEXT, .links = true, .max = 1000};
	const struct message_text *text;
	struct buf hosts = {0};

	receive(m, ALT, NULL,
		PART("text/plain", "see https://a.example/x, or www.b.example.") PART(
			"text/html",
			"<a href='http://x@C.example:80/'>good.example</a><img src='//d.example/'>"
			"<a href='http://d.example/2'>http://e.example</a>") "--b--\r\n");
	text = content_message_text(m, &limits, &wish);
	for (size_t i = 0, at = 0; i < text->n_hosts; i++) {
		buf_printf(&hosts, "%s ", text->hosts + at);
		at += strlen(text->hosts + at) + 1;
	}
	assert_string_equal(buf_string(&hosts),
			    "a.example www.b.example c.example d.example e.example ");
	buf_free(&hosts);
}

static void
read_parts(const void *ctx, const struct buf *in)
{
	const struct text_wish wish = {
		.where = CONTENT_TEXT, .links = true, .normalized = true, .max = 1 << 24};
	struct arena *arena = arena_new();
	struct message m = {0};

	message_begin(&m, arena);
	receive(&m, ctx, NULL, (const char *)in->data);
	(void)content_message_text(&m, &limits, &wish);
	message_end(&m);
	message_free(&m);
	arena_free(arena);
}

static void
test_hostile_messages_take_linear_time(void **state)
{
	(void)state;
	assert_linear_text("", "a\r\n", "", 1 << 19, read_parts, "text/plain");
	assert_linear_text("", "a ", "", 1 << 19, read_parts, "text/plain");
	assert_linear_text("", "\r\n", "", 1 << 19, read_parts, "text/plain");
	assert_linear_text("", "a\xff", "", 1 << 19, read_parts, "text/plain; charset=x");
	assert_linear_text("", "a \r\n", "", 1 << 19, read_parts,
			   "text/plain; format=flowed; delsp=yes");
	assert_linear_text("", "<a href='http://a.example/'>x</a>", "", 1 << 19, read_parts,
			   "text/html");
	assert_linear_text("", "--c\r\nContent-Type: text/html\r\n\r\nx", "", 1 << 18,
			   read_parts, MIXED);
	assert_linear_text("", "Content-Type: text/html\r\n", "", 1 << 18, read_parts, MIXED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_charsets_and_encodings),
		cmocka_unit_test(test_charset_of_html),
		cmocka_unit_test(test_html),
		cmocka_unit_test(test_parts),
		cmocka_unit_test(test_irregular_structures),
		cmocka_unit_test(test_raw),
		cmocka_unit_test_setup_teardown(test_encrypted, set_up_message,
						tear_down_message),
		cmocka_unit_test_setup_teardown(test_unknown_charset, set_up_message,
						tear_down_message),
		cmocka_unit_test_setup_teardown(test_a_text_is_kept, set_up_message,
						tear_down_message),
		cmocka_unit_test_setup_teardown(test_max, set_up_message, tear_down_message),
		cmocka_unit_test_setup_teardown(test_many_readings_are_cut, set_up_message,
						tear_down_message),
		cmocka_unit_test_setup_teardown(test_links, set_up_message, tear_down_message),
		cmocka_unit_test(test_hostile_messages_take_linear_time),
	};

	return cmocka_run_group_tests(tests, open_charsets, NULL);
}
