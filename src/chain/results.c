/* What policies have found in a message: results, scores, symbols, and how their servers were
 * asked. Input: calls of the functions of policy/result.h; output: one answer to "what did this
 * policy find", for conditions, placeholders, the log line, counters and reports. */
#include <string.h>

#include "chain/run.h"
#include "util/arena.h"
#include "util/buf.h"
#include "util/log.h"
#include "util/str.h"

#define RESULTS_LOG_MAX_BYTES 1000u /* later ones are counted only */
#define RESULT_MAX_BYTES      32u   /* of a word of an open kind */
#define SYMBOL_MAX_BYTES      64u
#define TITLE_MAX_BYTES	      256u

/* A bug of the policy, which fails. */
static void
refuse_result(struct policy_call *c, const char *misuse)
{
	c->misuse = misuse;
	policy_log(c, LOG_WARNING, "%s", misuse);
}

/* NULL after refuse_result(): the kind has no results. */
static struct policy_found *
get_own_found(struct policy_call *c)
{
	if (c->inst->ops->results == NULL)
		refuse_result(c, "a result, which its kind does not declare");
	else if (c->found == NULL)
		c->found = arena_zalloc(policy_arena(c), sizeof(*c->found));
	return c->inst->ops->results != NULL ? c->found : NULL;
}

/* Printable ASCII, and nothing that ends the value in the log line. */
static const char *
copy_detail(struct arena *arena, const char *text, size_t max)
{
	char *copy = arena_strndup(arena, text, strnlen(text, max));

	for (char *p = copy; *p != '\0'; p++)
		if (*p < ' ' || *p > '~' || *p == '"' || *p == '\\')
			*p = '?';
	return copy;
}

static const char *
copy_result(struct arena *arena, const char *text)
{
	char *copy = arena_strndup(arena, text, strnlen(text, RESULT_MAX_BYTES));

	for (char *p = copy; *p != '\0'; p++) {
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p - 'A' + 'a');
		else if (!(*p >= 'a' && *p <= 'z') && !str_is_digit(*p))
			*p = '-';
	}
	return copy;
}

/* "error" is what a failure comes to, and is not set. */
static bool
may_set_result(const struct policy_results *kind, const char *result)
{
	return *result != '\0' && strcmp(result, RESULT_ERROR) != 0 &&
	       policy_results_find(kind, result) != SIZE_MAX;
}

void
policy_set_result(struct policy_call *c, const char *result, const char *detail)
{
	struct policy_found *found = get_own_found(c);

	if (found == NULL)
		return;
	if (c->inst->ops->results->open)
		result = copy_result(policy_arena(c), result);
	if (!may_set_result(c->inst->ops->results, result)) {
		refuse_result(c, "a result that its kind does not have");
		return;
	}
	found->result = arena_strdup(policy_arena(c), result);
	found->detail = detail != NULL
				? copy_detail(policy_arena(c), detail, RESULT_DETAIL_MAX_BYTES)
				: NULL;
}

void
policy_set_score(struct policy_call *c, int64_t hundredths)
{
	struct policy_found *found = get_own_found(c);

	if (found == NULL)
		return;
	found->has_score = true;
	found->score = hundredths;
}

void
policy_add_symbol(struct policy_call *c, const char *name)
{
	struct policy_found *found = get_own_found(c);
	struct arena *arena = policy_arena(c);

	if (found == NULL || found->n_symbols == RESULT_SYMBOLS_MAX)
		return;
	if (c->symbols == NULL) {
		c->symbols = arena_alloc(arena, RESULT_SYMBOLS_MAX * sizeof(*c->symbols));
		found->symbols = c->symbols;
	}
	c->symbols[found->n_symbols++] = copy_detail(arena, name, SYMBOL_MAX_BYTES);
}

void
policy_note_asked(struct policy_call *c, uint64_t ms, unsigned tries, unsigned server,
		  const char *reason)
{
	struct policy_found *found = c->inst->ops->results != NULL ? get_own_found(c) : NULL;

	if (found == NULL)
		return;
	found->was_asked = true;
	found->ms = ms;
	found->tries = tries;
	found->server = server;
	c->error_reason = reason;
}

static bool
has_failed(const struct policy_call *c)
{
	return c->enforced_verdict == VERDICT_ERROR || c->monitored_verdict == VERDICT_ERROR;
}

struct policy_found
find_policy_found(const struct policy_call *c)
{
	struct policy_found found = {.result = RESULT_SKIPPED};

	if (c->found != NULL)
		found = *c->found;
	if (has_failed(c)) {
		found.result = RESULT_ERROR;
		found.detail = c->error_reason;
		found.has_score = false;
		found.n_symbols = 0;
	}
	if (found.result == NULL)
		found.result = RESULT_SKIPPED;
	return found;
}

bool
find_earlier_found(const struct policy_call *c, const char *title, struct policy_found *ret)
{
	const struct chain_run *run = c->run;
	size_t i = 0;

	*ret = (struct policy_found){.result = RESULT_SKIPPED};
	while (i + 1 < c->position && strcmp(run->calls[i].inst->title, title) != 0)
		i++;
	if (i + 1 >= c->position)
		return true;
	if (i >= run->next && run->stage != STAGE_EOM)
		return false;
	*ret = find_policy_found(&run->calls[i]);
	return true;
}

bool
policy_has_result(const struct policy_call *c)
{
	return c->inst->ops->results != NULL && (c->found != NULL || has_failed(c));
}

void
append_policy_found(struct buf *b, const struct policy_call *c)
{
	struct policy_found found = find_policy_found(c);

	str_append_printable(b, c->inst->title, strlen(c->inst->title), TITLE_MAX_BYTES);
	buf_putc(b, ':');
	policy_append_found(b, &found);
}

void
append_results(struct buf *b, const struct chain_run *run)
{
	size_t n = 0, left_out = 0, begin = b->len;

	for (size_t i = 0; i < run->chain->n; i++) {
		if (!policy_has_result(&run->calls[i]))
			continue;
		if (b->len - begin > RESULTS_LOG_MAX_BYTES) {
			left_out++;
			continue;
		}
		buf_puts(b, n++ == 0 ? " results=\"" : " ");
		append_policy_found(b, &run->calls[i]);
	}
	if (left_out > 0)
		buf_printf(b, " +%zu", left_out);
	if (n > 0)
		buf_putc(b, '"');
}

enum verdict
play_result(struct policy_call *c, const char *result)
{
	const struct policy_ops *ops = c->inst->ops;

	if (strcmp(result, RESULT_ERROR) == 0)
		return policy_fail(c, "an error that is played");
	if (strcmp(result, RESULT_SKIPPED) == 0)
		return VERDICT_CONTINUE;
	policy_set_result(c, result, NULL);
	return ops->apply_result != NULL ? ops->apply_result(c, result) : VERDICT_CONTINUE;
}
