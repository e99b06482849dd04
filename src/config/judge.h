/* What the files that judge statements share. Layer 6; for judge.c, setting.c, statement.c. */
#ifndef CONFIG_JUDGE_H
#define CONFIG_JUDGE_H

#include <stdbool.h>
#include <stddef.h>

#include "config/lex.h"
#include "config/source.h"

#define JUDGE_WHY_BYTES 256u

struct judge { /* one file at work */
	struct source *src;
	struct source_file *file;
	struct lexer lx;
	struct source_node *at; /* the section that is open */
	bool stopped;
};

/* Tells a mistake, unless an open end was seen: then it would be its echo. */
void judge_fault(struct judge *j, unsigned line, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Blanks from start to where we are; or from start to end. */
void judge_blank(struct judge *j, size_t start);
void judge_blank_range(struct judge *j, size_t start, size_t end);

const char *judge_text(struct judge *j, const struct token *t);
const struct option *judge_table(const struct judge *j, const struct source_node *n);
/* "line 3", or "FILE:3" when that is another file. */
const char *judge_place(const struct judge *j, const struct source_node *n);
struct source_node *judge_new_node(struct judge *j, const struct option *o,
				   const struct token *t);

/* Does a statement, or the section's end, begin here? */
bool judge_at_statement(struct judge *j);
/* Behind a '{': to the '}' of it. */
void judge_skip_braces(struct judge *j);
/* Behind a mistake: to the next statement or the next line. */
void judge_recover(struct judge *j);

/* NAME = VALUE, from behind the name. setting.c. */
void judge_setting(struct judge *j, const struct option *o, const struct token *name);
/* Is what stands behind '=' no value but the next statement? */
bool judge_value_missing(struct judge *j, const struct token *name, const struct token *value);

#endif
