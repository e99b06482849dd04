/* What the files of the policy "access" share: access_read.c reads the section, access_find.c
 * looks up what a rule's table has, access.c asks the rules and acts. */
#ifndef POLICIES_ACCESS_H
#define POLICIES_ACCESS_H

#include <stdbool.h>
#include <stddef.h>

#include "policy/action.h"
#include "policy/policy.h"

#define ACCESS_MAX_RULES 1000u

/* What a rule looks up in its table. */
#define ACCESS_LOOKUPS(X)                                                                      \
	X(CLIENT, "client")                                                                    \
	X(CLIENT_NAME, "client_name")                                                          \
	X(HELO, "helo")                                                                        \
	X(SENDER, "sender")                                                                    \
	X(RECIPIENT, "recipient")                                                              \
	X(AUTH_USER, "auth_user")

#define X(ID, word) ACCESS_##ID,
enum access_lookup { ACCESS_LOOKUPS(X) ACCESS_LOOKUP_COUNT };
#undef X

struct access_rule {
	const struct policy_rule *rule;
	const struct condition *lines;
	const struct table *table; /* NULL: it looks up nothing */
	enum access_lookup lookup;
	bool has_rows;		     /* the rows of its table are the actions */
	struct row_form row_form;    /* of these */
	struct policy_action action; /* unless has_rows is set */
	bool by_rcpt;		     /* it looks at the recipient */
	bool refuses;		     /* it may, and enforces */
};

struct access_conf {
	struct access_rule *rules;
	size_t n;
	bool at_mail; /* stage = "mail" */
};

extern const struct option access_options[];

/* Fills *ret_conf, a struct access_conf: see struct policy_ops. */
int access_configure(struct policy_setup *setup, const struct section *section,
		     struct policy_need *need, const void **ret_conf);

/* What a table has for a rule. */
struct access_find {
	struct table_hit hit; /* hit.value NULL: there is no table */
	struct regex_groups groups;
	const char *subject; /* what was looked up; NULL: nothing */
};

/* Does the rule's table have what it looks up? 1 with *ret, which is set without a table too;
 * 0; or a negative number after policy_fail(). */
int access_look_up(struct policy_call *c, const struct access_rule *rule, size_t rcpt,
		   struct access_find *ret);

#endif
