/* Lints about policies that ask a service: what passes without having been asked about. */
#include <stdint.h>
#include <string.h>

#include "config/config.h"
#include "lint/lint_private.h"
#include "util/str.h"

/* Is it a policy that asks a service, and that acts? Its section has the options of
 * POLICY_ASKING_OPTIONS. */
static const struct section *
find_asking_section(struct lint_run *run, const struct chain *chain, size_t at)
{
	const struct policy_inst *inst = chain->inst[at];
	const struct section *s = lint_policy_section(run, inst);

	if (chain->monitor || inst->mode != MODE_ENFORCE || s == NULL ||
	    option_find(s->options, "on_too_big") == NULL)
		return NULL;
	return s;
}

/* The bytes above which the policy does not ask; false: it asks about all. */
static bool
read_max_size(const struct section *s, uint64_t *ret)
{
	return section_limit(s, "max_size", ret) > 0;
}

/* too-big-passes: messages above max_size pass, and the file does not say that they should. */

static bool
message_limit_is_within(const struct section *s, uint64_t max)
{
	uint64_t limit;

	return section_limit(s, "message", &limit) > 0 && limit <= max;
}

/* Does the policy size refuse all messages that are larger? A `limit` in it counts in place of
 * its own for some mail. */
static bool
size_keeps_below(const struct section *size, uint64_t max)
{
	const struct section *const *limits;
	size_t n = lint_inner_sections(size, "limit", &limits);

	if (!lint_is_unconditional(size) || !message_limit_is_within(size, max))
		return false;
	for (size_t i = 0; i < n; i++)
		if (lint_has(limits[i], "table") || (lint_has(limits[i], "message") &&
						     !message_limit_is_within(limits[i], max)))
			return false;
	return true;
}

static bool
is_kept_below(struct lint_run *run, const struct chain *chain, size_t at, uint64_t max)
{
	for (size_t i = 0; i < at; i++) {
		const struct policy_inst *inst = chain->inst[i];
		const struct section *s = lint_policy_section(run, inst);

		if (s != NULL && strcmp(inst->ops->name, "size") == 0 &&
		    size_keeps_below(s, max))
			return true;
	}
	return false;
}

static void
check_too_big(struct lint_run *run, const struct listener_conf *l, size_t at)
{
	const struct section *s = find_asking_section(run, l->chain, at);
	char size[16];
	uint64_t max;

	if (s == NULL || lint_has(s, "on_too_big") || !read_max_size(s, &max) ||
	    is_kept_below(run, l->chain, at, max))
		return;
	lint_warn(run, l->section, "chain", at,
		  "chain: %s \"%s\" lets messages above %s pass, its max_size, unasked; write "
		  "on_too_big there (\"continue\", if that is meant), or a size policy with "
		  "message = \"%s\" before it",
		  l->chain->inst[at]->ops->name, l->chain->inst[at]->title,
		  str_format_size(size, max), size);
}

void
lint_too_big_passes(struct lint_run *run)
{
	for (size_t i = 0; i < run->cfg->n_listeners; i++)
		for (size_t k = 0; k < run->cfg->listeners[i].chain->n; k++)
			check_too_big(run, &run->cfg->listeners[i], k);
}

/* body-limit: a body that the policy would be asked about exceeds body_bytes of limits before.
 */

static void
check_body_limit(struct lint_run *run, const struct section *s)
{
	uint64_t kept = run->cfg->limits.body_bytes, max;
	char size[16], limit[16];

	if (!lint_is_policy(s) || option_find(s->options, "on_too_big") == NULL ||
	    lint_is(s, "mode", "off") || !read_max_size(s, &max) || kept == 0 || max <= kept)
		return;
	lint_warn(run, s, "max_size", SIZE_MAX,
		  "max_size: is %s, but a body above body_bytes = \"%s\" of limits { } gets "
		  "on_limit, and no policy is asked; raise body_bytes, or lower max_size",
		  str_format_size(size, max), str_format_size(limit, kept));
}

void
lint_body_limit(struct lint_run *run)
{
	lint_each_section(run, check_body_limit);
}
