/* polymilterctl completion: prints a script with which bash completes the subcommands and their
 * options, made from the tables of command.h. One case of it:
 *
 *	check)
 *		case $previous in
 *		-c|--config) _polymilterctl_files ;;
 *		*) _polymilterctl_words '--config -c --json --help --version' ;;
 *		esac ;; */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "ctl/command.h"

static const struct command_option options[] = {{0}};

static bool
names_files(const char *arg)
{
	static const char *const words[] = {"FILE", "PATH", "DIRECTORY", "SOCKET", "MESSAGE"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strstr(arg, words[i]) != NULL)
			return true;
	return false;
}

/* What stands behind an option with an argument. "a|b": one of these words. */
static void
print_argument(const struct command_option *o)
{
	printf("\t\t");
	if (o->letter != 0)
		printf("-%c|", o->letter);
	printf("--%s) ", o->name);
	if (names_files(o->arg))
		printf("_polymilterctl_files ;;\n");
	else if (strchr(o->arg, '|') != NULL)
		printf("_polymilterctl_words '%s' ;;\n", o->arg);
	else
		printf(";;\n");
}

static void
print_words(const struct command *c)
{
	for (const struct command_option *o = c->options; o->name != NULL; o++)
		if (o->help != NULL)
			printf("--%s|", o->name);
	printf("--help|--version");
}

static void
print_case(const struct command *c)
{
	printf("\t%s)\n\t\tcase $previous in\n", c->name);
	for (const struct command_option *o = c->options; o->name != NULL; o++)
		if (o->help != NULL && o->arg != NULL)
			print_argument(o);
	printf("\t\t*)\n\t\t\t_polymilterctl_words '");
	print_words(c);
	printf("'\n");
	if (names_files(c->operands))
		printf("\t\t\t[[ $word == -* ]] || _polymilterctl_files\n");
	printf("\t\t\t;;\n\t\tesac ;;\n");
}

static int
completion_run(const struct command *self, const struct command_args *args)
{
	(void)self;
	(void)args;
	printf("# Completion of polymilterctl for bash; written by: polymilterctl completion\n"
	       "_polymilterctl_words() {\n"
	       "\tlocal IFS='|'\n"
	       "\tCOMPREPLY+=($(compgen -W \"$1\" -- \"$word\"))\n"
	       "}\n"
	       "_polymilterctl_files() {\n"
	       "\tcompopt -o filenames 2>/dev/null\n"
	       "\tmapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -f -- \"$word\")\n"
	       "}\n"
	       "_polymilterctl() {\n"
	       "\tlocal word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}\n"
	       "\tCOMPREPLY=()\n"
	       "\tif ((COMP_CWORD == 1)); then\n"
	       "\t\t_polymilterctl_words '");
	for (size_t i = 0; command_list[i] != NULL; i++)
		printf("%s|", command_list[i]->name);
	printf("--help|--version'\n"
	       "\t\treturn\n"
	       "\tfi\n"
	       "\tcase ${COMP_WORDS[1]} in\n");
	for (size_t i = 0; command_list[i] != NULL; i++)
		print_case(command_list[i]);
	printf("\tesac\n"
	       "}\n"
	       "complete -F _polymilterctl polymilterctl\n");
	return EX_OK;
}

const struct command command_completion = {
	.name = "completion",
	.operands = "",
	.summary = "Print a script with which bash completes subcommands and options",
	.options = options,
	.run = completion_run,
};
