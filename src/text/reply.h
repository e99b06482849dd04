/* SMTP replies as they are written in the configuration: a code, an enhanced code (RFC 3463)
 * and a text with placeholders.
 *
 *	"550 5.7.1 Not here"		550, 5.7.1, "Not here"
 *	"451 Later"			451, 4.7.1, "Later": x.7.1 when missing
 *	"550 192.0.2.1 is listed"	550, 5.7.1, "192.0.2.1 is listed": not three numbers
 *	"550 4.7.1 Not here"		refused: the codes are of different classes
 *	"250 2.0.0 Ok", "550 5.7.1"	refused: no error code; no text
 */
#ifndef TEXT_REPLY_H
#define TEXT_REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct section;
struct template;

struct reply {
	unsigned code;		     /* 400 to 599 */
	const char *xcode;	     /* the enhanced code, "5.7.1"; never NULL */
	const struct template *text; /* printable ASCII, lines separated by "\n" */
};

/* Parses a reply. Its text must be printable ASCII of at most 32 lines, "\n" between them, of
 * at most 980 bytes (RFC 5321, section 4.2). allowed: as for template_compile(). 0, or -EINVAL
 * with a sentence in why and *ret not set. The arena owns what *ret points to. */
int reply_parse(struct arena *arena, const char *written, uint32_t allowed, struct reply *ret,
		char *why, size_t why_size);

/* The length of the enhanced code, a word N.N.N, at s. 0: there is no such word, the text
 * begins. */
size_t reply_enhanced_code_length(const char *s);

/* Reads the option "reply" of a rule. When it is not written, that of the section around the
 * rule counts, if its class is that of the action, else fallback. reject: the rule's action is
 * reject, which needs a 5xx reply; else it is tempfail, which needs 4xx. 0, or -EINVAL after
 * section_error(). The table of the section around it, if there is one, has "reply", too.
 *
 *	header "words" {
 *		reply = "550 5.7.1 Not here"
 *		rule "a" { ... action = "reject" }				550 5.7.1 Not
 * here rule "b" { ... action = "reject"  reply = "554 5.7.1 b" }	554 5.7.1 b rule "c" {
 *... action = "tempfail" }				its fallback
 *	} */
int reply_read(struct arena *arena, const struct section *s, bool reject, const char *fallback,
	       uint32_t allowed, struct reply *ret);

/* Checks the option "reply" of the section s around the sections of that kind ("rule", "map")
 * that may use it, and warns when none does. allowed: what it might have in some of them. 0, or
 * -EINVAL after section_error(). */
int reply_check_shared(struct arena *arena, const struct section *s, const char *kind,
		       uint32_t allowed);

/* Parses a value of a table, which is a reply, or the text of one with the codes of `own`, or
 * "" for `own`:
 *
 *	"550 5.7.9 No pills"	550, 5.7.9
 *	"No pills"		the codes of own
 *	"5.7.9 No pills"	refused: the code of three digits is missing
 *
 * reject: as for reply_read(). 0, or -EINVAL with a sentence in why and *ret not set. */
int reply_parse_value(struct arena *arena, const char *value, bool reject,
		      const struct reply *own, uint32_t allowed, struct reply *ret, char *why,
		      size_t why_size);

#endif
