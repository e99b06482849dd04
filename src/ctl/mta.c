/* Scripts of an MTA, and the player that blocks. */
#include "ctl/mta.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "milter/frame.h"
#include "milter/proto.h"
#include "milter/reply.h"
#include "util/arena.h"

#define REPLY_MAX  (64u * 1024 * 1024) /* Postfix takes nearly any length; we need an end */
#define READ_BYTES 65536u

static const char client_host[] = "client.example.org";
static const char client_addr[] = "192.0.2.10";
static const uint16_t client_port = 40025;
static const char mta_name[] = "mx.example.net";

void
mta_script_free(struct mta_script *s)
{
	buf_free(&s->bytes);
	free(s->steps);
	*s = (struct mta_script){0};
}

/* Ends the step that began at from. A stage that was declined has only its macros. */
static void
add_step(struct mta_script *s, enum stage stage, size_t from, bool answered)
{
	if (s->n == s->cap) {
		s->cap = s->cap ? 2 * s->cap : 32;
		s->steps = reallocarray(s->steps, s->cap, sizeof(*s->steps));
		if (!s->steps)
			abort();
	}
	s->steps[s->n++] = (struct mta_step){stage, from, s->bytes.len, answered};
}

/* Starts a step: the macros of its stage. */
static size_t
begin(struct mta_script *s, struct milter_client *c, enum stage stage,
      const char *const *macros)
{
	size_t from = s->bytes.len;

	milter_client_macros(c, &s->bytes, stage_command(stage), macros);
	return from;
}

void
mta_script_session(struct mta_script *s, struct milter_client *c)
{
	const char *const macros[] = {"j",
				      mta_name,
				      "{daemon_name}",
				      mta_name,
				      "v",
				      "Postfix 3.7.11",
				      "_",
				      "client.example.org [192.0.2.10]",
				      NULL};
	size_t from = begin(s, c, STAGE_CONNECT, macros);
	bool answered =
		milter_client_connect(c, &s->bytes, client_host, '4', client_port, client_addr);

	add_step(s, STAGE_CONNECT, from, answered);
	from = begin(s, c, STAGE_HELO, (const char *const[]){NULL});
	answered = milter_client_helo(c, &s->bytes, client_host);
	add_step(s, STAGE_HELO, from, answered);
}

static void
add_envelope(struct mta_script *s, struct milter_client *c, const struct mta_mail *mail)
{
	const char *const login[] = {"{auth_type}", "PLAIN", "{auth_authen}", mail->login,
				     NULL};
	const char *const id[] = {"i", mail->queue_id, NULL};
	const char *const none[] = {NULL};
	size_t from = begin(s, c, STAGE_ENVFROM, mail->login ? login : none);
	bool answered = milter_client_envfrom(c, &s->bytes, mail->sender);

	add_step(s, STAGE_ENVFROM, from, answered);
	for (const char *const *rcpt = mail->rcpts; *rcpt; rcpt++) {
		/* Postfix knows the queue id from the second recipient on. */
		from = begin(s, c, STAGE_ENVRCPT, rcpt == mail->rcpts ? none : id);
		answered =
			milter_client_envrcpt(c, &s->bytes, (const char *const[]){*rcpt, NULL});
		add_step(s, STAGE_ENVRCPT, from, answered);
	}
	from = begin(s, c, STAGE_DATA, id);
	answered = milter_client_data(c, &s->bytes);
	add_step(s, STAGE_DATA, from, answered);
}

static void
add_header(struct mta_script *s, struct milter_client *c, const struct mta_header *h,
	   const char *const *macros)
{
	size_t from = begin(s, c, STAGE_HEADER, macros);
	struct buf value = {0};

	buf_putc(&value, ' ');
	buf_puts(&value, h->value);
	bool answered = milter_client_header(c, &s->bytes, h->name, buf_string(&value));

	buf_free(&value);
	add_step(s, STAGE_HEADER, from, answered);
}

static void
add_body(struct mta_script *s, struct milter_client *c, const struct mta_mail *mail,
	 const char *const *macros)
{
	for (size_t at = 0; at < mail->body_len; at += MILTER_CHUNK) {
		size_t left = mail->body_len - at;
		size_t from = begin(s, c, STAGE_BODY, macros);
		bool answered = milter_client_body(c, &s->bytes, mail->body + at,
						   left < MILTER_CHUNK ? left : MILTER_CHUNK);

		add_step(s, STAGE_BODY, from, answered);
	}
}

void
mta_script_message(struct mta_script *s, struct milter_client *c, const struct mta_mail *mail)
{
	const char *const id[] = {"i", mail->queue_id, NULL};

	add_envelope(s, c, mail);
	for (const struct mta_header *h = mail->headers; h->name; h++)
		add_header(s, c, h, id);

	size_t from = begin(s, c, STAGE_EOH, id);
	bool answered = milter_client_eoh(c, &s->bytes);

	add_step(s, STAGE_EOH, from, answered);
	add_body(s, c, mail, id);
	from = begin(s, c, STAGE_EOM, id);
	answered = milter_client_eom(c, &s->bytes);
	add_step(s, STAGE_EOM, from, answered);
	from = s->bytes.len;
	milter_client_abort(c, &s->bytes);
	add_step(s, STAGE_COUNT, from, false);
}

void
mta_script_end(struct mta_script *s, struct milter_client *c)
{
	size_t from = s->bytes.len;

	milter_client_abort(c, &s->bytes);
	milter_client_quit(c, &s->bytes);
	add_step(s, STAGE_COUNT, from, false);
}

void
mta_run_start(struct mta_run *r, const struct mta_script *s)
{
	*r = (struct mta_run){.script = s, .at = STAGE_COUNT, .decision = REPLY_CONTINUE};
}

bool
mta_run_fill(struct mta_run *r, struct buf *out)
{
	while (r->next < r->script->n) {
		const struct mta_step *step = &r->script->steps[r->next++];

		buf_append(out, r->script->bytes.data + step->from, step->to - step->from);
		if (step->answered)
			return true;
		if (step->stage == STAGE_ENVRCPT)
			r->rcpts_ok++;
	}
	return false;
}

/* On to the first step that is not of this stage, or to the one behind the message. */
static void
skip_stage(struct mta_run *r, enum stage stage)
{
	while (r->next < r->script->n && r->script->steps[r->next].stage == stage)
		r->next++;
}

static void
skip_message(struct mta_run *r)
{
	while (r->next < r->script->n && r->script->steps[r->next].stage != STAGE_COUNT)
		r->next++;
}

static bool
more_rcpts(const struct mta_run *r)
{
	return r->next < r->script->n && r->script->steps[r->next].stage == STAGE_ENVRCPT;
}

void
mta_run_reply(struct mta_run *r, unsigned char reply)
{
	enum stage stage = r->script->steps[r->next - 1].stage;
	bool refusal = reply == REPLY_REJECT || reply == REPLY_TEMPFAIL || reply == REPLY_CODE;

	if (reply == REPLY_SKIP) {
		skip_stage(r, STAGE_BODY);
		return;
	}
	if (stage == STAGE_ENVRCPT && !refusal)
		r->rcpts_ok++;
	if (reply == REPLY_CONTINUE && stage != STAGE_EOM)
		return;
	r->at = stage;
	r->decision = reply;
	/* A refusal concerns one recipient; the message goes on while there is another. */
	if (stage == STAGE_ENVRCPT && refusal && (r->rcpts_ok > 0 || more_rcpts(r)))
		return;
	skip_message(r);
}

bool
mta_run_decided(const struct mta_run *r)
{
	return r->next >= r->script->n || r->script->steps[r->next].stage == STAGE_COUNT;
}

int
mta_reply_next(const unsigned char *data, size_t len, struct milter_reply *ret,
	       size_t *ret_size)
{
	struct milter_frame frame;
	int r = milter_frame_next(data, len, REPLY_MAX, &frame);

	if (r == 0)
		return 0;
	if (r < 0 || milter_reply_decode(&frame, ret) < 0)
		return -EPROTO;
	*ret_size = frame.size;
	return 1;
}

static int64_t
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Until the socket is ready; a signal that set *stop ends the wait. */
static int
wait_fd(const struct mta *m, short events, int64_t end)
{
	while (!(m->stop && *m->stop)) {
		struct pollfd p = {.fd = m->fd, .events = events};
		int64_t left = end - now_ms();

		if (left <= 0)
			return -ETIMEDOUT;

		int r = poll(&p, 1, (int)left);

		if (r > 0)
			return 0;
		if (r < 0 && errno != EINTR)
			return -errno;
	}
	return -EINTR;
}

static int
send_out(struct mta *m)
{
	int64_t end = now_ms() + m->timeout_ms;

	while (m->out.len > 0) {
		ssize_t n = send(m->fd, m->out.data, m->out.len, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n > 0) {
			buf_consume(&m->out, (size_t)n);
			continue;
		}
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return errno == EPIPE ? -ECONNRESET : -errno;

		int r = wait_fd(m, POLLOUT, end);

		if (r < 0)
			return r;
	}
	return 0;
}

/* The next reply; it stays valid until the next call. */
static int
next_reply(struct mta *m, struct milter_reply *ret)
{
	int64_t end = now_ms() + m->timeout_ms;

	buf_consume(&m->in, m->taken);
	m->taken = 0;
	for (;;) {
		int r = mta_reply_next(m->in.data, m->in.len, ret, &m->taken);

		if (r != 0)
			return r < 0 ? r : 0;
		r = wait_fd(m, POLLIN, end);
		if (r < 0)
			return r;

		ssize_t n = recv(m->fd, buf_reserve(&m->in, READ_BYTES), READ_BYTES, 0);

		if (n == 0)
			return -ECONNRESET;
		if (n < 0 && errno != EINTR)
			return -errno;
		m->in.len += n > 0 ? (size_t)n : 0;
	}
}

static int
negotiate(struct mta *m)
{
	struct milter_reply reply;

	milter_client_init(&m->client);
	milter_client_optneg(&m->client, &m->out);

	int r = send_out(m);

	if (r == 0)
		r = next_reply(m, &reply);
	return r < 0 ? r : milter_client_agree(&m->client, &reply);
}

int
mta_open(struct mta *m, const struct addr *at, int timeout_ms,
	 const volatile sig_atomic_t *stop)
{
	*m = (struct mta){.timeout_ms = timeout_ms, .stop = stop};
	m->fd = socket(at->sa.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (m->fd < 0)
		return -errno;
	if (connect(m->fd, &at->sa, at->len) < 0) {
		int r = -errno;

		m->failed = true;
		mta_close(m);
		return r;
	}

	int r = negotiate(m);

	if (r < 0) {
		m->failed = true;
		mta_close(m);
	}
	return r;
}

static void
note_change(const struct milter_reply *reply, struct arena *arena, struct mta_change ***end)
{
	struct mta_change *change = arena_zalloc(arena, sizeof(*change));

	change->what = reply->reply;
	change->index = reply->index;
	change->name = reply->name ? arena_strdup(arena, reply->name) : NULL;
	change->value = reply->value ? arena_strdup(arena, reply->value) : NULL;
	change->data = arena_dup(arena, reply->data ? reply->data : "", reply->len);
	change->len = reply->len;
	**end = change;
	*end = &change->next;
}

/* Answers up to the one that was waited for. */
static int
take_answer(struct mta *m, struct mta_run *run, struct arena *arena, struct mta_outcome *out,
	    struct mta_change ***end)
{
	struct milter_reply reply;

	for (;;) {
		int r = next_reply(m, &reply);

		if (r < 0)
			return r;
		if (milter_reply_is_final(&reply))
			break;
		if (reply.reply != REPLY_PROGRESS)
			note_change(&reply, arena, end);
	}
	if (reply.reply == CMD_OPTNEG)
		return -EPROTO;
	if (reply.reply == REPLY_CODE)
		out->text = arena_strdup(arena, reply.name);
	mta_run_reply(run, reply.reply);
	return 0;
}

static int
play_script(struct mta *m, const struct mta_script *script, struct arena *arena,
	    struct mta_outcome *out)
{
	struct mta_change **end = &out->changes;
	struct mta_run run;

	mta_run_start(&run, script);
	while (mta_run_fill(&run, &m->out)) {
		int r = send_out(m);

		if (r == 0)
			r = take_answer(m, &run, arena, out, &end);
		if (r < 0)
			return r;
	}
	out->stage = run.at;
	out->reply = run.decision;
	return 0;
}

int
mta_greet(struct mta *m)
{
	struct arena *arena = arena_new();
	struct mta_outcome out = {.text = ""};
	struct mta_script script = {0};

	mta_script_session(&script, &m->client);

	int r = play_script(m, &script, arena, &out);

	if (r == 0)
		r = out.reply == REPLY_CONTINUE ? send_out(m) : -ECONNREFUSED;
	mta_script_free(&script);
	arena_free(arena);
	buf_free(&m->in);
	buf_free(&m->out);
	m->taken = 0;
	m->failed = r < 0;
	return r;
}

int
mta_play(struct mta *m, const struct mta_mail *mail, struct arena *arena,
	 struct mta_outcome *ret)
{
	struct mta_outcome out = {.text = ""};
	struct mta_script script = {0};

	mta_script_session(&script, &m->client);
	mta_script_message(&script, &m->client, mail);

	int r = play_script(m, &script, arena, &out);

	mta_script_free(&script);
	m->failed = r < 0;
	if (r == 0)
		*ret = out;
	return r;
}

void
mta_close(struct mta *m)
{
	struct mta_script script = {0};

	if (m->fd >= 0 && !m->failed) {
		mta_script_end(&script, &m->client);
		buf_append(&m->out, script.bytes.data, script.bytes.len);
		send_out(m); /* the filter may be gone by now */
	}
	if (m->fd >= 0)
		close(m->fd);
	mta_script_free(&script);
	buf_free(&m->in);
	buf_free(&m->out);
	m->fd = -1;
}
