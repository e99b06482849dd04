/* The table of messages that ended a worker: a ring of entries in a shared mapping.
 *
 * One writer, many readers, no locks: an entry has a version that is odd while the entry is
 * being written. A reader that sees an odd version, or another one after it has read the values
 * than before, does not take them. */
#include "chain/fatal_message.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/random.h>

#include "util/hash.h"

struct fatal_messages *
fatal_messages_new(void)
{
	struct fatal_messages *t = mmap(NULL, sizeof(*t), PROT_READ | PROT_WRITE,
					MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (t == MAP_FAILED)
		return NULL;
	if (getrandom(&t->seed, sizeof(t->seed), 0) == (ssize_t)sizeof(t->seed))
		return t;
	return fatal_messages_free(t);
}

struct fatal_messages *
fatal_messages_free(struct fatal_messages *t)
{
	if (t != NULL)
		munmap(t, sizeof(*t));
	return NULL;
}

int
fatal_messages_protect(struct fatal_messages *t)
{
	return mprotect(t, sizeof(*t), PROT_READ) == 0 ? 0 : -errno;
}

/* What an entry is made of, without its time. */
struct fatal_values {
	uint64_t id, rcpts, policy;
};

static struct fatal_values
make_values(const struct fatal_messages *t, const struct message_key *key, const char *policy)
{
	return (struct fatal_values){
		.id = key->id,
		.rcpts = key->rcpts,
		.policy = hash_bytes(t->seed, policy, AT_WORK_BYTES),
	};
}

static uint64_t
load_relaxed(const _Atomic uint64_t *value)
{
	return atomic_load_explicit(value, memory_order_relaxed);
}

static void
store_relaxed(_Atomic uint64_t *to, uint64_t value)
{
	atomic_store_explicit(to, value, memory_order_relaxed);
}

/* The writer. */

static struct fatal_message *
find_equal_entry(struct fatal_messages *t, const struct fatal_values *v)
{
	for (size_t i = 0; i < atomic_load(&t->n); i++) {
		struct fatal_message *e = &t->entry[i];

		if (load_relaxed(&e->id) == v->id && load_relaxed(&e->rcpts) == v->rcpts &&
		    load_relaxed(&e->policy) == v->policy)
			return e;
	}
	return NULL;
}

static void
write_entry(struct fatal_message *e, const struct fatal_values *v, uint64_t now_ms)
{
	uint64_t version = load_relaxed(&e->version);

	store_relaxed(&e->version, version + 1);
	atomic_thread_fence(memory_order_release);
	store_relaxed(&e->id, v->id);
	store_relaxed(&e->rcpts, v->rcpts);
	store_relaxed(&e->policy, v->policy);
	store_relaxed(&e->since_ms, now_ms);
	atomic_store_explicit(&e->version, version + 2, memory_order_release);
}

void
fatal_messages_record(struct fatal_messages *t, const struct message_key *key,
		      const char policy[static AT_WORK_BYTES], uint64_t now_ms)
{
	struct fatal_values v = make_values(t, key, policy);
	struct fatal_message *e = find_equal_entry(t, &v);

	if (e != NULL) {
		store_relaxed(&e->since_ms, now_ms);
		return;
	}
	write_entry(&t->entry[t->next], &v, now_ms);
	t->next = (t->next + 1) % FATAL_MESSAGES_MAX;
	if (atomic_load(&t->n) < FATAL_MESSAGES_MAX)
		atomic_store_explicit(&t->n, atomic_load(&t->n) + 1, memory_order_release);
}

static bool
is_recent(uint64_t since_ms, uint64_t now_ms)
{
	return now_ms < since_ms || now_ms - since_ms < FATAL_MESSAGE_AGE_MS;
}

void
fatal_messages_expire(struct fatal_messages *t, uint64_t now_ms)
{
	for (size_t i = 0; i < atomic_load(&t->n); i++)
		if (is_recent(load_relaxed(&t->entry[i].since_ms), now_ms))
			return;
	atomic_store(&t->n, 0);
	t->next = 0;
}

/* Readers. */

/* Whether the entry is about this policy and this message. */
static bool
matches_entry(const struct fatal_message *e, const struct fatal_values *v, uint64_t *ret_since)
{
	uint64_t version = atomic_load_explicit(&e->version, memory_order_acquire), rcpts;
	bool same;

	if (version % 2 != 0 || load_relaxed(&e->id) != v->id)
		return false;
	rcpts = load_relaxed(&e->rcpts);
	same = load_relaxed(&e->policy) == v->policy &&
	       ((rcpts & v->rcpts) != 0 || rcpts == v->rcpts);
	*ret_since = load_relaxed(&e->since_ms);
	atomic_thread_fence(memory_order_acquire);
	return same && load_relaxed(&e->version) == version;
}

bool
fatal_messages_find(const struct fatal_messages *t, const struct message_key *key,
		    const char policy[static AT_WORK_BYTES], uint64_t now_ms,
		    uint64_t *ret_age_ms)
{
	struct fatal_values v = make_values(t, key, policy);
	size_t n = atomic_load_explicit(&t->n, memory_order_acquire);
	uint64_t since;

	for (size_t i = 0; i < n && i < FATAL_MESSAGES_MAX; i++) {
		if (!matches_entry(&t->entry[i], &v, &since) || !is_recent(since, now_ms))
			continue;
		*ret_age_ms = now_ms < since ? 0 : now_ms - since;
		return true;
	}
	return false;
}
