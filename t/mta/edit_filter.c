/* A milter for edits.test: it makes random changes to each message, and prints the message that
 * the MTA must then deliver.
 *
 *     edit_filter messages FIRST N    prints N random messages, for the client to send
 *     edit_filter serve SOCKET        is the milter; prints "ready", then each changed message
 *
 * A message has the seed of its changes in the header X-Seed. A printed message is lines of
 * words with tabs between them: the sender, each recipient, each header ("above" the MTA's own
 * Received, or "below"), the body, and "end". In words \n \r \t \\ are escapes. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "milter/proto.h"
#include "mta_model.h"
#include "session/session.h"
#include "util/arena.h"
#include "util/buf.h"

static void
put_word(const char *s, size_t len)
{
	(void)putchar('\t');
	for (size_t i = 0; i < len; i++) {
		if (s[i] == '\n')
			(void)fputs("\\n", stdout);
		else if (s[i] == '\r')
			(void)fputs("\\r", stdout);
		else if (s[i] == '\t')
			(void)fputs("\\t", stdout);
		else if (s[i] == '\\')
			(void)fputs("\\\\", stdout);
		else
			(void)putchar(s[i]);
	}
}

static void
print_line(const char *what, const char *first, const char *second)
{
	(void)fputs(what, stdout);
	put_word(first, strlen(first));
	if (second != NULL)
		put_word(second, strlen(second));
	(void)putchar('\n');
}

static void
print_message(const struct message *m)
{
	print_line("sender", message_sender(m, POSITION_END)->addr, NULL);
	for (size_t i = 0; i < m->n_rcpts; i++)
		if (m->rcpts[i].removed_by == POSITION_NONE)
			print_line("rcpt", m->rcpts[i].addr, NULL);
	for (size_t i = 0; i < m->n_headers; i++) {
		const struct header *h = &m->headers[i];

		if (!h->deleted)
			print_line(h->place == HEADER_TOP ? "above" : "below", h->name,
				   h->value);
	}
	(void)fputs("body", stdout);
	put_word(m->body, m->body_len);
	(void)fputs("\nend\n", stdout);
	(void)fflush(stdout);
}

static void
print_messages(unsigned first, unsigned n)
{
	struct arena *arena = arena_new();
	struct message m = {0};
	char text[16];

	for (unsigned i = first; i < first + n; i++) {
		unsigned seed = i;

		arena_reset(arena);
		message_begin(&m, arena);
		random_message(&m, &seed);
		(void)snprintf(text, sizeof(text), "%u", seed);
		message_receive_header(&m, "X-Seed", text, true);
		print_message(&m);
	}
	message_free(&m);
	(void)arena_free(arena);
}

static int
on_offer(void *ctx, const struct milter_terms *offer, struct session_request *ret)
{
	(void)ctx;
	*ret = (struct session_request){
		.terms = {.version = offer->version,
			  .actions = offer->actions & ~ACTION_SETSYMLIST},
		.keep_headers = true,
		.keep_body = true,
		.max_body = UINT64_MAX,
		.required_body = UINT64_MAX,
	};
	return 0;
}

static enum verdict
on_event(void *ctx, struct session *s, enum stage stage)
{
	struct message *m = session_message(s);
	const struct header *h;
	unsigned seed;

	(void)ctx;
	if (stage != STAGE_EOM)
		return VERDICT_CONTINUE;
	h = message_nth_header(m, "X-Seed", 1);
	if (h == NULL)
		return VERDICT_REJECT;
	seed = (unsigned)strtoul(h->value, NULL, 10);
	random_edits(m, &seed);
	print_message(m);
	return VERDICT_CONTINUE;
}

static void
on_abort(void *ctx, struct session *s)
{
	(void)ctx;
	(void)s;
}

static const struct session_handler handler = {
	.offer = on_offer, .event = on_event, .abort = on_abort};

static int
write_all(int fd, struct buf *out)
{
	while (out->len > 0) {
		ssize_t n = write(fd, out->data, out->len);

		if (n < 0)
			return -errno;
		buf_consume(out, (size_t)n);
	}
	return 0;
}

/* Serves one connection until the MTA closes it. */
static void
serve(int fd)
{
	static const struct session_limits no_limits;
	struct session *s = session_new(&handler, NULL, &no_limits);
	struct buf in = {0}, out = {0};
	size_t used;
	ssize_t n;
	int r = 0;

	while (r == 0 &&
	       (n = read(fd, buf_reserve(&in, MILTER_MAX_FRAME), MILTER_MAX_FRAME)) > 0) {
		in.len += (size_t)n;
		used = 0;
		r = session_run(s, in.data, in.len, &out, &used);
		buf_consume(&in, used);
		if (write_all(fd, &out) < 0)
			break;
	}
	if (r < 0)
		(void)fprintf(stderr, "edit_filter: %s\n", session_error(s));
	(void)session_free(s);
	buf_free(&in);
	buf_free(&out);
	(void)close(fd);
}

static int
serve_all(const char *path)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0), peer;

	(void)snprintf(at.sun_path, sizeof(at.sun_path), "%s", path);
	if (fd < 0 || bind(fd, (const struct sockaddr *)&at, sizeof(at)) < 0 ||
	    chmod(path, 0666) < 0 || listen(fd, 16) < 0) {
		perror(path);
		return 1;
	}
	(void)puts("ready");
	(void)fflush(stdout);
	while ((peer = accept(fd, NULL, NULL)) >= 0)
		serve(peer);
	return 1;
}

int
main(int argc, char *argv[])
{
	if (argc == 4 && strcmp(argv[1], "messages") == 0) {
		print_messages((unsigned)strtoul(argv[2], NULL, 10),
			       (unsigned)strtoul(argv[3], NULL, 10));
		return 0;
	}
	if (argc == 3 && strcmp(argv[1], "serve") == 0)
		return serve_all(argv[2]);
	(void)fputs("usage: edit_filter messages FIRST N | serve SOCKET\n", stderr);
	return 64;
}
