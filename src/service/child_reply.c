/* Refusals of a child: the SMTP reply of a REPLYCODE frame, checked and taken apart. */
#include "service/child_private.h"

#include <string.h>

#include "util/str.h"

#define REPLY_LINE_BYTES 980u /* the limits of libmilter, smfi_setmlreply() */
#define REPLY_LINES	 32u

static const struct child_reply default_reject = {550, "5.7.1", "Command rejected"};
static const struct child_reply default_tempfail = {451, "4.7.1",
						    "Service unavailable - try again later"};

/* One line of a reply, without its codes. */
struct reply_line {
	const char *text;
	size_t len;
	const char *xcode;
	size_t xcode_len; /* 0: none */
};

/* The length of an enhanced code of this class (RFC 3463) with the blank behind it; 0: none. */
static size_t
xcode_length(const char *s, size_t len, char class)
{
	size_t pos = 2;

	if (len < 2 || s[0] != class || s[1] != '.')
		return 0;
	for (int i = 0; i < 2; i++) {
		size_t n = str_digit_run(s + pos, len - pos);

		if (n < 1 || n > 3)
			return 0;
		pos += n;
		if (pos == len || s[pos] != (i == 0 ? '.' : ' '))
			return 0;
		pos++;
	}
	return pos;
}

/* Takes the next line of *s, all of which have the code of `first`. False: it is no such line,
 * or no text for a client. */
static bool
take_reply_line(const char **s, const char *first, bool *ret_last, struct reply_line *ret)
{
	size_t len = strcspn(*s, "\r\n");
	const char *line = *s;

	if (len < 4 || len > REPLY_LINE_BYTES || memcmp(line, first, 3) != 0)
		return false;
	*ret_last = line[len] == '\0';
	if (line[3] != (*ret_last ? ' ' : '-'))
		return false;
	for (size_t i = 0; i < len; i++) {
		if (line[i] < ' ' || line[i] > '~')
			return false;
	}
	ret->xcode = line + 4;
	ret->xcode_len = xcode_length(line + 4, len - 4, first[0]);
	ret->text = ret->xcode + ret->xcode_len;
	ret->len = len - 4 - ret->xcode_len;
	*s = line + len;
	*s += strspn(*s, "\r") > 0;
	*s += **s == '\n';
	return true;
}

/* The text as it is meant: "%%" is one '%', as in the format that the MTAs make of it. */
static void
append_reply_text(struct buf *out, const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (s[i] == '%' && i + 1 < len && s[i + 1] == '%')
			i++;
		buf_putc(out, (unsigned char)s[i]);
	}
}

/* Whether the reply is one for a client; then *ret is it. */
static bool
read_replycode(struct arena *arena, const char *s, struct child_reply *ret)
{
	const char *first = s, class = s[0];
	struct reply_line line;
	struct buf text = {0};
	bool last = false;

	ret->xcode = class == '5' ? "5.7.1" : "4.7.1";
	for (unsigned n = 0; !last; n++) {
		if (n == REPLY_LINES || !take_reply_line(&s, first, &last, &line)) {
			buf_free(&text);
			return false;
		}
		if (n == 0 && line.xcode_len > 0)
			ret->xcode = arena_strndup(arena, line.xcode, line.xcode_len - 1);
		if (n > 0)
			buf_putc(&text, '\n');
		append_reply_text(&text, line.text, line.len);
	}
	ret->code = (unsigned)(first[0] - '0') * 100 + (unsigned)(first[1] - '0') * 10 +
		    (unsigned)(first[2] - '0');
	ret->text = arena_strdup(arena, buf_string(&text));
	buf_free(&text);
	return str_nonblank(ret->text) != NULL;
}

void
child_read_reply(struct arena *arena, const struct milter_reply *r, struct child_reply *ret)
{
	if (r->reply == REPLY_CODE && read_replycode(arena, r->name, ret))
		return;
	if (r->reply == REPLY_REJECT || (r->reply == REPLY_CODE && r->name[0] == '5'))
		*ret = default_reject;
	else
		*ret = default_tempfail;
}
