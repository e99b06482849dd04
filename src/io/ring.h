/* The newest records of several processes, in memory that they share: a ring of slots, of which
 * each writer takes the next one, so that the oldest record is overwritten. Nobody waits for
 * anybody, and a writer that ends within a record leaves that one slot without a record.
 *
 *	offset 0     the number of the next record, and nothing else in these 64 bytes
 *	64           slot 0: sequence, checksum, length, bytes
 *	64 + 2048    slot 1
 *
 * A record has a number, from 0; it stands in the slot of its number modulo the slots. The
 * sequence of a slot is 0 at first, 2 * number + 1 while the record is written, and 2 * number
 *+ 2 when it is there. Example, with 4 slots:
 *
 *	writer A   takes number 5: sequence of slot 1 is 11, and A is stopped
 *	reader     skips slot 1, whose sequence is odd
 *	writer B   takes 9, four later, writes slot 1 as well: its sequence is 20
 *	writer A   goes on: a reader that has seen 20 before and behind its copy finds by the
 *	           checksum that the bytes are of both
 *
 * A process that may write may write anything: a reader checks all, and a record that it gets
 * is of untrusted bytes, of a length that it can have. The size of the ring is that of the
 * file, which is sealed. */
#ifndef IO_RING_H
#define IO_RING_H

#include <stddef.h>
#include <stdint.h>

#define RING_RECORD_MAX 2032u  /* bytes of a record; a slot takes 16 more */
#define RING_SLOTS_MAX	65536u /* 128 MiB */

struct ring;

/* Makes the memory of a ring of this many slots, 1 to RING_SLOTS_MAX, which takes memory only
 * when records are written. The descriptor, closed at exec; or a negative errno. */
int ring_create(size_t slots);

/* Maps the ring of a descriptor, which stays the caller's; to write, or only to read. 0 and
 * *ret; -EINVAL: it is no ring; or another negative errno. */
int ring_map_writable(int fd, struct ring **ret);
int ring_map(int fd, struct ring **ret);
struct ring *ring_unmap(struct ring *r); /* NULL is fine; returns NULL */

/* Writes a record; what is longer than RING_RECORD_MAX is cut. */
void ring_write(struct ring *r, const void *data, size_t len);

size_t ring_slots(const struct ring *r);
/* Copies the record in a slot, below ring_slots(). Its length and *ret_number; or -ENOENT:
 * there is none, or it is being written; or -EBADMSG: it is torn, or no writer of this program
 * wrote it. */
int ring_read(const struct ring *r, size_t slot, unsigned char ret[static RING_RECORD_MAX],
	      uint64_t *ret_number);

#endif
