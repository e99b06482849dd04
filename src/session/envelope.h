/* The envelope of a message: its sender and its recipients, with the changes of the policies.
 *
 * Policies run in the order of the chain, but they do not all act at the same time: a policy
 * that acts at RCPT changes the envelope before a policy in front of it, which acts at the end
 * of the message, has looked at it. Each policy must see the envelope as the policies before it
 * in the chain left it, whenever they act. So nothing is overwritten here: each sender and each
 * recipient carries the position of its author, and a reader gives its own position.
 *
 * A position is the place of a policy in its chain, from 1; the MTA has POSITION_MTA, which is
 * 0. Example: the chain is { "list" (1), "moved" (2) }, the client sends one recipient,
 * <a@old.example>, and "moved" replaces it at RCPT. From then on there are two:
 *
 *	                 added_by      removed_by     visible at 1    2    3    END
 *	<a@old.example>  POSITION_MTA  2                         yes  yes  no   no
 *	<a@new.example>  2             POSITION_NONE             no   no   yes  yes
 *
 * At the end of the message "list", at position 1, still sees <a@old.example>. So does "moved"
 * at position 2; its own work is visible at position 3. The MTA gets what is visible at
 * POSITION_END. */
#ifndef SESSION_ENVELOPE_H
#define SESSION_ENVELOPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct message;

#define POSITION_MTA  0u
#define POSITION_NONE UINT16_MAX	   /* of removed_by: not removed */
#define POSITION_END  (POSITION_NONE - 1u) /* behind all policies */

struct sender {
	const char *addr;    /* from the MTA or a policy: "<a@example.org>", "<>" */
	const char *mailbox; /* of addr, in the one form of util/mailbox.h; "" for <> */
	const char *other;   /* mailbox that the MTA takes it for instead, or NULL */
	const char *args;    /* ESMTP parameters, each ended by NUL: "SIZE=9\0RET=HDRS\0" */
	size_t args_len;     /* bytes of args, NULs included */
	uint16_t added_by;   /* position */
};

struct rcpt { /* fields as in struct sender */
	const char *addr, *mailbox, *other, *args;
	size_t args_len;
	uint16_t added_by, removed_by; /* positions */
	uint64_t hash;		       /* chain/at_work.c's, of addr; 0: not made yet */
};

/* What the MTA sent with MAIL and RCPT. Strings are copied. */
void message_receive_sender(struct message *m, const char *addr, const char *args,
			    size_t args_len);
void message_receive_rcpt(struct message *m, const char *addr, const char *args,
			  size_t args_len);
/* What the MTA says in {mail_addr} of the sender that was received last, or in {rcpt_addr} of
 * the recipient. It is kept as `other` when it has a domain and is another mailbox, since the
 * MTA delivers to that one:
 *
 *	addr			macro			mailbox			other
 *	<"joe"@example.com>	joe@example.com		joe@example.com		NULL
 *	<joe%example.com>	joe@example.com		joe%example.com		joe@example.com
 *	<example.com!joe>	joe@example.com		example.com!joe		joe@example.com
 *	<joe>			joe			joe			NULL
 */
void message_receive_sender_macro(struct message *m, const char *value);
void message_receive_rcpt_macro(struct message *m, const char *value);
/* Drops the recipients behind the first n, after a RCPT that was refused: the one it was about
 * and those that policies made of it. */
void message_drop_rcpts(struct message *m, size_t n);

/* Changes by the policy at this position. Strings are copied; addresses have brackets. index is
 * that of a recipient which is visible to the policy. */
void message_change_sender(struct message *m, unsigned position, const char *addr,
			   const char *args, size_t args_len);
void message_add_rcpt(struct message *m, unsigned position, const char *addr, const char *args,
		      size_t args_len);
void message_delete_rcpt(struct message *m, unsigned position, size_t index);

/* The sender as the policies before this position left it; NULL before MAIL. */
const struct sender *message_sender(const struct message *m, unsigned position);

/* Whether the policies before this position left this recipient in the message. */
static inline bool
rcpt_is_visible(const struct rcpt *r, unsigned position)
{
	return (r->added_by == POSITION_MTA || r->added_by < position) &&
	       r->removed_by >= position;
}
size_t message_rcpt_count(const struct message *m, unsigned position); /* visible ones */

/* The index of the first recipient at or behind index from that is visible at this position, or
 * RCPT_NONE. To go over all of them:
 *
 *	for (size_t i = 0; (i = message_next_rcpt(m, position, i)) != RCPT_NONE; i++)
 *		use(&m->rcpts[i]);
 *
 * Recipients may be added and deleted in the loop; pointers to them end when one is added. */
#define RCPT_NONE SIZE_MAX
size_t message_next_rcpt(const struct message *m, unsigned position, size_t from);

/* The index of the last recipient that the MTA sent, or RCPT_NONE. At RCPT it is the one that
 * the command is about; what policies made of it stands behind it. */
size_t message_last_sent_rcpt(const struct message *m);

/* The value of an ESMTP parameter ("SIZE", any case): "" for one without a value, NULL when it
 * is not there. */
const char *esmtp_arg(const char *args, size_t args_len, const char *name);

#endif
