/* The tokens of polymilter.conf, and what a value may consist of.
 *
 * libconfuse reads the same text afterwards with its own scanner. This one must accept less
 * than that one, and no token that libconfuse would change silently: it drops a '*' outside
 * quotes and the backslash of an unknown escape, and replaces ${X} by an environment
 * variable. */
#include "config/lex.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "util/arena.h"
#include "util/str.h"

static const char word_chars[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				 "0123456789_-.:@/";

static bool
is_word_char(char c)
{
	return c != '\0' && strchr(word_chars, c) != NULL;
}

static char
lexer_char_at(const struct lexer *lx, size_t at)
{
	return at < lx->len ? lx->text[at] : '\0';
}

static bool
starts_with_two(const struct lexer *lx, const char two[static 2])
{
	return lexer_char_at(lx, lx->at) == two[0] && lexer_char_at(lx, lx->at + 1) == two[1];
}

static void
erase_char(struct lexer *lx)
{
	if (lx->text[lx->at] == '\n')
		lx->line++;
	else
		lx->text[lx->at] = ' ';
	lx->at++;
}

static void
skip_line_comment(struct lexer *lx)
{
	while (lx->at < lx->len && lx->text[lx->at] != '\n')
		erase_char(lx);
}

/* A comment without an end is not erased, because lex_next() must find it again after
 * lex_peek() has found it. */
static void
skip_block_comment(struct lexer *lx)
{
	const char *end = memmem(lx->text + lx->at + 2, lx->len - lx->at - 2, "*/", 2);

	if (end == NULL) {
		lx->unclosed = "this comment is not closed: '*/' is missing";
		lx->unclosed_line = lx->line;
		lx->at = lx->len;
		return;
	}
	while (lx->text + lx->at < end + 2)
		erase_char(lx);
}

static void
skip_space_and_comments(struct lexer *lx)
{
	while (lx->at < lx->len) {
		char c = lx->text[lx->at];

		if (c == '#' || starts_with_two(lx, "//"))
			skip_line_comment(lx);
		else if (starts_with_two(lx, "/*"))
			skip_block_comment(lx);
		else if (c == ' ' || c == '\t' || c == '\n' || c == '\r')
			erase_char(lx);
		else
			return;
	}
}

/* A word ends before one of these. All other bytes belong to it, also those that a word must
 * not have ('#', '*'), so that an error names the word as it was written. */
static bool
is_word_end(char c)
{
	return c == '\0' || strchr(" \t\r\n{}=,()+;\"'", c) != NULL;
}

static void
skip_word(struct lexer *lx)
{
	while (!is_word_end(lexer_char_at(lx, lx->at)))
		lx->at++;
}

/* Moves to the string's closing quote. In double quotes a string may have several lines. In
 * single quotes, in which patterns stand, it ends on its line, so that a missing quote is told
 * where it is missing. */
static void
skip_string_text(struct lexer *lx, char quote)
{
	while (lx->at < lx->len && lx->text[lx->at] != quote) {
		char c = lx->text[lx->at];

		if (c == '\n' && quote == '\'')
			return;
		lx->line += c == '\n';
		if (c == '\\' && lx->at + 1 < lx->len && lx->text[lx->at + 1] != '\n')
			lx->at++;
		lx->at++;
	}
}

/* Whether the text up to end has NAME = or NAME = { as its last line. */
static bool
ends_with_setting(const char *text, size_t end)
{
	size_t at = end;

	while (at > 0 && (str_is_blank(text[at - 1]) || text[at - 1] == '{'))
		at--;
	if (at == 0 || text[at - 1] != '=')
		return false;
	for (at--; at > 0 && str_is_blank(text[at - 1]); at--)
		continue;
	for (end = at; at > 0 && is_word_char(text[at - 1]); at--)
		continue;
	if (at == end)
		return false;
	while (at > 0 && str_is_blank(text[at - 1]))
		at--;
	return at > 0 && text[at - 1] == '\n';
}

/* Whether what seems to close a string of several lines rather opens the next one. Then the
 * next one's text stands behind it, or the setting of the next one before it:
 *
 *	message = "25M
 *	reply = "552 Too large"
 */
static bool
is_close_doubtful(const struct lexer *lx)
{
	char behind = lexer_char_at(lx, lx->at + 1);

	return (behind != '\0' && strchr(" \t\r\n,{}();#/", behind) == NULL) ||
	       ends_with_setting(lx->text, lx->at);
}

static enum token_type
skip_string(struct lexer *lx, char quote)
{
	unsigned line = lx->line;

	lx->at++;
	skip_string_text(lx, quote);
	if (lexer_char_at(lx, lx->at) == quote &&
	    (lx->line == line || !is_close_doubtful(lx))) {
		lx->at++;
		return quote == '"' ? TOKEN_DOUBLE : TOKEN_SINGLE;
	}
	lx->unclosed = quote == '"' ? "this string is not closed: '\"' is missing"
				    : "this string is not closed: \"'\" is missing on the line";
	lx->unclosed_line = line;
	lx->at = lx->len;
	return TOKEN_END;
}

static enum token_type
read_sign(struct lexer *lx)
{
	static const struct {
		char c;
		enum token_type type;
	} signs[] = {{'{', TOKEN_OPEN},	 {'}', TOKEN_CLOSE}, {'=', TOKEN_EQUALS},
		     {',', TOKEN_COMMA}, {'(', TOKEN_LEFT},  {')', TOKEN_RIGHT}};
	char c = lx->text[lx->at];

	if (starts_with_two(lx, "+=")) {
		lx->at += 2;
		return TOKEN_APPEND;
	}
	lx->at++;
	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
		if (signs[i].c == c)
			return signs[i].type;
	}
	return TOKEN_OTHER;
}

struct lex_token
lex_next(struct lexer *lx)
{
	struct lex_token t;
	char c;

	skip_space_and_comments(lx);
	t = (struct lex_token){.type = TOKEN_END, .start = lx->at, .line = lx->line};
	c = lexer_char_at(lx, lx->at);
	if (lx->at >= lx->len) {
		t.end = t.start;
		return t;
	}
	if (!is_word_end(c)) {
		t.type = TOKEN_WORD;
		skip_word(lx);
	} else if (c == '"' || c == '\'') {
		t.type = skip_string(lx, c);
	} else {
		t.type = read_sign(lx);
	}
	t.end = lx->at;
	return t;
}

struct lex_token
lex_peek(struct lexer *lx)
{
	struct lexer copy = *lx;
	struct lex_token t = lex_next(&copy);

	lx->unclosed = copy.unclosed;
	lx->unclosed_line = copy.unclosed_line;
	return t;
}

bool
lex_is_string(const struct lex_token *t)
{
	return t->type == TOKEN_SINGLE || t->type == TOKEN_DOUBLE;
}

bool
lex_is_value(const struct lex_token *t)
{
	return t->type == TOKEN_WORD || lex_is_string(t);
}

static int
write_reason(char *reason, size_t size, const char *text)
{
	(void)snprintf(reason, size, "%s", text);
	return -EINVAL;
}

static int
check_escapes(const char *s, size_t len, char quote, char *reason, size_t size)
{
	for (size_t i = 0; i + 1 < len; i++) {
		if (s[i] == '$' && s[i + 1] == '{')
			return write_reason(reason, size,
					    "'${' is not allowed in a value: a placeholder "
					    "begins with '%{', and in a regular expression "
					    "write '[$]{'");
		if (s[i] != '\\')
			continue;
		i++;
		if (s[i] == '\n' || s[i] == '\r')
			return write_reason(reason, size,
					    "a '\\' at the end of a line is not needed in a "
					    "string of several lines");
		if (quote == '"' && strchr("nt\"\\", s[i]) == NULL) {
			(void)snprintf(reason, size,
				       "'\\%c' is not an escape in double quotes: only \\n, "
				       "\\t, \\\" and \\\\ are; write regular expressions in "
				       "single quotes",
				       s[i] >= ' ' && s[i] < 0x7f ? s[i] : '?');
			return -EINVAL;
		}
	}
	return 0;
}

/* A line end, LF or CRLF, is none: skip_string_text() leaves it in double quotes only. */
static bool
has_control_char(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)s[i];
		bool ends_line = c == '\n' || (c == '\r' && i + 1 < len && s[i + 1] == '\n');

		if ((c < ' ' && c != '\t' && !ends_line) || c == 0x7f)
			return true;
	}
	return false;
}

static int
check_bare_word(const char *s, size_t len, char *reason, size_t size)
{
	bool good = memmem(s, len, "//", 2) == NULL;

	for (size_t i = 0; i < len; i++)
		good = good && is_word_char(s[i]);
	if (good)
		return 0;
	if (memmem(s, len, "\xe2\x80", 2) != NULL) /* U+2000 to U+203F */
		return write_reason(reason, size,
				    "typographic quotes and dashes are not allowed here: write "
				    "\" or ' as quotes");
	return write_reason(reason, size, "a value with these characters must be in quotes");
}

int
lex_check_value(const struct lexer *lx, const struct lex_token *t, char *reason,
		size_t reason_size)
{
	const char *s = lx->text + t->start;
	size_t len = t->end - t->start;

	if (t->type == TOKEN_WORD)
		return check_bare_word(s, len, reason, reason_size);
	s++;
	len -= 2;
	if (has_control_char(s, len))
		return write_reason(reason, reason_size,
				    "the string contains a control character");
	if (!str_is_utf8(s, len))
		return write_reason(reason, reason_size,
				    "the string is not UTF-8: save the file as UTF-8");
	return check_escapes(s, len, t->type == TOKEN_DOUBLE ? '"' : '\'', reason, reason_size);
}

static char
unescape_in_double_quotes(char c)
{
	if (c == 'n')
		return '\n';
	return c == 't' ? '\t' : c;
}

char *
lex_value(const struct lexer *lx, const struct lex_token *t, struct arena *arena)
{
	const char *s = lx->text + t->start;
	size_t len = t->end - t->start, n = 0;
	char *value;

	if (t->type == TOKEN_WORD)
		return arena_strndup(arena, s, len);
	s++;
	len -= 2;
	value = arena_alloc(arena, len + 1);
	for (size_t i = 0; i < len; i++) {
		bool escaped =
			s[i] == '\\' && i + 1 < len &&
			(t->type == TOKEN_DOUBLE || s[i + 1] == '\\' || s[i + 1] == '\'');

		if (!escaped)
			value[n++] = s[i];
		else if (t->type == TOKEN_DOUBLE)
			value[n++] = unescape_in_double_quotes(s[++i]);
		else
			value[n++] = s[++i];
	}
	value[n] = '\0';
	return value;
}
