/* Reads the fields of a part: its type, its boundary, whether it is an attachment, and what is
 * irregular in them. Every parameter that a program may take for the boundary or for a file
 * name counts, so that a flag is set rather than a part overlooked. */
#include "mime/tree_scan.h"

#include <string.h>

#include "mime/params.h"
#include "util/arena.h"

#define BOUNDARY_MAX_BYTES 255

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
note_node_params(struct mime_node *n, const struct mime_params *p)
{
	n->is_named |= has_file_name_param(p);
	n->irregular_params |= p->irregular;
	if (p->truncated)
		n->flags |= MIME_MANY_PARAMETERS;
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
	note_node_params(n, &p);
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

/* May a program read a boundary out of the value that is not this one? */
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

/* Blanks at the end are not a part of the boundary (RFC 2046, section 5.1.1). */
static char *
copy_boundary(struct tree_scan *sc, const char *param)
{
	size_t len = param == NULL ? 0 : strlen(param);

	while (len > 0 && strchr(" \t", param[len - 1]) != NULL)
		len--;
	if (len == 0 || len > BOUNDARY_MAX_BYTES)
		return NULL;
	return arena_strndup(sc->arena, param, len);
}

static void
note_node_multipart(struct tree_scan *sc, struct mime_node *n, const char *value,
		    const struct mime_params *p)
{
	n->start = tree_bare_id(sc->arena, mime_param(p, "start"));
	n->boundary = copy_boundary(sc, mime_param(p, "boundary"));
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

static void
note_node_type(struct tree_scan *sc, struct mime_node *n, const char *value)
{
	struct mime_params p = {.type = ""};

	if (value != NULL) {
		mime_params_parse(sc->scratch, value, &p);
		note_node_params(n, &p);
		n->charset = copy_to_tree(sc, mime_param(&p, "charset"));
		if (strchr(p.type, '/') == NULL)
			n->flags |= MIME_BAD_TYPE;
	}
	n->type = strchr(p.type, '/') == NULL ? default_node_type(sc, n)
					      : copy_to_tree(sc, p.type);
	n->is_message = is_message_type(n->type);
	if (strncmp(n->type, "multipart/", 10) == 0)
		note_node_multipart(sc, n, value, &p);
	else if (!n->is_message)
		return;
	if (n->encoding > MIME_BINARY)
		n->flags |= MIME_ENCODED;
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
