/* Translates POSIX regular expressions to PCRE2, token by token: see posix_pattern.h. One pass,
 * without recursion. What must be known of the text before a token (is there an atom that a
 * quantifier may repeat?) stands in struct translation. */
#include "import/posix_pattern.h"

#include <errno.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "import/beyond_ascii.h"
#include "util/buf.h"
#include "util/str.h"

#define NO_ATOM	  SIZE_MAX
#define MAX_DEPTH 250 /* groups inside each other; PCRE2 has the same limit */
#define MAX_WRAPS 4   /* quantifiers of quantifiers, each of which moves the atom */
/* Of the atoms of a pattern, each counted as often as it may be repeated: regcomp() makes as
 * many nodes of it. */
#define MAX_COST  50000u

struct open_group {
	size_t at;   /* of its parenthesis in the result */
	size_t cost; /* of what stands before it in the group around it */
};

struct translation {
	const char *p; /* what is not translated yet */
	unsigned flags;
	struct buf *out;
	struct posix_facts *facts;
	size_t atom;   /* where the last atom begins in out; NO_ATOM: '*' would be no quantifier
			*/
	bool repeated; /* the atom has a quantifier already */
	bool group;    /* the atom is a group */
	bool octets;   /* the atom is a class of what is not printable ASCII */
	bool beyond;   /* it is a character that is not ASCII: there its last octet */
	bool at_start; /* of the pattern, a group or an alternative */
	bool top_alternatives;
	struct open_group open[MAX_DEPTH];
	size_t depth;
	unsigned wraps;
	bool has_octets; /* a class has what is not ASCII */
	/* Of the last atom, and of what stands before it in its group: see MAX_COST. */
	size_t atom_cost, cost;
};

static bool
is_extended(const struct translation *t)
{
	return (t->flags & POSIX_EXTENDED) != 0;
}

static void
put_pattern_literal(struct buf *out, char c)
{
	if (c != '\0' && strchr("\\^$.|()[]{}*+?/", c) != NULL)
		buf_putc(out, '\\');
	buf_putc(out, (unsigned char)c);
}

static void
begin_atom(struct translation *t)
{
	t->cost += t->atom_cost;
	t->atom_cost = 1;
	t->atom = t->out->len;
	t->repeated = t->group = t->octets = t->beyond = t->at_start = false;
}

/* After an assertion there is nothing that could be repeated. */
static void
put_assertion(struct translation *t, const char *text)
{
	buf_puts(t->out, text);
	t->atom = NO_ATOM;
	t->at_start = false;
}

static void
translate_literal(struct translation *t, char c)
{
	bool caseless = (t->flags & POSIX_CASELESS) != 0;
	size_t len;

	begin_atom(t);
	if ((unsigned char)c < 0x80) {
		put_pattern_literal(t->out, c);
		return;
	}
	len = beyond_ascii_run(t->p - 1);
	beyond_ascii_put(t->out, t->p - 1, len, caseless);
	t->p += len - 1;
	t->beyond = true;
}

/* One element of a bracket expression. */
struct element {
	char text[16]; /* as PCRE2 has it in a class */
	unsigned char c;
	bool is_class; /* [:alpha:], which begins no range */
};

static void
put_class_literal(struct element *e, char c)
{
	size_t n = 0;

	e->c = (unsigned char)c;
	if (strchr("\\]^-[/", c) != NULL)
		e->text[n++] = '\\';
	e->text[n++] = c;
	e->text[n] = '\0';
}

/* "[:name:]", "[=c=]", "[.c.]" at p, which stands at the second character. Moves behind it. */
static int
read_named_element(const char **p, struct element *ret)
{
	char kind = **p;
	const char *start = *p + 1, *end = start;
	size_t len;

	while (*end != '\0' && !(end[0] == kind && end[1] == ']'))
		end++;
	if (*end == '\0')
		return -EINVAL;
	len = (size_t)(end - start);
	*p = end + 2;
	if (kind != ':') {
		if (len != 1)
			return -EINVAL;
		put_class_literal(ret, *start);
		return 0;
	}
	if (len + sizeof("[::]") > sizeof(ret->text))
		return -EINVAL;
	ret->is_class = true;
	ret->text[0] = '[';
	memcpy(ret->text + 1, start - 1, len + 1);
	memcpy(ret->text + 2 + len, ":]", sizeof(":]"));
	return 0;
}

static int
read_element(const char **p, struct element *ret)
{
	const char *s = *p;

	*ret = (struct element){.c = '\0'};
	if (s[0] == '\0')
		return -EINVAL;
	if (s[0] == '[' && s[1] != '\0' && strchr(":=.", s[1]) != NULL) {
		*p = s + 1;
		return read_named_element(p, ret);
	}
	put_class_literal(ret, *s);
	*p = s + 1;
	return 0;
}

static bool
covers_printable(const struct element *from, const struct element *to)
{
	if (from->is_class)
		return strcmp(from->text, "[:print:]") == 0 ||
		       strcmp(from->text, "[:graph:]") == 0 ||
		       strcmp(from->text, "[:ascii:]") == 0;
	return from->c <= '!' && to->c >= '~';
}

/* An element, or a range of them. */
static int
translate_element(struct translation *t, bool *covers)
{
	struct element from, to;

	if (read_element(&t->p, &from) < 0)
		return -EINVAL;
	t->has_octets |= from.c >= 0x80; /* a set of octets, not of characters */
	to = from;
	if (t->p[0] == '-' && t->p[1] != ']' && !from.is_class) {
		t->p++;
		if (read_element(&t->p, &to) < 0 || to.is_class)
			return -EINVAL;
		t->has_octets |= to.c >= 0x80;
		if (to.c < from.c) /* "[a-Z]", which case-blind regcomp() takes as "[A-Z]" */
			return -EINVAL;
		buf_printf(t->out, "%s-", from.text);
	}
	buf_puts(t->out, to.text);
	*covers = *covers || covers_printable(&from, &to);
	return 0;
}

/* p stands behind the "[". */
static int
translate_bracket(struct translation *t)
{
	bool negated = *t->p == '^', covers = false, first = true;

	begin_atom(t);
	buf_puts(t->out, negated ? "[^" : "[");
	t->p += negated;
	if (!negated && *t->p != '\0' && strchr(":=.", *t->p) != NULL)
		buf_putc(t->out,
			 '\\'); /* PCRE2 would take "[:a:]" for a class outside of one */
	while (first || *t->p != ']') {
		first = false;
		if (translate_element(t, &covers) < 0)
			return -EINVAL;
	}
	t->p++;
	buf_putc(t->out, ']');
	t->octets = negated && covers;
	return 0;
}

static void
insert_text(struct buf *out, size_t at, const char *text)
{
	size_t len = strlen(text);

	(void)buf_reserve(out, len);
	memmove(out->data + at + len, out->data + at, out->len - at);
	memcpy(out->data + at, text, len);
	out->len += len;
}

/* Makes one atom of an atom and its quantifier, so that a second quantifier repeats both. */
static int
put_quantifier(struct translation *t, const char *text, size_t most)
{
	t->atom_cost *= most;
	if (t->cost + t->atom_cost > MAX_COST)
		return -E2BIG;
	if (t->repeated) {
		if (t->wraps++ == MAX_WRAPS)
			return -E2BIG;
		insert_text(t->out, t->atom, "(?:");
		buf_putc(t->out, ')');
	}
	buf_puts(t->out, text);
	if (t->beyond || (t->octets && strchr("*+", *text) == NULL))
		t->facts->counts_octets = true;
	if (t->group)
		t->facts->captures_differ = true;
	t->repeated = true;
	return 0;
}

static size_t
read_bound(const char **p, char digits[static 8])
{
	size_t n = str_digit_run(*p, strlen(*p));

	if (n > 6)
		return SIZE_MAX;
	memcpy(digits, *p, n);
	digits[n] = '\0';
	*p += n;
	return n;
}

/* p stands behind the "{" or "\{". */
static int
translate_interval(struct translation *t)
{
	const char *end = is_extended(t) ? "}" : "\\}";
	char from[8], to[8] = "", text[24];
	size_t n_from = read_bound(&t->p, from), n_to = 0;
	bool comma = *t->p == ',';
	unsigned long bound;

	t->p += comma;
	if (comma)
		n_to = read_bound(&t->p, to);
	if (n_from == SIZE_MAX || n_to == SIZE_MAX || (n_from == 0 && !comma) ||
	    strncmp(t->p, end, strlen(end)) != 0)
		return -EINVAL;
	t->p += strlen(end);
	(void)snprintf(text, sizeof(text), "{%s%s%s}", n_from == 0 ? "0" : from,
		       comma ? "," : "", to);
	bound = strtoul(*to != '\0' ? to : from, NULL, 10);
	return put_quantifier(t, text, bound > 1 ? bound : 1);
}

static int
open_group(struct translation *t)
{
	if (t->depth == MAX_DEPTH)
		return -E2BIG;
	t->open[t->depth++] = (struct open_group){t->out->len, t->cost + t->atom_cost};
	t->cost = t->atom_cost = 0;
	buf_puts(t->out, t->flags & POSIX_NO_GROUPS ? "(?:" : "(");
	t->facts->groups++;
	t->atom = NO_ATOM;
	t->at_start = true;
	return 0;
}

static void
close_group(struct translation *t)
{
	const struct open_group *g = &t->open[--t->depth];

	buf_putc(t->out, ')');
	t->atom = g->at;
	t->atom_cost += t->cost + 1;
	t->cost = g->cost;
	t->group = true;
	t->repeated = t->octets = t->beyond = t->at_start = false;
}

static void
translate_alternative(struct translation *t)
{
	buf_putc(t->out, '|');
	t->facts->captures_differ = true;
	if (t->depth == 0)
		t->top_alternatives = true;
	t->atom = NO_ATOM;
	t->at_start = true;
}

/* The operators that a basic expression has behind a backslash, and an extended one without
 * it. 1: c is none. */
static int
translate_operator(struct translation *t, char c)
{
	char quantifier[2] = {c, '\0'};

	switch (c) {
	case '(':
		return open_group(t);
	case ')':
		if (t->depth == 0)
			return is_extended(t) ? 1 : -EINVAL;
		close_group(t);
		return 0;
	case '|':
		translate_alternative(t);
		return 0;
	case '{':
		return t->atom == NO_ATOM ? -EINVAL : translate_interval(t);
	case '+':
	case '?':
		if (t->atom == NO_ATOM)
			return is_extended(t) ? -EINVAL : 1;
		return put_quantifier(t, quantifier, c == '+' ? 2 : 1);
	default:
		return 1;
	}
}

static void
translate_backref(struct translation *t, char digit)
{
	begin_atom(t);
	buf_printf(t->out, "\\g{%c}", digit);
	t->facts->backrefs = true;
}

/* The extensions of the GNU library: 1: c is none. */
static int
translate_gnu_escape(struct translation *t, char c)
{
	static const struct {
		char c;
		const char *text;
	} assertions[] = {
		{'<', "\\b(?=\\w)"}, {'>', "\\b(?<=\\w)"}, {'b', "\\b"},
		{'B', "\\B"},	     {'`', "\\A"},	   {'\'', "\\z"},
	};

	for (size_t i = 0; i < sizeof(assertions) / sizeof(assertions[0]); i++) {
		if (assertions[i].c != c)
			continue;
		put_assertion(t, assertions[i].text);
		return 0;
	}
	if (strchr("wWsS", c) == NULL)
		return 1;
	begin_atom(t);
	buf_printf(t->out, "\\%c", c);
	return 0;
}

/* A backslash before a character that is no operator. In case-blind patterns the GNU library
 * compares a small letter with the capitals of the text, so it never matches. */
static void
translate_escaped_literal(struct translation *t, char c)
{
	bool small = c >= 'a' && c <= 'z', capital = c >= 'A' && c <= 'Z';

	if (small || capital)
		t->facts->odd_escape = c;
	if (!small || !(t->flags & POSIX_CASELESS)) {
		translate_literal(t, c);
		return;
	}
	begin_atom(t);
	buf_puts(t->out, "[^\\s\\S]");
}

/* p stands behind a backslash. */
static int
translate_escape(struct translation *t)
{
	char c = *t->p;
	int r = 1;

	if (c == '\0')
		return -EINVAL;
	t->p++;
	if (!is_extended(t))
		r = translate_operator(t, c);
	if (r != 1)
		return r;
	if (c >= '1' && c <= '9') {
		translate_backref(t, c);
		return 0;
	}
	if (translate_gnu_escape(t, c) != 0)
		translate_escaped_literal(t, c);
	return 0;
}

/* In a basic expression '^' and '$' are anchors only at the ends of a pattern, a group or an
 * alternative. */
static bool
is_anchor(const struct translation *t, char c)
{
	if (is_extended(t))
		return true;
	if (c == '^')
		return t->at_start;
	return *t->p == '\0' || strncmp(t->p, "\\)", 2) == 0 || strncmp(t->p, "\\|", 2) == 0;
}

static int
translate_star(struct translation *t)
{
	if (t->atom != NO_ATOM)
		return put_quantifier(t, "*", 1);
	if (is_extended(t))
		return -EINVAL;
	translate_literal(t, '*');
	return 0;
}

static int
translate_token(struct translation *t)
{
	char c = *t->p++;
	int r;

	switch (c) {
	case '\\':
		return translate_escape(t);
	case '[':
		return translate_bracket(t);
	case '*':
		return translate_star(t);
	case '.':
		begin_atom(t);
		buf_putc(t->out, '.');
		return 0;
	case '^':
	case '$':
		if (!is_anchor(t, c)) {
			translate_literal(t, c);
			return 0;
		}
		put_assertion(t, c == '^' ? "^" : "$");
		return 0;
	default:
		r = is_extended(t) ? translate_operator(t, c) : 1;
		if (r == 1)
			translate_literal(t, c);
		return r == 1 ? 0 : r;
	}
}

int
posix_pattern_translate(const char *pattern, unsigned flags, struct buf *out,
			struct posix_facts *ret)
{
	struct translation t = {.p = pattern,
				.flags = flags,
				.out = out,
				.facts = ret,
				.atom = NO_ATOM,
				.at_start = true};

	int r = 0;

	*ret = (struct posix_facts){0};
	while (*t.p != '\0' && r == 0)
		r = translate_token(&t);
	if (r == 0 && (t.depth > 0 || t.has_octets))
		r = -EINVAL;
	if (r < 0)
		return r;
	ret->begins_line = *pattern == '^' && !t.top_alternatives;
	return 0;
}

bool
posix_pattern_is_valid(const char *pattern, unsigned flags, char *why, size_t why_size)
{
	regex_t re;
	int r = regcomp(&re, pattern,
			(flags & POSIX_EXTENDED ? REG_EXTENDED : 0) |
				(flags & POSIX_CASELESS ? REG_ICASE : 0) | REG_NOSUB);

	if (r != 0) {
		(void)regerror(r, &re, why, why_size);
		return false;
	}
	regfree(&re);
	return true;
}
