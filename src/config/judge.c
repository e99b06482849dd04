/* What judging a statement takes, whatever its kind: telling, blanking, finding the next one.
 */
#include "config/judge.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "config/diagnostics.h"
#include "util/arena.h"

void
judge_fault(struct judge *j, unsigned line, const char *fmt, ...)
{
	va_list ap;

	for (struct source_node *n = j->at; n != NULL; n = n->parent)
		n->faulty = true;
	if (j->lx.fatal != NULL)
		return;
	va_start(ap, fmt);
	diagnostics_error(j->src->diagnostics, j->file->name, line, "%s",
			  arena_vprintf(j->src->arena, fmt, ap));
	va_end(ap);
}

void
judge_blank_range(struct judge *j, size_t start, size_t end)
{
	for (size_t i = start; i < end; i++) {
		if (j->lx.text[i] != '\n')
			j->lx.text[i] = ' ';
	}
}

void
judge_blank(struct judge *j, size_t start)
{
	judge_blank_range(j, start, j->lx.at);
}

const char *
judge_text(struct judge *j, const struct token *t)
{
	return arena_strndup(j->src->arena, j->lx.text + t->start, t->end - t->start);
}

const struct option *
judge_table(const struct judge *j, const struct source_node *n)
{
	return n->option == NULL ? j->src->options : n->option->options;
}

const char *
judge_place(const struct judge *j, const struct source_node *n)
{
	if (n->file == j->file)
		return arena_printf(j->src->arena, "line %u", n->line);
	return arena_printf(j->src->arena, "%s:%u", n->file->name, n->line);
}

bool
judge_at_statement(struct judge *j)
{
	struct lexer look = j->lx;
	struct token t = lex_next(&look);
	struct token next = lex_peek(&look);
	bool yes;

	if (t.type == TOKEN_WORD && lex_is_value(&next) && next.line == t.line) {
		lex_next(&look);
		next = lex_peek(&look);
		yes = next.type == TOKEN_OPEN;
	} else if (t.type == TOKEN_WORD) {
		yes = next.type == TOKEN_EQUALS || next.type == TOKEN_APPEND ||
		      next.type == TOKEN_OPEN || next.type == TOKEN_LEFT;
	} else {
		return t.type == TOKEN_END || t.type == TOKEN_CLOSE;
	}
	j->lx.fatal = look.fatal;
	j->lx.fatal_line = look.fatal_line;
	return yes;
}

void
judge_skip_braces(struct judge *j)
{
	unsigned line = j->lx.line, depth = 1;

	while (depth > 0) {
		struct token t = lex_next(&j->lx);

		if (t.type == TOKEN_END) {
			judge_fault(j, line, "this '{' is not closed: '}' is missing");
			j->src->incomplete = true;
			return;
		}
		if (t.type == TOKEN_OPEN)
			depth++;
		else if (t.type == TOKEN_CLOSE)
			depth--;
	}
}

void
judge_recover(struct judge *j)
{
	while (!judge_at_statement(j) && lex_peek(&j->lx).line == j->lx.line) {
		if (lex_next(&j->lx).type == TOKEN_OPEN)
			judge_skip_braces(j);
	}
}

struct source_node *
judge_new_node(struct judge *j, const struct option *o, const struct token *t)
{
	struct source_node *n = arena_zalloc(j->src->arena, sizeof(*n));

	n->option = o;
	n->title = "";
	n->file = j->file;
	n->line = t->line;
	n->start = t->start;
	n->parent = j->at;
	return n;
}
