/* Transfer encodings and charsets give back what was put in, and take anything; parameters that
 * were set are there. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "mime/charset.h"
#include "mime/text.h"
#include "util/arena.h"
#include "util/buf.h"
#include "util/str.h"

static bool
is_same(const struct buf *b, const char *s, size_t len)
{
	return b->len == len && (len == 0 || memcmp(b->data, s, len) == 0);
}

static void
check_encodings(const char *s, size_t len)
{
	struct buf text = {0}, out = {0};

	mime_qp_decode(s, len, &out);
	assert(out.len <= len);
	buf_reset(&out);
	mime_base64_decode(s, len, &out);
	assert(out.len <= len);
	buf_reset(&out);

	mime_qp_encode(s, len, &text);
	assert(mime_qp_decode((const char *)text.data, text.len, &out));
	assert(is_same(&out, s, len));
	buf_reset(&text);
	buf_reset(&out);
	mime_base64_encode(s, len, &text);
	assert(mime_base64_decode((const char *)text.data, text.len, &out));
	assert(is_same(&out, s, len));
	buf_free(&text);
	buf_free(&out);
}

static void
check_charset(const struct charset *cs, const char *s, size_t len)
{
	struct buf text = {0}, out = {0}, back = {0};

	charset_to_utf8_lossy(cs, s, len, &text);
	assert(text.len <= 3 * len && str_is_utf8(buf_string(&text), text.len));
	if (charset_to_utf8(cs, s, len, &out) == 0)
		assert(str_is_utf8(buf_string(&out), out.len));
	buf_reset(&out);
	if (charset_from_utf8(cs, buf_string(&text), text.len, &out) == 0) {
		assert(charset_to_utf8(cs, buf_string(&out), out.len, &back) == 0);
		assert(is_same(&back, buf_string(&text), text.len));
	}
	buf_free(&text);
	buf_free(&out);
	buf_free(&back);
}

static void
check_params(struct arena *a, const char *value)
{
	struct mime_params before, after;
	struct buf set = {0};

	mime_encoding_parse(value);
	mime_params_parse(a, value, &before);
	for (size_t i = 0; i < before.n; i++) {
		const struct mime_param *p = &before.param[i];

		if (strcmp(p->name, "name") == 0 || strcmp(p->name, "filename") == 0)
			assert(str_is_utf8(p->value, strlen(p->value)));
	}
	mime_param_set(value, "charset", "x-set", &set);
	mime_params_parse(a, buf_string(&set), &after);
	if (!before.irregular && before.n < sizeof(before.param) / sizeof(before.param[0])) {
		assert(strcmp(mime_param(&after, "charset"), "x-set") == 0);
		assert(strcmp(before.type, after.type) == 0);
	}
	buf_free(&set);
}

/* The first line names a charset; the rest is bytes in it, a part's text, and a value. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *s = (const char *)data;
	const char *newline = memchr(s, '\n', size);
	size_t name = newline == NULL ? 0 : (size_t)(newline - s) + 1;
	const struct charset *cs;
	struct arena *a = arena_new();

	charset_open_all();
	cs = charset_find(s, name == 0 ? 0 : name - 1);
	check_encodings(s + name, size - name);
	if (cs != NULL)
		check_charset(cs, s + name, size - name);
	check_params(a, arena_strndup(a, s + name, size - name));
	arena_free(a);
	return 0;
}
