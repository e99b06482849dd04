/* Words of polymilter.conf. libconfuse has a scanner of its own; this one is stricter, knows
 * the lines, and leaves nothing that the other would drop, expand or take for something
 * else. */
#include "config/lex.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "util/arena.h"
#include "util/str.h"

static const char word_chars[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				 "0123456789_-.:@/";

static bool
is_word(char c)
{
	return c != '\0' && strchr(word_chars, c) != NULL;
}

static char
char_at(const struct lexer *lx, size_t at)
{
	return at < lx->len ? lx->text[at] : '\0';
}

static bool
starts(const struct lexer *lx, const char two[static 2])
{
	return char_at(lx, lx->at) == two[0] && char_at(lx, lx->at + 1) == two[1];
}

static void
blank(struct lexer *lx)
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
		blank(lx);
}

/* An open end is left as it is: whoever looks again must find it again. */
static void
skip_block_comment(struct lexer *lx)
{
	const char *end = memmem(lx->text + lx->at + 2, lx->len - lx->at - 2, "*/", 2);

	if (end == NULL) {
		lx->fatal = "this comment is not closed: '*/' is missing";
		lx->fatal_line = lx->line;
		lx->at = lx->len;
		return;
	}
	while (lx->text + lx->at < end + 2)
		blank(lx);
}

static void
skip_blanks(struct lexer *lx)
{
	while (lx->at < lx->len) {
		char c = lx->text[lx->at];

		if (c == '#' || starts(lx, "//"))
			skip_line_comment(lx);
		else if (starts(lx, "/*"))
			skip_block_comment(lx);
		else if (c == ' ' || c == '\t' || c == '\n' || c == '\r')
			blank(lx);
		else
			return;
	}
}

/* What a word ends before. All else belongs to it: '#', too, so that what is no word can be
 * told as a whole. */
static bool
ends_word(char c)
{
	return c == '\0' || strchr(" \t\r\n{}=,()+;\"'", c) != NULL;
}

static void
read_word(struct lexer *lx)
{
	while (!ends_word(char_at(lx, lx->at)))
		lx->at++;
}

/* A string ends on its line: so a forgotten quote is found where it was forgotten. */
static enum token_type
read_string(struct lexer *lx, char quote)
{
	lx->at++;
	while (lx->at < lx->len && lx->text[lx->at] != quote && lx->text[lx->at] != '\n') {
		if (lx->text[lx->at] == '\\' && lx->at + 1 < lx->len &&
		    lx->text[lx->at + 1] != '\n')
			lx->at++;
		lx->at++;
	}
	if (char_at(lx, lx->at) == quote) {
		lx->at++;
		return quote == '"' ? TOKEN_DOUBLE : TOKEN_SINGLE;
	}
	lx->fatal = quote == '"' ? "this string is not closed: '\"' is missing on the line"
				 : "this string is not closed: \"'\" is missing on the line";
	lx->fatal_line = lx->line;
	lx->at = lx->len;
	return TOKEN_END;
}

static enum token_type
read_other(struct lexer *lx)
{
	static const struct {
		char c;
		enum token_type type;
	} signs[] = {{'{', TOKEN_OPEN},	 {'}', TOKEN_CLOSE}, {'=', TOKEN_EQUALS},
		     {',', TOKEN_COMMA}, {'(', TOKEN_LEFT},  {')', TOKEN_RIGHT}};
	char c = lx->text[lx->at];

	if (starts(lx, "+=")) {
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

struct token
lex_next(struct lexer *lx)
{
	struct token t;
	char c;

	skip_blanks(lx);
	t = (struct token){.type = TOKEN_END, .start = lx->at, .line = lx->line};
	c = char_at(lx, lx->at);
	if (lx->at >= lx->len) {
		t.end = t.start;
		return t;
	}
	if (!ends_word(c)) {
		t.type = TOKEN_WORD;
		read_word(lx);
	} else if (c == '"' || c == '\'') {
		t.type = read_string(lx, c);
	} else {
		t.type = read_other(lx);
	}
	t.end = lx->at;
	return t;
}

struct token
lex_peek(struct lexer *lx)
{
	struct lexer copy = *lx;
	struct token t = lex_next(&copy);

	lx->fatal = copy.fatal;
	lx->fatal_line = copy.fatal_line;
	return t;
}

bool
lex_is_string(const struct token *t)
{
	return t->type == TOKEN_SINGLE || t->type == TOKEN_DOUBLE;
}

bool
lex_is_value(const struct token *t)
{
	return t->type == TOKEN_WORD || lex_is_string(t);
}

static int
say(char *why, size_t size, const char *text)
{
	(void)snprintf(why, size, "%s", text);
	return -EINVAL;
}

static int
check_escapes(const char *s, size_t len, char quote, char *why, size_t size)
{
	for (size_t i = 0; i + 1 < len; i++) {
		if (s[i] == '$' && s[i + 1] == '{')
			return say(why, size,
				   "'${' may not stand in a value: for a pattern write '[$]{'");
		if (s[i] != '\\')
			continue;
		i++;
		if (quote == '"' && strchr("nt\"\\", s[i]) == NULL) {
			(void)snprintf(
				why, size,
				"'\\%c' is unknown in double quotes: only \\n, \\t, "
				"\\\" and \\\\ are known; patterns stand in single quotes",
				s[i] >= ' ' && s[i] < 0x7f ? s[i] : '?');
			return -EINVAL;
		}
	}
	return 0;
}

static bool
has_controls(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)s[i];

		if ((c < ' ' && c != '\t') || c == 0x7f)
			return true;
	}
	return false;
}

static int
check_word(const char *s, size_t len, char *why, size_t size)
{
	bool good = memmem(s, len, "//", 2) == NULL;

	for (size_t i = 0; i < len; i++)
		good = good && is_word(s[i]);
	if (good)
		return 0;
	if (memmem(s, len, "\xe2\x80", 2) != NULL)
		return say(why, size, "a typographic quote or dash: only \" and ' are quotes");
	return say(why, size, "a value with such characters must stand in quotes");
}

int
lex_check(const struct lexer *lx, const struct token *t, char *why, size_t why_size)
{
	const char *s = lx->text + t->start;
	size_t len = t->end - t->start;

	if (t->type == TOKEN_WORD)
		return check_word(s, len, why, why_size);
	s++;
	len -= 2;
	if (has_controls(s, len))
		return say(why, why_size, "there is a control character in the string");
	if (!str_is_utf8(s, len))
		return say(why, why_size, "the string is not UTF-8: save the file as UTF-8");
	return check_escapes(s, len, t->type == TOKEN_DOUBLE ? '"' : '\'', why, why_size);
}

static char
unescape_double(char c)
{
	if (c == 'n')
		return '\n';
	return c == 't' ? '\t' : c;
}

char *
lex_value(const struct lexer *lx, const struct token *t, struct arena *arena)
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
			value[n++] = unescape_double(s[++i]);
		else
			value[n++] = s[++i];
	}
	value[n] = '\0';
	return value;
}
