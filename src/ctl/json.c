/* JSON output with jansson: see json.h. */
#include "ctl/json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "util/buf.h"
#include "util/str.h"

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */
#define LIST_END    "]}"	   /* of the list, and of the object */

static void
fail(void)
{
	fputs("polymilterctl: no memory for the JSON output\n", stderr);
	exit(EX_OSERR);
}

static json_t *
require_value(json_t *value)
{
	if (value == NULL)
		fail();
	return value;
}

static void
append_clean(struct buf *b, const char *s, size_t len)
{
	while (len > 0) {
		size_t n = str_utf8_length((const unsigned char *)s, len);

		if (n > 0)
			buf_append(b, s, n);
		else
			buf_puts(b, REPLACEMENT);
		n += n == 0;
		s += n;
		len -= n;
	}
}

static json_t *
new_text(const char *s)
{
	size_t len = strlen(s);
	struct buf clean = {0};
	json_t *value;

	if (str_is_utf8(s, len))
		return require_value(json_stringn_nocheck(s, len));
	append_clean(&clean, s, len);
	value = json_stringn_nocheck((const char *)clean.data, clean.len);
	buf_free(&clean);
	return require_value(value);
}

json_t *
json_new_object(void)
{
	return require_value(json_object());
}

void
json_put(json_t *object, const char *name, json_t *value)
{
	if (json_object_set_new(object, name, require_value(value)) < 0)
		fail();
}

void
json_put_text(json_t *object, const char *name, const char *text)
{
	if (text != NULL)
		json_put(object, name, new_text(text));
}

void
json_put_text_or_null(json_t *object, const char *name, const char *text)
{
	json_put(object, name, text != NULL ? new_text(text) : json_null());
}

void
json_put_bool(json_t *object, const char *name, bool value)
{
	json_put(object, name, json_boolean(value));
}

void
json_put_number(json_t *object, const char *name, uint64_t n)
{
	json_put(object, name,
		 n <= INT64_MAX ? json_integer((json_int_t)n) : json_real((double)n));
}

void
json_put_fraction(json_t *object, const char *name, uint64_t n, uint64_t units)
{
	json_put(object, name, json_real((double)n / (double)units));
}

void
json_put_seconds(json_t *object, const char *name, uint64_t ns)
{
	json_put_fraction(object, name, ns, 1000000000);
}

void
json_put_real(json_t *object, const char *name, double value, unsigned places)
{
	char text[400]; /* for the largest double */

	if (!isfinite(value)) {
		json_put(object, name, json_null());
		return;
	}
	(void)snprintf(text, sizeof(text), "%.*f", (int)places, value);
	json_put(object, name, json_real(strtod(text, NULL)));
}

json_t *
json_put_object(json_t *object, const char *name)
{
	json_t *value = json_new_object();

	json_put(object, name, value);
	return value;
}

json_t *
json_put_list(json_t *object, const char *name)
{
	json_t *value = require_value(json_array());

	json_put(object, name, value);
	return value;
}

static void
add(json_t *list, json_t *value)
{
	if (json_array_append_new(list, value) < 0)
		fail();
}

void
json_add_text(json_t *list, const char *text)
{
	add(list, new_text(text));
}

json_t *
json_add_object(json_t *list)
{
	json_t *value = json_new_object();

	add(list, value);
	return value;
}

static int
append_piece(const char *text, size_t len, void *ctx)
{
	buf_append(ctx, text, len);
	return 0;
}

void
json_append(struct buf *b, json_t *value, size_t flags)
{
	if ((flags & JSON_REAL_PRECISION(0x1f)) == 0)
		flags |= JSON_REAL_PRECISION(15);
	if (json_dump_callback(value, append_piece, b, flags) < 0)
		fail();
	json_decref(value);
}

static void
write_and_free(struct buf *b, FILE *f)
{
	buf_write(b, f);
	buf_free(b);
}

void
json_print(FILE *f, json_t *value, size_t flags)
{
	struct buf b = {0};

	json_append(&b, value, flags);
	buf_putc(&b, '\n');
	write_and_free(&b, f);
}

void
json_begin_list(FILE *f, json_t *object, const char *name)
{
	struct buf b = {0};

	(void)json_put_list(object, name);
	json_append(&b, object, 0);
	b.len -= strlen(LIST_END);
	write_and_free(&b, f);
}

void
json_end_list(FILE *f)
{
	fputs(LIST_END, f);
}
