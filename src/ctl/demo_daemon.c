/* Starts, watches and stops the daemon of the demo. Everything is polled in steps of STEP_MS:
 * its socket until it accepts, its log until a line comes, its process until it ends. */
#include "ctl/demo_daemon.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define DAEMON	    "polymilter"
#define CONFIG_NAME "polymilter.conf"
#define SOCKET_NAME "demo.sock"
#define START_MS    30000
#define LINE_MS	    10000
#define STOP_MS	    10000
#define STEP_MS	    10
#define LOG_MAX	    65536u /* bytes of its log that are kept */

static void
sleep_one_step(void)
{
	nanosleep(&(struct timespec){.tv_nsec = STEP_MS * 1000000L}, NULL);
}

/* Creates it in TMPDIR, unless the path of a socket there would be too long; else in /tmp. */
static int
create_demo_directory(struct demo_daemon *d)
{
	const char *parent = getenv("TMPDIR");
	const char name[] = "/polymilter-demo.XXXXXX";

	if (!parent || parent[0] != '/' || strlen(parent) + sizeof(name) > sizeof(d->dir))
		parent = "/tmp";
	snprintf(d->dir, sizeof(d->dir), "%s%s", parent, name);
	if (mkdtemp(d->dir))
		return 0;

	int r = -errno;

	d->dir[0] = '\0';
	return r;
}

static void
make_demo_path(const struct demo_daemon *d, const char *name, char path[PATH_MAX])
{
	snprintf(path, PATH_MAX, "%s/%s", d->dir, name);
}

static int
write_demo_config(const struct demo_daemon *d, const char *config, const char *chain)
{
	char path[PATH_MAX];

	make_demo_path(d, CONFIG_NAME, path);

	FILE *f = fopen(path, "wex");

	if (!f)
		return -errno;
	fprintf(f, "%s\nlistener \"demo\" {\n\tsocket = \"unix:%s/" SOCKET_NAME "\"\n", config,
		d->dir);
	fprintf(f, "\tchain = { %s }\n}\n", chain);
	return fclose(f) == 0 ? 0 : -EIO;
}

/* The path of the program to start. 0, or a negative errno. */
static int
find_daemon_program(char path[PATH_MAX])
{
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (n > 0) {
		self[n] = '\0';
		*strrchr(self, '/') = '\0';
		if (snprintf(path, PATH_MAX, "%s/" DAEMON, self) < PATH_MAX &&
		    access(path, X_OK) == 0)
			return 0;
	}
	snprintf(path, PATH_MAX, "%s", SBINDIR "/" DAEMON);
	return access(path, X_OK) == 0 ? 0 : -errno;
}

/* In the child: it gets SIGTERM when its parent ends, in whatever way. */
__attribute__((noreturn)) static void
exec_daemon(const char *program, const char *config, int log_fd, pid_t parent)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	char *const argv[] = {(char[]){DAEMON}, (char[]){"-c"}, strdup(config), NULL};

	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent || null < 0)
		_exit(127);
	if (dup2(null, 0) < 0 || dup2(null, 1) < 0 || dup2(log_fd, 2) < 0)
		_exit(127);
	unsetenv("NOTIFY_SOCKET");
	unsetenv("LISTEN_FDS");
	execv(program, argv);
	_exit(127);
}

static int
fork_daemon(struct demo_daemon *d, const char *program)
{
	char config[PATH_MAX];
	pid_t parent = getpid();
	int pipes[2];

	make_demo_path(d, CONFIG_NAME, config);
	if (pipe2(pipes, O_CLOEXEC) < 0)
		return -errno;
	d->log_fd = pipes[0];
	d->pid = fork();
	if (d->pid == 0)
		exec_daemon(program, config, pipes[1], parent);
	close(pipes[1]);
	if (d->pid > 0)
		return 0;
	d->pid = 0;
	return -errno;
}

/* Reads what the daemon logs within wait_ms. False: nothing. */
static bool
read_daemon_log(struct demo_daemon *d, int wait_ms)
{
	struct pollfd p = {.fd = d->log_fd, .events = POLLIN};

	if (d->log.len > LOG_MAX) {
		buf_reset(&d->log);
		d->log_used = 0;
	}
	if (poll(&p, 1, wait_ms) <= 0)
		return false;

	ssize_t n = read(d->log_fd, buf_reserve(&d->log, 4096), 4096);

	d->log.len += n > 0 ? (size_t)n : 0;
	return n > 0;
}

static bool
has_daemon_ended(struct demo_daemon *d)
{
	if (waitpid(d->pid, NULL, WNOHANG) != d->pid)
		return false;
	d->pid = 0;
	return true;
}

static bool
is_socket_accepting(const struct demo_daemon *d)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool yes = fd >= 0 && connect(fd, &d->addr.sa, d->addr.len) == 0;

	if (fd >= 0)
		close(fd);
	return yes;
}

static int
wait_for_daemon_socket(struct demo_daemon *d)
{
	for (int ms = 0; ms < START_MS; ms += STEP_MS) {
		if (d->stop && *d->stop)
			return -EINTR;
		if (is_socket_accepting(d))
			return 0;
		if (has_daemon_ended(d))
			return -ECHILD;
		sleep_one_step();
	}
	return -ETIMEDOUT;
}

static int
make_socket_address(struct demo_daemon *d)
{
	char spec[PATH_MAX];
	const char *error;

	snprintf(spec, sizeof(spec), "unix:%s/" SOCKET_NAME, d->dir);
	return addr_parse(spec, &d->addr, &error);
}

static int
start_daemon_in_directory(struct demo_daemon *d, const char *config, const char *chain,
			  struct buf *ret_error)
{
	char program[PATH_MAX];
	int r = find_daemon_program(program);

	if (r < 0) {
		buf_printf(ret_error, "%s: %s", program, strerror(-r));
		return r;
	}
	r = make_socket_address(d);
	if (r == 0)
		r = write_demo_config(d, config, chain);
	if (r == 0)
		r = fork_daemon(d, program);
	if (r < 0) {
		buf_printf(ret_error, "%s: %s", d->dir, strerror(-r));
		return r;
	}
	r = wait_for_daemon_socket(d);
	if (r == 0 || r == -EINTR)
		return r;
	while (read_daemon_log(d, 0))
		;
	buf_printf(ret_error, "%s does not start\n", program);
	buf_append(ret_error, d->log.data, d->log.len);
	return r;
}

int
demo_daemon_start(struct demo_daemon *d, const char *config, const char *chain,
		  const volatile sig_atomic_t *stop, struct buf *ret_error)
{
	*d = (struct demo_daemon){.log_fd = -1, .stop = stop};

	int r = create_demo_directory(d);

	if (r < 0) {
		buf_printf(ret_error, "cannot create a temporary directory: %s", strerror(-r));
		return r;
	}
	return start_daemon_in_directory(d, config, chain, ret_error);
}

/* The first line of the log that contains text, ended with NUL. The next call removes it and
 * all lines before it. */
static const char *
take_log_line(struct demo_daemon *d, const char *text)
{
	buf_consume(&d->log, d->log_used);
	d->log_used = 0;

	const char *log = buf_string(&d->log);
	const char *hit = strstr(log, text);
	const char *end = hit ? strchr(hit, '\n') : NULL;

	if (!end)
		return NULL;
	while (hit > log && hit[-1] != '\n')
		hit--;
	d->log_used = (size_t)(end - log) + 1;
	d->log.data[end - log] = '\0';
	return hit;
}

const char *
demo_daemon_find_log_line(struct demo_daemon *d, const char *text)
{
	for (int ms = 0; ms < LINE_MS; ms += STEP_MS) {
		const char *line = take_log_line(d, text);

		if (line || (d->stop && *d->stop))
			return line;
		read_daemon_log(d, STEP_MS);
	}
	return NULL;
}

static void
stop_daemon(struct demo_daemon *d)
{
	if (d->pid == 0)
		return;
	for (int ms = 0; ms < STOP_MS; ms += STEP_MS) {
		kill(d->pid, SIGTERM); /* before execv() the child would not end by it */
		if (has_daemon_ended(d))
			return;
		sleep_one_step();
	}
	kill(d->pid, SIGKILL);
	waitpid(d->pid, NULL, 0);
	d->pid = 0;
}

static void
remove_demo_directory(struct demo_daemon *d)
{
	DIR *dir = d->dir[0] ? opendir(d->dir) : NULL;
	const struct dirent *entry;

	if (!dir)
		return;
	while ((entry = readdir(dir)))
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			unlinkat(dirfd(dir), entry->d_name, 0);
	closedir(dir);
	rmdir(d->dir);
	d->dir[0] = '\0';
}

void
demo_daemon_stop(struct demo_daemon *d)
{
	stop_daemon(d);
	if (d->log_fd >= 0)
		close(d->log_fd);
	d->log_fd = -1;
	buf_free(&d->log);
	remove_demo_directory(d);
}
