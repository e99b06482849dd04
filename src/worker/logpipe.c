/* Batches of log records. Input: the process's log; output: packed records on a pipe, at once
 * when a batch is full, otherwise a moment after the first record.
 *
 * The state is a static variable, one for the process as the log is: the handler of fatal
 * signals has no argument. It may call write(2) and little else (signal-safety(7)). */
#include "worker/logpipe.h"

#include <assert.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "util/buf.h"
#include "util/log.h"

#define BATCH_BYTES	  8192u
#define BATCH_DELAY_MS	  50u
#define WAITING_MAX_BYTES (256u << 10) /* records beyond it are dropped and counted */
#define STACK_BYTES	  16384u
#define LAST_LOOK_MS	  100

static struct {
	int fd;
	bool fields;
	struct buf waiting;
	bool pipe_is_full; /* until the timer tries again */
	uint64_t lost;	   /* records, since the number was logged last */
	struct timers *timers;
	struct timer timer;
	struct worker_shared *shared;
	void *stack; /* for fatal signals: the process's own may have overflowed */
} logpipe = {.fd = -1};

static void
write_waiting(void)
{
	ssize_t n = write(logpipe.fd, logpipe.waiting.data, logpipe.waiting.len);

	logpipe.pipe_is_full = n < 0 || (size_t)n < logpipe.waiting.len;
	if (n > 0)
		buf_consume(&logpipe.waiting, (size_t)n);
}

static void
on_logpipe_timer(void *ctx)
{
	assert(ctx == NULL);
	logpipe_flush();
	if (logpipe.waiting.len > 0)
		timer_arm(logpipe.timers, &logpipe.timer, BATCH_DELAY_MS);
}

static void
queue_record(void *ctx, const struct log_record *record)
{
	struct log_record bare = {.level = record->level, .text = record->text};

	assert(ctx == NULL);
	counter_add(&logpipe.shared->count[STAT_LOG_LINES], 1);
	if (logpipe.waiting.len > WAITING_MAX_BYTES) {
		logpipe.lost++;
		counter_add(&logpipe.shared->count[STAT_LOG_DROPPED], 1);
		return;
	}
	log_record_pack(&logpipe.waiting, logpipe.fields ? record : &bare);
	if (logpipe.waiting.len >= BATCH_BYTES && !logpipe.pipe_is_full)
		write_waiting();
	if (logpipe.waiting.len > 0 && !timer_is_armed(&logpipe.timer))
		timer_arm(logpipe.timers, &logpipe.timer, BATCH_DELAY_MS);
}

static void
log_lost_records(void)
{
	uint64_t lost = logpipe.lost;

	logpipe.lost = 0;
	log_write(LOG_WARNING, "%llu lines lost", (unsigned long long)lost);
	counter_add(&logpipe.shared->count[STAT_LOG_TOLD], lost);
}

void
logpipe_flush(void)
{
	if (logpipe.waiting.len > 0)
		write_waiting();
	if (logpipe.lost > 0 && logpipe.waiting.len < BATCH_BYTES) {
		log_lost_records();
		write_waiting();
	}
}

static void
on_fatal_signal(int number)
{
	if (logpipe.waiting.len > 0 &&
	    write(logpipe.fd, logpipe.waiting.data, logpipe.waiting.len) < 0)
		logpipe.waiting.len = 0;
	raise(number); /* SA_RESETHAND: with the default action */
}

static void
catch_fatal_signals(void)
{
	static const int fatal[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGSYS};
	struct sigaction act = {.sa_handler = on_fatal_signal,
				.sa_flags = (int)(SA_RESETHAND | SA_ONSTACK | SA_NODEFER)};
	stack_t stack = {.ss_size = STACK_BYTES};

	stack.ss_sp = logpipe.stack = malloc(STACK_BYTES);
	if (logpipe.stack == NULL)
		abort();
	sigaltstack(&stack, NULL);
	for (size_t i = 0; i < sizeof(fatal) / sizeof(fatal[0]); i++)
		sigaction(fatal[i], &act, NULL);
}

void
logpipe_open(int fd, bool fields, struct timers *timers, struct worker_shared *shared)
{
	logpipe.fd = fd;
	logpipe.fields = fields;
	logpipe.timers = timers;
	logpipe.shared = shared;
	logpipe.timer.fn = on_logpipe_timer;
	log_set_sink(queue_record, NULL);
	catch_fatal_signals();
}

static uint64_t
monotonic_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* The process waits for the master, and so it does not hang. */
static void
write_last_records(uint64_t limit_ms)
{
	uint64_t now_ms = monotonic_ms(), deadline_ms = now_ms + limit_ms;
	struct pollfd p = {.fd = logpipe.fd, .events = POLLOUT};

	logpipe_flush();
	while (logpipe.waiting.len > 0 && now_ms < deadline_ms) {
		atomic_store(&logpipe.shared->heartbeat_ms, now_ms);
		if (poll(&p, 1, LAST_LOOK_MS) > 0 && (p.revents & POLLOUT) == 0)
			break; /* the master is gone */
		logpipe_flush();
		now_ms = monotonic_ms();
	}
}

void
logpipe_close(uint64_t limit_ms)
{
	static const stack_t none = {.ss_flags = SS_DISABLE};

	write_last_records(limit_ms);
	timer_disarm(logpipe.timers, &logpipe.timer);
	log_set_sink(NULL, NULL);
	sigaltstack(&none, NULL);
	free(logpipe.stack);
	buf_free(&logpipe.waiting);
}
