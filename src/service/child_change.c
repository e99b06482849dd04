/* Modifications of a child, checked, as changes of its answer. */
#include "service/child_private.h"

#include <string.h>

#include "util/str.h"

#define FIELD_NAME_BYTES 998u /* a line of RFC 5322 */

static uint32_t
action_of_reply(unsigned char reply)
{
#define X(ID, letter, bit, name)                                                               \
	if (reply == (letter))                                                                 \
		return (bit);
	MILTER_ACTIONS(X)
#undef X
	return 0;
}

static enum exchange_state
add_child_change(struct child *c, struct child_change change)
{
	struct child_answer *a = &c->answer;

	if (a->n_changes == CHILD_MAX_CHANGES)
		return child_fail(c, "more than %u changes", CHILD_MAX_CHANGES);
	a->changes = arena_grow(child_arena(c), a->changes, a->n_changes, &c->cap_changes,
				sizeof(*a->changes));
	a->changes[a->n_changes++] = change;
	return EXCHANGE_GOES_ON;
}

/* The value as the model of a message has it; the arena's. */
static const char *
keep_value(struct child *c, const char *value)
{
	struct buf b = {0};

	if (value[0] == ' ' && (c->client.terms.protocol & PROTO_LEADSPC))
		value++;
	milter_put_header_value(&b, value, SIZE_MAX);

	const char *kept = arena_strdup(child_arena(c), buf_string(&b));

	buf_free(&b);
	return kept;
}

static enum exchange_state
take_field_change(struct child *c, const struct milter_reply *r)
{
	struct child_change change = {.index = r->index};
	size_t len = strlen(r->name);

	if (len > FIELD_NAME_BYTES || !str_is_header_name(r->name, len))
		return child_fail(c, "the name of a field: %s", r->name);
	if (r->reply == REPLY_ADD_HEADER)
		change.kind = CHILD_ADD_FIELD;
	else if (r->reply == REPLY_INSERT_HEADER)
		change.kind = CHILD_INSERT_FIELD;
	else
		change.kind = r->value[0] == '\0' ? CHILD_DELETE_FIELD : CHILD_CHANGE_FIELD;
	if (r->reply == REPLY_CHANGE_HEADER && r->index == 0)
		change.index = 1; /* as both MTAs do */
	change.name = arena_dup(child_arena(c), r->name, len);
	change.value = keep_value(c, r->value);
	return add_child_change(c, change);
}

/* Whether it may stand in an envelope: nothing that could end a line. */
static bool
is_clean_text(const char *s)
{
	return str_clean_run(s, strlen(s)) == strlen(s);
}

/* The parameters, blanks between them, each with a NUL behind it instead. */
static void
keep_args(struct child *c, const char *args, struct child_change *change)
{
	struct buf b = {0};

	while (args[strspn(args, " ")] != '\0') {
		args += strspn(args, " ");

		size_t len = strcspn(args, " ");

		buf_append(&b, args, len);
		buf_putc(&b, '\0');
		args += len;
	}
	change->args_len = b.len;
	change->value = arena_dup(child_arena(c), b.data, b.len);
	buf_free(&b);
}

static enum exchange_state
take_path_change(struct child *c, const struct milter_reply *r)
{
	struct child_change change = {.kind = CHILD_ADD_RCPT};
	const char *args = r->value ? r->value : "", *addr = r->name;

	if (r->reply == REPLY_CHANGE_FROM)
		change.kind = CHILD_CHANGE_SENDER;
	else if (r->reply == REPLY_DEL_RCPT)
		change.kind = CHILD_DELETE_RCPT;
	if (!is_clean_text(addr) || !is_clean_text(args))
		return child_fail(c, "an address: %s %s", addr, args);
	if (change.kind != CHILD_CHANGE_SENDER && (addr[0] == '\0' || strcmp(addr, "<>") == 0))
		return child_fail(c, "no recipient in '%c'", r->reply);
	change.name = addr[0] == '<' ? arena_strdup(child_arena(c), addr)
				     : arena_printf(child_arena(c), "<%s>", addr);
	keep_args(c, args, &change);
	return add_child_change(c, change);
}

enum exchange_state
child_take_change(struct child *c, const struct milter_reply *r)
{
	if (!(action_of_reply(r->reply) & c->client.terms.actions))
		return child_fail(c, "the change '%c' was not agreed on", r->reply);
	switch (r->reply) {
	case REPLY_ADD_HEADER:
	case REPLY_INSERT_HEADER:
	case REPLY_CHANGE_HEADER:
		return take_field_change(c, r);
	case REPLY_QUARANTINE:
		c->answer.quarantine = arena_strdup(child_arena(c), r->name);
		return EXCHANGE_GOES_ON;
	case REPLY_REPLACE_BODY:
		c->answer.replaces_body = true;
		buf_append(&c->new_body, r->data, r->len);
		return EXCHANGE_GOES_ON;
	default:
		return take_path_change(c, r);
	}
}
