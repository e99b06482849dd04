/* src/master/control: lines, answers longer than a socket's buffer, answers with a descriptor,
 * and clients that are silent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/socket.h>
#include <sys/un.h>
#include <sysexits.h>
#include <systemd/sd-event.h>

#include "caught_log.h"
#include "master/state.h"
#include "scratch.h"

#define LONG_BYTES (3u << 20)
#define TIME_MS	   1000000000000u /* so late that no real timer fires */

static char long_text[LONG_BYTES + 1];

static void
answer_long(struct control_client *c, const char *rest)
{
	(void)rest;
	control_answer(c, 3, long_text);
}

static void
answer_rest(struct control_client *c, const char *rest)
{
	control_answer(c, EX_OK, rest);
}

/* A file that has "shared". */
static void
answer_file(struct control_client *c, const char *rest)
{
	int fd = open(in_scratch("file"), O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	(void)rest;
	assert_int_equal(pwrite(fd, "shared", 6, 0), 6);
	control_answer_descriptor(c, "it comes", fd);
	close(fd);
}

/* In place of those of control_words.c. */
const struct control_word control_words[] = {
	{"long", false, answer_long},
	{"rest", true, answer_rest},
	{"file", false, answer_file},
	{0},
};

struct fixture {
	struct master m;
	uint64_t now_ms;
};

static uint64_t
read_clock(void *ctx)
{
	return ((struct fixture *)ctx)->now_ms;
}

static int
set_up(void **state)
{
	static struct fixture t;
	struct config cfg = {.control_written = true};
	char text[128];
	const char *why;

	t = (struct fixture){.now_ms = TIME_MS};
	make_scratch();
	catch_log();
	(void)snprintf(text, sizeof(text), "unix:%s", in_scratch("control"));
	cfg.control = text;
	assert_int_equal(addr_parse(text, &cfg.control_addr, &why), 0);
	t.m.id = (struct identity){.uid = geteuid(), .gid = getegid()};
	assert_true(sd_event_new(&t.m.loop) >= 0);
	assert_int_equal(timers_new(t.m.loop, &t.m.timers), 0);
	timers_set_clock(t.m.timers, read_clock, &t);
	control_apply(&t.m, &cfg);
	assert_non_null(t.m.control.listener);
	*state = &t;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *t = *state;

	control_close(&t->m);
	timers_free(t->m.timers);
	sd_event_unref(t->m.loop);
	remove_scratch();
	release_log();
	return 0;
}

static void
run_loop(struct fixture *t)
{
	while (sd_event_run(t->m.loop, 0) > 0)
		;
}

static int
connect_client(struct fixture *t, const char *line)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)snprintf(at.sun_path, sizeof(at.sun_path), "%s", in_scratch("control"));
	assert_int_equal(connect(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(send(fd, line, strlen(line), MSG_NOSIGNAL), strlen(line));
	run_loop(t);
	return fd;
}

/* All until the daemon closes the connection. */
static void
read_all(struct fixture *t, int fd, struct buf *ret)
{
	char piece[10000];
	ssize_t n;

	buf_reset(ret);
	while ((n = recv(fd, piece, sizeof(piece), 0)) > 0) {
		buf_append(ret, piece, (size_t)n);
		run_loop(t);
	}
	assert_int_equal(n, 0);
	close(fd);
}

static void
assert_answer(struct fixture *t, const char *line, const char *answer)
{
	struct buf b = {0};

	read_all(t, connect_client(t, line), &b);
	assert_string_equal(buf_string(&b), answer);
	buf_free(&b);
	assert_int_equal(t->m.control.n_clients, 0);
}

static void
test_words(void **state)
{
	assert_answer(*state, "rest of the line\n", "0\nof the line\n");
	assert_answer(*state, "rest\n", "0\n");
	assert_answer(*state, "rest \n", "0\n");
	assert_answer(*state, "resto\n", "69\nunknown command\n");
	assert_answer(*state, "res\n", "69\nunknown command\n");
	assert_answer(*state, "long x\n", "69\nunknown command\n");
	assert_answer(*state, "\n", "69\nunknown command\n");
}

/* The loop goes on while the client does not read. */
static void
test_long_answer(void **state)
{
	struct fixture *t = *state;
	struct buf b = {0};
	int fd;

	memset(long_text, 'x', LONG_BYTES);
	long_text[LONG_BYTES - 1] = 'y';
	fd = connect_client(t, "long\n");
	assert_int_equal(t->m.control.n_clients, 1);
	read_all(t, fd, &b);
	assert_int_equal(b.len, 2 + LONG_BYTES + 1);
	assert_memory_equal(b.data, "3\nxxx", 5);
	assert_memory_equal(b.data + b.len - 3, "xy\n", 3);
	buf_free(&b);
	assert_int_equal(t->m.control.n_clients, 0);
}

static void
test_descriptor(void **state)
{
	struct fixture *t = *state;
	union {
		char room[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control;
	char text[64], content[8] = "";
	struct iovec iov = {text, sizeof(text)};
	struct msghdr msg = {.msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = &control,
			     .msg_controllen = sizeof(control)};
	int fd = connect_client(t, "file\n"), got = -1;
	struct cmsghdr *h;

	assert_int_equal(recvmsg(fd, &msg, MSG_CMSG_CLOEXEC), strlen("0\nit comes\n"));
	assert_memory_equal(text, "0\nit comes\n", strlen("0\nit comes\n"));
	h = CMSG_FIRSTHDR(&msg);
	if (h != NULL && h->cmsg_level == SOL_SOCKET && h->cmsg_type == SCM_RIGHTS)
		memcpy(&got, CMSG_DATA(h), sizeof(got));
	assert_true(got >= 0);
	assert_int_equal(pread(got, content, sizeof(content) - 1, 0), 6);
	assert_string_equal(content, "shared");
	close(got);
	assert_int_equal(recv(fd, text, 1, 0), 0);
	close(fd);
}

/* One that says nothing, and one that does not read. */
static void
test_limit(void **state)
{
	struct fixture *t = *state;
	int silent = connect_client(t, "re"), full;
	char c;

	memset(long_text, 'x', LONG_BYTES);
	full = connect_client(t, "long\n");
	t->now_ms += 29000;
	timers_run(t->m.timers);
	assert_int_equal(t->m.control.n_clients, 2);
	t->now_ms += 2000;
	timers_run(t->m.timers);
	assert_int_equal(t->m.control.n_clients, 0);
	assert_int_equal(recv(silent, &c, 1, 0), 0);
	close(silent);
	close(full);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_words, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_long_answer, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_descriptor, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_limit, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
