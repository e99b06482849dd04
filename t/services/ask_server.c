/* Asks a real server one question, over a blocking connection, and prints the answer in a line.
 *
 *	ask_server unix:/run/clamd.ctl clamd scan <mail     answered clean
 *	                                                    answered infected Eicar-Test
 *	                                                    too-big "INSTREAM size limit ..."
 *	ask_server inet:783@127.0.0.1 spamd symbols <mail   answered spam 700 500 FOO,BAR
 *	ask_server inet:783@127.0.0.1 spamd headers <mail   answered ham 0 500 "X-A: b" "To: c"
 *	ask_server inet:11333@127.0.0.1 rspamd check 'ip=192.0.2.1' <mail
 *	        answered 4 "soft reject" 450 1500 message="Later" add -1 "X-A" "b" symbol=FOO
 *	ask_server inet:11333@127.0.0.1 rspamd ping         answered rspamd/3.4
 *
 * The message is standard input, and is the content in parts: the header block, and the body.
 * Scores are hundredths. Also: clamd ping, clamd version, spamd ping; spamd takes a user as a
 * further argument, rspamd lines with facts, those of struct rspamd_request.
 * Exit status: 0, also for answers that are failures; 1 when it cannot ask.
 *
 * A further server has a line in servers[] for each of its questions. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "asking.h"
#include "service/clamd.h"
#include "service/rspamd.h"
#include "service/spamd.h"
#include "util/str.h"

/* The question, with the content; arg: the further argument, or NULL. */
typedef struct exchange *make_fn(const struct exchange_content *content, const char *arg);
typedef void print_fn(void);

static struct clamd_exchange clamd;
static struct rspamd_exchange rspamd;
static struct spamd_exchange spamd;

static struct exchange *
make_clamd_scan(const struct exchange_content *content, const char *arg)
{
	(void)arg;
	clamd_scan(&clamd, content);
	return &clamd.base;
}

static struct exchange *
make_clamd_ping(const struct exchange_content *content, const char *arg)
{
	(void)content;
	(void)arg;
	clamd_ping(&clamd);
	return &clamd.base;
}

static struct exchange *
make_clamd_version(const struct exchange_content *content, const char *arg)
{
	(void)content;
	(void)arg;
	clamd_version(&clamd);
	return &clamd.base;
}

static void
print_clamd_scan(void)
{
	static const char *const names[] = {"clean", "infected", "scan-limit", "encrypted"};

	printf(" %s%s%s", names[clamd.result], clamd.virus[0] != '\0' ? " " : "", clamd.virus);
}

static void
print_clamd_version(void)
{
	printf(" %s", clamd.version);
}

static struct exchange *
make_spamd_symbols(const struct exchange_content *content, const char *arg)
{
	spamd_symbols(&spamd, content, arg);
	return &spamd.base;
}

static struct exchange *
make_spamd_headers(const struct exchange_content *content, const char *arg)
{
	spamd_headers(&spamd, content, arg);
	return &spamd.base;
}

static struct exchange *
make_spamd_ping(const struct exchange_content *content, const char *arg)
{
	(void)content;
	(void)arg;
	spamd_ping(&spamd);
	return &spamd.base;
}

static void
print_spamd_symbols(void)
{
	printf(" %s %lld %lld ", spamd.is_spam ? "spam" : "ham", (long long)spamd.score,
	       (long long)spamd.required);
	for (size_t i = 0; i < spamd.n_symbols; i++)
		printf("%s%.*s", i > 0 ? "," : "", (int)spamd.symbols[i].len,
		       spamd.symbols[i].data);
}

static void
print_spamd_headers(void)
{
	print_spamd_symbols();
	for (size_t i = 0; i < spamd.n_fields; i++) {
		struct buf value = {0};

		str_append_printable(&value, spamd.fields[i].value,
				     strlen(spamd.fields[i].value), 1000);
		printf(" \"%s: %s\"", spamd.fields[i].name, buf_string(&value));
		buf_free(&value);
	}
}

/* The facts of a message, a line for each: "helo=x", "rcpt=<a@x>". They stay until the end. */
static struct rspamd_request
read_facts(const char *arg)
{
	static const char *rcpts[2000];
	struct rspamd_request r = {.rcpts = rcpts};
	const struct {
		const char *name, **value;
	} facts[] = {
		{"ip", &r.ip},
		{"helo", &r.helo},
		{"hostname", &r.hostname},
		{"from", &r.from},
		{"user", &r.user},
		{"queue_id", &r.queue_id},
		{"mta_name", &r.mta_name},
		{"mailer", &r.mailer},
		{"tls_version", &r.tls_version},
		{"tls_cipher", &r.tls_cipher},
		{"tls_issuer", &r.tls_issuer},
		{"settings_id", &r.settings_id},
		{"mta_tag", &r.mta_tag},
	};
	static char *text;
	char *line, *value;

	text = strdup(arg != NULL ? arg : "");
	for (line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n")) {
		value = strchr(line, '=');

		if (value == NULL)
			continue;
		*value++ = '\0';
		if (strcmp(line, "rcpt") == 0 && r.n_rcpts < sizeof(rcpts) / sizeof(*rcpts))
			rcpts[r.n_rcpts++] = value;
		for (size_t i = 0; i < sizeof(facts) / sizeof(*facts); i++)
			if (strcmp(line, facts[i].name) == 0)
				*facts[i].value = value;
	}
	return r;
}

static struct exchange *
make_rspamd_check(const struct exchange_content *content, const char *arg)
{
	struct rspamd_request r = read_facts(arg);

	rspamd_check(&rspamd, &r, content);
	return &rspamd.base;
}

static struct exchange *
make_rspamd_ping(const struct exchange_content *content, const char *arg)
{
	(void)content;
	(void)arg;
	rspamd_ping(&rspamd);
	return &rspamd.base;
}

/* ' WHAT"text"', nothing for NULL. */
static void
print_quoted(const char *what, const char *text)
{
	struct buf b = {0};

	if (text == NULL)
		return;
	str_append_printable(&b, text, strlen(text), 4000);
	printf(" %s\"%s\"", what, buf_string(&b));
	buf_free(&b);
}

static void
print_rspamd_symbols(const struct rspamd_answer *a)
{
	for (size_t i = 0; i < a->n_symbols; i++) {
		const struct rspamd_symbol *s = &a->symbols[i];

		printf(" symbol=%s", s->name);
		for (size_t k = 0; k < s->n_options; k++)
			print_quoted("option=", s->options[k]);
	}
}

static void
print_rspamd_fields(const char *what, const struct rspamd_header *h, size_t n)
{
	for (; n > 0; n--, h++) {
		printf(" %s %d", what, h->order);
		print_quoted("", h->name);
		print_quoted("", h->value);
	}
}

static void
print_rspamd_check(void)
{
	static const char *const instead[] = {"", " instead=quarantine", " instead=discard"};
	const struct rspamd_answer *a = &rspamd.answer;

	printf(" %d \"%s\" %lld %lld%s%s%s", (int)a->action, a->action_name,
	       (long long)a->score, (long long)a->required_score,
	       a->is_skipped ? " skipped" : "", a->no_action ? " no-action" : "",
	       instead[a->instead]);
	print_quoted("message=", a->smtp_message);
	print_quoted("subject=", a->subject);
	print_quoted("change_from=", a->change_from);
	for (size_t i = 0; i < a->n_dkim_signatures; i++)
		print_quoted("dkim=", a->dkim_signatures[i]);
	for (size_t i = 0; i < a->n_add_rcpt; i++)
		print_quoted("add_rcpt=", a->add_rcpt[i]);
	for (size_t i = 0; i < a->n_del_rcpt; i++)
		print_quoted("del_rcpt=", a->del_rcpt[i]);
	for (size_t i = 0; i < a->n_remove_headers; i++) {
		printf(" remove %d", a->remove_headers[i].nth);
		print_quoted("", a->remove_headers[i].name);
	}
	print_rspamd_fields("add", a->add_headers, a->n_add_headers);
	print_rspamd_fields("spam", a->spam_headers, a->n_spam_headers);
	print_rspamd_symbols(a);
	printf(" left-out=%zu", rspamd.n_rcpts_left_out);
}

static void
print_rspamd_ping(void)
{
	printf(" %s", rspamd.server);
}

static void
print_nothing(void)
{
}

static const struct server {
	const char *name, *question;
	bool has_content;
	make_fn *make;
	print_fn *print; /* what is behind "answered" */
} servers[] = {
	{"clamd", "scan", true, make_clamd_scan, print_clamd_scan},
	{"clamd", "ping", false, make_clamd_ping, print_nothing},
	{"clamd", "version", false, make_clamd_version, print_clamd_version},
	{"rspamd", "check", true, make_rspamd_check, print_rspamd_check},
	{"rspamd", "ping", false, make_rspamd_ping, print_rspamd_ping},
	{"spamd", "symbols", true, make_spamd_symbols, print_spamd_symbols},
	{"spamd", "headers", true, make_spamd_headers, print_spamd_headers},
	{"spamd", "ping", false, make_spamd_ping, print_nothing},
};

static void
print_answer(const struct server *server, const struct exchange *x, enum exchange_state state)
{
	fputs(asking_state_name(state), stdout);
	if (state == EXCHANGE_ANSWERED)
		server->print();
	else if (state != EXCHANGE_CUT)
		printf(" \"%s\"", x->text);
	putchar('\n');
}

static void
ask_and_print(const char *spec, const struct server *server, const char *arg)
{
	struct buf message = {0};
	struct slice parts[2];
	struct exchange_content content;
	struct exchange *x;
	const char *body;

	if (server->has_content)
		asking_read_input(&message);
	parts[0].data = buf_string(&message);
	body = memmem(parts[0].data, message.len, "\r\n\r\n", 4);
	parts[0].len = body != NULL ? (size_t)(body + 4 - parts[0].data) : 0;
	parts[1].data = parts[0].data + parts[0].len;
	parts[1].len = message.len - parts[0].len;
	content = (struct exchange_content){parts, 2, message.len};
	x = server->make(&content, arg);
	print_answer(server, x, asking_ask(spec, x));
	x->ops->release(x);
	buf_free(&message);
}

int
main(int argc, char **argv)
{
	for (size_t i = 0; argc >= 4 && argc <= 5 && i < sizeof(servers) / sizeof(*servers);
	     i++) {
		if (strcmp(argv[2], servers[i].name) == 0 &&
		    strcmp(argv[3], servers[i].question) == 0) {
			ask_and_print(argv[1], &servers[i], argv[4]);
			return EXIT_SUCCESS;
		}
	}
	asking_die("usage", "ask_server ADDRESS SERVER QUESTION [ARGUMENT]");
}
