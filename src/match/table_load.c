/* Reads the section of a table, and its file, into a struct table; reports what is wrong in
 * them. This is done while the configuration is loaded, never for a message. A file is read
 * whole and cut into NUL-ended lines in place, so keys and values point into its bytes. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "match/address.h"
#include "match/table.h"
#include "match/table_data.h"
#include "option/file.h"
#include "util/access.h"
#include "util/arena.h"
#include "util/domain.h"
#include "util/mailbox.h"
#include "util/str.h"

#define FILE_MAX_BYTES ((off_t)64 << 20)
#define MAX_MISTAKES   20u /* that are reported of one table */
#define LINE_BLANKS    " \t\r\v\f"

static const char *const type_words[] = {"inline", "text", "regex", "cidr",
					 "cdb",	   "lmdb", "redis", NULL};
static const struct option_also type_also[] = {
	{"inline", "static list set"},
	{"text", "hash btree texthash file dbm"},
	{"regex", "regexp pcre"},
	{"cidr", "ip network radix"},
	{.word = NULL},
};
static const char *const planned_types[] = {"cdb", "lmdb", "redis", NULL};

const struct option table_options[] = {
	{.name = "type",
	 .type = OPTION_WORD,
	 .value = "inline",
	 .words = type_words,
	 .words_also = type_also,
	 .planned_words = planned_types,
	 .help = "What the table is made of.",
	 .also = "kind format driver backend"},
	{.name = "values",
	 .type = OPTION_LIST,
	 .help = "The entries, each a key or a key and its value.",
	 .also = "keys entries items list data inline"},
	{.name = "file",
	 .is_path = true,
	 .type = OPTION_STRING,
	 .help = "The file with the entries.",
	 .also = "path filename source map"},
	{.name = "nocase",
	 .type = OPTION_BOOL,
	 .value = "yes",
	 .help = "Keys compare case-blind.",
	 .also = "case_insensitive ignore_case icase case_blind"},
	{.name = "actions",
	 .type = OPTION_BOOL,
	 .value = "no",
	 .help = "The values are actions, as in access(5) and header_checks(5) of Postfix.",
	 .also = "action verdicts rows results"},
	{.name = "subdomains",
	 .type = OPTION_BOOL,
	 .value = "no",
	 .help = "A domain among the keys stands for the domains below it, too.",
	 .also = "match_subdomains parent_domain_matches_subdomains include_subdomains"},
	{.name = "phrases",
	 .type = OPTION_BOOL,
	 .value = "no",
	 .help = "Each entry is a phrase: a key with its blanks, without a value.",
	 .also = "whole_lines lines words phrase"},
	{.name = NULL},
};

/* A table that is being read. */
struct table_loader {
	struct arena *arena;
	const struct section *s;
	struct table *t;
	size_t at; /* as in struct table_rule */
	unsigned mistakes;
};

/* True when a key, or some key of a text, may have another form by mailbox_from_path() or
 * domain_ascii(), that is with a byte that is not ASCII, a quote or a backslash. */
static bool
is_spelled_key(const char *text, size_t len)
{
	return !str_is_ascii(text, len) || memchr(text, '"', len) != NULL ||
	       memchr(text, '\\', len) != NULL;
}

/* Allocates n entries or rules, and at least twice as many slots as entries. */
static void
allocate_entries(struct table_loader *l, size_t n)
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

static void report_entry_mistake(struct table_loader *l, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void
report_entry_mistake(struct table_loader *l, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	if (++l->mistakes > MAX_MISTAKES)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	table_report_entry(l->t, false, l->at, text);
	if (l->mistakes == MAX_MISTAKES)
		section_error(l->s, NULL,
			      "too many mistakes in this table; the rest is not reported");
}

static char *
skip_line_blanks(char *s)
{
	return s + strspn(s, LINE_BLANKS);
}

/* Ends s with NUL behind its first word, which may begin with a quoted string that has blanks:
 *
 *	"ann b"@old.example ann@new.example
 *
 * Returns what stands behind the blanks after it. */
static char *
cut_first_word(char *s)
{
	const char *behind = *s == '"' ? address_skip_quoted(s) : s;
	char *rest = s + (behind == NULL ? 0 : behind - s);

	rest += strcspn(rest, LINE_BLANKS);

	if (*rest != '\0')
		*rest++ = '\0';
	return skip_line_blanks(rest);
}

/* A key that is written twice does no harm while both have the same value. */
static void
report_duplicate_key(struct table_loader *l, const char *shown, const char *value,
		     const char *other)
{
	char text[160];

	if (strcmp(value, other) != 0) {
		report_entry_mistake(l, "the key '%.100s' is there already, with another value",
				     shown);
		return;
	}
	snprintf(text, sizeof(text), "the key '%.100s' is there already", shown);
	table_report_entry(l->t, true, l->at, text);
}

/* shown: the key as it is written, for messages. */
static void
add_table_entry(struct table_loader *l, const char *key, size_t len, const char *shown,
		const char *value)
{
	struct table *t = l->t;
	uint32_t hash = table_hash(key, len, t->nocase);
	uint32_t *slot = table_slot(t, key, len, hash);

	if (*slot != 0) {
		report_duplicate_key(l, shown, value, t->entries[*slot - 1].value);
		return;
	}
	t->entries[t->n++] = (struct table_entry){key, value, (uint32_t)len, hash, l->at};
	*slot = (uint32_t)t->n;
}

const char *
table_key_form(struct arena *arena, const char *key)
{
	char out[DOMAIN_MAX_BYTES];
	const char *ascii;

	if (!is_spelled_key(key, strlen(key)))
		return key;
	if (*key != '@' && strchr(key, '@') != NULL)
		return mailbox_from_path(arena, key);
	ascii = domain_ascii(key, out);
	return ascii == key ? key : arena_strdup(arena, ascii);
}

static void
read_phrase(struct table_loader *l, char *line)
{
	add_table_entry(l, line, strlen(line), line, "");
}

/* A key that is looked up in another form is there in both: what looks it up may be no address.
 */
static void
read_key_and_value(struct table_loader *l, char *line)
{
	const char *value = cut_first_word(line), *form = table_key_form(l->arena, line);

	add_table_entry(l, line, strlen(line), line, value);
	if (strcmp(form, line) != 0)
		add_table_entry(l, form, strlen(form), line, value);
}

static void
add_prefix_length(struct prefix_lengths *lengths, unsigned bits)
{
	if (memchr(lengths->bits, (int)bits, lengths->n) == NULL)
		lengths->bits[lengths->n++] = (unsigned char)bits;
}

static void
read_network_entry(struct table_loader *l, char *line)
{
	const char *value = cut_first_word(line), *why = "";
	char *key = arena_alloc(l->arena, NETWORK_KEY_BYTES);
	struct cidr net;

	if (cidr_parse(line, &net, &why) < 0) {
		report_entry_mistake(l, "'%.100s' is no network: %s", line, why);
		return;
	}
	table_make_network_key(&net, key);
	add_prefix_length(net.family == AF_INET6 ? &l->t->v6 : &l->t->v4, net.bits);
	add_table_entry(l, key, NETWORK_KEY_BYTES, line, value);
}

static void
check_rule_value(struct table_loader *l, const char *value, unsigned groups)
{
	int r = regex_check_replacement(value, groups);

	if (r < 0)
		report_entry_mistake(l, "'%.100s': a lone '$': write '$$' for a dollar", value);
	else if (r > 0)
		report_entry_mistake(l, "'%.100s' has $%d, but the pattern has %u groups",
				     value, r, groups);
}

/* The text of a row that fits what its pattern does not match can have no groups. */
static unsigned
count_row_groups(const struct pattern_row *row, const struct regex *re)
{
	return row->negated ? 0 : regex_group_count(re);
}

static void
read_table_rule(struct table_loader *l, char *line)
{
	struct pattern_row row;
	char why[256] = "";

	if (table_cut_pattern_row(line, l->t->actions, l->t->nocase, &row, why, sizeof(why)) <
	    0) {
		report_entry_mistake(l, "%s", why);
		return;
	}

	const struct regex *re =
		regex_compile_with_flags(l->arena, row.pattern, row.flags, why, sizeof(why));

	if (re == NULL) {
		report_entry_mistake(l, "'%.100s': %s", row.pattern, why);
		return;
	}
	if (row.pattern[0] == '\0')
		table_report_entry(l->t, true, l->at,
				   "'//': an empty pattern matches everything");
	check_rule_value(l, row.value, count_row_groups(&row, re));
	l->t->rules[l->t->n++] = (struct table_rule){re, row.value, l->at, row.negated};
}

/* One entry, without blanks in front. The line is written to and must live as long as the
 * table. */
static void
read_table_entry(struct table_loader *l, char *line)
{
	static void (*const readers[])(struct table_loader *, char *) = {
		[TABLE_INLINE] = read_key_and_value,
		[TABLE_TEXT] = read_key_and_value,
		[TABLE_REGEX] = read_table_rule,
		[TABLE_CIDR] = read_network_entry,
	};
	size_t len = strlen(line);

	while (len > 0 && strchr(LINE_BLANKS, line[len - 1]) != NULL)
		line[--len] = '\0';
	(l->t->phrases ? read_phrase : readers[l->t->type])(l, line);
}

static void
read_table_values(struct table_loader *l)
{
	const char *const *values = NULL;
	size_t n = section_list(l->s, "values", &values);

	allocate_entries(l, 2 * n);
	for (l->at = 0; l->at < n; l->at++) {
		char *line = skip_line_blanks(arena_strdup(l->arena, values[l->at]));

		if (*line == '\0')
			report_entry_mistake(l, "an entry without a key");
		else
			read_table_entry(l, line);
	}
}

/* The text of a file that is read line by line. */
struct line_reader {
	char *next, *end; /* what is not read yet */
	size_t number;	  /* of the last line that was read, from 1 */
};

/* True for an empty line and for a comment. */
static bool
is_comment_line(const char *line, const char *end)
{
	while (line < end && strchr(LINE_BLANKS, *line) != NULL && *line != '\0')
		line++;
	return line == end || *line == '#';
}

static char *
find_next_line_feed(const struct line_reader *f)
{
	char *end = memchr(f->next, '\n', (size_t)(f->end - f->next));

	return end == NULL ? f->end : end;
}

/* Moves behind the line that ends at end. */
static void
skip_file_line(struct line_reader *f, char *end)
{
	f->next = end < f->end ? end + 1 : f->end;
	f->number++;
}

/* Moves the lines that begin with a blank behind the line that ends at end: they continue it,
 * as in Postfix's tables. Empty lines and comments between them are skipped. Returns the new
 * end.
 *
 *	all ann@example.com,
 *	# on leave: joe
 *	  bob@example.com	one line: "all ann@example.com,  bob@example.com"
 */
static char *
join_continuation_lines(struct line_reader *f, char *end)
{
	while (f->next < f->end) {
		char *stop = find_next_line_feed(f);
		size_t len = (size_t)(stop - f->next);
		bool skip = is_comment_line(f->next, stop);

		if (!skip && strchr(LINE_BLANKS, *f->next) == NULL)
			break;
		if (!skip) {
			memmove(end, f->next, len);
			end += len;
		}
		skip_file_line(f, stop);
	}
	return end;
}

/* The next line with its continuation lines, ended with NUL, and the number of its first line.
 * NULL at the end of the file. */
static char *
read_logical_line(struct line_reader *f, size_t *ret_number)
{
	while (f->next < f->end) {
		char *line = f->next, *end = find_next_line_feed(f);

		skip_file_line(f, end);
		if (is_comment_line(line, end))
			continue;
		*ret_number = f->number;
		*join_continuation_lines(f, end) = '\0';
		return line;
	}
	return NULL;
}

static size_t
count_file_lines(const char *data, size_t len)
{
	size_t n = 1;

	for (const char *end = data + len; (data = memchr(data, '\n', (size_t)(end - data)));
	     data++)
		n++;
	return n;
}

static int
check_file_status(struct table_loader *l, int fd, size_t *ret_size)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return section_error(l->s, "file", "%s: %s", l->t->path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return section_error(l->s, "file", "%s is no regular file", l->t->path);
	if (st.st_size > FILE_MAX_BYTES)
		return section_error(l->s, "file", "%s is larger than 64 MiB", l->t->path);
	if (st.st_mode & S_IWOTH)
		section_warning(l->s, "file", "%s can be written to by others", l->t->path);
	*ret_size = (size_t)st.st_size;
	return 0;
}

/* Reads the whole file; the last byte stands before a NUL. */
static int
read_whole_file(struct table_loader *l, int fd, char **ret, size_t *ret_len)
{
	size_t size = 0, len = 0;

	if (check_file_status(l, fd, &size) < 0)
		return -EINVAL;

	char *data = arena_alloc(l->arena, size + 1);

	while (len < size) {
		ssize_t n = read(fd, data + len, size - len);

		if (n < 0)
			return section_error(l->s, "file", "%s: %s", l->t->path,
					     strerror(errno));
		if (n == 0)
			break;
		len += (size_t)n;
	}
	data[len] = '\0';
	section_note_file(l->s, l->t->path, data, len);
	*ret = data;
	*ret_len = len;
	return 0;
}

static void
read_file_lines(struct table_loader *l, char *data, size_t len)
{
	struct line_reader f = {data, data + len, 0};

	if (len >= 3 && memcmp(data, "\xef\xbb\xbf", 3) == 0) /* a byte order mark */
		f.next += 3;
	for (char *line; (line = read_logical_line(&f, &l->at)) != NULL;) {
		if (strchr(LINE_BLANKS, *line) != NULL)
			report_entry_mistake(
				l, "a line that starts with a blank continues the one "
				   "before, "
				   "but there is none");
		else
			read_table_entry(l, line);
	}
}

static void
read_table_file(struct table_loader *l)
{
	int fd = open(l->t->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	char *data = NULL;
	size_t len = 0;

	if (fd < 0) {
		section_error(l->s, "file", "%s: %s", l->t->path, access_error_text(errno));
		l->mistakes++;
		return;
	}
	if (read_whole_file(l, fd, &data, &len) < 0) {
		l->mistakes++;
	} else if (memchr(data, '\0', len) != NULL) {
		section_error(l->s, "file", "%s has a NUL byte, it is no text", l->t->path);
		l->mistakes++;
	} else {
		allocate_entries(l, count_file_lines(data, len) << is_spelled_key(data, len));
		read_file_lines(l, data, len);
	}
	close(fd);
}

/* Each type takes either a file or values; cidr takes one of the two. */
static int
check_values_or_file(const struct section *s, enum table_type type)
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
		return section_error(s, NULL,
				     "a cidr table needs one of 'file' and "
				     "'values'");
	return 0;
}

/* A pattern and a network say themselves what stands below them. */
static int
check_subdomains(const struct section *s, const struct table *t)
{
	if (!t->subdomains || t->type == TABLE_INLINE || t->type == TABLE_TEXT)
		return 0;
	return section_error(s, "subdomains",
			     "subdomains: a %s table has no keys that are domains",
			     type_words[t->type]);
}

static int
check_phrases(const struct section *s, const struct table *t)
{
	if (!t->phrases)
		return 0;
	if (t->type != TABLE_INLINE && t->type != TABLE_TEXT)
		return section_error(s, "phrases",
				     "phrases: a %s table has no keys that are texts",
				     type_words[t->type]);
	if (t->actions)
		return section_error(s, "phrases", "phrases: a table with actions has values");
	return 0;
}

struct table *
table_load(struct arena *arena, const struct section *s, const char *base_dir)
{
	struct table *t = arena_zalloc(arena, sizeof(*t));
	struct table_loader l = {.arena = arena, .s = s, .t = t};
	int type = section_word(s, "type");

	if (type < 0 || type > TABLE_CIDR) /* reported when the section was read */
		return NULL;
	t->name = section_title(s);
	t->section = s;
	t->uses = arena_zalloc(arena, sizeof(*t->uses));
	t->type = (enum table_type)type;
	t->nocase = section_bool(s, "nocase") && t->type != TABLE_CIDR;
	t->actions = section_bool(s, "actions");
	t->subdomains = section_bool(s, "subdomains");
	t->phrases = section_bool(s, "phrases");
	if (check_values_or_file(s, t->type) < 0 || check_subdomains(s, t) < 0 ||
	    check_phrases(s, t) < 0)
		return NULL;
	if (section_has(s, "file")) {
		const char *file = section_string(s, "file");

		t->path = *file == '/' ? file : arena_printf(arena, "%s/%s", base_dir, file);
		read_table_file(&l);
	} else {
		read_table_values(&l);
	}
	return l.mistakes == 0 ? t : NULL;
}
