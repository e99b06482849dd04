#include "import/report.h"

#include "util/arena.h"

void
report_init(struct report *r, struct arena *arena)
{
	*r = (struct report){.arena = arena};
	r->end = &r->first;
}

void
report_note(struct report *r, enum outcome outcome, const char *path, unsigned line,
	    const char *text)
{
	struct note *note = arena_alloc(r->arena, sizeof(*note));

	*note = (struct note){outcome, path, line, text, NULL};
	*r->end = note;
	r->end = &note->next;
}

void
report_line(struct report *r, enum outcome outcome, const char *path, unsigned line,
	    const char *text)
{
	r->n[outcome]++;
	if (outcome != OUTCOME_EXACT)
		report_note(r, outcome, path, line, text);
}

const char *
outcome_text(enum outcome outcome)
{
	static const char *const texts[] = {
		[OUTCOME_EXACT] = "carried over",
		[OUTCOME_NOTED] = "note",
		[OUTCOME_DIFFERS] = "differs",
		[OUTCOME_LEFT_OUT] = "not carried over",
	};

	return texts[outcome];
}
