/* Macros by stage: each set is one buffer of NUL ended strings. */
#include "session/macro.h"

#include <string.h>

/* The stages that have macros, oldest first. EOH and EOM come in this order in time, but not in
 * enum macro_stage. */
static const struct {
	unsigned char command;
	enum macro_stage stage;
} order[] = {
	{'C', MACRO_CONNECT}, {'H', MACRO_HELO}, {'M', MACRO_ENVFROM}, {'R', MACRO_ENVRCPT},
	{'T', MACRO_DATA},    {'N', MACRO_EOH},	 {'E', MACRO_EOM},
};

#define N_ORDER (sizeof(order) / sizeof(order[0]))

static void
clear_from(struct macros *m, size_t i)
{
	for (; i < N_ORDER; i++)
		buf_reset(&m->pairs[order[i].stage]);
}

void
macros_set(struct macros *m, unsigned char command, const char *pairs, size_t len)
{
	for (size_t i = 0; i < N_ORDER; i++) {
		if (order[i].command != command)
			continue;
		clear_from(m, i);
		buf_append(&m->pairs[order[i].stage], pairs, len);
		return;
	}
}

void
macros_clear_message(struct macros *m)
{
	clear_from(m, 2);
}

void
macros_clear(struct macros *m)
{
	clear_from(m, 0);
}

void
macros_free(struct macros *m)
{
	for (size_t i = 0; i < MACRO_STAGES; i++)
		buf_free(&m->pairs[i]);
}

/* "{i}" and "i" are the same; longer names always have their braces. */
static bool
same_name(const char *a, const char *b)
{
	if (a[0] == '{' && a[1] != '\0' && a[2] == '}' && a[3] == '\0')
		return a[1] == b[0] && b[1] == '\0';
	return strcmp(a, b) == 0;
}

static const char *
find(const struct buf *pairs, const char *name)
{
	const char *p = (const char *)pairs->data, *end = pairs->len > 0 ? p + pairs->len : p;

	while (p < end) {
		const char *value = p + strlen(p) + 1;

		if (same_name(p, name) || same_name(name, p))
			return value;
		p = value + strlen(value) + 1;
	}
	return NULL;
}

const char *
macros_get(const struct macros *m, const char *name)
{
	for (size_t i = N_ORDER; i-- > 0;) {
		const char *value = find(&m->pairs[order[i].stage], name);

		if (value != NULL)
			return value;
	}
	return NULL;
}
