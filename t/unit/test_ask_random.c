/* src/service/ask*.c: questions, servers and time in any order. After each walk all questions
 * have ended once, or were cancelled, and no place, line or descriptor is left. */
#include "ask_fixture.h"

#define QUESTIONS 12u
#define HELD	  8u
#define WALKS	  60u
#define STEPS	  1000u

static struct asked *q[QUESTIONS]; /* NULL: there is none */
static int held[HELD];		   /* the servers' ends of connections; -1: none */
static uint32_t seed;

static uint32_t
draw(uint32_t below)
{
	seed = seed * 1664525u + 1013904223u;
	return (seed >> 8) % below;
}

static void ask_anew(size_t i);

/* The owner frees the question, and may ask another one, or cancel one. */
static void
on_end(struct asked *a)
{
	size_t i = 0;

	while (q[i] != a)
		i++;
	assert_int_equal(a->done, 1);
	free(a);
	q[i] = NULL;
	if (draw(3) == 0)
		ask_anew(i);
	i = draw(QUESTIONS);
	if (draw(4) == 0 && q[i] != NULL) {
		ask_cancel(&q[i]->q);
		free(q[i]);
		q[i] = NULL;
	}
}

static void
ask_anew(size_t i)
{
	struct asked *a = calloc(1, sizeof(*a));

	assert_non_null(a);
	q[i] = a;
	a->then = on_end;
	ask_for(a, draw(WORKERS), draw(8) == 0 ? 1u << 20 : 10, 1 + draw(20000));
	if (a->is_there) {
		free(a);
		q[i] = NULL;
	}
}

static void
cancel_or_ask(size_t i)
{
	if (q[i] == NULL) {
		ask_anew(i);
		return;
	}
	if (draw(4) > 0)
		return;
	cancel(q[i]);
	free(q[i]);
	q[i] = NULL;
}

static void
step_server(unsigned i)
{
	size_t k = draw(HELD);

	if (listeners[i] < 0 && draw(4) > 0)
		start_listening(i, (int)draw(3));
	else if (listeners[i] >= 0 && draw(40) == 0)
		stop_listening(i);
	else if (listeners[i] >= 0 && held[k] < 0)
		held[k] = accept_at(i);
}

static void
step_connection(size_t k)
{
	static const char *const texts[] = {"ok\n",    "ok\n",	"ok\n", "o",
					    "error\n", "big\n", "bad\n"};
	const char *text = texts[draw(7)];

	if (held[k] < 0)
		return;
	if (draw(3) == 0)
		(void)is_closed(held[k]); /* it reads */
	if (draw(4) > 0)
		(void)!send(held[k], text, strlen(text), MSG_NOSIGNAL);
	if (draw(2) == 0) {
		close(held[k]);
		held[k] = -1;
	}
}

static void
step(void)
{
	switch (draw(12)) {
	case 0:
	case 1:
	case 2:
		cancel_or_ask(draw(QUESTIONS));
		break;
	case 3:
	case 4:
	case 5:
		step_connection(draw(HELD));
		break;
	case 6:
	case 7:
	case 8:
	case 9:
		step_server(draw((uint32_t)service.n));
		break;
	case 10:
		pass_looking(1 + draw(draw(10) == 0 ? 20000 : 300));
		break;
	default:
		turn();
		break;
	}
}

static void
end_walk(void)
{
	for (size_t i = 0; i < QUESTIONS; i++)
		while (q[i] != NULL)
			cancel_or_ask(i);
	for (size_t k = 0; k < HELD; k++) {
		if (held[k] >= 0)
			close(held[k]);
		held[k] = -1;
	}
	pass_looking(10000); /* pings end */
	for (unsigned i = 0; i < SERVERS; i++) {
		stop_listening(i);
		expect_places(i, 0);
		service_state->servers[i] = (struct server_state){0};
	}
	turn();
	expect_queued(0);
	assert_int_equal(count_descriptors(), descriptors_before);
}

static void
test_walks(void **state)
{
	(void)state;
	memset(held, -1, sizeof(held));
	for (uint32_t walk = 0; walk < WALKS; walk++) {
		seed = walk;
		service.n = 1 + draw(SERVERS);
		service.leastconn = draw(2) == 0;
		service.tries = 1 + draw(3);
		service.max_connections = draw(5);
		service.max_failures = draw(7);
		service.down_grace_ms = draw(2) == 0 ? 0 : 5000;
		service.revive_ms = 3000;
		service.timeout_ms = 1 + draw(8000);
		for (unsigned i = 0; i < STEPS; i++)
			step();
		end_walk();
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_walks, set_up_asking, tear_down_asking),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
