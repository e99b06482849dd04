/* The JSON object of polymilterctl test for a message. Its schema stands in polymilterctl(8).
 */
#include <stdio.h>
#include <string.h>

#include "chain/chain.h"
#include "ctl/json.h"
#include "ctl/mail_after.h"
#include "ctl/show.h"
#include "ctl/show_finding.h"
#include "ctl/test.h"
#include "milter/proto.h"
#include "util/arena.h"
#include "util/buf.h"
#include "util/hash.h"

#define HASH_SEED 0x706f6c796d696c74u /* any, but always the same */

static void
put_rcpts(json_t *object, const struct test_message *t)
{
	json_t *list = json_put_list(object, "rcpts");

	for (size_t i = 0; t->sent->rcpts[i] != NULL; i++)
		json_add_text(list, t->sent->rcpts[i]);
}

static void
put_reply(json_t *object, unsigned char reply, const char *text)
{
	struct buf b = {0};

	if (reply != REPLY_CODE)
		return;
	show_reply(&b, text);
	json_put_text(object, "reply", buf_string(&b));
	buf_free(&b);
}

static void
put_refusals(json_t *object, const struct test_message *t)
{
	json_t *list = json_put_list(object, "refused");

	for (const struct mta_refusal *r = t->result->outcome.refusals; r; r = r->next) {
		json_t *refusal = json_add_object(list);

		json_put_text(refusal, "rcpt", t->sent->rcpts[r->rcpt]);
		put_reply(refusal, r->reply, r->text);
	}
}

static void
put_change(json_t *object, const struct mta_change *c, struct arena *arena)
{
	char *value = c->value != NULL ? arena_strdup(arena, c->value) : NULL;
	const char letter[] = {(char)c->letter, '\0'};

	if (value != NULL)
		mail_mask_boundaries(value, strlen(value));
	json_put_text(object, "change", letter);
	json_put_number(object, "index", c->index);
	json_put_text(object, "name", c->name);
	json_put_text(object, "value", value);
}

/* The changes that the MTA got, but for a new body. */
static void
put_changes(json_t *object, const struct test_message *t)
{
	json_t *list = json_put_list(object, "changes");

	for (const struct mta_change *c = t->result->outcome.changes; c; c = c->next)
		if (c->letter != REPLY_REPLACE_BODY)
			put_change(json_add_object(list), c, t->arena);
}

/* Of the body that the MTA has in the end. */
static void
put_body(json_t *object, const struct test_message *t)
{
	struct mail_after after =
		mail_after_apply(t->arena, t->sent, t->result->outcome.changes);
	char *body, hash[17];
	json_t *member;

	if (after.body == t->sent->body)
		return;
	body = arena_dup(t->arena, after.body, after.body_len);
	mail_mask_boundaries(body, after.body_len);
	(void)snprintf(hash, sizeof(hash), "%016llx",
		       (unsigned long long)hash_bytes(HASH_SEED, body, after.body_len));
	member = json_put_object(object, "body");
	json_put_number(member, "size", after.body_len);
	json_put_text(member, "hash", hash);
}

static void
put_findings(json_t *object, const struct test_message *t, unsigned position)
{
	json_t *list = json_put_list(object, "findings");

	for (const struct finding *find = t->result->findings; find; find = find->next) {
		struct shown_finding shown = shown_finding(find);

		if (find->position == position)
			show_finding_json(json_add_object(list), &shown);
	}
}

/* What it put into the log line. */
static void
put_notes(json_t *object, const struct test_message *t, unsigned position)
{
	json_t *list = json_put_list(object, "notes");

	for (size_t i = 0; i < t->result->n_steps; i++) {
		const struct offline_step *s = &t->result->steps[i];
		json_t *note;

		if (s->kind != CHAIN_STEP_NOTE || s->position != position)
			continue;
		note = json_add_object(list);
		json_put_text(note, "key", s->note);
		json_put_text(note, "text", s->text);
	}
}

static void
put_line(json_t *object, const struct offline_step *s)
{
	json_put_text(object, "kind", condition_kind(s->line.condition));
	json_put_text(object, "condition", condition_name(s->line.condition));
	json_put_text(object, "line", s->line.line);
	json_put_text(object, "compared", s->line.subject);
	json_put_text(object, "matched", s->line.value);
	json_put_text(object, "result",
		      s->line.result < 0	  ? "failed"
		      : s->line.result == TRI_YES ? "yes"
		      : s->line.result == TRI_NO  ? "no"
						  : "open");
}

/* The lines of conditions that were evaluated for the policy. */
static void
put_conditions(json_t *object, const struct test_message *t, unsigned position)
{
	json_t *list = json_put_list(object, "conditions");

	for (size_t i = 0; i < t->result->n_steps; i++) {
		const struct offline_step *s = &t->result->steps[i];

		if (s->kind == CHAIN_STEP_LINE && s->position == position)
			put_line(json_add_object(list), s);
	}
}

static void
put_policy(json_t *object, const struct test_message *t, const struct policy_report *p)
{
	unsigned position = test_position(t, p);

	json_put_text(object, "policy", p->inst->title);
	json_put_text(object, "kind", p->inst->ops->name);
	json_put_text(object, "result", p->result);
	json_put_text(object, "skipped", p->skip_reason);
	json_put_text(object, "error", p->error);
	json_put_bool(object, "monitor", p->monitors);
	json_put_number(object, "refused", p->refused_rcpts);
	json_put_seconds(object, "seconds", p->ns);
	show_found_json(object, &p->found);
	put_conditions(object, t, position);
	put_findings(object, t, position);
	put_notes(object, t, position);
}

static void
put_policies(json_t *object, const struct test_message *t)
{
	json_t *list = json_put_list(object, "policies");

	for (size_t i = 0; i < t->result->n_policies; i++)
		put_policy(json_add_object(list), t, &t->result->policies[i]);
}

static void
put_log(json_t *object, const struct test_message *t)
{
	json_t *list;

	json_put_text(object, "log", t->result->log);
	list = json_put_list(object, "warnings");
	for (const char *const *w = t->result->warnings; *w != NULL; w++)
		json_add_text(list, *w);
}

static void
put_outcome(json_t *object, const struct test_message *t)
{
	const struct mta_outcome *o = &t->result->outcome;
	const struct policy_report *decider = test_find_decider(t);

	json_put_text(object, "verdict", t->result->verdict);
	json_put_text(object, "stage", o->stage < STAGE_COUNT ? stage_name(o->stage) : NULL);
	json_put_text(object, "by", decider != NULL ? decider->inst->title : NULL);
	put_reply(object, o->reply, o->text);
}

void
test_write_json(const struct test_message *t, struct buf *out)
{
	json_t *object = json_new_object();

	json_put_text(object, "message", t->name);
	json_put_text(object, "listener", t->chain != NULL ? t->chain->listener : NULL);
	json_put_text(object, "from", t->sent->sender[0]);
	put_rcpts(object, t);
	json_put_number(object, "size", t->size);
	put_outcome(object, t);
	put_refusals(object, t);
	put_changes(object, t);
	put_body(object, t);
	put_policies(object, t);
	put_log(object, t);
	json_append(out, object, 0);
	buf_putc(out, '\n');
}
