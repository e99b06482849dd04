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

/* JSON: a difference on a line, and never all of them in memory. */

static void
put_side(json_t *object, const char *name, const struct difference_side *side)
{
	json_t *member = json_put_object(object, name);

	json_put_text(member, "value", side->value);
	json_put_text(member, "by", side->by);
}

static void
append_json_entry(struct buf *b, const struct compare_entry *e)
{
	json_t *object = json_new_object();

	json_put_text(object, "message", e->mail);
	put_side(object, "old", &e->old);
	put_side(object, "new", &e->new);
	json_append(b, object, 0);
}

static void
print_json_group(struct compare_groups *groups, const struct compare_group *group)
{
	json_t *head = json_new_object();
	struct compare_entry e;
	uint64_t at = group->first;
	const char *separator = "\n    ";
	struct buf line = {0};

	json_put_text(head, "kind",
		      group->is_rest ? "further" : difference_kind_word(group->kind));
	json_put_text(head, "name", group->is_rest ? "" : group->name);
	json_put_number(head, "count", group->count);
	json_begin_list(stdout, head, "messages");
	while (compare_groups_next(groups, &at, &e)) {
		buf_reset(&line);
		buf_puts(&line, separator);
		append_json_entry(&line, &e);
		buf_write(&line, stdout);
		separator = ",\n    ";
	}
	json_end_list(stdout);
	buf_free(&line);
}

static void
put_head(json_t *object, const char *name, const struct compare_side *side)
{
	json_t *member = json_put_object(object, name);

	json_put_text(member, "file", side->path);
	json_put_text(member, "listener", side->listener->name);
	json_put_bool(member, "running", side->is_running);
}

static void
put_changed_files(json_t *object, const struct changed_file *changed)
{
	json_t *list = json_put_list(object, "changed_files");

	for (const struct changed_file *f = changed; f != NULL; f = f->next) {
		json_t *file = json_add_object(list);

		json_put_text(file, "file", f->path);
		json_put_text(file, "contents", f->is_new ? "new" : "old");
		json_put_text(file, "text", f->text);
	}
}

void
compare_print_json(struct compare *c, size_t n)
{
	const struct compare_counts *counts = &c->counts;
	json_t *head = json_new_object();

	put_head(head, "old", &c->old);
	put_head(head, "new", &c->new);
	put_changed_files(head, c->changed);
	json_put_number(head, "messages", counts->messages);
	json_put_number(head, "differ", counts->differ);
	json_put_number(head, "ended", counts->ended);
	json_put_number(head, "unread", counts->unread);
	json_put_real(head, "seconds", compute_seconds(counts), 3);
	json_begin_list(stdout, head, "kinds");
	for (size_t i = 0; i < n; i++) {
		fputs(i > 0 ? ",\n  " : "\n  ", stdout);
		print_json_group(c->groups, compare_groups_at(c->groups, i));
	}
	json_end_list(stdout);
	fputc('\n', stdout);
}
