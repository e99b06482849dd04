/* The model of an MTA's message (mta_model.h), and random messages and changes to test with. */
#include "mta_model.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "milter/reply.h"
#include "util/str.h"

static void
insert_header(struct mta_model *mta, size_t at, const char *name, const char *value)
{
	struct model_header *h;

	if (mta->n_headers == MODEL_MAX) {
		mta->broken = true;
		return;
	}
	if (at > mta->n_headers)
		at = mta->n_headers;
	h = &mta->header[at];
	memmove(h + 1, h, (mta->n_headers - at) * sizeof(*h));
	*h = (struct model_header){0};
	(void)snprintf(h->name, sizeof(h->name), "%s", name);
	(void)snprintf(h->value, sizeof(h->value), "%s", value);
	mta->n_headers++;
}

static void
add_rcpt(struct mta_model *mta, const char *addr, const char *args)
{
	if (mta->n_rcpts == MODEL_MAX) {
		mta->broken = true;
		return;
	}
	(void)snprintf(mta->rcpt[mta->n_rcpts++], sizeof(mta->rcpt[0]), "%s%s%s", addr,
		       args != NULL && *args != '\0' ? " " : "", args != NULL ? args : "");
}

void
mta_model_init(struct mta_model *mta, const struct message *m, bool sendmail)
{
	memset(mta, 0, sizeof(*mta));
	mta->sendmail = sendmail;
	insert_header(mta, 0, "Received", "own");
	mta->header[0].own = true;
	for (size_t i = 0; i < m->n_headers; i++)
		insert_header(mta, MODEL_MAX, m->headers[i].name, m->headers[i].value);
	for (size_t i = 0; i < m->n_rcpts; i++)
		add_rcpt(mta, m->rcpts[i].addr, NULL);
	(void)snprintf(mta->sender, sizeof(mta->sender), "%s", m->senders[0].addr);
	memcpy(mta->body, m->body, m->body_len);
	mta->body_len = m->body_len;
}

/* Postfix removes a header at once, so that later ones of its name get lower numbers. In
 * Sendmail they keep their numbers. */
static void
delete_header(struct mta_model *mta, size_t at)
{
	if (mta->sendmail) {
		mta->header[at].deleted = true;
		return;
	}
	mta->n_headers--;
	memmove(&mta->header[at], &mta->header[at + 1],
		(mta->n_headers - at) * sizeof(mta->header[0]));
}

static void
change_header(struct mta_model *mta, const struct milter_reply *r)
{
	size_t nth = r->index == 0 ? 1 : r->index;

	for (size_t i = 0; i < mta->n_headers; i++) {
		struct model_header *h = &mta->header[i];

		if (h->own || !str_case_equal(h->name, r->name) || --nth > 0)
			continue;
		if (*r->value == '\0') {
			delete_header(mta, i);
			return;
		}
		(void)snprintf(h->value, sizeof(h->value), "%s", r->value);
		h->deleted = false;
		return;
	}
	if (*r->value != '\0')
		insert_header(mta, MODEL_MAX, r->name, r->value);
}

static void
add_header(struct mta_model *mta, const struct milter_reply *r)
{
	for (size_t i = 0; mta->sendmail && i < mta->n_headers; i++)
		if (str_case_equal(mta->header[i].name, r->name)) {
			insert_header(mta, i, r->name, r->value);
			return;
		}
	insert_header(mta, MODEL_MAX, r->name, r->value);
}

static void
delete_rcpt(struct mta_model *mta, const char *addr)
{
	size_t kept = 0;

	for (size_t i = 0; i < mta->n_rcpts; i++) {
		if (strncmp(mta->rcpt[i], addr, strlen(addr)) == 0 &&
		    (mta->rcpt[i][strlen(addr)] == '\0' || mta->rcpt[i][strlen(addr)] == ' '))
			continue;
		memmove(mta->rcpt[kept++], mta->rcpt[i], sizeof(mta->rcpt[0]));
	}
	mta->n_rcpts = kept;
}

static void
apply_change(struct mta_model *mta, const struct milter_reply *r, bool *in_body)
{
	if (r->reply != 'b' && *in_body && r->reply != 'q')
		mta->broken = true; /* behind body frames only 'q' is allowed */
	switch (r->reply) {
	case 'h':
		add_header(mta, r);
		break;
	case 'i':
		insert_header(mta, r->index, r->name, r->value);
		break;
	case 'm':
		change_header(mta, r);
		break;
	case '+':
	case '2':
		add_rcpt(mta, r->name, r->value);
		break;
	case '-':
		delete_rcpt(mta, r->name);
		break;
	case 'e':
		(void)snprintf(mta->sender, sizeof(mta->sender), "%s", r->name);
		break;
	case 'b':
		mta->body_len = *in_body ? mta->body_len : 0;
		memcpy(mta->body + mta->body_len, r->data, r->len);
		mta->body_len += r->len;
		*in_body = true;
		break;
	case 'q':
		(void)snprintf(mta->quarantine, sizeof(mta->quarantine), "%s", r->name);
		break;
	default:
		mta->broken = true;
	}
}

void
mta_model_apply(struct mta_model *mta, const void *frames, size_t len)
{
	const unsigned char *p = frames, *end = p + len;
	struct milter_frame frame = {0};
	struct milter_reply reply;
	bool in_body = false;

	while (p < end) {
		if (milter_frame_next(p, (size_t)(end - p), MILTER_MAX_FRAME, &frame) != 1 ||
		    milter_reply_decode(&frame, &reply) < 0) {
			mta->broken = true;
			return;
		}
		apply_change(mta, &reply, &in_body);
		p += frame.size;
	}
}

static bool
differs(char *why, size_t size, const char *what, const char *got, const char *want)
{
	(void)snprintf(why, size, "%s: the MTA has \"%s\", the model \"%s\"", what, got, want);
	return false;
}

/* Compares the headers. The MTA's own Received must stand directly below the headers that were
 * inserted at the top. */
static bool
headers_equal(const struct mta_model *mta, const struct message *m, char *why, size_t size)
{
	size_t at = 0, tops = 0;

	for (size_t i = 0; i < m->n_headers; i++)
		tops += m->headers[i].place == HEADER_TOP && !m->headers[i].deleted;
	for (size_t i = 0; i <= m->n_headers; i++) {
		const struct header *h = i < m->n_headers ? &m->headers[i] : NULL;

		while (at < mta->n_headers && mta->header[at].deleted)
			at++;
		if (at < mta->n_headers && mta->header[at].own) {
			if (tops != 0)
				return differs(why, size, "own Received", "too high", "lower");
			at++;
		}
		while (at < mta->n_headers && mta->header[at].deleted)
			at++;
		if (h == NULL)
			break;
		if (h->deleted)
			continue;
		if (at == mta->n_headers)
			return differs(why, size, "header", "(end)", h->name);
		if (!str_case_equal(mta->header[at].name, h->name))
			return differs(why, size, "name", mta->header[at].name, h->name);
		if (strcmp(mta->header[at].value, h->value) != 0)
			return differs(why, size, h->name, mta->header[at].value, h->value);
		tops -= h->place == HEADER_TOP;
		at++;
	}
	return at == mta->n_headers || differs(why, size, "header", "more", "(end)");
}

static bool
model_has_rcpt(const struct mta_model *mta, const char *addr)
{
	for (size_t i = 0; i < mta->n_rcpts; i++) {
		size_t len = strcspn(mta->rcpt[i], " ");

		if (str_case_equal_n(mta->rcpt[i], len, addr, strlen(addr)))
			return true;
	}
	return false;
}

static bool
message_has_rcpt(const struct message *m, const char *addr)
{
	for (size_t i = 0; i < m->n_rcpts; i++)
		if (m->rcpts[i].removed_by == POSITION_NONE &&
		    str_case_equal_n(m->rcpts[i].addr, strlen(m->rcpts[i].addr), addr,
				     strcspn(addr, " ")))
			return true;
	return false;
}

static bool
rcpts_equal(const struct mta_model *mta, const struct message *m, char *why, size_t size)
{
	for (size_t i = 0; i < m->n_rcpts; i++)
		if (m->rcpts[i].removed_by == POSITION_NONE &&
		    !model_has_rcpt(mta, m->rcpts[i].addr))
			return differs(why, size, "recipient", "(none)", m->rcpts[i].addr);
	for (size_t i = 0; i < mta->n_rcpts; i++) {
		if (!message_has_rcpt(m, mta->rcpt[i]))
			return differs(why, size, "recipient", mta->rcpt[i], "(none)");
		for (size_t j = 0; j < i; j++)
			if (str_case_equal(mta->rcpt[i], mta->rcpt[j]))
				return differs(why, size, "recipient", "twice", mta->rcpt[i]);
	}
	return true;
}

bool
mta_model_equals(const struct mta_model *mta, const struct message *m, char *why, size_t size)
{
	const char *sender = message_sender(m, POSITION_END)->addr;

	if (mta->broken)
		return differs(why, size, "frames", "refused", "");
	if (strcmp(mta->sender, sender) != 0)
		return differs(why, size, "sender", mta->sender, sender);
	if (mta->body_len != m->body_len || memcmp(mta->body, m->body, m->body_len) != 0)
		return differs(why, size, "body", "other", "");
	if (strcmp(mta->quarantine, m->quarantine != NULL ? m->quarantine : "") != 0)
		return differs(why, size, "quarantine", mta->quarantine, m->quarantine);
	return headers_equal(mta, m, why, size) && rcpts_equal(mta, m, why, size);
}

static unsigned
random_below(unsigned *seed, unsigned n)
{
	*seed = *seed * 1103515245u + 12345u;
	return (*seed >> 16) % n;
}

static const char *const names[] = {"Subject", "X-A", "x-a", "X-B", "Received", "To"};

static const char *
random_name(unsigned *seed)
{
	return names[random_below(seed, sizeof(names) / sizeof(names[0]))];
}

void
random_message(struct message *m, unsigned *seed)
{
	char text[64];

	message_receive_sender(m, "<sender@example.org>", "SIZE=100\0RET=HDRS", 18);
	for (unsigned i = random_below(seed, 5) + 1; i > 0; i--) {
		(void)snprintf(text, sizeof(text), "<r%u@example.test>", i);
		message_receive_rcpt(m, text, "", 0);
	}
	message_receive_header(m, "From", "sender@example.org", true);
	for (unsigned i = random_below(seed, 8); i > 0; i--) {
		(void)snprintf(text, sizeof(text), "sent %u%s", i,
			       random_below(seed, 3) == 0 ? "\n\tfolded" : "");
		message_receive_header(m, random_name(seed), text, true);
	}
	message_receive_body(m, "body\r\n", 6, true);
	message_finish_body(m);
}

static void
random_rcpt_edit(struct message *m, unsigned *seed, unsigned position)
{
	size_t i = random_below(seed, (unsigned)m->n_rcpts);
	char text[64];

	if (m->rcpts[i].removed_by == POSITION_NONE && random_below(seed, 2) == 0) {
		message_delete_rcpt(m, position, i);
		return;
	}
	(void)snprintf(text, sizeof(text), "<%c%u@example.test>",
		       random_below(seed, 3) == 0 ? 'r' : 'n', random_below(seed, 6));
	message_add_rcpt(m, position, text, "NOTIFY=NEVER",
			 random_below(seed, 2) == 0 ? 13 : 0);
}

static void
random_header_edit(struct message *m, unsigned *seed)
{
	size_t i = random_below(seed, (unsigned)m->n_headers);
	char text[64];

	(void)snprintf(text, sizeof(text), "new %u", random_below(seed, 100));
	switch (random_below(seed, 5)) {
	case 0:
		message_add_header(m, random_name(seed), text);
		break;
	case 1:
		message_insert_header_behind(m, HEADER_TOP, random_below(seed, 3),
					     random_name(seed), text);
		break;
	case 2:
		message_insert_header_behind(m, HEADER_BELOW, random_below(seed, 3),
					     random_name(seed), text);
		break;
	case 3:
		if (!m->headers[i].deleted)
			message_change_header(m, &m->headers[i], text);
		break;
	default:
		if (!m->headers[i].deleted && i > 0)
			message_delete_header(m, &m->headers[i]);
	}
}

void
random_edits(struct message *m, unsigned *seed)
{
	for (unsigned n = random_below(seed, 12), w = 1; n > 0; n--) {
		w += w < 3 && random_below(seed, 4) == 0;
		switch (random_below(seed, 8)) {
		case 0:
			message_change_sender(m, w, "<new@example.org>", "", 0);
			break;
		case 1:
			message_replace_body(m, "other body\r\n", 12);
			break;
		case 2:
		case 3:
			random_rcpt_edit(m, seed, w);
			break;
		default:
			random_header_edit(m, seed);
		}
	}
}
