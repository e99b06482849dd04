/* Groups of messages, and the file in which they lie: see compare_groups.h.
 *
 * The file begins with a byte, so that no offset is 0. A view is its length and its bytes; a
 * message of a group is the offset of the next one of that group, its length, and its bytes:
 * those of a record (compare_record.h) with one difference, behind its id and its view. */
#include "ctl/compare_groups.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "util/arena.h"
#include "util/buf.h"
#include "util/hash.h"
#include "util/str.h"

/* In front of a message of a group. */
struct entry_head {
	uint64_t next, id, view, len;
};

struct compare_groups {
	bool all;
	struct compare_full *full;
	FILE *file;
	uint64_t end; /* of the file */
	int error;    /* the first one of the file, negative; 0: none */
	uint64_t n_records;
	struct arena *names;
	struct compare_group groups[COMPARE_GROUPS_MAX + 1];
	size_t n;
	struct arena *arena; /* of the entry that was read last */
	struct buf bytes;
};

/* Header names are the same in any case. */
static uint64_t
hash_group(enum difference_kind kind, const char *name)
{
	uint64_t hash = kind;

	for (; *name != '\0'; name++) {
		unsigned char c = kind == DIFFERENCE_HEADER ? str_lower_char(*name)
							    : (unsigned char)*name;

		hash = hash_bytes(hash, &c, 1);
	}
	return hash;
}

bool
compare_group_is_full(const struct compare_full *full, enum difference_kind kind,
		      const char *name)
{
	uint32_t n = atomic_load_explicit(&full->n, memory_order_acquire);
	uint64_t hash = hash_group(kind, name);

	for (uint32_t i = 0; i < n; i++)
		if (full->hashes[i] == hash)
			return true;
	return false;
}

static void
note_full_group(struct compare_full *full, const struct compare_group *group)
{
	uint32_t n = atomic_load_explicit(&full->n, memory_order_relaxed);

	full->hashes[n] = hash_group(group->kind, group->name);
	atomic_store_explicit(&full->n, n + 1, memory_order_release);
}

struct compare_groups *
compare_groups_new(bool all, struct compare_full *full)
{
	struct compare_groups *g = calloc(1, sizeof(*g));
	FILE *file = tmpfile();

	if (g == NULL)
		abort();
	if (file == NULL) {
		free(g);
		return NULL;
	}
	g->all = all;
	g->full = full;
	g->file = file;
	g->end = 1;
	g->names = arena_new();
	g->arena = arena_new();
	return g;
}

struct compare_groups *
compare_groups_free(struct compare_groups *g)
{
	if (g == NULL)
		return NULL;
	(void)fclose(g->file);
	arena_free(g->names);
	arena_free(g->arena);
	buf_free(&g->bytes);
	free(g);
	return NULL;
}

/* The file. */

static void
store_at(struct compare_groups *g, uint64_t at, const void *p, size_t len)
{
	while (len > 0 && g->error == 0) {
		ssize_t n = pwrite(fileno(g->file), p, len, (off_t)at);

		if (n < 0 && errno != EINTR)
			g->error = -errno;
		if (n <= 0)
			continue;
		p = (const char *)p + n;
		at += (uint64_t)n;
		len -= (size_t)n;
	}
}

/* Returns its offset. */
static uint64_t
append_to_file(struct compare_groups *g, const struct buf *b)
{
	uint64_t at = g->end;

	store_at(g, at, b->data, b->len);
	g->end += b->len;
	return at;
}

static bool
load_at(struct compare_groups *g, uint64_t at, void *p, size_t len)
{
	while (len > 0) {
		ssize_t n = pread(fileno(g->file), p, len, (off_t)at);

		if (n == 0 || (n < 0 && errno != EINTR))
			return false;
		if (n < 0)
			continue;
		p = (char *)p + n;
		at += (uint64_t)n;
		len -= (size_t)n;
	}
	return true;
}

/* Adding. */

static bool
is_group_of(const struct compare_group *group, const struct difference *d)
{
	if (group->is_rest)
		return true;
	if (group->kind != d->kind)
		return false;
	return d->kind == DIFFERENCE_HEADER ? str_case_equal(group->name, d->name)
					    : strcmp(group->name, d->name) == 0;
}

static struct compare_group *
find_group(struct compare_groups *g, const struct difference *d)
{
	struct compare_group *group;

	for (size_t i = 0; i < g->n; i++)
		if (is_group_of(&g->groups[i], d))
			return &g->groups[i];
	group = &g->groups[g->n++];
	*group = (struct compare_group){
		.kind = d->kind,
		.name = arena_strdup(g->names, d->name),
		.is_rest = g->n > COMPARE_GROUPS_MAX,
	};
	return group;
}

static uint64_t
append_view(struct compare_groups *g, const char *view)
{
	uint64_t len = strlen(view);

	if (len == 0)
		return 0;
	buf_reset(&g->bytes);
	buf_append(&g->bytes, &len, sizeof(len));
	buf_append(&g->bytes, view, len);
	return append_to_file(g, &g->bytes);
}

/* Appends the message to the group. */
static void
keep_entry(struct compare_groups *g, struct compare_group *group, const char *mail,
	   const struct difference *d, uint64_t view)
{
	struct difference one = *d;
	struct entry_head head = {.id = g->n_records, .view = view};
	uint64_t at;

	one.next = NULL;
	buf_reset(&g->bytes);
	buf_append(&g->bytes, &head, sizeof(head));
	compare_pack_record(&g->bytes, &(struct compare_record){mail, &one, ""});
	head.len = g->bytes.len - sizeof(head);
	memcpy(g->bytes.data, &head, sizeof(head));
	at = append_to_file(g, &g->bytes);
	if (group->n_kept++ == 0)
		group->first = at;
	else
		store_at(g, group->last, &at, sizeof(at));
	group->last = at;
	if (group->n_kept == COMPARE_EXAMPLES && !g->all && g->full != NULL && !group->is_rest)
		note_full_group(g->full, group);
}

static bool
is_wanted(const struct compare_groups *g, const struct compare_group *group,
	  const struct difference *d)
{
	return d->has_sides && (g->all || group->n_kept < COMPARE_EXAMPLES);
}

/* The groups of a message are counted once, also the one of all further kinds. */
void
compare_groups_add(struct compare_groups *g, const struct compare_record *r)
{
	uint64_t view = 0;
	bool has_view = false, in_rest = false;

	g->n_records++;
	for (const struct difference *d = r->differences; d != NULL; d = d->next) {
		struct compare_group *group = find_group(g, d);

		if (group->is_rest && in_rest)
			continue;
		in_rest = in_rest || group->is_rest;
		group->count++;
		if (!is_wanted(g, group, d))
			continue;
		if (!has_view)
			view = append_view(g, r->view);
		has_view = true;
		keep_entry(g, group, r->mail, d, view);
	}
}

/* Reading. */

static int
compare_group_order(const void *a, const void *b)
{
	const struct compare_group *x = a, *y = b;

	if (x->is_rest != y->is_rest)
		return x->is_rest ? 1 : -1;
	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	if (x->count != y->count)
		return x->count > y->count ? -1 : 1;
	return strcmp(x->name, y->name);
}

int
compare_groups_finish(struct compare_groups *g, size_t *ret_n)
{
	qsort(g->groups, g->n, sizeof(*g->groups), compare_group_order);
	*ret_n = g->n;
	return g->error;
}

const struct compare_group *
compare_groups_at(const struct compare_groups *g, size_t i)
{
	return &g->groups[i];
}

bool
compare_groups_next(struct compare_groups *g, uint64_t *at, struct compare_entry *ret)
{
	struct entry_head head;
	struct compare_record r;

	if (*at == 0 || !load_at(g, *at, &head, sizeof(head)))
		return false;
	arena_reset(g->arena);
	buf_reset(&g->bytes);
	if (!load_at(g, *at + sizeof(head), buf_reserve(&g->bytes, head.len), head.len) ||
	    !compare_unpack_record(g->arena, g->bytes.data, head.len, &r) ||
	    r.differences == NULL)
		return false;
	*ret = (struct compare_entry){
		.id = head.id,
		.mail = r.mail,
		.old = r.differences->old,
		.new = r.differences->new,
		.view = head.view,
	};
	*at = head.next;
	return true;
}

void
compare_groups_view(struct compare_groups *g, uint64_t view, struct buf *out)
{
	uint64_t len;

	if (!load_at(g, view, &len, sizeof(len)))
		return;
	if (load_at(g, view + sizeof(len), buf_reserve(out, len), len))
		out->len += len;
}
