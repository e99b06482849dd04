/* The content of spamd's answers: names of rules, or a header block. */
#include "service/spamd_content.h"

#include "util/str.h"

static bool
is_symbol_char(char c)
{
	return c > ' ' && c <= '~' && c != ',';
}

/* "FOO,BAR_2", with a line end or without. */
static enum exchange_state
take_symbols(struct spamd_exchange *x, const char *text, size_t len)
{
	size_t at = 0;

	len = str_trim_line_end(text, len);
	buf_reset(&x->list);
	while (at < len) {
		struct slice symbol = {.data = text + at};

		while (at < len && is_symbol_char(text[at]))
			at++;
		symbol.len = (size_t)(text + at - symbol.data);
		if (symbol.len == 0 || (at < len && text[at] != ','))
			return exchange_fail(&x->base, EXCHANGE_BAD_ANSWER, text, len);
		buf_append(&x->list, &symbol, sizeof(symbol));
		at++;
	}
	x->symbols = (const struct slice *)(const void *)x->list.data;
	x->n_symbols = x->list.len / sizeof(struct slice);
	return EXCHANGE_ANSWERED;
}

/* Appends a line of a value, without what cannot stand in a string. */
static void
put_value_line(struct spamd_exchange *x, const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (s[i] != '\0' && s[i] != '\r')
			buf_putc(&x->texts, (unsigned char)s[i]);
	}
}

/* A field's first line: its name and the begin of its value. False: it is none. */
static bool
put_field(struct spamd_exchange *x, const char *line, size_t len)
{
	const char *colon = memchr(line, ':', len);
	size_t n = colon == NULL ? 0 : str_trim_blanks(line, (size_t)(colon - line));
	struct spamd_field field;

	if (n == 0 || !str_is_header_name(line, n))
		return false;
	field.name = (const char *)x->texts.data + x->texts.len;
	buf_append(&x->texts, line, n);
	buf_putc(&x->texts, '\0');
	field.value = (const char *)x->texts.data + x->texts.len;
	n = (size_t)(line + len - colon - 1);
	n -= str_blank_run(colon + 1, n);
	put_value_line(x, line + len - n, n);
	buf_append(&x->list, &field, sizeof(field));
	return true;
}

/* Takes a line of the block. in_field: the line before belongs to a field. */
static bool
take_block_line(struct spamd_exchange *x, const char *line, size_t len, bool in_field)
{
	if (str_is_blank(line[0])) {
		if (in_field) {
			buf_putc(&x->texts, '\n');
			put_value_line(x, line, len);
		}
		return in_field;
	}
	if (in_field)
		buf_putc(&x->texts, '\0');
	return put_field(x, line, len);
}

/* The block ends with an empty line, or, when its length is known, with its last line. The
 * pointers into texts stay valid: its strings are not longer than the block, since each LF
 * becomes a NUL or stays, and a last line without one has room for it. */
static enum exchange_state
take_block(struct spamd_exchange *x, const char *text, size_t len)
{
	bool in_field = false, is_whole = x->has_length;
	size_t at = 0;

	buf_reset(&x->list);
	buf_reset(&x->texts);
	buf_reserve(&x->texts, len + 1);
	while (at < len) {
		const char *line = text + at, *lf = memchr(line, '\n', len - at);
		size_t all = lf != NULL ? (size_t)(lf + 1 - line) : len - at;
		size_t n = str_trim_line_end(line, all);

		at += all;
		if (n == 0) {
			is_whole = is_whole || lf != NULL;
			break;
		}
		in_field = take_block_line(x, line, n, in_field);
	}
	if (in_field)
		buf_putc(&x->texts, '\0');
	x->fields = (const struct spamd_field *)(const void *)x->list.data;
	x->n_fields = x->list.len / sizeof(struct spamd_field);
	return is_whole ? EXCHANGE_ANSWERED : EXCHANGE_CUT;
}

enum exchange_state
spamd_take_content(struct spamd_exchange *x, size_t len)
{
	const char *text = buf_string(&x->answer) + x->line;

	return x->command == SPAMD_SYMBOLS ? take_symbols(x, text, len)
					   : take_block(x, text, len);
}
