/* Parses the options of subcommands with getopt_long(), and writes their help: see command.h.
 */
#include "ctl/command.h"

#include <assert.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <syslog.h>
#include <unistd.h>

#include "util/log.h"
#include "util/str.h"

#define PROGRAM	     "polymilterctl"
#define CODE_OPTION  256 /* getopt_long() returns this + the index in the table */
#define CODE_HELP    'h'
#define CODE_VERSION 'V'

void
command_version(const char *program)
{
	printf("%s " PACKAGE_VERSION "\n", program);
}

static void
print_command_error(const struct command *c, const char *fmt, va_list ap)
{
	if (log_is_journal_stream(STDERR_FILENO))
		fprintf(stderr, "<%d>", LOG_ERR);
	fprintf(stderr, PROGRAM ": %s: ", c->name);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
}

int
command_usage(const struct command *c, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	print_command_error(c, fmt, ap);
	va_end(ap);
	fprintf(stderr, "Try '" PROGRAM " %s --help'.\n", c->name);
	return EX_USAGE;
}

int
command_fail(const struct command *c, int status, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	print_command_error(c, fmt, ap);
	va_end(ap);
	return status;
}

int
command_number(const struct command *c, const struct command_args *args, size_t option,
	       uint64_t min, uint64_t max, uint64_t *ret)
{
	const char *text = args->values[option];
	uint64_t n;

	if (!text)
		return EX_OK;
	if (str_parse_size(text, &n) < 0 || n < min || n > max)
		return command_usage(c,
				     "--%s: '%s' is not a number from %" PRIu64 " to %" PRIu64,
				     c->options[option].name, text, min, max);
	*ret = n;
	return EX_OK;
}

static void
print_option_help(char letter, const char *name, const char *arg, const char *help)
{
	char left[48];
	char with_arg[40];

	snprintf(with_arg, sizeof(with_arg), "%s%s%s", name, arg ? " " : "", arg ? arg : "");
	if (letter)
		snprintf(left, sizeof(left), "-%c, --%s", letter, with_arg);
	else
		snprintf(left, sizeof(left), "    --%s", with_arg);
	printf("  %-26s %s\n", left, help);
}

static void
print_command_help(const struct command *c)
{
	printf("Usage: " PROGRAM " %s [OPTIONS]%s%s\n%s.\n\n", c->name, *c->operands ? " " : "",
	       c->operands, c->summary);
	for (const struct command_option *o = c->options; o->name; o++)
		if (o->help)
			print_option_help(o->letter, o->name, o->arg, o->help);
	print_option_help(CODE_HELP, "help", NULL, "print this help");
	print_option_help(CODE_VERSION, "version", NULL, "print the version");
}

static void
print_help_or_version(const struct command *c, int code)
{
	if (code == CODE_HELP)
		print_command_help(c);
	else
		command_version(PROGRAM);
}

/* Makes the arguments of getopt_long(). letters begins with ':', so that getopt_long() returns
 * ':' for a missing argument and '?' for an unknown option. */
static void
make_getopt_tables(const struct command *c, struct option *longs, char *letters)
{
	size_t n = 0;

	*letters++ = ':';
	*letters++ = CODE_HELP;
	*letters++ = CODE_VERSION;
	for (; c->options[n].name; n++) {
		const struct command_option *o = &c->options[n];

		assert(n < COMMAND_MAX_OPTIONS);
		longs[n] = (struct option){o->name, o->arg ? required_argument : no_argument,
					   NULL, CODE_OPTION + (int)n};
		if (o->letter)
			*letters++ = o->letter;
		if (o->letter && o->arg)
			*letters++ = ':';
	}
	*letters = '\0';
	longs[n] = (struct option){"help", no_argument, NULL, CODE_HELP};
	longs[n + 1] = (struct option){"version", no_argument, NULL, CODE_VERSION};
	longs[n + 2] = (struct option){0};
}

/* The index in the table for what getopt_long() returned. -1: it was an error. */
static int
find_option_index(const struct command *c, int code)
{
	if (code >= CODE_OPTION)
		return code - CODE_OPTION;
	for (int i = 0; c->options[i].name; i++)
		if (c->options[i].letter && c->options[i].letter == code)
			return i;
	return -1;
}

/* What others call an option. */
static const struct other_name {
	const char *word, *name;
} other_names[] = {
	{"sender", "from"}, {"recipient", "rcpt"}, {"to", "rcpt"},	  {"user", "auth"},
	{"ip", "client"},   {"host", "client"},	   {"helo-name", "helo"}, {"file", "config"},
};

static bool
has_option(const struct command *c, const char *name)
{
	for (const struct command_option *o = c->options; o->name; o++)
		if (strcmp(o->name, name) == 0)
			return true;
	return false;
}

/* The long option that was meant by "--name" or "--name=value"; NULL: none is near. */
static const char *
find_meant_option(const struct command *c, const char *written)
{
	const char *names[COMMAND_MAX_OPTIONS + 1];
	char name[32];
	size_t n = 0;

	(void)snprintf(name, sizeof(name), "%.*s", (int)strcspn(written + 2, "="), written + 2);
	for (size_t i = 0; i < sizeof(other_names) / sizeof(other_names[0]); i++)
		if (strcmp(name, other_names[i].word) == 0 &&
		    has_option(c, other_names[i].name))
			return other_names[i].name;
	for (const struct command_option *o = c->options; o->name; o++)
		if (o->help)
			names[n++] = o->name;
	names[n] = NULL;
	return str_nearest(name, names);
}

static int
reject_long_option(const struct command *c, const char *written)
{
	const char *meant = find_meant_option(c, written);

	return meant ? command_usage(c, "unknown option '%s'; did you mean '--%s'?", written,
				     meant)
		     : command_usage(c, "unknown option '%s'", written);
}

/* The file of a configuration is not an operand. */
static int
reject_operand(const struct command *c, const char *word)
{
	return access(word, F_OK) == 0 && has_option(c, "config")
		       ? command_usage(c, "unexpected argument '%s'; did you mean '-c %s'?",
				       word, word)
		       : command_usage(c, "unexpected argument '%s'", word);
}

static int
reject_option(const struct command *c, int code, char *const *argv)
{
	const char *written = argv[optind - 1];

	if (code == ':')
		return command_usage(c, "option '%s' needs an argument", written);
	if (optopt >= CODE_OPTION)
		return command_usage(c, "option '%s' takes no argument", written);
	if (optopt)
		return command_usage(c, "unknown option '-%c'", optopt);
	return reject_long_option(c, written);
}

enum { PARSED = -1 }; /* parse_command_line() returns this or an exit status */

static int
parse_command_line(const struct command *c, int argc, char **argv, struct command_args *args)
{
	struct option longs[COMMAND_MAX_OPTIONS + 3];
	char letters[2 * COMMAND_MAX_OPTIONS + 4];
	int code;

	make_getopt_tables(c, longs, letters);
	opterr = 0;
	optind = 0;
	while ((code = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
		if (code == CODE_HELP || code == CODE_VERSION) {
			print_help_or_version(c, code);
			return EX_OK;
		}

		int index = find_option_index(c, code);

		if (index < 0)
			return reject_option(c, code, argv);
		args->values[index] = optarg ? optarg : "";
		args->given[args->n_given++] =
			(struct command_given){index, args->values[index]};
	}
	args->operands = argv + optind;
	args->n_operands = argc - optind;
	if (args->n_operands < c->min_operands)
		return command_usage(c, "%s is missing", c->operands);
	if (args->n_operands > c->max_operands)
		return reject_operand(c, args->operands[c->max_operands]);
	return PARSED;
}

const char *
command_next_value(const struct command_args *args, int option, size_t *at)
{
	while (*at < args->n_given) {
		const struct command_given *given = &args->given[(*at)++];

		if (given->option == option)
			return given->value;
	}
	return NULL;
}

/* At least the number of options that the words can have. */
static size_t
count_letters(int argc, char *const *argv)
{
	size_t n = 0;

	for (int i = 0; i < argc; i++)
		n += strlen(argv[i]);
	return n;
}

int
command_main(const struct command *c, int argc, char **argv)
{
	struct command_args args = {0};
	int status;

	/* Each word has at most one option, or several short ones: one for each letter. */
	args.given = calloc(count_letters(argc, argv) + 1, sizeof(*args.given));
	if (!args.given)
		abort();
	status = parse_command_line(c, argc, argv, &args);
	if (status == PARSED)
		status = c->run(c, &args);
	free(args.given);
	if (fflush(stdout) != 0 || ferror(stdout))
		return command_fail(c, EX_OSERR, "standard output: %s", strerror(errno));
	return status;
}
