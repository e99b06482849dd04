/* Outcomes as text. */
#include "ctl/show.h"

#include <string.h>

#include "milter/proto.h"
#include "util/buf.h"
#include "util/str.h"

static const char *const stage_words[STAGE_COUNT] = {
	[STAGE_CONNECT] = "the connection",
	[STAGE_HELO] = "HELO",
	[STAGE_ENVFROM] = "MAIL",
	[STAGE_ENVRCPT] = "RCPT",
	[STAGE_DATA] = "DATA",
	[STAGE_HEADER] = "a header",
	[STAGE_EOH] = "the header's end",
	[STAGE_BODY] = "the body",
	[STAGE_EOM] = "the end of the message",
};

/* A reply's text as the client reads it: '%%' is one '%', lines are separated by " / ". */
static void
put_reply(struct buf *b, const char *text)
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
put_verdict(struct buf *b, const struct mta_outcome *out)
{
	const char *stage = out->stage < STAGE_COUNT ? stage_words[out->stage] : NULL;

	switch (out->reply) {
	case REPLY_CONTINUE:
	case REPLY_ACCEPT:
		buf_puts(b, out->changes ? "accepted, with changes" : "accepted, unchanged");
		break;
	case REPLY_DISCARD:
		buf_puts(b, "thrown away");
		break;
	case REPLY_TEMPFAIL:
		buf_puts(b, "put off");
		break;
	default:
		buf_puts(b, out->text[0] == '4' ? "put off" : "refused");
	}
	if (out->reply != REPLY_CONTINUE && out->reply != REPLY_ACCEPT && stage)
		buf_printf(b, " at %s", stage);
	if (out->reply == REPLY_CODE) {
		buf_puts(b, ": ");
		put_reply(b, out->text);
	}
	buf_putc(b, '\n');
}

/* A line end inside becomes one that is indented. */
static void
put_header(struct buf *b, char sign, const char *name, const char *value)
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
nth_header(const struct mta_mail *mail, const char *name, uint32_t nth)
{
	for (const struct mta_header *h = mail->headers; h->name; h++)
		if (str_case_equal(h->name, name) && nth-- <= 1)
			return h->value;
	return NULL;
}

static void
put_change(struct buf *b, const struct mta_mail *mail, const struct mta_change *c)
{
	const char *old;

	switch (c->what) {
	case 'm':
		old = nth_header(mail, c->name, c->index);
		if (old)
			put_header(b, '-', c->name, old);
		if (c->value[0])
			put_header(b, '+', c->name, c->value);
		break;
	case 'h':
	case 'i':
		put_header(b, '+', c->name, c->value);
		break;
	case '+':
	case '2':
		buf_printf(b, "+ recipient %s\n", c->name);
		break;
	case '-':
		buf_printf(b, "- recipient %s\n", c->name);
		break;
	case 'e':
		buf_printf(b, "- sender %s\n+ sender %s\n", mail->sender[0], c->name);
		break;
	case 'q':
		buf_printf(b, "! quarantine: %s\n", c->name);
		break;
	default:
		break;
	}
}

/* Length of the line at p, its LF included. */
static size_t
line_length(const char *p, size_t len)
{
	const char *end = memchr(p, '\n', len);

	return end ? (size_t)(end - p) + 1 : len;
}

static void
put_lines(struct buf *b, char sign, const char *text, size_t len)
{
	while (len > 0) {
		size_t n = line_length(text, len), shown = n;

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

/* Where the last whole line of the first len bytes begins. */
static size_t
last_line(const char *text, size_t len)
{
	size_t at = len > 0 ? len - 1 : 0;

	while (at > 0 && text[at - 1] != '\n')
		at--;
	return at;
}

static size_t
common_start(const char *a, size_t a_len, const char *b, size_t b_len)
{
	size_t at = 0;

	while (at < a_len && at < b_len) {
		size_t n = line_length(a + at, a_len - at);

		if (n != line_length(b + at, b_len - at) || memcmp(a + at, b + at, n) != 0)
			break;
		at += n;
	}
	return at;
}

/* Bytes of whole lines that both end with. */
static size_t
common_end(const char *a, size_t a_len, const char *b, size_t b_len)
{
	size_t used = 0;

	while (used < a_len && used < b_len) {
		size_t from_a = last_line(a, a_len - used), from_b = last_line(b, b_len - used);
		size_t n = a_len - used - from_a;

		if (n != b_len - used - from_b || memcmp(a + from_a, b + from_b, n) != 0)
			break;
		used += n;
	}
	return used;
}

static void
put_body(struct buf *b, const struct mta_mail *mail, const struct buf *new_body)
{
	const char *old = mail->body, *new = (const char *)new_body->data;
	size_t start = common_start(old, mail->body_len, new, new_body->len);
	size_t end = common_end(old + start, mail->body_len - start, new + start,
				new_body->len - start);
	size_t before = last_line(old, start);

	put_lines(b, ' ', old + before, start - before);
	put_lines(b, '-', old + start, mail->body_len - start - end);
	put_lines(b, '+', new + start, new_body->len - start - end);
}

void
show_outcome(struct buf *b, const struct mta_mail *mail, const struct mta_outcome *out)
{
	struct buf body = {0};
	bool replaced = false;

	put_verdict(b, out);
	for (const struct mta_change *c = out->changes; c; c = c->next) {
		put_change(b, mail, c);
		if (c->what != 'b')
			continue;
		replaced = true;
		buf_append(&body, c->data, c->len);
	}
	if (replaced) {
		buf_reserve(&body, 1);
		put_body(b, mail, &body);
	}
	buf_free(&body);
}
