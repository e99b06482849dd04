/* A kept body: a buffer, or a file out of a stack of descriptors. */
#include "session/body.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define KEEP_BYTES (64u * 1024u) /* a larger buffer is given back after the message */

struct body_pool *
body_pool_new(size_t memory, const int *fds, size_t n)
{
	struct body_pool *p = calloc(1, sizeof(*p));

	if (p == NULL)
		abort();
	p->memory = memory;
	p->idle = calloc(n + 1, sizeof(*p->idle));
	if (p->idle == NULL)
		abort();
	if (n > 0)
		memcpy(p->idle, fds, n * sizeof(*fds));
	p->n_idle = n;
	return p;
}

struct body_pool *
body_pool_free(struct body_pool *p)
{
	if (p == NULL)
		return NULL;
	while (p->n_idle > 0)
		close(p->idle[--p->n_idle]);
	free(p->idle);
	free(p);
	return NULL;
}

/* All of it, from that offset on; a signal may cut a write short, and so does a full disk
 * before it says so. */
static int
write_all(int fd, const void *data, size_t len, size_t at)
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

/* Out of memory into a file. */
static int
spill(struct body *b)
{
	int r;

	if (b->pool->n_idle == 0)
		return -EMFILE;
	b->fd = b->pool->idle[--b->pool->n_idle];
	b->in_file = true;
	r = write_all(b->fd, b->memory.data, b->memory.len, 0);
	buf_free(&b->memory);
	return r;
}

int
body_append(struct body *b, const void *data, size_t len)
{
	int r = 0;

	if (!b->in_file && (b->pool == NULL || len <= b->pool->memory - b->len)) {
		buf_append(&b->memory, data, len);
		b->len += len;
		return 0;
	}
	if (!b->in_file)
		r = spill(b);
	if (r == 0)
		r = write_all(b->fd, data, len, b->len);
	if (r == 0)
		b->len += len;
	return r;
}

int
body_finish(struct body *b, const char **ret)
{
	void *map;
	int r;

	if (!b->in_file) {
		*ret = buf_string(&b->memory);
		return 0;
	}
	r = write_all(b->fd, "", 1, b->len);
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

/* A file that cannot be emptied is not used again. */
static void
give_back(struct body *b)
{
	if (b->map != NULL)
		(void)munmap(b->map, b->map_len);
	if (ftruncate(b->fd, 0) == 0)
		b->pool->idle[b->pool->n_idle++] = b->fd;
	else
		close(b->fd);
}

void
body_release(struct body *b)
{
	struct body empty = {.pool = b->pool, .memory = b->memory};

	if (b->in_file)
		give_back(b);
	if (empty.memory.cap > KEEP_BYTES)
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
