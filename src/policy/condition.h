/* Conditions: `condition "name" { }` of polymilter.conf, and the same lines inside other
 * sections. Input: a section when the configuration is read; then, for each message, a view of
 * what is known of it. Output: does the condition hold? yes, no, or not known yet.
 *
 * All lines of a condition must hold. A line with a list of values holds when one value
 * matches; its negated form not_X holds when none does. A thing that is absent (no HELO name,
 * no such header) matches nothing, so X does not hold and not_X does.
 *
 * A line is not known yet (TRI_UNKNOWN) as long as the MTA may still send what it is about, or
 * a policy before may still change it (pending). One line that is TRI_NO makes the condition
 * TRI_NO, whatever the others are; otherwise one that is TRI_UNKNOWN makes it TRI_UNKNOWN. At
 * the end of the message nothing is unknown.
 *
 * An example, with a policy that has `when = {"leaving"}`:
 *
 *	condition "leaving" { authenticated = yes  recipient_domain = {"example.org"} }
 *
 *	                                 authenticated  recipient_domain  condition
 *	MAIL, without {auth_authen}      NO             UNKNOWN           NO
 *	MAIL, with {auth_authen}         YES            UNKNOWN           UNKNOWN
 *	RCPT <ann@example.com>           YES            UNKNOWN           UNKNOWN
 *	RCPT <bob@example.org>           YES            YES               YES
 *	or DATA, ann being the only one  YES            NO                NO
 *
 * Lines about recipients are evaluated for one recipient at a time. At RCPT, ann does not match
 * but a later recipient may, hence UNKNOWN. With recipient_scope = "all" recipient_domain stays
 * UNKNOWN until DATA, and is then NO, because ann does not match. While a `recipient` policy
 * before has not rewritten the recipients yet (for example, its own condition is not known),
 * PART_RCPTS is pending and recipient_domain is UNKNOWN. */
#ifndef POLICY_CONDITION_H
#define POLICY_CONDITION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "match/table.h"
#include "milter/proto.h"
#include "option/option.h"
#include "policy/result.h"
#include "session/message.h"
#include "session/peer.h"

struct arena;
struct condition;
struct message_text;
struct time_zone;

enum tri { TRI_NO, TRI_YES, TRI_UNKNOWN };

extern const struct option condition_options[]; /* of condition "name" { } */
/* For the table of another section that has lines of a condition among its options and is
 * evaluated for one recipient, such as `limit` of the policy size: all but listener, macro,
 * header, header_from, header_from_domain, url_domain, policy, recipient_scope, all, any and
 * none. */
extern const struct option condition_rcpt_options[];

/* How names in a section are found. condition returns NULL after section_error() at
 * the option. */
struct condition_scope {
	struct arena *arena;	   /* owns all that is read */
	struct table_scope tables; /* how tables are found */
	const struct condition *(*condition)(void *ctx, const struct section *s,
					     const char *option, const char *name);
	bool (*listener)(void *ctx, const char *name); /* is there one of that name? */
	/* The results of the kind of the policy with that title; NULL after section_error() at
	 * the option (NULL: at the section): there is none, or its kind has no results. */
	const struct policy_results *(*results)(void *ctx, const struct section *s,
						const char *option, const char *title);
	void *ctx;
	/* The time zones that were read before, see time_zone_read(). NULL: each is read
	 * anew. */
	const struct time_zone **zones;
};

/* Reads the lines of a section: of a section `condition` all that there are, of another one
 * those of condition_rcpt_options. Conditions that all, any and none name must have been read
 * before. Returns NULL after section_error(); else the condition, owned by scope->arena. */
struct condition *condition_read(const struct section *s, const struct condition_scope *scope);
/* Does the same, with one more line: OPTION = {"table:NAME"} of that table, whose value for the
 * key that is found can be asked for (condition_table_value()). option: recipient,
 * recipient_domain, sender or sender_domain. The table is not one of networks. */
struct condition *condition_read_with_table(const struct section *s,
					    const struct condition_scope *scope,
					    const char *option, const struct table *table);

/* The conditions that a list option names, when or unless; *ret_n of them. Unknown ones are
 * reported and left out. */
const struct condition *const *condition_read_names(const struct section *s, const char *option,
						    const struct condition_scope *scope,
						    size_t *ret_n);

/* What the section is: "condition", or "rule" or another one that has lines of a condition. */
const char *condition_kind(const struct condition *c);
const char *condition_name(const struct condition *c); /* the section's title */
/* PART_ bits (policy.h) that it reads, those of the conditions it names included. */
uint32_t condition_reads(const struct condition *c);
/* The macros that it reads, "{auth_authen} i"; "" when none. */
const char *condition_macros(const struct condition *c);
/* The stage at which it is known at the latest, if nothing is pending then. */
enum stage condition_last_stage(const struct condition *c);

/* The titles of the policies whose results it reads; *ret_n of them. These must stand before
 * each policy that uses the condition. */
const char *const *condition_policies(const struct condition *c, size_t *ret_n);

/* One line that was evaluated, for those who want to see why. Strings are the message's or the
 * configuration's. */
struct condition_step {
	const struct condition *condition; /* that has the line */
	const char *line;		   /* as written: `sender_domain = { "example.org" }` */
	const char *subject; /* what it was compared with; NULL: there is no such thing */
	const char *value;   /* the value that matched, as written; NULL: none did */
	int result;	     /* as of condition_evaluate() */
};

/* What a condition is evaluated on. */
struct condition_view {
	const char *listener; /* the name of the listener that the MTA came in by */
	const struct peer *peer;
	const struct message *message;
	unsigned position; /* of the policy that the condition is evaluated for; it sees the
			      envelope as the policies before left it, see session/envelope.h */
	enum stage stage;  /* reached: ENVFROM, ENVRCPT, DATA, EOH or EOM */
	uint32_t pending;  /* PART_ bits that a policy before may still change */
	int64_t time;	   /* of MAIL, seconds since 1970 */
	size_t first_rcpt; /* at ENVRCPT, the index of the recipient that was just named; those
			      below it were evaluated before, without a match */
	const char *(*macro)(void *ctx, const char *name); /* its value; NULL: not sent */
	/* What the policy of that title has found; false: its turn is not over. NULL: no policy
	 * stands before. */
	bool (*found)(void *ctx, const char *title, struct policy_found *ret);
	/* The text of the message, with the hosts of its links; NULL: its body was not kept.
	 * The getter is called at the end of the message only. */
	const struct message_text *(*text)(void *ctx);
	/* Is called, perhaps several times, with the name of a header, a macro or an option of
	 * which patterns saw only the beginning, see REGEX_MAX_SUBJECT. NULL: not wanted. */
	void (*note_cut)(void *ctx, const char *name);
	/* Is called after each line, and for lines about recipients after each recipient. NULL:
	 * not wanted, as in the daemon. */
	void (*trace)(void *ctx, const struct condition_step *step);
	struct condition_step *step; /* condition.c's: of the line at work */
	void *ctx;		     /* of macro, found, text, note_cut and trace */
	struct match_context match;  /* its arena is the message's */
};

/* rcpt: the index of the one recipient that the lines about recipients are evaluated for; or
 * SIZE_MAX for the message, where recipient_scope counts. Returns an enum tri, or a negative
 * number: of regex_match() when a match failed, -ENODATA when the body is not there. */
int condition_evaluate(const struct condition *c, const struct condition_view *view,
		       size_t rcpt);

/* Of a condition that condition_read_with_table() has read, and that holds for this recipient:
 * the value of the key. rcpt: not SIZE_MAX, unless option is about the sender. 1 with
 * *ret_value; 0: there is no such key; or a negative number of regex_match(). */
int condition_table_value(const struct condition *c, const struct condition_view *view,
			  size_t rcpt, const char **ret_value);

#endif
