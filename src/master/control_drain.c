/* polymilterctl drain: a client waits until no session is left at the listeners that drain.
 * Input: its line, and a tick of the master; output: the answer. listener_list.c closes the
 * listeners.
 *
 *	client   "drain mx"
 *	master   accepts what is in the backlog of "mx" and closes its socket; 3 sessions go on
 *	tick     the last of them has ended: the answer is 0
 *
 * The drain goes on when the client leaves. A reload opens the listeners again. */
#include <sysexits.h>

#include "master/state.h"

static bool
is_drained(const struct control_client *c)
{
	return listener_list_draining_sessions(c->m, c->waits_for) == 0;
}

static void
end_drain_of(struct control_client *c)
{
	struct buf text = {0};

	if (c->waits_for[0] != '\0')
		buf_printf(&text, "listener \"%s\": no session is left", c->waits_for);
	else
		buf_puts(&text, "no session is left");
	control_answer(c, EX_OK, buf_string(&text));
	buf_free(&text);
}

void
control_run_drain(struct control_client *c, const char *rest)
{
	struct buf text = {0};

	c->state = CONTROL_DRAINS;
	c->waits_for = rest;
	if (c->m->newest != NULL && listener_list_drain(c->m, rest) > 0) {
		if (is_drained(c))
			end_drain_of(c);
		return;
	}
	buf_printf(&text, "there is no listener \"%s\"", rest);
	control_answer(c, EX_USAGE, buf_string(&text));
	buf_free(&text);
}

void
control_check_drains(struct master *m)
{
	struct control_client *next;

	for (struct control_client *c = m->control.clients; c != NULL; c = next) {
		next = c->next;
		if (c->state == CONTROL_DRAINS && is_drained(c))
			end_drain_of(c);
	}
}

void
control_end_drains(struct master *m, const char *why)
{
	struct control_client *next;

	for (struct control_client *c = m->control.clients; c != NULL; c = next) {
		next = c->next;
		if (c->state == CONTROL_DRAINS)
			control_answer(c, EX_UNAVAILABLE, why);
	}
}
