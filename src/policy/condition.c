/* Conditions, judged: each line says no, yes or "not known yet"; one no is the answer. */
#include "policy/condition.h"

#include <string.h>

#include "content/header_text.h"
#include "match/domain.h"
#include "match/table.h"
#include "policy/condition_line.h"
#include "policy/policy.h"
#include "util/arena.h"
#include "util/buf.h"
#include "util/str.h"

#define DELIMITER '+' /* of an address's extension, for tables */

/* What is put to a list of values. text NULL: there is no such thing, and nothing fits. */
struct subject {
	const char *text;
	size_t len;	   /* for patterns */
	const char *ascii; /* for what was written: text, with its domain in A-labels */
};

static int
tri_of(bool holds)
{
	return holds ? TRI_YES : TRI_NO;
}

/* Is part of the message what it will be, from this stage on? At eom everything is. */
static bool
is_settled(const struct condition_view *v, uint32_t part, enum stage from)
{
	return v->stage == STAGE_EOM || (v->stage >= from && (v->pending & part) == 0);
}

/* "example.com." is example.com. */
static size_t
domain_length(const char *s)
{
	size_t len = strlen(s);

	return len > 0 && s[len - 1] == '.' ? len - 1 : len;
}

static bool
address_fits(const char *written, const char *mailbox)
{
	if (mailbox[0] == '\0')
		return strcmp(written, "<>") == 0;
	return str_case_equal_n(written, strlen(written), mailbox, domain_length(mailbox));
}

static bool
is_about_address(enum line_kind kind)
{
	return kind == LINE_SENDER || kind == LINE_RECIPIENT;
}

static bool
is_about_domain(enum line_kind kind)
{
	return kind == LINE_SENDER_DOMAIN || kind == LINE_RECIPIENT_DOMAIN;
}

static bool
text_fits(enum line_kind kind, const char *written, const char *text)
{
	if (is_about_address(kind))
		return address_fits(written, text);
	if (is_about_domain(kind))
		return domain_fits(text, written);
	if (kind == LINE_LISTENER)
		return strcmp(written, text) == 0;
	return str_case_equal(written, text);
}

static int
table_fits(enum line_kind kind, const struct table *t, const struct condition_view *v,
	   const char *text)
{
	if (is_about_address(kind))
		return table_lookup_address(t, v->arena, v->limits, v->budget, text, DELIMITER,
					    NULL);
	if (is_about_domain(kind))
		return table_lookup_domain(t, v->arena, v->limits, v->budget, text, NULL);
	return table_lookup(t, v->arena, v->limits, v->budget, text, NULL);
}

/* 1, 0, or a negative number. */
static int
value_fits(enum line_kind kind, const struct value *value, const struct condition_view *v,
	   struct subject s)
{
	if (value->type == VALUE_TEXT)
		return text_fits(kind, value->text, s.ascii);
	if (value->type == VALUE_TABLE)
		return table_fits(kind, value->table, v, s.text);
	return regex_match(value->regex, v->limits, v->budget, s.text, s.len, NULL, NULL);
}

static int
one_fits(enum line_kind kind, const struct values *values, const struct condition_view *v,
	 struct subject s)
{
	int r = 0;

	for (size_t i = 0; i < values->n && r == 0; i++)
		r = value_fits(kind, &values->value[i], v, s);
	return r;
}

/* A list and its twin. */
static int
judge_subject(const struct line *l, const struct condition_view *v, struct subject s)
{
	int r = s.text == NULL ? 0 : one_fits(l->kind, &l->values, v, s);

	return r < 0 ? r : tri_of((r > 0) != l->twin);
}

static int
judge_list(const struct line *l, const struct condition_view *v, const char *text)
{
	return judge_subject(l, v, (struct subject){.text = text, .ascii = text});
}

/* The same for patterns: bytes from the wire are made UTF-8. */
static int
judge_patterns(const struct line *l, const struct condition_view *v, const char *text)
{
	struct subject s = {.len = strlen(text)};

	if (s.len > 0)
		s.text = regex_subject(text, &s.len);
	return judge_subject(l, v, s);
}

/* Empty is not there. */
static const char *
macro_of(const struct condition_view *v, const char *name)
{
	const char *value = v->macro(v->ctx, name);

	return value == NULL || *value == '\0' ? NULL : value;
}

/* A line about an address or a domain; a mailbox without a domain has none that fits. */
static int
judge_mailbox(const struct line *l, const struct condition_view *v, const char *mailbox)
{
	char out[DOMAIN_MAX_BYTES];
	struct subject s = {.text = mailbox, .ascii = domain_ascii(mailbox, out)};

	if (is_about_domain(l->kind)) {
		s.text = mailbox_domain(s.text);
		s.ascii = mailbox_domain(s.ascii);
	}
	if (is_about_domain(l->kind) && *s.text == '\0')
		s.text = NULL;
	return judge_subject(l, v, s);
}

static int
judge_listener(const struct line *l, const struct condition_view *v)
{
	return judge_list(l, v, v->listener);
}

static bool
network_fits(const struct value *value, const struct cidr *host)
{
	return value->type == VALUE_TABLE ? table_lookup_network(value->table, host)
					  : cidr_contains(&value->network, host);
}

static int
judge_client(const struct line *l, const struct condition_view *v)
{
	bool is_address, fits = false;
	struct cidr host;

	is_address = cidr_parse_host(v->peer->addr, &host) == 0;
	for (size_t i = 0; i < l->values.n && is_address && !fits; i++)
		fits = network_fits(&l->values.value[i], &host);
	return tri_of(fits != l->twin);
}

static int
judge_client_name(const struct line *l, const struct condition_view *v)
{
	return judge_patterns(l, v, v->peer->host);
}

static int
judge_helo(const struct line *l, const struct condition_view *v)
{
	return judge_patterns(l, v, v->peer->helo);
}

/* {auth_authen} and {tls_version} travel with MAIL and HELO, or never: they are known when a
 * message begins. */
static int
judge_authenticated(const struct line *l, const struct condition_view *v)
{
	return tri_of((macro_of(v, MACRO_AUTHEN) != NULL) == l->wanted);
}

static int
judge_tls(const struct line *l, const struct condition_view *v)
{
	return tri_of((macro_of(v, MACRO_TLS) != NULL) == l->wanted);
}

static int
judge_auth_user(const struct line *l, const struct condition_view *v)
{
	return judge_list(l, v, macro_of(v, MACRO_AUTHEN));
}

static int
judge_sender(const struct line *l, const struct condition_view *v)
{
	const struct sender *s = message_sender(v->message, v->position);

	if (!is_settled(v, PART_SENDER, STAGE_ENVFROM))
		return TRI_UNKNOWN;
	if (s == NULL)
		return judge_list(l, v, NULL);
	return judge_mailbox(l, v, s->mailbox);
}

static int
judge_size(const struct line *l, const struct condition_view *v)
{
	uint64_t size;

	if (v->stage != STAGE_EOM)
		return TRI_UNKNOWN;
	size = message_size(v->message);
	return tri_of(l->kind == LINE_SIZE_OVER ? size > l->bytes : size < l->bytes);
}

/* Do all lines about recipients hold for this one? */
static int
judge_rcpt(const struct condition *c, const struct condition_view *v, const struct rcpt *r)
{
	for (size_t i = 0; i < c->n_rcpt_lines; i++) {
		int holds = judge_mailbox(&c->rcpt_lines[i], v, r->mailbox);

		if (holds != TRI_YES)
			return holds;
	}
	return TRI_YES;
}

/* One recipient that fits decides for "any", one that does not for "all". */
static int
judge_all_rcpts(const struct condition *c, const struct condition_view *v)
{
	const int decides = c->every_rcpt ? TRI_NO : TRI_YES;
	const struct message *m = v->message;
	size_t i = v->stage < STAGE_DATA ? v->first_rcpt : 0, seen = 0;

	for (; (i = message_next_rcpt(m, v->position, i)) != RCPT_NONE; i++) {
		int r = judge_rcpt(c, v, &m->rcpts[i]);

		if (r < 0 || r == decides)
			return r;
		seen++;
	}
	if (v->stage < STAGE_DATA)
		return TRI_UNKNOWN;
	return tri_of(c->every_rcpt && seen > 0);
}

static int
judge_rcpts(const struct condition *c, const struct condition_view *v, size_t rcpt)
{
	if (rcpt != SIZE_MAX)
		return is_settled(v, PART_RCPTS, STAGE_ENVRCPT)
			       ? judge_rcpt(c, v, &v->message->rcpts[rcpt])
			       : TRI_UNKNOWN;
	if (!is_settled(v, PART_RCPTS, c->every_rcpt ? STAGE_DATA : STAGE_ENVRCPT))
		return TRI_UNKNOWN;
	return judge_all_rcpts(c, v);
}

static int
judge_macro(const struct line *l, const struct condition_view *v)
{
	const struct instances *in = l->instances;
	const char *value = v->macro(v->ctx, in->name);
	struct subject s;
	int r;

	if (value == NULL && v->stage != STAGE_EOM)
		return TRI_UNKNOWN;
	if (value == NULL)
		return tri_of(in->present == 0 && in->match.n == 0);
	if (in->present == 0)
		return TRI_NO;
	if (in->match.n == 0)
		return TRI_YES;
	s.len = strlen(value);
	s.text = regex_subject(value, &s.len);
	r = one_fits(l->kind, &in->match, v, s);
	return r < 0 ? r : tri_of(r > 0);
}

static int
one_form_fits(const struct text_form *forms, size_t n, const struct values *values,
	      const struct condition_view *v)
{
	int r = 0;

	for (size_t i = 0; i < n && r == 0; i++)
		r = one_fits(LINE_HEADER, values, v,
			     (struct subject){.text = forms[i].text, .len = forms[i].len});
	return r;
}

struct tally {
	uint64_t count;
	bool matched, spoilt; /* by match, by not_match */
};

static int
tally_value(const struct instances *in, const struct condition_view *v, struct header *h,
	    struct tally *t)
{
	struct text_form forms[2];
	size_t n;
	int r = 0;

	if ((in->match.n == 0 || t->matched) && in->not_match.n == 0)
		return 0;
	n = header_text_candidates(header_text(v->arena, h, in->decode), in->decode, forms);
	if (!t->matched)
		r = one_form_fits(forms, n, &in->match, v);
	if (r < 0)
		return r;
	t->matched |= r > 0;
	r = one_form_fits(forms, n, &in->not_match, v);
	t->spoilt |= r > 0;
	return r < 0 ? r : 0;
}

static int
tally_headers(const struct instances *in, const struct condition_view *v, struct tally *t)
{
	struct header *h = NULL;
	int r = 0;

	while (r == 0 && !t->spoilt &&
	       (h = message_find_header(v->message, in->name, in->key, h)) != NULL) {
		t->count++;
		r = tally_value(in, v, h, t);
	}
	return r;
}

static int
judge_header(const struct line *l, const struct condition_view *v)
{
	const struct instances *in = l->instances;
	struct tally t = {0};
	int r;

	if (!is_settled(v, PART_HEADERS, STAGE_EOH))
		return TRI_UNKNOWN;
	r = tally_headers(in, v, &t);
	if (r < 0)
		return r;
	if (t.spoilt || (in->match.n > 0 && !t.matched) ||
	    (in->not_match.n > 0 && t.count == 0))
		return TRI_NO;
	if (in->present >= 0 && (t.count > 0) != (in->present == 1))
		return TRI_NO;
	return tri_of(t.count >= in->min && t.count <= in->max);
}

/* Other conditions: the first that says what decides ends it; all: no, any and none: yes. */
static int
judge_others(const struct line *l, const struct condition_view *v, size_t rcpt)
{
	const int decides = l->kind == LINE_ALL ? TRI_NO : TRI_YES;
	int result = decides == TRI_NO ? TRI_YES : TRI_NO;

	for (size_t i = 0; i < l->values.n; i++) {
		int r = condition_evaluate(l->values.value[i].condition, v, rcpt);

		if (r < 0)
			return r;
		if (r == decides) {
			result = r;
			break;
		}
		if (r == TRI_UNKNOWN)
			result = TRI_UNKNOWN;
	}
	if (l->kind != LINE_NONE || result == TRI_UNKNOWN)
		return result;
	return tri_of(result == TRI_NO);
}

static int (*const judges[LINE_KINDS])(const struct line *, const struct condition_view *) = {
	[LINE_LISTENER] = judge_listener,
	[LINE_CLIENT] = judge_client,
	[LINE_AUTHENTICATED] = judge_authenticated,
	[LINE_TLS] = judge_tls,
	[LINE_AUTH_USER] = judge_auth_user,
	[LINE_SENDER] = judge_sender,
	[LINE_SENDER_DOMAIN] = judge_sender,
	[LINE_SIZE_OVER] = judge_size,
	[LINE_SIZE_UNDER] = judge_size,
	[LINE_CLIENT_NAME] = judge_client_name,
	[LINE_HELO] = judge_helo,
	[LINE_MACRO] = judge_macro,
	[LINE_HEADER] = judge_header,
};

static int
judge_line(const struct condition *c, const struct line *l, const struct condition_view *v,
	   size_t rcpt)
{
	if (l->kind == LINE_RECIPIENTS)
		return judge_rcpts(c, v, rcpt);
	if (l->kind == LINE_ALL || l->kind == LINE_ANY || l->kind == LINE_NONE)
		return judge_others(l, v, rcpt);
	return judges[l->kind](l, v);
}

int
condition_evaluate(const struct condition *c, const struct condition_view *view, size_t rcpt)
{
	int result = TRI_YES;

	for (size_t i = 0; i < c->n_lines; i++) {
		int r = judge_line(c, &c->lines[i], view, rcpt);

		if (r < 0 || r == TRI_NO)
			return r;
		if (r == TRI_UNKNOWN)
			result = TRI_UNKNOWN;
	}
	return result;
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

bool
condition_is_about_rcpts(const struct condition *c)
{
	return c->about_rcpts;
}

enum stage
condition_first_stage(const struct condition *c)
{
	return c->known.yes < c->known.no ? c->known.yes : c->known.no;
}

enum stage
condition_first_yes(const struct condition *c)
{
	return c->known.yes;
}

enum stage
condition_last_stage(const struct condition *c)
{
	return c->known.last;
}

const char *
condition_name(const struct condition *c)
{
	return c->name;
}
