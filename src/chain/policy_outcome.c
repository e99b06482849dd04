/* The functions of policy/policy.h with which a policy reports: the reply to a refusal, a
 * failure, a note for the message's log line, a log line of its own.
 *
 * Values from the MTA are cleaned here: a reply must not gain a line, a log line must not gain
 * a control character. */
#include <stdio.h>
#include <string.h>

#include "chain/run.h"
#include "util/log.h"
#include "util/mailbox.h"
#include "util/str.h"

#define NOTES_MAX_BYTES 1000u /* of a message; later notes are left out */
#define NOTE_MAX_BYTES	256   /* of one value */

static const char *
format_client(const struct policy_call *c)
{
	const struct peer *peer = policy_peer(c);
	struct arena *arena = c->run->message->arena;

	if (peer->addr[0] == '\0')
		return peer->host;
	return arena_printf(arena, "%s[%s]", peer->host[0] == '[' ? "unknown" : peer->host,
			    peer->addr);
}

static const char *
get_found_value(void *ctx, enum placeholder what, const char *title)
{
	struct policy_call *c = ctx;
	struct policy_found found;
	struct buf score = {0};

	if (!find_earlier_found(c, title, &found))
		return NULL;
	if (what == PLACEHOLDER_RESULT)
		return found.result;
	if (!found.has_score)
		return NULL;
	policy_append_score(&score, found.score);
	return buf_move_to_arena(&score, policy_arena(c));
}

void
policy_fill_values(struct policy_call *c, struct placeholder_values *values)
{
	const struct message *m = policy_message(c);
	const struct sender *sender = policy_sender(c);
	const struct peer *peer = policy_peer(c);
	size_t rcpt = message_last_sent_rcpt(m);

	values->found = get_found_value;
	values->found_ctx = c;
	values->value[PLACEHOLDER_ID] = policy_id(c);
	values->value[PLACEHOLDER_POLICY] = c->inst->title;
	values->value[PLACEHOLDER_CLIENT] = format_client(c);
	values->value[PLACEHOLDER_CLIENT_NAME] =
		peer_name(peer) != NULL ? peer_name(peer) : "unknown";
	values->value[PLACEHOLDER_HELO] = str_nonblank(peer->helo);
	values->value[PLACEHOLDER_AUTH_USER] = str_nonblank(policy_macro(c, "{auth_authen}"));
	if (sender != NULL) {
		values->value[PLACEHOLDER_SENDER] = sender->mailbox;
		values->value[PLACEHOLDER_SENDER_DOMAIN] = mailbox_domain(sender->mailbox);
	}
	if (c->run->stage == STAGE_ENVRCPT && rcpt < m->n_rcpts)
		values->value[PLACEHOLDER_RECIPIENT] = m->rcpts[rcpt].mailbox;
}

/* A value from the MTA must not start another line of the reply. */
static const char *
replace_line_ends(struct arena *arena, const char *value)
{
	char *copy;

	if (value == NULL || strpbrk(value, "\r\n") == NULL)
		return value;
	copy = arena_strdup(arena, value);
	for (char *p = copy; (p = strpbrk(p, "\r\n")) != NULL;)
		*p = '?';
	return copy;
}

enum verdict
policy_refuse(struct policy_call *c, const struct reply *reply,
	      const struct placeholder_values *values)
{
	struct placeholder_values all = *values;
	struct buf text = {0};
	enum verdict v;

	policy_fill_values(c, &all);
	for (size_t i = 0; i < PLACEHOLDER_HEADER; i++)
		all.value[i] = replace_line_ends(policy_arena(c), all.value[i]);
	template_expand(reply->text, &all, false, &text);
	v = policy_refuse_text(c, reply->code, reply->xcode, buf_string(&text));
	buf_free(&text);
	return v;
}

enum verdict
policy_refuse_text(struct policy_call *c, unsigned code, const char *xcode, const char *text)
{
	c->reply = (struct pending_verdict){
		.code = code,
		.xcode = arena_strdup(policy_arena(c), xcode),
		.text = arena_strdup(policy_arena(c), text),
	};
	return code >= 500 ? VERDICT_REJECT : VERDICT_TEMPFAIL;
}

enum verdict
policy_fail(struct policy_call *c, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	c->error = arena_vprintf(policy_arena(c), fmt, ap);
	va_end(ap);
	policy_log(c, LOG_WARNING, "%s", c->error);
	return VERDICT_ERROR;
}

void
policy_note_skipped(struct policy_call *c, const char *reason)
{
	c->skip_reason = arena_strdup(policy_arena(c), reason);
}

static void
trace_note(const struct policy_call *c, const char *key, const char *value)
{
	const struct chain_step step = {.kind = CHAIN_STEP_NOTE,
					.position = c->position,
					.stage = c->run->stage,
					.note = key,
					.text = value};

	c->run->host->trace(c->run->host_ctx, &step);
}

void
policy_note(struct policy_call *c, const char *key, const char *value)
{
	struct buf *notes = &c->run->notes;
	size_t len = strnlen(value, NOTE_MAX_BYTES);
	bool quoted = memchr(value, ' ', len) != NULL;

	if (policy_is_traced(c))
		trace_note(c, key, value);
	if (notes->len > NOTES_MAX_BYTES)
		return;
	buf_putc(notes, ' ');
	buf_puts(notes, key);
	buf_puts(notes, quoted ? "=\"" : "=");
	str_append_printable(notes, value, len, NOTE_MAX_BYTES);
	if (quoted)
		buf_putc(notes, '"');
}

void
policy_note_rule(struct policy_call *c, const struct policy_rule *rule, const char *entry,
		 const char *matched)
{
	struct finding *f = add_finding(c, FINDING_RULE, rule->title, entry, matched);

	if (f != NULL)
		f->rule = rule;
	else
		count_rule_hit(c, rule);
}

bool
policy_is_traced(const struct policy_call *c)
{
	return c->run->host->trace != NULL;
}

void
policy_trace_place(struct policy_call *c, const struct hit_place *place)
{
	const struct findings *all = &c->run->findings;

	if (policy_is_traced(c) && all->n_left_out == 0 && all->last != NULL &&
	    all->last->kind == FINDING_RULE && all->last->position == c->position)
		all->last->place = arena_dup(policy_arena(c), place, sizeof(*place));
}

void
policy_note_once(struct policy_call *c, const char *key, const char *value)
{
	struct buf *notes = &c->run->notes;
	size_t before = notes->len, n;
	const unsigned char *s, *found;

	policy_note(c, key, value);
	n = notes->len - before;
	if (n == 0 || before == 0)
		return;
	s = notes->data;
	for (found = s; (found = memmem(found, before - (size_t)(found - s), s + before, n));
	     found += n) {
		if (found + n == s + before || found[n] == ' ') {
			notes->len = before;
			return;
		}
	}
}

void
policy_log(struct policy_call *c, int level, const char *fmt, ...)
{
	struct log_field fields[] = {
		{"QUEUE_ID", c->run->queue_id},
		{"POLICY", c->inst->title},
	};
	struct log_record record = {.level = level, .fields = fields, .n_fields = 2};
	struct buf line = {0};
	char text[500];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	buf_printf(&line, "%s: %s: ", policy_id(c), c->inst->title);
	str_append_printable(&line, text, strlen(text), sizeof(text));
	record.text = buf_string(&line);
	c->run->host->log(c->run->host_ctx, &record);
	buf_free(&line);
}
