/* src/master/listener_list: listeners at a change of the configuration, and sockets whose files
 * were removed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>

#include "fake_master.h"

static bool
has_listener(const struct fixture *t, const char *name)
{
	const struct listener *l = t->m.acceptor.listeners;

	while (l != NULL && strcmp(l->name, name) != 0)
		l = l->next;
	return l != NULL;
}

static struct listener *
find_listener(const struct fixture *t, const char *name)
{
	struct listener *l = t->m.acceptor.listeners;

	while (l != NULL && strcmp(l->name, name) != 0)
		l = l->next;
	if (l == NULL)
		abort();
	return l;
}

static void
test_listeners_change(void **state)
{
	struct fixture *t = *state;
	struct listener *b = find_listener(t, "b");
	int fd = b->fd;
	struct stat before, after;

	assert_int_equal(stat(in_scratch("b.sock"), &before), 0);
	write_config(HEAD, listener("c", ""), listener("b", "mode = \"0600\""));
	reload(t);
	assert_false(has_listener(t, "a"));
	assert_false(exists_in_scratch("a.sock"));
	assert_false(exists_in_scratch("a.sock.lock"));
	assert_true(find_listener(t, "b") == b);
	assert_int_equal(b->fd, fd); /* the same socket */
	assert_int_equal(b->index, 1);
	assert_int_equal(stat(in_scratch("b.sock"), &after), 0);
	assert_int_equal(after.st_ino, before.st_ino);
	assert_int_equal(after.st_mode & 0777, 0600);
	assert_int_equal(find_listener(t, "c")->index, 0);
	assert_null(t->m.new_listeners);
}

static struct listener *
make_systemds(struct fixture *t, const char *name)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(
		bind(fd, &(struct sockaddr){.sa_family = AF_UNIX}, sizeof(sa_family_t)), 0);
	assert_int_equal(listen(fd, 5), 0);
	t->m.inherited = (struct inherited){.n = 1, .fds = {fd}};
	(void)snprintf(t->m.inherited.names[0], sizeof(t->m.inherited.names[0]), "%s", name);
	write_config(HEAD, listener("a", ""),
		     "listener \"sd\" { socket = \"systemd\"  chain = {} }\n");
	reload(t);
	return find_listener(t, name);
}

/* It stays open while no listener names it, and is used again. */
static void
test_systemds_socket(void **state)
{
	struct fixture *t = *state;
	struct listener *l = make_systemds(t, "sd");

	assert_true(l->configured);
	write_config(HEAD, listener("a", ""), "");
	reload(t);
	assert_true(find_listener(t, "sd") == l);
	assert_false(l->configured);
	assert_true(find_listener(t, "a")->configured);
	listener_list_remake_missing(&t->m);
	write_config(HEAD, "listener \"sd\" { socket = \"systemd\"  chain = {} }\n",
		     listener("a", ""));
	reload(t);
	assert_true(find_listener(t, "sd") == l);
	assert_true(l->configured);
	assert_int_equal(l->index, 0);
	assert_true(is_logged("reloaded: "));
}

static int
connect_to(const char *name)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), r;

	(void)snprintf(at.sun_path, sizeof(at.sun_path), "%s", in_scratch(name));
	r = connect(fd, (struct sockaddr *)&at, sizeof(at)) < 0 ? -errno : 0;
	close(fd);
	return r;
}

static void
test_missing_socket(void **state)
{
	struct fixture *t = *state;
	struct worker_process *w = t->m.newest->workers;
	char line[256];

	listener_list_remake_missing(&t->m); /* none is */
	assert_string_equal(lines(), "");
	assert_int_equal(unlink(in_scratch("b.sock")), 0);
	w->has_listeners = false; /* to see that the worker gets the new one */
	listener_list_remake_missing(&t->m);
	(void)snprintf(line, sizeof(line), "listener b: unix:%s is gone: making it again\n",
		       in_scratch("b.sock"));
	assert_string_equal(lines(), line);
	assert_true(w->has_listeners);
	assert_int_equal(connect_to("b.sock"), 0);
	assert_true(listener_is_intact(find_listener(t, "b")));
}

/* It cannot be made now, but later. */
static void
test_missing_socket_stays_missing(void **state)
{
	struct fixture *t = *state;

	assert_int_equal(unlink(in_scratch("b.sock")), 0);
	assert_int_equal(mkdir(in_scratch("b.sock"), 0700), 0);
	listener_list_remake_missing(&t->m);
	assert_true(is_logged("listener \"b\": "));
	assert_int_equal(find_listener(t, "b")->fd, -1);
	assert_int_equal(connect_to("a.sock"), 0);
	assert_int_equal(rmdir(in_scratch("b.sock")), 0);
	listener_list_remake_missing(&t->m);
	assert_int_equal(connect_to("b.sock"), 0);
	assert_true(find_listener(t, "b")->fd >= 0);
}

/* A reload looks for them, too. */
static void
test_missing_socket_at_a_reload(void **state)
{
	struct fixture *t = *state;

	assert_int_equal(unlink(in_scratch("a.sock")), 0);
	reload(t);
	assert_true(is_logged("a.sock is gone: making it again\n"));
	assert_int_equal(connect_to("a.sock"), 0);
}

static void
test_owner_needs_root(void **state)
{
	struct fixture *t = *state;

	if (geteuid() == 0)
		skip();
	write_config(HEAD, listener("a", ""), listener("c", "group = \"mail\""));
	reload(t);
	assert_true(is_logged(
		"listener \"c\": owner and group need a daemon that is started as root\n"));
	assert_true(is_logged("reload failed: a listener cannot be opened; generation 1 "));
	t->m.was_root = true;
	reload(t);
	assert_true(is_logged("listener \"c\": owner and group need a restart\n"));
}

int
main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_listeners_change),
		TEST(test_systemds_socket),
		TEST(test_missing_socket),
		TEST(test_missing_socket_stays_missing),
		TEST(test_missing_socket_at_a_reload),
		TEST(test_owner_needs_root),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
