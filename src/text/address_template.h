/* Addresses in the configuration that may have placeholders, and captures of a pattern. Each
 * text is exactly one address. With the sender ann@x.example:
 *
 *	"arch@y.example"		itself
 *	"arch+%{sender_domain}@y.example"	arch+x.example@y.example
 *	"%{sender_domain}@y.example"	with the null sender none: it has no domain
 *	"$1@y.example"			of a regex table: what its first group captured
 *	"a@x, b@x", "table:t", "*@x"	mistakes, see match/written.h */
#ifndef TEXT_ADDRESS_TEMPLATE_H
#define TEXT_ADDRESS_TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "match/table.h"

struct arena;
struct placeholder_values;
struct regex_groups;
struct template;

/* Compiles a text and checks it as an address, with some text for each placeholder. allowed: as
 * for template_compile(); of those only id, sender, sender_domain, recipient and auth_user.
 * captures: $0 to $9 have a meaning. Unless it fits, a sentence is written to why, and when it
 * is wrong *ret is not set. Doubtful: it has no domain. The arena owns *ret. */
enum entry_fault address_template_read(struct arena *arena, const char *text, uint32_t allowed,
				       bool captures, const struct template **ret, char *why,
				       size_t why_size);

/* Makes the address for one message, in the form of mailbox_from_path(). groups NULL: none.
 * Returns 1; 0: a placeholder in it is empty, there is no such address; -EINVAL: the values
 * make of it what is no address, which is then *ret. The arena owns *ret. */
int address_template_make(struct arena *arena, const struct template *t,
			  const struct placeholder_values *values,
			  const struct regex_groups *groups, const char **ret);

#endif
