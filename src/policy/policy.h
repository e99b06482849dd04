/* The one header that a policy includes. Layer 3.
 *
 * A policy is a file in policies/ with one `const struct policy_ops policy_NAME`. It is called
 * for one message at a time, in the chain's order, when its `when` and `unless` are known and
 * let it run. What it may see is the message as the policies before it left it, and its own
 * changes. */
#ifndef POLICY_POLICY_H
#define POLICY_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "content/mime_tree.h"
#include "match/regex.h"
#include "match/table.h"
#include "milter/proto.h"
#include "option/option.h"
#include "policy/condition.h"
#include "session/message.h"
#include "session/peer.h"
#include "session/verdict.h"
#include "text/placeholder.h"
#include "text/reply.h"
#include "util/arena.h"
#include "util/buf.h"

struct policy_call;  /* one policy at work on one message; opaque */
struct policy_setup; /* one section of the configuration being read; opaque */

/* Parts of a message: what is read, or may be changed. */
enum {
	PART_SENDER = 1u << 0,
	PART_RCPTS = 1u << 1,
	PART_HEADERS = 1u << 2,
	PART_SIZE = 1u << 3,  /* body bytes, counted */
	PART_BODY = 1u << 4,  /* the body itself: it is kept */
	PART_LINES = 1u << 5, /* its longest line, with PART_SIZE */
};

/* What one configured policy needs. */
struct policy_need {
	uint32_t reads, changes; /* PART_ bits */
	uint32_t answers;   /* STAGE_BIT()s of ENVFROM, ENVRCPT, DATA at which it may refuse */
	uint32_t actions;   /* ACTION_ bits that it may ask for */
	enum stage message; /* when message() can do its work: DATA, EOH or EOM */
	bool may_end;	    /* may say accept or discard (on_error does not count) */
	const char *macros; /* "i {auth_authen}": wanted beyond the MTA's own set; or NULL */
	uint64_t max_body;  /* larger bodies are of no use to it; 0: any */
};

struct policy_ops {
	const char *name;	      /* the section's name in polymilter.conf */
	const char *summary;	      /* one line, for listings */
	const struct option *options; /* its own; those of every policy are added */
	size_t msg_size;	      /* zeroed state for each message */

	/* Reads one section. 0 with *ret_conf (the configuration's arena) and *need filled in,
	 * or -EINVAL after section_error(). Both are read-only from then on and shared by all
	 * workers. */
	int (*configure)(struct policy_setup *setup, const struct section *section,
			 struct policy_need *need, const void **ret_conf);

	/* Envelope stages: called when the condition is known by then and no earlier policy may
	 * still change what this one reads; so they may be left out for a message, and
	 * message() must then do their work. envrcpt is called for each recipient that the
	 * client gives, the last one in the message. May say CONTINUE, REJECT, TEMPFAIL
	 * (envrcpt: of that recipient) or ERROR. */
	enum verdict (*envfrom)(struct policy_call *c);
	enum verdict (*envrcpt)(struct policy_call *c);
	enum verdict (*data)(struct policy_call *c);

	/* The message, once, in the chain's order, at need.message or later. */
	enum verdict (*message)(struct policy_call *c);
};

/* In configure(). */
struct arena *policy_setup_arena(struct policy_setup *setup);
const char *policy_setup_title(const struct policy_setup *setup);
/* Named tables and conditions of the configuration. NULL after section_error() at that option.
 */
const struct table *policy_setup_table(struct policy_setup *setup, const struct section *s,
				       const char *option, const char *name);
/* The lines of a condition that stand in a section, a size policy's `limit` say. NULL after an
 * error. */
const struct condition *policy_setup_condition(struct policy_setup *setup,
					       const struct section *s);

/* In a callback: what there is. */
const void *policy_conf(const struct policy_call *c);
void *policy_msg_state(struct policy_call *c);
struct arena *policy_arena(struct policy_call *c);     /* ends with the message */
struct message *policy_message(struct policy_call *c); /* to read; changes: below */
const struct peer *policy_peer(const struct policy_call *c);
const char *policy_macro(const struct policy_call *c, const char *name); /* or NULL */
const char *policy_id(const struct policy_call *c); /* queue id, else session id */
const struct sender *policy_sender(const struct policy_call *c);
/* The first recipient at index from or behind it, of those that the policy sees: its own
 * additions and removals count. RCPT_NONE when there is none. To go over all of them:
 *
 *	for (size_t i = 0; (i = policy_next_rcpt(c, i)) != RCPT_NONE; i++)
 *		use(&policy_message(c)->rcpts[i]); */
size_t policy_next_rcpt(const struct policy_call *c, size_t from);
size_t policy_rcpt_count(const struct policy_call *c);
/* In envrcpt: the index of the recipient it is about: the client's, or when an earlier policy
 * rewrote it the first of its results. RCPT_NONE when none is left. */
size_t policy_rcpt_current(const struct policy_call *c);
/* A condition put to one recipient (its index), or to the message (SIZE_MAX). */
enum tri policy_evaluate_condition(struct policy_call *c, const struct condition *cond,
				   size_t rcpt);
/* Matches with the message's budget. 1, 0, or a negative number: return policy_regex_failed().
 */
int policy_match(struct policy_call *c, const struct regex *re, const char *subject, size_t len,
		 struct regex_groups *ret_groups); /* may be NULL */
enum verdict policy_regex_failed(struct policy_call *c, const struct regex *re, int r);
/* What matches of this message may cost, and have cost: for table_lookup() and its kin. */
const struct regex_limits *policy_regex_limits(const struct policy_call *c);
struct regex_budget *policy_regex_budget(struct policy_call *c);
/* The strictest message size that an earlier `size` policy left; UINT64_MAX: none. */
uint64_t policy_size_limit(const struct policy_call *c);
void policy_set_size_limit(struct policy_call *c, uint64_t bytes);

/* The MIME tree of the message as the model has it now; see content_mime_tree(). */
const struct mime_tree *policy_mime_tree(struct policy_call *c, bool into_messages);
const struct content_limits *policy_content_limits(const struct policy_call *c);

/* Changes: seen at once in the message, sent at eom, undone when the policy fails or only
 * watches. Header changes only in message(). */
void policy_change_sender(struct policy_call *c, const char *addr, const char *args,
			  size_t args_len);
void policy_add_rcpt(struct policy_call *c, const char *addr, const char *args,
		     size_t args_len);
void policy_delete_rcpt(struct policy_call *c, size_t index);
void policy_add_header(struct policy_call *c, const char *name, const char *value);
void policy_insert_header(struct policy_call *c, enum header_place place, const char *name,
			  const char *value);
void policy_change_header(struct policy_call *c, struct header *h, const char *value);
void policy_delete_header(struct policy_call *c, struct header *h);
/* The bytes are the arena's, or those of the body as it was. */
void policy_replace_body(struct policy_call *c, const char *data, size_t len);
void policy_replace_body_parts(struct policy_call *c, const struct slice *parts, size_t n);
void policy_quarantine(struct policy_call *c, const char *reason);

/* What to say. policy_refuse(): the verdict is REJECT for a 5xx reply, TEMPFAIL for 4xx; values
 * that it does not set itself (id, sender, recipient, client, policy) come from the caller. */
enum verdict policy_refuse(struct policy_call *c, const struct reply *reply,
			   const struct placeholder_values *values);
/* Fills in what every policy knows: id, sender, client, policy, recipient in envrcpt. */
void policy_fill_values(struct policy_call *c, struct placeholder_values *values);
/* The policy itself failed; fmt says why, for the log. Returns VERDICT_ERROR. */
enum verdict policy_fail(struct policy_call *c, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* For the message's log line. skipped: "legal:skipped(signed)". note: warn=duplicate-subject;
 * the key is ours, the value is cleaned. */
void policy_note_skipped(struct policy_call *c, const char *reason);
void policy_note(struct policy_call *c, const char *key, const char *value);
void policy_log(struct policy_call *c, int level, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Later: return VERDICT_SUSPEND after policy_suspend(), in message() with need.message EOH or
 * EOM only. Then exactly one of these happens: the policy calls policy_resume(), or cancel(arg)
 * is called (time is up, the MTA aborted or hung up) and the call must not be touched again.
 * Resuming before the callback has returned is fine. */
void policy_suspend(struct policy_call *c, unsigned timeout_ms, void (*cancel)(void *arg),
		    void *arg);
void policy_resume(struct policy_call *c, enum verdict v);
struct sd_event;
/* To be asked for each time that a source is added or changed, or the loop does not look. */
struct sd_event *policy_loop(struct policy_call *c);

#endif
