/* Reads one value of a list in a condition: finds the table or condition that it names,
 * compiles a pattern, parses a network, brings an address or a domain to the form that it is
 * compared in; refuses what could never match. */
#include "policy/condition_value.h"

#include <errno.h>
#include <string.h>

#include "match/table.h"
#include "util/arena.h"
#include "util/domain.h"
#include "util/mailbox.h"
#include "util/str.h"

/* name: behind "table:". */
static int
read_table_value(const struct value_place *place, const char *name, bool networks,
		 struct condition_value *ret)
{
	const struct table *t =
		table_scope_find(&place->scope->tables, place->section, place->option, name);

	if (t == NULL)
		return -EINVAL;
	if (networks != (table_type(t) == TABLE_CIDR))
		return section_error_item(
			place->section, place->option, place->item,
			networks ? "table '%s' has no networks: %s takes one of type cidr"
				 : "table '%s' has networks, which %s is not compared with",
			name, place->option);
	*ret = (struct condition_value){.type = VALUE_TABLE, .table = t};
	return 0;
}

int
condition_value_read_text(const struct value_place *place, const char *text,
			  struct condition_value *ret)
{
	const char *table = table_reference(text);

	if (table != NULL)
		return read_table_value(place, table, false, ret);
	if (*text == '\0')
		return section_error_item(place->section, place->option, place->item,
					  "an empty value matches nothing");
	*ret = (struct condition_value){.type = VALUE_TEXT, .text = text};
	return 0;
}

int
condition_value_read_listener(const struct value_place *place, const char *text,
			      struct condition_value *ret)
{
	const struct condition_scope *scope = place->scope;

	if (table_reference(text) == NULL && !scope->listener(scope->ctx, text))
		return section_error_item(place->section, place->option, place->item,
					  "there is no listener '%s'", text);
	return condition_value_read_text(place, text, ret);
}

int
condition_value_read_network(const struct value_place *place, const char *text,
			     struct condition_value *ret)
{
	const char *table = table_reference(text), *why = "";
	struct cidr network;

	if (table != NULL)
		return read_table_value(place, table, true, ret);
	if (cidr_parse(text, &network, &why) < 0)
		return section_error_item(place->section, place->option, place->item,
					  "'%s' is not a network: %s", text, why);
	*ret = (struct condition_value){.type = VALUE_NETWORK, .network = network};
	return 0;
}

/* What is wrong with a domain, as a sentence for the administrator; NULL: nothing. */
static const char *
find_domain_fault(const char *s)
{
	char out[DOMAIN_MAX_BYTES];
	size_t len = strlen(s);

	if (!str_is_ascii(s, len) && domain_ascii(s, out) == s)
		return "this is no domain: it has no A-label form (xn--...)";
	if (s[strcspn(s, " \t\r\n<>,;")] != '\0')
		return "it has characters that are not allowed in a domain";
	if (s[0] == '*')
		return "write '.example.com' for all subdomains of example.com";
	if (len == 0 || s[len - 1] == '.' || strstr(s, "..") != NULL)
		return "a label of the domain is empty";
	return NULL;
}

/* The same for an address. One without a domain, such as "root", is allowed. */
static const char *
find_address_fault(const char *s)
{
	const char *at = strrchr(s, '@');

	if (strcmp(s, "<>") == 0)
		return NULL;
	if (*s == '\0')
		return "the null sender is written '<>'";
	if (*s == '<' || s[strlen(s) - 1] == '>')
		return "write it without brackets";
	if (at == s)
		return "a domain goes into the option for domains, without the '@'";
	if (at != NULL && at[1] == '.')
		return "addresses are compared whole; subdomains go into the option for "
		       "domains";
	return at == NULL ? NULL : find_domain_fault(at + 1);
}

static int
report_value_fault(const struct value_place *place, const char *text, const char *fault)
{
	return section_error_item(place->section, place->option, place->item, "'%s': %s", text,
				  fault);
}

int
condition_value_read_user(const struct value_place *place, const char *text,
			  struct condition_value *ret)
{
	if (table_reference(text) == NULL && strchr(text, '@') != NULL)
		text = mailbox_from_path(place->scope->arena, text);
	return condition_value_read_text(place, text, ret);
}

int
condition_value_read_address(const struct value_place *place, const char *text,
			     struct condition_value *ret)
{
	const char *fault = table_reference(text) == NULL ? find_address_fault(text) : NULL;

	if (fault != NULL)
		return report_value_fault(place, text, fault);
	if (table_reference(text) == NULL && strcmp(text, "<>") != 0)
		text = mailbox_from_path(place->scope->arena, text);
	return condition_value_read_text(place, text, ret);
}

int
condition_value_read_domain(const struct value_place *place, const char *text,
			    struct condition_value *ret)
{
	const char *fault = find_domain_fault(text);
	char out[DOMAIN_MAX_BYTES];

	if (table_reference(text) != NULL)
		return condition_value_read_text(place, text, ret);
	if (strchr(text, '@') != NULL)
		fault = "an address goes into the option without _domain";
	if (fault != NULL)
		return report_value_fault(place, text, fault);
	text = arena_strdup(place->scope->arena, domain_ascii(text, out));
	return condition_value_read_text(place, text, ret);
}

int
condition_value_read_pattern(const struct value_place *place, const char *text,
			     struct condition_value *ret)
{
	char why[256];
	const struct regex *re =
		regex_compile(place->scope->arena, text, false, why, sizeof(why));

	if (re == NULL)
		return section_error_item(place->section, place->option, place->item, "%s",
					  why);
	*ret = (struct condition_value){.type = VALUE_REGEX, .regex = re};
	return 0;
}

int
condition_value_read_condition(const struct value_place *place, const char *text,
			       struct condition_value *ret)
{
	const struct condition_scope *scope = place->scope;
	const struct condition *c;

	if (text[0] == '\0')
		return section_error_item(place->section, place->option, place->item,
					  "a condition's name is missing");
	c = scope->condition(scope->ctx, place->section, place->option, text);
	if (c == NULL)
		return -EINVAL;
	*ret = (struct condition_value){.type = VALUE_CONDITION, .condition = c};
	return 0;
}
