/* rewrite/append: additions to quoted-printable, for each body of up to five pieces: soft line
 * breaks, blanks that were added on the way, and line ends of every kind, wherever they stand.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "charsets.h"
#include "joined.h"
#include "rewrite/append.h"

#define LEGAL "Legal\r\n"

static const char *const pieces[] = {"a", "=", " ", "\t", "\r\n", "\n", "=20"};
#define N_PIECES   (sizeof(pieces) / sizeof(pieces[0]))
#define MAX_PIECES 5

/* Is the decoded text the old one with the addition in it, and nothing else but line ends? */
static bool
has_old_and_new(const struct text_part *part, const struct buf *body, bool top)
{
	struct buf old = {0}, new = {0};
	bool right;

	(void)mime_qp_decode(part->body, part->len, &old);
	(void)mime_qp_decode((const char *)body->data, body->len, &new);
	if (top)
		right = new.len >= old.len &&memcmp(new.data + new.len - old.len, old.data,
						    old.len) ==
			0;
	else
		right = new.len >= old.len &&memcmp(new.data, old.data, old.len) == 0 &&
			strcmp(buf_string(&new) + new.len - strlen(LEGAL), LEGAL) == 0;
	right = right && strstr(buf_string(&new), LEGAL) != NULL;
	buf_free(&old);
	buf_free(&new);
	return right;
}

static void
add_to_body(const char *s, bool html, bool top)
{
	static const struct addition legal = {
		.text = LEGAL, .text_len = 7, .html = LEGAL, .html_len = 7};
	struct text_part part = {
		.body = s, .len = strlen(s), .encoding = MIME_QP, .charset = "utf-8"};
	struct addition add = legal;
	struct appended got = {0};
	struct buf body = {0};
	enum mime_edit_result why;

	part.html = html;
	add.top = top;
	why = mime_append(&part, &add, IF_PRESENT_TAIL, &got);
	if (why != MIME_EDIT_OK) {
		print_error("%s %s: \"%s\"\n", html ? "html" : "text", mime_edit_word(why), s);
		fail();
	}
	put_appended(&part, &got, &body);
	if (!has_old_and_new(&part, &body, top)) {
		print_error("wrong: \"%s\" became \"%s\"\n", s, buf_string(&body));
		fail();
	}
	if (!html && !top) /* no byte of the part is changed */
		assert_true(got.head == part.len && got.tail == 0);
	buf_free(&got.middle);
	buf_free(&body);
}

static void
test_all_short_bodies(void **state)
{
	size_t digit[MAX_PIECES] = {0}, n = 0;
	char s[MAX_PIECES * 3 + 1];

	(void)state;
	while (n <= MAX_PIECES) {
		size_t i = 0;

		*s = '\0';
		for (size_t k = 0; k < n; k++)
			strcat(s, pieces[digit[k]]);
		for (int how = 0; how < 4; how++)
			add_to_body(s, (how & 1) != 0, (how & 2) != 0);
		for (; i < n && ++digit[i] == N_PIECES; i++)
			digit[i] = 0;
		n += i == n; /* all bodies of n pieces are done */
	}
}

int
main(void)
{
	const struct CMUnitTest all[] = {
		cmocka_unit_test(test_all_short_bodies),
	};

	return cmocka_run_group_tests(all, open_charsets, NULL);
}
