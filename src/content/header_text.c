/* Makes the texts of a header when they are first asked for. A value that needs neither
 * unfolding nor decoding, as most do, is used as it is and not copied. */
#include "content/header_text.h"

#include <string.h>

#include "charset/normalize.h"
#include "content/squeeze.h"
#include "mime/mailboxes.h"
#include "mime/words.h"
#include "session/message.h"
#include "util/arena.h"
#include "util/buf.h"

static struct header_text *
get_header_text(struct arena *arena, struct header *h)
{
	if (h->forms == NULL)
		h->forms = arena_zalloc(arena, sizeof(*h->forms));
	return h->forms;
}

/* Copies the buffer's content to the arena, and frees the buffer. */
static struct text_form
move_to_text_form(struct arena *arena, struct buf *b)
{
	struct text_form form = {arena_dup(arena, b->data, b->len), b->len};

	buf_free(b);
	return form;
}

/* text: what mime_header_form() finds in s. */
static struct text_form
make_unfolded_form(struct arena *arena, const char *s, size_t len, enum mime_header_form text)
{
	struct buf clean = {0};
	char *flat;

	if (text == HEADER_PLAIN)
		return (struct text_form){s, len};
	if (text == HEADER_CODED) {
		mime_unfold_header(s, len, &clean);
		return move_to_text_form(arena, &clean);
	}
	flat = arena_alloc(arena, len);
	len = mime_unfold(s, len, flat);
	flat[len] = '\0'; /* there is room: at least one line end was dropped */
	return (struct text_form){flat, len};
}

/* A text with its blanks squeezed; the same bytes when there is nothing to squeeze but what
 * stands in front. */
static struct text_form
make_squeezed_form(struct arena *arena, const char *s, size_t len, enum squeeze_kind kind)
{
	size_t skip = squeeze_skip(s, len), same;
	char *copy;

	s += skip;
	len -= skip;
	same = squeeze_find(s, len, 0);
	if (same == len)
		return (struct text_form){s, len};
	copy = arena_alloc(arena, len + 1);
	len = squeeze_blanks(s, len, same, kind, copy, NULL);
	copy[len] = '\0';
	return (struct text_form){copy, len};
}

static void
make_decoded_form(struct arena *arena, const char *s, size_t len, struct header_text *f)
{
	struct buf decoded = {0};
	struct text_form form;

	if (!mime_header_is_coded(s, len)) {
		f->decoded = make_squeezed_form(arena, s, len, SQUEEZE_SENT);
		return;
	}
	f->undecodable = !mime_decode_header(s, len, &decoded);
	form = move_to_text_form(arena, &decoded);
	f->decoded = make_squeezed_form(arena, form.text, form.len, SQUEEZE_DECODED);
	if (!f->undecodable)
		return;
	f->unfolded = make_unfolded_form(arena, s, len, HEADER_CODED);
	f->undecoded =
		make_squeezed_form(arena, f->unfolded.text, f->unfolded.len, SQUEEZE_SENT);
}

struct header_text *
header_text(struct arena *arena, struct header *h, bool decode)
{
	struct header_text *f = get_header_text(arena, h);
	size_t len;

	if ((decode ? f->decoded : f->unfolded).text != NULL)
		return f;
	len = strlen(h->value);
	if (decode)
		make_decoded_form(arena, h->value, len, f);
	else
		f->unfolded = make_unfolded_form(arena, h->value, len,
						 mime_header_form(h->value, len));
	return f;
}

size_t
header_text_candidates(const struct header_text *f, bool decode, struct text_form ret[static 2])
{
	ret[0] = decode ? f->decoded : f->unfolded;
	ret[1] = f->undecoded;
	return decode && f->undecodable ? 2 : 1;
}

/* "Name: value", made once. */
static struct text_form
make_line(struct arena *arena, const struct text_form *name, const struct text_form *value,
	  struct text_form *line)
{
	char *to;

	if (line->text != NULL)
		return *line;
	line->len = name->len + 2 + value->len;
	line->text = to = arena_alloc(arena, line->len + 1);
	memcpy(to, name->text, name->len);
	memcpy(to + name->len, ": ", 2);
	memcpy(to + name->len + 2, value->text, value->len);
	to[line->len] = '\0';
	return *line;
}

size_t
header_line_candidates(struct arena *arena, struct header *h, bool decode,
		       struct text_form ret[static 2])
{
	struct header_text *f = header_text(arena, h, decode);
	const struct text_form *name = &header_text_of_name(arena, h)->name;

	if (!decode) {
		ret[0] = make_line(arena, name, &f->unfolded, &f->unfolded_line);
		return 1;
	}
	ret[0] = make_line(arena, name, &f->decoded, &f->line);
	if (!f->undecodable)
		return 1;
	ret[1] = make_line(arena, name, &f->undecoded, &f->undecoded_line);
	return 2;
}

struct header_text *
header_text_of_name(struct arena *arena, struct header *h)
{
	struct header_text *f = get_header_text(arena, h);
	size_t len = strlen(h->name);

	if (f->name.text == NULL)
		f->name =
			make_unfolded_form(arena, h->name, len, mime_header_form(h->name, len));
	return f;
}

const struct mailboxes *
header_mailboxes(struct arena *arena, struct header *h)
{
	struct header_text *f = get_header_text(arena, h);
	struct mailboxes *m;

	if (f->mailboxes != NULL)
		return f->mailboxes;
	m = arena_alloc(arena, sizeof(*m));
	mailboxes_read(arena, h->value, strlen(h->value), m);
	f->mailboxes = m;
	return m;
}

/* The texts of one kind of subject, for those that are not members of struct header_text. */
struct header_forms {
	struct header_subject subject;
	struct text_form *form;
	size_t n;
	const struct header_forms *next;
};

static void
add_mailbox_form(struct header_forms *f, const char *text)
{
	if (text != NULL && *text != '\0')
		f->form[f->n++] = (struct text_form){text, strlen(text)};
}

static void
make_mailbox_forms(struct arena *arena, const struct mailboxes *boxes, struct header_forms *f)
{
	f->form = arena_alloc(arena, 2 * boxes->n * sizeof(*f->form));
	for (size_t i = 0; i < boxes->n; i++) {
		const struct mailbox *m = &boxes->mailbox[i];

		if (f->subject.on == MATCH_ON_ADDRESS) {
			add_mailbox_form(f, m->address);
		} else if (f->subject.on == MATCH_ON_DOMAIN) {
			add_mailbox_form(f, m->domain);
		} else {
			add_mailbox_form(f, m->name);
			add_mailbox_form(f, m->undecoded);
		}
	}
}

static struct text_form
make_normalized_form(struct arena *arena, struct text_form form, struct buf *scratch)
{
	buf_reset(scratch);
	(void)normalize_text(form.text, form.len, scratch);
	return (struct text_form){arena_dup(arena, scratch->data, scratch->len), scratch->len};
}

static void
make_normalized_forms(struct arena *arena, struct header *h, struct header_forms *f)
{
	struct header_subject as_it_is = {f->subject.on, f->subject.decode, false};
	struct header_subjects from;
	struct buf scratch = {0};

	header_subjects(arena, h, as_it_is, &from);
	f->form = arena_alloc(arena, from.n * sizeof(*f->form));
	for (; f->n < from.n; f->n++)
		f->form[f->n] = make_normalized_form(arena, from.form[f->n], &scratch);
	buf_free(&scratch);
}

static const struct header_forms *
get_other_forms(struct arena *arena, struct header *h, struct header_subject subject)
{
	struct header_text *text = get_header_text(arena, h);
	const struct header_forms *there = text->other_forms;
	struct header_forms *f;

	for (; there != NULL; there = there->next)
		if (there->subject.on == subject.on &&
		    there->subject.decode == subject.decode &&
		    there->subject.normalize == subject.normalize)
			return there;
	f = arena_zalloc(arena, sizeof(*f));
	f->subject = subject;
	if (subject.normalize)
		make_normalized_forms(arena, h, f);
	else
		make_mailbox_forms(arena, header_mailboxes(arena, h), f);
	f->next = text->other_forms;
	text->other_forms = f;
	return f;
}

void
header_other_subjects(struct arena *arena, struct header *h, struct header_subject subject,
		      struct header_subjects *ret)
{
	const struct header_forms *other;

	if (!subject.normalize && subject.on == MATCH_ON_LINE) {
		ret->form = ret->own;
		ret->n = header_line_candidates(arena, h, subject.decode, ret->own);
		return;
	}
	other = get_other_forms(arena, h, subject);
	ret->form = other->form;
	ret->n = other->n;
}
