/* What the DKIM signatures of a message cover (RFC 6376), so that the log can tell when an edit
 * breaks one. Signatures are not verified.
 *
 * "h=" of a signature lists names of fields. Each time that a name stands there covers one
 * field of that name, from the last one upwards (section 5.4.2). Example, with
 * h=from:subject:subject:
 *
 *	Subject: one	covered by the second "subject"
 *	Subject: two	covered by the first
 *
 * a third Subject above would not be covered. A name that is listed more often than there are
 * fields covers those that do not exist, so adding one breaks the signature. */
#ifndef CONTENT_DKIM_H
#define CONTENT_DKIM_H

#include <stdbool.h>

struct header;
struct message;

/* Has the message a signature? All of them cover the body. */
bool dkim_covers_body(const struct message *m);
/* Does one cover the field h of m, as the MTA sent it? */
bool dkim_covers_header(const struct message *m, const struct header *h);
/* Does one cover a field of that name that is added behind the others, or with on_top in front
 * of them? */
bool dkim_covers_new_header(const struct message *m, const char *name, bool on_top);

#endif
