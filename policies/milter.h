/* What the files of the policy milter share: milter.c reads the section and decides on the
 * answer, milter_read.c makes what the filter is sent, milter_apply.c its changes. */
#ifndef POLICIES_MILTER_H
#define POLICIES_MILTER_H

#include "policy/asking.h"
#include "service/child.h"

struct milter_conf {
	struct policy_asking asking;
	uint32_t actions;	   /* ACTION_ bits that the filter is offered */
	const char *const *macros; /* names that it gets; NULL at the end */
	const char *authserv_id;   /* NULL: no field is removed */
};

struct milter_work { /* policy_msg_state() */
	struct child child;
	struct child_message message;
	size_t *rcpts; /* index in the model of each of message.rcpts */
};

/* Removes the fields Authentication-Results of that id that came with the message. Those that
 * policies before have added stay. */
void milter_remove_forged(struct policy_call *c, const char *authserv_id);

/* Fills in work->message and work->rcpts with the message as it stands. The arena of the
 * message owns what they point to. */
void milter_make_message(struct policy_call *c, struct milter_work *work);

/* Makes the changes of the answer. VERDICT_CONTINUE, or VERDICT_ERROR after policy_fail(). */
enum verdict milter_apply(struct policy_call *c, struct milter_work *work);

#endif
