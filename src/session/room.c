/* Rooms, and a list of those that are free. */
#include "session/room.h"

#include <stdlib.h>

#include "util/arena.h"

#define KEEP_ROOMS 64u	 /* free ones; a burst's others go back */
#define KEEP_BYTES 4096u /* of a buffer */

struct room_stock {
	struct room *spare;
	size_t n;
	struct body_pool *files;
};

struct room_stock *
room_stock_new(struct body_pool *files)
{
	struct room_stock *stock = calloc(1, sizeof(*stock));

	if (stock == NULL)
		abort();
	stock->files = files;
	return stock;
}

static struct room *
room_new(struct body_pool *files)
{
	struct room *room = calloc(1, sizeof(*room));

	if (room == NULL)
		abort();
	room->arena = arena_new();
	message_begin(&room->message, room->arena);
	message_use_files(&room->message, files);
	return room;
}

static void
room_free(struct room *room)
{
	message_free(&room->message);
	arena_free(room->arena);
	for (size_t i = 0; i < MACRO_LATER; i++)
		buf_free(&room->macros[i]);
	buf_free(&room->text);
	buf_free(&room->rest);
	free(room);
}

struct room_stock *
room_stock_free(struct room_stock *stock)
{
	if (stock == NULL)
		return NULL;
	while (stock->spare != NULL) {
		struct room *room = stock->spare;

		stock->spare = room->next;
		room_free(room);
	}
	body_pool_free(stock->files);
	free(stock);
	return NULL;
}

struct room *
room_take(struct room_stock *stock)
{
	struct room *room;

	if (stock == NULL || stock->spare == NULL)
		return room_new(stock == NULL ? NULL : stock->files);
	room = stock->spare;
	stock->spare = room->next;
	stock->n--;
	return room;
}

void
room_forget_message(struct room *room)
{
	message_end(&room->message);
	arena_reset(room->arena);
	message_begin(&room->message, room->arena);
}

static void
empty(struct buf *b)
{
	buf_reset(b);
	if (b->cap > KEEP_BYTES)
		buf_free(b);
}

void
room_give(struct room_stock *stock, struct room *room)
{
	if (stock == NULL || stock->n == KEEP_ROOMS) {
		room_free(room);
		return;
	}
	room_forget_message(room);
	for (size_t i = 0; i < MACRO_LATER; i++)
		empty(&room->macros[i]);
	empty(&room->text);
	empty(&room->rest);
	room->more = false;
	room->code = 0;
	room->next = stock->spare;
	stock->spare = room;
	stock->n++;
}
