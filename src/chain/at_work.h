/* What a worker is at: shared memory, written by the worker before each callback of a policy
 * and each evaluation of its conditions, read by the master when the worker has crashed or was
 * killed for a hang. It needs nothing of the configuration to be read: titles are copied.
 *
 * The key of a message. An MTA that lost its connection sends the message again, maybe to
 * another worker, with another queue id, or to some of its recipients only. Its key says that
 * it is the same message. It is made of what the MTA has sent up to this stage, and not of what
 * policies changed:
 *
 *   stage            id is a hash of                               rcpts
 *   MAIL             sender, parameters of MAIL (SIZE=)            0
 *   RCPT             sender, parameters of MAIL, this recipient    0
 *   DATA             sender, parameters of MAIL                    of all recipients
 *   end of headers,  sender, Message-ID; without one: sender,      of all recipients
 *   end of message   parameters of MAIL, bytes of the headers, and
 *                    at the end of the message also of the body
 *
 * Of the parameters of MAIL the first 16 bytes count. "All recipients" are those that were not
 * refused at RCPT; each sets one of 64 bits. Where the chain reads no headers the MTA does not
 * send them, and there is no Message-ID. Two keys are of one message if they have the same id,
 * and a recipient in common (or none at all). Example, policy "legal" crashes in message(), at
 * the end of the message, with
 *
 *   MAIL <a@x> SIZE=900, RCPT <b@y>, RCPT <c@y>, Message-ID: <1@x>
 *
 *   sent again                                     the key is
 *   the same, in another session                   the same
 *   without SIZE=, to <c@y> and <d@y>              the same: Message-ID and <c@y>
 *   to <d@y> only                                  another one (but for one <d@y> in 32)
 *   with Message-ID: <2@x>, or from <e@x>          another one
 *
 * At MAIL and RCPT of that message the keys are other ones, so envfrom() and envrcpt() of
 * "legal" are called again, and message() is not. A crash in envrcpt() for <b@y> is about this
 * recipient: at RCPT <c@y> the policy is called.
 *
 * The hash has a seed that is made at each start of the master, so nobody can choose a message
 * with the key of another one. */
#ifndef CHAIN_AT_WORK_H
#define CHAIN_AT_WORK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define AT_WORK_BYTES 64u /* the longest title */

struct message_key {
	uint64_t id, rcpts;
};

struct at_work {
	char message[AT_WORK_BYTES]; /* queue id, or session id; with its NUL */
	char policy[AT_WORK_BYTES];  /* title; behind it NULs, if it is shorter */
	struct message_key key;
	uint32_t stage;	       /* enum stage */
	atomic_bool in_policy; /* else the values above are those of the last time */
};

#endif
