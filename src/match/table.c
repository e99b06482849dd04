/* Looks one key up in a table that table_load() made, by one search in its hash, its networks
 * or its patterns. Sequences of keys are in table_find.c. The form of a table in memory, and
 * how networks are found, stands in table_data.h. */
#include "match/table.h"

#include <stdint.h>
#include <string.h>

#include "match/table_data.h"
#include "util/str.h"

#define TABLE_PREFIX "table:"

/* FNV-1a. An attacker chooses the keys that are looked up, not those in the table, and so
 * cannot make them collide with each other. */
uint32_t
table_hash(const char *key, size_t len, bool nocase)
{
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < len; i++)
		h = (h ^ (nocase ? str_lower_char(key[i]) : (unsigned char)key[i])) * 16777619u;
	return h;
}

static bool
entry_has_key(const struct table *t, const struct table_entry *e, const char *key, size_t len)
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

		if (n == 0 || (t->entries[n - 1].hash == hash &&
			       entry_has_key(t, &t->entries[n - 1], key, len)))
			return &t->slots[i];
	}
}

const struct table_entry *
table_find_entry(const struct table *t, const char *key, size_t len)
{
	uint32_t slot = *table_slot(t, key, len, table_hash(key, len, t->nocase));

	return slot == 0 ? NULL : &t->entries[slot - 1];
}

void
table_make_network_key(const struct cidr *net, char key[static NETWORK_KEY_BYTES])
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
table_has_actions(const struct table *t)
{
	return t->actions;
}

bool
table_has_phrases(const struct table *t)
{
	return t->phrases;
}

const char *
table_reference(const char *text)
{
	size_t len = strlen(TABLE_PREFIX);

	return strncmp(text, TABLE_PREFIX, len) == 0 ? text + len : NULL;
}

const struct table *
table_scope_find(const struct table_scope *scope, const struct section *s, const char *option,
		 const char *name)
{
	const char *behind = table_reference(name);

	return scope->find(scope->ctx, s, option, behind != NULL ? behind : name);
}

/* Does the row fit? As table_find_rule(). */
static int
match_row(const struct table_rule *rule, const struct match_context *match, const char *key,
	  size_t len, struct table_hit *ret, struct regex_groups *ret_groups)
{
	int r = regex_match_piece(rule->re, match, key, len, ret_groups);

	if (r >= 0 && rule->negated) {
		r = !r;
		*ret_groups = (struct regex_groups){.subject = key};
	}
	if (r > 0)
		*ret = (struct table_hit){.value = rule->value, .line = rule->at};
	return r;
}

int
table_find_rule(const struct table *t, const struct match_context *match, const char *key,
		size_t len, struct table_hit *ret, struct regex_groups *ret_groups)
{
	int r = 0;

	for (size_t i = 0; i < t->n && r == 0; i++)
		r = match_row(&t->rules[i], match, key, len, ret, ret_groups);
	return r;
}

size_t
table_count_rows(const struct table *t)
{
	return t->n;
}

const struct regex *
table_row_pattern(const struct table *t, size_t row, bool *ret_negated)
{
	*ret_negated = t->rules[row].negated;
	return t->rules[row].re;
}

int
table_find_rule_among(const struct table *t, const uint32_t *rows, size_t n,
		      const struct match_context *match, const char *key, size_t len,
		      struct table_hit *ret, struct regex_groups *ret_groups)
{
	int r = 0;

	for (size_t i = 0; i < n && r == 0; i++)
		r = match_row(&t->rules[rows[i]], match, key, len, ret, ret_groups);
	return r;
}

static int
lookup_in_rules(const struct table *t, const struct match_context *match, const char *key,
		size_t len, const char **ret_value)
{
	const char *subject = regex_subject(key, &len);
	struct regex_groups groups;
	struct table_hit hit;
	int r = table_find_rule(t, match, subject, len, &hit, &groups);

	if (r > 0 && ret_value != NULL)
		*ret_value = regex_expand_to_string(match->arena, hit.value, &groups);
	return r;
}

static void
clear_host_bits(struct cidr *net, unsigned bits)
{
	for (unsigned i = 0; i < sizeof(net->addr); i++) {
		unsigned keep = bits <= 8 * i ? 0 : bits - 8 * i;

		if (keep < 8)
			net->addr[i] &= (unsigned char)(0xff00u >> keep);
	}
	net->bits = bits;
}

const struct table_entry *
table_find_network(const struct table *t, const struct cidr *host)
{
	const struct prefix_lengths *lengths = host->family == AF_INET6 ? &t->v6 : &t->v4;
	const struct table_entry *first = NULL;

	for (size_t i = 0; i < lengths->n; i++) {
		struct cidr net = *host;
		char key[NETWORK_KEY_BYTES];

		clear_host_bits(&net, lengths->bits[i]);
		table_make_network_key(&net, key);

		const struct table_entry *e = table_find_entry(t, key, sizeof(key));

		if (e != NULL && (first == NULL || e < first))
			first = e;
	}
	return first;
}

static int
lookup_host(const struct table *t, const char *key, const char **ret_value)
{
	const struct table_entry *e;
	struct cidr host;

	if (cidr_parse_host(key, &host) < 0)
		return 0;
	e = table_find_network(t, &host);
	if (e == NULL)
		return 0;
	if (ret_value != NULL)
		*ret_value = e->value;
	return 1;
}

int
table_lookup(const struct table *t, const struct match_context *match, const char *key,
	     const char **ret_value)
{
	const struct table_entry *e;

	if (t->type == TABLE_CIDR)
		return lookup_host(t, key, ret_value);
	if (t->type == TABLE_REGEX)
		return lookup_in_rules(t, match, key, strlen(key), ret_value);
	e = table_find_entry(t, key, strlen(key));
	if (e == NULL)
		return 0;
	if (ret_value != NULL)
		*ret_value = e->value;
	return 1;
}

bool
table_lookup_network(const struct table *t, const struct cidr *host)
{
	return t->type == TABLE_CIDR && table_find_network(t, host) != NULL;
}
