/* The operations on one file that all its checks share: see checker.h. */
#include "config/checker.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "config/diagnostics.h"
#include "util/arena.h"

void
checker_error(struct file_checker *c, unsigned line, const char *fmt, ...)
{
	va_list ap;

	for (struct source_node *n = c->section; n != NULL; n = n->parent)
		n->has_error = true;
	if (c->lexer.unclosed != NULL)
		return;
	va_start(ap, fmt);
	diagnostics_error(c->source->diagnostics, c->file->name, line, "%s",
			  arena_vprintf(c->source->arena, fmt, ap));
	va_end(ap);
}

void
checker_erase(struct file_checker *c, size_t start, size_t end)
{
	for (size_t i = start; i < end; i++) {
		if (c->lexer.text[i] != '\n')
			c->lexer.text[i] = ' ';
	}
}

void
checker_erase_from(struct file_checker *c, size_t start)
{
	checker_erase(c, start, c->lexer.at);
}

const char *
checker_token_text(struct file_checker *c, const struct lex_token *t)
{
	return arena_strndup(c->source->arena, c->lexer.text + t->start, t->end - t->start);
}

const struct option *
checker_section_options(const struct file_checker *c, const struct source_node *section)
{
	return section->option == NULL ? c->source->options : section->option->options;
}

const char *
checker_node_location(const struct file_checker *c, const struct source_node *n)
{
	if (n->file == c->file)
		return arena_printf(c->source->arena, "line %u", n->line);
	return arena_printf(c->source->arena, "%s:%u", n->file->name, n->line);
}

struct source_node *
checker_new_node(struct file_checker *c, const struct option *o, const struct lex_token *name)
{
	struct source_node *n = arena_zalloc(c->source->arena, sizeof(*n));

	n->option = o;
	n->name = checker_token_text(c, name);
	n->title = "";
	n->file = c->file;
	n->line = name->line;
	n->start = name->start;
	n->parent = c->section;
	return n;
}

/* A statement begins with WORD VALUE { with both on one line, or with WORD and one of = += { (.
 * The line matters: in "bad = yes", followed by a line "log {", 'yes log {' is no section. */
bool
checker_is_at_statement(struct file_checker *c)
{
	struct lexer ahead = c->lexer;
	struct lex_token t = lex_next(&ahead);
	struct lex_token next = lex_peek(&ahead);
	bool yes;

	if (t.type == TOKEN_WORD && lex_is_value(&next) && next.line == t.line) {
		lex_next(&ahead);
		next = lex_peek(&ahead);
		yes = next.type == TOKEN_OPEN;
	} else if (t.type == TOKEN_WORD) {
		yes = next.type == TOKEN_EQUALS || next.type == TOKEN_APPEND ||
		      next.type == TOKEN_OPEN || next.type == TOKEN_LEFT;
	} else {
		return t.type == TOKEN_END || t.type == TOKEN_CLOSE;
	}
	c->lexer.unclosed = ahead.unclosed;
	c->lexer.unclosed_line = ahead.unclosed_line;
	return yes;
}

void
checker_skip_braces(struct file_checker *c)
{
	unsigned line = c->lexer.line, depth = 1;

	while (depth > 0) {
		struct lex_token t = lex_next(&c->lexer);

		if (t.type == TOKEN_END) {
			checker_error(c, line, "this '{' is not closed: '}' is missing");
			c->source->has_unchecked_text = true;
			return;
		}
		if (t.type == TOKEN_OPEN)
			depth++;
		else if (t.type == TOKEN_CLOSE)
			depth--;
	}
}

void
checker_skip_to_statement(struct file_checker *c)
{
	while (!checker_is_at_statement(c) && lex_peek(&c->lexer).line == c->lexer.line) {
		if (lex_next(&c->lexer).type == TOKEN_OPEN)
			checker_skip_braces(c);
	}
}

void
checker_stop(struct file_checker *c, size_t start)
{
	c->lexer.at = c->lexer.len;
	checker_erase_from(c, start);
	c->stopped = true;
	c->source->has_unchecked_text = true;
}
