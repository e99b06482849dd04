/* Batches: at once when enough is waiting, else a moment after the first record. */
#include "worker/logpipe.h"

#include <assert.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include "util/buf.h"
#include "util/log.h"

#define BATCH_BYTES   8192u
#define WAIT_MS	      50u
#define WAITING_BYTES (256u << 10) /* more is dropped and counted */
#define STACK_BYTES   16384u

/* One for the process, as the log is; the handler of fatal signals has to find it. */
static struct {
	int fd;
	bool fields; /* somebody reads them */
	struct buf waiting;
	bool full;     /* the master does not read; the timer tries again */
	uint64_t lost; /* since the log last took something */
	struct timers *timers;
	struct timer timer;
	struct worker_shared *shared;
	void *stack; /* for fatal signals: ours may be what overflowed */
} the = {.fd = -1};

static void
send_waiting(void)
{
	ssize_t n = write(the.fd, the.waiting.data, the.waiting.len);

	the.full = n < 0 || (size_t)n < the.waiting.len;
	if (n > 0)
		buf_consume(&the.waiting, (size_t)n);
}

static void
on_timer(void *ctx)
{
	assert(ctx == NULL);
	logpipe_flush();
	if (the.waiting.len > 0)
		timer_arm(the.timers, &the.timer, WAIT_MS);
}

static void
take(void *ctx, const struct log_record *record)
{
	struct log_record bare = {.level = record->level, .text = record->text};

	assert(ctx == NULL);
	if (the.waiting.len > WAITING_BYTES) {
		the.lost++;
		stat_add(&the.shared->count[STAT_LOG_DROPPED], 1);
		return;
	}
	log_record_pack(&the.waiting, the.fields ? record : &bare);
	if (the.waiting.len >= BATCH_BYTES && !the.full)
		send_waiting();
	if (the.waiting.len > 0 && !timer_is_armed(&the.timer))
		timer_arm(the.timers, &the.timer, WAIT_MS);
}

static void
say_lost(void)
{
	uint64_t lost = the.lost;

	the.lost = 0;
	log_write(LOG_WARNING, "%llu lines lost", (unsigned long long)lost);
}

void
logpipe_flush(void)
{
	if (the.waiting.len > 0)
		send_waiting();
	if (the.lost > 0 && the.waiting.len < BATCH_BYTES) {
		say_lost();
		send_waiting();
	}
}

/* Nothing here but what a handler may call. */
static void
on_fatal(int number)
{
	if (the.waiting.len > 0 && write(the.fd, the.waiting.data, the.waiting.len) < 0)
		the.waiting.len = 0;
	raise(number); /* SA_RESETHAND: the default now */
}

static void
catch_fatal(void)
{
	static const int fatal[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGSYS};
	struct sigaction act = {.sa_handler = on_fatal,
				.sa_flags = (int)(SA_RESETHAND | SA_ONSTACK | SA_NODEFER)};
	stack_t stack = {.ss_size = STACK_BYTES};

	stack.ss_sp = the.stack = malloc(STACK_BYTES);
	if (the.stack == NULL)
		abort();
	sigaltstack(&stack, NULL);
	for (size_t i = 0; i < sizeof(fatal) / sizeof(fatal[0]); i++)
		sigaction(fatal[i], &act, NULL);
}

void
logpipe_open(int fd, bool fields, struct timers *timers, struct worker_shared *shared)
{
	the.fd = fd;
	the.fields = fields;
	the.timers = timers;
	the.shared = shared;
	the.timer.fn = on_timer;
	log_set_sink(take, NULL);
	catch_fatal();
}

void
logpipe_close(void)
{
	static const stack_t none = {.ss_flags = SS_DISABLE};

	logpipe_flush();
	timer_disarm(the.timers, &the.timer);
	log_set_sink(NULL, NULL);
	sigaltstack(&none, NULL);
	free(the.stack);
	buf_free(&the.waiting);
}
