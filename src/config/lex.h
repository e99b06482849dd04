/* The tokens of polymilter.conf: words, strings, braces and other signs.
 *
 * Input: the text of one file. Output: one token after the other, as offsets in the text with
 * their lines. Comments (#, // and C's) are overwritten with spaces on the way, which is what
 * libconfuse needs to count lines correctly. A token may be read more than once: copying a
 * struct lexer keeps a position to return to. */
#ifndef CONFIG_LEX_H
#define CONFIG_LEX_H

#include <stdbool.h>
#include <stddef.h>

struct arena;

#define LEX_REASON_BYTES 256u /* for lex_check_value() */

enum token_type {
	TOKEN_END,    /* of the text */
	TOKEN_WORD,   /* without quotes */
	TOKEN_SINGLE, /* 'text' */
	TOKEN_DOUBLE, /* "text", which may have several lines */
	TOKEN_OPEN,   /* { */
	TOKEN_CLOSE,  /* } */
	TOKEN_EQUALS, /* = */
	TOKEN_COMMA,  /* , */
	TOKEN_LEFT,   /* ( */
	TOKEN_RIGHT,  /* ) */
	TOKEN_APPEND, /* += */
	TOKEN_OTHER,  /* a byte that has no meaning here: ';', a lone '+', NUL */
};

struct lex_token {
	enum token_type type;
	size_t start, end; /* offsets in the text, quotes included */
	unsigned line;	   /* where it begins, from 1 */
};

struct lexer {
	char *text; /* not NUL terminated; comments in it are erased */
	size_t len; /* of text, in bytes */
	size_t at;  /* offset of what is read next */
	unsigned line;
	/* A sentence about the string or comment that does not end, or NULL. From there on the
	 * text has no more tokens. */
	const char *unclosed;
	unsigned unclosed_line; /* where it begins */
};

struct lex_token lex_next(struct lexer *lx);
/* The next token, without moving past it. Sets unclosed, as lex_next() does. */
struct lex_token lex_peek(struct lexer *lx);

/* Whether the token, a word or a string, is valid as a value. 0; or -EINVAL and a sentence in
 * reason. */
int lex_check_value(const struct lexer *lx, const struct lex_token *t, char *reason,
		    size_t reason_size);

/* The value of a word or string that passed lex_check_value(), escapes resolved. In the
 * arena. */
char *lex_value(const struct lexer *lx, const struct lex_token *t, struct arena *arena);
bool lex_is_string(const struct lex_token *t);
bool lex_is_value(const struct lex_token *t); /* a string or a word */

#endif
