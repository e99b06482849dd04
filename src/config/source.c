/* Reads the files of a configuration: the first one and those that include("...") names.
 *
 * Input: a path or a text. Output: source.files with their texts, each checked by
 * source_check_file(). A file is checked after all files that were added before it, not at the
 * place of its include. Files are opened here and never by libconfuse, whose scanner calls
 * exit() when it opens a directory and refuses every include after ten that failed. */
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
#include "option/read_files.h"
#include "util/access.h"
#include "util/arena.h"
#include "util/buf.h"

#define FILE_SLACK 16u /* bytes after a text, for each '}' that is missing at its end */

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
	src->read_files = read_files_new(arena);
	src->root = arena_zalloc(arena, sizeof(*src->root));
	src->root->title = "";
	return src;
}

/* Reports why a file was not read, at the line of its include if it has one. Returns error. */
static int
refuse_file(struct source *src, const struct source_file *f, int error, const char *reason)
{
	const char *reported_file = f->parent != NULL ? f->parent->name : f->name;

	if (f->parent != NULL)
		diagnostics_error(src->diagnostics, reported_file, f->parent_line,
				  "include: %s: %s", f->name, reason);
	else
		diagnostics_error(src->diagnostics, reported_file, 0, "%s", reason);
	src->has_unchecked_text = true;
	return error;
}

static int
read_file_text(struct source *src, struct source_file *f, int fd, size_t size)
{
	f->text = arena_alloc(src->arena, size + FILE_SLACK);
	while (f->len < size) {
		ssize_t n = read(fd, f->text + f->len, size - f->len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return refuse_file(src, f, -errno, strerror(errno));
		if (n == 0)
			break;
		f->len += (size_t)n;
	}
	read_files_add(src->read_files, f->name, true, f->text, f->len);
	return 0;
}

/* Only regular files are read: a FIFO could block for ever. */
static int
read_open_file(struct source *src, struct source_file *f, int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return refuse_file(src, f, -errno, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return refuse_file(src, f, -EINVAL, "is not a regular file");
	if (st.st_size > SOURCE_MAX_BYTES)
		return refuse_file(src, f, -EFBIG, "is larger than 16M");
	f->dev = st.st_dev;
	f->ino = st.st_ino;
	if ((st.st_mode & S_IWOTH) != 0 && (src->early || src->refuse_writable))
		return refuse_file(src, f, -EPERM, "is writable by other users: chmod o-w");
	if ((st.st_mode & S_IWOTH) != 0)
		diagnostics_warning(src->diagnostics, f->name, 0,
				    "the file is writable by other users: chmod o-w");
	return read_file_text(src, f, fd, (size_t)st.st_size);
}

static int
open_and_read_file(struct source *src, struct source_file *f)
{
	int fd = open(f->name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	int r;

	if (fd < 0)
		return refuse_file(src, f, -errno, access_error_text(errno));
	r = read_open_file(src, f, fd);
	close(fd);
	return r;
}

/* A file may be included once. 0, or -ELOOP and it was reported. */
static int
check_file_is_new(struct source *src, const struct source_file *f)
{
	for (const struct source_file *up = f->parent; up != NULL; up = up->parent) {
		if (up->dev == f->dev && up->ino == f->ino)
			return refuse_file(src, f, -ELOOP,
					   "includes itself, directly or through other files");
	}
	for (size_t i = 0; i < src->n_files; i++) {
		if (src->files[i]->dev == f->dev && src->files[i]->ino == f->ino)
			return refuse_file(src, f, -ELOOP, "is already included");
	}
	return 0;
}

static struct source_file *
new_source_file(struct source *src, const struct source_file *parent, unsigned line,
		const char *name)
{
	struct source_file *f = arena_zalloc(src->arena, sizeof(*f));

	f->name = arena_strdup(src->arena, name);
	f->parent = parent;
	f->parent_line = line;
	f->depth = parent == NULL ? 1 : parent->depth + 1;
	return f;
}

static int
add_source_file(struct source *src, struct source_file *f)
{
	int r;

	if (src->n_files == SOURCE_MAX_FILES)
		return refuse_file(src, f, -EMFILE,
				   "more than 1000 files in one configuration");
	if (f->depth > SOURCE_MAX_DEPTH)
		return refuse_file(src, f, -ELOOP,
				   "includes are nested more than 10 levels deep");
	r = open_and_read_file(src, f);
	if (r < 0)
		return r;
	r = check_file_is_new(src, f);
	if (r < 0)
		return r;
	src->files[src->n_files++] = f;
	diagnostics_add_file(src->diagnostics, f->name);
	return 0;
}

/* A file with a line that is too long for libconfuse counts as empty. */
static void
check_line_lengths(struct source *src, struct source_file *f)
{
	size_t start = 0;
	unsigned line = 1;

	for (size_t i = 0; i < f->len; i++) {
		if (i - start > SOURCE_MAX_LINE) {
			diagnostics_error(
				src->diagnostics, f->name, line,
				"the line is longer than 256K; this file is not checked");
			src->has_unchecked_text = true;
			f->len = 0;
			return;
		}
		if (f->text[i] != '\n')
			continue;
		start = i + 1;
		line++;
	}
}

/* n_files grows meanwhile: source_check_file() adds the files that are included. */
static void
check_all_files(struct source *src)
{
	for (size_t i = 0; i < src->n_files; i++) {
		check_line_lengths(src, src->files[i]);
		source_check_file(src, src->files[i]);
	}
}

int
source_read(struct source *src, const char *path)
{
	struct source_file *f = new_source_file(src, NULL, 0, path);
	int r;

	assert(src->n_files == 0);
	r = add_source_file(src, f);
	if (r < 0)
		return r;
	check_all_files(src);
	return 0;
}

int
source_read_text(struct source *src, const char *name, const char *text)
{
	struct source_file *f = new_source_file(src, NULL, 0, name);

	assert(src->n_files == 0);
	f->len = strlen(text);
	f->text = arena_alloc(src->arena, f->len + FILE_SLACK);
	memcpy(f->text, text, f->len);
	src->files[src->n_files++] = f;
	diagnostics_add_file(src->diagnostics, f->name);
	check_all_files(src);
	return 0;
}

/* Appends the directory of the including file with its '/'; escape: as a part of a glob
 * pattern, in which '*', '?', '[' and '\' match only themselves. */
static void
append_directory(struct buf *b, const char *from, bool escape)
{
	const char *slash = strrchr(from, '/');

	for (const char *p = from; slash != NULL && p <= slash; p++) {
		if (escape && strchr("*?[\\", *p) != NULL)
			buf_putc(b, '\\');
		buf_putc(b, (unsigned char)*p);
	}
}

/* Whether it is a hidden file, or a copy made by an editor or by dpkg. */
static bool
is_ignored_file(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *base = slash != NULL ? slash + 1 : path;

	return base[0] == '.' || fnmatch("*~", base, 0) == 0 ||
	       fnmatch("*.dpkg-*", base, 0) == 0;
}

/* For glob(): non-zero ends it. A directory that does not exist has no files; one that cannot
 * be read is an error. */
static int
on_glob_error(const char *path, int error)
{
	return path != NULL && error != ENOENT && error != ENOTDIR;
}

static void
include_matching_files(struct source *src, const struct source_file *from, unsigned line,
		       const char *pattern)
{
	glob_t found = {0};
	int r = glob(pattern, 0, on_glob_error, &found);

	if (r == GLOB_ABORTED || r == GLOB_NOSPACE) {
		diagnostics_error(src->diagnostics, from->name, line,
				  "include: the directory of '%s' cannot be read", pattern);
		src->has_unchecked_text = true;
	}
	for (size_t i = 0; r == 0 && i < found.gl_pathc; i++) {
		if (is_ignored_file(found.gl_pathv[i]))
			continue;
		if (add_source_file(src, new_source_file(src, from, line, found.gl_pathv[i])) ==
		    -EMFILE)
			break;
	}
	globfree(&found);
}

void
source_add_include(struct source *src, const struct source_file *from, unsigned line,
		   const char *pattern)
{
	bool is_glob = strpbrk(pattern, "*?[") != NULL;
	struct buf path = {0};

	if (pattern[0] != '/')
		append_directory(&path, from->name, is_glob);
	buf_puts(&path, pattern);
	if (is_glob)
		include_matching_files(src, from, line, buf_string(&path));
	else
		add_source_file(src, new_source_file(src, from, line, buf_string(&path)));
	buf_free(&path);
}

const char *
source_node_name(const struct source *src, const struct source_node *n)
{
	if (n->option == NULL)
		return "the top level";
	if (n->option->type != OPTION_SECTION)
		return n->name;
	return arena_printf(src->arena, "%s \"%s\"", n->name, n->title);
}

void
source_add_refused_title(struct source *src, const char *title)
{
	struct refused_title *l;

	if (src->n_refused_titles == SOURCE_MAX_REFUSED_TITLES) {
		src->has_unchecked_text = true;
		return;
	}
	src->n_refused_titles++;
	l = arena_alloc(src->arena, sizeof(*l));
	*l = (struct refused_title){title, src->refused_titles};
	src->refused_titles = l;
}

bool
source_may_define(const struct source *src, const char *title)
{
	for (const struct refused_title *l = src->refused_titles; l != NULL; l = l->next) {
		if (strcmp(l->title, title) == 0)
			return true;
	}
	return src->has_unchecked_text;
}
