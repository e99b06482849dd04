/* ASCII is folded by a loop of its own. Other characters, and the ASCII character in front of
 * them, to which a mark may belong, are a run: each is decomposed and folded by libutf8proc,
 * its marks are put in order, and the whole is composed. utf8proc_decompose() is not used: it
 * puts marks in order in quadratic time, and wants memory for all of the text at once. */
#include "charset/normalize.h"

#include <stdint.h>
#include <string.h>
#include <utf8proc.h>

#include "util/buf.h"
#include "util/memory.h"
#include "util/str.h"

#define MAX_MARKS	 30u  /* in a row that are put in order */
#define RUN_CHARS	 128u /* of a run are composed at once */
#define MAX_DECOMPOSED	 32   /* of one character, which are 18 at most */
#define PIECE_BYTES	 4096u
#define REPLACEMENT_CHAR 0xfffd

#define DECOMPOSE_OPTIONS                                                                      \
	(UTF8PROC_STABLE | UTF8PROC_COMPAT | UTF8PROC_COMPOSE | UTF8PROC_CASEFOLD |            \
	 UTF8PROC_IGNORE)
#define COMPOSE_OPTIONS (UTF8PROC_STABLE | UTF8PROC_COMPOSE)

/* A blank that ends the result so far is dropped at the end of the text. */
struct normalizer {
	struct buf *out;
	size_t begin;					   /* of the result in out */
	utf8proc_int32_t chars[RUN_CHARS + MAX_MARKS + 1]; /* of the run, decomposed */
	unsigned n, n_marks; /* how many of them; of these, marks at the end */
};

static bool
is_white_space(utf8proc_int32_t c)
{
	return c == ' ' || (c >= '\t' && c <= '\r') || c == 0x85 || c == 0x1680 ||
	       c == 0x2028 || c == 0x2029;
}

/* Does the result so far end with a blank, or is it empty? No blank is put there then. */
static bool
ends_blank(const struct normalizer *z)
{
	return z->out->len == z->begin || z->out->data[z->out->len - 1] == ' ';
}

/* What has a decomposition is decomposed already: all other white space. */
static void
put_char(struct normalizer *z, utf8proc_int32_t c)
{
	if (!is_white_space(c))
		z->out->len += (size_t)utf8proc_encode_char(c, buf_reserve(z->out, 4));
	else if (!ends_blank(z))
		buf_putc(z->out, ' ');
}

static void
put_chars(struct normalizer *z, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		put_char(z, z->chars[i]);
	z->n -= n;
	memmove(z->chars, z->chars + n, z->n * sizeof(z->chars[0]));
}

static void
compose(struct normalizer *z)
{
	z->n = (unsigned)utf8proc_normalize_utf32(z->chars, (utf8proc_ssize_t)z->n,
						  COMPOSE_OPTIONS);
}

static void
end_run(struct normalizer *z)
{
	compose(z);
	put_chars(z, z->n);
	z->n_marks = 0;
}

static int
combining_class(utf8proc_int32_t c)
{
	return utf8proc_get_property(c)->combining_class;
}

/* Puts out all but the last character that is no mark, with its marks: what comes next may be
 * composed with it. */
static void
shorten_run(struct normalizer *z)
{
	unsigned last;

	compose(z);
	last = z->n - 1;
	while (last > 0 && combining_class(z->chars[last]) > 0)
		last--;
	put_chars(z, last);
}

/* Marks are ordered by their class, those of one class as they come. */
static void
add_mark(struct normalizer *z, utf8proc_int32_t c, int class)
{
	unsigned at = z->n, first = z->n - z->n_marks;

	while (at > first && combining_class(z->chars[at - 1]) > class) {
		z->chars[at] = z->chars[at - 1];
		at--;
	}
	z->chars[at] = c;
	z->n++;
	if (++z->n_marks == MAX_MARKS)
		end_run(z);
}

static void
add_decomposed(struct normalizer *z, utf8proc_int32_t c)
{
	int class = combining_class(c);

	if (class > 0) {
		add_mark(z, c, class);
		return;
	}
	if (z->n >= RUN_CHARS)
		shorten_run(z);
	z->chars[z->n++] = c;
	z->n_marks = 0;
}

static void
add_char(struct normalizer *z, utf8proc_int32_t c)
{
	utf8proc_int32_t decomposed[MAX_DECOMPOSED];
	int boundclass = UTF8PROC_BOUNDCLASS_START;
	utf8proc_ssize_t n = utf8proc_decompose_char(c, decomposed, MAX_DECOMPOSED,
						     DECOMPOSE_OPTIONS, &boundclass);

	for (utf8proc_ssize_t i = 0; i < n && i < MAX_DECOMPOSED; i++)
		add_decomposed(z, decomposed[i]);
}

/* Not assigned, but default-ignorable (DerivedCoreProperties.txt of Unicode): what the library
 * does not drop. */
static bool
is_ignorable_without_meaning(utf8proc_int32_t c)
{
	return c == 0x2065 || (c >= 0xfff0 && c <= 0xfff8) || (c >= 0xe0000 && c <= 0xe0fff);
}

/* Adds the character at p, which is not ASCII. Returns its length. */
static size_t
read_char(struct normalizer *z, const unsigned char *p, size_t len)
{
	size_t n = str_utf8_length(p, len);
	utf8proc_int32_t c = REPLACEMENT_CHAR;

	if (n > 0 && *p != '\0')
		(void)utf8proc_iterate(p, (utf8proc_ssize_t)n, &c);
	if (!is_ignorable_without_meaning(c))
		add_char(z, c);
	return n > 0 ? n : 1;
}

static bool
is_plain_ascii(unsigned char c)
{
	return c > 0 && c < 0x80;
}

#define EACH(byte) ((byte)*UINT64_C(0x0101010101010101))
#define HIGH	   EACH(0x80) /* the high bit of a byte means yes */

/* Folds eight bytes at once if they are ASCII without control characters, and no blank in them
 * is to be dropped. Returns false otherwise. */
static bool
fold_word(const unsigned char *p, unsigned char *to, bool behind_blank)
{
	uint64_t w, blanks, capitals;

	memcpy(&w, p, sizeof(w));
	if ((w & HIGH) != 0 || ((w + EACH(0x80 - ' ')) & HIGH) != HIGH)
		return false;
	blanks = ~((w ^ EACH(' ')) + EACH(0x7f)) & HIGH;
	if ((blanks & blanks << 8) != 0 || (behind_blank && *p == ' '))
		return false;
	capitals = (w + EACH(0x80 - 'A')) & ~(w + EACH(0x7f - 'Z')) & HIGH;
	w |= capitals >> 2;
	memcpy(to, &w, sizeof(w));
	return true;
}

/* The ASCII at the front of p. Returns its length. */
static size_t
put_ascii(struct normalizer *z, const unsigned char *p, size_t len)
{
	unsigned char *begin = buf_reserve(z->out, len), *to = begin;
	bool behind_blank = ends_blank(z), blank;
	size_t i = 0, next;

	while (i < len && is_plain_ascii(p[i])) {
		if (len - i >= 8 && fold_word(p + i, to, behind_blank)) {
			i += 8;
			to += 8;
			behind_blank = to[-1] == ' ';
			continue;
		}
		next = len - i < 8 ? len : i + 8;
		for (; i < next && is_plain_ascii(p[i]); i++) {
			blank = is_white_space(p[i]);
			*to = blank ? ' ' : str_lower_char((char)p[i]);
			to += !blank || !behind_blank;
			behind_blank = blank;
		}
	}
	z->out->len += (size_t)(to - begin);
	return i;
}

/* A run: a character that is not ASCII, with all up to the next ASCII. Returns its length. */
static size_t
put_run(struct normalizer *z, const unsigned char *p, size_t len)
{
	size_t n = 0;

	while (n < len && !is_plain_ascii(p[n]) && !memory_is_over())
		n += read_char(z, p + n, len - n);
	end_run(z);
	return n;
}

/* Takes the last character back, when it is one to which a mark in the run behind it may
 * belong, and begins the run with it. */
static void
begin_run_at_last(struct normalizer *z)
{
	if (ends_blank(z))
		return;
	z->chars[z->n++] = z->out->data[--z->out->len];
}

bool
normalize_text(const char *s, size_t len, struct buf *out)
{
	const unsigned char *p = (const unsigned char *)s;
	struct normalizer z = {.out = out, .begin = out->len};

	while (len > 0) {
		size_t piece = len < PIECE_BYTES ? len : PIECE_BYTES;
		size_t n = put_ascii(&z, p, piece);

		if (n < piece) {
			begin_run_at_last(&z);
			n += put_run(&z, p + n, len - n);
		}
		if (memory_is_over())
			return false;
		p += n;
		len -= n;
	}
	out->len -= out->len > z.begin && out->data[out->len - 1] == ' ';
	return true;
}
