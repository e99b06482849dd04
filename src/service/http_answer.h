/* Reads one answer of an HTTP/1.x server (RFC 9112), in pieces of any length, for a client that
 * asks one question and closes. It is stricter than the RFC where a lenient reader could take
 * the answer for another one, and where no server that we ask needs it: lines end with CRLF,
 * fields are not folded, there is one Content-Length at most, and no Transfer-Encoding.
 *
 *	struct http_answer a = {0};		(or http_answer_begin() for the next one)
 *	http_answer_read(&a, max, data, len)	0: it goes on; 1: complete: status, body
 *	http_answer_end(&a)			the server has closed
 *	http_answer_free(&a)
 *
 * A body ends with its Content-Length; without one, where the server closes (RFC 9112, section
 * 6.3). Answers 1xx come before the one that counts and are skipped; 204 and 304 have no body.
 * What follows the answer is not looked at. */
#ifndef SERVICE_HTTP_ANSWER_H
#define SERVICE_HTTP_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/buf.h"

#define HTTP_LINE_BYTES	  8192u /* of a line of the head, line end included */
#define HTTP_FIELDS	  100u	/* of all heads */
#define HTTP_SERVER_BYTES 64u

enum http_answer_place { HTTP_STATUS_LINE, HTTP_FIELD_LINES, HTTP_BODY, HTTP_COMPLETE };

struct http_answer {
	unsigned status;		/* 100 to 999; 0 before the status line */
	char reason[HTTP_SERVER_BYTES]; /* printable, cut, "" when there is none */
	char server[HTTP_SERVER_BYTES]; /* value of the field Server, likewise */
	struct buf body;
	/* After -EBADMSG: what is wrong, a static text. The line that it is about is in `line`
	 * when that is not empty. */
	const char *why;
	struct buf line; /* of the head, as far as it was read */

	/* private */
	enum http_answer_place place;
	bool has_length;
	unsigned n_fields;
	uint64_t length;   /* Content-Length */
	size_t head_bytes; /* of all heads so far */
};

/* Empties it for the next answer. */
void http_answer_begin(struct http_answer *a);

/* The next bytes. max: bytes of head and body together that are accepted. 0: there has to be
 * more; 1: the answer is complete; -EBADMSG: it is not HTTP, or too long. After 1 and -EBADMSG
 * only begin() and free() may follow. */
int http_answer_read(struct http_answer *a, size_t max, const char *data, size_t len);

/* The server will send no more: 1, or -ECONNRESET when it has not sent the whole answer. */
int http_answer_end(struct http_answer *a);

void http_answer_free(struct http_answer *a); /* it is {0} again */

#endif
