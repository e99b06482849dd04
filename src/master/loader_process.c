/* Forks loaders, receives what they send, and limits their time. */
#include "master/loader_process.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include "config/settings.h"
#include "io/channel.h"
#include "loader/loader.h"
#include "util/log.h"
#include "util/process.h"
#include "util/str.h"

#define SETTINGS_MAX_BYTES (16u << 20)
#define RECORDS_AT_END_MAX 4096u /* of a loader that has ended */

/* The end of a loader. */

static void
free_loader(struct loader_process *l)
{
	struct loader_process **at = &l->host->loaders;

	while (*at != l)
		at = &(*at)->next;
	*at = l->next;
	timer_disarm(l->host->timers, &l->limit);
	sd_event_source_disable_unref(l->exit_source);
	sd_event_source_disable_unref(l->channel_source);
	if (l->channel >= 0)
		close(l->channel);
	if (l->dump >= 0)
		close(l->dump);
	buf_free(&l->text);
	free(l);
}

void
loader_process_kill(struct loader_process *l)
{
	(void)kill(l->pid, SIGKILL);
}

struct loader_process *
loader_process_release(struct loader_process *l)
{
	if (l == NULL)
		return NULL;
	if (l->state == LOADER_LOADS)
		loader_process_kill(l);
	timer_disarm(l->host->timers, &l->limit);
	l->state = LOADER_RELEASED;
	l->ops = NULL;
	(void)shutdown(l->channel, SHUT_WR);
	return NULL;
}

void
loader_processes_end(struct loader_host *host)
{
	while (host->loaders != NULL) {
		(void)kill(host->loaders->pid, SIGKILL);
		(void)waitpid(host->loaders->pid, NULL, 0);
		free_loader(host->loaders);
	}
}

static void
append_duration(struct buf *b, uint64_t ms)
{
	if (ms % 60000 == 0)
		buf_printf(b, "%" PRIu64 "m", ms / 60000);
	else if (ms % 1000 == 0)
		buf_printf(b, "%" PRIu64 "s", ms / 1000);
	else
		buf_printf(b, "%" PRIu64 "ms", ms);
}

static void
append_bad_end(struct buf *b, const struct loader_process *l, const siginfo_t *status,
	       bool has_mistakes)
{
	if (l->timed_out) {
		buf_puts(b, "loading the configuration took longer than load_timeout, ");
		append_duration(b, l->limit_ms);
	} else if (!has_mistakes || b->len == 0) {
		buf_puts(b, "loading the configuration");
		buf_puts(b, status->si_code != CLD_EXITED ? " was" : "");
		process_append_end(b, status);
	}
}

static void
end_loading(struct loader_process *l, struct config *settings, int status, struct buf *text)
{
	loader_done_fn *done = l->done;
	void *ctx = l->done_ctx;

	l->text = (struct buf){0};
	if (settings == NULL)
		free_loader(l);
	done(ctx, settings, status, buf_string(text));
	buf_free(text);
}

static void
fail_loading(struct loader_process *l, const siginfo_t *status)
{
	struct buf text = l->text;
	bool has_mistakes = status->si_code == CLD_EXITED && status->si_status == EX_CONFIG;

	append_bad_end(&text, l, status, has_mistakes);
	end_loading(l, NULL, has_mistakes ? EX_CONFIG : EX_OSERR, &text);
}

static void
lose_loader(struct loader_process *l, const siginfo_t *status)
{
	struct buf end = {0};

	process_append_end(&end, status);
	log_write(LOG_ERR, "loader %d%s", (int)l->pid, buf_string(&end));
	buf_free(&end);
	if (l->ops != NULL)
		l->ops->on_lost(l->ops_ctx);
	else if (l->host->on_lost != NULL)
		l->host->on_lost(l->host->ctx, l);
	free_loader(l);
}

/* Records. */

/* NULL: what the descriptor has is no settings. */
static struct config *
read_settings_file(int fd)
{
	struct config *settings = NULL;
	struct stat st;
	void *data;

	if (fd < 0 || fstat(fd, &st) < 0 || st.st_size <= 0 || st.st_size > SETTINGS_MAX_BYTES)
		return NULL;
	data = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
	if (data == MAP_FAILED)
		return NULL;
	if (settings_unpack(data, (size_t)st.st_size, &settings) < 0)
		settings = NULL;
	munmap(data, (size_t)st.st_size);
	return settings;
}

static void
receive_settings(struct loader_process *l, int fd)
{
	struct config *settings = l->state == LOADER_LOADS ? read_settings_file(fd) : NULL;
	struct buf text = l->text;

	if (fd >= 0)
		close(fd);
	if (settings == NULL) { /* its end is reported as that of a loader that was killed */
		loader_process_kill(l);
		return;
	}
	timer_disarm(l->host->timers, &l->limit);
	l->state = LOADER_HAS_LOADED;
	end_loading(l, settings, EX_OK, &text);
}

/* An earlier one is not there, since a loader that works sends one. */
static void
take_dump(struct loader_process *l, const struct channel_msg *msg)
{
	int32_t error = -EBADMSG;

	if (l->dump >= 0)
		close(l->dump);
	if (msg->len == sizeof(error))
		memcpy(&error, msg->data, sizeof(error));
	l->dump = msg->fd >= 0 ? msg->fd : error < 0 ? error : -EBADMSG;
}

int
loader_process_take_dump(struct loader_process *l)
{
	int dump = l->dump;

	l->dump = -EBADF;
	return dump;
}

static void
take_limit(struct loader_process *l, const struct channel_msg *msg)
{
	uint64_t ms, spent = timers_now(l->host->timers) - l->started_ms;

	if (l->state != LOADER_LOADS || msg->len != sizeof(ms))
		return;
	memcpy(&ms, msg->data, sizeof(ms));
	l->limit_ms = ms;
	timer_arm(l->host->timers, &l->limit, ms > spent ? ms - spent : 1);
	if (l->host->on_limit != NULL)
		l->host->on_limit(l->host->ctx, ms);
}

static void
take_text(struct loader_process *l, const struct channel_msg *msg)
{
	if (l->state == LOADER_LOADS && l->text.len < LOADER_TEXT_MAX_BYTES)
		buf_append(&l->text, msg->data, msg->len);
}

static void
log_loader_line(const struct channel_msg *msg)
{
	int level;

	if (msg->len < sizeof(level))
		return;
	memcpy(&level, msg->data, sizeof(level));
	log_write(level & LOG_PRIMASK, "%.*s", (int)(msg->len - sizeof(level)),
		  (const char *)msg->data + sizeof(level));
}

static bool
is_child(pid_t pid)
{
	siginfo_t status;

	return pid > 0 && waitid(P_PID, (id_t)pid, &status, WEXITED | WNOHANG | WNOWAIT) == 0;
}

static int
on_unwanted_exit(sd_event_source *source, const siginfo_t *status, void *ctx)
{
	(void)status;
	(void)ctx;
	sd_event_source_disable_unref(source); /* the loop has waited for the process */
	return 0;
}

/* It was ordered for a generation that has failed since. */
static void
end_unwanted_worker(const struct loader_process *l, pid_t pid)
{
	sd_event_source *source;

	if (sd_event_add_child(l->host->loop, &source, pid, WEXITED, on_unwanted_exit, NULL) >=
	    0)
		(void)kill(pid, SIGKILL);
}

static void
take_forked(const struct loader_process *l, const struct channel_msg *msg)
{
	struct loader_forked forked;

	if (msg->len != sizeof(forked))
		return;
	memcpy(&forked, msg->data, sizeof(forked));
	if (forked.pid >= 0 && !is_child(forked.pid))
		return;
	if (l->ops == NULL || !l->ops->on_forked(l->ops_ctx, forked.number, forked.pid))
		if (forked.pid > 0)
			end_unwanted_worker(l, forked.pid);
}

static void
handle_loader_record(struct loader_process *l, const struct channel_msg *msg)
{
	if (msg->type == LOADER_SETTINGS) {
		receive_settings(l, msg->fd);
		return;
	}
	if (msg->type == LOADER_DUMP) {
		take_dump(l, msg);
		return;
	}
	if (msg->fd >= 0)
		close(msg->fd);
	if (msg->type == LOADER_LIMIT)
		take_limit(l, msg);
	else if (msg->type == LOADER_TEXT)
		take_text(l, msg);
	else if (msg->type == LOADER_LINE)
		log_loader_line(msg);
	else if (msg->type == LOADER_FORKED)
		take_forked(l, msg);
}

/* One record, if there is one: the loader may be gone after it. Whether the channel goes on. */
static bool
receive_loader_record(struct loader_process *l)
{
	struct channel_msg msg;
	int r = channel_recv(l->channel, &msg);

	if (r == 1)
		handle_loader_record(l, &msg);
	return r == 1 || r == -EAGAIN || r == -EMFILE;
}

static int
on_loader_channel(sd_event_source *source, int fd, uint32_t revents, void *ctx)
{
	struct loader_process *l = ctx;

	assert(source == l->channel_source && fd == l->channel && revents != 0);
	if (!receive_loader_record(l)) /* exit_source reports the end of the process */
		l->channel_source = sd_event_source_disable_unref(l->channel_source);
	return 0;
}

/* What it has sent before its end. */
static void
receive_last_records(struct loader_process *l)
{
	struct channel_msg msg;

	for (unsigned i = 0; i < RECORDS_AT_END_MAX; i++) {
		if (channel_recv(l->channel, &msg) != 1)
			break;
		handle_loader_record(l, &msg);
	}
}

static int
on_loader_exit(sd_event_source *source, const siginfo_t *status, void *ctx)
{
	struct loader_process *l = ctx;

	assert(source == l->exit_source);
	receive_last_records(l);
	if (l->state == LOADER_LOADS)
		fail_loading(l, status);
	else if (l->state == LOADER_HAS_LOADED)
		lose_loader(l, status);
	else
		free_loader(l);
	return 0;
}

static void
on_load_limit(void *ctx)
{
	struct loader_process *l = ctx;

	l->timed_out = true;
	loader_process_kill(l);
}

/* The start. */

static int
watch_loader(struct loader_process *l)
{
	struct sd_event *loop = l->host->loop;
	int r = sd_event_add_child(loop, &l->exit_source, l->pid, WEXITED, on_loader_exit, l);

	if (r >= 0)
		r = sd_event_add_io(loop, &l->channel_source, l->channel, EPOLLIN,
				    on_loader_channel, l);
	return r;
}

static _Noreturn void
run_loader(const struct loader_host *host, const struct loader_request *request, int channel,
	   pid_t master)
{
	struct loader_setup setup = {
		.path = request->path,
		.channel = channel,
		.early = request->early,
		.background = request->background,
		.refuse_writable = request->refuse_writable,
		.check = request->check,
		.check_ctx = request->check_ctx,
		.fatal = host->fatal,
		.master = master,
	};

	loader_main(&setup);
}

static int
fork_loader(struct loader_process *l, const struct loader_request *request)
{
	int channel[2], r = channel_pair(channel);
	pid_t master = getpid();

	if (r < 0)
		return r;
	l->channel = channel[0];
	log_flush(); /* the child would inherit pending log records */
	l->pid = fork();
	if (l->pid == 0)
		run_loader(l->host, request, channel[1], master);
	r = l->pid < 0 ? -errno : 0;
	close(channel[1]);
	if (r == 0)
		r = watch_loader(l);
	if (r < 0 && l->pid > 0) {
		(void)kill(l->pid, SIGKILL);
		(void)waitpid(l->pid, NULL, 0);
	}
	return r;
}

int
loader_process_start(struct loader_host *host, const struct loader_request *request,
		     loader_done_fn *done, void *ctx, struct loader_process **ret)
{
	struct loader_process *l = calloc(1, sizeof(*l));
	int r;

	if (l == NULL)
		abort();
	*l = (struct loader_process){
		.next = host->loaders,
		.host = host,
		.channel = -1,
		.dump = -EMFILE, /* one that was sent, but not received, had no room here */
		.limit = {.fn = on_load_limit, .ctx = l},
		.limit_ms = LOAD_LIMIT_MS,
		.started_ms = timers_now(host->timers),
		.done = done,
		.done_ctx = ctx,
	};
	host->loaders = l;
	r = fork_loader(l, request);
	if (r < 0) {
		free_loader(l);
		return r;
	}
	timer_arm(host->timers, &l->limit, l->limit_ms);
	*ret = l;
	return 0;
}

/* Orders. */

int
loader_process_join(struct loader_process *l, unsigned generation,
		    const struct loader_memory *memory, const struct loader_ops *ops, void *ctx)
{
	struct loader_generation record = {generation};
	int r = 0;

	l->ops = ops;
	l->ops_ctx = ctx;
	if (memory->history >= 0)
		r = channel_send(l->channel, LOADER_HISTORY, NULL, 0, memory->history);
	if (r == 0)
		r = channel_send(l->channel, LOADER_SERVICES, NULL, 0, memory->services);
	if (r == 0)
		r = channel_send(l->channel, LOADER_GENERATION, &record, sizeof(record),
				 memory->loads);
	return r;
}

int
loader_process_fork(struct loader_process *l, const struct loader_fork *order,
		    const int fds[static LOADER_FORK_FDS])
{
	return channel_send_fds(l->channel, LOADER_FORK, order, sizeof(*order), fds,
				LOADER_FORK_FDS);
}
