/* src/master/trial_load: what is reported of a configuration that is loaded in a child. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <systemd/sd-event.h>

#include "master/trial_load.h"
#include "scratch.h"

#define LISTENER "listener \"a\" { socket = \"inet:1@127.0.0.1\"  chain = {} }\n"
#define MISTAKES                                                                               \
	150u /* of 900 bytes each: more than a pipe holds, so the child waits for us           \
	      */

struct fixture {
	sd_event *loop;
	struct trial_load load;
	unsigned done;
	bool good;
	char *text;
};

static bool time_flies;

/* In place of the C library's: the time that the child has is over at once, if a test asks. */
unsigned
alarm(unsigned seconds)
{
	if (time_flies && seconds == TRIAL_LOAD_LIMIT_S)
		(void)raise(SIGALRM);
	return 0;
}

static int
set_up(void **state)
{
	static struct fixture t;
	sigset_t set;

	t = (struct fixture){0};
	time_flies = false;
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	(void)setenv("SYSTEMD_PIDFD", "0", 1);
	assert_true(sd_event_new(&t.loop) >= 0);
	make_scratch();
	*state = &t;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *t = *state;

	trial_load_cancel(&t->load);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* no child is left */
	sd_event_unref(t->loop);
	free(t->text);
	remove_scratch();
	return 0;
}

static void
on_done(void *ctx, bool good, const char *text)
{
	struct fixture *t = ctx;

	t->done++;
	t->good = good;
	free(t->text);
	t->text = strdup(text);
	assert_non_null(t->text);
}

static void
start(struct fixture *t, const char *name)
{
	assert_int_equal(trial_load_start(&t->load, t->loop, in_scratch(name), on_done, t), 0);
	assert_true(t->load.pid > 0);
}

static void
finish(struct fixture *t)
{
	unsigned before = t->done;

	while (t->done == before)
		assert_true(sd_event_run(t->loop, 20000000) > 0);
	assert_int_equal(t->done, before + 1);
	assert_int_equal(t->load.pid, 0);
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

static void
write_many_mistakes(const char *name)
{
	write_mistakes(name, MISTAKES);
}

static void
test_good(void **state)
{
	struct fixture *t = *state;

	write_scratch("good.conf", LISTENER);
	start(t, "good.conf");
	finish(t);
	assert_true(t->good);
	assert_string_equal(t->text, "");
	start(t, "good.conf"); /* it can be used again */
	finish(t);
	assert_true(t->good);
}

static void
test_warning(void **state)
{
	struct fixture *t = *state;

	write_scratch("warn.conf", "workers { hang_timeout = \"10s\" }\n" LISTENER);
	start(t, "warn.conf");
	finish(t);
	assert_true(t->good);
	assert_non_null(strstr(t->text, "/warn.conf:1: warning: hang_timeout: "));
}

static void
test_mistakes(void **state)
{
	struct fixture *t = *state;

	write_scratch("bad.conf", "nonsense { }\n" LISTENER "rubbish { }\n");
	start(t, "bad.conf");
	finish(t);
	assert_false(t->good);
	assert_non_null(strstr(t->text, "/bad.conf:1: "));
	assert_non_null(strstr(t->text, "/bad.conf:3: "));
	assert_null(strstr(t->text, "ended with status"));
	assert_int_equal(t->text[strlen(t->text) - 1], '\n');
}

static void
test_no_file(void **state)
{
	struct fixture *t = *state;

	start(t, "none.conf");
	finish(t);
	assert_false(t->good);
	assert_non_null(strstr(t->text, "/none.conf: "));
}

static void
test_long_text_is_cut(void **state)
{
	struct fixture *t = *state;

	write_many_mistakes("many.conf");
	start(t, "many.conf");
	finish(t);
	assert_false(t->good);
	assert_in_range(strlen(t->text), 64u << 10, (64u << 10) + 4096);
	assert_non_null(strstr(t->text, "/many.conf:1: "));
}

/* All that the child has written is read after its end. */
static void
test_text_after_the_end(void **state)
{
	struct fixture *t = *state;
	siginfo_t status;

	write_mistakes("some.conf", 30);
	start(t, "some.conf");
	assert_int_equal(waitid(P_PID, (id_t)t->load.pid, &status, WEXITED | WNOWAIT), 0);
	finish(t);
	assert_non_null(strstr(t->text, "/some.conf:1: "));
	assert_non_null(strstr(t->text, "/some.conf:30: "));
}

/* What the child has written comes first. */
static void
test_killed(void **state)
{
	struct fixture *t = *state;
	const char *end = "reading the configuration was killed by signal 9";

	write_many_mistakes("many.conf");
	start(t, "many.conf");
	assert_int_equal(kill(t->load.pid, SIGKILL), 0);
	finish(t);
	assert_false(t->good);
	assert_true(strlen(t->text) >= strlen(end));
	assert_string_equal(t->text + strlen(t->text) - strlen(end), end);
}

/* The master ignores the signal, the child must not. */
static void
test_too_slow(void **state)
{
	struct fixture *t = *state;

	assert_true(signal(SIGALRM, SIG_IGN) != SIG_ERR);
	write_many_mistakes("many.conf");
	start(t, "many.conf");
	while (t->load.text.len == 0) /* it has set up its signals, and has more to write */
		assert_true(sd_event_run(t->loop, 20000000) > 0);
	assert_int_equal(kill(t->load.pid, SIGALRM), 0);
	finish(t);
	assert_true(signal(SIGALRM, SIG_DFL) != SIG_ERR);
	assert_false(t->good);
	assert_non_null(strstr(t->text, "reading the configuration was killed by signal 14 (it "
					"took too long)"));
}

static void
test_time_limit(void **state)
{
	struct fixture *t = *state;

	time_flies = true;
	write_scratch("good.conf", LISTENER);
	start(t, "good.conf");
	finish(t);
	assert_false(t->good);
	assert_string_equal(t->text,
			    "reading the configuration was killed by signal 14 (it took "
			    "too long)");
}

static void
test_cancel(void **state)
{
	struct fixture *t = *state;
	pid_t pid;

	trial_load_cancel(&t->load); /* none runs */
	write_many_mistakes("many.conf");
	start(t, "many.conf");
	pid = t->load.pid;
	trial_load_cancel(&t->load);
	assert_int_equal(t->load.pid, 0);
	assert_int_equal(kill(pid, 0), -1);
	assert_int_equal(sd_event_run(t->loop, 0), 0);
	assert_int_equal(t->done, 0);
	write_scratch("good.conf", LISTENER);
	start(t, "good.conf");
	finish(t);
	assert_true(t->good);
}

static void
test_no_descriptor(void **state)
{
	struct fixture *t = *state;
	struct rlimit before, few;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	few = (struct rlimit){3, before.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	assert_int_equal(trial_load_start(&t->load, t->loop, "/", on_done, t), -EMFILE);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_int_equal(t->load.pid, 0);
}

int
main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_good),    TEST(test_warning),		 TEST(test_mistakes),
		TEST(test_no_file), TEST(test_long_text_is_cut), TEST(test_text_after_the_end),
		TEST(test_killed),  TEST(test_too_slow),	 TEST(test_time_limit),
		TEST(test_cancel),  TEST(test_no_descriptor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
