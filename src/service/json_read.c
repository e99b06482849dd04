/* Reads JSON of a server: see json_read.h.
 *
 * jansson's functions for memory are the process's. They are ours only while a value is made or
 * freed here, since ctl has values of its own, which are freed as malloc() made them. */
#include "service/json_read.h"

#include <stdint.h>
#include <string.h>

#include "util/memory.h"
#include "util/str.h"

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

/* Before each allocation: its size, which memory_free() needs. As wide as malloc() aligns. */
union counted_size {
	size_t n;
	_Alignas(16) char width[16];
};

static size_t json_room; /* bytes that the value may still take */

static void *
allocate_counted(size_t n)
{
	union counted_size *p;

	if (n > json_room || json_room - n < sizeof(*p))
		return NULL;
	n += sizeof(*p);
	if (memory_lacks_room(n))
		return NULL;
	json_room -= n;
	p = memory_alloc(n);
	p->n = n;
	return p + 1;
}

static void
free_counted(void *memory)
{
	union counted_size *p = memory;

	if (p == NULL)
		return;
	p--;
	json_room += p->n;
	memory_free(p, p->n);
}

/* Appends the text with U+FFFD for what is not UTF-8. A NUL between values stays, and is an
 * error of jansson's. */
static void
append_repaired(struct buf *out, const char *text, size_t len)
{
	const unsigned char *p = (const unsigned char *)text;

	while (len > 0) {
		size_t n = str_ascii_run(p, len);

		if (n == 0)
			n = str_utf8_length(p, len);
		if (n == 0)
			buf_puts(out, REPLACEMENT);
		else
			buf_append(out, p, n);
		n += n == 0;
		p += n;
		len -= n;
	}
}

static json_t *
load_object(const char *text, size_t len, json_error_t *error)
{
	json_malloc_t old_malloc;
	json_free_t old_free;
	json_t *root;

	json_get_alloc_funcs(&old_malloc, &old_free);
	json_set_alloc_funcs(allocate_counted, free_counted);
	root = json_loadb(text, len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, error);
	json_set_alloc_funcs(old_malloc, old_free);
	return root;
}

json_t *
json_read_object(const char *text, size_t len, struct buf *error)
{
	struct buf repaired = {0};
	json_error_t why;
	json_t *root;

	append_repaired(&repaired, text, len);
	json_room = JSON_ROOM(len);
	root = load_object(buf_string(&repaired), repaired.len, &why);
	buf_free(&repaired);
	if (root == NULL) {
		buf_printf(error, "JSON, byte %d: %s", why.position, why.text);
		return NULL;
	}
	if (!json_is_object(root)) {
		json_read_free(root);
		buf_puts(error, "JSON: not an object");
		return NULL;
	}
	return root;
}

void
json_read_free(json_t *root)
{
	json_malloc_t old_malloc;
	json_free_t old_free;

	json_get_alloc_funcs(&old_malloc, &old_free);
	json_set_alloc_funcs(allocate_counted, free_counted);
	json_decref(root);
	json_set_alloc_funcs(old_malloc, old_free);
}
