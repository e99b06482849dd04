#include "import/row.h"

#include <stdio.h>
#include <string.h>

#include "import/piece.h"
#include "import/source.h"
#include "match/regex.h"
#include "util/arena.h"
#include "util/buf.h"
#include "util/str.h"

#define BLANKS	       " \t\r\v\f"
#define MAX_CONDITIONS 16 /* if blocks inside each other */

struct row_reader {
	struct arena *arena;
	enum pattern_type type;
	struct piece conditions[MAX_CONDITIONS + 1]; /* the last for a second pattern */
	size_t depth; /* of 'if' blocks; may be more than there is room for */
	struct row *rows;
	size_t n, cap;
};

static struct row *
add_row(struct row_reader *r, const struct source_line *l)
{
	r->rows = arena_grow(r->arena, r->rows, r->n, &r->cap, sizeof(*r->rows));

	struct row *row = &r->rows[r->n++];

	*row = (struct row){.line = l->number, .written = l->text, .text = ""};
	return row;
}

static void
add_note(struct row_reader *r, const struct source_line *l, enum outcome outcome,
	 const char *reason)
{
	struct row *row = add_row(r, l);

	row->outcome = outcome;
	row->reason = reason;
}

/* The number that follows a '$' at s: "1", "{1}", "(1)". *ret_len is its length; 0: it is
 * none. */
static unsigned
read_group_number(const char *s, size_t *ret_len)
{
	char close = *s == '{' ? '}' : *s == '(' ? ')' : '\0';
	const char *digits = close != '\0' ? s + 1 : s;
	size_t n = strspn(digits, "0123456789"), len = n + (close != '\0' ? 2u : 0u);
	unsigned number = 0;

	*ret_len = 0;
	if (n == 0 || n > 3 || (close != '\0' && digits[n] != close))
		return 0;
	/* A name goes on with letters: "$1x" is no group. */
	if (close == '\0' && (digits[n] == '_' || str_is_alnum(digits[n])))
		return 0;
	for (size_t i = 0; i < n; i++)
		number = number * 10 + (unsigned)(digits[i] - '0');
	*ret_len = len;
	return number;
}

struct text_reading {
	const char *text; /* ours */
	bool has_groups;
	const char *skipped; /* why Postfix skips the row */
	const char *bad;     /* why it cannot be carried over */
};

/* Reads the right side of a row whose pattern has so many groups. */
static struct text_reading
read_row_text(struct arena *arena, const char *s, unsigned groups)
{
	struct text_reading t = {.text = s};
	struct buf out = {0};

	if (strchr(s, '$') == NULL)
		return t;
	for (; *s != '\0' && t.skipped == NULL && t.bad == NULL; s++) {
		size_t len = 0;
		unsigned n;

		if (*s != '$' || s[1] == '$') {
			buf_append(&out, s, *s == '$' ? 2 : 1);
			s += *s == '$';
			continue;
		}
		n = read_group_number(s + 1, &len);
		if (len == 0 || n == 0 || n > groups)
			t.skipped = "Postfix skips this row: a '$' that names no group of it";
		else if (n > 9)
			t.bad = "there is no $10, only $1 to $9";
		buf_printf(&out, "$%u", n);
		s += len;
		t.has_groups = true;
	}
	t.text = buf_move_to_arena(&out, arena);
	return t;
}

static void
set_row_outcome(struct row *row, enum outcome outcome, const char *reason)
{
	if (row->outcome >= outcome)
		return;
	row->outcome = outcome;
	row->reason = reason;
}

/* The worst outcome of the pieces. False: there is no pattern. */
static bool
join_outcomes(const struct row_reader *r, const struct piece *p, size_t n_conditions,
	      struct row *row)
{
	if (p->outcome != OUTCOME_EXACT)
		set_row_outcome(row, p->outcome, p->reason);
	for (size_t i = 0; i < n_conditions; i++)
		if (r->conditions[i].outcome != OUTCOME_EXACT)
			set_row_outcome(row, r->conditions[i].outcome, r->conditions[i].reason);
	return row->outcome == OUTCOME_EXACT || row->outcome == OUTCOME_DIFFERS;
}

static bool
set_row_text(struct row_reader *r, const struct piece *p, const char *rest, struct row *row)
{
	struct text_reading t = read_row_text(r->arena, rest, p->negated ? 0 : p->groups);

	row->text = t.text;
	row->text_bad = t.bad;
	if (t.skipped != NULL) {
		row->outcome = OUTCOME_NOTED;
		row->reason = t.skipped;
		return false;
	}
	if (t.has_groups && p->captures_differ)
		set_row_outcome(row, OUTCOME_DIFFERS,
				"where the pattern matches in several ways, $1 may have "
				"another part of the text");
	return true;
}

/* Reads the patterns of a row. "/a/!/b/" of a regexp table fits what matches the first and not
 * the second one, which becomes a condition like those of 'if'. Returns the number of
 * conditions. */
static size_t
read_row_patterns(struct row_reader *r, const char *text, struct piece *ret,
		  const char **ret_rest)
{
	size_t n = r->depth < MAX_CONDITIONS ? r->depth : MAX_CONDITIONS;
	char before;

	piece_read(r->arena, text, r->type, ret, ret_rest);
	before = *ret_rest > text ? (*ret_rest)[-1] : ' ';
	if (r->type != PATTERN_REGEXP || **ret_rest != '!' || strchr(BLANKS, before) != NULL)
		return n;
	piece_read(r->arena, *ret_rest, r->type, &r->conditions[n], ret_rest);
	return n + 1;
}

static void
set_row_pattern(struct row_reader *r, const struct piece *p, size_t n_conditions,
		struct row *row)
{
	const char *pattern = piece_join(r->arena, p, r->conditions, n_conditions);
	char why[256] = "";

	if (pattern == NULL)
		set_row_outcome(row, OUTCOME_LEFT_OUT,
				"an 'if' around it, or its second pattern, has references to "
				"its groups");
	else if (!regex_is_valid(pattern, REGEX_BACKREFS, why, sizeof(why)))
		set_row_outcome(row, OUTCOME_LEFT_OUT, arena_strdup(r->arena, why));
	else
		row->pattern = pattern;
	row->negated = p->negated && n_conditions == 0;
	row->case_sensitive = !p->caseless;
	row->backrefs = p->backrefs;
	if (p->hint != NULL)
		set_row_outcome(row, OUTCOME_NOTED, p->hint);
}

static void
read_row(struct row_reader *r, const struct source_line *l)
{
	struct row *row = add_row(r, l);
	const char *rest;
	struct piece p;
	size_t n = read_row_patterns(r, l->text, &p, &rest);

	if (r->depth > MAX_CONDITIONS)
		set_row_outcome(row, OUTCOME_LEFT_OUT, "more than 16 'if' inside each other");
	else if (join_outcomes(r, &p, n, row) && set_row_text(r, &p, rest, row))
		set_row_pattern(r, &p, n, row);
}

/* An if with a pattern that Postfix refuses is none: what follows it is unconditional. */
static void
begin_condition(struct row_reader *r, const struct source_line *l)
{
	const char *rest;
	struct piece p;

	piece_read(r->arena, l->text + 2, r->type, &p, &rest);
	if (p.outcome == OUTCOME_NOTED) {
		add_note(r, l, OUTCOME_NOTED, p.reason);
		return;
	}
	if (*rest != '\0')
		add_note(r, l, OUTCOME_NOTED,
			 "Postfix ignores what stands behind the pattern of an 'if'; a row "
			 "that begins with a blank continues the line before it");
	if (r->depth < MAX_CONDITIONS)
		r->conditions[r->depth] = p;
	r->depth++;
}

static void
end_condition(struct row_reader *r, const struct source_line *l)
{
	if (r->depth > 0)
		r->depth--;
	else
		add_note(r, l, OUTCOME_NOTED, "an 'endif' without its 'if'");
}

const struct row *
rows_read(struct arena *arena, const struct source *s, enum pattern_type type, size_t *ret_n)
{
	struct row_reader r = {.arena = arena, .type = type};
	const struct source_line *lines;
	size_t n = 0;

	lines = source_lines(arena, s, &n);
	for (size_t i = 0; i < n; i++) {
		if (lines[i].skipped != NULL)
			add_note(&r, &lines[i], OUTCOME_NOTED, lines[i].skipped);
		else if (source_begins_with(lines[i].text, "endif"))
			end_condition(&r, &lines[i]);
		else if (source_begins_with(lines[i].text, "if"))
			begin_condition(&r, &lines[i]);
		else
			read_row(&r, &lines[i]);
	}
	*ret_n = r.n;
	return r.rows;
}
