/* Records and descriptors between master and worker. Layer 1.
 *
 * A channel is one end of a SOCK_SEQPACKET pair; the loop watches it as any descriptor.
 * Nothing here blocks. */
#ifndef IO_CHANNEL_H
#define IO_CHANNEL_H

#include <stddef.h>
#include <stdint.h>

#define CHANNEL_MAX_BYTES 4096u /* of a record's data */

struct channel_msg {
	uint32_t type;
	int fd; /* -1, or a descriptor that the receiver now owns; closed at exec */
	size_t len;
	unsigned char data[CHANNEL_MAX_BYTES];
};

/* Two ends, non-blocking and closed at exec. 0 or a negative errno. */
int channel_pair(int ret_ends[static 2]);

/* Sends one record; pass is a descriptor that goes with it, or -1, and stays the caller's.
 * 0, -EAGAIN when the channel is full (after 278 descriptors that nobody took, by default),
 * -EPIPE when the other end is gone, -EMSGSIZE, or another negative errno. */
int channel_send(int end, uint32_t type, const void *data, size_t len, int pass);

/* Takes one record. 1, 0 when the other end is gone and all is read, -EAGAIN, -EMFILE when
 * there was no room for the descriptor (it is lost, the rest of the record is there), -EBADMSG
 * for what channel_send() does not send. */
int channel_recv(int end, struct channel_msg *ret);

#endif
