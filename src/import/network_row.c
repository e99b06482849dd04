/* Reads cidr_table(5): see key_row.h. A row between if and endif counts for addresses in both
 * networks, so it becomes a row of the smaller one, when one contains the other; else it has no
 * effect. */
#include <stdlib.h>
#include <string.h>

#include "import/key_row.h"
#include "import/source.h"
#include "util/addr.h"
#include "util/arena.h"
#include "util/str.h"

#define MAX_NESTED 16

/* A row that has effect, and its network. */
struct placed_network {
	struct cidr net;
	struct key_row *row;
};

struct network_reader {
	struct arena *arena;
	struct placed_network *placed;
	size_t n_placed;
	struct cidr inside[MAX_NESTED]; /* the networks of the if blocks */
	const char *texts[MAX_NESTED];
	bool negated[MAX_NESTED];
	size_t depth;
};

static void
set_reason(struct key_row *row, enum outcome outcome, const char *reason)
{
	row->outcome = outcome;
	row->reason = reason;
}

/* "[2001:db8::]/32" without brackets; the brackets are allowed in Postfix. */
static const char *
strip_brackets(struct arena *arena, const char *text)
{
	const char *close = strchr(text, ']');

	if (*text != '[' || close == NULL)
		return text;
	return arena_printf(arena, "%.*s%s", (int)(close - text - 1), text + 1, close + 1);
}

/* Cuts a row to the networks around it. */
static void
cut_row(struct network_reader *r, struct key_row *row, struct cidr net)
{
	for (size_t i = 0; i < r->depth && i < MAX_NESTED; i++) {
		const struct cidr *around = &r->inside[i];
		bool in = cidr_contains(around, &net), over = cidr_contains(&net, around);

		if (r->negated[i] && !in && !over)
			continue;
		if (r->negated[i] && over && !in) {
			set_reason(row, OUTCOME_LEFT_OUT,
				   "a network without a part of it is no row here");
			return;
		}
		if (r->negated[i] || (!in && !over)) {
			set_reason(row, OUTCOME_NOTED,
				   "it has no effect: the 'if' around it is about other "
				   "addresses");
			return;
		}
		if (!in) {
			row->key = r->texts[i];
			net = *around;
		}
	}
	r->placed[r->n_placed++] = (struct placed_network){net, row};
}

static void
read_network_row(struct network_reader *r, struct key_row *row)
{
	const char *why = "", *key = row->key;
	bool negated = false;
	struct cidr net;

	for (; *key == '!'; key++)
		negated = !negated;
	if (*key == '\0' && negated) /* "! net" */
		key = source_first_word(r->arena, row->value, &row->value);
	row->key = strip_brackets(r->arena, key);
	if (cidr_parse(row->key, &net, &why) < 0)
		set_reason(row, OUTCOME_NOTED,
			   arena_printf(r->arena, "Postfix skips this row: %s", why));
	else if (*row->value == '\0')
		set_reason(row, OUTCOME_NOTED, "Postfix skips a row without a value");
	else if (negated)
		set_reason(row, OUTCOME_LEFT_OUT, "there are no negated networks in tables");
	else if (r->depth > MAX_NESTED)
		set_reason(row, OUTCOME_LEFT_OUT, "more than 16 'if' inside each other");
	else
		cut_row(r, row, net);
}

/* "if 192.0.2.0/24", "if !...". False: Postfix refuses it. */
static bool
begin_network(struct network_reader *r, struct key_row *row)
{
	const char *why = "", *key = row->written + strlen("if"), *text;
	bool negated = false;
	struct cidr net;

	for (; *key == '!' || str_is_blank(*key); key++)
		negated ^= *key == '!';
	text = strip_brackets(r->arena, key);
	if (cidr_parse(text, &net, &why) < 0) {
		set_reason(row, OUTCOME_NOTED,
			   arena_printf(r->arena, "Postfix skips this 'if': %s", why));
		return false;
	}
	if (r->depth < MAX_NESTED) {
		r->inside[r->depth] = net;
		r->texts[r->depth] = text;
		r->negated[r->depth] = negated;
	}
	r->depth++;
	return true;
}

static int
compare_networks(const void *a, const void *b)
{
	const struct placed_network *x = a, *y = b;

	if (x->net.family != y->net.family)
		return x->net.family < y->net.family ? -1 : 1;
	if (x->net.bits != y->net.bits)
		return x->net.bits < y->net.bits ? -1 : 1;

	int r = memcmp(x->net.addr, y->net.addr, x->net.family == AF_INET6 ? 16 : 4);

	if (r != 0)
		return r;
	return x->row->line < y->row->line ? -1 : x->row->line > y->row->line;
}

/* Of the same network the first row counts. */
static void
mark_same_networks(struct network_reader *r)
{
	qsort(r->placed, r->n_placed, sizeof(*r->placed), compare_networks);
	for (size_t i = 1; i < r->n_placed; i++) {
		struct placed_network *p = &r->placed[i];
		struct key_row line = {.line = p->row->line};
		const struct placed_network same = {p[-1].net, &line};

		if (compare_networks(p, &same) == 0)
			set_reason(p->row, OUTCOME_NOTED,
				   "it has no effect: the network is there already");
	}
}

/* True: row is one. */
static bool
read_network_line(struct network_reader *r, const struct source_line *l, struct key_row *row)
{
	if (l->skipped != NULL) {
		set_reason(row, OUTCOME_NOTED, l->skipped);
	} else if (source_begins_with(l->text, "endif")) {
		r->depth -= r->depth > 0;
		return false;
	} else if (source_begins_with(l->text, "if")) {
		return !begin_network(r, row);
	} else {
		read_network_row(r, row);
	}
	return true;
}

struct key_row *
network_rows_read(struct arena *arena, const struct source *s, size_t *ret_n)
{
	struct network_reader r = {.arena = arena};
	const struct source_line *lines;
	struct key_row *rows;
	size_t n = 0, n_lines = 0;

	lines = source_lines(arena, s, &n_lines);
	rows = arena_alloc(arena, (n_lines + 1) * sizeof(*rows));
	r.placed = arena_alloc(arena, (n_lines + 1) * sizeof(*r.placed));
	for (size_t i = 0; i < n_lines; i++) {
		struct key_row *row = &rows[n];

		*row = (struct key_row){.line = lines[i].number, .written = lines[i].text};
		row->key = source_first_word(arena, lines[i].text, &row->value);
		n += read_network_line(&r, &lines[i], row);
	}
	mark_same_networks(&r);
	*ret_n = n;
	return rows;
}
