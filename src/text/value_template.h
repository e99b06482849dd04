/* New values of header fields, as rules in the configuration have them: %{...} stands for what
 * is known of the message, $0 to $9 for what the groups of the rule's pattern captured. With
 * the sender a@example.org and a first group that captured "EXTERNAL":
 *
 *	value = "[$1] %{sender}"	[EXTERNAL] a@example.org
 *	value = "5 $$, 10 %%"		5 $, 10 %
 */
#ifndef TEXT_VALUE_TEMPLATE_H
#define TEXT_VALUE_TEMPLATE_H

#include <stddef.h>
#include <stdint.h>

#include "option/option.h"

struct arena;
struct buf;
struct placeholder_values;
struct regex_groups;
struct template;

struct value_template {
	const struct template *text;
	const char *fixed; /* the value, when it is the same for every message; else NULL */
	size_t fixed_len;
};

#define VALUE_NO_GROUPS (-1) /* there is no pattern, so $0 to $9 are errors */

/* Reads an option of type OPTION_STRING, which is written or has a default: one line of UTF-8.
 * allowed: as for template_compile(). groups: the number of groups that the rule's patterns
 * have, or VALUE_NO_GROUPS. 0, or -EINVAL after section_error(). The arena owns what *ret
 * points to. */
int value_template_read(struct arena *arena, const struct section *s, const char *option,
			uint32_t allowed, int groups, struct value_template *ret);
uint32_t value_template_uses(const struct value_template *t); /* PLACEHOLDER_BIT()s */

/* Overwrites out with the value for one message, and scratch. Whatever the placeholders and
 * groups contain, the value is one line of valid UTF-8: CR and LF are dropped, other bytes
 * become U+FFFD. groups may be NULL: all of them are empty. */
void value_template_expand(const struct value_template *t,
			   const struct placeholder_values *values,
			   const struct regex_groups *groups, struct buf *scratch,
			   struct buf *out);
/* The same for values in which groups are to be told from text: calls put for each piece of the
 * value, in their order, with text, or with text NULL and the number of a group. */
typedef void value_put(void *ctx, const char *text, size_t len, size_t group);
void value_template_expand_pieces(const struct value_template *t,
				  const struct placeholder_values *values, struct buf *scratch,
				  struct buf *out, value_put *put, void *ctx);

#endif
