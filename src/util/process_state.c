/* Reads and takes apart /proc/PID/stat and statm, which any process may read. */
#include "util/process_state.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* As much of /proc/PID/NAME as fits, as a text. Its length, or a negative errno. */
static ssize_t
read_proc_file(pid_t pid, const char *name, char *text, size_t size)
{
	char path[64];
	ssize_t n;
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/%ld/%s", (long)pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	n = read(fd, text, size - 1);
	if (n < 0)
		n = -errno;
	else
		text[n] = '\0';
	close(fd);
	return n;
}

int
process_state_read(pid_t pid, struct process_state *ret)
{
	char text[512], letter;
	uint64_t user, system, ticks_per_s = (uint64_t)sysconf(_SC_CLK_TCK);
	ssize_t n = read_proc_file(pid, "stat", text, sizeof(text));
	const char *name_end;
	pid_t parent;

	if (n < 0)
		return (int)n;
	name_end = strrchr(text, ')'); /* the name may have a ')' in it, too */
	if (name_end == NULL ||
	    sscanf(name_end, ") %c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %" SCNu64 " %" SCNu64,
		   &letter, &parent, &user, &system) != 4)
		return -EBADMSG;
	*ret = (struct process_state){.letter = letter,
				      .parent = parent,
				      .user = user,
				      .system = system,
				      .cpu_ms = (user + system) * 1000 / ticks_per_s};
	return 0;
}

uint64_t
process_memory(pid_t pid)
{
	char text[128];
	uint64_t pages;

	if (read_proc_file(pid, "statm", text, sizeof(text)) < 0 ||
	    sscanf(text, "%*u %" SCNu64, &pages) != 1)
		return 0;
	return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}
