/* The form, which stays the same over updates, since polymilterctl may be newer than the daemon
 * that runs: the text and a NUL; then entries, each of which ends with a NUL:
 *
 *	configuration PATH
 *	read SIZE HASH PATH		a file of the configuration
 *	named SIZE HASH PATH		a file that a section names
 *
 * with SIZE in decimal and HASH in hexadecimal digits. */
#include "config/dump_file.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/config.h"
#include "config/dump.h"
#include "util/arena.h"
#include "util/buf.h"
#include "util/str.h"

#define DUMP_FILE_MAX (256u << 20) /* bytes that are read */
#define PIECE_BYTES   65536u

/* Writing. */

static void
append_entry(struct buf *b, const char *head, const char *path)
{
	buf_puts(b, head);
	buf_puts(b, path);
	buf_putc(b, '\0');
}

static void
append_entries(const struct config *cfg, struct arena *arena, struct buf *b)
{
	char head[64];

	buf_putc(b, '\0');
	append_entry(b, "configuration ", dump_absolute_path(arena, cfg->path));
	for (const struct read_file *f = cfg->files->first; f != NULL; f = f->next) {
		(void)snprintf(head, sizeof(head), "%s %" PRIu64 " %" PRIx64 " ",
			       f->is_configuration ? "read" : "named", f->size, f->hash);
		append_entry(b, head, dump_absolute_path(arena, f->path));
	}
}

int
dump_file_write(const struct config *cfg, int fd)
{
	struct arena *arena = arena_new();
	struct buf b = {0};
	int r = config_dump_write(cfg, fd);

	if (r == 0) {
		append_entries(cfg, arena, &b);
		r = buf_write_to(&b, fd);
	}
	buf_free(&b);
	arena_free(arena);
	return r;
}

/* Reading. */

static int
read_all(int fd, struct buf *b)
{
	while (b->len < DUMP_FILE_MAX) {
		ssize_t n = pread(fd, buf_reserve(b, PIECE_BYTES), PIECE_BYTES, (off_t)b->len);

		if (n == 0)
			return 0;
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0)
			b->len += (size_t)n;
	}
	return -EFBIG;
}

/* The rest of an entry behind its word and a blank, or NULL. */
static const char *
skip_entry_word(const char *entry, const char *word)
{
	size_t n = strlen(word);

	return strncmp(entry, word, n) == 0 && entry[n] == ' ' ? entry + n + 1 : NULL;
}

/* "SIZE HASH PATH" */
static void
take_file(struct read_files *files, const char *text, bool is_configuration)
{
	char *end;
	uint64_t size = strtoull(text, &end, 10), hash;

	if (*end != ' ')
		return;
	hash = strtoull(end + 1, &end, 16);
	if (*end == ' ')
		read_files_put(files, end + 1, is_configuration, size, hash);
}

static void
take_entry(struct dump_file *d, struct read_files *files, const char *entry)
{
	const char *rest;

	if ((rest = skip_entry_word(entry, "configuration")) != NULL)
		d->path = rest;
	else if ((rest = skip_entry_word(entry, "read")) != NULL)
		take_file(files, rest, true);
	else if ((rest = skip_entry_word(entry, "named")) != NULL)
		take_file(files, rest, false);
}

int
dump_file_read(int fd, struct arena *arena, struct dump_file *ret)
{
	struct read_files *files = read_files_new(arena);
	struct buf b = {0};
	int r = read_all(fd, &b);
	const char *at, *end;
	size_t len = b.len;

	*ret = (struct dump_file){0};
	if (r < 0 || b.len == 0 || b.data[b.len - 1] != '\0') {
		buf_free(&b);
		return r < 0 ? r : -EBADMSG;
	}
	ret->text = at = buf_move_to_arena(&b, arena);
	end = at + len;
	while ((at += strlen(at) + 1) < end)
		take_entry(ret, files, at);
	ret->files = files->first;
	return ret->path != NULL ? 0 : -EBADMSG;
}
