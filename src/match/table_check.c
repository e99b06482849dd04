/* Checks the entries of a table for the way in which it is used: keys that can never match, and
 * values that are not what the user of the table needs. Input: a table that was loaded.
 * Output: section_error() and section_warning() at the line of each entry. The same table may
 * be used, and so checked, more than once; a line that was reported already is not shown
 * again. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "match/table.h"
#include "match/table_data.h"
#include "match/written.h"

#define MAX_REPORTS 20u /* of one table and use */
#define WHY_BYTES   384u

void
table_report_entry(const struct table *t, bool warning, size_t at, const char *text)
{
	if (t->path != NULL && warning)
		section_warning(t->section, "file", "%s:%zu: %s", t->path, at, text);
	else if (t->path != NULL)
		section_error(t->section, "file", "%s:%zu: %s", t->path, at, text);
	else if (warning)
		section_warning_item(t->section, "values", at, "%s", text);
	else
		section_error_item(t->section, "values", at, "%s", text);
}

static size_t
get_entry(const struct table *t, size_t i, const char **ret_key, const char **ret_value)
{
	if (t->type == TABLE_REGEX) {
		*ret_key = regex_pattern(t->rules[i].re);
		*ret_value = t->rules[i].value;
		return t->rules[i].at;
	}
	*ret_key = t->type == TABLE_CIDR ? "" : t->entries[i].key;
	*ret_value = t->entries[i].value;
	return t->entries[i].at;
}

int
table_check_entries(const struct table *t, table_entry_check *check, void *ctx)
{
	char why[WHY_BYTES];
	unsigned reports = 0;
	size_t last = SIZE_MAX;
	int r = 0;

	for (size_t i = 0; i < t->n; i++) {
		const char *key, *value;
		size_t at = get_entry(t, i, &key, &value);
		enum entry_fault fault = ENTRY_FITS;

		if (at != last) /* else another form of the same key */
			fault = check(ctx, key, value, why, sizeof(why));
		last = at;
		if (fault == ENTRY_FITS)
			continue;
		if (fault == ENTRY_WRONG)
			r = -EINVAL;
		if (++reports <= MAX_REPORTS)
			table_report_entry(t, fault == ENTRY_DOUBTFUL, at, why);
	}
	if (reports > MAX_REPORTS)
		section_warning(t->section, NULL,
				"table \"%s\": the rest of its mistakes is not reported",
				t->name);
	return r;
}

void
table_check_patterns(const struct table *t, table_pattern_check *check, void *ctx)
{
	char why[WHY_BYTES];
	unsigned reports = 0;

	for (size_t i = 0; t->type == TABLE_REGEX && i < t->n && reports < MAX_REPORTS; i++) {
		if (check(ctx, t->rules[i].re, why, sizeof(why)) == ENTRY_FITS)
			continue;
		table_report_entry(t, true, t->rules[i].at, why);
		reports++;
	}
	if (reports == MAX_REPORTS)
		section_warning(t->section, NULL,
				"table \"%s\": the rest of its patterns is not judged",
				t->name);
}

static enum entry_fault
explain_key(enum entry_fault fault, const char *key, const char *text, char *why, size_t size)
{
	snprintf(why, size, "the key '%.150s' never matches: %s", key, text);
	return fault;
}

/* The form of a key for all mailboxes of a domain, see table_lookup_address(). */
static enum entry_fault
check_domain_of_addresses(const char *key, char *why, size_t size)
{
	const char *fault = key[1] == '.' ? "there is no key for the addresses of subdomains"
					  : written_domain_fault(key + 1);

	return fault == NULL ? ENTRY_FITS : explain_key(ENTRY_WRONG, key, fault, why, size);
}

/* A key that is a domain, for which the same table may be used, too. */
static bool
is_domain_key(const char *key)
{
	return *key != '@' && written_lacks_domain(key) && strchr(key, '.') != NULL &&
	       written_domain_fault(key) == NULL;
}

static enum entry_fault
check_address_key(const char *key, char *why, size_t size)
{
	const char *fault;

	if (is_domain_key(key))
		return ENTRY_FITS; /* see warn_of_key() */
	if (*key == '@')
		return check_domain_of_addresses(key, why, size);
	fault = written_address_fault(key);
	if (fault != NULL)
		return explain_key(ENTRY_WRONG, key, fault, why, size);
	fault = written_address_doubt(key);
	return fault == NULL ? ENTRY_FITS : explain_key(ENTRY_DOUBTFUL, key, fault, why, size);
}

static bool
is_address_key(const char *key)
{
	return strchr(key, '@') != NULL || strcmp(key, "<>") == 0;
}

static enum entry_fault
check_domain_key(const char *key, char *why, size_t size)
{
	const char *fault;

	if (is_address_key(key))
		return check_address_key(key, why, size);
	fault = written_domain_fault(key);
	return fault == NULL ? ENTRY_FITS : explain_key(ENTRY_WRONG, key, fault, why, size);
}

/* "user@": the mailboxes of that user in every domain. */
static const char *
user_key_fault(const char *key)
{
	char user[256];
	size_t len = strlen(key) - 1;

	if (len == 0)
		return "there is no user in front of the '@'";
	if (len >= sizeof(user))
		return "it is too long";
	memcpy(user, key, len);
	user[len] = '\0';
	return written_address_fault(user);
}

static enum entry_fault
check_access_key(const char *key, char *why, size_t size)
{
	const char *fault;

	if (is_address_key(key) && key[strlen(key) - 1] == '@') {
		fault = user_key_fault(key);
		return fault == NULL ? ENTRY_FITS
				     : explain_key(ENTRY_WRONG, key, fault, why, size);
	}
	return check_domain_key(key, why, size);
}

/* Networks stand in another type of table. */
static enum entry_fault
check_host_key(const char *key, char *why, size_t size)
{
	if (strchr(key, '/') != NULL)
		return explain_key(ENTRY_WRONG, key, "networks stand in a table of type cidr",
				   why, size);
	return ENTRY_FITS;
}

static enum entry_fault
warn_of_key(void *ctx, const char *key, const char *value, char *why, size_t size)
{
	const unsigned *uses = ctx;

	(void)value;
	if (*uses == 1u << KEYS_ADDRESSES && is_domain_key(key))
		return explain_key(ENTRY_DOUBTFUL, key,
				   "all addresses of a domain are '@example.com'", why, size);
	if (*uses == 1u << KEYS_DOMAINS && is_address_key(key))
		return explain_key(ENTRY_DOUBTFUL, key,
				   "here, domains without '@' are looked up", why, size);
	return ENTRY_FITS;
}

void
table_warn_keys(const struct table *t)
{
	if (t->type != TABLE_REGEX && t->type != TABLE_CIDR)
		(void)table_check_entries(t, warn_of_key, t->uses);
}

static enum entry_fault
check_extension_key(const char *key, char *why, size_t size)
{
	const char *fault = written_extension_fault(key);

	if (fault == NULL && *key == '.')
		fault = "in a table, extensions stand without a dot in front";
	if (fault == NULL && strchr(key, '.') != NULL)
		fault = "in a table, what follows the last dot of a name is looked up";
	return fault == NULL ? ENTRY_FITS : explain_key(ENTRY_WRONG, key, fault, why, size);
}

static enum entry_fault
check_login_key(const char *key, char *why, size_t size)
{
	const char *fault = written_login_fault(key);

	return fault == NULL ? ENTRY_FITS : explain_key(ENTRY_WRONG, key, fault, why, size);
}

static enum entry_fault
check_any_key(const char *key, char *why, size_t size)
{
	(void)key, (void)why, (void)size;
	return ENTRY_FITS;
}

enum entry_fault
table_check_action(const char *key, const char *value, char *why, size_t size)
{
	unsigned len = written_postfix_action(value);

	if (len == 0)
		return ENTRY_FITS;
	snprintf(
		why, size,
		"'%.100s%s%.100s': %.*s is an action of Postfix, and not obeyed without 'actions = yes'",
		key, *key != '\0' ? " " : "", value, (int)len, value);
	return ENTRY_WRONG;
}

struct key_check {
	enum entry_fault (*check)(const char *key, char *why, size_t size);
};

static enum entry_fault
check_used_key(void *ctx, const char *key, const char *value, char *why, size_t size)
{
	const struct key_check *keys = ctx;

	(void)value;
	if (written_pattern_doubt(key) != NULL)
		return explain_key(ENTRY_WRONG, key,
				   "regular expressions stand in a table of type regex", why,
				   size);
	return keys->check(key, why, size);
}

int
table_check_keys(const struct table *t, enum table_keys keys)
{
	static const struct key_check checks[] = {
		[KEYS_TEXT] = {check_any_key},
		[KEYS_ADDRESSES] = {check_address_key},
		[KEYS_DOMAINS] = {check_domain_key},
		[KEYS_LOGINS] = {check_login_key},
		[KEYS_EXTENSIONS] = {check_extension_key},
		[KEYS_ACCESS] = {check_access_key},
		[KEYS_HOSTS] = {check_host_key},
	};
	struct key_check check = checks[keys];

	*t->uses |= 1u << keys;
	if (t->type == TABLE_REGEX || t->type == TABLE_CIDR)
		return 0;
	return table_check_entries(t, check_used_key, &check);
}

static enum entry_fault
check_unused_value(void *ctx, const char *key, const char *value, char *why, size_t size)
{
	unsigned len = written_postfix_action(value);

	(void)ctx;
	if (len == 0)
		return ENTRY_FITS;
	snprintf(why, size, "'%.100s%s%.100s': in a list, %.*s has no effect", key,
		 *key != '\0' ? " " : "", value, (int)len, value);
	return ENTRY_DOUBTFUL;
}

int
table_check_list(const struct table *t, enum table_keys keys)
{
	(void)table_check_entries(t, check_unused_value, NULL);
	return table_check_keys(t, keys);
}
