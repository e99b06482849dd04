/* Describes what was only monitored: see difference_monitor.h. */
#include "ctl/difference_monitor.h"

#include <string.h>

#include "chain/chain.h"
#include "chain/report.h"
#include "ctl/difference_values.h"
#include "ctl/show_finding.h"
#include "util/buf.h"

/* That it would have been is said by the kind of the difference. */
static void
append_monitored_change(struct buf *b, const struct finding *f)
{
	struct shown_finding shown = shown_finding(f);

	shown.monitored = false;
	show_finding(&shown, 0, b);
}

const char *
difference_monitoring_policy(struct arena *arena, const struct offline_result *r,
			     const struct policy_report *p)
{
	struct buf b = {0};

	if (p == NULL || !p->monitors || !p->acted)
		return "";
	buf_printf(&b, "would: %s\n", p->result);
	for (const struct finding *f = r->findings; f != NULL; f = f->next)
		if (&r->policies[f->position - 1] == p && !f->undone &&
		    f->kind != FINDING_RULE && f->kind != FINDING_VERDICT)
			append_monitored_change(&b, f);
	return difference_end_value(&b, "\n", arena);
}

const struct finding *
difference_next_monitored(const struct offline_result *r, const struct finding *f)
{
	for (; f != NULL; f = f->next) {
		const struct finding *first = r->findings;

		if (f->monitored == NULL)
			continue;
		while (first->position != f->position || first->monitored != f->monitored)
			first = first->next;
		if (first == f)
			break;
	}
	return f;
}

static bool
is_of_rule(const struct offline_result *r, const struct finding *f, const char *policy,
	   const char *rule)
{
	const char *title = f->monitored != NULL      ? f->monitored->title
			    : f->kind == FINDING_RULE ? f->rule->title
						      : NULL;

	return title != NULL && strcmp(title, rule) == 0 &&
	       strcmp(r->policies[f->position - 1].inst->title, policy) == 0;
}

const char *
difference_monitored_rule(struct arena *arena, const struct offline_result *r,
			  const char *policy, const char *rule)
{
	struct buf b = {0};
	bool hits = false, acts = false;

	for (const struct finding *f = r->findings; f != NULL; f = f->next) {
		if (f->undone || !is_of_rule(r, f, policy, rule))
			continue;
		acts |= f->monitored == NULL;
		if (f->kind == FINDING_RULE)
			hits = true;
		else
			append_monitored_change(&b, f);
	}
	if (b.len == 0 && hits)
		buf_puts(&b, "hits\n");
	if (acts) {
		buf_free(&b);
		return NULL;
	}
	return difference_end_value(&b, "\n", arena);
}
