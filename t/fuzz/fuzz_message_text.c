/* Fuzzes the text of messages: every paragraph is UTF-8 on one line, whatever the structure,
 * the encodings and the charsets are. Input: the Content-Type, the Content-Transfer-Encoding,
 * each ended by LF, and the body. */
#include <assert.h>
#include <string.h>

#include "charset/charset.h"
#include "content/message_text.h"
#include "content/mime_tree.h"
#include "fuzz.h"
#include "session/message.h"
#include "util/arena.h"
#include "util/str.h"

static void
check_text(struct message *m, const struct text_wish *wish)
{
	static const struct content_limits limits = {.parts = 50, .depth = 8};
	const struct message_text *t = content_message_text(m, &limits, wish);
	struct text_paragraph p;
	size_t at = 0, bytes = 0;
	const char *host = t->hosts;

	while (message_text_next(t, &at, &p)) {
		assert(str_is_utf8(p.s, p.len));
		assert(memchr(p.s, '\r', p.len) == NULL);
		assert(!wish->normalized ||
		       (p.len > 0 && p.s[0] != ' ' && p.s[p.len - 1] != ' '));
		bytes += p.len;
	}
	assert(wish->normalized || bytes <= wish->max);
	for (size_t i = 0; i < t->n_hosts; i++)
		host += strlen(host) + 1;
	assert(content_message_text(m, &limits, wish) == t);
}

/* A line of the input as a header field. Returns what follows. */
static const char *
receive_field(struct message *m, const char *name, const char *s, const char *end)
{
	const char *lf = memchr(s, '\n', (size_t)(end - s));
	size_t n = (size_t)((lf == NULL ? end : lf) - s);

	if (n > 0 && memchr(s, '\0', n) == NULL)
		message_receive_header(m, name, arena_strndup(m->arena, s, n), true);
	return lf == NULL ? end : lf + 1;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *s = (const char *)data, *end = s + size;
	struct arena *arena = arena_new();
	struct message m = {0};

	(void)charset_open_all();
	message_begin(&m, arena);
	s = receive_field(&m, "Content-Type", s, end);
	s = receive_field(&m, "Content-Transfer-Encoding", s, end);
	(void)message_receive_body(&m, s, (size_t)(end - s), true);
	(void)message_finish_body(&m);
	for (unsigned i = 0; i < 2 * CONTENT_WHERES; i++)
		check_text(&m, &(struct text_wish){.where = (enum content_where)(i / 2),
						   .normalized = i % 2 == 1,
						   .links = true,
						   .max = 1000 * (i + 1)});
	message_end(&m);
	message_free(&m);
	arena_free(arena);
	return 0;
}
