/* %{name} in replies and values. Layer 3. configuration.md "Replies and placeholders". */
#ifndef TEXT_PLACEHOLDER_H
#define TEXT_PLACEHOLDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct buf;
struct template;

#define PLACEHOLDERS(X)                                                                        \
	X(ID, "id")                                                                            \
	X(SENDER, "sender")                                                                    \
	X(SENDER_DOMAIN, "sender_domain")                                                      \
	X(RECIPIENT, "recipient")                                                              \
	X(CLIENT, "client")                                                                    \
	X(AUTH_USER, "auth_user")                                                              \
	X(DATE, "date")                                                                        \
	X(LIMIT, "limit")                                                                      \
	X(SIZE, "size")                                                                        \
	X(MATCH, "match")                                                                      \
	X(POLICY, "policy")                                                                    \
	X(RULE, "rule")                                                                        \
	X(NAME, "name")                                                                        \
	X(HEADER, "header:")

#define X(ID, name) PLACEHOLDER_##ID,
enum placeholder { PLACEHOLDERS(X) PLACEHOLDER_COUNT };
#undef X
#define PLACEHOLDER_BIT(p) (1u << (p))

struct placeholder_values {
	const char *value[PLACEHOLDER_COUNT]; /* NULL: empty */
	/* For %{header:Name}: its value, decoded, or NULL. */
	const char *(*header)(void *ctx, const char *name);
	void *ctx;
};

/* allowed: PLACEHOLDER_BIT()s of this context. 0, or -EINVAL with a sentence in why (an unknown
 * name with the nearest one, one that the context lacks, a lone '%'). "%%" is a percent sign.
 */
int template_compile(struct arena *arena, const char *text, uint32_t allowed,
		     struct template **ret, char *why, size_t why_size);
uint32_t template_uses(const struct template *t); /* PLACEHOLDER_BIT()s */

/* Appends. Values go in as they are; literal text too: $1 stays for regex_expand(), and a
 * value's own '$' must not be taken for one, so it is doubled when dollars is set. */
void template_expand(const struct template *t, const struct placeholder_values *values,
		     bool dollars, struct buf *out);

#endif
