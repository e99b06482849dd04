/* policy/parts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "content/attachments.h"
#include "content/mime_tree.h"
#include "linear.h"
#include "mime/charset.h"
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
	struct found f;

	(void)state;
	FIND(&f, MIXED,
	     "--b\r\n\r\nContent-Type: a/b; name=text\r\n--b\r\nContent-Type: A/B; name=x\r\n\r\n"
	     "%PDF-\r\n--b--\r\n");
	assert_int_equal(f.parts.n, 1);
	assert_int_equal(f.parts.part[0].node, 2);
	assert_string_equal(f.parts.part[0].names[0], "x");
	assert_string_equal(f.parts.part[0].types[0], "a/b");
	assert_int_equal(f.parts.part[0].kinds, 1u << MAGIC_BIT_PDF);
	assert_int_equal(f.parts.part[0].size, 5);
	assert_null(f.parts.unseen);
	end(&f);
}

static void
test_irregular(void **state)
{
	struct found f;

	(void)state;
	FIND(&f, MIXED, "--c\r\nContent-Type: a/b; name=x\r\n\r\n%PDF-\r\n--c--\r\n");
	assert_int_not_equal(f.flags, 0);
	assert_int_equal(f.parts.n, 1);
	assert_int_equal(f.parts.part[0].node, MIME_NO_NODE);
	assert_string_equal(f.parts.part[0].names[0], "x");
	assert_int_equal(f.parts.part[0].kinds, 1u << MAGIC_BIT_PDF);
	assert_int_equal(f.parts.part[0].size, 5);
	assert_null(f.parts.unseen);
	end(&f);
}

/* One container in an encoding in another: so many are opened, then it is told. */
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
		assert_int_equal(f.parts.n > 0 && f.parts.part[f.parts.n - 1].n_names > 0,
				 levels <= 4);
		assert_int_equal(f.parts.unseen != NULL, levels > 4);
		buf_free(&inner);
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
		cmocka_unit_test(test_encoded_in_encoded),
		cmocka_unit_test(test_linear),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
