/* The changes that another milter wants, as changes of the model.
 *
 * Fields that it changes or deletes are counted as in the model, so the number needs no
 * translation. It inserts a field at a place among all fields, of which the first is the
 * Received of the MTA itself, that no milter is sent. The model has places above and below that
 * one, and behind all fields; so a field that would go between two that the MTA sent goes below
 * the Received, behind what stands there already. Example, for a message with the fields A and
 * B that the MTA sent:
 *
 *	index	place
 *	0	above the Received of the MTA
 *	1	below it, in front of A
 *	2	the same, for want of a place between A and B
 *	3	behind B
 *
 * A field that it has inserted above the Received counts as one in front of it, as with
 * Postfix: after index 0, index 1 is between that field and the Received, and index 2 is below
 * the Received. */
#include <string.h>

#include "policies/milter.h"
#include "util/memory.h"

/* Fields that are not deleted, and stand below the Received of the MTA. */
static size_t
count_fields_below(const struct message *m)
{
	size_t n = 0;

	for (size_t i = 0; i < m->n_headers; i++)
		n += !m->headers[i].deleted && m->headers[i].place != HEADER_TOP;
	return n;
}

/* n_above: fields that the filter itself has inserted above the Received. */
static void
insert_milter_field(struct policy_call *c, const struct child_change *change, size_t *n_above)
{
	size_t behind = change->index;

	if (behind <= *n_above) {
		policy_insert_header_behind(c, HEADER_TOP, behind, change->name, change->value);
		++*n_above;
		return;
	}
	behind -= *n_above + 1;
	if (behind > 0 && behind >= count_fields_below(policy_message(c)))
		policy_add_header(c, change->name, change->value);
	else
		policy_insert_header_behind(c, HEADER_BELOW, behind, change->name,
					    change->value);
}

static void
change_milter_field(struct policy_call *c, const struct child_change *change)
{
	struct header *h = message_nth_header(policy_message(c), change->name, change->index);

	if (change->kind == CHILD_CHANGE_FIELD && h == NULL)
		policy_add_header(c, change->name, change->value);
	else if (change->kind == CHILD_CHANGE_FIELD)
		policy_change_header(c, h, change->value);
	else if (h != NULL)
		policy_delete_header(c, h);
}

static void
delete_milter_rcpts(struct policy_call *c, const char *addr)
{
	const struct message *m = policy_message(c);

	for (size_t i = 0; (i = policy_next_rcpt(c, i)) != RCPT_NONE; i++)
		if (strcmp(m->rcpts[i].addr, addr) == 0)
			policy_delete_rcpt(c, i);
}

static void
apply_milter_change(struct policy_call *c, const struct child_change *change, size_t *n_above)
{
	switch (change->kind) {
	case CHILD_ADD_FIELD:
		policy_add_header(c, change->name, change->value);
		break;
	case CHILD_INSERT_FIELD:
		insert_milter_field(c, change, n_above);
		break;
	case CHILD_CHANGE_FIELD:
	case CHILD_DELETE_FIELD:
		change_milter_field(c, change);
		break;
	case CHILD_CHANGE_SENDER:
		policy_change_sender(c, change->name, change->value, change->args_len);
		break;
	case CHILD_ADD_RCPT:
		policy_add_rcpt(c, change->name, change->value, change->args_len);
		break;
	case CHILD_DELETE_RCPT:
		delete_milter_rcpts(c, change->name);
		break;
	}
}

/* The new body is the exchange's, which ends before the message does. */
static enum verdict
apply_milter_body(struct policy_call *c, const struct slice *body)
{
	if (memory_lacks_room(body->len))
		return policy_fail(c, "no memory for the new body");
	policy_replace_body(c, arena_dup(policy_arena(c), body->data, body->len), body->len);
	return VERDICT_CONTINUE;
}

enum verdict
milter_apply(struct policy_call *c, struct milter_work *work)
{
	const struct child_answer *a = &work->child.answer;
	size_t n_above = 0;

	for (size_t i = 0; i < a->n_changes; i++)
		apply_milter_change(c, &a->changes[i], &n_above);
	if (a->quarantine != NULL)
		policy_quarantine(c, a->quarantine);
	return a->replaces_body ? apply_milter_body(c, &a->body) : VERDICT_CONTINUE;
}
