/* Regular expressions: PCRE2 with JIT, limited in steps, memory, time and length of the
 * subject.
 *
 * A pattern of the configuration is compiled once, by regex_compile(). Each match is then
 * given a subject in valid UTF-8, the limits, and what the message has used up of them so far.
 * A match that reaches a limit is an error: it must never be taken for "does not match".
 *
 * A subject longer than REGEX_MAX_SUBJECT bytes is cut behind a whole character and matched
 * with PCRE2_NOTEOL, so that '$' does not match at the cut:
 *
 *	subject			pattern	result
 *	5000 times "a"		^aa	matches
 *	5000 times "a"		a$	does not match: the match does not see the end
 *	4500 times "a", "z"	z	does not match: "z" stands behind the cut
 *	4094 times "a", U+1F600	^.*	matches 4094 bytes: U+1F600 would end behind byte 4096
 */
#ifndef MATCH_REGEX_H
#define MATCH_REGEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct buf;
struct regex;

#define REGEX_MAX_SUBJECT 4096u /* bytes of a subject that a match sees */
#define REGEX_MAX_GROUPS  10u	/* $0 to $9 */

struct regex_limits {
	uint32_t steps;	  /* of one match: PCRE2's match limit */
	uint64_t time_us; /* of all matches of one message, microseconds */
};

/* What the matches of one message have used up. {0} at its start. */
struct regex_budget {
	uint64_t used_ns; /* nanoseconds of wall clock, see regex_match() */
};

enum regex_cut {
	REGEX_CUT_BEGIN = 1u << 0, /* '^' does not match at the begin of the subject */
	REGEX_CUT_END = 1u << 1,   /* '$' does not match at its end */
};

/* What matches and table lookups for one message need. It owns nothing. */
struct match_context {
	struct arena *arena; /* the message's: texts that a lookup returns are allocated here */
	const struct regex_limits *limits;
	struct regex_budget *budget;
	unsigned cut; /* enum regex_cut: the subject is a piece of a longer text */
};

/* Where a match and its groups lie: $0 is [0], the whole match. */
struct regex_groups {
	const char *subject;
	size_t n; /* groups that the pattern has, with $0; REGEX_MAX_GROUPS at most */
	/* Byte offsets into subject, [start, end). SIZE_MAX: the group took no part in it. */
	size_t start[REGEX_MAX_GROUPS], end[REGEX_MAX_GROUPS];
};

enum regex_flag {
	REGEX_BACKREFS = 1u << 0, /* the pattern may have back references */
	REGEX_NOCASE = 1u << 1,
	REGEX_MULTILINE = 1u << 2,
	REGEX_DOTALL = 1u << 3,
	REGEX_EXTENDED = 1u << 4,
	REGEX_ANCHORED = 1u << 5,
	REGEX_DOLLAR_ENDONLY = 1u << 6, /* '$' does not match in front of a last line end */
	REGEX_UNGREEDY = 1u << 7,
	REGEX_OCTETS = 1u << 8, /* only for regex_is_valid(): the pattern is no UTF-8 */
};

/* Compiles a pattern in UTF-8; flags: enum regex_flag. The arena owns the result. NULL, with a
 * sentence in why that says what is wrong and at which byte: the pattern is invalid, or it has
 * a back reference without REGEX_BACKREFS. */
struct regex *regex_compile_with_flags(struct arena *arena, const char *pattern, unsigned flags,
				       char *why, size_t why_size);
/* The same with REGEX_BACKREFS or without any flag. */
struct regex *regex_compile(struct arena *arena, const char *pattern, bool backrefs, char *why,
			    size_t why_size);
/* Whether regex_compile_with_flags() would take a pattern; else the same sentence stands in
 * why. Much faster, since no code for the machine is made. */
bool regex_is_valid(const char *pattern, unsigned flags, char *why, size_t why_size);
const char *regex_pattern(const struct regex *re);  /* as it was written */
unsigned regex_flags(const struct regex *re);	    /* enum regex_flag, as it was compiled */
unsigned regex_group_count(const struct regex *re); /* capture groups: $0 not counted */

/* Makes a subject of *len bytes that an MTA sent. Returns s itself when it is valid UTF-8;
 * else a copy with U+FFFD for each byte that is not, of as much of s as a match sees. The copy
 * is valid until the next call. *len becomes the length of what is returned. */
const char *regex_subject(const char *s, size_t *len);

/* Matches a subject in valid UTF-8. Returns
 *	1	it matches: *ret_groups is set (NULL: not wanted)
 *	0	it does not
 *	-E2BIG	the match reached limits->steps, or a limit of memory
 *	-ETIME	the matches of this message have reached limits->time_us: checked before a
 *		match, not during one, with a clock that advances every few milliseconds
 *	-ENOMEM	the worker's memory is over its budget (util/memory.h)
 *	-EIO	any other failure of PCRE2
 * *ret_cut (NULL: not wanted) is set to true when the subject was cut, else left alone. */
int regex_match(const struct regex *re, const struct regex_limits *limits,
		struct regex_budget *budget, const char *subject, size_t len,
		struct regex_groups *ret_groups, bool *ret_cut);
/* The same for the first match that begins at byte from or behind it; what stands before is
 * seen by '^' and look-behinds. from is not inside a character. */
int regex_match_from(const struct regex *re, const struct regex_limits *limits,
		     struct regex_budget *budget, const char *subject, size_t len, size_t from,
		     struct regex_groups *ret_groups, bool *ret_cut);
/* The same for a piece of a longer text, of REGEX_MAX_SUBJECT bytes at most; see cut
 * of match. */
int regex_match_piece(const struct regex *re, const struct match_context *match,
		      const char *subject, size_t len, struct regex_groups *ret_groups);
/* The same for a subject of any length, which is not cut. */
int regex_match_whole(const struct regex *re, const struct regex_limits *limits,
		      struct regex_budget *budget, const char *subject, size_t len);
/* A negative result of regex_match() as the end of a sentence about the pattern: "is over
 * regex_steps", "is over regex_time", "is over max_memory" or "failed". Static. */
const char *regex_failure_text(int r);

/* Appends a replacement text to out: $0 to $9 are replaced by what the groups captured
 * (nothing when groups is NULL or the group is not set), $$ by a dollar. A '$' before anything
 * else stays. "<$1> $$5" with $1 = "joe" gives "<joe> $5". */
void regex_expand(const char *text, const struct regex_groups *groups, struct buf *out);
/* The same as a string in the arena; text itself when it has no '$'. */
const char *regex_expand_to_string(struct arena *arena, const char *text,
				   const struct regex_groups *groups);
/* A replacement text with an "x" for each group, as if that was captured; text itself when it
 * has no '$'. For checks of texts before there is a match. */
const char *regex_fill_in(struct arena *arena, const char *text);
/* Checks a replacement text for a pattern with so many groups: 0 when it is right; the digit
 * of the first $1 to $9 that the pattern does not have; -EINVAL when a '$' stands before
 * neither a digit nor '$'. */
int regex_check_replacement(const char *text, unsigned groups);

#endif
