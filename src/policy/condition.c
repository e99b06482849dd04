/* Evaluation of conditions. Input: a condition that condition_read.c made, and the view of a
 * message. Output: TRI_YES, TRI_NO or TRI_UNKNOWN, or a negative number of regex_match(); one
 * line that is TRI_NO decides. Lines are evaluated in the order of enum line_kind, so what
 * costs much is often not evaluated at all; this runs for each message and each policy. */
#include "policy/condition.h"

#include <string.h>
#include <time.h>

#include "match/table.h"
#include "policy/condition_found.h"
#include "policy/condition_line.h"
#include "policy/condition_match.h"
#include "policy/policy.h"
#include "util/arena.h"
#include "util/mailbox.h"
#include "util/str.h"

/* A line with a list of values, or its negated form. */
static int
evaluate_subject(const struct condition_line *l, const struct condition_view *v,
		 struct condition_subject s)
{
	int r = s.text == NULL ? 0 : condition_value_matches(l->kind, &l->values, v, s);

	return r < 0 ? r : tri_from_bool((r > 0) != l->negated);
}

static int
evaluate_text(const struct condition_line *l, const struct condition_view *v, const char *text)
{
	return evaluate_subject(l, v, (struct condition_subject){.text = text});
}

/* For lines with patterns. Text from the wire may have any bytes; regex_subject() makes it
 * UTF-8. Empty text is an absent thing. */
static int
evaluate_wire_text(const struct condition_line *l, const struct condition_view *v,
		   const char *text, const char *option)
{
	struct condition_subject s = {.len = strlen(text)};

	condition_note_cut(v, s.len, option);
	if (s.len > 0)
		s.text = regex_subject(text, &s.len);
	return evaluate_subject(l, v, s);
}

/* A macro that was sent without a value, or with blanks only, counts as not sent. */
static const char *
find_nonblank_macro(const struct condition_view *v, const char *name)
{
	return str_nonblank(v->macro(v->ctx, name));
}

/* A line about an address or a domain. other: the mailbox that the MTA takes it for, or NULL;
 * the line holds for either. */
static int
evaluate_mailbox(const struct condition_line *l, const struct condition_view *v,
		 const char *mailbox, const char *other)
{
	int r = condition_mailbox_matches(l, v, mailbox);

	if (r == 0 && other != NULL)
		r = condition_mailbox_matches(l, v, other);
	return r < 0 ? r : tri_from_bool((r > 0) != l->negated);
}

static int
evaluate_listener_line(const struct condition_line *l, const struct condition_view *v)
{
	return evaluate_text(l, v, v->listener);
}

static bool
network_value_matches(const struct condition_value *value, const struct cidr *host)
{
	return value->type == VALUE_TABLE ? table_lookup_network(value->table, host)
					  : cidr_contains(&value->network, host);
}

static int
evaluate_client_line(const struct condition_line *l, const struct condition_view *v)
{
	bool is_address, matches = false;
	struct cidr host;
	size_t i = 0;

	is_address = cidr_parse_host(v->peer->addr, &host) == 0;
	for (; i < l->values.n && is_address && !matches; i++)
		matches = network_value_matches(&l->values.value[i], &host);
	condition_note_comparison(v, v->peer->addr, matches ? &l->values.value[i - 1] : NULL);
	return tri_from_bool(matches != l->negated);
}

static int
evaluate_client_name_line(const struct condition_line *l, const struct condition_view *v)
{
	return evaluate_wire_text(l, v, v->peer->host, "client_name");
}

static int
evaluate_helo_line(const struct condition_line *l, const struct condition_view *v)
{
	return evaluate_wire_text(l, v, v->peer->helo, "helo");
}

/* MTAs send {auth_authen} with MAIL and {tls_version} with HELO, or not at all. So both are
 * known as soon as a message begins. */
static int
evaluate_authenticated_line(const struct condition_line *l, const struct condition_view *v)
{
	const char *user = find_nonblank_macro(v, MACRO_AUTHEN);

	condition_note_comparison(v, user, NULL);
	return tri_from_bool((user != NULL) == l->expected);
}

static int
evaluate_tls_line(const struct condition_line *l, const struct condition_view *v)
{
	const char *version = find_nonblank_macro(v, MACRO_TLS);

	condition_note_comparison(v, version, NULL);
	return tri_from_bool((version != NULL) == l->expected);
}

static int
evaluate_auth_user_line(const struct condition_line *l, const struct condition_view *v)
{
	const char *user = find_nonblank_macro(v, MACRO_AUTHEN);

	if (user == NULL || strchr(user, '@') == NULL)
		return evaluate_text(l, v, user);
	return evaluate_mailbox(l, v, mailbox_from_path(v->match.arena, user), user);
}

static int
evaluate_sender_line(const struct condition_line *l, const struct condition_view *v)
{
	const struct sender *s = message_sender(v->message, v->position);

	if (!is_part_final(v, PART_SENDER, STAGE_ENVFROM))
		return TRI_UNKNOWN;
	if (s == NULL)
		return evaluate_text(l, v, NULL);
	return evaluate_mailbox(l, v, s->mailbox, s->other);
}

/* For the trace: "Mon 2026-03-30 08:05 in Europe/Berlin". */
static const char *
describe_time(struct arena *arena, const struct condition_line *l, int64_t at,
	      const struct local_time *local)
{
	time_t shifted = (time_t)(at + time_zone_offset(l->zone, at));
	struct tm tm;
	char date[32];

	if (gmtime_r(&shifted, &tm) == NULL ||
	    strftime(date, sizeof(date), "%Y-%m-%d %H:%M", &tm) == 0)
		return NULL;
	return arena_printf(arena, "%s %s, %s", hours_weekday(local->weekday), date,
			    time_zone_name(l->zone));
}

static int
evaluate_time_line(const struct condition_line *l, const struct condition_view *v)
{
	struct local_time local = time_zone_local(l->zone, v->time);
	bool holds = false;
	size_t i = 0;

	for (; i < l->values.n && !holds; i++)
		holds = hours_include(l->values.value[i].hours, &local);
	if (v->step != NULL)
		condition_note_comparison(v, describe_time(v->match.arena, l, v->time, &local),
					  holds ? &l->values.value[i - 1] : NULL);
	return tri_from_bool(holds != l->negated);
}

static int
evaluate_size_line(const struct condition_line *l, const struct condition_view *v)
{
	uint64_t size;

	if (v->stage != STAGE_EOM)
		return TRI_UNKNOWN;
	size = message_size(v->message);
	if (v->step != NULL)
		v->step->subject =
			arena_printf(v->match.arena, "%llu", (unsigned long long)size);
	return tri_from_bool(l->kind == LINE_SIZE_OVER ? size > l->bytes : size < l->bytes);
}

/* The same with a trace of the line, for this recipient. */
static int
trace_rcpt_line(const struct condition *c, const struct condition_line *l,
		const struct condition_view *v, const struct rcpt *r)
{
	struct condition_step step = {.condition = c,
				      .line = condition_line_text(v->match.arena, l)};
	struct condition_view own = *v;

	own.step = &step;
	step.result = evaluate_mailbox(l, &own, r->mailbox, r->other);
	v->trace(v->ctx, &step);
	return step.result;
}

/* Do all lines about recipients hold for this recipient? */
static int
evaluate_one_rcpt(const struct condition *c, const struct condition_view *v,
		  const struct rcpt *r)
{
	for (size_t i = 0; i < c->n_rcpt_lines; i++) {
		int holds = v->trace == NULL ? evaluate_mailbox(&c->rcpt_lines[i], v,
								r->mailbox, r->other)
					     : trace_rcpt_line(c, &c->rcpt_lines[i], v, r);

		if (holds != TRI_YES)
			return holds;
	}
	return TRI_YES;
}

/* recipient_scope "any": one recipient for which the lines hold decides; "all": one for which
 * they do not. Before DATA more recipients may come. */
static int
evaluate_all_rcpts(const struct condition *c, const struct condition_view *v)
{
	const int decides = c->all_rcpts ? TRI_NO : TRI_YES;
	const struct message *m = v->message;
	size_t i = v->stage < STAGE_DATA ? v->first_rcpt : 0, seen = 0;

	for (; (i = message_next_rcpt(m, v->position, i)) != RCPT_NONE; i++) {
		int r = evaluate_one_rcpt(c, v, &m->rcpts[i]);

		if (r < 0 || r == decides)
			return r;
		seen++;
	}
	if (v->stage < STAGE_DATA)
		return TRI_UNKNOWN;
	return tri_from_bool(c->all_rcpts && seen > 0);
}

static int
evaluate_rcpt_lines(const struct condition *c, const struct condition_view *v, size_t rcpt)
{
	if (rcpt != SIZE_MAX)
		return is_part_final(v, PART_RCPTS, STAGE_ENVRCPT)
			       ? evaluate_one_rcpt(c, v, &v->message->rcpts[rcpt])
			       : TRI_UNKNOWN;
	if (!is_part_final(v, PART_RCPTS, c->all_rcpts ? STAGE_DATA : STAGE_ENVRCPT))
		return TRI_UNKNOWN;
	return evaluate_all_rcpts(c, v);
}

static int
evaluate_macro_line(const struct condition_line *l, const struct condition_view *v)
{
	const struct condition_section *macro = l->section;
	const char *value = v->macro(v->ctx, macro->name);
	struct condition_subject s;
	int r;

	if (value == NULL && v->stage != STAGE_EOM)
		return TRI_UNKNOWN;
	if (value == NULL)
		return tri_from_bool(macro->present == 0 && macro->match.n == 0);
	if (macro->present == 0)
		return TRI_NO;
	if (macro->match.n == 0)
		return TRI_YES;
	s.len = strlen(value);
	condition_note_cut(v, s.len, macro->name);
	s.text = regex_subject(value, &s.len);
	r = condition_value_matches(l->kind, &macro->match, v, s);
	return r < 0 ? r : tri_from_bool(r > 0);
}

/* A line `all`, `any` or `none`. One named condition that is TRI_NO decides for `all`, one that
 * is TRI_YES for `any` and `none`. */
static int
evaluate_named_conditions(const struct condition_line *l, const struct condition_view *v,
			  size_t rcpt)
{
	const int decides = l->kind == LINE_ALL ? TRI_NO : TRI_YES;
	int result = decides == TRI_NO ? TRI_YES : TRI_NO;

	for (size_t i = 0; i < l->values.n; i++) {
		int r = condition_evaluate(l->values.value[i].condition, v, rcpt);

		if (r < 0)
			return r;
		if (r == decides) {
			result = r;
			condition_note_comparison(v, NULL, &l->values.value[i]);
			break;
		}
		if (r == TRI_UNKNOWN)
			result = TRI_UNKNOWN;
	}
	if (l->kind != LINE_NONE || result == TRI_UNKNOWN)
		return result;
	return tri_from_bool(result == TRI_NO);
}

static int
evaluate_policy_line(const struct condition_line *l, const struct condition_view *v)
{
	return condition_found_evaluate(l->found, v);
}

static int (*const line_evaluators[LINE_KINDS])(const struct condition_line *,
						const struct condition_view *) = {
	[LINE_LISTENER] = evaluate_listener_line,
	[LINE_CLIENT] = evaluate_client_line,
	[LINE_AUTHENTICATED] = evaluate_authenticated_line,
	[LINE_TLS] = evaluate_tls_line,
	[LINE_AUTH_USER] = evaluate_auth_user_line,
	[LINE_SENDER] = evaluate_sender_line,
	[LINE_SENDER_DOMAIN] = evaluate_sender_line,
	[LINE_TIME] = evaluate_time_line,
	[LINE_SIZE_OVER] = evaluate_size_line,
	[LINE_SIZE_UNDER] = evaluate_size_line,
	[LINE_SENDER_MATCH] = evaluate_sender_line,
	[LINE_CLIENT_NAME] = evaluate_client_name_line,
	[LINE_HELO] = evaluate_helo_line,
	[LINE_MACRO] = evaluate_macro_line,
	[LINE_POLICY] = evaluate_policy_line,
	[LINE_HEADER_FROM] = condition_evaluate_header_from_line,
	[LINE_HEADER_FROM_DOMAIN] = condition_evaluate_header_from_line,
	[LINE_HEADER] = condition_evaluate_header_line,
	[LINE_URL_DOMAIN] = condition_evaluate_url_domain_line,
};

static int
evaluate_condition_line(const struct condition *c, const struct condition_line *l,
			const struct condition_view *v, size_t rcpt)
{
	if (l->kind == LINE_RECIPIENTS)
		return evaluate_rcpt_lines(c, v, rcpt);
	if (l->kind == LINE_ALL || l->kind == LINE_ANY || l->kind == LINE_NONE)
		return evaluate_named_conditions(l, v, rcpt);
	return line_evaluators[l->kind](l, v);
}

/* The same with a trace. Lines about recipients have their own, for each recipient. */
static int
trace_condition_line(const struct condition *c, const struct condition_line *l,
		     const struct condition_view *v, size_t rcpt)
{
	struct condition_step step = {.condition = c};
	struct condition_view own = *v;

	own.step = &step;
	step.result = evaluate_condition_line(c, l, &own, rcpt);
	if (l->kind == LINE_RECIPIENTS)
		return step.result;
	step.line = condition_line_text(v->match.arena, l);
	v->trace(v->ctx, &step);
	return step.result;
}

int
condition_evaluate(const struct condition *c, const struct condition_view *view, size_t rcpt)
{
	int result = TRI_YES;

	for (size_t i = 0; i < c->n_lines; i++) {
		int r = view->trace == NULL
				? evaluate_condition_line(c, &c->lines[i], view, rcpt)
				: trace_condition_line(c, &c->lines[i], view, rcpt);

		if (r < 0 || r == TRI_NO)
			return r;
		if (r == TRI_UNKNOWN)
			result = TRI_UNKNOWN;
	}
	return result;
}

static int
look_mailbox_up(const struct condition_line *l, const struct condition_view *v,
		const char *mailbox, const char **ret_value)
{
	const struct table *t = l->values.value[0].table;
	const char *domain = mailbox_domain(mailbox);

	if (condition_compares_address(l->kind))
		return table_lookup_address(t, &v->match, mailbox, TABLE_EXTENSION_DELIMITER,
					    ret_value);
	return *domain != '\0' ? table_lookup_domain(t, &v->match, domain, ret_value) : 0;
}

int
condition_table_value(const struct condition *c, const struct condition_view *view, size_t rcpt,
		      const char **ret_value)
{
	const struct condition_line *l = c->table_line;
	const struct sender *from = message_sender(view->message, view->position);
	const char *mailbox = NULL, *other = NULL;
	int r;

	if (l->kind == LINE_RECIPIENT || l->kind == LINE_RECIPIENT_DOMAIN) {
		mailbox = view->message->rcpts[rcpt].mailbox;
		other = view->message->rcpts[rcpt].other;
	} else if (from != NULL) {
		mailbox = from->mailbox;
		other = from->other;
	}
	r = mailbox != NULL ? look_mailbox_up(l, view, mailbox, ret_value) : 0;
	return r == 0 && other != NULL ? look_mailbox_up(l, view, other, ret_value) : r;
}

uint32_t
condition_reads(const struct condition *c)
{
	return c->reads;
}

const char *
condition_macros(const struct condition *c)
{
	return c->macros;
}

enum stage
condition_last_stage(const struct condition *c)
{
	return c->last_stage;
}

const char *
condition_kind(const struct condition *c)
{
	return c->kind;
}

const char *
condition_name(const struct condition *c)
{
	return c->name;
}

const char *const *
condition_policies(const struct condition *c, size_t *ret_n)
{
	*ret_n = c->n_policies;
	return c->policies;
}
