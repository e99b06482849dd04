/* polymilterctl dump: prints the effective configuration with which the daemon runs, as `check
 * --dump` printed it when the daemon loaded it. */
#include "ctl/dump.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "ctl/control.h"
#include "util/arena.h"

static const struct command_option options[] = {CONTROL_OPTIONS, {0}};

int
dump_ask(const struct command *c, const struct control_place *place, struct arena *arena,
	 struct dump_file *ret)
{
	struct control_answer answer;
	int status = control_ask_at(c, place, "dump", &answer), r;

	if (status != EX_OK)
		return status;
	r = dump_file_read(answer.fd, arena, ret);
	control_answer_free(&answer);
	return r == 0 ? EX_OK
		      : command_fail(c, EX_UNAVAILABLE, "what the daemon has sent: %s",
				     strerror(-r));
}

static int
dump_run(const struct command *c, const struct command_args *args)
{
	const struct control_place place = control_place_of(args);
	struct arena *arena = arena_new();
	struct dump_file dump;
	int status = dump_ask(c, &place, arena, &dump);

	if (status == EX_OK)
		fputs(dump.text, stdout);
	arena_free(arena);
	return status;
}

const struct command command_dump = {
	.name = "dump",
	.operands = "",
	.summary = "Print the effective configuration with which the daemon runs",
	.options = options,
	.run = dump_run,
};
