/* polymilterctl bench: the load generator. It measures, and judges nothing. */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "ctl/command.h"
#include "ctl/load.h"
#include "ctl/proc.h"
#include "util/addr.h"
#include "util/buf.h"
#include "util/str.h"

#define TIMEOUT_MS	30000 /* Postfix's milter_command_timeout */
#define SETTLE_MS	20    /* between two looks at the CPU time, until it stands still */
#define SETTLE_ROUNDS	100
#define SETTLE_NS	100000u /* a timer's tick now and then is stillness */
#define BAR_WIDTH	40
#define MAX_MESSAGES	10000000u
#define MAX_CONNECTIONS 1000u
#define MAX_SIZE	(256u * 1024 * 1024)

enum { OPT_CONNECTIONS, OPT_JSON, OPT_MESSAGES, OPT_PER_CONNECTION, OPT_PID, OPT_SIZE };

static const struct command_option options[] = {
	[OPT_CONNECTIONS] = {"connections", "N", "connections at once (10)", 0},
	[OPT_JSON] = {"json", NULL, "the result as a JSON object", 0},
	[OPT_MESSAGES] = {"messages", "N", "messages in all (10000)", 0},
	[OPT_PER_CONNECTION] = {"per-connection", "N", "messages on one connection (100)", 0},
	[OPT_PID] = {"pid", "PID", "measure the CPU time of PID and its descendants", 0},
	[OPT_SIZE] = {"size", "SIZE", "bytes of a message, header included (4K)", 0},
	{0},
};

/* What a message that has come a long way carries. */
static const struct mta_header headers[] = {
	{"Received", "from out3.lists.example.org (out3.lists.example.org [192.0.2.77])\n"
		     "\tby mx1.example.net (Postfix) with ESMTPS id 4Xk9Tz2qL7z3f8c\n"
		     "\tfor <bob@example.net>; Tue, 14 Oct 2025 09:21:07 +0000 (UTC)"},
	{"Received", "from lists.example.org (localhost [127.0.0.1])\n"
		     "\tby out3.lists.example.org (Postfix) with ESMTP id 7B1D220D5A;\n"
		     "\tTue, 14 Oct 2025 09:21:05 +0000 (UTC)"},
	{"Received",
	 "from mail-ed1-f41.example.com (mail-ed1-f41.example.com [198.51.100.41])\n"
	 "\tby lists.example.org (Postfix) with ESMTPS id 2A8F320C11\n"
	 "\tfor <devel@lists.example.org>; Tue, 14 Oct 2025 09:20:58 +0000 (UTC)"},
	{"Authentication-Results", "lists.example.org; dkim=pass header.d=example.com;\n"
				   "\tspf=pass smtp.mailfrom=ann@example.com"},
	{"DKIM-Signature",
	 "v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.com; s=2024;\n"
	 "\th=from:to:subject:date:message-id:mime-version:content-type;\n"
	 "\tbh=n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=;\n"
	 "\tb=Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4\n"
	 "\t Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4="},
	{"From", "=?UTF-8?Q?Ann_M=C3=BCller?= <ann@example.com>"},
	{"To", "devel@lists.example.org"},
	{"Cc", "\"Bob Jones\" <bob@example.net>, carol@example.edu"},
	{"Subject", "Re: [devel] Meeting notes and the plan for the next release"},
	{"Date", "Tue, 14 Oct 2025 11:20:54 +0200"},
	{"Message-ID", "<CAHk7pXw3bq1m9s=Yt6uLz0e@mail.example.com>"},
	{"In-Reply-To", "<20251013184502.GA21877@example.net>"},
	{"References", "<20251012101500.1f2e3d4c@example.edu>\n"
		       " <20251013184502.GA21877@example.net>"},
	{"MIME-Version", "1.0"},
	{"Content-Type", "text/plain; charset=\"utf-8\"; format=flowed"},
	{"Content-Transfer-Encoding", "8bit"},
	{"User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101"},
	{"List-Id", "Development <devel.lists.example.org>"},
	{"List-Unsubscribe", "<https://lists.example.org/options/devel>,\n"
			     "\t<mailto:devel-leave@lists.example.org>"},
	{"Precedence", "list"},
	{"X-Mailman-Version", "3.3.8"},
	{NULL, NULL},
};

static const char body_line[] =
	"The quick brown fox jumps over the lazy dog, and the dog sleeps on\r\n";

/* Lines until the whole message has its size; at least one. */
static void
make_body(struct buf *body, size_t size)
{
	size_t used = 2; /* the empty line */

	for (const struct mta_header *h = headers; h->name; h++) {
		used += strlen(h->name) + 2 + strlen(h->value) + 2;
		for (const char *p = h->value; (p = strchr(p, '\n')); p++)
			used++; /* CRLF on the wire */
	}
	do {
		size_t left = size > used + body->len ? size - used - body->len : 0;

		if (left >= sizeof(body_line) - 1 || body->len == 0)
			buf_puts(body, body_line);
		else
			buf_append(body, body_line + (sizeof(body_line) - 1 - left), left);
	} while (used + body->len < size);
}

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

struct cpu {
	pid_t pid; /* 0: not asked for */
	struct proc_times before, after;
	uint64_t ns;
};

static int
cpu_start(const struct command *c, struct cpu *cpu, uint64_t pid)
{
	cpu->pid = (pid_t)pid;
	if (pid == 0)
		return EX_OK;

	int r = proc_times(cpu->pid, &cpu->before);

	return r < 0 ? command_fail(c, EX_NOINPUT, "process %" PRIu64 ": %s", pid, strerror(-r))
		     : EX_OK;
}

/* What the daemon still does after its last answer, its log say, belongs to the messages. */
static int
cpu_settle(struct cpu *cpu)
{
	uint64_t last = 0;

	for (int i = 0; i < SETTLE_ROUNDS; i++) {
		int r = proc_times(cpu->pid, &cpu->after);

		if (r == 0)
			r = proc_used(&cpu->before, &cpu->after, &cpu->ns);
		if (r < 0)
			return r;
		if (i > 0 && cpu->ns - last < SETTLE_NS)
			return 0;
		last = cpu->ns;
		nanosleep(&(struct timespec){.tv_nsec = SETTLE_MS * 1000000L}, NULL);
	}
	return 0;
}

static int
cpu_end(const struct command *c, struct cpu *cpu)
{
	int r = cpu->pid ? cpu_settle(cpu) : 0;

	return r < 0 ? command_fail(c, EX_UNAVAILABLE,
				    "process %ld, or a child of it, ended meanwhile",
				    (long)cpu->pid)
		     : EX_OK;
}

static const struct percentile {
	const char *name;
	const char *key;
	unsigned percent;
} percentiles[] = {
	{"50 %", "p50", 50}, {"90 %", "p90", 90}, {"99 %", "p99", 99}, {"max", "max", 100}};

#define N_PERCENTILES (sizeof(percentiles) / sizeof(percentiles[0]))

static double
latency_us(const struct load_plan *plan, const struct load_result *res, unsigned percent)
{
	size_t rank = (plan->messages * percent + 99) / 100;

	return (double)res->latency_ns[rank ? rank - 1 : 0] / 1e3;
}

static void
print_json(const struct load_plan *plan, const struct load_result *res, uint64_t size,
	   const struct cpu *cpu)
{
	double seconds = (double)res->wall_ns / 1e9;

	printf("{\"messages\": %zu, \"connections\": %zu, \"at_once\": %zu, \"size\": %" PRIu64
	       ", \"delivered\": %zu, \"refused\": %zu, \"discarded\": %zu, \"changes\": %zu, "
	       "\"seconds\": %.6f, \"messages_per_second\": %.1f, \"latency_us\": {",
	       plan->messages, res->connections, plan->connections, size, res->delivered,
	       res->refused, res->discarded, res->changes, seconds,
	       (double)plan->messages / seconds);
	for (size_t i = 0; i < N_PERCENTILES; i++)
		printf("%s\"%s\": %.1f", i ? ", " : "", percentiles[i].key,
		       latency_us(plan, res, percentiles[i].percent));
	printf("}, \"cpu_us_per_message\": ");
	if (cpu->pid)
		printf("%.3f}\n", (double)cpu->ns / 1e3 / (double)plan->messages);
	else
		printf("null}\n");
}

static void
print_text(const struct load_plan *plan, const struct load_result *res, uint64_t size,
	   const struct cpu *cpu)
{
	double seconds = (double)res->wall_ns / 1e9;

	printf("%zu messages of %" PRIu64 " bytes on %zu connections, %zu at once\n",
	       plan->messages, size, res->connections, plan->connections);
	printf("%zu delivered, %zu refused, %zu discarded; %zu changes\n", res->delivered,
	       res->refused, res->discarded, res->changes);
	printf("%.2f s, %.0f messages a second\n", seconds, (double)plan->messages / seconds);
	printf("latency");
	for (size_t i = 0; i < N_PERCENTILES; i++)
		printf("%s %s: %.0f us", i ? "," : "", percentiles[i].name,
		       latency_us(plan, res, percentiles[i].percent));
	printf("\n");
	if (cpu->pid)
		printf("CPU of process %ld and its %zu descendants: %.2f us a message\n",
		       (long)cpu->pid, cpu->after.n - 1,
		       (double)cpu->ns / 1e3 / (double)plan->messages);
}

static volatile sig_atomic_t stop;

static void
on_signal(int sig)
{
	stop = sig;
}

static int
measure(const struct command *c, const struct load_plan *plan, struct cpu *cpu,
	struct load_result *ret)
{
	const char *why = "";
	int r = load_run(plan, ret, &why);

	bar_end(plan->progress_ctx);
	if (r < 0)
		return command_fail(c, EX_UNAVAILABLE, "%s: %s", why, strerror(-r));

	int status = cpu_end(c, cpu);

	if (status != EX_OK)
		free(ret->latency_ns);
	return status;
}

static int
run_plan(const struct command *c, const struct command_args *args, struct load_plan *plan,
	 uint64_t size, uint64_t pid)
{
	struct bar bar = {.total = plan->messages, .on = isatty(2) && !getenv("NO_COLOR")};
	struct load_result result;
	struct cpu cpu = {0};
	int status = cpu_start(c, &cpu, pid);

	if (status != EX_OK)
		return status;
	plan->progress = bar_progress;
	plan->progress_ctx = &bar;
	status = measure(c, plan, &cpu, &result);
	if (status != EX_OK)
		return status;
	if (args->values[OPT_JSON])
		print_json(plan, &result, size, &cpu);
	else
		print_text(plan, &result, size, &cpu);
	free(result.latency_ns);
	return EX_OK;
}

/* The options that say how much. */
static int
read_numbers(const struct command *c, const struct command_args *args, struct load_plan *plan,
	     uint64_t *size, uint64_t *pid)
{
	uint64_t messages = 10000, per_connection = 100, connections = 10;
	const struct {
		size_t option;
		uint64_t max;
		uint64_t *to;
	} numbers[] = {
		{OPT_MESSAGES, MAX_MESSAGES, &messages},
		{OPT_PER_CONNECTION, MAX_MESSAGES, &per_connection},
		{OPT_CONNECTIONS, MAX_CONNECTIONS, &connections},
		{OPT_SIZE, MAX_SIZE, size},
		{OPT_PID, INT32_MAX, pid},
	};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		int status = command_number(c, args, numbers[i].option, 1, numbers[i].max,
					    numbers[i].to);

		if (status != EX_OK)
			return status;
	}
	plan->messages = messages;
	plan->per_connection = per_connection;
	plan->connections = connections;
	return EX_OK;
}

static int
bench_run(const struct command *c, const struct command_args *args)
{
	char announced[32];
	const char *const sender[] = {"<ann@example.com>", announced, "BODY=8BITMIME", NULL};
	const char *const rcpts[] = {"<bob@example.net>", NULL};
	struct mta_mail mail = {.queue_id = "4Xk9Tz2qL7z3f8c",
				.sender = sender,
				.rcpts = rcpts,
				.headers = headers};
	struct load_plan plan = {.mail = &mail, .timeout_ms = TIMEOUT_MS, .stop = &stop};
	uint64_t size = 4096, pid = 0;
	struct buf body = {0};
	const char *why;
	int status = read_numbers(c, args, &plan, &size, &pid);

	if (status != EX_OK)
		return status;
	if (addr_parse(args->operands[0], &plan.at, &why) < 0)
		return command_usage(c, "%s: %s", args->operands[0], why);
	snprintf(announced, sizeof(announced), "SIZE=%" PRIu64, size);
	make_body(&body, size);
	mail.body = (const char *)body.data;
	mail.body_len = body.len;
	signal(SIGINT, on_signal);
	signal(SIGTERM, on_signal);
	status = run_plan(c, args, &plan, size, pid);
	buf_free(&body);
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
