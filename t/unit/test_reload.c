/* src/master/reload: which configurations are taken, when, and what becomes of the old one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>

#include "fake_master.h"

/* It has failed for this reason, and generation 1 goes on with its two listeners. */
static void
expect_failure(struct fixture *t, const char *why)
{
	char line[512];
	unsigned n = 0;

	(void)snprintf(line, sizeof(line),
		       "reload failed: %s; generation 1 serves with 1 workers", why);
	assert_true(is_logged(line));
	expect_notice(t, "READY=1\n", line);
	assert_int_equal(t->m.newest->id, 1);
	assert_null(t->m.newest->older);
	assert_int_equal(t->m.newest->state, GENERATION_SERVING);
	assert_null(t->m.next);
	assert_null(t->m.next_cfg);
	assert_null(t->m.new_listeners);
	for (const struct listener *l = t->m.acceptor.listeners; l != NULL; l = l->next)
		n++;
	assert_int_equal(n, 2);
	assert_true(exists_in_scratch("a.sock"));
	assert_true(exists_in_scratch("b.sock"));
	assert_false(exists_in_scratch("c.sock"));
}

static void
test_start(void **state)
{
	struct fixture *t = *state;

	write_config("workers { count = 2  max_sessions = 100 }\n", listener("a", ""), "");
	start(t);
	assert_int_equal(t->m.reload, RELOAD_STARTING);
	RUN_UNTIL(t->m.loop, t->m.newest != NULL);
	assert_string_equal(lines(), "started: generation 1 serves with 2 workers gen=1\n");
	expect_notice(t, "READY=1\n", "STATUS=generation 1 serves with 2 workers");
	assert_int_equal(t->m.reload, RELOAD_NONE);
	assert_true(t->m.acceptor.serving == t->m.newest);
	assert_int_equal(t->m.acceptor.max_sessions, 100);
	assert_true(t->m.newest->workers->has_listeners);
	assert_false(timer_is_armed(&t->m.reload_timer));
}

/* start_load() ends it. */
static void
test_loader_of_the_start_dies(void **state)
{
	struct fixture *t = *state;

	write_config("", listener("a", ""), "");
	t->m.reload = RELOAD_LOADING;
	t->m.next_cfg = load_by_loader(&t->m.loaders, t->path, &t->m.next_loader);
	assert_int_equal(kill(t->m.next_loader->pid, SIGKILL), 0);
	RUN_UNTIL(t->m.loop, t->m.next_loader == NULL);
	assert_int_equal(t->m.reload, RELOAD_LOADING);
	assert_false(is_logged("no generation serves"));
}

/* Twenty seconds without all workers ready. */
static void
test_start_takes_too_long(void **state)
{
	struct fixture *t = *state;

	write_config(HEAD, listener("a", ""), "");
	fake_begins = FAKE_NOT_READY;
	start(t);
	advance(t, 19999);
	assert_false(t->start_failed);
	advance(t, 1);
	assert_true(t->start_failed);
	assert_null(t->m.newest);
}

static void
test_reload(void **state)
{
	struct fixture *t = *state;
	struct generation *old = t->m.newest;

	order_number(old->workers, FAKE_STAY, 0);
	write_config("workers { count = 2 }\n", listener("a", ""), listener("b", ""));
	reload(t);
	assert_string_equal(lines(), "reloaded: generation 2 serves with 2 workers, 1 older "
				     "finishes its sessions gen=2\n");
	expect_notice(t, "READY=1\n", "STATUS=generation 2 serves with 2 workers, 1 older");
	assert_int_equal(t->m.newest->id, 2);
	assert_int_equal(t->m.newest->n_workers, 2);
	assert_true(t->m.newest->older == old);
	assert_int_equal(old->state, GENERATION_DRAINING);
	assert_true(atomic_load(&old->workers->shared->replaced));
	assert_true(t->m.acceptor.serving == t->m.newest);
	assert_int_equal(kill(old->workers->pid, WORKER_SIGNAL_END_DRAIN), 0);
	RUN_UNTIL(t->m.loop, t->m.newest->older == NULL);
	reload(t);
	assert_int_equal(t->m.newest->id, 3);
}

/* The older generation ends some time after the reload. */
static void
test_status_when_a_generation_ends(void **state)
{
	struct fixture *t = *state;

	reload(t);
	expect_notice(t, "READY=1\n", "1 workers, 1 older finishes its sessions");
	RUN_UNTIL(t->m.loop, t->m.newest->older == NULL);
	assert_true(status_check(&t->m));
	expect_notice(t, "STATUS=generation 2 serves with 1 workers", "");
	assert_null(strstr(t->notice, "older"));
}

/* A failure is told until a reload succeeds, with all that changes meanwhile. */
static void
test_status_after_a_failure(void **state)
{
	struct fixture *t = *state;

	write_config("nonsense { }\n", listener("a", ""), "");
	reload(t);
	t->m.host.log.lines_lost++;
	assert_true(status_check(&t->m));
	expect_notice(t, "STATUS=reload failed: /",
		      "nonsense'; generation 1 serves with 1 workers; log lines were lost");
	t->notice[0] = '\0';
	assert_true(status_check(&t->m));
	expect_notice(t, "", ""); /* nothing new */
	assert_string_equal(t->notice, "");
	write_config(HEAD, listener("a", ""), "");
	reload_request(&t->m);
	advance(t, 250);
	expect_notice(t, "RELOADING=1\n", "STATUS=reloading; generation 1 serves");
	RUN_UNTIL(t->m.loop, t->m.newest->id == 2);
	expect_notice(t, "READY=1\n", "STATUS=generation 2 serves with 1 workers");
}

/* A service manager takes only UTF-8: a long reason is cut between characters. */
static void
test_status_of_a_long_reason(void **state)
{
	struct fixture *t = *state;
	char value[601], size[700];

	for (size_t i = 0; i + 2 < sizeof(value); i += 2)
		memcpy(value + i, "\xc3\xa4", 3);
	for (int odd = 0; odd < 2;
	     odd++) { /* one of them is cut in the middle of a character */
		(void)snprintf(size, sizeof(size), "size \"s\" { message = \"%s%s\" }\n",
			       odd ? "-" : "", value);
		write_config("", listener("a", ""), size);
		reload_request(&t->m);
		advance(t, 250);
		RUN_UNTIL(t->m.loop, t->m.reload == RELOAD_NONE);
		expect_notice(t, "READY=1\n", "\xc3\xa4; generation 1 serves with 1 workers");
		assert_true(str_is_utf8(t->notice, strlen(t->notice)));
	}
}

/* A generation that has lost all workers would not report its end. */
static void
test_old_generation_without_workers(void **state)
{
	struct fixture *t = *state;

	/* the loader's end is a reload, and until then none can be replaced */
	assert_int_equal(kill(t->m.newest->loader->pid, SIGKILL), 0);
	RUN_UNTIL(t->m.loop, t->m.reload == RELOAD_LOADING);
	order_number(t->m.newest->workers, FAKE_EXIT, 1);
	RUN_UNTIL(t->m.loop, t->m.reload == RELOAD_NONE);
	assert_int_equal(t->m.newest->id, 2);
	RUN_UNTIL(t->m.loop, t->m.newest->older == NULL);
}

/* It has loaded, and waits for the end of a generation. */
static void
test_waiting_loader_dies(void **state)
{
	struct fixture *t = *state;

	t->m.next_cfg = load_by_loader(&t->m.loaders, t->path, &t->m.next_loader);
	t->m.reload = RELOAD_WAITING;
	assert_int_equal(kill(t->m.next_loader->pid, SIGKILL), 0);
	RUN_UNTIL(t->m.loop, t->m.reload == RELOAD_NONE);
	expect_failure(t, "the loader has ended");
	assert_null(t->m.next_loader);
}

static void
test_warning_is_logged_once(void **state)
{
	struct fixture *t = *state;
	const char *found;

	write_config("workers { count = 1  hang_timeout = \"10s\" }\n", listener("a", ""), "");
	reload(t);
	found = strstr(lines(), "/polymilter.conf:1: warning: hang_timeout: ");
	assert_non_null(found);
	assert_null(strstr(found + 1, "/polymilter.conf:1: "));
	assert_int_equal(t->m.newest->id, 2);
}

static void
test_mistakes(void **state)
{
	struct fixture *t = *state;
	char why[256];

	write_config("nonsense { }\nrubbish { }\n", listener("a", ""), listener("c", ""));
	reload(t);
	(void)snprintf(why, sizeof(why), "%s:1: unknown section 'nonsense'", t->path);
	assert_true(is_logged(why));
	assert_true(is_logged("/polymilter.conf:2: unknown section 'rubbish'\n"));
	expect_failure(t, why); /* with the first of them */
	assert_int_equal(t->m.last_id, 1);
}

static void
test_mistake_behind_a_warning(void **state)
{
	struct fixture *t = *state;
	char why[256];

	write_config("workers { hang_timeout = \"10s\" }\nnonsense { }\n", listener("a", ""),
		     "");
	reload(t);
	(void)snprintf(why, sizeof(why), "%s:2: unknown section 'nonsense'", t->path);
	assert_true(is_logged("/polymilter.conf:1: warning: hang_timeout: "));
	expect_failure(t, why);
}

static void
test_listener_that_cannot_be_opened(void **state)
{
	struct fixture *t = *state;
	char why[512];

	write_config(HEAD, listener("c", ""), listener("none/d", ""));
	reload(t);
	(void)snprintf(why, sizeof(why),
		       "%s:3: socket: the socket cannot be made in the directory %s: No such "
		       "file or directory",
		       t->path, in_scratch("none"));
	assert_true(is_logged(why));
	expect_failure(t, why);
}

static void
test_worker_ends_early(void **state)
{
	struct fixture *t = *state;

	write_config(HEAD, listener("a", ""), listener("c", ""));
	fake_begins = FAKE_EXITS;
	reload(t);
	expect_failure(t, "a new worker ended before it was ready");
	fake_begins = FAKE_READY;
	reload(t);
	assert_int_equal(t->m.newest->id, 3); /* generation 2 was begun */
	assert_false(exists_in_scratch("b.sock"));
	assert_true(exists_in_scratch("c.sock"));
}

static void
test_workers_take_too_long(void **state)
{
	struct fixture *t = *state;

	fake_begins = FAKE_NOT_READY;
	reload_request(&t->m);
	RUN_UNTIL(t->m.loop, t->m.reload == RELOAD_STARTING);
	advance(t, 20000);
	expect_failure(t, "the new workers were not ready in time");
}

/* spool_dir has gone since the configuration was loaded. */
static void
test_cannot_fork_workers(void **state)
{
	struct fixture *t = *state;
	char head[256], last[256];

	assert_int_equal(mkdir(in_scratch("spool"), 0700), 0);
	(void)snprintf(last, sizeof(last),
		       "listener \"d\" { socket = \"unix:%s/d.sock\"  chain = { \"f\" } }\n",
		       scratch_dir);
	(void)snprintf(head, sizeof(head),
		       HEAD "limits { spool_dir = \"%s\" }\nfooter \"f\" { text = \"x\" }\n",
		       in_scratch("spool"));
	write_config(head, listener("a", ""), last);
	t->m.next_cfg = load_by_loader(&t->m.loaders, t->path, &t->m.next_loader);
	assert_int_equal(rmdir(in_scratch("spool")), 0);
	t->m.reload = RELOAD_WAITING;
	reload_generation_ended(&t->m);
	RUN_UNTIL(t->m.loop, t->m.reload == RELOAD_NONE);
	expect_failure(t, "cannot start workers: No such file or directory");
}

static void
test_user_changed(void **state)
{
	struct fixture *t = *state;
	static const char line[] = "user and group changed: that needs a restart\n";
	static const char *const heads[] = {HEAD "user = \"daemon\"\ngroup = \"daemon\"\n",
					    HEAD "user = \"daemon\"\ngroup = \"bin\"\n"};

	for (size_t i = 0; i < 2; i++) {
		write_config(heads[i], listener("a", ""), "");
		t->m.was_root = true;
		reload(t);
		assert_true(is_logged(line));
		assert_true(is_logged("reloaded: "));
		reload(t); /* as the one before */
		assert_false(is_logged(line));
	}
	t->m.was_root = false;
	write_config(HEAD, listener("a", ""), "");
	reload(t);
	assert_false(is_logged(line));
}

/* The new level holds in the master itself. */
static void
test_log_level(void **state)
{
	struct fixture *t = *state;

	write_config(HEAD "log { level = \"warning\" }\n", listener("a", ""), "");
	reload(t);
	assert_true(log_is_enabled(LOG_WARNING));
	assert_false(log_is_enabled(LOG_NOTICE));
	assert_string_equal(lines(), "");
	write_config(HEAD "log { level = \"debug\" }\n", listener("a", ""), "");
	reload(t);
	assert_true(log_is_enabled(LOG_DEBUG));
	assert_true(is_logged("reloaded: generation 3"));
}

/* Only a target that has changed is opened. */
static void
test_log_target(void **state)
{
	struct fixture *t = *state;

	write_config(HEAD "log { target = \"stderr\"  level = \"error\" }\n", listener("a", ""),
		     "");
	t->m.newest->cfg->log_target = LOG_TARGET_STDERR;
	reload(t);
	log_write(LOG_ERR, "caught");
	assert_string_equal(lines(), "caught\n");
	t->m.newest->cfg->log_target = LOG_TARGET_SYSLOG;
	reload(t);
	log_set_level(LOG_CRIT);
	log_write(LOG_ERR, "to standard error");
	assert_string_equal(lines(), "");
	catch_log();
}

/* Sessions of a worker, as descriptors allow: 24 for other things, one for each listener. */
static void
test_descriptors(void **state)
{
	struct fixture *t = *state;

	write_config("workers { count = 1  max_sessions = 74 }\n", listener("a", ""),
		     listener("b", ""));
	t->m.max_descriptors = 100;
	reload(t);
	assert_int_equal(t->m.acceptor.max_sessions, 74);
	assert_false(is_logged("descriptors allow"));
	t->m.max_descriptors = 99;
	reload(t);
	assert_int_equal(t->m.acceptor.max_sessions, 73);
	assert_true(is_logged("workers max_sessions: 99 descriptors allow only 73\n"));
	t->m.max_descriptors = 10;
	reload(t);
	assert_int_equal(t->m.acceptor.max_sessions, 1);
}

/* SIGHUPs while one reload runs, or soon after it, make one more. */
static void
test_many_requests(void **state)
{
	struct fixture *t = *state;

	reload_request(&t->m);
	reload_request(&t->m);
	reload_request(&t->m);
	RUN_UNTIL(t->m.loop, t->m.reload == RELOAD_NONE);
	assert_int_equal(t->m.newest->id, 2);
	assert_true(timer_is_armed(&t->m.reload_timer));
	advance(t, 249);
	assert_int_equal(t->m.reload, RELOAD_NONE);
	reload_request(&t->m); /* does not put it off */
	advance(t, 1);
	assert_int_equal(t->m.reload, RELOAD_LOADING);
	expect_notice(t, "RELOADING=1\n", "MONOTONIC_USEC=");
	RUN_UNTIL(t->m.loop, t->m.reload == RELOAD_NONE);
	assert_int_equal(t->m.newest->id, 3);
	assert_false(timer_is_armed(&t->m.reload_timer));
	advance(t, 100);
	reload_request(&t->m);
	assert_int_equal(t->m.reload, RELOAD_NONE);
	advance(t, 149);
	assert_int_equal(t->m.reload, RELOAD_NONE);
	advance(t, 1);
	assert_int_equal(t->m.reload, RELOAD_LOADING);
	RUN_UNTIL(t->m.loop, t->m.reload == RELOAD_NONE);
	advance(t, 250);
	reload_request(&t->m);
	assert_int_equal(t->m.reload, RELOAD_LOADING);
}

static void
test_while_it_stops(void **state)
{
	struct fixture *t = *state;

	t->m.stopping = true;
	reload_request(&t->m);
	assert_int_equal(t->m.reload, RELOAD_NONE);
	assert_false(t->m.reload_again);
}

/* At each of its steps. */
static void
test_cancel(void **state)
{
	struct fixture *t = *state;

	write_config(HEAD, listener("a", ""), listener("c", ""));
	reload_request(&t->m);
	reload_request(&t->m);
	reload_cancel(&t->m);
	assert_int_equal(t->m.reload, RELOAD_NONE);
	assert_false(t->m.reload_again);
	assert_null(t->m.next_loader);
	fake_begins = FAKE_NOT_READY;
	reload_request(&t->m);
	RUN_UNTIL(t->m.loop, t->m.reload == RELOAD_STARTING);
	assert_true(exists_in_scratch("c.sock"));
	reload_cancel(&t->m);
	assert_null(t->m.next);
	assert_false(exists_in_scratch("c.sock"));
	assert_false(timer_is_armed(&t->m.reload_timer));
	assert_int_equal(t->m.newest->id, 1);
}

/* Eight generations; the one of number `keeps` does not end with its drain. */
static void
make_eight_generations(struct fixture *t, unsigned keeps)
{
	for (unsigned i = 2; i <= 8; i++) {
		order_number(t->m.newest->workers, i - 1 == keeps ? FAKE_KEEP : FAKE_STAY, 0);
		reload(t);
		assert_int_equal(status_count_generations(&t->m), i);
	}
	order_number(t->m.newest->workers, FAKE_STAY, 0);
	t->now_ms += 1000;
	forget_lines();
}

static unsigned
find_oldest_id(const struct fixture *t)
{
	const struct generation *g = t->m.newest;

	while (g->older != NULL)
		g = g->older;
	return g->id;
}

/* The ninth waits for the oldest, whose drain is ended. */
static void
test_nine_generations(void **state)
{
	struct fixture *t = *state;

	make_eight_generations(t, 0);
	reload_request(&t->m);
	RUN_UNTIL(t->m.loop, t->m.reload == RELOAD_WAITING);
	assert_string_equal(lines(), "8 generations have sessions: the oldest refuses its "
				     "messages gen=1\n");
	RUN_UNTIL(t->m.loop, t->m.reload == RELOAD_NONE);
	assert_int_equal(t->m.newest->id, 9);
	assert_int_equal(status_count_generations(&t->m), 8);
	assert_int_equal(find_oldest_id(t), 2);
}

/* It waits no longer than its limit, and the next one does not wait for the same generation. */
static void
test_generation_that_does_not_end(void **state)
{
	struct fixture *t = *state;

	make_eight_generations(t, 1);
	reload_request(&t->m);
	RUN_UNTIL(t->m.loop, t->m.reload == RELOAD_WAITING);
	advance(t, 14999);
	assert_int_equal(t->m.reload, RELOAD_WAITING);
	advance(t, 1);
	assert_int_equal(t->m.reload, RELOAD_STARTING);
	RUN_UNTIL(t->m.loop, t->m.reload == RELOAD_NONE);
	assert_int_equal(status_count_generations(&t->m), 9);
	assert_int_equal(find_oldest_id(t), 1);
	order_number(t->m.newest->workers, FAKE_STAY, 0);
	t->now_ms += 1000;
	forget_lines();
	reload_request(&t->m);
	RUN_UNTIL(t->m.loop, t->m.reload == RELOAD_WAITING);
	assert_true(is_logged("the oldest refuses its messages gen=2\n"));
	RUN_UNTIL(t->m.loop, status_count_generations(&t->m) == 8);
	assert_int_equal(t->m.reload, RELOAD_WAITING); /* still too many */
	advance(t, 15000);
	RUN_UNTIL(t->m.loop, t->m.reload == RELOAD_NONE);
	assert_int_equal(t->m.newest->id, 10);
	assert_int_equal(find_oldest_id(t), 1);
}

/* The drains of all but the one that serves are over. */
static void
test_no_generation_is_left_to_end(void **state)
{
	struct fixture *t = *state;

	make_eight_generations(t, 1);
	for (struct generation *g = t->m.newest->older; g != NULL; g = g->older)
		g->drain_is_over = true;
	reload_request(&t->m);
	RUN_UNTIL(t->m.loop, t->m.reload == RELOAD_WAITING);
	assert_string_equal(lines(), "");
	assert_int_equal(t->m.newest->state, GENERATION_SERVING);
	assert_false(t->m.newest->drain_is_over);
	advance(t, 15000);
	RUN_UNTIL(t->m.loop, t->m.reload == RELOAD_NONE);
	assert_int_equal(t->m.newest->id, 9);
}

int
main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_start, set_up_master, tear_down),
		cmocka_unit_test_setup_teardown(test_loader_of_the_start_dies, set_up_master,
						tear_down),
		cmocka_unit_test_setup_teardown(test_start_takes_too_long, set_up_master,
						tear_down),
		TEST(test_reload),
		TEST(test_status_when_a_generation_ends),
		TEST(test_status_after_a_failure),
		TEST(test_status_of_a_long_reason),
		TEST(test_old_generation_without_workers),
		TEST(test_waiting_loader_dies),
		TEST(test_warning_is_logged_once),
		TEST(test_mistakes),
		TEST(test_mistake_behind_a_warning),
		TEST(test_listener_that_cannot_be_opened),
		TEST(test_worker_ends_early),
		TEST(test_workers_take_too_long),
		TEST(test_cannot_fork_workers),
		TEST(test_user_changed),
		TEST(test_log_level),
		TEST(test_log_target),
		TEST(test_descriptors),
		TEST(test_many_requests),
		TEST(test_while_it_stops),
		TEST(test_cancel),
		TEST(test_nine_generations),
		TEST(test_generation_that_does_not_end),
		TEST(test_no_generation_is_left_to_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
