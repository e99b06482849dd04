/* What the worker is at, in shared memory for the master; and a message that has ended a worker
 * in a policy is kept from that policy. Input: the run, before and after each call into a
 * policy; output: the struct at_work of its host.
 *
 * This is on the way of each message. So the key is made at the first call of an event, and
 * its hashes are kept for the next event; each call costs a copy of the title and two stores.
 */
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "chain/fatal_message.h"
#include "chain/run.h"
#include "util/hash.h"

/* Keys of different kinds have nothing in common: these are parts of their ids. */
#define KIND_MAIL	 UINT64_C(0x8ebc6af09c88c6e3)
#define KIND_RCPT	 UINT64_C(0x589965cc75374cc3)
#define KIND_DATA	 UINT64_C(0x1d8e4e27c47d124f)
#define KIND_HEADER_SIZE UINT64_C(0xeb44accab455d165)
#define KIND_SIZE	 UINT64_C(0x9e3779b97f4a7c15)

#define MAIL_BYTES 16u /* of its parameters: "SIZE=100000000" */

void
note_message(struct chain_run *run)
{
	struct at_work *at = run->shared.at_work;

	_Static_assert(sizeof(run->queue_id) == sizeof(at->message), "it is copied");
	run->has_key = run->may_be_fatal = false;
	at->stage = run->stage;
	if (run->queue_id[0] != '\0')
		memcpy(at->message, run->queue_id, sizeof(at->message));
	else
		memcpy(at->message, run->session_id, sizeof(run->session_id));
}

/* The key: at_work.h has the rule. */

static uint64_t
hash_string(uint64_t before, const char *s)
{
	return hash_bytes(before, s, strlen(s));
}

static void
identify_sender(struct chain_run *run, const struct message *m)
{
	struct message_identity *known = &run->identity;
	uint64_t seed = run->shared.fatal->seed;
	size_t len;

	known->sender = known->mail = seed;
	if (m->n_senders == 0)
		return;
	known->sender = hash_string(seed, m->senders[0].addr);
	len = m->senders[0].args_len < MAIL_BYTES ? m->senders[0].args_len : MAIL_BYTES;
	known->mail = hash_bytes(known->sender, m->senders[0].args, len);
}

static uint64_t
identify_rcpt(const struct chain_run *run, struct rcpt *r)
{
	if (r->hash == 0)
		r->hash = hash_string(run->shared.fatal->seed, r->addr);
	return r->hash;
}

/* Behind RCPT: a bit for each recipient that the MTA sent, if there is one. */
static uint64_t
find_rcpt_bits(struct chain_run *run, const struct message *m)
{
	uint64_t *bits = &run->identity.rcpts;

	if (*bits != 0)
		return *bits;
	for (size_t i = 0; i < m->n_rcpts; i++)
		if (m->rcpts[i].added_by == POSITION_MTA)
			*bits |= UINT64_C(1) << identify_rcpt(run, &m->rcpts[i]) % 64;
	return *bits;
}

/* The value that the MTA sent, or NULL. */
static const char *
find_sent_message_id(const struct message *m)
{
	static const char name[] = "Message-ID";
	uint32_t key = header_key(name);

	for (size_t i = 0; i < m->n_headers; i++)
		if (m->headers[i].sent != NULL && header_is_named(&m->headers[i], name, key))
			return m->headers[i].sent;
	return NULL;
}

static void
identify_content(struct chain_run *run, const struct message *m)
{
	struct message_identity *known = &run->identity;
	const char *message_id = find_sent_message_id(m);

	known->has_content = true;
	known->header_bytes = m->header_bytes;
	if (message_id != NULL)
		known->message_id = hash_string(known->sender, message_id);
}

static struct message_key
make_content_key(struct chain_run *run, const struct message *m)
{
	struct message_identity *known = &run->identity;
	uint64_t id, bytes;

	if (!known->has_content)
		identify_content(run, m);
	id = known->message_id;
	if (id == 0) {
		bytes = known->header_bytes + (run->stage == STAGE_EOM ? m->body_size : 0);
		id = known->mail ^ (run->stage == STAGE_EOM ? KIND_SIZE : KIND_HEADER_SIZE);
		id = hash_bytes(id, &bytes, sizeof(bytes));
	}
	return (struct message_key){id, find_rcpt_bits(run, m)};
}

static struct message_key
make_message_key(struct chain_run *run, const struct message *m)
{
	uint64_t mail = run->identity.mail;
	size_t rcpt;

	if (run->stage == STAGE_ENVFROM)
		return (struct message_key){.id = mail ^ KIND_MAIL};
	if (run->stage > STAGE_DATA)
		return make_content_key(run, m);
	if (run->stage == STAGE_DATA)
		return (struct message_key){mail ^ KIND_DATA, find_rcpt_bits(run, m)};
	rcpt = message_last_sent_rcpt(m);
	if (rcpt < m->n_rcpts)
		mail ^= identify_rcpt(run, &m->rcpts[rcpt]);
	return (struct message_key){.id = mail ^ KIND_RCPT};
}

void
note_key(struct chain_run *run)
{
	const struct fatal_messages *fatal = run->shared.fatal;
	const struct message *m;

	run->has_key = true;
	if (fatal == NULL)
		return;
	m = run->message;
	if (run->identity.sender == 0)
		identify_sender(run, m);
	run->shared.at_work->stage = run->stage;
	run->shared.at_work->key = make_message_key(run, m);
	run->may_be_fatal = fatal_messages_exist(fatal);
}

/* Calls into a policy. */

bool
check_fatal_message(struct policy_call *c)
{
	const struct chain_shared *shared = &c->run->shared;
	struct timespec now;
	uint64_t now_ms, age_ms;

	clock_gettime(CLOCK_MONOTONIC, &now);
	now_ms = (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
	if (!fatal_messages_find(shared->fatal, &shared->at_work->key,
				 c->run->titles[c->position - 1].title, now_ms, &age_ms))
		return true;
	c->is_fatal = true;
	(void)policy_fail(c, "not run: the message ended a worker here %" PRIu64 " s ago",
			  age_ms / 1000);
	return false;
}

void
share_at_work(struct chain_run *run)
{
	run->shared.at_work = &run->own_at_work;
	if (run->host->shared != NULL)
		run->shared = run->host->shared(run->host_ctx);
	for (size_t i = 0; i < run->chain->n; i++) {
		const char *title = run->chain->inst[i]->title;

		memcpy(run->titles[i].title, title, strnlen(title, AT_WORK_BYTES));
	}
}
