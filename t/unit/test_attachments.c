/* content/attachments. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "charset/charset.h"
#include "content/attachments.h"
#include "content/mime_tree.h"
#include "linear.h"
#include "mime/magic.h"
#include "session/message.h"
#include "util/arena.h"
#include "util/buf.h"

static const struct content_limits view = {.parts = 5000, .depth = 10};
static const struct mime_limits limits = {.parts = 5000, .depth = 10};

struct found {
	struct arena *arena;
	struct message m;
	struct attachments parts;
	unsigned flags;
};

static void
find(struct found *f, const char *type, const char *body, size_t len)
{
	const struct mime_tree *tree;

	(void)charset_open_all();
	f->arena = arena_new();
	f->m = (struct message){0};
	message_begin(&f->m, f->arena);
	message_receive_header(&f->m, "Content-Type", type, true);
	(void)message_receive_body(&f->m, body, len, true);
	assert_int_equal(message_finish_body(&f->m), 0);
	tree = content_mime_tree(&f->m, &view, true);
	f->flags = tree->flags;
	attachments_find(tree, &f->m, &limits, true, f->arena, &f->parts);
}

/* The part at index i of those that are attachments; NULL: there are not so many. */
static const struct attachment *
file_at(const struct found *f, size_t i)
{
	for (size_t k = 0; k < f->parts.n; k++)
		if (f->parts.part[k].is_file && i-- == 0)
			return &f->parts.part[k];
	return NULL;
}

static void
end(struct found *f)
{
	message_end(&f->m);
	message_free(&f->m);
	arena_free(f->arena);
}

#define FIND(f, type, body) find(f, type, body, strlen(body))
#define MIXED		    "multipart/mixed; boundary=b"

/* A regular message is read in one way. */
static void
test_regular(void **state)
{
	const struct attachment *file;
	struct found f;

	(void)state;
	FIND(&f, MIXED,
	     "--b\r\n\r\nContent-Type: a/b; name=text\r\n--b\r\nContent-Type: A/B; name=x\r\n\r\n"
	     "%PDF-\r\n--b--\r\n");
	file = file_at(&f, 0);
	assert_non_null(file);
	assert_null(file_at(&f, 1));
	assert_int_equal(file->node, 2);
	assert_string_equal(file->names[0], "x");
	assert_string_equal(file->types[0], "a/b");
	assert_int_equal(file->kinds, 1u << MAGIC_BIT_PDF);
	assert_int_equal(file->size, 5);
	assert_null(f.parts.unseen);
	end(&f);
}

static void
test_irregular(void **state)
{
	const struct attachment *file;
	struct found f;

	(void)state;
	FIND(&f, MIXED, "--c\r\nContent-Type: a/b; name=x\r\n\r\n%PDF-\r\n--c--\r\n");
	assert_int_not_equal(f.flags, 0);
	file = file_at(&f, 0);
	assert_non_null(file);
	assert_null(file_at(&f, 1));
	assert_int_equal(file->node, MIME_NO_NODE);
	assert_string_equal(file->names[0], "x");
	assert_int_equal(file->kinds, 1u << MAGIC_BIT_PDF);
	assert_int_equal(file->size, 5);
	assert_null(f.parts.unseen);
	end(&f);
}

/* The line break before "--" is the delimiter's, unless there is no content before it. */
static void
test_content_ends_before_dashes(void **state)
{
	static const struct {
		const char *content;
		size_t size;
	} rows[] = {
		{"", 0}, {"\r\n", 0}, {"\n", 0}, {"1\r\n", 1}, {"1\n", 1}, {"\r\n\r\n", 2},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct attachment *file;
		struct buf body = {0};
		struct found f;

		buf_printf(&body, "--c\r\nContent-Type: a/b; name=x\r\n\r\n%s--c--\r\n",
			   rows[i].content);
		find(&f, MIXED, buf_string(&body), body.len);
		file = file_at(&f, 0);
		assert_non_null(file);
		assert_null(file_at(&f, 1));
		assert_int_equal(file->node, MIME_NO_NODE);
		assert_int_equal(file->size, rows[i].size);
		buf_free(&body);
		end(&f);
	}
}

/* Every part is found, whatever it is; text that is displayed is marked, and what holds it. */
static void
test_all_parts(void **state)
{
	static const struct {
		const char *fields, *type;
		bool file, displayed;
	} rows[] = {
		{"", "text/plain", false, true},
		{"Content-Type: text/html\r\n", "text/html", false, true},
		{"Content-Type: text/html; name=a.htm\r\n", "text/html", true, false},
		{"Content-Disposition: attachment\r\n", "text/plain", true, false},
		{"Content-Disposition: inline\r\n", "text/plain", false, true},
		{"Content-Type: text/calendar\r\n", "text/calendar", false, false},
		{"Content-Type: image/jpeg\r\n", "image/jpeg", false, false},
		{"Content-Type: application/x\r\n", "application/x", true, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf body = {0};
		struct found f;

		buf_printf(&body, "--b\r\n%s\r\n%%PDF-\r\n--b--\r\n", rows[i].fields);
		find(&f, MIXED, buf_string(&body), body.len);
		assert_int_equal(f.parts.n, 2);
		assert_string_equal(f.parts.part[0].types[0], "multipart/mixed");
		assert_int_equal(f.parts.part[0].holds_displayed, rows[i].displayed);
		assert_string_equal(f.parts.part[1].types[0], rows[i].type);
		assert_int_equal(f.parts.part[1].is_file, rows[i].file);
		assert_int_equal(f.parts.part[1].is_displayed, rows[i].displayed);
		assert_int_equal(f.parts.part[1].kinds, 1u << MAGIC_BIT_PDF);
		assert_int_equal(f.parts.part[1].size, 5);
		buf_free(&body);
		end(&f);
	}
}

/* Some programs read each type message/something as a message, others as a file. */
static void
test_other_messages(void **state)
{
	struct found f;

	(void)state;
	FIND(&f, MIXED,
	     "--b\r\nContent-Type: message/partial\r\n\r\n"
	     "Content-Type: image/png; name=x.exe\r\n\r\n%PDF-\r\n--b--\r\n");
	assert_int_equal(f.parts.n, 3);
	assert_string_equal(f.parts.part[1].types[0], "message/partial");
	assert_int_equal(f.parts.part[1].size, 44);
	assert_string_equal(f.parts.part[2].names[0], "x.exe");
	assert_int_equal(f.parts.part[2].node, MIME_NO_NODE);
	assert_int_equal(f.parts.part[2].kinds, 1u << MAGIC_BIT_PDF);
	assert_null(f.parts.unseen);
	end(&f);
}

/* Text in a multipart that is an attachment is not displayed; in an attached message it is. */
static void
test_text_in_attachments(void **state)
{
	struct found f;

	(void)state;
	FIND(&f, MIXED,
	     "--b\r\nContent-Type: multipart/alternative; boundary=c\r\n"
	     "Content-Disposition: attachment\r\n\r\n--c\r\n\r\n1\r\n--c--\r\n--b--\r\n");
	assert_int_equal(f.parts.n, 3);
	assert_false(f.parts.part[2].is_displayed);
	assert_false(f.parts.part[0].holds_displayed);
	end(&f);
	FIND(&f, MIXED,
	     "--b\r\nContent-Type: message/rfc822\r\n"
	     "Content-Disposition: attachment\r\n\r\nSubject: x\r\n\r\n1\r\n--b--\r\n");
	assert_int_equal(f.parts.n, 3);
	assert_true(f.parts.part[2].is_displayed);
	assert_false(f.parts.part[0].holds_displayed);
	end(&f);
}

/* Encoded containers, one inside another: as many as are allowed are searched. */
static void
test_encoded_in_encoded(void **state)
{
	(void)state;
	for (unsigned levels = 1; levels <= 6; levels++) {
		struct buf inner = {0};
		struct found f;

		buf_puts(&inner, "Content-Type: a/b; name=x\r\n\r\n1");
		for (unsigned i = 0; i < levels; i++) {
			struct buf outer = {0};

			buf_puts(&outer, "Content-Type: message/rfc822\r\n"
					 "Content-Transfer-Encoding: base64\r\n\r\n");
			mime_base64_encode(buf_string(&inner), inner.len, &outer);
			buf_free(&inner);
			inner = outer;
		}
		find(&f, "message/rfc822", buf_string(&inner), inner.len);
		assert_int_equal(file_at(&f, 0) != NULL, levels <= 4);
		assert_int_equal(f.parts.unseen != NULL, levels > 4);
		buf_free(&inner);
		end(&f);
	}
}

/* n multiparts in base64 with this many empty parts each. */
static void
put_encoded_multiparts(struct buf *out, unsigned n, unsigned parts)
{
	struct buf inner = {0};

	while (parts-- > 0)
		buf_puts(&inner, "--x\r\n\r\n");
	buf_puts(&inner, "--x--\r\n");
	while (n-- > 0) {
		buf_puts(out, "--b\r\nContent-Type: multipart/mixed; boundary=x\r\n"
			      "Content-Transfer-Encoding: base64\r\n\r\n");
		mime_base64_encode(buf_string(&inner), inner.len, out);
	}
	buf_puts(out, "--b--\r\n");
	buf_free(&inner);
}

/* The parts of all encoded containers count together, and their trees do not add up. */
static void
test_parts_count_in_sum(void **state)
{
	(void)state;
	for (unsigned n = 1; n <= 64; n *= 4) {
		struct buf body = {0};
		struct found f;

		put_encoded_multiparts(&body, n, limits.parts / 4 - 10);
		find(&f, MIXED, buf_string(&body), body.len);
		assert_int_equal(f.parts.unseen != NULL, n > 4);
		assert_true(arena_used(f.arena) < body.len + (1u << 20));
		buf_free(&body);
		end(&f);
	}
}

/* What the headers of all parts may mean is read up to a limit, and memory is bounded by it. */
static void
test_meanings_count_in_sum(void **state)
{
	(void)state;
	for (unsigned n = 16; n <= limits.parts; n *= 6) {
		struct buf body = {0};
		struct found f;
		size_t names = 0;

		buf_puts(&body, "--b\r\nbad line\r\n\r\n");
		for (unsigned i = 0; i < n; i++)
			buf_puts(&body,
				 "Content-Type: a/b; name=a(b); xname=c; filename='d e'; "
				 "filename*=utf-7''f+; name=g;name=h;name=i\r\n\r\n");
		find(&f, MIXED, buf_string(&body), body.len);
		for (size_t i = 0; i < f.parts.n; i++)
			names += f.parts.part[i].n_names;
		assert_int_equal(f.parts.unseen != NULL, n > 100);
		assert_true(names >= n * 7 || n > 100);
		assert_true(arena_used(f.arena) < body.len + (16u << 20));
		buf_free(&body);
		end(&f);
	}
}

static void
find_all(const void *ctx, const struct buf *in)
{
	struct found f;

	(void)ctx;
	find(&f, MIXED, (const char *)in->data, in->len);
	end(&f);
}

static void
test_linear(void **state)
{
	static const char *const pieces[] = {
		"Content-Type: a/b; name=x\n\n",
		"Content-Type: multipart/mixed; boundary=c\nContent-Transfer-Encoding: base64\n\n",
		"Content-Disposition: x; name=\"",
		"name=name*=",
		"Content-Type: a/b\n",
		"--b\nContent-Type: a/b; name=\"x\n\n",
		"--b\nbad\n\nContent-Type: a/b; name=a(b); name=c; filename*=utf-7''d+\n\n",
		"--b\nContent-Type: a/b;name*0=a;name*1*=b;a*0=c;a*1=d;b*0=e;c=f;d=g\n\n",
		"Content-Type: a/b; name=x\nContent-Transfer-Encoding: base64\n\n\n\n\n",
		"Content-Type: a/b; name=x\nContent-Transfer-Encoding: x-uue\nbad\n\nx\n",
		"Content-Type: a/b; name=x\nContent-Transfer-Encoding: x-none\nbad\n\n==\n",
		"--c\n",
		"\r",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++)
		assert_linear_text("", pieces[i], "", 1u << 18, find_all, NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_regular),
		cmocka_unit_test(test_irregular),
		cmocka_unit_test(test_all_parts),
		cmocka_unit_test(test_other_messages),
		cmocka_unit_test(test_text_in_attachments),
		cmocka_unit_test(test_content_ends_before_dashes),
		cmocka_unit_test(test_encoded_in_encoded),
		cmocka_unit_test(test_parts_count_in_sum),
		cmocka_unit_test(test_meanings_count_in_sum),
		cmocka_unit_test(test_linear),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
