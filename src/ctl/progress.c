/* Writes how far a work is: see progress.h. */
#include "ctl/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define BAR_WIDTH   20u
#define INTERVAL_MS 200u

static uint64_t
read_progress_clock(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

void
progress_begin(struct progress *p, uint64_t total)
{
	*p = (struct progress){
		.is_on = isatty(STDERR_FILENO) != 0,
		.total = total,
		.begin_ms = read_progress_clock(),
	};
}

static void
write_bar(uint64_t done, uint64_t total)
{
	unsigned n = (unsigned)(done * BAR_WIDTH / total);

	fputc('[', stderr);
	for (unsigned i = 0; i < BAR_WIDTH; i++)
		fputc(i < n ? '=' : i == n ? '>' : ' ', stderr);
	fprintf(stderr, "] %3" PRIu64 " %%  ", done * 100 / total);
}

void
progress_show(struct progress *p, uint64_t done, uint64_t differ)
{
	uint64_t now;

	if (!p->is_on || done == 0)
		return;
	now = read_progress_clock();
	if (now < p->next_ms)
		return;
	p->next_ms = now + INTERVAL_MS;
	p->is_shown = true;
	fputs("\r\033[K", stderr);
	if (done > p->total) {
		fprintf(stderr, "%" PRIu64 " messages, %" PRIu64 " differ", done, differ);
	} else {
		write_bar(done, p->total);
		fprintf(stderr,
			"%" PRIu64 " of %" PRIu64 " messages, %" PRIu64 " differ, %" PRIu64
			" s left",
			done, p->total, differ,
			(now - p->begin_ms) * (p->total - done) / done / 1000);
	}
	(void)fflush(stderr);
}

void
progress_clear(struct progress *p)
{
	if (!p->is_shown)
		return;
	fputs("\r\033[K", stderr);
	(void)fflush(stderr);
	p->is_shown = false;
}
