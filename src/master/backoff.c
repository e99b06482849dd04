/* Counts young deaths, and delays what comes after them. */
#include "master/backoff.h"

#define YOUNG_MS	10000u
#define DEATH_MEMORY_MS 60000u
#define DELAY_MAX_MS	30000u

uint64_t
backoff_delay_ms(unsigned earlier_deaths)
{
	if (earlier_deaths == 0)
		return 0;
	return earlier_deaths > 5 ? DELAY_MAX_MS : 1000u << (earlier_deaths - 1);
}

uint64_t
backoff_count_death(struct backoff *b, uint64_t started_ms, uint64_t now_ms)
{
	if (now_ms - started_ms >= YOUNG_MS)
		return 0;
	if (b->last_young_death_ms == 0 || now_ms - b->last_young_death_ms > DEATH_MEMORY_MS)
		b->young_deaths = 0;
	b->last_young_death_ms = now_ms;
	return backoff_delay_ms(b->young_deaths++);
}
