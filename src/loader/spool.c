/* Opens files without a name, by O_TMPFILE where the file system has it. */
#include "loader/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "util/log.h"

/* The file has a name for a moment. */
static int
open_and_unlink_file(const char *dir)
{
	char path[4096];
	int n = snprintf(path, sizeof(path), "%s/polymilter.XXXXXX", dir), fd;

	if (n < 0 || (size_t)n >= sizeof(path))
		return -ENAMETOOLONG;
	fd = mkostemp(path, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (unlink(path) < 0) {
		int r = -errno;

		close(fd);
		return r;
	}
	return fd;
}

static int
open_unnamed_file(const char *dir)
{
	int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC | O_EXCL, 0600);

	if (fd >= 0)
		return fd;
	if (errno != EOPNOTSUPP && errno != EISDIR)
		return -errno;
	return open_and_unlink_file(dir);
}

int
spool_open(const char *dir, int *fds, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		fds[i] = open_unnamed_file(dir);
		if (fds[i] < 0) {
			int r = fds[i];

			log_write(LOG_ERR, "spool_dir: %zu files in %s: %s", n, dir,
				  strerror(-r));
			spool_close(fds, i);
			return r;
		}
	}
	return 0;
}

void
spool_close(const int *fds, size_t n)
{
	for (size_t i = 0; i < n; i++)
		close(fds[i]);
}
