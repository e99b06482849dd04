/* The record of a message in the history: what became of it, by whom, and what was changed.
 * Input of the writer: a chain's run at the end of a message; output: at most
 * HISTORY_RECORD_MAX bytes. Input of the reader: such bytes, which are not trusted; output: a
 * struct history_message.
 *
 * It has no part of a body and no subject: of a header field whose name has "subject" in it,
 * and of what a rule has matched, the values are left out. What finds no room is counted: first
 * policies that did nothing, then changes.
 *
 * The form is that of this program and machine: struct history_head as it is in memory, then
 * strings, each as its length (uint16_t, UINT16_MAX for NULL) and its bytes: those of struct
 * history_message in their order, the recipients; then the policies that did something, the
 * findings, and the other policies, each a struct and its strings; of the other policies only
 * title, skip_reason, found and detail. */
#ifndef CHAIN_HISTORY_H
#define CHAIN_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "chain/report.h"

struct arena;
struct buf;
struct chain_run;

#define HISTORY_RECORD_MAX 2032u
#define HISTORY_VERSION	   2u /* of the form; a change of a struct here is a new one */

struct history_head {
	uint32_t version;
	uint32_t generation;
	uint64_t time_us;    /* CLOCK_REALTIME at its end */
	uint64_t size;	     /* bytes; UINT64_MAX: not known */
	uint32_t message_no; /* of the connection, from 1 */
	uint32_t n_rcpts;    /* that the client named; those in the record may be fewer */
	uint16_t n_named;    /* recipients in the record */
	uint16_t n_policies, n_policies_left_out;
	uint16_t n_active; /* of n_policies: those that did something, which come first */
	uint16_t n_findings, n_findings_left_out;
	uint16_t unused[2];
};

struct history_policy {
	struct history_policy_numbers {
		uint16_t position; /* in the chain, from 1 */
		uint8_t monitors;
		uint8_t was_asked; /* the next three are known */
		uint16_t tries, server;
		uint32_t ms; /* of struct policy_found */
		uint32_t refused_rcpts;
		uint64_t ns;
	} n;
	const char *title, *result, *skip_reason, *error; /* see struct policy_report */
	const char *reply; /* of one that only monitors: what it would have been */
	/* What it found, and of that its name, its score or the reason of an error; NULL: there
	 * is none. */
	const char *found, *detail;
};

struct history_finding {
	struct history_finding_numbers {
		uint16_t position;
		uint8_t kind; /* enum finding_kind */
		uint8_t stage;
		uint8_t undone;
		uint8_t hidden;	   /* before and after are left out */
		uint8_t monitored; /* of a rule with mode monitor: it would have been */
		uint8_t unused;
	} n;
	const char *name, *before, *after; /* see enum finding_kind */
};

struct history_message {
	struct history_head head;
	/* NULL: not known, or there is none. */
	const char *queue_id, *session, *listener, *client_name, *client_address, *helo;
	const char *sender, *message_id;
	const char *verdict; /* as in the log line */
	const char *by;	     /* the policy that decided, */
	const char *limit;   /* or the limit */
	const char *reply;   /* "550 5.7.1 Text" */
	const char **rcpts;
	struct history_policy *policies; /* those that were called, by position */
	struct history_finding *findings;
};

/* Appends the record of the run's message. */
void history_write(struct buf *b, const struct chain_run *run, const char *outcome,
		   unsigned generation);

/* What the policy found, with what the record has of it: a score is its detail. */
struct policy_found history_found(const struct history_policy *p);

/* Reads a record; strings and arrays are the arena's. 0; -EBADMSG: it is none, or of another
 * version. */
int history_read(const void *data, size_t len, struct arena *arena,
		 struct history_message *ret);

#endif
