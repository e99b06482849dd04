/* The child that reads the configuration, and what it says. */
#include "master/trial_load.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include "config/config.h"

#define TEXT_MAX_BYTES (64u << 10)

/* Where address space is limited the child has a little less of it than the master: it fails
 * first. */
static void
lower_memory(void)
{
	struct rlimit l;

	if (getrlimit(RLIMIT_AS, &l) < 0 || l.rlim_cur == RLIM_INFINITY)
		return;
	l.rlim_cur -= l.rlim_cur / 16;
	(void)setrlimit(RLIMIT_AS, &l);
}

static _Noreturn void
be_child(const char *path, int fd)
{
	struct config *cfg = NULL;
	sigset_t none;
	FILE *out;
	int r;

	sigemptyset(&none);
	(void)signal(SIGALRM, SIG_DFL);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	(void)alarm(TRIAL_LOAD_LIMIT_S);
	lower_memory();
	out = fdopen(fd, "w");
	if (out == NULL)
		_exit(EX_OSERR);
	r = config_load(path, config_report_to_file, out, &cfg);
	(void)fflush(out);
	_exit(r == 0 ? EX_OK : EX_CONFIG);
}

static void
forget(struct trial_load *c)
{
	c->child = sd_event_source_disable_unref(c->child);
	c->io = sd_event_source_disable_unref(c->io);
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
	c->pid = 0;
	buf_free(&c->text);
}

static bool
read_text(struct trial_load *c)
{
	char piece[4096];
	ssize_t n = read(c->fd, piece, sizeof(piece));

	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	if (c->text.len < TEXT_MAX_BYTES)
		buf_append(&c->text, piece, (size_t)n);
	return n > 0;
}

static int
on_text(sd_event_source *source, int fd, uint32_t revents, void *ctx)
{
	struct trial_load *c = ctx;

	assert(source == c->io && fd == c->fd && revents != 0);
	if (!read_text(c))
		c->io = sd_event_source_disable_unref(c->io);
	return 0;
}

static int
on_exit_of_child(sd_event_source *source, const siginfo_t *si, void *ctx)
{
	struct trial_load *c = ctx;
	struct buf text = {0};
	bool good = si->si_code == CLD_EXITED && si->si_status == EX_OK;

	assert(source == c->child);
	for (unsigned i = 0; i < 256 && c->io != NULL; i++) {
		size_t before = c->text.len;

		if (!read_text(c) || c->text.len == before)
			break;
	}
	text = c->text;
	c->text = (struct buf){0};
	if (!good && text.len == 0 && si->si_code == CLD_EXITED)
		buf_printf(&text, "reading the configuration ended with status %d",
			   si->si_status);
	else if (!good && si->si_code != CLD_EXITED)
		buf_printf(&text, "reading the configuration was killed by signal %d%s",
			   si->si_status,
			   si->si_status == SIGALRM ? " (it took too long)" : "");
	forget(c);
	c->done(c->ctx, good, buf_string(&text));
	buf_free(&text);
	return 0;
}

static int
watch(struct trial_load *c, struct sd_event *loop)
{
	int r = sd_event_add_child(loop, &c->child, c->pid, WEXITED, on_exit_of_child, c);

	if (r >= 0)
		r = sd_event_add_io(loop, &c->io, c->fd, EPOLLIN, on_text, c);
	return r;
}

int
trial_load_start(struct trial_load *c, struct sd_event *loop, const char *path,
		 trial_load_done_fn *done, void *ctx)
{
	int ends[2], r;

	assert(c->pid == 0);
	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	*c = (struct trial_load){.fd = ends[0], .done = done, .ctx = ctx};
	c->pid = fork();
	if (c->pid == 0)
		be_child(path, ends[1]);
	r = c->pid < 0 ? -errno : 0;
	close(ends[1]);
	if (r == 0 && fcntl(c->fd, F_SETFL, O_NONBLOCK) < 0)
		r = -errno;
	if (r == 0)
		r = watch(c, loop);
	if (r < 0)
		trial_load_cancel(c);
	return r;
}

void
trial_load_cancel(struct trial_load *c)
{
	pid_t pid = c->pid;

	if (pid == 0)
		return;
	forget(c);
	if (pid < 0)
		return;
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
}
