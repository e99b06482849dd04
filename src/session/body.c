/* A stored body: a buffer, then a file of the pool. */
#include "session/body.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "util/memory.h"

#define KEEP_BUFFER_MAX (64u * 1024u) /* bytes; a larger buffer is freed after the message */

struct body_pool *
body_pool_new(size_t memory, const int *fds, size_t n)
{
	struct body_pool *p = memory_zalloc(sizeof(*p));

	p->memory = memory;
	p->idle = memory_zalloc((n + 1) * sizeof(*p->idle));
	if (n > 0)
		memcpy(p->idle, fds, n * sizeof(*fds));
	p->n = p->n_idle = n;
	return p;
}

struct body_pool *
body_pool_free(struct body_pool *p)
{
	if (p == NULL)
		return NULL;
	while (p->n_idle > 0)
		close(p->idle[--p->n_idle]);
	memory_free(p->idle, (p->n + 1) * sizeof(*p->idle));
	memory_free(p, sizeof(*p));
	return NULL;
}

/* Writes all of it at this offset. A signal may cut a write short; so does a disk that gets
 * full, before the next write fails. */
static int
write_at(int fd, const void *data, size_t len, size_t at)
{
	const unsigned char *p = data;

	while (len > 0) {
		ssize_t n = pwrite(fd, p, len, (off_t)at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		p += n;
		at += (size_t)n;
		len -= (size_t)n;
	}
	return 0;
}

/* Empties the file for the next body. One that cannot be emptied is closed. */
static void
return_file(struct body *b)
{
	if (b->map != NULL)
		(void)munmap(b->map, b->map_len);
	if (ftruncate(b->fd, 0) == 0)
		b->pool->idle[b->pool->n_idle++] = b->fd;
	else
		close(b->fd);
}

static void
list_optional_body(struct body *b)
{
	b->next = b->pool->optional;
	b->pool->optional = b;
	b->is_listed = true;
}

static void
unlist_optional_body(struct body *b)
{
	struct body **p = &b->pool->optional;

	while (*p != b)
		p = &(*p)->next;
	*p = b->next;
	b->is_listed = false;
}

static void
take_file_of_optional_body(struct body_pool *pool)
{
	struct body *b = pool->optional;

	if (b == NULL)
		return;
	unlist_optional_body(b);
	return_file(b);
	b->in_file = false;
	b->is_lost = true;
}

/* Moves the content to a file. */
static int
move_to_file(struct body *b)
{
	int r;

	if (b->pool->n_idle == 0 && !b->optional)
		take_file_of_optional_body(b->pool);
	if (b->pool->n_idle == 0)
		return -EMFILE;
	b->fd = b->pool->idle[--b->pool->n_idle];
	b->in_file = true;
	r = write_at(b->fd, b->memory.data, b->memory.len, 0);
	buf_free(&b->memory);
	return r;
}

int
body_append(struct body *b, const void *data, size_t len)
{
	int r = 0;

	if (b->is_lost)
		return -EMFILE;
	if (!b->in_file && (b->pool == NULL || len <= b->pool->memory - b->len)) {
		buf_append(&b->memory, data, len);
		b->len += len;
		return 0;
	}
	if (!b->in_file)
		r = move_to_file(b);
	if (r == 0)
		r = write_at(b->fd, data, len, b->len);
	if (r == 0)
		b->len += len;
	if (b->optional && b->in_file && !b->is_listed)
		list_optional_body(b);
	return r;
}

int
body_finish(struct body *b, const char **ret)
{
	void *map;
	int r;

	if (b->is_lost)
		return -EMFILE;
	if (b->is_listed)
		unlist_optional_body(b);
	if (!b->in_file) {
		*ret = buf_string(&b->memory);
		return 0;
	}
	r = write_at(b->fd, "", 1, b->len);
	if (r < 0)
		return r;
	map = mmap(NULL, b->len + 1, PROT_READ, MAP_SHARED, b->fd, 0);
	if (map == MAP_FAILED)
		return -errno;
	b->map = map;
	b->map_len = b->len + 1;
	*ret = map;
	return 0;
}

void
body_release(struct body *b)
{
	struct body empty = {.pool = b->pool, .memory = b->memory};

	if (b->is_listed)
		unlist_optional_body(b);
	if (b->in_file)
		return_file(b);
	if (empty.memory.cap > KEEP_BUFFER_MAX)
		buf_free(&empty.memory);
	buf_reset(&empty.memory);
	*b = empty;
}

void
body_free(struct body *b)
{
	body_release(b);
	buf_free(&b->memory);
}
