/* Checks and makes the actions of rows. A row's value is cut into its word and its text; the
 * text is parsed by what the word makes of it. When a row has been found, the groups are put
 * into the text first, as text without placeholders; when the configuration is loaded, each of
 * them is a letter. */
#include "text/row_action.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "match/regex.h"
#include "match/written.h"
#include "option/option.h"
#include "text/placeholder.h"
#include "util/arena.h"
#include "util/buf.h"
#include "util/str.h"

/* The texts of replies that a row leaves out. */
#define REJECT_TEXT   "Message refused by local policy"
#define TEMPFAIL_TEXT "Message refused for now by local policy"

struct row_word {
	const char *word;
	enum rule_action action;
	bool as_defer; /* the MTA could wait for later restrictions; a milter cannot */
};

static const struct row_word row_words[] = {
	{"OK", RULE_PASS, false},
	{"PERMIT", RULE_PASS, false},
	{"PASS", RULE_PASS, false},
	{"DUNNO", RULE_PASS, false},
	{"REJECT", RULE_REJECT, false},
	{"DEFER", RULE_TEMPFAIL, false},
	{"DEFER_IF_PERMIT", RULE_TEMPFAIL, true},
	{"DEFER_IF_REJECT", RULE_TEMPFAIL, true},
	{"DISCARD", RULE_DISCARD, false},
	{"HOLD", RULE_QUARANTINE, false},
	{"WARN", RULE_LOG, false},
	{"INFO", RULE_LOG, false},
	{"REDIRECT", RULE_REDIRECT, false},
	{"BCC", RULE_BCC, false},
	{"PREPEND", RULE_INSERT, false},
	{"IGNORE", RULE_REMOVE, false},
	{"STRIP", RULE_REMOVE, false},
	{"REPLACE", RULE_REPLACE, false},
	{NULL, RULE_PASS, false},
};

/* Where the reason goes for which a row is refused. */
struct row_error {
	char *why;
	size_t size;
};

/* One row at work. */
struct row_reader {
	struct arena *arena;
	const struct row_form *form;
	struct row_error error;
};

static int
refuse_row(const struct row_error *e, const char *text)
{
	snprintf(e->why, e->size, "%s", text);
	return -EINVAL;
}

/* The word that the value begins with; NULL: none of ours. */
static const struct row_word *
find_row_word(const char *value, size_t len)
{
	const struct row_word *w = row_words;

	while (w->word != NULL && !str_case_equal_n(w->word, strlen(w->word), value, len))
		w++;
	return w->word != NULL ? w : NULL;
}

/* What people write that is not an action here, and what to write instead. */
static int
explain_unknown_word(const struct row_error *e, const char *value, size_t len)
{
	if (len == 0)
		return refuse_row(e, "the row has no action");
	if (str_case_equal_n("FILTER", 6, value, len))
		return refuse_row(e, "'FILTER' is not an action here: a service policy such as "
				     "milter in the chain asks another filter");
	if (str_case_starts(value, "reject_") || str_case_starts(value, "permit_") ||
	    str_case_starts(value, "check_") || str_case_starts(value, "defer_") ||
	    str_case_starts(value, "warn_if_")) {
		snprintf(e->why, e->size,
			 "'%.*s' is not an action here: restrictions stay in the MTA, or "
			 "become rules of this policy",
			 (int)len, value);
		return -EINVAL;
	}
	snprintf(e->why, e->size,
		 "'%.*s' is not an action here; actions are OK, DUNNO, REJECT, "
		 "DEFER, 5NN and 4NN with a text, DISCARD, HOLD, WARN, INFO, "
		 "REDIRECT, BCC, PREPEND, IGNORE, STRIP, REPLACE",
		 (int)(len > 60 ? 60 : len), value);
	return -EINVAL;
}

/* A text without codes gets 550 5.7.1 or 450 4.7.1. */
static int
parse_row_reply(const struct row_reader *r, bool reject, const char *text, struct reply *ret)
{
	struct reply own;

	if (reply_parse(r->arena,
			reject ? "550 5.7.1 " REJECT_TEXT : "450 4.7.1 " TEMPFAIL_TEXT, 0, &own,
			r->error.why, r->error.size) < 0)
		return -EINVAL;
	if (reply_enhanced_code_length(text) > 0)
		text = arena_printf(r->arena, "%u %s", own.code, text);
	return reply_parse_value(r->arena, text, reject, &own, r->form->allowed, ret,
				 r->error.why, r->error.size);
}

/* "Name: value" */
static int
parse_row_header(const struct row_reader *r, const char *text, struct row_action *ret)
{
	const char *colon = strchr(text, ':');
	struct template *value;

	if (colon == NULL || !str_is_header_name(text, (size_t)(colon - text)))
		return refuse_row(&r->error,
				  "behind this word stands a header field, \"Name: value\"");
	ret->header = arena_strndup(r->arena, text, (size_t)(colon - text));
	ret->text = str_skip_blanks(colon + 1);
	return template_compile(r->arena, ret->text, r->form->allowed, &value, r->error.why,
				r->error.size);
}

static int
parse_row_address(const struct row_reader *r, const char *text, struct row_action *ret)
{
	size_t len = strlen(text);
	const char *fault;

	if (len > 1 && text[0] == '<' && text[len - 1] == '>')
		text = arena_strndup(r->arena, text + 1, len - 2);
	fault = *text == '\0' ? "an address must stand behind this word"
			      : written_target_fault(text);
	ret->text = text;
	return fault != NULL ? refuse_row(&r->error, fault) : 0;
}

/* The value, in which no groups are left. */
static int
parse_row(const struct row_reader *r, const char *value, struct row_action *ret)
{
	size_t len = strcspn(value, " \t"), digits = str_digit_run(value, strlen(value));
	const struct row_word *word = find_row_word(value, len);
	const char *text = str_skip_blanks(value + len);

	*ret = (struct row_action){.text = text};
	if (word == NULL && digits > 0 && value[digits] == '\0') {
		ret->action = RULE_PASS;
		return 0;
	}
	if (word == NULL && digits == 3 && digits == len && (*value == '4' || *value == '5')) {
		ret->action = *value == '5' ? RULE_REJECT : RULE_TEMPFAIL;
		return parse_row_reply(r, *value == '5', value, &ret->reply);
	}
	if (word == NULL)
		return explain_unknown_word(&r->error, value, len);
	ret->action = word->action;
	if (word->action == RULE_REJECT || word->action == RULE_TEMPFAIL)
		return parse_row_reply(r, word->action == RULE_REJECT, text, &ret->reply);
	if (word->action == RULE_INSERT || word->action == RULE_REPLACE)
		return parse_row_header(r, text, ret);
	if (word->action == RULE_REDIRECT || word->action == RULE_BCC)
		return parse_row_address(r, text, ret);
	return 0;
}

/* Doubles each '%' that begins no placeholder, so that it stays one. */
static const char *
keep_percents(struct arena *arena, const char *text)
{
	struct buf out = {0};

	if (strchr(text, '%') == NULL)
		return text;
	for (; *text != '\0'; text++) {
		if (text[0] == '%' && text[1] != '{')
			buf_putc(&out, '%');
		buf_putc(&out, (unsigned char)*text);
	}
	return buf_move_to_arena(&out, arena);
}

static bool
has_row_action(const char *value, enum rule_action a, enum rule_action b)
{
	const struct row_word *word = find_row_word(value, strcspn(value, " \t"));

	return word != NULL && (word->action == a || word->action == b);
}

static bool
is_refusal_row(const char *value)
{
	return str_is_digit(*value) || has_row_action(value, RULE_REJECT, RULE_TEMPFAIL);
}

static bool
has_header_row(const char *value)
{
	return has_row_action(value, RULE_INSERT, RULE_REPLACE);
}

/* The value with a letter for each group, in which a '%' is as in a template. */
static const char *
fill_in_for_check(struct arena *arena, const char *value)
{
	const char *text = is_refusal_row(value) || has_header_row(value)
				   ? keep_percents(arena, value)
				   : value;

	return regex_fill_in(arena, text);
}

struct row_checker {
	struct row_reader reader;
	uint32_t actions, uses;
};

/* PLACEHOLDER_BIT()s in the text of an inserted or replaced field; it compiles. */
static uint32_t
find_text_uses(const struct row_checker *c, const struct row_action *row)
{
	struct template *value;
	char why[64];

	if (row->reply.text != NULL)
		return template_uses(row->reply.text);
	if (row->header == NULL ||
	    template_compile(c->reader.arena, row->text, c->reader.form->allowed, &value, why,
			     sizeof(why)) < 0)
		return 0;
	return template_uses(value);
}

static enum entry_fault
doubt_row(const struct row_action *row, const char *value, char *why, size_t size)
{
	const struct row_word *word = find_row_word(value, strcspn(value, " \t"));

	if (word != NULL && word->as_defer)
		snprintf(why, size, "'%.100s': %s acts as DEFER", value, word->word);
	else if (row->reply.text != NULL && row->reply.code == 421)
		snprintf(why, size, "'%.100s': a 421 reply ends the client's session", value);
	else
		return ENTRY_FITS;
	return ENTRY_DOUBTFUL;
}

static enum entry_fault
check_row(void *ctx, const char *key, const char *value, char *why, size_t size)
{
	struct row_checker *c = ctx;
	struct row_action row;
	char text[256];

	(void)key;
	c->reader.error = (struct row_error){text, sizeof(text)};
	if (parse_row(&c->reader, fill_in_for_check(c->reader.arena, value), &row) < 0) {
		snprintf(why, size, "'%.100s': %s", value, text);
		return ENTRY_WRONG;
	}
	if ((c->reader.form->actions & RULE_ACTION_BIT(row.action)) == 0) {
		snprintf(why, size, "'%.100s': this action has no meaning here", value);
		return ENTRY_WRONG;
	}
	c->actions |= RULE_ACTION_BIT(row.action);
	c->uses |= find_text_uses(c, &row);
	return doubt_row(&row, value, why, size);
}

int
row_action_check(struct arena *arena, const struct table *t, const struct row_form *form,
		 uint32_t *ret_actions, uint32_t *ret_uses)
{
	struct row_checker checker = {.reader = {.arena = arena, .form = form}};
	int r = table_check_entries(t, check_row, &checker);

	*ret_actions = checker.actions;
	*ret_uses = checker.uses;
	return r;
}

bool
row_action_is_valid(struct arena *arena, const struct row_form *form, const char *value,
		    char *why, size_t why_size)
{
	const struct row_reader reader = {
		.arena = arena, .form = form, .error = {why, why_size}};
	struct row_action row;

	return parse_row(&reader, fill_in_for_check(arena, value), &row) == 0;
}

/* Appends what stands for "$1" or "$$". */
static void
append_group(const char *dollar, const struct regex_groups *groups, bool templated,
	     bool in_reply, struct buf *captured, struct buf *out)
{
	const char group[] = {dollar[0], dollar[1], '\0'};

	buf_reset(captured);
	regex_expand(group, groups, captured);
	for (const char *p = buf_string(captured); *p != '\0'; p++) {
		bool odd = *p == '\n' || *p == '\r' || (in_reply && (*p < ' ' || *p > '~'));

		if (templated && *p == '%')
			buf_putc(out, '%');
		buf_putc(out, (unsigned char)(odd ? '?' : *p));
	}
}

/* The value with what the groups captured in place of $0 to $9. */
static const char *
fill_in_groups(struct arena *arena, const char *value, const struct regex_groups *groups)
{
	bool in_reply = is_refusal_row(value), templated = in_reply || has_header_row(value);
	struct buf text = {0}, captured = {0};

	if (templated)
		value = keep_percents(arena, value);
	if (strchr(value, '$') == NULL)
		return value;
	for (const char *p = value; *p != '\0'; p++) {
		if (p[0] == '$' && p[1] != '\0')
			append_group(p++, groups, templated, in_reply, &captured, &text);
		else
			buf_putc(&text, (unsigned char)*p);
	}
	buf_free(&captured);
	return buf_move_to_arena(&text, arena);
}

/* The row without its text, which captured text has made none. */
static int
parse_bare_row(const struct row_reader *r, const char *value, struct row_action *ret)
{
	size_t len = strcspn(value, " \t");

	return parse_row(r,
			 str_is_digit(*value) ? arena_printf(r->arena, "%.*s %s", (int)len,
							     value, REJECT_TEXT)
					      : arena_strndup(r->arena, value, len),
			 ret);
}

int
row_action_make(struct arena *arena, const struct row_form *form, const char *value,
		const struct regex_groups *groups, struct row_action *ret)
{
	char why[160];
	const struct row_reader r = {arena, form, {why, sizeof(why)}};
	struct row_action row;

	if (parse_row(&r, fill_in_groups(arena, value, groups), &row) < 0 &&
	    parse_bare_row(&r, value, &row) < 0)
		return -EINVAL;
	*ret = row;
	return 0;
}
