/* Tables, read: values and files to entries, and what is wrong with them. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "match/table.h"
#include "match/table_data.h"
#include "util/arena.h"

#define FILE_MAX_BYTES ((off_t)64 << 20)
#define MAX_MISTAKES   20u /* of one table are told */
#define BLANKS	       " \t\r\v\f"

static const char *const type_words[] = {"inline", "text", "regex", "cidr",
					 "cdb",	   "lmdb", "redis", NULL};
static const char *const planned_types[] = {"cdb", "lmdb", "redis", NULL};

const struct option table_options[] = {
	{.name = "type",
	 .type = OPTION_WORD,
	 .value = "inline",
	 .words = type_words,
	 .planned_words = planned_types,
	 .help = "What the table is made of."},
	{.name = "values",
	 .type = OPTION_LIST,
	 .help = "The entries, each a key or a key and its value."},
	{.name = "file", .type = OPTION_STRING, .help = "The file with the entries."},
	{.name = "nocase",
	 .type = OPTION_BOOL,
	 .value = "yes",
	 .help = "Keys compare case-blind."},
	{.name = NULL},
};

/* A table being read. */
struct loader {
	struct arena *arena;
	const struct section *s;
	struct table *t;
	const char *path; /* NULL: values = { } */
	size_t at;	  /* line of the file, or index in values */
	unsigned mistakes;
};

/* Room for at most n entries; the hash is at most half full, so a search always ends. */
static void
make_room(struct loader *l, size_t n)
{
	struct table *t = l->t;
	size_t slots = 16;

	while (slots < 2 * n)
		slots *= 2;
	if (t->type == TABLE_REGEX) {
		t->rules = arena_alloc(l->arena, n * sizeof(*t->rules));
		return;
	}
	t->entries = arena_alloc(l->arena, (n + 1) * sizeof(*t->entries));
	t->slots = arena_zalloc(l->arena, slots * sizeof(*t->slots));
	t->mask = (uint32_t)(slots - 1);
}

static void complain(struct loader *l, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void
complain(struct loader *l, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	if (++l->mistakes > MAX_MISTAKES)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (l->path == NULL)
		section_error_item(l->s, "values", l->at, "%s", text);
	else
		section_error(l->s, "file", "%s:%zu: %s", l->path, l->at, text);
	if (l->mistakes == MAX_MISTAKES)
		section_error(l->s, NULL,
			      "too many mistakes in this table, the rest is not told");
}

static char *
skip_blanks(char *s)
{
	return s + strspn(s, BLANKS);
}

/* Ends s behind its first word; returns what follows. */
static char *
cut_word(char *s)
{
	char *rest = s + strcspn(s, BLANKS);

	if (*rest != '\0')
		*rest++ = '\0';
	return skip_blanks(rest);
}

/* Said twice is no harm; two answers to one question are. */
static void
tell_duplicate(struct loader *l, const char *shown, const char *value, const char *other)
{
	if (strcmp(value, other) != 0)
		complain(l, "the key '%.100s' is there already, with another value", shown);
	else if (l->path == NULL)
		section_warning(l->s, "values", "the key '%.100s' is there twice", shown);
	else
		section_warning(l->s, "file", "%s:%zu: the key '%.100s' is there already",
				l->path, l->at, shown);
}

static void
add_entry(struct loader *l, const char *key, size_t len, const char *shown, const char *value)
{
	struct table *t = l->t;
	uint32_t hash = table_hash(key, len, t->nocase);
	uint32_t *slot = table_slot(t, key, len, hash);

	if (*slot != 0) {
		tell_duplicate(l, shown, value, t->entries[*slot - 1].value);
		return;
	}
	t->entries[t->n++] = (struct entry){key, value, (uint32_t)len, hash};
	*slot = (uint32_t)t->n;
	t->has_values |= *value != '\0';
}

static void
read_pair(struct loader *l, char *line)
{
	const char *value = cut_word(line);

	add_entry(l, line, strlen(line), line, value);
}

static void
note_length(struct lengths *lengths, unsigned bits)
{
	if (memchr(lengths->bits, (int)bits, lengths->n) == NULL)
		lengths->bits[lengths->n++] = (unsigned char)bits;
}

static void
read_network(struct loader *l, char *line)
{
	const char *value = cut_word(line), *why = "";
	char *key = arena_alloc(l->arena, NETWORK_KEY);
	struct cidr net;

	if (cidr_parse(line, &net, &why) < 0) {
		complain(l, "'%.100s' is no network: %s", line, why);
		return;
	}
	table_network_key(&net, key);
	note_length(net.family == AF_INET6 ? &l->t->v6 : &l->t->v4, net.bits);
	add_entry(l, key, NETWORK_KEY, line, value);
}

/* The slash that ends the pattern at s, NULL: none. */
static char *
pattern_end(char *s)
{
	for (; *s != '\0' && *s != '/'; s++)
		s += s[0] == '\\' && s[1] != '\0';
	return *s == '/' ? s : NULL;
}

static int
parse_flags(struct loader *l, const char *s, unsigned *ret)
{
	unsigned flags = l->t->nocase ? REGEX_NOCASE : 0;

	for (; *s != '\0'; s++) {
		switch (*s) {
		case 'i':
			flags |= REGEX_NOCASE;
			break;
		case 'm':
			flags |= REGEX_MULTILINE;
			break;
		case 's':
			flags |= REGEX_DOTALL;
			break;
		case 'x':
			flags |= REGEX_EXTENDED;
			break;
		default:
			complain(l, "unknown flag '%c', there are i, m, s, x", *s);
			return -EINVAL;
		}
	}
	*ret = flags;
	return 0;
}

static void
check_result(struct loader *l, const char *value, unsigned groups)
{
	int r = regex_check_replacement(value, groups);

	if (r < 0)
		complain(l, "a lone '$' in the value: write '$$' for a dollar");
	else if (r > 0)
		complain(l, "the value has $%d, but the pattern has %u groups", r, groups);
}

static void
read_rule(struct loader *l, char *line)
{
	char *end = *line == '/' ? pattern_end(line + 1) : NULL, why[256] = "";
	unsigned flags = 0;

	if (end == NULL) {
		complain(l, "a line is '/pattern/flags value'");
		return;
	}
	*end = '\0';

	const char *value = cut_word(end + 1);

	if (parse_flags(l, end + 1, &flags) < 0)
		return;

	const struct regex *re = regex_compile_as(l->arena, line + 1, flags, why, sizeof(why));

	if (re == NULL) {
		complain(l, "%s", why);
		return;
	}
	check_result(l, value, regex_group_count(re));
	l->t->rules[l->t->n++] = (struct rule){re, value};
	l->t->has_values |= *value != '\0';
}

/* One entry; line may be written to and lives as long as the table. */
static void
read_entry(struct loader *l, char *line)
{
	static void (*const readers[])(struct loader *, char *) = {
		[TABLE_INLINE] = read_pair,
		[TABLE_TEXT] = read_pair,
		[TABLE_REGEX] = read_rule,
		[TABLE_CIDR] = read_network,
	};
	size_t len = strlen(line);

	while (len > 0 && strchr(BLANKS, line[len - 1]) != NULL)
		line[--len] = '\0';
	readers[l->t->type](l, line);
}

static void
read_values(struct loader *l)
{
	const char *const *values = NULL;
	size_t n = section_list(l->s, "values", &values);

	make_room(l, n);
	for (l->at = 0; l->at < n; l->at++) {
		char *line = skip_blanks(arena_strdup(l->arena, values[l->at]));

		if (*line == '\0')
			complain(l, "an entry without a key");
		else
			read_entry(l, line);
	}
}

/* Text of a file, line by line: *next moves on, and what is handed out ends with NUL. */
struct lines {
	char *next, *end;
	size_t number; /* of the last line taken */
};

static bool
is_skipped(const char *line, const char *end)
{
	while (line < end && strchr(BLANKS, *line) != NULL && *line != '\0')
		line++;
	return line == end || *line == '#';
}

static char *
line_end(const struct lines *f)
{
	char *end = memchr(f->next, '\n', (size_t)(f->end - f->next));

	return end == NULL ? f->end : end;
}

static void
pass_line(struct lines *f, char *end)
{
	f->next = end < f->end ? end + 1 : f->end;
	f->number++;
}

/* The lines that continue the one that ends at end are moved behind it. Empty lines and
 * comments between them do not count. */
static char *
join_lines(struct lines *f, char *end)
{
	while (f->next < f->end) {
		char *stop = line_end(f);
		size_t len = (size_t)(stop - f->next);
		bool skip = is_skipped(f->next, stop);

		if (!skip && strchr(BLANKS, *f->next) == NULL)
			break;
		if (!skip) {
			memmove(end, f->next, len);
			end += len;
		}
		pass_line(f, stop);
	}
	return end;
}

/* The next logical line, and where it started. NULL at the end. */
static char *
next_line(struct lines *f, size_t *ret_number)
{
	while (f->next < f->end) {
		char *line = f->next, *end = line_end(f);

		pass_line(f, end);
		if (is_skipped(line, end))
			continue;
		*ret_number = f->number;
		*join_lines(f, end) = '\0';
		return line;
	}
	return NULL;
}

static size_t
count_lines(const char *data, size_t len)
{
	size_t n = 1;

	for (const char *end = data + len; (data = memchr(data, '\n', (size_t)(end - data)));
	     data++)
		n++;
	return n;
}

static int
check_file(struct loader *l, int fd, size_t *ret_size)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return section_error(l->s, "file", "%s: %s", l->path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return section_error(l->s, "file", "%s is no regular file", l->path);
	if (st.st_size > FILE_MAX_BYTES)
		return section_error(l->s, "file", "%s is larger than 64 MiB", l->path);
	if (st.st_mode & S_IWOTH)
		section_warning(l->s, "file", "%s can be written to by others", l->path);
	*ret_size = (size_t)st.st_size;
	return 0;
}

/* All of the file with one byte behind it for a NUL. */
static int
read_all(struct loader *l, int fd, char **ret, size_t *ret_len)
{
	size_t size = 0, len = 0;

	if (check_file(l, fd, &size) < 0)
		return -EINVAL;

	char *data = arena_alloc(l->arena, size + 1);

	while (len < size) {
		ssize_t n = read(fd, data + len, size - len);

		if (n < 0)
			return section_error(l->s, "file", "%s: %s", l->path, strerror(errno));
		if (n == 0)
			break;
		len += (size_t)n;
	}
	data[len] = '\0';
	*ret = data;
	*ret_len = len;
	return 0;
}

static void
read_lines(struct loader *l, char *data, size_t len)
{
	struct lines f = {data, data + len, 0};

	if (len >= 3 && memcmp(data, "\xef\xbb\xbf", 3) == 0) /* some editors' mark */
		f.next += 3;
	for (char *line; (line = next_line(&f, &l->at)) != NULL;) {
		if (strchr(BLANKS, *line) != NULL)
			complain(l, "a line that starts with a blank continues the one before, "
				    "but there is none");
		else
			read_entry(l, line);
	}
}

static void
read_file(struct loader *l)
{
	int fd = open(l->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	char *data = NULL;
	size_t len = 0;

	if (fd < 0) {
		section_error(l->s, "file", "%s: %s", l->path, strerror(errno));
		l->mistakes++;
		return;
	}
	if (read_all(l, fd, &data, &len) < 0) {
		l->mistakes++;
	} else if (memchr(data, '\0', len) != NULL) {
		section_error(l->s, "file", "%s has a NUL byte, it is no text", l->path);
		l->mistakes++;
	} else {
		make_room(l, count_lines(data, len));
		read_lines(l, data, len);
	}
	close(fd);
}

/* Which of file and values a type takes. */
static int
check_source(const struct section *s, enum table_type type)
{
	bool file = section_has(s, "file"), values = section_has(s, "values");

	if (type == TABLE_INLINE && file)
		return section_error(s, "file",
				     "an inline table has 'values', not a file; "
				     "did you mean 'type = \"text\"'?");
	if (type == TABLE_INLINE && !values)
		return section_error(s, NULL, "an inline table needs 'values'");
	if ((type == TABLE_TEXT || type == TABLE_REGEX) && values)
		return section_error(s, "values", "a %s table has a 'file', not values",
				     type_words[type]);
	if ((type == TABLE_TEXT || type == TABLE_REGEX) && !file)
		return section_error(s, NULL, "a %s table needs a 'file'", type_words[type]);
	if (type == TABLE_CIDR && file == values)
		return section_error(s, NULL, "a cidr table needs one of 'file' and 'values'");
	return 0;
}

struct table *
table_load(struct arena *arena, const struct section *s, const char *base_dir)
{
	struct table *t = arena_zalloc(arena, sizeof(*t));
	struct loader l = {.arena = arena, .s = s, .t = t};
	int type = section_word(s, "type");

	if (type < 0 || type > TABLE_CIDR) /* told when the section was read */
		return NULL;
	t->name = section_title(s);
	t->type = (enum table_type)type;
	t->nocase = section_bool(s, "nocase") && t->type != TABLE_CIDR;
	if (check_source(s, t->type) < 0)
		return NULL;
	if (section_has(s, "file")) {
		const char *file = section_string(s, "file");

		l.path = *file == '/' ? file : arena_printf(arena, "%s/%s", base_dir, file);
		read_file(&l);
	} else {
		read_values(&l);
	}
	return l.mistakes == 0 ? t : NULL;
}
