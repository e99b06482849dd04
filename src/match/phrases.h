/* Many phrases searched for in one pass (Aho and Corasick 1975). Phrases and text are bytes of
 * UTF-8 and compared as they are: the caller brings both into one form before
 * (charset/normalize.h). A phrase is found where it stands as whole words: at its begin and at
 * its end is a bound of a word (charset/word_bound.h).
 *
 *	phrase		found in			not found in
 *	"cheap pills"	"buy cheap pills!"		"cheap pillsx", "cheap  pills"
 *	"art"		"art-house", "art's"		"party", "art2"
 *	"c++"		"c++", "c++17"			"abc++"
 *	\u4fbf\u5b9c (Han)	wherever it stands
 *
 * Several thousand phrases take a megabyte or less: 17 bytes for each byte that a phrase does
 * not share with the begin of another one, and a table for the first characters. */
#ifndef MATCH_PHRASES_H
#define MATCH_PHRASES_H

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct phrases;

struct phrase {
	const char *text; /* not empty */
	size_t len;
	bool inside; /* it is wanted inside of words, too */
};

/* The phrases may be in any order and repeated; of several that are equal each hit is reported
 * for the first only. The arena owns the result, which has no pointers to the texts. Time and
 * memory are linear in the bytes of all phrases, but for sorting them. NULL: they are longer
 * than 1 GiB together. */
struct phrases *phrases_build(struct arena *arena, const struct phrase *list, size_t n);

/* The number by which hits of the phrase that is equal to the text are reported; SIZE_MAX:
 * there is none. */
size_t phrases_find(const struct phrases *p, const char *text, size_t len);

/* A phrase hit: the text from `from` to `to`. whole: it stands there as whole words; it always
 * does unless one of the equal phrases is wanted inside of words. False: no more is wanted. */
typedef bool phrases_hit(void *ctx, size_t phrase, size_t from, size_t to, bool whole);

/* Searches a text in valid UTF-8. Hits come in the order of their ends, of one end the longest
 * first; they may overlap. Time is linear in the text, and in the hits with or without bounds:
 * at each place at most one for each length of a phrase. */
void phrases_search(const struct phrases *p, const char *s, size_t len, phrases_hit *hit,
		    void *ctx);

#endif
