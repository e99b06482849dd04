/* Carries out what rspamd's answer wants, as far as the option `apply` has it: changes of the
 * message first, then the action, as rspamd's own milter does. A message that is refused or
 * discarded is not changed.
 *
 * A field to add has an order, its index among all fields, the MTA's own Received among them,
 * or from the end. The model of the message has places above and below that one, and behind all
 * (session/headers.h); a field that would go between two that the MTA sent goes to the nearer
 * of these as written. Example, for a message with the fields A and B that the MTA sent:
 *
 *	order	place
 *	0	above the Received of the MTA
 *	1	below it, in front of A
 *	2	the same, behind what was put there already: there is no place between A and B
 *	3, 9	behind B
 *	-1	behind B
 *	-2	the same, for want of a place between A and B
 *	-3	below the Received
 *	-4, -9	above it */
#include <syslog.h>

#include "content/field.h"
#include "policies/rspamd.h"
#include "util/mailbox.h"
#include "util/str.h"

#define SUBJECT_LINE 78u /* bytes; lines with encoded words are short (RFC 2047, section 2) */

/* Values. */

/* A copy with a '?' for each character that is not ASCII. */
static const char *
clean_field_value(struct arena *arena, const char *value)
{
	struct buf out = {0};
	size_t len = strlen(value);

	for (size_t n; len > 0; value += n, len -= n) {
		n = str_utf8_length((const unsigned char *)value, len);
		n = n > 0 ? n : 1;
		buf_putc(&out, (unsigned char)*value < 0x80 ? (unsigned char)*value : '?');
	}
	return buf_move_to_arena(&out, arena);
}

/* The value with lines of at most max bytes, where it has blanks; the name's bytes count. */
static const char *
fold_field_value(struct arena *arena, const char *name, const char *value, size_t max)
{
	struct buf out = {0};
	size_t column = strlen(name) + 2;

	for (;;) {
		size_t len = strcspn(value, "\n");

		if (column + len > max)
			field_fold_line(column, value, len, &out);
		else
			buf_append(&out, value, len);
		if (value[len] == '\0')
			return buf_move_to_arena(&out, arena);
		buf_putc(&out, '\n');
		value += len + 1;
		column = 0;
	}
}

static const char *
prepare_field_value(struct policy_call *c, const char *name, const char *value)
{
	return fold_field_value(policy_arena(c), name,
				clean_field_value(policy_arena(c), value), FIELD_MAX_LINE);
}

/* rspamd has it encoded, in one line. */
static const char *
prepare_subject(struct policy_call *c, const char *subject)
{
	struct buf out = {0};

	if (str_is_ascii(subject, strlen(subject)))
		return fold_field_value(policy_arena(c), "Subject", subject, SUBJECT_LINE);
	field_encode("Subject", subject, strlen(subject), &out);
	return buf_move_to_arena(&out, policy_arena(c));
}

/* Fields. */

/* The nth field of that name, of those that rspamd was sent, or the nth from the end; SIZE_MAX:
 * there is none. */
static size_t
find_sent_field(struct policy_call *c, const char *name, int nth)
{
	const struct rspamd_work *work = policy_msg_state(c);
	const struct message *m = policy_message(c);
	uint32_t key = header_key(name);

	for (size_t n = 0; n < work->n_fields; n++) {
		size_t i = nth > 0 ? n : work->n_fields - 1 - n;

		if (work->was_sent[i] && header_is_named(&m->headers[i], name, key) &&
		    (nth > 0 ? --nth : ++nth) == 0)
			return i;
	}
	return SIZE_MAX;
}

/* Some of these may have been removed when they were sent. */
static void
remove_sent_field(struct policy_call *c, const struct rspamd_removal *removal)
{
	struct message *m = policy_message(c);
	size_t i;

	if (removal->nth == 0) {
		policy_delete_headers(c, removal->name);
		return;
	}
	i = find_sent_field(c, removal->name, removal->nth);
	if (i != SIZE_MAX && !m->headers[i].deleted)
		policy_delete_header(c, &m->headers[i]);
}

/* Of an order: the index from the top. */
static size_t
find_wanted_index(const struct message *m, int order)
{
	size_t end = m->header_lines + 1; /* behind all: the MTA's Received counts, too */
	size_t from_end = order < 0 ? (size_t)(-order) - 1 : 0;

	if (order >= 0)
		return (size_t)order < end ? (size_t)order : end;
	return from_end < end ? end - from_end : 0;
}

static void
add_wanted_header(struct policy_call *c, const struct rspamd_header *h)
{
	const struct message *m = policy_message(c);
	const char *value = prepare_field_value(c, h->name, h->value);
	size_t index = find_wanted_index(m, h->order);

	if (index == 0)
		policy_insert_header(c, HEADER_TOP, h->name, value);
	else if (index > m->header_lines || (h->order < 0 && index > 1))
		policy_add_header(c, h->name, value);
	else
		policy_insert_header_behind(c, HEADER_BELOW, index - 1, h->name, value);
}

static void
change_wanted_headers(struct policy_call *c, const struct rspamd_answer *answer)
{
	for (size_t i = 0; i < answer->n_remove_headers; i++)
		remove_sent_field(c, &answer->remove_headers[i]);
	for (size_t i = 0; i < answer->n_add_headers; i++)
		add_wanted_header(c, &answer->add_headers[i]);
}

/* Below the MTA's Received, in their order: what is inserted later stands first. */
static void
insert_signatures(struct policy_call *c, const struct rspamd_answer *answer)
{
	for (size_t i = answer->n_dkim_signatures; i-- > 0;)
		policy_insert_header(
			c, HEADER_BELOW, "DKIM-Signature",
			prepare_field_value(c, "DKIM-Signature", answer->dkim_signatures[i]));
}

static void
set_wanted_field(struct policy_call *c, const char *name, const char *value)
{
	policy_delete_headers(c, name);
	policy_add_header(c, name, prepare_field_value(c, name, value));
}

static void
mark_as_spam(struct policy_call *c, const struct rspamd_answer *answer)
{
	const struct rspamd_conf *conf = policy_conf(c);

	for (size_t i = 0; i < answer->n_spam_headers; i++) {
		const struct rspamd_header *h = &answer->spam_headers[i];

		set_wanted_field(c, h->name != NULL ? h->name : conf->spam_header, h->value);
	}
	if (answer->n_spam_headers == 0)
		set_wanted_field(c, conf->spam_header, "Yes");
}

static void
rewrite_subject(struct policy_call *c, const struct rspamd_answer *answer)
{
	struct header *subject = message_nth_header(policy_message(c), "Subject", 1);
	const char *value;

	if (answer->subject == NULL)
		return;
	value = prepare_subject(c, answer->subject);
	if (subject != NULL)
		policy_change_header(c, subject, value);
	else
		policy_add_header(c, "Subject", value);
}

/* The envelope. */

/* An address of an answer as a path. */
static const char *
make_wanted_path(struct arena *arena, const char *mailbox)
{
	return arena_printf(arena, "<%s>",
			    *mailbox != '\0' ? mailbox_for_command(arena, mailbox) : "");
}

static void
change_wanted_sender(struct policy_call *c, const char *addr)
{
	const char *mailbox = mailbox_from_path(policy_arena(c), addr);
	const struct sender *sender = policy_sender(c);

	if (sender != NULL && strcmp(sender->mailbox, mailbox) != 0)
		policy_change_sender(c, make_wanted_path(policy_arena(c), mailbox),
				     sender->args, sender->args_len);
}

static bool
is_rcpt_named(const struct rcpt *r, const char *mailbox)
{
	return str_case_equal(r->mailbox, mailbox) ||
	       (r->other != NULL && str_case_equal(r->other, mailbox));
}

/* The first one at or behind index from of that mailbox, or RCPT_NONE. */
static size_t
find_named_rcpt(struct policy_call *c, const char *mailbox, size_t from)
{
	for (size_t i = from; (i = policy_next_rcpt(c, i)) != RCPT_NONE; i++)
		if (is_rcpt_named(&policy_message(c)->rcpts[i], mailbox))
			return i;
	return RCPT_NONE;
}

static void
add_wanted_rcpt(struct policy_call *c, const char *addr)
{
	const char *mailbox = mailbox_from_path(policy_arena(c), addr);

	if (*mailbox != '\0' && find_named_rcpt(c, mailbox, 0) == RCPT_NONE)
		policy_add_rcpt(c, make_wanted_path(policy_arena(c), mailbox), "", 0);
}

static void
delete_wanted_rcpt(struct policy_call *c, const char *addr)
{
	const char *mailbox = mailbox_from_path(policy_arena(c), addr);

	for (size_t i = 0; (i = find_named_rcpt(c, mailbox, i)) != RCPT_NONE; i++)
		policy_delete_rcpt(c, i);
}

static void
change_wanted_envelope(struct policy_call *c, const struct rspamd_answer *answer)
{
	if (answer->change_from != NULL)
		change_wanted_sender(c, answer->change_from);
	for (size_t i = 0; i < answer->n_add_rcpt; i++)
		add_wanted_rcpt(c, answer->add_rcpt[i]);
	for (size_t i = 0; i < answer->n_del_rcpt; i++)
		delete_wanted_rcpt(c, answer->del_rcpt[i]);
}

/* The action. */

static enum verdict
refuse_as_wanted(struct policy_call *c, const struct rspamd_answer *answer, bool soft)
{
	const struct rspamd_conf *conf = policy_conf(c);
	struct placeholder_values values = {.value[PLACEHOLDER_MESSAGE] = answer->smtp_message};

	if (str_nonblank(answer->smtp_message) == NULL)
		values.value[PLACEHOLDER_MESSAGE] =
			soft ? "Try again later" : "Spam message rejected";
	return policy_refuse(c, soft ? &conf->soft_reply : &conf->reply, &values);
}

static void
change_as_wanted(struct policy_call *c, const struct rspamd_answer *answer)
{
	const struct rspamd_conf *conf = policy_conf(c);

	if (rspamd_applies(conf, RSPAMD_WISH_HEADERS))
		change_wanted_headers(c, answer);
	if (rspamd_applies(conf, RSPAMD_WISH_ENVELOPE))
		change_wanted_envelope(c, answer);
	if (rspamd_applies(conf, RSPAMD_WISH_DKIM))
		insert_signatures(c, answer);
}

static void
quarantine_as_wanted(struct policy_call *c, const struct rspamd_answer *answer)
{
	const char *reason = str_nonblank(answer->smtp_message);

	policy_quarantine(c, reason != NULL ? reason : "Spam message quarantined");
}

/* The action that is carried out: NO_ACTION when it is not to be, or not by this policy. */
static enum rspamd_action
find_action_to_do(struct policy_call *c, const struct rspamd_answer *answer)
{
	static const enum rspamd_wish wishes[] = {
		[RSPAMD_GREYLIST] = RSPAMD_WISH_GREYLIST,
		[RSPAMD_ADD_HEADER] = RSPAMD_WISH_ADD_HEADER,
		[RSPAMD_REWRITE_SUBJECT] = RSPAMD_WISH_REWRITE_SUBJECT,
		[RSPAMD_SOFT_REJECT] = RSPAMD_WISH_SOFT_REJECT,
		[RSPAMD_REJECT] = RSPAMD_WISH_REJECT,
		[RSPAMD_QUARANTINE] = RSPAMD_WISH_QUARANTINE,
		[RSPAMD_DISCARD] = RSPAMD_WISH_DISCARD,
	};
	enum rspamd_action action = answer->action;

	if (answer->no_action || action == RSPAMD_NO_ACTION)
		return RSPAMD_NO_ACTION;
	if (action == RSPAMD_OTHER) {
		policy_log(c, LOG_NOTICE,
			   "rspamd's action '%s' is not known here, and the message goes on",
			   answer->action_name);
		return RSPAMD_NO_ACTION;
	}
	if (action == RSPAMD_REJECT && answer->instead == RSPAMD_INSTEAD_QUARANTINE)
		action = RSPAMD_QUARANTINE;
	if (action == RSPAMD_REJECT && answer->instead == RSPAMD_INSTEAD_DISCARD)
		action = RSPAMD_DISCARD;
	return rspamd_applies(policy_conf(c), wishes[action]) ? action : RSPAMD_NO_ACTION;
}

enum verdict
rspamd_apply(struct policy_call *c, const struct rspamd_answer *answer)
{
	enum rspamd_action action = find_action_to_do(c, answer);

	if (action == RSPAMD_REJECT || action == RSPAMD_SOFT_REJECT)
		return refuse_as_wanted(c, answer, action == RSPAMD_SOFT_REJECT);
	if (action == RSPAMD_DISCARD)
		return VERDICT_DISCARD;
	change_as_wanted(c, answer);
	if (action == RSPAMD_ADD_HEADER)
		mark_as_spam(c, answer);
	else if (action == RSPAMD_REWRITE_SUBJECT)
		rewrite_subject(c, answer);
	else if (action == RSPAMD_QUARANTINE)
		quarantine_as_wanted(c, answer);
	return VERDICT_CONTINUE;
}
