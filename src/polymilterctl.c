/* polymilterctl(8), the administrator's tool: finds the subcommand that was given and runs it.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "ctl/command.h"
#include "util/str.h"

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

static const struct command *
find_command(const char *word)
{
	for (size_t i = 0; command_list[i] != NULL; i++)
		if (strcmp(word, command_list[i]->name) == 0)
			return command_list[i];
	return NULL;
}

/* What other programs call a subcommand. */
static const struct other_word {
	const char *word, *name;
} other_words[] = {
	{"verify", "check"},	   {"validate", "check"}, {"configtest", "check"},
	{"lint", "check"},	   {"try", "test"},	  {"diff", "compare"},
	{"stat", "status"},	   {"stats", "status"},	  {"health", "status"},
	{"info", "status"},	   {"log", "why"},	  {"history", "why"},
	{"explain", "why"},	   {"trace", "why"},	  {"refresh", "reload"},
	{"shutdown", "stop"},	   {"quit", "stop"},	  {"debug", "log-level"},
	{"loglevel", "log-level"},
};

/* NULL: no subcommand is near. */
static const char *
find_meant_subcommand(const char *word)
{
	const char *names[64];
	size_t n = 0;

	for (size_t i = 0; i < sizeof(other_words) / sizeof(other_words[0]); i++)
		if (strcmp(word, other_words[i].word) == 0)
			return other_words[i].name;
	for (; command_list[n] != NULL && n < sizeof(names) / sizeof(names[0]) - 1; n++)
		names[n] = command_list[n]->name;
	names[n] = NULL;
	return str_nearest(word, names);
}

static int
reject_subcommand(const char *word)
{
	bool is_option = word[0] == '-';
	const char *meant = is_option ? NULL : find_meant_subcommand(word);

	fprintf(stderr, PROGRAM ": unknown %s '%s'", is_option ? "option" : "subcommand", word);
	if (strcmp(word, "start") == 0 || strcmp(word, "restart") == 0)
		fprintf(stderr, "; use 'systemctl %s polymilter', or polymilter(8)", word);
	else if (meant != NULL)
		fprintf(stderr, "; did you mean '%s'?", meant);
	fputs("\nTry '" PROGRAM " --help'.\n", stderr);
	return EX_USAGE;
}

/* "help" and "help SUBCOMMAND". */
static int
run_help(int argc, char **argv)
{
	char help[] = "--help";
	const struct command *c = argc > 2 ? find_command(argv[2]) : NULL;
	char *words[] = {argv[argc > 2 ? 2 : 1], help, NULL};

	if (c != NULL)
		return command_main(c, 2, words);
	return argc > 2 ? reject_subcommand(argv[2]) : run_global_option("--help");
}

int
main(int argc, char **argv)
{
	if (argc < 2) {
		fprintf(stderr, PROGRAM ": a subcommand is missing\n");
		print_program_usage(stderr);
		return EX_USAGE;
	}

	const struct command *c = find_command(argv[1]);

	if (c != NULL)
		return command_main(c, argc - 1, argv + 1);
	if (strcmp(argv[1], "help") == 0)
		return run_help(argc, argv);

	int status = run_global_option(argv[1]);

	return status == EX_USAGE ? reject_subcommand(argv[1]) : status;
}
