/* Result texts: what an administrator writes for a new value, with %{...} for what is known
 * of the message and $0 to $9 for what a pattern caught. Layer 3. configuration.md "Replies
 * and placeholders". */
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
	const char *fixed; /* the whole of it, when it is the same for every message */
	size_t fixed_len;
};

#define VALUE_NO_GROUPS (-1) /* there is no pattern: $0 to $9 mean nothing */

/* The string option, one line of UTF-8. allowed: as template_compile(); groups: of the pattern.
 * 0, or -EINVAL after section_error(). */
int value_template_read(struct arena *arena, const struct section *s, const char *option,
			uint32_t allowed, int groups, struct value_template *ret);
uint32_t value_template_uses(const struct value_template *r); /* PLACEHOLDER_BIT()s */

/* Overwrites out; scratch is used in between. What comes is one line of valid UTF-8 whatever
 * the values are: line ends in them are dropped, other bytes become U+FFFD. groups may be
 * NULL. */
void value_template_expand(const struct value_template *r,
			   const struct placeholder_values *values,
			   const struct regex_groups *groups, struct buf *scratch,
			   struct buf *out);

#endif
