/* A record is one message of the socket: its type (uint32_t, host order), then its data; the
 * descriptor is ancillary data (unix(7), SCM_RIGHTS). */
#include "io/channel.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Room for one descriptor. msg_controllen is CMSG_LEN all the same: CMSG_SPACE, which is
 * padded, has room for two. */
union control {
	struct cmsghdr head;
	char space[CMSG_SPACE(sizeof(int))];
};

int
channel_pair(int ret_ends[static 2])
{
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ret_ends) < 0)
		return -errno;
	return 0;
}

static void
attach_descriptor(struct msghdr *m, union control *c, int fd)
{
	m->msg_control = c;
	m->msg_controllen = CMSG_LEN(sizeof(int));
	c->head = (struct cmsghdr){
		.cmsg_len = CMSG_LEN(sizeof(int)),
		.cmsg_level = SOL_SOCKET,
		.cmsg_type = SCM_RIGHTS,
	};
	memcpy(CMSG_DATA(&c->head), &fd, sizeof(fd));
}

int
channel_send(int end, uint32_t type, const void *data, size_t len, int pass)
{
	unsigned char record[sizeof(type) + CHANNEL_MAX_BYTES];
	struct iovec part = {record, sizeof(type) + len};
	struct msghdr m = {.msg_iov = &part, .msg_iovlen = 1};
	union control control = {0};

	if (len > CHANNEL_MAX_BYTES)
		return -EMSGSIZE;
	memcpy(record, &type, sizeof(type));
	if (len > 0)
		memcpy(record + sizeof(type), data, len);
	if (pass >= 0)
		attach_descriptor(&m, &control, pass);
	if (sendmsg(end, &m, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
		return 0;
	/* ETOOMANYREFS: too many descriptors of this user are under way, in all channels */
	if (errno == ETOOMANYREFS || errno == ENOBUFS)
		return -EAGAIN;
	return errno == ECONNRESET || errno == ECONNREFUSED ? -EPIPE : -errno;
}

static int
received_descriptor(struct msghdr *m)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(m);
	int fd = -1;

	if (c != NULL && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS &&
	    c->cmsg_len == CMSG_LEN(sizeof(fd)))
		memcpy(&fd, CMSG_DATA(c), sizeof(fd));
	return fd;
}

int
channel_recv(int end, struct channel_msg *ret)
{
	uint32_t type;
	struct iovec parts[] = {{&type, sizeof(type)}, {ret->data, sizeof(ret->data)}};
	union control control;
	struct msghdr m = {.msg_iov = parts,
			   .msg_iovlen = 2,
			   .msg_control = &control,
			   .msg_controllen = CMSG_LEN(sizeof(int))};
	ssize_t n = recvmsg(end, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	int fd;

	/* A peer that closed with unread records: reported once, before the records it sent. */
	if (n < 0 && errno == ECONNRESET)
		n = recvmsg(end, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	if (n < 0)
		return -errno;
	fd = received_descriptor(&m);
	if (n >= (ssize_t)sizeof(type) && (m.msg_flags & MSG_TRUNC) == 0) {
		ret->type = type;
		ret->fd = fd;
		ret->len = (size_t)n - sizeof(type);
		if ((m.msg_flags & MSG_CTRUNC) == 0)
			return 1;
		ret->fd = -1;
	}
	if (fd >= 0)
		close(fd);
	if (n == 0)
		return 0;
	return (m.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) == MSG_CTRUNC ? -EMFILE : -EBADMSG;
}
