/* Lints about what a sender, or a user of this host, can get around: tests of From that a
 * second or a forged field passes, forged results that are trusted, and files with secrets. */
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "config/config.h"
#include "lint/lint_private.h"
#include "option/file.h"
#include "util/arena.h"
#include "util/str.h"

static bool
is_from(const char *name)
{
	return name != NULL && (str_case_equal(name, "From") || str_case_equal(name, "Sender"));
}

/* Is the number in the option at most this one? */
static bool
is_at_most(const struct section *s, const char *option, uint64_t most)
{
	return lint_has(s, option) && section_number(s, option) <= most;
}

static bool
tests_single_field(const struct section *s)
{
	return is_at_most(s, "max", 1) || is_at_most(s, "fewer_than", 2);
}

/* A pattern for an address that is also found in a display name, or at the front of a longer
 * domain: it has an '@' and nothing that ends the address. */
static bool
is_open_pattern(const char *pattern)
{
	const char *at = strchr(pattern, '@');

	return at != NULL && strpbrk(at, "$>") == NULL && strstr(at, "\\z") == NULL &&
	       strstr(at, "\\Z") == NULL;
}

static void
check_open_patterns(struct lint_run *run, const struct section *s)
{
	const char *const *texts;
	size_t n = lint_values(s, "match", &texts);

	for (size_t i = 0; i < n; i++)
		if (is_open_pattern(texts[i]))
			lint_warn(
				run, s, "match", i,
				"match: '%s' is also found in a display name, and in a longer "
				"domain such as %s.invalid; end it with '>?$'",
				texts[i], "example.com");
}

/* How a test of From in a condition serves a policy. */
enum trust {
	TRUST_MATCH = 1u << 0,	  /* a field that matches lets mail past the policy */
	TRUST_NOT_MATCH = 1u << 1 /* a field that not_match finds does */
};

struct trust_walk {
	struct lint_run *run;
	void (*check)(struct trust_walk *w, const struct section *header, unsigned trust);
	const struct section *policy;
	unsigned left; /* conditions that are still looked at */
};

static void walk_condition(struct trust_walk *w, const char *title, unsigned trust);

static void
walk_named_conditions(struct trust_walk *w, const struct section *s, const char *option,
		      unsigned trust)
{
	const char *const *names;
	size_t n = lint_values(s, option, &names);

	for (size_t i = 0; i < n; i++)
		walk_condition(w, names[i], trust);
}

static unsigned
invert_trust(unsigned trust)
{
	return (trust & TRUST_MATCH ? TRUST_NOT_MATCH : 0) |
	       (trust & TRUST_NOT_MATCH ? TRUST_MATCH : 0);
}

/* The recursion ends: conditions do not name each other in a circle, and `left` bounds it. */
static void
walk_condition(struct trust_walk *w, const char *title, unsigned trust)
{
	const struct section *c = lint_find_section(w->run, "condition", title);
	const struct section *const *list;
	size_t n;

	if (c == NULL || w->left == 0)
		return;
	w->left--;
	n = lint_inner_sections(c, "header", &list);
	for (size_t i = 0; i < n; i++)
		if (is_from(section_title(list[i])))
			w->check(w, list[i], trust);
	walk_named_conditions(w, c, "all", trust);
	walk_named_conditions(w, c, "any", trust);
	walk_named_conditions(w, c, "none", invert_trust(trust));
}

/* Does a policy that is not run let mail pass that it would hold up? A footer does not. */
static bool
policy_protects(const struct section *policy)
{
	return strcmp(section_kind(policy), "footer") != 0;
}

static bool
has_accepting_rule(const struct section *policy)
{
	const struct section *const *rules;
	size_t n = lint_inner_sections(policy, "rule", &rules);

	for (size_t i = 0; i < n; i++)
		if (lint_is(rules[i], "action", "accept"))
			return true;
	return false;
}

/* Calls check for each test of From in the conditions of each policy that protects. */
static void
walk_policy_conditions(struct lint_run *run, const struct section *s,
		       void (*check)(struct trust_walk *w, const struct section *header,
				     unsigned trust))
{
	struct trust_walk w = {run, check, s, 100};

	if (!policy_protects(s))
		return;
	walk_named_conditions(&w, s, "unless", TRUST_MATCH);
	walk_named_conditions(&w, s, "when",
			      TRUST_NOT_MATCH | (has_accepting_rule(s) ? TRUST_MATCH : 0));
}

static void
walk_all_policies(struct lint_run *run,
		  void (*check)(struct trust_walk *w, const struct section *header,
				unsigned trust))
{
	for (size_t p = 0; policy_registry[p] != NULL; p++) {
		const struct section *const *list;
		size_t n = lint_top_sections(run, policy_registry[p]->name, &list);

		for (size_t i = 0; i < n; i++)
			walk_policy_conditions(run, list[i], check);
	}
}

static void
check_condition_for_second_field(struct trust_walk *w, const struct section *header,
				 unsigned trust)
{
	const char *option = (trust & TRUST_MATCH) != 0 && lint_has(header, "match") ? "match"
			     : (trust & TRUST_NOT_MATCH) != 0 && lint_has(header, "not_match")
				     ? "not_match"
				     : NULL;

	if (option != NULL && !tests_single_field(header))
		lint_warn(w->run, header, option, SIZE_MAX,
			  "%s: a message with a second %s field that matches gets past %s "
			  "\"%s\"; add max = 1, or test the envelope sender",
			  option, section_title(header), section_kind(w->policy),
			  section_title(w->policy));
}

static void
check_condition_for_open_pattern(struct trust_walk *w, const struct section *header,
				 unsigned trust)
{
	if ((trust & TRUST_MATCH) != 0)
		check_open_patterns(w->run, header);
}

static bool
is_refusing_rule(const struct section *rule)
{
	return lint_is(rule, "action", "reject") || lint_is(rule, "action", "tempfail") ||
	       lint_is(rule, "action", "discard") || lint_is(rule, "action", "quarantine");
}

/* Does a rule of the policy refuse more than one field of that name? */
static bool
policy_refuses_second_field(const struct section *policy, const char *name)
{
	const struct section *const *rules;
	size_t n = lint_inner_sections(policy, "rule", &rules);

	for (size_t i = 0; i < n; i++)
		if (is_refusing_rule(rules[i]) && lint_has(rules[i], "more_than") &&
		    is_at_most(rules[i], "more_than", 1) && lint_has(rules[i], "name") &&
		    str_case_equal(lint_text(rules[i], "name"), name))
			return true;
	return false;
}

static void
check_rule_for_second_field(struct lint_run *run, const struct section *rule)
{
	bool accepts = lint_is(rule, "action", "accept") &&
		       (lint_has(rule, "match") || lint_has(rule, "table"));
	bool refuses = is_refusing_rule(rule) && lint_has(rule, "not_match");
	const char *name = lint_text(rule, "name");

	if (strcmp(section_kind(rule), "rule") != 0 || !is_from(name) ||
	    (!accepts && !refuses) || tests_single_field(rule) ||
	    policy_refuses_second_field(section_parent(rule), name))
		return;
	lint_warn(
		run, rule, refuses ? "not_match" : "action", SIZE_MAX,
		"rule \"%s\": a message with a second %s field gets past it, since one that "
		"matches is enough; refuse such mail before, by a rule with name = \"%s\" and "
		"more_than = 1",
		section_title(rule), name, name);
}

void
lint_forged_from(struct lint_run *run)
{
	walk_all_policies(run, check_condition_for_second_field);
	lint_each_section(run, check_rule_for_second_field);
}

static void
check_rule_for_open_pattern(struct lint_run *run, const struct section *rule)
{
	if (strcmp(section_kind(rule), "rule") == 0 && is_from(lint_text(rule, "name")) &&
	    lint_is(rule, "action", "accept"))
		check_open_patterns(run, rule);
}

void
lint_open_pattern(struct lint_run *run)
{
	walk_all_policies(run, check_condition_for_open_pattern);
	lint_each_section(run, check_rule_for_open_pattern);
}

/* forged-results: a rule of identity trusts Authentication-Results of a host, and nothing
 * before it in the chain removes those that come from outside. */

static bool
is_results(const char *name)
{
	return name != NULL && str_case_equal(name, "Authentication-Results");
}

/* A rule that removes some of them; which ones, its pattern says. */
static bool
removes_results(const struct section *policy)
{
	const struct section *const *rules;
	size_t n = lint_inner_sections(policy, "rule", &rules);

	for (size_t i = 0; i < n; i++)
		if (is_results(lint_text(rules[i], "name")) &&
		    lint_is(rules[i], "action", "remove") &&
		    lint_is(rules[i], "mode", "enforce"))
			return true;
	return false;
}

/* Does the policy remove the fields of that id? */
static bool
guards_results(const struct section *policy, const char *id)
{
	const char *own = lint_text(policy, "authserv_id");

	if (!lint_is(policy, "mode", "enforce"))
		return false;
	if (strcmp(section_kind(policy), "header") == 0)
		return removes_results(policy);
	return strcmp(section_kind(policy), "milter") == 0 && own != NULL &&
	       str_case_equal(own, id);
}

static bool
chain_guards_results(struct lint_run *run, const struct chain *chain, size_t end,
		     const char *id)
{
	for (size_t i = 0; i < end; i++) {
		const struct section *policy = lint_policy_section(run, chain->inst[i]);

		if (policy != NULL && guards_results(policy, id))
			return true;
	}
	return false;
}

static void
check_trusted_results(struct lint_run *run, const struct listener_conf *l, size_t at)
{
	const struct section *policy = lint_policy_section(run, l->chain->inst[at]);
	const struct section *const *rules;
	size_t n;

	if (policy == NULL || strcmp(section_kind(policy), "identity") != 0)
		return;
	n = lint_inner_sections(policy, "rule", &rules);
	for (size_t i = 0; i < n; i++) {
		const char *id = lint_text(rules[i], "authserv_id");

		if (id == NULL || chain_guards_results(run, l->chain, at, id))
			continue;
		lint_warn(run, rules[i], "authserv_id", SIZE_MAX,
			  "authserv_id: in the chain of listener \"%s\" nothing before "
			  "removes Authentication-Results of '%s' that a sender has forged: "
			  "write a header rule with the action remove before",
			  section_title(l->section), id);
	}
}

void
lint_forged_results(struct lint_run *run)
{
	for (size_t i = 0; i < run->cfg->n_listeners; i++)
		for (size_t k = 0; k < run->cfg->listeners[i].chain->n; k++)
			check_trusted_results(run, &run->cfg->listeners[i], k);
}

/* readable-secret */

static const char *const secret_options[] = {"marker_key_file"};

/* Can users who are neither the owner nor in the group read the file at this real path? They
 * need to pass each directory, too. */
static bool
others_can_read(char *path)
{
	struct stat st;

	if (stat(path, &st) < 0 || (st.st_mode & S_IROTH) == 0)
		return false;
	for (char *slash = strrchr(path, '/'); slash != NULL && slash != path;
	     slash = strrchr(path, '/')) {
		*slash = '\0';
		if (stat(path, &st) < 0 || (st.st_mode & S_IXOTH) == 0)
			return false;
	}
	return true;
}

static void
check_secrets(struct lint_run *run, const struct section *s)
{
	for (size_t i = 0; i < sizeof(secret_options) / sizeof(secret_options[0]); i++) {
		const char *option = secret_options[i], *path;
		char real[PATH_MAX];

		if (!lint_has(s, option))
			continue;
		path = section_file_path(s, option, run->arena);
		if (realpath(path, real) != NULL && others_can_read(real))
			lint_warn(run, s, option, SIZE_MAX,
				  "%s: all users of this host can read the secret in %s; run "
				  "chmod o= on it",
				  option, path);
	}
}

void
lint_readable_secret(struct lint_run *run)
{
	lint_each_section(run, check_secrets);
}
