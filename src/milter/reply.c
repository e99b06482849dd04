/* Replies to frames, and frames to replies. What Postfix or Sendmail does not take is never
 * written: it is replaced or cut here, whatever a policy or the configuration has. */
#include "milter/reply.h"

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "util/buf.h"
#include "util/str.h"

#define OPTNEG_BYTES	     12u
#define REPLYCODE_LINE_BYTES 980u /* the limits of libmilter, smfi_setmlreply() */
#define REPLYCODE_LINES	     32u
#define HEADER_NAME_BYTES    998u /* a line of RFC 5322 */

/* Of strings in a frame; the rest is for an index, two NULs and a pair of angle brackets. */
#define STRINGS_BYTES (MILTER_CHUNK - 8u)

void
milter_put_optneg(struct buf *out, const struct milter_terms *terms, const char *const *lists)
{
	size_t mark = milter_frame_begin(out, CMD_OPTNEG);

	buf_put_u32(out, terms->version);
	buf_put_u32(out, terms->actions);
	buf_put_u32(out, terms->protocol);
	for (uint32_t s = 0; s < MACRO_STAGES; s++) {
		if (!lists || !lists[s] || !(terms->actions & ACTION_SETSYMLIST))
			continue;
		buf_put_u32(out, s);
		buf_append(out, lists[s], strlen(lists[s]) + 1);
	}
	milter_frame_end(out, mark);
}

void
milter_put_simple(struct buf *out, unsigned char reply)
{
	milter_frame_put(out, reply, NULL, 0);
}

static char
printable_char(char c)
{
	return c >= ' ' && c <= '~' ? c : '?';
}

/* s behind a number of one to three digits; NULL when there is none. */
static const char *
skip_code_number(const char *s)
{
	const char *p = s;

	while (str_is_digit(*p) && p - s < 3)
		p++;
	return p == s || str_is_digit(*p) ? NULL : p;
}

/* Whether this is "class.ddd.ddd" (RFC 3463), with the class of the reply code. */
static bool
xcode_has_class(const char *xcode, char class)
{
	if (xcode[0] != class || xcode[1] != '.')
		return false;

	const char *p = skip_code_number(xcode + 2);

	if (!p || *p != '.')
		return false;
	p = skip_code_number(p + 1);
	return p && *p == '\0';
}

static const char *
choose_xcode(unsigned code, const char *xcode, const char *text)
{
	char class = code < 500 ? '4' : '5';

	if (xcode ? xcode_has_class(xcode, class) : !str_is_digit(text[0]))
		return xcode;
	return class == '4' ? "4.0.0" : "5.0.0";
}

static void
put_reply_line(struct buf *out, const char *s, size_t len, size_t space)
{
	for (size_t i = 0; i < len; i++) {
		size_t n = s[i] == '%' ? 2 : 1;

		if (n > space)
			return;
		space -= n;
		/* both MTAs use the text as a printf format: "%%" */
		for (size_t k = 0; k < n; k++)
			buf_putc(out, (unsigned char)printable_char(s[i]));
	}
}

void
milter_put_replycode(struct buf *out, unsigned code, const char *xcode, const char *text)
{
	assert(code >= 400 && code <= 599);

	size_t mark = milter_frame_begin(out, REPLY_CODE);
	size_t len = strlen(text);
	bool last = false;

	xcode = choose_xcode(code, xcode, text);
	while (len > 0 && text[len - 1] == '\n')
		len--;
	for (size_t n = 1; !last; n++) {
		const char *lf = memchr(text, '\n', len);
		size_t line = lf ? (size_t)(lf - text) : len, start = out->len;

		last = !lf || n == REPLYCODE_LINES;
		buf_printf(out, "%u%c", code, last ? ' ' : '-');
		if (xcode)
			buf_printf(out, "%s ", xcode);
		put_reply_line(out, text, line, REPLYCODE_LINE_BYTES - (out->len - start));
		if (last)
			break;
		buf_puts(out, "\r\n");
		text += line + 1;
		len -= line + 1;
	}
	buf_putc(out, '\0');
	milter_frame_end(out, mark);
}

void
milter_put_header_value(struct buf *out, const char *s, size_t space)
{
	bool pending = false; /* an LF, which is written when something follows it */
	size_t start = out->len;

	for (; *s != '\0'; s++) {
		if (*s == '\r')
			continue;
		if (*s == '\n') {
			pending = true;
			continue;
		}
		/* at most three: the LF, a blank, the byte */
		if (out->len - start + 3 > space)
			return;
		if (pending)
			buf_puts(out, str_is_blank(*s) ? "\n" : "\n ");
		pending = false;
		buf_putc(out, (unsigned char)*s);
	}
}

static bool
is_usable_header_name(const char *name)
{
	return name[0] != '\0' && strnlen(name, HEADER_NAME_BYTES + 1) <= HEADER_NAME_BYTES;
}

static void
put_header_strings(struct buf *out, const char *name, const char *value)
{
	size_t len = strlen(name);

	buf_append(out, name, len + 1);
	milter_put_header_value(out, value, STRINGS_BYTES - len);
	buf_putc(out, '\0');
}

void
milter_put_add_header(struct buf *out, const char *name, const char *value)
{
	if (!is_usable_header_name(name))
		return;

	size_t mark = milter_frame_begin(out, REPLY_ADD_HEADER);

	put_header_strings(out, name, value);
	milter_frame_end(out, mark);
}

static void
put_indexed_header(struct buf *out, unsigned char reply, uint32_t index, const char *name,
		   const char *value)
{
	if (!is_usable_header_name(name))
		return;

	size_t mark = milter_frame_begin(out, reply);

	buf_put_u32(out, index);
	put_header_strings(out, name, value);
	milter_frame_end(out, mark);
}

void
milter_put_insert_header(struct buf *out, uint32_t index, const char *name, const char *value)
{
	put_indexed_header(out, REPLY_INSERT_HEADER, index, name, value);
}

void
milter_put_change_header(struct buf *out, uint32_t nth, const char *name, const char *value)
{
	/* An empty value deletes, and one of nothing but line ends would be empty. */
	if (!value)
		value = "";
	else if (value[strspn(value, "\r\n")] == '\0')
		value = " ";
	put_indexed_header(out, REPLY_CHANGE_HEADER, nth, name, value);
}

static void
put_address(struct buf *out, unsigned char reply, const char *addr, const char *args)
{
	size_t mark = milter_frame_begin(out, reply);
	size_t addr_len = strnlen(addr, STRINGS_BYTES);

	if (addr[0] != '<')
		buf_putc(out, '<');
	buf_append(out, addr, addr_len);
	if (addr[0] != '<')
		buf_putc(out, '>');
	buf_putc(out, '\0');
	if (args && args[0] != '\0') {
		buf_append(out, args, strnlen(args, STRINGS_BYTES - addr_len));
		buf_putc(out, '\0');
	}
	milter_frame_end(out, mark);
}

void
milter_put_change_from(struct buf *out, const char *addr, const char *args)
{
	put_address(out, REPLY_CHANGE_FROM, addr, args);
}

void
milter_put_add_rcpt(struct buf *out, const char *addr, const char *args)
{
	put_address(out, args && args[0] != '\0' ? REPLY_ADD_RCPT_PAR : REPLY_ADD_RCPT, addr,
		    args);
}

void
milter_put_del_rcpt(struct buf *out, const char *addr)
{
	put_address(out, REPLY_DEL_RCPT, addr, NULL);
}

void
milter_put_quarantine(struct buf *out, const char *reason)
{
	size_t mark = milter_frame_begin(out, REPLY_QUARANTINE);
	size_t len = strnlen(reason, REPLYCODE_LINE_BYTES);

	if (len == 0)
		buf_putc(out, '?'); /* libmilter refuses an empty reason */
	for (size_t i = 0; i < len; i++)
		buf_putc(out, (unsigned char)printable_char(reason[i]));
	buf_putc(out, '\0');
	milter_frame_end(out, mark);
}

/* Whether the macro lists behind OPTNEG's numbers are a u32 and a string each. */
static bool
lists_are_whole(const unsigned char *p, size_t len)
{
	while (len > 0) {
		const unsigned char *nul = len > 4 ? memchr(p + 4, '\0', len - 4) : NULL;

		if (!nul)
			return false;
		len -= (size_t)(nul + 1 - p);
		p = nul + 1;
	}
	return true;
}

static int
decode_optneg_reply(const struct milter_frame *f, struct milter_reply *reply)
{
	if (f->len < OPTNEG_BYTES)
		return -EBADMSG;
	reply->terms.version = milter_get_u32(f->payload);
	reply->terms.actions = milter_get_u32(f->payload + 4);
	reply->terms.protocol = milter_get_u32(f->payload + 8);
	reply->data = f->payload + OPTNEG_BYTES;
	reply->len = f->len - OPTNEG_BYTES;
	return lists_are_whole(reply->data, reply->len) ? 0 : -EBADMSG;
}

/* Whether s begins as "550 text" or "550-5.7.1 text". The checks of Postfix 3.7, which looks at
 * the first line only. */
static bool
is_replycode(const char *s)
{
	if ((s[0] != '4' && s[0] != '5') || !str_is_digit(s[1]) || !str_is_digit(s[2]))
		return false;
	if (s[3] != ' ' && s[3] != '-')
		return false;
	return !str_is_digit(s[4]) || s[4] == s[0];
}

/* The form of a reply's payload: an index, then strings. */
struct form {
	unsigned char reply;
	unsigned char index;	/* bytes of it, 0 or 4 */
	unsigned char min, max; /* number of strings */
};

/* clang-format off */
static const struct form forms[] = {
	{REPLY_CONTINUE, 0, 0, 0},
	{REPLY_ACCEPT, 0, 0, 0},
	{REPLY_REJECT, 0, 0, 0},
	{REPLY_TEMPFAIL, 0, 0, 0},
	{REPLY_DISCARD, 0, 0, 0},
	{REPLY_SKIP, 0, 0, 0},
	{REPLY_PROGRESS, 0, 0, 0},
	{REPLY_SHUTDOWN, 0, 0, 0},
	{REPLY_CODE, 0, 1, 1},
	{REPLY_ADD_HEADER, 0, 2, 2},
	{REPLY_INSERT_HEADER, 4, 2, 2},
	{REPLY_CHANGE_HEADER, 4, 2, 2},
	{REPLY_ADD_RCPT, 0, 1, 1},
	{REPLY_ADD_RCPT_PAR, 0, 1, 2},
	{REPLY_DEL_RCPT, 0, 1, 1},
	{REPLY_CHANGE_FROM, 0, 1, 2},
	{REPLY_QUARANTINE, 0, 1, 1},
};
/* clang-format on */

static const struct form *
find_form(unsigned char reply)
{
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		if (forms[i].reply == reply)
			return &forms[i];
	}
	return NULL;
}

static int
decode_form(const struct milter_frame *f, const struct form *form, struct milter_reply *reply)
{
	const char *strings[2] = {NULL, NULL};
	size_t n = 0, pos = form->index;

	if (f->len < form->index)
		return -EBADMSG;
	if (form->index)
		reply->index = milter_get_u32(f->payload);
	for (; pos < f->len && n < form->max; n++) {
		const unsigned char *nul = memchr(f->payload + pos, '\0', f->len - pos);

		if (!nul)
			return -EBADMSG;
		strings[n] = (const char *)f->payload + pos;
		pos = (size_t)(nul + 1 - f->payload);
	}
	if (pos != f->len || n < form->min)
		return -EBADMSG;
	reply->name = strings[0];
	reply->value = strings[1];
	return 0;
}

int
milter_reply_decode(const struct milter_frame *frame, struct milter_reply *ret)
{
	struct milter_reply reply = {.reply = frame->command};
	const struct form *form = find_form(frame->command);
	int r = -EBADMSG;

	if (form) {
		r = decode_form(frame, form, &reply);
	} else if (frame->command == CMD_OPTNEG) {
		r = decode_optneg_reply(frame, &reply);
	} else if (frame->command == REPLY_REPLACE_BODY) {
		reply.data = frame->payload;
		reply.len = frame->len;
		r = 0;
	}
	if (r == 0 && reply.reply == REPLY_CODE && !is_replycode(reply.name))
		r = -EBADMSG;
	if (r == 0)
		*ret = reply;
	return r;
}
