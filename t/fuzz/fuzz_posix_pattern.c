/* Fuzzes the translation of POSIX patterns to PCRE2: a text of ASCII matches the translated
 * pattern when it matches the pattern by regexec(3), and any pattern that regcomp(3) takes is
 * translated to one that compiles, or refused.
 * Input: flags (a byte: 1 extended, 2 case-blind), a pattern, a line feed, texts in lines. */
#include <assert.h>
#include <errno.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "import/posix_pattern.h"
#include "match/regex.h"
#include "util/arena.h"
#include "util/buf.h"
#include "util/str.h"

#define MAX_PATTERN 100 /* bytes: regexec() takes exponential time */
#define MAX_TEXT    30

static const struct regex_limits limits = {.steps = 1000000, .time_us = UINT64_MAX};

struct pair {
	regex_t posix;
	const struct regex *ours;
};

/* Back references in regexec() have faults of their own, and it has one with '^' inside of what
 * is repeated. */
static void
compare(const struct pair *p, const char *text)
{
	struct regex_budget budget = {0};
	int r;

	if (strlen(text) > MAX_TEXT || !str_is_ascii(text, strlen(text)))
		return;
	r = regex_match(p->ours, &limits, &budget, text, strlen(text), NULL, NULL);
	if (r >= 0)
		assert(r == (regexec(&p->posix, text, 0, NULL, 0) == 0));
}

static void
compare_lines(const struct pair *p, char *lines)
{
	for (char *line = strtok(lines, "\n"); line != NULL; line = strtok(NULL, "\n"))
		compare(p, line);
}

static void
check(struct arena *arena, unsigned flags, const char *pattern, char *texts)
{
	int posix = (flags & POSIX_EXTENDED ? REG_EXTENDED : 0) |
		    (flags & POSIX_CASELESS ? REG_ICASE : 0) | REG_NOSUB;
	struct posix_facts facts;
	struct buf out = {0};
	char why[256];
	struct pair p;

	int r = posix_pattern_translate(pattern, flags, &out, &facts);

	if (r == -E2BIG || strlen(pattern) > MAX_PATTERN ||
	    regcomp(&p.posix, pattern, posix) != 0) {
		buf_free(&out);
		return;
	}
	assert(posix_pattern_is_valid(pattern, flags, why, sizeof(why)));
	if (r == 0) {
		p.ours = regex_compile_with_flags(
			arena, buf_string(&out),
			REGEX_DOTALL | REGEX_BACKREFS |
				(flags & POSIX_CASELESS ? REGEX_NOCASE : 0),
			why, sizeof(why));
		if (p.ours != NULL && !facts.backrefs)
			compare_lines(&p, texts);
		assert(p.ours != NULL || !str_is_ascii(pattern, strlen(pattern)) ||
		       facts.backrefs);
	}
	regfree(&p.posix);
	buf_free(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	char *text, *end;

	if (size > 0 && memchr(data, '\0', size) == NULL) {
		text = arena_dup(arena, data + 1, size - 1);
		end = strchr(text, '\n');
		if (end != NULL) {
			*end = '\0';
			check(arena, data[0] & (POSIX_EXTENDED | POSIX_CASELESS), text,
			      end + 1);
		}
	}
	arena_free(arena);
	return 0;
}
