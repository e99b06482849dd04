/* Makes the texts of a header when they are first asked for. A value that needs neither
 * unfolding nor decoding, as most do, is used as it is and not copied. */
#include "content/header_text.h"

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
		if (origins != NULL)
			origins[n] = origins[i];
		s[n++] = s[i++];
	}
	return n;
}

/* True when header_text_squeeze() would not change a text that has no line ends. */
static bool
is_squeezed(const char *s, size_t len)
{
	const char *end = s + len;

	if (len == 0)
		return true;
	if (is_squeezed_char(s[0]) || is_squeezed_char(end[-1]) || memchr(s, '\t', len))
		return false;
	while ((s = memchr(s, ' ', (size_t)(end - s))) != NULL) {
		if (s[1] == ' ')
			return false;
		s++;
	}
	return true;
}

/* The text with its blanks squeezed; the same bytes when there is nothing to squeeze. */
static struct text_form
squeeze_form(struct arena *arena, struct text_form form)
{
	char *copy;

	if (is_squeezed(form.text, form.len) && memchr(form.text, '\n', form.len) == NULL &&
	    memchr(form.text, '\r', form.len) == NULL)
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
