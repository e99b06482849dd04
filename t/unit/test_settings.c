/* src/config/settings and src/io/shared: settings on their way to another process. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "config/settings.h"
#include "io/shared.h"

static const char text[] =
	"user = \"ann\"\n"
	"group = \"mail\"\n"
	"workers { count = 3  max_sessions = 77  load_timeout = \"5s\"  hang_timeout = \"2s\" }\n"
	"log { target = \"stderr\"  level = \"debug\" }\n"
	"control { socket = \"unix:/tmp/c.sock\" }\n"
	"listener \"a\" { socket = \"unix:/tmp/a.sock\"  mode = \"0600\"  group = \"mail\"  chain = {} }\n"
	"listener \"b\" { socket = \"inet:99@127.0.0.1\"  backlog = 5  max_sessions = 9\n"
	"               allow = { \"192.0.2.0/24\", \"2001:db8::1\" }  chain = {} }\n"
	"listener \"c\" { socket = \"systemd\"  chain = { \"caps\" } }\n"
	"size \"caps\" { message = \"1M\" }\n";

static struct config *
load(void)
{
	struct config *cfg = NULL;

	assert_int_equal(config_load_text("t.conf", text, config_report_to_file, stderr, &cfg),
			 0);
	return cfg;
}

static void
expect_numbers(const struct config *a, const struct config *b)
{
	assert_int_equal(a->workers, b->workers);
	assert_int_equal(a->max_sessions, b->max_sessions);
	assert_int_equal(a->load_timeout_ms, b->load_timeout_ms);
	assert_int_equal(a->hang_timeout_ms, b->hang_timeout_ms);
	assert_int_equal(a->drain_timeout_ms, b->drain_timeout_ms);
	assert_int_equal(a->stop_timeout_ms, b->stop_timeout_ms);
	assert_int_equal(a->max_messages, b->max_messages);
	assert_int_equal(a->spool_files, b->spool_files);
	assert_int_equal(a->log_target, b->log_target);
	assert_int_equal(a->log_level, b->log_level);
	assert_int_equal(a->n_policies, b->n_policies);
	assert_int_equal(a->user_written, b->user_written);
	assert_int_equal(a->control_written, b->control_written);
	assert_int_equal(a->n_listeners, b->n_listeners);
}

static void
expect_same_text(const char *a, const char *b)
{
	assert_true((a == NULL) == (b == NULL));
	if (a != NULL)
		assert_string_equal(a, b);
}

static void
expect_listener(const struct listener_conf *a, const struct listener_conf *b)
{
	expect_same_text(a->name, b->name);
	expect_same_text(a->socket, b->socket);
	expect_same_text(a->owner, b->owner);
	expect_same_text(a->group, b->group);
	assert_int_equal(a->addr.len, b->addr.len);
	assert_memory_equal(&a->addr.sa, &b->addr.sa, a->addr.len);
	assert_int_equal(a->mode, b->mode);
	assert_int_equal(a->backlog, b->backlog);
	assert_int_equal(a->max_sessions, b->max_sessions);
	assert_int_equal(a->n_allow, b->n_allow);
	for (size_t i = 0; i < a->n_allow; i++)
		assert_true(a->allow[i].family == b->allow[i].family &&
			    a->allow[i].bits == b->allow[i].bits);
	assert_null(b->chain);
	assert_null(b->section);
}

static void
test_there_and_back(void **state)
{
	struct config *cfg = load(), *same = NULL;
	struct buf b = {0};

	(void)state;
	settings_pack(cfg, &b);
	assert_int_equal(settings_unpack(b.data, b.len, &same), 0);
	buf_free(&b);
	expect_numbers(cfg, same);
	expect_same_text(cfg->path, same->path);
	expect_same_text(cfg->user, same->user);
	expect_same_text(cfg->group, same->group);
	expect_same_text(cfg->control, same->control);
	expect_same_text(cfg->spool_dir, same->spool_dir);
	assert_int_equal(cfg->n_chain_policies, 1);
	expect_same_text(cfg->counted_policies[0].title, same->counted_policies[0].title);
	expect_same_text(cfg->counted_policies[0].kind, same->counted_policies[0].kind);
	expect_same_text(cfg->counted_policies[0].results, same->counted_policies[0].results);
	for (size_t i = 0; i < cfg->n_listeners; i++)
		expect_listener(&cfg->listeners[i], &same->listeners[i]);
	assert_null(same->section);
	config_free(same);
	config_free(cfg);
}

/* Cut at each byte, with more behind it, with a count or length that is too large. */
static void
test_nonsense(void **state)
{
	struct config *cfg = load(), *none = NULL, raw;
	struct buf b = {0};

	(void)state;
	settings_pack(cfg, &b);
	for (size_t len = 0; len < b.len; len++)
		assert_int_not_equal(settings_unpack(b.data, len, &none), 0);
	buf_putc(&b, 0);
	assert_int_not_equal(settings_unpack(b.data, b.len, &none), 0);
	b.len--;
	memcpy(&raw, b.data, sizeof(raw));
	raw.n_listeners = SIZE_MAX;
	memcpy(b.data, &raw, sizeof(raw));
	assert_int_not_equal(settings_unpack(b.data, b.len, &none), 0);
	raw.n_listeners = cfg->n_listeners;
	raw.workers = CONFIG_WORKERS_MAX + 1;
	memcpy(b.data, &raw, sizeof(raw));
	assert_int_not_equal(settings_unpack(b.data, b.len, &none), 0);
	raw.workers = 1;
	raw.control_addr.len = sizeof(raw.control_addr);
	memcpy(b.data, &raw, sizeof(raw));
	assert_int_not_equal(settings_unpack(b.data, b.len, &none), 0);
	raw.control_addr.len = 0;
	memcpy(b.data, &raw, sizeof(raw));
	b.data[sizeof(raw) + sizeof(uint32_t)] = '\0'; /* in a string */
	assert_int_not_equal(settings_unpack(b.data, b.len, &none), 0);
	assert_null(none);
	buf_free(&b);
	config_free(cfg);
}

/* No process can make the memory smaller, which would kill the others. */
static void
test_shared_memory(void **state)
{
	int fd = -1;
	char *memory = shared_new(5000, &fd), *same;

	(void)state;
	assert_non_null(memory);
	assert_int_equal(memory[4999], 0);
	assert_null(shared_map(fd, 4999));
	same = shared_map(fd, 5000);
	assert_non_null(same);
	memory[4999] = 'x';
	assert_int_equal(same[4999], 'x');
	assert_int_equal(ftruncate(fd, 1), -1);
	assert_int_not_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, 0);
	close(fd);
	munmap(memory, 5000);
	munmap(same, 5000);
	assert_null(shared_map(-1, 5000));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_there_and_back),
		cmocka_unit_test(test_nonsense),
		cmocka_unit_test(test_shared_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
