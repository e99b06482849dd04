/* Edits are collected, then decided on one by one: is the inserted text written as it is, or in
 * an encoded word; and what else must go into that word, since a word stands between blanks
 * (RFC 2047, section 5). The result are the marks of the text's bytes, from which
 * field_edit_write.c makes the new value. */
#include "content/field_edit.h"

#include <string.h>

#include "content/field.h"
#include "content/field_edit_marks.h"
#include "content/squeeze.h"
#include "util/str.h"

/* Finds for each byte of an address field in what it stands (RFC 5322, section 3.4). What stems
 * from encoded words is no syntax. */
static void
find_syntax(struct field_edits *e)
{
	const struct header_origin *o = field_origins(e);
	enum field_syntax in = SYNTAX_PHRASE;
	size_t depth = 0;

	for (size_t i = 0; i < e->text.len; i++) {
		char c = o[i].kind == ORIGIN_TEXT ? (char)e->text.data[i] : 'a';
		bool quotable = in == SYNTAX_QUOTED || in == SYNTAX_COMMENT;
		enum field_syntax at = in;

		if (c == '\\' && quotable && i + 1 < e->text.len) {
			buf_putc(&e->syntax,
				 (unsigned char)(in == SYNTAX_QUOTED ? SYNTAX_QUOTE : in));
			buf_putc(&e->syntax, (unsigned char)in);
			i++;
			continue;
		}
		if (c == '"' && in != SYNTAX_COMMENT && in != SYNTAX_ADDRESS) {
			at = SYNTAX_QUOTE;
			in = in == SYNTAX_QUOTED ? SYNTAX_PHRASE : SYNTAX_QUOTED;
		} else if (c == '(' && (in == SYNTAX_PHRASE || in == SYNTAX_COMMENT)) {
			at = in = SYNTAX_COMMENT;
			depth++;
		} else if (c == ')' && in == SYNTAX_COMMENT && --depth == 0) {
			in = SYNTAX_PHRASE;
		} else if (c == '<' && in == SYNTAX_PHRASE) {
			at = in = SYNTAX_ADDRESS;
		} else if (c == '>' && in == SYNTAX_ADDRESS) {
			in = SYNTAX_PHRASE;
		}
		buf_putc(&e->syntax, (unsigned char)at);
	}
}

static void
squeeze_text(struct field_edits *e)
{
	const char *text = buf_string(&e->text);
	size_t same = squeeze_find(text, e->text.len, 0);

	e->text.len = squeeze_blanks(text, e->text.len, same, SQUEEZE_DECODED,
				     (char *)e->text.data, field_origins(e));
}

void
field_edits_begin(struct field_edits *e, const char *name, const char *value, bool decode)
{
	size_t len = strlen(value);

	*e = (struct field_edits){.name = name, .value = value, .decode = decode};
	e->address = field_has_addresses(name);
	if (decode) {
		mime_decode_header_origins(value, len, &e->text, &e->origins);
		squeeze_text(e);
	} else {
		mime_unfold_header_origins(value, len, &e->text, &e->origins);
	}
	(void)buf_string(&e->text); /* so that none is NULL */
	(void)buf_string(&e->inserted);
	(void)buf_string(&e->coded);
	if (e->text.len > 0)
		memset(buf_reserve(&e->marks, e->text.len), MARK_KEEP, e->text.len);
	e->marks.len = e->text.len;
	if (e->address)
		find_syntax(e);
}

static struct field_edit *
last_edit(struct field_edits *e)
{
	return (struct field_edit *)(void *)(e->edits.data + e->edits.len) - 1;
}

void
field_edit_add(struct field_edits *e, size_t from, size_t to)
{
	struct field_edit edit = {from, to, e->inserted.len, 0};

	buf_append(&e->edits, &edit, sizeof(edit));
}

static void
put_inserted(struct field_edits *e, const void *text, size_t len, bool coded)
{
	if (len == 0)
		return;
	buf_append(&e->inserted, text, len);
	memset(buf_reserve(&e->coded, len), coded, len);
	e->coded.len += len;
	last_edit(e)->len += len;
}

void
field_edit_put(struct field_edits *e, const char *text, size_t len)
{
	put_inserted(e, text, len, false);
}

void
field_edit_put_copy(struct field_edits *e, const char *text, size_t len)
{
	const struct field_edit *edit = last_edit(e);
	bool word = false;

	for (size_t i = edit->from; i < edit->to; i++)
		word |= field_origins(e)[i].kind != ORIGIN_TEXT;
	put_inserted(e, text, len, word);
}

void
field_edit_put_text(struct field_edits *e, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		put_inserted(e, e->text.data + i, 1, field_origins(e)[i].kind != ORIGIN_TEXT);
}

/* True when what the edit inserts, but for what stems from encoded words, cannot be written as
 * it is: it has other bytes than printable ASCII, or would be taken for an encoded word. */
static bool
must_be_encoded(const struct field_edits *e, const struct field_edit *edit)
{
	const char *s = (const char *)e->inserted.data + edit->inserted;

	for (size_t i = 0; i < edit->len; i++) {
		if ((s[i] < ' ' || s[i] > '~') && !e->coded.data[edit->inserted + i])
			return true;
	}
	return e->decode && edit->len > 1 && memmem(s, edit->len, "=?", 2) != NULL;
}

static bool
text_is_blank_at(const struct field_edits *e, size_t i)
{
	return str_is_blank((char)e->text.data[i]);
}

/* Marks the word that byte i of the text stems from. */
static void
mark_word(struct field_edits *e, size_t i)
{
	const struct header_origin *o = field_origins(e);
	size_t from = o[i].from;

	while (i > 0 && o[i - 1].from == from && o[i - 1].kind == ORIGIN_WORD)
		i--;
	for (; i < e->text.len && o[i].from == from && o[i].kind == ORIGIN_WORD; i++)
		e->marks.data[i] = MARK_CODE;
}

static bool
is_quoted(const struct field_edits *e, size_t i)
{
	return e->address &&
	       (e->syntax.data[i] == SYNTAX_QUOTE || e->syntax.data[i] == SYNTAX_QUOTED);
}

/* Marks byte i, next to an encoded word that is to be written, when it must go into the word.
 * False: the word ends here. */
static bool
join_with_word(struct field_edits *e, size_t i)
{
	enum header_origin_kind kind = field_origins(e)[i].kind;
	char c = (char)e->text.data[i];

	if (kind == ORIGIN_WORD)
		mark_word(e, i);
	if (kind != ORIGIN_TEXT)
		return false;
	if (is_quoted(e, i)) {
		e->marks.data[i] = e->syntax.data[i] == SYNTAX_QUOTE ? MARK_DROP : MARK_CODE;
		return true;
	}
	if (str_is_blank(c) || (e->address && strchr("()<>@,;:\\[]", c) != NULL))
		return false;
	e->marks.data[i] = MARK_CODE;
	return true;
}

/* What the edit inserts becomes an encoded word, with the text that touches it. */
static void
encode_insertion(struct field_edits *e, const struct field_edit *edit)
{
	size_t i = edit->from;

	if (edit->len > 0)
		memset(e->coded.data + edit->inserted, true, edit->len);
	while (i > 0 && join_with_word(e, i - 1))
		i--;
	for (i = edit->to; i < e->text.len && join_with_word(e, i);)
		i++;
}

/* Which kinds of origins the edit touches, as bits. An edit without length touches the word
 * that it stands in. */
static unsigned
find_touched_kinds(const struct field_edits *e, const struct field_edit *edit)
{
	const struct header_origin *o = field_origins(e);
	size_t from = edit->from, to = edit->to;
	unsigned kinds = 0;

	if (from == to && from > 0 && to < e->text.len && o[from - 1].from == o[to].from)
		to++;
	for (size_t i = from; i < to; i++) {
		if (o[i].kind != ORIGIN_TEXT || !text_is_blank_at(e, i) || to - from == 1)
			kinds |= 1u << o[i].kind;
	}
	return kinds;
}

/* Would a text without blank touch an encoded word, with which it was not glued before? */
static bool
would_touch_word(const struct field_edits *e, const struct field_edit *edit)
{
	const struct header_origin *o = field_origins(e);
	const char *text = (const char *)e->inserted.data + edit->inserted;
	size_t from = edit->from, to = edit->to, len = edit->len;
	bool word_before = from > 0 && o[from - 1].kind == ORIGIN_WORD;
	bool word_behind = to < e->text.len && o[to].kind == ORIGIN_WORD;

	if (len == 0)
		return (word_before || word_behind) && from > 0 && to < e->text.len &&
		       !text_is_blank_at(e, from - 1) && !text_is_blank_at(e, to);
	return (word_before && !str_is_blank(text[0])) ||
	       (word_behind && !str_is_blank(text[len - 1]));
}

/* Is byte i in an address, or between two of them in a piece without blanks that has an '@'? */
static bool
stands_in_address(const struct field_edits *e, size_t i)
{
	const char *s = (const char *)e->text.data;
	size_t len = e->text.len, end = i;

	if (len == 0)
		return false;
	if (i < len && (e->syntax.data[i] != SYNTAX_PHRASE || is_quoted(e, i)))
		return e->syntax.data[i] == SYNTAX_ADDRESS;
	while (i > 0 && !str_is_blank(s[i - 1]) && s[i - 1] != ',' && s[i - 1] != ':')
		i--;
	while (end < len && !str_is_blank(s[end]) && s[end] != ',' && s[end] != ';')
		end++;
	for (; i < end; i++) {
		if (s[i] == '@' && field_origins(e)[i].kind == ORIGIN_TEXT)
			return true;
	}
	return false;
}

/* Decides how the edit is written. False: not at all. */
static bool
mark_edit(struct field_edits *e, const struct field_edit *edit)
{
	const unsigned word = 1u << ORIGIN_WORD, unreadable = 1u << ORIGIN_UNREADABLE;
	unsigned kinds = find_touched_kinds(e, edit);
	bool encode = must_be_encoded(e, edit);

	if (kinds & unreadable)
		return false;
	for (size_t i = edit->from; i < edit->to; i++) {
		if (field_origins(e)[i].kind == ORIGIN_WORD)
			mark_word(e, i);
	}
	if (kinds == word) {
		if (edit->from == edit->to)
			mark_word(e, edit->from);
		if (edit->len > 0)
			memset(e->coded.data + edit->inserted, true, edit->len);
		return true;
	}
	if (e->address && encode && (kinds & word) == 0 && stands_in_address(e, edit->from))
		return false;
	if (!e->address)
		encode = encode || (kinds & word) != 0 || would_touch_word(e, edit);
	if (encode)
		encode_insertion(e, edit);
	return true;
}

/* Is the edit without effect? Such bytes stay, so that a signature over them stays valid. */
static bool
inserts_the_same(const struct field_edits *e, const struct field_edit *edit)
{
	size_t len = edit->to - edit->from;

	return edit->len == len &&
	       (len == 0 ||
		memcmp(e->text.data + edit->from, e->inserted.data + edit->inserted, len) == 0);
}

bool
field_edits_write(struct field_edits *e, struct buf *out)
{
	struct field_edit *edits = (struct field_edit *)(void *)e->edits.data;
	size_t n = e->edits.len / sizeof(*edits), kept = 0;

	buf_reset(out);
	for (size_t i = 0; i < n; i++) {
		if (!inserts_the_same(e, &edits[i]) && mark_edit(e, &edits[i]))
			edits[kept++] = edits[i];
	}
	if (kept > 0)
		field_edits_render(e, edits, kept, out);
	return kept > 0;
}

void
field_edits_free(struct field_edits *e)
{
	buf_free(&e->text);
	buf_free(&e->origins);
	buf_free(&e->marks);
	buf_free(&e->syntax);
	buf_free(&e->edits);
	buf_free(&e->inserted);
	buf_free(&e->coded);
}
