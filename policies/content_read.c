/* Reads the section of the policy "content": its rules, the phrases of all of them in one
 * automaton, and what they need of the message and of the MTA. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "charset/normalize.h"
#include "match/literal.h"
#include "policies/content.h"
#include "util/str.h"

#define MAX_MIN 1000u

/* The placeholders of a rule's value and reply. */
#define CONTENT_PLACEHOLDERS                                                                   \
	(PLACEHOLDER_BIT(PLACEHOLDER_ID) | PLACEHOLDER_BIT(PLACEHOLDER_SENDER) |               \
	 PLACEHOLDER_BIT(PLACEHOLDER_CLIENT) | PLACEHOLDER_BIT(PLACEHOLDER_POLICY) |           \
	 PLACEHOLDER_BIT(PLACEHOLDER_RULE) | PLACEHOLDER_BIT(PLACEHOLDER_MATCH) |              \
	 PLACEHOLDERS_FOUND)

static const char *const content_action_words[] = {
	"reject", "tempfail", "discard", "accept", "quarantine", "log",
	"pass",	  "redirect", "add",	 "insert", "set",	 NULL};

static const struct option_also content_where_also[] = {
	{"text", "body displayed message plain html"},
	{"text-files", "files attachments attached text_files"},
	{"raw", "rawbody lines undecoded body_checks full"},
	{.word = NULL},
};

static const struct option content_rule_options[] = {
	{"match", OPTION_REGEXES, .help = "a paragraph matches one of these",
	 .also = "regex regexp pattern patterns re contains matches body"},
	{"not_match", OPTION_REGEXES, .help = "no paragraph matches one of these",
	 .also = "not_regex not_pattern not_contains unless_match"},
	{"table", OPTION_STRING,
	 .help = "a regex table in place of match; its values are replies or their texts, or "
		 "actions",
	 .also = "map lookup list body_checks"},
	{"phrase", OPTION_LIST, .help = "one of these phrases is in the text, as whole words",
	 .also = "phrases words word keywords keyword SubjectOrBodyContainsWords strings"},
	{"url_domain", OPTION_LIST, .help = "a link leads to one of these domains",
	 .also = "url urls link links host hosts uri domain link_domain url_host"},
	{"min", OPTION_COUNT, "1", .unwritten = true,
	 .help = "so many different paragraphs, phrases or hosts hit, at least",
	 .also = "at_least minimum count threshold more_than"},
	{"where", OPTION_LIST, .words = content_where_words, .words_also = content_where_also,
	 .help = "the text that is displayed (the default), that of attached files, or the "
		 "lines of the body as they are",
	 .also = "in scope source part parts"},
	{"normalize", OPTION_BOOL, "yes", .unwritten = true,
	 .help = "search the text in lower case, without invisible characters, and the like",
	 .also = "fold normalise case_insensitive nocase"},
	{"backrefs", OPTION_BOOL, "no", .unwritten = true,
	 .help = "the patterns may have back-references"},
	{"", OPTION_INCLUDE, .options = policy_rule_options},
	{"action", OPTION_WORD, .words = content_action_words,
	 .words_also = option_actions_also,
	 .help = "what is done when all lines hold; required unless a table has actions",
	 .also = "verdict do then result"},
	{"", OPTION_INCLUDE, .options = policy_action_options},
	{.name = NULL},
};

const struct option content_options[] = {
	{"reply", OPTION_STRING, .help = "reply of the rules that refuse and do not set it",
	 .also = "message reason response error"},
	{"max_text", OPTION_SIZE, "1M", .help = "so much text is searched at most",
	 .also = "max_size limit max_bytes text_limit body_checks_size_limit max_body"},
	{"rule", OPTION_SECTION, .options = content_rule_options,
	 .help = "what to look for and what to do; applied in order",
	 .also = "rules check match body_check block words"},
	{.name = NULL},
};

/* ---- phrases ---- */

/* The phrases of all rules, while they are read. */
struct phrase_list {
	struct arena *arena; /* the configuration's */
	struct phrase *phrase;
	const char **written;
	size_t n, cap, cap_written;
};

struct content_reader {
	struct policy_setup *setup;
	struct arena *arena;
	struct content_conf *conf;
	struct phrase_list phrases[CONTENT_FORMS];
};

/* written: NULL: it is a literal of a pattern. */
static void
append_phrase(struct phrase_list *list, const struct phrase *phrase, const char *written)
{
	list->phrase = arena_grow(list->arena, list->phrase, list->n, &list->cap,
				  sizeof(*list->phrase));
	list->written = arena_grow(list->arena, list->written, list->n, &list->cap_written,
				   sizeof(*list->written));
	list->phrase[list->n] = *phrase;
	list->written[list->n++] = written;
}

/* Adds a phrase in the form in which texts are searched. NULL, or a fault. */
static const char *
add_phrase(struct phrase_list *list, enum content_form form, const char *text)
{
	struct buf b = {0};
	struct phrase phrase = {.inside = false};

	if (!str_is_utf8(text, strlen(text)))
		return "it is not UTF-8";
	if (form == FORM_NORMALIZED)
		(void)normalize_text(text, strlen(text), &b);
	else
		buf_puts(&b, text);
	if (b.len == 0) {
		buf_free(&b);
		return "nothing is left of it that could be found";
	}
	phrase.len = b.len;
	phrase.text = buf_move_to_arena(&b, list->arena);
	append_phrase(list, &phrase, text);
	return NULL;
}

struct phrase_table {
	struct phrase_list *list;
	enum content_form form;
	bool whole;
};

static enum entry_fault
add_phrase_of_table(void *ctx, const char *key, const char *value, char *why, size_t size)
{
	const struct phrase_table *t = ctx;
	const char *fault;

	if (!t->whole && *value != '\0') {
		snprintf(why, size,
			 "'%.100s' has a value: with phrases = yes in the table each line is "
			 "a phrase",
			 key);
		return ENTRY_WRONG;
	}
	fault = add_phrase(t->list, t->form, key);
	if (fault == NULL)
		return ENTRY_FITS;
	snprintf(why, size, "the phrase '%.100s': %s", key, fault);
	return ENTRY_WRONG;
}

static int
read_table_of_phrases(struct content_reader *r, const struct section *s, size_t item,
		      const char *name, enum content_form form)
{
	const struct table *t = policy_setup_table(r->setup, s, "phrase", name);
	struct phrase_table p = {&r->phrases[form], form, false};

	if (t == NULL)
		return -EINVAL;
	if (table_type(t) != TABLE_INLINE && table_type(t) != TABLE_TEXT)
		return section_error_item(s, "phrase", item,
					  "phrase: table '%s' has no phrases: its type is not "
					  "inline or text",
					  table_name(t));
	p.whole = table_has_phrases(t);
	return table_check_entries(t, add_phrase_of_table, &p);
}

static int
read_phrases(struct content_reader *r, const struct section *s, struct content_rule *rule)
{
	struct phrase_list *list = &r->phrases[rule->form];
	const char *const *text = NULL;
	size_t n = section_list(s, "phrase", &text), first = list->n;
	uint32_t *numbers;
	int result = 0;

	for (size_t i = 0; i < n; i++) {
		const char *table = table_reference(text[i]), *fault;

		if (table != NULL) {
			result |= read_table_of_phrases(r, s, i, table, rule->form);
			continue;
		}
		fault = add_phrase(list, rule->form, text[i]);
		if (fault != NULL)
			result = section_error_item(s, "phrase", i, "phrase: '%s': %s", text[i],
						    fault);
	}
	rule->n_phrases = list->n - first;
	numbers = arena_alloc(r->arena, (rule->n_phrases + 1) * sizeof(*numbers));
	for (size_t i = 0; i < rule->n_phrases; i++)
		numbers[i] = (uint32_t)(first + i);
	rule->phrases = numbers;
	return result;
}

static int
compare_read_numbers(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* ---- literals ---- */

/* The pattern of an option, or of a row; NULL: there is no text in all that the row fits. */
static const struct regex *
get_filtered_pattern(const struct content_patterns *p, size_t i)
{
	bool negated = false;
	const struct regex *re =
		p->table == NULL ? p->written.re[i] : table_row_pattern(p->table, i, &negated);

	return negated ? NULL : re;
}

static struct content_literal
add_one_literal(struct content_reader *r, enum content_form form, const struct regex *re)
{
	struct content_literal literal = {.form = form, .phrase = NO_LITERAL};
	struct phrase phrase = {.inside = true};
	bool nocase;

	if (re != NULL)
		phrase.text = regex_find_literal(r->arena, re, &nocase);
	if (phrase.text == NULL)
		return literal;
	if (nocase && form == FORM_AS_IS)
		literal.form = FORM_LOWER;
	literal.phrase = (uint32_t)r->phrases[literal.form].n;
	phrase.len = strlen(phrase.text);
	append_phrase(&r->phrases[literal.form], &phrase, NULL);
	return literal;
}

static void
add_literals(struct content_reader *r, enum content_form form, struct content_patterns *p)
{
	struct content_literal *literal;

	p->n = p->table == NULL ? p->written.n : table_count_rows(p->table);
	literal = arena_alloc(r->arena, (p->n + 1) * sizeof(*literal));
	for (size_t i = 0; i < p->n; i++)
		literal[i] = add_one_literal(r, form, get_filtered_pattern(p, i));
	p->literal = literal;
}

/* ---- the automata ---- */

/* Of equal phrases hits have the number of one. */
static uint32_t
find_phrase_number(const struct content_reader *r, enum content_form form, uint32_t number)
{
	const struct phrase *p = &r->phrases[form].phrase[number];

	return (uint32_t)phrases_find(r->conf->phrases[form].automaton, p->text, p->len);
}

static void
renumber_literals(const struct content_reader *r, struct content_patterns *p)
{
	struct content_literal *literal = arena_alloc(r->arena, (p->n + 1) * sizeof(*literal));

	for (size_t i = 0; i < p->n; i++) {
		literal[i] = p->literal[i];
		if (literal[i].phrase != NO_LITERAL)
			literal[i].phrase =
				find_phrase_number(r, literal[i].form, literal[i].phrase);
	}
	p->literal = literal;
}

static void
renumber_phrases(const struct content_reader *r, struct content_rule *rule)
{
	uint32_t *numbers = arena_alloc(r->arena, rule->n_phrases * sizeof(*numbers));
	const char **written = r->phrases[rule->form].written;

	for (size_t i = 0; i < rule->n_phrases; i++) {
		numbers[i] = find_phrase_number(r, rule->form, rule->phrases[i]);
		if (written[numbers[i]] == NULL) /* it is a literal, too */
			written[numbers[i]] = written[rule->phrases[i]];
	}
	qsort(numbers, rule->n_phrases, sizeof(*numbers), compare_read_numbers);
	rule->phrases = numbers;
}

static int
build_automata(struct content_reader *r, const struct section *s, struct content_rule *rules)
{
	for (unsigned i = 0; i < CONTENT_FORMS; i++) {
		const struct phrase_list *list = &r->phrases[i];
		struct content_phrases *all = &r->conf->phrases[i];

		if (list->n == 0)
			continue;
		all->automaton = phrases_build(r->arena, list->phrase, list->n);
		all->written = list->written;
		all->n = list->n;
		if (all->automaton == NULL)
			return section_error(s, NULL, "the phrases are larger than 1 GiB");
	}
	for (size_t i = 0; i < r->conf->n; i++) {
		renumber_phrases(r, &rules[i]);
		renumber_literals(r, &rules[i].match);
		renumber_literals(r, &rules[i].not_match);
	}
	return 0;
}

/* ---- what is searched ---- */

static int
read_where(const struct section *s, struct content_rule *rule)
{
	const char *const *words = NULL;
	size_t n = section_list(s, "where", &words);
	bool normalized;

	for (size_t i = 0; i < n; i++)
		rule->where |= 1u << option_word_index(content_where_words, words[i]);
	if (n == 0)
		rule->where = 1u << CONTENT_TEXT;
	normalized = section_has(s, "normalize") ? section_bool(s, "normalize")
						 : rule->where != 1u << CONTENT_RAW;
	rule->form = normalized ? FORM_NORMALIZED : FORM_AS_IS;
	if ((rule->where & 1u << CONTENT_RAW) != 0 && rule->where != 1u << CONTENT_RAW)
		return section_error(s, "where",
				     "where: \"raw\" goes with no other: its rules are not "
				     "normalized");
	return 0;
}

static int
read_content_table(struct content_reader *r, const struct section *s, struct content_rule *rule)
{
	const struct table *t;

	if (!section_has(s, "table"))
		return 0;
	t = policy_setup_table(r->setup, s, "table", section_string(s, "table"));
	if (t == NULL)
		return -EINVAL;
	if (table_type(t) != TABLE_REGEX)
		return section_error(s, "table",
				     "table '%s' is not of type regex; texts go into 'phrase'",
				     table_name(t));
	rule->match.table = t;
	if (section_has(s, "match"))
		return section_error(s, "table", "'match' or 'table', not both");
	return 0;
}

static int
read_lines(struct content_reader *r, const struct section *s, struct content_rule *rule)
{
	bool backrefs = section_bool(s, "backrefs");
	int result = read_where(s, rule);

	result |= patterns_read(r->arena, s, "match", backrefs, &rule->match.written);
	result |= patterns_read(r->arena, s, "not_match", backrefs, &rule->not_match.written);
	result |= read_content_table(r, s, rule);
	result |= read_phrases(r, s, rule);
	add_literals(r, rule->form, &rule->match);
	add_literals(r, rule->form, &rule->not_match);
	rule->has_hosts = section_has(s, "url_domain");
	result |= domain_list_read(r->arena, s, "url_domain", policy_setup_tables(r->setup),
				   &rule->hosts);
	r->conf->wants_links |= rule->has_hosts;
	rule->min = section_number(s, "min");
	if (rule->form == FORM_NORMALIZED) {
		patterns_check_normalized(s, "match");
		patterns_check_normalized(s, "not_match");
	}
	return result;
}

static int
check_content_lines(const struct section *s, const struct content_rule *rule)
{
	bool counts = section_has(s, "match") || section_has(s, "phrase") || rule->has_hosts ||
		      (rule->match.table != NULL && !table_has_actions(rule->match.table));

	if (!counts && !section_has(s, "not_match") && !section_has(s, "table"))
		return section_error(s, NULL,
				     "a rule needs 'match', 'not_match', 'table', 'phrase' or "
				     "'url_domain'");
	if (section_has(s, "min") && !counts)
		return section_error(s, "min", "'min' has no effect: nothing is counted");
	if (rule->min == 0 || rule->min > MAX_MIN)
		return section_error(s, "min", "'min' is from 1 to %u", MAX_MIN);
	if (section_has(s, "backrefs") && !section_has(s, "match") &&
	    !section_has(s, "not_match"))
		return section_error(s, "backrefs", "'backrefs' needs a pattern");
	return 0;
}

/* ---- what is done ---- */

static int
read_content_action(struct content_reader *r, const struct section *s,
		    struct content_rule *rule)
{
	const struct policy_action_form form = {
		.words = content_action_words,
		.allowed = CONTENT_PLACEHOLDERS,
		.groups = !section_has(s, "match")     ? VALUE_NO_GROUPS
			  : rule->match.written.n == 0 ? (int)REGEX_MAX_GROUPS
						       : (int)rule->match.written.groups,
	};
	int result;

	if (section_string(s, "action") == NULL)
		return policy_action_refuse_missing(s);
	result = policy_action_read(r->setup, s, &form, &rule->action);
	rule->action.place = HEADER_BELOW;
	if (result < 0 || rule->match.table == NULL)
		return result;
	return action_table_read_replies(r->setup, rule->match.table, &rule->action,
					 CONTENT_PLACEHOLDERS, &rule->rows);
}

static int
read_content_rule(struct content_reader *r, const struct section *s, struct content_rule *rule)
{
	int result;

	rule->rule = policy_setup_rule(r->setup, s);
	result = read_lines(r, s, rule);
	if (rule->match.table != NULL && table_has_actions(rule->match.table))
		result |= action_table_read_rows(r->setup, s, rule->match.table, ROW_ACTIONS,
						 CONTENT_PLACEHOLDERS, &rule->rows);
	else
		result |= read_content_action(r, s, rule);
	result |= check_content_lines(s, rule);
	return result < 0 ? -EINVAL : 0;
}

static void
add_content_need(struct policy_need *need, const struct content_rule *rule)
{
	if (rule->rule->mode != MODE_OFF)
		action_table_add_need(&rule->rows, rule->rule, &rule->action, need);
}

int
content_configure(struct policy_setup *setup, const struct section *section,
		  struct policy_need *need, const void **ret_conf)
{
	struct arena *arena = policy_setup_arena(setup);
	struct content_conf *conf = arena_zalloc(arena, sizeof(*conf));
	struct content_reader r = {.setup = setup, .arena = arena, .conf = conf};
	const struct section *const *sections;
	struct content_rule *rules;
	int result = 0;

	conf->n = section_sections(section, "rule", &sections);
	conf->max_text = (size_t)section_number(section, "max_text");
	rules = arena_zalloc(arena, conf->n * sizeof(*rules));
	conf->rules = rules;
	for (unsigned i = 0; i < CONTENT_FORMS; i++)
		r.phrases[i].arena = arena;
	if (conf->n == 0)
		return section_error(section, NULL, "content %s has no rule",
				     section_title(section));
	need->reads = PART_HEADERS | PART_BODY;
	need->message = STAGE_EOM;
	if (reply_check_shared(arena, section, "rule", CONTENT_PLACEHOLDERS) < 0)
		result = -EINVAL;
	for (size_t i = 0; i < conf->n; i++) {
		if (read_content_rule(&r, sections[i], &rules[i]) < 0)
			result = -EINVAL;
		else
			add_content_need(need, &rules[i]);
	}
	if (result == 0)
		result = build_automata(&r, section, rules);
	*ret_conf = conf;
	return result;
}
