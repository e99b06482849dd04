/* Words such as "at" and "(dot)" are replaced by a byte of their own first, which no text has.
 */
#include "content/sender_name.h"

#include <stdlib.h>
#include <string.h>

#include "charset/normalize.h"
#include "util/buf.h"
#include "util/str.h"

#define AT_WORD	  '\x01'
#define DOT_WORD  '\x02'
#define WORDS_MAX 32u

static const struct {
	const char *text;
	char sign;
} sign_words[] = {
	{" at ", AT_WORD},   {" (at) ", AT_WORD},   {"(at)", AT_WORD},	 {" [at] ", AT_WORD},
	{"[at]", AT_WORD},   {" @ ", '@'},	    {" dot ", DOT_WORD}, {" (dot) ", DOT_WORD},
	{"(dot)", DOT_WORD}, {" [dot] ", DOT_WORD}, {"[dot]", DOT_WORD}, {" . ", '.'},
};

/* The name with the signs of sign_words. */
static void
replace_sign_words(const char *s, size_t len, struct buf *out)
{
	const size_t n = sizeof(sign_words) / sizeof(sign_words[0]);

	for (size_t i = 0; i < len;) {
		size_t k = strchr(" ([", s[i]) != NULL ? 0 : n;

		while (k < n &&
		       strncmp(s + i, sign_words[k].text, strlen(sign_words[k].text)) != 0)
			k++;
		if (k == n) {
			buf_putc(out, (unsigned char)s[i++]);
			continue;
		}
		buf_putc(out, (unsigned char)sign_words[k].sign);
		i += strlen(sign_words[k].text);
	}
}

/* May it stand in an address? What is not ASCII may. */
static bool
is_address_byte(char c)
{
	return c < 0 || c == DOT_WORD || (c >= 'a' && c <= 'z') || str_is_digit(c) ||
	       (c != '\0' && strchr("._%+-=!#$&'*/?^`{|}~", c) != NULL);
}

/* One that is written with AT_WORD must have a DOT_WORD, too: "news at a.example" is a text. */
static bool
is_address(const char *s, size_t from, size_t sign, size_t to)
{
	size_t domain = sign + 1;

	if (from == sign || domain == to)
		return false;
	if (s[sign] == AT_WORD)
		return memchr(s + domain, DOT_WORD, to - domain) != NULL;
	return memchr(s + domain, '.', to - domain) != NULL ||
	       memchr(s + domain, DOT_WORD, to - domain) != NULL;
}

static void
put_signed_address(const char *s, size_t from, size_t to, struct buf *out)
{
	for (; from < to; from++) {
		char c = s[from];

		buf_putc(out, (unsigned char)(c == AT_WORD ? '@' : c == DOT_WORD ? '.' : c));
	}
}

static size_t
find_end_of_address(const char *s, size_t len, size_t sign)
{
	size_t to = sign + 1;

	while (to < len && is_address_byte(s[to]))
		to++;
	while (to > sign + 1 && strchr(".\x02'!?", s[to - 1]) != NULL)
		to--;
	return to;
}

bool
sender_name_each_address(const char *name, bool (*use)(void *ctx, const char *address),
			 void *ctx)
{
	struct buf text = {0}, address = {0};
	size_t begin = 0;
	bool done = false;
	const char *s;

	replace_sign_words(name, strlen(name), &text);
	s = buf_string(&text);
	for (size_t i = 0; i < text.len && !done; i++) {
		if (s[i] != '@' && s[i] != AT_WORD) {
			begin = is_address_byte(s[i]) ? begin : i + 1;
			continue;
		}
		begin += strspn(s + begin, "'");
		buf_reset(&address);
		put_signed_address(s, begin, find_end_of_address(s, text.len, i), &address);
		if (is_address(s, begin, i, find_end_of_address(s, text.len, i)))
			done = use(ctx, buf_string(&address));
		begin = i + 1;
	}
	buf_free(&text);
	buf_free(&address);
	return done;
}

/* The length of the punctuation at s: of ASCII, and of Unicode's blocks for it. */
static size_t
punctuation_length(const unsigned char *s, size_t len)
{
	if (s[0] < 0x80)
		return !((s[0] >= 'a' && s[0] <= 'z') || str_is_digit((char)s[0]));
	if (len >= 2 && s[0] == 0xc2) /* U+0080 to U+00BF */
		return 2;
	if (len >= 3 && s[0] == 0xe2 && (s[1] <= 0x81 || s[1] == 0xb8 || s[1] == 0xb9))
		return 3; /* U+2000 to U+207F, U+2E00 to U+2E7F */
	if (len >= 3 && s[0] == 0xe3 && s[1] == 0x80)
		return 3; /* U+3000 to U+303F */
	return 0;
}

struct name_word {
	const char *s;
	size_t len;
};

static int
compare_words(const void *a, const void *b)
{
	const struct name_word *x = a, *y = b;
	int r = memcmp(x->s, y->s, x->len < y->len ? x->len : y->len);

	return r != 0 ? r : (x->len > y->len) - (x->len < y->len);
}

/* Cuts a normalized text into words. Returns how many, and *ret_rest is what is left over. */
static size_t
cut_name_words(const char *s, size_t len, struct name_word *words, size_t *ret_rest)
{
	size_t n = 0, i = 0;

	while (i < len && n < WORDS_MAX) {
		size_t skip = punctuation_length((const unsigned char *)s + i, len - i), from;

		if (skip > 0) {
			i += skip;
			continue;
		}
		from = i;
		while (i < len &&
		       punctuation_length((const unsigned char *)s + i, len - i) == 0)
			i++;
		words[n++] = (struct name_word){s + from, i - from};
	}
	*ret_rest = i;
	return n;
}

void
sender_name_append_words(const char *name, struct buf *out)
{
	struct name_word words[WORDS_MAX];
	struct buf text = {0};
	size_t n, rest;

	(void)normalize_text(name, strlen(name), &text);
	n = cut_name_words((const char *)text.data, text.len, words, &rest);
	qsort(words, n, sizeof(words[0]), compare_words);
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			buf_putc(out, ' ');
		buf_append(out, words[i].s, words[i].len);
	}
	if (text.data != NULL)
		buf_append(out, text.data + rest, text.len - rest);
	buf_free(&text);
}
