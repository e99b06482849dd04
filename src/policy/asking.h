/* What the policies that ask a service have in common: options, and what is too big. A part of
 * policy.h for those policies.
 *
 *	static const struct option clamd_options[] = {
 *		POLICY_ASKING_OPTIONS("25M"),
 *		...
 *
 *	r = policy_setup_asking(setup, section, &clamd_servers, &conf->asking);
 *
 *	if (policy_is_too_big(c, &conf->asking))
 *		return policy_act_too_big(c);
 *	clamd_scan(x, policy_sent_content(c, NULL));
 *	return policy_ask(c, conf->asking.service, &x->base, conf->asking.max_wait_ms); */
#ifndef POLICY_ASKING_H
#define POLICY_ASKING_H

#include "policy/policy.h"

/* size: the default of max_size, or "none". */
#define POLICY_ASKING_OPTIONS(size)                                                            \
	{"service", OPTION_STRING, .required = true, .help = "the service that is asked",      \
	 .also = "server socket address host servers backend"},                                \
		{"max_size",                                                                   \
		 OPTION_LIMIT,                                                                 \
		 size,                                                                         \
		 .sized = true,                                                                \
		 .help = "a larger message is not asked about; its result is too-big",         \
		 .also = "size_limit max_message_size limit max_scan_size StreamMaxLength "    \
			 "max_body"},                                                          \
		{"on_too_big",                                                                 \
		 OPTION_WORD,                                                                  \
		 "continue",                                                                   \
		 .words = on_event_words,                                                      \
		 .words_also = option_actions_also,                                            \
		 .help = "what is done with a message that is too large to be asked about",    \
		 .also = "on_oversize on_size too_big on_limit"},                              \
	{                                                                                      \
		"max_wait", OPTION_DURATION, "60s",                                            \
			.help = "time for the answer, with waiting in line and all tries",     \
			.also = "timeout wait_time budget"                                     \
	}

struct policy_asking {
	const struct service *service;
	uint64_t max_size; /* bytes; UINT64_MAX: none */
	uint64_t max_wait_ms;
};

/* In configure(): reads the options. 0, or -EINVAL after section_error(). */
int policy_setup_asking(struct policy_setup *setup, const struct section *section,
			const struct service_kind *kind, struct policy_asking *ret);

/* In message(): the message is larger than max_size. */
bool policy_is_too_big(struct policy_call *c, const struct policy_asking *asking);
/* Sets the result too-big, and does what on_too_big says. The verdict for the callback. */
enum verdict policy_act_too_big(struct policy_call *c);

/* Removes the fields of this name that came with the message, or that policies before have
 * added. */
void policy_delete_headers(struct policy_call *c, const char *name);

#endif
