/* Writes the record of a message into the history, in the form of history.h. On the path of
 * each message: strings go straight to their place. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "chain/history.h"
#include "chain/run.h"
#include "util/buf.h"

#define ID_MAX_BYTES	64u  /* queue id, titles */
#define NAME_MAX_BYTES	100u /* names that the client has chosen, and Message-Id */
#define VALUE_MAX_BYTES 200u
#define RCPTS_MAX_BYTES 400u /* of all recipients together, then no other one begins */

struct record_writer {
	unsigned char *at, *end; /* where the next byte goes; behind the last one */
	bool full;		 /* something had no room: it was left out */
};

static void
put_bytes(struct record_writer *w, const void *p, size_t n)
{
	if ((size_t)(w->end - w->at) < n) {
		w->full = true;
		return;
	}
	memcpy(w->at, p, n);
	w->at += n;
}

static inline void
put_text(struct record_writer *w, const char *s, size_t len)
{
	uint16_t n = (uint16_t)len;

	if ((size_t)(w->end - w->at) < sizeof(n) + len) {
		w->full = true;
		return;
	}
	memcpy(w->at, &n, sizeof(n));
	memcpy(w->at + sizeof(n), s, len);
	w->at += sizeof(n) + len;
}

static void
put_record_string(struct record_writer *w, const char *s, size_t max)
{
	static const uint16_t none = UINT16_MAX;

	if (s == NULL)
		put_bytes(w, &none, sizeof(none));
	else
		put_text(w, s, strnlen(s, max));
}

static void
put_record_reply_text(struct record_writer *w, const struct pending_verdict *reply)
{
	char text[VALUE_MAX_BYTES];
	int n = snprintf(text, sizeof(text), "%u %s %s", reply->code, reply->xcode,
			 reply->text);
	put_record_string(w, n > 0 ? text : NULL, sizeof(text));
}

static void
put_record_reply(struct record_writer *w, const struct pending_verdict *reply)
{
	if (reply->code == 0)
		put_record_string(w, NULL, 0);
	else
		put_record_reply_text(w, reply);
}

/* Of the whole message; in the order of struct history_message. */

static void
put_client(struct record_writer *w, const struct chain_run *run)
{
	const struct peer *peer = session_peer(run->session);

	put_record_string(w, run->queue_id[0] != '\0' ? run->queue_id : NULL, ID_MAX_BYTES);
	put_record_string(w, run->session_id, sizeof(run->session_id));
	put_record_string(w, run->chain->listener, ID_MAX_BYTES);
	put_record_string(w, peer->host[0] != '\0' && peer->host[0] != '[' ? peer->host : NULL,
			  NAME_MAX_BYTES);
	put_record_string(w, peer->addr[0] != '\0' ? peer->addr : NULL, ID_MAX_BYTES);
	put_record_string(w, peer->helo[0] != '\0' ? peer->helo : NULL, NAME_MAX_BYTES);
}

static void
put_message_id(struct record_writer *w, const struct chain_run *run)
{
	size_t len;
	const char *id = find_logged_id(run, &len);

	if (id == NULL)
		put_record_string(w, NULL, 0);
	else
		put_text(w, id, len < NAME_MAX_BYTES ? len : NAME_MAX_BYTES);
}

static void
put_decision(struct record_writer *w, const struct chain_run *run, const struct message *m,
	     const char *outcome)
{
	const struct pending_verdict *final = &run->final;
	bool by_policy = final->set && run->final_policy != NULL;

	put_record_string(w, outcome, ID_MAX_BYTES);
	put_record_string(w, by_policy ? run->final_policy : NULL, ID_MAX_BYTES);
	put_record_string(w, final->set && !by_policy ? m->over_limit : NULL, ID_MAX_BYTES);
	put_record_reply(w, final);
}

/* As the MTA named them: all are counted. */
static void
put_record_rcpts(struct record_writer *w, const struct message *m, struct history_head *head)
{
	const unsigned char *begin = w->at;

	for (size_t i = 0; i < m->n_rcpts; i++) {
		if (m->rcpts[i].added_by != POSITION_MTA)
			continue;
		head->n_rcpts++;
		if (head->n_named > 0 && w->at - begin > (ptrdiff_t)RCPTS_MAX_BYTES)
			continue;
		put_record_string(w, m->rcpts[i].mailbox, VALUE_MAX_BYTES);
		head->n_named++;
	}
}

/* Policies and findings: each is there as a whole, or is left out. */

/* What it found. A detail that it lacks is its score. */
static void
put_found(struct record_writer *w, const struct policy_found *found)
{
	struct buf score = {0};
	const char *detail = found->detail;

	if (detail == NULL && found->result != NULL && found->has_score) {
		policy_append_score(&score, found->score);
		detail = buf_string(&score);
	}
	put_record_string(w, found->result, ID_MAX_BYTES);
	put_record_string(w, detail, RESULT_DETAIL_MAX_BYTES);
	buf_free(&score);
}

static void
put_policy_numbers(struct record_writer *w, const struct policy_call *c)
{
	struct policy_found found = {.result = NULL};
	struct history_policy_numbers n = {
		.position = (uint16_t)c->position,
		.monitors = c->monitors,
		.refused_rcpts = c->refused_rcpts,
		.ns = c->ns,
	};

	if (policy_has_result(c))
		found = find_policy_found(c);
	if (found.was_asked) {
		n.was_asked = true;
		n.ms = (uint32_t)(found.ms < UINT32_MAX ? found.ms : UINT32_MAX);
		n.tries = (uint16_t)found.tries;
		n.server = (uint16_t)found.server;
	}
	put_bytes(w, &n, sizeof(n));
	put_record_string(w, c->inst->title, ID_MAX_BYTES);
	put_record_string(w, c->skip_reason, ID_MAX_BYTES);
	put_found(w, &found);
}

static void
put_active_policy(struct record_writer *w, const struct policy_call *c)
{
	put_policy_numbers(w, c);
	put_record_string(w, find_policy_result(c), ID_MAX_BYTES);
	put_record_string(w, c->error, VALUE_MAX_BYTES);
	put_record_reply(w, &c->monitored_reply);
}

/* Those that did something, or the others that were called or skipped. */
static void
put_record_policies(struct record_writer *w, const struct chain_run *run, bool active,
		    struct history_head *head)
{
	for (size_t i = 0; i < run->chain->n; i++) {
		const struct policy_call *c = &run->calls[i];
		unsigned char *begin = w->at;

		if (policy_did_something(c) != active ||
		    (!active && c->skip_reason == NULL && !c->was_called))
			continue;
		if (!w->full && active)
			put_active_policy(w, c);
		else if (!w->full)
			put_policy_numbers(w, c);
		if (w->full) {
			w->at = begin;
			head->n_policies_left_out++;
		} else {
			head->n_policies++;
			head->n_active += active;
		}
	}
}

static void
put_finding(struct record_writer *w, const struct finding *f)
{
	bool hidden = finding_is_of_header(f->kind) && strcasestr(f->name, "subject") != NULL;
	const struct history_finding_numbers n = {
		.position = (uint16_t)f->position,
		.kind = (uint8_t)f->kind,
		.stage = (uint8_t)f->stage,
		.undone = f->undone,
		.hidden = hidden,
		.monitored = f->monitored != NULL,
	};

	put_bytes(w, &n, sizeof(n));
	put_record_string(w, f->name, VALUE_MAX_BYTES);
	put_record_string(w, hidden ? NULL : f->before, VALUE_MAX_BYTES);
	put_record_string(w, hidden || f->kind == FINDING_RULE ? NULL : f->after,
			  VALUE_MAX_BYTES);
}

static void
put_record_findings(struct record_writer *w, const struct chain_run *run,
		    struct history_head *head)
{
	size_t left_out = run->findings.n_left_out;

	for (const struct finding *f = run->findings.first; f != NULL; f = f->next) {
		unsigned char *begin = w->at;

		if (!w->full)
			put_finding(w, f);
		if (w->full) {
			w->at = begin;
			left_out++;
		} else {
			head->n_findings++;
		}
	}
	head->n_findings_left_out = (uint16_t)(left_out < UINT16_MAX ? left_out : UINT16_MAX);
}

static uint64_t
read_time_us(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME_COARSE, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static bool
knows_size(const struct chain_run *run)
{
	return run->stage == STAGE_EOM &&
	       (run->chain->need.parts & (PART_SIZE | PART_BODY)) != 0;
}

void
history_write(struct buf *b, const struct chain_run *run, const char *outcome,
	      unsigned generation)
{
	const struct message *m = run->message;
	const struct sender *from = message_sender(m, 0);
	struct history_head head = {
		.version = HISTORY_VERSION,
		.generation = generation,
		.time_us = read_time_us(),
		.size = knows_size(run) ? message_size(m) : UINT64_MAX,
		.message_no = run->message_no,
	};
	unsigned char *begin = buf_reserve(b, HISTORY_RECORD_MAX);
	struct record_writer w = {begin + sizeof(head), begin + HISTORY_RECORD_MAX, false};

	/* What each record has, with the longest strings: queue id, session, listener, address,
	 * policy, limit, verdict; client, HELO, Message-Id; sender, reply; recipients. */
	_Static_assert(sizeof(head) + 7 * (2 + ID_MAX_BYTES) + 3 * (2 + NAME_MAX_BYTES) +
				       2 * (2 + VALUE_MAX_BYTES) + RCPTS_MAX_BYTES + 2 +
				       VALUE_MAX_BYTES <
			       HISTORY_RECORD_MAX,
		       "there is room for it");
	put_client(&w, run);
	put_record_string(&w, from != NULL ? from->mailbox : NULL, VALUE_MAX_BYTES);
	put_message_id(&w, run);
	put_decision(&w, run, m, outcome);
	put_record_rcpts(&w, m, &head);
	put_record_policies(&w, run, true, &head);
	put_record_findings(&w, run, &head);
	put_record_policies(&w, run, false, &head);
	memcpy(begin, &head, sizeof(head));
	b->len += (size_t)(w.at - begin);
}
