/* Questions to clamd (clamd(8), section COMMANDS): the scan of a message, PING and VERSION,
 * each over a connection of its own.
 *
 *	zINSTREAM NUL                                   ->
 *	00 01 00 00, 65536 bytes of the message         ->
 *	00 00 0a 11, 2577 bytes, 00 00 00 00            ->
 *	                                                <-  stream: OK NUL
 *
 * A message is clean only when the answer is "stream: OK", behind the whole message. clamd
 * finds nothing in a body without a header block, nor behind a block that begins with a field
 * that it does not know: the content is the whole message, behind a Received field of our own.
 *
 * clamd refuses a message over its StreamMaxLength at the length that goes over it, and closes:
 * the rest meets EPIPE or a reset, while the answer waits to be read. So after a write error
 * the asker goes on with read() until it returns an answer, or with end().
 *
 * States: TOO_BIG for a message over StreamMaxLength, SERVER_ERROR for other lines with ERROR,
 * for "COMMAND READ TIMED OUT" and for "UNKNOWN COMMAND". */
#ifndef SERVICE_CLAMD_H
#define SERVICE_CLAMD_H

#include <stdbool.h>

#include "service/exchange.h"

#define CLAMD_VIRUS_BYTES   64u	 /* of the name; what is longer is cut */
#define CLAMD_VERSION_BYTES 128u /* of the version, cut as well */

enum clamd_result {
	CLAMD_CLEAN,
	CLAMD_INFECTED,
	CLAMD_SCAN_LIMIT, /* not all of it was scanned: "Heuristics.Limits.Exceeded", "(null)"
			   */
	CLAMD_ENCRYPTED,  /* not all of it can be: "Heuristics.Encrypted" */
};

struct clamd_exchange {
	struct exchange base;
	/* After EXCHANGE_ANSWERED: the result of clamd_scan(), and the name that clamd gave, ""
	 * when the message is clean. clamd tells one name only. Printable ASCII: '?' stands for
	 * other bytes. */
	enum clamd_result result;
	char virus[CLAMD_VIRUS_BYTES + 1];
	/* After EXCHANGE_ANSWERED of clamd_version(), also with '?': "ClamAV 1.4.6" */
	char version[CLAMD_VERSION_BYTES + 1];

	/* clamd.c's own */
	const char *command;
	enum exchange_state (*judge)(struct clamd_exchange *x, const char *line, size_t len);
	bool has_content;
	struct exchange_content content;
	struct exchange_position at;
	bool command_sent, all_sent; /* appended by write() */
	struct buf line;
};

/* Each makes *x, a new one or one that was released, a question that waits for its begin(). */
void clamd_scan(struct clamd_exchange *x, const struct exchange_content *content);
void clamd_ping(struct clamd_exchange *x);
void clamd_version(struct clamd_exchange *x);

#endif
