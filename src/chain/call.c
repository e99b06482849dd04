/* What a policy may see, change and say: policy.h's functions for a call at work. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "chain/run.h"
#include "util/log.h"
#include "util/str.h"

#define MAX_NOTES_BYTES 1000u
#define MAX_NOTE_BYTES	256

void
call_begin(struct policy_call *c)
{
	*c = (struct policy_call){
		.run = c->run,
		.inst = c->inst,
		.position = c->position,
		.watches = c->run->chain->monitor || c->inst->mode == MODE_MONITOR,
		.state = c->inst->mode == MODE_OFF ? CALL_DONE : CALL_UNDECIDED,
	};
}

static const char *
view_macro(void *ctx, const char *name)
{
	const struct policy_call *c = ctx;

	return session_macro(c->run->session, name);
}

static struct condition_view
view_of(struct policy_call *c, uint32_t pending)
{
	struct chain_run *run = c->run;
	struct message *m = session_message(run->session);
	size_t rcpt = run->stage == STAGE_ENVRCPT ? message_last_sent_rcpt(m) : RCPT_NONE;

	return (struct condition_view){
		.listener = run->chain->listener,
		.peer = session_peer(run->session),
		.message = m,
		.position = c->position,
		.stage = run->stage,
		.pending = pending,
		.first_rcpt = rcpt == RCPT_NONE ? 0 : rcpt,
		.macro = view_macro,
		.ctx = c,
		.arena = m->arena,
		.limits = &run->chain->regex,
		.budget = &run->budget,
	};
}

static const char *
failure_text(int r)
{
	return r == -ETIME   ? "is over regex_time"
	       : r == -E2BIG ? "is over regex_steps"
			     : "failed";
}

/* Whether what the condition reads is as it was. Writers see different envelopes once there was
 * a change in it. */
static bool
is_as_it_was(const struct judged *j, const struct condition_view *view)
{
	uint32_t reads = condition_reads(j->cond);
	const struct message_changes *now = &view->message->changes;

	if ((reads & view->pending) != 0)
		return false;
	if ((reads & (PART_SENDER | PART_RCPTS)) != 0 && now->envelope != 0)
		return false;
	if ((reads & PART_HEADERS) != 0 && now->headers != j->at.headers)
		return false;
	return (reads & (PART_SIZE | PART_BODY)) == 0 || now->body == j->at.body;
}

static const struct judged *
recall(const struct chain_run *run, const struct condition *cond,
       const struct condition_view *view)
{
	for (size_t i = run->n_judged; i-- > 0;) {
		const struct judged *j = &run->judged[i];

		if (j->cond == cond && j->stage == view->stage && is_as_it_was(j, view))
			return j;
	}
	return NULL;
}

/* Only once the content has begun: before, macros and recipients may still come. */
static void
remember(struct chain_run *run, const struct condition *cond, const struct condition_view *view,
	 int result)
{
	if (view->stage < STAGE_EOH || result < 0 || result == TRI_UNKNOWN ||
	    run->n_judged == JUDGED_MAX)
		return;
	run->judged[run->n_judged++] = (struct judged){
		.cond = cond,
		.stage = view->stage,
		.at = view->message->changes,
		.result = (enum tri)result,
	};
}

static int
judge_one(struct policy_call *c, const struct condition *cond,
	  const struct condition_view *view, size_t rcpt)
{
	const struct judged *known = rcpt == SIZE_MAX ? recall(c->run, cond, view) : NULL;
	int r = known != NULL ? (int)known->result : condition_evaluate(cond, view, rcpt);

	if (r < 0)
		(void)policy_fail(c, "condition %s: a pattern %s", condition_name(cond),
				  failure_text(r));
	if (known == NULL && rcpt == SIZE_MAX)
		remember(c->run, cond, view, r);
	return r;
}

int
call_evaluate_condition(struct policy_call *c, uint32_t pending)
{
	const struct policy_inst *inst = c->inst;
	struct condition_view view;
	int result = TRI_YES;

	if (inst->n_when == 0 && inst->n_unless == 0)
		return TRI_YES;
	view = view_of(c, pending);
	for (size_t i = 0; i < inst->n_when; i++) {
		int r = judge_one(c, inst->when[i], &view, SIZE_MAX);

		if (r < 0 || r == TRI_NO)
			return r;
		if (r == TRI_UNKNOWN)
			result = TRI_UNKNOWN;
	}
	for (size_t i = 0; i < inst->n_unless; i++) {
		int r = judge_one(c, inst->unless[i], &view, SIZE_MAX);

		if (r < 0)
			return r;
		if (r == TRI_YES)
			return TRI_NO;
		if (r == TRI_UNKNOWN)
			result = TRI_UNKNOWN;
	}
	return result;
}

const struct mime_tree *
policy_mime_tree(struct policy_call *c, bool into_messages)
{
	return content_mime_tree(policy_message(c), &c->run->chain->view, into_messages);
}

const struct content_limits *
policy_content_limits(const struct policy_call *c)
{
	return &c->run->chain->view;
}

enum tri
policy_evaluate_condition(struct policy_call *c, const struct condition *cond, size_t rcpt)
{
	struct condition_view view = view_of(c, 0);
	int r = judge_one(c, cond, &view, rcpt);

	return r < 0 ? TRI_UNKNOWN : (enum tri)r;
}

const void *
policy_conf(const struct policy_call *c)
{
	return c->inst->conf;
}

void *
policy_msg_state(struct policy_call *c)
{
	if (c->data == NULL)
		c->data = arena_zalloc(policy_arena(c), c->inst->ops->msg_size);
	return c->data;
}

struct arena *
policy_arena(struct policy_call *c)
{
	return policy_message(c)->arena;
}

struct message *
policy_message(struct policy_call *c)
{
	return session_message(c->run->session);
}

const struct peer *
policy_peer(const struct policy_call *c)
{
	return session_peer(c->run->session);
}

const char *
policy_macro(const struct policy_call *c, const char *name)
{
	return session_macro(c->run->session, name);
}

const char *
policy_id(const struct policy_call *c)
{
	return c->run->queue_id[0] != '\0' ? c->run->queue_id : c->run->session_id;
}

/* A policy sees its own changes: the envelope as the writer after it does. */
static unsigned
own_view(const struct policy_call *c)
{
	return c->position + 1;
}

const struct sender *
policy_sender(const struct policy_call *c)
{
	return message_sender(session_message(c->run->session), own_view(c));
}

size_t
policy_next_rcpt(const struct policy_call *c, size_t from)
{
	return message_next_rcpt(session_message(c->run->session), own_view(c), from);
}

size_t
policy_rcpt_count(const struct policy_call *c)
{
	return message_rcpt_count(session_message(c->run->session), own_view(c));
}

size_t
policy_rcpt_current(const struct policy_call *c)
{
	const struct message *m = session_message(c->run->session);

	return message_next_rcpt(m, own_view(c), message_last_sent_rcpt(m));
}

int
policy_match(struct policy_call *c, const struct regex *re, const char *subject, size_t len,
	     struct regex_groups *ret_groups)
{
	return regex_match(re, &c->run->chain->regex, &c->run->budget, subject, len, ret_groups,
			   NULL);
}

enum verdict
policy_regex_failed(struct policy_call *c, const struct regex *re, int r)
{
	return policy_fail(c, "'%.60s' %s", regex_pattern(re), failure_text(r));
}

const struct regex_limits *
policy_regex_limits(const struct policy_call *c)
{
	return &c->run->chain->regex;
}

struct regex_budget *
policy_regex_budget(struct policy_call *c)
{
	return &c->run->budget;
}

uint64_t
policy_size_limit(const struct policy_call *c)
{
	return c->run->size_limit;
}

void
policy_set_size_limit(struct policy_call *c, uint64_t bytes)
{
	if (bytes < c->run->size_limit && !c->watches)
		c->run->size_limit = bytes;
}

void
policy_change_sender(struct policy_call *c, const char *addr, const char *args, size_t args_len)
{
	message_change_sender(policy_message(c), c->position, addr, args, args_len);
}

void
policy_add_rcpt(struct policy_call *c, const char *addr, const char *args, size_t args_len)
{
	message_add_rcpt(policy_message(c), c->position, addr, args, args_len);
}

void
policy_delete_rcpt(struct policy_call *c, size_t index)
{
	message_delete_rcpt(policy_message(c), c->position, index);
}

void
policy_add_header(struct policy_call *c, const char *name, const char *value)
{
	message_add_header(policy_message(c), name, value);
}

void
policy_insert_header(struct policy_call *c, enum header_place place, const char *name,
		     const char *value)
{
	message_insert_header(policy_message(c), place, name, value);
}

void
policy_change_header(struct policy_call *c, struct header *h, const char *value)
{
	message_change_header(policy_message(c), h, value);
}

void
policy_delete_header(struct policy_call *c, struct header *h)
{
	message_delete_header(policy_message(c), h);
}

void
policy_replace_body(struct policy_call *c, const char *data, size_t len)
{
	message_replace_body(policy_message(c), data, len);
}

void
policy_replace_body_parts(struct policy_call *c, const struct slice *parts, size_t n)
{
	message_replace_body_parts(policy_message(c), parts, n);
}

void
policy_quarantine(struct policy_call *c, const char *reason)
{
	message_quarantine(policy_message(c), reason);
}

static const char *
client_name(const struct policy_call *c)
{
	const struct peer *peer = policy_peer(c);
	struct arena *arena = session_message(c->run->session)->arena;

	if (peer->addr[0] == '\0')
		return peer->host;
	return arena_printf(arena, "%s[%s]", peer->host[0] == '[' ? "unknown" : peer->host,
			    peer->addr);
}

void
policy_fill_values(struct policy_call *c, struct placeholder_values *values)
{
	const struct message *m = policy_message(c);
	const struct sender *sender = policy_sender(c);
	size_t rcpt = message_last_sent_rcpt(m);

	values->value[PLACEHOLDER_ID] = policy_id(c);
	values->value[PLACEHOLDER_POLICY] = c->inst->title;
	values->value[PLACEHOLDER_CLIENT] = client_name(c);
	values->value[PLACEHOLDER_AUTH_USER] = policy_macro(c, "{auth_authen}");
	if (sender != NULL) {
		values->value[PLACEHOLDER_SENDER] = sender->mailbox;
		values->value[PLACEHOLDER_SENDER_DOMAIN] = mailbox_domain(sender->mailbox);
	}
	if (c->run->stage == STAGE_ENVRCPT && rcpt < m->n_rcpts)
		values->value[PLACEHOLDER_RECIPIENT] = m->rcpts[rcpt].mailbox;
}

/* A value from the wire is no line of its own in a reply. */
static const char *
one_line(struct arena *arena, const char *value)
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

	policy_fill_values(c, &all);
	for (size_t i = 0; i < PLACEHOLDER_COUNT; i++)
		all.value[i] = one_line(policy_arena(c), all.value[i]);
	template_expand(reply->text, &all, false, &text);
	c->reply = (struct pending_verdict){
		.code = reply->code,
		.xcode = reply->xcode,
		.text = arena_strdup(policy_arena(c), buf_string(&text)),
	};
	buf_free(&text);
	return reply->code >= 500 ? VERDICT_REJECT : VERDICT_TEMPFAIL;
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
	c->skipped = arena_strdup(policy_arena(c), reason);
}

void
policy_note(struct policy_call *c, const char *key, const char *value)
{
	struct buf *notes = &c->run->notes;
	char word[MAX_NOTE_BYTES];
	size_t len = strnlen(value, sizeof(word));

	if (notes->len > MAX_NOTES_BYTES)
		return;
	for (size_t i = 0; i < len; i++)
		word[i] = value[i] == ' ' ? '_' : value[i];
	buf_putc(notes, ' ');
	buf_puts(notes, key);
	buf_putc(notes, '=');
	str_append_printable(notes, word, len, sizeof(word));
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

struct sd_event *
policy_loop(struct policy_call *c)
{
	return c->run->host->loop(c->run->host_ctx);
}
