/* Values of a regex table that are replies. They are checked when the configuration is loaded,
 * and filled in for a message. With own "554 5.7.0 Not so" and action reject:
 *
 *	/cheap (\w+)/	550 5.7.9 No $1 here	"Cheap pills": 550 5.7.9 No pills here
 *	/lottery/	Not for %{sender}	554 5.7.0 Not for ann@x.example
 *	/quiet/					554 5.7.0 Not so
 *	/later/		450 4.7.1 Later		a mistake: the class is not that of reject */
#ifndef TEXT_TABLE_REPLY_H
#define TEXT_TABLE_REPLY_H

#include <stdbool.h>
#include <stdint.h>

#include "match/table.h"
#include "text/reply.h"

struct arena;
struct regex_groups;

struct table_reply_form {
	const struct reply *own; /* whose codes a value without codes gets; NULL: values are no
				    replies, but texts for the log or the quarantine */
	uint32_t allowed;	 /* placeholders, as for template_compile() */
	bool reject;		 /* the action is reject, else tempfail */
};

/* Checks all values: each mistake of a reply, and actions of Postfix, which are mistakes in any
 * form. 0, or -EINVAL after section_error(). *ret_uses: PLACEHOLDER_BIT()s of those in them. */
int table_reply_check(struct arena *arena, const struct table *t,
		      const struct table_reply_form *form, uint32_t *ret_uses);

/* Makes the reply of a rule that hit. What the groups captured is text that the sender wrote:
 * no placeholder is expanded in it, and bytes that a reply must not have become '?'. When it
 * makes the value no reply, *ret is *form->own. The arena owns what *ret points to. */
void table_reply_make(struct arena *arena, const struct table_reply_form *form,
		      const char *value, const struct regex_groups *groups, struct reply *ret);

#endif
