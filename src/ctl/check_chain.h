/* A chain as lists of words: check_chain.c makes them of the configuration and prints them for
 * readers, check_chain_json.c as JSON. All memory is the arena's. */
#ifndef CTL_CHECK_CHAIN_H
#define CTL_CHECK_CHAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/config.h"

struct word_list {
	const char **word;
	size_t n, cap;
};

/* What is read, changed, asked for: of one policy, or of the whole chain. */
struct shown_need {
	struct word_list stages; /* of one policy: at which it is called; else: that are sent */
	struct word_list replies;	 /* stages at which the MTA waits for a reply */
	struct word_list reads, changes; /* of a policy */
	struct word_list actions;	 /* as the protocol names them: "ADDHDRS" */
	struct word_list macros;	 /* of the whole chain: beyond the MTAs' own lists */
	bool keeps_body;
	uint64_t max_body; /* bytes; UINT64_MAX: of any size */
};

struct shown_policy {
	const struct policy_inst *inst;
	const struct section *section;
	const char *mode;    /* of the policy, or of the whole chain */
	const char *service; /* the title of the one that it asks; NULL: none */
	struct word_list servers;
	struct word_list when, unless, rules;
	struct shown_need need;
};

struct shown_chain {
	const struct listener_conf *listener;
	struct shown_policy *policies;
	size_t n;
	struct shown_need need;
};

void check_chain_json(const struct shown_chain *c);

#endif
