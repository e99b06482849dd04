/* The files: opened with care, and found by include("..."). */
#include "config/source.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <glob.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/diagnostics.h"
#include "util/arena.h"
#include "util/buf.h"

#define SLACK 16u /* bytes behind a text: for braces that it lacks */

struct source *
source_new(struct arena *arena, struct diagnostics *diagnostics, const struct option *options,
	   bool (*shares_titles)(const struct option *o), bool early)
{
	struct source *src = arena_zalloc(arena, sizeof(*src));

	src->arena = arena;
	src->diagnostics = diagnostics;
	src->options = options;
	src->shares_titles = shares_titles;
	src->early = early;
	src->root = arena_zalloc(arena, sizeof(*src->root));
	src->root->title = "";
	return src;
}

/* Of the file itself: where its include stands, or no line at all. */
static int
refuse(struct source *src, const struct source_file *f, int error, const char *why)
{
	const char *told_of = f->parent != NULL ? f->parent->name : f->name;

	if (f->parent != NULL)
		diagnostics_error(src->diagnostics, told_of, f->parent_line, "include: %s: %s",
				  f->name, why);
	else
		diagnostics_error(src->diagnostics, told_of, 0, "%s", why);
	src->incomplete = true;
	return error;
}

static int
read_all(struct source *src, struct source_file *f, int fd, size_t size)
{
	f->text = arena_alloc(src->arena, size + SLACK);
	while (f->len < size) {
		ssize_t n = read(fd, f->text + f->len, size - f->len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return refuse(src, f, -errno, strerror(errno));
		if (n == 0)
			break;
		f->len += (size_t)n;
	}
	return 0;
}

/* A directory would make libconfuse's scanner exit, a FIFO would make us wait for ever. */
static int
read_open(struct source *src, struct source_file *f, int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return refuse(src, f, -errno, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return refuse(src, f, -EINVAL, "is not a regular file");
	if (st.st_size > SOURCE_MAX_BYTES)
		return refuse(src, f, -EFBIG, "is larger than 16M");
	f->dev = st.st_dev;
	f->ino = st.st_ino;
	if ((st.st_mode & S_IWOTH) != 0 && src->early)
		return refuse(src, f, -EPERM, "may be written by others: chmod o-w");
	if ((st.st_mode & S_IWOTH) != 0)
		diagnostics_warning(src->diagnostics, f->name, 0,
				    "the file may be written by others: chmod o-w");
	return read_all(src, f, fd, (size_t)st.st_size);
}

static int
read_file(struct source *src, struct source_file *f)
{
	int fd = open(f->name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	int r;

	if (fd < 0)
		return refuse(src, f, -errno, strerror(errno));
	r = read_open(src, f, fd);
	close(fd);
	return r;
}

/* The same file again, in a circle or not: 0, or -ELOOP after telling. */
static int
check_new(struct source *src, const struct source_file *f)
{
	for (const struct source_file *up = f->parent; up != NULL; up = up->parent) {
		if (up->dev == f->dev && up->ino == f->ino)
			return refuse(src, f, -ELOOP, "includes itself, in a circle");
	}
	for (size_t i = 0; i < src->n_files; i++) {
		if (src->files[i]->dev == f->dev && src->files[i]->ino == f->ino)
			return refuse(src, f, -ELOOP, "was included before");
	}
	return 0;
}

static struct source_file *
new_file(struct source *src, const struct source_file *parent, unsigned line, const char *name)
{
	struct source_file *f = arena_zalloc(src->arena, sizeof(*f));

	f->name = arena_strdup(src->arena, name);
	f->parent = parent;
	f->parent_line = line;
	f->depth = parent == NULL ? 1 : parent->depth + 1;
	return f;
}

static int
add_file(struct source *src, struct source_file *f)
{
	int r;

	if (src->n_files == SOURCE_MAX_FILES)
		return refuse(src, f, -EMFILE, "is one file too many (1000)");
	if (f->depth > SOURCE_MAX_DEPTH)
		return refuse(src, f, -ELOOP, "includes are nested deeper than 10 files");
	r = read_file(src, f);
	if (r < 0)
		return r;
	r = check_new(src, f);
	if (r < 0)
		return r;
	src->files[src->n_files++] = f;
	diagnostics_add_file(src->diagnostics, f->name);
	return 0;
}

/* Nothing of a file with an endless line is judged. */
static void
check_lines(struct source *src, struct source_file *f)
{
	size_t start = 0;
	unsigned line = 1;

	for (size_t i = 0; i < f->len; i++) {
		if (i - start > SOURCE_MAX_LINE) {
			diagnostics_error(
				src->diagnostics, f->name, line,
				"the line is longer than 256K; this file was not judged");
			src->incomplete = true;
			f->len = 0;
			return;
		}
		if (f->text[i] != '\n')
			continue;
		start = i + 1;
		line++;
	}
}

/* Files that are included go behind those that are known, and are judged when their turn
 * comes. */
static void
judge_all(struct source *src)
{
	for (size_t i = 0; i < src->n_files; i++) {
		check_lines(src, src->files[i]);
		source_judge(src, src->files[i]);
	}
}

int
source_read(struct source *src, const char *path)
{
	struct source_file *f = new_file(src, NULL, 0, path);
	int r;

	assert(src->n_files == 0);
	r = add_file(src, f);
	if (r < 0)
		return r;
	judge_all(src);
	return 0;
}

int
source_read_text(struct source *src, const char *name, const char *text)
{
	struct source_file *f = new_file(src, NULL, 0, name);

	assert(src->n_files == 0);
	f->len = strlen(text);
	f->text = arena_alloc(src->arena, f->len + SLACK);
	memcpy(f->text, text, f->len);
	src->files[src->n_files++] = f;
	diagnostics_add_file(src->diagnostics, f->name);
	judge_all(src);
	return 0;
}

/* The directory of the including file in front, its own '*' and so on escaped. */
static void
put_base(struct buf *b, const char *from, bool escape)
{
	const char *slash = strrchr(from, '/');

	for (const char *p = from; slash != NULL && p <= slash; p++) {
		if (escape && strchr("*?[\\", *p) != NULL)
			buf_putc(b, '\\');
		buf_putc(b, (unsigned char)*p);
	}
}

/* What editors and dpkg leave behind is no configuration. */
static bool
is_leftover(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *base = slash != NULL ? slash + 1 : path;

	return base[0] == '.' || fnmatch("*~", base, 0) == 0 ||
	       fnmatch("*.dpkg-*", base, 0) == 0;
}

/* A directory that is not there has no files; one that cannot be read is a fault. */
static int
on_glob_error(const char *path, int error)
{
	return path != NULL && error != ENOENT && error != ENOTDIR;
}

static void
include_glob(struct source *src, const struct source_file *from, unsigned line,
	     const char *pattern)
{
	glob_t found = {0};
	int r = glob(pattern, 0, on_glob_error, &found);

	if (r == GLOB_ABORTED || r == GLOB_NOSPACE) {
		diagnostics_error(src->diagnostics, from->name, line,
				  "include: the directory of '%s' cannot be read", pattern);
		src->incomplete = true;
	}
	for (size_t i = 0; r == 0 && i < found.gl_pathc; i++) {
		if (is_leftover(found.gl_pathv[i]))
			continue;
		if (add_file(src, new_file(src, from, line, found.gl_pathv[i])) == -EMFILE)
			break;
	}
	globfree(&found);
}

void
source_include(struct source *src, const struct source_file *from, unsigned line,
	       const char *pattern)
{
	bool is_glob = strpbrk(pattern, "*?[") != NULL;
	struct buf path = {0};

	if (pattern[0] != '/')
		put_base(&path, from->name, is_glob);
	buf_puts(&path, pattern);
	if (is_glob)
		include_glob(src, from, line, buf_string(&path));
	else
		add_file(src, new_file(src, from, line, buf_string(&path)));
	buf_free(&path);
}

const char *
source_name(const struct source *src, const struct source_node *n)
{
	if (n->option == NULL)
		return "the top level";
	if (n->option->type != OPTION_SECTION)
		return n->option->name;
	return arena_printf(src->arena, "%s \"%s\"", n->option->name, n->title);
}

bool
source_is_lost(const struct source *src, const char *title)
{
	for (const struct source_lost *l = src->lost; l != NULL; l = l->next) {
		if (strcmp(l->title, title) == 0)
			return true;
	}
	return src->incomplete;
}
