/* The work of polymilterctl compare: see compare_run.h. The calling process reads the messages
 * and has the groups; the others, which are forked after both configurations were loaded, run
 * the messages. A message is alone in its SMTP session: nothing depends on those before it. */
#include "ctl/compare_run.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "chain/at_work.h"
#include "config/config.h"
#include "ctl/offline.h"
#include "ctl/parallel.h"
#include "ctl/show.h"
#include "ctl/side_by_side.h"
#include "util/arena.h"
#include "util/buf.h"

/* Which configuration a process is at. */
enum work_side { SIDE_NONE, SIDE_OLD, SIDE_NEW };

struct compare_shared {
	struct compare_full full;
	struct process_work {
		_Atomic uint32_t side;
		struct at_work at_work;
	} processes[PARALLEL_MAX];
};

static uint64_t
read_compare_clock(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

int
compare_open(struct compare *c, bool all)
{
	c->shared = mmap(NULL, sizeof(*c->shared), PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (c->shared == MAP_FAILED) {
		c->shared = NULL;
		return -errno;
	}
	c->groups = compare_groups_new(all, &c->shared->full);
	if (c->groups == NULL)
		return -errno;
	c->arena = arena_new();
	return 0;
}

void
compare_close(struct compare *c)
{
	c->groups = compare_groups_free(c->groups);
	c->arena = arena_free(c->arena);
	if (c->shared != NULL)
		(void)munmap(c->shared, sizeof(*c->shared));
	c->shared = NULL;
}

/* In the processes. */

static void
begin_process(void *ctx, unsigned number)
{
	struct compare *c = ctx;
	struct at_work *at_work = &c->shared->processes[number].at_work;

	c->number = number;
	c->old_offline = offline_new(c->old.listener, c->old.cfg);
	c->new_offline = offline_new(c->new.listener, c->new.cfg);
	offline_note_work(c->old_offline, at_work);
	offline_note_work(c->new_offline, at_work);
}

static void
note_side(struct compare *c, enum work_side side)
{
	atomic_store_explicit(&c->shared->processes[c->number].side, side,
			      memory_order_release);
}

/* The filter takes no session at all. */
static void
make_failed_result(struct compare *c, const struct offline *o, struct offline_result *ret)
{
	static const char *const no_warnings[] = {NULL};

	*ret = (struct offline_result){
		.outcome = {.reply = REPLY_CODE,
			    .stage = STAGE_CONNECT,
			    .text = arena_strdup(c->arena, offline_error(o))},
		.verdict = "error",
		.log = "",
		.warnings = no_warnings,
	};
}

static void
play_mail(struct compare *c, struct offline *o, const struct mta_message *message,
	  struct offline_result *ret)
{
	if (offline_connect(o, message->peer) < 0 ||
	    offline_play(o, message, c->arena, ret) < 0)
		make_failed_result(c, o, ret);
}

static void
make_message(const struct compare *c, const struct mail *mail, struct mta_message *ret)
{
	struct mail_envelope envelope;
	const char **sender = arena_zalloc(c->arena, 3 * sizeof(*sender));

	client_options_envelope(&c->client, mail->headers, c->arena, &envelope);
	sender[0] = envelope.sender;
	sender[1] = arena_printf(c->arena, "SIZE=%" PRIu64, mail->size);
	*ret = (struct mta_message){
		.peer = &c->client.peer,
		.queue_id = "compare",
		.auth_user = c->client.auth_user,
		.sender = sender,
		.rcpts = envelope.rcpts,
		.headers = mail->headers,
		.body = mail->body,
		.body_len = mail->body_len,
	};
}

static bool
is_example_wanted(void *ctx, enum difference_kind kind, const char *name)
{
	const struct compare *c = ctx;

	return !compare_group_is_full(&c->shared->full, kind, name);
}

static bool
has_sides(const struct difference *d)
{
	for (; d != NULL; d = d->next)
		if (d->has_sides)
			return true;
	return false;
}

static void
compare_mail(void *ctx, const void *job, size_t len, struct buf *result)
{
	struct compare *c = ctx;
	struct mail mail;
	struct mta_message message;
	struct offline_result old, new;
	struct compare_record record = {.view = ""};
	struct buf view = {0};

	compare_unpack_mail(c->arena, job, len, &mail);
	make_message(c, &mail, &message);
	note_side(c, SIDE_OLD);
	play_mail(c, c->old_offline, &message, &old);
	note_side(c, SIDE_NEW);
	play_mail(c, c->new_offline, &message, &new);
	note_side(c, SIDE_NONE);
	record.mail = mail.name;
	record.differences =
		differences_find(c->arena, &(struct difference_input){&message, &old, &new,
								      is_example_wanted, c});
	if (c->has_views && has_sides(record.differences)) {
		side_by_side_write(&view, c->arena, &message, &old, &new);
		record.view = buf_string(&view);
	}
	if (record.differences != NULL)
		compare_pack_record(result, &record);
	buf_free(&view);
	arena_reset(c->arena);
}

/* In the calling process. */

static int
read_next_mail(void *ctx, struct buf *job)
{
	struct compare *c = ctx;
	struct mail mail;
	int r;

	while ((r = mail_source_next(c->source, &mail)) < 0) {
		c->counts.unread++;
		progress_clear(&c->progress);
		c->unread(c, mail_source_error(c->source));
	}
	if (r > 0)
		compare_pack_mail(job, &mail);
	return r;
}

/* "the new configuration, policy legal, at the end of the message". */
static const char *
describe_end_place(struct compare *c, const struct process_work *p)
{
	uint32_t side = atomic_load_explicit(&p->side, memory_order_acquire);
	const struct at_work *at = &p->at_work;
	const char *which = side == SIDE_OLD   ? "the old configuration"
			    : side == SIDE_NEW ? "the new configuration"
					       : "compare itself";

	if (side == SIDE_NONE || !atomic_load(&at->in_policy) || at->stage >= STAGE_COUNT)
		return which;
	return arena_printf(c->arena, "%s, policy %.*s, at %s", which,
			    (int)sizeof(at->policy) - 1, at->policy,
			    show_stage((enum stage)at->stage));
}

static void
note_lost_mail(void *ctx, unsigned number, const void *job, size_t len, const char *how,
	       struct buf *result)
{
	struct compare *c = ctx;
	struct process_work *p = &c->shared->processes[number];
	bool is_old = atomic_load_explicit(&p->side, memory_order_acquire) == SIDE_OLD;
	struct difference d = {
		.kind = DIFFERENCE_ENDED,
		.name = describe_end_place(c, p),
		.has_sides = true,
		.old = {is_old ? arena_strdup(c->arena, how) : "", ""},
		.new = {is_old ? "" : arena_strdup(c->arena, how), ""},
	};
	struct mail mail;

	compare_unpack_mail(c->arena, job, len, &mail);
	compare_pack_record(result, &(struct compare_record){mail.name, &d, ""});
	memset(p, 0, sizeof(*p));
	arena_reset(c->arena);
}

static void
add_result(void *ctx, const void *result, size_t len)
{
	struct compare *c = ctx;
	struct compare_record record;

	c->counts.messages++;
	if (len > 0 && compare_unpack_record(c->arena, result, len, &record) &&
	    record.differences != NULL) {
		c->counts.differ++;
		c->counts.ended += record.differences->kind == DIFFERENCE_ENDED;
		compare_groups_add(c->groups, &record);
	}
	arena_reset(c->arena);
	progress_show(&c->progress, c->counts.messages, c->counts.differ);
}

int
compare_run(struct compare *c)
{
	static const struct parallel_ops ops = {
		.next = read_next_mail,
		.begin = begin_process,
		.work = compare_mail,
		.lost = note_lost_mail,
		.done = add_result,
	};
	uint64_t begin = read_compare_clock();
	int r = parallel_run(&ops, c, c->processes,
			     c->old.cfg->hang_timeout_ms + c->new.cfg->hang_timeout_ms);

	c->counts.ns = read_compare_clock() - begin;
	progress_clear(&c->progress);
	return r;
}
