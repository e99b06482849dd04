/* Reads milter-regex.conf: words are cut from the text, and an expression is made by two
 * stacks, of operators and of values, so there is no recursion. A value is a list of
 * alternatives; "not" makes the list of its opposite. What grows over a limit becomes a reason.
 */
#include "import/milter_regex.h"

#include <stdio.h>
#include <string.h>

#include "import/name_index.h"
#include "import/source.h"
#include "util/arena.h"
#include "util/str.h"

#define MAX_ALTERNATIVES 64
#define MAX_STACK	 64
#define WORD_CHARACTERS	 "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-."

struct value {
	const struct alternative *alternatives;
	size_t n;
};

struct named_value {
	struct value value;
	bool mixed;
};

enum operator{ OPERATOR_OPEN, OPERATOR_NOT, OPERATOR_AND, OPERATOR_OR };

struct expression {
	enum operator operators[MAX_STACK];
	size_t n_operators;
	struct value values[MAX_STACK];
	size_t n_values;
	/* The operators between the terms that are at work in each parenthesis. */
	bool has_and[MAX_STACK], has_or[MAX_STACK];
	size_t depth;
	bool mixed;
};

struct milter_reader {
	struct arena *arena;
	const char *p;		 /* what is not read yet */
	unsigned line;		 /* of p */
	const char *reason;	 /* the first mistake */
	struct name_index names; /* of struct named_value */
	struct milter_rule *rules;
	size_t n, cap;
	const char *action, *text; /* of the rules that follow */
};

/* The text with the lines together that a backslash joins. Their line ends stand behind the
 * last of them, so that what follows keeps its line number. */
static const char *
join_backslash_lines(struct arena *arena, const char *s)
{
	char *text = arena_alloc(arena, strlen(s) + 1), *to = text;
	size_t joined = 0;

	for (; *s != '\0'; s++) {
		if (s[0] == '\\' && s[1 + (s[1] == '\r')] == '\n') {
			s += 1 + (s[1] == '\r');
			joined++;
			continue;
		}
		*to++ = *s;
		for (; *s == '\n' && joined > 0; joined--)
			*to++ = '\n';
	}
	*to = '\0';
	return text;
}

/* Blanks, line ends, and comments, which may stand behind something. */
static void
skip_space(struct milter_reader *r)
{
	for (;; r->p++) {
		if (*r->p == '\n')
			r->line++;
		else if (*r->p == '#')
			r->p += strcspn(r->p, "\n") - 1;
		else if (*r->p == '\0' || strchr(" \t\r", *r->p) == NULL)
			return;
	}
}

static void
set_mistake(struct milter_reader *r, const char *reason)
{
	if (r->reason == NULL)
		r->reason = reason;
}

/* The name at p, which begins with a letter: "" when there is none. It is not taken. */
static const char *
peek_name(struct milter_reader *r)
{
	bool letter = str_is_alnum(*r->p) && !str_is_digit(*r->p);

	return arena_strndup(r->arena, r->p, letter ? strcspn(r->p, " \t\r\n=()") : 0);
}

static bool
take_milter_word(struct milter_reader *r, const char *word)
{
	size_t len = strlen(word);

	if (strncmp(r->p, word, len) != 0 || strspn(r->p, WORD_CHARACTERS) != len)
		return false;
	r->p += len;
	skip_space(r);
	return true;
}

/* "text" or 'text'; NULL: there is none. */
static const char *
read_quoted(struct milter_reader *r)
{
	char quote = *r->p;
	const char *end, *text;

	if (quote != '"' && quote != '\'')
		return NULL;
	end = strchr(r->p + 1, quote);
	if (end == NULL) {
		set_mistake(r, "a quote is missing");
		return NULL;
	}
	text = arena_strndup(r->arena, r->p + 1, (size_t)(end - r->p - 1));
	for (; r->p <= end; r->p++)
		r->line += *r->p == '\n';
	skip_space(r);
	return text;
}

/* Cuts /pattern/flags from s, with any delimiter but a blank. What follows; NULL: there is
 * none. */
static const char *
cut_argument(struct arena *arena, const char *s, struct term_arg *ret)
{
	char delimiter = *s;
	const char *end = delimiter != '\0' ? strchr(s + 1, delimiter) : NULL;

	if (end == NULL || memchr(s, '\n', (size_t)(end - s)) != NULL)
		return NULL;
	ret->pattern = arena_strndup(arena, s + 1, (size_t)(end - s - 1));
	for (s = end + 1; *s != '\0' && strchr("ein", *s) != NULL; s++) {
		ret->extended |= *s == 'e';
		ret->caseless |= *s == 'i';
		ret->negated |= *s == 'n';
	}
	return s;
}

/* An argument, which may stand in quotes: "/pattern/flags". */
static struct term_arg
read_argument(struct milter_reader *r)
{
	struct term_arg arg = {.pattern = ""};
	bool quoted = *r->p == '"' || *r->p == '\'';
	const char *text = quoted ? read_quoted(r) : r->p,
		   *behind = text != NULL ? cut_argument(r->arena, text, &arg) : NULL;

	if (behind == NULL)
		set_mistake(r, "a pattern between two delimiters is missing here");
	else if (*behind != '\0' && (quoted || strchr(" \t\r\n)", *behind) == NULL))
		set_mistake(r, "unknown flag of a pattern: there are e, i and n");
	else if (!quoted)
		r->p = behind;
	skip_space(r);
	return arg;
}

/* Whether a term says nothing: an empty pattern matches always. */
static bool
is_empty_argument(const struct term_arg *arg)
{
	return *arg->pattern == '\0' && !arg->negated;
}

static struct value
make_value(struct milter_reader *r, const struct term *terms, size_t n)
{
	struct alternative *a = arena_zalloc(r->arena, sizeof(*a));

	for (; a->n < n; a->n++)
		a->terms[a->n] = terms[a->n];
	return (struct value){a, 1};
}

/* A term with one argument. Of what there is only once for each question the flag n means the
 * same as "not"; "body /x/n" asks for a line that does not match. */
static struct term
make_term(enum term_kind kind, struct term_arg value)
{
	struct term t = {.kind = kind, .value = value};

	if (kind != TERM_BODY) {
		t.negated = value.negated;
		t.value.negated = false;
	}
	return t;
}

static struct value
read_connect(struct milter_reader *r)
{
	struct term_arg host = read_argument(r), address = read_argument(r);
	struct term terms[2];
	size_t n = 0;

	if (!is_empty_argument(&host))
		terms[n++] = make_term(TERM_HOST, host);
	if (!is_empty_argument(&address))
		terms[n++] = make_term(TERM_ADDRESS, address);
	return make_value(r, terms, n);
}

/* A keyword and its arguments. False: it is none. */
static bool
read_term(struct milter_reader *r, struct value *ret)
{
	static const struct {
		const char *word;
		enum term_kind kind;
		bool two;
	} words[] = {
		{"helo", TERM_HELO, false},	  {"envfrom", TERM_ENVFROM, false},
		{"envrcpt", TERM_ENVRCPT, false}, {"body", TERM_BODY, false},
		{"header", TERM_HEADER, true},	  {"macro", TERM_MACRO, true},
	};

	if (take_milter_word(r, "connect")) {
		*ret = read_connect(r);
		return true;
	}
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		struct term t = {.kind = words[i].kind};

		if (!take_milter_word(r, words[i].word))
			continue;
		if (words[i].two) {
			t.name = read_argument(r);
			t.value = read_argument(r);
		} else {
			t = make_term(words[i].kind, read_argument(r));
		}
		*ret = make_value(r, &t, 1);
		return true;
	}
	return false;
}

/* a and b: each alternative of a with each of b. */
static struct value
join_values(struct milter_reader *r, struct value a, struct value b)
{
	struct alternative *out;
	size_t n = 0;

	if (a.n * b.n > MAX_ALTERNATIVES) {
		set_mistake(r, "an expression with more than 64 alternatives");
		return a;
	}
	out = arena_zalloc(r->arena, (a.n * b.n + 1) * sizeof(*out));
	for (size_t i = 0; i < a.n; i++) {
		for (size_t j = 0; j < b.n; j++) {
			struct alternative *both = &out[n++];
			const struct alternative *x = &a.alternatives[i],
						 *y = &b.alternatives[j];

			if (x->n + y->n > MILTER_REGEX_MAX_TERMS) {
				set_mistake(r, "an expression with more than 16 terms");
				return a;
			}
			*both = *x;
			for (size_t k = 0; k < y->n; k++)
				both->terms[both->n++] = y->terms[k];
		}
	}
	return (struct value){out, n};
}

static struct value
unite_values(struct milter_reader *r, struct value a, struct value b)
{
	struct alternative *out;

	if (a.n + b.n > MAX_ALTERNATIVES) {
		set_mistake(r, "an expression with more than 64 alternatives");
		return a;
	}
	out = arena_zalloc(r->arena, (a.n + b.n + 1) * sizeof(*out));
	for (size_t i = 0; i < a.n; i++)
		out[i] = a.alternatives[i];
	for (size_t i = 0; i < b.n; i++)
		out[a.n + i] = b.alternatives[i];
	return (struct value){out, a.n + b.n};
}

/* The opposite of one alternative: one of its terms does not hold. */
static struct value
negate_alternative(struct milter_reader *r, const struct alternative *a)
{
	struct alternative *out = arena_zalloc(r->arena, (a->n + 1) * sizeof(*out));

	for (size_t i = 0; i < a->n; i++) {
		out[i].terms[0] = a->terms[i];
		out[i].terms[0].negated = !a->terms[i].negated;
		out[i].n = 1;
	}
	return (struct value){out, a->n};
}

static struct value
negate_value(struct milter_reader *r, struct value v)
{
	struct value out = make_value(r, NULL, 0);

	for (size_t i = 0; i < v.n && r->reason == NULL; i++)
		out = join_values(r, out, negate_alternative(r, &v.alternatives[i]));
	return out;
}

static void
apply_operator(struct milter_reader *r, struct expression *e)
{
	enum operator op = e->operators[--e->n_operators];
	struct value *top = &e->values[e->n_values - 1];

	if (op == OPERATOR_NOT) {
		*top = negate_value(r, *top);
		return;
	}
	e->n_values--;
	top[-1] = op == OPERATOR_AND ? join_values(r, top[-1], *top)
				     : unite_values(r, top[-1], *top);
}

/* Applies what stands behind the last open parenthesis. */
static void
apply_operators(struct milter_reader *r, struct expression *e)
{
	while (e->n_operators > 0 && e->operators[e->n_operators - 1] != OPERATOR_OPEN)
		apply_operator(r, e);
}

/* "not" belongs to the one term behind it. */
static void
apply_negations(struct milter_reader *r, struct expression *e)
{
	while (e->n_operators > 0 && e->operators[e->n_operators - 1] == OPERATOR_NOT)
		apply_operator(r, e);
}

static void
push_operator(struct milter_reader *r, struct expression *e, enum operator op)
{
	if (e->n_operators == MAX_STACK || e->depth + 1 >= MAX_STACK) {
		set_mistake(r, "an expression that is nested too deep");
		return;
	}
	e->operators[e->n_operators++] = op;
}

static void
push_value(struct milter_reader *r, struct expression *e, struct value v)
{
	if (e->n_values == MAX_STACK) {
		set_mistake(r, "an expression that is nested too deep");
		return;
	}
	e->values[e->n_values++] = v;
	apply_negations(r, e);
}

static bool
read_named_value(struct milter_reader *r, struct expression *e, struct value *ret)
{
	const struct named_value *v;
	const char *name;

	if (*r->p != '$')
		return false;
	r->p++;
	skip_space(r);
	name = peek_name(r);
	v = name_index_find(&r->names, name, strlen(name));
	if (v == NULL) {
		set_mistake(r,
			    arena_printf(r->arena, "there is no $%s before this line", name));
		return false;
	}
	r->p += strlen(name);
	skip_space(r);
	*ret = v->value;
	e->mixed |= v->mixed;
	return true;
}

/* What may stand where a term begins: "not", "(", a term. False: none of it. */
static bool
read_operand_part(struct milter_reader *r, struct expression *e, bool *ret_complete)
{
	struct value v;

	*ret_complete = false;
	if (take_milter_word(r, "not")) {
		push_operator(r, e, OPERATOR_NOT);
	} else if (*r->p == '(') {
		r->p++;
		skip_space(r);
		push_operator(r, e, OPERATOR_OPEN);
		e->depth += e->depth + 1 < MAX_STACK; /* else the mistake is reported */
		e->has_and[e->depth] = e->has_or[e->depth] = false;
	} else if (read_named_value(r, e, &v) || read_term(r, &v)) {
		push_value(r, e, v);
		*ret_complete = true;
	} else {
		return false;
	}
	return true;
}

static void
close_parenthesis(struct milter_reader *r, struct expression *e)
{
	apply_operators(r, e);
	e->n_operators--;
	e->depth--;
	r->p++;
	skip_space(r);
	apply_negations(r, e);
}

static bool
read_binary_operator(struct milter_reader *r, struct expression *e)
{
	bool and = take_milter_word(r, "and");

	if (!and&&!take_milter_word(r, "or"))
		return false;
	push_operator(r, e, and? OPERATOR_AND : OPERATOR_OR);
	e->has_and[e->depth] |= and;
	e->has_or[e->depth] |= !and;
	e->mixed |= e->has_and[e->depth] && e->has_or[e->depth];
	return true;
}

/* Of operators without parentheses the last is applied first: a and (b or c). */
static struct value
read_expression(struct milter_reader *r, bool *ret_mixed)
{
	struct expression e = {.depth = 0};
	bool complete = false;

	while (r->reason == NULL) {
		if (!complete) {
			if (!read_operand_part(r, &e, &complete)) {
				set_mistake(r, "here a term is missing, such as: helo /x/");
				break;
			}
		} else if (*r->p == ')' && e.depth > 0) {
			close_parenthesis(r, &e);
		} else if (read_binary_operator(r, &e)) {
			complete = false;
		} else {
			break;
		}
	}
	if (e.depth > 0)
		set_mistake(r, "a ')' is missing");
	if (r->reason == NULL)
		apply_operators(r, &e);
	*ret_mixed = e.mixed;
	return e.n_values > 0 && r->reason == NULL ? e.values[0] : (struct value){NULL, 0};
}

static bool
read_milter_action(struct milter_reader *r)
{
	static const char *const actions[] = {"reject",	    "tempfail", "discard",
					      "quarantine", "accept",	NULL};

	for (const char *const *a = actions; *a != NULL; a++) {
		if (!take_milter_word(r, *a))
			continue;
		r->action = *a;
		r->text = read_quoted(r);
		return true;
	}
	return false;
}

/* "name = expression" */
static bool
read_definition(struct milter_reader *r)
{
	const char *name = peek_name(r);
	struct named_value *v;
	size_t len = strlen(name);
	const char *behind = r->p + len + strspn(r->p + len, " \t");

	if (len == 0 || *behind != '=')
		return false;
	r->p = behind + 1;
	skip_space(r);
	v = arena_zalloc(r->arena, sizeof(*v));
	v->value = read_expression(r, &v->mixed);
	name_index_add(&r->names, r->arena, name, v);
	return true;
}

static struct milter_rule *
add_milter_rule(struct milter_reader *r, const char *start, unsigned line)
{
	struct milter_rule *rule;
	size_t len = (size_t)(r->p - start);

	r->rules = arena_grow(r->arena, r->rules, r->n, &r->cap, sizeof(*r->rules));
	rule = &r->rules[r->n++];
	while (len > 0 && strchr(" \t\r\n", start[len - 1]) != NULL)
		len--;
	*rule = (struct milter_rule){
		.line = line,
		.action = r->action,
		.text = r->text,
		.written = arena_strndup(r->arena, start, len > 200 ? 200 : len),
		.reason = r->reason};
	return rule;
}

static void
read_milter_rule(struct milter_reader *r)
{
	const char *start = r->p;
	unsigned line = r->line;
	bool mixed = false;
	struct value v = {NULL, 0};
	struct milter_rule *rule;

	if (r->action == NULL)
		set_mistake(r, "here an action is missing: reject, tempfail, discard, "
			       "quarantine or accept");
	else
		v = read_expression(r, &mixed);
	rule = add_milter_rule(r, start, line);
	rule->alternatives = v.alternatives;
	rule->n = v.n;
	rule->mixed = mixed;
}

const struct milter_rule *
milter_regex_read(struct arena *arena, const struct source *s, size_t *ret_n)
{
	struct milter_reader r = {
		.arena = arena, .p = join_backslash_lines(arena, s->text), .line = 1};

	skip_space(&r);
	while (*r.p != '\0' && r.reason == NULL) {
		if (read_milter_action(&r) || read_definition(&r)) {
			if (r.reason != NULL)
				(void)add_milter_rule(&r, r.p, r.line);
			continue;
		}
		read_milter_rule(&r);
	}
	*ret_n = r.n;
	return r.rules;
}
