/* Policies: what a policy is, when it is called, and what it may do. This is the one header
 * that a policy includes.
 *
 * A policy is one file, policies/NAME.c, with one `const struct policy_ops policy_NAME`, and an
 * entry in POLICIES of Makefile.am. Each section `NAME "title" { }` of polymilter.conf makes an
 * instance of it. Input of an instance: one message at a time, as the policies before it in the
 * chain left it. Output: changes to the message, and a verdict.
 *
 *
 * A COMPLETE POLICY. `require "id" { header = "Message-ID" }` refuses mail that lacks a header:
 *
 *	static const struct option require_options[] = {
 *		{"header", OPTION_STRING, .required = true, .help = "the header to look for"},
 *		{.name = NULL},
 *	};
 *
 *	static int
 *	require_configure(struct policy_setup *setup, const struct section *section,
 *			  struct policy_need *need, const void **ret_conf)
 *	{
 *		const char *name = section_string(section, "header");
 *
 *		need->reads = PART_HEADERS;
 *		need->message = STAGE_EOH;
 *		*ret_conf = arena_strdup(policy_setup_arena(setup), name);
 *		return 0;
 *	}
 *
 *	static enum verdict
 *	require_message(struct policy_call *c)
 *	{
 *		bool found = message_nth_header(policy_message(c), policy_conf(c), 1) != NULL;
 *
 *		return found ? VERDICT_CONTINUE : VERDICT_REJECT;
 *	}
 *
 *	const struct policy_ops policy_require = {
 *		.name = "require",
 *		.summary = "refuse mail that lacks a header",
 *		.options = require_options,
 *		.configure = require_configure,
 *		.message = require_message,
 *	};
 *
 *
 * WHEN THE CALLBACKS RUN. A policy is called for a message only when its `when` and `unless`
 * are known and let it run.
 *
 *	MAIL            envfrom() of each policy
 *	RCPT            envrcpt() of each policy, for each recipient that the client names
 *	DATA            data() of each policy; message() of those with need.message DATA
 *	end of headers  message() of those with need.message EOH
 *	end of message  message() of all others
 *
 * - message() runs once for a message, strictly in the chain's order: one that may run at the
 *   end of the headers waits for the policies before it.
 * - envfrom(), envrcpt() and data() are chances to act earlier. They are skipped while the
 *   condition is not known, and while a policy before may still change an envelope part in
 *   need.reads; the MTA may also not send DATA, or the end of the headers, at all. So message()
 *   must do what an earlier callback did not do.
 * - A recipient that is refused leaves the message, with the recipients that were added while
 *   it was looked at; the next recipient gets its index. A policy whose condition became known
 *   only with that recipient starts anew, with a zeroed policy_msg_state(); what any other
 *   policy noted about the recipient that policy must discard.
 *
 *
 * VERDICTS AND THEIR ORDER. The first ACCEPT or DISCARD in the chain's order ends the chain:
 * the policies behind it do not act on the message. A refusal (REJECT, TEMPFAIL)
 *
 *	at MAIL, DATA    is sent at once, unless a policy before may still accept or discard
 *			 (need.may_end): then it is held until that policy's turn is over;
 *	at RCPT          is always sent at once and concerns that recipient only;
 *	from message()   is sent at the end of the message, at DATA when it was found there.
 *
 * An example. Chain { A, B, C }; A may accept and looks at the headers; B and C refuse by the
 * envelope.
 *
 *	MAIL            B refuses: held, because A may still accept. B is not called again.
 *			C is called and continues.
 *	RCPT            C refuses one recipient: the reply is sent, though A may still accept
 *			(loading the configuration warned about this order).
 *	DATA            C refuses: held.
 *	end of headers  A's message() returns
 *			ACCEPT: both held refusals are dropped, and what B and C did to the
 *			envelope is undone; the verdict is accept.
 *			CONTINUE: it is B's turn; its held refusal is the verdict. (If C's had
 *			been found at an earlier stage than B's, C's would be sent, unless a
 *			policy between them may still accept or discard.)
 *	end of message  The verdict is sent: accept, or B's reply.
 *
 * Two more reasons to hold a refusal at any stage, RCPT included, until the end of the message;
 * it then concerns the whole message: the stage is not in need.answers, so the MTA waits for no
 * answer there; or the mail is Postfix's own (non_smtpd_milters), whose client is not an SMTP
 * client that could act on a refused recipient.
 *
 *
 * FAILURE AND MONITOR MODE. After VERDICT_ERROR all changes that the policy made to the message
 * are undone, those of its earlier callbacks too. Then on_error decides: tempfail and reject
 * act as that verdict with a fixed reply; accept acts as ACCEPT; after continue and quarantine
 * the chain goes on, and the policy is not called again for this message. Policies behind it
 * that read what it may have changed of the envelope start anew.
 *
 * A policy also fails, without being called, for a message that has ended a worker in a policy
 * of this title within the last hour (chain/fatal_message.h).
 *
 * The exception is envrcpt() where a refusal of one recipient can be sent: tempfail and reject
 * refuse that recipient, only the changes of this callback are undone, and the policy goes on
 * with the next recipient. An example, a policy that rewrites recipients:
 *
 *	RCPT <a@example.org>	rewritten
 *	RCPT <b@example.org>	VERDICT_ERROR; on_error
 *				tempfail: 451, <a@example.org> stays rewritten
 *				continue: both recipients are as the client named them
 *
 * With `mode = "monitor"` (of the policy, or of the listener's whole chain) the changes of each
 * callback are undone when it returns, whatever its verdict; the verdict is not sent but logged
 * as would=VERDICT. Notes and log lines stay. A policy needs no code for this mode. The same
 * mode of one rule in a policy: policy/rule.h.
 *
 *
 * ASKING A SERVICE. message() may ask a server, for example a scanner, and its turn ends when
 * the answer is there; it never sees a connection, a loop or a timer. The protocol is a struct
 * exchange (service/exchange.h), the servers are a `service` of the configuration:
 *
 *	static enum verdict
 *	scan_message(struct policy_call *c)
 *	{
 *		const struct scan_conf *conf = policy_conf(c);
 *		struct clamd_exchange *x = policy_msg_state(c);
 *
 *		clamd_scan(x, policy_sent_content(c, NULL));
 *		return policy_ask(c, conf->service, &x->base, conf->max_wait_ms);
 *	}
 *
 *	static enum verdict
 *	scan_answered(struct policy_call *c, enum exchange_state answer) // .answered
 *	{
 *		const struct clamd_exchange *x = policy_msg_state(c);
 *
 *		return x->result == CLAMD_INFECTED ? VERDICT_REJECT : VERDICT_CONTINUE;
 *	}
 *
 * When no answer comes the policy has failed: answered() is not called, and on_error decides.
 * The MTA is told meanwhile that the message is being worked on. It may abort the message: then
 * the connection is closed, and nothing more is called.
 */
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
#include "policy/hit_place.h"
#include "policy/on_event.h"
#include "policy/result.h"
#include "policy/rule.h"
#include "service/exchange.h"
#include "service/service.h"
#include "session/message.h"
#include "session/peer.h"
#include "session/verdict.h"
#include "text/placeholder.h"
#include "text/reply.h"
#include "util/arena.h"
#include "util/buf.h"

struct policy_call;  /* one instance at work on one message; opaque */
struct policy_setup; /* one section of the configuration while it is read; opaque */

/* ---- 1. What a policy declares ---- */

/* Parts of a message: what is read, or may be changed. */
enum {
	PART_SENDER = 1u << 0,
	PART_RCPTS = 1u << 1,
	PART_HEADERS = 1u << 2,
	PART_SIZE = 1u << 3,  /* the number of body bytes */
	PART_BODY = 1u << 4,  /* the body itself, which is kept in memory or in a file */
	PART_LINES = 1u << 5, /* the length of the longest body line; only with PART_SIZE */
};

/* What one instance needs. All zero before configure(). */
struct policy_need {
	uint32_t reads;	  /* PART_ bits */
	uint32_t watches; /* PART_ bits that only rules with mode monitor read */
	uint32_t changes; /* PART_ bits */
	/* STAGE_BIT()s of ENVFROM, ENVRCPT, DATA at which it may refuse; ENVRCPT is added for a
	 * policy that reads and changes recipients, see rcpts_from_data. */
	uint32_t answers;
	uint32_t actions; /* ACTION_ bits (milter/proto.h) of the changes it may request */
	/* The earliest stage for message(), at which all that it reads is there: DATA for the
	 * envelope, EOH for headers, EOM for the body and its size. Also for a policy that only
	 * makes changes; a later stage than necessary delays the policies behind it. */
	enum stage message;
	/* It changes recipients from DATA on: it does nothing at RCPT, where it could fail. */
	bool rcpts_from_data;
	bool may_end;	    /* may return ACCEPT or DISCARD (on_error does not count) */
	const char *macros; /* names, separated by blanks, beyond those that MTAs send by
			       default: "i {auth_authen}"; or NULL */
	uint64_t max_body;  /* in bytes; a larger body need not be kept for it; 0: no limit */
};

struct policy_ops {
	const char *name;	      /* the section's name in polymilter.conf */
	const char *summary;	      /* one line for polymilterctl policies */
	const char *also;	      /* what others call it: see struct option */
	const struct option *options; /* its own; when, unless, mode, on_error are added */
	size_t msg_size;	      /* bytes of policy_msg_state(), zeroed for each message */
	/* What it finds, beside its verdicts: result.h. NULL: nothing. */
	const struct policy_results *results;

	/* Reads one section. Returns 0 with *ret_conf, owned by policy_setup_arena(), and *need
	 * filled in; or -EINVAL after section_error(). Both are read-only from then on and
	 * shared by all workers. */
	int (*configure)(struct policy_setup *setup, const struct section *section,
			 struct policy_need *need, const void **ret_conf);

	/* Each may be NULL. They return CONTINUE, REJECT, TEMPFAIL (of envrcpt(): of that
	 * recipient) or ERROR. The recipient of envrcpt() is policy_rcpt_current(). */
	enum verdict (*envfrom)(struct policy_call *c);
	enum verdict (*envrcpt)(struct policy_call *c);
	enum verdict (*data)(struct policy_call *c);

	/* For `polymilterctl test --result`, which sets this result in place of calling
	 * message(): what the policy makes of it, as it would of an answer. Not of skipped and
	 * error. NULL: CONTINUE. */
	enum verdict (*apply_result)(struct policy_call *c, const char *result);

	/* May return any verdict. Header changes are allowed only here, and in answered(). */
	enum verdict (*message)(struct policy_call *c);
	/* After policy_ask(): the exchange has an answer, or (EXCHANGE_TOO_BIG) the server says
	 * that the message is too large for it. May return any verdict, or ask again. */
	enum verdict (*answered)(struct policy_call *c, enum exchange_state answer);
};

/* ---- 2. In configure(); the section's options are read with option/option.h ---- */

struct arena *policy_setup_arena(struct policy_setup *setup); /* lives as the configuration */
const char *policy_setup_title(const struct policy_setup *setup);
/* A rule, map or limit, a section inside the policy's own: policy_setup_rule() in rule.h. */
/* What a MIME tree may have at most. */
const struct content_limits *policy_setup_content_limits(const struct policy_setup *setup);
/* The table of that name. NULL after section_error() at the option. */
const struct table *policy_setup_table(struct policy_setup *setup, const struct section *s,
				       const char *option, const char *name);
/* To be called with each template that has been compiled, of an option of s: checks the
 * policies that its %{result:TITLE} and %{score:TITLE} name. t NULL: there is none. 0, or
 * -EINVAL after section_error(). */
int policy_setup_template(struct policy_setup *setup, const struct section *s,
			  const char *option, const struct template *t);
/* The service that an option names, whose servers are of this kind. NULL after section_error()
 * at the option. */
const struct service *policy_setup_service(struct policy_setup *setup, const struct section *s,
					   const char *option, const struct service_kind *kind);
/* How tables are found, for mapping_read() and others that read a part of the section. */
const struct table_scope *policy_setup_tables(const struct policy_setup *setup);
/* The condition whose lines stand in section s among other options, such as those of `limit` of
 * the policy size; the section's table includes condition_rcpt_options. NULL after
 * section_error(). */
const struct condition *policy_setup_condition(struct policy_setup *setup,
					       const struct section *s);
/* The same with one more line, OPTION = {"table:NAME"}: see condition_read_with_table(). */
const struct condition *policy_setup_table_condition(struct policy_setup *setup,
						     const struct section *s,
						     const char *option,
						     const struct table *table);

/* ---- 3. In a callback: reading ---- */

const void *policy_conf(const struct policy_call *c);  /* *ret_conf of configure() */
void *policy_msg_state(struct policy_call *c);	       /* msg_size bytes */
struct arena *policy_arena(struct policy_call *c);     /* ends with the message */
struct message *policy_message(struct policy_call *c); /* for reading only, see section 4 */
const struct peer *policy_peer(const struct policy_call *c); /* the SMTP client */
/* The value that the MTA sent, "i" or "{auth_authen}"; NULL when it did not. */
const char *policy_macro(const struct policy_call *c, const char *name);
const char *policy_id(const struct policy_call *c); /* queue id, else the session's id */

/* The envelope as this policy has it: with the changes of policies before it and its own, not
 * those of policies behind it. */
const struct sender *policy_sender(const struct policy_call *c); /* NULL: none was sent */
size_t policy_rcpt_count(const struct policy_call *c);
/* The first recipient at or behind index from, or RCPT_NONE. To go over all of them:
 *
 *	for (size_t i = 0; (i = policy_next_rcpt(c, i)) != RCPT_NONE; i++)
 *		use(&policy_message(c)->rcpts[i]);
 */
size_t policy_next_rcpt(const struct policy_call *c, size_t from);
/* In envrcpt(): the index of the recipient that the client just named; when a policy before
 * rewrote it, of the first result. RCPT_NONE when that policy removed it. */
size_t policy_rcpt_current(const struct policy_call *c);

/* The MIME tree of the message as it is now, see content_mime_tree(). into_messages: parts of
 * attached messages (message/rfc822) are in it. NULL when the body was not kept. Needs
 * PART_HEADERS and PART_BODY. */
const struct mime_tree *policy_mime_tree(struct policy_call *c, bool into_messages);
const struct content_limits *policy_content_limits(const struct policy_call *c);

/* Evaluates a condition for the recipient of that index, or for the message (SIZE_MAX).
 * Returns an enum tri; or a negative number when a match failed, after policy_fail(): the
 * callback then returns VERDICT_ERROR, or goes on as if it were TRI_UNKNOWN and evaluates again
 * at a later stage. */
int policy_evaluate_condition(struct policy_call *c, const struct condition *cond, size_t rcpt);
/* Do a rule with its when and unless, and the lines in its own section, apply to the recipient
 * of that index, or to the message (SIZE_MAX)? An enum tri, or a negative number, as above. */
int policy_lines_hold(struct policy_call *c, const struct policy_rule *rule,
		      const struct condition *lines, size_t rcpt);
/* Of a condition of policy_setup_table_condition() that holds for this recipient: the value of
 * the key. 1 with *ret_value, 0, or a negative number after policy_fail(). */
int policy_table_value(struct policy_call *c, const struct condition *cond, size_t rcpt,
		       const char **ret_value);

/* Matches within the message's budget (limits { regex_time }). subject is valid UTF-8, see
 * regex_subject(). Returns 1 or 0; or a negative number when it failed: the callback then
 * returns policy_regex_failed(). ret_groups may be NULL. */
int policy_match(struct policy_call *c, const struct regex *re, const char *subject, size_t len,
		 struct regex_groups *ret_groups);
/* The same for a subject of any length, which is not cut: regex_match_whole(). */
int policy_match_whole(struct policy_call *c, const struct regex *re, const char *subject,
		       size_t len);
enum verdict policy_regex_failed(struct policy_call *c, const struct regex *re, int r);
/* The message's arena and the same limits and budget, for table_lookup(), mapping_apply() and
 * the functions like them. */
struct match_context policy_match_context(struct policy_call *c);

/* The smallest message size, in bytes, that a `size` policy before this one allows; UINT64_MAX:
 * any. A policy that makes a message larger compares message_size() with it. */
uint64_t policy_size_limit(const struct policy_call *c);
/* Lowers it for the policies behind this one. */
void policy_set_size_limit(struct policy_call *c, uint64_t bytes);

/* ---- 4. In a callback: changing the message ----
 *
 * A change is visible in policy_message() at once; the MTA gets the sum of all changes at the
 * end of the message. Strings are copied.
 * addr:  with brackets, "<a@example.com>".
 * args:  ESMTP parameters, each ended by NUL, args_len bytes in all.
 * value: of a header, folded with LF; field_encode() in content/field.h makes it of
 *        UTF-8 text, and field_name_is_valid() checks a name from the configuration.
 * index: of a recipient, from policy_next_rcpt().
 * h:     one of policy_message(); the pointer is valid until a header is added or inserted. */
void policy_change_sender(struct policy_call *c, const char *addr, const char *args,
			  size_t args_len);
void policy_add_rcpt(struct policy_call *c, const char *addr, const char *args,
		     size_t args_len);
/* A recipient that the one at that index is rewritten to. All its results are added in a row,
 * and policy_delete_rcpt() of it, if it does not stay, follows: "rcpt a@old -> b@new "
"c@new". */
void policy_add_result(struct policy_call *c, size_t index, const char *addr, const char *args,
		       size_t args_len);
void policy_delete_rcpt(struct policy_call *c, size_t index);
void policy_add_header(struct policy_call *c, const char *name, const char *value); /* at end */
void policy_insert_header(struct policy_call *c, enum header_place place, const char *name,
			  const char *value);
void policy_insert_header_behind(struct policy_call *c, enum header_place place, size_t behind,
				 const char *name, const char *value);
void policy_change_header(struct policy_call *c, struct header *h, const char *value);
void policy_delete_header(struct policy_call *c, struct header *h);
/* A new body, in one piece or in n. The bytes are not copied: they are owned by policy_arena(),
 * or belong to the body as it was. */
void policy_replace_body(struct policy_call *c, const char *data, size_t len);
void policy_replace_body_parts(struct policy_call *c, const struct slice *parts, size_t n);
/* These changes note once a message in the log that they break a DKIM signature
 * (content/dkim.h). A policy that sets the body with content/edit.h calls this with it. */
void policy_note_new_body(struct policy_call *c);
/* Header changes so far in message() stay even if the policy fails after them: fields that only
 * a scanner may set, and that came with the message, are removed whatever the scanner says. */
void policy_keep_changes(struct policy_call *c);
/* The MTA is to hold the message. Not a verdict: the chain goes on. */
void policy_quarantine(struct policy_call *c, const char *reason);

/* ---- 5. The verdict ---- */

/* Sets the reply to the client and returns the verdict that goes with it: REJECT for 5xx,
 * TEMPFAIL for 4xx. The values of policy_fill_values() are added to those of the caller. A
 * callback that returns REJECT or TEMPFAIL without this leaves the text to the MTA. */
enum verdict policy_refuse(struct policy_call *c, const struct reply *reply,
			   const struct placeholder_values *values);
/* The same with a reply that is no template, such as that of a server: '%' in it is a plain
 * character. text: printable ASCII, lines with LF between them. Copied. */
enum verdict policy_refuse_text(struct policy_call *c, unsigned code, const char *xcode,
				const char *text);
/* Fills in the placeholders that all policies have: id, sender, sender_domain, client,
 * auth_user, policy, result, score; and recipient in envrcpt(). */
void policy_fill_values(struct policy_call *c, struct placeholder_values *values);
/* The policy itself failed, not the message: logs the text as a warning and returns
 * VERDICT_ERROR. */
enum verdict policy_fail(struct policy_call *c, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* ---- 6. The log ---- */

/* Why the policy did nothing, one word: policies="legal:skipped(signed)" in the message's log
 * line. */
void policy_note_skipped(struct policy_call *c, const char *reason);
/* This rule hit: it stands in the message's log line, as rule="words/pills". entry: "words:12",
 * the table and the line of what was found there, or NULL; matched: the text that it found, for
 * polymilterctl test, or NULL. Both are the message's or the configuration's, not copied. */
void policy_note_rule(struct policy_call *c, const struct policy_rule *rule, const char *entry,
		      const char *matched);
/* Is a trace of the message wanted? Then the policy tells where the rule hit that it noted
 * last:
 *
 *	policy_note_rule(c, rule, NULL, matched);
 *	if (policy_is_traced(c))
 *		policy_trace_place(c, &(struct hit_place){.kind = HIT_HEADER, .name =
 * "Subject"});
 *
 * The strings are the message's or the configuration's, not copied. */
bool policy_is_traced(const struct policy_call *c);
void policy_trace_place(struct policy_call *c, const struct hit_place *place);
/* Appends key=value to the message's log line, in quotes when it has a blank. key is a
 * constant; unprintable bytes of value are escaped, and at most 256 bytes of it are used. */
void policy_note(struct policy_call *c, const char *key, const char *value);
/* The same, unless the line has this note already. */
void policy_note_once(struct policy_call *c, const char *key, const char *value);
/* A log line of its own: "ID: TITLE: text". level is one of syslog(3). */
void policy_log(struct policy_call *c, int level, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* ---- 7. Asking a service ---- */

/* The whole message as it stands now, for an exchange: fields that the caller wants at the top
 * ("X-Envelope-From: <a@example.org>\r\n", or NULL), a Received line of our own (services tell
 * by it where the mail comes from, and scanners that it is mail), the header fields, an empty
 * line, the body. Needs PART_HEADERS and PART_BODY. The message's. */
const struct exchange_content *policy_sent_content(struct policy_call *c, const char *before);

/* message() and answered() return this: what comes next is answered(), or the policy has
 * failed. need.message is EOM. x and all that it sends stay as they are until then; it is
 * released after answered(). max_wait_ms: for all tries and waiting in line, but at most what
 * is left of limits { wait_time }. */
enum verdict policy_ask(struct policy_call *c, const struct service *service,
			struct exchange *x, uint64_t max_wait_ms);

#endif
