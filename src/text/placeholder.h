/* Texts with placeholders, as replies and values in the configuration have them. A text is
 * compiled to a template once, and expanded for each message.
 *
 *	"Sent by %{sender}, 5% off"	with the sender "a$1@b" becomes "Sent by a$1@b, 5% off"
 *	"5%% off, width=100%"		"5% off, width=100%": "%%" is one, and so is a lone one
 *	"%%{id}"			"%{id}"
 *	"%{header:Subject}"		the decoded value of the first field of that name
 *	"%{result:virus}"		"infected": what the policy "virus" found
 *	"%{score:junk}"			"7.5"; "" when it found none
 *
 * What a value contains is never a placeholder again. The text of a rule may have $1 too,
 * which regex_expand() replaces after this: then each '$' in a value is doubled, so that it
 * stays one.
 *
 *	"$1 %{sender}"			doubled: "$1 a$$1@b"; after regex_expand(): "... a$1@b"
 */
#ifndef TEXT_PLACEHOLDER_H
#define TEXT_PLACEHOLDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct buf;
struct template;

/* The constant, and the name in a text. Behind the last three stands a name of their own. */
#define PLACEHOLDERS(X)                                                                        \
	X(ID, "id")                                                                            \
	X(SENDER, "sender")                                                                    \
	X(SENDER_DOMAIN, "sender_domain")                                                      \
	X(RECIPIENT, "recipient")                                                              \
	X(CLIENT, "client")                                                                    \
	X(CLIENT_NAME, "client_name")                                                          \
	X(HELO, "helo")                                                                        \
	X(AUTH_USER, "auth_user")                                                              \
	X(DATE, "date")                                                                        \
	X(LIMIT, "limit")                                                                      \
	X(SIZE, "size")                                                                        \
	X(MATCH, "match")                                                                      \
	X(POLICY, "policy")                                                                    \
	X(RULE, "rule")                                                                        \
	X(NAME, "name")                                                                        \
	X(VIRUS, "virus")                                                                      \
	X(VALUE, "value")                                                                      \
	X(MESSAGE, "message")                                                                  \
	X(HEADER, "header:")                                                                   \
	X(RESULT, "result:")                                                                   \
	X(SCORE, "score:")

#define X(ID, name) PLACEHOLDER_##ID,
enum placeholder { PLACEHOLDERS(X) PLACEHOLDER_COUNT };
#undef X
#define PLACEHOLDER_BIT(p) (1u << (p))
#define PLACEHOLDERS_FOUND                                                                     \
	(PLACEHOLDER_BIT(PLACEHOLDER_RESULT) | PLACEHOLDER_BIT(PLACEHOLDER_SCORE))

/* The values for one message. */
struct placeholder_values {
	const char *value[PLACEHOLDER_HEADER]; /* NULL: empty */
	/* Gets the decoded value of a header field for %{header:Name}; NULL: there is none. The
	 * getter may be NULL: all of them are empty. */
	const char *(*header)(void *ctx, const char *name);
	void *ctx;
	/* Gets the value for %{result:TITLE} and %{score:TITLE}, likewise; what: RESULT or
	 * SCORE. policy_fill_values() sets it. */
	const char *(*found)(void *found_ctx, enum placeholder what, const char *title);
	void *found_ctx;
};

/* Compiles a text. allowed: PLACEHOLDER_BIT()s of those that may stand in it. 0; or -EINVAL
 * with a sentence in why: a name is unknown or not allowed, "%{" has no '}'. The arena owns
 * *ret. */
int template_compile(struct arena *arena, const char *text, uint32_t allowed,
		     struct template **ret, char *why, size_t why_size);
/* PLACEHOLDER_BIT()s of those in it. */
uint32_t template_uses(const struct template *t);
/* The title in its first %{result:TITLE} or %{score:TITLE} from *at on, which is 0 at first and
 * moves on; *ret_what: which one. NULL: there is no more. */
const char *template_next_policy(const struct template *t, size_t *at,
				 enum placeholder *ret_what);

/* Appends the text with the values in it to out. double_dollars: as shown above. */
void template_expand(const struct template *t, const struct placeholder_values *values,
		     bool double_dollars, struct buf *out);

#endif
