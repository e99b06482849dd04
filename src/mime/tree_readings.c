/* A second look at the text of multiparts, once their ends are known: at those without a part,
 * in which a program may find one all the same, and at those with a transfer encoding, which a
 * program may decode. */
#include <string.h>

#include "mime/boundary.h"
#include "mime/fields.h"
#include "mime/octets.h"
#include "mime/tree_scan.h"
#include "util/str.h"

#define CHUNK_BYTES 65536u

/* A search of the text of one node. */
struct node_search {
	const struct mime_node *node;
	size_t boundary_len;
	struct base64_reader reader;
	struct buf text;   /* decoded; of an earlier piece the end, in which one may begin */
	bool after_dashes; /* the last line was like a delimiter */
	bool found;
};

/* Calls search for the text of the node a piece after the other, whole lines each, gaps
 * included. */
static void
search_node_text(const struct tree_scan *sc, struct node_search *ns,
		 void (*search)(struct node_search *ns, const char *s, size_t len))
{
	const struct mime_source *source = sc->source;
	const struct mime_node *n = ns->node;
	size_t at = n->body.from;

	for (size_t i = 0; i < source->n_gaps && source->gap[i].at <= n->body.to; i++) {
		const struct mime_gap *gap = &source->gap[i];

		if (gap->at <= n->body.from)
			continue;
		search(ns, sc->s + at, gap->at - at);
		search(ns, gap->data, gap->len);
		at = gap->at;
	}
	search(ns, sc->s + at, n->body.to - at);
}

/* ---- multiparts without a part ---- */

/* Is this the close delimiter of the boundary? The line has no blanks at its end. */
static bool
is_own_close_delimiter(const struct node_search *ns, const char *line, size_t len)
{
	size_t n = ns->boundary_len;

	return n > 0 && len == n + 4 && memcmp(line + 2, ns->node->boundary, n) == 0 &&
	       memcmp(line + 2 + n, "--", 2) == 0;
}

/* Is this line one of the kind of "--boundary", with a part behind it? Of dashes alone it
 * counts if there is no boundary: for some programs an empty one is one. */
static bool
is_like_delimiter(const struct node_search *ns, const char *line, size_t len)
{
	bool dashes_only = true;

	len = str_trim_line_end(line, len);
	while (len > 0 && str_is_blank(line[len - 1]))
		len--;
	if (len < 2 || line[0] != '-' || line[1] != '-' ||
	    is_own_close_delimiter(ns, line, len))
		return false;
	for (size_t i = 2; i < len; i++) {
		if (str_is_blank(line[i]))
			return false;
		dashes_only = dashes_only && line[i] == '-';
	}
	return !dashes_only || ns->node->boundary == NULL;
}

/* May a program find a part in the text? There is a line like a delimiter with an empty line
 * behind it, or something like the header field of a part. */
static void
search_hints_of_parts(struct node_search *ns, const char *s, size_t len)
{
	for (size_t at = 0, next; at < len && !ns->found; at = next) {
		next = mime_line_next(s, len, at);
		ns->found = ns->after_dashes && mime_line_end_length(s, len, at) > 0;
		ns->after_dashes = is_like_delimiter(ns, s + at, next - at);
	}
	for (const char *p = s, *end = s + len;
	     !ns->found && (p = memchr(p, '-', (size_t)(end - p))) != NULL; p++)
		ns->found = p - s >= 7 && str_case_equal_n(p - 7, 7, "content", 7);
}

static bool
has_multipart_type(const struct mime_node *n)
{
	return strncmp(n->type, "multipart/", strlen("multipart/")) == 0;
}

/* The flag of a multipart in which we find no part. */
static unsigned
no_parts_flag(struct tree_scan *sc, const struct mime_node *n)
{
	struct node_search ns = {.node = n};

	if (!mime_charge_text(sc->budget, n->body.to - n->body.from))
		return MIME_OVER_BUDGET;
	ns.boundary_len = n->boundary == NULL ? 0 : strlen(n->boundary);
	search_node_text(sc, &ns, search_hints_of_parts);
	if (!ns.found)
		return 0;
	return n->is_multipart ? MIME_NO_PARTS : MIME_NO_BOUNDARY;
}

/* ---- multiparts with a transfer encoding ---- */

static bool
has_delimiter_in(const struct buf *text, const char *boundary, size_t len)
{
	const char *s = (const char *)text->data, *end = s + text->len, *p = s;

	while ((p = memmem(p, (size_t)(end - p), boundary, len)) != NULL) {
		if (p - s >= 2 && p[-1] == '-' && p[-2] == '-')
			return true;
		p++;
	}
	return false;
}

/* Decodes a piece of base64, in which a delimiter may stand. */
static void
search_base64_piece(struct node_search *ns, const char *s, size_t len)
{
	while (len > 0 && !ns->found) {
		size_t n = len < CHUNK_BYTES ? len : CHUNK_BYTES;
		size_t most = ns->boundary_len + 2;
		size_t keep = ns->text.len < most ? ns->text.len : most;

		if (keep > 0)
			memmove(ns->text.data, ns->text.data + ns->text.len - keep, keep);
		ns->text.len = keep;
		base64_read(&ns->reader, s, n, &ns->text);
		ns->found = ns->text.len > 0 &&
			    has_delimiter_in(&ns->text, ns->node->boundary, ns->boundary_len);
		s += n;
		len -= n;
	}
}

/* Is the '=' at p a soft line break behind nothing but dashes? */
static bool
is_break_behind_dashes(const char *s, const char *end, const char *p)
{
	const char *line = p, *next = p + 1;

	while (line > s && line[-1] == '-')
		line--;
	if (line == p || (line > s && line[-1] != '\n'))
		return false;
	while (next < end && str_is_blank(*next))
		next++;
	return next == end || *next == '\r' || *next == '\n';
}

/* May a piece of quoted-printable have a line that begins with "--" only when it is decoded?
 * Such a line has an escaped dash or line end, or is put together of lines. */
static void
search_qp_piece(struct node_search *ns, const char *s, size_t len)
{
	const char *end = s + len;

	for (const char *p = s; !ns->found && (p = memchr(p, '=', (size_t)(end - p))) != NULL;
	     p++) {
		int octet = octets_from_hex(p + 1, (size_t)(end - p) - 1);

		ns->found = octet == '-' || octet == '\r' || octet == '\n' ||
			    is_break_behind_dashes(s, end, p);
	}
}

/* The flag of a multipart with an encoding: do programs that decode it find other parts? Nobody
 * decodes an unknown encoding. */
static unsigned
encoded_flag(struct tree_scan *sc, const struct mime_node *n)
{
	struct node_search ns = {.node = n};

	if (n->encoding == MIME_UNKNOWN_ENCODING)
		return 0;
	if (n->boundary == NULL || (n->encoding != MIME_QP && n->encoding != MIME_BASE64))
		return MIME_ENCODED;
	if (!mime_charge_text(sc->budget, n->body.to - n->body.from))
		return MIME_OVER_BUDGET;
	ns.boundary_len = strlen(n->boundary);
	search_node_text(sc, &ns,
			 n->encoding == MIME_QP ? search_qp_piece : search_base64_piece);
	buf_free(&ns.text);
	return ns.found ? MIME_ENCODED : 0;
}

void
tree_note_readings(struct tree_scan *sc)
{
	for (unsigned i = 0; i < sc->n; i++) {
		struct mime_node *n = scanned_node(sc, i);

		if (!has_multipart_type(n) || (n->flags & MIME_TOO_DEEP) != 0)
			continue;
		if (n->first_delimiter == n->close_delimiter)
			n->flags |= no_parts_flag(sc, n);
		if (n->is_encoded)
			n->flags |= encoded_flag(sc, n);
	}
}
