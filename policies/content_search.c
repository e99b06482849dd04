/* Searches the texts of a message for what a rule names: patterns paragraph by paragraph, all
 * phrases of all rules in one pass, the hosts of links. */
#include "policies/content.h"

#include <stdlib.h>
#include <string.h>

#include "match/literal.h"

#define WINDOW_BYTES  REGEX_MAX_SUBJECT
#define OVERLAP_BYTES 512u

/* ---- texts ---- */

static void
note_text(struct policy_call *c, const struct message_text *t)
{
	if (t->cut)
		policy_note_once(c, "cut", "content");
	if (t->unknown_charset)
		policy_note_once(c, "charset", "unknown");
	if (t->encrypted)
		policy_note_once(c, "content", "encrypted");
}

static const struct message_text *
read_text(struct content_search *s, enum content_where where, enum content_form form)
{
	const struct text_wish wish = {.where = where,
				       .normalized = form == FORM_NORMALIZED,
				       .links = s->conf->wants_links,
				       .max = s->conf->max_text};
	const struct message_text *t = content_message_text(
		policy_message(s->call), policy_content_limits(s->call), &wish);

	if (t == NULL)
		(void)policy_fail(s->call, "the body was not kept");
	else
		note_text(s->call, t);
	return t;
}

static const struct message_text *
make_lower_text(struct content_search *s, enum content_where where)
{
	const struct searched_text *from = content_get_text(s, where, FORM_AS_IS);
	struct message_text *t;
	struct buf data = {0};

	if (from == NULL)
		return NULL;
	t = arena_dup(policy_arena(s->call), from->text, sizeof(*t));
	literal_fold_case(from->text->data, from->text->len, &data);
	t->len = data.len;
	t->data = buf_move_to_arena(&data, policy_arena(s->call));
	return t;
}

struct searched_text *
content_get_text(struct content_search *s, enum content_where where, enum content_form form)
{
	struct searched_text *t = &s->texts[where][form];

	if (t->text == NULL)
		t->text = form == FORM_LOWER ? make_lower_text(s, where)
					     : read_text(s, where, form);
	return t->text == NULL ? NULL : t;
}

/* ---- windows ---- */

/* The place for a cut in s, from `from` to `to`: behind the last blank, else in front of a
 * character. */
static size_t
find_window_cut(const char *s, size_t from, size_t to)
{
	const char *blank = memrchr(s + from, ' ', to - from);

	if (blank != NULL)
		return (size_t)(blank - s) + 1;
	while (to > from && ((unsigned char)s[to] & 0xc0) == 0x80)
		to--;
	return to;
}

/* Matches a paragraph in windows, which overlap. try() returns 1, 0, or a negative result of
 * regex_match(), which ends the search. */
typedef int window_try(void *ctx, const struct match_context *match, const char *s, size_t len);

static int
try_windows(struct policy_call *c, const struct text_paragraph *p, window_try *try, void *ctx)
{
	struct match_context match = policy_match_context(c);
	size_t from = 0;

	while (p->len - from > WINDOW_BYTES) {
		size_t most = from + WINDOW_BYTES;
		size_t to = find_window_cut(p->s, most - OVERLAP_BYTES / 2, most);
		int r;

		match.cut = REGEX_CUT_END | (from > 0 ? REGEX_CUT_BEGIN : 0);
		r = try(ctx, &match, p->s + from, to - from);
		if (r != 0)
			return r;
		from = find_window_cut(p->s, to - 2 * OVERLAP_BYTES, to - OVERLAP_BYTES);
	}
	match.cut = from > 0 ? REGEX_CUT_BEGIN : 0;
	return try(ctx, &match, p->s + from, p->len - from);
}

/* ---- phrases ---- */

struct phrase_collector {
	unsigned char *seen, *whole; /* a bit for each phrase */
	struct arena *arena;
	struct phrase_hit *hit;
	size_t n, cap;
};

static bool
collect_phrase(void *ctx, size_t phrase, size_t from, size_t to, bool whole)
{
	struct phrase_collector *c = ctx;
	unsigned char bit = (unsigned char)(1u << phrase % 8);

	(void)to;
	c->seen[phrase / 8] |= bit;
	if (!whole || (c->whole[phrase / 8] & bit) != 0)
		return true;
	c->whole[phrase / 8] |= bit;
	c->hit = arena_grow(c->arena, c->hit, c->n, &c->cap, sizeof(*c->hit));
	c->hit[c->n++] = (struct phrase_hit){(uint32_t)phrase, from};
	return true;
}

static void
find_phrases(struct content_search *s, struct searched_text *t, enum content_form form)
{
	const struct content_phrases *all = &s->conf->phrases[form];
	struct arena *arena = policy_arena(s->call);
	struct phrase_collector c = {.arena = arena};

	if (t->phrases_known || all->automaton == NULL)
		return;
	c.seen = arena_zalloc(arena, all->n / 8 + 1);
	c.whole = arena_zalloc(arena, all->n / 8 + 1);
	phrases_search(all->automaton, t->text->data, t->text->len, collect_phrase, &c);
	t->phrase = c.hit;
	t->n_phrases = c.n;
	t->seen = c.seen;
	t->phrases_known = true;
}

/* ---- patterns ---- */

static bool
may_match(struct content_search *s, const struct content_literal *literal,
	  enum content_where where, bool *ret)
{
	struct searched_text *t;

	*ret = literal->phrase == NO_LITERAL;
	if (*ret)
		return true;
	t = content_get_text(s, where, literal->form);
	if (t == NULL)
		return false;
	find_phrases(s, t, literal->form);
	*ret = (t->seen[literal->phrase / 8] & 1u << literal->phrase % 8) != 0;
	return true;
}

bool
content_choose_patterns(struct content_search *s, const struct content_patterns *patterns,
			enum content_where where, struct pattern_choice *ret)
{
	uint32_t *place =
		arena_alloc(policy_arena(s->call), (patterns->n + 1) * sizeof(*place));
	size_t n = 0;

	for (size_t i = 0; i < patterns->n; i++) {
		bool may;

		if (!may_match(s, &patterns->literal[i], where, &may))
			return false;
		if (may)
			place[n++] = (uint32_t)i;
	}
	*ret = (struct pattern_choice){.of = patterns, .place = place, .n = n};
	return true;
}

/* One search for the patterns, or for the rows, in a paragraph. */
struct pattern_try {
	const struct pattern_choice *choice;
	const struct regex *failed; /* of the patterns */
	struct table_hit row;
	struct regex_groups groups;
};

static int
try_patterns(void *ctx, const struct match_context *match, const char *s, size_t len)
{
	struct pattern_try *t = ctx;
	const struct pattern_choice *choice = t->choice;
	int r = 0;

	if (choice->of->table != NULL)
		return table_find_rule_among(choice->of->table, choice->place, choice->n, match,
					     s, len, &t->row, &t->groups);
	for (size_t i = 0; i < choice->n && r == 0; i++) {
		t->failed = choice->of->written.re[choice->place[i]];
		r = regex_match_piece(t->failed, match, s, len, &t->groups);
	}
	return r;
}

/* The text that matched, or NULL. */
static const char *
copy_match(struct policy_call *c, const struct regex_groups *g)
{
	if (g->n == 0 || g->start[0] >= g->end[0])
		return NULL;
	return arena_strndup(policy_arena(c), g->subject + g->start[0],
			     g->end[0] - g->start[0]);
}

int
content_match_paragraph(struct content_search *s, const struct pattern_choice *patterns,
			const struct text_paragraph *p, struct content_finding *ret)
{
	const struct table *table = patterns->of->table;
	struct pattern_try t = {.choice = patterns};
	int r = try_windows(s->call, p, try_patterns, &t);

	if (r < 0 && table == NULL)
		(void)policy_regex_failed(s->call, t.failed, r);
	else if (r < 0)
		(void)policy_fail(s->call, "table %s: a pattern %s", table_name(table),
				  regex_failure_text(r));
	if (r <= 0)
		return r;
	if (table != NULL)
		ret->row = arena_dup(policy_arena(s->call), &t.row, sizeof(t.row));
	ret->groups = t.groups;
	ret->match = copy_match(s->call, &ret->groups);
	return r;
}

/* The different paragraphs that have hit, up to the number that is wanted: the same text as
 * HTML and as plain text is one, and so is a paragraph with and without its hidden text. */
struct paragraph_count {
	struct text_paragraph *hit;
	size_t n;
	bool last_hit; /* the paragraph in front of this one */
};

static bool
is_counted_paragraph(const struct paragraph_count *count, const struct text_paragraph *p)
{
	for (size_t i = 0; i < count->n; i++)
		if (count->hit[i].len == p->len && memcmp(count->hit[i].s, p->s, p->len) == 0)
			return true;
	return false;
}

/* Searches one text until `min` paragraphs have hit. *found is that of the first. */
static int
match_text(struct content_search *s, const struct content_rule *rule,
	   const struct content_patterns *wanted, enum content_where where, size_t min,
	   struct paragraph_count *count, struct content_finding *found)
{
	struct searched_text *t = content_get_text(s, where, rule->form);
	struct pattern_choice patterns;
	struct text_paragraph p;
	size_t at = 0, begin = 0;

	if (t == NULL || !content_choose_patterns(s, wanted, where, &patterns))
		return -1;
	count->last_hit = false;
	for (; patterns.n > 0 && count->n < min && message_text_next(t->text, &at, &p);
	     begin = at) {
		struct content_finding f = {.where = where, .at = begin, .text = t->text};
		int r;

		if (p.shown && count->last_hit)
			continue;
		r = content_match_paragraph(s, &patterns, &p, &f);
		if (r < 0)
			return r;
		count->last_hit = r > 0;
		if (r == 0 || (min > 1 && is_counted_paragraph(count, &p)))
			continue;
		if (count->n == 0)
			*found = f;
		count->hit[count->n++] = p;
	}
	return 0;
}

/* Do `min` paragraphs of all texts of the rule match? */
static int
match_texts(struct content_search *s, const struct content_rule *rule,
	    const struct content_patterns *patterns, size_t min, struct content_finding *ret)
{
	struct paragraph_count count = {
		.hit = arena_alloc(policy_arena(s->call), min * sizeof(*count.hit))};

	for (enum content_where w = 0; w < CONTENT_WHERES && count.n < min; w++)
		if ((rule->where & 1u << w) != 0 &&
		    match_text(s, rule, patterns, w, min, &count, ret) < 0)
			return -1;
	return count.n >= min;
}

/* ---- the phrases of a rule ---- */

static int
compare_phrase_numbers(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static bool
has_phrase(const struct content_rule *rule, uint32_t phrase)
{
	return bsearch(&phrase, rule->phrases, rule->n_phrases, sizeof(phrase),
		       compare_phrase_numbers) != NULL;
}

/* Is the phrase in one of the texts of the rule in front of that one? */
static bool
was_in_earlier_text(const struct content_search *s, const struct content_rule *rule,
		    enum content_where where, uint32_t phrase)
{
	for (enum content_where w = 0; w < where; w++) {
		const struct searched_text *t = &s->texts[w][rule->form];

		for (size_t i = 0; (rule->where & 1u << w) != 0 && i < t->n_phrases; i++)
			if (t->phrase[i].phrase == phrase)
				return true;
	}
	return false;
}

static int
search_phrases(struct content_search *s, const struct content_rule *rule,
	       struct content_finding *ret)
{
	const struct content_phrases *all = &s->conf->phrases[rule->form];
	uint64_t n = 0;

	for (enum content_where w = 0; w < CONTENT_WHERES && n < rule->min; w++) {
		struct searched_text *t;

		if ((rule->where & 1u << w) == 0)
			continue;
		if ((t = content_get_text(s, w, rule->form)) == NULL)
			return -1;
		find_phrases(s, t, rule->form);
		for (size_t i = 0; i < t->n_phrases && n < rule->min; i++) {
			uint32_t phrase = t->phrase[i].phrase;

			if (!has_phrase(rule, phrase) ||
			    (n > 0 && was_in_earlier_text(s, rule, w, phrase)))
				continue;
			if (n++ == 0)
				*ret = (struct content_finding){.where = w,
								.at = t->phrase[i].at,
								.text = t->text,
								.match = all->written[phrase]};
		}
	}
	return n >= rule->min;
}

/* ---- links ---- */

static bool
is_among_hosts(const char *const *hosts, size_t n, const char *host)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(hosts[i], host) == 0)
			return true;
	return false;
}

/* Counts the different hosts of one text that are in the rule's list. */
static int
find_hosts(struct content_search *s, const struct content_rule *rule,
	   const struct message_text *text, const char **found, size_t *n)
{
	struct match_context match = policy_match_context(s->call);
	const char *host = text->hosts;

	for (size_t i = 0; i < text->n_hosts && *n < rule->min; i++) {
		int r = domain_list_find(&rule->hosts, &match, host);

		if (r < 0) {
			(void)policy_fail(s->call, "url_domain: a pattern of a table %s",
					  regex_failure_text(r));
			return r;
		}
		if (r > 0 && !is_among_hosts(found, *n, host))
			found[(*n)++] = host;
		host += strlen(host) + 1;
	}
	return 0;
}

static int
search_hosts(struct content_search *s, const struct content_rule *rule,
	     struct content_finding *ret)
{
	const char **found = arena_alloc(policy_arena(s->call), rule->min * sizeof(*found));
	size_t n = 0;

	for (enum content_where w = 0; w < CONTENT_WHERES && n < rule->min; w++) {
		const struct searched_text *t;

		if ((rule->where & 1u << w) == 0)
			continue;
		if ((t = content_get_text(s, w, rule->form)) == NULL ||
		    find_hosts(s, rule, t->text, found, &n) < 0)
			return -1;
		if (n > 0 && ret->text == NULL)
			*ret = (struct content_finding){
				.where = w, .at = SIZE_MAX, .text = t->text, .match = found[0]};
	}
	return n >= rule->min;
}

/* ---- the rule ---- */

int
content_rule_holds(struct content_search *s, const struct content_rule *rule,
		   struct content_finding *ret)
{
	struct content_finding none;
	int r = 1;

	*ret = (struct content_finding){.at = SIZE_MAX};
	/* Cheap lines first; what the patterns found counts most. */
	if (rule->has_hosts)
		r = search_hosts(s, rule, ret);
	if (r > 0 && rule->n_phrases > 0)
		r = search_phrases(s, rule, ret);
	if (r > 0 && (rule->match.n > 0 || rule->match.table != NULL) && !rule->rows.has_rows)
		r = match_texts(s, rule, &rule->match, rule->min, ret);
	if (r > 0 && rule->not_match.n > 0) {
		r = match_texts(s, rule, &rule->not_match, 1, &none);
		r = r < 0 ? r : !r;
	}
	return r;
}
