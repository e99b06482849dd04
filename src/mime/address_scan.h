/* The words and signs of an address field (RFC 5322, section 3.4), for mailboxes.h. */
#ifndef MIME_ADDRESS_SCAN_H
#define MIME_ADDRESS_SCAN_H

#include <stdbool.h>
#include <stddef.h>

enum address_token_kind {
	ADDRESS_END,
	ADDRESS_WORD,	 /* an atom, dots included */
	ADDRESS_QUOTED,	 /* a quoted string, with its quotes */
	ADDRESS_LITERAL, /* [192.0.2.1], with its brackets */
	ADDRESS_COMMENT, /* with its parentheses and all comments inside */
	ADDRESS_SIGN,	 /* one of <>,;:@\ and what else begins or ends something */
};

struct address_token {
	enum address_token_kind kind;
	char sign;	 /* of ADDRESS_SIGN; else NUL */
	size_t from, to; /* its bytes in the field */
	bool gap;	 /* white space or a comment stands in front */
};

/* Start with s, len and open set and the rest zero. */
struct address_scanner {
	const char *s;
	size_t len, at;
	/* What is opened and not closed: false: it goes on to the end of the field; true: its
	 * first byte is a sign, and so is every later one of its kind. What a backslash outside
	 * of quotes stands before: false: it begins something; true: it does not. Programs do
	 * both. */
	bool skip_open;
	bool gap;				  /* private */
	bool no_quotes, no_comments, no_literals; /* private: they are signs from here on */
	bool has_open;				  /* something was opened and not closed */
};

/* Reads the next token. Linear: of what is not closed the end is searched once for each kind.
 */
void address_next_token(struct address_scanner *sc, struct address_token *ret);

/* Are two tokens, one behind the other and neither of them a comment, parts of one address?
 * There is a dot or '@' between them then, with or without gaps: ceo @ ours . example */
bool address_tokens_join(const char *s, const struct address_token *a,
			 const struct address_token *b);

#endif
