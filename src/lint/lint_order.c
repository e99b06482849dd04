/* Lints about order: what stands behind something that takes all mail, or takes it first. */
#include <stdint.h>
#include <string.h>

#include "config/config.h"
#include "lint/facts.h"
#include "lint/lint_private.h"
#include "match/table.h"
#include "util/domain.h"
#include "util/str.h"

/* behind-end: rules of header and access, and policies, behind one that decides on all mail. */

/* The texts of the option are patterns, one of which matches every text. */
static bool
has_catch_all_pattern(const struct section *s, const char *option)
{
	const char *const *texts;
	size_t n = lint_values(s, option, &texts);

	for (size_t i = 0; i < n; i++)
		if (lint_matches_every_text(texts[i]))
			return true;
	return false;
}

/* Has each message, as RFC 5322 says, a header field that the rule means? */
static bool
rule_means_all_mail(const struct section *rule)
{
	const char *name = lint_text(rule, "name");

	if (name != NULL)
		return str_case_equal(name, "From") || str_case_equal(name, "Date");
	return has_catch_all_pattern(rule, "name_match");
}

static bool
rule_hits_all_mail(const struct section *rule)
{
	bool counts = lint_has(rule, "fewer_than") || lint_has(rule, "more_than") ||
		      lint_is(rule, "present", "no");

	return rule_means_all_mail(rule) && !counts && !lint_has(rule, "not_match") &&
	       !lint_has(rule, "table") && lint_is_unconditional(rule) &&
	       (!lint_has(rule, "match") || has_catch_all_pattern(rule, "match"));
}

/* A rule of access without any line. */
static bool
rule_hits_all_recipients(const struct section *rule)
{
	for (const struct option *o = condition_rcpt_options; o->name != NULL; o++)
		if (lint_has(rule, o->name))
			return false;
	return !lint_has(rule, "table") && lint_is_unconditional(rule);
}

static bool
rule_is_final(const struct section *rule)
{
	static const char *const verdicts[] = {"accept", "discard", "reject", "tempfail"};

	for (size_t i = 0; i < sizeof(verdicts) / sizeof(verdicts[0]); i++)
		if (lint_is(rule, "action", verdicts[i]))
			return true;
	return false;
}

/* Is no later rule of its policy asked after it has hit? */
static bool
rule_ends_policy(const struct section *rule, bool is_access)
{
	return is_access || rule_is_final(rule) || lint_is(rule, "action", "pass");
}

/* The first rule of the policy that hits all mail, after which no later one is asked;
 * for_chain: and no later policy; NULL: none. */
static const struct section *
find_final_rule(const struct section *policy, bool for_chain, size_t *ret_index, size_t *ret_n)
{
	bool is_access = strcmp(section_kind(policy), "access") == 0;
	const struct section *const *rules;
	size_t n = lint_inner_sections(policy, "rule", &rules);

	if (!is_access && strcmp(section_kind(policy), "header") != 0)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		if (for_chain ? !rule_is_final(rules[i])
			      : !rule_ends_policy(rules[i], is_access))
			continue;
		if (is_access ? !rule_hits_all_recipients(rules[i])
			      : !rule_hits_all_mail(rules[i]))
			continue;
		*ret_index = i;
		*ret_n = n;
		return rules[i];
	}
	return NULL;
}

static void
check_rules_behind_end(struct lint_run *run, const struct section *policy)
{
	size_t index, n;
	const struct section *rule = find_final_rule(policy, false, &index, &n);

	if (rule != NULL && index + 1 < n)
		lint_warn(
			run, rule, "action", SIZE_MAX,
			"rule \"%s\" hits all mail, so no rule behind it is ever applied; write "
			"it last, or narrow it",
			section_title(rule));
}

static void
check_chain_behind_end(struct lint_run *run, const struct listener_conf *l)
{
	for (size_t i = 0; !l->chain->monitor && i + 1 < l->chain->n; i++) {
		const struct section *policy = lint_policy_section(run, l->chain->inst[i]);
		const struct section *rule = NULL;
		size_t index, n;

		if (policy != NULL && lint_is_unconditional(policy))
			rule = find_final_rule(policy, true, &index, &n);
		if (rule == NULL)
			continue;
		lint_warn(
			run, l->section, "chain", i + 1,
			"chain: \"%s\" never acts: rule \"%s\" of \"%s\" before it decides on "
			"all mail; change the order, or narrow the rule",
			l->chain->inst[i + 1]->title, section_title(rule),
			l->chain->inst[i]->title);
		return;
	}
}

void
lint_behind_end(struct lint_run *run)
{
	static const char *const kinds[] = {"header", "access"};
	const struct section *const *list;

	for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
		size_t n = lint_top_sections(run, kinds[k], &list);

		for (size_t i = 0; i < n; i++)
			check_rules_behind_end(run, list[i]);
	}
	for (size_t i = 0; i < run->cfg->n_listeners; i++)
		check_chain_behind_end(run, &run->cfg->listeners[i]);
}

/* catch-all: a map or a line of a regex table that matches everything, before others. */

static void
check_map_patterns(struct lint_run *run, const struct section *map, const struct section *next)
{
	const char *const *texts;
	size_t n = lint_values(map, "match", &texts);

	for (size_t i = 0; lint_is_unconditional(map) && i < n; i++) {
		if (!lint_matches_every_address(texts[i]))
			continue;
		lint_warn(
			run, map, "match", i,
			"%s \"%s\" matches every address, so \"%s\" (line %u) behind it is never "
			"used; write it last",
			section_kind(map), section_title(map), section_title(next), next->line);
		return;
	}
}

static void
check_maps_for_catch_all(struct lint_run *run, const struct section *policy, const char *kind)
{
	const struct section *const *maps;
	size_t n = lint_inner_sections(policy, kind, &maps);

	for (size_t i = 0; i + 1 < n; i++)
		check_map_patterns(run, maps[i], maps[i + 1]);
}

struct table_walk {
	size_t at, n; /* entries seen, of all */
	bool counting;
};

static enum entry_fault
find_catch_all_entry(void *ctx, const char *key, const char *value, char *why, size_t size)
{
	struct table_walk *w = ctx;

	(void)value;
	if (w->counting) {
		w->n++;
		return ENTRY_FITS;
	}
	if (++w->at == w->n || !lint_matches_every_text(key) ||
	    !lint_matches_every_address(key))
		return ENTRY_FITS;
	w->at = w->n; /* the rest is not reported */
	(void)snprintf(why, size,
		       "'%.150s' matches everything, so the lines behind it are never used; "
		       "write it last [catch-all]",
		       key);
	return ENTRY_DOUBTFUL;
}

static void
check_table_for_catch_all(const struct table *t)
{
	struct table_walk w = {.counting = true};

	if (table_type(t) != TABLE_REGEX)
		return;
	(void)table_check_entries(t, find_catch_all_entry, &w);
	w.counting = false;
	(void)table_check_entries(t, find_catch_all_entry, &w);
}

void
lint_catch_all(struct lint_run *run)
{
	const struct section *const *list;
	size_t n = lint_top_sections(run, "recipient", &list);

	for (size_t i = 0; i < n; i++) {
		check_maps_for_catch_all(run, list[i], "map");
		check_maps_for_catch_all(run, list[i], "sender_map");
	}
	for (size_t i = 0; i < run->cfg->n_tables; i++)
		check_table_for_catch_all(run->cfg->tables[i]);
}

/* hidden: a map or limit whose mail an earlier one takes. */

/* Is the domain one of those of the map? */
static bool
map_has_domain(const struct section *map, const char *domain)
{
	const char *const *domains;
	size_t n = lint_values(map, "domain", &domains);

	for (size_t i = 0; i < n; i++)
		if (strcmp(domains[i], domain) == 0 ||
		    (table_reference(domain) == NULL && table_reference(domains[i]) == NULL &&
		     str_is_ascii(domain, strlen(domain)) && domain_fits(domain, domains[i])))
			return true;
	return false;
}

static bool
map_hides_map(const struct section *first, const struct section *second)
{
	const char *const *domains;
	size_t n = lint_values(second, "domain", &domains);

	for (size_t i = 0; i < n; i++)
		if (!map_has_domain(first, domains[i]))
			return false;
	return n > 0;
}

static bool
limit_hides_limit(struct lint_run *run, const struct section *first,
		  const struct section *second)
{
	struct facts f = {0}, other = {0};

	facts_add_lines(run, &f, second);
	facts_add_lines(run, &other, first);
	return facts_imply(&f, &other);
}

/* Has it only lines that are compared? */
static bool
may_hide(const struct section *s)
{
	return lint_is_unconditional(s) && !lint_has(s, "client_name") &&
	       !lint_has(s, "not_client_name") && !lint_has(s, "helo") &&
	       !lint_has(s, "not_helo") && !lint_has(s, "table");
}

static void
check_hidden_sections(struct lint_run *run, const struct section *policy, const char *kind,
		      bool (*hides)(struct lint_run *, const struct section *,
				    const struct section *))
{
	const struct section *const *list;
	size_t n = lint_inner_sections(policy, kind, &list);

	for (size_t k = 1; k < n && n <= 1000; k++) {
		size_t i = 0;

		while (i < k && !(may_hide(list[i]) && hides(run, list[i], list[k])))
			i++;
		if (i < k)
			lint_warn(
				run, list[k], NULL, SIZE_MAX,
				"%s \"%s\" is never used: \"%s\" (line %u) before it is for the "
				"same mail; write the narrower one first",
				kind, section_title(list[k]), section_title(list[i]),
				list[i]->line);
	}
}

static bool
map_is_hidden(struct lint_run *run, const struct section *first, const struct section *second)
{
	(void)run;
	return map_hides_map(first, second);
}

void
lint_hidden(struct lint_run *run)
{
	const struct section *const *list;
	size_t n = lint_top_sections(run, "recipient", &list);

	for (size_t i = 0; i < n; i++) {
		check_hidden_sections(run, list[i], "map", map_is_hidden);
		check_hidden_sections(run, list[i], "sender_map", map_is_hidden);
	}
	n = lint_top_sections(run, "size", &list);
	for (size_t i = 0; i < n; i++)
		check_hidden_sections(run, list[i], "limit", limit_hides_limit);
}

/* size-before-footer: limits that a footer behind them does not respect. */

/* The option with a limit that a wrapping exceeds; NULL: none. */
static const char *
find_wrapped_limit(const struct section *size)
{
	static const char *const options[] = {"parts", "depth"};

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		const char *const *text;

		if (lint_values(size, options[i], &text) > 0 && strcmp(text[0], "none") != 0)
			return options[i];
	}
	return NULL;
}

static bool
policy_enforces(const struct policy_inst *inst, const char *kind)
{
	return inst->mode == MODE_ENFORCE && strcmp(inst->ops->name, kind) == 0;
}

static void
check_footers_behind(struct lint_run *run, const struct listener_conf *l, size_t at)
{
	const struct chain *chain = l->chain;
	const struct section *size = lint_policy_section(run, chain->inst[at]);
	const char *option = size != NULL ? find_wrapped_limit(size) : NULL;

	for (size_t i = at + 1; option != NULL && i < chain->n; i++) {
		if (!policy_enforces(chain->inst[i], "footer"))
			continue;
		lint_warn(
			run, l->section, "chain", i,
			"chain: footer \"%s\" may add a part to the message, which is then over "
			"'%s' of size \"%s\" before it; write size \"%s\" behind it",
			chain->inst[i]->title, option, chain->inst[at]->title,
			chain->inst[at]->title);
		return;
	}
}

void
lint_size_before_footer(struct lint_run *run)
{
	for (size_t i = 0; i < run->cfg->n_listeners; i++) {
		const struct listener_conf *l = &run->cfg->listeners[i];

		for (size_t k = 0; !l->chain->monitor && k < l->chain->n; k++)
			if (policy_enforces(l->chain->inst[k], "size"))
				check_footers_behind(run, l, k);
	}
}

/* behind-signer: a policy that may change what a signer before it has signed. */

static const char *
find_signed_change(const struct policy_inst *inst)
{
	uint32_t changes = inst->mode == MODE_ENFORCE ? inst->need.changes : 0;

	return (changes & PART_BODY) != 0      ? "body"
	       : (changes & PART_HEADERS) != 0 ? "header fields"
	       : (changes & PART_SENDER) != 0  ? "sender"
					       : NULL;
}

static void
check_changes_behind(struct lint_run *run, const struct listener_conf *l, size_t at)
{
	const struct chain *chain = l->chain;

	for (size_t i = at + 1; i < chain->n; i++) {
		const char *what = find_signed_change(chain->inst[i]);

		if (what == NULL)
			continue;
		lint_warn(run, l->section, "chain", i,
			  "chain: %s \"%s\" may change the %s that milter \"%s\" before it has "
			  "signed; write \"%s\" last",
			  chain->inst[i]->ops->name, chain->inst[i]->title, what,
			  chain->inst[at]->title, chain->inst[at]->title);
		return;
	}
}

void
lint_behind_signer(struct lint_run *run)
{
	for (size_t i = 0; i < run->cfg->n_listeners; i++) {
		const struct listener_conf *l = &run->cfg->listeners[i];

		for (size_t k = 0; !l->chain->monitor && k < l->chain->n; k++) {
			const struct section *s = lint_policy_section(run, l->chain->inst[k]);

			if (policy_enforces(l->chain->inst[k], "milter") && s != NULL &&
			    section_bool(s, "signs"))
				check_changes_behind(run, l, k);
		}
	}
}

/* reply-class: a refusal for a reason that does not pass. */

void
lint_reply_class(struct lint_run *run)
{
	const struct section *const *list;
	size_t n = lint_top_sections(run, "size", &list);

	for (size_t i = 0; i < n; i++) {
		const char *reply = lint_text(list[i], "reply");

		if (reply != NULL && *reply == '4')
			lint_warn(
				run, list[i], "reply", SIZE_MAX,
				"reply: with %.3s clients send a message that is too large "
				"again for days; write a 5xx reply, such as \"552 5.3.4 ...\"",
				reply);
	}
}
