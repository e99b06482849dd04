/* milter-regex.conf: each alternative of a rule becomes a rule of ours, of the policy that
 * knows the last of its terms:
 *
 *	connect, helo, envfrom, envrcpt		access
 *	and header				header
 *	and body				content, where = {"raw"}
 *
 * What does not fit into such a rule stands in a condition that the rule names. milter-regex
 * acts on what it knows first, so the rules of access are put into the order of the stages.
 *
 * The patterns for addresses see "<user@domain>" there, and no brackets here. */
#include <errno.h>
#include <string.h>

#include "import/address_pattern.h"
#include "import/convert_private.h"
#include "import/milter_regex.h"
#include "import/posix_pattern.h"
#include "match/regex.h"
#include "util/arena.h"
#include "util/str.h"

#define N_STAGES 4 /* of access: connect, helo, envfrom, envrcpt */

/* The actions of the rules of a policy. */
struct rule_actions {
	const char *first; /* NULL: there is none */
	bool several;
};

struct milter_import {
	struct conversion *c;
	const struct setting *setting;
	const struct source *source;
	struct buf access[N_STAGES], header, content; /* rules */
	struct rule_actions header_actions, content_actions;
	unsigned n_conditions;
	bool has_other_actions; /* there is one that is not quarantine */
};

/* One alternative at work. */
struct milter_alternative {
	struct milter_import *m;
	const struct milter_rule *rule;
	const struct alternative *a;
	const char *title;
	struct buf lines;	/* of access, in the rule or in its condition */
	struct buf own;		/* of the rule, about its header or body */
	struct buf sections;	/* in its condition: macros, headers */
	struct buf unless;	/* titles of conditions, each in quotes */
	struct buf conditions;	/* sections of these */
	const char *reason;	/* why it cannot be carried over */
	const char *difference; /* why it is not the same */
};

static void
lose_alternative(struct milter_alternative *w, const char *reason)
{
	if (w->reason == NULL)
		w->reason = reason;
}

static void
set_difference(struct milter_alternative *w, const char *text)
{
	if (w->difference == NULL)
		w->difference = text;
}

/* The pattern in PCRE2, with its case; "" when it matches always. NULL: it cannot be. */
static const char *
translate_argument(struct milter_alternative *w, const char *pattern,
		   const struct term_arg *arg, bool caseless_option)
{
	unsigned flags =
		(arg->extended ? POSIX_EXTENDED : 0) | (arg->caseless ? POSIX_CASELESS : 0);
	struct arena *arena = w->m->c->arena;
	struct posix_facts facts;
	struct buf out = {0};
	const char *text = NULL;
	char why[256] = "";
	int r = posix_pattern_translate(pattern, flags, &out, &facts);

	if (r != -E2BIG && !posix_pattern_is_valid(pattern, flags, why, sizeof(why)))
		lose_alternative(w, arena_printf(arena, "'%s': %s", pattern, why));
	else if (r == 0)
		text = arena_printf(arena, "%s%s",
				    arg->caseless == caseless_option ? ""
				    : arg->caseless		     ? "(?i)"
								     : "(?-i)",
				    buf_string(&out));
	buf_free(&out);
	if (text == NULL || facts.backrefs || strstr(text, "${") != NULL ||
	    !regex_is_valid(text, 0, why, sizeof(why))) {
		lose_alternative(w, arena_printf(arena, "'%s' is no pattern here", pattern));
		return NULL;
	}
	if (facts.counts_octets)
		set_difference(w, "of text that is not ASCII milter-regex counts octets, "
				  "polymilter characters");
	return text;
}

/* The pattern of a value, of which there may be several: with the flag n it matches a value
 * that has not what is written. */
static const char *
translate_value(struct milter_alternative *w, const struct term_arg *arg)
{
	const char *p = translate_argument(w, arg->pattern, arg, false);

	return p == NULL || !arg->negated
		       ? p
		       : arena_printf(w->m->c->arena, "^(?!(?s:.*?)(?:%s))", p);
}

/* "^a$" holds for the whole alternative "^a|b$" only. */
static bool
has_alternatives(const struct term_arg *arg)
{
	return strchr(arg->pattern, '|') != NULL;
}

static const char *
translate_address(struct milter_alternative *w, const struct term_arg *arg)
{
	bool anchors = false;
	const char *pattern = address_pattern_strip(w->m->c->arena, arg->pattern, &anchors);
	bool cut = pattern != NULL && strcmp(pattern, arg->pattern) != 0;

	if (pattern == NULL ||
	    (cut && has_alternatives(arg) &&
	     !(pattern[0] == '^' && pattern[1] == '(' && strchr(pattern, ')') != NULL))) {
		lose_alternative(w, "its pattern has '<' or '>' amid the address, which has no "
				    "brackets here");
		return NULL;
	}
	if (anchors)
		set_difference(w, "'^' and '$' of milter-regex are about the address with its "
				  "brackets, which it does not have here");
	return translate_argument(w, pattern, arg, false);
}

/* The terms of one kind: patterns that match, and those that do not. */
struct term_patterns {
	const char *match[MILTER_REGEX_MAX_TERMS], *not_match[MILTER_REGEX_MAX_TERMS];
	size_t n, n_not;
};

static bool
collect_patterns(struct milter_alternative *w, enum term_kind kind, struct term_patterns *ret)
{
	*ret = (struct term_patterns){.n = 0};
	for (size_t i = 0; i < w->a->n; i++) {
		const struct term *t = &w->a->terms[i];
		const char *p;

		if (t->kind != kind)
			continue;
		p = kind == TERM_ENVFROM || kind == TERM_ENVRCPT
			    ? translate_address(w, &t->value)
			    : translate_value(w, &t->value);
		if (p == NULL)
			return false;
		if (t->negated)
			ret->not_match[ret->n_not++] = p;
		else
			ret->match[ret->n++] = p;
	}
	return ret->n + ret->n_not > 0;
}

/* One pattern that matches what all of them match. */
static const char *
join_patterns(struct arena *arena, const struct term_patterns *p)
{
	struct buf out = {0};

	if (p->n == 1)
		return p->match[0];
	buf_putc(&out, '^');
	for (size_t i = 0; i < p->n; i++)
		buf_printf(&out, "(?=.*?(?:%s))", p->match[i]);
	return buf_move_to_arena(&out, arena);
}

static void
put_pattern_lines(struct milter_alternative *w, enum term_kind kind, const char *option)
{
	struct term_patterns p;

	if (!collect_patterns(w, kind, &p))
		return;
	if (p.n > 0) {
		buf_printf(&w->lines, "\t\t%s = ", option);
		output_put_pattern(&w->lines, join_patterns(w->m->c->arena, &p));
		buf_putc(&w->lines, '\n');
	}
	for (size_t i = 0; i < p.n_not; i++) {
		if (i == 0)
			buf_printf(&w->lines, "\t\tnot_%s = { ", option);
		output_put_pattern(&w->lines, p.not_match[i]);
		buf_puts(&w->lines, i + 1 < p.n_not ? ", " : " }\n");
	}
}

/* A client's address is looked up in a table of patterns. */
static void
put_address_table(struct milter_alternative *w, bool in_condition)
{
	struct output *o = w->m->c->out;
	struct term_patterns p;
	struct output_file *f;
	const char *table;
	struct buf *out;

	if (!collect_patterns(w, TERM_ADDRESS, &p))
		return;
	if (in_condition) {
		lose_alternative(w, "a pattern for the client's address, with a header or the "
				    "body: write the networks as 'client'");
		return;
	}
	table = output_table_name(o, arena_printf(w->m->c->arena, "%s-address", w->title));
	f = output_add_file(o, table);
	out = &f->text;
	output_put_origin(out, "", w->m->source->path, w->rule->line);
	buf_puts(out, "/^");
	for (size_t i = 0; i < p.n; i++)
		buf_printf(out, "(?=.*?(?:%s))", p.match[i]);
	for (size_t i = 0; i < p.n_not; i++)
		buf_printf(out, "(?!.*?(?:%s))", p.not_match[i]);
	buf_puts(out, "/\n");
	output_add_table(o, table, "regex", "");
	buf_printf(&w->lines, "\t\ttable = \"%s\"  lookup = \"client\"\n", table);
}

/* The name that a pattern means, "Subject" of "^Subject$"; NULL: it is no plain name.
 * *ret_whole: it has both anchors. */
static const char *
find_plain_name(struct arena *arena, const char *pattern, bool *ret_whole)
{
	size_t len = strlen(pattern);
	bool begin = *pattern == '^', end = len > 0 && pattern[len - 1] == '$';
	size_t n = len - begin - (end && len > 1);

	*ret_whole = begin && end;
	if (n == 0 || n > len)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		char c = pattern[begin + i];

		if (!str_is_alnum(c) && strchr("_-{}", c) == NULL)
			return NULL;
	}
	return arena_strndup(arena, pattern + begin, n);
}

/* "match = ..." or "present = yes" of a header or a macro in a section. */
static void
put_value_lines(struct milter_alternative *w, const struct term *t, struct buf *out)
{
	const char *p;

	if (*t->value.pattern == '\0') {
		if (t->value.negated)
			lose_alternative(w,
					 "it can never hold: nothing is not matched by '//'");
		buf_puts(out, "present = yes");
		return;
	}
	p = translate_value(w, &t->value);
	if (p == NULL)
		return;
	buf_puts(out, "match = ");
	output_put_pattern(out, p);
}

/* The macros that milter-regex knows. */
static const char *const known_macros[] = {
	"{daemon_name}",
	"{if_name}",
	"{if_addr}",
	"j",
	"_",
	"{tls_version}",
	"{cipher}",
	"{cipher_bits}",
	"{cert_subject}",
	"{cert_issuer}",
	"{verify}",
	"i",
	"{auth_type}",
	"{auth_authen}",
	"{auth_ssf}",
	"{auth_author}",
	"{mail_mailer}",
	"{mail_host}",
	"{mail_addr}",
	"{rcpt_mailer}",
	"{rcpt_host}",
	"{rcpt_addr}",
};

/* The one macro that a pattern for names means. NULL: there is none, or there are several. */
static const char *
find_term_macro(struct milter_alternative *w, const struct term_arg *name)
{
	const char *pattern, *found = NULL, *plain;
	struct arena *arena = w->m->c->arena;
	bool whole;

	if (*name->pattern == '\0' || (pattern = translate_value(w, name)) == NULL)
		return NULL;
	for (size_t i = 0; i < sizeof(known_macros) / sizeof(known_macros[0]); i++) {
		if (!conversion_matches(arena, pattern, REGEX_DOTALL, known_macros[i]))
			continue;
		if (found != NULL)
			return NULL;
		found = known_macros[i];
	}
	plain = find_plain_name(arena, name->pattern, &whole);
	if (found != NULL || plain == NULL || name->negated)
		return found;
	set_difference(w, "milter-regex never looks at this macro");
	return strlen(plain) > 1 && *plain != '{' ? arena_printf(arena, "{%s}", plain) : plain;
}

/* A macro that the MTA did not send is empty there. So what holds for an empty value is asked
 * the other way round: the opposite does not hold for a macro that is there. */
static struct term
turn_macro(struct milter_alternative *w, struct term t)
{
	const char *p;

	if (*t.value.pattern == '\0') {
		set_difference(w, "with '//' milter-regex takes a macro for there that is not");
		return t;
	}
	p = translate_value(w, &t.value);
	if (p != NULL && conversion_matches(w->m->c->arena, p, REGEX_DOTALL, "")) {
		t.negated = !t.negated;
		t.value.negated = !t.value.negated;
	}
	return t;
}

static void
put_macro_section(struct milter_alternative *w, const struct term *t, struct buf *out)
{
	const char *name = find_term_macro(w, &t->name);

	if (name == NULL) {
		lose_alternative(w, "a pattern for the names of several macros, or of none");
		return;
	}
	buf_printf(out, "\tmacro \"%s\" { ", name);
	put_value_lines(w, t, out);
	buf_puts(out, " }\n");
}

/* header "Subject" { match = 'x' decode = no } */
static void
put_condition_section(struct milter_alternative *w, const struct term *t, struct buf *out)
{
	bool whole = false;
	const char *name = find_plain_name(w->m->c->arena, t->name.pattern, &whole);

	if (t->kind == TERM_MACRO) {
		put_macro_section(w, t, out);
		return;
	}
	if (name == NULL || t->name.negated) {
		lose_alternative(w, "a pattern for the names of headers, beside other terms: "
				    "name one");
		return;
	}
	if (!whole)
		set_difference(w, "polymilter asks about this header alone, milter-regex about "
				  "all whose names contain it");
	else if (!t->name.caseless)
		set_difference(w, "polymilter knows the name of the header in any case, "
				  "milter-regex as it is written");
	buf_printf(out, "\theader \"%s\" { ", name);
	put_value_lines(w, t, out);
	if (*t->value.pattern != '\0')
		buf_puts(out, "  decode = no");
	buf_puts(out, " }\n");
}

/* A condition of its own, for a term that must not hold. */
static void
put_negated_condition(struct milter_alternative *w, const struct term *t)
{
	const char *title =
		arena_printf(w->m->c->arena, "%s-%u", w->title, ++w->m->n_conditions);

	buf_printf(&w->conditions, "condition \"%s\" {\n", title);
	put_condition_section(w, t, &w->conditions);
	buf_puts(&w->conditions, "}\n");
	buf_printf(&w->unless, "%s\"%s\"", w->unless.len > 0 ? ", " : "", title);
}

/* The lines of a rule about the header that it is for. */
static void
put_header_lines(struct milter_alternative *w, const struct term *t)
{
	bool whole = false;
	const char *name = find_plain_name(w->m->c->arena, t->name.pattern, &whole), *pattern;

	if (t->name.negated) {
		lose_alternative(w, "a negated pattern for the names of headers");
		return;
	}
	if (name != NULL && whole && t->name.caseless) {
		buf_printf(&w->own, "\t\tname = \"%s\"\n", name);
	} else {
		pattern = *t->name.pattern != '\0'
				  ? translate_argument(w, t->name.pattern, &t->name, true)
				  : ".";
		if (pattern == NULL)
			return;
		buf_puts(&w->own, "\t\tname_match = ");
		output_put_pattern(&w->own, pattern);
		buf_putc(&w->own, '\n');
	}
	buf_puts(&w->own, "\t\t");
	put_value_lines(w, t, &w->own);
	buf_puts(&w->own, *t->value.pattern != '\0' ? "  decode = no\n" : "\n");
}

/* Macros, and all headers but the one that the rule is for. */
static void
put_sections(struct milter_alternative *w, const struct term *own)
{
	for (size_t i = 0; i < w->a->n; i++) {
		struct term t = w->a->terms[i];

		if ((t.kind != TERM_MACRO && t.kind != TERM_HEADER) || &w->a->terms[i] == own)
			continue;
		if (t.kind == TERM_MACRO)
			t = turn_macro(w, t);
		if (t.negated)
			put_negated_condition(w, &t);
		else
			put_condition_section(w, &t, &w->sections);
	}
}

static void
put_body_lines(struct milter_alternative *w)
{
	struct term_patterns p;

	if (!collect_patterns(w, TERM_BODY, &p))
		return;
	if (p.n != 1) {
		lose_alternative(w, p.n == 0 ? "it asks only for what the body has not"
					     : "it asks for several lines of the body");
		return;
	}
	buf_puts(&w->own, "\t\twhere = { \"raw\" }  match = ");
	output_put_pattern(&w->own, p.match[0]);
	buf_putc(&w->own, '\n');
	for (size_t i = 0; i < p.n_not; i++) {
		if (i == 0)
			buf_puts(&w->own, "\t\tnot_match = { ");
		output_put_pattern(&w->own, p.not_match[i]);
		buf_puts(&w->own, i + 1 < p.n_not ? ", " : " }\n");
	}
}

static bool
has_kind(const struct alternative *a, enum term_kind kind)
{
	for (size_t i = 0; i < a->n; i++)
		if (a->terms[i].kind == kind)
			return true;
	return false;
}

/* The header that a rule of the policy header is for: the first that must be there. */
static const struct term *
find_own_header(const struct alternative *a)
{
	for (size_t i = 0; i < a->n; i++)
		if (a->terms[i].kind == TERM_HEADER && !a->terms[i].negated)
			return &a->terms[i];
	return NULL;
}

static void
put_action(struct milter_alternative *w, struct buf *out)
{
	const struct milter_rule *rule = w->rule;
	bool reject = strcmp(rule->action, "reject") == 0;
	const char *text = rule->text;

	buf_printf(out, "\t\taction = \"%s\"\n", rule->action);
	if (!reject && strcmp(rule->action, "tempfail") != 0)
		return;
	if (text == NULL || *text == '\0')
		text = reject ? "Command rejected" : "Please try again later";
	buf_puts(out, "\t\treply = ");
	output_put_string(out, arena_printf(w->m->c->arena, "%s %s",
					    reject ? "554 5.7.1" : "451 4.7.1",
					    output_plain_text(w->m->c->arena, text)));
	buf_putc(out, '\n');
}

/* when and unless of the rule, and the condition that when names. in_condition: lines are not
 * for the rule itself. */
static void
put_milter_conditions(struct milter_alternative *w, bool in_condition, struct buf *out)
{
	struct buf *conf = &w->m->c->out->conf;

	buf_append(conf, w->conditions.data, w->conditions.len);
	if (w->sections.len > 0 || (in_condition && w->lines.len > 0)) {
		buf_printf(conf, "condition \"%s\" {\n", w->title);
		if (in_condition)
			buf_append(conf, w->lines.data, w->lines.len);
		buf_append(conf, w->sections.data, w->sections.len);
		buf_puts(conf, "}\n");
		buf_printf(out, "\t\twhen = { \"%s\" }\n", w->title);
	}
	if (w->unless.len > 0)
		buf_printf(out, "\t\tunless = { %s }\n", buf_string(&w->unless));
}

/* Where the rule goes. */
static struct buf *
find_rules(struct milter_import *m, const struct alternative *a)
{
	unsigned stage = 0;

	if (has_kind(a, TERM_BODY))
		return &m->content;
	if (has_kind(a, TERM_HEADER))
		return &m->header;
	for (size_t i = 0; i < a->n; i++) {
		unsigned of_term = a->terms[i].kind <= TERM_ADDRESS   ? 0
				   : a->terms[i].kind == TERM_HELO    ? 1
				   : a->terms[i].kind == TERM_ENVRCPT ? 3
								      : 2;

		stage = of_term > stage ? of_term : stage;
	}
	return &m->access[stage];
}

static bool
is_action(const struct milter_rule *rule, const char *action)
{
	return strcmp(rule->action, action) == 0;
}

/* What is done otherwise whatever the patterns are. */
static void
note_difference(struct milter_alternative *w, bool in_condition)
{
	bool recipients = has_kind(w->a, TERM_ENVRCPT);

	if (recipients && in_condition)
		set_difference(w, "of several recipients milter-regex asks about the last one, "
				  "polymilter about each");
	else if (recipients && is_action(w->rule, "discard"))
		set_difference(w, "milter-regex discards the message for all its recipients, "
				  "polymilter for this one");
	else if (recipients && is_action(w->rule, "accept"))
		set_difference(w, "milter-regex does not ask about the recipients behind this "
				  "one, polymilter does");
	if (w->m->has_other_actions && is_action(w->rule, "quarantine"))
		set_difference(w, "behind it milter-regex asks only the rules in front of it, "
				  "polymilter those of later stages");
}

/* Fills the buffers of an alternative. */
static void
read_alternative(struct milter_alternative *w, bool in_condition)
{
	bool body = has_kind(w->a, TERM_BODY);
	const struct term *own = body ? NULL : find_own_header(w->a);

	put_pattern_lines(w, TERM_HOST, "client_name");
	put_address_table(w, in_condition);
	put_pattern_lines(w, TERM_HELO, "helo");
	put_pattern_lines(w, TERM_ENVFROM, "sender_match");
	put_pattern_lines(w, TERM_ENVRCPT, "recipient_match");
	put_sections(w, own);
	if (body)
		put_body_lines(w);
	else if (own != NULL)
		put_header_lines(w, own);
	else if (has_kind(w->a, TERM_HEADER))
		buf_puts(&w->own, "\t\tname_match = '.'  present = yes\n");
	note_difference(w, in_condition);
}

static void
add_action(struct rule_actions *actions, const char *action)
{
	if (actions->first == NULL)
		actions->first = action;
	actions->several |= strcmp(actions->first, action) != 0;
}

static void
put_rule(struct milter_alternative *w, bool in_condition)
{
	struct buf *out = find_rules(w->m, w->a);

	if (out == &w->m->header)
		add_action(&w->m->header_actions, w->rule->action);
	else if (out == &w->m->content)
		add_action(&w->m->content_actions, w->rule->action);

	if (w->difference != NULL)
		output_put_reason(out, "\t", OUTCOME_DIFFERS, w->m->source->path, w->rule->line,
				  w->difference, NULL);
	else
		output_put_origin(out, "\t", w->m->source->path, w->rule->line);
	buf_printf(out, "\trule \"%s\" {\n", w->title);
	if (!in_condition)
		buf_append(out, w->lines.data, w->lines.len);
	buf_append(out, w->own.data, w->own.len);
	put_milter_conditions(w, in_condition, out);
	put_action(w, out);
	buf_puts(out, "\t}\n");
}

/* One alternative of a rule. Its outcome, with *ret_reason. */
static enum outcome
convert_alternative(struct milter_import *m, const struct milter_rule *rule, size_t index,
		    const char **ret_reason)
{
	struct milter_alternative w = {.m = m, .rule = rule, .a = &rule->alternatives[index]};
	bool in_condition = has_kind(w.a, TERM_BODY) || has_kind(w.a, TERM_HEADER);
	enum outcome outcome = OUTCOME_EXACT;

	w.title = arena_printf(m->c->arena, index > 0 ? "line-%u-%zu" : "line-%u", rule->line,
			       index + 1);
	read_alternative(&w, in_condition);
	if (w.reason != NULL) {
		outcome = OUTCOME_LEFT_OUT;
		*ret_reason = w.reason;
	} else {
		put_rule(&w, in_condition);
		if (w.difference != NULL)
			outcome = OUTCOME_DIFFERS;
		*ret_reason = w.difference;
	}
	buf_free(&w.lines);
	buf_free(&w.own);
	buf_free(&w.sections);
	buf_free(&w.unless);
	buf_free(&w.conditions);
	return outcome;
}

static void
report_rule(struct milter_import *m, const struct milter_rule *rule, enum outcome outcome,
	    const char *reason)
{
	report_line(&m->c->out->report, outcome, m->source->path, rule->line, reason);
	if (outcome == OUTCOME_LEFT_OUT)
		output_put_reason(&m->c->out->conf, "", outcome, m->source->path, rule->line,
				  reason, rule->written);
}

static void
convert_milter_rule(struct milter_import *m, const struct milter_rule *rule)
{
	enum outcome outcome = OUTCOME_EXACT;
	const char *reason = NULL;

	if (rule->reason != NULL) {
		report_rule(m, rule, OUTCOME_LEFT_OUT,
			    arena_printf(m->c->arena, "%s; the file is not read from here on",
					 rule->reason));
		return;
	}
	for (size_t i = 0; i < rule->n; i++) {
		const char *why = NULL;
		enum outcome one = convert_alternative(m, rule, i, &why);

		if (one > outcome) {
			outcome = one;
			reason = why;
		}
	}
	if (rule->mixed && outcome < OUTCOME_DIFFERS) {
		outcome = OUTCOME_DIFFERS;
		reason = "'and' and 'or' without parentheses: read as a and (b or c)";
	}
	report_rule(m, rule, outcome, reason);
}

static void
put_milter_policy(struct milter_import *m, const char *kind, const char *wanted,
		  const struct buf *rules, size_t n)
{
	struct buf *conf = &m->c->out->conf;
	size_t len = 0;

	for (size_t i = 0; i < n; i++)
		len += rules[i].len;
	if (len == 0)
		return;
	buf_printf(conf, "%s \"%s\" {\n", kind, output_add_policy(m->c->out, wanted));
	for (size_t i = 0; i < n; i++)
		buf_append(conf, rules[i].data, rules[i].len);
	buf_puts(conf, "}\n");
}

void
convert_milter_regex(struct conversion *c, const struct setting *s)
{
	struct milter_import m = {.c = c, .setting = s};
	struct source source;
	const struct milter_rule *rules;
	char why[256] = "";
	size_t n = 0;

	if (source_load(c->arena, s->value, &source, why, sizeof(why)) < 0) {
		conversion_error(c, s, "%s: %s", s->value, why);
		return;
	}
	m.source = &source;
	buf_putc(&c->out->conf, '\n');
	rules = milter_regex_read(c->arena, &source, &n);
	for (size_t i = 0; i < n; i++)
		m.has_other_actions |=
			rules[i].action != NULL && !is_action(&rules[i], "quarantine");
	for (size_t i = 0; i < n; i++)
		convert_milter_rule(&m, &rules[i]);
	if (m.header_actions.several || m.content_actions.several)
		conversion_note(c, s, OUTCOME_DIFFERS,
				"%s: of rules about headers, or about the body, with several "
				"actions milter-regex takes the one whose header or line comes "
				"first in the message, polymilter the first rule",
				s->value);
	put_milter_policy(&m, "access", "milter_regex", m.access, N_STAGES);
	put_milter_policy(&m, "header", "milter_regex-header", &m.header, 1);
	put_milter_policy(&m, "content", "milter_regex-body", &m.content, 1);
	for (unsigned i = 0; i < N_STAGES; i++)
		buf_free(&m.access[i]);
	buf_free(&m.header);
	buf_free(&m.content);
}
