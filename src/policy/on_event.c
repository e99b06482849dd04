/* The words of the options on_EVENT. What they come to is in chain/on_event.c. */
#include "policy/on_event.h"

#include <stddef.h>

const char *const on_event_words[] = {ON_EVENT_WORDS NULL};
