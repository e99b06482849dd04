/* src/master/loader_process and src/loader: what is reported of a configuration that a loader
 * loads, and how loading ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "caught_log.h"
#include "config/dump_file.h"
#include "fake_loader.h"
#include "scratch.h"
#include "util/arena.h"

#define LISTENER "listener \"a\" { socket = \"inet:1@127.0.0.1\"  chain = {} }\n"
/* Of 900 bytes each: more than a channel holds, so the loader waits for the master. */
#define MISTAKES 150u

struct fixture {
	struct loader_host host;
	struct loader_process *loader;
	struct loaded loaded;
	uint64_t now_ms;
	uint64_t limit_ms; /* as reported */
	unsigned lost;
};

static uint64_t
read_clock(void *ctx)
{
	return ((struct fixture *)ctx)->now_ms;
}

static void
on_limit(void *ctx, uint64_t ms)
{
	((struct fixture *)ctx)->limit_ms = ms;
}

static void
on_lost(void *ctx, const struct loader_process *l)
{
	struct fixture *t = ctx;

	assert_true(l == t->loader);
	t->lost++;
}

static int
set_up(void **state)
{
	static struct fixture t;

	t = (struct fixture){.now_ms = 1000000000000u}; /* so late that no real timer fires */
	prepare_for_children();
	catch_log();
	make_scratch();
	t.host = (struct loader_host){.on_limit = on_limit, .on_lost = on_lost, .ctx = &t};
	assert_true(sd_event_new(&t.host.loop) >= 0);
	assert_int_equal(timers_new(t.host.loop, &t.host.timers), 0);
	timers_set_clock(t.host.timers, read_clock, &t);
	*state = &t;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *t = *state;

	config_free(t->loaded.settings);
	loader_processes_end(&t->host);
	assert_null(t->host.loaders);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* no child is left */
	timers_free(t->host.timers);
	sd_event_unref(t->host.loop);
	remove_scratch();
	release_log();
	return 0;
}

static void
start_with(struct fixture *t, struct loader_request request, const char *name)
{
	request.path = in_scratch(name);
	config_free(t->loaded.settings);
	t->loaded = (struct loaded){0};
	assert_int_equal(loader_process_start(&t->host, &request, on_fake_loaded, &t->loaded,
					      &t->loader),
			 0);
}

static void
start(struct fixture *t, const char *name)
{
	start_with(t, (struct loader_request){0}, name);
}

static void
finish(struct fixture *t)
{
	RUN_UNTIL(t->host.loop, t->loaded.ended);
}

static void
advance(struct fixture *t, uint64_t ms)
{
	t->now_ms += ms;
	timers_run(t->host.timers);
}

static void
write_mistakes(const char *name, unsigned n)
{
	FILE *f = fopen(in_scratch(name), "w");

	assert_non_null(f);
	for (unsigned i = 0; i < n; i++)
		assert_true(fprintf(f, "x%u%0900d \"a\" { }\n", i, 0) > 0);
	assert_int_equal(fclose(f), 0);
}

/* It is there once, and has what is written in the file. */
static void
expect_dump(struct fixture *t)
{
	struct arena *arena = arena_new();
	struct dump_file dump;
	int fd = loader_process_take_dump(t->loader);

	assert_true(fd >= 0);
	assert_true(loader_process_take_dump(t->loader) < 0);
	assert_int_equal(dump_file_read(fd, arena, &dump), 0);
	assert_non_null(strstr(dump.text, "count = 3 "));
	assert_string_equal(dump.path, in_scratch("good.conf"));
	close(fd);
	arena_free(arena);
}

static void
test_good(void **state)
{
	struct fixture *t = *state;

	write_scratch("good.conf", "workers { count = 3 }\n" LISTENER);
	start(t, "good.conf");
	finish(t);
	assert_string_equal(t->loaded.text, "");
	assert_int_equal(t->loaded.settings->workers, 3);
	assert_string_equal(t->loaded.settings->listeners[0].socket, "inet:1@127.0.0.1");
	assert_null(t->loaded.settings->listeners[0].chain);
	expect_dump(t);
	loader_process_release(t->loader);
	RUN_UNTIL(t->host.loop, t->host.loaders == NULL);
	assert_int_equal(t->lost, 0);
	assert_string_equal(lines(), "");
}

/* Only what root needs, and the loader ends by itself. */
static void
test_early(void **state)
{
	struct fixture *t = *state;

	write_scratch("early.conf", "user = \"someone\"\nnonsense { }\n" LISTENER);
	start_with(t, (struct loader_request){.early = true}, "early.conf");
	finish(t);
	assert_true(loader_process_take_dump(t->loader) < 0);
	assert_string_equal(t->loaded.settings->user, "someone");
	assert_int_equal(t->loaded.settings->workers, 0);
	loader_process_release(t->loader);
	RUN_UNTIL(t->host.loop, t->host.loaders == NULL);
}

static void
test_warning(void **state)
{
	struct fixture *t = *state;

	write_scratch("warn.conf", "workers { hang_timeout = \"10s\" }\n" LISTENER);
	start(t, "warn.conf");
	finish(t);
	assert_non_null(t->loaded.settings);
	assert_non_null(strstr(t->loaded.text, "/warn.conf:1: warning: hang_timeout: "));
}

static void
test_mistakes(void **state)
{
	struct fixture *t = *state;

	write_scratch("bad.conf", "nonsense { }\n" LISTENER "rubbish { }\n");
	start(t, "bad.conf");
	finish(t);
	assert_null(t->loaded.settings);
	assert_null(t->host.loaders);
	assert_non_null(strstr(t->loaded.text, "/bad.conf:1: "));
	assert_non_null(strstr(t->loaded.text, "/bad.conf:3: "));
	assert_int_equal(t->loaded.status, EX_CONFIG);
	assert_null(strstr(t->loaded.text, "ended with status"));
	assert_int_equal(t->loaded.text[strlen(t->loaded.text) - 1], '\n');
}

static void
find_a_mistake(void *ctx, const struct config *cfg)
{
	(void)ctx;
	config_error(cfg, cfg->listeners[0].section, "socket", "found by the check");
}

static void
test_check_of_the_host(void **state)
{
	struct fixture *t = *state;

	write_scratch("good.conf", LISTENER);
	start_with(t, (struct loader_request){.check = find_a_mistake}, "good.conf");
	finish(t);
	assert_null(t->loaded.settings);
	assert_non_null(strstr(t->loaded.text, "/good.conf:1: found by the check\n"));
}

static void
test_no_file(void **state)
{
	struct fixture *t = *state;

	start(t, "none.conf");
	finish(t);
	assert_null(t->loaded.settings);
	assert_non_null(strstr(t->loaded.text, "/none.conf: "));
}

static void
test_long_text_is_cut(void **state)
{
	struct fixture *t = *state;

	write_mistakes("many.conf", MISTAKES);
	start(t, "many.conf");
	finish(t);
	assert_null(t->loaded.settings);
	assert_in_range(strlen(t->loaded.text), 64u << 10, (64u << 10) + 4096);
	assert_non_null(strstr(t->loaded.text, "/many.conf:1: "));
}

/* All that the loader has sent is read after its end. */
static void
test_text_after_the_end(void **state)
{
	struct fixture *t = *state;
	siginfo_t status;

	write_mistakes("some.conf", 30);
	start(t, "some.conf");
	assert_int_equal(waitid(P_PID, (id_t)t->loader->pid, &status, WEXITED | WNOWAIT), 0);
	finish(t);
	assert_non_null(strstr(t->loaded.text, "/some.conf:1: "));
	assert_non_null(strstr(t->loaded.text, "/some.conf:30: "));
}

static void
stop_loader(struct fixture *t)
{
	siginfo_t status;

	assert_int_equal(kill(t->loader->pid, SIGSTOP), 0);
	assert_int_equal(
		waitid(P_PID, (id_t)t->loader->pid, &status, WSTOPPED | WEXITED | WNOWAIT), 0);
}

static void
test_killed(void **state)
{
	struct fixture *t = *state;

	write_scratch("good.conf", LISTENER);
	start(t, "good.conf");
	stop_loader(t);
	assert_int_equal(kill(t->loader->pid, SIGKILL), 0);
	finish(t);
	assert_null(t->loaded.settings);
	assert_string_equal(t->loaded.text,
			    "loading the configuration was killed by signal 9 (SIGKILL)");
}

static void
test_time_limit(void **state)
{
	struct fixture *t = *state;

	write_scratch("good.conf", LISTENER);
	start(t, "good.conf");
	stop_loader(t); /* before it has read load_timeout, most probably */
	advance(t, LOAD_LIMIT_MS - 1);
	assert_false(t->loader->timed_out);
	advance(t, 1);
	assert_true(t->loader->timed_out);
	finish(t);
	assert_null(t->loaded.settings);
	assert_string_equal(t->loaded.text,
			    "loading the configuration took longer than load_timeout, 2m");
	assert_int_equal(t->loaded.status, EX_OSERR);
}

static void
wait_for_the_end(void *ctx, const struct config *cfg)
{
	(void)ctx;
	(void)cfg;
	(void)pause();
}

/* The time until the loader has read it counts. */
static void
test_limit_of_the_file(void **state)
{
	struct fixture *t = *state;

	write_scratch("slow.conf", "workers { load_timeout = \"5s\" }\n" LISTENER);
	start_with(t, (struct loader_request){.check = wait_for_the_end}, "slow.conf");
	advance(t, 3000);
	RUN_UNTIL(t->host.loop, t->limit_ms > 0);
	assert_int_equal(t->limit_ms, 5000);
	advance(t, 1999);
	assert_false(t->loader->timed_out);
	advance(t, 1);
	finish(t);
	assert_string_equal(t->loaded.text,
			    "loading the configuration took longer than load_timeout, 5s");
}

static void
test_released_while_it_loads(void **state)
{
	struct fixture *t = *state;

	write_mistakes("many.conf", MISTAKES);
	start(t, "many.conf");
	assert_null(loader_process_release(t->loader));
	RUN_UNTIL(t->host.loop, t->host.loaders == NULL);
	assert_false(t->loaded.ended);
	assert_null(loader_process_release(NULL));
}

static void
test_lost(void **state)
{
	struct fixture *t = *state;

	write_scratch("good.conf", LISTENER);
	start(t, "good.conf");
	finish(t);
	assert_int_equal(kill(t->loader->pid, SIGKILL), 0);
	RUN_UNTIL(t->host.loop, t->host.loaders == NULL);
	assert_int_equal(t->lost, 1);
	assert_true(is_logged(" killed by signal 9 (SIGKILL)\n"));
}

static void
test_no_descriptor(void **state)
{
	struct fixture *t = *state;
	const struct loader_request request = {.path = "/"};
	struct rlimit before, few;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	few = (struct rlimit){3, before.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	assert_int_equal(
		loader_process_start(&t->host, &request, on_fake_loaded, NULL, &t->loader),
		-EMFILE);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_null(t->host.loaders);
}

int
main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_good),
		TEST(test_early),
		TEST(test_warning),
		TEST(test_mistakes),
		TEST(test_check_of_the_host),
		TEST(test_no_file),
		TEST(test_long_text_is_cut),
		TEST(test_text_after_the_end),
		TEST(test_killed),
		TEST(test_time_limit),
		TEST(test_limit_of_the_file),
		TEST(test_released_while_it_loads),
		TEST(test_lost),
		TEST(test_no_descriptor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
