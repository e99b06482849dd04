/* The host of a chain without a daemon: see offline_host.h. It takes the place of a worker's
 * connection. Findings, reports and lines of the log are copied into the arena of the result,
 * since the chain has them only until the end of the message. */
#include "ctl/offline_host.h"

#include <string.h>
#include <time.h>

#include "ctl/played_results.h"
#include "service/ask.h"
#include "util/arena.h"
#include "util/log.h"

#define STEPS_MAX 400u

static bool
offline_ask(void *host, struct question *q)
{
	struct offline *o = host;
	bool is_done = ask(o->services.asker, q);

	o->asked = is_done ? NULL : q;
	o->n_looks = 0;
	return is_done;
}

static void
offline_cancel(void *host, struct question *q)
{
	struct offline *o = host;

	o->asked = NULL;
	ask_cancel(q);
}

static void
offline_resumed(void *host)
{
	struct offline *o = host;

	o->asked = NULL;
	o->resumed = true;
}

static bool
is_line_of_message(const struct log_record *record)
{
	for (size_t i = 0; i < record->n_fields; i++)
		if (strcmp(record->fields[i].name, "VERDICT") == 0)
			return true;
	return false;
}

static void
offline_log(void *host, const struct log_record *record)
{
	struct offline *o = host;
	const char *line;

	if (o->result == NULL) {
		buf_reset(&o->error);
		buf_puts(&o->error, record->text);
		return;
	}
	line = arena_strdup(o->arena, record->text);
	if (is_line_of_message(record))
		o->result->log = line;
	else
		buf_append(&o->warnings, &line, sizeof(line));
}

static const char *
copy_finding_text(struct arena *arena, const char *text)
{
	return text != NULL ? arena_strdup(arena, text) : NULL;
}

static const struct hit_place *
copy_place(struct arena *arena, const struct hit_place *from)
{
	struct hit_place *to;

	if (from == NULL)
		return NULL;
	to = arena_dup(arena, from, sizeof(*from));
	to->name = copy_finding_text(arena, from->name);
	to->type = copy_finding_text(arena, from->type);
	to->file = copy_finding_text(arena, from->file);
	return to;
}

static const struct finding *
copy_findings(struct arena *arena, const struct finding *from)
{
	struct finding *first = NULL, **end = &first;

	for (; from != NULL; from = from->next) {
		*end = arena_dup(arena, from, sizeof(*from));
		(*end)->name = copy_finding_text(arena, from->name);
		(*end)->before = copy_finding_text(arena, from->before);
		(*end)->after = copy_finding_text(arena, from->after);
		(*end)->place = copy_place(arena, from->place);
		(*end)->next = NULL;
		end = &(*end)->next;
	}
	return first;
}

static void
copy_found(struct arena *arena, struct policy_found *found)
{
	const char **symbols = arena_alloc(arena, (found->n_symbols + 1) * sizeof(*symbols));

	for (size_t i = 0; i < found->n_symbols; i++)
		symbols[i] = arena_strdup(arena, found->symbols[i]);
	found->symbols = symbols;
	found->result = copy_finding_text(arena, found->result);
	found->detail = copy_finding_text(arena, found->detail);
}

static void
copy_reports(struct offline *o)
{
	size_t n = o->listener->chain->n;
	struct policy_report *reports = arena_zalloc(o->arena, (n + 1) * sizeof(*reports));

	for (size_t i = 0; i < n; i++) {
		reports[i] = chain_run_policy_report(o->run, i);
		reports[i].skip_reason = copy_finding_text(o->arena, reports[i].skip_reason);
		reports[i].error = copy_finding_text(o->arena, reports[i].error);
		copy_found(o->arena, &reports[i].found);
	}
	o->result->policies = reports;
	o->result->n_policies = n;
}

/* What the chain knows of the message is there until its end, so it is copied now. */
static bool
offline_message_done(void *host, const char *verdict, bool acted)
{
	struct offline *o = host;

	(void)acted;
	if (o->result == NULL)
		return false;
	o->outcome = verdict;
	copy_reports(o);
	o->result->findings = copy_findings(o->arena, chain_run_findings(o->run));
	return true;
}

static bool
is_same_text(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* The step for a line that was evaluated before, perhaps at an earlier stage; or NULL. */
static struct offline_step *
find_step_of_line(const struct offline *o, const struct chain_step *step)
{
	struct offline_step *steps = (struct offline_step *)(void *)o->steps.data;

	for (size_t i = 0; i < o->steps.len / sizeof(*steps); i++)
		if (steps[i].kind == CHAIN_STEP_LINE && steps[i].position == step->position &&
		    steps[i].line.condition == step->line->condition &&
		    strcmp(steps[i].line.line, step->line->line) == 0 &&
		    (steps[i].line.result == TRI_UNKNOWN ||
		     is_same_text(steps[i].line.subject, step->line->subject)))
			return &steps[i];
	return NULL;
}

static void
offline_trace(void *host, const struct chain_step *step)
{
	struct offline *o = host;
	struct offline_step copy = {
		.kind = step->kind,
		.position = step->position,
		.stage = step->stage,
		.verdict = step->verdict,
		.waits_for = step->waits_for,
		.note = step->note,
	};
	struct offline_step *old = NULL;

	if (o->result == NULL)
		return;
	copy.text = copy_finding_text(o->arena, step->text);
	if (step->kind == CHAIN_STEP_LINE) {
		copy.line = *step->line;
		copy.line.line = copy_finding_text(o->arena, copy.line.line);
		copy.line.subject = copy_finding_text(o->arena, copy.line.subject);
		copy.line.value = copy_finding_text(o->arena, copy.line.value);
		old = find_step_of_line(o, step);
	}
	if (old != NULL)
		*old = copy;
	else if (o->steps.len / sizeof(copy) < STEPS_MAX)
		buf_append(&o->steps, &copy, sizeof(copy));
}

static struct chain_shared
offline_shared(void *host)
{
	struct offline *o = host;

	return (struct chain_shared){.at_work = o->at_work};
}

static const char *
offline_played_result(void *host, const char *title)
{
	const struct offline *o = host;

	return o->played != NULL ? played_results_find(o->played, title) : NULL;
}

static int64_t
offline_now(void *host)
{
	const struct offline *o = host;

	return o->has_time ? o->time : time(NULL);
}

const struct chain_host offline_host = {
	.ask = offline_ask,
	.cancel = offline_cancel,
	.resumed = offline_resumed,
	.log = offline_log,
	.message_done = offline_message_done,
	.trace = offline_trace,
	.played_result = offline_played_result,
	.shared = offline_shared,
	.now = offline_now,
};
