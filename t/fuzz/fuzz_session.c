/* Fuzzes session, chain and policies with any bytes of an MTA: the replies are complete frames.
 * Two connections that get the bytes in turns, share a pool of transactions and have their
 * bodies in files get the same replies as one connection with its body in memory. Input: a byte
 * for the size of the pieces in which the bytes are read, then the MTA's bytes. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>

#include "chain/chain.h"
#include "charset/charset.h"
#include "config/config.h"
#include "fuzz.h"
#include "milter/reply.h"
#include "session/transaction.h"
#include "util/buf.h"
#include "util/log.h"

#define TOGETHER 2
#define FILES	 (2 * TOGETHER)

static const char text[] =
	"limits { regex_time = \"1h\" }\n" /* a timeout would change the replies */
	"listener \"in\" { socket = \"unix:/x\" chain = { \"size\", \"tag\", \"move\", \"legal\" } }\n"
	"size \"size\" { message = \"1K\" recipients = 3 headers = 9\n"
	"  limit \"b\" { recipient_domain = { \"b.test\" } message = \"64\" } }\n"
	"header \"tag\" {\n"
	"  rule \"bad\" { name = \"Subject\" match = 'bad' action = \"reject\" }\n"
	"  rule \"ext\" { name = \"Subject\" action = \"prefix\" value = \"[EXT \xc3\xbc] \" }\n"
	"  rule \"del\" { name_match = '(?i)^x-' action = \"remove\" keep = 1 }\n"
	"  rule \"set\" { name = \"X-Set\" action = \"set\" value = \"%{sender} %{client}\" } }\n"
	"recipient \"move\" { map \"m\" { match = '^(.*)@a\\.test$' to = { \"$1@b.test\", \"c@d\" } }\n"
	"  map \"none\" { domain = { \"gone.test\" } to = {} } bcc = { \"copy@b.test\" } }\n"
	"condition \"auth\" { authenticated = yes }\n"
	"footer \"legal\" { unless = { \"auth\" } text = \"\xc3\xbc %{header:From}\" }\n";

static const struct config *cfg;

/* Replaces getrandom(2), so that all boundaries are equal. */
ssize_t
getrandom(void *to, size_t len, unsigned flags)
{
	unsigned char *p = to;

	(void)flags;
	for (size_t i = 0; i < len; i++)
		p[i] = (unsigned char)i;
	return (ssize_t)len;
}

static void
print_error(void *ctx, enum config_severity kind, const char *file, unsigned line,
	    const char *what)
{
	(void)ctx;
	if (kind == CONFIG_ERROR)
		(void)fprintf(stderr, "%s:%u: %s\n", file, line, what);
}

static const struct config *
config(void)
{
	static struct config *loaded;
	int r;

	if (loaded != NULL)
		return loaded;
	(void)charset_open_all();
	r = config_load_text("fuzz", text, print_error, NULL, &loaded);
	assert(r == 0);
	return loaded;
}

/* No policy of this chain asks. */
static bool
host_ask(void *host, struct question *q)
{
	(void)host;
	(void)q;
	abort();
}

static void
host_cancel(void *host, struct question *q)
{
	(void)host;
	(void)q;
	abort();
}

static void
host_resumed(void *host)
{
	(void)host;
}

/* Log text is one line of printable characters. */
static void
host_log(void *host, const struct log_record *record)
{
	(void)host;
	for (const char *p = record->text; *p != '\0'; p++)
		assert((unsigned char)*p >= ' ' && *p != 127);
}

static bool
host_done(void *host, const char *verdict, bool acted)
{
	(void)host;
	(void)verdict;
	(void)acted;
	return true;
}

static const struct chain_host host = {
	.ask = host_ask,
	.cancel = host_cancel,
	.resumed = host_resumed,
	.log = host_log,
	.message_done = host_done,
	.shared = NULL,
};

static void
check_answers(const struct buf *out)
{
	struct milter_frame f = {0};
	struct milter_reply r;
	int result;

	for (size_t pos = 0; pos < out->len; pos += f.size) {
		result = milter_frame_next(out->data + pos, out->len - pos, MILTER_MAX_FRAME,
					   &f);
		assert(result == 1);
		result = milter_reply_decode(&f, &r);
		assert(result == 0);
	}
}

/* Files in memory for the bodies of messages: a body of more than 16 bytes is in one. */
static struct body_pool *
open_files(void)
{
	int fds[FILES];

	for (size_t i = 0; i < FILES; i++) {
		fds[i] = memfd_create("fuzz", MFD_CLOEXEC);
		assert(fds[i] >= 0);
	}
	return body_pool_new(16, fds, FILES);
}

/* One connection of an MTA. */
struct connection {
	struct chain_run *run;
	struct session *s;
	struct buf in;	/* bytes that the session has not read */
	struct buf out; /* all replies */
};

static void
open_connection(struct connection *conn, struct transaction_pool *transactions)
{
	const struct chain *chain = cfg->listeners[0].chain;

	*conn = (struct connection){.run = chain_run_new(chain, &host, NULL, "fuzz")};
	conn->s = session_new(&chain_handler, conn->run, &chain->limits);
	session_use_pool(conn->s, transactions);
}

static int
receive(struct connection *conn, const uint8_t *data, size_t size)
{
	size_t used;
	int r;

	buf_append(&conn->in, data, size);
	r = session_run(conn->s, conn->in.data, conn->in.len, &conn->out, &used);
	assert(used <= conn->in.len);
	buf_consume(&conn->in, used);
	while (session_write_more(conn->s, &conn->out))
		;
	return r;
}

static void
close_connection(struct connection *conn)
{
	check_answers(&conn->out);
	session_free(conn->s);
	chain_run_free(conn->run);
	buf_free(&conn->in);
}

/* Gives the bytes to n connections in turns, in pieces whose size comes from the first byte. */
static void
play(const uint8_t *data, size_t size, struct connection *conns, size_t n,
     struct transaction_pool *transactions)
{
	size_t piece = size > 0 && data[0] > 0 ? data[0] * 16u : 100000;
	int r = 0;

	for (size_t i = 0; i < n; i++)
		open_connection(&conns[i], transactions);
	for (size_t at = 1; at < size && r == 0; at += piece)
		for (size_t i = 0; i < n; i++)
			r = receive(&conns[i], data + at,
				    size - at < piece ? size - at : piece);
	for (size_t i = 0; i < n; i++)
		close_connection(&conns[i]);
}

static void
check_equal(struct buf *one, struct buf *other)
{
	assert(one->len == other->len);
	assert(memcmp(buf_string(one), buf_string(other), one->len) == 0);
	buf_free(other);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct body_pool *pool = open_files();
	struct transaction_pool *transactions = transaction_pool_new(pool);
	struct connection alone, together[TOGETHER];

	cfg = config();
	play(data, size, &alone, 1, NULL);
	play(data, size, together, TOGETHER, transactions);
	assert(pool->n_idle == FILES);
	for (size_t i = 0; i < TOGETHER; i++)
		check_equal(&alone.out, &together[i].out);
	transaction_pool_free(transactions);
	buf_free(&alone.out);
	return 0;
}
