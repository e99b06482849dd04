/* Reads the tree of processes from /proc/PID/stat, CPU times from clock_getcpuclockid(), memory
 * from /proc/PID/smaps_rollup. A process may end at any moment between these: then it has no
 * figures, which is no error. */
#include "ctl/proc.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "util/process_state.h"

#define KIB 1024u

struct process_table { /* every process of the system */
	size_t n, capacity;
	struct process_row {
		pid_t pid, parent;
		uint64_t user, system; /* ticks */
		char state;
		bool in_tree; /* the process that was asked for, or its descendant */
	} * rows;
};

static void
add_process_row(struct process_table *t, const struct process_row *row)
{
	if (t->n == t->capacity) {
		t->capacity = t->capacity ? 2 * t->capacity : 256;
		t->rows = reallocarray(t->rows, t->capacity, sizeof(*t->rows));
		if (!t->rows)
			abort();
	}
	t->rows[t->n++] = *row;
}

/* Fills a row. When the process has ended meanwhile the row is unchanged and has no parent. */
static void
read_process_stat(struct process_row *row)
{
	struct process_state now;

	if (process_state_read(row->pid, &now) < 0)
		return;
	row->state = now.letter;
	row->parent = now.parent;
	row->user = now.user;
	row->system = now.system;
}

static int
read_process_table(struct process_table *t)
{
	DIR *dir = opendir("/proc");
	const struct dirent *entry;

	if (!dir)
		return -errno;
	while ((entry = readdir(dir))) {
		char *end;
		struct process_row row = {.pid = (pid_t)strtol(entry->d_name, &end, 10)};

		if (row.pid <= 0 || *end != '\0')
			continue;
		read_process_stat(&row);
		add_process_row(t, &row);
	}
	closedir(dir);
	return 0;
}

static bool
is_process_in_tree(const struct process_table *t, pid_t pid)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->rows[i].pid == pid)
			return t->rows[i].in_tree;
	return false;
}

/* Marks pid and its descendants, one generation in each round. */
static void
mark_process_tree(struct process_table *t, pid_t pid)
{
	bool found = true;

	for (size_t i = 0; i < t->n; i++)
		t->rows[i].in_tree = t->rows[i].pid == pid;
	while (found) {
		found = false;
		for (size_t i = 0; i < t->n; i++) {
			struct process_row *row = &t->rows[i];

			if (row->in_tree || !is_process_in_tree(t, row->parent))
				continue;
			row->in_tree = found = true;
		}
	}
}

static int
read_cpu_clock(pid_t pid, uint64_t *ret_ns)
{
	struct timespec t;
	clockid_t id;
	int r = clock_getcpuclockid(pid, &id);

	if (r != 0)
		return -r;
	if (clock_gettime(id, &t) < 0)
		return -errno;
	*ret_ns = (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
	return 0;
}

/* Reads all processes and marks the tree of pid. The caller frees t->rows. */
static int
read_process_tree(pid_t pid, struct process_table *t)
{
	int r = read_process_table(t);

	if (r == 0)
		mark_process_tree(t, pid);
	return r;
}

static int
read_tree_times(const struct process_table *t, struct proc_times *ret)
{
	ret->n = 0;
	ret->busy = false;
	for (size_t i = 0; i < t->n; i++) {
		const struct process_row *row = &t->rows[i];

		if (!row->in_tree)
			continue;
		ret->busy = ret->busy || row->state == 'R';
		if (ret->n == PROC_MAX)
			return -E2BIG;
		ret->processes[ret->n].pid = row->pid;
		ret->processes[ret->n].user = row->user;
		ret->processes[ret->n].system = row->system;
		if (read_cpu_clock(row->pid, &ret->processes[ret->n].ns) == 0)
			ret->n++;
	}
	return ret->n > 0 ? 0 : -ESRCH;
}

int
proc_read_times(pid_t pid, struct proc_times *ret)
{
	struct process_table t = {0};
	int r = read_process_tree(pid, &t);

	if (r == 0)
		r = read_tree_times(&t, ret);
	free(t.rows);
	return r;
}

/* The index of pid; t->n: it is not there. */
static size_t
find_process_times(const struct proc_times *t, pid_t pid)
{
	size_t i = 0;

	while (i < t->n && t->processes[i].pid != pid)
		i++;
	return i;
}

int
proc_compute_usage(const struct proc_times *before, const struct proc_times *after,
		   struct proc_cpu *ret)
{
	struct proc_cpu sum = {0};

	for (size_t i = 0; i < before->n; i++)
		if (find_process_times(after, before->processes[i].pid) == after->n)
			return -ECHILD;
	for (size_t i = 0; i < after->n; i++) {
		size_t at = find_process_times(before, after->processes[i].pid);
		bool old = at < before->n;

		sum.ns += after->processes[i].ns - (old ? before->processes[at].ns : 0);
		sum.user += after->processes[i].user - (old ? before->processes[at].user : 0);
		sum.system +=
			after->processes[i].system - (old ? before->processes[at].system : 0);
	}
	*ret = sum;
	return 0;
}

/* Adds the memory of one process; nothing when it has ended. */
static int
add_process_memory(pid_t pid, struct proc_memory *sum)
{
	char path[300], line[256];
	uint64_t kib;

	snprintf(path, sizeof(path), "/proc/%ld/smaps_rollup", (long)pid);

	FILE *f = fopen(path, "re");

	if (!f)
		return errno == ENOENT || errno == ESRCH ? 0 : -errno;
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "Pss: %" SCNu64 " kB", &kib) == 1)
			sum->pss += kib * KIB;
		else if (sscanf(line, "Anonymous: %" SCNu64 " kB", &kib) == 1)
			sum->anonymous += kib * KIB;
	}
	fclose(f);
	return 0;
}

int
proc_read_memory(pid_t pid, struct proc_memory *ret)
{
	struct proc_memory sum = {0};
	struct process_table t = {0};
	int r = read_process_tree(pid, &t);
	bool found = false;

	for (size_t i = 0; r == 0 && i < t.n; i++) {
		if (!t.rows[i].in_tree)
			continue;
		found = true;
		r = add_process_memory(t.rows[i].pid, &sum);
	}
	free(t.rows);
	if (r == 0 && !found)
		r = -ESRCH;
	if (r == 0)
		*ret = sum;
	return r;
}
