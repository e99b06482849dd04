/* Descriptors, signals and the exit status of a child. */
#include "util/process.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "util/buf.h"

static int
compare_descriptors(const void *a, const void *b)
{
	const int *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* In ranges, between the descriptors that are kept. */
void
process_keep_descriptors(int *kept, size_t n)
{
	int next = STDERR_FILENO + 1;

	qsort(kept, n, sizeof(*kept), compare_descriptors);
	for (size_t i = 0; i < n; i++) {
		if (kept[i] > next)
			(void)close_range((unsigned)next, (unsigned)kept[i] - 1, 0);
		next = kept[i] + 1;
	}
	(void)close_range((unsigned)next, ~0u, 0);
}

void
process_reset_signals(const int *ignored, size_t n, const sigset_t *blocked)
{
	for (int i = 1; i < NSIG; i++)
		if (i != SIGKILL && i != SIGSTOP)
			(void)signal(i, SIG_DFL);
	for (size_t i = 0; i < n; i++)
		(void)signal(ignored[i], SIG_IGN);
	(void)sigprocmask(SIG_SETMASK, blocked, NULL);
}

void
process_append_end(struct buf *b, const siginfo_t *status)
{
	const char *name = sigabbrev_np(status->si_status);

	if (status->si_code == CLD_EXITED)
		buf_printf(b, " ended with status %d", status->si_status);
	else
		buf_printf(b, " killed by signal %d (SIG%s)", status->si_status,
			   name != NULL ? name : "?");
}
