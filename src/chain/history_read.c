/* Reads the record of a message in the history, in the form of history.h: each length and
 * number is checked. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "chain/history.h"
#include "util/arena.h"

struct record_reader {
	const unsigned char *at;
	size_t left;
	struct arena *arena;
	bool failed; /* what is read then is empty */
};

static void
take_record_bytes(struct record_reader *r, void *ret, size_t n)
{
	if (r->left < n) {
		r->failed = true;
		r->left = 0;
		memset(ret, 0, n);
		return;
	}
	memcpy(ret, r->at, n);
	r->at += n;
	r->left -= n;
}

/* A NUL in it ends it. */
static const char *
take_record_string(struct record_reader *r)
{
	uint16_t len;
	const char *s;

	take_record_bytes(r, &len, sizeof(len));
	if (len == UINT16_MAX)
		return NULL;
	if (len > r->left) {
		r->failed = true;
		return NULL;
	}
	s = arena_strndup(r->arena, (const char *)r->at, len);
	r->at += len;
	r->left -= len;
	return s;
}

/* A string that the record must have. */
static const char *
need_record_string(struct record_reader *r)
{
	const char *s = take_record_string(r);

	r->failed |= s == NULL;
	return s != NULL ? s : "";
}

static void
take_texts(struct record_reader *r, struct history_message *m)
{
	m->queue_id = take_record_string(r);
	m->session = need_record_string(r);
	m->listener = need_record_string(r);
	m->client_name = take_record_string(r);
	m->client_address = take_record_string(r);
	m->helo = take_record_string(r);
	m->sender = take_record_string(r);
	m->message_id = take_record_string(r);
	m->verdict = need_record_string(r);
	m->by = take_record_string(r);
	m->limit = take_record_string(r);
	m->reply = take_record_string(r);
}

/* Lists. A loop ends where the record does. */

/* An array for n elements, of which each takes at least so many bytes of the record. */
static void *
make_record_array(struct record_reader *r, size_t n, size_t least, size_t size)
{
	if (n > r->left / least) {
		r->failed = true;
		n = 0;
	}
	return arena_zalloc(r->arena, (n + 1) * size);
}

static void
take_rcpts(struct record_reader *r, struct history_message *m)
{
	m->rcpts = make_record_array(r, m->head.n_named, sizeof(uint16_t), sizeof(*m->rcpts));
	for (size_t i = 0; i < m->head.n_named && !r->failed; i++)
		m->rcpts[i] = need_record_string(r);
}

static void
take_idle_policy(struct record_reader *r, struct history_policy *p)
{
	take_record_bytes(r, &p->n, sizeof(p->n));
	p->title = need_record_string(r);
	p->skip_reason = take_record_string(r);
	p->found = take_record_string(r);
	p->detail = take_record_string(r);
	p->result = p->skip_reason != NULL ? "skipped" : "pass";
}

static void
take_active_policy(struct record_reader *r, struct history_policy *p)
{
	take_idle_policy(r, p);
	p->result = need_record_string(r);
	p->error = take_record_string(r);
	p->reply = take_record_string(r);
}

static void
take_finding(struct record_reader *r, struct history_finding *f)
{
	take_record_bytes(r, &f->n, sizeof(f->n));
	f->name = take_record_string(r);
	f->before = take_record_string(r);
	f->after = take_record_string(r);
	r->failed |= f->n.kind > FINDING_VERDICT || f->n.stage >= STAGE_COUNT;
}

static int
compare_positions(const void *a, const void *b)
{
	const struct history_policy *p = a, *q = b;

	return (int)p->n.position - (int)q->n.position;
}

static void
take_lists(struct record_reader *r, struct history_message *m)
{
	size_t n = m->head.n_policies, n_active = m->head.n_active;

	m->policies = make_record_array(r, n, sizeof(m->policies->n), sizeof(*m->policies));
	m->findings = make_record_array(r, m->head.n_findings, sizeof(m->findings->n),
					sizeof(*m->findings));
	r->failed |= n_active > n;
	for (size_t i = 0; i < n_active && !r->failed; i++)
		take_active_policy(r, &m->policies[i]);
	for (size_t i = 0; i < m->head.n_findings && !r->failed; i++)
		take_finding(r, &m->findings[i]);
	for (size_t i = n_active; i < n && !r->failed; i++)
		take_idle_policy(r, &m->policies[i]);
	if (!r->failed)
		qsort(m->policies, n, sizeof(*m->policies), compare_positions);
}

int
history_read(const void *data, size_t len, struct arena *arena, struct history_message *ret)
{
	struct record_reader r = {.at = data, .left = len, .arena = arena};
	struct history_message m = {0};

	take_record_bytes(&r, &m.head, sizeof(m.head));
	if (r.failed || m.head.version != HISTORY_VERSION)
		return -EBADMSG;
	take_texts(&r, &m);
	take_rcpts(&r, &m);
	take_lists(&r, &m);
	if (r.failed || r.left > 0)
		return -EBADMSG;
	*ret = m;
	return 0;
}

struct policy_found
history_found(const struct history_policy *p)
{
	return (struct policy_found){
		.result = p->found,
		.detail = p->detail,
		.was_asked = p->n.was_asked,
		.ms = p->n.ms,
		.tries = p->n.tries,
		.server = p->n.server,
	};
}
