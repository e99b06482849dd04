/* Compares what a line of a condition is about with the values of the line: texts, tables and
 * patterns, each in the way of the line's kind. */
#include "policy/condition_match.h"

#include <string.h>

#include "match/table.h"
#include "util/arena.h"
#include "util/domain.h"
#include "util/mailbox.h"
#include "util/str.h"

static bool
address_equals(const char *written, const char *mailbox)
{
	return str_case_equal(written, *mailbox == '\0' ? "<>" : mailbox);
}

bool
condition_compares_address(enum line_kind kind)
{
	return kind == LINE_SENDER || kind == LINE_RECIPIENT || kind == LINE_HEADER_FROM;
}

static bool
compares_domain(enum line_kind kind)
{
	return kind == LINE_SENDER_DOMAIN || kind == LINE_RECIPIENT_DOMAIN ||
	       kind == LINE_HEADER_FROM_DOMAIN || kind == LINE_URL_DOMAIN;
}

static bool
text_value_matches(enum line_kind kind, const char *written, const char *text)
{
	if (condition_compares_address(kind))
		return address_equals(written, text);
	if (compares_domain(kind))
		return domain_fits(text, written);
	if (kind == LINE_LISTENER)
		return strcmp(written, text) == 0;
	return str_case_equal(written, text);
}

static int
table_value_matches(enum line_kind kind, const struct table *t, const struct condition_view *v,
		    const char *text)
{
	if (condition_compares_address(kind))
		return table_lookup_address(t, &v->match, text, TABLE_EXTENSION_DELIMITER,
					    NULL);
	if (compares_domain(kind))
		return table_lookup_domain(t, &v->match, text, NULL);
	return table_lookup(t, &v->match, text, NULL);
}

/* Returns 1, 0, or a negative number of regex_match(). */
static int
one_value_matches(enum line_kind kind, const struct condition_value *value,
		  const struct condition_view *v, struct condition_subject s)
{
	if (value->type == VALUE_TEXT)
		return text_value_matches(kind, value->text, s.text);
	if (value->type == VALUE_TABLE)
		return table_value_matches(kind, value->table, v, s.text);
	return regex_match(value->regex, v->match.limits, v->match.budget, s.text, s.len, NULL,
			   NULL);
}

void
condition_note_comparison(const struct condition_view *v, const char *subject,
			  const struct condition_value *value)
{
	if (v->step == NULL)
		return;
	v->step->subject = subject != NULL ? arena_strdup(v->match.arena, subject) : NULL;
	if (value != NULL)
		v->step->value = condition_value_text(v->match.arena, value);
}

int
condition_value_matches(enum line_kind kind, const struct condition_values *values,
			const struct condition_view *v, struct condition_subject s)
{
	size_t i = 0;
	int r = 0;

	for (; i < values->n && r == 0; i++)
		r = one_value_matches(kind, &values->value[i], v, s);
	condition_note_comparison(v, s.text, r > 0 ? &values->value[i - 1] : NULL);
	return r;
}

void
condition_note_cut(const struct condition_view *v, size_t len, const char *name)
{
	if (len > REGEX_MAX_SUBJECT && v->note_cut != NULL)
		v->note_cut(v->ctx, name);
}

static bool
compares_pattern(enum line_kind kind)
{
	return kind == LINE_SENDER_MATCH || kind == LINE_RECIPIENT_MATCH;
}

/* Does a pattern match the mailbox, in one of its forms? The null sender is an empty text. */
static int
some_pattern_matches_mailbox(const struct condition_line *l, const struct condition_view *v,
			     const char *mailbox)
{
	char out[DOMAIN_MAX_BYTES];
	const char *form;
	unsigned i = 0;
	int r = 0;

	condition_note_cut(v, strlen(mailbox), condition_line_name(l->kind));
	while (r == 0 && (form = domain_next_form(mailbox, &i, out)) != NULL) {
		struct condition_subject s = {.len = strlen(form)};

		s.text = regex_subject(form, &s.len);
		r = condition_value_matches(l->kind, &l->values, v, s);
	}
	return r;
}

/* Does a value match the mailbox, or its domain? A mailbox without a domain (the null sender)
 * has an absent one. */
int
condition_mailbox_matches(const struct condition_line *l, const struct condition_view *v,
			  const char *mailbox)
{
	struct condition_subject s = {.text = mailbox};

	if (compares_pattern(l->kind))
		return some_pattern_matches_mailbox(l, v, mailbox);
	if (compares_domain(l->kind))
		s.text = mailbox_domain(mailbox);
	if (compares_domain(l->kind) && *s.text == '\0')
		return 0;
	return condition_value_matches(l->kind, &l->values, v, s);
}
