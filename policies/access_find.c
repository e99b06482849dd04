/* Does the table of a rule of the policy "access" have what is looked up? What is absent (no
 * HELO, no login) is in no table. */
#include <string.h>

#include "policies/access.h"
#include "util/str.h"

/* *ret_other: the mailbox that the MTA takes an address for, if that is another one; or NULL.
 */
static const char *
find_subject(struct policy_call *c, enum access_lookup lookup, size_t rcpt,
	     const char **ret_other)
{
	const struct peer *peer = policy_peer(c);
	const struct sender *sender;

	*ret_other = NULL;
	switch (lookup) {
	case ACCESS_CLIENT:
		return str_nonblank(peer->addr);
	case ACCESS_CLIENT_NAME:
		return peer_name(peer);
	case ACCESS_HELO:
		return str_nonblank(peer->helo);
	case ACCESS_SENDER:
		sender = policy_sender(c);
		*ret_other = sender != NULL ? sender->other : NULL;
		return sender != NULL ? sender->mailbox : NULL;
	case ACCESS_RECIPIENT:
		*ret_other = policy_message(c)->rcpts[rcpt].other;
		return policy_message(c)->rcpts[rcpt].mailbox;
	case ACCESS_AUTH_USER:
		return str_nonblank(policy_macro(c, "{auth_authen}"));
	case ACCESS_LOOKUP_COUNT:
		break;
	}
	return NULL;
}

static int
find_in_table(const struct match_context *match, const struct access_rule *rule,
	      const char *subject, struct access_find *ret)
{
	const struct table *t = rule->table;

	switch (rule->lookup) {
	case ACCESS_CLIENT:
		return table_find_host(t, match, subject, &ret->hit, &ret->groups);
	case ACCESS_CLIENT_NAME:
	case ACCESS_HELO:
		return table_find_domain(t, match, subject, &ret->hit, &ret->groups);
	case ACCESS_SENDER:
	case ACCESS_RECIPIENT:
		return table_find_address(t, match, subject, TABLE_EXTENSION_DELIMITER,
					  &ret->hit, &ret->groups);
	case ACCESS_AUTH_USER:
	case ACCESS_LOOKUP_COUNT:
		break;
	}
	return table_find_text(t, match, subject, &ret->hit, &ret->groups);
}

int
access_look_up(struct policy_call *c, const struct access_rule *rule, size_t rcpt,
	       struct access_find *ret)
{
	struct match_context match = policy_match_context(c);
	const char *other;
	int r;

	*ret = (struct access_find){.subject = NULL};
	if (rule->table == NULL)
		return 1;
	ret->subject = find_subject(c, rule->lookup, rcpt, &other);
	if (ret->subject == NULL)
		return 0;
	r = find_in_table(&match, rule, ret->subject, ret);
	if (r == 0 && other != NULL) {
		ret->subject = other;
		r = find_in_table(&match, rule, other, ret);
	}
	if (r < 0)
		(void)policy_fail(c, "table %s: a pattern %s", table_name(rule->table),
				  regex_failure_text(r));
	return r;
}
