/* The effective configuration as a text that can be loaded: see dump.h. */
#include <string.h>

#include "config/config.h"
#include "config/dump.h"
#include "util/arena.h"
#include "util/buf.h"
#include "util/str.h"

#define INDENT	      4u
#define ORIGIN_COLUMN 54u
#define LINE_MAX_LIST 80u    /* columns of a list that is written on one line */
#define LONG_TEXT     65536u /* bytes of a value */
#define PIECE_BYTES   65536u /* of the text that are written to a file at once */

struct text_dump {
	struct buf *out;
	int fd;		 /* where `out` goes from time to time; -1: nowhere */
	int error;	 /* of fd, negative; 0: none */
	struct buf line; /* the one that is being made */
	unsigned depth;	 /* sections that are open */
};

static void
flush_dump(struct text_dump *d)
{
	if (d->error == 0)
		d->error = buf_write_to(d->out, d->fd);
	buf_reset(d->out);
}

static void
put_dump_line(struct text_dump *d)
{
	buf_append(d->out, d->line.data, d->line.len);
	if (d->fd >= 0 && d->out->len >= PIECE_BYTES)
		flush_dump(d);
}

static void
begin_dump_line(struct text_dump *d)
{
	buf_reset(&d->line);
	for (unsigned i = 0; i < d->depth * INDENT; i++)
		buf_putc(&d->line, ' ');
}

/* Nothing in the name of a file ends the comment. */
static void
put_origin(struct buf *b, const char *file, unsigned line)
{
	buf_puts(b, "# ");
	str_append_readable(b, file, strlen(file));
	buf_printf(b, ":%u\n", line);
}

/* Ends the line with its origin. file NULL: the default. */
static void
end_dump_line(struct text_dump *d, const char *file, unsigned line)
{
	buf_putc(&d->line, ' ');
	do
		buf_putc(&d->line, ' ');
	while (d->line.len < ORIGIN_COLUMN);
	if (file != NULL)
		put_origin(&d->line, file, line);
	else
		buf_puts(&d->line, "# default\n");
	put_dump_line(d);
}

/* A long text keeps its lines: a line may have SOURCE_MAX_LINE bytes. */
static void
put_in_double_quotes(struct buf *b, const char *s)
{
	bool is_long = strlen(s) > LONG_TEXT;

	buf_putc(b, '"');
	for (; *s != '\0'; s++) {
		if (*s == '\n' && !is_long)
			buf_puts(b, "\\n");
		else if (*s == '\t')
			buf_puts(b, "\\t");
		else if (*s == '"' || *s == '\\')
			buf_printf(b, "\\%c", *s);
		else
			buf_putc(b, (unsigned char)*s);
	}
	buf_putc(b, '"');
}

/* A backslash stands for itself, unless one or a quote, or the end, is behind it. */
static void
put_in_single_quotes(struct buf *b, const char *s)
{
	buf_putc(b, '\'');
	for (; *s != '\0'; s++) {
		if (*s == '\'' || (*s == '\\' && strchr("\\'", s[1]) != NULL))
			buf_putc(b, '\\');
		buf_putc(b, (unsigned char)*s);
	}
	buf_putc(b, '\'');
}

static void
put_dumped_text(struct buf *b, const struct option *o, const char *s)
{
	bool bare = o->type == OPTION_BOOL || o->type == OPTION_COUNT ||
		    (o->type == OPTION_LIMIT && !o->sized && strcmp(s, "none") != 0);

	if (bare)
		buf_puts(b, s);
	else if (option_is_regex(o))
		put_in_single_quotes(b, s);
	else
		put_in_double_quotes(b, s);
}

static void
put_list(struct buf *b, const struct dump_value *v)
{
	buf_puts(b, "{");
	for (size_t i = 0; i < v->n; i++) {
		buf_puts(b, i == 0 ? " " : ", ");
		put_dumped_text(b, v->option, v->text[i]);
	}
	buf_puts(b, v->n > 0 ? " }" : "}");
}

/* Do the values stand on one line, where they are written and here? */
static bool
fits_on_one_line(const struct text_dump *d, const struct dump_value *v)
{
	size_t columns = d->depth * INDENT + strlen(v->option->name);

	for (size_t i = 0; i < v->n; i++) {
		columns += strlen(v->text[i]) + 4;
		if (v->file != NULL && v->lines[i] != v->line)
			return false;
	}
	return v->n < 2 || columns <= LINE_MAX_LIST;
}

/* How many values from i on stand on one line, which they all are from: at least one. */
static size_t
count_values_of_line(const struct text_dump *d, const struct dump_value *v, size_t i)
{
	size_t columns = d->depth * INDENT, n = 0;

	while (i + n < v->n && (v->file == NULL || v->lines[i + n] == v->lines[i])) {
		columns += strlen(v->text[i + n]) + 4;
		if (n > 0 && columns > ORIGIN_COLUMN)
			break;
		n++;
	}
	return n;
}

static void
put_long_list(struct text_dump *d, const struct dump_value *v)
{
	buf_printf(&d->line, "%s = {", v->option->name);
	end_dump_line(d, v->file, v->line);
	d->depth++;
	for (size_t i = 0; i < v->n;) {
		unsigned line = v->file != NULL ? v->lines[i] : 0;

		begin_dump_line(d);
		for (size_t n = count_values_of_line(d, v, i); n > 0; n--) {
			put_dumped_text(&d->line, v->option, v->text[i++]);
			buf_puts(&d->line, n > 1 ? ", " : ",");
		}
		end_dump_line(d, v->file, line);
	}
	d->depth--;
	begin_dump_line(d);
	buf_puts(&d->line, "}\n");
	put_dump_line(d);
}

static void
put_text_value(void *ctx, const struct dump_value *v)
{
	struct text_dump *d = ctx;

	begin_dump_line(d);
	if (!fits_on_one_line(d, v)) {
		put_long_list(d, v);
		return;
	}
	if (v->file == NULL && v->option->unwritten)
		buf_puts(&d->line, "# ");
	buf_printf(&d->line, "%s = ", v->option->name);
	if (option_is_list(v->option))
		put_list(&d->line, v);
	else
		put_dumped_text(&d->line, v->option, v->text[0]);
	end_dump_line(d, v->file, v->line);
}

static void
begin_text_section(void *ctx, const struct dump_section *s)
{
	struct text_dump *d = ctx;

	if (d->depth == 0)
		buf_putc(d->out, '\n');
	begin_dump_line(d);
	buf_printf(&d->line, "%s ", s->kind);
	if (*s->title != '\0') {
		put_in_double_quotes(&d->line, s->title);
		buf_putc(&d->line, ' ');
	}
	buf_putc(&d->line, '{');
	end_dump_line(d, s->file, s->line);
	d->depth++;
}

static void
end_text_section(void *ctx)
{
	struct text_dump *d = ctx;

	d->depth--;
	begin_dump_line(d);
	buf_puts(&d->line, "}\n");
	put_dump_line(d);
}

static void
begin_inner_text(void *ctx)
{
	(void)ctx;
}

static void
dump_to(struct text_dump *d, const struct config *cfg)
{
	static const struct dump_writer writer = {begin_text_section, put_text_value,
						  begin_inner_text, end_text_section};
	struct arena *arena = arena_new();

	config_dump_walk(cfg, arena, &writer, d);
	buf_free(&d->line);
	arena_free(arena);
}

void
config_dump(const struct config *cfg, struct buf *out)
{
	struct text_dump d = {.out = out, .fd = -1};

	dump_to(&d, cfg);
}

int
config_dump_write(const struct config *cfg, int fd)
{
	struct buf out = {0};
	struct text_dump d = {.out = &out, .fd = fd};

	dump_to(&d, cfg);
	flush_dump(&d);
	buf_free(&out);
	return d.error;
}
