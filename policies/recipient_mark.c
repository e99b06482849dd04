/* What the policy "recipient" notes of each recipient of a message, and how it adds one. Input:
 * a message at work; output: marks in policy_msg_state(), recipients in the message. */
#include <string.h>

#include "policies/recipient.h"
#include "policy/rcpt_edit.h"

struct recipient_note *
recipient_note(struct policy_call *c, size_t index)
{
	struct recipient_state *state = policy_msg_state(c);
	const char *addr = policy_message(c)->rcpts[index].addr;

	if (index >= state->cap_notes) {
		size_t cap = index < 8 ? 16 : index * 2;
		struct recipient_note *notes =
			arena_zalloc(policy_arena(c), cap * sizeof(*notes));

		if (state->n_notes > 0)
			memcpy(notes, state->notes, state->n_notes * sizeof(*notes));
		state->notes = notes;
		state->cap_notes = cap;
	}
	if (state->n_notes <= index)
		state->n_notes = index + 1;
	if (state->notes[index].addr != addr)
		state->notes[index] = (struct recipient_note){.addr = addr};
	return &state->notes[index];
}

void
set_rcpt_mark(struct policy_call *c, size_t index, enum recipient_mark mark)
{
	recipient_note(c, index)->mark = mark;
}

enum recipient_mark
get_rcpt_mark(struct policy_call *c, size_t index)
{
	const struct recipient_state *state = policy_msg_state(c);

	if (index >= state->n_notes ||
	    state->notes[index].addr != policy_message(c)->rcpts[index].addr)
		return MARK_NEW;
	return state->notes[index].mark;
}

bool
has_mark(struct policy_call *c, enum recipient_mark mark)
{
	const struct message *m = policy_message(c);

	for (size_t i = 0; i < m->n_rcpts; i++)
		if (get_rcpt_mark(c, i) == mark)
			return true;
	return false;
}

bool
is_former_mark(enum recipient_mark mark)
{
	return mark == MARK_STAYS || mark == MARK_CHANGED || mark == MARK_REMOVED;
}

void
add_marked_rcpt(struct policy_call *c, enum recipient_mark mark, size_t from,
		const char *mailbox, const struct buf *args)
{
	size_t index = policy_message(c)->n_rcpts;
	const char *path = policy_make_path(policy_arena(c), mailbox);

	if (from == RCPT_NONE)
		policy_add_rcpt(c, path, (char *)args->data, args->len);
	else
		policy_add_result(c, from, path, (char *)args->data, args->len);
	set_rcpt_mark(c, index, mark);
}

void
note_map(struct policy_call *c, const struct policy_rule *rule, const struct mapping *map,
	 const char *mailbox, const struct rcpt *rcpt)
{
	policy_note_rule(c, rule, map->table != NULL ? table_name(map->table) : NULL, mailbox);
	policy_trace_place(
		c, &(struct hit_place){.kind = rcpt != NULL ? HIT_RECIPIENT : HIT_SENDER,
				       .name = rcpt != NULL ? rcpt->mailbox : mailbox});
}

enum verdict
wait_for_conditions(struct policy_call *c)
{
	struct recipient_state *state = policy_msg_state(c);

	state->waits = true;
	policy_defer_work(c);
	return VERDICT_CONTINUE;
}
