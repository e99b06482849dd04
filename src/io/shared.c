/* Makes and maps files in memory. They are sealed: no process can make them smaller, at which
 * the others would get SIGBUS. */
#include "io/shared.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static void *
map_shared(int fd, size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	return memory != MAP_FAILED ? memory : NULL;
}

void *
shared_new(size_t size, int *ret_fd)
{
	void *memory = NULL;
	int fd = memfd_create("polymilter", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0)
		return NULL;
	if (ftruncate(fd, (off_t)size) == 0 &&
	    fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0)
		memory = map_shared(fd, size);
	if (memory == NULL)
		close(fd);
	else
		*ret_fd = fd;
	return memory;
}

void *
shared_map(int fd, size_t size)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return NULL;
	if (st.st_size != (off_t)size) {
		errno = EINVAL;
		return NULL;
	}
	return map_shared(fd, size);
}
