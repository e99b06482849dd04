/* polymilterctl bench: sends messages to a filter as fast as it replies, and prints rates,
 * latencies and, with --pid, what the filter used.
 *
 * Input: the socket and the options; output: lines, or a JSON object that t/bench reads.
 * Figures are only printed: whether they are good is decided there. */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "ctl/command.h"
#include "ctl/idle_connections.h"
#include "ctl/json.h"
#include "ctl/load.h"
#include "ctl/meter.h"
#include "ctl/sample.h"
#include "util/addr.h"
#include "util/arena.h"

#define TIMEOUT_MS	30000 /* Postfix's milter_command_timeout */
#define BAR_WIDTH	40
#define MAX_MESSAGES	10000000u
#define MAX_CONNECTIONS 1000u
#define MAX_IDLE	10000u
#define MAX_RCPTS	100u
#define MIN_TICKS	20u /* of CPU time; with fewer its division is not printed */

enum {
	OPT_AUTH,
	OPT_CONNECTIONS,
	OPT_FROM,
	OPT_IDLE,
	OPT_JSON,
	OPT_MESSAGE,
	OPT_MESSAGES,
	OPT_PER_CONNECTION,
	OPT_PID,
	OPT_RCPT,
	OPT_SIZE,
	OPT_WRITE,
};

static const struct command_option options[] = {
	[OPT_AUTH] = {"auth", "USER", "send the messages as authenticated USER", 0},
	[OPT_CONNECTIONS] = {"connections", "N", "connections at the same time (default: 10)",
			     0},
	[OPT_FROM] = {"from", "ADDRESS", "sender (default: ann@example.com)", 0},
	[OPT_IDLE] = {"idle", "N", "additional connections that stay idle (default: 0)", 0},
	[OPT_JSON] = {"json", NULL, "print the result as a JSON object", 0},
	[OPT_MESSAGE] = {"message", "FILE", "send this message, not the built-in one", 0},
	[OPT_MESSAGES] = {"messages", "N", "messages in all (default: 10000)", 0},
	[OPT_PER_CONNECTION] = {"per-connection", "N",
				"messages on one connection (default: 100)", 0},
	[OPT_PID] = {"pid", "PID", "measure CPU and memory of PID and its descendants", 0},
	[OPT_RCPT] = {"rcpt", "ADDRESS,...", "recipients (default: bob@example.net)", 0},
	[OPT_SIZE] = {"size", "SIZE",
		      "size of the built-in message and its header (default: 4K)", 0},
	[OPT_WRITE] = {"write", "SIZE", "maximum size of one write (default: no limit)", 0},
	{0},
};

/* The options, what is made from them, and the results. */
struct bench {
	const struct command *command;
	const struct command_args *args;
	uint64_t size, pid, idle;
	struct arena *arena;
	struct sample sample;
	struct mta_message message;
	struct load_plan plan;
	struct load_result result;
	struct meter meter;
};

struct progress_bar {
	size_t total; /* messages */
	size_t cells; /* that are filled */
	bool is_enabled;
};

static void
show_progress(void *ctx, size_t decided)
{
	struct progress_bar *bar = ctx;
	size_t cells = decided * BAR_WIDTH / bar->total;

	if (!bar->is_enabled || cells == bar->cells)
		return;
	bar->cells = cells;
	fprintf(stderr, "\r[%.*s%*s] %zu of %zu", (int)cells,
		"########################################", (int)(BAR_WIDTH - cells), "",
		decided, bar->total);
}

static void
erase_progress(const struct progress_bar *bar)
{
	if (bar->is_enabled && bar->cells > 0)
		fprintf(stderr, "\r%*s\r", BAR_WIDTH + 40, "");
}

static const struct percentile {
	const char *name;
	const char *key;
	unsigned percent;
} percentiles[] = {
	{"50 %", "p50", 50}, {"90 %", "p90", 90}, {"99 %", "p99", 99}, {"max", "max", 100}};

#define N_PERCENTILES (sizeof(percentiles) / sizeof(percentiles[0]))

static double
find_latency_us(const struct bench *b, unsigned percent)
{
	size_t rank = (b->plan.messages * percent + 99) / 100;

	return (double)b->result.latency_ns[rank ? rank - 1 : 0] / 1e3;
}

static double
wall_seconds(const struct bench *b)
{
	return (double)b->result.wall_ns / 1e9;
}

static double
cpu_us_per_message(const struct bench *b)
{
	return (double)b->meter.cpu.ns / 1e3 / (double)b->plan.messages;
}

/* The share of the CPU time that was spent in the kernel. -1: too few ticks to compute it. */
static double
compute_system_share(const struct bench *b)
{
	const struct proc_cpu *cpu = &b->meter.cpu;
	uint64_t ticks = cpu->user + cpu->system;

	return ticks < MIN_TICKS ? -1 : (double)cpu->system / (double)ticks;
}

static const struct {
	const char *name, *key;
} moments[METER_MOMENTS] = {
	[METER_BEFORE] = {"before", "before"},
	[METER_IDLE] = {"with the idle connections", "idle"},
	[METER_AFTER] = {"after", "after"},
};

static void
put_memory(json_t *object, const struct meter *m)
{
	json_t *memory = json_put_object(object, "memory");

	for (size_t i = 0; i < METER_MOMENTS; i++) {
		json_t *moment = json_put_object(memory, moments[i].key);

		json_put_number(moment, "pss", m->memory[i].pss);
		json_put_number(moment, "anonymous", m->memory[i].anonymous);
	}
}

static void
put_usage(json_t *object, const struct bench *b)
{
	double kernel = b->meter.pid ? compute_system_share(b) : -1;

	if (b->meter.pid)
		json_put_real(object, "cpu_us_per_message", cpu_us_per_message(b), 3);
	else
		json_put(object, "cpu_us_per_message", json_null());
	if (kernel >= 0)
		json_put_real(object, "system_share", kernel, 3);
	else
		json_put(object, "system_share", json_null());
	if (b->meter.pid && b->meter.has_memory)
		put_memory(object, &b->meter);
	else
		json_put(object, "memory", json_null());
}

static void
put_load(json_t *object, const struct bench *b)
{
	const struct load_result *res = &b->result;

	json_put_number(object, "messages", b->plan.messages);
	json_put_number(object, "connections", res->connections);
	json_put_number(object, "at_once", b->plan.connections);
	json_put_number(object, "idle", b->idle);
	json_put_number(object, "size", b->sample.size);
	json_put_number(object, "sent_bytes", res->sent);
	json_put_number(object, "delivered", res->delivered);
	json_put_number(object, "refused", res->refused);
	json_put_number(object, "discarded", res->discarded);
	json_put_number(object, "changes", res->changes);
}

static void
print_bench_json(const struct bench *b)
{
	json_t *object = json_new_object(), *latency;

	put_load(object, b);
	json_put_real(object, "seconds", wall_seconds(b), 6);
	json_put_real(object, "messages_per_second", (double)b->plan.messages / wall_seconds(b),
		      1);
	latency = json_put_object(object, "latency_us");
	for (size_t i = 0; i < N_PERCENTILES; i++)
		json_put_real(latency, percentiles[i].key,
			      find_latency_us(b, percentiles[i].percent), 1);
	put_usage(object, b);
	json_print(stdout, object, 0);
}

static void
print_usage_lines(const struct bench *b)
{
	double kernel = compute_system_share(b);

	printf("CPU of process %ld and its %zu descendants: %.2f us a message",
	       (long)b->meter.pid, b->meter.end.n - 1, cpu_us_per_message(b));
	if (kernel >= 0)
		printf(", %.0f %% of it in the kernel", 100 * kernel);
	printf("\n");
	for (size_t i = 0; b->meter.has_memory && i < METER_MOMENTS; i++)
		if (i != METER_IDLE || b->idle > 0)
			printf("%s%s: %" PRIu64 " KiB", i ? ", " : "memory ", moments[i].name,
			       b->meter.memory[i].pss / 1024);
	printf("%s", b->meter.has_memory ? "\n" : "");
}

static void
print_bench_text(const struct bench *b)
{
	const struct load_result *res = &b->result;

	printf("%zu messages of %zu bytes on %zu connections, %zu at once", b->plan.messages,
	       b->sample.size, res->connections, b->plan.connections);
	if (b->idle > 0)
		printf(", %" PRIu64 " idle", b->idle);
	printf("\n");
	printf("%zu delivered, %zu refused, %zu discarded; %zu changes\n", res->delivered,
	       res->refused, res->discarded, res->changes);
	printf("%.2f s, %.0f messages a second\n", wall_seconds(b),
	       (double)b->plan.messages / wall_seconds(b));
	printf("latency");
	for (size_t i = 0; i < N_PERCENTILES; i++)
		printf("%s %s: %.0f us", i ? "," : "", percentiles[i].name,
		       find_latency_us(b, percentiles[i].percent));
	printf("\n");
	if (b->meter.pid)
		print_usage_lines(b);
}

static volatile sig_atomic_t bench_stop;

static void
on_bench_signal(int sig)
{
	bench_stop = sig;
}

static int
report_meter_error(const struct bench *b, int r)
{
	return command_fail(b->command, EX_UNAVAILABLE, "process %ld or a descendant: %s",
			    (long)b->meter.pid, r == -ECHILD ? "it has ended" : strerror(-r));
}

/* Sends the messages while the idle connections, if any, are open, and measures. */
static int
run_bench_load(struct bench *b)
{
	const char *error = "";
	int r = meter_start(&b->meter, METER_IDLE);

	if (r < 0)
		return report_meter_error(b, r);
	r = load_run(&b->plan, &b->result, &error);
	erase_progress(b->plan.progress_ctx);
	if (r < 0)
		return command_fail(b->command, EX_UNAVAILABLE, "%s: %s", error, strerror(-r));
	r = meter_end(&b->meter);
	return r < 0 ? report_meter_error(b, r) : EX_OK;
}

static int
run_with_idle_connections(struct bench *b)
{
	struct idle_connections idle;
	int r = idle_connections_open(&idle, b->idle, &b->plan.filter, TIMEOUT_MS, &bench_stop);

	if (r < 0)
		return command_fail(b->command, EX_UNAVAILABLE,
				    "cannot open %" PRIu64 " idle connections: %s", b->idle,
				    strerror(-r));

	int status = run_bench_load(b);
	size_t lost = idle_connections_count_lost(&idle);

	idle_connections_close(&idle);
	if (status == EX_OK && lost > 0)
		status = command_fail(b->command, EX_UNAVAILABLE,
				      "the filter closed %zu idle connections", lost);
	return status;
}

static int
run_and_print(struct bench *b)
{
	struct progress_bar bar = {.total = b->plan.messages,
				   .is_enabled = isatty(2) && !getenv("NO_COLOR")};
	int r = meter_open(&b->meter, (pid_t)b->pid);

	if (r < 0)
		return command_fail(b->command, EX_NOINPUT, "process %" PRIu64 ": %s", b->pid,
				    strerror(-r));
	b->plan.progress = show_progress;
	b->plan.progress_ctx = &bar;

	int status = run_with_idle_connections(b);

	if (status == EX_OK && b->args->values[OPT_JSON])
		print_bench_json(b);
	else if (status == EX_OK)
		print_bench_text(b);
	free(b->result.latency_ns);
	return status;
}

/* Reads the options whose argument is a number. */
static int
read_number_options(struct bench *b)
{
	uint64_t messages = 10000, per_connection = 100, connections = 10, write = SIZE_MAX;
	const struct {
		size_t option;
		uint64_t min, max;
		uint64_t *to;
	} numbers[] = {
		{OPT_MESSAGES, 1, MAX_MESSAGES, &messages},
		{OPT_PER_CONNECTION, 1, MAX_MESSAGES, &per_connection},
		{OPT_CONNECTIONS, 1, MAX_CONNECTIONS, &connections},
		{OPT_IDLE, 0, MAX_IDLE, &b->idle},
		{OPT_SIZE, 1, SAMPLE_MAX, &b->size},
		{OPT_WRITE, 1, SIZE_MAX, &write},
		{OPT_PID, 1, INT32_MAX, &b->pid},
	};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		int status = command_number(b->command, b->args, numbers[i].option,
					    numbers[i].min, numbers[i].max, numbers[i].to);

		if (status != EX_OK)
			return status;
	}
	b->plan.messages = messages;
	b->plan.per_connection = per_connection;
	b->plan.connections = connections;
	b->plan.write_size = write;
	return EX_OK;
}

static int
make_bench_sample(struct bench *b)
{
	const char *path = b->args->values[OPT_MESSAGE];

	if (path && b->args->values[OPT_SIZE])
		return command_usage(b->command, "--size applies only to the built-in message");
	if (!path) {
		sample_builtin(&b->sample, b->size);
		return EX_OK;
	}

	int r = sample_read(&b->sample, path);

	return r < 0 ? command_fail(b->command, EX_NOINPUT, "%s: %s", path,
				    r == -EBADMSG ? "does not begin with a message header"
						  : strerror(-r))
		     : EX_OK;
}

static const char *
put_in_brackets(struct arena *arena, const char *address, size_t len)
{
	bool has_brackets = len > 0 && address[0] == '<';

	return arena_printf(arena, has_brackets ? "%.*s" : "<%.*s>", (int)len, address);
}

static const char *const *
make_sender_arguments(const struct bench *b)
{
	const char *from = b->args->values[OPT_FROM];
	const char **sender = arena_zalloc(b->arena, 4 * sizeof(*sender));

	from = from ? from : "ann@example.com";
	sender[0] = put_in_brackets(b->arena, from, strlen(from));
	sender[1] = arena_printf(b->arena, "SIZE=%zu", b->sample.size);
	sender[2] = "BODY=8BITMIME";
	return sender;
}

/* The addresses of --rcpt. NULL: there are more than MAX_RCPTS. */
static const char *const *
make_rcpt_list(const struct bench *b)
{
	const char *list = b->args->values[OPT_RCPT];
	const char **rcpts = arena_zalloc(b->arena, (MAX_RCPTS + 1) * sizeof(*rcpts));
	size_t n = 0;

	list = list ? list : "bob@example.net";
	for (const char *end; list; list = end) {
		if (n == MAX_RCPTS)
			return NULL;
		end = strchr(list, ',');
		rcpts[n++] = put_in_brackets(b->arena, list,
					     end ? (size_t)(end - list) : strlen(list));
		end = end ? end + 1 : NULL;
	}
	return rcpts;
}

static int
make_bench_message(struct bench *b)
{
	int status = make_bench_sample(b);

	if (status != EX_OK)
		return status;
	b->message = (struct mta_message){.queue_id = "4Xk9Tz2qL7z3f8c",
					  .auth_user = b->args->values[OPT_AUTH],
					  .sender = make_sender_arguments(b),
					  .rcpts = make_rcpt_list(b),
					  .headers = b->sample.headers,
					  .body = (const char *)b->sample.body.data,
					  .body_len = b->sample.body.len};
	b->plan.message = &b->message;
	if (!b->message.rcpts)
		return command_usage(b->command, "--rcpt: more than %u recipients", MAX_RCPTS);
	return EX_OK;
}

static int
bench_run(const struct command *c, const struct command_args *args)
{
	struct bench b = {.command = c, .args = args, .size = 4096, .arena = arena_new()};
	const char *error;

	b.plan = (struct load_plan){.timeout_ms = TIMEOUT_MS, .stop = &bench_stop};

	int status = read_number_options(&b);

	if (status == EX_OK && addr_parse(args->operands[0], &b.plan.filter, &error) < 0)
		status = command_usage(c, "%s: %s", args->operands[0], error);
	if (status == EX_OK)
		status = make_bench_message(&b);
	signal(SIGINT, on_bench_signal);
	signal(SIGTERM, on_bench_signal);
	if (status == EX_OK)
		status = run_and_print(&b);
	sample_free(&b.sample);
	arena_free(b.arena);
	return status;
}

const struct command command_bench = {
	.name = "bench",
	.operands = "SOCKET",
	.min_operands = 1,
	.max_operands = 1,
	.summary =
		"Send messages to the filter at SOCKET (unix:PATH, inet:PORT@HOST) and measure",
	.options = options,
	.run = bench_run,
};
