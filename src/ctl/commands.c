/* The subcommands of polymilterctl, in the order of --help. */
#include "ctl/command.h"

const struct command *const command_list[] = {
	&command_check,	   &command_test,	&command_compare,
	&command_reload,   &command_drain,	&command_log_level,
	&command_dump,	   &command_why,	&command_status,
	&command_metrics,  &command_stop,	&command_services,
	&command_policies, &command_import,	&command_demo,
	&command_bench,	   &command_completion, NULL,
};
