/* A text that every subject of a regular expression has in it, so that one search for many such
 * texts (match/phrases.h) tells which expressions need not be tried at all. */
#ifndef MATCH_LITERAL_H
#define MATCH_LITERAL_H

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct buf;
struct regex;

/* The longest such text, at least 3 bytes; NULL: none is known. What is not understood for sure
 * makes no text.
 *
 *	\bcheap (pills|meds)\b	"cheap "	casino.{0,20}bonus	"casino"
 *	https?://evil\.example	"://evil.example"	(?i)Viagra	"viagra", *ret_nocase
 *	cheap|meds		NULL		v[i1]agra		"agra"
 *	(?x)a b c, \Qa.b\E	NULL		colou{0,1}r		"colo"
 *
 * *ret_nocase: the pattern is case-blind, by REGEX_NOCASE or by (?i) at its begin. The text is
 * then in lower case, and in literal_fold_case() of each subject. A normalized subject
 * (charset/normalize.h) has it as it is. */
const char *regex_find_literal(struct arena *arena, const struct regex *re, bool *ret_nocase);

/* Appends a text in UTF-8 with each character that a case-blind pattern takes for an ASCII
 * letter as that letter in lower case: "K", and U+212A, as "k", "S", and U+017F, as "s". */
void literal_fold_case(const char *s, size_t len, struct buf *out);

#endif
