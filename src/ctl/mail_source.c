/* Reads messages from files: see mail_source.h. Walks directories with fts(3), which finds
 * loops of symbolic links and does not recurse. */
#include "ctl/mail_source.h"

#include <errno.h>
#include <fts.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "ctl/mail_text.h"
#include "util/arena.h"
#include "util/buf.h"

#define FROM_LINE      "From "
#define LINE_MAX_BYTES 65536u

struct mail_source {
	char *const *operands;
	size_t n;
	FTS *walk;	     /* of the operand at work; NULL: none */
	FILE *file;	     /* that is being read; NULL: none */
	char *path;	     /* of the file */
	bool is_mbox;	     /* the file begins with FROM_LINE */
	size_t number;	     /* of the message in the mbox */
	struct buf line;     /* that was read last, or a piece of it; empty: the file is at its
				end */
	bool continues;	     /* it is a piece, and not the first */
	struct arena *arena; /* of the message */
	struct buf text, body, error;
};

struct mail_source *
mail_source_new(char *const *operands, size_t n)
{
	struct mail_source *s = calloc(1, sizeof(*s));

	if (s == NULL)
		abort();
	s->operands = operands;
	s->n = n;
	s->arena = arena_new();
	return s;
}

static void
close_mail_file(struct mail_source *s)
{
	if (s->file != NULL && s->file != stdin)
		(void)fclose(s->file);
	s->file = NULL;
	free(s->path);
	s->path = NULL;
}

struct mail_source *
mail_source_free(struct mail_source *s)
{
	if (s == NULL)
		return NULL;
	close_mail_file(s);
	if (s->walk != NULL)
		(void)fts_close(s->walk);
	buf_free(&s->line);
	arena_free(s->arena);
	buf_free(&s->text);
	buf_free(&s->body);
	buf_free(&s->error);
	free(s);
	return NULL;
}

const char *
mail_source_error(const struct mail_source *s)
{
	return s->error.len > 0 ? (const char *)s->error.data : "";
}

static int
fail_source(struct mail_source *s, const char *name, const char *why)
{
	buf_reset(&s->error);
	buf_printf(&s->error, "%s: %s", name, why);
	(void)buf_string(&s->error);
	return -1;
}

/* Directories. */

static int
compare_names(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

static FTS *
open_walk(char *path)
{
	char *const paths[] = {path, NULL};

	return fts_open(paths, FTS_LOGICAL | FTS_NOCHDIR, compare_names);
}

static bool
has_folder(const char *dir, const char *name)
{
	struct buf path = {0};
	struct stat st;
	bool found;

	buf_printf(&path, "%s/%s", dir, name);
	found = stat(buf_string(&path), &st) == 0 && S_ISDIR(st.st_mode);
	buf_free(&path);
	return found;
}

static bool
is_maildir(const char *path)
{
	return has_folder(path, "cur") && has_folder(path, "new") && has_folder(path, "tmp");
}

/* Marks a directory with whether it is a Maildir, when the walk comes to it: fts_number is the
 * caller's. */
static void
enter_folder(FTS *walk, FTSENT *e)
{
	const FTSENT *parent = e->fts_parent;
	bool in_maildir = e->fts_level > FTS_ROOTLEVEL && parent->fts_number != 0;
	bool is_box = in_maildir &&
		      (strcmp(e->fts_name, "cur") == 0 || strcmp(e->fts_name, "new") == 0);
	bool is_folder = is_maildir(e->fts_accpath);

	e->fts_number = is_folder;
	if (e->fts_level == FTS_ROOTLEVEL || is_folder || is_box)
		return;
	if (in_maildir || e->fts_name[0] == '.')
		(void)fts_set(walk, e, FTS_SKIP);
}

/* What is named on the command line is read in any case. */
static bool
is_mail_file(const FTSENT *e)
{
	if (e->fts_level == FTS_ROOTLEVEL)
		return e->fts_info == FTS_F || e->fts_info == FTS_DEFAULT;
	return e->fts_info == FTS_F && e->fts_name[0] != '.' && e->fts_parent->fts_number == 0;
}

static bool
is_walk_error(const FTSENT *e)
{
	return e->fts_info == FTS_DNR || e->fts_info == FTS_ERR || e->fts_info == FTS_NS ||
	       (e->fts_info == FTS_SLNONE && e->fts_level == FTS_ROOTLEVEL);
}

/* The next file of the walk, or one that cannot be read; NULL: there is none. */
static FTSENT *
find_next_file(FTS *walk)
{
	FTSENT *e;

	while ((e = fts_read(walk)) != NULL) {
		if (e->fts_info == FTS_D)
			enter_folder(walk, e);
		else if (is_mail_file(e) || is_walk_error(e))
			return e;
	}
	return NULL;
}

size_t
mail_source_count(char *const *operands, size_t n)
{
	size_t count = 0;

	for (size_t i = 0; i < n; i++) {
		FTS *walk = strcmp(operands[i], "-") == 0 ? NULL : open_walk(operands[i]);

		if (walk == NULL) {
			count++;
			continue;
		}
		for (FTSENT *e; (e = find_next_file(walk)) != NULL;)
			count += is_mail_file(e);
		(void)fts_close(walk);
	}
	return count;
}

/* Files. */

/* Reads a line with its end, or a piece of a long one. */
static void
read_mail_line(struct mail_source *s)
{
	struct buf *line = &s->line;
	int c = 0;

	s->continues = line->len > 0 && line->data[line->len - 1] != '\n';
	buf_reset(line);
	while (line->len < LINE_MAX_BYTES && c != '\n' && (c = getc_unlocked(s->file)) != EOF)
		buf_putc(line, (unsigned char)c);
}

static bool
starts_from_line(const void *line, size_t len)
{
	return len >= strlen(FROM_LINE) && memcmp(line, FROM_LINE, strlen(FROM_LINE)) == 0;
}

static bool
is_from_line(const struct mail_source *s)
{
	return !s->continues && starts_from_line(s->line.data, s->line.len);
}

/* 0, or -1 after fail_source(). f is the source's from now on. */
static int
begin_mail_file(struct mail_source *s, const char *path, FILE *f)
{
	if (f == NULL)
		return fail_source(s, path, strerror(errno));
	s->file = f;
	s->path = strdup(path);
	if (s->path == NULL)
		abort();
	s->number = 0;
	buf_reset(&s->line);
	read_mail_line(s);
	s->is_mbox = is_from_line(s);
	return 0;
}

/* Opens the next file. 1, 0: there is none, or -1. */
static int
open_next_file(struct mail_source *s)
{
	while (s->walk != NULL || s->n > 0) {
		FTSENT *e;

		if (s->walk == NULL) {
			char *operand = *s->operands++;

			s->n--;
			if (strcmp(operand, "-") == 0)
				return begin_mail_file(s, operand, stdin) < 0 ? -1 : 1;
			s->walk = open_walk(operand);
			if (s->walk == NULL)
				return fail_source(s, operand, strerror(errno));
		}
		e = find_next_file(s->walk);
		if (e != NULL && is_walk_error(e))
			return fail_source(s, e->fts_path,
					   strerror(e->fts_errno != 0 ? e->fts_errno : ENOENT));
		if (e != NULL)
			return begin_mail_file(s, e->fts_path, fopen(e->fts_accpath, "re")) < 0
				       ? -1
				       : 1;
		(void)fts_close(s->walk);
		s->walk = NULL;
	}
	return 0;
}

/* Messages. */

/* The line of an mbox without the '>' that was put in front of "From ". */
static const char *
unquote_mbox_line(const struct mail_source *s, size_t *ret_len)
{
	const char *line = (const char *)s->line.data;
	size_t len = s->line.len, n = 0;

	while (n < len && line[n] == '>')
		n++;
	if (s->is_mbox && n > 0 && !s->continues && starts_from_line(line + n, len - n)) {
		line++;
		len--;
	}
	*ret_len = len;
	return line;
}

static bool
is_empty_line(const char *line, size_t len)
{
	return len == 0 || line[0] == '\n' || (len == 2 && line[0] == '\r' && line[1] == '\n');
}

/* The empty line that stands in front of the next "From " belongs to the mbox. */
static void
drop_last_empty_line(struct buf *text)
{
	const char *end = text->len >= 2 ? (const char *)text->data + text->len - 2 : NULL;

	if (end != NULL && memcmp(end, "\r\n", 2) == 0)
		text->len -= 2;
	else if (text->len > 0)
		text->len--;
}

/* Reads the lines of a message, up to the "From " of the next one. False: it is too large; what
 * is too much of it was read and dropped. */
static bool
read_mail_lines(struct mail_source *s)
{
	bool fits = true, after_empty = false;

	buf_reset(&s->text);
	while (s->is_mbox && s->line.len > 0 && s->line.data[s->line.len - 1] != '\n')
		read_mail_line(s); /* a long "From " */
	if (s->is_mbox)
		read_mail_line(s);
	while (s->line.len > 0) {
		size_t len;
		const char *line;

		if (s->is_mbox && after_empty && is_from_line(s)) {
			drop_last_empty_line(&s->text);
			break;
		}
		line = unquote_mbox_line(s, &len);
		after_empty = !s->continues && is_empty_line(line, len);
		fits = fits && s->text.len + len <= MAIL_MAX;
		if (fits)
			buf_append(&s->text, line, len);
		read_mail_line(s);
	}
	return fits;
}

/* Its own name: the path, with the number when it is one of an mbox. */
static const char *
make_mail_name(struct mail_source *s)
{
	return s->is_mbox ? arena_printf(s->arena, "%s:%zu", s->path, s->number)
			  : arena_strdup(s->arena, s->path);
}

static int
cut_mail(struct mail_source *s, struct mail *ret)
{
	const char *text = buf_string(&s->text);
	size_t bad, at;

	at = mail_text_read_headers(s->arena, text, s->text.len, &ret->headers, &bad);
	if (bad == 1)
		return fail_source(s, ret->name,
				   "line 1 is no header field: this is no message");
	buf_reset(&s->body);
	mail_text_read_body(&s->body, text + at, s->text.len - at);
	ret->body = buf_string(&s->body);
	ret->body_len = s->body.len;
	ret->size = mail_text_header_size(ret->headers) + s->body.len;
	return 1;
}

/* The next message of the open file. */
static int
read_mail(struct mail_source *s, struct mail *ret)
{
	bool fits, failed, at_end;
	int r = 1;

	arena_reset(s->arena);
	s->number++;
	ret->name = make_mail_name(s);
	fits = read_mail_lines(s);
	failed = ferror(s->file) != 0;
	at_end = s->line.len == 0;
	if (failed)
		r = fail_source(s, ret->name, strerror(errno));
	else if (!fits)
		r = fail_source(s, ret->name, "larger than 256M");
	if (at_end)
		close_mail_file(s);
	return r < 0 ? r : cut_mail(s, ret);
}

int
mail_source_next(struct mail_source *s, struct mail *ret)
{
	int r = 1;

	if (s->file == NULL)
		r = open_next_file(s);
	return r == 1 ? read_mail(s, ret) : r;
}
