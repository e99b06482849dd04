/* Questions to spamd (SpamAssassin's spamd/PROTOCOL): SYMBOLS, HEADERS and PING, each over a
 * connection of its own.
 *
 *	SYMBOLS SPAMC/1.5                               ->
 *	Content-length: 2577, empty line, the message   ->
 *	                                                <-  SPAMD/1.1 0 EX_OK
 *	                                                <-  Content-length: 9
 *	                                                <-  Spam: True ; 7.0 / 5.0
 *	                                                <-  empty line, FOO,BAR_2
 *
 * The version in the first line of an answer varies: the number behind it counts, and 0 is
 * good. Every other number is SERVER_ERROR, with the number and the words behind it as the
 * text: "76 Bad header line: ...", "79 Timeout: ...".
 *
 * An answer without Content-length goes on until the server closes. */
#ifndef SERVICE_SPAMD_H
#define SERVICE_SPAMD_H

#include <stdbool.h>

#include "service/exchange.h"

enum spamd_command { SPAMD_SYMBOLS, SPAMD_HEADERS, SPAMD_PING };

/* A field of the header block that spamd made. Line ends inside the value are LF, blanks before
 * it are left out, as in struct header; NUL and CR are left out. */
struct spamd_field {
	const char *name, *value;
};

struct spamd_exchange {
	struct exchange base;
	/* After EXCHANGE_ANSWERED of spamd_symbols() and spamd_headers(): the judgement by the
	 * server's own threshold, and the message's score and the threshold in hundredths of a
	 * point. A third decimal is dropped. */
	bool is_spam;
	int64_t score, required;
	/* SYMBOLS: the names of the rules that hit, visible ASCII; there may be none. */
	const struct slice *symbols;
	size_t n_symbols;
	/* HEADERS: the fields, in order. Lines that are no field are left out. Only the
	 * X-Spam-* and the Subject are answers: with SpamAssassin's report_safe the other
	 * fields are those of a new message that has the spam as an attachment. */
	const struct spamd_field *fields;
	size_t n_fields;

	/* spamd.c's own. The answer is kept as a whole; line is where its current line begins,
	 * or, behind the empty line, its content. */
	enum spamd_command command;
	const char *user;
	struct exchange_content content;
	struct exchange_position at;
	bool head_sent;
	enum { SPAMD_STATUS, SPAMD_HEADER, SPAMD_CONTENT } stage;
	struct buf answer, list, texts;
	size_t line, searched;
	bool has_verdict, has_length;
	uint64_t length; /* Content-length */
};

/* Each makes *x, a new one or one that was released, a question that waits for its begin().
 * What the answer points to is the exchange's, until the next begin() or release().
 *
 * content: not an empty one, about which spamd never answers. user: of the User line, whose
 * preferences SpamAssassin takes; it stays as it is until release(). NULL, or one with control
 * characters: no such line. */
void spamd_symbols(struct spamd_exchange *x, const struct exchange_content *content,
		   const char *user);
void spamd_headers(struct spamd_exchange *x, const struct exchange_content *content,
		   const char *user);
void spamd_ping(struct spamd_exchange *x);

#endif
