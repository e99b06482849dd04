/* The MTA at work. It waits exactly where the terms say so, and stops where an answer ends the
 * message. Boundaries come from a counter in the place of getrandom(), so that two deliveries
 * of one mail are alike byte by byte. */
#include "delivery.h"

#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "render.h"
#include "session/session.h"
#include "session/transaction.h"

#define MEMORY_BYTES 1000u

bool delivery_without_files;

static unsigned n_boundaries;

/* Both in the place of the C library's. */
ssize_t
getrandom(void *to, size_t len, unsigned flags)
{
	unsigned char *p = to;

	(void)flags;
	n_boundaries++;
	for (size_t i = 0; i < len; i++)
		p[i] = (unsigned char)(n_boundaries >> (8 * (i % sizeof(n_boundaries))));
	return (ssize_t)len;
}

/* Time goes on by 1 ms with each look at the clock: so long a match takes. */
int
clock_gettime(clockid_t clock, struct timespec *ret)
{
	static uint64_t ms;

	(void)clock;
	ms++;
	*ret = (struct timespec){.tv_sec = (time_t)(ms / 1000),
				 .tv_nsec = (long)(ms % 1000 * 1000000)};
	return 0;
}

void
reset_boundaries(void)
{
	n_boundaries = 0;
}

void
mta_open(struct mta *mta, const struct listener_conf *listener)
{
	*mta = (struct mta){0};
	dialogue_open(&mta->d, listener);
	if (delivery_without_files) {
		mta->pool = transaction_pool_new(body_pool_new(MEMORY_BYTES, NULL, 0));
		session_use_pool(mta->d.session, mta->pool);
	}
}

void
mta_close(struct mta *mta)
{
	dialogue_free(&mta->d);
	transaction_pool_free(mta->pool);
	buf_free(&mta->sent);
	buf_free(&mta->got);
}

/* One delivery at work. */
struct sending {
	struct mta *mta;
	struct delivery *d;
	struct arena *arena;
	struct buf frames;
	bool at_end; /* of the message: modifications are allowed */
};

static void
note_wrong(struct sending *s, const char *what, const char *text)
{
	if (s->d->wrong == NULL)
		s->d->wrong = arena_printf(s->arena, "%s: %s", what, text);
}

static void
take_modification(struct sending *s, const struct milter_reply *reply, const struct buf *body)
{
	if (!s->at_end)
		note_wrong(s, "a modification before the end of the message", "");
	buf_puts(&s->frames, reply->reply == 'b' ? "replbody " : "");
	render_reply(reply, &s->frames);
	buf_putc(&s->frames, '\n');
	mail_apply(&s->d->after, reply, body);
}

/* Lets the filter read what was sent. waits: the MTA waits for an answer. The final one as
 * text, "continue" when none is waited for. */
static const char *
exchange(struct sending *s, bool waits)
{
	struct dialogue *d = &s->mta->d;
	const char *final = NULL;
	struct milter_reply reply;
	struct buf body = {0}, text = {0};

	buf_append(&s->mta->sent, d->in.data, d->in.len);
	dialogue_run(d);
	buf_append(&s->mta->got, d->out.data + d->returned, d->out.len - d->returned);
	while (dialogue_next(d, &reply, &body)) {
		if (!milter_reply_is_final(&reply)) {
			take_modification(s, &reply, &body);
			continue;
		}
		if (final != NULL)
			note_wrong(s, "two answers", final);
		render_reply(&reply, &text);
		final = arena_strdup(s->arena, buf_string(&text));
	}
	if (d->closed)
		note_wrong(s, "the connection was closed", d->close_reason);
	if (waits != (final != NULL))
		note_wrong(s, waits ? "no answer" : "an answer that is not waited for",
			   final ? final : "");
	buf_free(&body);
	buf_free(&text);
	return final != NULL ? final : "continue";
}

/* Ends the message unless the answer lets it go on. */
static bool
goes_on(struct sending *s, const char *answer, enum stage stage)
{
	if (strcmp(answer, "continue") == 0 || strcmp(answer, "skip") == 0)
		return true;
	s->d->verdict = answer;
	s->d->stage = stage;
	return false;
}

static void
say_hello(struct sending *s, const struct mail *mail)
{
	struct milter_client *c = &s->mta->d.client;
	struct buf *in = &s->mta->d.in;

	s->mta->said_hello = true;
	(void)milter_client_optneg(c, in);
	buf_append(&s->mta->sent, in->data, in->len);
	dialogue_run(&s->mta->d);
	buf_append(&s->mta->got, s->mta->d.out.data, s->mta->d.out.len);
	buf_reset(&s->mta->d.out);
	(void)exchange(s, milter_client_connect(c, in, mail->host, mail->family, mail->port,
						mail->addr));
	(void)exchange(s, milter_client_helo(c, in, mail->helo));
}

static bool
send_mail_from(struct sending *s, const struct mail *mail)
{
	struct milter_client *c = &s->mta->d.client;
	struct buf *in = &s->mta->d.in;
	const char *const argv[] = {mail->sender, mail->sender_args, NULL};
	const char *const macros[] = {"i", "QID", mail->auth != NULL ? "{auth_authen}" : NULL,
				      mail->auth, NULL};

	(void)milter_client_macros(c, in, 'M', macros);
	return goes_on(s, exchange(s, milter_client_envfrom(c, in, argv)), STAGE_ENVFROM);
}

bool
answer_is_refusal(const char *answer)
{
	return strcmp(answer, "reject") == 0 || strcmp(answer, "tempfail") == 0 ||
	       strncmp(answer, "replycode ", 10) == 0;
}

/* A recipient that is refused is left out; the others go on. */
static bool
send_rcpts(struct sending *s, const struct mail *mail)
{
	struct mail *before = &s->d->before;

	before->n_rcpts = 0;
	for (size_t i = 0; i < mail->n_rcpts; i++) {
		const char *const argv[] = {mail->rcpts[i].addr, mail->rcpts[i].args, NULL};
		const char *answer = exchange(
			s, milter_client_envrcpt(&s->mta->d.client, &s->mta->d.in, argv));

		s->d->answer[i] = answer;
		if (answer_is_refusal(answer))
			continue;
		before->rcpts[before->n_rcpts++] = mail->rcpts[i];
		if (!goes_on(s, answer, STAGE_ENVRCPT))
			return false;
	}
	s->d->after = *before;
	if (before->n_rcpts > 0)
		return true;
	s->d->verdict = "none";
	s->d->stage = STAGE_ENVRCPT;
	return false;
}

static bool
send_header(struct sending *s, const struct mail *mail)
{
	struct milter_client *c = &s->mta->d.client;
	struct buf *in = &s->mta->d.in;

	for (size_t i = 0; i < mail->n_fields; i++)
		if (!mail->fields[i].own &&
		    !goes_on(s,
			     exchange(s, milter_client_header(c, in, mail->fields[i].name,
							      mail->fields[i].value)),
			     STAGE_HEADER))
			return false;
	return goes_on(s, exchange(s, milter_client_eoh(c, in)), STAGE_EOH);
}

static void
send_content(struct sending *s, const struct mail *mail)
{
	struct milter_client *c = &s->mta->d.client;
	struct buf *in = &s->mta->d.in;

	if (!goes_on(s, exchange(s, milter_client_data(c, in)), STAGE_DATA) ||
	    !send_header(s, mail))
		return;
	if (mail->body_len > 0 &&
	    !goes_on(s, exchange(s, milter_client_body(c, in, mail->body, mail->body_len)),
		     STAGE_BODY))
		return;
	s->at_end = true;
	s->d->verdict = exchange(s, milter_client_eom(c, in));
	s->d->stage = STAGE_EOM;
}

/* As Postfix does behind each message. */
static void
end_sending(struct sending *s)
{
	const char *line, *log = "";

	milter_client_abort(&s->mta->d.client, &s->mta->d.in);
	(void)exchange(s, false);
	while ((line = log_next(&s->mta->d.message_lines)) != NULL)
		log = line;
	s->d->log = arena_strdup(s->arena, log);
	if (!delivery_passed(s->d))
		s->d->after = s->d->before;
	s->d->frames = arena_strdup(s->arena, buf_string(&s->frames));
	buf_free(&s->frames);
}

void
mta_deliver(struct mta *mta, const struct mail *mail, struct delivery *ret)
{
	struct sending s = {.mta = mta, .d = ret, .arena = mail->arena};

	memset(ret->answer, 0, sizeof(ret->answer));
	ret->verdict = "";
	ret->wrong = NULL;
	ret->before = ret->after = *mail;
	if (!mta->said_hello)
		say_hello(&s, mail);
	if (send_mail_from(&s, mail) && send_rcpts(&s, mail))
		send_content(&s, mail);
	end_sending(&s);
}

void
deliver_alone(const struct listener_conf *listener, const struct mail *mail,
	      struct delivery *ret)
{
	struct mta mta;

	reset_boundaries();
	mta_open(&mta, listener);
	mta_deliver(&mta, mail, ret);
	mta_close(&mta);
}

bool
delivery_passed(const struct delivery *d)
{
	return strcmp(d->verdict, "continue") == 0 || strcmp(d->verdict, "accept") == 0;
}

bool
delivery_refused(const struct delivery *d)
{
	return answer_is_refusal(d->verdict);
}

void
delivery_write(const struct delivery *d, struct buf *out)
{
	for (size_t i = 0; i < MAIL_RCPTS_MAX && d->answer[i] != NULL; i++)
		buf_printf(out, "answer to RCPT %zu: %s\n", i + 1, d->answer[i]);
	buf_printf(out, "verdict at %s: %s\n", stage_name(d->stage), d->verdict);
	if (d->wrong != NULL)
		buf_printf(out, "WRONG: %s\n", d->wrong);
	if (delivery_passed(d))
		mail_write(&d->after, out);
}
