/* What the displayed name of a mailbox says: an address that is written in it, and whose name
 * it is. The name is UTF-8, decoded (mime/mailboxes.h). */
#ifndef CONTENT_SENDER_NAME_H
#define CONTENT_SENDER_NAME_H

#include <stdbool.h>
#include <stddef.h>

struct buf;

/* Calls use() with each address in a name that normalize_text() has made, up to the first for
 * which it returns true. Its domain has a dot. Returns whether there was one. Linear.
 *
 *	"ceo@a.example (work)"		ceo@a.example
 *	"ceo at a dot example"		ceo@a.example; also "(at)", "[dot]"
 *	"jane at work", "jane@home"	none */
bool sender_name_each_address(const char *name, bool (*use)(void *ctx, const char *address),
			      void *ctx);

/* Appends the name in the form in which names are compared: normalized, without punctuation,
 * its words in order. "BOSS, Jane" and "Jane  Boss" are "boss jane". Nothing is appended when
 * there is no word. Of more than 32 words only the first are ordered. */
void sender_name_append_words(const char *name, struct buf *out);

#endif
