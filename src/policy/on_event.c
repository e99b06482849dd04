/* The words of the options on_EVENT. What they come to is in chain/on_event.c. */
#include "policy/on_event.h"

#include <stddef.h>

const char *const on_event_words[] = {
	[ON_EVENT_TEMPFAIL] = "tempfail",
	[ON_EVENT_REJECT] = "reject",
	[ON_EVENT_ACCEPT] = "accept",
	[ON_EVENT_CONTINUE] = "continue",
	[ON_EVENT_QUARANTINE] = "quarantine",
	[ON_EVENT_DISCARD] = "discard",
	[ON_EVENT_N] = NULL,
};
