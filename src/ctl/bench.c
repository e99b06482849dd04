/* polymilterctl bench: the load generator. It measures, and judges nothing. */
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
#include "ctl/idle.h"
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
#define MIN_TICKS	20u /* of CPU time, for saying how it divides */

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
	[OPT_AUTH] = {"auth", "USER", "the client has logged in as USER", 0},
	[OPT_CONNECTIONS] = {"connections", "N", "connections at once (10)", 0},
	[OPT_FROM] = {"from", "ADDRESS", "the sender (ann@example.com)", 0},
	[OPT_IDLE] = {"idle", "N", "idle connections beside them (0)", 0},
	[OPT_JSON] = {"json", NULL, "the result as a JSON object", 0},
	[OPT_MESSAGE] = {"message", "FILE", "the message, instead of the built-in one", 0},
	[OPT_MESSAGES] = {"messages", "N", "messages in all (10000)", 0},
	[OPT_PER_CONNECTION] = {"per-connection", "N", "messages on one connection (100)", 0},
	[OPT_PID] = {"pid", "PID", "measure CPU and memory of PID and its descendants", 0},
	[OPT_RCPT] = {"rcpt", "ADDRESS,...", "the recipients (bob@example.net)", 0},
	[OPT_SIZE] = {"size", "SIZE", "bytes of the built-in message with its header (4K)", 0},
	[OPT_WRITE] = {"write", "SIZE", "most bytes of one write (all there are)", 0},
	{0},
};

/* All that the options say, and what was found. */
struct bench {
	const struct command *command;
	const struct command_args *args;
	uint64_t size, pid, idle;
	struct arena *arena;
	struct sample sample;
	struct mta_mail mail;
	struct load_plan plan;
	struct load_result result;
	struct meter meter;
};

struct bar {
	size_t total, shown; /* shown: cells */
	bool on;
};

static void
bar_progress(void *ctx, size_t done)
{
	struct bar *bar = ctx;
	size_t cells = done * BAR_WIDTH / bar->total;

	if (!bar->on || cells == bar->shown)
		return;
	bar->shown = cells;
	fprintf(stderr, "\r[%.*s%*s] %zu of %zu", (int)cells,
		"########################################", (int)(BAR_WIDTH - cells), "", done,
		bar->total);
}

static void
bar_end(const struct bar *bar)
{
	if (bar->on && bar->shown > 0)
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
latency_us(const struct bench *b, unsigned percent)
{
	size_t rank = (b->plan.messages * percent + 99) / 100;

	return (double)b->result.latency_ns[rank ? rank - 1 : 0] / 1e3;
}

static double
seconds(const struct bench *b)
{
	return (double)b->result.wall_ns / 1e9;
}

static double
cpu_us(const struct bench *b)
{
	return (double)b->meter.cpu.ns / 1e3 / (double)b->plan.messages;
}

/* The share of the CPU time that was spent in the kernel; -1: too little time to tell. */
static double
system_share(const struct bench *b)
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
print_json_meter(const struct bench *b)
{
	double kernel = system_share(b);

	if (!b->meter.pid) {
		printf("\"cpu_us_per_message\": null, \"system_share\": null, \"memory\": null");
		return;
	}
	printf("\"cpu_us_per_message\": %.3f, \"system_share\": ", cpu_us(b));
	if (kernel < 0)
		printf("null");
	else
		printf("%.3f", kernel);
	printf(", \"memory\": ");
	for (size_t i = 0; b->meter.has_memory && i < METER_MOMENTS; i++)
		printf("%s\"%s\": {\"pss\": %" PRIu64 ", \"anonymous\": %" PRIu64 "}",
		       i ? ", " : "{", moments[i].key, b->meter.memory[i].pss,
		       b->meter.memory[i].anonymous);
	printf("%s", b->meter.has_memory ? "}" : "null");
}

static void
print_json(const struct bench *b)
{
	const struct load_result *res = &b->result;

	printf("{\"messages\": %zu, \"connections\": %zu, \"at_once\": %zu, \"idle\": %" PRIu64
	       ", \"size\": %zu, \"sent_bytes\": %" PRIu64 ", ",
	       b->plan.messages, res->connections, b->plan.connections, b->idle, b->sample.size,
	       res->sent);
	printf("\"delivered\": %zu, \"refused\": %zu, \"discarded\": %zu, \"changes\": %zu, "
	       "\"seconds\": %.6f, \"messages_per_second\": %.1f, \"latency_us\": {",
	       res->delivered, res->refused, res->discarded, res->changes, seconds(b),
	       (double)b->plan.messages / seconds(b));
	for (size_t i = 0; i < N_PERCENTILES; i++)
		printf("%s\"%s\": %.1f", i ? ", " : "", percentiles[i].key,
		       latency_us(b, percentiles[i].percent));
	printf("}, ");
	print_json_meter(b);
	printf("}\n");
}

static void
print_meter(const struct bench *b)
{
	double kernel = system_share(b);

	printf("CPU of process %ld and its %zu descendants: %.2f us a message",
	       (long)b->meter.pid, b->meter.end.n - 1, cpu_us(b));
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
print_text(const struct bench *b)
{
	const struct load_result *res = &b->result;

	printf("%zu messages of %zu bytes on %zu connections, %zu at once", b->plan.messages,
	       b->sample.size, res->connections, b->plan.connections);
	if (b->idle > 0)
		printf(", %" PRIu64 " idle", b->idle);
	printf("\n");
	printf("%zu delivered, %zu refused, %zu discarded; %zu changes\n", res->delivered,
	       res->refused, res->discarded, res->changes);
	printf("%.2f s, %.0f messages a second\n", seconds(b),
	       (double)b->plan.messages / seconds(b));
	printf("latency");
	for (size_t i = 0; i < N_PERCENTILES; i++)
		printf("%s %s: %.0f us", i ? "," : "", percentiles[i].name,
		       latency_us(b, percentiles[i].percent));
	printf("\n");
	if (b->meter.pid)
		print_meter(b);
}

static volatile sig_atomic_t stop;

static void
on_signal(int sig)
{
	stop = sig;
}

static int
fail_meter(const struct bench *b, int r)
{
	return command_fail(b->command, EX_UNAVAILABLE, "process %ld, or a child of it: %s",
			    (long)b->meter.pid,
			    r == -ECHILD ? "ended meanwhile" : strerror(-r));
}

/* The messages, while the idle connections, if any, are there. */
static int
run_load(struct bench *b)
{
	const char *why = "";
	int r = meter_start(&b->meter, METER_IDLE);

	if (r < 0)
		return fail_meter(b, r);
	r = load_run(&b->plan, &b->result, &why);
	bar_end(b->plan.progress_ctx);
	if (r < 0)
		return command_fail(b->command, EX_UNAVAILABLE, "%s: %s", why, strerror(-r));
	r = meter_end(&b->meter);
	return r < 0 ? fail_meter(b, r) : EX_OK;
}

static int
run_beside_idle(struct bench *b)
{
	struct idle idle;
	int r = idle_open(&idle, b->idle, &b->plan.at, TIMEOUT_MS, &stop);

	if (r < 0)
		return command_fail(b->command, EX_UNAVAILABLE,
				    "cannot hold %" PRIu64 " idle connections: %s", b->idle,
				    strerror(-r));

	int status = run_load(b);
	size_t lost = idle_lost(&idle);

	idle_close(&idle);
	if (status == EX_OK && lost > 0)
		status = command_fail(b->command, EX_UNAVAILABLE,
				      "the filter closed %zu idle connections", lost);
	return status;
}

static int
run_bench(struct bench *b)
{
	struct bar bar = {.total = b->plan.messages, .on = isatty(2) && !getenv("NO_COLOR")};
	int r = meter_open(&b->meter, (pid_t)b->pid);

	if (r < 0)
		return command_fail(b->command, EX_NOINPUT, "process %" PRIu64 ": %s", b->pid,
				    strerror(-r));
	b->plan.progress = bar_progress;
	b->plan.progress_ctx = &bar;

	int status = run_beside_idle(b);

	if (status == EX_OK && b->args->values[OPT_JSON])
		print_json(b);
	else if (status == EX_OK)
		print_text(b);
	free(b->result.latency_ns);
	return status;
}

/* The options that say how much. */
static int
read_numbers(struct bench *b)
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
make_sample(struct bench *b)
{
	const char *path = b->args->values[OPT_MESSAGE];

	if (path && b->args->values[OPT_SIZE])
		return command_usage(b->command, "--size is for the built-in message");
	if (!path) {
		sample_builtin(&b->sample, b->size);
		return EX_OK;
	}

	int r = sample_read(&b->sample, path);

	return r < 0 ? command_fail(b->command, EX_NOINPUT, "%s: %s", path,
				    r == -EBADMSG ? "does not begin with a header"
						  : strerror(-r))
		     : EX_OK;
}

static const char *
bracketed(struct arena *arena, const char *address, size_t len)
{
	bool done = len > 0 && address[0] == '<';

	return arena_printf(arena, done ? "%.*s" : "<%.*s>", (int)len, address);
}

static const char *const *
make_sender(const struct bench *b)
{
	const char *from = b->args->values[OPT_FROM];
	const char **sender = arena_zalloc(b->arena, 4 * sizeof(*sender));

	from = from ? from : "ann@example.com";
	sender[0] = bracketed(b->arena, from, strlen(from));
	sender[1] = arena_printf(b->arena, "SIZE=%zu", b->sample.size);
	sender[2] = "BODY=8BITMIME";
	return sender;
}

/* NULL: too many. */
static const char *const *
make_rcpts(const struct bench *b)
{
	const char *list = b->args->values[OPT_RCPT];
	const char **rcpts = arena_zalloc(b->arena, (MAX_RCPTS + 1) * sizeof(*rcpts));
	size_t n = 0;

	list = list ? list : "bob@example.net";
	for (const char *end; list; list = end) {
		if (n == MAX_RCPTS)
			return NULL;
		end = strchr(list, ',');
		rcpts[n++] =
			bracketed(b->arena, list, end ? (size_t)(end - list) : strlen(list));
		end = end ? end + 1 : NULL;
	}
	return rcpts;
}

static int
make_mail(struct bench *b)
{
	int status = make_sample(b);

	if (status != EX_OK)
		return status;
	b->mail = (struct mta_mail){.queue_id = "4Xk9Tz2qL7z3f8c",
				    .login = b->args->values[OPT_AUTH],
				    .sender = make_sender(b),
				    .rcpts = make_rcpts(b),
				    .headers = b->sample.headers,
				    .body = (const char *)b->sample.body.data,
				    .body_len = b->sample.body.len};
	b->plan.mail = &b->mail;
	if (!b->mail.rcpts)
		return command_usage(b->command, "--rcpt: more than %u recipients", MAX_RCPTS);
	return EX_OK;
}

static int
bench_run(const struct command *c, const struct command_args *args)
{
	struct bench b = {.command = c, .args = args, .size = 4096, .arena = arena_new()};
	const char *why;

	b.plan = (struct load_plan){.timeout_ms = TIMEOUT_MS, .stop = &stop};

	int status = read_numbers(&b);

	if (status == EX_OK && addr_parse(args->operands[0], &b.plan.at, &why) < 0)
		status = command_usage(c, "%s: %s", args->operands[0], why);
	if (status == EX_OK)
		status = make_mail(&b);
	signal(SIGINT, on_signal);
	signal(SIGTERM, on_signal);
	if (status == EX_OK)
		status = run_bench(&b);
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
		"Plays messages to the filter at SOCKET (unix:PATH, inet:PORT@HOST) as an MTA, and "
		"measures",
	.options = options,
	.run = bench_run,
};
