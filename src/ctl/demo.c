/* polymilterctl demo: a daemon with all policies, six messages, and what became of them. */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "ctl/command.h"
#include "ctl/mta.h"
#include "ctl/show.h"
#include "ctl/trial.h"
#include "util/arena.h"
#include "util/buf.h"

#define NOT_AS_DESCRIBED 1 /* exit status */
#define ANSWER_MS	 30000

enum { OPT_WITHOUT };

static const struct command_option options[] = {
	[OPT_WITHOUT] = {"without", "POLICY", NULL, 0},
	{0},
};

/* Kinds that --without takes, and their titles in the configuration. */
static const struct {
	const char *kind, *title;
} chain[] = {
	{"size", "caps"}, {"header", "words"}, {"recipient", "moved"}, {"footer", "legal"}};

#define N_CHAIN (sizeof(chain) / sizeof(chain[0]))

static const char config[] =
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

/* What stands before it in the file, and is of no interest to the reader of the demo. */
static const char preamble[] =
	"user = \"\"\n"
	"workers { count = 1 }\n"
	"log { target = \"stderr\"  level = \"info\"  messages = \"all\" }\n";

static const char subject[] = "Subject";

struct scene {
	const char *title;
	const char *sender[3];
	const char *rcpt;
	const char *login;
	const char *subject;
	const char *body;
	const char *expected; /* as show_outcome() writes it */
};

static const struct scene scenes[] = {
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
		.title = "A forbidden word, though it is encoded",
		.sender = {"<shop@example.org>"},
		.rcpt = "<bob@example.com>",
		.subject = "=?UTF-8?B?Q2hlYXAgcGlsbHMgZm9yIHlvdQ==?=",
		.body = "Buy now.\r\n",
		.expected = "refused at the end of the message: 550 5.7.1 No pills, please\n",
	},
	{
		.title = "A message that is announced as too big",
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
		.title = "Mail of a user who has logged in gets the footer",
		.sender = {"<carol@example.com>"},
		.rcpt = "<ann@example.org>",
		.login = "carol",
		.subject = "Our offer",
		.body = "Dear Ann,\r\n\r\nplease find our offer attached.\r\n",
		.expected = "accepted, with changes\n"
			    "  please find our offer attached.\n"
			    "+\n"
			    "+ Example Ltd, registered in England\n",
	},
};

#define N_SCENES (sizeof(scenes) / sizeof(scenes[0]))

static volatile sig_atomic_t stop;

static void
on_signal(int sig)
{
	stop = sig;
}

/* Indented, each line of it. */
static void
print_lines(const char *text)
{
	while (*text) {
		size_t n = strcspn(text, "\n");

		printf("%s%.*s\n", n ? "    " : "", (int)n, text);
		text += n + (text[n] == '\n');
	}
}

static void
print_scene(size_t number, const struct scene *s)
{
	printf("\n%zu. %s\n", number, s->title);
	printf("    from %s%s%s to %s%s%s\n", s->sender[0], s->sender[1] ? " " : "",
	       s->sender[1] ? s->sender[1] : "", s->rcpt, s->login ? ", logged in as " : "",
	       s->login ? s->login : "");
	printf("    Subject: %s\n", s->subject);
}

/* Of the message's log line the parts that are the same in each run: the verdict, and what each
 * policy did. Messages go one after the other, so the next such line is this one's. */
static void
print_log(struct trial *t)
{
	const char *line = trial_line(t, ": verdict=");

	if (!line)
		return;

	const char *verdict = strstr(line, "verdict=");
	const char *policies = strstr(line, "policies=\"");

	printf("  and logs:\n    %.*s", (int)strcspn(verdict, " "), verdict);
	if (policies)
		printf(" ... %.*s\"", (int)strcspn(policies + 10, "\"") + 10, policies);
	printf("\n");
}

/* 1: as described; 0: not; or a negative errno. */
static int
play(struct trial *t, const struct scene *s, const struct mta_mail *mail)
{
	struct arena *arena = arena_new();
	struct mta_outcome outcome;
	struct buf shown = {0};
	struct mta mta;
	int r = mta_open(&mta, &t->at, ANSWER_MS, &stop);

	if (r == 0) {
		r = mta_play(&mta, mail, arena, &outcome);
		mta_close(&mta);
	}
	if (r == 0) {
		show_outcome(&shown, mail, &outcome);
		r = strcmp(buf_string(&shown), s->expected) == 0;
		printf("  the filter says:\n");
		print_lines(buf_string(&shown));
	}
	buf_free(&shown);
	arena_free(arena);
	return r;
}

static int
play_scene(struct trial *t, size_t number)
{
	const struct scene *s = &scenes[number - 1];
	const char *const rcpts[] = {s->rcpt, NULL};
	const struct mta_header headers[] = {
		{"From", s->sender[0]}, {"To", s->rcpt}, {subject, s->subject}, {NULL, NULL}};
	char queue_id[16];
	const struct mta_mail mail = {
		.queue_id = queue_id,
		.login = s->login,
		.sender = s->sender,
		.rcpts = rcpts,
		.headers = headers,
		.body = s->body,
		.body_len = strlen(s->body),
	};

	snprintf(queue_id, sizeof(queue_id), "Demo%zu", number);
	print_scene(number, s);

	int r = play(t, s, &mail);

	if (r < 0)
		return r;
	print_log(t);
	if (r == 0) {
		printf("  NOT as described, which is:\n");
		print_lines(s->expected);
	}
	return r;
}

static int
play_all(const struct command *c, struct trial *t)
{
	size_t good = 0;

	printf("A mail filter with this configuration:\n\n");
	print_lines(config);
	printf("\nMessages that go through it, as Postfix would hand them over:\n");
	for (size_t i = 1; i <= N_SCENES; i++) {
		int r = play_scene(t, i);

		if (r < 0)
			return command_fail(c, EX_UNAVAILABLE, "message %zu: %s", i,
					    strerror(-r));
		good += (size_t)r;
	}
	if (good < N_SCENES) {
		printf("\n%zu of %zu messages did NOT come out as described.\n",
		       N_SCENES - good, N_SCENES);
		return NOT_AS_DESCRIBED;
	}
	printf("\nAll %zu messages came out as described.\n", N_SCENES);
	return EX_OK;
}

static bool
is_kind(const char *word)
{
	for (size_t i = 0; i < N_CHAIN; i++)
		if (strcmp(chain[i].kind, word) == 0)
			return true;
	return false;
}

static void
make_chain(struct buf *b, const char *without)
{
	for (size_t i = 0; i < N_CHAIN; i++)
		if (!without || strcmp(chain[i].kind, without) != 0)
			buf_printf(b, "%s\"%s\"", b->len ? ", " : "", chain[i].title);
}

static int
run(const struct command *c, const char *without)
{
	struct buf titles = {0}, text = {0}, why = {0};
	struct trial trial;
	int status = EX_UNAVAILABLE;

	make_chain(&titles, without);
	buf_puts(&text, preamble);
	buf_puts(&text, config);
	if (trial_start(&trial, buf_string(&text), buf_string(&titles), &stop, &why) == 0)
		status = play_all(c, &trial);
	else if (!stop)
		command_fail(c, EX_UNAVAILABLE, "%s", buf_string(&why));
	trial_end(&trial);
	buf_free(&titles);
	buf_free(&text);
	buf_free(&why);
	return status;
}

static int
demo_run(const struct command *c, const struct command_args *args)
{
	const char *without = args->values[OPT_WITHOUT];
	const struct sigaction act = {.sa_handler = on_signal};

	if (without && !is_kind(without))
		return command_usage(c, "no policy '%s' in the demo", without);
	sigaction(SIGINT, &act, NULL);
	sigaction(SIGTERM, &act, NULL);
	sigaction(SIGHUP, &act, NULL);
	signal(SIGPIPE, SIG_IGN);
	return run(c, without);
}

const struct command command_demo = {
	.name = "demo",
	.operands = "",
	.summary =
		"Starts a daemon of its own, plays messages to it, and shows what became of them",
	.options = options,
	.run = demo_run,
};
