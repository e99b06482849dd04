/* Writes and reads the shared memory of a snapshot: see snapshot.h. */
#include "stats/snapshot.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>

#include "io/shared.h"

#define LOOKS_MAX     1000u /* at values that are being written */
#define LOOK_APART_NS 1000000

static const char magic[8] = "pmstats";

/* Writing. */

struct snapshot *
snapshot_new(int *ret_fd)
{
	struct snapshot *s = shared_new_published(sizeof(*s), ret_fd);

	if (s == NULL)
		return NULL;
	memcpy(s->magic, magic, sizeof(magic));
	s->version = SNAPSHOT_VERSION;
	s->size = sizeof(*s);
	return s;
}

/* The lists after the values before them, which say how long they are. */
static void
copy_lists(const struct snapshot *from, struct snapshot *to)
{
	memcpy(to->workers, from->workers, to->n_workers * sizeof(*to->workers));
	memcpy(to->listeners, from->listeners, to->n_listeners * sizeof(*to->listeners));
	memcpy(to->policies, from->policies, to->n_policies * sizeof(*to->policies));
	memcpy(to->rules, from->rules, to->n_rules * sizeof(*to->rules));
	memcpy(to->servers, from->servers, to->n_servers * sizeof(*to->servers));
}

static void
copy_values(const struct snapshot *from, struct snapshot *to)
{
	const size_t begin = offsetof(struct snapshot, written_ms),
		     end = offsetof(struct snapshot, workers);

	memcpy((char *)to + begin, (const char *)from + begin, end - begin);
}

void
snapshot_copy(const struct snapshot *from, struct snapshot *to)
{
	copy_values(from, to);
	copy_lists(from, to);
}

void
snapshot_write(struct snapshot *s, const struct snapshot *values)
{
	uint32_t sequence = atomic_load_explicit(&s->sequence, memory_order_relaxed);

	atomic_store_explicit(&s->sequence, sequence + 1, memory_order_relaxed);
	atomic_thread_fence(memory_order_release);
	snapshot_copy(values, s);
	atomic_store_explicit(&s->sequence, sequence + 2, memory_order_release);
}

struct snapshot *
snapshot_free(struct snapshot *s)
{
	if (s != NULL)
		munmap(s, sizeof(*s));
	return NULL;
}

/* Reading. */

int
snapshot_open(int fd, const struct snapshot **ret)
{
	const struct snapshot *s = shared_map_read_only(fd, sizeof(*s));

	if (s == NULL)
		return -errno;
	if (memcmp(s->magic, magic, sizeof(magic)) != 0 || s->version != SNAPSHOT_VERSION ||
	    s->size != sizeof(*s)) {
		snapshot_close(s);
		return -EINVAL;
	}
	*ret = s;
	return 0;
}

void
snapshot_close(const struct snapshot *shared)
{
	munmap((void *)(uintptr_t)shared, sizeof(*shared));
}

/* The numbers may be any while the master writes. */
static bool
has_good_counts(const struct snapshot *s)
{
	return s->n_workers <= SNAPSHOT_WORKERS_MAX &&
	       s->n_listeners <= COUNTED_LISTENERS_MAX + 1 &&
	       s->n_policies <= COUNTED_POLICIES_MAX + 1 &&
	       s->n_rules <= COUNTED_RULES_MAX + 1 && s->n_servers <= COUNTED_SERVERS_MAX + 1;
}

static bool
copy_if_good(const struct snapshot *from, struct snapshot *to)
{
	copy_values(from, to);
	if (!has_good_counts(to))
		return false;
	copy_lists(from, to);
	return true;
}

static void
end_text(char *text, size_t size)
{
	text[size - 1] = '\0';
}

static void
end_texts(struct snapshot *s)
{
	end_text(s->daemon_version, sizeof(s->daemon_version));
	end_text(s->pcre2_version, sizeof(s->pcre2_version));
	end_text(s->health, sizeof(s->health));
	end_text(s->config_file, sizeof(s->config_file));
	end_text(s->reload_failure, sizeof(s->reload_failure));
	end_text(s->log_level_configured, sizeof(s->log_level_configured));
	end_text(s->log_level, sizeof(s->log_level));
	for (size_t i = 0; i < s->n_listeners; i++) {
		end_text(s->listeners[i].name, sizeof(s->listeners[i].name));
		end_text(s->listeners[i].socket, sizeof(s->listeners[i].socket));
	}
	for (size_t i = 0; i < s->n_policies; i++) {
		end_text(s->policies[i].name, sizeof(s->policies[i].name));
		end_text(s->policies[i].kind, sizeof(s->policies[i].kind));
		end_text(s->policies[i].results, sizeof(s->policies[i].results));
	}
	for (size_t i = 0; i < s->n_rules; i++)
		end_text(s->rules[i].name, sizeof(s->rules[i].name));
	for (size_t i = 0; i < s->n_servers; i++) {
		end_text(s->servers[i].name, sizeof(s->servers[i].name));
		end_text(s->servers[i].server, sizeof(s->servers[i].server));
		end_text(s->servers[i].kind, sizeof(s->servers[i].kind));
	}
}

static bool
has_good_values(const struct snapshot *s)
{
	if (s->reload >= SNAPSHOT_RELOADS)
		return false;
	for (size_t i = 0; i < s->n_workers; i++)
		if (s->workers[i].state >= SNAPSHOT_WORKER_STATES)
			return false;
	for (size_t i = 0; i < s->n_rules; i++)
		if (s->rules[i].policy >= s->n_policies)
			return false;
	for (size_t i = 0; i < s->n_servers; i++)
		if (s->servers[i].state >= SNAPSHOT_SERVER_STATES)
			return false;
	return true;
}

static bool
is_being_written(const struct snapshot *s, uint32_t before)
{
	atomic_thread_fence(memory_order_acquire);
	return before % 2 != 0 ||
	       atomic_load_explicit(&s->sequence, memory_order_relaxed) != before;
}

int
snapshot_read(const struct snapshot *shared, struct snapshot *ret)
{
	const struct timespec apart = {.tv_nsec = LOOK_APART_NS};

	for (unsigned i = 0; i < LOOKS_MAX; i++) {
		uint32_t before = atomic_load_explicit(&shared->sequence, memory_order_acquire);
		bool has_copy = before % 2 == 0 && copy_if_good(shared, ret);

		if (is_being_written(shared, before)) {
			(void)nanosleep(&apart, NULL);
			continue;
		}
		if (!has_copy)
			return -EBADMSG;
		end_texts(ret);
		return has_good_values(ret) ? 0 : -EBADMSG;
	}
	return -EAGAIN;
}

const char *
snapshot_result(const struct snapshot_policy *p, size_t i, size_t *ret_len)
{
	const char *word = p->results;

	for (; i > 0 && *word != '\0'; i--) {
		word += strcspn(word, " ");
		word += *word == ' ';
	}
	*ret_len = strcspn(word, " ");
	return *ret_len > 0 ? word : NULL;
}

const char *
snapshot_worker_state_name(enum snapshot_worker_state state)
{
	static const char *const names[SNAPSHOT_WORKER_STATES] = {
		[SNAPSHOT_WORKER_STARTS] = "starts",
		[SNAPSHOT_WORKER_SERVES] = "serves",
		[SNAPSHOT_WORKER_DRAINS] = "drains",
		[SNAPSHOT_WORKER_HANGS] = "hangs",
	};

	return names[state];
}
