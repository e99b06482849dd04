/* Jobs that several processes do at the same time, and whose results come in the jobs' order.
 * Input: jobs, as bytes; output: a result of each, as bytes. The processes are forked, so that
 * they have all that the caller has loaded; a job that ends its process costs its own result
 * only.
 *
 *	caller   next()  next()  next() ...        done(1)  done(2)  done(3) ...
 *	process 0  begin()  work(1)         work(3)
 *	process 1  begin()  work(2): it crashes; lost(2) in the caller; begin() in another one
 *
 * Memory is bounded: a process has at most two jobs, and no job is begun while a result is
 * missing that is PARALLEL_WINDOW jobs before it. */
#ifndef CTL_PARALLEL_H
#define CTL_PARALLEL_H

#include <stddef.h>
#include <stdint.h>

struct buf;

#define PARALLEL_WINDOW	    64u
#define PARALLEL_MAX	    64u		       /* processes */
#define PARALLEL_RESULT_MAX (4u * 1024 * 1024) /* bytes of a result; more: it is lost */

struct parallel_ops {
	/* In the calling process. Appends the next job: 1; or 0: there are no more. */
	int (*next)(void *ctx, struct buf *job);
	/* In the process with this number, before its first job. What it changes in ctx is not
	 * seen by any other. */
	void (*begin)(void *ctx, unsigned number);
	/* In that process: appends the result of a job. */
	void (*work)(void *ctx, const void *job, size_t len, struct buf *result);
	/* In the calling process, in the place of work(): appends the result of a job that
	 * ended its process, or took too long. how: "killed by signal 11 (SIGSEGV)". */
	void (*lost)(void *ctx, unsigned number, const void *job, size_t len, const char *how,
		     struct buf *result);
	/* In the calling process: a result, in the jobs' order. */
	void (*done)(void *ctx, const void *result, size_t len);
};

/* Does all jobs with n processes, 1 to PARALLEL_MAX. A process that is at one job for longer
 * than limit_ms is killed. Returns 0 when all are done, or a negative errno when no process
 * can be made. */
int parallel_run(const struct parallel_ops *ops, void *ctx, unsigned n, uint64_t limit_ms);

#endif
