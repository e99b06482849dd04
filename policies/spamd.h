/* What the two files of the policy "spamd" share: spamd.c decides, spamd_fields.c writes the
 * fields that spamd gets, and takes over those that it gives. */
#ifndef POLICIES_SPAMD_H
#define POLICIES_SPAMD_H

struct policy_call;
struct spamd_exchange;

/* The envelope as SpamAssassin reads it, for the top of the message:
 *
 *	X-Envelope-From: <a@example.org>
 *	X-Envelope-To: <b@example.com>,
 *		<c@example.com>
 *
 * Lines end with CRLF. Recipients beyond the first 100 are left out. The message's. */
const char *make_spamd_envelope(struct policy_call *c);

/* Removes all X-Spam-*, which came with the message or are of policies before. */
void delete_spam_fields(struct policy_call *c);
/* After an answer to HEADERS: adds the X-Spam-* of it, and changes the Subject if that differs
 * from the message's. */
void take_spamd_fields(struct policy_call *c, const struct spamd_exchange *x);
/* Adds the symbols of the answer. One to HEADERS has them in X-Spam-Status, "tests=A,B", or
 * nowhere if SpamAssassin's configuration writes that field in another way. */
void add_spamd_symbols(struct policy_call *c, const struct spamd_exchange *x);

#endif
