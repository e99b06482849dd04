/* One file's statements, judged against the option tables. Where a statement ends is guessed
 * so that one mistake costs one message; what is refused is blanked. */
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "config/lex.h"
#include "config/notes.h"
#include "config/source.h"
#include "util/arena.h"
#include "util/str.h"

#define TITLE_MAX 64u /* bytes */
#define WHY_BYTES 256u
#define NAMES_MAX 128u /* of one table, for suggestions */

struct judge {
	struct source *src;
	struct source_file *file;
	struct lexer lx;
	struct source_node *at; /* the section that is open */
	bool stopped;
};

static void fault(struct judge *j, unsigned line, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* What is said after an open end was seen would be its echo. */
static void
fault(struct judge *j, unsigned line, const char *fmt, ...)
{
	va_list ap;

	for (struct source_node *n = j->at; n != NULL; n = n->parent)
		n->faulty = true;
	if (j->lx.fatal != NULL)
		return;
	va_start(ap, fmt);
	notes_error(j->src->notes, j->file->name, line, "%s",
		    arena_vprintf(j->src->arena, fmt, ap));
	va_end(ap);
}

static void
blank(struct judge *j, size_t start)
{
	for (size_t i = start; i < j->lx.at; i++) {
		if (j->lx.text[i] != '\n')
			j->lx.text[i] = ' ';
	}
}

static const char *
text_of(struct judge *j, const struct token *t)
{
	return arena_strndup(j->src->arena, j->lx.text + t->start, t->end - t->start);
}

static const struct option *
table_of(const struct judge *j, const struct source_node *n)
{
	return n->option == NULL ? j->src->options : n->option->options;
}

/* "line 3", or "FILE:3" when that is another file. */
static const char *
place_of(const struct judge *j, const struct source_node *n)
{
	if (n->file == j->file)
		return arena_printf(j->src->arena, "line %u", n->line);
	return arena_printf(j->src->arena, "%s:%u", n->file->name, n->line);
}

/* Does a statement, or the section's end, begin here? */
static bool
is_at_statement(struct judge *j)
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

/* Behind a '{': to the '}' of it. */
static void
skip_braces(struct judge *j)
{
	unsigned line = j->lx.line, depth = 1;

	while (depth > 0) {
		struct token t = lex_next(&j->lx);

		if (t.type == TOKEN_END) {
			fault(j, line, "this '{' is not closed: '}' is missing");
			j->src->incomplete = true;
			return;
		}
		if (t.type == TOKEN_OPEN)
			depth++;
		else if (t.type == TOKEN_CLOSE)
			depth--;
	}
}

/* Behind a mistake: to the next statement or the next line. */
static void
recover(struct judge *j)
{
	while (!is_at_statement(j) && lex_peek(&j->lx).line == j->lx.line) {
		if (lex_next(&j->lx).type == TOKEN_OPEN)
			skip_braces(j);
	}
}

/* The name nearest to what was written, as the end of a message. */
static const char *
suggest(const struct judge *j, const struct option *table, const char *written)
{
	const char *names[NAMES_MAX + 2];
	const struct option *o;
	const char *near;
	size_t n = 0;

	for (size_t i = 0; n < NAMES_MAX && (o = option_at(table, i)) != NULL; i++)
		names[n++] = o->name;
	if (table == j->src->options)
		names[n++] = "include";
	names[n] = NULL;
	near = str_nearest(written, names);
	return near == NULL ? "" : arena_printf(j->src->arena, "; did you mean '%s'?", near);
}

static struct source_node *
new_node(struct judge *j, const struct option *o, const struct token *t)
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

static void
lose(struct judge *j, const char *title)
{
	struct source_lost *l = arena_alloc(j->src->arena, sizeof(*l));

	*l = (struct source_lost){title, j->src->lost};
	j->src->lost = l;
}

/* The lines of settings */

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
		struct source_value *more =
			arena_alloc(j->src->arena, 2 * (n->n_values + 1) * sizeof(*more));

		if (n->n_values > 0)
			memcpy(more, n->values, n->n_values * sizeof(*more));
		n->values = more;
	}
	n->values[n->n_values++] = (struct source_value){t->line, t->type == TOKEN_DOUBLE};
}

static void
judge_value(struct judge *j, struct source_node *n, const struct token *t)
{
	char why[WHY_BYTES];

	if (lex_check(&j->lx, t, why, sizeof(why)) < 0) {
		fault(j, t->line, "%s: %s", n->option->name, why);
		n->faulty = true;
	} else if (option_is_regex(n->option) && t->type == TOKEN_DOUBLE &&
		   memchr(j->lx.text + t->start, '\\', t->end - t->start) != NULL) {
		fault(j, t->line, "%s: a pattern with a backslash must stand in single quotes",
		      n->option->name);
		n->faulty = true;
	}
	add_value(j, n, t);
}

static void
refuse_list(struct judge *j, struct source_node *n, const char *what)
{
	bool is_open_end = is_at_statement(j);

	if (!n->faulty)
		fault(j, j->lx.line, "%s: %s", n->option->name,
		      is_open_end ? "the list is not closed: '}' is missing behind this"
				  : what);
	n->faulty = true;
	if (!is_open_end)
		skip_braces(j);
}

/* In braces, the first of which was read. A ',' may stand behind the last value. */
static void
judge_list(struct judge *j, struct source_node *n)
{
	struct token t = lex_peek(&j->lx);

	while (t.type != TOKEN_CLOSE) {
		if (!lex_is_value(&t) || is_at_statement(j)) {
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

/* Is what stands behind '=' no value but the next statement? */
static bool
is_value_missing(struct judge *j, const struct token *name, const struct token *value)
{
	struct lexer look = j->lx;

	if (value->type == TOKEN_OPEN || lex_is_string(value))
		return false;
	if (value->type != TOKEN_WORD)
		return true;
	lex_next(&look);
	if (lex_peek(&look).type == TOKEN_EQUALS)
		return true;
	return value->line != name->line && is_at_statement(j);
}

/* Only a statement, or ';', may follow on the line of a value. */
static void
judge_behind(struct judge *j, struct source_node *n, unsigned line)
{
	struct token t = lex_peek(&j->lx);

	if (t.type == TOKEN_OTHER && j->lx.text[t.start] == ';')
		return;
	if (t.line != line || is_at_statement(j))
		return;
	if (!n->faulty && t.type == TOKEN_COMMA && option_is_list(n->option))
		fault(j, t.line, "%s: several values stand in braces: %s = { ..., ... }",
		      n->option->name, n->option->name);
	else if (!n->faulty)
		fault(j, t.line,
		      "%s: something stands behind its value; a value with blanks must stand in "
		      "quotes",
		      n->option->name);
	n->faulty = true;
	recover(j);
}

static void
judge_values(struct judge *j, struct source_node *n, const struct token *name)
{
	struct token t = lex_peek(&j->lx);

	if (is_value_missing(j, name, &t)) {
		fault(j, n->line, "%s: a value is missing behind '='", n->option->name);
		n->faulty = true;
		return;
	}
	lex_next(&j->lx);
	if (t.type != TOKEN_OPEN) {
		judge_value(j, n, &t);
	} else if (option_is_list(n->option)) {
		judge_list(j, n);
	} else {
		fault(j, n->line, "%s: takes one value, not a list", n->option->name);
		n->faulty = true;
		skip_braces(j);
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
		fault(j, n->line, "%s: there is no '+=': write all values in one list", name);
	else if (lex_is_value(&t) && next.type == TOKEN_OPEN)
		fault(j, n->line, "%s is an option, not a section: write %s = ...", name, name);
	else
		fault(j, n->line, "%s: '=' is missing behind the name", name);
	n->faulty = true;
	if (t.type == TOKEN_OPEN)
		skip_braces(j);
	recover(j);
}

static void
judge_setting(struct judge *j, const struct option *o, const struct token *name)
{
	struct source_node *n = new_node(j, o, name);
	const struct source_node *before = j->at->settings;

	while (before != NULL && before->option != o)
		before = before->next;
	if (before != NULL && lex_peek(&j->lx).type != TOKEN_APPEND) {
		fault(j, name->line, "%s: is set already, at %s", o->name, place_of(j, before));
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
		blank(j, n->start);
}

/* Sections */

static bool
is_title(const char *s)
{
	size_t len = strlen(s);

	for (size_t i = 0; i < len; i++) {
		if (s[i] < ' ' || s[i] > '~' || strchr("\":%", s[i]) != NULL)
			return false;
	}
	return len > 0 && len <= TITLE_MAX;
}

static bool
is_same_title(const struct judge *j, const struct source_node *a, const struct source_node *b)
{
	bool (*shares)(const struct option *) = j->src->shares_titles;

	if (a->option != b->option && !(shares != NULL && j->at->option == NULL &&
					shares(a->option) && shares(b->option)))
		return false;
	return a->option->title_nocase ? str_case_equal(a->title, b->title)
				       : strcmp(a->title, b->title) == 0;
}

static void
judge_title(struct judge *j, struct source_node *n)
{
	const struct source_node *before = j->at->sections;
	bool titled = n->option->type == OPTION_SECTION;

	if (titled && !is_title(n->title)) {
		fault(j, n->line,
		      "%s: a title has 1 to 64 printable ASCII characters without '\"', ':', '%%'",
		      n->option->name);
		n->faulty = true;
	}
	while (before != NULL && !is_same_title(j, before, n))
		before = before->next;
	if (before == NULL)
		return;
	if (before->option == n->option)
		fault(j, n->line, "a second %s; the first is at %s",
		      titled ? source_name(j->src, n)
			     : arena_printf(j->src->arena, "%s { }", n->option->name),
		      place_of(j, before));
	else
		fault(j, n->line, "the title \"%s\" is taken by %s at %s", n->title,
		      source_name(j->src, before), place_of(j, before));
	n->blanked = true;
}

static void
add_section(struct judge *j, struct source_node *n)
{
	if (j->at->last_section != NULL)
		j->at->last_section->next = n;
	else
		j->at->sections = n;
	j->at->last_section = n;
	j->src->n_sections++;
}

/* What is only planned is passed over whole. */
static bool
pass_over(struct judge *j, struct source_node *n)
{
	if (!n->option->planned)
		return false;
	fault(j, n->line, "%s: not built yet (planned)", n->option->name);
	lose(j, n->title);
	skip_braces(j);
	blank(j, n->start);
	return true;
}

/* Reads the title; false after telling that it cannot be one. */
static bool
read_title(struct judge *j, struct source_node *n)
{
	struct token t = lex_peek(&j->lx);
	const char *kind = n->option->name;
	char why[WHY_BYTES];

	if (!lex_is_value(&t)) {
		if (n->option->type == OPTION_GROUP)
			return true;
		fault(j, n->line, "%s needs a title: %s \"name\" { ... }", kind, kind);
		return false;
	}
	lex_next(&j->lx);
	if (n->option->type == OPTION_GROUP) {
		fault(j, n->line, "%s has no title: %s { ... }", kind, kind);
		return false;
	}
	if (lex_check(&j->lx, &t, why, sizeof(why)) < 0) {
		fault(j, t.line, "%s: %s", kind, why);
		return false;
	}
	n->title = lex_value(&j->lx, &t, j->src->arena);
	return true;
}

/* Is '{' all that is missing: does an option of the section stand on the next line? */
static bool
is_section_begun(struct judge *j, const struct source_node *n)
{
	struct token t = lex_peek(&j->lx);

	return n->option->options != NULL && t.type == TOKEN_WORD && t.line != n->line &&
	       option_find(n->option->options, text_of(j, &t)) != NULL;
}

/* Neither a title nor '{' where one has to be. True when its content is there all the same. */
static bool
refuse_section(struct judge *j, struct source_node *n)
{
	const char *kind = n->option->name;
	bool titled = n->option->type == OPTION_SECTION;

	if (lex_peek(&j->lx).type == TOKEN_EQUALS)
		fault(j, n->line, "%s is a section, not an option: write %s %s{ ... }", kind,
		      kind, titled ? "\"name\" " : "");
	else if (!n->blanked)
		fault(j, n->line, "%s: '{' is missing", source_name(j->src, n));
	lose(j, n->title);
	if (is_section_begun(j, n))
		return true;
	recover(j);
	blank(j, n->start);
	return false;
}

static void
stop(struct judge *j, size_t start)
{
	j->lx.at = j->lx.len;
	blank(j, start);
	j->stopped = true;
	j->src->incomplete = true;
}

/* Its title, and '{'. False when there is nothing to be entered. */
static bool
read_head(struct judge *j, struct source_node *n)
{
	struct token t = lex_peek(&j->lx);

	if (lex_is_value(&t) || t.type == TOKEN_OPEN)
		n->blanked = !read_title(j, n);
	if (lex_peek(&j->lx).type == TOKEN_OPEN) {
		lex_next(&j->lx);
		return true;
	}
	if (!refuse_section(j, n))
		return false;
	n->blanked = true;
	return true;
}

static void
judge_section(struct judge *j, const struct option *o, const struct token *name)
{
	struct source_node *n = new_node(j, o, name);

	if (!read_head(j, n) || pass_over(j, n))
		return;
	if (j->src->n_sections == SOURCE_MAX_SECTIONS) {
		fault(j, n->line, "more than 10000 sections; the rest is not judged");
		stop(j, n->start);
		return;
	}
	if (!n->blanked)
		judge_title(j, n);
	n->faulty = n->faulty || n->blanked;
	add_section(j, n);
	j->at = n;
}

static void
close_section(struct judge *j, const struct token *t)
{
	struct source_node *n = j->at;

	if (n->parent == NULL) {
		fault(j, t->line, "this '}' closes nothing: no '{' is open");
		blank(j, t->start);
		return;
	}
	if (n->blanked)
		blank(j, n->start);
	j->at = n->parent;
}

/* All else */

/* A section that belongs further out begins inside another: then that one was not closed. */
static bool
is_brace_missing(const struct judge *j, const char *name)
{
	for (const struct source_node *n = j->at->parent; n != NULL; n = n->parent) {
		const struct option *o = option_find(table_of(j, n), name);

		if (o != NULL && option_is_section(o))
			return true;
	}
	return false;
}

/* What nobody wants to judge; titles may still be named elsewhere. */
static void
skip_statement(struct judge *j, const struct token *name)
{
	struct token t = lex_peek(&j->lx);

	if (t.type == TOKEN_EQUALS || t.type == TOKEN_APPEND) {
		lex_next(&j->lx);
		t = lex_peek(&j->lx);
		if (lex_is_value(&t) && !is_value_missing(j, name, &t))
			lex_next(&j->lx);
	} else if (lex_is_value(&t)) {
		lex_next(&j->lx);
		lose(j, lex_value(&j->lx, &t, j->src->arena));
	}
	if (lex_peek(&j->lx).type == TOKEN_OPEN) {
		lex_next(&j->lx);
		skip_braces(j);
	}
	recover(j);
	blank(j, name->start);
}

static void
judge_unknown(struct judge *j, const struct token *name, bool is_section)
{
	const char *written = text_of(j, name);
	char why[WHY_BYTES];
	const char *what = is_section ? "section" : "option";
	const char *in = j->at->option == NULL
				 ? ""
				 : arena_printf(j->src->arena, " in %s", j->at->option->name);

	if (lex_check(&j->lx, name, why, sizeof(why)) < 0)
		fault(j, name->line, "%s", why);
	else if (j->at->option != NULL || !j->src->early)
		fault(j, name->line, "unknown %s '%s'%s%s", what, written, in,
		      suggest(j, table_of(j, j->at), written));
	skip_statement(j, name);
}

/* Reads ("text"); false when it is written in another way. */
static bool
read_argument(struct judge *j, struct token *ret)
{
	struct token t = lex_peek(&j->lx);

	if (t.type != TOKEN_LEFT) {
		if (t.type == TOKEN_EQUALS || lex_is_string(&t))
			lex_next(&j->lx);
		return false;
	}
	lex_next(&j->lx);
	*ret = lex_peek(&j->lx);
	if (!lex_is_value(ret))
		return false;
	lex_next(&j->lx);
	if (lex_peek(&j->lx).type != TOKEN_RIGHT)
		return false;
	lex_next(&j->lx);
	return true;
}

static void
judge_include(struct judge *j, const struct token *name)
{
	char why[WHY_BYTES];
	struct token t;
	bool good = read_argument(j, &t);

	if (j->at->option != NULL) {
		fault(j, name->line, "include may stand at the top level only, not in %s",
		      source_name(j->src, j->at));
		recover(j);
	} else if (!good) {
		fault(j, name->line, "include is written include(\"conf.d/*.conf\")");
		j->src->incomplete = true;
		recover(j);
	} else if (lex_check(&j->lx, &t, why, sizeof(why)) < 0) {
		fault(j, t.line, "include: %s", why);
		j->src->incomplete = true;
	} else {
		source_include(j->src, j->file, name->line,
			       lex_value(&j->lx, &t, j->src->arena));
	}
	blank(j, name->start);
}

static void
judge_named(struct judge *j, const struct token *name)
{
	const char *written = text_of(j, name);
	const struct option *o = option_find(table_of(j, j->at), written);
	struct token t = lex_peek(&j->lx);
	bool is_section = lex_is_value(&t) || t.type == TOKEN_OPEN;

	if (o != NULL && j->src->early && option_is_section(o) && o->options == NULL) {
		skip_statement(j, name);
	} else if (o != NULL && option_is_section(o)) {
		judge_section(j, o, name);
	} else if (o != NULL) {
		judge_setting(j, o, name);
	} else if (strcmp(written, "include") == 0) {
		judge_include(j, name);
	} else if (is_section && is_brace_missing(j, written)) {
		fault(j, name->line,
		      "'%s' cannot stand in %s (%s): a '}' is missing before it; the rest of "
		      "this file was not judged",
		      written, source_name(j->src, j->at), place_of(j, j->at));
		stop(j, name->start);
	} else {
		judge_unknown(j, name, is_section);
	}
}

static void
judge_junk(struct judge *j, const struct token *t)
{
	const char *s = j->lx.text + t->start;

	if (*s == ';') {
		fault(j, t->line, "';' is not needed: remove it");
		blank(j, t->start);
		return;
	}
	if (*s < ' ')
		fault(j, t->line, "there is a control character");
	else
		fault(j, t->line, "the name of an option or section was expected, not %s",
		      lex_is_string(t) ? "a string" : arena_printf(j->src->arena, "'%c'", *s));
	recover(j);
	blank(j, t->start);
}

static bool
judge_statement(struct judge *j)
{
	size_t at = j->lx.at;
	struct token t = lex_next(&j->lx);

	if (t.type == TOKEN_END) {
		blank(j, at); /* what is not closed */
		return false;
	}
	if (t.type == TOKEN_CLOSE)
		close_section(j, &t);
	else if (t.type == TOKEN_WORD)
		judge_named(j, &t);
	else
		judge_junk(j, &t);
	return !j->stopped;
}

/* Sections that are open at the end are closed for libconfuse, so that what they have is
 * judged further. */
static void
close_open_sections(struct judge *j)
{
	for (; j->at->parent != NULL; j->at = j->at->parent) {
		if (!j->stopped) {
			fault(j, j->at->line, "%s is not closed: '}' is missing",
			      source_name(j->src, j->at));
			j->src->incomplete = true;
		}
		if (j->at->blanked) {
			blank(j, j->at->start);
			j->file->len = j->lx.len; /* braces of those inside, too */
		} else {
			j->file->text[j->file->len++] = '}';
		}
	}
}

void
source_judge(struct source *src, struct source_file *file)
{
	struct judge j = {.src = src, .file = file, .at = src->root};

	j.lx = (struct lexer){.text = file->text, .len = file->len, .line = 1};
	if (file->len >= 3 && memcmp(file->text, "\xef\xbb\xbf", 3) == 0) {
		j.lx.at = 3; /* some editors begin UTF-8 files so */
		blank(&j, 0);
	}
	while (judge_statement(&j))
		continue;
	if (j.lx.fatal != NULL) {
		notes_error(src->notes, file->name, j.lx.fatal_line,
			    "%s; the rest of this file was not judged", j.lx.fatal);
		src->root->faulty = true;
		j.stopped = true;
		src->incomplete = true;
	}
	close_open_sections(&j);
}
