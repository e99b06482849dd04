/* Random mails whose text is known: words that are written in the ways in which mail programs,
 * and senders who want to hide them, write them. */
#ifndef PROPERTY_KNOWN_MAIL_H
#define PROPERTY_KNOWN_MAIL_H

#include <stdbool.h>
#include <stddef.h>

#include "content/message_text.h"
#include "mail.h"
#include "random.h"
#include "util/arena.h"

#define KNOWN_PARAGRAPHS_MAX 60u
#define KNOWN_HOSTS_MAX	     30u

/* A text in both forms in which it is searched. */
struct known_text {
	const char *normalized, *as_is;
};

struct known_paragraph {
	enum content_where where;
	struct known_text all;	 /* with hidden text */
	struct known_text shown; /* NULL when it is the same, or nothing */
};

struct known_host {
	enum content_where where;
	const char *name;
};

struct known_mail {
	struct mail mail;
	struct known_paragraph paragraph[KNOWN_PARAGRAPHS_MAX];
	size_t n;
	struct known_host host[KNOWN_HOSTS_MAX]; /* of links */
	size_t n_hosts;
};

extern const char *const known_words[]; /* normalized; NULL at the end */
extern const char *const known_hosts[]; /* likewise */

void known_mail_random(struct known_mail *m, struct arena *arena, struct random *r);

#endif
