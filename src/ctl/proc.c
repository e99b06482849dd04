/* The tree is read from /proc; the times are from each process's CPU clock, because /proc tells
 * them in ticks of 10 ms, which is too coarse for a second's work. */
#include "ctl/proc.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct table {
	size_t n, cap;
	struct row {
		pid_t pid, parent;
		bool wanted;
	} * rows;
};

static void
table_add(struct table *t, pid_t pid, pid_t parent)
{
	if (t->n == t->cap) {
		t->cap = t->cap ? 2 * t->cap : 256;
		t->rows = reallocarray(t->rows, t->cap, sizeof(*t->rows));
		if (!t->rows)
			abort();
	}
	t->rows[t->n++] = (struct row){pid, parent, false};
}

/* A process may be gone by the time it is looked at: then 0. */
static pid_t
read_parent(const char *pid)
{
	char path[300], text[512];
	int parent = 0;

	snprintf(path, sizeof(path), "/proc/%s/stat", pid);

	FILE *f = fopen(path, "re");

	if (!f)
		return 0;

	size_t n = fread(text, 1, sizeof(text) - 1, f);

	fclose(f);
	text[n] = '\0';

	const char *end = strrchr(text, ')'); /* the name before it may hold anything */

	if (!end || sscanf(end, ") %*c %d", &parent) != 1)
		return 0;
	return parent;
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
		long pid = strtol(entry->d_name, &end, 10);

		if (pid > 0 && *end == '\0')
			table_add(t, (pid_t)pid, read_parent(entry->d_name));
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

static int
read_times(const struct table *t, struct proc_times *ret)
{
	ret->n = 0;
	for (size_t i = 0; i < t->n; i++) {
		if (!t->rows[i].wanted)
			continue;
		if (ret->n == PROC_MAX)
			return -E2BIG;
		ret->of[ret->n].pid = t->rows[i].pid;
		if (read_clock(t->rows[i].pid, &ret->of[ret->n].ns) == 0)
			ret->n++;
	}
	return ret->n > 0 ? 0 : -ESRCH;
}

int
proc_times(pid_t pid, struct proc_times *ret)
{
	struct table t = {0};
	int r = read_table(&t);

	if (r == 0) {
		mark_tree(&t, pid);
		r = read_times(&t, ret);
	}
	free(t.rows);
	return r;
}

static const uint64_t *
find(const struct proc_times *t, pid_t pid)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->of[i].pid == pid)
			return &t->of[i].ns;
	return NULL;
}

int
proc_used(const struct proc_times *before, const struct proc_times *after, uint64_t *ret_ns)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < before->n; i++)
		if (!find(after, before->of[i].pid))
			return -ECHILD;
	for (size_t i = 0; i < after->n; i++) {
		const uint64_t *start = find(before, after->of[i].pid);

		sum += after->of[i].ns - (start ? *start : 0);
	}
	*ret_ns = sum;
	return 0;
}
