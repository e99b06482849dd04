/* The worker's side: requests, tickets, replies. A ticket is the number of its slot, and how
 * often the slot was used: a reply to a dial that was cancelled finds another number there. */
#include "io/dial.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "io/channel.h"

struct dialer {
	const struct addr *const *addrs; /* NULL: by the connector */
	struct loop_watch watch;	 /* loop NULL: the channel has ended */
	int channel;
	struct dial *sent[DIAL_REQUESTS_MAX]; /* by slot; NULL: it is free, or was cancelled */
	bool is_used[DIAL_REQUESTS_MAX];      /* a reply is due */
	uint64_t uses[DIAL_REQUESTS_MAX];
	struct dial *first, **end; /* those that wait to be sent */
	struct channel_msg msg;
};

static size_t
find_free_ticket(const struct dialer *d)
{
	size_t i = 0;

	while (i < DIAL_REQUESTS_MAX && d->is_used[i])
		i++;
	return i;
}

/* A ticket is never 0. */
static uint64_t
make_ticket(const struct dialer *d, size_t slot)
{
	return d->uses[slot] * DIAL_REQUESTS_MAX + slot + 1;
}

/* Whether the channel took it. */
static bool
send_dial(struct dialer *d, struct dial *x, size_t slot)
{
	struct dial_request request = {.server = x->server};

	d->uses[slot]++;
	request.ticket = make_ticket(d, slot);
	if (channel_send(d->channel, DIAL_REQUEST, &request, sizeof(request), -1) < 0)
		return false;
	x->ticket = request.ticket;
	d->sent[slot] = x;
	d->is_used[slot] = true;
	return true;
}

/* What the channel does not take is sent when a reply comes: one is due then. */
static void
send_waiting_dials(struct dialer *d)
{
	size_t slot;

	while (d->first != NULL && (slot = find_free_ticket(d)) < DIAL_REQUESTS_MAX) {
		struct dial *x = d->first;

		if (!send_dial(d, x, slot))
			return;
		d->first = x->next;
		x->next = NULL;
		if (d->first == NULL)
			d->end = &d->first;
	}
}

static void
end_dial(struct dial *x, int fd)
{
	dial_fn *done = x->done;
	void *ctx = x->ctx;

	*x = (struct dial){0};
	done(ctx, fd);
}

/* Those that were sent, but not those that a call of done() here starts. */
static void
fail_sent_dials(struct dialer *d, int error)
{
	bool was_used[DIAL_REQUESTS_MAX];

	memcpy(was_used, d->is_used, sizeof(was_used));
	for (size_t i = 0; i < DIAL_REQUESTS_MAX; i++) {
		struct dial *x = was_used[i] ? d->sent[i] : NULL;

		if (was_used[i]) {
			d->sent[i] = NULL;
			d->is_used[i] = false;
		}
		if (x != NULL)
			end_dial(x, error);
	}
}

static void
fail_waiting_dials(struct dialer *d, int error)
{
	struct dial *x;

	while ((x = d->first) != NULL) {
		d->first = x->next;
		if (d->first == NULL)
			d->end = &d->first;
		end_dial(x, error);
	}
}

static void
take_dial_reply(struct dialer *d)
{
	struct dial_reply reply;
	int fd = d->msg.fd;
	struct dial *x = NULL;
	size_t slot;

	if (d->msg.type == DIAL_REPLY && d->msg.len == sizeof(reply)) {
		memcpy(&reply, d->msg.data, sizeof(reply));
		slot = (reply.ticket - 1) % DIAL_REQUESTS_MAX;
		if (d->is_used[slot] && make_ticket(d, slot) == reply.ticket) {
			x = d->sent[slot];
			d->sent[slot] = NULL;
			d->is_used[slot] = false;
		}
	}
	if (x == NULL && fd >= 0)
		close(fd); /* it was cancelled */
	if (x != NULL)
		end_dial(x, fd >= 0 ? fd : reply.error < 0 ? reply.error : -EMFILE);
}

static void
end_channel(struct dialer *d)
{
	loop_remove(&d->watch, d->channel);
	fail_sent_dials(d, -EPIPE);
	fail_waiting_dials(d, -EPIPE);
}

static void
on_dial_channel(void *ctx, uint32_t revents)
{
	struct dialer *d = ctx;
	int r;

	(void)revents;
	while ((r = channel_recv(d->channel, &d->msg)) == 1 || r == -EMFILE) {
		if (d->msg.type == DIAL_RESET)
			fail_sent_dials(d, -ECONNRESET);
		else
			take_dial_reply(d);
	}
	if (r != -EAGAIN)
		end_channel(d);
	else
		send_waiting_dials(d);
}

int
dialer_new(struct loop *loop, int channel, struct dialer **ret)
{
	struct dialer *d = calloc(1, sizeof(*d));
	int r;

	if (d == NULL)
		abort();
	d->channel = channel;
	d->end = &d->first;
	r = loop_add(loop, &d->watch, channel, EPOLLIN, on_dial_channel, d);
	if (r < 0) {
		free(d);
		return r;
	}
	*ret = d;
	return 0;
}

struct dialer *
dialer_new_direct(const struct addr *const *addrs)
{
	struct dialer *d = calloc(1, sizeof(*d));

	if (d == NULL)
		abort();
	d->addrs = addrs;
	return d;
}

struct dialer *
dialer_free(struct dialer *d)
{
	if (d == NULL)
		return NULL;
	if (d->watch.loop != NULL)
		loop_remove(&d->watch, d->channel);
	free(d);
	return NULL;
}

int
dial_start(struct dialer *d, struct dial *x, uint32_t server, dial_fn *done, void *ctx)
{
	if (d->addrs != NULL) {
		done(ctx, dial_connect(d->addrs[server]));
		return 0;
	}
	if (d->watch.loop == NULL)
		return -EPIPE;
	*x = (struct dial){.dialer = d, .done = done, .ctx = ctx, .server = server};
	*d->end = x;
	d->end = &x->next;
	send_waiting_dials(d);
	return 0;
}

void
dial_cancel(struct dial *x)
{
	struct dialer *d = x->dialer;
	struct dial **at;

	if (d == NULL)
		return;
	if (x->ticket != 0) {
		d->sent[(x->ticket - 1) % DIAL_REQUESTS_MAX] = NULL;
	} else {
		for (at = &d->first; *at != x; at = &(*at)->next)
			;
		*at = x->next;
		if (*at == NULL)
			d->end = at;
	}
	*x = (struct dial){0};
}
