/* src/master/start: the order of the start, exit statuses, the pidfile. privileges.h is
 * implemented here: so the test sees what has been done when privileges are dropped, and keeps
 * its own user. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <sysexits.h>

#include "caught_log.h"
#include "fake_loader.h"
#include "master/state.h"
#include "scratch.h"

#define UID 4711u
#define GID 4712u

static struct master_options options;
static struct master m;
static struct {
	unsigned found, dropped, hardened;
	bool no_user, fails, stops, second_ends;
	char next[1024]; /* the configuration from then on */
} fake;

int
identity_find(const struct config *early, struct identity *ret)
{
	fake.found++;
	if (fake.no_user)
		return -ENOENT;
	if (fake.stops) { /* as a signal does */
		m.stopping = true;
		assert_true(sd_event_exit(m.loop, 0) >= 0);
		assert_true(sd_event_run(m.loop, 0) >= 0);
		assert_int_equal(sd_event_get_state(m.loop), SD_EVENT_FINISHED);
	}
	*ret = (struct identity){.drop = true, .user = early->user, .uid = UID, .gid = GID};
	return 0;
}

/* The loader that has just been forked ends after it has loaded, and the master sees its end
 * before anything that it has sent. */
static int
see_end_first(sd_event_source *source, void *ctx)
{
	struct loader_process *l = m.loaders.loaders;
	siginfo_t end;

	(void)ctx;
	assert_int_equal(shutdown(l->channel, SHUT_WR), 0);
	assert_int_equal(waitid(P_PID, (id_t)l->pid, &end, WEXITED | WNOWAIT), 0);
	assert_int_equal(end.si_status, EX_OK);
	assert_true(sd_event_source_set_priority(l->exit_source, SD_EVENT_PRIORITY_IMPORTANT) >=
		    0);
	sd_event_source_unref(source);
	return 0;
}

static void
let_loader_end(void)
{
	sd_event_source *source;

	assert_true(sd_event_add_defer(m.loop, &source, see_end_first, NULL) >= 0);
}

/* As reload_lost_loader() does before the first generation. */
static void
on_lost(void *ctx, const struct loader_process *l)
{
	(void)ctx;
	assert_true(l == m.next_loader);
	m.next_loader = NULL;
}

int
identity_become(const struct identity *id)
{
	struct stat st;

	if (fake.second_ends)
		let_loader_end();
	assert_int_equal(id->uid, UID);
	fake.dropped++;
	if (options.pidfile != NULL) {
		assert_int_equal(stat(options.pidfile, &st), 0);
		assert_true(st.st_uid == UID && st.st_gid == GID);
	}
	if (exists_in_scratch("mx.sock")) {
		assert_int_equal(stat(in_scratch("mx.sock"), &st), 0);
		assert_true(st.st_uid == UID && st.st_gid == GID);
	}
	if (fake.next[0] != '\0')
		write_scratch("polymilter.conf", fake.next);
	return fake.fails ? -EPERM : 0;
}

int
identity_of_listener(const struct listener_conf *conf, uid_t *ret_uid, gid_t *ret_gid)
{
	assert_null(conf->owner);
	*ret_uid = (uid_t)-1;
	*ret_gid = (gid_t)-1;
	return 0;
}

/* A configuration with these options and one listener. */
static const char *
text_with(const char *more, const char *socket_name)
{
	static char text[512];

	(void)snprintf(text, sizeof(text),
		       "%s\nlistener \"mx\" { socket = \"unix:%s/%s\"  chain = {} }\n", more,
		       scratch_dir, socket_name);
	return text;
}

void
privileges_harden(void)
{
	fake.hardened++;
}

static void
make_loop(struct master *ret)
{
	assert_true(sd_event_new(&ret->loop) >= 0);
	assert_int_equal(timers_new(ret->loop, &ret->timers), 0);
	ret->loaders = (struct loader_host){
		.loop = ret->loop, .timers = ret->timers, .on_lost = on_lost};
}

static void
free_loop(struct master *from)
{
	from->next_loader = loader_process_release(from->next_loader);
	from->next_cfg = config_free(from->next_cfg);
	loader_processes_end(&from->loaders);
	timers_free(from->timers);
	sd_event_unref(from->loop);
}

static int
set_up(void **state)
{
	static char conf[128], pidfile[128];

	(void)state;
	make_scratch();
	catch_log();
	memset(&fake, 0, sizeof(fake));
	prepare_for_children();
	(void)snprintf(conf, sizeof(conf), "%s", in_scratch("polymilter.conf"));
	(void)snprintf(pidfile, sizeof(pidfile), "%s", in_scratch("pid"));
	options = (struct master_options){.config = conf, .pidfile = pidfile, .ready_fd = -1};
	m = (struct master){.options = &options, .pidfile = -1};
	make_loop(&m);
	write_scratch("polymilter.conf", text_with("", "mx.sock"));
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	listener_list_close_new(&m);
	if (m.pidfile >= 0)
		close(m.pidfile);
	free_loop(&m);
	release_log();
	remove_scratch();
	return 0;
}

static void
need_root(void)
{
	if (geteuid() != 0)
		skip();
}

static void
test_exit_statuses(void **state)
{
	(void)state;
	assert_int_equal(start_exit_status(-EADDRINUSE), EX_UNAVAILABLE);
	assert_int_equal(start_exit_status(-EINVAL), EX_CONFIG);
	assert_int_equal(start_exit_status(-EACCES), EX_OSERR);
	assert_int_equal(start_exit_status(-ENOENT), EX_OSERR);
}

static void
test_as_user(void **state)
{
	(void)state;
	if (geteuid() == 0)
		skip();
	assert_int_equal(start_load(&m), EX_OK);
	assert_false(m.was_root);
	assert_int_equal(m.id.uid, geteuid());
	assert_int_equal(fake.found, 0);
	assert_true(exists_in_scratch("mx.sock"));
	assert_true(exists_in_scratch("pid"));
	assert_non_null(m.next_cfg);
}

static void
test_as_root(void **state)
{
	(void)state;
	need_root();
	assert_int_equal(start_load(&m), EX_OK);
	assert_true(m.was_root);
	assert_int_equal(fake.found, 1);
	assert_int_equal(fake.dropped, 1);
	assert_true(m.id.drop);
	assert_true(exists_in_scratch("mx.sock.lock"));
	assert_non_null(m.next_cfg);
	assert_int_not_equal(m.next_cfg->workers, 0); /* it was read whole */
	assert_string_equal(lines(), "");
}

/* Between the two loads. */
static void
test_stopped_as_root(void **state)
{
	(void)state;
	need_root();
	fake.stops = true;
	assert_int_equal(start_load(&m), EX_OK);
	assert_null(m.next_cfg);
	assert_string_equal(lines(), "");
}

/* That is no loss, and a SIGHUP meanwhile waits as at any other time. */
static void
test_end_of_the_early_loader_is_seen_first(void **state)
{
	(void)state;
	need_root();
	let_loader_end();
	assert_int_equal(start_load(&m), EX_OK);
	assert_int_equal(fake.dropped, 1);
	assert_int_equal(m.reload, RELOAD_LOADING);
	assert_non_null(m.next_cfg);
	assert_non_null(m.next_loader);
	assert_string_equal(lines(), "");
}

static void
test_loader_is_lost(void **state)
{
	(void)state;
	fake.second_ends = true;
	if (geteuid() != 0)
		let_loader_end();
	assert_int_equal(start_load(&m), EX_OSERR);
	assert_null(m.next_cfg);
	assert_null(m.next_loader);
	assert_true(is_logged(" ended with status 0\n"));
}

static void
test_writable_file(void **state)
{
	(void)state;
	need_root();
	assert_int_equal(chmod(options.config, 0646), 0);
	assert_int_equal(start_load(&m), EX_CONFIG);
	assert_true(
		is_logged("polymilter.conf is writable by others: root does not read it\n"));
	assert_int_equal(fake.found, 0);
	assert_int_equal(chmod(options.config, 0664), 0); /* its group is root's choice */
	assert_int_equal(start_load(&m), EX_OK);
}

static void
test_unknown_user(void **state)
{
	(void)state;
	need_root();
	fake.no_user = true;
	assert_int_equal(start_load(&m), EX_CONFIG);
	assert_int_equal(fake.dropped, 0);
	assert_false(exists_in_scratch("mx.sock"));
}

static void
test_cannot_drop(void **state)
{
	(void)state;
	need_root();
	fake.fails = true;
	assert_int_equal(start_load(&m), EX_OSERR);
	assert_null(m.next_cfg);
}

static void
test_socket_in_use(void **state)
{
	struct master other = {.options = &options, .pidfile = -1};

	(void)state;
	options.pidfile = NULL;
	make_loop(&other);
	assert_int_equal(start_load(&m), EX_OK);
	assert_int_equal(start_load(&other), EX_UNAVAILABLE);
	assert_null(other.new_listeners);
	free_loop(&other);
}

static void
test_other_exit_statuses(void **state)
{
	(void)state;
	write_scratch("polymilter.conf", text_with("", "none/mx.sock"));
	assert_int_equal(start_load(&m), EX_OSERR);
	write_scratch("polymilter.conf", text_with("", "mx.sock"));
	options.pidfile = "/nonexistent/pid";
	assert_int_equal(start_load(&m), EX_OSERR);
	assert_true(is_logged("/nonexistent/pid: No such file or directory\n"));
}

/* The file changes between the two times it is read. */
static void
expect_difference(const char *next)
{
	(void)snprintf(fake.next, sizeof(fake.next), "%s", next);
	fake.dropped = 0;
	listener_list_close_new(&m);
	write_scratch("polymilter.conf", text_with("user = \"a\"", "mx.sock"));
	forget_lines();
	assert_int_equal(start_load(&m), EX_CONFIG);
	assert_int_equal(fake.dropped, 1);
	assert_null(m.next_cfg);
	assert_true(
		is_logged("polymilter.conf: read as user \"a\" it has another user, group or "
			  "socket than read as root\n"));
}

static void
test_another_file_for_the_user(void **state)
{
	char two[1024];

	(void)state;
	need_root();
	options.pidfile = NULL;
	expect_difference(text_with("user = \"b\"", "mx.sock"));
	expect_difference(text_with("user = \"a\"\ngroup = \"g\"", "mx.sock"));
	expect_difference(text_with("user = \"a\"", "other.sock"));
	(void)snprintf(two, sizeof(two),
		       "%slistener \"b\" { socket = \"inet:1@127.0.0.1\"  chain = {} }\n",
		       text_with("user = \"a\"", "mx.sock"));
	expect_difference(two);
	listener_list_close_new(&m);
	write_scratch("polymilter.conf", text_with("user = \"a\"", "mx.sock"));
	(void)snprintf(fake.next, sizeof(fake.next), "%s",
		       text_with("user = \"a\"\nworkers { count = 3 }", "mx.sock"));
	assert_int_equal(start_load(&m), EX_OK); /* the rest may differ */
	assert_int_equal(m.next_cfg->workers, 3);
}

/* Standard error in a file. */
static void
catch_stderr(int (*fn)(void), int expected, const char *name)
{
	int saved = dup(STDERR_FILENO);
	int fd = open(in_scratch(name), O_WRONLY | O_CREAT | O_TRUNC, 0600);
	int status;

	assert_true(saved >= 0 && fd >= 0);
	assert_int_equal(dup2(fd, STDERR_FILENO), STDERR_FILENO);
	status = fn();
	(void)fflush(stderr);
	assert_int_equal(dup2(saved, STDERR_FILENO), STDERR_FILENO);
	close(saved);
	close(fd);
	assert_int_equal(status, expected);
}

static bool
file_has(const char *name, const char *part)
{
	char text[4096] = "";
	int fd = open(in_scratch(name), O_RDONLY);
	ssize_t n = read(fd, text, sizeof(text) - 1);

	close(fd);
	return n >= 0 && strstr(text, part) != NULL;
}

static int
load_it(void)
{
	return start_load(&m);
}

/* One mistake in what root needs, one in the rest: both are reported, and each once. */
static void
test_all_mistakes(void **state)
{
	(void)state;
	write_scratch("polymilter.conf",
		      "workers { count = nonsense }\n"
		      "listener \"mx\" { socket = \"rubbish\"  chain = {} }\n");
	catch_stderr(load_it, EX_CONFIG, "err");
	assert_true(file_has("err", "/polymilter.conf:1: "));
	assert_true(file_has("err", "/polymilter.conf:2: "));
	assert_int_equal(fake.dropped, 0);
	assert_null(m.next_cfg);
	assert_false(exists_in_scratch("pid"));
}

/* As root it is found only after privileges were dropped. */
static void
test_mistake_in_the_rest(void **state)
{
	(void)state;
	write_scratch("polymilter.conf", text_with("workers { count = nonsense }", "mx.sock"));
	catch_stderr(load_it, EX_CONFIG, "err");
	assert_true(file_has("err", "/polymilter.conf:1: "));
	assert_int_equal(fake.dropped, geteuid() == 0 ? 1 : 0);
}

static void
test_pidfile(void **state)
{
	char expected[32];
	struct stat st;

	(void)state;
	start_write_pidfile(&m); /* there is none */
	start_remove_pidfile(&m);
	write_scratch("pid", "an older and longer text");
	assert_int_equal(start_open_pidfile(&m), 0);
	assert_true(file_has("pid", "an older")); /* until we are ready */
	start_write_pidfile(&m);
	(void)snprintf(expected, sizeof(expected), "%d\n", (int)getpid());
	assert_true(file_has("pid", expected));
	assert_int_equal(stat(options.pidfile, &st), 0);
	assert_int_equal(st.st_size, strlen(expected));
	start_remove_pidfile(&m);
	m.pidfile = -1;
	assert_false(exists_in_scratch("pid"));
}

/* It cannot be removed: then it is empty. */
static void
test_pidfile_in_a_foreign_directory(void **state)
{
	struct stat st;
	static char path[160];

	(void)state;
	assert_int_equal(start_open_pidfile(&m), 0);
	start_write_pidfile(&m);
	(void)snprintf(path, sizeof(path), "%s/none/pid",
		       scratch_dir); /* fails as foreign does */
	options.pidfile = path;
	start_remove_pidfile(&m);
	m.pidfile = -1;
	assert_int_equal(stat(in_scratch("pid"), &st), 0);
	assert_int_equal(st.st_size, 0);
}

static void
test_pidfile_is_no_link(void **state)
{
	(void)state;
	assert_int_equal(symlink(in_scratch("else"), options.pidfile), 0);
	assert_int_equal(start_open_pidfile(&m), -EIO);
	assert_true(is_logged("/pid: Too many levels of symbolic links\n"));
	assert_false(exists_in_scratch("else"));
}

int
main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_exit_statuses),
		TEST(test_as_user),
		TEST(test_as_root),
		TEST(test_stopped_as_root),
		TEST(test_end_of_the_early_loader_is_seen_first),
		TEST(test_loader_is_lost),
		TEST(test_writable_file),
		TEST(test_unknown_user),
		TEST(test_cannot_drop),
		TEST(test_socket_in_use),
		TEST(test_other_exit_statuses),
		TEST(test_another_file_for_the_user),
		TEST(test_all_mistakes),
		TEST(test_mistake_in_the_rest),
		TEST(test_pidfile),
		TEST(test_pidfile_in_a_foreign_directory),
		TEST(test_pidfile_is_no_link),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
