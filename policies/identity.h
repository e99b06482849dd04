/* What the files of the policy "identity" share: identity_read.c reads the section,
 * identity_kinds.c decides whether a rule hits, identity.c acts. */
#ifndef POLICIES_IDENTITY_H
#define POLICIES_IDENTITY_H

#include <stdbool.h>
#include <stddef.h>

#include "match/domain_list.h"
#include "mime/mailboxes.h"
#include "policy/action.h"
#include "policy/policy.h"

/* What a rule looks for. */
#define IDENTITY_KINDS(X)                                                                      \
	X(SEVERAL_SENDERS, "several-senders")                                                  \
	X(NO_SENDER, "no-sender")                                                              \
	X(IRREGULAR, "irregular")                                                              \
	X(ADDRESS_IN_NAME, "address-in-name")                                                  \
	X(OWN_DOMAIN, "own-domain")                                                            \
	X(LOGIN_MISMATCH, "login-mismatch")                                                    \
	X(IMPERSONATION, "impersonation")                                                      \
	X(REPLY_TO_MISMATCH, "reply-to-mismatch")                                              \
	X(ENVELOPE_MISMATCH, "envelope-mismatch")

#define X(ID, word) IDENTITY_##ID,
enum identity_kind { IDENTITY_KINDS(X) IDENTITY_KIND_COUNT };
#undef X

/* A person of an impersonation table: the name as sender_name_append_words() makes it. */
struct identity_person {
	const char *name;
	const char *const *address; /* in the one form of mailboxes */
	size_t n;
};

struct identity_networks {
	const struct cidr *net;
	size_t n;
	const struct table *const *table;
	size_t n_tables;
};

struct identity_rule {
	const struct policy_rule *rule;
	enum identity_kind kind;
	struct policy_action action;
	struct domain_list domains; /* option domain */
	bool has_domains;
	struct identity_networks clients;     /* option client */
	const char *authserv_id;	      /* or NULL */
	bool skips_lists;		      /* list = "skip" */
	bool skips_same_domain;		      /* same_domain = "skip" */
	const struct table *table;	      /* of login-mismatch */
	bool checks_envelope;		      /* envelope_sender */
	const struct identity_person *people; /* of impersonation, in the order of names */
	size_t n_people;
};

struct identity_conf {
	struct identity_rule *rules;
	size_t n;
	bool at_mail; /* some rule may refuse at MAIL */
};

extern const struct option identity_options[];

/* Fills *ret_conf, a struct identity_conf: see struct policy_ops. */
int identity_configure(struct policy_setup *setup, const struct section *section,
		       struct policy_need *need, const void **ret_conf);

/* The order of struct identity_person, for bsearch(3) too. */
int identity_compare_people(const void *a, const void *b);

/* What a rule has found. */
struct identity_finding {
	const char *from;  /* the mailbox that made it hit; or NULL */
	const char *match; /* for %{match}: what was found there; or NULL */
	const char *field; /* the header field in which it stands; NULL: it is the envelope */
};

/* Does the rule hit the message, or for of a login-mismatch the envelope sender alone? 1 with
 * *ret, 0, or a negative number after policy_fail(). */
int identity_hits(struct policy_call *c, const struct identity_rule *rule,
		  struct identity_finding *ret);
int identity_envelope_hits(struct policy_call *c, const struct identity_rule *rule,
			   struct identity_finding *ret);

#endif
