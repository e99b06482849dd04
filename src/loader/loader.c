/* Loads a configuration, sends what the master needs of it, and waits for orders. */
#include "loader/loader.h"

#include <errno.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "charset/charset.h"
#include "config/dump_file.h"
#include "config/settings.h"
#include "io/shared.h"
#include "loader/loader_private.h"
#include "util/detach.h"
#include "util/log.h"
#include "util/process.h"
#include "util/title.h"
#include "worker/worker.h"

/* Sending. */

void
loader_send(const struct loader *l, enum loader_record type, const void *data, size_t len,
	    int pass)
{
	struct pollfd p = {.fd = l->setup->channel, .events = POLLOUT};
	int r;

	while ((r = channel_send(l->setup->channel, type, data, len, pass)) == -EAGAIN)
		(void)poll(&p, 1, -1);
	if (r < 0)
		_exit(EX_OSERR);
}

static void
send_text(const struct loader *l, const char *text, size_t len)
{
	len = len < LOADER_TEXT_MAX_BYTES ? len : LOADER_TEXT_MAX_BYTES;
	for (size_t n; len > 0; text += n, len -= n) {
		n = len < CHANNEL_MAX_BYTES ? len : CHANNEL_MAX_BYTES;
		loader_send(l, LOADER_TEXT, text, n, -1);
	}
}

/* The descriptor, or a negative errno. */
static int
make_dump_file(const struct config *cfg)
{
	int fd = shared_file_new(), r;

	if (fd < 0)
		return fd;
	r = dump_file_write(cfg, fd);
	if (r == 0)
		r = shared_file_seal(fd);
	if (r == 0)
		return fd;
	close(fd);
	return r;
}

/* Mail does not need it. */
static void
send_dump(const struct loader *l)
{
	int fd = make_dump_file(l->cfg);
	int32_t error = fd < 0 ? fd : 0;

	loader_send(l, LOADER_DUMP, &error, sizeof(error), fd < 0 ? -1 : fd);
	if (fd >= 0)
		close(fd);
}

static void
send_settings(const struct loader *l)
{
	struct buf b = {0};
	void *memory;
	int fd;

	settings_pack(l->cfg, &b);
	memory = shared_new(b.len, &fd);
	if (memory == NULL)
		_exit(EX_OSERR);
	memcpy(memory, b.data, b.len);
	munmap(memory, b.len);
	buf_free(&b);
	loader_send(l, LOADER_SETTINGS, NULL, 0, fd);
	close(fd);
}

/* A log_sink_fn. */
static void
send_line(void *ctx, const struct log_record *record)
{
	char line[CHANNEL_MAX_BYTES];
	size_t room = sizeof(line) - sizeof(record->level), len = strnlen(record->text, room);

	memcpy(line, &record->level, sizeof(record->level));
	memcpy(line + sizeof(record->level), record->text, len);
	loader_send(ctx, LOADER_LINE, line, sizeof(record->level) + len, -1);
}

/* Loading. */

static void
send_limit(void *ctx, const struct config *cfg)
{
	loader_send(ctx, LOADER_LIMIT, &cfg->load_timeout_ms, sizeof(cfg->load_timeout_ms), -1);
}

static void
call_check(void *ctx, const struct config *cfg)
{
	const struct loader *l = ctx;

	if (l->setup->check != NULL)
		l->setup->check(l->setup->check_ctx, cfg);
}

/* If there is a mistake in what root needs the whole file is read, so that all mistakes are
 * reported at once. */
static int
load_early(struct loader *l, FILE *out)
{
	const char *path = l->setup->path;
	struct config *all = NULL;
	const struct config_check as_root = {.refuse_writable = true};
	int r = config_load_early(path, config_report_to_nobody, NULL, &l->cfg);

	if (r < 0 && config_load_checked(path, &as_root, config_report_to_file, out, &all) == 0)
		(void)config_load_early(path, config_report_to_file, out, &l->cfg);
	return r;
}

static int
load_whole(struct loader *l, FILE *out)
{
	const struct config_check check = {
		.on_read = send_limit,
		.run = call_check,
		.ctx = l,
		.refuse_writable = l->setup->refuse_writable,
	};

	return config_load_checked(l->setup->path, &check, config_report_to_file, out, &l->cfg);
}

/* Opens what workers need but may not open themselves. */
static void
open_for_workers(FILE *out)
{
	unsigned missing = charset_open_all();

	if (missing > 0)
		fprintf(out, "%u conversions between charsets cannot be opened\n", missing);
	tzset();
}

static void
load_configuration(struct loader *l)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	int r;

	if (out == NULL)
		_exit(EX_OSERR);
	r = l->setup->early ? load_early(l, out) : load_whole(l, out);
	if (r == 0 && !l->setup->early)
		open_for_workers(out);
	(void)fclose(out);
	send_text(l, text, len);
	free(text);
	if (r < 0)
		_exit(EX_CONFIG);
	if (l->setup->background)
		(void)detach_standard_streams(l->cfg->log_target == LOG_TARGET_STDERR);
	if (!l->setup->early)
		send_dump(l);
	(void)malloc_trim(0); /* what only the loading has needed */
	send_settings(l);
}

/* Orders of the master. */

static void
join_generation(struct loader *l, int fd)
{
	struct loader_generation g;
	char title[64];

	if (fd < 0 || l->msg.len != sizeof(g))
		_exit(EX_SOFTWARE);
	memcpy(&g, l->msg.data, sizeof(g));
	l->generation = l->connector.generation = g.id;
	(void)snprintf(title, sizeof(title), "polymilter: loader, generation %u", g.id);
	(void)title_set(title);
	l->loads = loads_map(fd, l->cfg->workers);
	close(fd);
	if (l->loads == NULL)
		_exit(EX_OSERR);
}

static void
take_history(struct loader *l, int fd)
{
	if (l->history != NULL || fd < 0 || ring_map_writable(fd, &l->history) < 0)
		_exit(EX_OSERR);
	close(fd);
}

static void
take_service_state(struct loader *l, int fd)
{
	size_t rows = service_state_rows(l->cfg->workers);

	if (l->services == NULL && fd >= 0)
		l->services = service_state_map(fd, l->cfg->n_servers, rows);
	if (l->services == NULL)
		_exit(EX_OSERR);
	close(fd);
}

static void
obey_fork(struct loader *l, const int fds[static LOADER_FORK_FDS])
{
	struct loader_fork order;

	if (l->loads == NULL || l->services == NULL || l->msg.len != sizeof(order))
		_exit(EX_SOFTWARE);
	memcpy(&order, l->msg.data, sizeof(order));
	loader_fork_worker(l, &order, fds);
}

/* The records up to LOADER_GENERATION have one descriptor, all others LOADER_FORK_FDS. */
static int
obey_next_order(struct loader *l)
{
	int fds[LOADER_FORK_FDS], r;

	if (l->loads == NULL) {
		r = channel_recv(l->setup->channel, &l->msg);
		if (r == 1 && l->msg.type == LOADER_HISTORY)
			take_history(l, l->msg.fd);
		else if (r == 1 && l->msg.type == LOADER_SERVICES)
			take_service_state(l, l->msg.fd);
		else if (r == 1)
			join_generation(l, l->msg.fd);
		return r;
	}
	r = channel_recv_fds(l->setup->channel, &l->msg, fds, LOADER_FORK_FDS);
	if (r == 1)
		obey_fork(l, fds);
	return r;
}

/* The master's channel, the connector's, and those of workers to it. */
static size_t
list_polled(struct loader *l)
{
	const struct connector *c = &l->connector;
	size_t n = c->n + 2;

	if (n > l->cap_polled) {
		l->cap_polled = 2 * n;
		l->polled = reallocarray(l->polled, l->cap_polled, sizeof(*l->polled));
		if (l->polled == NULL)
			abort();
	}
	l->polled[0] = (struct pollfd){.fd = l->setup->channel, .events = POLLIN};
	l->polled[1] = (struct pollfd){.fd = c->channel, .events = POLLIN};
	if (c->n > 0)
		memcpy(l->polled + 2, c->ends, c->n * sizeof(*c->ends));
	return n;
}

static _Noreturn void
obey_orders(struct loader *l)
{
	int r = 1, n;

	connector_init(&l->connector, l->cfg, 0);
	do {
		nfds_t n_polled = list_polled(l);

		n = poll(l->polled, n_polled, -1);
		if (n > (l->polled[0].revents != 0))
			connector_look(&l->connector);
		if (n > 0 && l->polled[0].revents != 0)
			r = obey_next_order(l);
	} while (r == 1 || r == -EAGAIN);
	connector_end(&l->connector);
	_exit(r == 0 ? EX_OK : EX_OSERR);
}

/* The process. */

/* The terminal sends the last ones to the master's group. */
static const int ignored_signals[] = {SIGPIPE, SIGXFSZ, SIGHUP, SIGINT, SIGQUIT, SIGUSR1};

_Noreturn void
loader_main(const struct loader_setup *setup)
{
	static struct loader l;
	sigset_t blocked = worker_signals(); /* a worker inherits that */
	int kept = setup->channel;

	l.setup = setup;
	(void)prctl(PR_SET_NAME, LOADER_PROCESS_NAME, 0, 0, 0);
	(void)title_set("polymilter: loader");
	process_reset_signals(ignored_signals,
			      sizeof(ignored_signals) / sizeof(ignored_signals[0]), &blocked);
	log_set_sink(send_line, &l); /* the master's log is closed here */
	process_keep_descriptors(&kept, 1);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0 || getppid() != setup->master)
		_exit(EX_OSERR);
	load_configuration(&l);
	if (setup->early)
		_exit(EX_OK);
	obey_orders(&l);
}
