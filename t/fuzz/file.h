/* A file with an input, for functions that take the name of one. */
#ifndef FUZZ_FILE_H
#define FUZZ_FILE_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#define FUZZ_FILE_NAME_BYTES 40u

/* Its name; the descriptor is to be closed. */
static inline int
fuzz_file(const uint8_t *data, size_t size, char name[static FUZZ_FILE_NAME_BYTES])
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	assert(fd >= 0);
	assert(write(fd, data, size) == (ssize_t)size);
	snprintf(name, FUZZ_FILE_NAME_BYTES, "/proc/self/fd/%d", fd);
	return fd;
}

#endif
