/* Applies maps to mailboxes: decides whether a map is for a mailbox, by its patterns, domains
 * or table, and makes the mailboxes that replace it. Runs for each recipient of a message; all
 * that it allocates is the message's. */
#include "match/mapping.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "match/address.h"
#include "match/written.h"
#include "util/arena.h"
#include "util/domain.h"
#include "util/str.h"

/* r: the negative result of a lookup. */
static int
explain_lookup_failure(struct arena *arena, const struct table *t, int r, const char **ret_why)
{
	*ret_why = arena_printf(arena, "table '%s': %s", table_name(t),
				r == -ETIME   ? "over regex_time"
				: r == -E2BIG ? "over regex_steps"
					      : "a pattern failed");
	return r;
}

int
mapping_is_in_table(const struct match_context *match, const struct table *t,
		    const struct mapping_rules *rules, const char *mailbox,
		    const char **ret_why)
{
	int r = table_lookup_address(t, match, mailbox, rules->delimiter, NULL);

	return r < 0 ? explain_lookup_failure(match->arena, t, r, ret_why) : r;
}

static void
allocate_results(struct arena *arena, size_t n, struct mapping_results *ret)
{
	ret->to = arena_alloc(arena, n * sizeof(*ret->to));
	ret->n = 0;
	ret->value = NULL;
}

/* The null sender, which a sender is rewritten to, has no parts. */
static const char *
rewrite_to(struct arena *arena, const struct address_parts *p, const char *to,
	   bool with_extension)
{
	return strcmp(to, "<>") == 0 ? to : address_rewrite(arena, p, to, with_extension);
}

/* A mailbox that is not UTF-8, or longer than a match sees, would reach the results changed or
 * cut: the map is not for it. */
static int
apply_patterns(const struct match_context *match, const struct mapping *map,
	       const char *mailbox, struct mapping_results *ret, const char **ret_why)
{
	size_t len = strlen(mailbox);
	struct regex_groups groups;
	int r = 0;

	if (len > REGEX_MAX_SUBJECT || !str_is_utf8(mailbox, len))
		return 0;
	for (size_t i = 0; i < map->match.n && r == 0; i++) {
		const struct regex *re = map->match.re[i];

		r = regex_match(re, match->limits, match->budget, mailbox, len, &groups, NULL);
		if (r < 0)
			*ret_why = arena_printf(match->arena, "'%.60s' %s", regex_pattern(re),
						regex_failure_text(r));
	}
	if (r <= 0)
		return r;
	allocate_results(match->arena, map->n_to, ret);
	for (size_t i = 0; i < map->n_to; i++)
		ret->to[ret->n++] = regex_expand_to_string(match->arena, map->to[i], &groups);
	return 1;
}

/* The first form that matches counts. */
static int
apply_match_map(const struct match_context *match, const struct mapping *map,
		const char *mailbox, struct mapping_results *ret, const char **ret_why)
{
	char out[DOMAIN_MAX_BYTES];
	const char *form;
	unsigned i = 0;
	int r = 0;

	while (r == 0 && (form = domain_next_form(mailbox, &i, out)) != NULL)
		r = apply_patterns(match, map, form, ret, ret_why);
	return r;
}

static int
apply_domain_map(const struct match_context *match, const struct mapping *map,
		 const struct mapping_rules *rules, const char *mailbox,
		 struct mapping_results *ret, const char **ret_why)
{
	struct address_parts p = address_split(mailbox, rules->delimiter);
	const char *domain = p.domain;
	char ascii[DOMAIN_MAX_BYTES];
	int r = 0;

	if (*domain != '\0')
		domain = domain_ascii(domain + 1, ascii);
	for (size_t i = 0; *p.domain != '\0' && r == 0 && i < map->n_domains; i++) {
		const struct mapping_domain *d = &map->domains[i];

		r = d->table == NULL ? domain_fits(domain, d->name)
				     : table_lookup_domain(d->table, match, domain, NULL);
		if (r < 0)
			return explain_lookup_failure(match->arena, d->table, r, ret_why);
	}
	if (r == 0)
		return 0;
	allocate_results(match->arena, map->n_to, ret);
	for (size_t i = 0; i < map->n_to; i++)
		ret->to[ret->n++] =
			rewrite_to(match->arena, &p, map->to[i], rules->keeps_extension);
	return 1;
}

const char *
mapping_next_result(struct arena *arena, const char **value)
{
	const char *text = *value + strspn(*value, " \t,");
	size_t len = strcspn(text, ",");

	*value = text + len;
	len = str_trim_blanks(text, len);
	return len == 0 ? NULL : arena_strndup(arena, text, len);
}

static size_t
count_results(const char *value)
{
	size_t n = 1;

	for (const char *p = strchr(value, ','); p != NULL; p = strchr(p + 1, ','))
		n++;
	return n;
}

static int
apply_table_map(const struct match_context *match, const struct mapping *map,
		const struct mapping_rules *rules, const char *mailbox,
		struct mapping_results *ret, const char **ret_why)
{
	struct address_parts p = address_split(mailbox, rules->delimiter);
	const char *value, *to;
	int r = table_lookup(map->table, match, mailbox, &value);
	bool whole = r > 0; /* the key contains the extension: it is not for another user */

	if (r == 0)
		r = table_lookup_address(map->table, match, mailbox, rules->delimiter, &value);
	if (r < 0)
		return explain_lookup_failure(match->arena, map->table, r, ret_why);
	if (r == 0 || (*mailbox == '\0' && *value == '@'))
		return 0; /* the null sender has no part before the '@' to keep */
	allocate_results(match->arena, count_results(value), ret);
	ret->value = value;
	if (map->refuses)
		return 1;
	while ((to = mapping_next_result(match->arena, &value)) != NULL) {
		bool with = rules->keeps_extension && (!whole || *to == '@');

		ret->to[ret->n++] = rewrite_to(match->arena, &p, to, with);
	}
	if (ret->n > 0)
		return 1;
	*ret_why = arena_printf(match->arena, "table '%s' has no value for %s",
				table_name(map->table), mailbox);
	return -EINVAL;
}

/* A result that keeps the client's own local part is as good as the client's address: there
 * only address_is_valid() holds. */
bool
mapping_result_is_address(const struct mapping *map, const char *mailbox)
{
	bool captures = map->match.n > 0 ||
			(map->table != NULL && table_type(map->table) == TABLE_REGEX);

	return address_is_valid(mailbox) &&
	       (!captures || written_mailbox_fault(mailbox) == NULL);
}

int
mapping_apply(const struct match_context *match, const struct mapping *map,
	      const struct mapping_rules *rules, const char *mailbox,
	      struct mapping_results *ret, const char **ret_why)
{
	if (map->match.n > 0)
		return apply_match_map(match, map, mailbox, ret, ret_why);
	if (map->table != NULL)
		return apply_table_map(match, map, rules, mailbox, ret, ret_why);
	assert(map->n_domains > 0);
	return apply_domain_map(match, map, rules, mailbox, ret, ret_why);
}
