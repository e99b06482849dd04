/* The maps of the policy "recipient" applied to one recipient. Input: the recipient and the
 * maps; output: a list of steps, from the recipient itself to all results. */
#include <errno.h>
#include <inttypes.h>

#include "policies/recipient.h"
#include "util/mailbox.h"
#include "util/str.h"

#define MAX_MAPPING_ROUNDS 10u /* with repeat */

/* Fails with the whole loop in the text, from the address that comes back, or from the
 * recipient when there are only too many rounds: "a@x becomes b@x (map 'm') becomes ...". */
static int
fail_mapping_loop(struct address_expansion *expansion, const struct address_step *from,
		  const struct mapping *map, const char *mailbox)
{
	const struct address_step *path[MAX_MAPPING_ROUNDS + 1];
	struct buf text = {0};
	size_t n = 0;

	for (const struct address_step *s = from; s != NULL; s = s->from) {
		path[n++] = s;
		if (str_case_equal(s->mailbox, mailbox))
			break;
	}
	buf_puts(&text, path[n - 1]->mailbox);
	for (size_t i = n - 1; i-- > 0;)
		buf_printf(&text, " becomes %s (map '%s')", path[i]->mailbox,
			   path[i]->map->title);
	buf_printf(&text, " becomes %s (map '%s')", mailbox, map->title);
	expansion->verdict = policy_fail(expansion->call, "loop: %s", buf_string(&text));
	buf_free(&text);
	return -ELOOP;
}

static bool
is_mapping_loop(const struct address_step *from, const char *mailbox)
{
	if (from->round >= MAX_MAPPING_ROUNDS)
		return true;
	for (const struct address_step *s = from->from; s != NULL; s = s->from)
		if (str_case_equal(s->mailbox, mailbox))
			return true;
	return false;
}

static int
append_address_step(struct address_expansion *expansion, const struct address_step *from,
		    const struct mapping *map, const char *mailbox)
{
	struct address_step *step;

	if (!mapping_result_is_address(map, mailbox)) {
		expansion->verdict = policy_fail(
			expansion->call, "map '%s' turns %s into '%s', which is not an address",
			map->title, from->mailbox, mailbox);
		return -EINVAL;
	}
	mailbox = mailbox_from_path(policy_arena(expansion->call), mailbox);
	if (!str_case_equal(from->mailbox, mailbox) && is_mapping_loop(from, mailbox))
		return fail_mapping_loop(expansion, from, map, mailbox);
	if (expansion->n_results >= expansion->conf->max_results) {
		expansion->verdict =
			policy_fail(expansion->call, "%s has more than %" PRIu64 " results",
				    expansion->first->mailbox, expansion->conf->max_results);
		return -E2BIG;
	}
	step = arena_zalloc(policy_arena(expansion->call), sizeof(*step));
	step->mailbox = mailbox;
	step->from = from;
	step->map = map;
	step->round = from->round + 1;
	expansion->last->next = step;
	expansion->last = step;
	expansion->n_results++;
	return 0;
}

int
apply_map_to_either(const struct match_context *match, const struct mapping *map,
		    const struct recipient_conf *conf, const char *mailbox, const char *other,
		    struct mapping_results *ret, const char **ret_why)
{
	int r = mapping_apply(match, map, &conf->rules, mailbox, ret, ret_why);

	if (r == 0 && other != NULL)
		r = mapping_apply(match, map, &conf->rules, other, ret, ret_why);
	return r;
}

/* Is the address one of unless_in? 1, 0, or a negative number and *ret_why. */
static int
is_spared(const struct match_context *match, const struct recipient_conf *conf,
	  const struct address_step *step, const char **ret_why)
{
	int r = 0;

	if (conf->spared != NULL)
		r = mapping_is_in_table(match, conf->spared, &conf->rules, step->mailbox,
					ret_why);
	if (r == 0 && conf->spared != NULL && step->other != NULL)
		r = mapping_is_in_table(match, conf->spared, &conf->rules, step->other,
					ret_why);
	return r;
}

/* Whether a map applies to the recipient: an enum tri, or a negative number with verdict set.
 * With repeat, conditions are about the recipient, not about the result that is mapped again.
 */
static int
map_applies(struct address_expansion *expansion, size_t i)
{
	const struct policy_rule *rule = expansion->conf->map_rules[i];
	int r;

	if (policy_rule_monitors(rule))
		return expansion->tried == &expansion->conf->maps[i] ? TRI_YES : TRI_NO;
	r = policy_rule_applies(expansion->call, rule, expansion->index);
	if (r < 0)
		expansion->verdict = VERDICT_ERROR;
	return r;
}

/* Finds the first map that is for this address: 1, 0, or a negative number with verdict or
 * waits set. A map that does not match needs not be known to apply. */
static int
find_map(struct address_expansion *expansion, const struct address_step *step, size_t *ret_map,
	 struct mapping_results *ret)
{
	const struct recipient_conf *conf = expansion->conf;
	struct match_context match = policy_match_context(expansion->call);
	const char *why = "";
	int r = 0;

	for (size_t i = 0; i < conf->n_maps && r == 0; i++) {
		int applies = map_applies(expansion, i);

		if (applies < 0)
			return applies;
		if (applies == TRI_NO)
			continue;
		*ret_map = i;
		r = apply_map_to_either(&match, &conf->maps[i], conf, step->mailbox,
					step->other, ret, &why);
		expansion->waits = r != 0 && applies == TRI_UNKNOWN;
	}
	if (expansion->waits)
		return -EAGAIN;
	if (r < 0)
		expansion->verdict = policy_fail(expansion->call, "%s", why);
	return r;
}

/* The reply of a map that refuses, with what its table has for the recipient. */
static struct reply
make_map_reply(struct arena *arena, const struct map_reply *reply, const char *value)
{
	struct reply made;
	char why[128];

	if (value == NULL || *value == '\0' || reply->has_value ||
	    reply_parse_value(arena, value, reply->rejects, &reply->own, 0, &made, why,
			      sizeof(why)) < 0)
		return reply->own;
	return made;
}

/* The map refuses the recipient; returns a negative number with verdict set. */
static int
refuse_by_map(struct address_expansion *expansion, const struct address_step *step,
	      const struct mapping_results *results)
{
	const struct recipient_conf *conf = expansion->conf;
	struct policy_call *c = expansion->call;
	size_t map = (size_t)(step->rewriter - conf->maps);
	const struct rcpt *rcpt = &policy_message(c)->rcpts[expansion->index];
	struct placeholder_values values = {0};
	struct reply reply;

	if (expansion->tried != NULL && expansion->tried != step->rewriter)
		return -ECANCELED; /* without the map that is tried it is refused, too */
	reply = make_map_reply(policy_arena(c), conf->map_replies[map], results->value);
	values.value[PLACEHOLDER_RECIPIENT] = rcpt->mailbox;
	values.value[PLACEHOLDER_RULE] = step->rewriter->title;
	values.value[PLACEHOLDER_VALUE] = results->value;
	note_map(c, conf->map_rules[map], step->rewriter, step->mailbox, rcpt);
	expansion->verdict = policy_refuse(c, &reply, &values);
	return -ECANCELED;
}

/* Applies the first map that is for this address; its results are appended. Returns 0, or a
 * negative number with verdict or waits set. */
static int
map_address_step(struct address_expansion *expansion, struct address_step *step)
{
	const struct recipient_conf *conf = expansion->conf;
	struct match_context match = policy_match_context(expansion->call);
	struct mapping_results results = {0};
	const char *why = "";
	size_t map = 0;
	int r = is_spared(&match, conf, step, &why);

	if (r < 0)
		expansion->verdict = policy_fail(expansion->call, "%s", why);
	if (r != 0)
		return r > 0 ? 0 : r;
	r = find_map(expansion, step, &map, &results);
	if (r <= 0)
		return r;
	step->rewriter = &conf->maps[map];
	if (conf->map_replies[map] != NULL)
		return refuse_by_map(expansion, step, &results);
	expansion->n_results--;
	for (size_t k = 0; k < results.n; k++) {
		r = append_address_step(expansion, step, step->rewriter, results.to[k]);
		if (r < 0)
			return r;
	}
	return 0;
}

int
expand_address(struct address_expansion *expansion, const struct rcpt *rcpt)
{
	struct address_step *step = arena_zalloc(policy_arena(expansion->call), sizeof(*step));
	int r = 0;

	step->mailbox = rcpt->mailbox;
	step->other = rcpt->other;
	expansion->first = expansion->last = step;
	expansion->n_results = 1;
	for (; step != NULL && r == 0; step = step->next)
		if (step->from == NULL || (expansion->conf->repeat &&
					   !str_case_equal(step->from->mailbox, step->mailbox)))
			r = map_address_step(expansion, step);
	return r;
}
