/* The SMTP client of a connection, as the MTA describes it with CONNECT and HELO.
 *
 * Mail that does not come over SMTP has no client. Postfix (cleanup with non_smtpd_milters, for
 * sendmail(1) and qmqpd) sends made-up CONNECT values then; see src/milter/README, mail that
 * does not come over SMTP. */
#ifndef SESSION_PEER_H
#define SESSION_PEER_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

struct peer {
	const char *host; /* the client's verified name, or "[192.0.2.1]"; "" when not known */
	const char *addr; /* IP address, or the path of a socket; "" when not known */
	const char *helo; /* argument of HELO or EHLO; "" when not known */
	char family;	  /* as on the wire: '4', '6', 'L' (a socket) or 'U' (not known) */
	uint16_t port;	  /* TCP port of the client; 0 without one */
};

/* The client's verified name; NULL: it has none. */
static inline const char *
peer_name(const struct peer *p)
{
	bool unverified =
		p->host[0] == '[' || p->host[0] == '\0' || strcmp(p->host, "unknown") == 0;

	return unverified ? NULL : p->host;
}

/* Whether Postfix submits this mail itself, without an SMTP client. There is no client then
 * that could take the refusal of a recipient: Postfix logs a "milter configuration error",
 * keeps the mail in its maildrop queue and tries again. Port 0 tells such mail from that of a
 * client on the MTA's own host. */
static inline bool
peer_is_local_submission(const struct peer *p)
{
	return p->family == '4' && p->port == 0 && strcmp(p->host, "localhost") == 0;
}

#endif
