/* Looks up addresses, domains and hosts by sequences of keys. For rules these are the keys of
 * Postfix's access(5), and the result is the entry that was found, not only its value. */
#include <arpa/inet.h>
#include <string.h>

#include "match/address.h"
#include "match/table_data.h"
#include "util/arena.h"
#include "util/domain.h"
#include "util/mailbox.h"
#include "util/str.h"

/* Of a domain that is looked up by its parents: 255 characters of UTF-8. Without this limit
 * the time would grow with the square of the length. */
#define MAX_DOMAIN_BYTES 1020u

/* A lookup of one thing in one table. */
struct table_search {
	const struct table *t;
	const struct match_context *match;
	struct table_hit *hit;
	struct regex_groups *groups;
};

static size_t
entry_line(const struct table *t, const struct table_entry *e)
{
	return t->path != NULL ? e->at : 0;
}

static int
take_table_entry(const struct table_search *s, const struct table_entry *e)
{
	if (e == NULL)
		return 0;
	*s->hit = (struct table_hit){e->value, entry_line(s->t, e),
				     s->t->type == TABLE_CIDR ? NULL : e->key};
	*s->groups = (struct regex_groups){0};
	return 1;
}

static int
find_key(const struct table_search *s, const char *key, size_t len)
{
	return take_table_entry(s, table_find_entry(s->t, key, len));
}

static int
find_in_rules(const struct table_search *s, const char *key, size_t len)
{
	const char *subject = regex_subject(arena_strndup(s->match->arena, key, len), &len);

	return table_find_rule(s->t, s->match, subject, len, s->hit, s->groups);
}

/* The key as it is, in lower case with A-labels, in U-labels. */
static int
find_in_rules_by_all_forms(const struct table_search *s, const char *key)
{
	char out[DOMAIN_MAX_BYTES];
	const char *form;
	unsigned i = 0;
	int r = 0;

	while (r == 0 && (form = domain_next_form(key, &i, out)) != NULL)
		r = find_in_rules(s, form, domain_trimmed_length(form));
	return r;
}

/* The domains that this one, which was looked up, lies below. */
static int
find_parents(const struct table_search *s, const char *domain, size_t len)
{
	int r = 0;

	for (size_t i = 1; i < len && len <= MAX_DOMAIN_BYTES && r == 0; i++) {
		if (domain[i] != '.')
			continue;
		r = find_key(s, domain + i, len - i);
		if (r == 0 && s->t->subdomains)
			r = find_key(s, domain + i + 1, len - i - 1);
	}
	return r;
}

static int
find_domain_keys(const struct table_search *s, const char *domain, size_t len)
{
	int r = find_key(s, domain, len);

	return r != 0 ? r : find_parents(s, domain, len);
}

/* The mailbox without its extension; NULL: it has none. What is left may need no quotes:
 * "joe+a b"@example.com is joe@example.com. */
static const char *
make_plain_address(const struct table_search *s, const struct address_parts *p)
{
	struct arena *arena = s->match->arena;
	const char *plain;

	if (p->user >= p->local - p->quoted)
		return NULL;
	plain = address_rewrite(arena, p, p->domain, false);
	return p->quoted ? mailbox_from_path(arena, plain) : plain;
}

static int
find_plain_address(const struct table_search *s, const struct address_parts *p)
{
	const char *plain = make_plain_address(s, p);

	return plain == NULL ? 0 : find_key(s, plain, domain_trimmed_length(plain));
}

/* "user@": the local part and an @. */
static int
find_user_key(const struct table_search *s, const struct address_parts *p)
{
	char *key = arena_alloc(s->match->arena, p->local + 2);

	memcpy(key, p->mailbox, p->local);
	key[p->local] = '@';
	return find_key(s, key, p->local + 1);
}

/* The same with the extension and without it. */
static int
find_user_keys(const struct table_search *s, const struct address_parts *p)
{
	struct address_parts plain_parts;
	const char *plain;
	int r = find_user_key(s, p);

	if (r != 0 || (plain = make_plain_address(s, p)) == NULL)
		return r;
	plain_parts = address_split(plain, '\0');
	return find_user_key(s, &plain_parts);
}

/* all: also the keys that only rules have. */
static int
find_address_keys(const struct table_search *s, const char *mailbox, char delimiter, bool all)
{
	struct address_parts p = address_split(mailbox, delimiter);
	size_t len = *p.domain == '\0' ? p.local : domain_trimmed_length(mailbox);
	int r = find_key(s, mailbox, len);

	if (r == 0)
		r = find_plain_address(s, &p);
	if (r == 0 && p.local < len)
		r = find_key(s, p.domain, len - p.local);
	if (r == 0 && all && p.local + 1 < len)
		r = find_domain_keys(s, p.domain + 1, len - p.local - 1);
	return r != 0 || !all ? r : find_user_keys(s, &p);
}

/* In any table but one of networks. */
static int
find_address(const struct table_search *s, const char *mailbox, char delimiter, bool all)
{
	const char *key = *mailbox == '\0' ? "<>" : mailbox, *ascii;
	char out[DOMAIN_MAX_BYTES];
	int r;

	if (s->t->type == TABLE_REGEX)
		return find_in_rules_by_all_forms(s, key);
	if (*mailbox == '\0')
		return find_key(s, key, strlen(key));
	r = find_address_keys(s, key, delimiter, all);
	ascii = domain_ascii(key, out);
	if (r == 0 && ascii != key)
		r = find_address_keys(s, arena_strdup(s->match->arena, ascii), delimiter, all);
	return r;
}

int
table_find_address(const struct table *t, const struct match_context *match,
		   const char *mailbox, char delimiter, struct table_hit *ret,
		   struct regex_groups *ret_groups)
{
	const struct table_search s = {t, match, ret, ret_groups};

	return t->type == TABLE_CIDR ? 0 : find_address(&s, mailbox, delimiter, true);
}

static const char *
make_table_value(const struct table_search *s)
{
	if (s->t->type != TABLE_REGEX)
		return s->hit->value;
	return regex_expand_to_string(s->match->arena, s->hit->value, s->groups);
}

int
table_lookup_address(const struct table *t, const struct match_context *match,
		     const char *mailbox, char delimiter, const char **ret_value)
{
	struct regex_groups groups;
	struct table_hit hit;
	const struct table_search s = {t, match, &hit, &groups};
	int r;

	if (t->type == TABLE_CIDR)
		return table_lookup(t, match, mailbox, ret_value);
	r = find_address(&s, mailbox, delimiter, false);
	if (r > 0 && ret_value != NULL)
		*ret_value = make_table_value(&s);
	return r;
}

int
table_find_domain(const struct table *t, const struct match_context *match, const char *domain,
		  struct table_hit *ret, struct regex_groups *ret_groups)
{
	const struct table_search s = {t, match, ret, ret_groups};
	char out[DOMAIN_MAX_BYTES];
	const char *ascii;
	int r;

	if (t->type == TABLE_CIDR)
		return table_find_host(t, match, domain, ret, ret_groups);
	if (t->type == TABLE_REGEX)
		return find_in_rules_by_all_forms(&s, domain);
	r = find_domain_keys(&s, domain, domain_trimmed_length(domain));
	ascii = domain_ascii(domain, out);
	if (r == 0 && ascii != domain)
		r = find_domain_keys(&s, ascii, domain_trimmed_length(ascii));
	return r;
}

int
table_lookup_domain(const struct table *t, const struct match_context *match,
		    const char *domain, const char **ret_value)
{
	struct regex_groups groups;
	struct table_hit hit;
	const struct table_search s = {t, match, &hit, &groups};
	int r = table_find_domain(t, match, domain, &hit, &groups);

	if (r > 0 && ret_value != NULL)
		*ret_value = make_table_value(&s);
	return r;
}

/* The address, then what stands before each of its dots or colons, from the last one on. */
static int
find_address_prefixes(const struct table_search *s, const char *address)
{
	size_t len = strlen(address);
	int r = find_key(s, address, len);

	while (r == 0 && len > 0) {
		len--;
		if (address[len] == '.' || address[len] == ':')
			r = find_key(s, address, len);
	}
	return r;
}

int
table_find_host(const struct table *t, const struct match_context *match, const char *host,
		struct table_hit *ret, struct regex_groups *ret_groups)
{
	const struct table_search s = {t, match, ret, ret_groups};
	char text[INET6_ADDRSTRLEN];
	struct cidr address;

	if (cidr_parse_host(host, &address) < 0)
		return t->type == TABLE_CIDR ? 0
					     : table_find_text(t, match, host, ret, ret_groups);
	if (t->type == TABLE_CIDR)
		return take_table_entry(&s, table_find_network(t, &address));
	if (inet_ntop(address.family, address.addr, text, sizeof(text)) == NULL)
		return 0;
	return t->type == TABLE_REGEX ? find_in_rules(&s, text, strlen(text))
				      : find_address_prefixes(&s, text);
}

int
table_find_text(const struct table *t, const struct match_context *match, const char *key,
		struct table_hit *ret, struct regex_groups *ret_groups)
{
	const struct table_search s = {t, match, ret, ret_groups};

	if (t->type == TABLE_CIDR)
		return 0;
	return t->type == TABLE_REGEX ? find_in_rules(&s, key, strlen(key))
				      : find_key(&s, key, strlen(key));
}
