/* The words of results, and scores as text. What a policy has found in a message is kept by the
 * chain (chain/results.c). */
#include "policy/result.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "util/arena.h"
#include "util/buf.h"
#include "util/str.h"

static const char *const common_results[] = {RESULT_SKIPPED, RESULT_TOO_BIG, RESULT_ERROR};

#define N_COMMON (sizeof(common_results) / sizeof(common_results[0]))

static size_t
count_own_words(const struct policy_results *r)
{
	size_t n = 0;

	while (r->words != NULL && r->words[n] != NULL)
		n++;
	return n;
}

size_t
policy_results_count(const struct policy_results *r)
{
	return N_COMMON + count_own_words(r) + r->open;
}

const char *
policy_results_word(const struct policy_results *r, size_t i)
{
	if (i < N_COMMON)
		return common_results[i];
	i -= N_COMMON;
	return i < count_own_words(r) ? r->words[i] : "other";
}

size_t
policy_results_find(const struct policy_results *r, const char *word)
{
	size_t n = N_COMMON + count_own_words(r);

	for (size_t i = 0; i < n; i++)
		if (strcmp(policy_results_word(r, i), word) == 0)
			return i;
	return r->open ? n : SIZE_MAX;
}

const char *
policy_results_suggest(const struct policy_results *r, const char *written, struct arena *arena)
{
	size_t n = N_COMMON + count_own_words(r);
	const char **words = arena_alloc(arena, (n + 1) * sizeof(*words));

	for (size_t i = 0; i < n; i++)
		words[i] = policy_results_word(r, i);
	words[n] = NULL;
	return str_nearest(written, words);
}

void
policy_append_score(struct buf *b, int64_t hundredths)
{
	uint64_t n = hundredths < 0 ? -(uint64_t)hundredths : (uint64_t)hundredths;

	buf_printf(b, "%s%" PRIu64 ".%" PRIu64, hundredths < 0 ? "-" : "", n / 100,
		   n / 10 % 10);
	if (n % 10 != 0)
		buf_printf(b, "%" PRIu64, n % 10);
}

int
policy_parse_score(const char *text, int64_t *ret)
{
	const char *p = text + (*text == '-' || *text == '+');
	size_t whole = strspn(p, "0123456789"), places = 0;
	int64_t n = 0;

	if (p[whole] == '.')
		places = strspn(p + whole + 1, "0123456789");
	if (whole + places == 0 || whole > 9 || places > 2 ||
	    p[whole + (p[whole] == '.') + places] != '\0')
		return -EINVAL;
	for (size_t i = 0; i < whole; i++)
		n = 10 * n + (p[i] - '0');
	for (size_t i = 0; i < 2; i++)
		n = 10 * n + (i < places ? p[whole + 1 + i] - '0' : 0);
	*ret = *text == '-' ? -n : n;
	return 0;
}

void
policy_append_found(struct buf *b, const struct policy_found *found)
{
	buf_puts(b, found->result);
	if (found->detail != NULL) {
		buf_printf(b, "(%s)", found->detail);
	} else if (found->has_score) {
		buf_putc(b, '(');
		policy_append_score(b, found->score);
		buf_putc(b, ')');
	}
	if (!found->was_asked)
		return;
	buf_printf(b, "/%" PRIu64 "ms", found->ms);
	if (found->tries > 1)
		buf_printf(b, "/tries=%u", found->tries);
	if (found->tries > 1 || found->server > 1)
		buf_printf(b, "/server=%u", found->server);
}
