/* The milter protocol, version 6, as tables: a row for each stage and for each modification.
 * Enums, names for the log and negotiation bits are expanded from them. Values are those of
 * libmilter's mfapi.h and mfdef.h; what they mean to each MTA is in src/milter/README. */
#ifndef MILTER_PROTO_H
#define MILTER_PROTO_H

#include <stdint.h>

#define MILTER_VERSION	   6u
#define MILTER_MIN_VERSION 2u
#define MILTER_MAX_FRAME   65536u /* bytes of command and payload; no MTA sends more */
#define MILTER_CHUNK	   65535u /* bytes of the body in one frame, in either direction */

/* clang-format off */
/* enum, libmilter's name, letter, bit "do not send" (NO*), bit "has no reply" (NR_*) */
#define MILTER_STAGES(X)                               \
	X(CONNECT, connect, 'C', 1u << 0,  1u << 12)   \
	X(HELO,    helo,    'H', 1u << 1,  1u << 13)   \
	X(ENVFROM, envfrom, 'M', 1u << 2,  1u << 14)   \
	X(ENVRCPT, envrcpt, 'R', 1u << 3,  1u << 15)   \
	X(DATA,    data,    'T', 1u << 9,  1u << 16)   \
	X(UNKNOWN, unknown, 'U', 1u << 8,  1u << 17)   \
	X(HEADER,  header,  'L', 1u << 5,  1u << 7)    \
	X(EOH,     eoh,     'N', 1u << 6,  1u << 18)   \
	X(BODY,    body,    'B', 1u << 4,  1u << 19)   \
	X(EOM,     eom,     'E', 0u,       0u)

/* modifications at eom: enum, letter of the reply, negotiation bit, its name (SMFIF_*) */
#define MILTER_ACTIONS(X)                                 \
	X(ADD_HEADER,    'h', 1u << 0, "ADDHDRS")         \
	X(INSERT_HEADER, 'i', 1u << 0, "ADDHDRS")         \
	X(REPLACE_BODY,  'b', 1u << 1, "CHGBODY")         \
	X(ADD_RCPT,      '+', 1u << 2, "ADDRCPT")         \
	X(DEL_RCPT,      '-', 1u << 3, "DELRCPT")         \
	X(CHANGE_HEADER, 'm', 1u << 4, "CHGHDRS")         \
	X(QUARANTINE,    'q', 1u << 5, "QUARANTINE")      \
	X(CHANGE_FROM,   'e', 1u << 6, "CHGFROM")         \
	X(ADD_RCPT_PAR,  '2', 1u << 7, "ADDRCPT_PAR")
/* clang-format on */

#define X(ID, ...) STAGE_##ID,
enum stage { MILTER_STAGES(X) STAGE_COUNT };
#undef X
#define STAGE_BIT(s) (1u << (s))

#define X(ID, name, letter, ...) CMD_##ID = (letter),
enum { MILTER_STAGES(X) };
#undef X

#define X(ID, letter, bit, name) ACTION_##ID = (bit),
enum { MILTER_ACTIONS(X) };
#undef X

#define X(ID, letter, bit, name) REPLY_##ID = (letter),
enum { MILTER_ACTIONS(X) };
#undef X

/* Other bits. */
#define ACTION_SETSYMLIST (1u << 8)  /* the filter's OPTNEG may have macro lists */
#define PROTO_SKIP	  (1u << 10) /* the reply to a chunk of the body may be SKIP */
#define PROTO_RCPT_REJ	  (1u << 11) /* recipients that the MTA has refused are sent too */
#define PROTO_LEADSPC	  (1u << 20) /* header values have their leading blank */
#define ACTION_ALL	  0x1ffu
#define PROTO_ALL	  0x1fffffu
#define ACTION_ALL_V1	  0x0fu /* what version 1 of the protocol has of both */
#define PROTO_ALL_V1	  0x3fu

/* Commands that are no stage, and replies that are no modification. */
enum {
	CMD_OPTNEG = 'O',
	CMD_MACRO = 'D',
	CMD_ABORT = 'A',
	CMD_QUIT = 'Q',
	CMD_QUIT_NC = 'K',
	REPLY_CONTINUE = 'c',
	REPLY_ACCEPT = 'a',
	REPLY_REJECT = 'r',
	REPLY_TEMPFAIL = 't',
	REPLY_DISCARD = 'd',
	REPLY_CODE = 'y',
	REPLY_SKIP = 's',
	REPLY_PROGRESS = 'p',
	REPLY_SHUTDOWN = '4', /* decoded, never sent: only Postfix has it */
};

/* Stages by their numbers in macro lists (mfapi.h, SMFIM_*). EOM is 5 and EOH is 6. */
enum macro_stage {
	MACRO_CONNECT,
	MACRO_HELO,
	MACRO_ENVFROM,
	MACRO_ENVRCPT,
	MACRO_DATA,
	MACRO_EOM,
	MACRO_EOH,
	MACRO_STAGES,
};

/* An offer, or what both sides have agreed on for a connection. */
struct milter_terms {
	uint32_t version;
	uint32_t actions;  /* ACTION_ bits: modifications that the filter may send */
	uint32_t protocol; /* NO* and NR_* bits of stages, PROTO_ bits */
};

const char *stage_name(enum stage s);	       /* "envrcpt" */
unsigned char stage_command(enum stage s);     /* 'R' */
int stage_from_command(unsigned char command); /* an enum stage, or -1 */
uint32_t stage_no_bit(enum stage s);	       /* NO*; 0 for eom */
uint32_t stage_nr_bit(enum stage s);	       /* NR_*; 0 for eom */
const char *action_name(uint32_t bit);	       /* one bit: "ADDHDRS"; "?" */

#endif
