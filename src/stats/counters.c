/* Names and bounds of the counters, in the order of their enums. */
#include "stats/counters.h"

static const char *const verdict_names[VERDICT_COUNT_N] = {
#define X(id, name) [VERDICT_COUNT_##id] = (name),
	VERDICT_COUNTS(X)
#undef X
};

static const char *const edit_names[EDIT_N] = {
#define X(id, name) [EDIT_##id] = (name),
	EDIT_COUNTS(X)
#undef X
};

static const char *const server_names[SERVER_OUTCOMES] = {
#define X(id, name) [SERVER_##id] = (name),
	ASK_OUTCOMES(X)
#undef X
};

static const struct {
	uint64_t ns;
	const char *text;
} duration_bounds[DURATION_BUCKETS] = {
	{1000000, "0.001"},    {5000000, "0.005"},   {10000000, "0.01"},  {50000000, "0.05"},
	{100000000, "0.1"},    {500000000, "0.5"},   {1000000000, "1.0"}, {5000000000, "5.0"},
	{30000000000, "30.0"}, {UINT64_MAX, "+Inf"},
};

const char *
verdict_count_name(enum verdict_count which)
{
	return verdict_names[which];
}

const char *
edit_count_name(enum edit_count which)
{
	return edit_names[which];
}

const char *
server_outcome_name(unsigned which)
{
	return server_names[which];
}

unsigned
duration_bucket(uint64_t ns)
{
	unsigned i = 0;

	while (ns > duration_bounds[i].ns)
		i++;
	return i;
}

const char *
duration_bound(unsigned bucket)
{
	return duration_bounds[bucket].text;
}
