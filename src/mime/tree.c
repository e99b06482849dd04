/* The scanner: one walk over the lines, which closes and opens parts as delimiters come. What
 * is open is a stack of boundaries, so there is no recursion. */
#include "mime/tree.h"

#include <assert.h>
#include <string.h>

#include "mime/fields.h"
#include "mime/params.h"
#include "util/arena.h"
#include "util/buf.h"
#include "util/str.h"

#define BOUNDARY_MAX_BYTES 255
#define BLOCK_BYTES	   64u
#define AHEAD_BYTES	   (16u << 10)

struct open_part { /* a multipart whose boundary counts */
	unsigned node;
	unsigned last_child; /* or MIME_NO_NODE */
	const char *boundary;
	size_t len;
};

struct scan {
	const struct mime_source *source;
	const char *s; /* the source's data */
	size_t len;
	const struct mime_limits *limits;
	struct arena *arena, *scratch;
	struct buf nodes; /* of struct mime_node */
	unsigned n;
	struct buf open; /* of struct open_part, outermost first */
	unsigned n_open;
	unsigned current; /* the node that the bytes at belong to */
	size_t at;
	size_t looked; /* as far for a lone CR */
	bool lone_cr;
	size_t gaps; /* that were passed */
	bool has_bad_gap;
};

struct delimiter {
	unsigned level; /* whose: index into open */
	bool closing;
	size_t from, next; /* its line, the next one */
};

static struct mime_node *
node_at(const struct scan *sc, unsigned i)
{
	return (struct mime_node *)(void *)sc->nodes.data + i;
}

static struct open_part *
open_at(const struct scan *sc, unsigned level)
{
	return (struct open_part *)(void *)sc->open.data + level;
}

static const char *
keep(struct scan *sc, const char *s)
{
	return s == NULL ? NULL : arena_strdup(sc->arena, s);
}

/* ---- delimiters ---- */

/* Behind the last byte of the line [from, next) that is no blank and no line end. */
static size_t
trimmed_end(const char *s, size_t from, size_t next)
{
	while (next > from && strchr(" \t\r\n", s[next - 1]) != NULL && s[next - 1] != '\0')
		next--;
	return next;
}

/* A line that begins with "--": the innermost open boundary counts. */
static bool
match_boundaries(const struct scan *sc, const char *s, size_t s_len, size_t from,
		 struct delimiter *ret)
{
	size_t next = mime_line_next(s, s_len, from);
	const char *text = s + from + 2;
	size_t len = trimmed_end(s, from + 2, next) - from - 2;

	for (unsigned level = sc->n_open; level-- > 0;) {
		const struct open_part *p = open_at(sc, level);
		bool closing = len == p->len + 2 && memcmp(text + p->len, "--", 2) == 0;

		if (len != p->len && !closing)
			continue;
		if (memcmp(text, p->boundary, p->len) != 0)
			continue;
		*ret = (struct delimiter){level, closing, from, next};
		return true;
	}
	return false;
}

static bool
starts_with_dashes(const char *s, size_t len, size_t at)
{
	return len - at >= 2 && s[at] == '-' && s[at + 1] == '-';
}

static bool
matches(const struct scan *sc, const char *s, size_t len, size_t at, struct delimiter *ret)
{
	return starts_with_dashes(s, len, at) && match_boundaries(sc, s, len, at, ret);
}

/* Is there a delimiter line at this begin of a line? */
static bool
is_delimiter(const struct scan *sc, size_t at)
{
	struct delimiter d;

	return matches(sc, sc->s, sc->len, at, &d);
}

/* ---- a lone CR, and then dashes ---- */

static bool
find_hidden_dashes(const char *s, size_t len)
{
	const char *end = s + len, *cr = s;

	while ((cr = memchr(cr, '\r', (size_t)(end - cr))) != NULL) {
		cr++;
		if (end - cr >= 2 && cr[0] == '-' && cr[1] == '-')
			return true;
	}
	return false;
}

/* Does a CR with a dash begin in the block? Its length is a constant and nothing ends the loop,
 * so that compilers make vectors of it. */
static bool
may_hide_dashes(const char *s)
{
	unsigned char found = 0;

	for (size_t i = 0; i < BLOCK_BYTES; i++)
		found |= (unsigned char)((s[i] == '\r') & (s[i + 1] == '-'));
	return found != 0;
}

/* A look at each CR would take longer than the scan itself; dashes are rarer, but not always.
 */
static bool
has_hidden_dashes(const char *s, size_t len)
{
	while (len > BLOCK_BYTES + 2) {
		const char *dash = memchr(s + 1, '-', len - 1);

		if (dash == NULL)
			return false;
		len -= (size_t)(dash - 1 - s);
		s = dash - 1;
		if (len <= BLOCK_BYTES + 2)
			break;
		if (may_hide_dashes(s) && find_hidden_dashes(s, BLOCK_BYTES + 2))
			return true;
		s += BLOCK_BYTES;
		len -= BLOCK_BYTES;
	}
	return find_hidden_dashes(s, len);
}

/* What stands in front of stop, or begins there, is looked at; what was is not again. */
static void
look_until(struct scan *sc, size_t stop)
{
	size_t from = sc->looked, end = sc->len - stop > 2 ? stop + 2 : sc->len;

	if (sc->source->find_lone_cr && !sc->lone_cr)
		sc->lone_cr = has_hidden_dashes(sc->s + from, end - from);
	sc->looked = stop;
}

/* A block in front of the walk over the lines, which finds it in the cache then. */
static void
look_ahead(struct scan *sc, size_t at)
{
	look_until(sc, sc->len - at > AHEAD_BYTES ? at + AHEAD_BYTES : sc->len);
}

/* ---- the walk ---- */

/* The next delimiter line in this text at or behind a line's begin, before stop. Returns where,
 * or where the first line at or behind stop begins. */
static size_t
search(struct scan *sc, const char *s, size_t len, size_t at, size_t stop,
       struct delimiter *ret)
{
	while (at < stop) {
		if (s == sc->s && at >= sc->looked)
			look_ahead(sc, at);
		if (matches(sc, s, len, at, ret))
			break;
		at = mime_line_next(s, len, at);
	}
	return at;
}

/* A gap in front of the line at at: inside the content of a leaf, without a delimiter in it or
 * right behind it, or all is lost. */
static void
pass_gap(struct scan *sc, size_t at)
{
	const struct mime_gap *gap = &sc->source->gap[sc->gaps++];
	const struct mime_node *n = node_at(sc, sc->current);
	struct delimiter d;

	if (gap->at != at || at <= n->body.from || n->is_multipart || is_delimiter(sc, at) ||
	    search(sc, gap->data, gap->len, 0, gap->len, &d) < gap->len)
		sc->has_bad_gap = true;
}

/* The next delimiter line at or behind sc->at, a line's begin. */
static bool
find_delimiter(struct scan *sc, struct delimiter *ret)
{
	size_t at = sc->at;

	while (sc->gaps < sc->source->n_gaps && !sc->has_bad_gap) {
		at = search(sc, sc->s, sc->len, at, sc->source->gap[sc->gaps].at, ret);
		if (at < sc->source->gap[sc->gaps].at)
			return true;
		pass_gap(sc, at);
	}
	return search(sc, sc->s, sc->len, at, sc->len, ret) < sc->len;
}

/* ---- what the fields say ---- */

static bool
has_file_name(const struct mime_params *p)
{
	for (size_t i = 0; i < p->n; i++) {
		if ((strcmp(p->param[i].name, "filename") == 0 ||
		     strcmp(p->param[i].name, "name") == 0) &&
		    *p->param[i].value != '\0')
			return true;
	}
	return false;
}

static void
note_params(struct mime_node *n, const struct mime_params *p)
{
	n->is_named |= has_file_name(p);
	n->irregular_params |= p->irregular;
	if (p->truncated)
		n->flags |= MIME_MANY_PARAMETERS;
}

static void
note_disposition(struct scan *sc, struct mime_node *n, const char *value)
{
	struct mime_params p;

	if (value == NULL)
		return;
	mime_params_parse(sc->scratch, value, &p);
	n->disposition = keep(sc, p.type);
	n->is_attachment = *p.type != '\0' && strcmp(p.type, "inline") != 0;
	note_params(n, &p);
}

/* "<a@b>" to "a@b", comments and blanks around it dropped; NULL stays. */
static const char *
bare_id(struct arena *arena, const char *id)
{
	size_t from, to;

	if (id == NULL)
		return NULL;
	to = strlen(id);
	from = mime_skip_comments(id, to, 0);
	if (from < to && id[from] == '<') {
		from++;
		to = from + strcspn(id + from, ">");
	}
	while (to > from && strchr(" \t\r\n", id[to - 1]) != NULL)
		to--;
	return arena_strndup(arena, id + from, to - from);
}

/* May programs read another boundary out of the value than this one? */
static bool
is_odd_boundary(const char *value, const char *boundary)
{
	size_t len = strlen(boundary);

	if (strstr(value, boundary) == NULL)
		return true;
	for (size_t i = 0; i < len; i++) {
		if (boundary[i] < ' ' || boundary[i] >= 0x7f)
			return true;
	}
	return len >= 2 && strcmp(boundary + len - 2, "--") == 0;
}

static bool
is_open_boundary(const struct scan *sc, const char *boundary)
{
	size_t len = strlen(boundary);

	for (unsigned level = 0; level < sc->n_open; level++) {
		const struct open_part *p = open_at(sc, level);

		if (p->len == len && memcmp(p->boundary, boundary, len) == 0)
			return true;
	}
	return false;
}

/* Blanks at the end are not the boundary's (RFC 2046 5.1.1). */
static char *
read_boundary(struct scan *sc, const char *param)
{
	size_t len = param == NULL ? 0 : strlen(param);

	while (len > 0 && strchr(" \t", param[len - 1]) != NULL)
		len--;
	if (len == 0 || len > BOUNDARY_MAX_BYTES)
		return NULL;
	return arena_strndup(sc->arena, param, len);
}

static void
note_multipart(struct scan *sc, struct mime_node *n, const char *value,
	       const struct mime_params *p)
{
	n->start = bare_id(sc->arena, mime_param(p, "start"));
	n->boundary = read_boundary(sc, mime_param(p, "boundary"));
	if (n->boundary == NULL) {
		n->flags |= MIME_NO_BOUNDARY;
		return;
	}
	if (p->irregular || is_odd_boundary(value, n->boundary) ||
	    is_open_boundary(sc, n->boundary))
		n->flags |= MIME_ODD_BOUNDARY;
	n->is_multipart = n->depth < sc->limits->depth;
	if (!n->is_multipart)
		n->flags |= MIME_TOO_DEEP;
}

static const char *
default_type(const struct scan *sc, const struct mime_node *n)
{
	bool in_digest = n->parent != MIME_NO_NODE &&
			 strcmp(node_at(sc, n->parent)->type, "multipart/digest") == 0;

	return in_digest ? "message/rfc822" : "text/plain";
}

static bool
is_message_type(const char *type)
{
	return strcmp(type, "message/rfc822") == 0 || strcmp(type, "message/global") == 0 ||
	       strcmp(type, "message/news") == 0;
}

static void
note_type(struct scan *sc, struct mime_node *n, const char *value)
{
	struct mime_params p = {.type = ""};

	if (value != NULL) {
		mime_params_parse(sc->scratch, value, &p);
		note_params(n, &p);
		n->charset = keep(sc, mime_param(&p, "charset"));
		if (strchr(p.type, '/') == NULL)
			n->flags |= MIME_BAD_TYPE;
	}
	n->type = strchr(p.type, '/') == NULL ? default_type(sc, n) : keep(sc, p.type);
	n->is_message = is_message_type(n->type);
	if (strncmp(n->type, "multipart/", 10) == 0)
		note_multipart(sc, n, value, &p);
	else if (!n->is_message)
		return;
	if (n->encoding > MIME_BINARY)
		n->flags |= MIME_ENCODED;
}

static void
note_fields(struct scan *sc, struct mime_node *n, const char *type, const char *encoding,
	    const char *disposition)
{
	n->encoding = mime_encoding_parse(encoding);
	note_disposition(sc, n, disposition);
	note_type(sc, n, type);
}

/* ---- headers ---- */

/* Where the field is noted, or NULL for one that does not matter. */
static struct mime_field *
place_for(const struct scan *sc, const struct mime_field_span *f, struct mime_node *n,
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

static bool
is_same_value(const struct scan *sc, const struct mime_field *a, const struct mime_field *b)
{
	size_t len = a->value_end - a->value;

	return len == b->value_end - b->value &&
	       memcmp(sc->s + a->value, sc->s + b->value, len) == 0;
}

/* Of fields with the same name the first one counts. */
static void
note_span(const struct scan *sc, const struct mime_field_span *f, struct mime_node *n,
	  struct mime_field *content_id)
{
	struct mime_field field = {f->from, f->to, f->value, f->value_end};
	struct mime_field *place = place_for(sc, f, n, content_id);

	if (!f->regular)
		n->flags |= MIME_BAD_HEADER;
	if (place == NULL)
		return;
	if (place->to == 0)
		*place = field;
	else if (!is_same_value(sc, place, &field))
		n->flags |= MIME_CONFLICT;
}

static const char *
value_of(struct scan *sc, const struct mime_field *f)
{
	if (f->to == 0)
		return NULL;
	return mime_field_text(sc->scratch, sc->s + f->value, f->value_end - f->value);
}

/* The header block at sc->at, up to the empty line and over it. */
static void
read_headers(struct scan *sc, struct mime_node *n)
{
	struct mime_field content_id = {0};
	size_t blank_line;

	n->headers.from = sc->at;
	while (sc->at < sc->len && mime_line_end_length(sc->s, sc->len, sc->at) == 0 &&
	       !is_delimiter(sc, sc->at)) {
		struct mime_field_span f;

		mime_field_read(sc->s, sc->len, sc->at, &f);
		note_span(sc, &f, n, &content_id);
		sc->at = f.to;
	}
	n->headers.to = sc->at;
	blank_line = mime_line_end_length(sc->s, sc->len, sc->at);
	if (blank_line == 0)
		n->flags |= MIME_NO_BLANK_LINE;
	sc->at += blank_line;
	n->body.from = sc->at;
	note_fields(sc, n, value_of(sc, &n->content_type), value_of(sc, &n->transfer_encoding),
		    value_of(sc, &n->content_disposition));
	n->content_id = bare_id(sc->arena, value_of(sc, &content_id));
	arena_reset(sc->scratch);
}

/* ---- parts ---- */

/* A new node behind all others; the caller has looked at the limit. */
static struct mime_node *
add_node(struct scan *sc, unsigned parent)
{
	struct mime_node *n;

	buf_reserve(&sc->nodes, sizeof(*n));
	sc->nodes.len += sizeof(*n);
	n = node_at(sc, sc->n);
	*n = (struct mime_node){
		.parent = parent,
		.next = MIME_NO_NODE,
		.child = MIME_NO_NODE,
		.depth = parent == MIME_NO_NODE ? 0 : node_at(sc, parent)->depth + 1,
		.first_delimiter = MIME_NO_OFFSET,
		.close_delimiter = MIME_NO_OFFSET,
	};
	sc->current = sc->n++;
	return n;
}

static void
open_multipart(struct scan *sc, unsigned i)
{
	const char *boundary = node_at(sc, i)->boundary;
	struct open_part *p;

	sc->open.len = sc->n_open * sizeof(*p);
	buf_reserve(&sc->open, sizeof(*p));
	p = open_at(sc, sc->n_open++);
	*p = (struct open_part){i, MIME_NO_NODE, boundary, strlen(boundary)};
}

/* May this message be looked into? Flags tell why not. */
static bool
may_enter_message(const struct scan *sc, struct mime_node *n)
{
	if (!n->is_message || !sc->source->into_messages)
		return false;
	if (n->encoding == MIME_QP || n->encoding == MIME_BASE64)
		return false;
	if (n->depth >= sc->limits->depth)
		n->flags |= MIME_TOO_DEEP;
	else if (sc->n >= sc->limits->parts)
		n->flags |= MIME_TOO_MANY;
	else
		return !is_delimiter(sc, sc->at);
	return false;
}

/* sc->at is where the current node's body begins: opens what is in it. A message's child may
 * be a message again, so this is a loop. */
static void
enter_current(struct scan *sc)
{
	while (may_enter_message(sc, node_at(sc, sc->current))) {
		node_at(sc, sc->current)->child = sc->n;
		read_headers(sc, add_node(sc, sc->current));
	}
	if (node_at(sc, sc->current)->is_multipart)
		open_multipart(sc, sc->current);
}

/* Where content from from ends that a delimiter line at at follows: the line break before
 * that is the delimiter's. */
static size_t
content_end(const struct scan *sc, size_t from, size_t at)
{
	if (at > from && sc->s[at - 1] == '\n')
		at -= at - from >= 2 && sc->s[at - 2] == '\r' ? 2 : 1;
	return at;
}

static void
close_node(struct mime_node *n, size_t body_end, size_t part_end)
{
	n->body.to = body_end;
	n->part_end = part_end;
	if (!n->is_multipart)
		return;
	if (n->first_delimiter == n->close_delimiter)
		n->flags |= MIME_NO_PARTS;
	else if (n->close_delimiter == MIME_NO_OFFSET)
		n->flags |= MIME_UNCLOSED;
}

/* Ends what is open inside the node whose delimiter line begins here. No body ends before one
 * inside it does, not even where a header's line end comes right before the delimiter. */
static void
close_inside(struct scan *sc, unsigned owner, size_t at)
{
	size_t inner_end = 0;

	while (sc->current != owner) {
		struct mime_node *n = node_at(sc, sc->current);
		size_t end = content_end(sc, n->body.from, at);

		inner_end = end > inner_end ? end : inner_end;
		close_node(n, inner_end, at);
		sc->current = n->parent;
	}
}

/* The next part of the multipart at this level, whose delimiter line was just passed. */
static void
add_part(struct scan *sc, unsigned level)
{
	struct open_part *p = open_at(sc, level);

	if (sc->n >= sc->limits->parts) {
		node_at(sc, p->node)->flags |= MIME_TOO_MANY;
		return;
	}
	if (p->last_child == MIME_NO_NODE)
		node_at(sc, p->node)->child = sc->n;
	else
		node_at(sc, p->last_child)->next = sc->n;
	p->last_child = sc->n;
	read_headers(sc, add_node(sc, p->node));
	enter_current(sc);
}

static void
take_delimiter(struct scan *sc, const struct delimiter *d)
{
	unsigned owner = open_at(sc, d->level)->node;
	struct mime_node *n = node_at(sc, owner);

	close_inside(sc, owner, d->from);
	if (n->first_delimiter == MIME_NO_OFFSET)
		n->first_delimiter = d->from;
	sc->at = d->next;
	sc->n_open = d->closing ? d->level : d->level + 1;
	if (d->closing)
		n->close_delimiter = d->from;
	else
		add_part(sc, d->level);
}

static void
close_all(struct scan *sc)
{
	for (unsigned i = sc->current; i != MIME_NO_NODE; i = node_at(sc, i)->parent)
		close_node(node_at(sc, i), sc->len, sc->len);
}

/* ---- the message ---- */

static void
read_message(struct scan *sc)
{
	const struct mime_source *source = sc->source;
	struct mime_node *n = add_node(sc, MIME_NO_NODE);

	if (source->has_header) {
		read_headers(sc, n);
		return;
	}
	note_fields(sc, n, source->content_type, source->transfer_encoding,
		    source->content_disposition);
	arena_reset(sc->scratch);
	if (source->conflict)
		n->flags |= MIME_CONFLICT;
}

static bool
has_lone_cr(struct scan *sc)
{
	look_until(sc, sc->len);
	for (size_t i = 0; i < sc->source->n_gaps && !sc->lone_cr; i++)
		sc->lone_cr =
			has_hidden_dashes(sc->source->gap[i].data, sc->source->gap[i].len);
	return sc->lone_cr;
}

static void
finish_tree(struct scan *sc, struct mime_tree *ret)
{
	struct mime_node *root = node_at(sc, 0);
	size_t from = node_at(sc, sc->current)->body.from;

	/* Behind the last delimiter of all, or where there is none at all. */
	if (sc->gaps < sc->source->n_gaps &&
	    (sc->source->gap[sc->gaps].at <= from || sc->source->gap[sc->gaps].at < sc->at))
		sc->has_bad_gap = true;
	if (sc->source->find_lone_cr && has_lone_cr(sc))
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
	struct scan sc = {
		.source = source,
		.s = source->len == 0 ? "" : source->data,
		.len = source->len,
		.limits = limits,
		.arena = arena,
		.scratch = arena_new(),
	};
	struct delimiter d;

	assert(limits->parts > 0 && limits->parts < MIME_NO_NODE);
	read_message(&sc);
	enter_current(&sc);
	while (sc.n_open > 0 && find_delimiter(&sc, &d))
		take_delimiter(&sc, &d);
	close_all(&sc);
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
