/* The tree is read from /proc; the times are from each process's CPU clock, because /proc tells
 * them in ticks of 10 ms, which is too coarse for a second's work. Only how they divide into
 * user and system is not to be had otherwise. */
#include "ctl/proc.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define KIB 1024u

struct table {
	size_t n, cap;
	struct row {
		pid_t pid, parent;
		uint64_t user, system; /* ticks */
		char state;
		bool wanted;
	} * rows;
};

static void
table_add(struct table *t, const struct row *row)
{
	if (t->n == t->cap) {
		t->cap = t->cap ? 2 * t->cap : 256;
		t->rows = reallocarray(t->rows, t->cap, sizeof(*t->rows));
		if (!t->rows)
			abort();
	}
	t->rows[t->n++] = *row;
}

/* A process may be gone by the time it is looked at: then it is nobody's child. */
static void
read_stat(const char *pid, struct row *row)
{
	char path[300], text[512];

	snprintf(path, sizeof(path), "/proc/%s/stat", pid);

	FILE *f = fopen(path, "re");

	if (!f)
		return;

	size_t n = fread(text, 1, sizeof(text) - 1, f);

	fclose(f);
	text[n] = '\0';

	const char *end = strrchr(text, ')'); /* the name before it may hold anything */

	if (end)
		sscanf(end, ") %c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %" SCNu64 " %" SCNu64,
		       &row->state, &row->parent, &row->user, &row->system);
}

static int
read_table(struct table *t)
{
	DIR *dir = opendir("/proc");
	const struct dirent *entry;

	if (!dir)
		return -errno;
	while ((entry = readdir(dir))) {
		char *end;
		struct row row = {.pid = (pid_t)strtol(entry->d_name, &end, 10)};

		if (row.pid <= 0 || *end != '\0')
			continue;
		read_stat(entry->d_name, &row);
		table_add(t, &row);
	}
	closedir(dir);
	return 0;
}

static bool
is_wanted(const struct table *t, pid_t pid)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->rows[i].pid == pid)
			return t->rows[i].wanted;
	return false;
}

/* Marks pid and its descendants: as many rounds as the tree is deep. */
static void
mark_tree(struct table *t, pid_t pid)
{
	bool news = true;

	for (size_t i = 0; i < t->n; i++)
		t->rows[i].wanted = t->rows[i].pid == pid;
	while (news) {
		news = false;
		for (size_t i = 0; i < t->n; i++) {
			struct row *row = &t->rows[i];

			if (row->wanted || !is_wanted(t, row->parent))
				continue;
			row->wanted = news = true;
		}
	}
}

static int
read_clock(pid_t pid, uint64_t *ret_ns)
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

/* The tree of pid: its rows are those that are wanted. The caller frees t->rows. */
static int
read_tree(pid_t pid, struct table *t)
{
	int r = read_table(t);

	if (r == 0)
		mark_tree(t, pid);
	return r;
}

static int
read_times(const struct table *t, struct proc_times *ret)
{
	ret->n = 0;
	ret->busy = false;
	for (size_t i = 0; i < t->n; i++) {
		const struct row *row = &t->rows[i];

		if (!row->wanted)
			continue;
		ret->busy = ret->busy || row->state == 'R';
		if (ret->n == PROC_MAX)
			return -E2BIG;
		ret->of[ret->n].pid = row->pid;
		ret->of[ret->n].user = row->user;
		ret->of[ret->n].system = row->system;
		if (read_clock(row->pid, &ret->of[ret->n].ns) == 0)
			ret->n++;
	}
	return ret->n > 0 ? 0 : -ESRCH;
}

int
proc_times(pid_t pid, struct proc_times *ret)
{
	struct table t = {0};
	int r = read_tree(pid, &t);

	if (r == 0)
		r = read_times(&t, ret);
	free(t.rows);
	return r;
}

/* The place of pid; t->n: it has none. */
static size_t
find(const struct proc_times *t, pid_t pid)
{
	size_t i = 0;

	while (i < t->n && t->of[i].pid != pid)
		i++;
	return i;
}

int
proc_used(const struct proc_times *before, const struct proc_times *after, struct proc_cpu *ret)
{
	struct proc_cpu sum = {0};

	for (size_t i = 0; i < before->n; i++)
		if (find(after, before->of[i].pid) == after->n)
			return -ECHILD;
	for (size_t i = 0; i < after->n; i++) {
		size_t at = find(before, after->of[i].pid);
		bool old = at < before->n;

		sum.ns += after->of[i].ns - (old ? before->of[at].ns : 0);
		sum.user += after->of[i].user - (old ? before->of[at].user : 0);
		sum.system += after->of[i].system - (old ? before->of[at].system : 0);
	}
	*ret = sum;
	return 0;
}

/* Adds one process's. One that has ended meanwhile has none. */
static int
add_memory(pid_t pid, struct proc_memory *sum)
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
proc_memory(pid_t pid, struct proc_memory *ret)
{
	struct proc_memory sum = {0};
	struct table t = {0};
	int r = read_tree(pid, &t);
	bool found = false;

	for (size_t i = 0; r == 0 && i < t.n; i++) {
		if (!t.rows[i].wanted)
			continue;
		found = true;
		r = add_memory(t.rows[i].pid, &sum);
	}
	free(t.rows);
	if (r == 0 && !found)
		r = -ESRCH;
	if (r == 0)
		*ret = sum;
	return r;
}
