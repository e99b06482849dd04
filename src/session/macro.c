/* Macro sets: each is one run of NUL ended strings, as it came, and is searched from its start.
 */
#include "session/macro.h"

#include <limits.h>
#include <string.h>

#include "util/memory.h"

/* The stages that have a set, in their order in time, from 1; 0: no set is kept. */
static const unsigned char set_numbers[UCHAR_MAX + 1] = {
	[CMD_CONNECT] = 1, [CMD_HELO] = 2, [CMD_ENVFROM] = 3, [CMD_ENVRCPT] = 4,
	[CMD_DATA] = 5,	   [CMD_EOH] = 6,  [CMD_EOM] = 7,
};

bool
macro_stage_is_kept(unsigned char command)
{
	return set_numbers[command] != 0;
}

bool
macro_stage_is_of_message(unsigned char command)
{
	return set_numbers[command] > MACRO_CONNECTION_SETS;
}

static void
set_connection_macros(struct macro_set *set, const char *pairs, size_t len)
{
	memory_free(set->pairs, set->len);
	*set = (struct macro_set){0};
	if (len == 0)
		return;
	set->pairs = memory_alloc(len);
	memcpy(set->pairs, pairs, len);
	set->len = len;
}

static void
clear_message_sets(struct macros *m, size_t from)
{
	for (size_t i = from; m->message != NULL && i < MACRO_MESSAGE_SETS; i++)
		buf_reset(&m->message[i]);
}

void
macros_set(struct macros *m, unsigned char command, const char *pairs, size_t len)
{
	size_t number = set_numbers[command];

	if (number == 0)
		return;
	m->queue_id_known = false;
	if (number > MACRO_CONNECTION_SETS) {
		clear_message_sets(m, number - MACRO_CONNECTION_SETS - 1);
		buf_append(&m->message[number - MACRO_CONNECTION_SETS - 1], pairs, len);
		return;
	}
	clear_message_sets(m, 0);
	for (size_t i = number; i < MACRO_CONNECTION_SETS; i++)
		set_connection_macros(&m->connection[i], NULL, 0);
	set_connection_macros(&m->connection[number - 1], pairs, len);
}

void
macros_set_buffers(struct macros *m, struct buf *buffers)
{
	m->message = buffers;
	m->queue_id_known = false;
}

bool
macros_has_message_sets(const struct macros *m)
{
	for (size_t i = 0; m->message != NULL && i < MACRO_MESSAGE_SETS; i++)
		if (m->message[i].len > 0)
			return true;
	return false;
}

void
macros_clear_message(struct macros *m)
{
	m->queue_id_known = false;
	clear_message_sets(m, 0);
}

void
macros_clear(struct macros *m)
{
	macros_clear_message(m);
	for (size_t i = 0; i < MACRO_CONNECTION_SETS; i++)
		set_connection_macros(&m->connection[i], NULL, 0);
}

/* The letter of a name of one letter, "i" or "{i}"; 0 for a longer name. */
static char
macro_letter(const char *name)
{
	if (name[0] == '{' && name[1] != '\0' && name[2] == '}' && name[3] == '\0')
		return name[1];
	return name[0] != '\0' && name[1] == '\0' ? name[0] : '\0';
}

/* letter: macro_letter(name). */
static const char *
find_macro(const void *pairs, size_t len, const char *name, char letter)
{
	const char *p = pairs, *end = len > 0 ? p + len : p;

	while (p < end) {
		const char *value = p + strlen(p) + 1;

		if (letter != '\0' ? macro_letter(p) == letter : strcmp(p, name) == 0)
			return value;
		p = value + strlen(value) + 1;
	}
	return NULL;
}

const char *
macros_get(const struct macros *m, const char *name)
{
	const char *value = NULL;
	char letter = macro_letter(name);

	for (size_t i = MACRO_MESSAGE_SETS; m->message != NULL && value == NULL && i-- > 0;)
		if (m->message[i].len > 0)
			value = find_macro(m->message[i].data, m->message[i].len, name, letter);
	for (size_t i = MACRO_CONNECTION_SETS; value == NULL && i-- > 0;)
		if (m->connection[i].len > 0)
			value = find_macro(m->connection[i].pairs, m->connection[i].len, name,
					   letter);
	return value;
}

const char *
macros_get_of_command(const struct macros *m, unsigned char command, const char *name)
{
	size_t number = set_numbers[command];
	const struct buf *set;

	if (number <= MACRO_CONNECTION_SETS || m->message == NULL)
		return NULL;
	set = &m->message[number - MACRO_CONNECTION_SETS - 1];
	return find_macro(set->data, set->len, name, macro_letter(name));
}

const char *
macros_queue_id(struct macros *m)
{
	if (!m->queue_id_known)
		m->queue_id = macros_get(m, "i");
	m->queue_id_known = true;
	return m->queue_id;
}
