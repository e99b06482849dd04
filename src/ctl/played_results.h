/* Results that polymilterctl test plays: --result POLICY=RESULT. The policy is then not called,
 * and no server asked; what follows is what the policy makes of that result. */
#ifndef CTL_PLAYED_RESULTS_H
#define CTL_PLAYED_RESULTS_H

#include <stddef.h>

struct arena;
struct chain;
struct command;
struct command_args;

struct played_result {
	const char *policy; /* its title */
	const char *result;
};

struct played_results {
	const struct played_result *list;
	size_t n;
};

/* Reads all options of this index, and compares them with the chain. EX_OK, or EX_USAGE after a
 * mistake was reported. The arena owns the list. */
int played_results_read(const struct command *c, const struct command_args *args, int option,
			const struct chain *chain, struct arena *arena,
			struct played_results *ret);
/* That of a policy; NULL: it is called. */
const char *played_results_find(const struct played_results *played, const char *policy);

#endif
