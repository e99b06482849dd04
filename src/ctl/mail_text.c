/* Cuts a message into its header fields and its body: see mail_text.h. */
#include "ctl/mail_text.h"

#include <stdbool.h>
#include <string.h>

#include "mime/fields.h"
#include "util/arena.h"
#include "util/buf.h"

#define VALUE_MAX 60000u /* bytes; Postfix cuts a longer value */

/* Copies a value without the space at its start, its lines separated by LF. It ends at a NUL,
 * as in Postfix. */
static char *
copy_header_value(struct arena *arena, const char *s, size_t len)
{
	char *value;
	size_t n = 0;

	if (len > VALUE_MAX)
		len = VALUE_MAX;
	value = arena_alloc(arena, len + 1);
	for (size_t i = len > 0 && s[0] == ' '; i < len; i++)
		if (!(s[i] == '\r' && i + 1 < len && s[i + 1] == '\n'))
			value[n++] = s[i];
	value[n] = '\0';
	return value;
}

/* As Postfix decides; other bytes make the line one of the body. */
static bool
is_header_name(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (s[i] <= ' ' || s[i] >= 0x7f)
			return false;
	return len > 0;
}

static size_t
count_lines(const char *text, size_t len)
{
	size_t n = 0;

	for (size_t at = 0; at < len; at = mime_line_next(text, len, at))
		n++;
	return n;
}

size_t
mail_text_read_headers(struct arena *arena, const char *text, size_t len,
		       const struct mta_header **ret, size_t *ret_bad)
{
	struct buf found = {0};
	struct mta_header h = {NULL, NULL};
	struct mime_field_span f;
	size_t at = 0;

	*ret_bad = 0;
	while (at < len && mime_line_end_length(text, len, at) == 0) {
		mime_field_read(text, len, at, &f);
		if (!is_header_name(text + f.from, f.name_end - f.from)) {
			*ret_bad = count_lines(text, at) + 1;
			break;
		}
		h.name = arena_strndup(arena, text + f.from, f.name_end - f.from);
		h.value = copy_header_value(arena, text + f.value, f.value_end - f.value);
		buf_append(&found, &h, sizeof(h));
		at = f.to;
	}
	h = (struct mta_header){NULL, NULL};
	buf_append(&found, &h, sizeof(h));
	*ret = arena_dup(arena, found.data, found.len);
	buf_free(&found);
	return at + (at < len && *ret_bad == 0 ? mime_line_end_length(text, len, at) : 0);
}

void
mail_text_read_body(struct buf *body, const char *text, size_t len)
{
	for (size_t at = 0, next; at < len; at = next) {
		next = mime_line_next(text, len, at);

		size_t end = next;

		while (end > at && (text[end - 1] == '\n' || text[end - 1] == '\r'))
			end--;
		buf_append(body, text + at, end - at);
		buf_puts(body, "\r\n");
	}
}

size_t
mail_text_header_size(const struct mta_header *h)
{
	size_t size = 2;

	for (; h->name; h++) {
		size += strlen(h->name) + 2 + strlen(h->value) + 2;
		for (const char *p = h->value; (p = strchr(p, '\n')); p++)
			size++;
	}
	return size;
}
