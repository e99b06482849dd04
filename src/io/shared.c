/* Makes and maps files in memory. They are sealed: no process can make them smaller, at which
 * the others would get SIGBUS. */
#include "io/shared.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define SIZE_SEALS (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)

static void *
map_shared(int fd, size_t size, int protection)
{
	void *memory = mmap(NULL, size, protection, MAP_SHARED, fd, 0);

	return memory != MAP_FAILED ? memory : NULL;
}

/* The descriptor of size bytes, or -1. */
static int
make_memory_file(size_t size)
{
	int fd = memfd_create("polymilter", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0 || ftruncate(fd, (off_t)size) == 0)
		return fd;
	close(fd);
	return -1;
}

static void *
make_shared(size_t size, int seals, int *ret_fd)
{
	void *memory;
	int fd = make_memory_file(size);

	if (fd < 0)
		return NULL;
	memory = map_shared(fd, size, PROT_READ | PROT_WRITE);
	if (memory != NULL && madvise(memory, size, MADV_DONTFORK) == 0 &&
	    fcntl(fd, F_ADD_SEALS, seals) == 0) {
		*ret_fd = fd;
		return memory;
	}
	if (memory != NULL)
		munmap(memory, size);
	close(fd);
	return NULL;
}

void *
shared_new(size_t size, int *ret_fd)
{
	return make_shared(size, SIZE_SEALS, ret_fd);
}

void *
shared_new_published(size_t size, int *ret_fd)
{
	return make_shared(size, SIZE_SEALS | F_SEAL_FUTURE_WRITE, ret_fd);
}

int
shared_file_new(void)
{
	int fd = make_memory_file(0);

	return fd < 0 ? -errno : fd;
}

int
shared_file_seal(int fd)
{
	return fcntl(fd, F_ADD_SEALS, SIZE_SEALS | F_SEAL_WRITE) < 0 ? -errno : 0;
}

static void *
map_checked(int fd, size_t size, int protection)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return NULL;
	if (st.st_size != (off_t)size) {
		errno = EINVAL;
		return NULL;
	}
	return map_shared(fd, size, protection);
}

void *
shared_map(int fd, size_t size)
{
	return map_checked(fd, size, PROT_READ | PROT_WRITE);
}

const void *
shared_map_read_only(int fd, size_t size)
{
	return map_checked(fd, size, PROT_READ);
}
