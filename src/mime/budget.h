/* How much work may go into one message beyond a walk over its bytes. A message can be made so
 * that each of its parts has many meanings, and each limit of one part is then taken by every
 * part; so the work is limited in sum. Over the budget a structure counts as irregular
 * (MIME_OVER_BUDGET), and a rule on attachments fails instead of passing it.
 *
 * A scan (tree.h) has a budget, in which it reads the fields of all parts and any second
 * meaning of a structure; a search for attachments has another one, shared by all of its
 * readings. So what a scan finds depends on what is scanned, not on what was scanned before.
 *
 * Whoever reads something a second time, or something that may be read again for another part,
 * charges for it first, and does not read it if that returns false:
 *
 *	fields	bytes given to mime_params_parse() or mime_decode_header(): at most 50 ns each
 *	text	bytes of a body that are walked over, searched or decoded: at most 5 ns each
 *
 *	if (!mime_charge_text(budget, len))
 *		return false;
 *	scan_with_other_boundary(s, len);
 *
 * A whole second walk over the message is possible twice, for example. What is read once only,
 * as the bodies of the parts of one tree are, needs no charge. */
#ifndef MIME_BUDGET_H
#define MIME_BUDGET_H

#include <stdbool.h>
#include <stddef.h>

struct mime_budget {
	size_t fields, text; /* bytes that are left */
	bool exceeded;	     /* a charge has failed; all later ones fail too */
};

/* Starts the budget for a message whose body has len bytes. */
void mime_budget_start(struct mime_budget *budget, size_t len);

/* Takes bytes from the budget. False: there are not enough left. NULL: there is no limit. */
bool mime_charge_fields(struct mime_budget *budget, size_t bytes);
bool mime_charge_text(struct mime_budget *budget, size_t bytes);

#endif
