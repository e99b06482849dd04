/* The state of the scanner: for tree.c, which walks over the lines of a message, and
 * tree_fields.c, which reads the fields of a part. */
#ifndef MIME_TREE_SCAN_H
#define MIME_TREE_SCAN_H

#include "mime/budget.h"
#include "mime/tree.h"
#include "util/buf.h"

/* A multipart that has begun, until a delimiter of an outer one ends it. */
struct open_part {
	unsigned node;
	unsigned last_child; /* or MIME_NO_NODE */
	const char *boundary;
	size_t len;  /* of the boundary */
	bool closed; /* its close delimiter was found */
};

struct tree_scan {
	const struct mime_source *source;
	const char *s; /* the source's data */
	size_t len;
	const struct mime_limits *limits;
	struct mime_budget *budget, own_budget; /* budget: that of limits, or own_budget */
	struct arena *arena, *scratch;		/* scratch: for the fields of one part */
	struct buf nodes;			/* of struct mime_node, n of them */
	unsigned n;
	struct buf open; /* of struct open_part, n_open of them, the outermost first */
	unsigned n_open;
	unsigned current; /* the node that the byte at belongs to */
	size_t at;	  /* the begin of the next line */
	size_t looked;	  /* how far data was searched for a lone CR */
	bool lone_cr;
	size_t gaps; /* how many of the source's gaps were passed */
	bool has_bad_gap;
};

static inline struct mime_node *
scanned_node(const struct tree_scan *sc, unsigned i)
{
	return (struct mime_node *)(void *)sc->nodes.data + i;
}

static inline struct open_part *
open_part_at(const struct tree_scan *sc, unsigned level)
{
	return (struct open_part *)(void *)sc->open.data + level;
}

/* Sets what follows from the three fields (NULL: there is none) in a node, whose depth and
 * parent are set, and flags what is irregular in them. The caller resets sc->scratch. */
void tree_note_fields(struct tree_scan *sc, struct mime_node *n, const char *type,
		      const char *encoding, const char *disposition);

/* Sets the flags of nodes that need a second look at the text, when all nodes have ended. */
void tree_note_readings(struct tree_scan *sc);

/* The value of a Content-ID or of the parameter "start" without < >, comments and blanks around
 * it: "<a@b>" is "a@b". A string of the arena, or NULL for NULL. */
const char *tree_bare_id(struct arena *arena, const char *id);

#endif
