/* What is done at an event in the work of a policy (policy/on_event.h): which exception counts
 * for the message, and the verdict. Input: the options on_EVENT of the policy and of its
 * exceptions; output: an action, a verdict. callback.c asks for that of on_error. */
#include <string.h>

#include "chain/run.h"
#include "text/reply.h"
#include "util/arena.h"

static size_t
find_event_option(const struct policy_events *events, const char *option)
{
	size_t i = 0;

	while (i < events->n_options && strcmp(events->options[i], option) != 0)
		i++;
	return i;
}

static void
note_exception(struct policy_call *c, const struct policy_exception *e)
{
	policy_note_once(c, "exception",
			 arena_printf(policy_arena(c), "%s/%s", c->inst->title, e->title));
}

int
policy_on_event(struct policy_call *c, const char *option)
{
	const struct policy_events *events = c->inst->events;
	size_t number, i = 0;

	if (events == NULL)
		return ON_EVENT_UNSET;
	number = find_event_option(events, option);
	if (number == events->n_options)
		return ON_EVENT_UNSET;
	for (; i < events->n_exceptions; i++) {
		int r = evaluate_exception(c, &events->exceptions[i]);

		if (r < 0)
			return ON_EVENT_FAILED;
		if (r == TRI_YES)
			break;
	}
	if (i == events->n_exceptions ||
	    events->exceptions[i].actions[number] == ON_EVENT_UNSET)
		return events->actions[number];
	note_exception(c, &events->exceptions[i]);
	return events->exceptions[i].actions[number];
}

enum on_event
find_error_action(struct policy_call *c)
{
	const struct policy_events *events = c->inst->events;
	const char *error = c->error;
	int action;

	if (events == NULL || events->n_exceptions == 0 || c->is_fatal)
		return c->inst->on_error;
	mark_at_work(c);
	action = policy_on_event(c, "on_error");
	leave_policy(c);
	c->error = error;
	return action >= 0 ? (enum on_event)action : c->inst->on_error;
}

/* What is said without a reply of the right class. */
static void
set_plain_reply(struct policy_call *c, bool reject)
{
	c->reply = (struct pending_verdict){
		.code = reject ? 554 : 451,
		.xcode = reject ? "5.7.1" : "4.7.1",
		.text = reject ? "Message refused" : "Message refused for now",
	};
}

static enum verdict
refuse_for_event(struct policy_call *c, bool reject, const struct reply *reply,
		 const struct placeholder_values *values)
{
	if (reply != NULL && (reply->code >= 500) == reject)
		return policy_refuse(c, reply, values);
	set_plain_reply(c, reject);
	return reject ? VERDICT_REJECT : VERDICT_TEMPFAIL;
}

enum verdict
policy_act(struct policy_call *c, enum on_event action, const struct reply *reply,
	   const struct placeholder_values *values, const char *reason)
{
	switch (action) {
	case ON_EVENT_TEMPFAIL:
	case ON_EVENT_REJECT:
		return refuse_for_event(c, action == ON_EVENT_REJECT, reply, values);
	case ON_EVENT_ACCEPT:
		return VERDICT_ACCEPT;
	case ON_EVENT_DISCARD:
		return VERDICT_DISCARD;
	case ON_EVENT_QUARANTINE:
		policy_quarantine(c, reason);
		return VERDICT_CONTINUE;
	case ON_EVENT_CONTINUE:
	case ON_EVENT_N:
		break;
	}
	return VERDICT_CONTINUE;
}
