#include "import/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/access.h"
#include "util/arena.h"
#include "util/buf.h"
#include "util/str.h"

#define MAX_BYTES  (64u * 1024 * 1024)
#define READ_BYTES (64u * 1024)
#define BLANKS	   " \t\r\v\f"

static int
refuse(char *why, size_t size, int error, const char *text)
{
	(void)snprintf(why, size, "%s", text);
	return error;
}

static int
check_kind(int fd, char *why, size_t size)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return refuse(why, size, -errno, strerror(errno));
	if (S_ISDIR(st.st_mode))
		return refuse(why, size, -EISDIR, "it is a directory");
	if (fd != STDIN_FILENO && !S_ISREG(st.st_mode))
		return refuse(why, size, -EINVAL, "it is no regular file");
	return 0;
}

static int
read_to_end(int fd, struct buf *out, char *why, size_t size)
{
	ssize_t n;

	do {
		n = read(fd, buf_reserve(out, READ_BYTES), READ_BYTES);
		if (n < 0 && errno != EINTR)
			return refuse(why, size, -errno, strerror(errno));
		if (n > 0)
			out->len += (size_t)n;
		if (out->len > MAX_BYTES)
			return refuse(why, size, -EFBIG, "it is larger than 64 MiB");
	} while (n != 0);
	if (out->len > 0 && memchr(out->data, '\0', out->len) != NULL)
		return refuse(why, size, -EINVAL,
			      "it has a NUL byte, so it is no text; of a table that postmap "
			      "made, name the text file that it was made from");
	return 0;
}

static int
read_descriptor(struct arena *arena, int fd, struct source *ret, char *why, size_t why_size)
{
	struct buf data = {0};
	int r = check_kind(fd, why, why_size);

	if (r == 0)
		r = read_to_end(fd, &data, why, why_size);
	if (r == 0) {
		ret->len = data.len;
		ret->text = arena_dup(arena, data.data, data.len);
	}
	buf_free(&data);
	return r;
}

int
source_load(struct arena *arena, const char *path, struct source *ret, char *why,
	    size_t why_size)
{
	int fd = STDIN_FILENO, r;

	*ret = (struct source){.path = arena_strdup(arena, path)};
	if (strcmp(path, "-") != 0)
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0)
		return refuse(why, why_size, -errno, access_error_text(errno));
	r = read_descriptor(arena, fd, ret, why, why_size);
	if (fd != STDIN_FILENO)
		close(fd);
	return r;
}

struct line_cutter {
	const char *next, *end;
	unsigned number; /* of the line before next */
};

/* The next physical line: its start, with *ret_len; NULL at the end. */
static const char *
next_physical_line(struct line_cutter *c, size_t *ret_len)
{
	const char *line = c->next, *end;

	if (line == c->end)
		return NULL;
	end = memchr(line, '\n', (size_t)(c->end - line));
	*ret_len = (size_t)((end != NULL ? end : c->end) - line);
	c->next = end != NULL ? end + 1 : c->end;
	c->number++;
	return line;
}

static bool
is_ignored_line(const char *line, size_t len)
{
	size_t n = 0;

	while (n < len && strchr(BLANKS, line[n]) != NULL)
		n++;
	return n == len || line[n] == '#';
}

/* Appends the continuation lines of a logical line. */
static void
join_lines(struct line_cutter *c, struct buf *out, struct source_line *l)
{
	struct line_cutter ahead = *c;
	size_t len = 0;

	for (const char *line; (line = next_physical_line(&ahead, &len)) != NULL;) {
		if (!is_ignored_line(line, len)) {
			if (strchr(BLANKS, *line) == NULL)
				return;
			buf_append(out, line, len);
			l->continued = true;
		}
		*c = ahead;
	}
}

static const char *
finish_line(struct arena *arena, struct buf *text)
{
	size_t len = text->len;

	while (len > 0 && strchr(BLANKS, (char)text->data[len - 1]) != NULL)
		len--;
	return arena_dup(arena, text->data, len);
}

/* What is odd about the first line of a file. */
static const char *
find_line_fault(const char *line, bool behind_mark)
{
	if (behind_mark)
		return "Postfix does not know this row: the byte order mark in front of it "
		       "counts as a part of it";
	return strchr(BLANKS, *line) != NULL
		       ? "Postfix skips this row: it begins with a blank, and there is no "
			 "line that it could continue"
		       : NULL;
}

const struct source_line *
source_lines(struct arena *arena, const struct source *s, size_t *ret_n)
{
	struct line_cutter c = {s->text, s->text + s->len, 0};
	struct source_line *lines = NULL;
	struct buf text = {0};
	size_t n = 0, cap = 0, len = 0;
	bool mark = s->len >= 3 && memcmp(s->text, "\xef\xbb\xbf", 3) == 0;

	if (mark) /* a byte order mark */
		c.next += 3;
	for (const char *line; (line = next_physical_line(&c, &len)) != NULL;) {
		struct source_line l = {.number = c.number};

		if (is_ignored_line(line, len))
			continue;
		l.skipped = find_line_fault(line, mark && c.number == 1);
		buf_reset(&text);
		buf_append(&text, line, len);
		join_lines(&c, &text, &l);
		l.text = finish_line(arena, &text);
		lines = arena_grow(arena, lines, n, &cap, sizeof(*lines));
		lines[n++] = l;
	}
	buf_free(&text);
	*ret_n = n;
	return lines;
}

const char *
source_first_word(struct arena *arena, const char *line, const char **ret_rest)
{
	size_t n = strcspn(line, BLANKS);

	*ret_rest = line + n + strspn(line + n, BLANKS);
	return arena_strndup(arena, line, n);
}

bool
source_begins_with(const char *line, const char *word)
{
	size_t len = strlen(word);
	char next = str_case_starts(line, word) ? line[len] : 'x';

	return !str_is_alnum(next);
}
