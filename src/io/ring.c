/* Maps a ring, writes and reads its slots. ring.h has the layout. */
#include "io/ring.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/shared.h"
#include "util/hash.h"

#define HEAD_BYTES 64u

struct ring_slot {
	_Atomic uint64_t sequence;
	uint32_t checksum, len;
	unsigned char data[RING_RECORD_MAX];
};

struct ring_memory {
	_Atomic uint64_t next;
	unsigned char unused[HEAD_BYTES - sizeof(uint64_t)];
	struct ring_slot slots[];
};

struct ring {
	struct ring_memory *memory;
	size_t n; /* slots; not in the memory, where it could be changed */
};

static size_t
find_ring_size(size_t slots)
{
	_Static_assert(offsetof(struct ring_memory, slots) == HEAD_BYTES &&
			       sizeof(struct ring_slot) == RING_RECORD_MAX + 16,
		       "the layout of ring.h");
	return HEAD_BYTES + slots * sizeof(struct ring_slot);
}

int
ring_create(size_t slots)
{
	int fd;
	void *memory = shared_new(find_ring_size(slots), &fd);

	if (memory == NULL)
		return -errno;
	munmap(memory, find_ring_size(slots));
	return fd;
}

static int
map_ring(int fd, int protection, struct ring **ret)
{
	struct ring *r;
	struct stat st;
	size_t n;
	void *memory;

	if (fstat(fd, &st) < 0)
		return -errno;
	n = st.st_size > (off_t)HEAD_BYTES
		    ? ((size_t)st.st_size - HEAD_BYTES) / sizeof(struct ring_slot)
		    : 0;
	if (n == 0 || n > RING_SLOTS_MAX || find_ring_size(n) != (size_t)st.st_size)
		return -EINVAL;
	memory = mmap(NULL, find_ring_size(n), protection, MAP_SHARED, fd, 0);
	if (memory == MAP_FAILED)
		return -errno;
	r = malloc(sizeof(*r));
	if (r == NULL)
		abort();
	*r = (struct ring){memory, n};
	*ret = r;
	return 0;
}

int
ring_map_writable(int fd, struct ring **ret)
{
	return map_ring(fd, PROT_READ | PROT_WRITE, ret);
}

int
ring_map(int fd, struct ring **ret)
{
	return map_ring(fd, PROT_READ, ret);
}

struct ring *
ring_unmap(struct ring *r)
{
	if (r != NULL)
		munmap(r->memory, find_ring_size(r->n));
	free(r);
	return NULL;
}

size_t
ring_slots(const struct ring *r)
{
	return r->n;
}

/* Finds bytes of another record, not those that somebody has chosen. */
static uint32_t
make_checksum(const unsigned char *data, size_t len, uint64_t number)
{
	return (uint32_t)hash_bytes(number, data, len);
}

void
ring_write(struct ring *r, const void *data, size_t len)
{
	uint64_t number = atomic_fetch_add_explicit(&r->memory->next, 1, memory_order_relaxed);
	struct ring_slot *slot = &r->memory->slots[number % r->n];

	if (len > RING_RECORD_MAX)
		len = RING_RECORD_MAX;
	atomic_store_explicit(&slot->sequence, 2 * number + 1, memory_order_relaxed);
	atomic_thread_fence(memory_order_release);
	slot->len = (uint32_t)len;
	slot->checksum = make_checksum(data, len, number);
	memcpy(slot->data, data, len);
	atomic_store_explicit(&slot->sequence, 2 * number + 2, memory_order_release);
}

int
ring_read(const struct ring *r, size_t slot, unsigned char ret[static RING_RECORD_MAX],
	  uint64_t *ret_number)
{
	const struct ring_slot *s = &r->memory->slots[slot];
	uint64_t sequence = atomic_load_explicit(&s->sequence, memory_order_acquire);
	uint64_t number = sequence / 2 - 1;
	uint32_t len, checksum;

	if (sequence == 0 || sequence % 2 != 0)
		return -ENOENT;
	len = *(const volatile uint32_t *)&s->len; /* once: it may change */
	checksum = *(const volatile uint32_t *)&s->checksum;
	if (len > RING_RECORD_MAX || number % r->n != slot)
		return -EBADMSG;
	memcpy(ret, s->data, len);
	atomic_thread_fence(memory_order_acquire);
	if (atomic_load_explicit(&s->sequence, memory_order_relaxed) != sequence ||
	    make_checksum(ret, len, number) != checksum)
		return -EBADMSG;
	*ret_number = number;
	return (int)len;
}
