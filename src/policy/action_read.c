/* Reads the options of a rule's action: which of them go with which action, and what they
 * are. */
#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "content/field.h"
#include "match/written.h"
#include "policy/action.h"
#include "util/mailbox.h"

#define WRITES                                                                                 \
	(RULE_ACTION_BIT(RULE_ADD) | RULE_ACTION_BIT(RULE_INSERT) | RULE_ACTION_BIT(RULE_SET))
#define EXTENDS (RULE_ACTION_BIT(RULE_PREFIX) | RULE_ACTION_BIT(RULE_SUFFIX))
#define REFUSES (RULE_ACTION_BIT(RULE_REJECT) | RULE_ACTION_BIT(RULE_TEMPFAIL))

const struct option policy_action_options[] = {
	{"reply", OPTION_STRING, .help = "reject, tempfail: \"550 5.7.1 text\"",
	 .also = "message reason response error reject tempfail rejection_text"},
	{"to", OPTION_STRING, .help = "redirect: the recipient in place of the others",
	 .also = "redirect_to address"},
	{"bcc", OPTION_LIST, .help = "recipients that get a copy",
	 .also = "copy always_bcc add_recipient blind_copy"},
	{"header", OPTION_STRING, .help = "the header that the action writes",
	 .also = "target"},
	{"value", OPTION_STRING, .help = "the new value; %{...} and, with match, $0 to $9",
	 .also = "text with replacement new_value content"},
	{.name = NULL},
};

/* The options that have a meaning for some actions only. */
static const struct action_option options_of_actions[] = {
	{"reply", REFUSES, false},
	{"to", RULE_ACTION_BIT(RULE_REDIRECT), true},
	{"header", WRITES | EXTENDS, false},
	{"value", WRITES | EXTENDS | RULE_ACTION_BIT(RULE_REPLACE), true},
};

#define N_OPTIONS_OF_ACTIONS (sizeof(options_of_actions) / sizeof(options_of_actions[0]))

/* "add, insert and set": those of the policy's words that are among the actions. */
static const char *
list_actions(struct arena *arena, const char *const *words, uint32_t actions)
{
	const char *list = "";
	const char *last = NULL;

	for (; *words != NULL; words++) {
		if ((actions & RULE_ACTION_BIT(rule_action_find(*words))) == 0)
			continue;
		if (last != NULL)
			list = arena_printf(arena, "%s%s%s", list, *list != '\0' ? ", " : "",
					    last);
		last = *words;
	}
	if (last == NULL)
		return "";
	return *list != '\0' ? arena_printf(arena, "%s and %s", list, last) : last;
}

int
policy_action_check_options(struct arena *arena, const struct section *s,
			    const char *const *words, enum rule_action action,
			    const struct action_option *options, size_t n)
{
	const char *word = rule_action_words[action];
	int r = 0;

	for (const struct action_option *o = options; o < options + n; o++) {
		bool may = (o->actions & RULE_ACTION_BIT(action)) != 0;

		if (!may && section_has(s, o->option))
			r = section_error(
				s, o->option, "'%s' goes only with action %s, this one is %s",
				o->option, list_actions(arena, words, o->actions), word);
		if (may && o->needed && !section_has(s, o->option))
			r = section_error(s, "action", "action %s needs '%s'", word, o->option);
	}
	return r;
}

/* One address of an option that is no list (item SIZE_MAX), or of one. */
static int
check_address(const struct section *s, const char *option, size_t item, const char *text)
{
	const char *fault = written_target_fault(text);

	if (fault != NULL)
		return section_error_item(s, option, item, "%s: '%s' is not an address: %s",
					  option, text, fault);
	if (written_lacks_domain(text))
		section_warning_item(s, option, item,
				     "%s: '%s' has no domain: the MTA appends its own", option,
				     text);
	return 0;
}

static int
read_action_addresses(struct arena *arena, const struct section *s, struct policy_action *ret)
{
	const char *const *written = NULL;
	size_t n = section_list(s, "bcc", &written);
	const char **bcc = arena_alloc(arena, (n + 1) * sizeof(*bcc));
	int r = 0;

	if (section_has(s, "to")) {
		r |= check_address(s, "to", SIZE_MAX, section_string(s, "to"));
		ret->to = mailbox_from_path(arena, section_string(s, "to"));
	}
	for (size_t i = 0; i < n; i++) {
		r |= check_address(s, "bcc", i, written[i]);
		bcc[i] = mailbox_from_path(arena, written[i]);
	}
	ret->bcc = bcc;
	ret->n_bcc = n;
	return r;
}

/* The field that is written, and its value. */
static int
read_written_field(struct policy_setup *setup, const struct section *s,
		   const struct policy_action_form *form, struct policy_action *ret)
{
	bool writes = ((WRITES | EXTENDS) & RULE_ACTION_BIT(ret->action)) != 0;
	bool extends = (EXTENDS & RULE_ACTION_BIT(ret->action)) != 0;

	ret->header = section_has(s, "header") ? section_string(s, "header") : form->header;
	if (section_has(s, "header") && !field_name_is_valid(ret->header))
		return section_error(s, "header", "'%s' is not a header name", ret->header);
	if (writes && ret->header == NULL)
		return section_error(s, "action", "action %s needs 'header'%s",
				     rule_action_words[ret->action],
				     form->header_or != NULL ? form->header_or : "");
	if (!section_has(s, "value"))
		return 0;
	if (value_template_read(policy_setup_arena(setup), s, "value", form->allowed,
				form->groups, &ret->value) < 0)
		return -EINVAL;
	if (extends && ret->value.fixed != NULL &&
	    ret->value.fixed[strspn(ret->value.fixed, " \t")] == '\0')
		return section_error(s, "value", "nothing to %s: the value is empty",
				     rule_action_words[ret->action]);
	return policy_setup_template(setup, s, "value", ret->value.text);
}

static int
read_reply(struct policy_setup *setup, const struct section *s,
	   const struct policy_action_form *form, struct policy_action *ret)
{
	bool reject = ret->action == RULE_REJECT;
	const char *fallback = reject ? form->written_reject : form->written_tempfail;

	if (fallback == NULL)
		fallback = reject ? "550 5.7.1 Message refused by local policy [%{id}]"
				  : "451 4.7.1 Message refused for now by local policy [%{id}]";
	if ((REFUSES & RULE_ACTION_BIT(ret->action)) == 0)
		return 0;
	if (reply_read(policy_setup_arena(setup), s, reject, fallback, form->allowed,
		       &ret->reply) < 0)
		return -EINVAL;
	return policy_setup_template(setup, s, "reply", ret->reply.text);
}

int
policy_action_refuse_missing(const struct section *s)
{
	if (section_is_faulty(s)) /* it may be what was refused */
		return -EINVAL;
	return section_error(s, NULL, "%s \"%s\": the required option 'action' is missing",
			     section_kind(s), section_title(s));
}

int
policy_action_read(struct policy_setup *setup, const struct section *s,
		   const struct policy_action_form *form, struct policy_action *ret)
{
	const char *word = section_string(s, "action");
	int r = 0;

	*ret = (struct policy_action){.text = "", .place = HEADER_BELOW};
	if (word == NULL)
		return policy_action_refuse_missing(s);
	ret->action = rule_action_find(word);
	r |= policy_action_check_options(policy_setup_arena(setup), s, form->words, ret->action,
					 options_of_actions, N_OPTIONS_OF_ACTIONS);
	r |= read_action_addresses(policy_setup_arena(setup), s, ret);
	r |= read_written_field(setup, s, form, ret);
	r |= read_reply(setup, s, form, ret);
	return r < 0 ? -EINVAL : 0;
}

int
policy_action_check_absent(const struct section *s, const struct table *t)
{
	static const char *const options[] = {"action", "reply", "to", "header", "value"};
	int r = 0;

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		if (section_has(s, options[i]))
			r = section_error(s, options[i],
					  "'%s' has no meaning here: the rows of table \"%s\" "
					  "are the actions (actions = yes)",
					  options[i], table_name(t));
	return r;
}

/* Of the MTA; what is not here needs nothing. */
static const uint32_t action_needs[RULE_ACTION_COUNT] = {
	[RULE_QUARANTINE] = ACTION_QUARANTINE,
	[RULE_REDIRECT] = ACTION_ADD_RCPT | ACTION_DEL_RCPT | ACTION_ADD_RCPT_PAR,
	[RULE_BCC] = ACTION_ADD_RCPT | ACTION_ADD_RCPT_PAR,
	[RULE_ADD] = ACTION_ADD_HEADER,
	[RULE_INSERT] = ACTION_INSERT_HEADER,
	[RULE_SET] = ACTION_ADD_HEADER | ACTION_CHANGE_HEADER,
	[RULE_REPLACE] = ACTION_CHANGE_HEADER,
	[RULE_REMOVE] = ACTION_CHANGE_HEADER,
	[RULE_PREFIX] = ACTION_ADD_HEADER | ACTION_CHANGE_HEADER,
	[RULE_SUFFIX] = ACTION_ADD_HEADER | ACTION_CHANGE_HEADER,
};

void
policy_actions_add_need(uint32_t actions, struct policy_need *need)
{
	for (unsigned i = 0; i < RULE_ACTION_COUNT; i++) {
		uint32_t needs = actions & RULE_ACTION_BIT(i) ? action_needs[i] : 0;

		need->actions |= needs;
		if (needs & (ACTION_ADD_HEADER | ACTION_CHANGE_HEADER))
			need->changes |= PART_HEADERS;
		if (needs & ACTION_ADD_RCPT)
			need->changes |= PART_RCPTS;
	}
	if (actions & (RULE_ACTION_BIT(RULE_ACCEPT) | RULE_ACTION_BIT(RULE_DISCARD)))
		need->may_end = true;
}

void
policy_action_add_need(const struct policy_action *a, struct policy_need *need)
{
	policy_actions_add_need(RULE_ACTION_BIT(a->action), need);
	if (a->n_bcc > 0)
		policy_actions_add_need(RULE_ACTION_BIT(RULE_BCC), need);
}

uint32_t
policy_action_uses(const struct policy_action *a)
{
	uint32_t uses = 0;

	if (a->value.text != NULL)
		uses |= value_template_uses(&a->value);
	if (a->row_value != NULL)
		uses |= template_uses(a->row_value);
	if (a->reply.text != NULL)
		uses |= template_uses(a->reply.text);
	return uses;
}

void
policy_uses_add_need(uint32_t uses, struct policy_need *need)
{
	if (uses &
	    (PLACEHOLDER_BIT(PLACEHOLDER_SENDER) | PLACEHOLDER_BIT(PLACEHOLDER_SENDER_DOMAIN)))
		need->reads |= PART_SENDER;
	if (uses & PLACEHOLDER_BIT(PLACEHOLDER_ID) && need->macros == NULL)
		need->macros = "i";
}
