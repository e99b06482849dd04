/* Reads what a worker was at from the shared memory of one that has ended. Any bytes may stand
 * there: texts get an end here and are made printable where they are logged, a stage is one
 * that exists. */
#include "master/worker_end.h"

#include <string.h>

#include "milter/proto.h"
#include "util/buf.h"
#include "util/str.h"

static const char *const stage_words[STAGE_COUNT] = {
	[STAGE_CONNECT] = "connect",	[STAGE_HELO] = "HELO",
	[STAGE_ENVFROM] = "MAIL",	[STAGE_ENVRCPT] = "RCPT",
	[STAGE_DATA] = "DATA",		[STAGE_HEADER] = "a header field",
	[STAGE_EOH] = "end of headers", [STAGE_BODY] = "the body",
	[STAGE_EOM] = "end of message", [STAGE_UNKNOWN] = "an unknown command",
};

static const char *
find_stage_word(uint32_t stage)
{
	return stage < STAGE_COUNT ? stage_words[stage] : "";
}

struct worker_end
worker_end_read(const struct worker_shared *shared)
{
	const struct at_work *at = &shared->at_work;
	struct worker_end end = {
		.in_policy = atomic_load(&at->in_policy),
		.stage = find_stage_word(at->stage),
	};

	memcpy(end.message, at->message, AT_WORK_BYTES);
	if (!end.in_policy)
		return end;
	memcpy(end.policy, at->policy, AT_WORK_BYTES);
	memcpy(end.title, at->policy, AT_WORK_BYTES);
	end.key = at->key;
	return end;
}

static void
append_string(struct buf *text, const char *s)
{
	str_append_printable(text, s, strlen(s), AT_WORK_BYTES);
}

void
worker_end_append(const struct worker_end *end, struct buf *text)
{
	if (end->message[0] == '\0')
		return;
	buf_puts(text, " at message ");
	append_string(text, end->message);
	if (end->in_policy) {
		buf_puts(text, " in policy \"");
		append_string(text, end->policy);
		buf_putc(text, '"');
	}
	if (*end->stage != '\0') {
		buf_puts(text, end->in_policy ? " at " : " after ");
		buf_puts(text, end->stage);
	}
}
