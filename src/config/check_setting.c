/* Checks the options that are set: NAME = VALUE or NAME = { VALUE, ... }.
 *
 * Input: the tokens after the name, and the option's row. Output: a node in the open section
 * with the line of each value; its text is erased when there is an error. The values' types
 * (a size, a duration, ...) are checked later, in reader.c. */
#include <string.h>

#include "config/checker.h"
#include "util/arena.h"

static void
add_setting(struct file_checker *c, struct source_node *n)
{
	if (c->section->last_setting != NULL)
		c->section->last_setting->next = n;
	else
		c->section->settings = n;
	c->section->last_setting = n;
}

static void
add_value(struct file_checker *c, struct source_node *n, const struct lex_token *t)
{
	if ((n->n_values & (n->n_values - 1)) == 0) { /* full: 0 or a power of two */
		unsigned *more =
			arena_alloc(c->source->arena, 2 * (n->n_values + 1) * sizeof(*more));

		if (n->n_values > 0)
			memcpy(more, n->lines, n->n_values * sizeof(*more));
		n->lines = more;
	}
	n->lines[n->n_values++] = t->line;
}

static void
check_value(struct file_checker *c, struct source_node *n, const struct lex_token *t)
{
	const char *name = n->option->name;
	char reason[LEX_REASON_BYTES];
	bool is_quoted_regex = option_is_regex(n->option) && t->type == TOKEN_DOUBLE;

	add_value(c, n, t);
	if (is_quoted_regex &&
	    memchr(c->lexer.text + t->start, '\\', t->end - t->start) != NULL)
		checker_error(
			c, t->line,
			"%s: a regular expression with a backslash must be in single quotes",
			name);
	else if (lex_check_value(&c->lexer, t, reason, sizeof(reason)) < 0)
		checker_error(c, t->line, "%s: %s", name, reason);
	else
		return;
	n->has_error = true;
}

/* Reports error, unless the next statement begins here: then only the list's '}' is missing. */
static void
reject_value_list(struct file_checker *c, struct source_node *n, const char *error)
{
	bool is_unclosed = checker_is_at_statement(c);

	if (!n->has_error)
		checker_error(c, c->lexer.line, "%s: %s", n->option->name,
			      is_unclosed ? "the list is not closed: '}' is missing after this"
					  : error);
	n->has_error = true;
	if (!is_unclosed)
		checker_skip_braces(c);
}

/* Checks a list after its '{' was read. A ',' is allowed after the last value. */
static void
check_value_list(struct file_checker *c, struct source_node *n)
{
	struct lex_token t = lex_peek(&c->lexer);

	while (t.type != TOKEN_CLOSE) {
		if (!lex_is_value(&t) || checker_is_at_statement(c)) {
			reject_value_list(c, n, "a value is missing in the list");
			return;
		}
		lex_next(&c->lexer);
		check_value(c, n, &t);
		t = lex_peek(&c->lexer);
		if (t.type != TOKEN_CLOSE && t.type != TOKEN_COMMA) {
			reject_value_list(c, n, "',' or '}' is missing after this value");
			return;
		}
		if (t.type == TOKEN_COMMA)
			lex_next(&c->lexer);
		t = lex_peek(&c->lexer);
	}
	lex_next(&c->lexer);
}

/* Example: after "message =" a line "recipients = 100" follows; 'recipients' is not a value. */
bool
checker_is_value_missing(struct file_checker *c, const struct lex_token *name,
			 const struct lex_token *value)
{
	struct lexer ahead = c->lexer;

	if (value->type == TOKEN_OPEN || lex_is_string(value))
		return false;
	if (value->type != TOKEN_WORD)
		return true;
	lex_next(&ahead);
	if (lex_peek(&ahead).type == TOKEN_EQUALS)
		return true;
	return value->line != name->line && checker_is_at_statement(c);
}

/* Whether the token is a ',' between two statements, as other languages have it; if so, it is
 * read. */
static bool
skip_stray_comma(struct file_checker *c, const struct lex_token *t)
{
	struct lexer before = c->lexer;
	bool stray;

	if (t->type != TOKEN_COMMA)
		return false;
	lex_next(&c->lexer);
	stray = checker_is_at_statement(c);
	if (!stray)
		c->lexer = before;
	return stray;
}

/* On the line of a value only the next statement or a ';' may follow, and a ';' is reported by
 * check_unexpected_token(). */
static void
check_rest_of_line(struct file_checker *c, struct source_node *n, unsigned line)
{
	struct lex_token t = lex_peek(&c->lexer);
	const char *name = n->option->name;
	const char *error =
		"unexpected text after the value; a value with spaces must be in quotes";

	if (t.type == TOKEN_OTHER && c->lexer.text[t.start] == ';')
		return;
	if (t.line != line || checker_is_at_statement(c))
		return;
	if (skip_stray_comma(c, &t)) {
		checker_error(c, t.line, "',' is not needed: remove it");
		checker_erase(c, t.start, t.end);
		return;
	}
	if (t.type == TOKEN_COMMA && option_is_list(n->option))
		error = arena_printf(c->source->arena,
				     "write several values as a list: %s = { ..., ... }", name);
	if (!n->has_error)
		checker_error(c, t.line, "%s: %s", name, error);
	n->has_error = true;
	checker_skip_to_statement(c);
}

static void
reject_missing_value(struct file_checker *c, struct source_node *n, const struct lex_token *t)
{
	const char *list = option_is_list(n->option) ? "; write a list in { }" : "";

	if (t->type == TOKEN_WORD || t->type == TOKEN_END || t->type == TOKEN_CLOSE ||
	    t->line != n->line)
		checker_error(c, n->line, "%s: a value is missing after '='", n->option->name);
	else
		checker_error(c, n->line, "%s: expected a value, found '%s'%s", n->option->name,
			      checker_token_text(c, t), list);
	n->has_error = true;
	checker_skip_to_statement(c);
}

static void
check_setting_values(struct file_checker *c, struct source_node *n,
		     const struct lex_token *name)
{
	struct lex_token t = lex_peek(&c->lexer);

	if (checker_is_value_missing(c, name, &t)) {
		reject_missing_value(c, n, &t);
		return;
	}
	lex_next(&c->lexer);
	if (t.type != TOKEN_OPEN) {
		check_value(c, n, &t);
	} else if (option_is_list(n->option)) {
		check_value_list(c, n);
	} else {
		checker_error(c, n->line, "%s: takes one value, not a list", n->option->name);
		n->has_error = true;
		checker_skip_braces(c);
	}
	check_rest_of_line(c, n, c->lexer.line);
}

/* Reports what follows the name of an option instead of '='. */
static void
reject_setting(struct file_checker *c, struct source_node *n)
{
	const char *name = n->option->name;
	struct lex_token t = lex_next(&c->lexer);
	struct lex_token next = lex_peek(&c->lexer);

	if (t.type == TOKEN_APPEND)
		checker_error(c, n->line,
			      "%s: '+=' is not supported: write all values in one list", name);
	else if (lex_is_value(&t) && next.type == TOKEN_OPEN)
		checker_error(c, n->line, "%s is an option, not a section: write %s = ...",
			      name, name);
	else
		checker_error(c, n->line, "%s: '=' is missing after the name", name);
	n->has_error = true;
	if (t.type == TOKEN_OPEN)
		checker_skip_braces(c);
	checker_skip_to_statement(c);
}

void
checker_check_setting(struct file_checker *c, const struct option *o,
		      const struct lex_token *name)
{
	struct source_node *n = checker_new_node(c, o, name);
	const struct source_node *before = c->section->settings;

	while (before != NULL && before->option != o)
		before = before->next;
	if (before != NULL && lex_peek(&c->lexer).type != TOKEN_APPEND) {
		checker_error(c, name->line, "%s: is already set at %s", o->name,
			      checker_node_location(c, before));
		n->has_error = true;
	}
	if (lex_peek(&c->lexer).type != TOKEN_EQUALS) {
		reject_setting(c, n);
	} else {
		lex_next(&c->lexer);
		check_setting_values(c, n, name);
	}
	if (before == NULL)
		add_setting(c, n);
	if (n->has_error)
		checker_erase_from(c, n->start);
}
