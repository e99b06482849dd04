/* A text that every subject of a regular expression has in it, so that one search for many such
 * texts (match/phrases.h) tells which expressions need not be tried at all. */
#ifndef MATCH_LITERAL_H
#define MATCH_LITERAL_H

#include <stdbool.h>

struct arena;

/* The longest such text of a pattern that regex_compile() takes, at least 3 bytes; NULL: none
 * is known. folded: subjects are normalized (charset/normalize.h), so (?i) at the begin of a
 * pattern changes nothing but that its capitals are in lower case. What is not understood for
 * sure makes no text.
 *
 *	\bcheap (pills|meds)\b	"cheap "	casino.{0,20}bonus	"casino"
 *	https?://evil\.example	"://evil.example"	(?i)Viagra, folded	"viagra"
 *	cheap|meds		NULL		v[i1]agra		"agra"
 *	(?x)a b c, \Qa.b\E	NULL		colou{0,1}r		"colo" */
const char *regex_find_literal(struct arena *arena, const char *pattern, bool folded);

#endif
