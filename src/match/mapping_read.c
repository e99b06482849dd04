/* Reads the sections map and sender_map of the policy "recipient" into struct mapping, and
 * reports every mistake in them. This is done while the configuration is loaded. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "match/mapping.h"
#include "match/written.h"
#include "util/arena.h"
#include "util/domain.h"
#include "util/str.h"

const struct option mapping_options[] = {
	{"match", OPTION_REGEXES, .help = "patterns for the address without brackets",
	 .also = "regex regexp pattern from address re"},
	{"domain", OPTION_LIST, .help = "domains of the address",
	 .also = "domains from_domain"},
	{"table", OPTION_STRING, .help = "table of addresses, its values are the results",
	 .also = "maps map file hash lookup"},
	{"to", OPTION_LIST, .help = "results; an empty list removes the recipient",
	 .also = "result rewrite redirect redirect_to target with replacement value"},
	{"backrefs", OPTION_BOOL, .value = "no", .help = "may the patterns refer back"},
	{NULL},
};

const struct option mapping_sender_options[] = {
	{"match", OPTION_REGEXES, .help = "patterns for the address without brackets",
	 .also = "regex regexp pattern from address re"},
	{"domain", OPTION_LIST, .help = "domains of the address",
	 .also = "domains from_domain"},
	{"table", OPTION_STRING, .help = "table of addresses, its values are the new senders",
	 .also = "maps map file hash lookup"},
	{"to", OPTION_LIST, .help = "the new sender",
	 .also = "result rewrite redirect redirect_to target with replacement value"},
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
			    option, table_name(t));
	return NULL;
}

static int
read_mapping_domain(struct arena *arena, const struct table_scope *tables,
		    const struct section *s, size_t i, struct mapping_domain *ret)
{
	const char *text = ret->name, *table = table_reference(text), *fault;
	char out[DOMAIN_MAX_BYTES];

	if (table != NULL) {
		ret->table = mapping_find_table(tables, s, "domain", table);
		return ret->table == NULL ? -EINVAL
					  : table_check_list(ret->table, KEYS_DOMAINS);
	}
	fault = strchr(text, '@') != NULL ? "write it without "
					    "'@'"
					  : written_domain_fault(text);
	if (fault != NULL)
		return section_error_item(s, "domain", i, "domain: '%s' is no domain: %s", text,
					  fault);
	ret->name = arena_strdup(arena, domain_ascii(text, out));
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
check_address_patterns(const struct section *s)
{
	const char *const *texts;
	size_t n = section_list(s, "match", &texts);
	int r = 0;

	for (size_t i = 0; i < n; i++)
		if (pattern_check_address(s, "match", i, texts[i]) < 0)
			r = -EINVAL;
	return r;
}

static int
read_mapping_patterns(struct arena *arena, const struct section *s, struct mapping *map)
{
	if (check_address_patterns(s) < 0)
		return -EINVAL;
	return patterns_read(arena, s, "match", section_bool(s, "backrefs"), &map->match);
}

/* A result of a map with patterns, which have at least so many groups. */
static const char *
find_replacement_fault(struct arena *arena, const char *to)
{
	const char *filled = regex_fill_in(arena, to);

	if (*to == '@')
		return "it lacks the part before the '@' (for example $1)";
	return filled == to ? written_target_fault(to) : written_replacement_fault(filled);
}

/* A result of a domain map, or of a table: "@new.example" keeps the part before the '@'. */
static const char *
find_result_fault(const char *to)
{
	if (*to == '@')
		return to[1] == '.' ? "a label of the domain is empty"
				    : written_domain_fault(to + 1);
	if (written_lacks_domain(to) && strchr(to, '.') != NULL &&
	    written_domain_fault(to) == NULL)
		return "it has no '@'; for all addresses of a domain write '@new.example'";
	return written_target_fault(to);
}

static int
check_match_result(struct arena *arena, const struct section *s, size_t i, const char *to,
		   unsigned groups)
{
	int r = regex_check_replacement(to, groups);
	const char *fault;

	if (r > 0)
		return section_error_item(s, "to", i, "to: $%d, but the pattern has %u group%s",
					  r, groups, groups == 1 ? "" : "s");
	if (r < 0)
		return section_error_item(s, "to", i, "to: a lone '$' (a dollar is '$$')");
	fault = find_replacement_fault(arena, to);
	if (fault != NULL)
		return section_error_item(s, "to", i, "to: '%s' is no address: %s", to, fault);
	return 0;
}

static int
check_domain_result(const struct section *s, size_t i, const char *to)
{
	const char *fault;

	if (strchr(to, '$') != NULL)
		return section_error_item(s, "to", i,
					  "to: '$' means something only with match; a domain "
					  "map keeps the part before '@' by itself");
	fault = find_result_fault(to);
	if (fault != NULL)
		return section_error_item(s, "to", i, "to: '%s' is no address: %s", to, fault);
	return 0;
}

static void
warn_of_lacking_domain(const struct section *s, size_t i, const char *to)
{
	if (written_lacks_domain(to) && strchr(to, '$') == NULL)
		section_warning_item(s, "to", i,
				     "to: '%s' has no domain: the MTA appends its own", to);
}

static int
read_mapping_results(struct arena *arena, const struct section *s, struct mapping *map)
{
	int r = 0;

	map->n_to = section_list(s, "to", &map->to);
	for (size_t i = 0; i < map->n_to; i++) {
		const char *to = map->to[i];

		if ((map->match.n == 0
			     ? check_domain_result(s, i, to)
			     : check_match_result(arena, s, i, to, map->match.groups)) < 0)
			r = -EINVAL;
		else
			warn_of_lacking_domain(s, i, to);
	}
	return r;
}

/* What the check of a table's values needs. */
struct value_check {
	struct arena *arena;
	bool fills_in;	/* a regex table: $0 to $9 are captures */
	bool is_sender; /* each value is one address, or "<>" */
};

static enum entry_fault
explain_value(enum entry_fault fault, const char *key, const char *result, const char *text,
	      char *why, size_t size)
{
	snprintf(why, size, "the value of '%.100s': '%.120s' %s", key, result, text);
	return fault;
}

/* One of the results, which are separated by commas. */
static enum entry_fault
check_value_result(const struct value_check *check, const char *key, const char *result,
		   char *why, size_t size)
{
	const char *fault = NULL;

	if (check->is_sender && strcmp(result, "<>") == 0)
		return ENTRY_FITS;
	if (check->fills_in && strchr(result, '$') != NULL)
		fault = *result == '@' ? NULL : find_replacement_fault(check->arena, result);
	else
		fault = find_result_fault(result);
	if (fault != NULL)
		return explain_value(ENTRY_WRONG, key, result,
				     arena_printf(check->arena, "is no address: %s", fault),
				     why, size);
	if (written_lacks_domain(result) && !check->fills_in)
		return explain_value(ENTRY_DOUBTFUL, key, result,
				     "has no domain: the MTA appends its own", why, size);
	return ENTRY_FITS;
}

static enum entry_fault
check_value_results(void *ctx, const char *key, const char *value, char *why, size_t size)
{
	const struct value_check *check = ctx;
	enum entry_fault fault = table_check_action(key, value, why, size);
	const char *rest = value;
	size_t n = 0;

	for (const char *to;
	     fault == ENTRY_FITS && (to = mapping_next_result(check->arena, &rest)) != NULL;
	     n++)
		fault = check_value_result(check, key, to, why, size);
	if (fault != ENTRY_FITS)
		return fault;
	if (n == 0) {
		snprintf(why, size, "the key '%.150s' has no value: no address", key);
		return ENTRY_WRONG;
	}
	if (check->is_sender && n > 1)
		return explain_value(ENTRY_WRONG, key, value,
				     "is more than one address: a message has one sender", why,
				     size);
	return ENTRY_FITS;
}

static int
read_table_map(struct arena *arena, const struct table_scope *tables, const struct section *s,
	       bool is_sender, struct mapping *map)
{
	const char *name = section_string(s, "table");
	struct value_check check = {.arena = arena, .is_sender = is_sender};
	int r = 0;

	if (section_has(s, "to") && !map->refuses)
		return section_error(s, "to", "to: the values of the table are the results");
	map->table = mapping_find_table(tables, s, "table", name);
	if (map->table == NULL)
		return -EINVAL;
	check.fills_in = table_type(map->table) == TABLE_REGEX;
	if (table_check_keys(map->table, KEYS_ADDRESSES) < 0)
		r = -EINVAL;
	if (!map->refuses && table_check_entries(map->table, check_value_results, &check) < 0)
		r = -EINVAL;
	return r;
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
	if (kind == MAPPING_KINDS && !section_is_faulty(s))
		(void)section_error(s, NULL, "%s \"%s\" needs match, domain or table",
				    section_kind(s), section_title(s));
	return kind;
}

/* What the map finds its mailboxes by, all but a table. */
static int
read_mapping_keys(struct arena *arena, const struct table_scope *tables,
		  const struct section *s, enum mapping_kind kind, struct mapping *map)
{
	int r = kind == MAPPING_DOMAIN ? read_mapping_domains(arena, tables, s, map)
				       : read_mapping_patterns(arena, s, map);

	if (r == 0 && map->match.n + map->n_domains == 0)
		return section_error(s, kind_options[kind], "%s: an empty list matches nothing",
				     kind_options[kind]);
	return r;
}

int
mapping_read(struct arena *arena, const struct table_scope *tables, const struct section *s,
	     bool refuses, struct mapping *ret)
{
	enum mapping_kind kind = find_mapping_kind(s);
	int r;

	*ret = (struct mapping){.title = section_title(s), .refuses = refuses};
	if (refuses && section_has(s, "to"))
		return section_error(s, "to",
				     "to: a recipient that is refused has no results; what the "
				     "client is told stands in reply");
	if (kind == MAPPING_KINDS)
		return -EINVAL;
	if (kind == MAPPING_TABLE)
		return read_table_map(arena, tables, s, false, ret);
	r = read_mapping_keys(arena, tables, s, kind, ret);
	if (refuses)
		return r;
	if (!section_has(s, "to"))
		return section_error(s, NULL,
				     "map \"%s\" needs to (to = {} removes the recipient)",
				     ret->title);
	return r < 0 ? r : read_mapping_results(arena, s, ret);
}

int
mapping_read_sender(struct arena *arena, const struct table_scope *tables,
		    const struct section *s, struct mapping *ret)
{
	enum mapping_kind kind = find_mapping_kind(s);
	int r;

	*ret = (struct mapping){.title = section_title(s)};
	if (kind == MAPPING_KINDS)
		return -EINVAL;
	if (kind == MAPPING_TABLE)
		return read_table_map(arena, tables, s, true, ret);
	r = read_mapping_keys(arena, tables, s, kind, ret);
	if (!section_has(s, "to"))
		return section_error(s, NULL, "sender_map \"%s\" needs to, the new sender",
				     ret->title);
	if (r < 0)
		return r;
	ret->n_to = section_list(s, "to", &ret->to);
	if (ret->n_to != 1)
		return section_error(s, "to", "to: a message has one sender, so one result");
	if (strcmp(ret->to[0], "<>") == 0)
		return 0;
	return kind == MAPPING_DOMAIN
		       ? check_domain_result(s, 0, ret->to[0])
		       : check_match_result(arena, s, 0, ret->to[0], ret->match.groups);
}
