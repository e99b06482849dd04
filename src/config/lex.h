/* The words of polymilter.conf: strings, braces and so on, with comments blanked in place.
 * Layer 6. */
#ifndef CONFIG_LEX_H
#define CONFIG_LEX_H

#include <stdbool.h>
#include <stddef.h>

struct arena;

enum token_type {
	TOKEN_END,
	TOKEN_WORD,   /* without quotes */
	TOKEN_SINGLE, /* 'text' */
	TOKEN_DOUBLE, /* "text" */
	TOKEN_OPEN,   /* { */
	TOKEN_CLOSE,  /* } */
	TOKEN_EQUALS,
	TOKEN_COMMA,
	TOKEN_LEFT,   /* ( */
	TOKEN_RIGHT,  /* ) */
	TOKEN_APPEND, /* += */
	TOKEN_OTHER,  /* a character that has no place here */
};

struct token {
	enum token_type type;
	size_t start, end; /* in the text, quotes included */
	unsigned line;
};

/* Copying one keeps a place to come back to. */
struct lexer {
	char *text; /* comments in it become blanks */
	size_t len, at;
	unsigned line;
	/* What is not closed until the file's end, or NULL; where it begins. */
	const char *fatal;
	unsigned fatal_line;
};

struct token lex_next(struct lexer *lx);
struct token lex_peek(struct lexer *lx); /* moves nothing, but notes what is fatal */

/* Is the token a value, and may it stand as it is? 0; -EINVAL with a sentence in why. */
int lex_check(const struct lexer *lx, const struct token *t, char *why, size_t why_size);

/* The meaning of a word or string that passed lex_check(). */
char *lex_value(const struct lexer *lx, const struct token *t, struct arena *arena);
bool lex_is_string(const struct token *t);
bool lex_is_value(const struct token *t); /* a string or a word */

#endif
