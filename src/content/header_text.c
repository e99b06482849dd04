/* Makes the texts of a header when they are first asked for. A value that needs neither
 * unfolding nor decoding, as most do, is used as it is and not copied. */
#include "content/header_text.h"

#include <stdint.h>
#include <string.h>

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

static bool
is_squeezed_char(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

typedef uint8_t bytes16 __attribute__((vector_size(16)));

/* Whether one of the 16 bytes at s may be a blank that is to be squeezed: a control character,
 * or a space before a space. Reads 17 bytes. */
static bool
may_need_squeezing(const char *s)
{
	bytes16 these, next, found;
	uint64_t half[2];

	memcpy(&these, s, sizeof(these));
	memcpy(&next, s + 1, sizeof(next));
	found = (bytes16)(these < (uint8_t)' ') |
		((bytes16)(these == (uint8_t)' ') & (bytes16)(next == (uint8_t)' '));
	memcpy(half, &found, sizeof(half));
	return (half[0] | half[1]) != 0;
}

/* The index, from `from` on, of the first blank that is not one space between two other
 * characters; len: there is none. The byte before `from` is no blank. */
static size_t
find_blank_to_squeeze(const char *s, size_t len, size_t from)
{
	const size_t window = sizeof(bytes16);
	size_t i = from, end;

	if (from == 0 && len > 0 && is_squeezed_char(*s))
		return 0;
	for (; i < len; i = end) {
		end = i + window < len ? i + window : len;
		if (end < len && !may_need_squeezing(s + i))
			continue;
		if (end == len && len > window && !may_need_squeezing(s + len - 1 - window))
			return is_squeezed_char(s[len - 1]) ? len - 1 : len;
		for (; i < end; i++)
			if (is_squeezed_char(s[i]) &&
			    (s[i] != ' ' || i + 1 == len || is_squeezed_char(s[i + 1])))
				return i;
	}
	return len;
}

size_t
header_text_squeeze(char *s, size_t len, struct header_origin *origins)
{
	size_t n = 0, i = 0;

	while (i < len) {
		size_t from = i;

		while (i < len && is_squeezed_char(s[i]))
			i++;
		if (i == len)
			break;
		if (i > from && n > 0) {
			if (origins != NULL)
				origins[n] = origins[from];
			s[n++] = ' ';
		}

		size_t to = find_blank_to_squeeze(s, len, i);

		memmove(s + n, s + i, to - i);
		if (origins != NULL)
			memmove(origins + n, origins + i, (to - i) * sizeof(*origins));
		n += to - i;
		i = to;
	}
	return n;
}

/* The text with its blanks squeezed; the same bytes when there is nothing to squeeze. */
static struct text_form
squeeze_form(struct arena *arena, struct text_form form)
{
	char *copy;

	if (find_blank_to_squeeze(form.text, form.len, 0) == form.len)
		return form;
	copy = arena_dup(arena, form.text, form.len);
	form.len = header_text_squeeze(copy, form.len, NULL);
	copy[form.len] = '\0';
	form.text = copy;
	return form;
}

/* text: what mime_header_form() finds in s. */
static void
make_decoded_form(struct arena *arena, const char *s, size_t len, enum mime_header_form text,
		  struct header_text *f)
{
	struct buf decoded = {0};

	if (text != HEADER_CODED) {
		f->unfolded = make_unfolded_form(arena, s, len, text);
		f->decoded = squeeze_form(arena, f->unfolded);
		return;
	}
	f->undecodable = !mime_decode_header(s, len, &decoded);
	f->decoded = squeeze_form(arena, move_to_text_form(arena, &decoded));
	if (!f->undecodable)
		return;
	f->unfolded = make_unfolded_form(arena, s, len, text);
	f->undecoded = squeeze_form(arena, f->unfolded);
}

struct header_text *
header_text(struct arena *arena, struct header *h, bool decode)
{
	struct header_text *f = get_header_text(arena, h);
	enum mime_header_form text;
	size_t len;

	if ((decode ? f->decoded : f->unfolded).text != NULL)
		return f;
	len = strlen(h->value);
	text = mime_header_form(h->value, len);
	if (decode)
		make_decoded_form(arena, h->value, len, text, f);
	else
		f->unfolded = make_unfolded_form(arena, h->value, len, text);
	return f;
}

size_t
header_text_candidates(const struct header_text *f, bool decode, struct text_form ret[static 2])
{
	ret[0] = decode ? f->decoded : f->unfolded;
	ret[1] = f->undecoded;
	return decode && f->undecodable ? 2 : 1;
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
