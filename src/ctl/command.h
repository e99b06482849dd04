/* What a subcommand of polymilterctl is: its options as a table, from which they are parsed and
 * --help is written. Layer 8. */
#ifndef CTL_COMMAND_H
#define CTL_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define COMMAND_MAX_OPTIONS 16

struct command_option {
	const char *name; /* NULL ends a table */
	const char *arg;  /* what --help calls its argument; NULL: none */
	const char *help; /* NULL: for tests, not in --help */
	char letter;	  /* 0: none */
};

struct command_args {
	const char *values[COMMAND_MAX_OPTIONS]; /* by place in the table; NULL: not given, "":
						    without argument */
	char *const *operands;
	int n_operands;
};

struct command {
	const char *name;
	const char *operands; /* "SOCKET"; "" for none */
	int min_operands, max_operands;
	const char *summary;
	const struct command_option *options;
	int (*run)(const struct command *c, const struct command_args *args); /* exit status */
};

/* argv[0] is the subcommand's name. Parses, answers --help and --version, runs; also
 * EX_OSERR when standard output did not take all that was printed. */
int command_main(const struct command *c, int argc, char **argv);

/* "polymilterctl: bench: text" on standard error, and where help is. Returns EX_USAGE. */
int command_usage(const struct command *c, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* The same without the help; returns status. */
int command_fail(const struct command *c, int status, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* A count or a size (K, M, G) from min to max of the option at that place; *ret keeps its value
 * when the option was not given. EX_OK, or EX_USAGE after saying why. */
int command_number(const struct command *c, const struct command_args *args, size_t option,
		   uint64_t min, uint64_t max, uint64_t *ret);

/* Name and version. */
void command_version(const char *program);

extern const struct command command_bench, command_check, command_demo, command_policies;

#endif
