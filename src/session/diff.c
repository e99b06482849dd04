/* The difference between the model and what the MTA has. A header has both its values (sent and
 * value); for the envelope the result is what is visible at POSITION_END. Temporary tables are
 * the message's arena's. */
#include "session/diff.h"

#include <string.h>

#include "milter/reply.h"
#include "util/arena.h"
#include "util/buf.h"
#include "util/counts.h"
#include "util/mailbox.h"
#include "util/str.h"

/* Behind all headers: an index that is too large means the end, to both MTAs. */
#define INDEX_END 100000u

static bool
header_changed(const struct header *h)
{
	if (h->sent == NULL)
		return false;
	return h->deleted || (h->sent != h->value && strcmp(h->sent, h->value) != 0);
}

static bool
header_is_new(const struct header *h)
{
	return h->sent == NULL && !h->deleted;
}

/* The number of each header among those of its name that the MTA sent, from 1; 0 for others. */
static const uint32_t *
number_headers(const struct message *m)
{
	uint32_t *nth = arena_alloc(m->arena, m->n_headers * sizeof(*nth));
	struct counts names;

	counts_init(&names, m->arena, m->n_headers, true);
	for (size_t i = 0; i < m->n_headers; i++) {
		nth[i] = 0;
		if (m->headers[i].sent != NULL)
			nth[i] = counts_add(&names, m->headers[i].name);
	}
	return nth;
}

/* From the highest index down, so that a deletion does not change the indices that follow. */
static size_t
write_header_changes(const struct message *m, struct buf *out)
{
	const uint32_t *nth = NULL;
	size_t n = 0;

	for (size_t i = m->n_headers; i-- > 0;) {
		const struct header *h = &m->headers[i];

		if (!header_changed(h))
			continue;
		if (nth == NULL)
			nth = number_headers(m);
		milter_put_change_header(out, nth[i], h->name, h->deleted ? NULL : h->value);
		n++;
	}
	return n;
}

/* Whether the MTA has another header of this name, its own Received included. */
static bool
has_other_of_name(const struct message *m, const struct header *h)
{
	if (str_case_equal(h->name, "Received"))
		return true;
	for (size_t i = 0; i < m->n_headers; i++) {
		const struct header *other = &m->headers[i];

		if (other != h && (other->sent != NULL || header_is_new(other)) &&
		    str_case_equal(other->name, h->name))
			return true;
	}
	return false;
}

/* Sendmail adds a header before the first one of its name, Postfix at the end. An insertion
 * behind the end goes to the end on both. */
static void
write_added_header(const struct message *m, const struct header *h, struct buf *out)
{
	if (has_other_of_name(m, h))
		milter_put_insert_header(out, INDEX_END, h->name, h->value);
	else
		milter_put_add_header(out, h->name, h->value);
}

/* From the bottom up, always at the same index: each pushes those inserted before it down. */
static size_t
write_inserted_headers(const struct message *m, enum header_place place, struct buf *out)
{
	size_t n = 0;

	for (size_t i = m->n_headers; i-- > 0;) {
		const struct header *h = &m->headers[i];

		if (h->place != place || !header_is_new(h))
			continue;
		milter_put_insert_header(out, place == HEADER_TOP ? 0 : 1, h->name, h->value);
		n++;
	}
	return n;
}

static size_t
write_new_headers(const struct message *m, struct buf *out)
{
	size_t n = write_inserted_headers(m, HEADER_BELOW, out);

	n += write_inserted_headers(m, HEADER_TOP, out);
	for (size_t i = 0; i < m->n_headers; i++) {
		const struct header *h = &m->headers[i];

		if (h->place == HEADER_END && header_is_new(h)) {
			write_added_header(m, h, out);
			n++;
		}
	}
	return n;
}

/* ESMTP parameters as one string with blanks between them, without empty ones. */
static const char *
join_args(struct arena *arena, const char *args, size_t len)
{
	char *joined = arena_alloc(arena, len + 1);
	size_t n = 0;

	for (const char *a = args; a < args + len; a += strlen(a) + 1) {
		size_t arg = strlen(a);

		if (arg > 0 && n > 0)
			joined[n++] = ' ';
		memcpy(joined + n, a, arg);
		n += arg;
	}
	joined[n] = '\0';
	return joined;
}

/* The sender that the MTA should get, or NULL when it has it. */
static const struct sender *
changed_sender(const struct message *m)
{
	const struct sender *s = message_sender(m, POSITION_END);

	if (s == NULL || s->added_by == POSITION_MTA)
		return NULL;
	return strcmp(s->addr, m->senders[0].addr) == 0 ? NULL : s;
}

/* SIZE and BODY describe the message as it was sent and are left out. Of the others Postfix
 * takes RET and ENVID, and logs a warning for the rest. */
static const char *
changed_sender_args(const struct message *m, const struct sender *s)
{
	struct buf kept = {0};
	const char *joined;

	for (const char *a = s->args; a < s->args + s->args_len; a += strlen(a) + 1) {
		if (str_case_starts(a, "SIZE=") || str_case_starts(a, "BODY="))
			continue;
		buf_puts(&kept, a);
		buf_putc(&kept, '\0');
	}
	joined = kept.len == 0 ? NULL : join_args(m->arena, (char *)kept.data, kept.len);
	buf_free(&kept);
	return joined;
}

enum rcpt_plan { PLAN_KEEP, PLAN_DELETE, PLAN_ADD };

/* What plan_rcpts() has seen so far. */
struct rcpt_tables {
	struct counts kept;	 /* mailboxes that the MTA has and that stay, case counts */
	struct counts removed;	 /* paths that are deleted already */
	struct counts mailboxes; /* that the message will have */
};

static enum rcpt_plan
plan_rcpt(const struct message *m, const struct rcpt *r, struct rcpt_tables *t)
{
	bool sent = r->added_by == POSITION_MTA, stays = r->removed_by == POSITION_NONE;

	if (sent && !stays && counts_get(&t->kept, r->mailbox) == 0 &&
	    counts_add(&t->removed, mailbox_removal_path(m->arena, r->addr)) == 1)
		return PLAN_DELETE;
	if (!sent && stays && counts_add(&t->mailboxes, r->mailbox) == 1)
		return PLAN_ADD;
	return PLAN_KEEP;
}

static bool
has_rcpt_changes(const struct message *m)
{
	for (size_t i = 0; i < m->n_rcpts; i++)
		if (m->rcpts[i].added_by != POSITION_MTA ||
		    m->rcpts[i].removed_by != POSITION_NONE)
			return true;
	return false;
}

/* What to do with each recipient. A deletion deletes all recipients that the MTA takes for the
 * same: one of each spelling is enough, and none may be sent while one of them is to stay. A
 * recipient that the MTA has already, in whatever spelling, or that is added already, is not
 * added: Postfix would deliver twice. */
static const unsigned char *
make_rcpt_plan(const struct message *m)
{
	unsigned char *plan = arena_zalloc(m->arena, m->n_rcpts);
	struct rcpt_tables t;

	if (!has_rcpt_changes(m))
		return plan;
	counts_init(&t.kept, m->arena, m->n_rcpts, false);
	counts_init(&t.removed, m->arena, m->n_rcpts, false);
	counts_init(&t.mailboxes, m->arena, m->n_rcpts, true);
	for (size_t i = 0; i < m->n_rcpts; i++) {
		const struct rcpt *r = &m->rcpts[i];

		if (r->added_by != POSITION_MTA || r->removed_by != POSITION_NONE)
			continue;
		counts_add(&t.kept, r->mailbox);
		counts_add(&t.mailboxes, r->mailbox);
	}
	for (size_t i = 0; i < m->n_rcpts; i++)
		plan[i] = (unsigned char)plan_rcpt(m, &m->rcpts[i], &t);
	return plan;
}

/* Made once, though the changes are counted for the log and then written. */
static const unsigned char *
plan_rcpts(struct message *m)
{
	struct known_rcpt_plan *known = &m->rcpt_plan;

	if (known->of_rcpt == NULL || known->changes != m->changes.envelope ||
	    known->n != m->n_rcpts)
		*known = (struct known_rcpt_plan){make_rcpt_plan(m), m->n_rcpts,
						  m->changes.envelope};
	return known->of_rcpt;
}

static void
write_added_rcpt(const struct message *m, const struct rcpt *r, uint32_t actions,
		 struct buf *out, size_t *lost)
{
	const char *args = NULL;

	if (r->args_len > 0 && (actions & ACTION_ADD_RCPT_PAR) != 0)
		args = join_args(m->arena, r->args, r->args_len);
	else if (r->args_len > 0)
		++*lost;
	milter_put_add_rcpt(out, r->addr, args);
}

static size_t
write_rcpts(struct message *m, uint32_t actions, struct buf *out, size_t *lost)
{
	const unsigned char *plan = plan_rcpts(m);
	size_t n = 0;

	for (size_t i = 0; i < m->n_rcpts; i++) {
		if (plan[i] != PLAN_DELETE)
			continue;
		milter_put_del_rcpt(out, mailbox_removal_path(m->arena, m->rcpts[i].addr));
		n++;
	}
	for (size_t i = 0; i < m->n_rcpts; i++) {
		if (plan[i] != PLAN_ADD)
			continue;
		write_added_rcpt(m, &m->rcpts[i], actions, out, lost);
		n++;
	}
	return n;
}

size_t
diff_write(struct message *m, uint32_t actions, struct buf *out, struct buf *rest, size_t *lost)
{
	const struct sender *sender = changed_sender(m);
	size_t n = 0;

	*lost = 0;
	if (m->n_undo == 0) /* there never was a change */
		return 0;
	n += write_header_changes(m, out);
	n += write_new_headers(m, out);
	if (sender != NULL) {
		milter_put_change_from(out, sender->addr, changed_sender_args(m, sender));
		n++;
	}
	n += write_rcpts(m, actions, out, lost);
	n += m->body_changed;
	if (m->quarantine != NULL) {
		milter_put_quarantine(rest, m->quarantine);
		n++;
	}
	return n;
}

/* Appends one frame, full unless the body ends. */
static void
put_body_frame(const struct slice *parts, size_t n, struct diff_place *place, struct buf *out)
{
	size_t mark = milter_frame_begin(out, REPLY_REPLACE_BODY), space = MILTER_CHUNK;

	while (place->part < n) {
		const struct slice *p = &parts[place->part];
		size_t left = p->len - place->at, len = left < space ? left : space;

		if (left > 0 && space == 0)
			break;
		buf_append(out, p->data + place->at, len);
		space -= len;
		place->at += len;
		if (place->at == p->len)
			*place = (struct diff_place){.part = place->part + 1};
	}
	milter_frame_end(out, mark);
}

bool
diff_write_body(const struct message *m, struct diff_place *place, size_t max, struct buf *out)
{
	const struct slice whole = {m->body, m->body_len};
	const struct slice *parts = m->n_body_parts > 0 ? m->body_parts : &whole;
	size_t n = m->n_body_parts > 0 ? m->n_body_parts : 1, begin = out->len;

	do
		put_body_frame(parts, n, place, out);
	while (place->part < n && out->len - begin < max);
	return place->part < n;
}

static void
tally_header_changes(const struct message *m, struct diff_counts *t)
{
	for (size_t i = 0; i < m->n_headers; i++) {
		const struct header *h = &m->headers[i];

		if (header_is_new(h))
			h->place == HEADER_END ? t->addheader++ : t->insheader++;
		else if (header_changed(h))
			h->deleted ? t->delheader++ : t->chgheader++;
	}
}

static void
tally_rcpt_changes(struct message *m, struct diff_counts *t)
{
	const unsigned char *plan = plan_rcpts(m);

	for (size_t i = 0; i < m->n_rcpts; i++) {
		t->delrcpt += plan[i] == PLAN_DELETE;
		t->addrcpt += plan[i] == PLAN_ADD;
	}
}

struct diff_counts
diff_count(struct message *m)
{
	struct diff_counts t = {0};

	if (m->n_undo == 0)
		return t;
	tally_header_changes(m, &t);
	tally_rcpt_changes(m, &t);
	t.chgfrom = changed_sender(m) != NULL;
	t.replbody = m->body_changed;
	t.quarantine = m->quarantine != NULL;
	return t;
}

static void
put_count(struct buf *out, size_t begin, const char *name, size_t n)
{
	if (n == 0)
		return;
	buf_puts(out, out->len > begin ? " " : "");
	buf_puts(out, name);
	buf_putc(out, ':');
	buf_put_number(out, n);
}

void
diff_write_summary(const struct diff_counts *counts, struct buf *out)
{
	size_t begin = out->len;

	put_count(out, begin, "addheader", counts->addheader);
	put_count(out, begin, "insheader", counts->insheader);
	put_count(out, begin, "chgheader", counts->chgheader);
	put_count(out, begin, "delheader", counts->delheader);
	put_count(out, begin, "chgfrom", counts->chgfrom);
	put_count(out, begin, "delrcpt", counts->delrcpt);
	put_count(out, begin, "addrcpt", counts->addrcpt);
	put_count(out, begin, "replbody", counts->replbody);
	put_count(out, begin, "quarantine", counts->quarantine);
}
