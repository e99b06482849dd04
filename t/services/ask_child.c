/* Asks a real milter about one message, over a blocking connection, and prints the answer:
 *
 *	ask_child unix:/run/opendkim.sock from='<a@example.test>' rcpt='<b@example.net>' <mail
 *
 *	answered continue
 *	insert 1 "DKIM-Signature" "v=1; a=rsa-sha256;\n\tb=..."
 *
 * The message is standard input, with line ends of CRLF. Arguments: from, rcpt (each has one,
 * several are given), addr and helo of the client; actions, the bits that are offered, as a
 * number; ping, instead of the message; any other NAME=VALUE is a macro. Further lines are
 * "reply CODE XCODE TEXT", "refused N CODE XCODE TEXT", "quarantine TEXT", "body TEXT", and
 * changes: "add", "change N", "delete N" with NAME and VALUE, "sender", "rcpt", "unrcpt" with
 * an address. Texts are strings of C. Exit status: 0, also for answers that are failures; 1
 * when it cannot ask. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "asking.h"
#include "service/child.h"
#include "util/arena.h"

#define MAX_RCPTS  2000u
#define MAX_MACROS 64u
#define MAX_FIELDS 4000u

static struct child_path rcpts[MAX_RCPTS];
static struct child_field fields[MAX_FIELDS];
static const char *macros[2 * MAX_MACROS + 1];
static struct peer peer = {"client.example", "192.0.2.1", "helo.example", '4', 40000};
static struct child_message message = {
	.peer = &peer,
	.sender = {.addr = "<a@example.org>"},
	.rcpts = rcpts,
	.fields = fields,
	.macros = macros,
	.actions = ACTION_ALL,
};
static size_t n_macros;

static const char *
argument_value(const char *argument, const char *name)
{
	size_t len = strlen(name);

	return strncmp(argument, name, len) == 0 && argument[len] == '=' ? argument + len + 1
									 : NULL;
}

static void
take_macro(struct arena *arena, const char *argument)
{
	const char *equals = strchr(argument, '=');

	if (equals == NULL || n_macros == MAX_MACROS)
		asking_die(argument, "no macro, or one too many");
	macros[2 * n_macros] = arena_strndup(arena, argument, (size_t)(equals - argument));
	macros[2 * n_macros++ + 1] = equals + 1;
}

static void
take_argument(struct arena *arena, const char *argument)
{
	const char *v;

	if ((v = argument_value(argument, "from")) != NULL)
		message.sender.addr = v;
	else if ((v = argument_value(argument, "rcpt")) != NULL && message.n_rcpts < MAX_RCPTS)
		rcpts[message.n_rcpts++].addr = v;
	else if ((v = argument_value(argument, "addr")) != NULL)
		peer.addr = v;
	else if ((v = argument_value(argument, "helo")) != NULL)
		peer.helo = v;
	else if ((v = argument_value(argument, "actions")) != NULL)
		message.actions = (uint32_t)strtoul(v, NULL, 0);
	else
		take_macro(arena, argument);
}

/* The value of a field as the model has it: LF for CRLF, without the blank behind the colon. */
static const char *
field_value(struct arena *arena, const char *s, size_t len)
{
	char *value = arena_strndup(arena, s, len), *to = value;

	for (const char *from = value + (*value == ' '); *from != '\0'; from++) {
		if (*from != '\r')
			*to++ = *from;
	}
	*to = '\0';
	return value;
}

/* The end of the field that begins here: behind a line end with no blank behind that. */
static const char *
field_end(const char *s)
{
	do
		s = strstr(s, "\r\n") + 2;
	while (*s == ' ' || *s == '\t');
	return s;
}

/* Takes the header block, which ends before an empty line. Returns the body. */
static const char *
take_fields(struct arena *arena, const char *s)
{
	while (strncmp(s, "\r\n", 2) != 0) {
		const char *end = strstr(s, "\r\n") != NULL ? field_end(s) : s;
		const char *colon = memchr(s, ':', (size_t)(end - s));

		if (colon == NULL || message.n_fields == MAX_FIELDS)
			asking_die(s, "no field, or one too many");
		fields[message.n_fields++] = (struct child_field){
			arena_strndup(arena, s, (size_t)(colon - s)),
			field_value(arena, colon + 1, (size_t)(end - 2 - colon - 1))};
		s = end;
	}
	return s + 2;
}

static void
print_string(const char *s, size_t len)
{
	fputs(" \"", stdout);
	for (size_t i = 0; i < len; i++) {
		if (s[i] == '\n' || s[i] == '\r' || s[i] == '"' || s[i] == '\\')
			printf("\\%c", s[i] == '\n' ? 'n' : s[i] == '\r' ? 'r' : s[i]);
		else
			putchar(s[i]);
	}
	putchar('"');
}

static void
print_reply(const struct child_reply *r)
{
	printf(" %u %s", r->code, r->xcode);
	print_string(r->text, strlen(r->text));
	putchar('\n');
}

static void
print_change(const struct child_change *c)
{
	static const char *const words[] = {
		[CHILD_ADD_FIELD] = "add",	  [CHILD_INSERT_FIELD] = "insert",
		[CHILD_CHANGE_FIELD] = "change",  [CHILD_DELETE_FIELD] = "delete",
		[CHILD_CHANGE_SENDER] = "sender", [CHILD_ADD_RCPT] = "rcpt",
		[CHILD_DELETE_RCPT] = "unrcpt",
	};

	fputs(words[c->kind], stdout);
	if (c->kind != CHILD_ADD_FIELD && c->kind < CHILD_CHANGE_SENDER)
		printf(" %u", c->index);
	print_string(c->name, strlen(c->name));
	if (c->kind < CHILD_CHANGE_SENDER)
		print_string(c->value, strlen(c->value));
	putchar('\n');
}

static void
print_child_answer(const struct child_answer *a)
{
	printf(" %s\n", verdict_name(a->verdict));
	if (a->verdict == VERDICT_REJECT || a->verdict == VERDICT_TEMPFAIL) {
		fputs("reply", stdout);
		print_reply(&a->reply);
	}
	for (size_t i = 0; i < a->n_refused; i++) {
		printf("refused %zu", a->refused[i].rcpt);
		print_reply(&a->refused[i].reply);
	}
	for (size_t i = 0; i < a->n_changes; i++)
		print_change(&a->changes[i]);
	if (a->quarantine != NULL) {
		fputs("quarantine", stdout);
		print_string(a->quarantine, strlen(a->quarantine));
		putchar('\n');
	}
	if (a->replaces_body) {
		fputs("body", stdout);
		print_string(a->body.data, a->body.len);
		putchar('\n');
	}
}

static void
ask_child(const char *address, struct child *c)
{
	enum exchange_state state = asking_ask(address, &c->base);

	fputs(asking_state_name(state), stdout);
	if (state != EXCHANGE_ANSWERED)
		printf(" \"%s\"\n", c->base.text);
	else if (c->message == NULL)
		putchar('\n');
	else
		print_child_answer(&c->answer);
	c->base.ops->release(&c->base);
}

int
main(int argc, char **argv)
{
	struct arena *arena = arena_new();
	struct buf input = {0};
	struct slice body;
	struct child c;

	if (argc < 2)
		asking_die("usage", "ask_child ADDRESS [ping | NAME=VALUE...]");
	if (argc == 3 && strcmp(argv[2], "ping") == 0) {
		child_ping(&c);
	} else {
		for (int i = 2; i < argc; i++)
			take_argument(arena, argv[i]);
		asking_read_input(&input);
		body.data = take_fields(arena, buf_string(&input));
		body.len = input.len - (size_t)(body.data - (const char *)input.data);
		message.body = (struct exchange_content){&body, 1, body.len};
		child_filter(&c, &message);
	}
	ask_child(argv[1], &c);
	buf_free(&input);
	arena_free(arena);
	return EXIT_SUCCESS;
}
