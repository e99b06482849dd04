/* What the three files of the policy "rspamd" share: rspamd_read.c reads the section, rspamd.c
 * asks, rspamd_apply.c does what the answer wants. */
#ifndef POLICIES_RSPAMD_H
#define POLICIES_RSPAMD_H

#include "match/patterns.h"
#include "policy/asking.h"
#include "policy/policy.h"
#include "service/rspamd.h"

/* What of the answer is carried out: enum, word of the option `apply`, what others call it. */
#define RSPAMD_WISHES(X)                                                                       \
	X(REJECT, "reject", "refuse deny")                                                     \
	X(SOFT_REJECT, "soft-reject", "soft_reject tempfail defer")                            \
	X(GREYLIST, "greylist", "greylisting grey")                                            \
	X(ADD_HEADER, "add-header", "add_header header spam tag")                              \
	X(REWRITE_SUBJECT, "rewrite-subject", "rewrite_subject subject")                       \
	X(QUARANTINE, "quarantine", "hold")                                                    \
	X(DISCARD, "discard", "drop")                                                          \
	X(HEADERS, "headers", "add_headers remove_headers milter_headers")                     \
	X(ENVELOPE, "envelope", "recipients rcpt sender change_from")                          \
	X(DKIM, "dkim", "dkim_signing signature sign")

#define X(ID, word, also) RSPAMD_WISH_##ID,
enum rspamd_wish { RSPAMD_WISHES(X) RSPAMD_WISH_COUNT };
#undef X

struct rspamd_conf {
	struct policy_asking asking;
	uint32_t apply;		/* a bit for each enum rspamd_wish */
	struct patterns remove; /* names of fields */
	const char *spam_header, *settings_id, *mta_tag;
	struct reply reply, soft_reply;
};

static inline bool
rspamd_applies(const struct rspamd_conf *conf, enum rspamd_wish wish)
{
	return (conf->apply & 1u << wish) != 0;
}

/* A message. Fields that came with it are removed after it was written for rspamd, whose
 * removals count the fields that it was sent. */
struct rspamd_work {
	struct rspamd_exchange x;
	const bool *was_sent; /* for each of the message's fields */
	size_t n_fields;      /* that the message had then */
};

extern const struct option rspamd_options[];
extern const struct service_kind rspamd_servers;

/* Fills *ret_conf, a struct rspamd_conf: see struct policy_ops. */
int rspamd_configure(struct policy_setup *setup, const struct section *section,
		     struct policy_need *need, const void **ret_conf);

/* Does what an answer wants, as far as `apply` has it. The callback's verdict. */
enum verdict rspamd_apply(struct policy_call *c, const struct rspamd_answer *answer);

#endif
