/* Compares the files of two loadings: see changed_files.h. Those that a section names were just
 * read again, so their hashes are there; the others are read here. */
#include "ctl/changed_files.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "config/config.h"
#include "config/dump.h"
#include "util/arena.h"
#include "util/buf.h"

#define PIECE_BYTES 65536u

struct change_search {
	struct arena *arena;
	const struct read_file *now; /* all of them */
	const struct read_file
		*next; /* where the next one probably is: the order is the same */
	const struct changed_file *first, **end;
};

static const struct read_file *
find_between(struct arena *arena, const struct read_file *from, const struct read_file *to,
	     const char *path)
{
	for (; from != to; from = from->next)
		if (strcmp(dump_absolute_path(arena, from->path), path) == 0)
			return from;
	return NULL;
}

/* The same file, as it was read now; NULL: it was not. */
static const struct read_file *
find_read_now(struct change_search *s, const char *path)
{
	const struct read_file *found = find_between(s->arena, s->next, NULL, path);

	if (found == NULL)
		found = find_between(s->arena, s->now, s->next, path);
	if (found != NULL)
		s->next = found->next;
	return found;
}

/* 0, or a negative errno. A file that has another size need not be read whole. */
static int
read_again(const char *path, uint64_t size, struct buf *b)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	ssize_t n = 1;

	if (fd < 0)
		return -errno;
	while (b->len <= size && n != 0) {
		n = read(fd, buf_reserve(b, PIECE_BYTES), PIECE_BYTES);
		if (n < 0 && errno != EINTR)
			break;
		b->len += n > 0 ? (size_t)n : 0;
	}
	if (n < 0)
		n = -errno;
	close(fd);
	return n < 0 ? (int)n : 0;
}

/* 1: it has another content; 0: it has not; or the negative errno of a file that cannot be
 * read. */
static int
has_changed(struct change_search *s, const struct read_file *f)
{
	const struct read_file *now = f->is_configuration ? NULL : find_read_now(s, f->path);
	struct buf b = {0};
	int r;

	if (now != NULL)
		return now->size != f->size || now->hash != f->hash;
	r = read_again(f->path, f->size, &b);
	if (r == 0)
		r = b.len != f->size || read_file_hash(b.data, b.len) != f->hash;
	buf_free(&b);
	return r;
}

static bool
is_listed(const struct change_search *s, const char *path)
{
	for (const struct changed_file *c = s->first; c != NULL; c = c->next)
		if (strcmp(c->path, path) == 0)
			return true;
	return false;
}

static const char *
describe_change(struct arena *arena, const struct read_file *f, int error)
{
	const char *which = f->is_configuration ? "old" : "new";

	if (error < 0)
		return arena_printf(arena,
				    "%s cannot be read any more (%s): the old side is judged "
				    "with the %s contents",
				    f->path, strerror(-error), which);
	return arena_printf(arena,
			    "%s changed since the daemon loaded it: the old side is judged "
			    "with the %s contents",
			    f->path, which);
}

static void
add_changed_file(struct change_search *s, const struct read_file *f, int r)
{
	struct changed_file *c = arena_zalloc(s->arena, sizeof(*c));

	c->path = f->path;
	c->is_new = !f->is_configuration;
	c->text = describe_change(s->arena, f, r);
	*s->end = c;
	s->end = &c->next;
}

const struct changed_file *
changed_files_find(struct arena *arena, const struct dump_file *dump, const struct config *now)
{
	struct change_search s = {
		.arena = arena, .now = now->files->first, .next = now->files->first};

	s.end = &s.first;
	for (const struct read_file *f = dump->files; f != NULL; f = f->next) {
		int r = has_changed(&s, f);

		if (r != 0 && !is_listed(&s, f->path))
			add_changed_file(&s, f, r);
	}
	return s.first;
}
