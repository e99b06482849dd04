/* A subcommand of polymilterctl: a table of its options, with which the command line is parsed
 * and --help is written, and a function that runs it. To add a subcommand, define a struct
 * command in a file of its own and list it in commands.c. */
#ifndef CTL_COMMAND_H
#define CTL_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define COMMAND_MAX_OPTIONS 32

struct command_option {
	const char *name; /* NULL ends a table */
	/* The name of its argument in --help; NULL: it takes none. FILE, PATH, DIRECTORY: the
	 * shell completes names of files; "postfix|sendmail": it is one of these words. */
	const char *arg;
	const char *help; /* one line; NULL: for tests only, not in --help */
	char letter;	  /* of its short form; 0: none */
};

struct command_given {
	int option; /* index in the table */
	const char *value;
};

struct command_args {
	/* Of each option, by its index in the table. NULL: not given; "": given, and it takes
	 * no argument. Of one that was given several times, the last. */
	const char *values[COMMAND_MAX_OPTIONS];
	/* All that were given, in their order: see command_next_value(). */
	struct command_given *given;
	size_t n_given;
	char *const *operands;
	int n_operands;
};

struct command {
	const char *name;
	const char *operands; /* for --help: "SOCKET"; "": none */
	int min_operands, max_operands;
	const char *summary; /* one sentence without its full stop */
	const struct command_option *options;
	int (*run)(const struct command *c, const struct command_args *args); /* exit status */
};

/* Parses the command line, of which argv[0] is the subcommand's name, and runs the subcommand,
 * or prints --help or --version. Returns the exit status: EX_OSERR when writing to standard
 * output failed. */
int command_main(const struct command *c, int argc, char **argv);

/* Prints "polymilterctl: NAME: text" on standard error, and how to get help. Returns EX_USAGE.
 */
int command_usage(const struct command *c, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* Prints the same without the second line. Returns status. */
int command_fail(const struct command *c, int status, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Reads the argument of the option with this index: a count or a size (K, M, G) from min to
 * max. *ret is unchanged when the option was not given. EX_OK, or EX_USAGE and it was reported.
 */
int command_number(const struct command *c, const struct command_args *args, size_t option,
		   uint64_t min, uint64_t max, uint64_t *ret);

/* The values of an option that may be given several times, one after the other; then NULL. *at
 * is 0 before the first call. */
const char *command_next_value(const struct command_args *args, int option, size_t *at);

/* Prints the program's name and version. */
void command_version(const char *program);

extern const struct command command_bench, command_check, command_compare, command_completion,
	command_demo, command_drain, command_dump, command_import, command_log_level,
	command_metrics, command_policies, command_reload, command_services, command_status,
	command_stop, command_test, command_why;

/* All of them, in the order of --help; NULL at the end. In commands.c. */
extern const struct command *const command_list[];

#endif
