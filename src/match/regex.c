/* Regular expressions on PCRE2: compiles patterns, matches subjects, fills in replacement
 * texts. The objects of PCRE2 that a match needs are made once for the process, so this module
 * must be used by one thread only; a worker has one. */
#include "match/regex.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "util/arena.h"
#include "util/buf.h"
#include "util/memory.h"
#include "util/str.h"

#define JIT_STACK_MIN_BYTES ((size_t)32 << 10)
#define JIT_STACK_MAX_BYTES ((size_t)1 << 20)
/* More than a match sees, so that regex_match() still finds that the subject was cut. */
#define SUBJECT_MAX_BYTES   (2u * REGEX_MAX_SUBJECT)
#define HEAP_LIMIT_KIB	    16384u /* of PCRE2's interpreter; JIT code uses no heap */

struct regex {
	pcre2_code *code;
	const char *pattern;
	unsigned flags, groups;
	bool jit;
};

/* PCRE2's objects for a match: made at the first match and used by all later ones. */
static struct {
	pcre2_match_data *data;
	pcre2_match_context *context;
	pcre2_jit_stack *stack;
} matcher;

static bool
prepare_matcher(void)
{
	if (matcher.data != NULL)
		return true;
	if (matcher.context == NULL)
		matcher.context = pcre2_match_context_create(NULL);
	if (matcher.context == NULL)
		return false;
	if (matcher.stack == NULL)
		matcher.stack =
			pcre2_jit_stack_create(JIT_STACK_MIN_BYTES, JIT_STACK_MAX_BYTES, NULL);
	if (matcher.stack != NULL)
		pcre2_jit_stack_assign(matcher.context, NULL, matcher.stack);
	pcre2_set_heap_limit(matcher.context, HEAP_LIMIT_KIB);
	matcher.data = pcre2_match_data_create(REGEX_MAX_GROUPS, NULL);
	return matcher.data != NULL;
}

static void
free_pcre2_code(void *code)
{
	pcre2_code_free(code);
}

/* A pattern that begins with '*' is one of file names, as a shell has it. */
static void
format_compile_error(const char *pattern, int error, size_t offset, char *why, size_t why_size)
{
	PCRE2_UCHAR text[256];

	if (pcre2_get_error_message(error, text, sizeof(text)) < 0)
		text[0] = '\0';
	snprintf(why, why_size, "%s, at byte %zu of the pattern%s", (const char *)text,
		 offset + 1,
		 pattern[0] == '*' ? "; any text is '.*', and the end '.exe' is '[.]exe$'"
				   : "");
}

static uint32_t
convert_flags(unsigned flags)
{
	uint32_t options = flags & REGEX_OCTETS ? 0 : PCRE2_UTF | PCRE2_NEVER_BACKSLASH_C;

	options |= flags & REGEX_NOCASE ? PCRE2_CASELESS : 0;
	options |= flags & REGEX_MULTILINE ? PCRE2_MULTILINE : 0;
	options |= flags & REGEX_DOTALL ? PCRE2_DOTALL : 0;
	options |= flags & REGEX_EXTENDED ? PCRE2_EXTENDED : 0;
	options |= flags & REGEX_ANCHORED ? PCRE2_ANCHORED : 0;
	options |= flags & REGEX_DOLLAR_ENDONLY ? PCRE2_DOLLAR_ENDONLY : 0;
	options |= flags & REGEX_UNGREEDY ? PCRE2_UNGREEDY : 0;
	return options;
}

/* False where the system forbids executable memory: PCRE2's interpreter matches then. */
static bool
has_jit_code(const pcre2_code *code)
{
	size_t bytes = 0;

	return pcre2_pattern_info(code, PCRE2_INFO_JITSIZE, &bytes) == 0 && bytes > 0;
}

/* NULL: see regex_compile_with_flags(). */
static pcre2_code *
compile_code(const char *pattern, unsigned flags, char *why, size_t why_size)
{
	uint32_t highest = 0;
	size_t offset = 0;
	int error = 0;

	pcre2_code *code = pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED,
					 convert_flags(flags), &error, &offset, NULL);
	if (code == NULL) {
		format_compile_error(pattern, error, offset, why, why_size);
		return NULL;
	}
	pcre2_pattern_info(code, PCRE2_INFO_BACKREFMAX, &highest);
	if (highest > 0 && !(flags & REGEX_BACKREFS)) {
		snprintf(why, why_size,
			 "it refers back to group %u, which is slow on hostile text and needs "
			 "'backrefs = yes'",
			 highest);
		pcre2_code_free(code);
		return NULL;
	}
	return code;
}

struct regex *
regex_compile_with_flags(struct arena *arena, const char *pattern, unsigned flags, char *why,
			 size_t why_size)
{
	pcre2_code *code = compile_code(pattern, flags, why, why_size);
	uint32_t groups = 0;

	if (code == NULL)
		return NULL;
	pcre2_pattern_info(code, PCRE2_INFO_CAPTURECOUNT, &groups);
	pcre2_jit_compile(code, PCRE2_JIT_COMPLETE);

	struct regex *re = arena_alloc(arena, sizeof(*re));

	*re = (struct regex){code, arena_strdup(arena, pattern), flags, groups,
			     has_jit_code(code)};
	arena_defer(arena, free_pcre2_code, code);
	return re;
}

bool
regex_is_valid(const char *pattern, unsigned flags, char *why, size_t why_size)
{
	pcre2_code *code = compile_code(pattern, flags, why, why_size);

	if (code == NULL)
		return false;
	pcre2_code_free(code);
	return true;
}

struct regex *
regex_compile(struct arena *arena, const char *pattern, bool backrefs, char *why,
	      size_t why_size)
{
	return regex_compile_with_flags(arena, pattern, backrefs ? REGEX_BACKREFS : 0, why,
					why_size);
}

const char *
regex_pattern(const struct regex *re)
{
	return re->pattern;
}

unsigned
regex_flags(const struct regex *re)
{
	return re->flags;
}

unsigned
regex_group_count(const struct regex *re)
{
	return re->groups;
}

const char *
regex_subject(const char *s, size_t *len)
{
	static const char unknown[3] = {'\xef', '\xbf', '\xbd'};
	static char copy[SUBJECT_MAX_BYTES + 4];
	size_t n = 0;

	if (str_is_utf8(s, *len))
		return s;
	for (size_t i = 0; i < *len && n < SUBJECT_MAX_BYTES;) {
		size_t c = str_utf8_length((const unsigned char *)s + i, *len - i);

		memcpy(copy + n, c == 0 ? unknown : s + i, c == 0 ? sizeof(unknown) : c);
		n += c == 0 ? sizeof(unknown) : c;
		i += c == 0 ? 1 : c;
	}
	copy[n] = '\0';
	*len = n;
	return copy;
}

/* This clock advances with the kernel's tick, every few milliseconds. Most matches see no
 * tick, and a tick that one sees counts whole: the sum over many matches is right, at a
 * fraction of the cost of a precise clock. */
static uint64_t
read_coarse_clock_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

/* How many bytes of the subject a match sees: whole characters, REGEX_MAX_SUBJECT at most. */
static size_t
cut_subject(const char *subject, size_t len)
{
	if (len <= REGEX_MAX_SUBJECT)
		return len;
	len = REGEX_MAX_SUBJECT;
	while (len > 0 && ((unsigned char)subject[len] & 0xc0) == 0x80)
		len--;
	return len;
}

static void
copy_captures(size_t n_set, unsigned n_pattern, const char *subject, struct regex_groups *ret)
{
	const size_t *pairs = pcre2_get_ovector_pointer(matcher.data);

	ret->subject = subject;
	ret->n = n_pattern < REGEX_MAX_GROUPS ? n_pattern + 1 : REGEX_MAX_GROUPS;
	for (size_t i = 0; i < REGEX_MAX_GROUPS; i++) {
		ret->start[i] = i < n_set ? pairs[2 * i] : SIZE_MAX;
		ret->end[i] = i < n_set ? pairs[2 * i + 1] : SIZE_MAX;
	}
}

static int
convert_match_error(int r)
{
	switch (r) {
	case PCRE2_ERROR_MATCHLIMIT:
	case PCRE2_ERROR_DEPTHLIMIT:
	case PCRE2_ERROR_HEAPLIMIT:
	case PCRE2_ERROR_JIT_STACKLIMIT:
		return -E2BIG;
	default:
		return -EIO;
	}
}

const char *
regex_failure_text(int r)
{
	return r == -ETIME    ? "is over regex_time"
	       : r == -E2BIG  ? "is over regex_steps"
	       : r == -ENOMEM ? "is over max_memory"
			      : "failed";
}

int
regex_match(const struct regex *re, const struct regex_limits *limits,
	    struct regex_budget *budget, const char *subject, size_t len,
	    struct regex_groups *ret_groups, bool *ret_cut)
{
	return regex_match_from(re, limits, budget, subject, len, 0, ret_groups, ret_cut);
}

/* Matches len bytes of the subject. */
static int
match_bytes(const struct regex *re, const struct regex_limits *limits,
	    struct regex_budget *budget, const char *subject, size_t len, size_t from,
	    uint32_t options, struct regex_groups *ret_groups)
{
	if (budget->used_ns / 1000 >= limits->time_us)
		return -ETIME;
	if (memory_is_over())
		return -ENOMEM;
	if (!prepare_matcher())
		return -EIO;
	pcre2_set_match_limit(matcher.context, limits->steps);

	uint64_t start = read_coarse_clock_ns();
	int r = (re->jit ? pcre2_jit_match : pcre2_match)(re->code, (PCRE2_SPTR)subject, len,
							  from, options | PCRE2_NO_UTF_CHECK,
							  matcher.data, matcher.context);

	budget->used_ns += read_coarse_clock_ns() - start;
	if (r == PCRE2_ERROR_NOMATCH)
		return 0;
	if (r < 0)
		return convert_match_error(r);
	/* r is the number of groups that were set; 0: more than the match data has room for. */
	if (ret_groups != NULL)
		copy_captures(r == 0 ? REGEX_MAX_GROUPS : (size_t)r, re->groups, subject,
			      ret_groups);
	return 1;
}

int
regex_match_from(const struct regex *re, const struct regex_limits *limits,
		 struct regex_budget *budget, const char *subject, size_t len, size_t from,
		 struct regex_groups *ret_groups, bool *ret_cut)
{
	size_t used = cut_subject(subject, len);

	if (used < len && ret_cut != NULL)
		*ret_cut = true;
	if (from > used)
		return 0;
	return match_bytes(re, limits, budget, subject, used, from,
			   used < len ? PCRE2_NOTEOL : 0, ret_groups);
}

int
regex_match_piece(const struct regex *re, const struct match_context *match,
		  const char *subject, size_t len, struct regex_groups *ret_groups)
{
	size_t used = cut_subject(subject, len);
	uint32_t options = (match->cut & REGEX_CUT_BEGIN) != 0 ? PCRE2_NOTBOL : 0;

	if (used < len || (match->cut & REGEX_CUT_END) != 0)
		options |= PCRE2_NOTEOL;
	return match_bytes(re, match->limits, match->budget, subject, used, 0, options,
			   ret_groups);
}

int
regex_match_whole(const struct regex *re, const struct regex_limits *limits,
		  struct regex_budget *budget, const char *subject, size_t len)
{
	return match_bytes(re, limits, budget, subject, len, 0, 0, NULL);
}

static void
append_capture(const struct regex_groups *groups, size_t i, struct buf *out)
{
	if (groups == NULL || i >= groups->n || groups->start[i] == SIZE_MAX ||
	    groups->start[i] > groups->end[i])
		return;
	buf_append(out, groups->subject + groups->start[i], groups->end[i] - groups->start[i]);
}

void
regex_expand(const char *text, const struct regex_groups *groups, struct buf *out)
{
	for (const char *dollar; (dollar = strchr(text, '$')) != NULL;) {
		char c = dollar[1];

		buf_append(out, text, (size_t)(dollar - text));
		text = dollar + 1;
		if (str_is_digit(c))
			append_capture(groups, (size_t)(c - '0'), out);
		else
			buf_putc(out, '$');
		if (c == '$' || str_is_digit(c))
			text++;
	}
	buf_puts(out, text);
}

const char *
regex_expand_to_string(struct arena *arena, const char *text, const struct regex_groups *groups)
{
	struct buf b = {0};

	if (strchr(text, '$') == NULL)
		return text;
	regex_expand(text, groups, &b);

	const char *copy = arena_strdup(arena, buf_string(&b));

	buf_free(&b);
	return copy;
}

const char *
regex_fill_in(struct arena *arena, const char *text)
{
	struct regex_groups groups = {.subject = "x", .n = REGEX_MAX_GROUPS};

	for (size_t i = 0; i < REGEX_MAX_GROUPS; i++)
		groups.end[i] = 1;
	return regex_expand_to_string(arena, text, &groups);
}

int
regex_check_replacement(const char *text, unsigned groups)
{
	for (; (text = strchr(text, '$')) != NULL; text += 2) {
		char c = text[1];

		if (c == '$')
			continue;
		if (!str_is_digit(c))
			return -EINVAL;
		if ((unsigned)(c - '0') > groups)
			return c - '0';
	}
	return 0;
}
