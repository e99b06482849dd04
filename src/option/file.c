/* Reads a whole file that an option of a section names, and reports at the option why it could
 * not. This is done while the configuration is loaded, and blocks. */
#include "option/file.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "option/read_files.h"
#include "option/section.h"
#include "util/access.h"
#include "util/arena.h"

/* Does not block on a FIFO. -EISDIR: it is no regular file. */
static int
open_regular_file(const char *path, struct stat *ret)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return -errno;
	if (fstat(fd, ret) == 0 && S_ISREG(ret->st_mode))
		return fd;
	close(fd);
	return -EISDIR;
}

/* A file that is shorter than len gives -EIO. */
static int
read_exactly(int fd, char *to, size_t len)
{
	while (len > 0) {
		ssize_t n = read(fd, to, len);

		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		to += n;
		len -= (size_t)n;
	}
	return 0;
}

const char *
section_file_path(const struct section *s, const char *option, struct arena *arena)
{
	const char *path = section_string(s, option);

	assert(path != NULL);
	return path[0] == '/' ? path : arena_printf(arena, "%s/%s", section_directory(s), path);
}

void
section_note_file(const struct section *s, const char *path, const void *data, size_t len)
{
	read_files_add(s->files, path, false, data, len);
}

const char *
section_file(const struct section *s, const char *option, size_t max, struct arena *arena,
	     size_t *ret_len)
{
	const char *path = section_file_path(s, option, arena);
	struct stat st;
	char *content;
	int fd, r;

	fd = open_regular_file(path, &st);
	if (fd < 0) {
		section_error(s, option, "cannot read '%s': %s", path,
			      fd == -EISDIR ? "it is no regular file" : access_error_text(-fd));
		return NULL;
	}
	if ((uintmax_t)st.st_size > max) {
		close(fd);
		section_error(s, option, "'%s' has %jd bytes, at most %zu may be used", path,
			      (intmax_t)st.st_size, max);
		return NULL;
	}
	content = arena_zalloc(arena, (size_t)st.st_size + 1);
	r = read_exactly(fd, content, (size_t)st.st_size);
	close(fd);
	if (r < 0) {
		section_error(s, option, "cannot read '%s': %s", path, strerror(-r));
		return NULL;
	}
	*ret_len = (size_t)st.st_size;
	section_note_file(s, path, content, *ret_len);
	return content;
}
