/* polymilterctl why: finds messages in the daemon's history, and prints what happened to them.
 * Input: the memory of the history, which the daemon hands out, read-only (io/ring.h); its
 * records are of workers, and are checked. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sysexits.h>

#include "chain/history.h"
#include "ctl/control.h"
#include "ctl/why.h"
#include "io/ring.h"
#include "util/arena.h"

#define NOT_FOUND 1

enum { OPT_LAST = CONTROL_OPT_COUNT, OPT_FROM, OPT_RCPT, OPT_JSON };

static const struct command_option options[] = {
	CONTROL_OPTIONS,
	[OPT_LAST] = {"last", "N", "the newest N messages of those that are asked for", 'n'},
	[OPT_FROM] = {"from", "ADDRESS", "messages from this sender, or @DOMAIN", 0},
	[OPT_RCPT] = {"rcpt", "ADDRESS", "messages to this recipient, or @DOMAIN", 0},
	[OPT_JSON] = {"json", NULL, "print each message as a JSON object", 0},
	{0},
};

struct wish {
	const char *queue_id, *from, *rcpt; /* NULL: any */
	uint64_t last;
};

/* A record that was read and is wanted; its bytes are copied. */
struct found_record {
	uint64_t number;
	size_t len;
	unsigned char *data;
};

struct found_records {
	struct found_record *records;
	size_t n;
};

/* Which messages. */

/* wish: an address, or "@domain". */
static bool
matches_address(const char *address, const char *wish)
{
	const char *at = wish[0] == '@' && address != NULL ? strrchr(address, '@') : address;

	return at != NULL && strcasecmp(at, wish) == 0;
}

/* A recipient is one that the client named, or that a policy has added. */
static bool
names_rcpt(const struct history_message *m, const char *wish)
{
	for (size_t i = 0; i < m->head.n_named; i++)
		if (matches_address(m->rcpts[i], wish))
			return true;
	for (size_t i = 0; i < m->head.n_findings; i++)
		if (m->findings[i].n.kind == FINDING_ADD_RCPT &&
		    matches_address(m->findings[i].after, wish))
			return true;
	return false;
}

static bool
matches_wish(const struct history_message *m, const struct wish *wish)
{
	if (wish->queue_id != NULL &&
	    (m->queue_id == NULL || strcmp(m->queue_id, wish->queue_id) != 0))
		return false;
	if (wish->from != NULL && !matches_address(m->sender, wish->from))
		return false;
	return wish->rcpt == NULL || names_rcpt(m, wish->rcpt);
}

/* Those of the ring, the oldest first. */

static int
compare_numbers(const void *a, const void *b)
{
	uint64_t p = ((const struct found_record *)a)->number,
		 q = ((const struct found_record *)b)->number;

	return p < q ? -1 : p > q;
}

static void
take_record(struct found_records *found, const struct wish *wish, struct arena *arena,
	    const unsigned char *data, size_t len, uint64_t number)
{
	struct history_message m;

	arena_reset(arena);
	if (history_read(data, len, arena, &m) < 0 || !matches_wish(&m, wish))
		return;
	found->records[found->n] = (struct found_record){number, len, malloc(len)};
	if (found->records[found->n].data == NULL)
		abort();
	memcpy(found->records[found->n++].data, data, len);
}

static void
find_records(const struct ring *ring, const struct wish *wish, struct arena *arena,
	     struct found_records *ret)
{
	unsigned char data[RING_RECORD_MAX];
	uint64_t number;

	*ret = (struct found_records){calloc(ring_slots(ring), sizeof(*ret->records)), 0};
	if (ret->records == NULL)
		abort();
	for (size_t i = 0; i < ring_slots(ring); i++) {
		int len = ring_read(ring, i, data, &number);

		if (len >= 0)
			take_record(ret, wish, arena, data, (size_t)len, number);
	}
	if (ret->n > 0)
		qsort(ret->records, ret->n, sizeof(*ret->records), compare_numbers);
}

static void
free_records(struct found_records *found)
{
	for (size_t i = 0; i < found->n; i++)
		free(found->records[i].data);
	free(found->records);
}

/* Printing. */

static void
print_record(const struct found_record *r, struct arena *arena, bool json, bool first)
{
	struct history_message m;
	struct buf text = {0};

	arena_reset(arena);
	if (history_read(r->data, r->len, arena, &m) < 0)
		return; /* it was read before */
	if (json) {
		why_write_json(stdout, &m);
		return;
	}
	if (!first)
		buf_putc(&text, '\n');
	why_show(&text, &m);
	fputs(buf_string(&text), stdout);
	buf_free(&text);
}

static bool
is_empty(const struct ring *ring)
{
	unsigned char data[RING_RECORD_MAX];
	uint64_t number;

	for (size_t i = 0; i < ring_slots(ring); i++)
		if (ring_read(ring, i, data, &number) != -ENOENT)
			return false;
	return true;
}

static int
print_wanted(const struct command *c, const struct ring *ring, const struct wish *wish,
	     bool json)
{
	struct arena *arena = arena_new();
	struct found_records found;
	size_t first, n;

	find_records(ring, wish, arena, &found);
	n = found.n;
	first = n > wish->last ? n - wish->last : 0;
	for (size_t i = first; i < n; i++)
		print_record(&found.records[i], arena, json, i == first);
	free_records(&found);
	arena_free(arena);
	if (n > 0)
		return EX_OK;
	if (is_empty(ring))
		return command_fail(c, NOT_FOUND, "there was no message since the start");
	return command_fail(c, NOT_FOUND, "no such message among the last %zu",
			    ring_slots(ring));
}

static int
ask_for_ring(const struct command *c, const struct command_args *args, struct ring **ret)
{
	struct control_answer answer;
	int status = control_ask(c, args, "history", &answer), r;

	if (status != EX_OK)
		return status;
	r = ring_map(answer.fd, ret);
	control_answer_free(&answer);
	return r == 0 ? EX_OK
		      : command_fail(c, EX_UNAVAILABLE, "the history: %s", strerror(-r));
}

static int
why_run(const struct command *c, const struct command_args *args)
{
	struct wish wish = {
		.queue_id = args->n_operands > 0 ? args->operands[0] : NULL,
		.from = args->values[OPT_FROM],
		.rcpt = args->values[OPT_RCPT],
		.last = UINT64_MAX,
	};
	struct ring *ring;
	int status = command_number(c, args, OPT_LAST, 1, RING_SLOTS_MAX, &wish.last);

	if (status != EX_OK)
		return status;
	if (wish.queue_id == NULL && wish.from == NULL && wish.rcpt == NULL &&
	    args->values[OPT_LAST] == NULL)
		return command_usage(c, "a queue id, --last, --from or --rcpt is missing");
	status = ask_for_ring(c, args, &ring);
	if (status != EX_OK)
		return status;
	status = print_wanted(c, ring, &wish, args->values[OPT_JSON] != NULL);
	ring_unmap(ring);
	return status;
}

const struct command command_why = {
	.name = "why",
	.operands = "[QUEUEID]",
	.max_operands = 1,
	.summary = "Print what happened to messages, and why",
	.options = options,
	.run = why_run,
};
