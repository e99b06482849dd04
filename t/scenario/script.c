/* Reads .rpl files into statements. The rule for <<END: its lines are a block, copied to the
 * arena without change; escapes are replaced by the statements that allow them. */
#include "script.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/arena.h"
#include "util/buf.h"

#define BLANKS " \t"

static int
read_file(const char *path, struct buf *out)
{
	FILE *f = fopen(path, "re");
	size_t n;

	if (!f)
		return -errno;
	do {
		n = fread(buf_reserve(out, 65536), 1, 65536, f);
		out->len += n;
	} while (n > 0);
	fclose(f);
	return 0;
}

/* Ends the line at *pos with a NUL and moves *pos behind it. Returns the line; NULL at the end
 * of the text. */
static char *
next_line(char **pos, unsigned *line)
{
	char *start = *pos, *end = strchr(start, '\n');

	if (*start == '\0')
		return NULL;
	++*line;
	*pos = end ? end + 1 : start + strlen(start);
	if (end)
		*end = '\0';
	return start;
}

static void
trim_end(char *s)
{
	size_t len = strlen(s);

	while (len > 0 && strchr(BLANKS, s[len - 1]))
		len--;
	s[len] = '\0';
}

/* The lines up to one that consists of the mark; NULL when there is no such line. */
static const char *
read_block(struct arena *arena, char **pos, unsigned *line, const char *mark)
{
	struct buf block = {0};
	char *s;

	while ((s = next_line(pos, line)) != NULL && strcmp(s, mark) != 0) {
		buf_puts(&block, s);
		buf_putc(&block, '\n');
	}
	if (!s) {
		buf_free(&block);
		return NULL;
	}

	const char *text = arena_strdup(arena, buf_string(&block));

	buf_free(&block);
	return text;
}

/* Removes "<<END" from the end of a line. Returns "END"; NULL when the line has none. */
static char *
cut_mark(char *text)
{
	char *mark = strstr(text, "<<");

	if (!mark || mark[2] == '\0' || mark[strcspn(mark, BLANKS)] != '\0')
		return NULL;
	*mark = '\0';
	trim_end(text);
	return mark + 2;
}

static int
read_statement(struct arena *arena, char *s, char **pos, unsigned *line, struct statement *ret)
{
	struct statement st = {.line = *line};
	size_t len;
	char *mark;

	s += strspn(s, BLANKS);
	len = strcspn(s, BLANKS);
	st.word = arena_strndup(arena, s, len);
	s += len + strspn(s + len, BLANKS);
	trim_end(s);
	mark = cut_mark(s);
	st.text = s;
	if (mark) {
		st.block = read_block(arena, pos, line, mark);
		if (!st.block)
			return -EINVAL;
	}
	*ret = st;
	return 0;
}

static size_t
count_lines(const char *s)
{
	size_t n = 1;

	while ((s = strchr(s, '\n')) != NULL) {
		n++;
		s++;
	}
	return n;
}

int
script_parse(struct arena *arena, const char *path, const char *text, unsigned line,
	     struct script *ret)
{
	char *pos = arena_strdup(arena, text), *s;
	struct script script = {.path = path};

	script.statements = arena_zalloc(arena, count_lines(pos) * sizeof(struct statement));
	while ((s = next_line(&pos, &line)) != NULL) {
		const char *first = s + strspn(s, BLANKS);

		if (*first == '\0' || *first == '#')
			continue;
		if (read_statement(arena, s, &pos, &line, &script.statements[script.n++]) < 0) {
			fprintf(stderr, "%s:%u: a block is not closed\n", path, line);
			return -EINVAL;
		}
	}
	*ret = script;
	return 0;
}

int
script_read(struct arena *arena, const char *path, struct script *ret)
{
	struct buf file = {0};
	int r = read_file(path, &file);

	if (r < 0)
		fprintf(stderr, "%s: %s\n", path, strerror(-r));
	else
		r = script_parse(arena, path, buf_string(&file), 0, ret);
	buf_free(&file);
	return r;
}

static int
hex_digit(char c)
{
	const char *digits = "0123456789abcdef", *p = strchr(digits, c | 0x20);

	return c != '\0' && p && *p != '\0' ? (int)(p - digits) : -1;
}

/* Reads the escape behind a backslash; returns how many bytes of s belong to it. */
static size_t
read_escape(const char *s, char *ret)
{
	static const char from[] = "nrt\\\"", to[] = "\n\r\t\\\"";
	const char *p = *s != '\0' ? strchr(from, *s) : NULL;

	if (p) {
		*ret = to[p - from];
		return 1;
	}
	if (*s == 'x' && hex_digit(s[1]) >= 0 && hex_digit(s[2]) >= 0) {
		*ret = (char)(hex_digit(s[1]) * 16 + hex_digit(s[2]));
		return 3;
	}
	*ret = '\\';
	return 0;
}

char *
script_unescape(struct arena *arena, const char *text, size_t *ret_len)
{
	char *out = arena_alloc(arena, strlen(text) + 1);
	size_t n = 0;

	while (*text != '\0') {
		if (*text != '\\') {
			out[n++] = *text++;
			continue;
		}
		text++;
		text += read_escape(text, &out[n++]);
	}
	out[n] = '\0';
	if (ret_len)
		*ret_len = n;
	return out;
}

/* Bytes of the word at s. Blanks between two quotes belong to it, at any place in the word. */
static size_t
word_length(const char *s)
{
	bool quoted = false;
	size_t n = 0;

	for (; s[n] != '\0' && (quoted || !strchr(BLANKS, s[n])); n++) {
		if (s[n] == '\\' && s[n + 1] != '\0')
			n++;
		else if (s[n] == '"')
			quoted = !quoted;
	}
	return n;
}

/* Removes the quotes that have no backslash, and replaces escapes. */
static char *
unquote(struct arena *arena, const char *s, size_t len)
{
	char *out = arena_alloc(arena, len + 1);
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		if (s[i] == '"')
			continue;
		if (s[i] == '\\' && i + 1 < len)
			out[n++] = s[i++];
		out[n++] = s[i];
	}
	out[n] = '\0';
	return script_unescape(arena, out, NULL);
}

static size_t
split_words(struct arena *arena, const char *text, bool phrases,
	    const char *ret[static SCRIPT_MAX_WORDS + 1])
{
	size_t n = 0;

	for (text += strspn(text, BLANKS); *text != '\0' && n < SCRIPT_MAX_WORDS;
	     text += strspn(text, BLANKS)) {
		size_t len = word_length(text);
		bool quoted = text[text[0] == '!'] == '"';

		ret[n++] = phrases && !quoted ? arena_strndup(arena, text, len)
					      : unquote(arena, text, len);
		text += len;
	}
	ret[n] = NULL;
	return n;
}

size_t
script_words(struct arena *arena, const char *text,
	     const char *ret[static SCRIPT_MAX_WORDS + 1])
{
	return split_words(arena, text, false, ret);
}

size_t
script_phrases(struct arena *arena, const char *text,
	       const char *ret[static SCRIPT_MAX_WORDS + 1])
{
	return split_words(arena, text, true, ret);
}
