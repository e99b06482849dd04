/* The JSON object of polymilterctl test for a message. Its schema stands in polymilterctl(8).
 */
#include <stdio.h>
#include <stdlib.h>
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
put_rcpts(FILE *f, const struct test_message *t)
{
	fprintf(f, ", \"rcpts\": [");
	for (size_t i = 0; t->sent->rcpts[i] != NULL; i++) {
		fprintf(f, "%s", i > 0 ? ", " : "");
		json_string(f, t->sent->rcpts[i]);
	}
	fprintf(f, "]");
}

static void
put_reply(FILE *f, const char *key, unsigned char reply, const char *text)
{
	struct buf b = {0};

	if (reply != REPLY_CODE)
		return;
	show_reply(&b, text);
	json_member(f, key, buf_string(&b));
	buf_free(&b);
}

static void
put_refusals(FILE *f, const struct test_message *t)
{
	const char *separator = "";

	fprintf(f, ", \"refused\": [");
	for (const struct mta_refusal *r = t->result->outcome.refusals; r; r = r->next) {
		fprintf(f, "%s{\"rcpt\": ", separator);
		json_string(f, t->sent->rcpts[r->rcpt]);
		put_reply(f, "reply", r->reply, r->text);
		fprintf(f, "}");
		separator = ", ";
	}
	fprintf(f, "]");
}

/* The changes that the MTA got, but for a new body. */
static void
put_changes(FILE *f, const struct test_message *t)
{
	const char *separator = "";

	fprintf(f, ", \"changes\": [");
	for (const struct mta_change *c = t->result->outcome.changes; c; c = c->next) {
		char *value = c->value != NULL ? arena_strdup(t->arena, c->value) : NULL;

		if (c->letter == REPLY_REPLACE_BODY)
			continue;
		if (value != NULL)
			mail_mask_boundaries(value, strlen(value));
		fprintf(f, "%s{\"change\": \"%c\", \"index\": %u", separator, c->letter,
			c->index);
		json_member(f, "name", c->name);
		json_member(f, "value", value);
		fprintf(f, "}");
		separator = ", ";
	}
	fprintf(f, "]");
}

/* Of the body that the MTA has in the end. */
static void
put_body(FILE *f, const struct test_message *t)
{
	struct mail_after after =
		mail_after_apply(t->arena, t->sent, t->result->outcome.changes);
	char *body;

	if (after.body == t->sent->body)
		return;
	body = arena_dup(t->arena, after.body, after.body_len);
	mail_mask_boundaries(body, after.body_len);
	fprintf(f, ", \"body\": {\"size\": %zu, \"hash\": \"%016llx\"}", after.body_len,
		(unsigned long long)hash_bytes(HASH_SEED, body, after.body_len));
}

static void
put_findings(FILE *f, const struct test_message *t, const struct policy_report *p)
{
	const char *separator = "";

	fprintf(f, ", \"findings\": [");
	for (const struct finding *find = t->result->findings; find; find = find->next) {
		struct shown_finding shown = shown_finding(find);

		if (find->position != test_position(t, p))
			continue;
		fputs(separator, f);
		show_finding_json(f, &shown);
		separator = ", ";
	}
	fprintf(f, "]");
}

/* What it put into the log line. */
static void
put_notes(FILE *f, const struct test_message *t, const struct policy_report *p)
{
	const char *separator = "";

	fprintf(f, ", \"notes\": [");
	for (size_t i = 0; i < t->result->n_steps; i++) {
		const struct offline_step *s = &t->result->steps[i];

		if (s->kind != CHAIN_STEP_NOTE || s->position != test_position(t, p))
			continue;
		fprintf(f, "%s{\"key\": ", separator);
		json_string(f, s->note);
		json_member(f, "text", s->text);
		fprintf(f, "}");
		separator = ", ";
	}
	fprintf(f, "]");
}

/* The lines of conditions that were evaluated for the policy. */
static void
put_conditions(FILE *f, const struct test_message *t, const struct policy_report *p)
{
	const char *separator = "";

	fprintf(f, ", \"conditions\": [");
	for (size_t i = 0; i < t->result->n_steps; i++) {
		const struct offline_step *s = &t->result->steps[i];

		if (s->kind != CHAIN_STEP_LINE || s->position != test_position(t, p))
			continue;
		fprintf(f, "%s{\"condition\": ", separator);
		json_string(f, condition_name(s->line.condition));
		json_member(f, "line", s->line.line);
		json_member(f, "compared", s->line.subject);
		json_member(f, "matched", s->line.value);
		json_member(f, "result",
			    s->line.result < 0		? "failed"
			    : s->line.result == TRI_YES ? "yes"
			    : s->line.result == TRI_NO	? "no"
							: "open");
		fprintf(f, "}");
		separator = ", ";
	}
	fprintf(f, "]");
}

static void
put_policies(FILE *f, const struct test_message *t)
{
	fprintf(f, ", \"policies\": [");
	for (size_t i = 0; i < t->result->n_policies; i++) {
		const struct policy_report *p = &t->result->policies[i];

		fprintf(f, "%s{\"policy\": ", i > 0 ? ", " : "");
		json_string(f, p->inst->title);
		json_member(f, "kind", p->inst->ops->name);
		json_member(f, "result", p->result);
		json_member(f, "skipped", p->skip_reason);
		json_member(f, "error", p->error);
		fprintf(f, ", \"monitor\": %s, \"refused\": %u, \"seconds\": %.9f",
			p->monitors ? "true" : "false", p->refused_rcpts, (double)p->ns / 1e9);
		put_conditions(f, t, p);
		put_findings(f, t, p);
		put_notes(f, t, p);
		fprintf(f, "}");
	}
	fprintf(f, "]");
}

static void
put_log(FILE *f, const struct test_message *t)
{
	json_member(f, "log", t->result->log);
	fprintf(f, ", \"warnings\": [");
	for (const char *const *w = t->result->warnings; *w != NULL; w++) {
		fprintf(f, "%s", w == t->result->warnings ? "" : ", ");
		json_string(f, *w);
	}
	fprintf(f, "]");
}

static void
put_object(FILE *f, const struct test_message *t)
{
	const struct mta_outcome *o = &t->result->outcome;
	const struct policy_report *decider = test_find_decider(t);

	fprintf(f, "{\"message\": ");
	json_string(f, t->name);
	json_member(f, "listener", t->chain != NULL ? t->chain->listener : NULL);
	json_member(f, "from", t->sent->sender[0]);
	put_rcpts(f, t);
	fprintf(f, ", \"size\": %llu", (unsigned long long)t->size);
	json_member(f, "verdict", t->result->verdict);
	json_member(f, "stage", o->stage < STAGE_COUNT ? stage_name(o->stage) : NULL);
	json_member(f, "by", decider != NULL ? decider->inst->title : NULL);
	put_reply(f, "reply", o->reply, o->text);
	put_refusals(f, t);
	put_changes(f, t);
	put_body(f, t);
	put_policies(f, t);
	put_log(f, t);
	fprintf(f, "}\n");
}

void
test_write_json(const struct test_message *t, struct buf *out)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	if (f == NULL)
		abort();
	put_object(f, t);
	if (fclose(f) != 0)
		abort();
	buf_append(out, text, len);
	free(text);
}
