/* The macros that an MTA sends with each command, as Postfix 3.7 and Sendmail 8.17 are
 * configured by default. Private to mta_script.c.
 *
 *	command  Postfix				Sendmail
 *	connect  j _ {daemon_name} v			the same
 *	helo     {tls_version}				the same
 *	MAIL     {auth_*} {mail_addr}			the same, and i
 *	RCPT     {rcpt_addr}; from the second on i	{rcpt_addr} i
 *	DATA     i					none
 *	content  i, with each field and each chunk	none
 *	eom	 i					i
 *
 * A macro of the peer takes the place of the one of its name; those of other names come with
 * MAIL. The strings are those of the peer and the message. */
#ifndef CTL_MTA_MACROS_H
#define CTL_MTA_MACROS_H

#include <stdbool.h>
#include <stddef.h>

#include "ctl/mta_script.h"

#define MTA_MACROS_MAX 40u /* of one command; more are left out */

struct mta_macros {
	bool none; /* the MTA sends no frame at all */
	size_t n;
	const char *pairs[2 * MTA_MACROS_MAX + 1]; /* name, value, ..., NULL */
	char address[512];			   /* {mail_addr}, {rcpt_addr} */
};

void mta_macros_of_connect(struct mta_macros *m, const struct mta_peer *peer);
void mta_macros_of_helo(struct mta_macros *m, const struct mta_peer *peer);
void mta_macros_of_mail(struct mta_macros *m, const struct mta_message *message);
/* Of the recipient at this index. */
void mta_macros_of_rcpt(struct mta_macros *m, const struct mta_message *message, size_t index);
/* Of DATA, and of what follows it. */
void mta_macros_of_content(struct mta_macros *m, const struct mta_message *message,
			   enum stage stage);

#endif
