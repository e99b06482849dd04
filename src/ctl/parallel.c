/* Hands jobs to forked processes: see parallel.h. Each process has a socket to the caller. Jobs
 * and results are frames: eight bytes of length, in the host's order, and so many bytes. */
#include "ctl/parallel.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "util/buf.h"
#include "util/process.h"

#define HEAD_BYTES  sizeof(uint64_t)
#define QUEUE	    2u		   /* jobs that a process has at most */
#define QUEUE_BYTES (1024u * 1024) /* with so many it gets no second one */
#define READ_BYTES  65536u

struct job {
	uint64_t number; /* from 0 */
	struct buf frame;
};

struct child {
	pid_t pid; /* 0: there is none */
	int fd;
	struct job jobs[QUEUE]; /* the one at work first */
	unsigned n_jobs, n_sent;
	size_t sent; /* bytes of the first job that is not sent */
	struct buf in;
	uint64_t since_ms; /* it has been at its job */
};

struct job_result {
	bool is_there;
	struct buf bytes;
};

struct parallel {
	const struct parallel_ops *ops;
	void *ctx;
	struct child *children;
	unsigned n;
	uint64_t limit_ms;
	uint64_t first, next; /* numbers: of the next result to be told, of the next job */
	bool at_end;	      /* there are no more jobs */
	struct job_result results[PARALLEL_WINDOW];
};

static uint64_t
read_parallel_clock(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* Frames. */

static void
begin_frame(struct buf *b)
{
	buf_reset(b);
	buf_append(b, (const char[HEAD_BYTES]){0}, HEAD_BYTES);
}

static void
end_frame(struct buf *b)
{
	uint64_t len = b->len - HEAD_BYTES;

	memcpy(b->data, &len, HEAD_BYTES);
}

/* The length of the first frame of b, without its head; false: its head is not there. */
static bool
peek_frame(const struct buf *b, uint64_t *ret_len)
{
	if (b->len < HEAD_BYTES)
		return false;
	memcpy(ret_len, b->data, HEAD_BYTES);
	return true;
}

/* Gives back the memory that a large message took. */
static void
shrink_buffer(struct buf *b)
{
	buf_reset(b);
	if (b->cap > QUEUE_BYTES)
		buf_free(b);
}

/* The process. */

/* Reads until the first frame is whole. False: the caller has gone. */
static bool
receive_job(int fd, struct buf *in, uint64_t *ret_len)
{
	while (!peek_frame(in, ret_len) || in->len - HEAD_BYTES < *ret_len) {
		ssize_t n = read(fd, buf_reserve(in, READ_BYTES), READ_BYTES);

		if (n <= 0 && !(n < 0 && errno == EINTR))
			return false;
		in->len += n > 0 ? (size_t)n : 0;
	}
	return true;
}

static bool
send_result(int fd, const struct buf *frame)
{
	for (size_t sent = 0; sent < frame->len;) {
		ssize_t n = send(fd, frame->data + sent, frame->len - sent, MSG_NOSIGNAL);

		if (n < 0 && errno != EINTR)
			return false;
		sent += n > 0 ? (size_t)n : 0;
	}
	return true;
}

static _Noreturn void
serve_jobs(const struct parallel *p, unsigned number, int fd)
{
	struct buf in = {0}, frame = {0};
	uint64_t len;

	process_keep_descriptors(&fd, 1);
	p->ops->begin(p->ctx, number);
	while (receive_job(fd, &in, &len)) {
		begin_frame(&frame);
		p->ops->work(p->ctx, in.data + HEAD_BYTES, (size_t)len, &frame);
		end_frame(&frame);
		buf_consume(&in, HEAD_BYTES + (size_t)len);
		if (in.len == 0)
			shrink_buffer(&in);
		if (!send_result(fd, &frame))
			break;
	}
	_exit(0);
}

static int
start_child(struct parallel *p, unsigned number)
{
	struct child *c = &p->children[number];
	int fds[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0)
		return -errno;
	(void)fflush(stdout);
	pid = fork();
	if (pid == 0)
		serve_jobs(p, number, fds[1]);
	int r = pid < 0 ? -errno : 0;

	(void)close(fds[1]);
	if (r < 0) {
		(void)close(fds[0]);
		return r;
	}
	c->pid = pid;
	c->fd = fds[0];
	c->n_sent = 0;
	c->sent = 0;
	c->since_ms = read_parallel_clock();
	buf_reset(&c->in);
	return 0;
}

/* The caller. */

static struct job_result *
find_result(struct parallel *p, uint64_t number)
{
	return &p->results[number % PARALLEL_WINDOW];
}

/* The first job of a process has its result. */
static void
finish_job(struct parallel *p, struct child *c)
{
	struct buf frame = c->jobs[0].frame;

	find_result(p, c->jobs[0].number)->is_there = true;
	shrink_buffer(&frame);
	for (unsigned i = 1; i < QUEUE; i++)
		c->jobs[i - 1] = c->jobs[i];
	c->jobs[QUEUE - 1] = (struct job){.frame = frame};
	c->n_jobs--;
	c->n_sent -= c->n_sent > 0;
	c->since_ms = read_parallel_clock();
}

static void
tell_results(struct parallel *p)
{
	struct job_result *r;

	while (p->first < p->next && (r = find_result(p, p->first))->is_there) {
		p->ops->done(p->ctx, r->bytes.data, r->bytes.len);
		r->is_there = false;
		shrink_buffer(&r->bytes);
		p->first++;
	}
}

/* What has come of a process may end in the middle of a frame. False: it is no frame. */
static bool
take_results(struct parallel *p, struct child *c)
{
	uint64_t len;

	while (peek_frame(&c->in, &len)) {
		if (len > PARALLEL_RESULT_MAX || c->n_jobs == 0)
			return false;
		if (c->in.len - HEAD_BYTES < len)
			break;
		buf_append(&find_result(p, c->jobs[0].number)->bytes, c->in.data + HEAD_BYTES,
			   (size_t)len);
		buf_consume(&c->in, HEAD_BYTES + (size_t)len);
		finish_job(p, c);
	}
	if (c->in.len == 0)
		shrink_buffer(&c->in);
	return true;
}

static void
send_jobs(struct child *c)
{
	while (c->n_sent < c->n_jobs) {
		const struct buf *frame = &c->jobs[c->n_sent].frame;
		ssize_t n = send(c->fd, frame->data + c->sent, frame->len - c->sent,
				 MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0)
			return; /* full, or the process has ended, which poll() tells */
		c->sent += (size_t)n;
		if (c->sent < frame->len)
			return;
		c->n_sent++;
		c->sent = 0;
	}
}

/* A process has ended, or is ended: the job that it was at is lost, another process gets the
 * others. */
static int
replace_child(struct parallel *p, unsigned number, const char *why)
{
	struct child *c = &p->children[number];
	struct buf how = {0};
	siginfo_t status = {0};

	(void)kill(c->pid, SIGKILL);
	while (waitid(P_PID, (id_t)c->pid, &status, WEXITED) < 0 && errno == EINTR)
		;
	(void)close(c->fd);
	c->pid = 0;
	process_append_end(&how, &status);
	if (c->n_jobs > 0) {
		const struct buf *job = &c->jobs[0].frame;

		p->ops->lost(p->ctx, number, job->data + HEAD_BYTES, job->len - HEAD_BYTES,
			     why != NULL ? why : buf_string(&how) + 1,
			     &find_result(p, c->jobs[0].number)->bytes);
		finish_job(p, c);
	}
	buf_free(&how);
	return start_child(p, number);
}

/* The process with the fewest jobs that may have another one; NULL: none may. */
static struct child *
find_free_child(struct parallel *p)
{
	struct child *best = NULL;

	for (unsigned i = 0; i < p->n; i++) {
		struct child *c = &p->children[i];

		if (c->n_jobs == QUEUE || (c->n_jobs > 0 && c->jobs[0].frame.len > QUEUE_BYTES))
			continue;
		if (best == NULL || c->n_jobs < best->n_jobs)
			best = c;
	}
	return best;
}

static void
hand_out_jobs(struct parallel *p)
{
	struct child *c;

	while (!p->at_end && p->next - p->first < PARALLEL_WINDOW &&
	       (c = find_free_child(p)) != NULL) {
		struct job *job = &c->jobs[c->n_jobs];

		begin_frame(&job->frame);
		if (p->ops->next(p->ctx, &job->frame) == 0) {
			p->at_end = true;
			break;
		}
		end_frame(&job->frame);
		job->number = p->next++;
		if (c->n_jobs++ == 0)
			c->since_ms = read_parallel_clock();
		send_jobs(c);
	}
}

/* The time until the first process has been at its job for too long. */
static int
compute_wait(const struct parallel *p)
{
	uint64_t now = read_parallel_clock(), least = 60000;

	for (unsigned i = 0; i < p->n; i++) {
		uint64_t spent = now - p->children[i].since_ms;
		uint64_t left = spent < p->limit_ms ? p->limit_ms - spent : 0;

		if (p->children[i].n_jobs > 0 && left < least)
			least = left;
	}
	return (int)least;
}

/* Reads what is there. False: the process has ended, or writes no frames. */
static bool
read_results(struct parallel *p, struct child *c)
{
	ssize_t n = recv(c->fd, buf_reserve(&c->in, READ_BYTES), READ_BYTES, MSG_DONTWAIT);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	c->in.len += (size_t)n;
	return n > 0 && take_results(p, c);
}

static int
attend_child(struct parallel *p, unsigned number, short events)
{
	struct child *c = &p->children[number];

	if (events & (POLLIN | POLLHUP | POLLERR) && !read_results(p, c))
		return replace_child(p, number, NULL);
	if (c->n_jobs > 0 && read_parallel_clock() - c->since_ms >= p->limit_ms)
		return replace_child(p, number, "it took too long");
	send_jobs(c);
	return 0;
}

static int
wait_for_results(struct parallel *p)
{
	struct pollfd fds[PARALLEL_MAX];
	int r = 0;

	for (unsigned i = 0; i < p->n; i++) {
		const struct child *c = &p->children[i];

		fds[i] = (struct pollfd){
			.fd = c->fd,
			.events = (short)(POLLIN | (c->n_sent < c->n_jobs ? POLLOUT : 0)),
		};
	}
	if (poll(fds, p->n, compute_wait(p)) < 0 && errno != EINTR)
		return -errno;
	for (unsigned i = 0; i < p->n && r == 0; i++)
		r = attend_child(p, i, fds[i].revents);
	return r;
}

static void
end_children(struct parallel *p)
{
	for (unsigned i = 0; i < p->n; i++) {
		struct child *c = &p->children[i];

		if (c->pid > 0) {
			(void)close(c->fd);
			(void)kill(c->pid, SIGKILL);
			while (waitpid(c->pid, NULL, 0) < 0 && errno == EINTR)
				;
		}
		for (unsigned k = 0; k < QUEUE; k++)
			buf_free(&c->jobs[k].frame);
		buf_free(&c->in);
	}
	for (unsigned i = 0; i < PARALLEL_WINDOW; i++)
		buf_free(&p->results[i].bytes);
	free(p->children);
}

int
parallel_run(const struct parallel_ops *ops, void *ctx, unsigned n, uint64_t limit_ms)
{
	struct parallel p = {.ops = ops, .ctx = ctx, .n = n, .limit_ms = limit_ms};
	int r = 0;

	p.children = calloc(n, sizeof(*p.children));
	if (p.children == NULL)
		abort();
	for (unsigned i = 0; i < n && r == 0; i++)
		r = start_child(&p, i);
	while (r == 0) {
		hand_out_jobs(&p);
		if (p.at_end && p.first == p.next)
			break;
		r = wait_for_results(&p);
		tell_results(&p);
	}
	end_children(&p);
	return r;
}
