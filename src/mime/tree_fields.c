/* Reads the fields of a part: its type, its boundary, whether it is an attachment, and what is
 * irregular in them. Every parameter that a program may take for the boundary or for a file
 * name counts, so that a flag is set rather than a part overlooked. */
#include "mime/tree_scan.h"

#include <string.h>

#include "mime/boundary.h"
#include "mime/params.h"
#include "util/arena.h"
#include "util/str.h"

static const char *
copy_to_tree(struct tree_scan *sc, const char *s)
{
	return s == NULL ? NULL : arena_strdup(sc->arena, s);
}

static bool
has_file_name_param(const struct mime_params *p)
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
note_node_params(struct mime_node *n, const char *value, const struct mime_params *p)
{
	n->is_named |= has_file_name_param(p);
	n->irregular_params |= p->irregular;
	if (p->truncated)
		n->flags |= MIME_MANY_PARAMETERS;
	if (mime_skip_comments(value, strlen(value), 0) == strlen(value))
		return; /* as if it were not there */
	n->unclear_kind |=
		p->irregular && (p->irregular_type || strcasestr(value, "name") != NULL);
}

static void
note_node_disposition(struct tree_scan *sc, struct mime_node *n, const char *value)
{
	struct mime_params p;

	if (value == NULL)
		return;
	mime_params_parse(sc->scratch, value, &p);
	n->disposition = copy_to_tree(sc, p.type);
	n->is_attachment = *p.type != '\0' && strcmp(p.type, "inline") != 0;
	note_node_params(n, value, &p);
}

const char *
tree_bare_id(struct arena *arena, const char *id)
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

static bool
is_open_boundary(const struct tree_scan *sc, const char *boundary)
{
	size_t len = strlen(boundary);

	for (unsigned level = 0; level < sc->n_open; level++) {
		const struct open_part *p = open_part_at(sc, level);

		if (p->len == len && memcmp(p->boundary, boundary, len) == 0)
			return true;
	}
	return false;
}

/* NULL if there is only one. */
static const struct mime_boundary *
keep_readings(struct arena *arena, const struct mime_boundary *b)
{
	struct mime_boundary *kept;

	if (b->n_other == 0)
		return NULL;
	kept = arena_dup(arena, b, sizeof(*b));
	for (size_t i = 0; i < b->n_other; i++)
		kept->other[i] = arena_strdup(arena, b->other[i]);
	return kept;
}

static void
note_node_multipart(struct tree_scan *sc, struct mime_node *n, const char *value,
		    const struct mime_params *p)
{
	struct mime_boundary *b = arena_alloc(sc->scratch, sizeof(*b));

	n->start = tree_bare_id(sc->arena, mime_param(p, "start"));
	mime_boundary_read(sc->scratch, value, p, b);
	if (b->text == NULL) { /* tree_note_readings() decides on one that nobody finds */
		if (b->irregular || b->n_other > 0)
			n->flags |= MIME_NO_BOUNDARY;
		return;
	}
	n->boundary = arena_strdup(sc->arena, b->text);
	n->readings = keep_readings(sc->arena, b);
	if (b->irregular || is_open_boundary(sc, n->boundary))
		n->flags |= MIME_ODD_BOUNDARY;
	n->is_multipart = n->depth < sc->limits->depth;
	if (!n->is_multipart)
		n->flags |= MIME_TOO_DEEP;
}

static const char *
default_node_type(const struct tree_scan *sc, const struct mime_node *n)
{
	bool in_digest = n->parent != MIME_NO_NODE &&
			 strcmp(scanned_node(sc, n->parent)->type, "multipart/digest") == 0;

	return in_digest ? "message/rfc822" : "text/plain";
}

static bool
is_message_type(const char *type)
{
	return strcmp(type, "message/rfc822") == 0 || strcmp(type, "message/global") == 0 ||
	       strcmp(type, "message/news") == 0;
}

/* Nothing, and "text" alone, are text/plain for all programs. */
static bool
is_bad_type(const char *value, const struct mime_params *p)
{
	if (strchr(p->type, '/') != NULL ||
	    mime_skip_comments(value, strlen(value), 0) == strlen(value))
		return false;
	return strcmp(p->type, "text") != 0 || p->irregular_type;
}

/* NULL: there is none; "": there are two different ones. */
static const char *
read_charset(const struct mime_params *p)
{
	const char *first = mime_param(p, "charset");

	if (first == NULL || *first == '\0')
		return NULL;
	for (size_t i = 0; i < p->n; i++) {
		if (strcmp(p->param[i].name, "charset") == 0 &&
		    !str_case_equal(p->param[i].value, first))
			return "";
	}
	return first;
}

static void
note_node_type(struct tree_scan *sc, struct mime_node *n, const char *value)
{
	struct mime_params p = {.type = ""};

	if (value != NULL) {
		mime_params_parse(sc->scratch, value, &p);
		note_node_params(n, value, &p);
		n->charset = copy_to_tree(sc, read_charset(&p));
		if (is_bad_type(value, &p))
			n->flags |= MIME_BAD_TYPE;
	}
	n->type = strchr(p.type, '/') == NULL ? default_node_type(sc, n)
					      : copy_to_tree(sc, p.type);
	n->is_message = is_message_type(n->type);
	if (strncmp(n->type, "multipart/", 10) == 0)
		note_node_multipart(sc, n, value, &p);
	else if (!n->is_message)
		return;
	n->is_encoded = n->encoding > MIME_BINARY;
	if (n->is_encoded && n->is_message && sc->source->into_messages &&
	    n->encoding != MIME_UNKNOWN_ENCODING)
		n->flags |= MIME_ENCODED;
}

/* The next run of bytes that are no white space; *ret_len 0: the end. */
static const char *
next_value_word(const char *s, size_t *ret_len)
{
	s += strspn(s, " \t\r\n");
	*ret_len = strcspn(s, " \t\r\n");
	return s;
}

bool
mime_is_same_value(enum mime_field_name name, const char *a, const char *b)
{
	size_t a_len, b_len;

	if (name == MIME_TRANSFER_ENCODING && mime_encoding_parse(a) <= MIME_BINARY &&
	    mime_encoding_parse(b) <= MIME_BINARY)
		return true;
	do {
		a = next_value_word(a, &a_len);
		b = next_value_word(b, &b_len);
		if (a_len != b_len || memcmp(a, b, a_len) != 0)
			return false;
		a += a_len;
		b += b_len;
	} while (a_len > 0);
	return true;
}

static bool
charge_node_fields(struct tree_scan *sc, const char *type, const char *disposition)
{
	return mime_charge_fields(sc->budget,
				  (type != NULL ? strlen(type) : 0) +
					  (disposition != NULL ? strlen(disposition) : 0));
}

void
tree_note_fields(struct tree_scan *sc, struct mime_node *n, const char *type,
		 const char *encoding, const char *disposition)
{
	if (!charge_node_fields(sc, type, disposition)) {
		n->flags |= MIME_OVER_BUDGET;
		type = disposition = NULL;
	}
	n->encoding = mime_encoding_parse(encoding);
	note_node_disposition(sc, n, disposition);
	note_node_type(sc, n, type);
}
