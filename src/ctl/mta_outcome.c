/* Collects the replies of a filter: see mta_outcome.h. */
#include "ctl/mta_outcome.h"

#include <errno.h>

#include "milter/proto.h"
#include "util/arena.h"

void
mta_outcome_begin(struct mta_outcome_reader *r, struct mta_outcome *outcome,
		  struct arena *arena)
{
	*outcome = (struct mta_outcome){.text = ""};
	*r = (struct mta_outcome_reader){
		.arena = arena,
		.outcome = outcome,
		.next_change = &outcome->changes,
		.next_refusal = &outcome->refusals,
	};
}

static void
add_change(struct mta_outcome_reader *r, const struct milter_reply *reply)
{
	struct arena *arena = r->arena;
	struct mta_change *change = arena_zalloc(arena, sizeof(*change));

	change->letter = reply->reply;
	change->index = reply->index;
	change->name = reply->name ? arena_strdup(arena, reply->name) : NULL;
	change->value = reply->value ? arena_strdup(arena, reply->value) : NULL;
	change->data = arena_dup(arena, reply->data ? reply->data : "", reply->len);
	change->len = reply->len;
	*r->next_change = change;
	r->next_change = &change->next;
}

static void
add_refusal(struct mta_outcome_reader *r, const struct mta_dialogue *d,
	    const struct milter_reply *reply)
{
	struct mta_refusal *refusal = arena_zalloc(r->arena, sizeof(*refusal));

	refusal->rcpt = mta_dialogue_rcpt(d);
	refusal->reply = reply->reply;
	refusal->text = r->outcome->text;
	*r->next_refusal = refusal;
	r->next_refusal = &refusal->next;
}

int
mta_outcome_take(struct mta_outcome_reader *r, struct mta_dialogue *d,
		 const struct milter_reply *reply)
{
	bool is_refusal = reply->reply == REPLY_REJECT || reply->reply == REPLY_TEMPFAIL ||
			  reply->reply == REPLY_CODE;

	if (!milter_reply_is_final(reply)) {
		if (reply->reply != REPLY_PROGRESS)
			add_change(r, reply);
		return 0;
	}
	if (reply->reply == CMD_OPTNEG)
		return -EPROTO;
	if (reply->reply == REPLY_CODE)
		r->outcome->text = arena_strdup(r->arena, reply->name);
	else if (is_refusal)
		r->outcome->text = "";
	if (is_refusal && mta_dialogue_is_at_rcpt(d))
		add_refusal(r, d, reply);
	mta_dialogue_take_reply(d, reply->reply);
	return 1;
}

void
mta_outcome_end(struct mta_outcome_reader *r, const struct mta_dialogue *d)
{
	r->outcome->stage = d->decided_at;
	r->outcome->reply = d->decision;
}
