/* src/loader/connector*.c: real connector processes, of which the test is the loader and the
 * workers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "caught_log.h"
#include "io/channel.h"
#include "io/dial.h"
#include "loader/connector.h"
#include "scratch.h"
#include "service/service.h"

#define WAIT_MS 60000

static struct service_server servers[2];
static const struct service service = {.name = "av", .servers = servers, .n = 2};
static const struct service *const services[] = {&service};
static const struct config cfg = {.services = services, .n_services = 1, .n_servers = 2};
static struct connector c;
static int listener; /* the first server; the second is not there */
static struct channel_msg msg;

static void
name_server(unsigned i, const char *file)
{
	char text[160];
	const char *why;

	(void)snprintf(text, sizeof(text), "unix:%s", in_scratch(file));
	servers[i].number = i;
	assert_int_equal(addr_parse(text, &servers[i].addr, &why), 0);
}

static int
set_up(void **state)
{
	(void)state;
	make_scratch();
	catch_log();
	name_server(0, "there");
	name_server(1, "not-there");
	listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(listener, &servers[0].addr.sa, servers[0].addr.len), 0);
	assert_int_equal(listen(listener, 100), 0);
	connector_init(&c, &cfg, 7);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	connector_end(&c);
	assert_int_equal(waitpid(-1, NULL, 0), -1); /* no child is left */
	close(listener);
	release_log();
	remove_scratch();
	return 0;
}

static void
wait_for_input(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	assert_int_equal(poll(&p, 1, WAIT_MS), 1);
}

static void
request(int worker, uint32_t server, uint64_t ticket)
{
	struct dial_request r = {.ticket = ticket, .server = server};

	assert_int_equal(channel_send(worker, DIAL_REQUEST, &r, sizeof(r), -1), 0);
}

/* The next record for the worker is the reply to this ticket. A descriptor or an errno. */
static int
take_reply(int worker, uint64_t ticket)
{
	struct dial_reply r;

	wait_for_input(worker);
	assert_int_equal(channel_recv(worker, &msg), 1);
	assert_int_equal(msg.type, DIAL_REPLY);
	memcpy(&r, msg.data, sizeof(r));
	assert_int_equal(r.ticket, ticket);
	assert_true((msg.fd >= 0) == (r.error == 0));
	return msg.fd >= 0 ? msg.fd : r.error;
}

/* The descriptor is a connection to the first server. */
static void
expect_connected(int fd)
{
	int at_server = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	char got = 0;

	assert_true(fd >= 0);
	assert_true(at_server >= 0);
	assert_int_equal(write(fd, "x", 1), 1);
	assert_int_equal(read(at_server, &got, 1), 1);
	assert_int_equal(got, 'x');
	close(fd);
	assert_int_equal(read(at_server, &got, 1), 0); /* the connector has closed its own */
	close(at_server);
}

static void
expect_reset(int worker)
{
	wait_for_input(worker);
	assert_int_equal(channel_recv(worker, &msg), 1);
	assert_int_equal(msg.type, DIAL_RESET);
}

/* A worker; the connector has begun to serve it. */
static int
add_worker(void)
{
	bool is_first = c.pid == 0;
	int worker = connector_add_worker(&c);

	assert_true(worker >= 0);
	if (is_first)
		expect_reset(worker);
	return worker;
}

/* As the loader does in its loop. */
static void
look_after_event(void)
{
	struct pollfd p[8] = {{.fd = c.channel, .events = POLLIN}};

	assert_true(c.n < 8);
	for (size_t i = 0; i < c.n; i++)
		p[i + 1] = c.ends[i];
	assert_true(poll(p, c.n + 1, WAIT_MS) > 0);
	connector_look(&c);
}

static void
kill_connector(void)
{
	pid_t before = c.pid;

	assert_int_equal(kill(before, SIGKILL), 0);
	look_after_event();
	assert_true(c.pid > 0);
	assert_int_not_equal(c.pid, before);
	assert_true(is_logged("has ended, another one starts gen=7"));
}

static void
test_connections(void **state)
{
	int worker = add_worker();

	(void)state;
	request(worker, 0, 11);
	expect_connected(take_reply(worker, 11));
	request(worker, 1, 12);
	assert_int_equal(take_reply(worker, 12), -ENOENT);
	request(worker, 2, 13); /* no such server */
	assert_int_equal(take_reply(worker, 13), -EINVAL);
	close(worker);
}

/* What a worker may not send has no effect, and harms no other worker. */
static void
test_senseless_records(void **state)
{
	int bad = add_worker(), worker = add_worker();

	(void)state;
	assert_int_equal(channel_send(bad, DIAL_REQUEST, "x", 1, -1), 0);
	assert_int_equal(channel_send(bad, 99, "x", 1, listener), 0);
	assert_true(send(bad, "", 1, 0) == 1);
	request(bad, UINT32_MAX, 5);
	assert_int_equal(take_reply(bad, 5), -EINVAL);
	request(worker, 0, 1);
	expect_connected(take_reply(worker, 1));
	close(bad);
	close(worker);
}

static void
test_several_workers(void **state)
{
	int a = add_worker(), b = add_worker();

	(void)state;
	request(a, 0, 1);
	request(b, 1, 1);
	request(b, 0, 2);
	assert_int_equal(take_reply(b, 1), -ENOENT);
	expect_connected(take_reply(a, 1));
	expect_connected(take_reply(b, 2));
	close(a);
	look_after_event();
	assert_int_equal(c.n, 1);
	request(b, 0, 3);
	expect_connected(take_reply(b, 3));
	close(b);
	look_after_event();
	assert_int_equal(c.n, 0);
}

/* Another one goes on with the same channels. */
static void
test_connector_dies(void **state)
{
	int a = add_worker(), b = add_worker();

	(void)state;
	for (uint64_t i = 1; i < 4; i++) {
		kill_connector();
		expect_reset(a);
		expect_reset(b);
		request(a, 0, i);
		request(b, 1, i);
		expect_connected(take_reply(a, i));
		assert_int_equal(take_reply(b, i), -ENOENT);
	}
	close(a);
	close(b);
}

/* Requests that it had not read are there for the next one. */
static void
test_requests_that_were_not_read(void **state)
{
	int status, worker = add_worker();

	(void)state;
	assert_int_equal(kill(c.pid, SIGSTOP), 0);
	assert_int_equal(waitpid(c.pid, &status, WUNTRACED), c.pid);
	for (uint64_t i = 0; i < DIAL_REQUESTS_MAX; i++)
		request(worker, 1, i + 1);
	kill_connector();
	expect_reset(worker);
	for (uint64_t i = 0; i < DIAL_REQUESTS_MAX; i++)
		assert_int_equal(take_reply(worker, i + 1), -ENOENT);
	close(worker);
}

/* It does not read what the loader sends: it is killed, and another one is started. */
static void
test_connector_does_not_read(void **state)
{
	int status, first = add_worker(), last = -1;
	pid_t before = c.pid;

	(void)state;
	assert_int_equal(kill(before, SIGSTOP), 0);
	assert_int_equal(waitpid(before, &status, WUNTRACED), before);
	while (channel_send(c.channel, 99, NULL, 0, -1) == 0)
		;
	last = connector_add_worker(&c);
	assert_true(last >= 0);
	look_after_event();
	assert_int_not_equal(c.pid, before);
	expect_reset(first);
	expect_reset(last);
	request(last, 0, 1);
	expect_connected(take_reply(last, 1));
	close(first);
	close(last);
}

/* The loader is killed: its connector goes on until the last worker has ended. */
static void
test_loader_dies(void **state)
{
	int status, a = add_worker(), b = add_worker();

	(void)state;
	close(c.channel);
	c.channel = -1;
	for (size_t i = 0; i < c.n; i++)
		close(c.ends[i].fd);
	c.n = 0;
	for (uint64_t i = 1; i < 3; i++) {
		request(a, 0, i);
		expect_connected(take_reply(a, i));
	}
	close(a);
	request(b, 0, 1);
	expect_connected(take_reply(b, 1));
	assert_int_equal(waitpid(c.pid, NULL, WNOHANG), 0);
	close(b);
	assert_int_equal(waitpid(c.pid, &status, 0), c.pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	c.pid = 0;
}

/* Its backlog is full: the worker tries again later. */
static void
test_full_backlog(void **state)
{
	int worker = add_worker(), fd, r = 0;

	(void)state;
	close(listener);
	(void)unlink(in_scratch("there"));
	listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(listener, &servers[0].addr.sa, servers[0].addr.len), 0);
	assert_int_equal(listen(listener, 0), 0);
	request(worker, 0, 1);
	fd = take_reply(worker, 1);
	request(worker, 0, 2);
	r = take_reply(worker, 2);
	assert_int_equal(r, -EAGAIN);
	expect_connected(fd);
	close(worker);
}

/* It has no descriptor for a socket. */
static void
test_no_descriptors(void **state)
{
	const struct rlimit none = {.rlim_cur = 3, .rlim_max = 4096};
	struct rlimit old;
	int worker = add_worker();

	(void)state;
	assert_int_equal(prlimit(c.pid, RLIMIT_NOFILE, NULL, &old), 0);
	assert_int_equal(prlimit(c.pid, RLIMIT_NOFILE, &none, NULL), 0);
	request(worker, 0, 1);
	assert_int_equal(take_reply(worker, 1), -EMFILE);
	assert_int_equal(prlimit(c.pid, RLIMIT_NOFILE,
				 &(struct rlimit){.rlim_cur = 100, .rlim_max = 4096}, NULL),
			 0);
	request(worker, 0, 2);
	expect_connected(take_reply(worker, 2));
	close(worker);
}

static void
test_no_services(void **state)
{
	static const struct config empty;
	struct connector none;

	(void)state;
	connector_init(&none, &empty, 1);
	assert_int_equal(connector_add_worker(&none), -1);
	assert_int_equal(none.pid, 0);
	connector_end(&none);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		T(test_connections),
		T(test_senseless_records),
		T(test_several_workers),
		T(test_connector_dies),
		T(test_requests_that_were_not_read),
		T(test_connector_does_not_read),
		T(test_loader_dies),
		T(test_full_backlog),
		T(test_no_descriptors),
		T(test_no_services),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
