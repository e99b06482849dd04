/* Macros by stage: each set is one run of NUL ended strings. */
#include "session/macro.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* By the command's letter: its place in time, from 1; 0: no stage that has macros. */
static const unsigned char places[UCHAR_MAX + 1] = {
	['C'] = 1, ['H'] = 2, ['M'] = 3, ['R'] = 4, ['T'] = 5, ['N'] = 6, ['E'] = 7,
};

bool
macros_are_kept(unsigned char command)
{
	return places[command] != 0;
}

bool
macros_are_later(unsigned char command)
{
	return places[command] > MACRO_EARLY;
}

static void
set_early(struct macro_set *set, const char *pairs, size_t len)
{
	free(set->pairs);
	*set = (struct macro_set){0};
	if (len == 0)
		return;
	set->pairs = malloc(len);
	if (set->pairs == NULL)
		abort();
	memcpy(set->pairs, pairs, len);
	set->len = len;
}

static void
clear_later(struct macros *m, size_t from)
{
	for (size_t i = from; m->later != NULL && i < MACRO_LATER; i++)
		buf_reset(&m->later[i]);
}

void
macros_set(struct macros *m, unsigned char command, const char *pairs, size_t len)
{
	size_t place = places[command];

	if (place == 0)
		return;
	m->id_known = false;
	if (place > MACRO_EARLY) {
		clear_later(m, place - MACRO_EARLY - 1);
		buf_append(&m->later[place - MACRO_EARLY - 1], pairs, len);
		return;
	}
	clear_later(m, 0);
	for (size_t i = place; i < MACRO_EARLY; i++)
		set_early(&m->early[i], NULL, 0);
	set_early(&m->early[place - 1], pairs, len);
}

void
macros_lend(struct macros *m, struct buf *later)
{
	m->later = later;
	m->id_known = false;
}

bool
macros_has_later(const struct macros *m)
{
	for (size_t i = 0; m->later != NULL && i < MACRO_LATER; i++)
		if (m->later[i].len > 0)
			return true;
	return false;
}

void
macros_clear_message(struct macros *m)
{
	m->id_known = false;
	clear_later(m, 0);
}

void
macros_clear(struct macros *m)
{
	macros_clear_message(m);
	for (size_t i = 0; i < MACRO_EARLY; i++)
		set_early(&m->early[i], NULL, 0);
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
find(const void *pairs, size_t len, const char *name)
{
	const char *p = pairs, *end = len > 0 ? p + len : p;
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
	const char *value = NULL;

	for (size_t i = MACRO_LATER; m->later != NULL && value == NULL && i-- > 0;)
		value = find(m->later[i].data, m->later[i].len, name);
	for (size_t i = MACRO_EARLY; value == NULL && i-- > 0;)
		value = find(m->early[i].pairs, m->early[i].len, name);
	return value;
}

const char *
macros_id(struct macros *m)
{
	if (!m->id_known)
		m->id = macros_get(m, "i");
	m->id_known = true;
	return m->id;
}
