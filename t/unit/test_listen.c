/* src/master/listen: sockets, their files and locks. Other processes are played by other
 * descriptors of this one: flock(2) and connect(2) see no difference. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "caught_log.h"
#include "master/listen.h"
#include "scratch.h"

static struct listener_conf conf;
static struct identity id;
static struct inherited none;

static int
set_up(void **state)
{
	const char *why;
	static char spec[160];

	(void)state;
	make_scratch();
	catch_log();
	id = (struct identity){.uid = geteuid(), .gid = getegid()};
	conf = (struct listener_conf){.name = "mx", .socket = spec, .mode = 0640, .backlog = 5};
	(void)snprintf(spec, sizeof(spec), "unix:%s", in_scratch("mx.sock"));
	return addr_parse(spec, &conf.addr, &why);
}

static int
tear_down(void **state)
{
	(void)state;
	remove_scratch();
	release_log();
	return 0;
}

static struct listener *
open_good(void)
{
	struct listener *l = NULL;

	assert_int_equal(listener_open(&conf, &id, &none, 0, &l), 0);
	assert_non_null(l);
	assert_string_equal(lines(), "");
	return l;
}

/* It fails with this error, and one line that ends in text. */
static void
open_bad(int error, const char *text)
{
	struct listener *l = NULL;
	char expected[256];

	assert_int_equal(listener_open(&conf, &id, &none, 0, &l), error);
	assert_null(l);
	(void)snprintf(expected, sizeof(expected), "listener \"mx\": %s: %s\n", conf.socket,
		       text);
	assert_string_equal(lines(), expected);
	forget_lines();
}

static int
connect_there(void)
{
	int fd = socket(conf.addr.sa.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int r = connect(fd, &conf.addr.sa, conf.addr.len) < 0 ? -errno : 0;

	close(fd);
	return r;
}

static int
bind_there(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(bind(fd, &conf.addr.sa, conf.addr.len), 0);
	return fd;
}

static mode_t
mode_of(const char *name)
{
	struct stat st;

	assert_int_equal(lstat(in_scratch(name), &st), 0);
	return st.st_mode;
}

static void
test_open_and_close(void **state)
{
	struct listener *l = open_good();

	(void)state;
	assert_int_equal(mode_of("mx.sock"), S_IFSOCK | 0640);
	assert_int_equal(mode_of("mx.sock.lock"), S_IFREG | 0600);
	assert_int_equal(umask(022), 022);
	assert_int_equal(connect_there(), 0);
	assert_int_equal(fcntl(l->fd, F_GETFD), FD_CLOEXEC);
	assert_true(fcntl(l->fd, F_GETFL) & O_NONBLOCK);
	assert_true(listener_is_intact(l));
	assert_true(listener_fits(l, &conf));
	assert_false(listener_is_systemds(l));
	assert_null(listener_close(l, true));
	assert_false(exists_in_scratch("mx.sock"));
	assert_false(exists_in_scratch("mx.sock.lock"));
	assert_null(listener_close(NULL, true));
}

/* A worker may still have the descriptor: connections are refused all the same. */
static void
test_close_ends_copies(void **state)
{
	struct listener *l = open_good();
	int copy = dup(l->fd);

	(void)state;
	listener_close(l, false);
	assert_true(exists_in_scratch("mx.sock"));
	assert_true(exists_in_scratch("mx.sock.lock"));
	assert_int_equal(connect_there(), -ECONNREFUSED);
	close(copy);
}

static void
test_second_daemon(void **state)
{
	struct listener *l = open_good();

	(void)state;
	open_bad(-EADDRINUSE, "another polymilter listens there");
	assert_int_equal(connect_there(), 0);
	assert_true(listener_is_intact(l));
	listener_close(l, true);
	listener_close(open_good(), true);
}

/* What the processes of a killed daemon have is waited for: its lock, then its socket. */
static void
test_waits_for_a_daemon_that_ends(void **state)
{
	struct listener *l = NULL, *old = open_good();
	pid_t child = fork();

	(void)state;
	if (child == 0) {
		(void)nanosleep(&(struct timespec){.tv_nsec = 200000000}, NULL);
		close(old->lock_fd);
		(void)nanosleep(&(struct timespec){.tv_nsec = 200000000}, NULL);
		_exit(0);
	}
	assert_true(child > 0);
	close(old->lock_fd);
	close(old->fd);
	assert_int_equal(listener_open(&conf, &id, &none, 600000, &l), 0);
	assert_string_equal(lines(), "");
	assert_int_equal(waitpid(child, NULL, 0), child);
	assert_int_equal(connect_there(), 0);
	listener_close(l, true);
	old->fd = old->lock_fd = -1;
	listener_close(old, false);
}

/* A lock file alone is no lock. */
static void
test_lock_file_that_was_left(void **state)
{
	(void)state;
	write_scratch("mx.sock.lock", "");
	listener_close(open_good(), true);
}

static void
test_lock_that_is_no_file(void **state)
{
	(void)state;
	assert_int_equal(mkdir(in_scratch("mx.sock.lock"), 0700), 0);
	open_bad(-EISDIR, "cannot use mx.sock.lock beside it: Is a directory");
	assert_int_equal(rmdir(in_scratch("mx.sock.lock")), 0);
	assert_int_equal(symlink(in_scratch("else"), in_scratch("mx.sock.lock")), 0);
	open_bad(-ELOOP,
		 "cannot use mx.sock.lock beside it: Too many levels of symbolic links");
	assert_false(exists_in_scratch("else"));
}

static void
test_stale_socket(void **state)
{
	struct listener *l;

	(void)state;
	close(bind_there());
	assert_int_equal(connect_there(), -ECONNREFUSED);
	l = open_good();
	assert_int_equal(connect_there(), 0);
	listener_close(l, true);
}

static void
test_another_program_listens(void **state)
{
	int fd = bind_there();

	(void)state;
	assert_int_equal(listen(fd, 0), 0);
	open_bad(-EADDRINUSE, "another process answers on it");
	open_bad(-EADDRINUSE, "another process answers on it"); /* its backlog is full */
	assert_true(exists_in_scratch("mx.sock"));
	assert_false(exists_in_scratch("mx.sock.lock"));
	close(fd);
}

static void
test_no_socket_there(void **state)
{
	(void)state;
	write_scratch("mx.sock", "precious");
	open_bad(-EEXIST, "is not a socket: File exists");
	assert_int_equal(mode_of("mx.sock") & S_IFMT, S_IFREG);
	assert_false(exists_in_scratch("mx.sock.lock"));
	assert_int_equal(unlink(in_scratch("mx.sock")), 0);
	assert_int_equal(symlink(in_scratch("else"), in_scratch("mx.sock")), 0);
	open_bad(-EEXIST, "is not a socket: File exists");
}

static void
test_owner(void **state)
{
	struct listener *l;
	struct stat st;

	(void)state;
	if (geteuid() != 0)
		skip();
	id.uid = getpwnam("nobody")->pw_uid;
	id.gid = getpwnam("nobody")->pw_gid;
	l = open_good();
	assert_int_equal(stat(in_scratch("mx.sock"), &st), 0);
	assert_true(st.st_uid == id.uid && st.st_gid == id.gid);
	assert_int_equal(stat(in_scratch("mx.sock.lock"), &st), 0);
	assert_true(st.st_uid == id.uid && st.st_gid == id.gid);
	listener_close(l, true);
	conf.owner = "daemon";
	conf.group = "mail";
	l = open_good();
	assert_int_equal(stat(in_scratch("mx.sock"), &st), 0);
	assert_int_equal(st.st_uid, getpwnam("daemon")->pw_uid);
	assert_int_equal(st.st_gid, getgrnam("mail")->gr_gid);
	listener_close(l, true);
	conf.owner = NULL;
	conf.group = NULL;
	assert_int_equal(chown(scratch_dir, id.uid, getgrnam("mail")->gr_gid), 0);
	assert_int_equal(chmod(scratch_dir, 02755), 0); /* files get the directory's group */
	l = open_good();
	assert_int_equal(stat(in_scratch("mx.sock"), &st), 0);
	assert_int_equal(st.st_gid, getgrnam("mail")->gr_gid);
	listener_close(l, true);
}

static void
test_unknown_owner(void **state)
{
	struct listener *l = NULL;

	(void)state;
	if (geteuid() != 0)
		skip();
	conf.owner = "polymilter-none";
	assert_int_equal(listener_open(&conf, &id, &none, 0, &l), -EINVAL);
	assert_string_equal(lines(),
			    "listener \"mx\": owner \"polymilter-none\" does not exist\n");
	assert_false(exists_in_scratch("mx.sock"));
	assert_false(exists_in_scratch("mx.sock.lock"));
}

static void
test_file_that_was_removed(void **state)
{
	struct listener *l = open_good();
	int old = dup(l->fd);

	(void)state;
	assert_int_equal(unlink(in_scratch("mx.sock")), 0);
	assert_false(listener_is_intact(l));
	assert_int_equal(listener_rebind(l, &conf, &id), 0);
	assert_true(listener_is_intact(l));
	assert_int_equal(connect_there(), 0);
	close(old);
	listener_close(l, true);
	assert_false(exists_in_scratch("mx.sock.lock"));
}

/* A file of another program, which took the place, stays. */
static void
test_file_of_another_program(void **state)
{
	struct listener *l = open_good();
	int fd;

	(void)state;
	assert_int_equal(rename(in_scratch("mx.sock"), in_scratch("old")), 0);
	fd = bind_there();
	assert_int_equal(listen(fd, 5), 0);
	assert_false(listener_is_intact(l));
	assert_int_equal(listener_rebind(l, &conf, &id), -EADDRINUSE);
	assert_true(is_logged("another process answers on it"));
	assert_int_equal(l->fd, -1);
	listener_close(l, true);
	assert_true(exists_in_scratch("mx.sock"));
	assert_int_equal(connect_there(), 0);
	close(fd);
}

static void
test_adapt(void **state)
{
	struct listener *l = open_good();

	(void)state;
	conf.name = "renamed";
	conf.mode = 0600;
	conf.backlog = 7;
	assert_int_equal(listener_adapt(l, &conf), 0);
	assert_string_equal(l->name, "renamed");
	assert_int_equal(mode_of("mx.sock"), S_IFSOCK | 0600);
	assert_true(listener_is_intact(l));
	assert_int_equal(rename(in_scratch("mx.sock"), in_scratch("old")), 0);
	write_scratch("mx.sock", "not ours");
	assert_int_equal(chmod(in_scratch("mx.sock"), 0644), 0);
	assert_int_equal(listener_adapt(l, &conf), 0);
	assert_int_equal(mode_of("mx.sock"), S_IFREG | 0644);
	listener_close(l, true);
	assert_true(exists_in_scratch("mx.sock"));
}

static void
test_inet(void **state)
{
	static const char *const specs[] = {"inet:1@127.0.0.1", "inet6:1@::1"};
	struct listener *l, *other = NULL;
	const char *why;
	int value;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		socklen_t len = sizeof(conf.addr.in6), n = sizeof(value);

		conf.socket = specs[i];
		assert_int_equal(addr_parse(specs[i], &conf.addr, &why), 0);
		if (i == 0)
			conf.addr.in.sin_port = 0; /* any that is free */
		else
			conf.addr.in6.sin6_port = 0;
		l = NULL;
		if (listener_open(&conf, &id, &none, 0, &l) == -EADDRNOTAVAIL)
			continue; /* no IPv6 here */
		assert_non_null(l);
		assert_true(listener_is_intact(l));
		if (i == 1) {
			assert_int_equal(
				getsockopt(l->fd, IPPROTO_IPV6, IPV6_V6ONLY, &value, &n), 0);
			assert_int_equal(value, 1);
		}
		assert_int_equal(getsockname(l->fd, &conf.addr.sa, &len), 0);
		assert_int_equal(listener_open(&conf, &id, &none, 0, &other), -EADDRINUSE);
		assert_true(is_logged("another process uses this address\n"));
		assert_int_equal(listener_adapt(l, &conf), 0);
		listener_close(l, true);
	}
}

/* Sockets of systemd. */

static int
make_listening_socket(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(
		bind(fd, &(struct sockaddr){.sa_family = AF_UNIX}, sizeof(sa_family_t)), 0);
	assert_int_equal(listen(fd, 5), 0);
	return fd;
}

static void
test_from_systemd(void **state)
{
	struct inherited given = {.n = 3,
				  .fds = {make_listening_socket(), make_listening_socket(),
					  make_listening_socket()},
				  .names = {"out", "mx", "mx"}};
	struct listener *l = NULL, *second = NULL, *third = NULL;
	int fd = given.fds[1];

	(void)state;
	conf.addr.len = 0;
	conf.socket = "systemd";
	assert_int_equal(listener_open(&conf, &id, &given, 0, &l), 0);
	assert_int_equal(l->fd, fd);
	assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
	assert_int_equal(given.fds[1], -1);
	assert_true(listener_is_systemds(l));
	assert_true(listener_is_intact(l));
	assert_true(listener_fits(l, &conf));
	assert_int_equal(listener_adapt(l, &conf), 0);
	assert_int_equal(listener_open(&conf, &id, &given, 0, &second), 0);
	assert_int_equal(listener_open(&conf, &id, &given, 0, &third), -EINVAL);
	assert_string_equal(lines(), "listener \"mx\": systemd passed no socket of this name: "
				     "the socket unit needs FileDescriptorName=mx\n");
	l->next = second;
	assert_true(listener_find(l, &conf) == l);
	conf.name = "out";
	assert_null(listener_find(l, &conf));
	listener_close(l, true);
	listener_close(second, true);
	close(given.fds[0]);
}

/* Systemd keeps it, so it must go on listening. */
/* Its file is made again, also by the next process, which gets the same socket. */
static void
test_systemds_file_that_was_removed(void **state)
{
	struct addr at = conf.addr;
	struct inherited given = {.n = 1, .names = {"mx"}};
	struct listener *l = NULL;
	int systemds = bind_there();

	(void)state;
	assert_int_equal(listen(systemds, 5), 0);
	assert_int_equal(chmod(in_scratch("mx.sock"), 0640), 0);
	for (int i = 0; i < 2; i++) {
		conf.addr.len = 0;
		given.fds[0] = dup(systemds);
		assert_int_equal(listener_open(&conf, &id, &given, 0, &l), 0);
		assert_true(listener_is_intact(l) == (i == 0));
		if (i == 0)
			assert_int_equal(unlink(in_scratch("mx.sock")), 0);
		assert_false(listener_is_intact(l));
		assert_int_equal(listener_rebind(l, &conf, &id), 0);
		assert_true(listener_is_intact(l) && listener_is_systemds(l));
		assert_int_equal(mode_of("mx.sock"), S_IFSOCK | 0640);
		conf.addr = at;
		assert_int_equal(connect_there(), 0);
		listener_close(l, true);
		assert_int_equal(connect_there(), -ECONNREFUSED);
	}
	assert_string_equal(lines(), "");
	assert_false(exists_in_scratch("mx.sock.lock"));
	close(systemds);
}

/* It stays in use where its file cannot be made again. */
static void
test_systemds_file_that_cannot_be_made(void **state)
{
	struct inherited given = {.n = 1, .fds = {bind_there()}, .names = {"mx"}};
	struct listener *l = NULL;

	(void)state;
	assert_int_equal(listen(given.fds[0], 5), 0);
	conf.addr.len = 0;
	assert_int_equal(listener_open(&conf, &id, &given, 0, &l), 0);
	assert_int_equal(unlink(in_scratch("mx.sock")), 0);
	write_scratch("mx.sock", "");
	assert_false(listener_is_intact(l));
	assert_int_equal(listener_rebind(l, &conf, &id), -EEXIST);
	assert_true(l->fd >= 0);
	assert_true(is_logged("mx.sock: is not a socket"));
	listener_close(l, true);
}

static void
test_systemds_socket_is_not_shut(void **state)
{
	struct inherited given = {.n = 1, .fds = {make_listening_socket()}, .names = {"mx"}};
	struct listener *l = NULL;
	int kept = dup(given.fds[0]), value = 0;
	socklen_t n = sizeof(value);

	(void)state;
	conf.addr.len = 0;
	assert_int_equal(listener_open(&conf, &id, &given, 0, &l), 0);
	listener_close(l, true);
	conf.addr = (struct addr){.len = sizeof(conf.addr.un)};
	assert_int_equal(getsockname(kept, &conf.addr.sa, &conf.addr.len), 0);
	assert_int_equal(connect_there(), 0);
	assert_int_equal(getsockopt(kept, SOL_SOCKET, SO_ACCEPTCONN, &value, &n), 0);
	assert_int_equal(value, 1);
	close(kept);
}

static void
test_systemds_socket_of_another_kind(void **state)
{
	struct inherited given = {.n = 1,
				  .fds = {socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)},
				  .names = {"mx"}};
	struct listener *l = NULL;

	(void)state;
	conf.addr.len = 0;
	conf.socket = "systemd";
	assert_int_equal(listener_open(&conf, &id, &given, 0, &l), -ENOTSOCK);
	assert_true(is_logged("the descriptor from systemd is not a listening socket"));
	close(given.fds[0]);
}

static void
test_environment(void **state)
{
	struct inherited given;
	char pid[16];

	(void)state;
	(void)snprintf(pid, sizeof(pid), "%d", (int)getpid());
	(void)setenv("LISTEN_PID", pid, 1);
	(void)setenv("LISTEN_FDS", "1", 1);
	(void)setenv("LISTEN_FDNAMES", "mx", 1);
	if (fcntl(3, F_GETFD) < 0)
		assert_int_equal(dup2(STDIN_FILENO, 3), 3);
	inherited_read(&given);
	assert_int_equal(given.n, 1);
	assert_int_equal(given.fds[0], 3);
	assert_string_equal(given.names[0], "mx");
	assert_int_equal(fcntl(3, F_GETFD), FD_CLOEXEC);
	assert_null(getenv("LISTEN_FDS"));
	inherited_read(&given);
	assert_int_equal(given.n, 0);
}

int
main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_open_and_close),
		TEST(test_close_ends_copies),
		TEST(test_second_daemon),
		TEST(test_waits_for_a_daemon_that_ends),
		TEST(test_lock_file_that_was_left),
		TEST(test_lock_that_is_no_file),
		TEST(test_stale_socket),
		TEST(test_another_program_listens),
		TEST(test_no_socket_there),
		TEST(test_owner),
		TEST(test_unknown_owner),
		TEST(test_file_that_was_removed),
		TEST(test_file_of_another_program),
		TEST(test_adapt),
		TEST(test_inet),
		TEST(test_from_systemd),
		TEST(test_systemds_file_that_was_removed),
		TEST(test_systemds_file_that_cannot_be_made),
		TEST(test_systemds_socket_is_not_shut),
		TEST(test_systemds_socket_of_another_kind),
		TEST(test_environment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
