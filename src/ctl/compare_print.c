/* Prints the groups as text and as JSON: see compare_print.h. */
#include "ctl/compare_print.h"

#include <inttypes.h>
#include <string.h>

#include "config/config.h"
#include "ctl/changed_files.h"
#include "ctl/json.h"
#include "util/buf.h"
#include "util/str.h"

#define VALUE_COLUMNS 70u /* of 80, behind the indent */

/* Text. */

static const char *
plural(uint64_t n)
{
	return n == 1 ? "" : "s";
}

/* The length of the next piece of a line, at most VALUE_COLUMNS; no character is split, and no
 * word, if that is possible. */
static size_t
measure_piece(const char *s, size_t len)
{
	size_t n = VALUE_COLUMNS, word;

	if (len <= n)
		return len;
	while (n > 1 && ((unsigned char)s[n] & 0xc0) == 0x80)
		n--;
	word = n;
	while (word > VALUE_COLUMNS / 2 && s[word] != ' ')
		word--;
	return s[word] == ' ' ? word : n;
}

/* Prints a value, of one or several lines, each of which may be long. */
static void
print_value(const char *label, const char *value)
{
	struct buf line = {0};

	if (*value == '\0')
		value = "(nothing)";
	do {
		size_t n = strcspn(value, "\n"), at = 0;

		buf_reset(&line);
		str_append_readable(&line, value, n);
		do {
			const char *s = (const char *)line.data + at;
			size_t piece = line.len > 0 ? measure_piece(s, line.len - at) : 0;

			printf(piece > 0 ? "    %-4s %.*s\n" : "    %s%.*s\n", label,
			       (int)piece, piece > 0 ? s : "");
			label = "";
			at += piece;
			at += at < line.len && line.data[at] == ' ';
		} while (at < line.len);
		value += n + (value[n] == '\n');
	} while (*value != '\0');
	buf_free(&line);
}

static void
print_side(const char *label, const struct difference_side *side)
{
	struct buf by = {0};

	print_value(label, side->value);
	if (*side->by != '\0') {
		buf_printf(&by, "by %s", side->by);
		print_value("", buf_string(&by));
	}
	buf_free(&by);
}

static void
print_readable(const char *text)
{
	struct buf b = {0};

	str_append_readable(&b, text, strlen(text));
	fputs(buf_string(&b), stdout);
	buf_free(&b);
}

static void
print_group_title(const struct compare_group *group)
{
	struct buf title = {0};

	if (group->is_rest)
		buf_puts(&title, "further kinds");
	else
		difference_append_title(&title, group->kind, group->name);
	printf("%s: %" PRIu64 " message%s\n", buf_string(&title), group->count,
	       plural(group->count));
	buf_free(&title);
}

static void
print_group(struct compare_groups *groups, const struct compare_group *group)
{
	struct compare_entry e;
	uint64_t at = group->first;

	print_group_title(group);
	while (compare_groups_next(groups, &at, &e)) {
		fputs("  ", stdout);
		print_readable(e.mail);
		fputc('\n', stdout);
		print_side("old", &e.old);
		print_side("new", &e.new);
	}
	if (group->count > group->n_kept)
		printf("  and %" PRIu64 " more\n", group->count - group->n_kept);
	fputc('\n', stdout);
}

static void
print_head(const char *label, const struct compare_side *side)
{
	printf("%s  %s%s, listener %s\n", label, side->path,
	       side->is_running ? COMPARE_AS_LOADED : "", side->listener->name);
}

static void
print_changed_files(const struct changed_file *changed)
{
	for (const struct changed_file *f = changed; f != NULL; f = f->next) {
		print_readable(f->text);
		fputc('\n', stdout);
	}
	if (changed != NULL)
		fputc('\n', stdout);
}

static double
compute_seconds(const struct compare_counts *n)
{
	return (double)n->ns / 1e9;
}

static uint64_t
compute_rate(const struct compare_counts *n)
{
	double seconds = compute_seconds(n);

	return seconds > 0 ? (uint64_t)((double)n->messages / seconds) : 0;
}

static void
print_counts(const struct compare_counts *n)
{
	printf("%" PRIu64 " message%s: %" PRIu64 " the same, %" PRIu64 " differ", n->messages,
	       plural(n->messages), n->messages - n->differ, n->differ);
	if (n->unread > 0)
		printf(", %" PRIu64 " could not be read", n->unread);
	printf(" (%.1f s, %" PRIu64 " messages a second)\n", compute_seconds(n),
	       compute_rate(n));
}

void
compare_print_text(struct compare *c, size_t n)
{
	print_head("old", &c->old);
	print_head("new", &c->new);
	fputc('\n', stdout);
	print_changed_files(c->changed);
	for (size_t i = 0; i < n; i++)
		print_group(c->groups, compare_groups_at(c->groups, i));
	print_counts(&c->counts);
}

/* JSON. */

static void
print_json_field(const char *before, const char *name, const char *value)
{
	printf("%s\"%s\": ", before, name);
	json_string(stdout, value);
}

static void
print_json_side(const char *name, const struct difference_side *side)
{
	printf(", \"%s\": {", name);
	print_json_field("", "value", side->value);
	print_json_field(", ", "by", side->by);
	fputc('}', stdout);
}

static void
print_json_group(struct compare_groups *groups, const struct compare_group *group)
{
	struct compare_entry e;
	uint64_t at = group->first;
	const char *separator = "\n    ";

	print_json_field("{", "kind",
			 group->is_rest ? "further" : difference_kind_word(group->kind));
	print_json_field(", ", "name", group->is_rest ? "" : group->name);
	printf(", \"count\": %" PRIu64 ", \"messages\": [", group->count);
	while (compare_groups_next(groups, &at, &e)) {
		fputs(separator, stdout);
		print_json_field("{", "message", e.mail);
		print_json_side("old", &e.old);
		print_json_side("new", &e.new);
		fputc('}', stdout);
		separator = ",\n    ";
	}
	fputs("]}", stdout);
}

static void
print_json_head(const char *name, const struct compare_side *side)
{
	printf("\"%s\": ", name);
	print_json_field("{", "file", side->path);
	print_json_field(", ", "listener", side->listener->name);
	printf(", \"running\": %s}, ", side->is_running ? "true" : "false");
}

static void
print_json_changed_files(const struct changed_file *changed)
{
	fputs("\"changed_files\": [", stdout);
	for (const struct changed_file *f = changed; f != NULL; f = f->next) {
		print_json_field(f == changed ? "{" : ", {", "file", f->path);
		print_json_field(", ", "contents", f->is_new ? "new" : "old");
		print_json_field(", ", "text", f->text);
		fputc('}', stdout);
	}
	fputs("], ", stdout);
}

void
compare_print_json(struct compare *c, size_t n)
{
	const struct compare_counts *counts = &c->counts;

	fputc('{', stdout);
	print_json_head("old", &c->old);
	print_json_head("new", &c->new);
	print_json_changed_files(c->changed);
	printf("\"messages\": %" PRIu64 ", \"differ\": %" PRIu64 ", \"ended\": %" PRIu64
	       ", \"unread\": %" PRIu64 ", \"seconds\": %.3f, \"kinds\": [",
	       counts->messages, counts->differ, counts->ended, counts->unread,
	       compute_seconds(counts));
	for (size_t i = 0; i < n; i++) {
		fputs(i > 0 ? ",\n  " : "\n  ", stdout);
		print_json_group(c->groups, compare_groups_at(c->groups, i));
	}
	fputs("]}\n", stdout);
}
