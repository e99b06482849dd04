#include "import/piece.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "import/pcre_pattern.h"
#include "import/posix_pattern.h"
#include "match/regex.h"
#include "util/arena.h"
#include "util/buf.h"
#include "util/str.h"

#define BLANKS	  " \t\r\v\f"
#define MAX_BYTES (64u * 1024) /* of a pattern; PCRE2 refuses longer ones in any case */

static void
refuse_piece(struct piece *p, enum outcome outcome, const char *reason)
{
	p->outcome = outcome;
	p->reason = reason;
}

/* The pattern between its delimiters, at s; *ret_behind is what follows. NULL: the second
 * delimiter is missing. */
static char *
cut_pattern(struct arena *arena, const char *s, const char **ret_behind)
{
	char delimiter = *s;
	const char *end = s + 1;

	for (; *end != '\0' && *end != delimiter; end++)
		end += end[0] == '\\' && end[1] != '\0';
	if (*end == '\0')
		return NULL;
	*ret_behind = end + 1;
	return arena_strndup(arena, s + 1, (size_t)(end - s - 1));
}

struct flags {
	bool i, m, s, x, a, e, u;
};

/* Each flag toggles. False: there is an unknown one, *ret_bad. */
static bool
read_flags(const char *s, size_t n, enum pattern_type type, struct flags *f, char *ret_bad)
{
	const char *known = type == PATTERN_PCRE ? "imsxAEUX" : "imx";
	bool *const flags[] = {&f->i, &f->m, &f->s, &f->x, &f->a, &f->e, &f->u};

	for (size_t i = 0; i < n; i++) {
		const char *found = strchr(known, s[i]);

		if (found == NULL) {
			*ret_bad = s[i];
			return false;
		}
		size_t at = (size_t)(strchr("imsxAEUX", s[i]) - "imsxAEUX");

		if (at < sizeof(flags) / sizeof(flags[0]))
			*flags[at] = !*flags[at];
	}
	return true;
}

/* In a basic or extended expression '.' matches a line end unless flag m is on. */
static void
apply_flags(struct piece *p, const struct flags *f, enum pattern_type type)
{
	p->caseless = f->i;
	p->multiline = f->m;
	p->dotall = type == PATTERN_PCRE ? f->s : !f->m;
	p->ungreedy = f->u;
	p->anchored = f->a;
}

/* Whether PCRE2 takes a pattern as Postfix hands it over; else its reason stands in why. */
static bool
pcre_takes(const char *pattern, const struct flags *f, char *why, size_t why_size)
{
	unsigned flags = REGEX_BACKREFS | REGEX_OCTETS | (f->x ? REGEX_EXTENDED : 0);

	return regex_is_valid(pattern, flags, why, why_size);
}

/* Our program must take the pattern, too. */
static bool
compiles(struct arena *arena, struct piece *p)
{
	unsigned flags = REGEX_BACKREFS | (p->caseless ? REGEX_NOCASE : 0);
	char why[256] = "";

	if (!str_is_utf8(p->pattern, strlen(p->pattern))) {
		refuse_piece(p, OUTCOME_LEFT_OUT,
			     "the pattern has bytes that are no UTF-8: write the characters "
			     "in UTF-8, and match the decoded header");
		return false;
	}
	if (!regex_is_valid(p->pattern, flags, why, sizeof(why))) {
		refuse_piece(p, OUTCOME_LEFT_OUT,
			     arena_printf(arena, "the pattern does not compile: %s", why));
		return false;
	}
	return true;
}

static void
note_octets(struct piece *p, bool counts_octets, bool in_class)
{
	if (in_class)
		refuse_piece(p, OUTCOME_DIFFERS,
			     "a class with characters that are not ASCII: Postfix matches one "
			     "octet of them, polymilter the whole character");
	else if (counts_octets)
		refuse_piece(p, OUTCOME_DIFFERS,
			     "of text that is not ASCII Postfix counts octets, polymilter "
			     "characters");
}

/* Sets the pattern, with '^' in front when it is anchored. */
static const char *
finish_pattern(struct arena *arena, const struct piece *p, struct buf *out)
{
	const char *text;

	if (p->anchored)
		text = arena_printf(arena, "^(?:%s)", buf_string(out));
	else
		text = arena_strdup(arena, buf_string(out));
	buf_reset(out);
	return text;
}

static bool
translate_posix(struct arena *arena, const char *pattern, const struct flags *f,
		struct piece *p)
{
	unsigned flags = (f->x ? POSIX_EXTENDED : 0) | (f->i ? POSIX_CASELESS : 0);
	struct posix_facts facts;
	struct buf out = {0};
	char why[256] = "";
	int r;

	r = posix_pattern_translate(pattern, flags, &out, &facts);
	if (r != -E2BIG && !posix_pattern_is_valid(pattern, flags, why, sizeof(why))) {
		buf_free(&out);
		refuse_piece(p, OUTCOME_NOTED,
			     arena_printf(arena, "Postfix skips this row: %s", why));
		return false;
	}
	p->pattern = finish_pattern(arena, p, &out);
	if (r == 0 && !facts.backrefs) {
		(void)posix_pattern_translate(pattern, flags | POSIX_NO_GROUPS, &out, &facts);
		p->silent = finish_pattern(arena, p, &out);
	}
	buf_free(&out);
	if (r < 0) {
		refuse_piece(p, OUTCOME_LEFT_OUT,
			     r == -E2BIG
				     ? "the pattern repeats or nests too much"
				     : "the pattern has a class with characters that are not "
				       "ASCII, or a range such as 'a-Z'");
		return false;
	}
	p->groups = facts.groups;
	p->backrefs = facts.backrefs;
	p->begins_line = facts.begins_line;
	p->captures_differ = facts.captures_differ;
	note_octets(p, facts.counts_octets, false);
	if (facts.odd_escape != 0)
		p->hint = arena_printf(arena,
				       "'\\%c' is no class in a pattern of regexp_table(5): %s",
				       facts.odd_escape,
				       f->i ? "Postfix matches nothing, or that letter, with it"
					    : "Postfix matches that letter with it");
	return true;
}

static bool
rewrite_pcre(struct arena *arena, const char *pattern, const struct flags *f, struct piece *p)
{
	unsigned way = (f->x ? PCRE_STRIP_BLANKS : 0) | (f->e && !f->m ? PCRE_DOLLAR_END : 0) |
		       (f->i ? PCRE_IS_CASELESS : 0);
	struct pcre_facts facts;
	struct buf out = {0};
	char why[256] = "";
	int r;

	if (!pcre_takes(pattern, f, why, sizeof(why))) {
		refuse_piece(p, OUTCOME_NOTED,
			     arena_printf(arena, "Postfix skips this row: %s", why));
		return false;
	}
	r = pcre_pattern_rewrite(pattern, way, &out, &facts);

	p->pattern = finish_pattern(arena, p, &out);
	if (r == 0 && !(facts.refers && facts.groups > 0)) {
		(void)pcre_pattern_rewrite(pattern, way | PCRE_NO_GROUPS, &out, &facts);
		p->silent = finish_pattern(arena, p, &out);
	}
	buf_free(&out);
	if (r < 0) {
		refuse_piece(p, OUTCOME_LEFT_OUT,
			     "the pattern asks for octets over 0x7f; here it sees characters");
		return false;
	}
	p->groups = facts.groups;
	p->backrefs = facts.backrefs;
	p->begins_line = facts.begins_line || p->anchored;
	note_octets(p, facts.counts_octets, facts.in_class_text);
	return true;
}

static const char *
skip_negations(const char *s, bool *negated)
{
	s += strspn(s, BLANKS);
	while (*s == '!') {
		*negated = !*negated;
		s++;
		s += strspn(s, BLANKS);
	}
	return s;
}

static bool
is_postfix_delimiter(char c)
{
	return c != '\0' && !str_is_alnum(c);
}

void
piece_read(struct arena *arena, const char *s, enum pattern_type type, struct piece *ret,
	   const char **ret_rest)
{
	struct flags flags = {.i = true, .s = true, .x = type == PATTERN_REGEXP};
	const char *behind = "", *pattern = NULL;
	size_t n_flags;
	char bad = '\0';

	*ret = (struct piece){.outcome = OUTCOME_EXACT};
	*ret_rest = "";
	s = skip_negations(s, &ret->negated);
	if (is_postfix_delimiter(*s))
		pattern = cut_pattern(arena, s, &behind);
	if (pattern == NULL || strlen(pattern) > MAX_BYTES) {
		refuse_piece(
			ret, OUTCOME_NOTED,
			"Postfix skips this row: it has no pattern between two delimiters");
		return;
	}
	n_flags = strcspn(behind, type == PATTERN_REGEXP ? BLANKS "!" : BLANKS);
	*ret_rest = behind + n_flags + strspn(behind + n_flags, BLANKS);
	if (!read_flags(behind, n_flags, type, &flags, &bad)) {
		refuse_piece(
			ret, OUTCOME_NOTED,
			arena_printf(arena, "Postfix skips this row: unknown flag '%c'", bad));
		return;
	}
	apply_flags(ret, &flags, type);
	if (type == PATTERN_PCRE ? rewrite_pcre(arena, pattern, &flags, ret)
				 : translate_posix(arena, pattern, &flags, ret))
		(void)compiles(arena, ret);
}

/* The options by which a piece differs from the row it is put into: "i-s", "-i", "". dotall is
 * on in all our rows. */
static const char *
format_options(const struct piece *p, bool row_caseless, char text[static 16])
{
	bool off = (row_caseless && !p->caseless) || !p->dotall;

	(void)snprintf(text, 16, "%s%s%s%s%s%s", !row_caseless && p->caseless ? "i" : "",
		       p->multiline ? "m" : "", p->ungreedy ? "U" : "", off ? "-" : "",
		       row_caseless && !p->caseless ? "i" : "", p->dotall ? "" : "s");
	return text;
}

/* Appends a pattern so that it may begin anywhere in what follows: ".*?(?:pattern)"; a pattern
 * that begins the line without that. A '^' stands in front of all. */
static void
put_anywhere(struct buf *out, const struct piece *p, const char *pattern, bool row_caseless)
{
	char options[16];

	format_options(p, row_caseless, options);
	if (p->begins_line && !p->multiline) {
		if (*options != '\0')
			buf_printf(out, "(?%s:%s)", options, pattern + 1);
		else
			buf_puts(out, pattern + 1);
		return;
	}
	buf_printf(out, ".*?(?%s:%s)", options, pattern);
}

const char *
piece_join(struct arena *arena, const struct piece *row, const struct piece *conditions,
	   size_t n)
{
	struct buf out = {0};
	char options[16];

	if (n == 0) {
		format_options(row, row->caseless, options);
		return *options == '\0' ? row->pattern
					: arena_printf(arena, "(?%s)%s", options, row->pattern);
	}
	buf_putc(&out, '^');
	for (size_t i = 0; i < n; i++) {
		const struct piece *c = &conditions[i];

		if (c->silent == NULL) {
			buf_free(&out);
			return NULL;
		}
		buf_puts(&out, c->negated ? "(?!" : "(?=");
		put_anywhere(&out, c, c->silent, row->caseless);
		buf_putc(&out, ')');
	}
	if (row->negated)
		buf_puts(&out, "(?!");
	put_anywhere(&out, row, row->pattern, row->caseless);
	if (row->negated)
		buf_putc(&out, ')');
	return buf_move_to_arena(&out, arena);
}
