/* Whatever an MTA sends, the daemon's own path (session, chain, the four policies) answers with
 * whole frames, at most one final reply for each command, or closes. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chain/chain.h"
#include "config/config.h"
#include "fuzz.h"
#include "milter/reply.h"
#include "mime/charset.h"
#include "util/buf.h"
#include "util/log.h"

static const char text[] =
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

/* The first byte says how large the pieces are in which the rest comes. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct chain *chain;
	struct chain_run *run;
	struct session *s;
	struct buf in = {0}, out = {0};
	size_t piece = size > 0 && data[0] > 0 ? data[0] * 16u : 100000, used;
	int r = 0;

	cfg = config();
	chain = cfg->listeners[0].chain;
	run = chain_run_new(chain, &host, NULL, "fuzz");
	s = session_new(&chain_handler, run, &chain->limits);
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
	buf_free(&out);
	return 0;
}
