/* One file's statements, judged against the option tables. Where a statement ends is guessed
 * so that one mistake costs one message; what is refused is blanked. */
#include <assert.h>
#include <string.h>

#include "config/diagnostics.h"
#include "config/judge.h"
#include "util/arena.h"
#include "util/str.h"

#define TITLE_MAX 64u  /* bytes */
#define NAMES_MAX 128u /* of one table, for suggestions */

static void
lose(struct judge *j, const char *title)
{
	struct source_lost *l;

	if (j->src->n_lost == SOURCE_MAX_LOST) {
		j->src->incomplete = true;
		return;
	}
	j->src->n_lost++;
	l = arena_alloc(j->src->arena, sizeof(*l));
	*l = (struct source_lost){title, j->src->lost};
	j->src->lost = l;
}

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
		judge_fault(
			j, n->line,
			"%s: a title has 1 to 64 printable ASCII characters without '\"', ':', '%%'",
			n->option->name);
		n->faulty = true;
	}
	while (before != NULL && !is_same_title(j, before, n))
		before = before->next;
	if (before == NULL)
		return;
	if (before->option == n->option)
		judge_fault(j, n->line, "a second %s; the first is at %s",
			    titled ? source_name(j->src, n)
				   : arena_printf(j->src->arena, "%s { }", n->option->name),
			    judge_place(j, before));
	else
		judge_fault(j, n->line, "the title \"%s\" is taken by %s at %s", n->title,
			    source_name(j->src, before), judge_place(j, before));
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
	judge_fault(j, n->line, "%s: not built yet (planned)", n->option->name);
	lose(j, n->title);
	judge_skip_braces(j);
	judge_blank(j, n->start);
	return true;
}

/* Reads the title; false after telling that it cannot be one. */
static bool
read_title(struct judge *j, struct source_node *n)
{
	struct token t = lex_peek(&j->lx);
	const char *kind = n->option->name;
	char why[JUDGE_WHY_BYTES];

	if (!lex_is_value(&t)) {
		if (n->option->type == OPTION_GROUP)
			return true;
		judge_fault(j, n->line, "%s needs a title: %s \"name\" { ... }", kind, kind);
		return false;
	}
	lex_next(&j->lx);
	if (n->option->type == OPTION_GROUP) {
		judge_fault(j, n->line, "%s has no title: %s { ... }", kind, kind);
		return false;
	}
	if (lex_check(&j->lx, &t, why, sizeof(why)) < 0) {
		judge_fault(j, t.line, "%s: %s", kind, why);
		return false;
	}
	n->title = lex_value(&j->lx, &t, j->src->arena);
	return true;
}

/* Is '{' all that is missing: does an option of the section stand here? */
static bool
is_section_begun(struct judge *j, const struct source_node *n)
{
	struct token t = lex_peek(&j->lx);

	return n->option->options != NULL && t.type == TOKEN_WORD && judge_at_statement(j) &&
	       option_find(n->option->options, judge_text(j, &t)) != NULL;
}

/* Neither a title nor '{' where one has to be. True when its content is there all the same. */
static bool
refuse_section(struct judge *j, struct source_node *n)
{
	const char *kind = n->option->name;
	bool titled = n->option->type == OPTION_SECTION;

	if (lex_peek(&j->lx).type == TOKEN_EQUALS)
		judge_fault(j, n->line, "%s is a section, not an option: write %s %s{ ... }",
			    kind, kind, titled ? "\"name\" " : "");
	else if (!n->blanked)
		judge_fault(j, n->line, "%s: '{' is missing", source_name(j->src, n));
	lose(j, n->title);
	if (is_section_begun(j, n))
		return true;
	judge_recover(j);
	judge_blank(j, n->start);
	return false;
}

static void
stop(struct judge *j, size_t start)
{
	j->lx.at = j->lx.len;
	judge_blank(j, start);
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
	struct source_node *n = judge_new_node(j, o, name);

	if (!read_head(j, n) || pass_over(j, n))
		return;
	if (j->src->n_sections == SOURCE_MAX_SECTIONS) {
		judge_fault(j, n->line, "more than 10000 sections; the rest is not judged");
		stop(j, n->start);
		return;
	}
	if (!n->blanked)
		judge_title(j, n);
	if (n->blanked)
		lose(j, n->title);
	n->faulty = n->faulty || n->blanked;
	add_section(j, n);
	j->at = n;
}

static void
close_section(struct judge *j, const struct token *t)
{
	struct source_node *n = j->at;

	if (n->parent == NULL) {
		judge_fault(j, t->line, "this '}' closes nothing: no '{' is open");
		judge_blank(j, t->start);
		return;
	}
	if (n->blanked)
		judge_blank(j, n->start);
	j->at = n->parent;
}

/* All else */

/* A section that belongs further out begins inside another: then that one was not closed. */
static bool
is_brace_missing(const struct judge *j, const char *name)
{
	for (const struct source_node *n = j->at->parent; n != NULL; n = n->parent) {
		const struct option *o = option_find(judge_table(j, n), name);

		if (o != NULL && option_is_section(o))
			return true;
	}
	return false;
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

/* What nobody wants to judge; titles may still be named elsewhere. */
static void
skip_statement(struct judge *j, const struct token *name)
{
	struct token t = lex_peek(&j->lx);

	if (t.type == TOKEN_EQUALS || t.type == TOKEN_APPEND) {
		lex_next(&j->lx);
		t = lex_peek(&j->lx);
		if (lex_is_value(&t) && !judge_value_missing(j, name, &t))
			lex_next(&j->lx);
	} else if (lex_is_value(&t)) {
		lex_next(&j->lx);
		lose(j, lex_value(&j->lx, &t, j->src->arena));
	}
	if (lex_peek(&j->lx).type == TOKEN_OPEN) {
		lex_next(&j->lx);
		judge_skip_braces(j);
	}
	judge_recover(j);
	judge_blank(j, name->start);
}

/* "message: 25M", as other languages write it. */
static bool
is_named_with_colon(const struct judge *j, const char *written)
{
	size_t len = strlen(written);

	return written[len - 1] == ':' &&
	       option_find(judge_table(j, j->at),
			   arena_strndup(j->src->arena, written, len - 1)) != NULL;
}

static void
judge_unknown(struct judge *j, const struct token *name, bool is_section)
{
	const char *written = judge_text(j, name);
	char why[JUDGE_WHY_BYTES];
	const char *what = is_section ? "section" : "option";
	const char *in = j->at->option == NULL
				 ? ""
				 : arena_printf(j->src->arena, " in %s", j->at->option->name);

	if (is_named_with_colon(j, written))
		judge_fault(j, name->line, "write '=' behind '%.*s', not ':'",
			    (int)strlen(written) - 1, written);
	else if (lex_check(&j->lx, name, why, sizeof(why)) < 0)
		judge_fault(j, name->line, "%s", why);
	else if (j->at->option != NULL || !j->src->early)
		judge_fault(j, name->line, "unknown %s '%s'%s%s", what, written, in,
			    suggest(j, judge_table(j, j->at), written));
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
	char why[JUDGE_WHY_BYTES];
	struct token t;
	bool good = read_argument(j, &t);

	if (j->at->option != NULL) {
		judge_fault(j, name->line, "include may stand at the top level only, not in %s",
			    source_name(j->src, j->at));
		judge_recover(j);
	} else if (!good) {
		judge_fault(j, name->line, "include is written include(\"conf.d/*.conf\")");
		j->src->incomplete = true;
		judge_recover(j);
	} else if (lex_check(&j->lx, &t, why, sizeof(why)) < 0) {
		judge_fault(j, t.line, "include: %s", why);
		j->src->incomplete = true;
	} else {
		source_include(j->src, j->file, name->line,
			       lex_value(&j->lx, &t, j->src->arena));
	}
	judge_blank(j, name->start);
}

static void
judge_named(struct judge *j, const struct token *name)
{
	const char *written = judge_text(j, name);
	const struct option *o = option_find(judge_table(j, j->at), written);
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
		judge_fault(
			j, name->line,
			"'%s' cannot stand in %s (%s): a '}' is missing before it; the rest of "
			"this file was not judged",
			written, source_name(j->src, j->at), judge_place(j, j->at));
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
		judge_fault(j, t->line, "';' is not needed: remove it");
		judge_blank(j, t->start);
		return;
	}
	if (*s < ' ')
		judge_fault(j, t->line, "there is a control character");
	else
		judge_fault(j, t->line, "the name of an option or section was expected, not %s",
			    lex_is_string(t) ? "a string"
					     : arena_printf(j->src->arena, "'%c'", *s));
	judge_recover(j);
	judge_blank(j, t->start);
}

static bool
judge_statement(struct judge *j)
{
	size_t at = j->lx.at;
	struct token t = lex_next(&j->lx);

	if (t.type == TOKEN_END) {
		judge_blank(j, at); /* what is not closed */
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
			judge_fault(j, j->at->line, "%s is not closed: '}' is missing",
				    source_name(j->src, j->at));
			j->src->incomplete = true;
		}
		if (j->at->blanked) {
			judge_blank(j, j->at->start);
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
		judge_blank(&j, 0);
	}
	while (judge_statement(&j))
		continue;
	if (j.lx.fatal != NULL) {
		diagnostics_error(src->diagnostics, file->name, j.lx.fatal_line,
				  "%s; the rest of this file was not judged", j.lx.fatal);
		src->root->faulty = true;
		j.stopped = true;
		src->incomplete = true;
	}
	close_open_sections(&j);
}
