/* Descriptors 0, 1 and 2. */
#include "util/detach.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

int
detach_standard_streams(bool keep_stderr)
{
	int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	for (int i = STDIN_FILENO; i <= STDERR_FILENO; i++)
		if (i != STDERR_FILENO || !keep_stderr)
			(void)dup2(fd, i);
	close(fd);
	return 0;
}
