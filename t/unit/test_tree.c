/* mime/tree: the scanner, on messages whose tree is known (tree_cases.h), with all line ends,
 * at its limits, and on hostile input, which must take linear time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "hostile.h"
#include "linear.h"
#include "mime/tree.h"
#include "tree_cases.h"
#include "util/arena.h"
#include "util/buf.h"

#define NODES_MAX   32
#define ANY	    SIZE_MAX
#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

static const struct mime_limits limits = {.parts = 10000, .depth = 100};

/* ---- cases ---- */

struct expected_node {
	unsigned parent;
	size_t header, header_end, from, to;
};

struct built { /* the body of a case without its marks, and the nodes that these tell */
	struct buf text;
	struct expected_node node[NODES_MAX];
	unsigned n;
};

enum line_ends { LF, CRLF, MIXED };

static void
put_byte(struct built *b, char c, enum line_ends ends, unsigned *line)
{
	if (c == '\n' && (ends == CRLF || (ends == MIXED && (*line)++ % 2 == 0)))
		buf_putc(&b->text, '\r');
	buf_putc(&b->text, c == '~' ? '\0' : (unsigned char)c);
}

static void
build(struct built *b, const char *text, enum line_ends ends)
{
	unsigned current = 0, line = 0;
	size_t header = ANY, header_end = ANY;

	b->n = 1;
	b->node[0].parent = MIME_NO_NODE;
	for (; *text != '\0'; text++) {
		if (*text == '[') {
			header = b->text.len;
		} else if (*text == ']') {
			header_end = b->text.len;
		} else if (*text == '{') {
			assert_true(b->n < NODES_MAX);
			b->node[b->n] = (struct expected_node){current, header, header_end,
							       b->text.len, ANY};
			header = header_end = ANY;
			current = b->n++;
		} else if (*text == '}') {
			b->node[current].to = b->text.len;
			current = b->node[current].parent;
		} else {
			put_byte(b, *text, ends, &line);
		}
	}
	assert_int_equal(current, 0);
}

static void
check_range(const char *what, unsigned i, size_t is, size_t should)
{
	if (should != ANY && is != should)
		fail_msg("node %u: %s is %zu, not %zu", i, what, is, should);
}

/* The line break in front of a delimiter line is between the end of the body and part_end. */
static void
check_part_end(const struct mime_tree *t, unsigned i)
{
	const struct mime_node *n = &t->node[i];
	const char *s = t->source.data + n->body.to;
	size_t gap = n->part_end - n->body.to;

	assert_true(gap <= 2 && n->part_end <= t->source.len);
	assert_memory_equal(s, gap == 2 ? "\r\n" : "\n", gap);
	if (n->part_end < t->source.len)
		assert_memory_equal(s + gap, "--", 2);
}

/* shift: the length of the header block in front of the body. */
static void
check_tree(const struct mime_tree *t, const struct built *b, size_t shift)
{
	unsigned next = 0;

	assert_int_equal(t->n, b->n);
	assert_int_equal(t->node[0].body.from, shift);
	assert_int_equal(t->node[0].body.to, shift + b->text.len);
	for (unsigned i = 1; i < t->n; i++) {
		const struct mime_node *n = &t->node[i];
		const struct expected_node *e = &b->node[i];

		check_range("parent", i, n->parent, e->parent);
		check_range("depth", i, n->depth, t->node[e->parent].depth + 1);
		check_range("body", i, n->body.from - shift, e->from);
		check_range("body's end", i, n->body.to - shift, e->to);
		check_range("header", i, n->headers.from - shift, e->header);
		check_range("header's end", i, n->headers.to - shift, e->header_end);
		check_part_end(t, i);
	}
	for (unsigned i = 1; i < t->n; i++) { /* links: each node is named by one other */
		next += t->node[i].next != MIME_NO_NODE;
		next += t->node[i].child == i + 1;
		if (t->node[i].next != MIME_NO_NODE)
			assert_int_equal(t->node[t->node[i].next].parent, t->node[i].parent);
	}
	assert_int_equal(next + (t->node[0].child == 1), t->n - 1);
}

static void
check_scan(const struct tree_case *c, bool into_messages, const struct built *b,
	   const char *header)
{
	struct arena *a = arena_new();
	struct buf whole = {0};
	struct mime_source source = {.content_type = c->type, .into_messages = into_messages};
	struct mime_tree t;

	buf_puts(&whole, header);
	buf_append(&whole, b->text.data, b->text.len);
	source.data = (const char *)whole.data;
	source.len = whole.len;
	source.has_header = *header != '\0';
	mime_scan(a, &source, &limits, &t);
	check_tree(&t, b, strlen(header));
	assert_string_equal(mime_flag_words(a, t.flags), c->flags);
	buf_free(&whole);
	arena_free(a);
}

static void
check_case(const struct tree_case *c, bool into_messages, enum line_ends ends)
{
	struct built b = {0};
	struct buf header = {0};

	build(&b, c->body, ends);
	check_scan(c, into_messages, &b, "");
	buf_puts(&header, "Subject: x\n");
	if (c->type != NULL)
		buf_printf(&header, "Content-Type: %s\n", c->type);
	buf_puts(&header, "\n");
	check_scan(c, into_messages, &b, buf_string(&header));
	buf_free(&header);
	buf_free(&b.text);
}

static void
check_cases(const struct tree_case *c, size_t n, bool into_messages)
{
	for (size_t i = 0; i < n; i++) {
		for (int ends = LF; ends <= MIXED; ends++) {
			print_message("%zu/%d: %s\n%s\n", i, ends, c[i].type, c[i].body);
			check_case(&c[i], into_messages, (enum line_ends)ends);
		}
	}
}

static void
test_cases(void **state)
{
	(void)state;
	check_cases(tree_cases, COUNT_OF(tree_cases), false);
	check_cases(message_cases, COUNT_OF(message_cases), true);
}

/* ---- the fields of a node ---- */

static struct mime_tree
scan(struct arena *a, const char *type, const char *body)
{
	struct mime_source source = {
		.data = body, .len = strlen(body), .content_type = type, .into_messages = true};
	struct mime_tree t;

	mime_scan(a, &source, &limits, &t);
	return t;
}

static void
assert_field(const struct mime_tree *t, const struct mime_field *f, const char *field,
	     const char *value)
{
	assert_int_equal(f->to - f->from, strlen(field));
	assert_memory_equal(t->source.data + f->from, field, f->to - f->from);
	assert_int_equal(f->value_end - f->value, strlen(value));
	assert_memory_equal(t->source.data + f->value, value, f->value_end - f->value);
}

static void
test_fields(void **state)
{
	struct arena *a = arena_new();
	struct mime_tree t = scan(a, "multipart/related; boundary=b; start=\" <r@x> \"",
				  "pre\r\n--b\r\n"
				  "Content-MD5: abc\r\n"
				  "CONTENT-TYPE: Text/Plain;\r\n charset=\"UTF-8\"\r\n"
				  "Content-Id: (x)\r\n <r@x>\r\n"
				  "content-transfer-encoding:Quoted-Printable\r\n"
				  "Content-Disposition: Attachment; filename=\"a b\"\n"
				  "\r\nx\r\n--b\r\n\r\n\r\n--b--\r\n");
	const struct mime_node *n = &t.node[1];

	(void)state;
	assert_int_equal(t.n, 3);
	assert_string_equal(t.node[0].start, "r@x");
	assert_string_equal(t.node[0].boundary, "b");
	assert_int_equal(t.node[0].first_delimiter, 5);
	assert_memory_equal(t.source.data + t.node[0].close_delimiter, "--b--\r\n", 8);
	assert_string_equal(n->type, "text/plain");
	assert_string_equal(n->charset, "UTF-8");
	assert_string_equal(n->content_id, "r@x");
	assert_string_equal(n->disposition, "attachment");
	assert_int_equal(n->encoding, MIME_QP);
	assert_true(n->is_attachment && n->is_named && !n->irregular_params);
	assert_field(&t, &n->content_md5, "Content-MD5: abc\r\n", " abc");
	assert_field(&t, &n->content_type,
		     "CONTENT-TYPE: Text/Plain;\r\n charset=\"UTF-8\"\r\n",
		     " Text/Plain;\r\n charset=\"UTF-8\"");
	assert_field(&t, &n->transfer_encoding,
		     "content-transfer-encoding:Quoted-Printable\r\n", "Quoted-Printable");
	assert_field(&t, &n->content_disposition,
		     "Content-Disposition: Attachment; filename=\"a b\"\n",
		     " Attachment; filename=\"a b\"");
	assert_int_equal(t.node[2].content_type.to, 0);
	assert_null(t.node[2].charset);
	assert_null(t.node[2].disposition);
	assert_null(t.node[2].content_id);
	assert_null(t.node[2].boundary);
	assert_int_equal(t.node[2].first_delimiter, MIME_NO_OFFSET);
	arena_free(a);
}

/* A charset that programs read differently is none of the known ones; an empty one is none. */
static void
test_charsets(void **state)
{
	struct arena *a = arena_new();

	(void)state;
	assert_string_equal(scan(a, "a/b; charset=x; charset=X", "").node[0].charset, "x");
	assert_string_equal(scan(a, "a/b; charset=x; charset=y", "").node[0].charset, "");
	assert_null(scan(a, "a/b; charset=", "").node[0].charset);
	assert_null(scan(a, "a/b; charset=\"\"; c=d", "").node[0].charset);
	arena_free(a);
}

/* Irregular parameters hide a type or a file name, or they do not. */
static void
test_unclear_kinds(void **state)
{
	static const struct {
		const char *type;
		bool unclear;
	} rows[] = {
		{"text/plain; charset=", false},
		{"text/plain; charset=a b", false},
		{"text/plain; charset=\"a", false},
		{"text/plain; charset=a; charset=b", false},
		{"text/plain; x", false},
		{"text/plain; charset=a name=b", true},
		{"text/plain charset=a", true},
		{"text/plain; charset=\"a; Name=b", true},
		{"text/plain; name=b; format=x", false},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct mime_tree t = scan(a, rows[i].type, "");

		assert_int_equal(t.flags, 0);
		assert_int_equal(t.node[0].unclear_kind, rows[i].unclear);
	}
	arena_free(a);
}

/* A line of blanks in a folded field: some programs end the header block there. */
static void
test_blank_fold(void **state)
{
	struct arena *a = arena_new();
	struct mime_tree t;

	(void)state;
	t = scan(a, "multipart/mixed; boundary=b",
		 "--b\nA: b\n \nC: d\n\t\n\nx\n--b\nA: b\n\ny\n--b--\n");
	assert_int_equal(t.flags, 0);
	assert_int_equal(t.node[1].blank_fold, 9);
	assert_int_equal(t.node[1].body.from, 19);
	assert_int_equal(t.node[2].blank_fold, MIME_NO_OFFSET);
	arena_free(a);
}

static void
test_types(void **state)
{
	struct arena *a = arena_new();
	struct mime_tree t;

	(void)state;
	t = scan(a, NULL, "");
	assert_string_equal(t.node[0].type, "text/plain");
	t = scan(a, "text; name=a", "");
	assert_string_equal(t.node[0].type, "text/plain");
	assert_true(t.node[0].is_named);
	assert_int_equal(t.flags, 0);
	t = scan(a, "html", "");
	assert_string_equal(t.node[0].type, "text/plain");
	assert_int_equal(t.flags, MIME_BAD_TYPE);
	t = scan(a, "multipart/digest; boundary=b",
		 "--b\n\na: b\n\nx\n--b\nContent-Type: a/b\n\n\n--b--\n");
	assert_int_equal(t.n, 4);
	assert_string_equal(t.node[1].type, "message/rfc822");
	assert_string_equal(t.node[2].type, "text/plain");
	assert_string_equal(t.node[3].type, "a/b");
	assert_true(t.node[1].is_message && !t.node[2].is_message);
	assert_int_equal(t.node[1].next, 3);
	t = scan(a, "text/plain; a=b c", "");
	assert_true(t.node[0].irregular_params);
	assert_int_equal(t.flags, 0);
	arena_free(a);
}

static void
test_dispositions(void **state)
{
	static const struct {
		const char *value;
		bool attachment, named;
	} cases[] = {
		{NULL, false, false},	       {"", false, false},
		{"inline", false, false},      {"INLINE; filename=x", false, true},
		{"attachment", true, false},   {"x-other; name*0=a", true, true},
		{"; filename=x", false, true}, {"attachment; filename=\"\"", true, false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct arena *a = arena_new();
		struct mime_source source = {.data = "", .content_disposition = cases[i].value};
		struct mime_tree t;

		mime_scan(a, &source, &limits, &t);
		assert_int_equal(t.node[0].is_attachment, cases[i].attachment);
		assert_int_equal(t.node[0].is_named, cases[i].named);
		arena_free(a);
	}
}

static void
test_source_flags(void **state)
{
	struct arena *a = arena_new();
	struct mime_source source = {.data = "x\r--b\r", .len = 6, .conflict = true};
	struct mime_tree t;

	(void)state;
	mime_scan(a, &source, &limits, &t);
	assert_int_equal(t.flags, MIME_CONFLICT);
	source.conflict = false;
	source.find_lone_cr = true;
	mime_scan(a, &source, &limits, &t);
	assert_int_equal(t.flags, MIME_LONE_CR);
	source.data = "x\r\n--b\r-";
	source.len = 8;
	mime_scan(a, &source, &limits, &t);
	assert_int_equal(t.flags, 0);
	assert_string_equal(mime_flag_words(a, MIME_NO_PARTS | MIME_LONE_CR | MIME_TOO_MANY),
			    "no-parts, lone-cr, too-many-parts");
	arena_free(a);
}

/* ---- limits ---- */

static void
test_part_limit(void **state)
{
	for (unsigned max = 1; max <= 6; max++) {
		struct arena *a = arena_new();
		struct mime_limits few = {.parts = max, .depth = 100};
		struct mime_source source = {.content_type = "multipart/mixed; boundary=b"};
		struct buf b = {0};
		struct mime_tree t;

		(void)state;
		put_parts(&b, 4);
		source.data = buf_string(&b);
		source.len = b.len;
		mime_scan(a, &source, &few, &t);
		assert_int_equal(t.n, max < 5 ? max : 5);
		assert_int_equal(t.node[0].flags, max < 5 ? MIME_TOO_MANY : 0);
		assert_int_equal(t.node[0].close_delimiter, b.len - 7);
		for (unsigned i = 1; i < t.n; i++)
			assert_int_equal(t.node[i].body.to - t.node[i].body.from, 1);
		buf_free(&b);
		arena_free(a);
	}
}

/* Parts beyond the limit are left out, but the multipart is still read to its close delimiter.
 */
static void
test_part_limit_unclosed(void **state)
{
	struct arena *a = arena_new();
	struct mime_source source = {.data = "--b\n\nx\n", .len = 7};
	struct mime_tree t;

	(void)state;
	source.content_type = "multipart/mixed; boundary=b";
	mime_scan(a, &source, &(struct mime_limits){.parts = 1, .depth = 100}, &t);
	assert_int_equal(t.flags, MIME_TOO_MANY);
	arena_free(a);
}

static void
test_depth_limit(void **state)
{
	struct arena *a = arena_new();
	struct mime_source source = {.content_type = "multipart/mixed; boundary=b"};
	struct buf b = {0};
	struct mime_tree t;

	(void)state;
	put_nested(&b, 100);
	source.data = buf_string(&b);
	source.len = b.len;
	mime_scan(a, &source, &limits, &t);
	assert_int_equal(t.n, 101);
	assert_int_equal(t.node[100].depth, 100);
	assert_int_equal(t.node[100].flags, MIME_TOO_DEEP);
	assert_false(t.node[100].is_multipart);
	assert_int_equal(t.node[99].flags, 0);
	mime_scan(a, &source, &(struct mime_limits){.parts = 200, .depth = 101}, &t);
	assert_int_equal(t.n, 102);
	assert_int_equal(t.flags, 0);
	mime_scan(a, &source, &(struct mime_limits){.parts = 200, .depth = 0}, &t);
	assert_int_equal(t.n, 1);
	assert_int_equal(t.flags, MIME_TOO_DEEP);
	buf_free(&b);
	arena_free(a);
}

static void
test_parameter_limit(void **state)
{
	struct arena *a = arena_new();
	struct buf b = {0};

	(void)state;
	buf_puts(&b, "a/b");
	for (int i = 0; i < 32; i++)
		buf_printf(&b, ";p%d=x", i);
	assert_int_equal(scan(a, buf_string(&b), "").flags, 0);
	buf_puts(&b, ";name=x");
	assert_int_equal(scan(a, buf_string(&b), "").flags, MIME_MANY_PARAMETERS);
	buf_free(&b);
	arena_free(a);
}

static void
test_message_limits(void **state)
{
	struct arena *a = arena_new();
	struct mime_source source = {.content_type = "message/rfc822", .into_messages = true};
	struct buf b = {0};
	struct mime_tree t;

	(void)state;
	for (unsigned i = 0; i < 150; i++)
		buf_puts(&b, "Content-Type: message/rfc822\n\n");
	source.data = buf_string(&b);
	source.len = b.len;
	mime_scan(a, &source, &limits, &t);
	assert_int_equal(t.n, 101);
	assert_int_equal(t.node[100].flags, MIME_TOO_DEEP);
	mime_scan(a, &source, &(struct mime_limits){.parts = 7, .depth = 100}, &t);
	assert_int_equal(t.n, 7);
	assert_int_equal(t.node[6].flags, MIME_TOO_MANY);
	assert_int_equal(t.node[6].body.to, b.len);
	buf_free(&b);
	arena_free(a);
}

/* ---- hostile input takes linear time ---- */

static void
scan_hostile(const void *ctx, const struct buf *in)
{
	struct mime_source source = {.data = (const char *)in->data,
				     .len = in->len,
				     .content_type = "multipart/mixed; boundary=b",
				     .into_messages = true,
				     .find_lone_cr = true};
	struct arena *a = arena_new();
	struct mime_tree t;

	(void)ctx;
	mime_scan(a, &source, &limits, &t);
	arena_free(a);
}

static void
check_linear(const struct hostile *h)
{
	struct buf small = {0}, large = {0};

	h->put(&small, h->n / LINEAR_FACTOR);
	h->put(&large, h->n);
	assert_linear(h->name, scan_hostile, NULL, &small, &large);
	buf_free(&small);
	buf_free(&large);
}

static void
test_linear(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(hostile); i++)
		check_linear(&hostile[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_types),
		cmocka_unit_test(test_charsets),
		cmocka_unit_test(test_unclear_kinds),
		cmocka_unit_test(test_blank_fold),
		cmocka_unit_test(test_dispositions),
		cmocka_unit_test(test_source_flags),
		cmocka_unit_test(test_part_limit),
		cmocka_unit_test(test_part_limit_unclosed),
		cmocka_unit_test(test_depth_limit),
		cmocka_unit_test(test_message_limits),
		cmocka_unit_test(test_parameter_limit),
		cmocka_unit_test(test_linear),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
