/* Reads the sections map and sender_map of the policy "recipient" into struct mapping, and
 * reports every mistake in them. This is done while the configuration is loaded. */
#include <errno.h>
#include <string.h>

#include "match/address.h"
#include "match/mapping.h"
#include "util/arena.h"
#include "util/domain.h"
#include "util/str.h"

const struct option mapping_options[] = {
	{"match", OPTION_REGEXES, .help = "patterns for the address without brackets"},
	{"domain", OPTION_LIST, .help = "domains of the address"},
	{"table", OPTION_STRING, .help = "table of addresses, its values are the results"},
	{"to", OPTION_LIST, .help = "results; none removes the recipient"},
	{"backrefs", OPTION_BOOL, .value = "no", .help = "may the patterns refer back"},
	{NULL},
};

const struct option mapping_sender_options[] = {
	{"match", OPTION_REGEXES, .help = "patterns for the address without brackets",
	 .required = true},
	{"to", OPTION_LIST, .help = "the new sender", .required = true},
	{"backrefs", OPTION_BOOL, .value = "no", .help = "may the patterns refer back"},
	{NULL},
};

/* What a map finds its mailboxes by: each is an option. */
enum mapping_kind { MAPPING_MATCH, MAPPING_DOMAIN, MAPPING_TABLE, MAPPING_KINDS };
static const char *const kind_options[MAPPING_KINDS] = {"match", "domain", "table"};

const struct table *
mapping_find_table(const struct table_scope *tables, const struct section *s,
		   const char *option, const char *name)
{
	const struct table *t = table_scope_find(tables, s, option, name);

	if (t == NULL || table_type(t) != TABLE_CIDR)
		return t;
	(void)section_error(s, option, "%s: table \"%s\" is one of networks (type cidr)",
			    option, name);
	return NULL;
}

static int
read_mapping_domain(struct arena *arena, const struct table_scope *tables,
		    const struct section *s, size_t i, struct mapping_domain *ret)
{
	const char *text = ret->name, *table = table_reference(text);
	char out[DOMAIN_MAX_BYTES];

	if (table != NULL) {
		ret->table = mapping_find_table(tables, s, "domain", table);
		return ret->table == NULL ? -EINVAL : 0;
	}
	if (*text == '\0' || strchr(text, '@') != NULL)
		return section_error_item(s, "domain", i, "domain: '%s' is no domain", text);
	text = domain_ascii(text, out);
	if (!str_is_ascii(text, strlen(text)))
		return section_error_item(s, "domain", i,
					  "domain: '%s' is no domain: it has no A-label form "
					  "(xn--...)",
					  text);
	ret->name = arena_strdup(arena, text);
	return 0;
}

static int
read_mapping_domains(struct arena *arena, const struct table_scope *tables,
		     const struct section *s, struct mapping *map)
{
	const char *const *names;
	size_t n = section_list(s, "domain", &names);
	struct mapping_domain *domains = arena_zalloc(arena, n * sizeof(*domains));
	int r = 0;

	for (size_t i = 0; i < n; i++) {
		domains[i].name = names[i];
		if (read_mapping_domain(arena, tables, s, i, &domains[i]) < 0)
			r = -EINVAL;
	}
	map->domains = domains;
	map->n_domains = n;
	return r;
}

static int
read_mapping_patterns(struct arena *arena, const struct section *s, struct mapping *map)
{
	return patterns_read(arena, s, "match", section_bool(s, "backrefs"), &map->match);
}

/* A result of a map with patterns, which have at least so many groups. */
static int
check_match_result(const struct section *s, size_t i, const char *to, unsigned groups)
{
	int r = regex_check_replacement(to, groups);

	if (r > 0)
		return section_error_item(s, "to", i, "to: $%d, but the pattern has %u group%s",
					  r, groups, groups == 1 ? "" : "s");
	if (r < 0)
		return section_error_item(s, "to", i, "to: a lone '$' (a dollar is '$$')");
	if (*to == '@')
		return section_error_item(
			s, "to", i, "to: '%s' lacks the part before '@' (for example $1)", to);
	if (*to == '\0')
		return section_error_item(s, "to", i, "to: an empty address");
	return 0;
}

static int
check_domain_result(const struct section *s, size_t i, const char *to)
{
	if (strchr(to, '$') != NULL)
		return section_error_item(s, "to", i,
					  "to: '$' means something only with match; a domain "
					  "map keeps the part before '@' by itself");
	if (!address_is_valid(*to == '@' ? to + 1 : to))
		return section_error_item(s, "to", i, "to: '%s' is no address", to);
	return 0;
}

static int
read_mapping_results(const struct section *s, struct mapping *map)
{
	int r = 0;

	map->n_to = section_list(s, "to", &map->to);
	for (size_t i = 0; i < map->n_to; i++) {
		if ((map->match.n == 0
			     ? check_domain_result(s, i, map->to[i])
			     : check_match_result(s, i, map->to[i], map->match.groups)) < 0)
			r = -EINVAL;
	}
	return r;
}

static int
read_table_map(const struct table_scope *tables, const struct section *s, struct mapping *map)
{
	const char *name = section_string(s, "table");

	if (section_has(s, "to"))
		return section_error(s, "to", "to: the values of the table are the results");
	map->table = mapping_find_table(tables, s, "table", name);
	if (map->table == NULL)
		return -EINVAL;
	if (!table_has_values(map->table))
		return section_error(s, "table", "table: \"%s\" has keys but no values", name);
	return 0;
}

/* MAPPING_KINDS after section_error(). */
static enum mapping_kind
find_mapping_kind(const struct section *s)
{
	enum mapping_kind kind = MAPPING_KINDS;

	for (enum mapping_kind k = 0; k < MAPPING_KINDS; k++) {
		if (!section_has(s, kind_options[k]))
			continue;
		if (kind != MAPPING_KINDS) {
			(void)section_error(s, kind_options[k],
					    "%s: a map has one of match, domain and table, and "
					    "this one has %s",
					    kind_options[k], kind_options[kind]);
			return MAPPING_KINDS;
		}
		kind = k;
	}
	if (kind == MAPPING_KINDS)
		(void)section_error(s, NULL, "map \"%s\" needs match, domain or table",
				    section_title(s));
	return kind;
}

int
mapping_read(struct arena *arena, const struct table_scope *tables, const struct section *s,
	     struct mapping *ret)
{
	enum mapping_kind kind = find_mapping_kind(s);
	int r;

	*ret = (struct mapping){.title = section_title(s)};
	if (kind == MAPPING_KINDS)
		return -EINVAL;
	if (kind == MAPPING_TABLE)
		return read_table_map(tables, s, ret);
	r = kind == MAPPING_DOMAIN ? read_mapping_domains(arena, tables, s, ret)
				   : read_mapping_patterns(arena, s, ret);
	if (!section_has(s, "to"))
		return section_error(s, NULL,
				     "map \"%s\" needs to (to = {} removes the recipient)",
				     ret->title);
	if (r < 0)
		return r;
	if (ret->match.n + ret->n_domains == 0)
		return section_error(s, kind_options[kind], "%s: an empty list matches nothing",
				     kind_options[kind]);
	return read_mapping_results(s, ret);
}

int
mapping_read_sender(struct arena *arena, const struct section *s, struct mapping *ret)
{
	int r;

	*ret = (struct mapping){.title = section_title(s)};
	r = read_mapping_patterns(arena, s, ret);
	if (r < 0)
		return r;
	ret->n_to = section_list(s, "to", &ret->to);
	if (ret->match.n == 0)
		return section_error(s, "match", "match: an empty list matches nothing");
	if (ret->n_to != 1)
		return section_error(s, "to", "to: a message has one sender, so one result");
	return check_match_result(s, 0, ret->to[0], ret->match.groups);
}
