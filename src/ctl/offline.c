/* Plays messages to a chain in this process: see offline.h. This is the MTA, in the place of a
 * socket; offline_host.c is the chain's host. */
#include "ctl/offline.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "chain/chain.h"
#include "ctl/offline_host.h"
#include "io/loop.h"
#include "milter/frame.h"
#include "service/ask.h"
#include "session/session.h"
#include "session/transaction.h"
#include "util/arena.h"
#include "util/buf.h"
#include "util/log.h"

#define FILES_MAX	     64u
#define LOOK_MS		     400u /* between two looks at services */
#define LOOKS_BEFORE_TELLING 8u

/* Its life. */

/* The files of a large body are in memory: one for the body that was sent, and two for each
 * policy, which may make others. When there are none, buffers take their place. */
static struct body_pool *
make_body_pool(uint64_t body_memory, size_t n_policies)
{
	int fds[FILES_MAX];
	size_t n = 0, max = 2 * n_policies + 2 < FILES_MAX ? 2 * n_policies + 2 : FILES_MAX;

	while (n < max && (fds[n] = memfd_create("polymilter-body", MFD_CLOEXEC)) >= 0)
		n++;
	if (n < max || body_memory > SIZE_MAX)
		body_memory = SIZE_MAX;
	return body_pool_new((size_t)body_memory, fds, n);
}

/* Once for each service that lets the administrator wait. */
static void
tell_waiting(struct offline *o)
{
	if (o->asked == NULL || ++o->n_looks != LOOKS_BEFORE_TELLING)
		return;
	log_write(LOG_NOTICE,
		  "waiting for service \"%s\"; with --result POLICY=RESULT it is not asked",
		  o->asked->service->name);
}

static void
on_look(void *ctx)
{
	struct offline *o = ctx;

	asker_look(o->services.asker);
	tell_waiting(o);
	timer_arm(o->services.timers, &o->look_timer, LOOK_MS);
}

struct offline *
offline_new(const struct listener_conf *listener, const struct config *cfg)
{
	struct offline *o = calloc(1, sizeof(*o));

	if (o == NULL)
		abort();
	direct_asker_open(&o->services, cfg);
	o->look_timer = (struct timer){.fn = on_look, .ctx = o};
	timer_arm(o->services.timers, &o->look_timer, LOOK_MS);
	o->listener = listener;
	o->at_work = &o->own_at_work;
	o->pool = transaction_pool_new(make_body_pool(cfg->body_memory, listener->chain->n));
	return o;
}

void
offline_note_work(struct offline *o, struct at_work *at_work)
{
	o->at_work = at_work;
}

void
offline_play_results(struct offline *o, const struct played_results *played)
{
	o->played = played;
}

void
offline_set_time(struct offline *o, int64_t at)
{
	o->has_time = true;
	o->time = at;
}

static void
close_session(struct offline *o)
{
	o->session = session_free(o->session);
	o->run = chain_run_free(o->run);
	buf_reset(&o->in);
	buf_reset(&o->out);
}

struct offline *
offline_free(struct offline *o)
{
	if (o == NULL)
		return NULL;
	close_session(o);
	transaction_pool_free(o->pool);
	timer_disarm(o->services.timers, &o->look_timer);
	direct_asker_close(&o->services);
	buf_free(&o->in);
	buf_free(&o->out);
	buf_free(&o->warnings);
	buf_free(&o->steps);
	buf_free(&o->error);
	free(o);
	return NULL;
}

const char *
offline_error(const struct offline *o)
{
	return o->error.len > 0 ? (const char *)o->error.data : "";
}

/* Playing. */

static int
fail_session(struct offline *o)
{
	if (o->session != NULL && *session_error(o->session) != '\0') {
		buf_reset(&o->error);
		buf_puts(&o->error, session_error(o->session));
	}
	(void)buf_string(&o->error);
	o->result = NULL;
	close_session(o);
	return -EPROTO;
}

/* A policy waits: events are handled until it has its answer, or until its time is over. */
static void
finish_suspension(struct offline *o)
{
	while (session_is_suspended(o->session)) {
		if (o->resumed) {
			o->resumed = false;
			session_resume(o->session, chain_run_verdict(o->run), &o->out);
		} else if (loop_run_once(o->services.loop, -1) < 0) {
			return;
		}
	}
}

/* The filter reads all that was sent to it, and replies. */
static int
run_filter(struct offline *o)
{
	int r = 0;

	while (r == 0 && o->in.len > 0) {
		size_t used = 0;

		r = session_run(o->session, o->in.data, o->in.len, &o->out, &used);
		buf_consume(&o->in, used);
		while (session_write_more(o->session, &o->out))
			;
		finish_suspension(o);
		if (used == 0)
			r = -EPROTO;
	}
	return r < 0 ? r : 0;
}

/* Takes the next reply. 1 with *ret, which is valid until the next call; 0: there is none. */
static int
next_reply(struct offline *o, size_t *used, struct milter_reply *ret)
{
	size_t size = 0;
	int r = mta_decode_reply(o->out.data + *used, o->out.len - *used, ret, &size);

	*used += size;
	return r;
}

static int
negotiate_offline(struct offline *o)
{
	struct milter_reply reply;
	size_t used = 0;

	milter_client_init(&o->client);
	milter_client_optneg(&o->client, &o->in);
	if (run_filter(o) < 0 || next_reply(o, &used, &reply) != 1 ||
	    milter_client_agree(&o->client, &reply) < 0)
		return -EPROTO;
	buf_consume(&o->out, used);
	return 0;
}

/* Sends what is next of the script, and takes the replies up to the final one. */
static int
exchange_frames(struct offline *o, struct mta_dialogue *d, struct mta_outcome_reader *reader)
{
	struct milter_reply reply;
	size_t used = 0;
	int r = run_filter(o);

	while (r == 0 && (r = next_reply(o, &used, &reply)) == 1) {
		r = mta_outcome_take(reader, d, &reply);
		if (r != 0)
			break;
	}
	buf_consume(&o->out, used);
	return r == 1 ? 0 : -EPROTO;
}

static int
play_script(struct offline *o, const struct mta_script *script, struct arena *arena,
	    struct mta_outcome *ret)
{
	struct mta_outcome_reader reader;
	struct mta_dialogue d;
	int r = 0;

	mta_outcome_begin(&reader, ret, arena);
	mta_dialogue_start(&d, script);
	while (r == 0 && mta_dialogue_fill(&d, &o->in))
		r = exchange_frames(o, &d, &reader);
	mta_outcome_end(&reader, &d);
	return r < 0 ? r : run_filter(o);
}

int
offline_connect(struct offline *o, const struct mta_peer *peer)
{
	struct arena *arena = arena_new();
	struct mta_script script = {0};
	struct mta_outcome out;
	int r;

	close_session(o);
	buf_reset(&o->error);
	o->run = chain_run_new(o->listener->chain, &offline_host, o, "test");
	o->session = session_new(&chain_handler, o->run, &o->listener->chain->limits);
	session_use_pool(o->session, o->pool);
	r = negotiate_offline(o);
	if (r == 0) {
		mta_script_add_session(&script, &o->client, peer);
		r = play_script(o, &script, arena, &out);
	}
	mta_script_free(&script);
	arena_free(arena);
	return r < 0 ? fail_session(o) : 0;
}

static uint64_t
read_play_clock(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static const char *
name_verdict(const struct offline *o, const struct mta_message *message)
{
	const struct mta_outcome *out = &o->result->outcome;

	if (o->outcome != NULL)
		return o->outcome;
	if (message->is_reset)
		return "aborted";
	switch (out->reply) {
	case REPLY_CODE:
		return out->text[0] == '4' ? "tempfail" : "reject";
	case REPLY_REJECT:
		return "reject";
	case REPLY_TEMPFAIL:
		return "tempfail";
	default:
		return "aborted";
	}
}

static void
begin_result(struct offline *o, struct arena *arena, struct offline_result *ret)
{
	*ret = (struct offline_result){.log = ""};
	o->arena = arena;
	o->result = ret;
	o->outcome = NULL;
	buf_reset(&o->warnings);
	buf_reset(&o->steps);
}

static void
end_result(struct offline *o, const struct mta_message *message)
{
	const char *end = NULL;

	o->result->verdict = name_verdict(o, message);
	buf_append(&o->warnings, &end, sizeof(end));
	o->result->warnings = arena_dup(o->arena, o->warnings.data, o->warnings.len);
	o->result->steps = arena_dup(o->arena, o->steps.data, o->steps.len);
	o->result->n_steps = o->steps.len / sizeof(struct offline_step);
	if (o->result->policies == NULL)
		o->result->policies = arena_zalloc(o->arena, 1);
	o->result = NULL;
}

int
offline_play(struct offline *o, const struct mta_message *message, struct arena *arena,
	     struct offline_result *ret)
{
	struct mta_script script = {0};
	uint64_t begin;
	int r;

	if (o->session == NULL)
		return -EPROTO;
	mta_script_add_message(&script, &o->client, message);
	begin_result(o, arena, ret);
	begin = read_play_clock();
	r = play_script(o, &script, arena, &ret->outcome);
	ret->ns = read_play_clock() - begin;
	mta_script_free(&script);
	if (r < 0)
		return fail_session(o);
	end_result(o, message);
	return 0;
}
