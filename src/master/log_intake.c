/* Reads the workers' log pipes as fast as the log takes the records. */
#include "master/log_intake.h"

#include <assert.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include "util/log.h"

#define LAST_READS_MAX 64u	/* of the pipe of a worker that has ended, in one turn */
#define LOST_LINES_MAX 1000000u /* no worker loses so many: its memory is corrupted */
#define ENDED_MAX      64u /* pipes of ended workers that wait; of more, records are lost */
#define WAIT_STEP_MS   50u

struct worker_log {
	struct worker_log *next; /* in intake->logs */
	struct log_intake *intake;
	struct sd_event_source *source;
	int fd;
	struct log_relay relay;
	pid_t pid;
	unsigned generation;
	bool ended;
	uint64_t lines, dropped, told; /* the worker's counters at its end */
};

static void
close_worker_log(struct worker_log *log)
{
	struct worker_log **at = &log->intake->logs;

	while (*at != log)
		at = &(*at)->next;
	*at = log->next;
	log->intake->n_ended -= log->ended;
	sd_event_source_disable_unref(log->source);
	close(log->fd);
	buf_free(&log->relay.rest);
	free(log);
}

/* What it logged and nobody has read or told. */
static void
tell_lost_lines(const struct worker_log *log)
{
	uint64_t told = log->relay.records + log->told;

	if (log->lines <= told || log->lines - told > LOST_LINES_MAX)
		return;
	log_write(LOG_WARNING, "worker %d has ended: %" PRIu64 " of its log lines lost gen=%u",
		  (int)log->pid, log->lines - told, log->generation);
	if (log->lines > log->dropped + log->relay.records)
		log->intake->lines_lost += log->lines - log->dropped - log->relay.records;
}

static bool
log_is_congested(void)
{
	return log_pending() > LOG_RING_RECORDS / 2;
}

/* Of a worker that has ended. Whether all was read, and the log closed. */
static bool
read_last_records(struct worker_log *log, bool may_wait)
{
	for (unsigned i = 0; i < LAST_READS_MAX; i++) {
		if (may_wait && log_is_congested())
			return false;
		if (!relay_log_records(log->fd, &log->relay))
			break;
	}
	tell_lost_lines(log);
	close_worker_log(log);
	return true;
}

/* Waiting for the log. */

static int
on_log_writable(sd_event_source *source, int fd, uint32_t revents, void *ctx)
{
	struct log_intake *intake = ctx;
	sd_event *loop = sd_event_source_get_event(source);

	assert(source == intake->writable && fd >= 0 && revents != 0);
	log_flush();
	log_intake_update(intake, loop);
	return 0;
}

/* The source has a descriptor of its own, since log_flush() may close the log's. It is made
 * anew each time, as the socket may be another one. Without it the tick goes on. */
static void
watch_log_socket(struct log_intake *intake, sd_event *loop)
{
	int fd;

	intake->writable = sd_event_source_disable_unref(intake->writable);
	if (log_pending() == 0 || log_socket() < 0)
		return;
	fd = fcntl(log_socket(), F_DUPFD_CLOEXEC, 0);
	if (fd < 0)
		return;
	if (sd_event_add_io(loop, &intake->writable, fd, EPOLLOUT, on_log_writable, intake) < 0)
		close(fd);
	else
		(void)sd_event_source_set_io_fd_own(intake->writable, true);
}

static void
hold_pipes(struct log_intake *intake, bool hold)
{
	intake->on_hold = hold;
	for (struct worker_log *log = intake->logs; log != NULL; log = log->next)
		(void)sd_event_source_set_enabled(log->source,
						  hold ? SD_EVENT_OFF : SD_EVENT_ON);
}

void
log_intake_update(struct log_intake *intake, sd_event *loop)
{
	if (log_is_congested() != intake->on_hold)
		hold_pipes(intake, !intake->on_hold);
	watch_log_socket(intake, loop);
}

static void
wait_for_log(uint64_t *left_ms)
{
	unsigned step = *left_ms < WAIT_STEP_MS ? (unsigned)*left_ms : WAIT_STEP_MS;

	if (!log_wait(step))
		*left_ms -= step;
}

void
log_intake_finish(struct log_intake *intake, unsigned limit_ms)
{
	uint64_t left_ms = limit_ms;

	while (intake->logs != NULL) {
		if (!read_last_records(intake->logs, left_ms > 0))
			wait_for_log(&left_ms);
	}
	log_flush();
	while (log_pending() > 0 && left_ms > 0)
		wait_for_log(&left_ms);
	intake->writable = sd_event_source_disable_unref(intake->writable);
}

/* The pipe of a worker. */

static int
on_worker_log(sd_event_source *source, int fd, uint32_t revents, void *ctx)
{
	struct worker_log *log = ctx;
	struct log_intake *intake = log->intake;
	sd_event *loop = sd_event_source_get_event(source);

	assert(source == log->source && fd == log->fd && revents != 0);
	if (log->ended)
		(void)read_last_records(log, true);
	else if (!relay_log_records(fd, &log->relay)) /* worker_log_end() follows */
		(void)sd_event_source_set_enabled(source, SD_EVENT_OFF);
	log_intake_update(intake, loop);
	return 0;
}

int
worker_log_open(struct log_intake *intake, sd_event *loop, int fd, unsigned generation,
		struct worker_log **ret)
{
	struct worker_log *log = calloc(1, sizeof(*log));
	int r;

	if (log == NULL)
		abort();
	*log = (struct worker_log){.intake = intake, .fd = fd, .generation = generation};
	r = sd_event_add_io(loop, &log->source, fd, EPOLLIN, on_worker_log, log);
	if (r < 0) {
		free(log);
		return r;
	}
	if (intake->on_hold)
		(void)sd_event_source_set_enabled(log->source, SD_EVENT_OFF);
	log->next = intake->logs;
	intake->logs = log;
	*ret = log;
	return 0;
}

void
worker_log_set_pid(struct worker_log *log, pid_t pid)
{
	log->pid = pid;
}

void
worker_log_end(struct worker_log *log, const struct worker_shared *counters)
{
	struct log_intake *intake;
	sd_event *loop;

	if (log == NULL)
		return;
	intake = log->intake;
	loop = sd_event_source_get_event(log->source);
	log->lines = counter_get(&counters->count[STAT_LOG_LINES]);
	log->dropped = counter_get(&counters->count[STAT_LOG_DROPPED]);
	log->told = counter_get(&counters->count[STAT_LOG_TOLD]);
	log->ended = true;
	intake->n_ended++;
	(void)read_last_records(log, intake->n_ended <= ENDED_MAX);
	log_intake_update(intake, loop);
}
