/* The tables of proto.h, expanded, and the functions that look things up in them. */
#include "milter/proto.h"

#include <assert.h>
#include <stddef.h>

struct stage_row {
	const char *name;
	uint32_t no_bit, nr_bit;
	unsigned char command;
};

#define X(ID, word, letter, no, nr) [STAGE_##ID] = {#word, (no), (nr), (letter)},
static const struct stage_row stages[STAGE_COUNT] = {MILTER_STAGES(X)};
#undef X

struct action_row {
	uint32_t bit;
	const char *name;
};

#define X(ID, letter, bit, name) {(bit), (name)},
static const struct action_row actions[] = {
	MILTER_ACTIONS(X){ACTION_SETSYMLIST, "SETSYMLIST"},
};
#undef X

static const struct stage_row *
stage_row(enum stage s)
{
	assert(s < STAGE_COUNT);
	return &stages[s];
}

const char *
stage_name(enum stage s)
{
	return stage_row(s)->name;
}

unsigned char
stage_command(enum stage s)
{
	return stage_row(s)->command;
}

int
stage_from_command(unsigned char command)
{
	for (int s = 0; s < STAGE_COUNT; s++) {
		if (stages[s].command == command)
			return s;
	}
	return -1;
}

uint32_t
stage_no_bit(enum stage s)
{
	return stage_row(s)->no_bit;
}

uint32_t
stage_nr_bit(enum stage s)
{
	return stage_row(s)->nr_bit;
}

const char *
action_name(uint32_t bit)
{
	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
		if (actions[i].bit == bit)
			return actions[i].name;
	}
	return "?";
}
