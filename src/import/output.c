#include "import/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/access.h"
#include "util/arena.h"
#include "util/str.h"

#define CONF_FILE "polymilter.conf"

void
output_init(struct output *o, struct arena *arena)
{
	*o = (struct output){.arena = arena};
	report_init(&o->report, arena);
}

void
output_free(struct output *o)
{
	for (size_t i = 0; i < o->n_files; i++)
		buf_free(&o->files[i]->text);
	buf_free(&o->conf);
}

static const char *
clean_title(struct arena *arena, const char *wanted)
{
	char *name = arena_strdup(arena, *wanted != '\0' ? wanted : "table");

	for (char *p = name; *p != '\0'; p++) {
		if (!str_is_alnum(*p) && strchr("_-.", *p) == NULL)
			*p = '_';
	}
	return *name == '.' ? arena_printf(arena, "_%s", name) : name;
}

/* Takes a name, unless it is taken already. */
static bool
take_name(struct arena *arena, struct name_index *names, const char *name)
{
	char *lower = arena_strdup(arena, name);

	str_lower(lower);
	if (name_index_find(names, lower, strlen(lower)) != NULL)
		return false;
	name_index_add(names, arena, lower, lower);
	return true;
}

/* Takes the name, or the name with the next free number. */
static const char *
take_free_name(struct arena *arena, struct name_index *names, const char *wanted)
{
	const char *clean = clean_title(arena, wanted), *name = clean;

	for (unsigned n = 2; !take_name(arena, names, name); n++)
		name = arena_printf(arena, "%s-%u", clean, n);
	return name;
}

const char *
output_table_name(struct output *o, const char *wanted)
{
	return take_free_name(o->arena, &o->tables, wanted);
}

struct output_file *
output_add_file(struct output *o, const char *table)
{
	struct output_file *f = arena_zalloc(o->arena, sizeof(*f));

	f->name = arena_printf(o->arena, "%s.table", table);
	o->files = arena_grow(o->arena, o->files, o->n_files, &o->cap_files, sizeof(*o->files));
	o->files[o->n_files++] = f;
	return f;
}

void
output_drop_file(struct output *o)
{
	buf_free(&o->files[--o->n_files]->text);
}

void
output_add_table(struct output *o, const char *table, const char *type, const char *options)
{
	buf_printf(&o->conf, "table \"%s\" { type = \"%s\"  file = \"%s.table\"%s }\n", table,
		   type, table, options);
}

const char *
output_add_policy(struct output *o, const char *wanted)
{
	const char *title = take_free_name(o->arena, &o->policies, wanted);

	o->chain = arena_grow(o->arena, o->chain, o->n_chain, &o->cap_chain, sizeof(*o->chain));
	o->chain[o->n_chain++] = title;
	return title;
}

/* "# PATH:LINE" */
static void
put_place(struct buf *out, const char *indent, const char *path, unsigned line)
{
	buf_printf(out, "%s# ", indent);
	str_append_readable(out, path, strlen(path));
	if (line > 0)
		buf_printf(out, ":%u", line);
}

void
output_put_origin(struct buf *out, const char *indent, const char *path, unsigned line)
{
	put_place(out, indent, path, line);
	buf_putc(out, '\n');
}

void
output_put_reason(struct buf *out, const char *indent, enum outcome outcome, const char *path,
		  unsigned line, const char *reason, const char *written)
{
	put_place(out, indent, path, line);
	buf_printf(out, ": %s: %s\n", outcome_text(outcome), reason);
	if (written == NULL)
		return;
	buf_printf(out, "%s#     ", indent);
	str_append_readable(out, written, strlen(written));
	buf_putc(out, '\n');
}

void
output_put_string(struct buf *out, const char *s)
{
	buf_putc(out, '"');
	for (; *s != '\0'; s++) {
		if (*s == '"' || *s == '\\')
			buf_putc(out, '\\');
		buf_putc(out, (unsigned char)*s);
	}
	buf_putc(out, '"');
}

/* In single quotes a backslash is one, but before a backslash or a quote. */
void
output_put_pattern(struct buf *out, const char *s)
{
	buf_putc(out, '\'');
	for (; *s != '\0'; s++) {
		bool escaped = *s == '\'' ||
			       (*s == '\\' && (s[1] == '\0' || s[1] == '\\' || s[1] == '\''));

		if (escaped)
			buf_putc(out, '\\');
		buf_putc(out, (unsigned char)*s);
	}
	buf_putc(out, '\'');
}

const char *
output_plain_text(struct arena *arena, const char *text)
{
	struct buf out = {0};

	for (; *text != '\0'; text++) {
		if (*text == '%')
			buf_putc(&out, '%');
		buf_putc(&out, (unsigned char)(*text < ' ' || *text > '~' ? '?' : *text));
		if (text[0] == '$' && text[1] == '{')
			buf_putc(&out, ' ');
	}
	return buf_move_to_arena(&out, arena);
}

static void
put_import_listener(struct output *o, struct buf *out)
{
	buf_puts(out, "\n# smtpd_milters = inet:127.0.0.1:8890 in main.cf\n"
		      "listener \"import\" {\n"
		      "\tsocket = \"inet:127.0.0.1:8890\"\n"
		      "\tchain  = {");
	for (size_t i = 0; i < o->n_chain; i++)
		buf_printf(out, "%s\"%s\"", i > 0 ? ", " : " ", o->chain[i]);
	buf_puts(out, " }\n}\n");
}

void
output_finish(struct output *o)
{
	struct output_file *f = output_add_file(o, "polymilter");

	f->name = CONF_FILE;
	memmove(o->files + 1, o->files, (o->n_files - 1) * sizeof(*o->files));
	o->files[0] = f;
	buf_puts(&f->text,
		 "# Written by polymilterctl import. A comment tells where each rule, "
		 "and each row of a\n# table, comes from; \"not carried over\" and "
		 "\"differs\" are to be looked at.\n\n");
	buf_append(&f->text, o->conf.data, o->conf.len);
	put_import_listener(o, &f->text);
}

void
output_print(const struct output *o, FILE *f)
{
	for (size_t i = 0; i < o->n_files; i++) {
		fprintf(f, "%s==> %s <==\n", i > 0 ? "\n" : "", o->files[i]->name);
		buf_write(&o->files[i]->text, f);
	}
}

static int
write_output_file(int dir, const struct output_file *f)
{
	int fd = openat(dir, f->name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
			0644);
	int r;

	if (fd < 0)
		return -errno;
	r = buf_write_to(&f->text, fd);
	if (close(fd) < 0 && r == 0)
		r = -errno;
	return r;
}

int
output_write(const struct output *o, const char *directory, char *why, size_t why_size)
{
	int dir, r = 0;

	if (mkdir(directory, 0755) < 0) {
		r = -errno;
		(void)snprintf(why, why_size, "%s: %s", directory,
			       r == -EEXIST ? "there is something already, and nothing is "
					      "overwritten; name a new directory"
					    : access_error_text(-r));
		return r;
	}
	dir = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		r = -errno;
	for (size_t i = 0; i < o->n_files && r == 0; i++)
		r = write_output_file(dir, o->files[i]);
	if (r < 0)
		(void)snprintf(why, why_size, "%s: %s", directory, access_error_text(-r));
	if (dir >= 0)
		close(dir);
	return r;
}
