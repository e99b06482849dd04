/* polymilterctl(8), the administrator's tool: finds the subcommand that was given and runs it.
 */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "ctl/command.h"

#define PROGRAM "polymilterctl"

static void
print_program_usage(FILE *f)
{
	fprintf(f, "Usage: " PROGRAM " SUBCOMMAND [OPTIONS] [ARGUMENTS]\n\n");
	for (size_t i = 0; command_list[i] != NULL; i++)
		fprintf(f, "  %-26s %s.\n", command_list[i]->name, command_list[i]->summary);
	fprintf(f, "  %-26s print this help; after a subcommand, print its options\n",
		"-h, --help");
	fprintf(f, "  %-26s print the version\n", "-V, --version");
}

/* Options without a subcommand. EX_USAGE: there is no such option. */
static int
run_global_option(const char *word)
{
	if (strcmp(word, "-h") == 0 || strcmp(word, "--help") == 0)
		print_program_usage(stdout);
	else if (strcmp(word, "-V") == 0 || strcmp(word, "--version") == 0)
		command_version(PROGRAM);
	else
		return EX_USAGE;
	return fflush(stdout) == 0 ? EX_OK : EX_OSERR;
}

static int
reject_subcommand(const char *word)
{
	fprintf(stderr, PROGRAM ": unknown %s '%s'\nTry '" PROGRAM " --help'.\n",
		word[0] == '-' ? "option" : "subcommand", word);
	return EX_USAGE;
}

int
main(int argc, char **argv)
{
	if (argc < 2) {
		fprintf(stderr, PROGRAM ": a subcommand is missing\n");
		print_program_usage(stderr);
		return EX_USAGE;
	}
	for (size_t i = 0; command_list[i] != NULL; i++)
		if (strcmp(argv[1], command_list[i]->name) == 0)
			return command_main(command_list[i], argc - 1, argv + 1);

	int status = run_global_option(argv[1]);

	return status == EX_USAGE ? reject_subcommand(argv[1]) : status;
}
