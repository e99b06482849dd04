/* A message with an arena of its own as the state of a test, for set-up and tear-down. Included
 * by one C file each, after cmocka.h. */
#ifndef T_MESSAGE_FIXTURE_H
#define T_MESSAGE_FIXTURE_H

#include "session/message.h"
#include "util/arena.h"

/* *state is a struct message *. */
static int
set_up_message(void **state)
{
	struct message *m = test_calloc(1, sizeof(*m));

	message_begin(m, arena_new());
	*state = m;
	return 0;
}

static int
tear_down_message(void **state)
{
	struct message *m = *state;
	struct arena *arena = m->arena;

	message_free(m);
	arena_free(arena);
	test_free(m);
	return 0;
}

#endif
