/* polymilterctl demo: starts a daemon, sends it messages as an MTA does, and prints their
 * outcomes.
 *
 * The configuration, the messages and the outcome that is expected of each are tables below.
 * The output must be the same in each run, because README contains it: t/lint/transcript.test
 * compares it, `make transcript` copies it there. --without leaves a policy out of the chain,
 * so that tests see the demo fail. */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "ctl/command.h"
#include "ctl/demo_daemon.h"
#include "ctl/mta_connection.h"
#include "ctl/show.h"
#include "util/arena.h"
#include "util/buf.h"

#define EXIT_UNEXPECTED 1 /* exit status: an outcome is not the expected one */
#define REPLY_MS	30000

enum { OPT_WITHOUT };

static const struct command_option options[] = {
	[OPT_WITHOUT] = {"without", "POLICY", NULL, 0},
	{0},
};

/* The chain. --without takes a kind. */
static const struct {
	const char *kind, *title;
} demo_chain[] = {
	{"size", "caps"}, {"header", "words"}, {"recipient", "moved"}, {"footer", "legal"}};

#define N_CHAIN (sizeof(demo_chain) / sizeof(demo_chain[0]))

static const char demo_config[] =
	"size \"caps\" { message = \"1M\" }\n"
	"\n"
	"header \"words\" {\n"
	"    rule \"pills\" { name = \"Subject\"  match = '(?i)\\bcheap pills\\b'\n"
	"                   action = \"reject\"  reply = \"550 5.7.1 No pills, please\" }\n"
	"    rule \"tag\"   { name = \"Subject\"  match = '(?i)\\blottery\\b'\n"
	"                   action = \"prefix\"  value = \"[SPAM?] \" }\n"
	"}\n"
	"\n"
	"recipient \"moved\" {\n"
	"    map \"old\" { domain = { \"old.example\" }  to = { \"@new.example\" } }\n"
	"}\n"
	"\n"
	"condition \"leaving\" { authenticated = yes }\n"
	"\n"
	"footer \"legal\" {\n"
	"    when = { \"leaving\" }\n"
	"    text = \"Example Ltd, registered in England\"\n"
	"}\n";

/* The beginning of the file, which is not printed. */
static const char preamble[] =
	"user = \"\"\n"
	"workers { count = 1 }\n"
	"log { target = \"stderr\"  level = \"info\"  messages = \"all\" }\n";

static const char subject[] = "Subject";

struct demo_message {
	const char *title;
	const char *sender[3]; /* as mta_message.sender */
	const char *rcpt;
	const char *auth_user; /* NULL: not authenticated */
	const char *subject;
	const char *body;
	const char *expected; /* the outcome, as show_outcome() writes it */
};

static const struct demo_message demo_messages[] = {
	{
		.title = "An ordinary message",
		.sender = {"<ann@example.org>"},
		.rcpt = "<bob@example.com>",
		.subject = "Lunch on Friday",
		.body = "Shall we meet at noon?\r\n",
		.expected = "accepted, unchanged\n",
	},
	{
		.title = "A suspicious subject is tagged",
		.sender = {"<office@example.org>"},
		.rcpt = "<bob@example.com>",
		.subject = "You have won the lottery",
		.body = "Tell us where to send the money.\r\n",
		.expected = "accepted, with changes\n"
			    "- Subject: You have won the lottery\n"
			    "+ Subject: [SPAM?] You have won the lottery\n",
	},
	{
		.title = "A forbidden word in an encoded subject",
		.sender = {"<shop@example.org>"},
		.rcpt = "<bob@example.com>",
		.subject = "=?UTF-8?B?Q2hlYXAgcGlsbHMgZm9yIHlvdQ==?=",
		.body = "Buy now.\r\n",
		.expected = "refused at the end of the message: 550 5.7.1 No pills, please\n",
	},
	{
		.title = "A message whose declared size is too large",
		.sender = {"<ann@example.org>", "SIZE=20000000"},
		.rcpt = "<bob@example.com>",
		.subject = "All my holiday pictures",
		.body = "Here they are.\r\n",
		.expected = "refused at MAIL: 552 5.3.4 Message too large: "
			    "20000000 of 1048576 bytes\n",
	},
	{
		.title = "A recipient whose domain has moved",
		.sender = {"<ann@example.org>"},
		.rcpt = "<bob@old.example>",
		.subject = "Lunch on Friday",
		.body = "Is this still your address?\r\n",
		.expected = "accepted, with changes\n"
			    "- recipient <bob@old.example>\n"
			    "+ recipient <bob@new.example>\n",
	},
	{
		.title = "Mail of an authenticated user gets the footer",
		.sender = {"<carol@example.com>"},
		.rcpt = "<ann@example.org>",
		.auth_user = "carol",
		.subject = "Our offer",
		.body = "Dear Ann,\r\n\r\nplease find our offer attached.\r\n",
		.expected = "accepted, with changes\n"
			    "  please find our offer attached.\n"
			    "+\n"
			    "+ Example Ltd, registered in England\n",
	},
};

#define N_MESSAGES (sizeof(demo_messages) / sizeof(demo_messages[0]))

static volatile sig_atomic_t demo_stop;

static void
on_demo_signal(int sig)
{
	demo_stop = sig;
}

/* Prints each line of text indented. */
static void
print_indented(const char *text)
{
	while (*text) {
		size_t n = strcspn(text, "\n");

		printf("%s%.*s\n", n ? "    " : "", (int)n, text);
		text += n + (text[n] == '\n');
	}
}

static void
print_demo_message(size_t number, const struct demo_message *m)
{
	printf("\n%zu. %s\n", number, m->title);
	printf("    from %s%s%s to %s%s%s\n", m->sender[0], m->sender[1] ? " " : "",
	       m->sender[1] ? m->sender[1] : "", m->rcpt,
	       m->auth_user ? ", authenticated as " : "", m->auth_user ? m->auth_user : "");
	printf("    Subject: %s\n", m->subject);
}

/* Prints the parts of the message's log line that are the same in each run: the verdict, and
 * what each policy did. The messages are sent one after the other, so the next line with a
 * verdict is that of this message. */
static void
print_demo_log_line(struct demo_daemon *d)
{
	const char *line = demo_daemon_find_log_line(d, ": verdict=");

	if (!line)
		return;

	const char *verdict = strstr(line, "verdict=");
	const char *policies = strstr(line, "policies=\"");

	printf("  log line:\n    %.*s", (int)strcspn(verdict, " "), verdict);
	if (policies)
		printf(" ... %.*s\"", (int)strcspn(policies + 10, "\"") + 10, policies);
	printf("\n");
}

/* 1: the outcome is the expected one; 0: it is not; or a negative errno. */
static int
send_demo_message(struct demo_daemon *d, const struct demo_message *m,
		  const struct mta_message *message)
{
	struct arena *arena = arena_new();
	struct mta_outcome outcome;
	struct buf shown = {0};
	struct mta_connection mta;
	int r = mta_connect(&mta, &d->addr, REPLY_MS, &demo_stop);

	if (r == 0) {
		r = mta_send_message(&mta, message, arena, &outcome);
		mta_close(&mta);
	}
	if (r == 0) {
		show_outcome(&shown, message, &outcome);
		r = strcmp(buf_string(&shown), m->expected) == 0;
		printf("  outcome:\n");
		print_indented(buf_string(&shown));
	}
	buf_free(&shown);
	arena_free(arena);
	return r;
}

static int
run_demo_message(struct demo_daemon *d, size_t number)
{
	const struct demo_message *m = &demo_messages[number - 1];
	const char *const rcpts[] = {m->rcpt, NULL};
	const struct mta_header headers[] = {
		{"From", m->sender[0]}, {"To", m->rcpt}, {subject, m->subject}, {NULL, NULL}};
	char queue_id[16];
	const struct mta_message message = {
		.queue_id = queue_id,
		.auth_user = m->auth_user,
		.sender = m->sender,
		.rcpts = rcpts,
		.headers = headers,
		.body = m->body,
		.body_len = strlen(m->body),
	};

	snprintf(queue_id, sizeof(queue_id), "Demo%zu", number);
	print_demo_message(number, m);

	int r = send_demo_message(d, m, &message);

	if (r < 0)
		return r;
	print_demo_log_line(d);
	if (r == 0) {
		printf("  UNEXPECTED outcome; expected:\n");
		print_indented(m->expected);
	}
	return r;
}

static int
run_demo_messages(const struct command *c, struct demo_daemon *d)
{
	size_t good = 0;

	printf("The filter runs with this configuration:\n\n");
	print_indented(demo_config);
	printf("\nMessages that are sent to it, as by Postfix:\n");
	for (size_t i = 1; i <= N_MESSAGES; i++) {
		int r = run_demo_message(d, i);

		if (r < 0)
			return command_fail(c, EX_UNAVAILABLE, "message %zu: %s", i,
					    strerror(-r));
		good += (size_t)r;
	}
	if (good < N_MESSAGES) {
		printf("\n%zu of %zu messages had an UNEXPECTED outcome.\n", N_MESSAGES - good,
		       N_MESSAGES);
		return EXIT_UNEXPECTED;
	}
	printf("\nAll %zu messages had the expected outcome.\n", N_MESSAGES);
	return EX_OK;
}

static bool
is_kind_in_chain(const char *word)
{
	for (size_t i = 0; i < N_CHAIN; i++)
		if (strcmp(demo_chain[i].kind, word) == 0)
			return true;
	return false;
}

static void
make_chain_titles(struct buf *b, const char *without)
{
	for (size_t i = 0; i < N_CHAIN; i++)
		if (!without || strcmp(demo_chain[i].kind, without) != 0)
			buf_printf(b, "%s\"%s\"", b->len ? ", " : "", demo_chain[i].title);
}

static int
run_with_daemon(const struct command *c, const char *without)
{
	struct buf titles = {0}, text = {0}, error = {0};
	struct demo_daemon daemon;
	int status = EX_UNAVAILABLE;

	make_chain_titles(&titles, without);
	buf_puts(&text, preamble);
	buf_puts(&text, demo_config);
	if (demo_daemon_start(&daemon, buf_string(&text), buf_string(&titles), &demo_stop,
			      &error) == 0)
		status = run_demo_messages(c, &daemon);
	else if (!demo_stop)
		command_fail(c, EX_UNAVAILABLE, "%s", buf_string(&error));
	demo_daemon_stop(&daemon);
	buf_free(&titles);
	buf_free(&text);
	buf_free(&error);
	return status;
}

static int
demo_run(const struct command *c, const struct command_args *args)
{
	const char *without = args->values[OPT_WITHOUT];
	const struct sigaction act = {.sa_handler = on_demo_signal};

	if (without && !is_kind_in_chain(without))
		return command_usage(c, "the demo has no policy '%s'", without);
	sigaction(SIGINT, &act, NULL);
	sigaction(SIGTERM, &act, NULL);
	sigaction(SIGHUP, &act, NULL);
	signal(SIGPIPE, SIG_IGN);
	return run_with_daemon(c, without);
}

const struct command command_demo = {
	.name = "demo",
	.operands = "",
	.summary = "Start a separate daemon, send it messages, and print their outcomes",
	.options = options,
	.run = demo_run,
};
