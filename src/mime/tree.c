/* The scanner walks once over the lines. A line that begins with "--" is compared with the
 * boundaries of the open multiparts, which are a stack, so there is no recursion: a delimiter
 * of the innermost one ends a part, one of an outer multipart also ends all that are inside it.
 * All other lines cost one memchr() and a look at two bytes; keep it so. */
#include "mime/tree.h"

#include <assert.h>
#include <string.h>

#include "mime/boundary.h"
#include "mime/fields.h"
#include "mime/lone_cr.h"
#include "mime/tree_scan.h"
#include "util/arena.h"
#include "util/memory.h"

#define AHEAD_BYTES (16u << 10) /* searched for a lone CR at once */

struct delimiter {
	unsigned level; /* index of the multipart in open */
	bool closing;
	size_t from, next; /* the begin of its line, of the next line */
};

/* ---- delimiters ---- */

/* The end of the line [from, next) without its line end and blanks in front of it. */
static size_t
delimiter_text_end(const char *s, size_t from, size_t next)
{
	while (next > from && strchr(" \t\r\n", s[next - 1]) != NULL && s[next - 1] != '\0')
		next--;
	return next;
}

enum delimiter_match {
	MATCH_NONE,
	MATCH_ODD, /* for some programs, see MIME_ODD_DELIMITER */
	MATCH_DELIMITER,
	MATCH_CLOSE,
};

/* Is the text a boundary, perhaps with "--" behind it, that programs may read in the place of
 * the one of the node? */
static bool
is_other_delimiter(const struct mime_node *n, const char *text, size_t len)
{
	const struct mime_boundary *b = n->readings;

	for (size_t i = 0; b != NULL && i < b->n_other; i++) {
		size_t other = strlen(b->other[i]);

		if ((len == other ||
		     (len == other + 2 && memcmp(text + other, "--", 2) == 0)) &&
		    memcmp(text, b->other[i], other) == 0)
			return true;
	}
	return false;
}

/* text: what is behind the "--" of a line. */
static enum delimiter_match
match_boundary(const struct tree_scan *sc, const struct open_part *p, const char *text,
	       size_t len)
{
	bool closing = len == p->len + 2 && memcmp(text + p->len, "--", 2) == 0;

	if (len < p->len || memcmp(text, p->boundary, p->len) != 0)
		return is_other_delimiter(scanned_node(sc, p->node), text, len) ? MATCH_ODD
										: MATCH_NONE;
	if (p->closed)
		return closing ? MATCH_NONE : MATCH_ODD;
	if (closing)
		return MATCH_CLOSE;
	return len == p->len ? MATCH_DELIMITER : MATCH_ODD;
}

/* Is the line, which begins with "--", a delimiter of an open multipart? The innermost counts.
 * One that is a delimiter for some programs only sets a flag; so does one that closes a
 * multipart "b" and begins a part of an outer one "b--". */
static bool
match_boundaries(struct tree_scan *sc, const char *s, size_t s_len, size_t from,
		 struct delimiter *ret)
{
	size_t next = mime_line_next(s, s_len, from);
	const char *text = s + from + 2;
	size_t len = delimiter_text_end(s, from + 2, next) - from - 2;
	unsigned odd = MIME_NO_NODE;
	bool found = false;

	for (unsigned level = sc->n_open; level-- > 0;) {
		const struct open_part *p = open_part_at(sc, level);
		enum delimiter_match match = match_boundary(sc, p, text, len);

		if (match > MATCH_ODD && !found) {
			*ret = (struct delimiter){level, match == MATCH_CLOSE, from, next};
			found = true;
			odd = MIME_NO_NODE;
		} else if (found ? match > MATCH_ODD : match == MATCH_ODD) {
			odd = p->node;
		}
	}
	if (odd != MIME_NO_NODE)
		scanned_node(sc, odd)->flags |= MIME_ODD_DELIMITER;
	return found;
}

static bool
starts_with_dashes(const char *s, size_t len, size_t at)
{
	return len - at >= 2 && s[at] == '-' && s[at + 1] == '-';
}

static inline bool
match_delimiter(struct tree_scan *sc, const char *s, size_t len, size_t at,
		struct delimiter *ret)
{
	return starts_with_dashes(s, len, at) && match_boundaries(sc, s, len, at, ret);
}

/* Is the line that begins at at a delimiter? */
static bool
is_delimiter(struct tree_scan *sc, size_t at)
{
	struct delimiter d;

	return match_delimiter(sc, sc->s, sc->len, at, &d);
}

static bool
is_close_delimiter(struct tree_scan *sc, size_t at)
{
	struct delimiter d;

	return match_delimiter(sc, sc->s, sc->len, at, &d) && d.closing;
}

/* Searches for a lone CR in front of stop, or at it, from where the last search ended. */
static void
search_lone_cr_until(struct tree_scan *sc, size_t stop)
{
	size_t from = sc->looked, end = sc->len - stop > 2 ? stop + 2 : sc->len;

	if (sc->source->find_lone_cr && !sc->lone_cr)
		sc->lone_cr = mime_has_lone_cr_dashes(sc->s + from, end - from);
	sc->looked = stop;
}

/* Searches a block in front of the walk over the lines, which then finds it in the cache. */
static void
search_lone_cr_ahead(struct tree_scan *sc, size_t at)
{
	search_lone_cr_until(sc, sc->len - at > AHEAD_BYTES ? at + AHEAD_BYTES : sc->len);
}

/* ---- the walk ---- */

/* Searches a text for a delimiter line, from at, the begin of a line, to stop. Returns where it
 * begins, or where the first line at or behind stop begins. */
static size_t
search_delimiter(struct tree_scan *sc, const char *s, size_t len, size_t at, size_t stop,
		 struct delimiter *ret)
{
	while (at < stop) {
		if (s == sc->s && at >= sc->looked)
			search_lone_cr_ahead(sc, at);
		if (match_delimiter(sc, s, len, at, ret))
			break;
		at = mime_line_next(s, len, at);
	}
	return at;
}

/* Is this a node that a gap may be in: a leaf, or a multipart behind its parts? */
static bool
may_have_gap(const struct mime_node *n)
{
	return !n->is_multipart ||
	       (n->close_delimiter != MIME_NO_OFFSET && n->child != MIME_NO_NODE);
}

/* Checks the next gap, which is in front of the line at at: it must be inside the content of a
 * leaf or behind the parts of a multipart, without a delimiter in it or directly behind it. */
static void
check_next_gap(struct tree_scan *sc, size_t at)
{
	const struct mime_gap *gap = &sc->source->gap[sc->gaps++];
	const struct mime_node *n = scanned_node(sc, sc->current);
	struct delimiter d;

	if (gap->at != at || at <= n->body.from || !may_have_gap(n) || is_delimiter(sc, at) ||
	    search_delimiter(sc, gap->data, gap->len, 0, gap->len, &d) < gap->len)
		sc->has_bad_gap = true;
}

/* Finds the next delimiter line from sc->at on, the begin of a line. */
static bool
find_delimiter(struct tree_scan *sc, struct delimiter *ret)
{
	size_t at = sc->at;

	while (sc->gaps < sc->source->n_gaps && !sc->has_bad_gap) {
		at = search_delimiter(sc, sc->s, sc->len, at, sc->source->gap[sc->gaps].at,
				      ret);
		if (at < sc->source->gap[sc->gaps].at)
			return true;
		check_next_gap(sc, at);
	}
	return search_delimiter(sc, sc->s, sc->len, at, sc->len, ret) < sc->len;
}

/* ---- headers ---- */

/* Where a field of this name is stored; NULL: it is not needed. */
static struct mime_field *
field_slot(const struct tree_scan *sc, const struct mime_field_span *f, struct mime_node *n,
	   struct mime_field *content_id)
{
	if (f->name_end - f->from < 10 || (sc->s[f->from] | 0x20) != 'c')
		return NULL;
	if (mime_field_is(sc->s, f, "content-type"))
		return &n->content_type;
	if (mime_field_is(sc->s, f, "content-transfer-encoding"))
		return &n->transfer_encoding;
	if (mime_field_is(sc->s, f, "content-disposition"))
		return &n->content_disposition;
	if (mime_field_is(sc->s, f, "content-md5"))
		return &n->content_md5;
	return mime_field_is(sc->s, f, "content-id") ? content_id : NULL;
}

/* Does a second field of a name mean the same as the first? */
static bool
is_same_field_value(struct tree_scan *sc, const struct mime_node *n, const struct mime_field *a,
		    const struct mime_field *b)
{
	enum mime_field_name name =
		a == &n->transfer_encoding ? MIME_TRANSFER_ENCODING : MIME_CONTENT_TYPE;

	return mime_is_same_value(
		name, mime_field_text(sc->scratch, sc->s + a->value, a->value_end - a->value),
		mime_field_text(sc->scratch, sc->s + b->value, b->value_end - b->value));
}

/* Stores a field. Of several with one name the first counts. */
static void
store_field(struct tree_scan *sc, const struct mime_field_span *f, struct mime_node *n,
	    struct mime_field *content_id)
{
	struct mime_field field = {f->from, f->to, f->value, f->value_end};
	struct mime_field *place = field_slot(sc, f, n, content_id);

	if (!f->regular)
		n->flags |= MIME_BAD_HEADER;
	if (f->blank_fold != 0 && n->blank_fold == MIME_NO_OFFSET)
		n->blank_fold = f->blank_fold;
	if (place == NULL)
		return;
	if (place->to == 0)
		*place = field;
	else if (!is_same_field_value(sc, n, place, &field))
		n->flags |= MIME_CONFLICT;
}

static const char *
scanned_value(struct tree_scan *sc, const struct mime_field *f)
{
	if (f->to == 0)
		return NULL;
	return mime_field_text(sc->scratch, sc->s + f->value, f->value_end - f->value);
}

/* Reads the header block at sc->at. Ends behind the empty line. */
static void
read_part_headers(struct tree_scan *sc, struct mime_node *n)
{
	struct mime_field content_id = {0};
	size_t blank_line;

	n->headers.from = sc->at;
	while (sc->at < sc->len && mime_line_end_length(sc->s, sc->len, sc->at) == 0 &&
	       !is_delimiter(sc, sc->at)) {
		struct mime_field_span f;

		mime_field_read(sc->s, sc->len, sc->at, &f);
		store_field(sc, &f, n, &content_id);
		sc->at = f.to;
	}
	n->headers.to = sc->at;
	blank_line = mime_line_end_length(sc->s, sc->len, sc->at);
	if (blank_line == 0 && n->headers.from == n->headers.to &&
	    is_close_delimiter(sc, sc->at))
		n->flags |= MIME_NO_BLANK_LINE;
	sc->at += blank_line;
	n->body.from = sc->at;
	tree_note_fields(sc, n, scanned_value(sc, &n->content_type),
			 scanned_value(sc, &n->transfer_encoding),
			 scanned_value(sc, &n->content_disposition));
	n->content_id = tree_bare_id(sc->arena, scanned_value(sc, &content_id));
	arena_reset(sc->scratch);
}

/* ---- parts ---- */

/* Adds a node behind all others. The caller has checked the limit. */
static struct mime_node *
add_scanned_node(struct tree_scan *sc, unsigned parent)
{
	struct mime_node *n;

	buf_reserve(&sc->nodes, sizeof(*n));
	sc->nodes.len += sizeof(*n);
	n = scanned_node(sc, sc->n);
	*n = (struct mime_node){
		.parent = parent,
		.next = MIME_NO_NODE,
		.child = MIME_NO_NODE,
		.depth = parent == MIME_NO_NODE ? 0 : scanned_node(sc, parent)->depth + 1,
		.blank_fold = MIME_NO_OFFSET,
		.first_delimiter = MIME_NO_OFFSET,
		.close_delimiter = MIME_NO_OFFSET,
	};
	sc->current = sc->n++;
	return n;
}

static void
open_multipart(struct tree_scan *sc, unsigned i)
{
	const char *boundary = scanned_node(sc, i)->boundary;
	struct open_part *p;

	sc->open.len = sc->n_open * sizeof(*p);
	buf_reserve(&sc->open, sizeof(*p));
	p = open_part_at(sc, sc->n_open++);
	*p = (struct open_part){i, MIME_NO_NODE, boundary, strlen(boundary), false};
}

/* May this message be entered? If a limit prevents it, its flags are set. */
static bool
may_enter_message(struct tree_scan *sc, struct mime_node *n)
{
	if (!n->is_message || !sc->source->into_messages)
		return false;
	if (n->encoding > MIME_BINARY && n->encoding != MIME_UNKNOWN_ENCODING)
		return false;
	if (n->depth >= sc->limits->depth)
		n->flags |= MIME_TOO_DEEP;
	else if (sc->n >= sc->limits->parts || memory_is_over())
		n->flags |= MIME_TOO_MANY;
	else
		return !is_delimiter(sc, sc->at);
	return false;
}

/* Enters the current node, whose body begins at sc->at. The child of a message may be a message
 * again, hence the loop. */
static void
enter_current(struct tree_scan *sc)
{
	while (may_enter_message(sc, scanned_node(sc, sc->current))) {
		scanned_node(sc, sc->current)->child = sc->n;
		read_part_headers(sc, add_scanned_node(sc, sc->current));
	}
	if (scanned_node(sc, sc->current)->is_multipart)
		open_multipart(sc, sc->current);
}

/* The end of the content that begins at from and is followed by a delimiter line at at: the
 * line break in front of that belongs to the delimiter. */
static size_t
content_end_before(const struct tree_scan *sc, size_t from, size_t at)
{
	if (at > from && sc->s[at - 1] == '\n')
		at -= at - from >= 2 && sc->s[at - 2] == '\r' ? 2 : 1;
	return at;
}

static void
end_node(struct mime_node *n, size_t body_end, size_t part_end)
{
	n->body.to = body_end;
	n->part_end = part_end;
}

/* Ends the nodes inside owner, whose delimiter line begins at at. No body ends in front of one
 * inside it, not even where the line end of a header is directly in front of the delimiter. */
static void
end_nodes_inside(struct tree_scan *sc, unsigned owner, size_t at)
{
	size_t inner_end = 0;

	while (sc->current != owner) {
		struct mime_node *n = scanned_node(sc, sc->current);
		size_t end = content_end_before(sc, n->body.from, at);

		inner_end = end > inner_end ? end : inner_end;
		end_node(n, inner_end, at);
		sc->current = n->parent;
	}
}

/* Begins a part of the multipart at this level, whose delimiter line was just passed. */
static void
begin_part(struct tree_scan *sc, unsigned level)
{
	struct open_part *p = open_part_at(sc, level);

	if (sc->n >= sc->limits->parts || memory_is_over()) {
		scanned_node(sc, p->node)->flags |= MIME_TOO_MANY;
		return;
	}
	if (p->last_child == MIME_NO_NODE)
		scanned_node(sc, p->node)->child = sc->n;
	else
		scanned_node(sc, p->last_child)->next = sc->n;
	p->last_child = sc->n;
	read_part_headers(sc, add_scanned_node(sc, p->node));
	enter_current(sc);
}

static void
apply_delimiter(struct tree_scan *sc, const struct delimiter *d)
{
	unsigned owner = open_part_at(sc, d->level)->node;
	struct mime_node *n = scanned_node(sc, owner);

	end_nodes_inside(sc, owner, d->from);
	if (n->first_delimiter == MIME_NO_OFFSET)
		n->first_delimiter = d->from;
	sc->at = d->next;
	sc->n_open = d->level + 1;
	open_part_at(sc, d->level)->closed = d->closing;
	if (d->closing)
		n->close_delimiter = d->from;
	else
		begin_part(sc, d->level);
}

static void
end_all_nodes(struct tree_scan *sc)
{
	for (unsigned i = sc->current; i != MIME_NO_NODE; i = scanned_node(sc, i)->parent)
		end_node(scanned_node(sc, i), sc->len, sc->len);
}

/* ---- the message ---- */

static void
read_message_fields(struct tree_scan *sc)
{
	const struct mime_source *source = sc->source;
	struct mime_node *n = add_scanned_node(sc, MIME_NO_NODE);

	if (source->has_header) {
		read_part_headers(sc, n);
		return;
	}
	tree_note_fields(sc, n, source->content_type, source->transfer_encoding,
			 source->content_disposition);
	arena_reset(sc->scratch);
	if (source->conflict)
		n->flags |= MIME_CONFLICT;
}

static bool
scan_has_lone_cr(struct tree_scan *sc)
{
	search_lone_cr_until(sc, sc->len);
	for (size_t i = 0; i < sc->source->n_gaps && !sc->lone_cr; i++)
		sc->lone_cr = mime_has_lone_cr_dashes(sc->source->gap[i].data,
						      sc->source->gap[i].len);
	return sc->lone_cr;
}

static void
finish_tree(struct tree_scan *sc, struct mime_tree *ret)
{
	struct mime_node *root = scanned_node(sc, 0);
	size_t from = scanned_node(sc, sc->current)->body.from;

	/* A gap behind the last delimiter must be inside the content too. */
	if (sc->gaps < sc->source->n_gaps &&
	    (sc->source->gap[sc->gaps].at <= from || sc->source->gap[sc->gaps].at < sc->at))
		sc->has_bad_gap = true;
	if (sc->source->find_lone_cr && scan_has_lone_cr(sc))
		root->flags |= MIME_LONE_CR;
	ret->source = *sc->source;
	ret->has_bad_gap = sc->has_bad_gap;
	ret->node = arena_dup(sc->arena, root, sc->nodes.len);
	ret->n = sc->n;
	ret->flags = 0;
	for (unsigned i = 0; i < ret->n; i++)
		ret->flags |= ret->node[i].flags;
}

void
mime_scan(struct arena *arena, const struct mime_source *source,
	  const struct mime_limits *limits, struct mime_tree *ret)
{
	struct tree_scan sc = {
		.source = source,
		.s = source->len == 0 ? "" : source->data,
		.len = source->len,
		.limits = limits,
		.arena = arena,
		.scratch = arena_new(),
	};
	struct delimiter d;

	assert(limits->parts > 0 && limits->parts < MIME_NO_NODE);
	mime_budget_start(&sc.own_budget, source->len);
	sc.budget = limits->budget != NULL ? limits->budget : &sc.own_budget;
	read_message_fields(&sc);
	enter_current(&sc);
	while (sc.n_open > 0 && find_delimiter(&sc, &d))
		apply_delimiter(&sc, &d);
	end_all_nodes(&sc);
	tree_note_readings(&sc);
	finish_tree(&sc, ret);
	buf_free(&sc.nodes);
	buf_free(&sc.open);
	arena_free(sc.scratch);
}

const char *
mime_flag_words(struct arena *arena, unsigned flags)
{
	static const char *const words[] = {
#define MIME_FLAG_WORD(name, word) [MIME_BIT_##name] = word,
		MIME_FLAGS(MIME_FLAG_WORD)
#undef MIME_FLAG_WORD
	};
	const char *text = "";

	for (unsigned bit = 0; bit < sizeof(words) / sizeof(words[0]); bit++) {
		if ((flags & 1u << bit) != 0)
			text = arena_printf(arena, "%s%s%s", text, *text == '\0' ? "" : ", ",
					    words[bit]);
	}
	return text;
}
