/* Checks the head and the end of a section: KIND "title" { ... }.
 *
 * Input: the tokens after the kind, and the option's row. Output: a node in the open section,
 * which becomes the open section itself: the statements in it are checked as such, until
 * checker_close_section(). A section that is erased (it has no valid title, or a second
 * one with its title) is entered all the same, so that errors inside are found in the same
 * run; its title is kept as a refused one. */
#include <string.h>

#include "config/checker.h"
#include "util/arena.h"
#include "util/str.h"

#define TITLE_MAX 64u /* bytes */

static bool
is_valid_title(const char *s)
{
	size_t len = strlen(s);

	for (size_t i = 0; i < len; i++) {
		if (s[i] < ' ' || s[i] > '~' || strchr("\":%", s[i]) != NULL)
			return false;
	}
	return len > 0 && len <= TITLE_MAX;
}

/* Whether two sections of one parent cannot both exist, because they have one title and are of
 * one kind, or both are policies. Two groups of one kind conflict too: their title is "". */
static bool
have_conflicting_titles(const struct file_checker *c, const struct source_node *a,
			const struct source_node *b)
{
	bool (*shares)(const struct option *) = c->source->shares_titles;

	if (a->option != b->option && !(shares != NULL && c->section->option == NULL &&
					shares(a->option) && shares(b->option)))
		return false;
	return a->option->title_nocase ? str_case_equal(a->title, b->title)
				       : strcmp(a->title, b->title) == 0;
}

static void
check_section_title(struct file_checker *c, struct source_node *n)
{
	const struct source_node *before = c->section->sections;
	bool titled = n->option->type == OPTION_SECTION;

	if (titled && !is_valid_title(n->title)) {
		checker_error(
			c, n->line,
			"%s: a title has 1 to 64 printable ASCII characters without '\"', ':', '%%'",
			n->option->name);
		n->has_error = true;
	}
	while (before != NULL && !have_conflicting_titles(c, before, n))
		before = before->next;
	if (before == NULL)
		return;
	if (before->option == n->option)
		checker_error(c, n->line, "section %s is already defined at %s",
			      source_node_name(c->source, n), checker_node_location(c, before));
	else
		checker_error(c, n->line, "the title \"%s\" is already used by %s at %s",
			      n->title, source_node_name(c->source, before),
			      checker_node_location(c, before));
	n->is_erased = true;
}

static void
add_section(struct file_checker *c, struct source_node *n)
{
	if (c->section->last_section != NULL)
		c->section->last_section->next = n;
	else
		c->section->sections = n;
	c->section->last_section = n;
	c->source->n_sections++;
}

/* Whether the section is one that a later release builds; if so, it is skipped and erased. */
static bool
skip_planned_section(struct file_checker *c, struct source_node *n)
{
	if (!n->option->planned)
		return false;
	checker_error(c, n->line, "%s: not built yet (planned)", n->option->name);
	source_add_refused_title(c->source, n->title);
	checker_skip_braces(c);
	checker_erase_from(c, n->start);
	return true;
}

/* Reads the title of a section that has one. False after an error was reported. */
static bool
read_section_title(struct file_checker *c, struct source_node *n)
{
	struct lex_token t = lex_peek(&c->lexer);
	const char *kind = n->option->name;
	char reason[LEX_REASON_BYTES];

	if (!lex_is_value(&t)) {
		if (n->option->type == OPTION_GROUP)
			return true;
		checker_error(c, n->line, "%s needs a title: write %s \"name\" { ... }", kind,
			      kind);
		return false;
	}
	lex_next(&c->lexer);
	if (n->option->type == OPTION_GROUP) {
		checker_error(c, n->line, "%s takes no title: write %s { ... }", kind, kind);
		return false;
	}
	if (lex_check_value(&c->lexer, &t, reason, sizeof(reason)) < 0) {
		checker_error(c, t.line, "%s: %s", kind, reason);
		return false;
	}
	n->title = lex_value(&c->lexer, &t, c->source->arena);
	return true;
}

/* Whether an option of the section follows, so that only its '{' is missing. */
static bool
has_section_begun(struct file_checker *c, const struct source_node *n)
{
	struct lex_token t = lex_peek(&c->lexer);

	return n->option->options != NULL && t.type == TOKEN_WORD &&
	       checker_is_at_statement(c) &&
	       option_find(n->option->options, checker_token_text(c, &t)) != NULL;
}

/* Reports that there is no '{'. True when the section's options follow nevertheless; else the
 * statement is erased. */
static bool
reject_section(struct file_checker *c, struct source_node *n)
{
	const char *kind = n->option->name;
	bool titled = n->option->type == OPTION_SECTION;

	if (lex_peek(&c->lexer).type == TOKEN_EQUALS)
		checker_error(c, n->line, "%s is a section, not an option: write %s %s{ ... }",
			      kind, kind, titled ? "\"name\" " : "");
	else if (!n->is_erased)
		checker_error(c, n->line, "%s: '{' is missing", source_node_name(c->source, n));
	source_add_refused_title(c->source, n->title);
	if (has_section_begun(c, n))
		return true;
	checker_skip_to_statement(c);
	checker_erase_from(c, n->start);
	return false;
}

/* Reads the title and '{'. False when the section was refused and nothing of it is left to be
 * checked. */
static bool
read_section_head(struct file_checker *c, struct source_node *n)
{
	struct lex_token t = lex_peek(&c->lexer);

	if (lex_is_value(&t) || t.type == TOKEN_OPEN)
		n->is_erased = !read_section_title(c, n);
	if (lex_peek(&c->lexer).type == TOKEN_OPEN) {
		lex_next(&c->lexer);
		return true;
	}
	if (!reject_section(c, n))
		return false;
	n->is_erased = true;
	return true;
}

void
checker_check_section(struct file_checker *c, const struct option *o,
		      const struct lex_token *name)
{
	struct source_node *n = checker_new_node(c, o, name);

	if (!read_section_head(c, n) || skip_planned_section(c, n))
		return;
	if (c->source->n_sections == SOURCE_MAX_SECTIONS) {
		checker_error(c, n->line,
			      "more than 10000 sections; the rest of this file is not checked");
		checker_stop(c, n->start);
		return;
	}
	if (!n->is_erased)
		check_section_title(c, n);
	if (n->is_erased)
		source_add_refused_title(c->source, n->title);
	n->has_error = n->has_error || n->is_erased;
	add_section(c, n);
	c->section = n;
}

void
checker_close_section(struct file_checker *c, const struct lex_token *brace)
{
	struct source_node *n = c->section;

	if (n->parent == NULL) {
		checker_error(c, brace->line, "unexpected '}': no section is open here");
		checker_erase_from(c, brace->start);
		return;
	}
	if (n->is_erased)
		checker_erase_from(c, n->start);
	c->section = n->parent;
}
