/* src/service/state.c and src/master/services.c: what workers know together of servers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/wait.h>
#include <unistd.h>

#include "config/config.h"
#include "master/services.h"
#include "service/service.h"
#include "service/state.h"

static struct service_state *
make_state(size_t n_servers, size_t n_rows)
{
	int fd;
	struct service_state *s = service_state_new(n_servers, n_rows, &fd);

	assert_non_null(s);
	close(fd);
	return s;
}

static void
test_sums(void **state)
{
	struct service_state *s = make_state(3, 4);

	(void)state;
	for (size_t row = 0; row < 4; row++)
		for (size_t i = 0; i < 3; i++) {
			service_use(s, row, i)->in_flight = (uint32_t)(i + 1);
			service_use(s, row, i)->queued = (uint32_t)(10 * row);
		}
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(service_state_in_flight(s, i), 4 * (i + 1));
		assert_int_equal(service_state_queued(s, i), 60);
	}
	service_state_clear_row(s, 3);
	service_state_clear_row(s, 0);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(service_state_in_flight(s, i), 2 * (i + 1));
		assert_int_equal(service_state_queued(s, i), 30);
	}
	assert_null(service_state_free(s));
}

/* The rows do not touch the servers, nor the last the end. */
static void
test_bounds(void **state)
{
	struct service_state *s = make_state(2, 2);

	(void)state;
	s->servers[1].probed_ms = 5;
	service_use(s, 0, 0)->in_flight = 1;
	service_use(s, 1, 1)->queued = 1;
	service_state_clear_row(s, 0);
	service_state_clear_row(s, 1);
	assert_int_equal(s->servers[1].probed_ms, 5);
	service_state_free(s);
}

static void
test_no_servers(void **state)
{
	struct service_state *s = make_state(0, 66);

	(void)state;
	service_state_clear_row(s, 65);
	service_state_free(s);
	assert_null(service_state_free(NULL));
	assert_true(service_state_rows(1) >= 64);
	assert_true(service_state_rows(UINT32_MAX) > UINT32_MAX);
}

static void
test_another_process(void **state)
{
	int fd, status = 1;
	struct service_state *s = service_state_new(2, 2, &fd), *mapped;
	pid_t pid;

	(void)state;
	assert_non_null(s);
	mapped = service_state_map(fd, 2, 2);
	assert_non_null(mapped);
	pid = fork();
	if (pid == 0) {
		service_use(mapped, 1, 1)->in_flight = 7;
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(service_state_in_flight(s, 1), 7);
	assert_null(service_state_map(fd, 3, 2)); /* another configuration's */
	service_state_free(mapped);
	service_state_free(s);
	close(fd);
}

/* A reload: servers are found again by service and address, wherever they stand. */
static void
test_take_over(void **state)
{
	static const struct service_server old_av[] = {{.text = "unix:/a", .number = 0},
						       {.text = "unix:/b", .number = 1}},
					   old_spam[] = {{.text = "unix:/a", .number = 2}},
					   new_spam[] = {{.text = "unix:/new", .number = 0},
							 {.text = "unix:/a", .number = 1}},
					   new_av[] = {{.text = "unix:/b", .number = 2},
						       {.text = "unix:/c", .number = 3}};
	static const struct service services[] = {
		{.name = "av", .servers = old_av, .n = 2},
		{.name = "spam", .servers = old_spam, .n = 1},
		{.name = "spam", .servers = new_spam, .n = 2},
		{.name = "av", .servers = new_av, .n = 2},
	};
	static const struct service *const old[] = {&services[0], &services[1]},
					   *const new[] = {&services[2], &services[3]};
	struct config old_cfg = {.services = old, .n_services = 2, .n_servers = 3};
	struct config new_cfg = {.services = new, .n_services = 2, .n_servers = 4};
	struct service_state *from = make_state(3, 1), *to = make_state(4, 1);

	(void)state;
	for (uint32_t i = 0; i < 3; i++) {
		from->servers[i].failures = 10 + i;
		from->servers[i].revive_ms = 20 + i;
		from->servers[i].down_since_ms = 30 + i;
		from->servers[i].probed_ms = 40 + i;
		service_use(from, 0, i)->in_flight = 1;
	}
	services_take_over(&new_cfg, to, &old_cfg, from);
	assert_int_equal(to->servers[0].down_since_ms, 0); /* new in "spam" */
	assert_int_equal(to->servers[1].failures, 12);	   /* "/a" of "spam", not of "av" */
	assert_int_equal(to->servers[1].down_since_ms, 32);
	assert_int_equal(to->servers[2].failures, 11);
	assert_int_equal(to->servers[2].revive_ms, 21);
	assert_int_equal(to->servers[2].down_since_ms, 31);
	assert_int_equal(to->servers[2].probed_ms, 41);
	assert_int_equal(to->servers[3].down_since_ms, 0); /* new in "av" */
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(service_state_in_flight(to, i), 0);
	service_state_free(from);
	service_state_free(to);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sums),	   cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_no_servers), cmocka_unit_test(test_another_process),
		cmocka_unit_test(test_take_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
