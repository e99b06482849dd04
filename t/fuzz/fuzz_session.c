/* Whatever an MTA sends, the daemon's own path (session, chain, the four policies) answers with
 * whole frames, at most one final reply for each command, or closes. With bodies in memory or
 * in a file it says the same. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>

#include "chain/chain.h"
#include "config/config.h"
#include "fuzz.h"
#include "milter/reply.h"
#include "mime/charset.h"
#include "session/room.h"
#include "util/buf.h"
#include "util/log.h"

static const char text[] =
	"limits { regex_time = \"1h\" }\n" /* else a slow machine could answer another way */
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
static unsigned char chance;

/* In the place of the library's: the boundaries of both runs are the same. */
ssize_t
getrandom(void *to, size_t len, unsigned flags)
{
	unsigned char *p = to;

	(void)flags;
	for (size_t i = 0; i < len; i++)
		p[i] = chance++;
	return (ssize_t)len;
}

static void
tell(void *ctx, enum config_kind kind, const char *file, unsigned line, const char *what)
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
	r = config_load_text("fuzz", text, tell, NULL, &loaded);
	assert(r == 0);
	return loaded;
}

static void
host_timer(void *host, unsigned ms)
{
	(void)host;
	(void)ms;
}

static void
host_resumed(void *host)
{
	(void)host;
}

static struct sd_event *
host_loop(void *host)
{
	(void)host;
	return NULL;
}

/* One line, printable. */
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

static const struct chain_host host = {host_timer, host_resumed, host_loop, host_log,
				       host_done};

static void
check_answers(const struct buf *out)
{
	struct milter_frame f;
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

/* Files in memory; a body of more than a few bytes is in one. */
static struct body_pool *
open_files(void)
{
	int fds[2];

	for (size_t i = 0; i < 2; i++) {
		fds[i] = memfd_create("fuzz", MFD_CLOEXEC);
		assert(fds[i] >= 0);
	}
	return body_pool_new(16, fds, 2);
}

/* The first byte says how large the pieces are in which the rest comes. All answers. */
static void
play(const uint8_t *data, size_t size, struct room_stock *stock, struct buf *ret)
{
	const struct chain *chain = cfg->listeners[0].chain;
	struct chain_run *run = chain_run_new(chain, &host, NULL, "fuzz");
	struct session *s = session_new(&chain_handler, run, &chain->limits);
	struct buf in = {0}, out = {0};
	size_t piece = size > 0 && data[0] > 0 ? data[0] * 16u : 100000, used;
	int r = 0;

	chance = 0;
	session_use_stock(s, stock);
	for (size_t at = 1; at < size && r == 0; at += piece) {
		buf_append(&in, data + at, size - at < piece ? size - at : piece);
		r = session_run(s, in.data, in.len, &out, &used);
		assert(used <= in.len);
		buf_consume(&in, used);
		while (session_more(s, &out))
			;
	}
	check_answers(&out);
	session_free(s);
	chain_run_free(run);
	buf_free(&in);
	*ret = out;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf in_memory = {0}, in_files = {0};
	struct body_pool *pool = open_files();
	struct room_stock *stock = room_stock_new(pool);

	cfg = config();
	play(data, size, NULL, &in_memory);
	play(data, size, stock, &in_files);
	assert(pool->n_idle == 2);
	assert(in_memory.len == in_files.len);
	assert(memcmp(buf_string(&in_memory), buf_string(&in_files), in_memory.len) == 0);
	room_stock_free(stock);
	buf_free(&in_memory);
	buf_free(&in_files);
	return 0;
}
