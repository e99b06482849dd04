/* polymilter(8): reads the command line, goes to the background with -d, and then runs the
 * master (master/master.h) or checks the configuration. */
#include <confuse.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "config/paths.h"
#include "master/master.h"
#include "util/title.h"

static const char help[] =
	"Usage: polymilter [OPTION]...\n"
	"Filters mail for Postfix and Sendmail, as polymilter.conf(5) says.\n"
	"\n"
	"  -c, --config FILE   read FILE, not " CONFIG_FILE "\n"
	"  -t, --test          tell all mistakes that a start would meet: exit 0, or 78\n"
	"  -d, --daemon        go to the background once all workers are ready\n"
	"  -p, --pidfile FILE  write the process id to FILE\n"
	"  -h, --help          print this help\n"
	"  -V, --version       print the version, and those of the libraries\n"
	"\n"
	"SIGHUP reloads, SIGTERM and SIGINT stop, SIGQUIT stops at once, SIGUSR2 logs the\n"
	"status. See polymilter(8).\n";

struct arguments {
	const char *config, *pidfile;
	bool test, daemon;
};

#ifdef WITH_MICROHTTPD
#	define HTTP_BUILT_IN "with"
#else
#	define HTTP_BUILT_IN "without"
#endif

#define PCRE2_VERSION_BYTES 64u

/* The version, as "10.42 2022-12-11"; returns whether patterns are compiled to machine code. */
static bool
find_pcre2(char version[static PCRE2_VERSION_BYTES])
{
	uint32_t jit = 0;

	version[0] = '\0';
	(void)pcre2_config(PCRE2_CONFIG_VERSION, version);
	(void)pcre2_config(PCRE2_CONFIG_JIT, &jit);
	return jit != 0;
}

static void
print_version(void)
{
	char pcre2[PCRE2_VERSION_BYTES];
	bool has_jit = find_pcre2(pcre2);

	printf("polymilter %s\nlibConfuse %s\nPCRE2 %s%s\n" HTTP_BUILT_IN
	       " metrics over HTTP\n",
	       PACKAGE_VERSION, confuse_version, pcre2,
	       has_jit ? ", with JIT" : ", without JIT");
}

/* -1: *ret is filled in; else the program ends with this exit status. */
static int
parse_arguments(int argc, char **argv, struct arguments *ret)
{
	static const struct option options[] = {
		{"config", required_argument, NULL, 'c'},
		{"test", no_argument, NULL, 't'},
		{"daemon", no_argument, NULL, 'd'},
		{"pidfile", required_argument, NULL, 'p'},
		{"version", no_argument, NULL, 'V'},
		{"help", no_argument, NULL, 'h'},
		{0},
	};
	int c;

	while ((c = getopt_long(argc, argv, "c:tdp:Vh", options, NULL)) != -1) {
		switch (c) {
		case 'c':
			ret->config = optarg;
			break;
		case 't':
			ret->test = true;
			break;
		case 'd':
			ret->daemon = true;
			break;
		case 'p':
			ret->pidfile = optarg;
			break;
		case 'V':
			print_version();
			return EX_OK;
		case 'h':
			fputs(help, stdout);
			return EX_OK;
		default:
			fputs("polymilter: try --help\n", stderr);
			return EX_USAGE;
		}
	}
	if (optind < argc) {
		fprintf(stderr,
			"polymilter: unexpected argument: %s (a configuration file is given with "
			"-c)\n",
			argv[optind]);
		return EX_USAGE;
	}
	return -1;
}

/* A daemon leaves this directory, and needs the paths later: for a reload, and to remove the
 * pidfile. The caller frees it. NULL for NULL. */
static char *
make_absolute(const char *path)
{
	char here[PATH_MAX], *whole = NULL;

	if (path == NULL)
		return NULL;
	if (path[0] == '/')
		whole = strdup(path);
	else if (getcwd(here, sizeof(here)) == NULL ||
		 asprintf(&whole, "%s/%s", here, path) < 0)
		whole = NULL;
	if (whole == NULL) {
		fprintf(stderr, "polymilter: %s: %s\n", path, strerror(errno));
		exit(EX_OSERR);
	}
	return whole;
}

/* In the parent, with -d: exits with 0 when the daemon is ready, else with its exit status. */
static _Noreturn void
wait_for_readiness(int fd, pid_t daemon)
{
	int status = 0;
	char byte;

	if (read(fd, &byte, 1) == 1)
		exit(EX_OK);
	if (waitpid(daemon, &status, 0) == daemon && WIFEXITED(status) &&
	    WEXITSTATUS(status) != 0)
		exit(WEXITSTATUS(status));
	fputs("polymilter: the daemon ended before it was ready\n", stderr);
	exit(EX_OSERR);
}

/* Returns in the child only: the pipe on which it reports readiness. */
static int
fork_to_background(void)
{
	int ends[2];
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0 || (pid = fork()) < 0) {
		fprintf(stderr, "polymilter: cannot go to the background: %s\n",
			strerror(errno));
		exit(EX_OSERR);
	}
	if (pid > 0) {
		close(ends[1]);
		wait_for_readiness(ends[0], pid);
	}
	close(ends[0]);
	if (setsid() < 0 || chdir("/") < 0) {
		fprintf(stderr, "polymilter: cannot become a daemon: %s\n", strerror(errno));
		exit(EX_OSERR);
	}
	return ends[1];
}

static int
run_program(const struct arguments *args)
{
	char *config = make_absolute(args->config), *pidfile = make_absolute(args->pidfile);
	char pcre2[PCRE2_VERSION_BYTES];
	struct master_options options = {
		.config = config,
		.pidfile = pidfile,
		.pcre2 = pcre2,
		.has_jit = find_pcre2(pcre2),
		.ready_fd = -1,
	};
	int status;

	pcre2[strcspn(pcre2, " ")] = '\0'; /* the date */

	if (args->daemon && !args->test)
		options.ready_fd = fork_to_background();
	status = args->test ? master_test(config, pidfile) : master_main(&options);
	free(config);
	free(pidfile);
	return status;
}

int
main(int argc, char **argv)
{
	struct arguments args = {.config = CONFIG_FILE};
	int status;

	title_init(argc, argv, environ);
	status = parse_arguments(argc, argv, &args);
	return status >= 0 ? status : run_program(&args);
}
