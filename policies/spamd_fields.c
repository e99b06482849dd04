/* The fields of the policy "spamd": those above the message that spamd gets, and those that the
 * message gets of its answer. */
#include "policies/spamd.h"

#include "content/field.h"
#include "mime/words.h"
#include "policy/policy.h"
#include "service/spamd.h"
#include "util/buf.h"
#include "util/mailbox.h"
#include "util/str.h"

#define SPAM_PREFIX	 "X-Spam-"
#define SENT_RCPTS_MAX	 100u
#define TAKEN_FIELDS_MAX 100u

/* What is sent above the message. */

const char *
make_spamd_envelope(struct policy_call *c)
{
	const struct sender *sender = policy_sender(c);
	struct buf b = {0};
	size_t n = 0;

	if (sender != NULL) {
		buf_puts(&b, "X-Envelope-From: ");
		mailbox_append_to_field(&b, sender->mailbox);
		buf_puts(&b, "\r\n");
	}
	for (size_t i = 0; n < SENT_RCPTS_MAX && (i = policy_next_rcpt(c, i)) != RCPT_NONE;
	     i++) {
		buf_puts(&b, n++ == 0 ? "X-Envelope-To: " : ",\r\n\t");
		mailbox_append_to_field(&b, policy_message(c)->rcpts[i].mailbox);
	}
	if (n > 0)
		buf_puts(&b, "\r\n");
	return buf_move_to_arena(&b, policy_arena(c));
}

void
delete_spam_fields(struct policy_call *c)
{
	struct message *m = policy_message(c);

	for (size_t i = 0; i < m->n_headers; i++)
		if (!m->headers[i].deleted && str_case_starts(m->headers[i].name, SPAM_PREFIX))
			policy_delete_header(c, &m->headers[i]);
}

/* What is taken over. */

/* Whether the value can stand in a message as it is: printable ASCII, in lines that are not too
 * long and not of blanks alone. column: where it begins. */
static bool
is_clean_value(const char *value, size_t column)
{
	while (true) {
		size_t n = strcspn(value, "\n"), blanks = str_blank_run(value, n);

		for (size_t i = blanks; i < n; i++)
			if ((value[i] < ' ' || value[i] > '~') && value[i] != '\t')
				return false;
		if (n == blanks || column + n > FIELD_MAX_LINE)
			return false;
		if (value[n] == '\0')
			return true;
		value += n + 1;
		column = 0;
	}
}

/* On one line, without blanks at its ends. */
static const char *
unfold_value(struct policy_call *c, const char *value)
{
	size_t len = strlen(value);
	char *text = arena_alloc(policy_arena(c), len + 1);

	len = str_trim_blanks(text, mime_unfold(value, len, text));
	text[len] = '\0';
	return str_skip_blanks(text);
}

/* Folds stay, but for one in front of the value, where SpamAssassin puts it before a report. */
static const char *
clean_spamd_value(struct policy_call *c, const char *name, const char *value)
{
	size_t len;
	struct buf b = {0};

	value += strspn(value, " \t\n");
	for (len = strlen(value); len > 0 && strchr(" \t\n", value[len - 1]) != NULL;)
		len--;
	value = arena_strndup(policy_arena(c), value, len);
	if (is_clean_value(value, strlen(name) + 2))
		return value;
	value = unfold_value(c, value);
	field_encode(name, value, strlen(value), &b);
	return buf_move_to_arena(&b, policy_arena(c));
}

/* A tag before the message's own subject leaves the bytes of that as they are:
 *
 *	message			answer				value
 *	"Gr\xfc\xdf" "e"	"[SPAM] Gr\xfc\xdf" "e"		"[SPAM] Gr\xfc\xdf" "e"
 *	"Hello"			"[SPAM] Hello"			"[SPAM] Hello"
 *	"Hello"			"(spam) \xc3\xbc"		"=?UTF-8?Q?(spam)_=C3=BC?="
 *
 * NULL: it says the same. */
static const char *
find_new_subject(struct policy_call *c, const struct header *h, const char *value)
{
	const char *old = unfold_value(c, h->value), *text = unfold_value(c, value);
	size_t old_len = strlen(old), len = strlen(text);
	struct buf b = {0};

	if (strcmp(old, text) == 0)
		return NULL;
	if (old_len == 0 || len < old_len || strcmp(text + len - old_len, old) != 0)
		return clean_spamd_value(c, h->name, value);
	field_prefix(h->name, text, len - old_len, h->value, &b);
	return buf_move_to_arena(&b, policy_arena(c));
}

static void
take_subject(struct policy_call *c, const char *value)
{
	struct header *h = message_nth_header(policy_message(c), "Subject", 1);

	if (h == NULL) {
		policy_add_header(c, "Subject", clean_spamd_value(c, "Subject", value));
		return;
	}
	value = find_new_subject(c, h, value);
	if (value != NULL)
		policy_change_header(c, h, value);
}

void
take_spamd_fields(struct policy_call *c, const struct spamd_exchange *x)
{
	bool has_subject = false;
	size_t n = 0;

	for (size_t i = 0; i < x->n_fields; i++) {
		const char *name = x->fields[i].name, *value = x->fields[i].value;

		if (str_case_starts(name, SPAM_PREFIX) && n++ < TAKEN_FIELDS_MAX)
			policy_add_header(c, name, clean_spamd_value(c, name, value));
		if (str_case_equal(name, "Subject") && !has_subject) {
			take_subject(c, value);
			has_subject = true;
		}
	}
}

/* Symbols. */

/* The text behind "tests=" in the first X-Spam-Status; NULL: there is none. */
static const char *
find_tests(const struct spamd_exchange *x)
{
	static const char word[] = "tests=";

	for (size_t i = 0; i < x->n_fields; i++) {
		const char *p = x->fields[i].value;

		if (!str_case_equal(x->fields[i].name, SPAM_PREFIX "Status"))
			continue;
		for (; *p != '\0'; p += strcspn(p, " \t\n"), p += strspn(p, " \t\n"))
			if (strncmp(p, word, strlen(word)) == 0)
				return p + strlen(word);
		return NULL;
	}
	return NULL;
}

/* "SEVEN_POINTS,\n\tGTUBE autolearn=no"; "none" stands for no name. */
static void
add_listed_symbols(struct policy_call *c, const char *p)
{
	while (p != NULL) {
		size_t n = strcspn(p, ", \t\n");

		if (n > 0 && !(n == 4 && strncmp(p, "none", n) == 0))
			policy_add_symbol(c, arena_strndup(policy_arena(c), p, n));
		p += n;
		if (*p != ',')
			return;
		p++;
		p += strspn(p, " \t\n");
	}
}

void
add_spamd_symbols(struct policy_call *c, const struct spamd_exchange *x)
{
	for (size_t i = 0; i < x->n_symbols; i++)
		policy_add_symbol(c, arena_strndup(policy_arena(c), x->symbols[i].data,
						   x->symbols[i].len));
	add_listed_symbols(c, find_tests(x));
}
