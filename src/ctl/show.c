/* Writes outcomes as text. A new body is compared line by line, but only by its common start
 * and end: what lies between is shown as replaced as a whole. */
#include "ctl/show.h"

#include <string.h>

#include "milter/proto.h"
#include "mime/words.h"
#include "util/buf.h"
#include "util/str.h"

static const char *const stage_words[STAGE_COUNT] = {
	[STAGE_CONNECT] = "connect",
	[STAGE_HELO] = "HELO",
	[STAGE_ENVFROM] = "MAIL",
	[STAGE_ENVRCPT] = "RCPT",
	[STAGE_DATA] = "DATA",
	[STAGE_HEADER] = "a header field",
	[STAGE_EOH] = "the end of the header",
	[STAGE_BODY] = "the body",
	[STAGE_EOM] = "the end of the message",
};

const char *
show_stage(enum stage stage)
{
	return stage_words[stage];
}

void
show_text(struct buf *b, const char *s, size_t max)
{
	size_t len = strlen(s);
	bool is_cut = len > max;

	if (is_cut) /* not within a character */
		for (len = max; len > 0 && ((unsigned char)s[len] & 0xc0) == 0x80;)
			len--;
	str_append_readable(b, s, len);
	if (is_cut)
		buf_puts(b, "...");
}

void
show_decoded(struct buf *b, const char *value, size_t max)
{
	struct buf text = {0};

	(void)mime_decode_header(value, strlen(value), &text);
	show_text(b, str_skip_blanks(buf_string(&text)), max);
	buf_free(&text);
}

void
show_refused_count(struct buf *b, unsigned n)
{
	if (n > 0)
		buf_printf(b, ", refused %u recipient%s", n, n == 1 ? "" : "s");
}

/* In the milter protocol '%%' is the code of '%'. */
void
show_reply(struct buf *b, const char *text)
{
	for (; *text; text++) {
		if (*text == '\r')
			continue;
		if (*text == '\n')
			buf_puts(b, " / ");
		else
			buf_putc(b, (unsigned char)*text);
		if (text[0] == '%' && text[1] == '%')
			text++;
	}
}

static void
append_verdict_line(struct buf *b, const struct mta_outcome *out)
{
	const char *stage = out->stage < STAGE_COUNT ? stage_words[out->stage] : NULL;

	switch (out->reply) {
	case REPLY_CONTINUE:
	case REPLY_ACCEPT:
		buf_puts(b, out->changes ? "accepted, with changes" : "accepted, unchanged");
		break;
	case REPLY_DISCARD:
		buf_puts(b, "discarded");
		break;
	case REPLY_TEMPFAIL:
		buf_puts(b, "temporarily refused");
		break;
	default:
		buf_puts(b, out->text[0] == '4' ? "temporarily refused" : "refused");
	}
	if (out->reply != REPLY_CONTINUE && out->reply != REPLY_ACCEPT && stage)
		buf_printf(b, " at %s", stage);
	if (out->reply == REPLY_CODE) {
		buf_puts(b, ": ");
		show_reply(b, out->text);
	}
	buf_putc(b, '\n');
}

/* A folded value becomes several lines, each with the sign. */
static void
append_header_lines(struct buf *b, char sign, const char *name, const char *value)
{
	value += value[0] == ' ';
	buf_printf(b, "%c %s: ", sign, name);
	for (; *value; value++) {
		buf_putc(b, (unsigned char)*value);
		if (*value == '\n')
			buf_printf(b, "%c ", sign);
	}
	buf_putc(b, '\n');
}

static const char *
find_nth_header(const struct mta_message *message, const char *name, uint32_t nth)
{
	for (const struct mta_header *h = message->headers; h->name; h++)
		if (str_case_equal(h->name, name) && nth-- <= 1)
			return h->value;
	return NULL;
}

static void
append_change(struct buf *b, const struct mta_message *message, const struct mta_change *c)
{
	const char *old;

	switch (c->letter) {
	case 'm':
		old = find_nth_header(message, c->name, c->index);
		if (old)
			append_header_lines(b, '-', c->name, old);
		if (c->value[0])
			append_header_lines(b, '+', c->name, c->value);
		break;
	case 'h':
	case 'i':
		append_header_lines(b, '+', c->name, c->value);
		break;
	case '+':
	case '2':
		buf_printf(b, "+ recipient %s\n", c->name);
		break;
	case '-':
		buf_printf(b, "- recipient %s\n", c->name);
		break;
	case 'e':
		buf_printf(b, "- sender %s\n+ sender %s\n", message->sender[0], c->name);
		break;
	case 'q':
		buf_printf(b, "! quarantine: %s\n", c->name);
		break;
	default:
		break;
	}
}

/* The length of the line at p, its line end included. */
static size_t
measure_line(const char *p, size_t len)
{
	const char *end = memchr(p, '\n', len);

	return end ? (size_t)(end - p) + 1 : len;
}

static void
append_signed_lines(struct buf *b, char sign, const char *text, size_t len)
{
	while (len > 0) {
		size_t n = measure_line(text, len), shown = n;

		while (shown > 0 && (text[shown - 1] == '\n' || text[shown - 1] == '\r'))
			shown--;
		buf_putc(b, (unsigned char)sign);
		buf_puts(b, shown > 0 ? " " : "");
		buf_append(b, text, shown);
		buf_putc(b, '\n');
		text += n;
		len -= n;
	}
}

/* The offset at which the last line of the first len bytes begins. */
static size_t
find_last_line(const char *text, size_t len)
{
	size_t at = len > 0 ? len - 1 : 0;

	while (at > 0 && text[at - 1] != '\n')
		at--;
	return at;
}

/* The length of the whole lines with which both texts begin. */
static size_t
measure_common_start(const char *a, size_t a_len, const char *b, size_t b_len)
{
	size_t at = 0;

	while (at < a_len && at < b_len) {
		size_t n = measure_line(a + at, a_len - at);

		if (n != measure_line(b + at, b_len - at) || memcmp(a + at, b + at, n) != 0)
			break;
		at += n;
	}
	return at;
}

/* The length of the whole lines with which both texts end. */
static size_t
measure_common_end(const char *a, size_t a_len, const char *b, size_t b_len)
{
	size_t used = 0;

	while (used < a_len && used < b_len) {
		size_t from_a = find_last_line(a, a_len - used),
		       from_b = find_last_line(b, b_len - used);
		size_t n = a_len - used - from_a;

		if (n != b_len - used - from_b || memcmp(a + from_a, b + from_b, n) != 0)
			break;
		used += n;
	}
	return used;
}

static void
append_body_diff(struct buf *b, const struct mta_message *message, const struct buf *new_body)
{
	const char *old = message->body, *new = (const char *)new_body->data;
	size_t start = measure_common_start(old, message->body_len, new, new_body->len);
	size_t end = measure_common_end(old + start, message->body_len - start, new + start,
					new_body->len - start);
	size_t before = find_last_line(old, start);

	append_signed_lines(b, ' ', old + before, start - before);
	append_signed_lines(b, '-', old + start, message->body_len - start - end);
	append_signed_lines(b, '+', new + start, new_body->len - start - end);
}

void
show_outcome(struct buf *b, const struct mta_message *message, const struct mta_outcome *out)
{
	struct buf body = {0};
	bool replaced = false;

	append_verdict_line(b, out);
	for (const struct mta_change *c = out->changes; c; c = c->next) {
		append_change(b, message, c);
		if (c->letter != 'b')
			continue;
		replaced = true;
		buf_append(&body, c->data, c->len);
	}
	if (replaced) {
		buf_reserve(&body, 1);
		append_body_diff(b, message, &body);
	}
	buf_free(&body);
}
