/* Questions to rspamd's normal worker over HTTP, as exchanges (service/exchange.h): what it
 * thinks of a message, and whether it is there. Checked with rspamd 3.4.
 *
 *	struct rspamd_exchange x;
 *	rspamd_check(&x, &request, &content)	POST /checkv2, the message as the body
 *	x.base.max_answer = 1 << 20
 *	x.base.ops->begin(&x.base) ...		as exchange.h says
 *	x.answer.action				after EXCHANGE_ANSWERED, until release()
 *
 * States: an answer without an action, of another form than described here, or with more than
 * RSPAMD_MAX_CHANGES changes is BAD_ANSWER: what it wants is not known, and half of its changes
 * are not what it wants. Status 413 is TOO_BIG, other 4xx and 5xx are SERVER_ERROR with the
 * text of its "error". rspamd closes without an answer when the message is above its
 * max_message, as when it dies: CUT.
 *
 * When its task_timeout ends before all its checks, it answers with what it has found by then
 * and does not say so, which may be NO_ACTION. With soft_reject_on_timeout it is SOFT_REJECT.
 *
 * It must be asked with the whole connection open: it takes a half-close for a client that has
 * gone. */
#ifndef SERVICE_RSPAMD_H
#define SERVICE_RSPAMD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "service/exchange.h"
#include "service/http_answer.h"

struct arena;

#define RSPAMD_MAX_CHANGES 100u

/* The bytes that rspamd takes before the body: 80 KiB, as measured; it closes without a word at
 * one that is longer. We stay below. */
#define RSPAMD_HEAD_BYTES    (64u << 10)
#define RSPAMD_VALUE_BYTES   256u /* of a value in it */
#define RSPAMD_ADDRESS_BYTES 512u /* of an address in it */

/* What rspamd is told about the message; NULL and "": nothing. Bytes that may not stand in a
 * value become '?': all but printable ASCII, in addresses all but that and UTF-8. (rspamd puts
 * some of the values into its answer as they came, and takes no notice of an address that is
 * not ASCII.) */
struct rspamd_request {
	const char *ip; /* of the client: "192.0.2.1", "192.0.2.1:40000", "[2001:db8::1]:25" */
	const char *helo;
	const char *hostname; /* of the client, verified */
	const char *from;     /* "<a@example.org>", "<>" */
	const char *const *rcpts;
	size_t n_rcpts;
	const char *user; /* that has authenticated itself */
	const char *queue_id;
	const char *mta_name; /* of the MTA's host, macro j */
	const char *mailer;
	const char *tls_version, *tls_cipher, *tls_issuer;
	const char *settings_id, *mta_tag;
};

enum rspamd_action {
	RSPAMD_NO_ACTION,
	RSPAMD_GREYLIST, /* it has refused nothing: a wish to see it later is SOFT_REJECT */
	RSPAMD_ADD_HEADER,
	RSPAMD_REWRITE_SUBJECT,
	RSPAMD_SOFT_REJECT,
	RSPAMD_REJECT,
	RSPAMD_QUARANTINE, /* rspamd has this and the next when its file names them */
	RSPAMD_DISCARD,
	RSPAMD_OTHER, /* one that the administrator of rspamd has made */
};

/* What is wanted in place of a refusal when the action is REJECT: milter.reject. */
enum rspamd_instead { RSPAMD_AS_IT_IS, RSPAMD_INSTEAD_QUARANTINE, RSPAMD_INSTEAD_DISCARD };

struct rspamd_symbol {
	const char *name;
	const char *const *options;
	size_t n_options;
};

#define RSPAMD_ORDER_END (-1)

/* A field to add. order: n from 0 on is its index from the top, as SMFIR_INSHEADER has it (0
 * above the MTA's own Received, 1 below it); -1: at the end, -2: before the last field, ... */
struct rspamd_header {
	const char *name, *value;
	int order;
};

/* nth: 0 all fields of this name, n the nth from the top, -n from the end; of the message as it
 * was sent to rspamd. */
struct rspamd_removal {
	const char *name;
	int nth;
};

/* All strings are UTF-8 and end with a NUL; they are the exchange's until release() or begin().
 * Lists may be NULL when their number is 0. Removals come before additions.
 *
 * Values of header fields, and the subject, are folded with LF and a blank, as struct header
 * (session/headers.h) has them. There is no blank in front. CR, NUL and other control
 * characters are taken out, and a line end without a blank behind it gets a tab. Their lines
 * are as long as rspamd made them, the subject is one long line of encoded words. Names of
 * fields are checked. */
struct rspamd_answer {
	enum rspamd_action action;
	enum rspamd_instead instead;
	const char *action_name; /* as rspamd has it, printable ASCII: "add header" */
	bool is_skipped;	 /* not all was looked at; with GTUBE it is still a REJECT */
	bool no_action;		 /* the action is not to be carried out, the changes are */
	/* In hundredths. required_score is that of a refusal; 0 where rspamd has none. */
	int64_t score, required_score;
	struct rspamd_symbol *symbols;
	size_t n_symbols;
	const char *smtp_message;     /* printable ASCII, one line; or NULL */
	const char *subject;	      /* the new one, encoded; or NULL */
	const char **dkim_signatures; /* values of DKIM-Signature fields */
	size_t n_dkim_signatures;

	struct rspamd_header *add_headers;
	struct rspamd_removal *remove_headers;
	struct rspamd_header *spam_headers; /* in place of our own, for ADD_HEADER; a name of
					       NULL is ours; order is END */
	size_t n_add_headers, n_remove_headers, n_spam_headers;
	const char *change_from; /* an address, in <> or not; or NULL */
	const char **add_rcpt, **del_rcpt;
	size_t n_add_rcpt, n_del_rcpt;
};

struct rspamd_exchange {
	struct exchange base;
	/* After EXCHANGE_ANSWERED. */
	struct rspamd_answer answer;
	const char *server; /* name and version: "rspamd/3.4", "" when it does not say */
	/* Recipients that were not told, the last ones, since the head would have been longer
	 * than RSPAMD_HEAD_BYTES: of 1,000 in addresses of more than 50 bytes. */
	size_t n_rcpts_left_out;

	/* private */
	bool is_ping;
	struct rspamd_request request;
	struct exchange_content content;
	struct exchange_position at;
	bool head_is_written;
	struct http_answer http;
	struct arena *arena; /* of the answer */
};

/* Each makes *x, a new one or one that was released, a question that waits for its begin().
 * Request and content are copied, but not what their pointers lead to. */
void rspamd_check(struct rspamd_exchange *x, const struct rspamd_request *request,
		  const struct exchange_content *content);
/* Is it there, and which version is it (x->server)? */
void rspamd_ping(struct rspamd_exchange *x);

#endif
