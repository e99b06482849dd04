/* What the files of the policy "recipient" share:
 *
 *	recipient.c		 the callbacks
 *	recipient_read.c	 reads the section: its maps, and what they need
 *	recipient_read_copy.c	 reads bcc and bcc_map
 *	recipient_mark.c	 what is noted of each recipient
 *	recipient_rewrite.c	 recipients by map: rewritten, removed, refused
 *	recipient_expand.c	 the results of one recipient
 *	recipient_sender.c	 the sender by sender_map
 *	recipient_copy.c	 blind copies by bcc and bcc_map */
#ifndef POLICIES_RECIPIENT_H
#define POLICIES_RECIPIENT_H

#include "match/mapping.h"
#include "policy/policy.h"

/* Addresses of blind copies, as they are written: in `to` of a bcc_map, "a@x", or in the value
 * of a table, "a@x, b@x". */
struct copy_address {
	const struct template *text;
};

/* What is looked up in the table of a bcc_map. */
enum copy_lookup { COPY_BY_RECIPIENT, COPY_BY_SENDER, COPY_BY_AUTH_USER };

/* One section bcc_map. */
struct recipient_copy {
	const struct policy_rule *rule;
	const struct condition *condition; /* its own lines */
	enum copy_lookup lookup;
	const struct table *table; /* its values are the addresses; NULL: `to` are */
	const struct template *const *to;
	size_t n_to;
	bool for_each_rcpt; /* lines and lookup are for each recipient, not for the message */
	bool has_envelope_headers;
};

struct recipient_conf {
	const struct mapping *maps, *senders; /* map, sender_map */
	const struct policy_rule *const *map_rules, *const *sender_rules;
	/* Of each map: it refuses the recipient with this reply; NULL: it rewrites it. */
	const struct map_reply *const *map_replies;
	size_t n_maps, n_senders;
	struct mapping_rules rules;
	const struct table *spared; /* unless_in; or NULL */
	const char *const *bcc;
	size_t n_bcc;
	const struct recipient_copy *copies;
	size_t n_copies;
	const char *record; /* name of a header; or NULL */
	uint64_t max_results;
	bool repeat;
	bool watches_refusals; /* a map that refuses has mode monitor */
};

/* The reply of a map with action reject or tempfail. */
struct map_reply {
	struct reply own;
	bool rejects; /* else tempfail */
	/* %{value} stands in it: the value of the table is inserted. Otherwise the value is a
	 * reply, or the text of one, or "". */
	bool has_value;
};

extern const struct option recipient_options[];

/* Fills *ret_conf, a struct recipient_conf: see struct policy_ops. */
int recipient_configure(struct policy_setup *setup, const struct section *section,
			struct policy_need *need, const void **ret_conf);

/* recipient_read_copy.c */
extern const struct option recipient_copy_options[]; /* of bcc_map "name" { } */
/* Reads bcc and the sections bcc_map. 0, or -EINVAL after section_error(). */
int recipient_read_copies(struct policy_setup *setup, const struct section *section,
			  struct recipient_conf *conf, struct policy_need *need);
/* What they need, once all of conf is read. */
void recipient_need_copies(const struct recipient_conf *conf, struct policy_need *need);

/* recipient_mark.c */
enum recipient_mark {
	MARK_NEW,     /* the maps have not been applied to it */
	MARK_STAYS,   /* no map is for it */
	MARK_CHANGED, /* it was rewritten: it was deleted, or results were added beside it */
	MARK_REMOVED, /* it was rewritten to no result at all */
	MARK_ADDED,   /* this policy added it, as a result of a map */
	MARK_COPY,    /* this policy added it, as a blind copy */
};

struct recipient_note {
	const char *addr; /* of the recipient; compared as a pointer */
	enum recipient_mark mark;
	bool *watched; /* recipient_rewrite.c's: by map; NULL: none was */
};

struct recipient_state { /* of one message */
	bool sender_done;
	struct sender former; /* the sender before it was rewritten; addr NULL: there is none */
	bool waits;	      /* the callback at work leaves something to a later one */
	size_t n_copies_done; /* bcc_maps, in their order */
	bool wants_envelope_headers;
	/* By index of the recipient. When a recipient is refused, the next one gets its index;
	 * addr then differs, and the note does not count. */
	struct recipient_note *notes;
	size_t n_notes, cap_notes;
};

/* The note of the recipient of that index; made, as MARK_NEW, when there is none. Valid until
 * the next call. */
struct recipient_note *recipient_note(struct policy_call *c, size_t index);
void set_rcpt_mark(struct policy_call *c, size_t index, enum recipient_mark mark);
enum recipient_mark get_rcpt_mark(struct policy_call *c, size_t index);
/* Does any recipient, removed ones included, have this mark? */
bool has_mark(struct policy_call *c, enum recipient_mark mark);
/* Was it a recipient before this policy, as far as its maps know? */
bool is_former_mark(enum recipient_mark mark);
/* from: the index of the recipient that it is a result of, or RCPT_NONE. */
void add_marked_rcpt(struct policy_call *c, enum recipient_mark mark, size_t from,
		     const char *mailbox, const struct buf *args);
/* A map rewrote `mailbox`: the sender, or the recipient `rcpt` or what other maps made of it.
 */
void note_map(struct policy_call *c, const struct policy_rule *rule, const struct mapping *map,
	      const char *mailbox, const struct rcpt *rcpt);
/* The rest is for message(). CONTINUE. */
enum verdict wait_for_conditions(struct policy_call *c);

/* recipient_rewrite.c */
/* Rewrites all recipients from that index on that are MARK_NEW. */
enum verdict rewrite_new_rcpts(struct policy_call *c, size_t index);
/* A result that is a recipient already, or is another one's result too, is taken back: the
 * policies behind see each mailbox once, as the MTA will. */
void delete_doubled_results(struct policy_call *c);
/* A map with mode monitor, for all recipients as they were before this policy. */
enum verdict watch_map(struct policy_call *c, size_t map);
/* In envrcpt(): the maps with mode monitor that refuse, for all recipients from that index
 * on. */
enum verdict watch_refusals(struct policy_call *c, size_t index);

/* recipient_sender.c */
enum verdict rewrite_sender(struct policy_call *c);
enum verdict watch_sender_map(struct policy_call *c, size_t map);

/* recipient_copy.c */
/* Adds the recipients of bcc, and those of the bcc_maps that are known to apply. */
enum verdict add_copies(struct policy_call *c);
/* A bcc_map with mode monitor. */
enum verdict watch_copy(struct policy_call *c, size_t copy);
/* Sets X-Envelope-From and X-Envelope-To if a bcc_map wants them. */
void set_envelope_headers(struct policy_call *c);

/* recipient_expand.c */
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
	size_t n_results; /* steps that no map rewrote */
	/* Of a failure, or of a map that refuses the recipient: what the callback returns */
	enum verdict verdict;
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
