/* match-steps: patterns that reach the limit of match steps on a hostile text.
 *
 * A message on which a pattern reaches limits { regex_steps } is one on which the policy fails,
 * so that any sender can have mail deferred, or with on_error = "continue" get past the policy.
 * What is measured is steps, by the limit itself, on texts of REGEX_MAX_SUBJECT bytes that are
 * made of the pattern's own letters:
 *
 *	pattern		 texts
 *	^(\w+\s?)*$	 "aaaa...\x01", "    ...\x01", "a a a ...\x01"
 *	^x;.*k=v[^;]*d=  "x;x;x;...", "x;k=vk=vk=v...", "x;k=vd=d=d=..."
 *
 * So a pattern that is reported does reach the limit; one that is not may still have a worse
 * text. */
#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "config/config.h"
#include "lint/lint_private.h"
#include "match/regex.h"
#include "match/table.h"
#include "util/arena.h"
#include "util/buf.h"
#include "util/str.h"

#define RUNS_MAX	24u   /* pieces of a pattern that are used */
#define TABLE_RULES_MAX 2000u /* of all tables; trying one takes about a millisecond */
#define SHOWN_BYTES	24u   /* bytes of a text in a warning */

/* What a pattern is made of: runs of letters between its special characters. "." and "\w" count
 * as "a", "\d" as "0", "\s" as " ", "[x-z]" as "x". */
struct pattern_runs {
	struct buf run[RUNS_MAX];
	size_t n;
};

static void
begin_run(struct pattern_runs *r)
{
	if (r->n == 0 || r->run[r->n - 1].len > 0)
		r->n += r->n < RUNS_MAX;
}

static void
add_letter(struct pattern_runs *r, char c)
{
	if (r->n == 0)
		begin_run(r);
	if (r->n <= RUNS_MAX)
		buf_putc(&r->run[r->n - 1], (unsigned char)c);
}

/* The letter for an escape such as \d; 0: it stands for none, as \b. */
static char
letter_of_escape(char c)
{
	if (strchr("wSDHVNRX", c) != NULL)
		return 'a';
	if (c == 'd')
		return '0';
	if (strchr("shv", c) != NULL)
		return ' ';
	return strchr("bBAzZGKQEktnrfepPWxo", c) != NULL ? 0 : c;
}

/* The length of a class, "[...]", at p. */
static size_t
class_length(const char *p)
{
	size_t n = 1 + (p[1] == '^');

	n += p[n] == ']';
	while (p[n] != '\0' && p[n] != ']')
		n += p[n] == '\\' && p[n + 1] != '\0' ? 2 : 1;
	return p[n] == ']' ? n + 1 : n;
}

/* Some member of the class. */
static char
letter_of_class(const char *p)
{
	if (p[1] == '^')
		return 'a';
	if (p[1] == '[')
		return strncmp(p + 1, "[:digit:]", 9) == 0   ? '0'
		       : strncmp(p + 1, "[:space:]", 9) == 0 ? ' '
							     : 'a';
	if (p[1] == '\\') {
		char c = letter_of_escape(p[2]);

		return c != 0 ? c : 'a';
	}
	return p[1];
}

/* The length of what begins a group, "(", "(?:", "(?i)", "(?<name>". */
static size_t
group_start_length(const char *p)
{
	size_t n = 1;

	if (p[1] != '?' && p[1] != '*')
		return 1;
	n = strcspn(p, ":=!>)");
	return p[n] == '\0' ? n : n + 1;
}

static void
find_pattern_runs(const char *p, struct pattern_runs *ret)
{
	while (*p != '\0') {
		size_t len = 1;
		char letter = 0;
		bool ends = true;

		if (*p == '\\' && p[1] != '\0') {
			letter = letter_of_escape(p[1]);
			ends = str_is_digit(p[1]) || letter != p[1];
			letter = str_is_digit(p[1]) ? 0 : letter;
			len = 2;
		} else if (*p == '[') {
			letter = letter_of_class(p);
			len = class_length(p);
		} else if (*p == '(') {
			len = group_start_length(p);
		} else if (*p == '{') {
			len = strcspn(p, "}");
			len += p[len] == '}';
		} else if (*p == '.') {
			letter = 'a';
		} else if (strchr("^$|)*+?", *p) == NULL) {
			letter = *p;
			ends = false;
		}
		if (ends)
			begin_run(ret);
		if (letter != 0)
			add_letter(ret, letter);
		if (ends && letter != 0)
			begin_run(ret);
		p += len;
	}
}

struct steps_check {
	struct regex_limits limits;
	const struct regex *re;
	struct buf text;
	struct buf shown; /* what the text begins with that reached the limit */
};

/* Does the text reach the limit? Also with a letter behind it that nothing matches. */
static bool
text_reaches_limit(struct steps_check *c)
{
	for (int tail = 0; tail < 2; tail++) {
		struct regex_budget budget = {0};

		if (tail == 1)
			c->text.data[c->text.len - 1] = 0x01;
		if (!str_is_utf8((const char *)c->text.data, c->text.len))
			return false;
		if (regex_match(c->re, &c->limits, &budget, (const char *)c->text.data,
				c->text.len, NULL, NULL) == -E2BIG)
			return true;
	}
	return false;
}

/* Tries the prefix, and behind it the piece again and again. */
static bool
repetition_reaches_limit(struct steps_check *c, const struct buf *prefix, const char *piece,
			 size_t len)
{
	buf_reset(&c->text);
	buf_append(&c->text, prefix->data, prefix->len);
	while (len > 0 && c->text.len + len <= REGEX_MAX_SUBJECT)
		buf_append(&c->text, piece, len);
	if (c->text.len < SHOWN_BYTES || !text_reaches_limit(c))
		return false;
	buf_reset(&c->shown);
	for (size_t i = 0; i < SHOWN_BYTES; i++)
		buf_putc(&c->shown, c->text.data[i] < ' ' || c->text.data[i] > '~'
					    ? '?'
					    : c->text.data[i]);
	return true;
}

static bool
runs_reach_limit(struct steps_check *c, const struct pattern_runs *runs)
{
	struct buf prefix = {0}, none = {0}, all = {0};
	bool found = false;

	for (size_t i = 0; !found && i < runs->n; i++) {
		const struct buf *run = &runs->run[i];

		found = repetition_reaches_limit(c, &prefix, (const char *)run->data,
						 run->len) ||
			repetition_reaches_limit(c, &none, (const char *)run->data, run->len);
		if (i + 1 < runs->n && !found) {
			buf_reset(&all);
			buf_append(&all, run->data, run->len);
			buf_append(&all, runs->run[i + 1].data, runs->run[i + 1].len);
			found = repetition_reaches_limit(c, &prefix, (const char *)all.data,
							 all.len);
		}
		if (prefix.len < REGEX_MAX_SUBJECT / 4)
			buf_append(&prefix, run->data, run->len);
	}
	found = found ||
		repetition_reaches_limit(c, &none, (const char *)prefix.data, prefix.len);
	buf_free(&prefix);
	buf_free(&all);
	return found;
}

/* On true c->shown is set. */
static bool
pattern_reaches_limit(struct steps_check *c, const struct regex *re)
{
	static const char *const letters[] = {"a", "0", " ", "a ", "a.", "a@", "<", ","};
	struct pattern_runs runs = {.n = 0};
	struct buf none = {0};
	bool found;

	c->re = re;
	find_pattern_runs(regex_pattern(re), &runs);
	found = runs_reach_limit(c, &runs);
	for (size_t i = 0; !found && i < sizeof(letters) / sizeof(letters[0]); i++)
		found = repetition_reaches_limit(c, &none, letters[i], strlen(letters[i]));
	for (size_t i = 0; i < RUNS_MAX; i++)
		buf_free(&runs.run[i]);
	return found;
}

#define STEPS_ADVICE                                                                            \
	"is over regex_steps (%u) on a hostile text, '%s...', and the policy then fails; make " \
	"repetitions possessive, as [^;]*+, and put none inside another"

static void
check_steps_of_values(struct lint_run *run, struct steps_check *c, const struct section *s,
		      const struct section_value *v)
{
	unsigned flags = REGEX_BACKREFS |
			 (strcmp(v->option->name, "name_match") == 0 ? REGEX_NOCASE : 0u);
	char why[256];

	for (size_t i = 0; i < v->n; i++) {
		const struct regex *re = regex_compile_with_flags(run->arena, v->text[i], flags,
								  why, sizeof(why));

		if (re != NULL && pattern_reaches_limit(c, re))
			lint_warn(run, s, v->option->name, i, "%s: '%s' " STEPS_ADVICE,
				  v->option->name, v->text[i], c->limits.steps,
				  buf_string(&c->shown));
	}
}

struct table_steps {
	struct steps_check *check;
	size_t left;
};

static enum entry_fault
check_steps_of_rule(void *ctx, const struct regex *re, char *why, size_t size)
{
	struct table_steps *t = ctx;

	if (t->left == 0)
		return ENTRY_FITS;
	t->left--;
	if (!pattern_reaches_limit(t->check, re))
		return ENTRY_FITS;
	(void)snprintf(why, size, "'%.100s' " STEPS_ADVICE " [match-steps]", regex_pattern(re),
		       t->check->limits.steps, buf_string(&t->check->shown));
	return ENTRY_DOUBTFUL;
}

/* Recursion is as deep as the option tables are nested. */
static void
check_steps_in_section(struct lint_run *run, struct steps_check *c, const struct section *s)
{
	for (size_t i = 0; i < s->n_values; i++)
		if (option_is_regex(s->values[i].option))
			check_steps_of_values(run, c, s, &s->values[i]);
	for (size_t i = 0; i < s->n_groups; i++)
		for (size_t k = 0; k < s->groups[i].n; k++)
			check_steps_in_section(run, c, s->groups[i].sections[k]);
}

void
lint_match_steps(struct lint_run *run)
{
	struct steps_check c = {.limits = {run->cfg->regex_steps, UINT64_MAX}};
	struct table_steps t = {&c, TABLE_RULES_MAX};

	check_steps_in_section(run, &c, run->cfg->section);
	for (size_t i = 0; i < run->cfg->n_tables; i++)
		(void)table_check_patterns(run->cfg->tables[i], check_steps_of_rule, &t);
	buf_free(&c.text);
	buf_free(&c.shown);
}
