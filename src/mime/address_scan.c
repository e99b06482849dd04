/* A loop over the octets of a field. Line ends are white space. */
#include "mime/address_scan.h"

#include <string.h>

#define WHITE 1
#define SIGN  2

static const unsigned char byte_classes[256] = {
	[' '] = WHITE, ['\t'] = WHITE, ['\r'] = WHITE, ['\n'] = WHITE,
	['('] = SIGN,  [')'] = SIGN,   ['<'] = SIGN,   ['>'] = SIGN,
	['['] = SIGN,  [']'] = SIGN,   [':'] = SIGN,   [';'] = SIGN,
	['@'] = SIGN,  ['\\'] = SIGN,  [','] = SIGN,   ['"'] = SIGN,
};

static unsigned char
class_of(char c)
{
	return byte_classes[(unsigned char)c];
}

static size_t
skip_white_space(const struct address_scanner *sc, size_t at)
{
	while (at < sc->len && class_of(sc->s[at]) == WHITE)
		at++;
	return at;
}

static size_t
find_word_end(const struct address_scanner *sc, size_t at)
{
	while (at < sc->len && class_of(sc->s[at]) == 0)
		at++;
	return at;
}

/* Behind the byte that closes what begins at sc->at; 0: nothing does. */
static size_t
find_close(const struct address_scanner *sc, char close)
{
	char open = sc->s[sc->at];
	size_t depth = 1;

	for (size_t i = sc->at + 1; i < sc->len; i++) {
		char c = sc->s[i];

		if (c == '\\')
			i++;
		else if (c == close)
			depth--;
		else if (c == open && open == '(')
			depth++;
		if (depth == 0)
			return i + 1;
	}
	return 0;
}

/* Reads what is enclosed, or its first byte as a sign. */
static void
read_enclosed(struct address_scanner *sc, struct address_token *ret,
	      enum address_token_kind kind, char close, bool *none)
{
	size_t to = *none ? 0 : find_close(sc, close);

	ret->kind = kind;
	ret->to = to;
	if (to > 0)
		return;
	sc->has_open = true;
	*none = sc->skip_open;
	if (!sc->skip_open) {
		ret->to = sc->len;
		return;
	}
	ret->kind = ADDRESS_SIGN;
	ret->sign = sc->s[sc->at];
	ret->to = sc->at + 1;
}

/* For some programs it takes its meaning from what would begin something, for others not. */
static void
read_backslash(struct address_scanner *sc, struct address_token *ret)
{
	size_t next = sc->at + 1;
	bool opens = next < sc->len && strchr("\"([", sc->s[next]) != NULL;

	sc->has_open |= opens;
	ret->kind = ADDRESS_SIGN;
	ret->sign = '\\';
	ret->to = opens && sc->skip_open ? next + 1 : next;
}

static void
read_address_sign(struct address_scanner *sc, struct address_token *ret)
{
	switch (sc->s[sc->at]) {
	case '"':
		read_enclosed(sc, ret, ADDRESS_QUOTED, '"', &sc->no_quotes);
		break;
	case '(':
		read_enclosed(sc, ret, ADDRESS_COMMENT, ')', &sc->no_comments);
		break;
	case '[':
		read_enclosed(sc, ret, ADDRESS_LITERAL, ']', &sc->no_literals);
		break;
	case '\\':
		read_backslash(sc, ret);
		break;
	default:
		ret->kind = ADDRESS_SIGN;
		ret->sign = sc->s[sc->at];
		ret->to = sc->at + 1;
		break;
	}
}

void
address_next_token(struct address_scanner *sc, struct address_token *ret)
{
	size_t at = skip_white_space(sc, sc->at);

	*ret = (struct address_token){.from = at, .to = at, .gap = sc->gap || at > sc->at};
	sc->at = at;
	if (at >= sc->len)
		return;
	if (class_of(sc->s[at]) == SIGN) {
		read_address_sign(sc, ret);
	} else {
		ret->kind = ADDRESS_WORD;
		ret->to = find_word_end(sc, at);
	}
	sc->gap = ret->kind == ADDRESS_COMMENT;
	sc->at = ret->to;
}

static bool
joins(char c)
{
	return c == '.' || c == '@';
}

bool
address_tokens_join(const char *s, const struct address_token *a, const struct address_token *b)
{
	return joins(s[a->to - 1]) || joins(s[b->from]);
}
