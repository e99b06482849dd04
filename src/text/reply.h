/* "550 5.7.1 text": a reply as the administrator writes it. Layer 3. */
#ifndef TEXT_REPLY_H
#define TEXT_REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct section;
struct template;

struct reply {
	unsigned code;	   /* 400 to 599 */
	const char *xcode; /* "5.7.1", never NULL */
	const struct template *text;
};

/* Code 4xx or 5xx, enhanced code of the same class (x.7.1 when missing), text of printable
 * ASCII with "\n" for more lines, at most 32 of 980 bytes. allowed as template_compile(). 0,
 * or -EINVAL with a sentence in why. */
int reply_parse(struct arena *arena, const char *written, uint32_t allowed, struct reply *ret,
		char *why, size_t why_size);

/* The option "reply" of a section whose action is reject or tempfail; fallback: when it is not
 * written. Its class must be the action's. 0, or -EINVAL after section_error(). */
int reply_read(struct arena *arena, const struct section *s, bool reject, const char *fallback,
	       uint32_t allowed, struct reply *ret);

#endif
