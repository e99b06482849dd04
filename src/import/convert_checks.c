/* header_checks and its kin: all tables of a setting become one table, since the first row of
 * any of them that matches ends the search for a header, as it does in Postfix.
 *
 * Postfix asks header_checks about MIME headers, and about headers of attached messages, too,
 * when mime_header_checks or nested_header_checks are not set. Headers in the body cannot be
 * changed, so they get a table of their own in which such rows are DUNNO. */
#include <string.h>

#include "import/convert_private.h"
#include "util/arena.h"
#include "util/str.h"

/* What Postfix takes for a MIME header. */
#define MIME_NAMES                                                                             \
	"mime-version|content-(?:type|disposition|description|id|transfer-encoding|length)"

static void
put_row(const struct row *row, const char *text, struct buf *out)
{
	buf_printf(out, "%s/%s/%s %s\n", row->negated ? "!" : "", row->pattern,
		   row->case_sensitive ? "i" : "", text);
}

static struct postfix_action
read_row_action(struct conversion *c, const struct row *row, enum action_place place)
{
	if (row->text_bad != NULL)
		return (struct postfix_action){"DUNNO", OUTCOME_LEFT_OUT, row->text_bad};
	return postfix_action_read(c->arena, place, row->text);
}

bool
convert_row(struct conversion *c, const struct source *source, const struct row *row,
	    enum action_place place, struct buf *out)
{
	struct postfix_action a = {"", row->outcome, row->reason};

	if (row->pattern == NULL && c->again)
		return false;
	if (row->pattern != NULL) {
		a = read_row_action(c, row, place);
		if (row->outcome > a.outcome) {
			a.outcome = row->outcome;
			a.reason = row->reason;
		}
	}
	if (!c->again)
		report_line(&c->out->report, a.outcome, source->path, row->line, a.reason);
	if (a.outcome == OUTCOME_EXACT || c->again)
		output_put_origin(out, "", source->path, row->line);
	else
		output_put_reason(out, "", a.outcome, source->path, row->line, a.reason,
				  row->written);
	if (row->pattern != NULL) {
		put_row(row, a.text, out);
		conversion_note_action(c, a.text);
	}
	return row->pattern != NULL && strcmp(a.text, "DUNNO") != 0;
}

/* The rows of all tables of a setting, in one file. The number of rows that do something. */
static size_t
convert_tables(struct conversion *c, const struct setting *s, enum action_place place,
	       struct buf *out)
{
	const char *const *words = setting_words(c->arena, s->value);
	size_t acting = 0;

	for (; *words != NULL; words++) {
		struct postfix_table t;
		const struct row *rows;
		size_t n = 0;

		if (!conversion_table(c, s, *words, &t))
			continue;
		if (t.form != FORM_REGEXP && t.form != FORM_PCRE) {
			conversion_note(c, s, OUTCOME_LEFT_OUT,
					"'%s': only tables of type pcre and regexp can hold "
					"patterns for a whole line",
					*words);
			continue;
		}
		rows = rows_read(c->arena, &t.source,
				 t.form == FORM_PCRE ? PATTERN_PCRE : PATTERN_REGEXP, &n);
		if (!c->again)
			conversion_doubt_patterns(c, &t.source, rows, n);
		for (size_t i = 0; i < n; i++)
			acting += convert_row(c, &t.source, &rows[i], place, out);
	}
	return acting;
}

static void
put_setting_origin(struct conversion *c, const struct setting *s)
{
	buf_printf(&c->out->conf, "\n# %s = ", s->name);
	str_append_readable(&c->out->conf, s->value, strlen(s->value));
	buf_putc(&c->out->conf, '\n');
}

static void
put_line_rule(struct buf *out, const char *title, const char *table, const char *more)
{
	buf_printf(out,
		   "\trule \"%s\" { table = \"%s\"  match_on = \"line\"  decode = no%s }\n",
		   title, table, more);
}

/* Which headers a setting is about. */
struct header_scope {
	const char *names; /* name_match for those of the message; "": all; NULL: none */
	const char *where; /* those in the body; NULL: none */
};

static struct header_scope
find_header_scope(const struct conversion *c, const char *setting)
{
	bool mime = conversion_find(c, "mime_header_checks") == NULL,
	     nested = conversion_find(c, "nested_header_checks") == NULL;

	if (strcmp(setting, "mime_header_checks") == 0)
		return (struct header_scope){"^(?:" MIME_NAMES ")$", "\"parts\""};
	if (strcmp(setting, "nested_header_checks") == 0)
		return (struct header_scope){NULL, "\"nested\""};
	return (struct header_scope){mime ? "" : "^(?!(?:" MIME_NAMES ")$)",
				     mime && nested ? "\"parts\", \"nested\""
				     : mime	    ? "\"parts\""
				     : nested	    ? "\"nested\""
						    : NULL};
}

/* A table of the rows of a setting; NULL: none of them does anything, and there is no table. */
static const char *
add_check_table(struct conversion *c, const struct setting *s, const char *wanted,
		enum action_place place, bool again, size_t *ret_acting)
{
	const char *table = output_table_name(c->out, wanted);
	struct output_file *file = output_add_file(c->out, table);

	c->again = again;
	*ret_acting = convert_tables(c, s, place, &file->text);
	c->again = false;
	if (*ret_acting == 0 && again) {
		output_drop_file(c->out);
		return NULL;
	}
	output_add_table(c->out, table, "regex", "  actions = yes");
	return table;
}

static void
put_header_policy(struct conversion *c, const char *wanted, const struct header_scope *scope,
		  const char *message, const char *parts)
{
	struct buf *conf = &c->out->conf;

	buf_printf(conf, "header \"%s\" {\n", output_add_policy(c->out, wanted));
	if (message != NULL)
		put_line_rule(conf, "message", message,
			      *scope->names == '\0'
				      ? ""
				      : arena_printf(c->arena, "\n\t\tname_match = '%s'",
						     scope->names));
	if (parts != NULL)
		put_line_rule(conf, "parts", parts,
			      arena_printf(c->arena, "\n\t\twhere = { %s }", scope->where));
	buf_puts(conf, "}\n");
}

void
convert_header_checks(struct conversion *c, const struct setting *s)
{
	const struct header_scope scope = find_header_scope(c, s->name);
	const char *message = NULL, *parts = NULL;
	size_t acting = 0, acting_in_parts = 0;

	put_setting_origin(c, s);
	if (scope.names != NULL)
		message = add_check_table(c, s, s->name, ACTION_IN_HEADER, false, &acting);
	if (scope.where != NULL)
		parts = add_check_table(
			c, s,
			message == NULL ? s->name : arena_printf(c->arena, "%s-parts", s->name),
			ACTION_IN_PART, message != NULL, &acting_in_parts);
	if (message != NULL && scope.where != NULL && acting_in_parts < acting)
		conversion_note(c, s, OUTCOME_DIFFERS,
				"its rows that remove or change header fields do so in the "
				"message, not in its parts and attached messages");
	put_header_policy(c, s->name, &scope, message, parts);
}

void
convert_body_checks(struct conversion *c, const struct setting *s)
{
	const char *table;
	size_t acting;

	put_setting_origin(c, s);
	table = add_check_table(c, s, s->name, ACTION_IN_BODY, false, &acting);
	buf_printf(&c->out->conf,
		   "content \"%s\" {\n\trule \"lines\" { table = \"%s\"  where = { \"raw\" } "
		   "}\n}\n",
		   output_add_policy(c->out, s->name), table);
}
