/* rewrite/removal: where a notice stands for a part that is taken out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "rewrite/removal.h"
#include "util/arena.h"
#include "util/buf.h"

static const struct mime_limits limits = {.parts = 20, .depth = 9};

/* Writes a part from a form such as "alternative(text,image*)", and returns what is behind it.
 * '*' marks a part that is taken out. */
static const char *
write_part(const char *form, char boundary, struct buf *out)
{
	size_t n = strcspn(form, "(),*");

	buf_puts(out, "Content-Type: ");
	if (form[n] != '(') {
		buf_printf(out, "%.*s/x\r\n\r\nx\r\n", (int)n, form);
		return form + n + (form[n] == '*');
	}
	if (strncmp(form, "message", n) == 0) {
		buf_puts(out, "message/rfc822\r\n\r\n");
		form = write_part(form + n + 1, boundary, out);
		return form + 1 + (form[1] == '*');
	}
	buf_printf(out, "multipart/%.*s; boundary=%c\r\n\r\n", (int)n, form, boundary);
	for (form += n; *form != ')';) {
		buf_printf(out, "--%c\r\n", boundary);
		form = write_part(form + 1, (char)(boundary + 1), out);
	}
	buf_printf(out, "--%c--\r\n", boundary);
	return form + 1 + (form[1] == '*');
}

/* The nodes with a '*': the names in the form are in the order of the nodes, apart from those
 * of containers, whose '*' comes behind their parts. */
static size_t
find_marked(const char *form, struct mime_removal *ret)
{
	unsigned open[9], depth = 0, node = 0, last = 0;
	size_t n = 0;

	for (const char *p = form; *p != '\0'; p++) {
		if (*p == '(') {
			open[depth++] = node++;
		} else if (*p == ')') {
			if (p[-1] != ')' && p[-1] != '*')
				last = node++;
			last = open[--depth];
		} else if (*p == ',') {
			if (p[-1] != ')' && p[-1] != '*')
				node++;
		} else if (*p == '*') {
			if (p[-1] != ')')
				last = node++;
			ret[n++] = (struct mime_removal){.node = last};
		}
	}
	return n;
}

static void
test_places(void **state)
{
	static const struct {
		const char *form;
		unsigned removed;
		enum mime_notice_place place;
		unsigned anchor; /* of BEHIND */
	} rows[] = {
		{"mixed(text,image*)", 2, MIME_NOTICE_IN_PLACE, 0},
		{"alternative(text,image*)", 2, MIME_NOTICE_AROUND, 0},
		{"alternative(image*,text)", 1, MIME_NOTICE_AROUND, 0},
		{"alternative(image*)", 1, MIME_NOTICE_IN_PLACE, 0},
		{"alternative(text,mixed(image*))", 2, MIME_NOTICE_AROUND, 0},
		{"alternative(text,mixed(html,image*))", 4, MIME_NOTICE_IN_PLACE, 0},
		{"alternative(text,related(html*,image))", 2, MIME_NOTICE_AROUND, 0},
		{"alternative(text,related(html,image*))", 4, MIME_NOTICE_IN_PLACE, 0},
		{"alternative(text,signed(image*,sig))", 2, MIME_NOTICE_AROUND, 0},
		{"related(html*,image)", 1, MIME_NOTICE_IN_PLACE, 0},
		{"signed(image*,sig)", 1, MIME_NOTICE_IN_PLACE, 0},
		{"mixed(alternative(text,image*),pdf)", 3, MIME_NOTICE_BEHIND, 1},
		{"mixed(related(alternative(text,image*),png))", 4, MIME_NOTICE_BEHIND, 1},
		{"mixed(signed(alternative(text,image*),sig),x)", 4, MIME_NOTICE_BEHIND, 1},
		{"mixed(text,message(alternative(text,image*)))", 5, MIME_NOTICE_BEHIND, 2},
		{"message(alternative(text,image*))", 3, MIME_NOTICE_AROUND, 0},
		{"mixed(message(image*))", 2, MIME_NOTICE_IN_PLACE, 0},
		{"report(alternative(text,image*),x,y)", 3, MIME_NOTICE_BEHIND, 5},
		{"digest(message(alternative(text,image*)))", 4, MIME_NOTICE_BEHIND, 1},
		/* several parts, which go together */
		{"alternative(text,mixed(image*,pdf*))", 2, MIME_NOTICE_AROUND, 0},
		{"alternative(text,related(html*,image*))", 2, MIME_NOTICE_AROUND, 0},
		{"alternative(text,related(html*,mixed(png,pdf*)))", 2, MIME_NOTICE_AROUND, 0},
		{"alternative(text,related(html*,message(pdf*)))", 2, MIME_NOTICE_AROUND, 0},
		{"mixed(alternative(text,related(html*,alternative(png,pdf*))),x)", 3,
		 MIME_NOTICE_BEHIND, 1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct mime_removal plan[9];
		struct arena *arena = arena_new();
		struct mime_source source = {.has_header = true, .into_messages = true};
		struct mime_tree tree;
		struct buf text = {0};
		size_t n = find_marked(rows[i].form, plan);

		(void)write_part(rows[i].form, 'a', &text);
		source.data = buf_string(&text);
		source.len = text.len;
		mime_scan(arena, &source, &limits, &tree);
		assert_int_equal(tree.flags, 0);
		assert_in_range(n, 1, 2);
		mime_plan_removals(&tree, plan, n);
		for (size_t k = 0; k < n; k++) {
			assert_int_equal(plan[k].place, rows[i].place);
			assert_int_equal(plan[k].removed, rows[i].removed);
			if (rows[i].place == MIME_NOTICE_BEHIND)
				assert_int_equal(plan[k].anchor, rows[i].anchor);
		}
		buf_free(&text);
		arena_free(arena);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_places),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
