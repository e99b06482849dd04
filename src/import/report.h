/* What became of each line that is imported. A line is carried over exactly, or with a
 * difference, or not; the last two are told, each with file and line. */
#ifndef IMPORT_REPORT_H
#define IMPORT_REPORT_H

#include <stddef.h>

struct arena;

enum outcome {
	OUTCOME_EXACT,
	OUTCOME_NOTED,	 /* exactly, and there is something that its author may not know */
	OUTCOME_DIFFERS, /* carried over, but it may decide otherwise */
	OUTCOME_LEFT_OUT,
};

struct note {
	enum outcome outcome;
	const char *path;
	unsigned line; /* 0: the file as a whole */
	const char *text;
	const struct note *next;
};

struct report {
	struct arena *arena; /* of all notes */
	const struct note *first, **end;
	size_t n[OUTCOME_LEFT_OUT + 1]; /* lines, by their outcome */
};

void report_init(struct report *r, struct arena *arena);
/* Counts a line. text is a part of a sentence, without a full stop; NULL when the outcome is
 * OUTCOME_EXACT. It must live as long as the arena. */
void report_line(struct report *r, enum outcome outcome, const char *path, unsigned line,
		 const char *text);
/* A note that is about no line of its own, and is not counted. */
void report_note(struct report *r, enum outcome outcome, const char *path, unsigned line,
		 const char *text);
/* "not carried over", "differs", "note". */
const char *outcome_text(enum outcome outcome);

#endif
