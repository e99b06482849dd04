/* Options that are given a value: name, '=', a value or a list. */
#include <string.h>

#include "config/judge.h"
#include "util/arena.h"

static void
add_setting(struct judge *j, struct source_node *n)
{
	if (j->at->last_setting != NULL)
		j->at->last_setting->next = n;
	else
		j->at->settings = n;
	j->at->last_setting = n;
}

static void
add_value(struct judge *j, struct source_node *n, const struct token *t)
{
	if ((n->n_values & (n->n_values - 1)) == 0) { /* full: a power of two, or nothing */
		unsigned *more =
			arena_alloc(j->src->arena, 2 * (n->n_values + 1) * sizeof(*more));

		if (n->n_values > 0)
			memcpy(more, n->lines, n->n_values * sizeof(*more));
		n->lines = more;
	}
	n->lines[n->n_values++] = t->line;
}

static void
judge_value(struct judge *j, struct source_node *n, const struct token *t)
{
	const char *name = n->option->name;
	char why[JUDGE_WHY_BYTES];
	bool is_pattern = option_is_regex(n->option) && t->type == TOKEN_DOUBLE;

	add_value(j, n, t);
	if (is_pattern && memchr(j->lx.text + t->start, '\\', t->end - t->start) != NULL)
		judge_fault(j, t->line,
			    "%s: a pattern with a backslash must stand in single quotes", name);
	else if (lex_check(&j->lx, t, why, sizeof(why)) < 0)
		judge_fault(j, t->line, "%s: %s", name, why);
	else
		return;
	n->faulty = true;
}

static void
refuse_list(struct judge *j, struct source_node *n, const char *what)
{
	bool is_open_end = judge_at_statement(j);

	if (!n->faulty)
		judge_fault(j, j->lx.line, "%s: %s", n->option->name,
			    is_open_end ? "the list is not closed: '}' is missing behind this"
					: what);
	n->faulty = true;
	if (!is_open_end)
		judge_skip_braces(j);
}

/* In braces, the first of which was read. A ',' may stand behind the last value. */
static void
judge_list(struct judge *j, struct source_node *n)
{
	struct token t = lex_peek(&j->lx);

	while (t.type != TOKEN_CLOSE) {
		if (!lex_is_value(&t) || judge_at_statement(j)) {
			refuse_list(j, n, "a value is missing in the list");
			return;
		}
		lex_next(&j->lx);
		judge_value(j, n, &t);
		t = lex_peek(&j->lx);
		if (t.type != TOKEN_CLOSE && t.type != TOKEN_COMMA) {
			refuse_list(j, n, "',' or '}' is missing behind this value");
			return;
		}
		if (t.type == TOKEN_COMMA)
			lex_next(&j->lx);
		t = lex_peek(&j->lx);
	}
	lex_next(&j->lx);
}

bool
judge_value_missing(struct judge *j, const struct token *name, const struct token *value)
{
	struct lexer look = j->lx;

	if (value->type == TOKEN_OPEN || lex_is_string(value))
		return false;
	if (value->type != TOKEN_WORD)
		return true;
	lex_next(&look);
	if (lex_peek(&look).type == TOKEN_EQUALS)
		return true;
	return value->line != name->line && judge_at_statement(j);
}

/* A ',' between options, as other languages want it. */
static bool
is_stray_comma(struct judge *j, const struct token *t)
{
	struct lexer here = j->lx;
	bool stray;

	if (t->type != TOKEN_COMMA)
		return false;
	lex_next(&j->lx);
	stray = judge_at_statement(j);
	if (!stray)
		j->lx = here;
	return stray;
}

/* Only a statement, or ';', may follow on the line of a value. */
static void
judge_behind(struct judge *j, struct source_node *n, unsigned line)
{
	struct token t = lex_peek(&j->lx);
	const char *name = n->option->name;
	const char *what =
		"something stands behind its value; a value with blanks must stand in "
		"quotes";

	if (t.type == TOKEN_OTHER && j->lx.text[t.start] == ';')
		return;
	if (t.line != line || judge_at_statement(j))
		return;
	if (is_stray_comma(j, &t)) {
		judge_fault(j, t.line, "',' is not needed: remove it");
		judge_blank_range(j, t.start, t.end);
		return;
	}
	if (t.type == TOKEN_COMMA && option_is_list(n->option))
		what = arena_printf(j->src->arena,
				    "several values stand in braces: %s = { ..., ... }", name);
	if (!n->faulty)
		judge_fault(j, t.line, "%s: %s", name, what);
	n->faulty = true;
	judge_recover(j);
}

static void
refuse_missing(struct judge *j, struct source_node *n, const struct token *t)
{
	const char *list = option_is_list(n->option) ? "; a list stands in { }" : "";

	if (t->type == TOKEN_WORD || t->type == TOKEN_END || t->type == TOKEN_CLOSE ||
	    t->line != n->line)
		judge_fault(j, n->line, "%s: a value is missing behind '='", n->option->name);
	else
		judge_fault(j, n->line, "%s: a value was expected, not '%s'%s", n->option->name,
			    judge_text(j, t), list);
	n->faulty = true;
	judge_recover(j);
}

static void
judge_values(struct judge *j, struct source_node *n, const struct token *name)
{
	struct token t = lex_peek(&j->lx);

	if (judge_value_missing(j, name, &t)) {
		refuse_missing(j, n, &t);
		return;
	}
	lex_next(&j->lx);
	if (t.type != TOKEN_OPEN) {
		judge_value(j, n, &t);
	} else if (option_is_list(n->option)) {
		judge_list(j, n);
	} else {
		judge_fault(j, n->line, "%s: takes one value, not a list", n->option->name);
		n->faulty = true;
		judge_skip_braces(j);
	}
	judge_behind(j, n, j->lx.line);
}

/* Behind the name of an option stands no '='. */
static void
refuse_setting(struct judge *j, struct source_node *n)
{
	const char *name = n->option->name;
	struct token t = lex_next(&j->lx);
	struct token next = lex_peek(&j->lx);

	if (t.type == TOKEN_APPEND)
		judge_fault(j, n->line, "%s: there is no '+=': write all values in one list",
			    name);
	else if (lex_is_value(&t) && next.type == TOKEN_OPEN)
		judge_fault(j, n->line, "%s is an option, not a section: write %s = ...", name,
			    name);
	else
		judge_fault(j, n->line, "%s: '=' is missing behind the name", name);
	n->faulty = true;
	if (t.type == TOKEN_OPEN)
		judge_skip_braces(j);
	judge_recover(j);
}

void
judge_setting(struct judge *j, const struct option *o, const struct token *name)
{
	struct source_node *n = judge_new_node(j, o, name);
	const struct source_node *before = j->at->settings;

	while (before != NULL && before->option != o)
		before = before->next;
	if (before != NULL && lex_peek(&j->lx).type != TOKEN_APPEND) {
		judge_fault(j, name->line, "%s: is set already, at %s", o->name,
			    judge_place(j, before));
		n->faulty = true;
	}
	if (lex_peek(&j->lx).type != TOKEN_EQUALS) {
		refuse_setting(j, n);
	} else {
		lex_next(&j->lx);
		judge_values(j, n, name);
	}
	if (before == NULL)
		add_setting(j, n);
	if (n->faulty)
		judge_blank(j, n->start);
}
