/* Writes replies as text, in the form of driver.c's ANSWER. */
#include "render.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "milter/proto.h"
#include "util/buf.h"

void
render_bytes(const char *s, size_t len, struct buf *out)
{
	static const char from[] = "\n\r\t\\", to[] = "nrt\\";

	for (size_t i = 0; i < len; i++) {
		const char *p = s[i] != '\0' ? strchr(from, s[i]) : NULL;
		unsigned char c = (unsigned char)s[i];

		if (p)
			buf_printf(out, "\\%c", to[p - from]);
		else if (c < ' ' || c == 0x7f)
			buf_printf(out, "\\x%02x", (unsigned)c);
		else
			buf_putc(out, c);
	}
}

static void
put_string(struct buf *out, const char *s)
{
	if (!s)
		return;
	buf_putc(out, ' ');
	render_bytes(s, strlen(s), out);
}

/* In a reply's text the MTA reads "%%" as one percent sign. */
static void
put_reply_text(struct buf *out, const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		render_bytes(s + i, 1, out);
		if (s[i] == '%' && i + 1 < len && s[i + 1] == '%')
			i++;
	}
}

/* "550-5.7.1 a" CRLF "550 5.7.1 b" becomes "replycode 550 5.7.1 a\nb": the codes once, and an
 * escaped LF between lines. */
static void
render_code(const char *text, struct buf *out)
{
	const char *xcode = text + 4;
	size_t xlen = strcspn(xcode, " ");

	buf_printf(out, "replycode %.3s ", text);
	put_reply_text(out, xcode, strcspn(xcode, "\r"));
	while ((text = strstr(text, "\r\n")) != NULL) {
		text += strnlen(text, 6);
		if (strncmp(text, xcode, xlen) == 0 && text[xlen] == ' ')
			text += xlen + 1;
		buf_puts(out, "\\n");
		put_reply_text(out, text, strcspn(text, "\r"));
	}
}

static const struct {
	unsigned char reply;
	const char *word;
	bool index;
} words[] = {
	{REPLY_CONTINUE, "continue", false},
	{REPLY_ACCEPT, "accept", false},
	{REPLY_REJECT, "reject", false},
	{REPLY_TEMPFAIL, "tempfail", false},
	{REPLY_DISCARD, "discard", false},
	{REPLY_SKIP, "skip", false},
	{REPLY_PROGRESS, "progress", false},
	{CMD_OPTNEG, "optneg", false},
	{'h', "addheader", false},
	{'i', "insheader", true},
	{'m', "chgheader", true},
	{'+', "addrcpt", false},
	{'2', "addrcpt", false},
	{'-', "delrcpt", false},
	{'e', "chgfrom", false},
	{'q', "quarantine", false},
};

static const char *
reply_word(unsigned char reply, bool *index)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (words[i].reply == reply) {
			*index = words[i].index;
			return words[i].word;
		}
	}
	return "?";
}

static void
put_stages(struct buf *out, const char *label, uint32_t protocol, uint32_t (*bit)(enum stage))
{
	const char *sep = "";

	buf_printf(out, " %s=", label);
	for (enum stage s = 0; s < STAGE_COUNT; s++) {
		if (!(protocol & bit(s)))
			continue;
		buf_printf(out, "%s%s", sep, stage_name(s));
		sep = ",";
	}
}

static void
put_actions(struct buf *out, uint32_t actions)
{
	const char *sep = "";

	buf_puts(out, " actions=");
	for (uint32_t bit = 1; bit <= ACTION_SETSYMLIST; bit <<= 1) {
		if (!(actions & bit))
			continue;
		buf_printf(out, "%s%s", sep,
			   bit == ACTION_SETSYMLIST ? "SETSYMLIST" : action_name(bit));
		sep = ",";
	}
}

static void
render_terms(const struct milter_reply *reply, struct buf *out)
{
	buf_printf(out, " version=%" PRIu32, reply->terms.version);
	put_actions(out, reply->terms.actions);
	put_stages(out, "no", reply->terms.protocol, stage_no_bit);
	put_stages(out, "nr", reply->terms.protocol, stage_nr_bit);
}

void
render_reply(const struct milter_reply *reply, struct buf *out)
{
	bool index = false;

	if (reply->reply == 'b') {
		render_bytes(reply->data, reply->len, out);
		return;
	}
	if (reply->reply == REPLY_CODE) {
		render_code(reply->name, out);
		return;
	}
	if (reply->reply == 'm' && reply->value[0] == '\0') {
		buf_printf(out, "delheader %" PRIu32, reply->index);
		put_string(out, reply->name);
		return;
	}
	buf_puts(out, reply_word(reply->reply, &index));
	if (index)
		buf_printf(out, " %" PRIu32, reply->index);
	put_string(out, reply->name);
	put_string(out, reply->value);
	if (reply->reply == CMD_OPTNEG)
		render_terms(reply, out);
}

/* Whether the filter requests the macro: it is in one of the macro lists. */
static bool
requests_macro(const struct milter_reply *reply, const char *macro)
{
	return memmem(reply->data, reply->len, macro, strlen(macro)) != NULL;
}

static bool
field_holds(const struct milter_reply *reply, const char *terms, const char *field)
{
	if (strncmp(field, "macro=", 6) == 0)
		return requests_macro(reply, field + 6);
	if (strncmp(field, "lists=", 6) == 0)
		return (reply->len > 0) == (strcmp(field + 6, "yes") == 0);

	const char *p = strstr(terms, field);

	return p && p[-1] == ' ' && (p[strlen(field)] == ' ' || p[strlen(field)] == '\0');
}

void
render_check_optneg(const struct milter_reply *reply, const char *const *fields,
		    struct buf *wrong)
{
	struct buf terms = {0};

	render_terms(reply, &terms);
	for (; *fields; fields++) {
		if (!field_holds(reply, buf_string(&terms), *fields))
			buf_printf(wrong, "%s%s", wrong->len > 0 ? " " : "", *fields);
	}
	buf_free(&terms);
}
