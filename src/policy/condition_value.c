/* Reads one value of a list in a condition: finds the table or condition that it names,
 * compiles a pattern, parses a network, brings an address or a domain to the form that it is
 * compared in; refuses what could never match. */
#include "policy/condition_value.h"

#include <errno.h>
#include <string.h>

#include "match/patterns.h"
#include "match/table.h"
#include "match/written.h"
#include "util/arena.h"
#include "util/domain.h"
#include "util/mailbox.h"
#include "util/str.h"

/* name: behind "table:". keys: what the table's keys are compared with, unless networks. */
static int
read_table_value(const struct value_place *place, const char *name, bool networks,
		 enum table_keys keys, struct condition_value *ret)
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
	if (table_check_list(t, keys) < 0)
		return -EINVAL;
	*ret = (struct condition_value){.type = VALUE_TABLE, .table = t};
	return 0;
}

static int
read_text_or_table(const struct value_place *place, const char *text, enum table_keys keys,
		   struct condition_value *ret)
{
	const char *table = table_reference(text);

	if (table != NULL)
		return read_table_value(place, table, false, keys, ret);
	if (*text == '\0')
		return section_error_item(place->section, place->option, place->item,
					  "%s: an empty value matches nothing", place->option);
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
					  "%s: there is no listener '%s'", place->option, text);
	return read_text_or_table(place, text, KEYS_TEXT, ret);
}

int
condition_value_read_network(const struct value_place *place, const char *text,
			     struct condition_value *ret)
{
	const char *table = table_reference(text), *why = "";
	struct cidr network;

	if (table != NULL)
		return read_table_value(place, table, true, KEYS_TEXT, ret);
	if (cidr_parse(text, &network, &why) < 0)
		return section_error_item(place->section, place->option, place->item,
					  "%s: '%s' is not a network: %s", place->option, text,
					  why);
	*ret = (struct condition_value){.type = VALUE_NETWORK, .network = network};
	return 0;
}

/* fault: of the text, when it names no table. form: in which it is compared then. */
static int
read_unless_faulty(const struct value_place *place, const char *text, const char *fault,
		   enum table_keys keys, const char *form, struct condition_value *ret)
{
	if (table_reference(text) != NULL)
		return read_text_or_table(place, text, keys, ret);
	if (fault != NULL)
		return section_error_item(place->section, place->option, place->item,
					  "%s: '%s': %s", place->option, text, fault);
	return read_text_or_table(place, form, keys, ret);
}

int
condition_value_read_user(const struct value_place *place, const char *text,
			  struct condition_value *ret)
{
	const char *form =
		strchr(text, '@') != NULL ? mailbox_from_path(place->scope->arena, text) : text;

	return read_unless_faulty(place, text, written_login_fault(text), KEYS_LOGINS, form,
				  ret);
}

int
condition_value_read_address(const struct value_place *place, const char *text,
			     struct condition_value *ret)
{
	const char *fault = written_address_fault(text), *doubt = written_address_doubt(text);
	const char *form = fault == NULL && strcmp(text, "<>") != 0
				   ? mailbox_from_path(place->scope->arena, text)
				   : text;

	if (doubt != NULL)
		section_warning_item(place->section, place->option, place->item, "%s: '%s': %s",
				     place->option, text, doubt);
	return read_unless_faulty(place, text, fault, KEYS_ADDRESSES, form, ret);
}

int
condition_value_read_domain(const struct value_place *place, const char *text,
			    struct condition_value *ret)
{
	const char *fault = written_domain_fault(text);
	char out[DOMAIN_MAX_BYTES];

	if (text[0] == '@' && strchr(text + 1, '@') == NULL)
		fault = "a domain is written without the '@'";
	else if (strchr(text, '@') != NULL)
		fault = "an address goes into the option without _domain";
	return read_unless_faulty(place, text, fault, KEYS_DOMAINS,
				  arena_strdup(place->scope->arena, domain_ascii(text, out)),
				  ret);
}

int
condition_value_read_pattern(const struct value_place *place, const char *text,
			     struct condition_value *ret)
{
	char why[256];
	const struct regex *re;

	if (pattern_check_written(place->section, place->option, place->item, text) < 0)
		return -EINVAL;
	re = regex_compile(place->scope->arena, text, false, why, sizeof(why));
	if (re == NULL)
		return section_error_item(place->section, place->option, place->item,
					  "%s: '%s': %s", place->option, text, why);
	*ret = (struct condition_value){.type = VALUE_REGEX, .regex = re};
	return 0;
}

int
condition_value_read_address_pattern(const struct value_place *place, const char *text,
				     struct condition_value *ret)
{
	if (pattern_check_address(place->section, place->option, place->item, text) < 0)
		return -EINVAL;
	return condition_value_read_pattern(place, text, ret);
}

int
condition_value_read_hours(const struct value_place *place, const char *text,
			   struct condition_value *ret)
{
	struct hours *hours = arena_alloc(place->scope->arena, sizeof(*hours));
	char why[256];

	if (table_reference(text) != NULL)
		return section_error_item(place->section, place->option, place->item,
					  "%s: a table cannot stand here", place->option);
	if (hours_read(text, hours, why, sizeof(why)) < 0)
		return section_error_item(place->section, place->option, place->item,
					  "%s: '%s': %s", place->option, text, why);
	*ret = (struct condition_value){.type = VALUE_HOURS, .hours = hours};
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
					  "%s: a condition's name is missing", place->option);
	c = scope->condition(scope->ctx, place->section, place->option, text);
	if (c == NULL)
		return -EINVAL;
	*ret = (struct condition_value){.type = VALUE_CONDITION, .condition = c};
	return 0;
}
