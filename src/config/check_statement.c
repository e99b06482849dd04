/* Checks the statements of one file against the option tables: sections (check_section.c),
 * options that are set (check_setting.c), include, and names that are unknown.
 *
 * Input: a file's text. Output: its nodes below the root; the text with every erroneous
 * statement erased; diagnostics. A '}' that is missing at the end of the file is added to the
 * text, so that the sections before it can be checked further (their options, their titles in
 * other sections). */
#include <string.h>

#include "config/checker.h"
#include "config/diagnostics.h"
#include "util/arena.h"
#include "util/str.h"

/* Whether a section of this kind is valid in a section around the open one, so that the open
 * one's '}' must be missing. */
static bool
is_brace_missing(const struct file_checker *c, const char *name)
{
	for (const struct source_node *n = c->section->parent; n != NULL; n = n->parent) {
		const struct option *o = option_find(checker_section_options(c, n), name);

		if (o != NULL && option_is_section(o))
			return true;
	}
	return false;
}

/* "; did you mean 'NAME'?" with what the table has for it, or "". */
static const char *
suggest_name(const struct file_checker *c, const struct option *table, const char *written)
{
	static const char *const top_names[] = {"include", NULL};
	const char *near = option_suggest(table, written);

	if (near == NULL && table == c->source->options)
		near = str_nearest(written, top_names);
	return near == NULL ? "" : arena_printf(c->source->arena, "; did you mean '%s'?", near);
}

static bool
has_plain_option(const struct option *table, const char *name)
{
	const struct option *o = table != NULL ? option_find(table, name) : NULL;

	return o != NULL && !option_is_section(o);
}

/* Where an option stands that the open section does not have: in a section inside it, as
 * 'action' of a rule; or in a condition that it may name, as 'sender_domain'. "" when nowhere.
 */
static const char *
tell_right_place(const struct file_checker *c, const struct option *table, const char *written)
{
	const struct option *o, *condition = option_find(c->source->options, "condition");

	for (size_t i = 0; (o = option_at(table, i)) != NULL; i++)
		if (o->type == OPTION_SECTION && has_plain_option(o->options, written))
			return arena_printf(c->source->arena,
					    "; it belongs into %s \"NAME\" { ... }", o->name);
	if (condition != NULL && has_plain_option(table, "when") &&
	    has_plain_option(condition->options, written))
		return arena_printf(
			c->source->arena,
			"; write it into condition \"NAME\" { ... }, and here when = "
			"{ \"NAME\" }");
	return "";
}

/* Skips and erases a statement that is unknown or not needed now. The title of a section is
 * kept as refused, because other sections may name it. */
static void
skip_statement(struct file_checker *c, const struct lex_token *name)
{
	struct lex_token t = lex_peek(&c->lexer);

	if (t.type == TOKEN_EQUALS || t.type == TOKEN_APPEND) {
		lex_next(&c->lexer);
		t = lex_peek(&c->lexer);
		if (lex_is_value(&t) && !checker_is_value_missing(c, name, &t))
			lex_next(&c->lexer);
	} else if (lex_is_value(&t)) {
		lex_next(&c->lexer);
		source_add_refused_title(c->source, lex_value(&c->lexer, &t, c->source->arena));
	}
	if (lex_peek(&c->lexer).type == TOKEN_OPEN) {
		lex_next(&c->lexer);
		checker_skip_braces(c);
	}
	checker_skip_to_statement(c);
	checker_erase_from(c, name->start);
}

/* Whether it is the name of an option with ':' instead of '=', as in "message: 25M". */
static bool
is_named_with_colon(const struct file_checker *c, const char *written)
{
	size_t len = strlen(written);

	return written[len - 1] == ':' &&
	       option_find(checker_section_options(c, c->section),
			   arena_strndup(c->source->arena, written, len - 1)) != NULL;
}

static const char *
suggest_place(const struct file_checker *c, const char *written, bool is_section)
{
	const struct option *table = checker_section_options(c, c->section);
	const char *near = suggest_name(c, table, written);

	if (*near != '\0' || is_section || c->section->option == NULL)
		return near;
	return tell_right_place(c, table, written);
}

static void
check_unknown_name(struct file_checker *c, const struct lex_token *name, bool is_section)
{
	const char *written = checker_token_text(c, name);
	char reason[LEX_REASON_BYTES];
	const char *what = is_section ? "section" : "option";
	const char *in = c->section->option == NULL ? ""
						    : arena_printf(c->source->arena, " in %s",
								   c->section->option->name);

	if (is_named_with_colon(c, written))
		checker_error(c, name->line, "write '=' after '%.*s', not ':'",
			      (int)strlen(written) - 1, written);
	else if (lex_check_value(&c->lexer, name, reason, sizeof(reason)) < 0)
		checker_error(c, name->line, "%s", reason);
	else if (c->section->option != NULL || !c->source->early)
		checker_error(c, name->line, "unknown %s '%s'%s%s", what, written, in,
			      suggest_place(c, written, is_section));
	skip_statement(c, name);
}

/* Reads ("text") after include. False when something else follows. */
static bool
read_include_argument(struct file_checker *c, struct lex_token *ret)
{
	struct lex_token t = lex_peek(&c->lexer);

	if (t.type != TOKEN_LEFT) {
		if (t.type == TOKEN_EQUALS || lex_is_string(&t))
			lex_next(&c->lexer);
		return false;
	}
	lex_next(&c->lexer);
	*ret = lex_peek(&c->lexer);
	if (!lex_is_value(ret))
		return false;
	lex_next(&c->lexer);
	if (lex_peek(&c->lexer).type != TOKEN_RIGHT)
		return false;
	lex_next(&c->lexer);
	return true;
}

static void
check_include(struct file_checker *c, const struct lex_token *name)
{
	char reason[LEX_REASON_BYTES];
	struct lex_token t;
	bool good = read_include_argument(c, &t);

	if (c->section->option != NULL) {
		checker_error(c, name->line,
			      "include is allowed only at the top level, not in %s",
			      source_node_name(c->source, c->section));
		checker_skip_to_statement(c);
	} else if (!good) {
		checker_error(c, name->line, "write include as include(\"conf.d/*.conf\")");
		c->source->has_unchecked_text = true;
		checker_skip_to_statement(c);
	} else if (lex_check_value(&c->lexer, &t, reason, sizeof(reason)) < 0) {
		checker_error(c, t.line, "include: %s", reason);
		c->source->has_unchecked_text = true;
	} else {
		source_add_include(c->source, c->file, name->line,
				   lex_value(&c->lexer, &t, c->source->arena));
	}
	checker_erase_from(c, name->start);
}

static void
check_named_statement(struct file_checker *c, const struct lex_token *name)
{
	const char *written = checker_token_text(c, name);
	const struct option *o = option_find(checker_section_options(c, c->section), written);
	struct lex_token t = lex_peek(&c->lexer);
	bool is_section = lex_is_value(&t) || t.type == TOKEN_OPEN;

	if (o != NULL && c->source->early && option_is_section(o) && o->options == NULL) {
		skip_statement(c, name);
	} else if (o != NULL && option_is_section(o)) {
		checker_check_section(c, o, name);
	} else if (o != NULL) {
		checker_check_setting(c, o, name);
	} else if (strcmp(written, "include") == 0) {
		check_include(c, name);
	} else if (is_section && is_brace_missing(c, written)) {
		checker_error(
			c, name->line,
			"section '%s' is not allowed in %s (%s): a '}' is missing before it; the "
			"rest of this file is not checked",
			written, source_node_name(c->source, c->section),
			checker_node_location(c, c->section));
		checker_stop(c, name->start);
	} else {
		check_unknown_name(c, name, is_section);
	}
}

static void
check_unexpected_token(struct file_checker *c, const struct lex_token *t)
{
	const char *s = c->lexer.text + t->start;

	if (*s == ';') {
		checker_error(c, t->line, "';' is not needed: remove it");
		checker_erase_from(c, t->start);
		return;
	}
	if (*s < ' ')
		checker_error(c, t->line, "unexpected control character");
	else
		checker_error(c, t->line, "expected the name of an option or section, found %s",
			      lex_is_string(t) ? "a string"
					       : arena_printf(c->source->arena, "'%c'", *s));
	checker_skip_to_statement(c);
	checker_erase_from(c, t->start);
}

/* False at the end of the file, or when the rest is not checked. */
static bool
check_next_statement(struct file_checker *c)
{
	size_t at = c->lexer.at;
	struct lex_token t = lex_next(&c->lexer);

	if (t.type == TOKEN_END) {
		checker_erase_from(c, at); /* an unclosed string or comment */
		return false;
	}
	if (t.type == TOKEN_CLOSE)
		checker_close_section(c, &t);
	else if (t.type == TOKEN_WORD)
		check_named_statement(c, &t);
	else
		check_unexpected_token(c, &t);
	return !c->stopped;
}

/* Adds to the text the '}' of each section that is open at the file's end, for libconfuse. The
 * text has room for them: FILE_SLACK in source.c. */
static void
close_open_sections(struct file_checker *c)
{
	for (; c->section->parent != NULL; c->section = c->section->parent) {
		if (!c->stopped) {
			checker_error(c, c->section->line, "%s is not closed: '}' is missing",
				      source_node_name(c->source, c->section));
			c->source->has_unchecked_text = true;
		}
		if (c->section->is_erased) {
			checker_erase_from(c, c->section->start);
			c->file->len = c->lexer.len; /* removes '}' added for sections inside */
		} else {
			c->file->text[c->file->len++] = '}';
		}
	}
}

void
source_check_file(struct source *src, struct source_file *file)
{
	struct file_checker c = {.source = src, .file = file, .section = src->root};

	c.lexer = (struct lexer){.text = file->text, .len = file->len, .line = 1};
	if (file->len >= 3 && memcmp(file->text, "\xef\xbb\xbf", 3) == 0) {
		c.lexer.at = 3; /* a byte order mark, with which some editors begin a file */
		checker_erase_from(&c, 0);
	}
	while (check_next_statement(&c))
		continue;
	if (c.lexer.unclosed != NULL) {
		diagnostics_error(src->diagnostics, file->name, c.lexer.unclosed_line,
				  "%s; the rest of this file is not checked", c.lexer.unclosed);
		src->root->has_error = true;
		c.stopped = true;
		src->has_unchecked_text = true;
	}
	close_open_sections(&c);
}
