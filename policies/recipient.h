/* What the three files of the policy "recipient" share: recipient_read.c reads the section,
 * recipient.c changes the message, recipient_expand.c finds the results of one recipient. */
#ifndef POLICIES_RECIPIENT_H
#define POLICIES_RECIPIENT_H

#include "match/mapping.h"
#include "policy/policy.h"

struct recipient_conf {
	const struct mapping *maps, *senders; /* map, sender_map */
	const struct policy_rule *const *map_rules, *const *sender_rules;
	size_t n_maps, n_senders;
	struct mapping_rules rules;
	const struct table *spared; /* unless_in; or NULL */
	const char *const *bcc;
	size_t n_bcc;
	const char *record; /* name of a header; or NULL */
	uint64_t max_results;
	bool repeat;
};

extern const struct option recipient_options[];

/* Fills *ret_conf, a struct recipient_conf: see struct policy_ops. */
int recipient_configure(struct policy_setup *setup, const struct section *section,
			struct policy_need *need, const void **ret_conf);

/* The maps applied to one recipient: a list of steps, from the recipient itself to all results.
 * A step that a map rewrote is gone; the others are the results. */
struct address_step {
	const char *mailbox; /* in the form of mailbox_from_path() */
	const char
		*other; /* of the recipient: the mailbox that the MTA takes it for, or NULL */
	const struct address_step *from; /* NULL: the recipient as the message has it */
	const struct mapping *map;	 /* that rewrote `from` to this */
	struct address_step *next;
	unsigned round;			/* number of maps from the recipient to this */
	const struct mapping *rewriter; /* the map that rewrote it: it is gone; or NULL */
};

struct address_expansion {
	struct policy_call *call;
	const struct recipient_conf *conf;
	size_t index; /* of the recipient */
	const struct mapping
		*tried; /* the map with mode monitor that is applied, too; or NULL */
	bool waits; /* a map matches, and it is not known yet whether it applies: no results */
	struct address_step *first, *last;
	size_t n_results;     /* steps that no map rewrote */
	enum verdict verdict; /* of a failure: what the callback returns */
};

/* Makes the steps from one recipient to all its results. Results are mapped again only with
 * repeat, and only when they differ from what they were made of. The caller has set call, conf,
 * index and tried, and zeroed the rest. Returns 0, or a negative number with verdict or waits
 * set. */
int expand_address(struct address_expansion *expansion, const struct rcpt *rcpt);

/* The same as mapping_apply(), for a mailbox or else for the one that the MTA takes it for. */
int apply_map_to_either(const struct match_context *match, const struct mapping *map,
			const struct recipient_conf *conf, const char *mailbox,
			const char *other, struct mapping_results *ret, const char **ret_why);

#endif
