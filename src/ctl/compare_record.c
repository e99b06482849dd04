/* Messages and results as bytes: see compare_record.h.
 *
 * A string is its length in four bytes, it, and a NUL. */
#include "ctl/compare_record.h"

#include <string.h>

#include "util/arena.h"
#include "util/buf.h"

/* What is left to be read. */
struct unpacking {
	const unsigned char *at;
	size_t left;
	bool failed;
};

static void
append_record_text(struct buf *out, const char *s)
{
	size_t len = strlen(s);

	buf_put_u32(out, (uint32_t)len);
	buf_append(out, s, len + 1);
}

static uint32_t
unpack_u32(struct unpacking *u)
{
	const unsigned char *p = u->at;

	if (u->failed || u->left < 4) {
		u->failed = true;
		return 0;
	}
	u->at += 4;
	u->left -= 4;
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static const char *
read_record_text(struct unpacking *u)
{
	size_t len = unpack_u32(u);
	const char *s = (const char *)u->at;

	if (u->failed || u->left < len + 1 || s[len] != '\0') {
		u->failed = true;
		return "";
	}
	u->at += len + 1;
	u->left -= len + 1;
	return s;
}

void
compare_pack_mail(struct buf *out, const struct mail *mail)
{
	size_t n = 0;

	append_record_text(out, mail->name);
	buf_put_u32(out, (uint32_t)mail->size);
	while (mail->headers[n].name != NULL)
		n++;
	buf_put_u32(out, (uint32_t)n);
	for (size_t i = 0; i < n; i++) {
		append_record_text(out, mail->headers[i].name);
		append_record_text(out, mail->headers[i].value);
	}
	buf_append(out, mail->body, mail->body_len);
}

void
compare_unpack_mail(struct arena *arena, const void *data, size_t len, struct mail *ret)
{
	struct unpacking u = {.at = data, .left = len};
	struct mta_header *headers;
	size_t n;

	*ret = (struct mail){.name = read_record_text(&u)};
	ret->size = unpack_u32(&u);
	n = unpack_u32(&u);
	headers = arena_zalloc(arena, (n + 1) * sizeof(*headers));
	for (size_t i = 0; i < n; i++) {
		headers[i].name = read_record_text(&u);
		headers[i].value = read_record_text(&u);
	}
	ret->headers = headers;
	ret->body = (const char *)u.at;
	ret->body_len = u.left;
}

static void
pack_side(struct buf *out, const struct difference_side *side)
{
	append_record_text(out, side->value);
	append_record_text(out, side->by);
}

static void
unpack_side(struct unpacking *u, struct difference_side *side)
{
	side->value = read_record_text(u);
	side->by = read_record_text(u);
}

void
compare_pack_record(struct buf *out, const struct compare_record *r)
{
	uint32_t n = 0;

	for (const struct difference *d = r->differences; d != NULL; d = d->next)
		n++;
	append_record_text(out, r->mail);
	buf_put_u32(out, n);
	for (const struct difference *d = r->differences; d != NULL; d = d->next) {
		buf_put_u32(out, d->kind);
		buf_put_u32(out, d->has_sides);
		append_record_text(out, d->name);
		pack_side(out, &d->old);
		pack_side(out, &d->new);
	}
	append_record_text(out, r->view);
}

bool
compare_unpack_record(struct arena *arena, const void *data, size_t len,
		      struct compare_record *ret)
{
	struct unpacking u = {.at = data, .left = len};
	struct difference **end = &ret->differences;
	uint32_t n;

	*ret = (struct compare_record){.mail = read_record_text(&u), .view = ""};
	n = unpack_u32(&u);
	for (uint32_t i = 0; i < n && !u.failed; i++) {
		struct difference *d = arena_zalloc(arena, sizeof(*d));
		uint32_t kind = unpack_u32(&u);

		d->kind = kind < DIFFERENCE_KINDS ? (enum difference_kind)kind
						  : DIFFERENCE_HEADERS;
		u.failed = u.failed || kind >= DIFFERENCE_KINDS;
		d->has_sides = unpack_u32(&u) != 0;
		d->name = read_record_text(&u);
		unpack_side(&u, &d->old);
		unpack_side(&u, &d->new);
		*end = d;
		end = &d->next;
	}
	ret->view = read_record_text(&u);
	return !u.failed;
}
