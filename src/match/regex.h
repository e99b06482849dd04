/* Regular expressions: PCRE2 with JIT, bounded. Layer 3. footer.md 4.2, configuration.md. */
#ifndef MATCH_REGEX_H
#define MATCH_REGEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct buf;
struct regex;

#define REGEX_MAX_SUBJECT 4096u /* bytes that are looked at; what is longer is cut, NOTEOL */
#define REGEX_MAX_GROUPS  10u	/* $0 to $9 */

struct regex_limits {
	uint32_t steps;	  /* PCRE2's match limit of one match */
	uint64_t time_us; /* of all matches of one message */
};

/* What a message has used up; zero at its start. */
struct regex_budget {
	uint64_t used_ns; /* of wall clock, see regex_match() */
};

/* Offsets into the subject; SIZE_MAX: the group is not set. */
struct regex_groups {
	const char *subject;
	size_t n;
	size_t start[REGEX_MAX_GROUPS], end[REGEX_MAX_GROUPS];
};

/* UTF, JIT; backrefs: may it have back-references? NULL with a sentence in why: what is wrong
 * and where in the pattern. Owned by the arena. */
struct regex *regex_compile(struct arena *arena, const char *pattern, bool backrefs, char *why,
			    size_t why_size);
/* The same with more said about it. */
enum {
	REGEX_BACKREFS = 1u << 0,
	REGEX_NOCASE = 1u << 1,
	REGEX_MULTILINE = 1u << 2,
	REGEX_DOTALL = 1u << 3,
	REGEX_EXTENDED = 1u << 4,
};
struct regex *regex_compile_as(struct arena *arena, const char *pattern, unsigned flags,
			       char *why, size_t why_size);
const char *regex_pattern(const struct regex *re);
unsigned regex_group_count(const struct regex *re); /* without the whole match */

/* For bytes from the wire: s when it is valid UTF-8, else a copy of as much of it as a match
 * looks at, with U+FFFD for what is not; it is good until the next call. *len is both. */
const char *regex_subject(const char *s, size_t *len);

/* subject must be valid UTF-8. 1: matches; 0: does not; -E2BIG: over steps or out of JIT stack;
 * -ETIME: the message's time is used up (looked at before the match, by a clock that advances
 * in ticks of some milliseconds); -EIO: another failure. *ret_cut (may be NULL) is set when the
 * subject was cut, and left alone otherwise. Groups are written when it matches. */
int regex_match(const struct regex *re, const struct regex_limits *limits,
		struct regex_budget *budget, const char *subject, size_t len,
		struct regex_groups *ret_groups, bool *ret_cut);

/* Appends a result text: $0 to $9 from groups (NULL: none), $$ a dollar, all else as it is. */
void regex_expand(const char *text, const struct regex_groups *groups, struct buf *out);
/* Are all groups that text means in a pattern with this many? 0, or the digit that is not, or
 * -EINVAL for a lone '$'. */
int regex_check_replacement(const char *text, unsigned groups);

#endif
