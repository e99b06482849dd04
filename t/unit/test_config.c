/* config: from a text to struct config. Errors are tested by t/wrong/ and test_wrong.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/config.h"
#include "util/buf.h"

static const char small_file[] =
	"listener \"mx\" {\n"
	"    socket = \"unix:/var/spool/postfix/polymilter/mx.sock\"\n"
	"    mode   = \"0660\"\n"
	"    chain  = { \"caps\", \"spam words\", \"moved\", \"legal\" }\n"
	"}\n"
	"\n"
	"size \"caps\" { message = \"25M\"  recipients = 100 }\n"
	"\n"
	"header \"spam words\" {\n"
	"    rule \"pills\" { name = \"Subject\"  match = '(?i)\\bcheap pills\\b'  action = "
	"\"reject\"  reply = \"550 5.7.1 Not here\" }\n"
	"}\n"
	"\n"
	"recipient \"moved\" {\n"
	"    map \"old\" { match = '(?i)^(.+)@old\\.example$'  to = { \"$1@new.example\" } }\n"
	"}\n"
	"\n"
	"condition \"leaving\" { authenticated = yes  not_recipient_domain = { "
	"\"example.com\" } }\n"
	"\n"
	"footer \"legal\" {\n"
	"    when = { \"leaving\" }\n"
	"    text = \"Example Ltd, registered in England\"\n"
	"    html = \"<p>Example Ltd, registered in England</p>\"\n"
	"}\n";

#define LISTENER(chain) "listener \"mx\" { socket = \"unix:/x\"  chain = {" chain "} }\n"

static void
on_report(void *ctx, enum config_severity kind, const char *file, unsigned line,
	  const char *text)
{
	buf_printf(ctx, "%s:%u: %s%s\n", file, line, kind == CONFIG_WARNING ? "warning: " : "",
		   text);
}

/* Loads a text without errors; its warnings must be those given. */
static struct config *
load_with(const char *text, const char *warnings)
{
	struct buf reported = {0};
	struct config *config = NULL;
	int r = config_load_text("t", text, on_report, &reported, &config);

	assert_string_equal(buf_string(&reported), warnings);
	assert_int_equal(r, 0);
	assert_non_null(config);
	buf_free(&reported);
	return config;
}

static struct config *
load(const char *text)
{
	return load_with(text, "");
}

static void
test_small_file(void **state)
{
	static const char *const titles[] = {"caps", "spam words", "moved", "legal"};
	static const char *const kinds[] = {"size", "header", "recipient", "footer"};
	struct config *c = load(small_file);
	const struct chain *chain;

	(void)state;
	assert_string_equal(c->path, "t");
	assert_int_equal(c->n_listeners, 1);
	assert_string_equal(c->listeners[0].name, "mx");
	assert_int_equal(c->listeners[0].addr.sa.sa_family, AF_UNIX);
	assert_int_equal(c->listeners[0].mode, 0660);
	chain = c->listeners[0].chain;
	assert_string_equal(chain->listener, "mx");
	assert_int_equal(chain->n, 4);
	for (size_t i = 0; i < 4; i++) {
		assert_string_equal(chain->inst[i]->title, titles[i]);
		assert_string_equal(chain->inst[i]->ops->name, kinds[i]);
		assert_int_equal(chain->inst[i]->mode, MODE_ENFORCE);
		assert_int_equal(chain->inst[i]->on_error, ON_EVENT_TEMPFAIL);
		assert_int_equal(chain->inst[i]->n_unless, 0);
	}
	assert_int_equal(chain->inst[0]->n_when, 0);
	assert_int_equal(chain->inst[3]->n_when, 1);
	assert_string_equal(condition_name(chain->inst[3]->when[0]), "leaving");
	assert_true((chain->need.actions & ACTION_REPLACE_BODY) != 0);
	config_free(c);
}

static void
test_defaults(void **state)
{
	struct config *c = load(LISTENER(""));
	const struct listener_conf *l = c->listeners;

	(void)state;
	assert_string_equal(c->user, "polymilter");
	assert_string_equal(c->group, "polymilter");
	assert_false(c->user_written);
	assert_true(c->workers >= 1);
	assert_int_equal(c->max_sessions, 4096);
	assert_int_equal(c->hang_timeout_ms, 7000);
	assert_false(c->core_dumps);
	assert_int_equal(c->drain_timeout_ms, 900000);
	assert_int_equal(c->stop_timeout_ms, 5000);
	assert_true(c->max_memory == UINT64_MAX);
	assert_int_equal(c->max_messages, 100000);
	assert_int_equal(c->limits.header_bytes, 1048576);
	assert_int_equal(c->limits.headers, 10000);
	assert_int_equal(c->limits.recipients, 50000);
	assert_int_equal(c->limits.body_bytes, 268435456);
	assert_int_equal(c->limits.on_limit, VERDICT_TEMPFAIL);
	assert_int_equal(c->body_memory, 1048576);
	assert_string_equal(c->spool_dir, "/var/tmp");
	assert_int_equal(c->spool_files, 0); /* the chain reads no bodies */
	assert_int_equal(c->negotiate_timeout_ms, 10000);
	assert_int_equal(c->idle_timeout_ms, 7200000);
	assert_int_equal(c->frame_timeout_ms, 300000);
	assert_int_equal(c->log_target, LOG_TARGET_AUTO);
	assert_int_equal(c->log_level, LOG_INFO);
	assert_int_equal(c->log_messages, LOG_MESSAGES_ALL);
	assert_int_equal(l->mode, 0660);
	assert_null(l->owner);
	assert_null(l->group);
	assert_int_equal(l->backlog, 4096);
	assert_int_equal(l->max_sessions, 0);
	assert_int_equal(l->n_allow, 0);
	assert_int_equal(l->chain->n, 0);
	assert_false(l->chain->monitor);
	assert_int_equal(l->chain->regex.steps, 100000);
	assert_int_equal(l->chain->regex.time_us, 100000);
	assert_int_equal(l->chain->limits.headers, 10000);
	assert_int_equal(l->chain->view.parts, 10000);
	assert_int_equal(l->chain->view.depth, 100);
	config_free(c);
}

static void
test_all_written(void **state)
{
	struct config *c = load(
		"user = ''  group = \"mail\"\n"
		"workers { count = 3 max_sessions = 17 hang_timeout = 2s drain_timeout = 1h\n"
		"  stop_timeout = 500ms max_messages = 1000 max_memory = 512M core_dumps = yes }\n"
		"limits { header_bytes = 64K headers = 0 recipients = 5 body_bytes = 1G\n"
		"  on_limit = accept regex_steps = 7 regex_time = 20ms negotiate_timeout = 4s idle_timeout = 3m\n"
		"  frame_timeout = 9s body_memory = 1M spool_dir = /var/tmp spool_files = 64\n"
		"  mime_parts = 300 mime_depth = 7 }\n"
		"log { target = stderr level = debug messages = acted }\n"
		"control { socket = 'unix:/run/polymilter/control.sock' }\n"
		"listener \"in\" { socket = 'inet:127.0.0.1:8891' backlog = 5 max_sessions = 9\n"
		"  allow = { '127.0.0.0/8', '2001:db8::/32' } chain = {}\n"
		"  mode_override = monitor }\n"
		"listener \"sd\" { socket = systemd chain = {} }\n"
		"listener \"un\" { socket = 'unix:/y' mode = 0600 owner = a group = b\n"
		"  chain = {} }\n");
	const struct listener_conf *l = c->listeners;

	(void)state;
	assert_string_equal(c->user, "");
	assert_string_equal(c->group, "mail");
	assert_true(c->user_written);
	assert_int_equal(c->workers, 3);
	assert_int_equal(c->max_sessions, 17);
	assert_int_equal(c->hang_timeout_ms, 2000);
	assert_int_equal(c->drain_timeout_ms, 3600000);
	assert_int_equal(c->stop_timeout_ms, 500);
	assert_int_equal(c->max_memory, 512u << 20);
	assert_int_equal(c->max_messages, 1000);
	assert_true(c->core_dumps);
	assert_int_equal(c->limits.header_bytes, 65536);
	assert_int_equal(c->limits.headers, 0);
	assert_int_equal(c->limits.recipients, 5);
	assert_int_equal(c->limits.body_bytes, 1073741824);
	assert_int_equal(c->limits.on_limit, VERDICT_ACCEPT);
	assert_int_equal(c->negotiate_timeout_ms, 4000);
	assert_int_equal(c->idle_timeout_ms, 180000);
	assert_int_equal(c->frame_timeout_ms, 9000);
	assert_int_equal(c->log_target, LOG_TARGET_STDERR);
	assert_int_equal(c->log_level, LOG_DEBUG);
	assert_int_equal(c->log_messages, LOG_MESSAGES_ACTED);
	assert_int_equal(c->n_listeners, 3);
	assert_string_equal(l[0].socket, "inet:127.0.0.1:8891");
	assert_int_equal(l[0].backlog, 5);
	assert_int_equal(l[0].max_sessions, 9);
	assert_int_equal(l[0].n_allow, 2);
	assert_int_equal(l[0].allow[1].bits, 32);
	assert_true(l[0].chain->monitor);
	assert_int_equal(l[0].chain->regex.steps, 7);
	assert_int_equal(l[0].chain->view.parts, 300);
	assert_int_equal(l[0].chain->view.depth, 7);
	assert_int_equal(l[0].chain->regex.time_us, 20000);
	assert_int_equal(l[1].addr.len, 0);
	assert_false(l[1].chain->monitor);
	assert_int_equal(l[2].mode, 0600);
	assert_string_equal(l[2].owner, "a");
	assert_string_equal(l[2].group, "b");
	config_free(c);
}

/* Spool files are for chains that read bodies, if a body may be larger than body_memory. */
static void
test_spool_files(void **state)
{
	static const struct {
		const char *limits, *mode; /* of the footer */
		size_t files;
		uint64_t memory;
	} tests[] = {
		{"", "monitor", 64, 1 << 20},
		{"", "enforce", 64, 1 << 20},
		{"spool_files = 3 body_memory = 0", "enforce", 0, UINT64_MAX},
		{"spool_files = 3 body_memory = 1 spool_dir = '/'", "enforce", 3, 1},
		{"spool_files = 3", "off", 0, 1 << 20},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct buf text = {0};
		struct config *c;

		buf_printf(&text,
			   "limits { %s }\nfooter \"f\" { text = x mode = %s }\n"
			   "listener \"a\" { socket = 'unix:/a' chain = {} }\n"
			   "listener \"b\" { socket = 'unix:/b' chain = { f } }\n",
			   tests[i].limits, tests[i].mode);
		c = load(buf_string(&text));
		assert_int_equal(c->spool_files, tests[i].files);
		assert_true(c->body_memory == tests[i].memory);
		config_free(c);
		buf_free(&text);
	}
}

/* Policies run in the order of the chain, not of the file; one may be in several chains. */
static void
test_chains(void **state)
{
	struct config *c =
		load("size \"b\" { mode = monitor on_error = continue headers = 9 }\n"
		     "listener \"one\" { socket = 'unix:/1' chain = { c, b, a } }\n"
		     "size \"a\" { mode = off on_error = quarantine headers = 9 }\n"
		     "listener \"two\" { socket = 'unix:/2' chain = a }\n"
		     "header \"c\" { rule \"r\" { name = Subject action = log } }\n");
	const struct chain *one = c->listeners[0].chain, *two = c->listeners[1].chain;

	(void)state;
	assert_int_equal(one->n, 3);
	assert_string_equal(one->inst[0]->title, "c");
	assert_string_equal(one->inst[1]->title, "b");
	assert_string_equal(one->inst[2]->title, "a");
	assert_int_equal(one->inst[1]->mode, MODE_MONITOR);
	assert_int_equal(one->inst[1]->on_error, ON_EVENT_CONTINUE);
	assert_int_equal(one->inst[2]->mode, MODE_OFF);
	assert_int_equal(one->inst[2]->on_error, ON_EVENT_QUARANTINE);
	assert_int_equal(two->n, 1);
	assert_ptr_equal(two->inst[0], one->inst[2]);
	config_free(c);
}

/* Conditions and tables may be used before they are defined. */
static void
test_order_of_conditions(void **state)
{
	struct config *c =
		load(LISTENER("p") "size \"p\" { when = { a } unless = { d, c } headers = 9 }\n"
				   "condition \"a\" { all = { b, c } any = { d } }\n"
				   "condition \"b\" { all = { c } none = { d } }\n"
				   "condition \"c\" { recipient_domain = { 'table:ours' } }\n"
				   "condition \"d\" { tls = yes listener = { mx } }\n"
				   "table \"ours\" { values = { 'example.com' } }\n");
	const struct policy_inst *p = c->listeners[0].chain->inst[0];

	(void)state;
	assert_int_equal(p->n_when, 1);
	assert_string_equal(condition_name(p->when[0]), "a");
	assert_true(condition_reads(p->when[0]) & PART_RCPTS); /* by b, by c */
	assert_non_null(strstr(condition_macros(p->when[0]), "{tls_version}"));
	assert_int_equal(p->n_unless, 2);
	assert_string_equal(condition_name(p->unless[1]), "c");
	config_free(c);
}

/* 2000 conditions, each of which needs the next: no recursion, no quadratic time. */
static void
test_many_conditions(void **state)
{
	struct buf text = {0};
	struct config *c;

	(void)state;
	buf_puts(&text, LISTENER("p") "size \"p\" { when = c0 headers = 9 }\n");
	for (int i = 0; i < 2000; i++)
		buf_printf(&text, "condition \"c%d\" { all = { c%d } }\n", i, i + 1);
	buf_puts(&text, "condition \"c2000\" { tls = yes }\n");
	c = load(buf_string(&text));
	assert_int_equal(c->listeners[0].chain->inst[0]->n_when, 1);
	config_free(c);
	buf_free(&text);
}

static void
test_warnings_do_not_refuse(void **state)
{
	struct config *c = load_with(
		"listener \"mx\" { socket = 'inet:8891@0.0.0.0' chain = {} }\n"
		"size \"idle\" { headers = 1 }\n",
		"t:1: warning: socket: any host that reaches 'inet:8891@0.0.0.0' can connect; "
		"restrict it with allow = { ... }\n"
		"t:2: warning: size \"idle\" is in no chain, so it never runs\n");

	(void)state;
	config_free(c);
}

/* The errors of all passes are reported in the order of the lines. */
static void
test_order_of_errors(void **state)
{
	struct buf reported = {0};
	struct config *c = NULL;

	(void)state;
	assert_int_equal(
		config_load_text("t",
				 "listener \"a\" { socket = 'nowhere'\n" /* the builder */
				 "  chain = { x } }\n"			 /* the builder */
				 "workers { count = 01\n"		 /* reader.c */
				 "  cuont = 2 }\n"			 /* check_statement.c */
				 "limits { regex_time = '0s' }\n",
				 on_report, &reported, &c),
		-EINVAL);
	assert_null(c);
	assert_string_equal(
		buf_string(&reported),
		"t:1: socket: 'nowhere': an address begins with unix:, inet: or inet6:\n"
		"t:2: chain: unknown policy 'x'\n"
		"t:3: count: '01' is not a number: digits only, no sign, no leading zero\n"
		"t:4: unknown option 'cuont' in workers; did you mean 'count'?\n"
		"t:5: regex_time: must be greater than 0\n");
	buf_free(&reported);
}

/* A regular expression that does not compile and a reply that is invalid are reported at their
 * lines, also in a policy that has other errors. */
static void
test_errors_found_by_policies(void **state)
{
	struct buf reported = {0};
	struct config *c = NULL;

	(void)state;
	assert_int_equal(config_load_text("t",
					  LISTENER("h") "header \"h\" {\n"
							"rule \"r\" { name = Subject\n"
							"match = { 'good',\n"
							"'(bad' }\n"
							"action = reject\n"
							"xyzzy = 1\n"
							"reply = '200 ok' } }\n",
					  on_report, &reported, &c),
			 -EINVAL);
	assert_non_null(strstr(buf_string(&reported), "t:5: "));
	assert_non_null(strstr(buf_string(&reported), "t:7: unknown option 'xyzzy' in rule\n"));
	assert_non_null(strstr(buf_string(&reported), "t:8: "));
	buf_free(&reported);
}

static char path[] = "/tmp/test_config.XXXXXX";

static int
make_file(void **state)
{
	int fd;

	(void)state;
	memset(path + strlen(path) - 6, 'X', 6);
	fd = mkstemp(path);
	return fd < 0 ? -1 : close(fd);
}

static int
remove_file(void **state)
{
	(void)state;
	return unlink(path);
}

static void
put(const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

/* Before privileges are dropped only user, group and listeners are read. */
static void
test_early(void **state)
{
	struct buf reported = {0};
	struct config *c = NULL;

	(void)state;
	put("user = nobody\n"
	    "listener \"a\" { socket = 'unix:/a' mode = 0600 owner = o chain = { lost } }\n"
	    "size \"caps\" { mesage = 1 } nonsense = 1 log = 5\n"
	    "condition { tls } table \"t\" { file = '/nowhere' }\n"
	    "workers \"x\" { count = { 1 } }\n"
	    "listener \"b\" { socket = systemd chain = {} }\n");
	assert_int_equal(config_load_early(path, on_report, &reported, &c), 0);
	assert_string_equal(buf_string(&reported), "");
	assert_string_equal(c->user, "nobody");
	assert_true(c->user_written);
	assert_int_equal(c->n_listeners, 2);
	assert_string_equal(c->listeners[0].owner, "o");
	assert_int_equal(c->listeners[0].mode, 0600);
	assert_null(c->listeners[0].chain);
	assert_string_equal(c->listeners[1].name, "b");
	config_free(c);
	put("listener \"a\" { socket = 'nix:/a' chain = {} }\n");
	assert_int_equal(config_load_early(path, on_report, &reported, &c), -EINVAL);
	assert_non_null(strstr(buf_string(&reported), ":1: socket: 'nix:/a'"));
	assert_int_equal(chmod(path, 0666), 0);
	assert_int_equal(config_load_early(path, on_report, &reported, &c), -EPERM);
	buf_free(&reported);
}

static void
test_files(void **state)
{
	struct buf reported = {0};
	struct config *c = NULL;

	(void)state;
	put(small_file);
	assert_int_equal(config_load(path, on_report, &reported, &c), 0);
	assert_string_equal(buf_string(&reported), "");
	assert_string_equal(c->path, path);
	c = config_free(c);
	assert_null(c);
	assert_int_equal(config_load("/nowhere/x.conf", on_report, &reported, &c), -ENOENT);
	assert_string_equal(buf_string(&reported),
			    "/nowhere/x.conf:0: No such file or directory\n");
	assert_null(c);
	assert_null(config_free(NULL));
	buf_free(&reported);
}

static void
test_report_to_file(void **state)
{
	char text[200] = "";
	FILE *f = fmemopen(text, sizeof(text), "w");

	(void)state;
	config_report_to_file(f, CONFIG_ERROR, "a.conf", 3, "bad");
	config_report_to_file(f, CONFIG_WARNING, "a.conf", 4, "odd");
	config_report_to_file(f, CONFIG_ERROR, "a.conf", 0, "not there");
	assert_int_equal(fclose(f), 0);
	assert_string_equal(text, "a.conf:3: bad\na.conf:4: warning: odd\na.conf: not there\n");
}

/* The option tables themselves: each row has help, and its default is valid for its type. */
static void
check_table(const struct option *table, unsigned depth)
{
	const struct option *o;
	char why[300];

	for (size_t i = 0; (o = option_at(table, i)) != NULL; i++) {
		if (o->help == NULL)
			fail_msg("%s has no help", o->name);
		if (o->type == OPTION_WORD && o->words == NULL)
			fail_msg("%s has no words", o->name);
		if (o->value != NULL && !option_is_list(o) &&
		    option_check(o, o->value, why, sizeof(why)) < 0)
			fail_msg("default of %s", why);
		if (option_is_section(o) && o->options != NULL && depth < 5)
			check_table(o->options, depth + 1);
	}
}

static void
test_tables(void **state)
{
	(void)state;
	check_table(config_options, 0);
	for (size_t i = 0; policy_registry[i] != NULL; i++) {
		const struct policy_results *results = policy_registry[i]->results;

		assert_non_null(policy_registry[i]->summary);
		if (results != NULL)
			assert_in_range(policy_results_count(results), 4, COUNTED_RESULTS_MAX);
		check_table(policy_registry[i]->options, 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_small_file),
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_all_written),
		cmocka_unit_test(test_spool_files),
		cmocka_unit_test(test_chains),
		cmocka_unit_test(test_order_of_conditions),
		cmocka_unit_test(test_many_conditions),
		cmocka_unit_test(test_warnings_do_not_refuse),
		cmocka_unit_test(test_order_of_errors),
		cmocka_unit_test(test_errors_found_by_policies),
		cmocka_unit_test_setup_teardown(test_early, make_file, remove_file),
		cmocka_unit_test_setup_teardown(test_files, make_file, remove_file),
		cmocka_unit_test(test_report_to_file),
		cmocka_unit_test(test_tables),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
