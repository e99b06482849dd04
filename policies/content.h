/* What the files of the policy "content" share: content_read.c reads the section, content.c
 * applies its rules, content_search.c searches texts, content_rows.c applies rules whose table
 * has the actions. */
#ifndef POLICIES_CONTENT_H
#define POLICIES_CONTENT_H

#include <stdbool.h>
#include <stdint.h>

#include "content/message_text.h"
#include "match/domain_list.h"
#include "match/patterns.h"
#include "match/phrases.h"
#include "policy/action_table.h"
#include "policy/policy.h"

/* The forms in which a text is searched. */
enum content_form {
	FORM_AS_IS,
	FORM_NORMALIZED,
	FORM_LOWER, /* literal_fold_case() of FORM_AS_IS: only for the literals of patterns */
	CONTENT_FORMS
};

/* A text that is in every paragraph which a pattern matches: its number in struct
 * content_phrases. */
struct content_literal {
	enum content_form form;
	uint32_t phrase; /* NO_LITERAL: none is known */
};

#define NO_LITERAL UINT32_MAX

/* The patterns of an option, or those of a table's rows. One whose literal is not in a message
 * is not tried. */
struct content_patterns {
	struct patterns written;
	const struct table *table; /* a regex table, or NULL */
	size_t n;
	const struct content_literal *literal; /* of each pattern */
};

struct content_rule {
	const struct policy_rule *rule; /* its title, and how it is logged */
	unsigned where;			/* bits 1u << enum content_where */
	enum content_form form;		/* not FORM_LOWER */
	uint64_t min;
	struct content_patterns match, not_match;
	const uint32_t *phrases; /* numbers in struct content_phrases, ascending */
	size_t n_phrases;
	struct domain_list hosts;
	bool has_hosts;
	struct policy_action action; /* unless the rows of its table are the actions */
	struct action_table rows;    /* of the table in match */
};

/* The phrases of all rules for texts of one form, and the literals of their patterns. */
struct content_phrases {
	const struct phrases *automaton; /* NULL: there are none */
	const char *const *written;	 /* each as it is written; NULL of a literal */
	size_t n;
};

struct content_conf {
	const struct content_rule *rules;
	size_t n;
	struct content_phrases phrases[CONTENT_FORMS];
	bool wants_links;
	size_t max_text;
};

extern const struct option content_options[];

/* Fills *ret_conf, a struct content_conf: see struct policy_ops. */
int content_configure(struct policy_setup *setup, const struct section *section,
		      struct policy_need *need, const void **ret_conf);

/* ---- the search ---- */

/* A phrase that is in a text. */
struct phrase_hit {
	uint32_t phrase;
	size_t at; /* of its first place */
};

/* One text of the message, in one form. */
struct searched_text {
	const struct message_text *text; /* NULL: not asked for yet */
	/* The different phrases of all rules that are in it, in the order of their places. */
	bool phrases_known;
	const struct phrase_hit *phrase;
	size_t n_phrases;
	const unsigned char *seen; /* a bit for each phrase and literal that is in it */
};

/* What a rule has found. */
struct content_finding {
	enum content_where where;
	size_t at; /* of the paragraph in its text; SIZE_MAX: it is no paragraph */
	const struct message_text *text;
	const char *match;	     /* for %{match}; or NULL */
	struct regex_groups groups;  /* n = 0: none */
	const struct table_hit *row; /* of a table; or NULL */
};

struct content_search {
	struct policy_call *call;
	const struct content_conf *conf;
	struct searched_text texts[CONTENT_WHERES][CONTENT_FORMS];
};

/* A text that the rule looks at, made when it is first asked for. NULL after policy_fail(). */
struct searched_text *content_get_text(struct content_search *s, enum content_where where,
				       enum content_form form);

/* Do all lines of the rule hold, but those with rows? 1 with *ret, 0, or a negative number
 * after policy_fail(). */
int content_rule_holds(struct content_search *s, const struct content_rule *rule,
		       struct content_finding *ret);

/* The patterns whose literals are in a text: n places in struct content_patterns, ascending. */
struct pattern_choice {
	const struct content_patterns *of;
	const uint32_t *place;
	size_t n;
};

/* False after policy_fail(). */
bool content_choose_patterns(struct content_search *s, const struct content_patterns *patterns,
			     enum content_where where, struct pattern_choice *ret);

/* Does one of the patterns match the paragraph, or one of the rows fit? A long paragraph is
 * matched in windows that overlap. 1 with match, groups and row of *ret set, else as above. */
int content_match_paragraph(struct content_search *s, const struct pattern_choice *patterns,
			    const struct text_paragraph *p, struct content_finding *ret);

/* Notes in the log that the rule hits, and where. */
void content_note_hit(struct content_search *s, const struct content_rule *rule,
		      const struct content_finding *f);

/* A rule whose table has the actions: each paragraph is looked up. */
enum verdict content_apply_rows(struct content_search *s, const struct content_rule *rule);

#endif
