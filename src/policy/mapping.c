/* Maps from an address to others: how they are read, and what one map makes of one address. */
#include "match/mapping.h"

#include <errno.h>
#include <string.h>

#include "match/domain.h"
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

bool
address_is_valid(const char *mailbox)
{
	size_t len = strlen(mailbox);

	if (len == 0 || len > ADDRESS_MAX_BYTES || *mailbox == '@')
		return false;
	for (const char *p = mailbox; *p != '\0'; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f || *p == '<' || *p == '>')
			return false;
	return true;
}

struct address_parts
address_split(const char *mailbox, char delimiter)
{
	const char *at = strrchr(mailbox, '@');
	struct address_parts p = {.mailbox = mailbox};
	const char *mark = NULL;

	p.local = at != NULL ? (size_t)(at - mailbox) : strlen(mailbox);
	p.domain = mailbox + p.local;
	if (delimiter != '\0' && p.local > 1 && *mailbox != '"')
		mark = memchr(mailbox + 1, delimiter, p.local - 1);
	p.user = mark != NULL && *mailbox != delimiter ? (size_t)(mark - mailbox) : p.local;
	return p;
}

const char *
address_rewrite(struct arena *arena, const struct address_parts *p, const char *to,
		bool with_extension)
{
	const char *at = strrchr(to, '@');
	size_t head = at != NULL ? (size_t)(at - to) : strlen(to);
	size_t extension = with_extension ? p->local - p->user : 0;

	if (head == 0)
		return arena_printf(arena, "%.*s%s", (int)(p->user + extension), p->mailbox,
				    to);
	return arena_printf(arena, "%.*s%.*s%s", (int)head, to, (int)extension,
			    p->mailbox + p->user, to + head);
}

/* Reading */

const struct table *
mapping_find_table(struct policy_setup *setup, const struct section *s, const char *option,
		   const char *name)
{
	const struct table *t = policy_setup_table(setup, s, option, name);

	if (t == NULL || table_type(t) != TABLE_CIDR)
		return t;
	(void)section_error(s, option, "%s: table \"%s\" is one of networks (type cidr)",
			    option, name);
	return NULL;
}

static int
read_domains(struct policy_setup *setup, const struct section *s, struct mapping *map)
{
	const char *const *names;
	size_t n = section_list(s, "domain", &names);
	struct mapping_domain *domains =
		arena_zalloc(policy_setup_arena(setup), n * sizeof(*domains));
	int r = 0;

	for (size_t i = 0; i < n; i++) {
		domains[i].name = names[i];
		if (strncmp(names[i], "table:", 6) == 0) {
			domains[i].table = mapping_find_table(setup, s, "domain", names[i] + 6);
			if (domains[i].table == NULL)
				r = -EINVAL;
		} else if (*names[i] == '\0' || strchr(names[i], '@') != NULL) {
			r = section_error_item(s, "domain", i, "domain: '%s' is no domain",
					       names[i]);
		}
	}
	map->domains = domains;
	map->n_domains = n;
	return r;
}

static int
read_patterns(struct policy_setup *setup, const struct section *s, struct mapping *map)
{
	return patterns_read(policy_setup_arena(setup), s, "match", section_bool(s, "backrefs"),
			     &map->match);
}

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
		return section_error_item(s, "to", i,
					  "to: '%s' lacks the part before '@' ($1, say)", to);
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
read_results(const struct section *s, struct mapping *map)
{
	int r = 0;

	for (size_t i = 0; i < map->n_to; i++) {
		int one = map->match.n == 0
				  ? check_domain_result(s, i, map->to[i])
				  : check_match_result(s, i, map->to[i], map->match.groups);

		if (one < 0)
			r = one;
	}
	return r;
}

static int
read_table_map(struct policy_setup *setup, const struct section *s, struct mapping *map)
{
	const char *name = section_string(s, "table");

	if (section_has(s, "to"))
		return section_error(s, "to", "to: the values of the table are the results");
	map->table = mapping_find_table(setup, s, "table", name);
	if (map->table == NULL)
		return -EINVAL;
	if (!table_has_values(map->table))
		return section_error(s, "table", "table: \"%s\" has keys but no values", name);
	return 0;
}

/* Which of the three it has; NULL after section_error(). */
static const char *
find_kind(const struct section *s)
{
	static const char *const kinds[] = {"match", "domain", "table"};
	const char *kind = NULL;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (!section_has(s, kinds[i]))
			continue;
		if (kind != NULL) {
			(void)section_error(s, kinds[i],
					    "%s: a map has one of match, domain and table, and "
					    "this one has %s",
					    kinds[i], kind);
			return NULL;
		}
		kind = kinds[i];
	}
	if (kind == NULL)
		(void)section_error(s, NULL, "map \"%s\" needs match, domain or table",
				    section_title(s));
	return kind;
}

int
mapping_read(struct policy_setup *setup, const struct section *s, struct mapping *ret)
{
	const char *kind = find_kind(s);
	int r;

	*ret = (struct mapping){.title = section_title(s)};
	if (kind == NULL)
		return -EINVAL;
	if (strcmp(kind, "table") == 0)
		return read_table_map(setup, s, ret);
	r = strcmp(kind, "domain") == 0 ? read_domains(setup, s, ret)
					: read_patterns(setup, s, ret);
	if (!section_has(s, "to"))
		return section_error(s, NULL,
				     "map \"%s\" needs to (to = {} removes the recipient)",
				     ret->title);
	if (r < 0)
		return r;
	if (ret->match.n + ret->n_domains == 0)
		return section_error(s, kind, "%s: an empty list matches nothing", kind);
	ret->n_to = section_list(s, "to", &ret->to);
	return read_results(s, ret);
}

int
mapping_read_sender(struct policy_setup *setup, const struct section *s, struct mapping *ret)
{
	int r;

	*ret = (struct mapping){.title = section_title(s)};
	r = read_patterns(setup, s, ret);
	if (r < 0)
		return r;
	ret->n_to = section_list(s, "to", &ret->to);
	if (ret->match.n == 0)
		return section_error(s, "match", "match: an empty list matches nothing");
	if (ret->n_to != 1)
		return section_error(s, "to", "to: a message has one sender, so one result");
	return check_match_result(s, 0, ret->to[0], ret->match.groups);
}

/* Applying */

static int
fail_lookup(struct policy_call *c, const struct table *t, int r, enum verdict *ret_verdict)
{
	*ret_verdict = policy_fail(c, "table '%s': %s", table_name(t),
				   r == -ETIME ? "over regex_time" : "over regex_steps");
	return r;
}

static int
find_address(struct policy_call *c, const struct table *t, const struct mapping_rules *rules,
	     const char *mailbox, const char **ret_value)
{
	return table_lookup_address(t, policy_arena(c), policy_regex_limits(c),
				    policy_regex_budget(c), mailbox, rules->delimiter,
				    ret_value);
}

static int
find_domain(struct policy_call *c, const struct table *t, const char *domain)
{
	const char *value;

	return table_lookup_domain(t, policy_arena(c), policy_regex_limits(c),
				   policy_regex_budget(c), domain, &value);
}

int
mapping_is_in_table(struct policy_call *c, const struct table *t,
		    const struct mapping_rules *rules, const char *mailbox,
		    enum verdict *ret_verdict)
{
	const char *value;
	int r = find_address(c, t, rules, mailbox, &value);

	return r < 0 ? fail_lookup(c, t, r, ret_verdict) : r;
}

static void
make_results(struct policy_call *c, size_t n, struct mapping_results *ret)
{
	ret->to = arena_alloc(policy_arena(c), n * sizeof(*ret->to));
	ret->n = 0;
}

/* What the groups caught is as sent. */
static const char *
expand(struct policy_call *c, const char *to, const struct regex_groups *groups)
{
	struct buf text = {0};
	const char *copy;

	regex_expand(to, groups, &text);
	copy = arena_strdup(policy_arena(c), buf_string(&text));
	buf_free(&text);
	return copy;
}

/* What is longer than a pattern sees, or is not UTF-8, could not be captured as it is: no
 * match. */
static int
apply_match(struct policy_call *c, const struct mapping *map, const char *mailbox,
	    struct mapping_results *ret, enum verdict *ret_verdict)
{
	size_t len = strlen(mailbox);
	struct regex_groups groups;
	int r = 0;

	if (len > REGEX_MAX_SUBJECT || !str_is_utf8(mailbox, len))
		return 0;
	for (size_t i = 0; i < map->match.n && r == 0; i++) {
		r = policy_match(c, map->match.re[i], mailbox, len, &groups);
		if (r < 0)
			*ret_verdict = policy_regex_failed(c, map->match.re[i], r);
	}
	if (r <= 0)
		return r;
	make_results(c, map->n_to, ret);
	for (size_t i = 0; i < map->n_to; i++)
		ret->to[ret->n++] = expand(c, map->to[i], &groups);
	return 1;
}

static int
apply_domain(struct policy_call *c, const struct mapping *map,
	     const struct mapping_rules *rules, const char *mailbox,
	     struct mapping_results *ret, enum verdict *ret_verdict)
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
				     : find_domain(c, d->table, domain);
		if (r < 0)
			return fail_lookup(c, d->table, r, ret_verdict);
	}
	if (r == 0)
		return 0;
	make_results(c, map->n_to, ret);
	for (size_t i = 0; i < map->n_to; i++)
		ret->to[ret->n++] = address_rewrite(policy_arena(c), &p, map->to[i],
						    rules->keeps_extension);
	return 1;
}

/* One of a value's results: up to the next comma, without the blanks around it. */
static const char *
next_value(struct policy_call *c, const char **value)
{
	const char *text = *value + strspn(*value, " \t,");
	size_t len = strcspn(text, ",");

	*value = text + len;
	len = str_trim_blanks(text, len);
	return len == 0 ? NULL : arena_strndup(policy_arena(c), text, len);
}

static size_t
count_values(const char *value)
{
	size_t n = 1;

	for (const char *p = strchr(value, ','); p != NULL; p = strchr(p + 1, ','))
		n++;
	return n;
}

/* An extension that is part of the key is not carried to another user. */
static int
apply_table(struct policy_call *c, const struct mapping *map, const struct mapping_rules *rules,
	    const char *mailbox, struct mapping_results *ret, enum verdict *ret_verdict)
{
	struct address_parts p = address_split(mailbox, rules->delimiter);
	const char *value, *one;
	int r = table_lookup(map->table, policy_arena(c), policy_regex_limits(c),
			     policy_regex_budget(c), mailbox, &value);
	bool whole = r > 0;

	if (r == 0)
		r = find_address(c, map->table, rules, mailbox, &value);
	if (r < 0)
		return fail_lookup(c, map->table, r, ret_verdict);
	if (r == 0)
		return 0;
	make_results(c, count_values(value), ret);
	while ((one = next_value(c, &value)) != NULL) {
		bool with = rules->keeps_extension && (!whole || *one == '@');

		ret->to[ret->n++] = address_rewrite(policy_arena(c), &p, one, with);
	}
	if (ret->n > 0)
		return 1;
	*ret_verdict = policy_fail(c, "table '%s' has no value for %s", table_name(map->table),
				   mailbox);
	return -EINVAL;
}

int
mapping_apply(struct policy_call *c, const struct mapping *map,
	      const struct mapping_rules *rules, const char *mailbox,
	      struct mapping_results *ret, enum verdict *ret_verdict)
{
	if (map->match.n > 0)
		return apply_match(c, map, mailbox, ret, ret_verdict);
	if (map->table != NULL)
		return apply_table(c, map, rules, mailbox, ret, ret_verdict);
	return apply_domain(c, map, rules, mailbox, ret, ret_verdict);
}
