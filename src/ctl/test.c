/* polymilterctl test: sends messages to a listener's chain in this process, and prints what
 * came of each. Needs no daemon, and opens only what is named.
 *
 * --socket sends them to a filter over its socket instead, so that tests see that both agree.
 */
#include "ctl/test.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "charset/charset.h"
#include "config/config.h"
#include "config/paths.h"
#include "ctl/client_options.h"
#include "ctl/command.h"
#include "ctl/mail_source.h"
#include "ctl/mail_text.h"
#include "ctl/mta_connection.h"
#include "ctl/played_results.h"
#include "ctl/smtp_session.h"
#include "ctl/unified.h"
#include "util/addr.h"
#include "util/arena.h"
#include "util/buf.h"
#include "util/instant.h"

#define EXIT_NOT_ACCEPTED 1 /* exit status: a message is not accepted, or not as expected */
#define REPLY_MS	  30000

enum {
	OPT_CONFIG,
	OPT_LISTENER,
	OPT_CLIENT,
	OPT_QUIET = OPT_CLIENT + CLIENT_OPTION_COUNT,
	OPT_JSON,
	OPT_DIFF,
	OPT_EXPECT,
	OPT_SESSION,
	OPT_RESULT,
	OPT_TIME,
	OPT_SOCKET,
};

static const struct command_option options[] = {
	[OPT_CONFIG] = {"config", "FILE", "configuration file (default: " CONFIG_FILE ")", 'c'},
	[OPT_LISTENER] = {"listener", "NAME", "its chain (default: the first listener)", 0},
	CLIENT_OPTIONS(OPT_CLIENT),
	[OPT_QUIET] = {"quiet", NULL, "print one line a message, and a summary", 'q'},
	[OPT_JSON] = {"json", NULL, "print a JSON object a message", 0},
	[OPT_DIFF] = {"diff", NULL, "print what is changed as a unified diff", 0},
	[OPT_EXPECT] = {"expect", "FILE", "compare with the lines of --quiet in FILE", 0},
	[OPT_SESSION] = {"session", "FILE", "play an SMTP dialogue instead of messages", 0},
	[OPT_RESULT] = {"result", "POLICY=RESULT",
			"do not call the policy, which has this result; may be repeated", 0},
	[OPT_TIME] = {"time", "INSTANT", "as if it were 2026-03-29T08:30:00Z, for conditions",
		      0},
	[OPT_SOCKET] = {"socket", "SOCKET", NULL, 0},
	{0},
};

struct test_run {
	const struct command *c;
	const struct command_args *args;
	struct arena *arena; /* of the command line */
	struct config *cfg;
	const struct listener_conf *listener;
	struct addr socket; /* of --socket; len 0: none */
	struct client_options client;
	struct played_results played;
	int64_t time; /* of --time */
	struct offline *offline;
	struct buf lines; /* of --quiet, for --expect */
	size_t n, n_accepted, n_changed, n_failed;
	bool colour;
	bool is_connected; /* the session goes on */
};

/* The command line. */

static int
read_command_line(struct test_run *run)
{
	const char *const *values = run->args->values;
	const char *why;

	if ((values[OPT_QUIET] != NULL) + (values[OPT_JSON] != NULL) +
		    (values[OPT_DIFF] != NULL) + (values[OPT_EXPECT] != NULL) >
	    1)
		return command_usage(run->c, "only one of --quiet, --json, --diff and --expect "
					     "can be given");
	if (values[OPT_SOCKET] != NULL && values[OPT_RESULT] != NULL)
		return command_usage(run->c, "--result cannot be given with --socket");
	if (values[OPT_SOCKET] != NULL && values[OPT_TIME] != NULL)
		return command_usage(run->c, "--time cannot be given with --socket");
	if (values[OPT_TIME] != NULL && instant_parse(values[OPT_TIME], &run->time) < 0)
		return command_usage(run->c,
				     "--time: '%s' is no instant: write it as "
				     "2026-03-29T08:30:00Z, or 2026-03-29T08:30 in local time",
				     values[OPT_TIME]);
	if (values[OPT_SOCKET] != NULL &&
	    addr_parse(values[OPT_SOCKET], &run->socket, &why) < 0)
		return command_usage(run->c, "--socket: %s: %s", values[OPT_SOCKET], why);
	if ((values[OPT_SESSION] != NULL) == (run->args->n_operands > 0))
		return command_usage(run->c, values[OPT_SESSION] != NULL
						     ? "--session: the messages are in the file"
						     : "MESSAGE... is missing");
	return client_options_read(run->c, run->args, OPT_CLIENT, run->arena, &run->client);
}

/* The configuration. */

static void
report_config_error(void *ctx, enum config_severity severity, const char *file, unsigned line,
		    const char *text)
{
	if (severity == CONFIG_ERROR)
		config_report_to_file(ctx, severity, file, line, text);
}

static int
find_listener(struct test_run *run)
{
	const char *name = run->args->values[OPT_LISTENER];

	for (size_t i = 0; i < run->cfg->n_listeners && run->listener == NULL; i++)
		if (name == NULL || strcmp(run->cfg->listeners[i].name, name) == 0)
			run->listener = &run->cfg->listeners[i];
	if (run->listener != NULL)
		return EX_OK;
	return command_fail(run->c, name != NULL ? EX_USAGE : EX_CONFIG,
			    name != NULL ? "%s: no listener '%s'" : "%s: no listener",
			    run->cfg->path, name);
}

static int
load_test_config(struct test_run *run)
{
	const char *path = run->args->values[OPT_CONFIG];
	int r;

	if (path == NULL)
		path = CONFIG_FILE;
	r = config_load(path, report_config_error, stderr, &run->cfg);
	if (r < 0) /* it was reported */
		return r == -EINVAL ? EX_CONFIG : EX_NOINPUT;
	r = find_listener(run);
	return r != EX_OK ? r
			  : played_results_read(run->c, run->args, OPT_RESULT,
						run->listener->chain, run->arena, &run->played);
}

/* Messages. */

static int
play_over_socket(struct test_run *run, const struct mta_message *message, struct arena *arena,
		 struct offline_result *ret)
{
	static const char *const no_lines[] = {NULL};
	struct mta_connection mta;
	int r = mta_connect(&mta, &run->socket, REPLY_MS, NULL);

	*ret = (struct offline_result){.log = "", .warnings = no_lines, .verdict = ""};
	if (r < 0)
		return r;
	r = mta_send_message(&mta, message, arena, &ret->outcome);
	mta_close(&mta);
	return r;
}

static int
play(struct test_run *run, const struct mta_message *message, struct arena *arena,
     struct offline_result *ret)
{
	int r;

	if (run->socket.len > 0)
		return play_over_socket(run, message, arena, ret);
	r = run->is_connected ? 0 : offline_connect(run->offline, &run->client.peer);
	run->is_connected = run->args->values[OPT_SESSION] != NULL;
	return r < 0 ? r : offline_play(run->offline, message, arena, ret);
}

static void
write_test_output(struct test_run *run, const struct test_message *t, struct buf *out)
{
	const char *const *values = run->args->values;

	if (values[OPT_JSON] != NULL)
		test_write_json(t, out);
	else if (values[OPT_DIFF] != NULL)
		test_write_diff(t, run->colour, out);
	else if (values[OPT_QUIET] != NULL || values[OPT_EXPECT] != NULL)
		test_write_line(t, out);
	else
		test_write_text(t, out);
}

static void
finish_message(struct test_run *run, const struct test_message *t)
{
	struct buf out = {0};
	bool accepted = test_is_accepted(t);

	run->n_accepted += accepted;
	run->n_changed += accepted && t->result->outcome.changes != NULL;
	write_test_output(run, t, &out);
	if (run->args->values[OPT_EXPECT] != NULL)
		buf_append(&run->lines, out.data, out.len);
	else
		buf_write(&out, stdout);
	buf_free(&out);
}

static int
play_test_message(struct test_run *run, struct test_message *t)
{
	struct offline_result result;
	int r;

	t->chain = run->listener != NULL ? run->listener->chain : NULL;
	t->result = &result;
	r = play(run, t->sent, t->arena, &result);
	if (r < 0)
		return command_fail(run->c, EX_UNAVAILABLE, "%s: %s", t->name,
				    run->offline != NULL && *offline_error(run->offline) != '\0'
					    ? offline_error(run->offline)
					    : strerror(-r));
	finish_message(run, t);
	return EX_OK;
}

static int
test_mail(struct test_run *run, const struct mail *mail, struct arena *arena)
{
	struct test_message t = {.name = mail->name, .size = mail->size, .arena = arena};
	char size[40];

	client_options_envelope(&run->client, mail->headers, arena, &t.envelope);
	(void)snprintf(size, sizeof(size), "SIZE=%llu", (unsigned long long)mail->size);

	const char *const sender[] = {t.envelope.sender, size, NULL};
	const struct mta_message message = {
		.peer = &run->client.peer,
		.queue_id = arena_printf(arena, "Test%zu", run->n),
		.auth_user = run->client.auth_user,
		.sender = sender,
		.rcpts = t.envelope.rcpts,
		.headers = mail->headers,
		.body = mail->body,
		.body_len = mail->body_len,
	};

	t.sent = &message;
	return play_test_message(run, &t);
}

/* One message of a dialogue; its name is "FILE:LINE". */
static int
test_transaction(struct test_run *run, const struct smtp_transaction *s, struct arena *arena)
{
	static const char given[] = "-"; /* nothing is guessed */
	struct mta_message message = {
		.peer = &run->client.peer,
		.queue_id = arena_printf(arena, "Test%zu", run->n),
		.auth_user = run->client.auth_user,
		.sender = s->sender,
		.rcpts = s->rcpts,
		.is_reset = s->is_reset,
	};
	struct test_message t = {
		.name = arena_printf(arena, "%s:%zu", run->args->values[OPT_SESSION], s->line),
		.envelope = {.sender_from = given, .rcpts_from = given},
		.sent = &message,
		.arena = arena,
	};
	const char *text = s->text != NULL ? s->text : "";
	struct buf body = {0};
	size_t bad, at;
	int status;

	at = mail_text_read_headers(arena, text, s->len, &message.headers, &bad);
	mail_text_read_body(&body, text + at, s->len - at);
	message.body = buf_string(&body);
	message.body_len = body.len;
	t.size = mail_text_header_size(message.headers) + body.len;
	status = play_test_message(run, &t);
	buf_free(&body);
	return status;
}

static int
test_session(struct test_run *run)
{
	struct smtp_session session;
	struct arena *arena = arena_new();
	struct buf why = {0};
	int status = EX_OK, r;

	r = smtp_session_read(run->arena, run->args->values[OPT_SESSION], &session, &why);
	if (r < 0)
		status = command_fail(run->c, EX_NOINPUT, "--session: %s", buf_string(&why));
	else if (session.helo != NULL && run->args->values[OPT_CLIENT + CLIENT_HELO] == NULL)
		run->client.peer.helo = session.helo;
	for (const struct smtp_transaction *t = r < 0 ? NULL : session.first;
	     t != NULL && status == EX_OK; t = t->next) {
		run->n++;
		status = test_transaction(run, t, arena);
		arena_reset(arena);
	}
	buf_free(&why);
	arena_free(arena);
	return status;
}

static int
test_mails(struct test_run *run)
{
	struct mail_source *source =
		mail_source_new(run->args->operands, (size_t)run->args->n_operands);
	struct arena *arena = arena_new();
	int status = EX_OK, r;
	struct mail mail;

	while ((r = mail_source_next(source, &mail)) != 0) {
		if (r < 0) {
			run->n_failed++;
			(void)command_fail(run->c, EX_NOINPUT, "%s", mail_source_error(source));
			continue;
		}
		run->n++;
		r = test_mail(run, &mail, arena);
		if (r != EX_OK)
			status = r;
		arena_reset(arena);
	}
	arena_free(arena);
	mail_source_free(source);
	return status;
}

static void
print_summary(const struct test_run *run)
{
	printf("%zu message%s: %zu accepted (%zu with changes), %zu not accepted", run->n,
	       run->n == 1 ? "" : "s", run->n_accepted, run->n_changed,
	       run->n - run->n_accepted);
	if (run->n_failed > 0)
		printf(", %zu not read", run->n_failed);
	putchar('\n');
}

/* Whether a line is the one with the sums, which is no message's. */
static bool
is_summary(const char *line)
{
	size_t n = strspn(line, "0123456789");

	return n > 0 && (strncmp(line + n, " messages: ", 11) == 0 ||
			 strncmp(line + n, " message: ", 10) == 0);
}

/* 0 or a negative errno. */
static int
read_expected_lines(const char *path, struct buf *ret)
{
	FILE *f = fopen(path, "re");
	char *line = NULL;
	size_t cap = 0;
	int r;

	if (f == NULL)
		return -errno;
	while (getline(&line, &cap, f) > 0)
		if (!is_summary(line))
			buf_puts(ret, line);
	r = ferror(f) ? -errno : 0;
	free(line);
	(void)fclose(f);
	return r;
}

static int
compare_with_expected(struct test_run *run)
{
	const char *path = run->args->values[OPT_EXPECT];
	struct buf expected = {0}, diff = {0};
	int status = EX_OK, r = read_expected_lines(path, &expected);

	if (r < 0) {
		buf_free(&expected);
		return command_fail(run->c, EX_NOINPUT, "--expect: %s: %s", path, strerror(-r));
	}
	unified_write(&(struct unified_text){path, buf_string(&expected), expected.len},
		      &(struct unified_text){"now", buf_string(&run->lines), run->lines.len},
		      run->colour, &diff);
	buf_write(&diff, stdout);
	if (diff.len > 0)
		status = EXIT_NOT_ACCEPTED;
	buf_free(&expected);
	buf_free(&diff);
	return status;
}

static int
end_test(struct test_run *run)
{
	int status = run->n_accepted < run->n ? EXIT_NOT_ACCEPTED : EX_OK;

	if (run->args->values[OPT_EXPECT] != NULL)
		status = compare_with_expected(run);
	if (run->args->values[OPT_QUIET] != NULL)
		print_summary(run);
	return run->n_failed > 0 ? EX_NOINPUT : status;
}

static int
run_test(struct test_run *run)
{
	int status = read_command_line(run);

	if (status == EX_OK && run->socket.len == 0)
		status = load_test_config(run);
	if (status != EX_OK)
		return status;
	if (run->listener != NULL) {
		(void)charset_open_all();
		run->offline = offline_new(run->listener, run->cfg);
		offline_play_results(run->offline, &run->played);
		if (run->args->values[OPT_TIME] != NULL)
			offline_set_time(run->offline, run->time);
	}
	status = run->args->values[OPT_SESSION] != NULL ? test_session(run) : test_mails(run);
	run->offline = offline_free(run->offline);
	return status == EX_OK ? end_test(run) : status;
}

static int
test_run(const struct command *c, const struct command_args *args)
{
	struct test_run run = {
		.c = c,
		.args = args,
		.arena = arena_new(),
		.colour = isatty(STDOUT_FILENO) == 1 && getenv("NO_COLOR") == NULL,
	};
	int status = run_test(&run);

	config_free(run.cfg);
	buf_free(&run.lines);
	arena_free(run.arena);
	return status;
}

const struct command command_test = {
	.name = "test",
	.operands = "MESSAGE...",
	.max_operands = INT_MAX,
	.summary = "Show what a configuration does with messages, without a daemon",
	.options = options,
	.run = test_run,
};
