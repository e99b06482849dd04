/* Forks the child that loads the configuration, and gathers its lines and its exit status. */
#include "master/trial_load.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include "config/config.h"

#define TEXT_MAX_BYTES (64u << 10)
#define LAST_READS_MAX 256u /* of a child that has ended */

/* If address space is limited, the child gets a sixteenth less than the master has: so it fails
 * where the master would. */
static void
lower_memory_limit(void)
{
	struct rlimit l;

	if (getrlimit(RLIMIT_AS, &l) < 0 || l.rlim_cur == RLIM_INFINITY)
		return;
	l.rlim_cur -= l.rlim_cur / 16;
	(void)setrlimit(RLIMIT_AS, &l);
}

static _Noreturn void
run_trial_load(const char *path, int fd)
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
	lower_memory_limit();
	out = fdopen(fd, "w");
	if (out == NULL)
		_exit(EX_OSERR);
	r = config_load(path, config_report_to_file, out, &cfg);
	(void)fflush(out);
	_exit(r == 0 ? EX_OK : EX_CONFIG);
}

static void
reset_trial_load(struct trial_load *t)
{
	t->exit_source = sd_event_source_disable_unref(t->exit_source);
	t->text_source = sd_event_source_disable_unref(t->text_source);
	if (t->fd >= 0)
		close(t->fd);
	t->fd = -1;
	t->pid = 0;
	buf_free(&t->text);
}

/* Reads once; what is beyond the limit is dropped. False at the end of the pipe. */
static bool
read_trial_text(struct trial_load *t)
{
	char piece[4096];
	ssize_t n = read(t->fd, piece, sizeof(piece));

	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	if (t->text.len < TEXT_MAX_BYTES)
		buf_append(&t->text, piece, (size_t)n);
	return n > 0;
}

static int
on_trial_text(sd_event_source *source, int fd, uint32_t revents, void *ctx)
{
	struct trial_load *t = ctx;

	assert(source == t->text_source && fd == t->fd && revents != 0);
	if (!read_trial_text(t))
		t->text_source = sd_event_source_disable_unref(t->text_source);
	return 0;
}

static void
append_bad_end(struct buf *b, const siginfo_t *status)
{
	if (status->si_code != CLD_EXITED)
		buf_printf(b, "reading the configuration was killed by signal %d%s",
			   status->si_status,
			   status->si_status == SIGALRM ? " (it took too long)" : "");
	else if (b->len == 0)
		buf_printf(b, "reading the configuration ended with status %d",
			   status->si_status);
}

static int
on_trial_exit(sd_event_source *source, const siginfo_t *status, void *ctx)
{
	struct trial_load *t = ctx;
	struct buf text = {0};
	bool good = status->si_code == CLD_EXITED && status->si_status == EX_OK;

	assert(source == t->exit_source);
	for (unsigned i = 0; i < LAST_READS_MAX && t->text_source != NULL; i++) {
		size_t before = t->text.len;

		if (!read_trial_text(t) || t->text.len == before)
			break;
	}
	text = t->text;
	t->text = (struct buf){0};
	if (!good)
		append_bad_end(&text, status);
	reset_trial_load(t);
	t->done(t->ctx, good, buf_string(&text));
	buf_free(&text);
	return 0;
}

static int
watch_trial_load(struct trial_load *t, struct sd_event *loop)
{
	int r = sd_event_add_child(loop, &t->exit_source, t->pid, WEXITED, on_trial_exit, t);

	if (r >= 0)
		r = sd_event_add_io(loop, &t->text_source, t->fd, EPOLLIN, on_trial_text, t);
	return r;
}

int
trial_load_start(struct trial_load *t, struct sd_event *loop, const char *path,
		 trial_load_done_fn *done, void *ctx)
{
	int ends[2], r;

	assert(t->pid == 0);
	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	*t = (struct trial_load){.fd = ends[0], .done = done, .ctx = ctx};
	t->pid = fork();
	if (t->pid == 0)
		run_trial_load(path, ends[1]);
	r = t->pid < 0 ? -errno : 0;
	close(ends[1]);
	if (r == 0 && fcntl(t->fd, F_SETFL, O_NONBLOCK) < 0)
		r = -errno;
	if (r == 0)
		r = watch_trial_load(t, loop);
	if (r < 0)
		trial_load_cancel(t);
	return r;
}

void
trial_load_cancel(struct trial_load *t)
{
	pid_t pid = t->pid;

	if (pid == 0)
		return;
	reset_trial_load(t);
	if (pid < 0) /* the fork had failed */
		return;
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
}
