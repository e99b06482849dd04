/* Random rules of content, and whether they hit a mail whose text is known. */
#ifndef PROPERTY_KNOWN_RULES_H
#define PROPERTY_KNOWN_RULES_H

#include <stdbool.h>

#include "known_mail.h"
#include "random.h"
#include "util/buf.h"

#define KNOWN_RULES_MAX 4u

enum known_form { KNOWN_LITERAL, KNOWN_GAP, KNOWN_BEGIN, KNOWN_END, KNOWN_FORMS };

/* A pattern: "a b", 'a.*b', '^a' or 'a$'. */
struct known_pattern {
	enum known_form form;
	const char *a, *b;
};

struct known_rule {
	unsigned where; /* bits 1u << enum content_where */
	bool as_is, nocase;
	size_t min;
	struct known_pattern match[2], not_match;
	size_t n_match, n_not;
	const char *phrase[3];
	size_t n_phrases;
	const char *host; /* or NULL */
};

void known_rule_random(struct known_rule *rule, struct arena *arena, struct random *r);
/* Appends the lines of the rule. */
void known_rule_write(const struct known_rule *rule, struct buf *out);
bool known_rule_hits(const struct known_rule *rule, const struct known_mail *m);
/* Does text that is added to the end of a part, and has none of the words, change nothing? */
bool known_rule_ignores_footer(const struct known_rule *rule);

#endif
