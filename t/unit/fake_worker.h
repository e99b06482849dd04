/* A worker_main() in place of the real one: it obeys orders of the test. Included by one
 * C file each; loaders that the test starts then fork real processes with this in them.
 *
 * Before a loader is started the test sets fake_begins. Later it sends orders on the worker's
 * channel, as records of enum fake_order. A fake worker ends when the master shuts the channel.
 */
#ifndef T_FAKE_WORKER_H
#define T_FAKE_WORKER_H

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include "io/channel.h"
#include "master/worker_process.h"
#include "util/buf.h"
#include "util/record.h"
#include "worker/worker.h"

#define FAKE_DESCRIPTORS 128 /* more than a test has open */

/* What a worker does first. */
static enum fake_begin {
	FAKE_READY,	/* reports that it is ready */
	FAKE_NOT_READY, /* only waits for orders */
	FAKE_EXITS,	/* ends with status 3 */
} fake_begins;

/* Both signals of worker.h end a worker with status 0. */
enum fake_order {
	FAKE_SEND = 100, /* a record to the master: its type as uint32_t, then its data */
	FAKE_PASS,	 /* the same, with standard input as its descriptor */
	FAKE_LOG,	 /* a line to the log pipe */
	FAKE_LOG_MANY,	 /* so many lines of 1000 bytes, an int */
	FAKE_EXIT,	 /* end with this status, an int */
	FAKE_RAISE,	 /* end by this signal, an int */
	FAKE_STAY,	 /* from now on do not end with the channel */
	FAKE_KEEP,	 /* nor at WORKER_SIGNAL_END_DRAIN */
};

static inline void
fake_log(int log, const struct channel_msg *order)
{
	char text[64] = "";
	struct log_record record = {.level = LOG_INFO, .text = text};
	struct buf b = {0};

	memcpy(text, order->data, order->len);
	log_record_pack(&b, &record);
	assert_int_equal(write(log, b.data, b.len), (ssize_t)b.len);
	buf_free(&b);
}

static inline void
fake_log_many(int log, int n)
{
	char text[1001];
	struct log_record record = {.level = LOG_INFO, .text = text};
	struct buf b = {0};

	memset(text, 'm', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	for (int i = 0; i < n; i++)
		log_record_pack(&b, &record);
	assert_int_equal(write(log, b.data, b.len), (ssize_t)b.len);
	buf_free(&b);
}

static inline void
obey(const struct worker_setup *setup, const struct channel_msg *order)
{
	uint32_t type = 0;
	int number = 0;

	if (order->len >= sizeof(type))
		memcpy(&type, order->data, sizeof(type));
	memcpy(&number, &type, sizeof(number));
	switch (order->type) {
	case FAKE_SEND:
	case FAKE_PASS:
		(void)channel_send(setup->channel, type, order->data + sizeof(type),
				   order->len - sizeof(type),
				   order->type == FAKE_PASS ? STDIN_FILENO : -1);
		break;
	case FAKE_LOG:
		fake_log(setup->log, order);
		break;
	case FAKE_LOG_MANY:
		fake_log_many(setup->log, number);
		break;
	case FAKE_EXIT:
		_exit(number);
	case FAKE_RAISE:
		(void)raise(number);
		break;
	case FAKE_KEEP:
		(void)signal(WORKER_SIGNAL_END_DRAIN, SIG_IGN);
		break;
	default:
		if (order->fd >= 0)
			close(order->fd);
		break;
	}
}

static inline void
exit_on_signal(int number)
{
	(void)number;
	_exit(0);
}

int
worker_main(const struct worker_setup *setup)
{
	static struct channel_msg order;
	struct pollfd p = {.fd = setup->channel, .events = POLLIN};
	bool stays = false;
	sigset_t none;
	int r;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	for (int fd = STDERR_FILENO + 1; fd < FAKE_DESCRIPTORS; fd++)
		if (fd != setup->channel && fd != setup->log)
			(void)close(fd);
	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)signal(WORKER_SIGNAL_STOP, exit_on_signal);
	(void)signal(WORKER_SIGNAL_END_DRAIN, exit_on_signal);
	if (fake_begins == FAKE_EXITS)
		_exit(3);
	if (fake_begins == FAKE_READY)
		(void)channel_send(setup->channel, WORKER_READY, NULL, 0, -1);
	for (;;) {
		(void)poll(&p, 1, -1);
		r = channel_recv(setup->channel, &order);
		if (r == 1)
			obey(setup, &order);
		stays |= r == 1 && (order.type == FAKE_STAY || order.type == FAKE_KEEP);
		while (r == 0 && stays)
			(void)pause();
		if (r == 0)
			_exit(0);
	}
}

static inline void
order(const struct worker_process *w, enum fake_order what, const void *data, size_t len)
{
	assert_int_equal(channel_send(w->channel, what, data, len, -1), 0);
}

static inline void
order_number(const struct worker_process *w, enum fake_order what, int number)
{
	order(w, what, &number, sizeof(number));
}

/* The worker is to send this record to the master. */
static inline void
order_record(const struct worker_process *w, enum fake_order what, uint32_t type,
	     const void *data, size_t len)
{
	unsigned char all[64];

	memcpy(all, &type, sizeof(type));
	if (len > 0)
		memcpy(all + sizeof(type), data, len);
	order(w, what, all, sizeof(type) + len);
}

#endif
