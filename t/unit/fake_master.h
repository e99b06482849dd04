/* A master without its signals, with workers of fake_worker.h, to which a test gives
 * configurations; the first one in set_up(). Files stand in the scratch directory. Included by
 * one C file each. */
#ifndef T_FAKE_MASTER_H
#define T_FAKE_MASTER_H

#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "caught_log.h"
#include "fake_loader.h"
#include "fake_worker.h"
#include "master/state.h"
#include "scratch.h"

#define TIME_MS	    1000000000000u /* so late that no real timer fires */
#define DESCRIPTORS (1u << 20)
#define HEAD	    "workers { count = 1 }\n"

struct fixture {
	struct master m;
	struct master_options options;
	char path[128];
	uint64_t now_ms;
	bool start_failed;
	int manager; /* where systemd would read */
	char notice[1024];
};

static inline uint64_t
read_clock(void *ctx)
{
	return ((struct fixture *)ctx)->now_ms;
}

/* As master.c does it. */

static inline void
on_ready(void *ctx, struct generation *g)
{
	struct fixture *t = ctx;

	assert_true(g == t->m.next);
	reload_ready(&t->m);
}

static inline void
on_failed(void *ctx, struct generation *g)
{
	struct fixture *t = ctx;

	assert_true(g == t->m.next);
	if (t->m.newest != NULL)
		reload_failed(&t->m);
	else
		t->start_failed = true;
}

static inline void
on_lost_loader(void *ctx, struct generation *g)
{
	struct fixture *t = ctx;

	assert_true(g == t->m.newest);
	reload_request(&t->m);
}

static inline void
on_lost(void *ctx, const struct loader_process *l)
{
	struct fixture *t = ctx;

	assert_true(l == t->m.next_loader);
	reload_lost_loader(&t->m);
}

static inline void
on_capacity(void *ctx, struct generation *g)
{
	struct fixture *t = ctx;

	if (g == t->m.newest)
		acceptor_resume(&t->m.acceptor);
}

static inline void
on_ended(void *ctx, struct generation *g)
{
	struct fixture *t = ctx;
	struct generation **at = &t->m.newest;

	while (*at != g)
		at = &(*at)->older;
	*at = g->older;
	generation_free(g);
	reload_generation_ended(&t->m);
}

static inline void
on_connection(void *ctx, struct generation *g, uint32_t listener, int fd)
{
	(void)ctx;
	assert_true(listener < g->cfg->n_listeners);
	close(fd);
}

/* A listener of this name, with a socket of this name. */
static inline const char *
listener(const char *name, const char *more)
{
	static char texts[4][256];
	static unsigned next;
	char *text = texts[next++ % 4];

	(void)snprintf(text, sizeof(texts[0]),
		       "listener \"%s\" { socket = \"unix:%s/%s.sock\"  chain = {} %s }\n",
		       name, scratch_dir, name, more);
	return text;
}

static inline void
write_config(const char *head, const char *first, const char *second)
{
	char text[1024];

	(void)snprintf(text, sizeof(text), "%s%s%s", head, first, second);
	write_scratch("polymilter.conf", text);
}

static inline void
listen_for_notices(struct fixture *t)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};

	(void)snprintf(at.sun_path, sizeof(at.sun_path), "%s", in_scratch("notify"));
	t->manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	assert_int_equal(bind(t->manager, (struct sockaddr *)&at, sizeof(at)), 0);
	(void)setenv("NOTIFY_SOCKET", at.sun_path, 1);
}

/* Reads what was sent; the last message stays in t->notice. The socket holds ten, and a master
 * whose messages are not read waits. */
static inline void
read_notices(struct fixture *t)
{
	ssize_t n;

	while ((n = recv(t->manager, t->notice, sizeof(t->notice) - 1, 0)) > 0)
		t->notice[n] = '\0';
}

/* The last message must begin so and have this in it. */
static inline void
expect_notice(struct fixture *t, const char *begin, const char *part)
{
	read_notices(t);
	assert_memory_equal(t->notice, begin, strlen(begin));
	assert_non_null(strstr(t->notice, part));
}

static inline void
make_master(struct fixture *t)
{
	t->m = (struct master){
		.options = &t->options,
		.id = {.uid = geteuid(), .gid = getegid()},
		.max_descriptors = DESCRIPTORS,
		.pidfile = -1,
	};
	assert_true(sd_event_new(&t->m.loop) >= 0);
	assert_int_equal(timers_new(t->m.loop, &t->m.timers), 0);
	timers_set_clock(t->m.timers, read_clock, t);
	acceptor_init(&t->m.acceptor, t->m.loop, t->m.timers);
	t->m.loaders = (struct loader_host){
		.loop = t->m.loop,
		.timers = t->m.timers,
		.on_lost = on_lost,
		.ctx = t,
	};
	t->m.host = (struct generation_host){
		.loop = t->m.loop,
		.timers = t->m.timers,
		.on_ready = on_ready,
		.on_failed = on_failed,
		.on_lost_loader = on_lost_loader,
		.on_capacity = on_capacity,
		.on_ended = on_ended,
		.on_connection = on_connection,
		.ctx = t,
	};
	reload_init(&t->m);
}

/* The way of the first configuration, up to the fork. */
static inline void
start(struct fixture *t)
{
	t->m.next_cfg = load_by_loader(&t->m.loaders, t->path, &t->m.next_loader);
	assert_int_equal(listener_list_open_new(&t->m, t->m.next_cfg), 0);
	assert_int_equal(reload_fork(&t->m), 0);
}

static inline int
set_up_master(void **state)
{
	static struct fixture t;

	t = (struct fixture){.now_ms = TIME_MS};
	prepare_for_children();
	make_scratch();
	catch_log();
	listen_for_notices(&t);
	fake_begins = FAKE_READY;
	(void)snprintf(t.path, sizeof(t.path), "%s", in_scratch("polymilter.conf"));
	t.options = (struct master_options){.config = t.path, .ready_fd = -1};
	make_master(&t);
	*state = &t;
	return 0;
}

static inline int
set_up(void **state)
{
	struct fixture *t;

	set_up_master(state);
	t = *state;
	write_config(HEAD, listener("a", ""), listener("b", ""));
	start(t);
	RUN_UNTIL(t->m.loop, t->m.newest != NULL);
	t->now_ms += 1000;
	forget_lines();
	return 0;
}

static inline int
tear_down(void **state)
{
	struct fixture *t = *state;

	reload_cancel(&t->m);
	acceptor_free(&t->m.acceptor);
	for (struct generation *g = t->m.newest, *older; g != NULL; g = older) {
		older = g->older;
		generation_free(g);
	}
	history_close(&t->m.host.history);
	loader_processes_end(&t->m.loaders);
	wait_for_all_children();
	listener_list_close_all(&t->m);
	timers_free(t->m.timers);
	sd_event_unref(t->m.loop);
	close(t->manager);
	(void)unsetenv("NOTIFY_SOCKET");
	remove_scratch();
	release_log();
	return 0;
}

static inline void
advance(struct fixture *t, uint64_t ms)
{
	t->now_ms += ms;
	timers_run(t->m.timers);
}

/* Asks for a reload and runs until it has ended, well or not. */
static inline void
reload(struct fixture *t)
{
	t->now_ms += 1000; /* long after the one before */
	read_notices(t);
	forget_lines();
	reload_request(&t->m);
	assert_int_equal(t->m.reload, RELOAD_LOADING);
	RUN_UNTIL(t->m.loop, t->m.reload == RELOAD_NONE);
}

#endif
