/* Where a notice stands for a part that is taken out of a message: in the place of the part,
 * unless a program would then show the notice instead of the text. */
#ifndef REWRITE_REMOVAL_H
#define REWRITE_REMOVAL_H

#include <stddef.h>

#include "mime/tree.h"

enum mime_notice_place {
	MIME_NOTICE_IN_PLACE, /* of the part */
	MIME_NOTICE_BEHIND,   /* anchor: a part of a multipart that programs show as a whole */
	MIME_NOTICE_AROUND,   /* there is no such part: a multipart around the message */
};

struct mime_removal {
	unsigned node; /* of the part that is taken out; not the message itself */
	/* What is removed for it, with all that is in it: the part, or a multipart around it
	 * of which nothing would be left, or that is removed for another one. None is inside
	 * another. IN_PLACE: the same as node. */
	unsigned removed;
	enum mime_notice_place place;
	unsigned anchor; /* of BEHIND */
};

/* Fills in removed, place and anchor for n parts, which are in the order of their nodes, none
 * inside another. Programs show one part of a multipart/alternative, the last that they know:
 *
 *	alternative(text, html, ics*)		ics is removed, AROUND
 *	mixed(alternative(text, ics*), pdf)	ics is removed, BEHIND the alternative
 *	mixed(text, pdf*)			pdf, IN_PLACE
 *	alternative(text, mixed(html, pdf*))	pdf, IN_PLACE: the html is shown with it
 *	alternative(text, related(html*, png))	the related is removed, AROUND
 *	alternative(text, related(html*, mixed(png, pdf*)))	the same for both
 *	alternative(ics*)			ics, IN_PLACE: there is no other text
 *
 * Linear in the nodes, times the depth. */
void mime_plan_removals(const struct mime_tree *tree, struct mime_removal *removals, size_t n);

#endif
