/* Macros by stage: each set is one buffer of NUL ended strings. */
#include "session/macro.h"

#include <limits.h>
#include <string.h>

/* The stages that have macros, oldest first. EOH and EOM come in this order in time, but not in
 * enum macro_stage. */
static const enum macro_stage order[] = {
	MACRO_CONNECT, MACRO_HELO, MACRO_ENVFROM, MACRO_ENVRCPT,
	MACRO_DATA,    MACRO_EOH,  MACRO_EOM,
};

#define N_ORDER	     (sizeof(order) / sizeof(order[0]))
#define MESSAGE_FROM 2u /* the message's begin here */

/* By the command's letter: its place in order[], from 1; 0: no stage that has macros. */
static const unsigned char places[UCHAR_MAX + 1] = {
	['C'] = 1, ['H'] = 2, ['M'] = 3, ['R'] = 4, ['T'] = 5, ['N'] = 6, ['E'] = 7,
};

static void
clear_from(struct macros *m, size_t i)
{
	m->id_known = false;
	for (; i < N_ORDER; i++)
		buf_reset(&m->pairs[order[i]]);
}

void
macros_set(struct macros *m, unsigned char command, const char *pairs, size_t len)
{
	size_t place = places[command];

	if (place == 0)
		return;
	clear_from(m, place - 1);
	buf_append(&m->pairs[order[place - 1]], pairs, len);
}

void
macros_clear_message(struct macros *m)
{
	clear_from(m, MESSAGE_FROM);
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

/* "{i}" and "i" are the same; longer names always have their braces. The one letter of such a
 * name, or 0. */
static char
letter_of(const char *name)
{
	if (name[0] == '{' && name[1] != '\0' && name[2] == '}' && name[3] == '\0')
		return name[1];
	return name[0] != '\0' && name[1] == '\0' ? name[0] : '\0';
}

static const char *
find(const struct buf *pairs, const char *name)
{
	const char *p = (const char *)pairs->data, *end = pairs->len > 0 ? p + pairs->len : p;
	char letter = letter_of(name);

	while (p < end) {
		const char *value = p + strlen(p) + 1;

		if (letter != '\0' ? letter_of(p) == letter : strcmp(p, name) == 0)
			return value;
		p = value + strlen(value) + 1;
	}
	return NULL;
}

const char *
macros_get(const struct macros *m, const char *name)
{
	for (size_t i = N_ORDER; i-- > 0;) {
		const char *value = find(&m->pairs[order[i]], name);

		if (value != NULL)
			return value;
	}
	return NULL;
}

const char *
macros_id(struct macros *m)
{
	if (!m->id_known)
		m->id = macros_get(m, "i");
	m->id_known = true;
	return m->id;
}
