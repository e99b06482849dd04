/* size: limits on a message. What is known early is refused early: a declared SIZE= at MAIL and
 * RCPT, a recipient too many at RCPT. All else is measured in message(), as the policies before
 * left the message, and concerns the whole message.
 *
 * A `limit` section has limits for the recipients for which its lines hold. For each recipient
 * the first such section counts; what it does not set comes from the policy's own section. In
 * message() the smallest limit of all recipients counts.
 *
 * An example:
 *
 *	size "caps" {
 *		message = "25M"
 *		limit "archive" { recipient_domain = {"archive.example"}  message = "100M" }
 *	}
 *
 *	MAIL SIZE=50M             accepted: a recipient may allow 100M
 *	RCPT <a@archive.example>  accepted
 *	RCPT <b@example.com>      552: 50M are more than this recipient's 25M
 *
 *	MAIL (no SIZE=)
 *	RCPT <a@archive.example>  accepted; from now on the message has the class "100M"
 *	RCPT <b@example.com>      452 4.5.3: another class, the client sends it separately
 *				  (with split = "strictest": accepted, 25M count)
 *
 * A limit whose conditions are not known yet may count, or not, until they are. With when =
 * {"partner"} in "archive", a condition about a header:
 *
 *	MAIL SIZE=50M             accepted: a recipient may allow 100M
 *	RCPT <a@archive.example>  accepted: it may allow 100M; the class is not known
 *	RCPT <b@example.com>      552: 25M, whatever the headers are
 *	end of the message        "partner" is known: 50M are within 100M, or over 25M
 *
 * With when = {"submitted"}, which is about the client, the same is known at MAIL: SIZE=50M of
 * another client is refused there.
 *
 * A limit with mode = "monitor" counts for nothing. Where the policy lets a recipient or the
 * message pass, the same check is made with that limit as if it enforced beside those that do;
 * what it would refuse then is logged. It has its own class, and a recipient that it would have
 * refused does not count for it later. So "archive" with mode = "monitor" and message = "10M"
 * logs, at RCPT <a@archive.example> after SIZE=20M, would="caps/archive: refuse
 * a@archive.example 552 ..." */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "policies/size.h"
#include "util/str.h"

#define DECLARED_TOO_LARGE (UINT64_MAX - 1) /* over 64 bits: over each limit but NO_LIMIT */

/* A recipient's class is the message limit that counts for it. */
struct size_class {
	bool is_set;
	size_t from; /* index of the recipient that set it */
	uint64_t limit;
};

/* A limit with mode monitor is tried: what would be if it enforced beside those that do? */
struct size_trial {
	const struct size_limit *limit;
	struct size_class class;
	const char **refused; /* addr of the recipients that it would have refused */
	size_t n_refused, cap_refused;
	bool is_over; /* it would have refused the message */
};

/* Of one message. When a recipient is refused, the next one gets its index, and what was noted
 * for that index is replaced. */
struct size_state {
	size_t current;	 /* index of the recipient that RCPT just named */
	size_t n_before; /* recipients that the client named, with an index below current */
	struct size_class class;
	bool has_noted_size;	   /* that the declared SIZE= is no size */
	struct size_trial *trials; /* by the index of the limit; NULL: none yet */
};

struct limit_range { /* between which the message limit of a recipient is */
	uint64_t least, most;
	const struct size_limit *most_of; /* that has most; NULL: the policy's section */
};

/* Does the limit hold for the recipient (SIZE_MAX: for the message)? An enum tri, or a negative
 * number after policy_fail(). trial: the limit with mode monitor that is tried; or NULL. */
static int
limit_holds(struct policy_call *c, const struct size_limit *l, const struct size_trial *trial,
	    size_t rcpt)
{
	if (policy_rule_monitors(l->rule) && (trial == NULL || trial->limit != l))
		return TRI_NO;
	return policy_lines_hold(c, l->rule, l->condition, rcpt);
}

/* Between which values the message limit of l is that holds, or may hold, for the recipient
 * (SIZE_MAX: for some recipient); l NULL: that of the policy's section. */
static struct limit_range
find_limit_range(struct policy_call *c, const struct size_limit *l, int holds, size_t rcpt)
{
	const struct size_conf *conf = policy_conf(c);
	uint64_t max = conf->max[SIZE_MESSAGE];
	struct limit_range range = {max, max, l};

	if (l == NULL)
		return range;
	range.least = l->least;
	range.most = l->most;
	if (l->has_table && holds == TRI_YES && (rcpt != SIZE_MAX || l->looks_up_sender) &&
	    find_table_limit(c, l, rcpt, &max) == 0)
		range.least = range.most = max;
	return range;
}

/* The smallest and the largest message limit that may count for the recipient (SIZE_MAX: for
 * some recipient), by what is known so far; both are equal once the limit is known.
 *
 * A limit whose condition cannot be evaluated (a match over its budget, which is logged) is
 * treated like one whose condition is not known yet. message() evaluates it again; when it
 * fails there too, the policy has failed. */
static struct limit_range
compute_limit_range(struct policy_call *c, const struct size_trial *trial, size_t rcpt)
{
	const struct size_conf *conf = policy_conf(c);
	struct limit_range range = {.least = NO_LIMIT, .most = 0};

	for (size_t i = 0; i <= conf->n_limits; i++) {
		const struct size_limit *l = i < conf->n_limits ? &conf->limits[i] : NULL;
		int holds = l != NULL ? limit_holds(c, l, trial, rcpt) : TRI_YES;
		struct limit_range one;

		if (holds == TRI_NO)
			continue;
		one = find_limit_range(c, l, holds, rcpt);
		if (one.least < range.least)
			range.least = one.least;
		if (one.most > range.most) {
			range.most = one.most;
			range.most_of = l;
		}
		if (holds == TRI_YES)
			break;
	}
	return range;
}

/* what: the option that limits it, which is noted in the log: over="message 300 of 200"; NULL:
 * the log names the recipient. l: the limit section that has the limit; NULL: none. */
static enum verdict
refuse_over_limit(struct policy_call *c, const char *what, const struct reply *reply,
		  uint64_t size, uint64_t limit, const struct size_limit *l)
{
	struct arena *arena = policy_arena(c);
	struct placeholder_values values = {0};

	values.value[PLACEHOLDER_SIZE] = arena_printf(
		arena, size == DECLARED_TOO_LARGE ? "more than %" PRIu64 : "%" PRIu64,
		size == DECLARED_TOO_LARGE ? UINT64_MAX : size);
	values.value[PLACEHOLDER_LIMIT] = arena_printf(arena, "%" PRIu64, limit);
	if (l != NULL) {
		policy_note_rule(c, l->rule, NULL, NULL);
		policy_trace_place(c, &(struct hit_place){.kind = HIT_SIZE,
							  .name = what,
							  .size = size,
							  .limit = limit});
	}
	if (what != NULL)
		policy_note_once(c, "over",
				 arena_printf(arena, "%s %s of %s", what,
					      values.value[PLACEHOLDER_SIZE],
					      values.value[PLACEHOLDER_LIMIT]));
	return policy_refuse(c, reply, &values);
}

/* Notes once a message in its log line that SIZE= is no size, and why. */
static void
note_odd_size(struct policy_call *c, const char *text, int error)
{
	struct size_state *state = policy_msg_state(c);

	if (!state->has_noted_size)
		policy_note(c, "warn",
			    error == -ERANGE ? "size-overflow"
			    : text[0] == '-' ? "size-negative"
					     : "size-invalid");
	state->has_noted_size = true;
}

/* The SIZE= of MAIL (RFC 1870). Returns false when there is none. SIZE=0, and what is no
 * number, counts as none. A number over 64 bits becomes DECLARED_TOO_LARGE. */
static bool
get_declared_size(struct policy_call *c, uint64_t *ret)
{
	const struct size_conf *conf = policy_conf(c);
	const struct message *m = policy_message(c);
	const char *text, *digits;
	int r;

	if (!conf->checks_declared || m->n_senders == 0)
		return false;
	text = esmtp_arg(m->senders[0].args, m->senders[0].args_len, "SIZE");
	if (text == NULL)
		return false;
	for (digits = text; *digits == '0'; digits++)
		;
	if (digits > text && *digits == '\0')
		return false;
	r = str_parse_count(digits, ret);
	if (r < 0)
		note_odd_size(c, digits, r);
	if (r == -ERANGE)
		*ret = DECLARED_TOO_LARGE;
	return r == 0 || r == -ERANGE;
}

static struct size_trial *
get_trial(struct policy_call *c, size_t limit)
{
	const struct size_conf *conf = policy_conf(c);
	struct size_state *state = policy_msg_state(c);

	if (state->trials == NULL)
		state->trials =
			arena_zalloc(policy_arena(c), conf->n_limits * sizeof(*state->trials));
	state->trials[limit].limit = &conf->limits[limit];
	return &state->trials[limit];
}

/* A check at one stage. trial: NULL, or with a limit with mode monitor. */
typedef enum verdict size_check(struct policy_call *c, struct size_trial *trial);

static void
note_trial_refusal(struct policy_call *c, struct size_trial *trial, bool of_rcpt)
{
	const struct message *m = policy_message(c);

	if (!of_rcpt || peer_is_local_submission(policy_peer(c))) {
		trial->is_over = true;
		return;
	}
	trial->refused = arena_grow(policy_arena(c), trial->refused, trial->n_refused,
				    &trial->cap_refused, sizeof(*trial->refused));
	trial->refused[trial->n_refused++] = m->rcpts[message_last_sent_rcpt(m)].addr;
}

/* The check, and what each limit with mode monitor would refuse of what passes it. of_rcpt: a
 * refusal is one of the recipient. */
static enum verdict
check_with_trials(struct policy_call *c, size_check *check, bool of_rcpt)
{
	const struct size_conf *conf = policy_conf(c);
	enum verdict v = check(c, NULL), would;

	for (size_t i = 0; i < conf->n_limits && v == VERDICT_CONTINUE; i++) {
		const struct policy_rule *rule = conf->limits[i].rule;
		struct size_trial *trial = policy_rule_monitors(rule) ? get_trial(c, i) : NULL;

		if (trial == NULL || trial->is_over)
			continue;
		policy_begin_rule(c, rule);
		would = check(c, trial);
		if (would == VERDICT_REJECT || would == VERDICT_TEMPFAIL)
			note_trial_refusal(c, trial, of_rcpt);
		(void)policy_end_rule(c, rule, would);
	}
	return v;
}

static enum verdict
check_at_mail(struct policy_call *c, struct size_trial *trial)
{
	const struct size_conf *conf = policy_conf(c);
	uint64_t declared;
	struct limit_range range;

	if (!get_declared_size(c, &declared))
		return VERDICT_CONTINUE;
	range = compute_limit_range(c, trial, SIZE_MAX);
	if (declared <= range.most)
		return VERDICT_CONTINUE;
	return refuse_over_limit(c, "message", &conf->reply[SIZE_MESSAGE], declared, range.most,
				 range.most_of);
}

static enum verdict
size_envfrom(struct policy_call *c)
{
	return check_with_trials(c, check_at_mail, false);
}

/* The number of recipients that the client named, the current one included. Refused ones are no
 * longer in the message. */
static uint64_t
count_rcpts_so_far(const struct message *m, struct size_state *state)
{
	size_t last = message_last_sent_rcpt(m);

	for (; state->current < last; state->current++)
		state->n_before += m->rcpts[state->current].added_by == POSITION_MTA;
	return state->n_before + 1;
}

/* The message limit of the recipient that RCPT just named: the strictest of those that policies
 * before made of it. One that they removed allows any size and has no class. */
static struct limit_range
compute_current_range(struct policy_call *c, const struct size_trial *trial, size_t current)
{
	size_t i = policy_next_rcpt(c, current);
	struct limit_range all = {.least = NO_LIMIT, .most = NO_LIMIT};

	if (i == RCPT_NONE) {
		all.least = 0;
		return all;
	}
	for (; i != RCPT_NONE; i = policy_next_rcpt(c, i + 1)) {
		struct limit_range one = compute_limit_range(c, trial, i);

		if (one.least < all.least)
			all.least = one.least;
		if (one.most < all.most) {
			all.most = one.most;
			all.most_of = one.most_of;
		}
	}
	return all;
}

/* May this recipient be in one message with those before? The first recipient whose limit is
 * known sets the class; one whose limit is not known yet fits any class, and the strictest
 * limit counts in the end. */
static bool
rcpt_fits_class(struct size_class *class, size_t current, struct limit_range range)
{
	if (range.least != range.most)
		return true;
	if (class->is_set && class->from < current)
		return class->limit == range.most;
	*class = (struct size_class){.is_set = true, .from = current, .limit = range.most};
	return true;
}

/* Has the message to be of one class? */
static bool
splits_classes(struct policy_call *c, const struct size_trial *trial)
{
	const struct size_conf *conf = policy_conf(c);
	bool varies = conf->message_varies ||
		      (trial != NULL && (trial->limit->least != conf->max[SIZE_MESSAGE] ||
					 trial->limit->most != conf->max[SIZE_MESSAGE]));

	return conf->defers_classes && varies && !peer_is_local_submission(policy_peer(c));
}

static enum verdict
check_at_rcpt(struct policy_call *c, struct size_trial *trial)
{
	const struct size_conf *conf = policy_conf(c);
	struct size_state *state = policy_msg_state(c);
	struct size_class *class = trial != NULL ? &trial->class : &state->class;
	struct limit_range range = {.least = NO_LIMIT, .most = NO_LIMIT};
	uint64_t n = count_rcpts_so_far(policy_message(c), state), declared;
	bool is_declared = get_declared_size(c, &declared);

	if (conf->limits_message || trial != NULL)
		range = compute_current_range(c, trial, state->current);
	if (is_declared && declared > range.most)
		return refuse_over_limit(c, "message", &conf->reply[SIZE_MESSAGE], declared,
					 range.most, range.most_of);
	if (n > conf->recipients)
		return refuse_over_limit(c, NULL, &conf->too_many, n, conf->recipients, NULL);
	if (!is_declared && splits_classes(c, trial) &&
	    !rcpt_fits_class(class, state->current, range))
		return policy_refuse(c, &conf->other_class, &(struct placeholder_values){0});
	return VERDICT_CONTINUE;
}

static enum verdict
size_envrcpt(struct policy_call *c)
{
	return check_with_trials(c, check_at_rcpt, true);
}

static bool
trial_has_refused(const struct size_trial *trial, const struct rcpt *r)
{
	for (size_t i = 0; trial != NULL && i < trial->n_refused; i++)
		if (trial->refused[i] == r->addr)
			return true;
	return false;
}

/* The smallest limit of each quantity, and the section `limit` that has it; NULL: the policy's
 * section. */
struct strictest_limits {
	uint64_t max[SIZE_COUNT];
	const struct size_limit *of[SIZE_COUNT];
};

/* Takes the limits that count for one recipient into account. Returns false when a condition
 * failed. */
static bool
add_rcpt_limits(struct policy_call *c, const struct size_trial *trial, size_t rcpt,
		struct strictest_limits *ret)
{
	const struct size_conf *conf = policy_conf(c);
	const struct size_limit *l = NULL;
	uint64_t max[SIZE_COUNT];

	for (size_t i = 0; i < conf->n_limits && l == NULL; i++) {
		int holds = limit_holds(c, &conf->limits[i], trial, rcpt);

		if (holds < 0 || holds == TRI_UNKNOWN)
			return false;
		if (holds == TRI_YES)
			l = &conf->limits[i];
	}
	memcpy(max, l != NULL ? l->max : conf->max, sizeof(max));
	if (l != NULL && l->has_table && find_table_limit(c, l, rcpt, &max[SIZE_MESSAGE]) < 0)
		return false;
	for (size_t i = 0; i < SIZE_COUNT; i++)
		if (max[i] < ret->max[i]) {
			ret->max[i] = max[i];
			ret->of[i] = l;
		}
	return true;
}

/* Of all recipients. Returns false when a condition failed. */
static bool
find_strictest_limits(struct policy_call *c, const struct size_trial *trial,
		      struct strictest_limits *ret)
{
	const struct size_conf *conf = policy_conf(c);
	const struct message *m = policy_message(c);
	size_t rcpt = policy_next_rcpt(c, 0);

	*ret = (struct strictest_limits){0};
	memcpy(ret->max, conf->max, sizeof(conf->max));
	if (conf->n_limits == 0 || rcpt == RCPT_NONE)
		return true;
	for (size_t i = 0; i < SIZE_COUNT; i++)
		ret->max[i] = NO_LIMIT;
	for (; rcpt != RCPT_NONE; rcpt = policy_next_rcpt(c, rcpt + 1))
		if (!trial_has_refused(trial, &m->rcpts[rcpt]) &&
		    !add_rcpt_limits(c, trial, rcpt, ret))
			return false;
	return true;
}

/* All recipients that the client named. They are too many in message() only when RCPT could not
 * be answered; then the whole message is refused. */
static uint64_t
count_client_rcpts(const struct message *m)
{
	uint64_t n = 0;

	for (size_t i = 0; i < m->n_rcpts; i++)
		n += m->rcpts[i].added_by == POSITION_MTA;
	return n;
}

static enum verdict
check_message(struct policy_call *c, struct size_trial *trial)
{
	const struct size_conf *conf = policy_conf(c);
	uint64_t n = count_client_rcpts(policy_message(c));
	struct strictest_limits strictest;

	if (n > conf->recipients)
		return refuse_over_limit(c, "recipients", &conf->too_many, n, conf->recipients,
					 NULL);
	if (!find_strictest_limits(c, trial, &strictest))
		return VERDICT_ERROR;
	for (size_t i = 0; i < SIZE_COUNT; i++) {
		uint64_t size;

		if (strictest.max[i] == NO_LIMIT)
			continue;
		if (measure_quantity(c, (enum size_quantity)i, &size) < 0)
			return policy_fail(c, "the body was not kept");
		if (size > strictest.max[i])
			return refuse_over_limit(c, size_quantity_names[i], &conf->reply[i],
						 size, strictest.max[i], strictest.of[i]);
	}
	policy_set_size_limit(c, strictest.max[SIZE_MESSAGE]);
	return VERDICT_CONTINUE;
}

static enum verdict
size_message(struct policy_call *c)
{
	return check_with_trials(c, check_message, false);
}

const struct policy_ops policy_size = {
	.name = "size",
	.summary = "limits on what a message may be",
	.also = "max_size message_size_limit sizelimit",
	.options = size_options,
	.msg_size = sizeof(struct size_state),
	.configure = size_configure,
	.envfrom = size_envfrom,
	.envrcpt = size_envrcpt,
	.message = size_message,
};
