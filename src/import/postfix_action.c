#include "import/postfix_action.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "text/row_action.h"
#include "util/arena.h"
#include "util/buf.h"
#include "util/str.h"

#define IN(place)  (1u << (place))
#define IN_ACCESS  (IN(ACTION_IN_ACCESS) | IN(ACTION_IN_RECIPIENT))
#define IN_HEADERS (IN(ACTION_IN_HEADER) | IN(ACTION_IN_PART))
#define IN_CHECKS  (IN_HEADERS | IN(ACTION_IN_BODY))

enum action_form {
	FORM_BARE, /* the text behind it has no meaning */
	FORM_LOG,
	FORM_REJECT,
	FORM_DEFER,
	FORM_ADDRESS,
	FORM_FIELD,
	FORM_FILTER,
};

static const struct action_word {
	const char *word;
	const char *ours;
	enum action_form form;
	unsigned known;	  /* places where Postfix has it */
	unsigned carried; /* places where we do the same */
	const char *lost; /* why not in the others */
} action_words[] = {
	{"OK", "OK", FORM_BARE, IN_ACCESS, IN_ACCESS, NULL},
	{"PERMIT", "OK", FORM_BARE, IN_ACCESS, IN_ACCESS, NULL},
	{"OK", "DUNNO", FORM_BARE, IN_CHECKS, IN_CHECKS, NULL},
	{"DUNNO", "DUNNO", FORM_BARE, IN_ACCESS | IN_CHECKS, IN_ACCESS | IN_CHECKS, NULL},
	{"REJECT", "REJECT", FORM_REJECT, IN_ACCESS | IN_CHECKS, IN_ACCESS | IN_CHECKS, NULL},
	{"DEFER", "DEFER", FORM_DEFER, IN_ACCESS, IN_ACCESS, NULL},
	{"DEFER_IF_PERMIT", "DEFER", FORM_DEFER, IN_ACCESS, 0,
	 "Postfix defers only if nothing later refuses; this refuses for now at once"},
	{"DEFER_IF_REJECT", "DUNNO", FORM_BARE, IN_ACCESS, 0,
	 "what Postfix itself refuses later, no filter can make a temporary refusal"},
	{"DISCARD", "DISCARD", FORM_LOG, IN_ACCESS | IN_CHECKS,
	 IN(ACTION_IN_ACCESS) | IN_CHECKS,
	 "Postfix discards the message for all its recipients, polymilter for this one"},
	{"HOLD", "HOLD", FORM_LOG, IN_ACCESS | IN_CHECKS, IN_ACCESS | IN_CHECKS, NULL},
	{"WARN", "WARN", FORM_LOG, IN_ACCESS | IN_CHECKS, IN_ACCESS | IN_CHECKS, NULL},
	{"INFO", "INFO", FORM_LOG, IN_ACCESS | IN_CHECKS, IN_ACCESS | IN_CHECKS, NULL},
	{"REDIRECT", "REDIRECT", FORM_ADDRESS, IN_ACCESS | IN_CHECKS,
	 IN(ACTION_IN_ACCESS) | IN_CHECKS,
	 "Postfix redirects the mail of all recipients, polymilter that of this one"},
	{"BCC", "BCC", FORM_ADDRESS, IN_ACCESS | IN_CHECKS, IN_ACCESS | IN_CHECKS, NULL},
	{"PREPEND", "PREPEND", FORM_FIELD, IN_ACCESS | IN_HEADERS,
	 IN_ACCESS | IN(ACTION_IN_HEADER), "header fields in the body cannot be changed"},
	{"PREPEND", "DUNNO", FORM_BARE, IN(ACTION_IN_BODY), 0,
	 "lines of the body cannot be changed"},
	{"IGNORE", "IGNORE", FORM_BARE, IN_HEADERS, IN(ACTION_IN_HEADER),
	 "header fields in the body cannot be removed"},
	{"STRIP", "STRIP", FORM_LOG, IN_HEADERS, IN(ACTION_IN_HEADER),
	 "header fields in the body cannot be removed"},
	{"REPLACE", "REPLACE", FORM_FIELD, IN_HEADERS, IN(ACTION_IN_HEADER),
	 "header fields in the body cannot be changed"},
	{"IGNORE", "DUNNO", FORM_BARE, IN(ACTION_IN_BODY), 0,
	 "lines of the body cannot be removed"},
	{"STRIP", "DUNNO", FORM_BARE, IN(ACTION_IN_BODY), 0,
	 "lines of the body cannot be removed"},
	{"REPLACE", "DUNNO", FORM_BARE, IN(ACTION_IN_BODY), 0,
	 "lines of the body cannot be changed"},
	{"FILTER", "DUNNO", FORM_FILTER, IN_ACCESS | IN_CHECKS, 0,
	 "a milter cannot choose the content filter of Postfix"},
	{"PASS", "DUNNO", FORM_BARE, IN_CHECKS, 0,
	 "Postfix then asks no checks and no milters about the message; write a rule of the "
	 "header policy with action = \"accept\""},
};

#define N_ACTION_WORDS (sizeof(action_words) / sizeof(action_words[0]))

static const struct action_word *
find_action_word(enum action_place place, const char *text, size_t len)
{
	for (size_t i = 0; i < N_ACTION_WORDS; i++)
		if (action_words[i].known & IN(place) &&
		    str_case_equal_n(action_words[i].word, strlen(action_words[i].word), text,
				     len))
			return &action_words[i];
	return NULL;
}

static struct postfix_action
make_dunno(enum outcome outcome, const char *reason)
{
	return (struct postfix_action){"DUNNO", outcome, reason};
}

/* Whether a text begins with an enhanced status code, such as "5.7.1". */
static bool
begins_with_enhanced_code(const char *s)
{
	if (!str_is_digit(*s) || strchr("245", *s) == NULL)
		return false;
	s++;
	for (int part = 0; part < 2; part++) {
		size_t n = *s == '.' ? str_digit_run(s + 1, strlen(s + 1)) : 0;

		if (n < 1 || n > 3)
			return false;
		s += 1 + n;
	}
	return *s == '\0' || str_is_blank(*s);
}

/* The text of a reply as our replies may have it. What is no printable ASCII becomes '?', and
 * "%{", which would begin a placeholder, gets a blank. */
static const char *
clean_reply_text(struct arena *arena, const char *text, bool *changed)
{
	struct buf out = {0};

	for (; *text != '\0'; text++) {
		bool odd = (*text < ' ' && *text != '\t') || *text > '~';

		buf_putc(&out, (unsigned char)(odd ? '?' : *text));
		*changed |= odd;
		if (text[0] == '%' && text[1] == '{') {
			buf_putc(&out, ' ');
			*changed = true;
		}
	}
	return buf_move_to_arena(&out, arena);
}

/* word: "REJECT", "DEFER" or a code. Postfix makes the first digit of an enhanced code fit the
 * action. */
static struct postfix_action
make_refusal(struct arena *arena, const char *word, const char *text, char class)
{
	bool changed = false;
	char *cleaned = arena_strdup(arena, clean_reply_text(arena, text, &changed));

	if (begins_with_enhanced_code(cleaned)) {
		cleaned[0] = class;
		if (cleaned[strcspn(cleaned, " \t")] == '\0') {
			cleaned = arena_printf(arena, "%s %s", cleaned,
					       class == '5' ? "Rejected" : "Try again later");
			return (struct postfix_action){
				arena_printf(arena, "%s %s", word, cleaned), OUTCOME_NOTED,
				"behind its code it has no text, so it gets one"};
		}
	}
	return (struct postfix_action){
		arena_printf(arena, "%s%s%s", word, *cleaned != '\0' ? " " : "", cleaned),
		changed ? OUTCOME_NOTED : OUTCOME_EXACT,
		changed ? "characters of its text that a reply cannot have here are replaced"
			: NULL};
}

static struct postfix_action
make_address_action(struct arena *arena, const struct action_word *w, const char *text)
{
	if (strchr(text, '@') == NULL || strpbrk(text, " \t,") != NULL)
		return make_dunno(OUTCOME_NOTED,
				  "Postfix takes no action: behind this word stands one "
				  "address, user@domain");
	return (struct postfix_action){arena_printf(arena, "%s %s", w->ours, text),
				       OUTCOME_EXACT, NULL};
}

static struct postfix_action
make_field_action(struct arena *arena, const struct action_word *w, const char *text)
{
	const char *colon = strchr(text, ':');
	size_t len = colon != NULL ? str_trim_blanks(text, (size_t)(colon - text)) : 0;
	bool changed = false;

	if (len == 0 || strcspn(text, " \t") < len)
		return make_dunno(OUTCOME_NOTED,
				  "Postfix takes no action: behind this word stands a header "
				  "field, \"Name: value\"");
	text = arena_printf(arena, "%.*s%s", (int)len, text, colon);
	for (const char *s = text; (s = strstr(s, "%{")) != NULL; s++)
		changed = true;
	if (changed)
		return make_dunno(OUTCOME_LEFT_OUT,
				  "its text has \"%{\", which begins a placeholder here");
	return (struct postfix_action){arena_printf(arena, "%s %s", w->ours, text),
				       OUTCOME_EXACT, NULL};
}

static struct postfix_action
make_worded(struct arena *arena, const struct action_word *w, const char *text)
{
	switch (w->form) {
	case FORM_REJECT:
		return make_refusal(arena, w->ours, text, '5');
	case FORM_DEFER:
		return make_refusal(arena, w->ours, text, '4');
	case FORM_ADDRESS:
		return make_address_action(arena, w, text);
	case FORM_FIELD:
		return make_field_action(arena, w, text);
	case FORM_LOG:
		return (struct postfix_action){
			arena_printf(arena, "%s%s%s", w->ours, *text != '\0' ? " " : "", text),
			OUTCOME_EXACT, NULL};
	case FORM_BARE:
	case FORM_FILTER:
	default:
		return (struct postfix_action){w->ours, OUTCOME_EXACT, NULL};
	}
}

/* A word that is done otherwise, or not at all, in this place. */
static struct postfix_action
lose_action(struct arena *arena, const struct action_word *w, enum action_place place,
	    const char *text)
{
	bool somewhere = place == ACTION_IN_RECIPIENT && w->carried != 0;
	struct postfix_action a;

	if (!somewhere && w->form != FORM_DEFER)
		return make_dunno(OUTCOME_LEFT_OUT, w->lost);
	a = make_worded(arena, w, text);
	if (a.outcome < OUTCOME_DIFFERS) {
		a.outcome = OUTCOME_DIFFERS;
		a.reason = w->lost;
	}
	return a;
}

/* "550 text"; all digits are OK. */
static struct postfix_action
read_code(struct arena *arena, const char *text)
{
	size_t digits = str_digit_run(text, strlen(text));

	if (text[digits] == '\0')
		return (struct postfix_action){
			"OK", digits == 3 ? OUTCOME_NOTED : OUTCOME_EXACT,
			digits == 3 ? "a number alone is OK, no refusal" : NULL};
	if (digits != 3 || !str_is_blank(text[3]) || (*text != '4' && *text != '5'))
		return make_dunno(OUTCOME_LEFT_OUT, "it is no action, and no restriction");
	return make_refusal(arena, arena_strndup(arena, text, 3), str_skip_blanks(text + 3),
			    *text);
}

static struct postfix_action
read_unknown(struct arena *arena, enum action_place place, const char *text)
{
	bool access = place == ACTION_IN_ACCESS || place == ACTION_IN_RECIPIENT;

	if (!access && *text == '\0')
		return (struct postfix_action){
			"DEFER", OUTCOME_NOTED,
			"it has no action: Postfix refuses the message for now"};
	if (!access)
		return make_dunno(OUTCOME_NOTED,
				  "Postfix takes no action: it knows no such word here");
	if (str_is_digit(*text))
		return read_code(arena, text);
	if (*text == '\0')
		return make_dunno(OUTCOME_LEFT_OUT, "it has no action");
	return make_dunno(OUTCOME_LEFT_OUT,
			  "its action is a restriction or a restriction class of Postfix");
}

static struct postfix_action
read_action_word(struct arena *arena, enum action_place place, const char *text)
{
	size_t len = strcspn(text, " \t");
	const struct action_word *w = find_action_word(place, text, len);
	const char *rest = str_skip_blanks(text + len);

	if (w == NULL)
		return read_unknown(arena, place, text);
	if ((w->carried & IN(place)) == 0)
		return lose_action(arena, w, place, rest);
	return make_worded(arena, w, rest);
}

struct postfix_action
postfix_action_read(struct arena *arena, enum action_place place, const char *text)
{
	static const struct row_form form = {.actions = UINT32_MAX};
	struct postfix_action a = read_action_word(arena, place, text);
	char why[256] = "";

	return row_action_is_valid(arena, &form, a.text, why, sizeof(why))
		       ? a
		       : make_dunno(
				 OUTCOME_LEFT_OUT,
				 arena_printf(arena, "polymilter has no such action: %s", why));
}

int
postfix_action_is_word(const char *text)
{
	size_t len = strcspn(text, " \t");

	return find_action_word(ACTION_IN_ACCESS, text, len) != NULL ||
	       find_action_word(ACTION_IN_HEADER, text, len) != NULL;
}
