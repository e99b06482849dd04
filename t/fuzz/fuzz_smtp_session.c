/* Fuzzes the reader of SMTP dialogues: any file is read, or refused with its name and a line.
 * Input: the client's half of a dialogue. */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "ctl/smtp_session.h"
#include "file.h"
#include "fuzz.h"
#include "util/arena.h"
#include "util/buf.h"

static void
expect_transaction(const struct smtp_transaction *t, size_t line)
{
	assert(t->line > line);
	assert(t->sender[0] != NULL);
	for (size_t i = 0; t->rcpts[i] != NULL; i++)
		assert(t->rcpts[i][0] == '<');
	assert(t->is_reset || memchr(t->text, '\r', t->len) == NULL ||
	       memmem(t->text, t->len, "\r\n", 2) == NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char name[FUZZ_FILE_NAME_BYTES];
	int fd = fuzz_file(data, size, name);
	struct arena *arena = arena_new();
	struct smtp_session session = {0};
	struct buf why = {0};
	size_t line = 0;

	if (smtp_session_read(arena, name, &session, &why) < 0) {
		assert(why.len > strlen(name) && memcmp(why.data, name, strlen(name)) == 0);
	} else {
		for (const struct smtp_transaction *t = session.first; t; t = t->next) {
			expect_transaction(t, line);
			line = t->line;
		}
	}
	buf_free(&why);
	arena_free(arena);
	close(fd);
	return 0;
}
