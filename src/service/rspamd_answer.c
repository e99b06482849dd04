/* Reads rspamd's answer: the action with its scores and texts, and the symbols. What it wants
 * changed is in rspamd_changes.c. */
#include "service/rspamd_private.h"
#include "util/arena.h"
#include "util/str.h"

#define ACTION_BYTES  64u
#define MESSAGE_BYTES 512u

/* A score of rspamd is a few hundreds; this keeps hundredths far below 2^63. */
#define MAX_SCORE 1e12

static int64_t
hundredths(const json_t *number)
{
	double d = json_number_value(number); /* finite: jansson reads no other */

	d = d > MAX_SCORE ? MAX_SCORE : d < -MAX_SCORE ? -MAX_SCORE : d;
	return (int64_t)(d * 100 + (d < 0 ? -0.5 : 0.5));
}

/* One line of at most max bytes of printable ASCII: tabs and line ends become blanks, other
 * control characters go, each character that is not ASCII becomes '?'. */
static const char *
copy_line(struct arena *arena, const json_t *string, size_t max)
{
	const char *s = json_string_value(string);
	size_t len = json_string_length(string);
	struct buf line = {0};

	for (size_t i = 0; i < len && line.len < max; i++) {
		unsigned char c = (unsigned char)s[i];

		if (c == '\t' || c == '\n')
			c = ' ';
		if (c >= 0xc0) /* its other bytes are 0x80 to 0xbf */
			c = '?';
		if (c >= ' ' && c <= '~')
			buf_putc(&line, c);
	}
	return buf_move_to_arena(&line, arena);
}

/* Without control characters. */
static const char *
copy_option(struct arena *arena, const json_t *string)
{
	const char *s = json_string_value(string);
	size_t len = json_string_length(string);
	struct buf text = {0};

	while (len > 0) {
		size_t n = str_clean_run(s, len);

		buf_append(&text, s, n);
		n += n < len;
		s += n;
		len -= n;
	}
	return buf_move_to_arena(&text, arena);
}

static const char *
read_action(struct rspamd_exchange *x, const json_t *root)
{
	static const char *const names[] = {
		[RSPAMD_NO_ACTION] = "no action",
		[RSPAMD_GREYLIST] = "greylist",
		[RSPAMD_ADD_HEADER] = "add header",
		[RSPAMD_REWRITE_SUBJECT] = "rewrite subject",
		[RSPAMD_SOFT_REJECT] = "soft reject",
		[RSPAMD_REJECT] = "reject",
		[RSPAMD_QUARANTINE] = "quarantine",
		[RSPAMD_DISCARD] = "discard",
	};
	struct rspamd_answer *a = &x->answer;
	const json_t *action = json_object_get(root, "action");
	unsigned i = 0;

	if (!json_is_string(action))
		return "no action in the answer";
	a->action_name = copy_line(x->arena, action, ACTION_BYTES);
	if (str_nonblank(a->action_name) == NULL)
		return "an empty action in the answer";
	while (i < RSPAMD_OTHER && strcmp(a->action_name, names[i]) != 0)
		i++;
	a->action = (enum rspamd_action)i;
	return NULL;
}

static const char *
read_scores(struct rspamd_exchange *x, const json_t *root)
{
	const json_t *score = json_object_get(root, "score");
	const json_t *required = json_object_get(root, "required_score");

	if (!json_is_number(score))
		return "no score in the answer";
	x->answer.score = hundredths(score);
	x->answer.required_score = json_is_number(required) ? hundredths(required) : 0;
	return NULL;
}

static void
read_texts(struct rspamd_exchange *x, const json_t *root)
{
	struct rspamd_answer *a = &x->answer;
	const json_t *messages = json_object_get(root, "messages");
	const json_t *text = json_object_get(messages, "smtp_message");
	const json_t *subject = json_object_get(root, "subject");

	a->is_skipped = json_is_true(json_object_get(root, "is_skipped"));
	if (json_is_string(text))
		a->smtp_message = str_nonblank(copy_line(x->arena, text, MESSAGE_BYTES));
	if (json_is_string(subject))
		a->subject = rspamd_copy_value(x->arena, subject);
}

static void
read_symbol(struct rspamd_exchange *x, struct rspamd_symbol *symbol, const char *name,
	    const json_t *value)
{
	const json_t *options = json_object_get(value, "options");
	size_t n = json_array_size(options); /* 0 when it is no list */
	const char **texts = arena_alloc(x->arena, n * sizeof(*texts));

	symbol->name = arena_strdup(x->arena, name);
	symbol->options = texts;
	symbol->n_options = 0;
	for (size_t i = 0; i < n; i++) {
		const json_t *option = json_array_get(options, i);

		if (json_is_string(option))
			texts[symbol->n_options++] = copy_option(x->arena, option);
	}
}

static const char *
read_symbols(struct rspamd_exchange *x, json_t *root)
{
	json_t *symbols = json_object_get(root, "symbols"), *value;
	struct rspamd_answer *a = &x->answer;
	const char *name;

	if (symbols != NULL && !json_is_object(symbols))
		return "symbols of another form in the answer";
	a->symbols = arena_alloc(x->arena, json_object_size(symbols) * sizeof(*a->symbols));
	json_object_foreach(symbols, name, value)
		read_symbol(x, &a->symbols[a->n_symbols++], name, value);
	return NULL;
}

/* NULL, or what is wrong. */
static const char *
read_rspamd_object(struct rspamd_exchange *x, json_t *root)
{
	const char *why = read_action(x, root);

	if (why == NULL)
		why = read_scores(x, root);
	if (why == NULL)
		why = read_symbols(x, root);
	if (why != NULL)
		return why;
	read_texts(x, root);
	return rspamd_read_changes(x, root);
}

enum exchange_state
rspamd_read_answer(struct rspamd_exchange *x, const char *json, size_t len)
{
	struct buf error = {0};
	enum exchange_state state = EXCHANGE_ANSWERED;
	json_t *root = json_read_object(json, len, &error);
	const char *why = root ? read_rspamd_object(x, root) : NULL;

	if (why != NULL)
		buf_puts(&error, why);
	if (error.len > 0)
		state = exchange_fail(&x->base, EXCHANGE_BAD_ANSWER, buf_string(&error),
				      error.len);
	json_read_free(root);
	buf_free(&error);
	return state;
}
