/* The log line of a message, one for each. Input: the run at the end of a message, and the
 * name of the verdict that the MTA was sent; output: one record to host->log(), and one in the
 * history (history.h).
 *
 * Its grammar is documented in polymilter(8), and programs read it: keys, their order and their
 * quotes stay. Values from the MTA are cleaned and cut to VALUE_MAX_BYTES. */
#include <string.h>

#include "chain/run.h"
#include "session/diff.h"
#include "util/log.h"
#include "util/str.h"

#define VALUE_MAX_BYTES	   256u
#define FINDINGS_MAX_BYTES 1000u /* later ones are left out, or counted */
#define FIELDS_MAX	   24u	 /* for the journal; later policies and rules are left out */
/* Later refused recipients are only counted. */
#define REFUSALS_MAX_BYTES 4000u
#define REFUSALS_MAX	   20u

/* Standard error takes lines of 4096 bytes, with a prefix. */
#define LINE_MAX_BYTES 4000u
#define END_MAX_BYTES                                                                          \
	450u /* ` +480"`, ` edits="..." lost=notify`, and what the worker adds                 \
	      */

static void
append_cleaned(struct buf *b, const char *value, size_t len)
{
	str_append_printable(b, value, len, VALUE_MAX_BYTES);
}

/* ` key=<value>`, or with other delimiters: begin is ` key=<`. */
static void
append_delimited(struct buf *b, const char *begin, const char *value, char end)
{
	buf_puts(b, begin);
	append_cleaned(b, value, strlen(value));
	buf_putc(b, (unsigned char)end);
}

static void
append_session(struct buf *b, const struct chain_run *run)
{
	const struct peer *peer = session_peer(run->session);

	buf_puts(b, " session=");
	buf_puts(b, run->session_id);
	buf_puts(b, " listener=\"");
	buf_puts(b, run->chain->listener);
	buf_puts(b, "\" client=");
	if (peer->host[0] == '[' || peer->host[0] == '\0')
		buf_puts(b, "unknown");
	else
		append_cleaned(b, peer->host, strlen(peer->host));
	buf_putc(b, '[');
	append_cleaned(b, peer->addr, strlen(peer->addr));
	append_delimited(b, "] helo=<", peer->helo, '>');
}

/* As the MTA sent it: the first recipient, and how many there are. */
static void
append_envelope(struct buf *b, const struct message *m)
{
	const struct sender *from = message_sender(m, 0);
	size_t n = 0;

	if (from != NULL)
		append_delimited(b, " from=<", from->mailbox, '>');
	for (size_t i = 0; i < m->n_rcpts; i++) {
		if (m->rcpts[i].added_by != POSITION_MTA)
			continue;
		if (n++ == 0)
			append_delimited(b, " to=<", m->rcpts[i].mailbox, '>');
	}
	buf_puts(b, " nrcpt=");
	buf_put_number(b, n);
}

const char *
find_logged_id(const struct chain_run *run, size_t *ret_len)
{
	*ret_len = run->logged_id_len;
	return run->logged_id;
}

static void
keep_logged_id(struct chain_run *run, const struct message *m)
{
	bool known = run->stage == STAGE_EOM && (run->chain->need.parts & PART_HEADERS) != 0;
	const struct header *id = known ? message_nth_header(m, "Message-Id", 1) : NULL;

	run->logged_id = NULL;
	if (id == NULL)
		return;
	run->logged_id = id->value + strspn(id->value, " \t\n<");
	run->logged_id_len = strcspn(run->logged_id, ">\n");
}

/* Size and Message-Id, where the policies needed them: what only the log line
 * needs is not requested of the MTA. */
static void
append_content(struct buf *b, const struct chain_run *run, const struct message *m)
{
	const char *id;
	size_t len;

	if (run->stage != STAGE_EOM)
		return;
	if (run_knows_size(run)) {
		buf_puts(b, " size=");
		buf_put_number(b, message_size(m));
	}
	id = find_logged_id(run, &len);
	if (id == NULL)
		return;
	buf_puts(b, " msgid=<");
	append_cleaned(b, id, len);
	buf_putc(b, '>');
}

static void
append_policy(struct buf *b, const struct policy_call *c, const char *result, bool first)
{
	bool would = c->monitors && !is_idle_result(result);

	if (!first)
		buf_putc(b, ' ');
	append_cleaned(b, c->inst->title, strlen(c->inst->title));
	buf_puts(b, would ? ":would=" : ":");
	buf_puts(b, result);
	if (c->skip_reason != NULL && strcmp(result, "skipped") == 0) {
		buf_putc(b, '(');
		buf_puts(b, c->skip_reason);
		buf_putc(b, ')');
	}
	if (c->refused_rcpts > 0)
		buf_printf(b, "(refused=%u)", c->refused_rcpts);
}

/* Without those that were not called, and if only_active, without idle ones, until the line
 * has max bytes. Returns how many it had to leave out. */
static size_t
append_policy_list(struct buf *b, const struct chain_run *run, bool only_active, size_t max)
{
	size_t n_left_out = 0, begin = b->len, before;

	for (size_t i = 0; i < run->chain->n; i++) {
		const struct policy_call *c = &run->calls[i];
		const char *result = find_policy_result(c);

		if (*result == '\0')
			continue;
		before = b->len;
		if (!only_active || !is_idle_result(result))
			append_policy(b, c, result, b->len == begin);
		if (b->len > max)
			b->len = before;
		n_left_out += b->len == before;
	}
	return n_left_out;
}

/* The length that the line may have behind the policies, so that its end is whole in each log.
 * Only many refused recipients make it longer than standard error takes. */
static size_t
find_room_for_policies(const struct chain_run *run)
{
	size_t end = run->results.len + run->refusals.len + run->notes.len + END_MAX_BYTES;

	if (end <= LINE_MAX_BYTES / 2)
		return LINE_MAX_BYTES - end;
	return end < LOG_TEXT_MAX_BYTES ? LOG_TEXT_MAX_BYTES - end : 0;
}

/* A list that is too long has only policies that did something, as many as there is room for,
 * and the number of the others. */
static void
append_policies(struct buf *b, const struct chain_run *run)
{
	size_t max = find_room_for_policies(run), n_left_out, begin;

	buf_puts(b, " policies=\"");
	begin = b->len;
	n_left_out = append_policy_list(b, run, false, max);
	if (n_left_out > 0) {
		b->len = begin;
		n_left_out = append_policy_list(b, run, true, max);
		buf_printf(b, "%s+%zu", b->len == begin ? "" : " ", n_left_out);
	}
	buf_putc(b, '"');
}

static void
append_edits(struct buf *b, const struct diff_counts *counts)
{
	size_t before = b->len, begin;

	buf_puts(b, " edits=\"");
	begin = b->len;
	diff_write_summary(counts, b);
	if (b->len > begin)
		buf_putc(b, '"');
	else
		b->len = before;
}

/* lost=notify: a recipient was added without its parameters, as the MTA takes none. */
static void
append_lost_parameters(struct buf *b, const struct chain_run *run, const struct message *m)
{
	const struct milter_terms *terms = session_terms(run->session);

	if ((terms->actions & ACTION_ADD_RCPT_PAR) != 0)
		return;
	for (size_t i = 0; i < m->n_rcpts; i++) {
		const struct rcpt *r = &m->rcpts[i];

		if (r->added_by != POSITION_MTA && r->removed_by == POSITION_NONE &&
		    r->args_len > 0) {
			buf_puts(b, " lost=notify");
			return;
		}
	}
}

/* `KEY="550 5.7.1 Text"`, with a blank before it. */
static void
append_reply(struct buf *b, const char *key, unsigned code, const char *xcode, const char *text)
{
	buf_printf(b, " %s=\"%u %s ", key, code, xcode);
	append_cleaned(b, text, strlen(text));
	buf_putc(b, '"');
}

void
note_refused_rcpt(struct chain_run *run, enum verdict v, unsigned code, const char *xcode,
		  const char *text)
{
	const struct message *m = run->message;
	size_t rcpt = message_last_sent_rcpt(m);

	if (rcpt >= m->n_rcpts)
		return;
	if (run->n_refusals == REFUSALS_MAX || run->refusals.len > REFUSALS_MAX_BYTES) {
		run->n_more_refusals++;
		return;
	}
	run->n_refusals++;
	append_delimited(&run->refusals, " refused=<", m->rcpts[rcpt].mailbox, '>');
	if (code != 0)
		append_reply(&run->refusals, "refusal", code, xcode, text);
	else
		append_delimited(&run->refusals, " refusal=\"", verdict_name(v), '"');
}

/* Which policy, or limit, decided, and with which reply. */
static void
append_decision(struct buf *b, const struct chain_run *run)
{
	const struct pending_verdict *final = &run->final;
	const struct message *m = run->message;

	if (!final->set)
		return;
	if (run->final_policy != NULL)
		append_delimited(b, " by=\"", run->final_policy, '"');
	else if (m->over_limit != NULL)
		buf_printf(b, " limit=%s", m->over_limit);
	if (final->code != 0)
		append_reply(b, "reply", final->code, final->xcode, final->text);
}

/* Whether a policy did, or with mode monitor would have done, anything. */
static bool
has_acted(const struct chain_run *run)
{
	if (run->final.set || run->refusals.len > 0)
		return true;
	for (size_t i = 0; i < run->chain->n; i++) {
		const struct policy_call *c = &run->calls[i];

		if (c->changed || c->refused_rcpts > 0 || c->would_act ||
		    c->enforced_verdict != VERDICT_CONTINUE ||
		    c->monitored_verdict != VERDICT_CONTINUE)
			return true;
	}
	return false;
}

/* Whether the message goes on, with the changes. */
static bool
is_passed(const char *verdict)
{
	return strcmp(verdict, "accept") == 0 || strcmp(verdict, "continue") == 0;
}

/* What the MTA was sent, in a word. A message that is accepted may be held by the MTA. */
static const char *
name_outcome(const struct chain_run *run, const char *verdict)
{
	if (verdict == NULL)
		return run->is_cut ? "cut" : "aborted";
	return run->message->quarantine != NULL && is_passed(verdict) ? "quarantine" : verdict;
}

/* "POLICY/RULE", without the cost of printf(): for each rule that hits. */
static const char *
name_rule(struct arena *arena, const char *policy, const char *rule)
{
	size_t n = strlen(policy), rule_bytes = strlen(rule) + 1;
	char *name = arena_alloc(arena, n + 1 + rule_bytes);

	memcpy(name, policy, n);
	name[n] = '/';
	memcpy(name + n + 1, rule, rule_bytes);
	return name;
}

static const char *
name_result(struct arena *arena, const struct policy_call *c)
{
	struct buf b = {0};

	append_policy_found(&b, c);
	return buf_move_to_arena(&b, arena);
}

/* A field for each policy that acted, for each result, and for each rule that hit. */
static void
add_journal_fields(const struct chain_run *run, struct log_record *record,
		   struct log_field *fields)
{
	struct arena *arena = run->message->arena;

	for (size_t i = 0; i < run->chain->n && record->n_fields < FIELDS_MAX; i++) {
		const struct policy_call *c = &run->calls[i];

		if (policy_did_something(c))
			fields[record->n_fields++] =
				(struct log_field){"POLICY", c->inst->title};
	}
	for (size_t i = 0; i < run->chain->n && record->n_fields < FIELDS_MAX; i++)
		if (policy_has_result(&run->calls[i]))
			fields[record->n_fields++] = (struct log_field){
				"RESULT", name_result(arena, &run->calls[i])};
	for (const struct finding *f = run->findings.first;
	     f != NULL && record->n_fields < FIELDS_MAX; f = f->next)
		if (f->kind == FINDING_RULE)
			fields[record->n_fields++] = (struct log_field){
				"RULE",
				name_rule(arena, run->calls[f->position - 1].inst->title,
					  f->name)};
}

void
write_message_log(struct chain_run *run, const char *verdict)
{
	struct message *m = run->message;
	bool acted = has_acted(run);
	const char *outcome = name_outcome(run, verdict);
	struct log_field fields[FIELDS_MAX] = {
		{"QUEUE_ID", run->queue_id},
		{"SESSION", run->session_id},
		{"LISTENER", run->chain->listener},
		{"VERDICT", outcome},
	};
	struct log_record record = {.level = LOG_INFO, .fields = fields, .n_fields = 4};
	struct buf *line = &run->log_line;
	bool passed = verdict != NULL && is_passed(verdict), wanted;
	struct diff_counts edits = {0};

	if (passed)
		edits = diff_count(m);
	count_message(run, verdict == NULL, passed ? &edits : NULL);
	wanted = run->host->message_done(
		run->host_ctx, verdict == NULL && !run->is_cut ? NULL : outcome, acted);
	if (verdict == NULL && !acted)
		return;
	keep_logged_id(run, m);
	if (run->host->remember != NULL)
		run->host->remember(run->host_ctx, run, outcome);
	if (!wanted)
		return;
	append_findings(&run->notes, run, FINDINGS_MAX_BYTES);
	add_journal_fields(run, &record, fields);
	buf_reset(&run->results);
	append_results(&run->results, run);
	buf_reset(line);
	append_cleaned(line, run->queue_id, strlen(run->queue_id));
	buf_puts(line, run->queue_id[0] == '\0' ? "NOQUEUE: verdict=" : ": verdict=");
	buf_puts(line, outcome);
	append_decision(line, run);
	append_session(line, run);
	append_envelope(line, m);
	append_content(line, run, m);
	append_policies(line, run);
	buf_append(line, run->results.data, run->results.len);
	if (passed) {
		append_edits(line, &edits);
		append_lost_parameters(line, run, m);
	}
	buf_append(line, run->refusals.data, run->refusals.len);
	if (run->n_more_refusals > 0)
		buf_printf(line, " more=%u", run->n_more_refusals);
	buf_append(line, run->notes.data, run->notes.len);
	record.text = buf_string(line);
	run->host->log(run->host_ctx, &record);
}
