/* The count of memory, and what is rarely called. */
#include "util/memory.h"

#include <malloc.h>

struct memory_count memory_count = {.budget = SIZE_MAX};

void
memory_set_budget(uint64_t bytes)
{
	size_t used = memory_count.used;

	memory_count.budget = bytes > SIZE_MAX - used ? SIZE_MAX : used + (size_t)bytes;
	memory_recheck();
}

bool
memory_lacks_room(size_t bytes)
{
	const struct memory_count *c = &memory_count;

	if (c->used > c->budget || bytes > c->budget - c->used)
		memory_count.over = true;
	return memory_is_over();
}

void
memory_return(void)
{
	(void)malloc_trim(0);
}
