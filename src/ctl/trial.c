/* Starting, watching and clearing away a daemon of our own. */
#include "ctl/trial.h"

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
#define SAID_MAX    65536u /* bytes of log that are kept */

static void
nap(void)
{
	nanosleep(&(struct timespec){.tv_nsec = STEP_MS * 1000000L}, NULL);
}

/* TMPDIR, unless its name is too long for a socket's. */
static int
make_dir(struct trial *t)
{
	const char *parent = getenv("TMPDIR");
	const char name[] = "/polymilter-demo.XXXXXX";

	if (!parent || parent[0] != '/' || strlen(parent) + sizeof(name) > sizeof(t->dir))
		parent = "/tmp";
	snprintf(t->dir, sizeof(t->dir), "%s%s", parent, name);
	if (mkdtemp(t->dir))
		return 0;

	int r = -errno;

	t->dir[0] = '\0';
	return r;
}

static void
path_in(const struct trial *t, const char *name, char path[PATH_MAX])
{
	snprintf(path, PATH_MAX, "%s/%s", t->dir, name);
}

static int
write_config(const struct trial *t, const char *config, const char *chain)
{
	char path[PATH_MAX];

	path_in(t, CONFIG_NAME, path);

	FILE *f = fopen(path, "wex");

	if (!f)
		return -errno;
	fprintf(f, "%s\nlistener \"demo\" {\n\tsocket = \"unix:%s/" SOCKET_NAME "\"\n", config,
		t->dir);
	fprintf(f, "\tchain = { %s }\n}\n", chain);
	return fclose(f) == 0 ? 0 : -EIO;
}

/* The program to start. */
static int
find_daemon(char path[PATH_MAX])
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

/* In the child. It ends with us, however we end. */
__attribute__((noreturn)) static void
become_daemon(const char *program, const char *config, int log, pid_t parent)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	char *const argv[] = {(char[]){DAEMON}, (char[]){"-c"}, strdup(config), NULL};

	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent || null < 0)
		_exit(127);
	if (dup2(null, 0) < 0 || dup2(null, 1) < 0 || dup2(log, 2) < 0)
		_exit(127);
	unsetenv("NOTIFY_SOCKET");
	unsetenv("LISTEN_FDS");
	execv(program, argv);
	_exit(127);
}

static int
spawn(struct trial *t, const char *program)
{
	char config[PATH_MAX];
	pid_t parent = getpid();
	int pipes[2];

	path_in(t, CONFIG_NAME, config);
	if (pipe2(pipes, O_CLOEXEC) < 0)
		return -errno;
	t->log = pipes[0];
	t->pid = fork();
	if (t->pid == 0)
		become_daemon(program, config, pipes[1], parent);
	close(pipes[1]);
	if (t->pid > 0)
		return 0;
	t->pid = 0;
	return -errno;
}

/* Takes what the daemon has said. Whether there was something. */
static bool
hear(struct trial *t, int wait_ms)
{
	struct pollfd p = {.fd = t->log, .events = POLLIN};

	if (t->said.len > SAID_MAX) {
		buf_reset(&t->said);
		t->taken = 0;
	}
	if (poll(&p, 1, wait_ms) <= 0)
		return false;

	ssize_t n = read(t->log, buf_reserve(&t->said, 4096), 4096);

	t->said.len += n > 0 ? (size_t)n : 0;
	return n > 0;
}

static bool
has_ended(struct trial *t)
{
	if (waitpid(t->pid, NULL, WNOHANG) != t->pid)
		return false;
	t->pid = 0;
	return true;
}

static bool
answers(const struct trial *t)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool yes = fd >= 0 && connect(fd, &t->at.sa, t->at.len) == 0;

	if (fd >= 0)
		close(fd);
	return yes;
}

static int
wait_until_ready(struct trial *t)
{
	for (int ms = 0; ms < START_MS; ms += STEP_MS) {
		if (t->stop && *t->stop)
			return -EINTR;
		if (answers(t))
			return 0;
		if (has_ended(t))
			return -ECHILD;
		nap();
	}
	return -ETIMEDOUT;
}

static int
find_socket(struct trial *t)
{
	char spec[PATH_MAX];
	const char *why;

	snprintf(spec, sizeof(spec), "unix:%s/" SOCKET_NAME, t->dir);
	return addr_parse(spec, &t->at, &why);
}

static int
start_in_dir(struct trial *t, const char *config, const char *chain, struct buf *ret_why)
{
	char program[PATH_MAX];
	int r = find_daemon(program);

	if (r < 0) {
		buf_printf(ret_why, "%s: %s", program, strerror(-r));
		return r;
	}
	r = find_socket(t);
	if (r == 0)
		r = write_config(t, config, chain);
	if (r == 0)
		r = spawn(t, program);
	if (r < 0) {
		buf_printf(ret_why, "%s: %s", t->dir, strerror(-r));
		return r;
	}
	r = wait_until_ready(t);
	if (r == 0 || r == -EINTR)
		return r;
	while (hear(t, 0))
		;
	buf_printf(ret_why, "%s does not start\n", program);
	buf_append(ret_why, t->said.data, t->said.len);
	return r;
}

int
trial_start(struct trial *t, const char *config, const char *chain,
	    const volatile sig_atomic_t *stop, struct buf *ret_why)
{
	*t = (struct trial){.log = -1, .stop = stop};

	int r = make_dir(t);

	if (r < 0) {
		buf_printf(ret_why, "no temporary directory: %s", strerror(-r));
		return r;
	}
	return start_in_dir(t, config, chain, ret_why);
}

/* The line that has text in it, ended with NUL; the next call forgets all up to its end. */
static const char *
find_line(struct trial *t, const char *text)
{
	buf_consume(&t->said, t->taken);
	t->taken = 0;

	const char *said = buf_string(&t->said);
	const char *hit = strstr(said, text);
	const char *end = hit ? strchr(hit, '\n') : NULL;

	if (!end)
		return NULL;
	while (hit > said && hit[-1] != '\n')
		hit--;
	t->taken = (size_t)(end - said) + 1;
	t->said.data[end - said] = '\0';
	return hit;
}

const char *
trial_line(struct trial *t, const char *text)
{
	for (int ms = 0; ms < LINE_MS; ms += STEP_MS) {
		const char *line = find_line(t, text);

		if (line || (t->stop && *t->stop))
			return line;
		hear(t, STEP_MS);
	}
	return NULL;
}

static void
stop_daemon(struct trial *t)
{
	if (t->pid == 0)
		return;
	for (int ms = 0; ms < STOP_MS; ms += STEP_MS) {
		kill(t->pid, SIGTERM); /* before execv() the child would not end by it */
		if (has_ended(t))
			return;
		nap();
	}
	kill(t->pid, SIGKILL);
	waitpid(t->pid, NULL, 0);
	t->pid = 0;
}

static void
remove_dir(struct trial *t)
{
	DIR *dir = t->dir[0] ? opendir(t->dir) : NULL;
	const struct dirent *entry;

	if (!dir)
		return;
	while ((entry = readdir(dir)))
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			unlinkat(dirfd(dir), entry->d_name, 0);
	closedir(dir);
	rmdir(t->dir);
	t->dir[0] = '\0';
}

void
trial_end(struct trial *t)
{
	stop_daemon(t);
	if (t->log >= 0)
		close(t->log);
	t->log = -1;
	buf_free(&t->said);
	remove_dir(t);
}
