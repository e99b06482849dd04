/* Records, each with a few descriptors at most, between two of our processes: one end of a pair
 * of SOCK_SEQPACKET sockets, which keeps the bounds of records. Its owner watches the end as
 * any descriptor. Nothing here blocks. */
#ifndef IO_CHANNEL_H
#define IO_CHANNEL_H

#include <stddef.h>
#include <stdint.h>

#define CHANNEL_MAX_BYTES 4096u /* of a record's data */
#define CHANNEL_MAX_FDS	  3u	/* descriptors of a record */

struct channel_msg {
	uint32_t type; /* what data is; of the users */
	int fd;	       /* -1, or a descriptor that the receiver owns now; closed at exec */
	size_t len;    /* bytes of data */
	unsigned char data[CHANNEL_MAX_BYTES];
};

/* Makes a pair; both ends are non-blocking and closed at exec. 0 or a negative errno. */
int channel_pair(int ret_ends[static 2]);

/* Sends one record. pass: a descriptor that goes with it and stays the caller's, or -1. 0;
 * -EAGAIN when the channel is full (by default after 278 records with a descriptor), or when
 * the kernel has too many descriptors under way; -EPIPE when the other end is closed;
 * -EMSGSIZE; or another negative errno. */
int channel_send(int end, uint32_t type, const void *data, size_t len, int pass);

/* Receives one record. 1 and *ret; 0 when the other end is closed and all was read; -EAGAIN
 * when there is none now; -EMFILE when this process has no room for the descriptor: the
 * descriptor is lost, the rest of the record is in *ret; -EBADMSG for what channel_send() does
 * not send; or another negative errno. */
int channel_recv(int end, struct channel_msg *ret);

/* The same with n descriptors, at most CHANNEL_MAX_FDS, which come in the same order.
 * channel_recv_fds() takes records with n descriptors only (else -EBADMSG); those in ret_fds
 * are the caller's, and ret->fd is -1. */
int channel_send_fds(int end, uint32_t type, const void *data, size_t len, const int *fds,
		     size_t n);
int channel_recv_fds(int end, struct channel_msg *ret, int *ret_fds, size_t n);

#endif
