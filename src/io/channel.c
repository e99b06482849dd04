/* A record is one message of the socket: its type (uint32_t, host order), then its data; the
 * descriptor is ancillary data (unix(7), SCM_RIGHTS). */
#include "io/channel.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* msg_controllen is CMSG_LEN of the number of descriptors all the same: CMSG_SPACE, which is
 * padded, may have room for one more. */
union control {
	struct cmsghdr head;
	char space[CMSG_SPACE(CHANNEL_MAX_FDS * sizeof(int))];
};

int
channel_pair(int ret_ends[static 2])
{
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ret_ends) < 0)
		return -errno;
	return 0;
}

static void
attach_descriptors(struct msghdr *m, union control *c, const int *fds, size_t n)
{
	m->msg_control = c;
	m->msg_controllen = CMSG_LEN(n * sizeof(int));
	c->head = (struct cmsghdr){
		.cmsg_len = CMSG_LEN(n * sizeof(int)),
		.cmsg_level = SOL_SOCKET,
		.cmsg_type = SCM_RIGHTS,
	};
	memcpy(CMSG_DATA(&c->head), fds, n * sizeof(int));
}

int
channel_send_fds(int end, uint32_t type, const void *data, size_t len, const int *fds, size_t n)
{
	unsigned char record[sizeof(type) + CHANNEL_MAX_BYTES];
	struct iovec part = {record, sizeof(type) + len};
	struct msghdr m = {.msg_iov = &part, .msg_iovlen = 1};
	union control control = {0};

	if (len > CHANNEL_MAX_BYTES || n > CHANNEL_MAX_FDS)
		return -EMSGSIZE;
	memcpy(record, &type, sizeof(type));
	if (len > 0)
		memcpy(record + sizeof(type), data, len);
	if (n > 0)
		attach_descriptors(&m, &control, fds, n);
	if (sendmsg(end, &m, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
		return 0;
	/* ETOOMANYREFS: too many descriptors of this user are under way, in all channels */
	if (errno == ETOOMANYREFS || errno == ENOBUFS)
		return -EAGAIN;
	return errno == ECONNRESET || errno == ECONNREFUSED ? -EPIPE : -errno;
}

int
channel_send(int end, uint32_t type, const void *data, size_t len, int pass)
{
	return channel_send_fds(end, type, data, len, &pass, pass >= 0 ? 1 : 0);
}

/* Returns how many came, at most max. */
static size_t
received_descriptors(struct msghdr *m, int *ret_fds, size_t max)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(m);
	size_t n;

	if (c == NULL || c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS ||
	    c->cmsg_len < CMSG_LEN(0))
		return 0;
	n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
	n = n < max ? n : max;
	memcpy(ret_fds, CMSG_DATA(c), n * sizeof(int));
	return n;
}

static void
close_all(const int *fds, size_t n)
{
	for (size_t i = 0; i < n; i++)
		close(fds[i]);
}

/* A record with at most max descriptors. */
static int
receive_record_with(int end, struct channel_msg *ret, int *ret_fds, size_t max, size_t *ret_n)
{
	uint32_t type;
	struct iovec parts[] = {{&type, sizeof(type)}, {ret->data, sizeof(ret->data)}};
	union control control;
	struct msghdr m = {.msg_iov = parts,
			   .msg_iovlen = 2,
			   .msg_control = &control,
			   .msg_controllen = CMSG_LEN(max * sizeof(int))};
	ssize_t n = recvmsg(end, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

	/* A peer that closed with unread records: reported once, before the records it sent. */
	if (n < 0 && errno == ECONNRESET)
		n = recvmsg(end, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	if (n < 0)
		return -errno;
	*ret_n = received_descriptors(&m, ret_fds, max);
	ret->fd = -1;
	if (n >= (ssize_t)sizeof(type) && (m.msg_flags & MSG_TRUNC) == 0) {
		ret->type = type;
		ret->len = (size_t)n - sizeof(type);
		if ((m.msg_flags & MSG_CTRUNC) == 0)
			return 1;
	}
	close_all(ret_fds, *ret_n);
	if (n == 0)
		return 0;
	return (m.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) == MSG_CTRUNC ? -EMFILE : -EBADMSG;
}

int
channel_recv(int end, struct channel_msg *ret)
{
	size_t n = 0;
	int fd, r = receive_record_with(end, ret, &fd, 1, &n);

	if (r == 1 && n == 1)
		ret->fd = fd;
	return r;
}

int
channel_recv_fds(int end, struct channel_msg *ret, int *ret_fds, size_t n)
{
	size_t n_received = 0;
	int r = receive_record_with(end, ret, ret_fds, n, &n_received);

	if (r != 1 || n_received == n)
		return r;
	close_all(ret_fds, n_received);
	return -EBADMSG;
}
