/* Writes the groups as a page: see compare_print.h. It needs no script, and fetches nothing:
 * the policy in its head would forbid it, too. */
#include <inttypes.h>
#include <string.h>

#include "config/config.h"
#include "ctl/changed_files.h"
#include "ctl/compare_print.h"
#include "ctl/side_by_side.h"
#include "util/buf.h"

static const char page_head[] =
	"<!DOCTYPE html>\n"
	"<html lang=\"en\">\n"
	"<head>\n"
	"<meta charset=\"utf-8\">\n"
	"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
	"'unsafe-inline'\">\n"
	"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	"<title>polymilterctl compare</title>\n"
	"<style>\n"
	":root { color-scheme: light dark; --line: #d0d4d9; --dim: #5b6470; --head: #f1f3f5;\n"
	"  --out: #ffe3e0; --outtext: #82071e; --in: #d9f5df; --intext: #0a4d1c; --page: #fff;\n"
	"  --text: #1d2126; --link: #0a58ca; }\n"
	"@media (prefers-color-scheme: dark) { :root { --line: #3a414b; --dim: #9aa4b0;\n"
	"  --head: #23282f; --out: #4a1d20; --outtext: #ffc9c5; --in: #163d22; --intext: #b6f0c4;\n"
	"  --page: #16191d; --text: #e3e6ea; --link: #79b0ff; } }\n"
	"body { font: 15px/1.5 system-ui, sans-serif; margin: 0 auto; padding: 24px;\n"
	"  max-width: 1400px; background: var(--page); color: var(--text); }\n"
	"h1 { font-size: 24px; margin: 0 0 8px; }\n"
	"h2 { font-size: 18px; margin: 36px 0 8px; padding-bottom: 4px;\n"
	"  border-bottom: 1px solid var(--line); }\n"
	"h3 { font-size: 15px; margin: 20px 0 4px; overflow-wrap: anywhere; }\n"
	"a { color: var(--link); }\n"
	"p { margin: 4px 0; }\n"
	".dim, .same td { color: var(--dim); }\n"
	".changed { font-weight: bold; overflow-wrap: anywhere; }\n"
	"table { border-collapse: collapse; table-layout: fixed; width: 100%;\n"
	"  border: 1px solid var(--line); margin: 6px 0; }\n"
	"td, th { padding: 2px 8px; vertical-align: top; text-align: left;\n"
	"  overflow-wrap: anywhere; border-left: 1px solid var(--line); }\n"
	"td { font: 13px/1.45 ui-monospace, monospace; white-space: pre-wrap; }\n"
	"th { background: var(--head); font-weight: normal; padding: 6px 8px; }\n"
	".kinds { width: auto; } .kinds td { font: inherit; white-space: normal; }\n"
	".kinds td:last-child { text-align: right; }\n"
	".values th { width: 3em; padding: 2px 8px; }\n"
	".same td { text-align: center; background: var(--head); font: 12px system-ui; }\n"
	".none { background: var(--head); }\n"
	"del, ins { text-decoration: none; display: block; margin: 0 -8px; padding: 0 8px; }\n"
	"del { background: var(--out); color: var(--outtext); }\n"
	"ins { background: var(--in); color: var(--intext); }\n"
	"summary { cursor: pointer; color: var(--link); }\n"
	"</style>\n"
	"</head>\n"
	"<body>\n"
	"<h1>polymilterctl compare</h1>\n";

static void
write_escaped(FILE *f, const char *text)
{
	struct buf b = {0};

	html_append_escaped(&b, text, strlen(text));
	buf_write(&b, f);
	buf_free(&b);
}

static void
write_group_title(FILE *f, const struct compare_group *group)
{
	struct buf title = {0};

	if (group->is_rest)
		buf_puts(&title, "further kinds");
	else
		difference_append_title(&title, group->kind, group->name);
	write_escaped(f, buf_string(&title));
	buf_free(&title);
}

static void
write_changed_files(FILE *f, const struct changed_file *changed)
{
	for (; changed != NULL; changed = changed->next) {
		fputs("<p class=\"changed\">", f);
		write_escaped(f, changed->text);
		fputs("</p>\n", f);
	}
}

static void
write_summary(FILE *f, const struct compare *c)
{
	const struct compare_side *sides[] = {&c->old, &c->new};

	for (size_t i = 0; i < 2; i++) {
		fprintf(f, "<p>%s: <b>", i == 0 ? "old" : "new");
		write_escaped(f, sides[i]->path);
		fprintf(f, "</b>%s, listener ", sides[i]->is_running ? COMPARE_AS_LOADED : "");
		write_escaped(f, sides[i]->listener->name);
		fputs("</p>\n", f);
	}
	write_changed_files(f, c->changed);
	fprintf(f, "<p>%" PRIu64 " messages: %" PRIu64 " the same, %" PRIu64 " differ",
		c->counts.messages, c->counts.messages - c->counts.differ, c->counts.differ);
	if (c->counts.unread > 0)
		fprintf(f, ", %" PRIu64 " could not be read", c->counts.unread);
	fputs(".</p>\n", f);
}

/* The kinds, with links to their groups. */
static void
write_overview(FILE *f, const struct compare *c, size_t n)
{
	if (n == 0)
		return;
	fputs("<table class=\"kinds\">\n<tr><th>what differs</th><th>messages</th></tr>\n", f);
	for (size_t i = 0; i < n; i++) {
		const struct compare_group *group = compare_groups_at(c->groups, i);

		fprintf(f, "<tr><td><a href=\"#k%zu\">", i);
		write_group_title(f, group);
		fprintf(f, "</a></td><td>%" PRIu64 "</td></tr>\n", group->count);
	}
	fputs("</table>\n", f);
}

static void
write_side(FILE *f, const char *label, const char *element, const struct difference_side *side)
{
	fprintf(f, "<tr><th>%s</th><td>", label);
	if (*side->value != '\0') {
		fprintf(f, "<%s>", element);
		for (const char *s = side->value;; s++) {
			size_t n = strcspn(s, "\n");
			struct buf line = {0};

			html_append_escaped(&line, s, n);
			buf_write(&line, f);
			buf_free(&line);
			s += n;
			if (*s == '\0')
				break;
			fputc('\n', f);
		}
		fprintf(f, "</%s>", element);
	}
	if (*side->by != '\0') {
		fputs("<span class=\"dim\">by ", f);
		write_escaped(f, side->by);
		fputs("</span>", f);
	}
	fputs("</td></tr>\n", f);
}

/* The message itself, the first time; then a link to it. shown has a bit for each message. */
static void
write_view(FILE *f, struct compare *c, const struct compare_entry *e, struct buf *shown)
{
	struct buf view = {0};
	unsigned char bit = (unsigned char)(1u << e->id % 8);

	if (e->view == 0)
		return;
	while (shown->len <= e->id / 8)
		buf_putc(shown, 0);
	if (shown->data[e->id / 8] & bit) {
		fprintf(f, "<p><a href=\"#m%" PRIu64 "\">the whole message</a></p>\n", e->id);
		return;
	}
	shown->data[e->id / 8] |= bit;
	compare_groups_view(c->groups, e->view, &view);
	fprintf(f, "<details open id=\"m%" PRIu64 "\"><summary>the whole message</summary>\n",
		e->id);
	buf_write(&view, f);
	fputs("</details>\n", f);
	buf_free(&view);
}

static void
write_group(FILE *f, struct compare *c, size_t i, struct buf *shown)
{
	const struct compare_group *group = compare_groups_at(c->groups, i);
	struct compare_entry e;
	uint64_t at = group->first;

	fprintf(f, "<section id=\"k%zu\">\n<h2>", i);
	write_group_title(f, group);
	fprintf(f, ": %" PRIu64 "</h2>\n", group->count);
	while (compare_groups_next(c->groups, &at, &e)) {
		fputs("<h3>", f);
		write_escaped(f, e.mail);
		fputs("</h3>\n<table class=\"values\">\n", f);
		write_side(f, "old", "del", &e.old);
		write_side(f, "new", "ins", &e.new);
		fputs("</table>\n", f);
		write_view(f, c, &e, shown);
	}
	if (group->count > group->n_kept)
		fprintf(f, "<p class=\"dim\">and %" PRIu64 " more</p>\n",
			group->count - group->n_kept);
	fputs("</section>\n", f);
}

void
compare_write_html(struct compare *c, size_t n, FILE *f)
{
	struct buf shown = {0};

	fputs(page_head, f);
	write_summary(f, c);
	write_overview(f, c, n);
	for (size_t i = 0; i < n; i++)
		write_group(f, c, i, &shown);
	fputs("</body>\n</html>\n", f);
	buf_free(&shown);
}
