/* Tables, looked up: an open hash; regex tables in their order; networks by each prefix length
 * that occurs. */
#include "match/table.h"

#include <stdint.h>
#include <string.h>

#include "match/domain.h"
#include "match/table_data.h"
#include "util/arena.h"
#include "util/buf.h"
#include "util/str.h"

#define MAX_DOMAIN_BYTES 1020u /* 255 characters of UTF-8; a longer one has no parents */

/* FNV-1a. Who looks up does not choose what is in the table, so collisions are nobody's. */
uint32_t
table_hash(const char *key, size_t len, bool nocase)
{
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < len; i++)
		h = (h ^ (nocase ? str_lower_char(key[i]) : (unsigned char)key[i])) * 16777619u;
	return h;
}

static bool
is_key(const struct table *t, const struct entry *e, const char *key, size_t len)
{
	if (t->nocase)
		return str_case_equal_n(e->key, e->len, key, len);
	return e->len == len && memcmp(e->key, key, len) == 0;
}

uint32_t *
table_slot(const struct table *t, const char *key, size_t len, uint32_t hash)
{
	for (uint32_t i = hash & t->mask;; i = (i + 1) & t->mask) {
		uint32_t n = t->slots[i];

		if (n == 0 ||
		    (t->entries[n - 1].hash == hash && is_key(t, &t->entries[n - 1], key, len)))
			return &t->slots[i];
	}
}

static const struct entry *
find(const struct table *t, const char *key, size_t len)
{
	uint32_t slot = *table_slot(t, key, len, table_hash(key, len, t->nocase));

	return slot == 0 ? NULL : &t->entries[slot - 1];
}

void
table_network_key(const struct cidr *net, char key[static NETWORK_KEY])
{
	key[0] = net->family == AF_INET6 ? 6 : 4;
	key[1] = (char)(unsigned char)net->bits;
	memset(key + 2, 0, sizeof(net->addr));
	memcpy(key + 2, net->addr, net->family == AF_INET6 ? 16 : 4);
}

const char *
table_name(const struct table *t)
{
	return t->name;
}

enum table_type
table_type(const struct table *t)
{
	return t->type;
}

bool
table_has_values(const struct table *t)
{
	return t->has_values;
}

/* What a lookup works with. */
struct lookup {
	const struct table *t;
	struct arena *arena;
	const struct regex_limits *limits;
	struct regex_budget *budget;
};

static const char *
expand_value(struct arena *arena, const char *value, const struct regex_groups *groups)
{
	struct buf b = {0};

	if (strchr(value, '$') == NULL)
		return value;
	regex_expand(value, groups, &b);

	const char *out = arena_strndup(arena, buf_string(&b), b.len);

	buf_free(&b);
	return out;
}

static int
lookup_regex(const struct lookup *l, const char *key, size_t len, const char **ret_value)
{
	const char *subject = regex_subject(key, &len);

	for (size_t i = 0; i < l->t->n; i++) {
		const struct rule *rule = &l->t->rules[i];
		struct regex_groups groups;
		int r = regex_match(rule->re, l->limits, l->budget, subject, len, &groups,
				    NULL);

		if (r == 0)
			continue;
		if (r > 0 && ret_value != NULL)
			*ret_value = expand_value(l->arena, rule->value, &groups);
		return r;
	}
	return 0;
}

static void
mask_bits(struct cidr *net, unsigned bits)
{
	for (unsigned i = 0; i < sizeof(net->addr); i++) {
		unsigned keep = bits <= 8 * i ? 0 : bits - 8 * i;

		if (keep < 8)
			net->addr[i] &= (unsigned char)(0xff00u >> keep);
	}
	net->bits = bits;
}

/* Of the networks that contain host the one that was written first. */
static const struct entry *
find_network(const struct table *t, const struct cidr *host)
{
	const struct lengths *lengths = host->family == AF_INET6 ? &t->v6 : &t->v4;
	const struct entry *first = NULL;

	for (size_t i = 0; i < lengths->n; i++) {
		struct cidr net = *host;
		char key[NETWORK_KEY];

		mask_bits(&net, lengths->bits[i]);
		table_network_key(&net, key);

		const struct entry *e = find(t, key, sizeof(key));

		if (e != NULL && (first == NULL || e < first))
			first = e;
	}
	return first;
}

static int
lookup_key(const struct lookup *l, const char *key, size_t len, const char **ret_value)
{
	const struct entry *e;

	if (l->t->type == TABLE_REGEX)
		return lookup_regex(l, key, len, ret_value);
	e = find(l->t, key, len);
	if (e == NULL)
		return 0;
	if (ret_value != NULL)
		*ret_value = e->value;
	return 1;
}

static int
lookup_network(const struct table *t, const char *key, const char **ret_value)
{
	const struct entry *e;
	struct cidr host;

	if (cidr_parse_host(key, &host) < 0)
		return 0;
	e = find_network(t, &host);
	if (e == NULL)
		return 0;
	if (ret_value != NULL)
		*ret_value = e->value;
	return 1;
}

int
table_lookup(const struct table *t, struct arena *arena, const struct regex_limits *limits,
	     struct regex_budget *budget, const char *key, const char **ret_value)
{
	const struct lookup l = {t, arena, limits, budget};

	if (t->type == TABLE_CIDR)
		return lookup_network(t, key, ret_value);
	return lookup_key(&l, key, strlen(key), ret_value);
}

/* "example.com." is example.com. */
static size_t
domain_length(const char *s)
{
	size_t len = strlen(s);

	return len > 0 && s[len - 1] == '.' ? len - 1 : len;
}

/* The mailbox without its extension; what is too long to be one is not there. */
static int
lookup_plain(const struct lookup *l, const char *mailbox, size_t len, size_t at, char delimiter,
	     const char **ret_value)
{
	const char *ext = delimiter == '\0' ? NULL : memchr(mailbox, delimiter, at);
	size_t n = ext == NULL ? 0 : (size_t)(ext - mailbox);
	char key[DOMAIN_MAX_BYTES];

	if (ext == NULL || n + len - at > sizeof(key))
		return 0;
	memcpy(key, mailbox, n);
	memcpy(key + n, mailbox + at, len - at);
	return lookup_key(l, key, n + len - at, ret_value);
}

static int
lookup_address(const struct lookup *l, const char *mailbox, char delimiter,
	       const char **ret_value)
{
	const char *sign = strrchr(mailbox, '@');
	size_t len = sign == NULL ? strlen(mailbox) : domain_length(mailbox);
	size_t at = sign == NULL ? len : (size_t)(sign - mailbox);
	int r = lookup_key(l, mailbox, len, ret_value);

	if (r == 0)
		r = lookup_plain(l, mailbox, len, at, delimiter, ret_value);
	if (r == 0 && at < len)
		r = lookup_key(l, sign, len - at, ret_value);
	return r;
}

int
table_lookup_address(const struct table *t, struct arena *arena,
		     const struct regex_limits *limits, struct regex_budget *budget,
		     const char *mailbox, char delimiter, const char **ret_value)
{
	const struct lookup l = {t, arena, limits, budget};
	const char *key = *mailbox == '\0' ? "<>" : mailbox, *ascii;
	char out[DOMAIN_MAX_BYTES];
	int r;

	if (t->type == TABLE_REGEX || t->type == TABLE_CIDR)
		return table_lookup(t, arena, limits, budget, key, ret_value);
	r = lookup_address(&l, key, delimiter, ret_value);
	ascii = domain_ascii(key, out);
	if (r == 0 && ascii != key)
		r = lookup_address(&l, ascii, delimiter, ret_value);
	return r;
}

static int
lookup_domain(const struct lookup *l, const char *domain, const char **ret_value)
{
	size_t len = domain_length(domain);
	int r = lookup_key(l, domain, len, ret_value);

	if (len > MAX_DOMAIN_BYTES)
		return r;
	for (size_t i = 1; i < len && r == 0; i++) {
		if (domain[i] == '.')
			r = lookup_key(l, domain + i, len - i, ret_value);
	}
	return r;
}

int
table_lookup_domain(const struct table *t, struct arena *arena,
		    const struct regex_limits *limits, struct regex_budget *budget,
		    const char *domain, const char **ret_value)
{
	const struct lookup l = {t, arena, limits, budget};
	char out[DOMAIN_MAX_BYTES];
	const char *ascii;
	int r;

	if (t->type == TABLE_CIDR)
		return lookup_network(t, domain, ret_value);
	if (t->type == TABLE_REGEX)
		return lookup_key(&l, domain, domain_length(domain), ret_value);
	r = lookup_domain(&l, domain, ret_value);
	ascii = domain_ascii(domain, out);
	if (r == 0 && ascii != domain)
		r = lookup_domain(&l, ascii, ret_value);
	return r;
}

bool
table_lookup_network(const struct table *t, const struct cidr *host)
{
	return t->type == TABLE_CIDR && find_network(t, host) != NULL;
}
