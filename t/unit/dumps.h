/* Frames that real MTAs and filters exchanged, in their order, as hexadecimal bytes. Captured
 * from Postfix 3.7.11, Sendmail 8.17.1.9 and a libmilter 8.17.1.9 filter; host names and
 * addresses are examples. Of dump 7 the long chunks of the body are left out. */
#ifndef UNIT_DUMPS_H
#define UNIT_DUMPS_H

#include <stddef.h>
#include <string.h>

#define DUMP_BYTES 256u /* the largest frame of them all fits */

struct dump {
	const char *kind; /* "CONNECT" from the MTA, "c" from the filter; NULL: the end */
	const char *hex;
};

/* clang-format off */
/* 1: Postfix negotiation, connect, HELO */
static const struct dump dump_1[] = {
	{"OPTNEG", "00 00 00 0d 4f 00 00 00 06 00 00 01 ff 00 1f ff ff"},
	{"O", "00 00 00 0d 4f 00 00 00 06 00 00 01 ff 00 00 00 00"},
	{"MACRO",
	 "00 00 00 73 44 43 6a 00 6d 78 2e 65 78 61 6d 70 6c 65 2e 74 65 73 74 00 "
	 "7b 64 61 65 6d 6f 6e 5f 6e 61 6d 65 7d 00 6d 78 2e 65 78 61 6d 70 6c 65 "
	 "2e 74 65 73 74 00 7b 64 61 65 6d 6f 6e 5f 61 64 64 72 7d 00 31 32 37 2e "
	 "30 2e 30 2e 31 00 76 00 50 6f 73 74 66 69 78 20 33 2e 37 2e 31 31 00 5f "
	 "00 6c 6f 63 61 6c 68 6f 73 74 20 5b 31 32 37 2e 30 2e 30 2e 31 5d 00"},
	{"CONNECT",
	 "00 00 00 18 43 6c 6f 63 61 6c 68 6f 73 74 00 34 91 d2 31 32 37 2e 30 2e "
	 "30 2e 31 00"},
	{"c", "00 00 00 01 63"},
	{"MACRO", "00 00 00 02 44 48"},
	{"HELO",
	 "00 00 00 15 48 63 6c 69 65 6e 74 2e 65 78 61 6d 70 6c 65 2e 74 65 73 74 "
	 "00"},
	{"c", "00 00 00 01 63"},
	{NULL, NULL},
};

/* 2: answers with macro lists */
static const struct dump dump_2[] = {
	{"O",
	 "00 00 00 a5 4f 00 00 00 06 00 00 01 01 00 00 08 70 00 00 00 00 6a 20 7b "
	 "63 6c 69 65 6e 74 5f 61 64 64 72 7d 20 7b 63 6c 69 65 6e 74 5f 6e 61 6d "
	 "65 7d 20 7b 63 6c 69 65 6e 74 5f 70 74 72 7d 20 7b 63 6c 69 65 6e 74 5f "
	 "72 65 73 6f 6c 76 65 7d 20 7b 63 6c 69 65 6e 74 5f 70 6f 72 74 7d 20 7b "
	 "64 61 65 6d 6f 6e 5f 70 6f 72 74 7d 00 00 00 00 03 7b 72 63 70 74 5f 6d "
	 "61 69 6c 65 72 7d 20 7b 72 63 70 74 5f 68 6f 73 74 7d 20 7b 72 63 70 74 "
	 "5f 61 64 64 72 7d 00 00 00 00 05 69 20 7b 6d 61 69 6c 5f 61 64 64 72 7d "
	 "00"},
	{"MACRO",
	 "00 00 00 97 44 43 6a 00 6d 78 2e 65 78 61 6d 70 6c 65 2e 74 65 73 74 00 "
	 "7b 63 6c 69 65 6e 74 5f 61 64 64 72 7d 00 31 32 37 2e 30 2e 30 2e 31 00 "
	 "7b 63 6c 69 65 6e 74 5f 6e 61 6d 65 7d 00 6c 6f 63 61 6c 68 6f 73 74 00 "
	 "7b 63 6c 69 65 6e 74 5f 70 74 72 7d 00 6c 6f 63 61 6c 68 6f 73 74 00 7b "
	 "63 6c 69 65 6e 74 5f 72 65 73 6f 6c 76 65 7d 00 4f 4b 00 7b 63 6c 69 65 "
	 "6e 74 5f 70 6f 72 74 7d 00 35 39 31 38 32 00 7b 64 61 65 6d 6f 6e 5f 70 "
	 "6f 72 74 7d 00 31 30 30 32 35 00"},
	{"OPTNEG", "00 00 00 0d 4f 00 00 00 06 00 00 01 ff 00 1f ff ff"},
	{"O",
	 "00 00 00 26 4f 00 00 00 06 00 00 01 03 00 00 04 00 00 00 00 00 6a 20 7b "
	 "63 6c 69 65 6e 74 5f 61 64 64 72 7d 00 00 00 00 05 00"},
	{NULL, NULL},
};

/* 3: CONNECT with unknown address (Postfix, XCLIENT ADDR=[UNAVAILABLE]) */
static const struct dump dump_3[] = {
	{"CONNECT",
	 "00 00 00 14 43 75 6e 6b 6e 6f 77 6e 00 34 e7 3e 75 6e 6b 6e 6f 77 6e 00"},
	{NULL, NULL},
};

/* 4: MAIL, RCPT, DATA with macros (Postfix) */
static const struct dump dump_4[] = {
	{"MACRO",
	 "00 00 00 4e 44 4d 7b 6d 61 69 6c 5f 61 64 64 72 7d 00 61 6c 69 63 65 40 "
	 "65 78 61 6d 70 6c 65 2e 6f 72 67 00 7b 6d 61 69 6c 5f 68 6f 73 74 7d 00 "
	 "65 78 61 6d 70 6c 65 2e 6f 72 67 00 7b 6d 61 69 6c 5f 6d 61 69 6c 65 72 "
	 "7d 00 64 69 73 63 61 72 64 00"},
	{"MAIL",
	 "00 00 00 2c 4d 3c 61 6c 69 63 65 40 65 78 61 6d 70 6c 65 2e 6f 72 67 3e "
	 "00 53 49 5a 45 3d 31 30 30 00 42 4f 44 59 3d 38 42 49 54 4d 49 4d 45 00"},
	{"MACRO",
	 "00 00 00 4e 44 52 7b 72 63 70 74 5f 61 64 64 72 7d 00 62 6f 62 40 65 78 "
	 "61 6d 70 6c 65 2e 74 65 73 74 00 7b 72 63 70 74 5f 68 6f 73 74 7d 00 65 "
	 "78 61 6d 70 6c 65 2e 74 65 73 74 00 7b 72 63 70 74 5f 6d 61 69 6c 65 72 "
	 "7d 00 76 69 72 74 75 61 6c 00"},
	{"RCPT",
	 "00 00 00 21 52 3c 62 6f 62 40 65 78 61 6d 70 6c 65 2e 74 65 73 74 3e 00 "
	 "4e 4f 54 49 46 59 3d 4e 45 56 45 52 00"},
	{"MACRO", "00 00 00 10 44 54 69 00 34 41 33 39 33 41 39 41 33 33 44 00"},
	{"DATA", "00 00 00 01 54"},
	{"MACRO",
	 "00 00 00 41 44 4d 7b 6d 61 69 6c 5f 61 64 64 72 7d 00 00 7b 6d 61 69 6c "
	 "5f 68 6f 73 74 7d 00 6d 78 2e 65 78 61 6d 70 6c 65 2e 74 65 73 74 00 7b "
	 "6d 61 69 6c 5f 6d 61 69 6c 65 72 7d 00 64 69 73 63 61 72 64 00"},
	{"MAIL", "00 00 00 04 4d 3c 3e 00"},
	{NULL, NULL},
};

/* 5: headers (Postfix, without HDR_LEADSPC) */
static const struct dump dump_5[] = {
	{"MACRO", "00 00 00 10 44 4c 69 00 34 41 33 39 33 41 39 41 33 33 44 00"},
	{"HEADER",
	 "00 00 00 15 4c 53 75 62 6a 65 63 74 00 20 74 77 6f 20 73 70 61 63 65 73 "
	 "00"},
	{"HEADER",
	 "00 00 00 12 4c 58 2d 54 61 62 00 09 61 66 74 65 72 20 74 61 62 00"},
	{"HEADER",
	 "00 00 00 1d 4c 58 2d 46 6f 6c 64 00 66 69 72 73 74 0a 09 73 65 63 6f 6e "
	 "64 0a 20 74 68 69 72 64 00"},
	{"HEADER", "00 00 00 0a 4c 58 2d 45 6d 70 74 79 00 00"},
	{"HEADER", "00 00 00 0f 4c 53 75 62 6a 65 63 74 00 20 20 74 77 6f 00"},
	{"HEADER",
	 "00 00 00 17 4c 58 2d 46 6f 6c 64 00 20 66 69 72 73 74 0a 09 73 65 63 6f "
	 "6e 64 00"},
	{NULL, NULL},
};

/* 6: EOH, body, end, end of session (Postfix; one A after the message, one at disconnect) */
static const struct dump dump_6[] = {
	{"MACRO", "00 00 00 10 44 4e 69 00 34 41 33 39 33 41 39 41 33 33 44 00"},
	{"EOH", "00 00 00 01 4e"},
	{"MACRO", "00 00 00 10 44 42 69 00 34 41 33 39 33 41 39 41 33 33 44 00"},
	{"BODY",
	 "00 00 00 1e 42 6c 69 6e 65 20 6f 6e 65 0d 0a 2e 64 6f 74 20 6c 69 6e 65 "
	 "0d 0a 0d 0a 6c 61 73 74 0d 0a"},
	{"c", "00 00 00 01 63"},
	{"MACRO", "00 00 00 10 44 45 69 00 34 41 33 39 33 41 39 41 33 33 44 00"},
	{"BODYEOB", "00 00 00 01 45"},
	{"c", "00 00 00 01 63"},
	{"ABORT", "00 00 00 01 41"},
	{"ABORT", "00 00 00 01 41"},
	{"QUIT", "00 00 00 01 51"},
	{NULL, NULL},
};

/* 7: body chunks; everything else suppressed with 0x26f (Postfix) */
static const struct dump dump_7[] = {
	{"O", "00 00 00 0d 4f 00 00 00 06 00 00 00 00 00 00 02 6f"},
	{"MACRO", "00 00 00 02 44 48"},
	{"MACRO", "00 00 00 10 44 54 69 00 38 30 42 42 30 41 39 41 30 31 36 00"},
	{"MACRO", "00 00 00 10 44 42 69 00 38 30 42 42 30 41 39 41 30 31 36 00"},
	{"MACRO", "00 00 00 10 44 42 69 00 38 30 42 42 30 41 39 41 30 31 36 00"},
	{"BODY", "00 00 00 08 42 0a 74 61 69 6c 0d 0a"},
	{NULL, NULL},
};

/* 8: end of message with every modification (Postfix; identical bytes worked with Sendmail) */
static const struct dump dump_8[] = {
	{"MACRO", "00 00 00 10 44 45 69 00 38 34 45 38 39 41 39 41 33 33 45 00"},
	{"BODYEOB", "00 00 00 01 45"},
	{"h", "00 00 00 0f 68 58 2d 41 64 64 65 64 00 70 6c 61 69 6e 00"},
	{"h",
	 "00 00 00 15 68 58 2d 46 6f 6c 64 00 6c 69 6e 65 31 0a 09 6c 69 6e 65 32 "
	 "00"},
	{"i", "00 00 00 10 69 00 00 00 00 58 2d 54 6f 70 00 7a 65 72 6f 00"},
	{"i",
	 "00 00 00 12 69 00 00 00 01 58 2d 53 65 63 6f 6e 64 00 6f 6e 65 00"},
	{"m",
	 "00 00 00 11 6d 00 00 00 02 58 2d 41 00 63 68 61 6e 67 65 64 00"},
	{"m", "00 00 00 0a 6d 00 00 00 01 58 2d 41 00 00"},
	{"e",
	 "00 00 00 25 65 3c 6e 65 77 40 65 78 61 6d 70 6c 65 2e 6f 72 67 3e 00 52 "
	 "45 54 3d 48 44 52 53 20 45 4e 56 49 44 3d 78 31 00"},
	{"+",
	 "00 00 00 16 2b 3c 63 61 72 6f 6c 40 65 78 61 6d 70 6c 65 2e 74 65 73 74 "
	 "3e 00"},
	{"2",
	 "00 00 00 22 32 3c 64 61 76 65 40 65 78 61 6d 70 6c 65 2e 74 65 73 74 3e "
	 "00 4e 4f 54 49 46 59 3d 4e 45 56 45 52 00"},
	{"-",
	 "00 00 00 14 2d 3c 62 6f 62 40 65 78 61 6d 70 6c 65 2e 74 65 73 74 3e 00"},
	{"b", "00 00 00 05 62 6e 65 77 20"},
	{"b", "00 00 00 07 62 62 6f 64 79 0d 0a"},
	{"c", "00 00 00 01 63"},
	{NULL, NULL},
};

/* 9: two-line REPLYCODE at RCPT */
static const struct dump dump_9[] = {
	{"y",
	 "00 00 00 38 79 35 35 30 2d 35 2e 37 2e 31 20 66 69 72 73 74 20 6c 69 6e "
	 "65 20 31 30 30 25 25 20 73 75 72 65 0d 0a 35 35 30 20 35 2e 37 2e 31 20 "
	 "73 65 63 6f 6e 64 20 6c 69 6e 65 00"},
	{NULL, NULL},
};

/* 10: Sendmail, CONNECT over IPv6 */
static const struct dump dump_10[] = {
	{"CONNECT",
	 "00 00 00 30 43 5b 49 50 76 36 3a 30 3a 30 3a 30 3a 30 3a 30 3a 30 3a 30 "
	 "3a 31 5d 00 36 c4 66 49 50 76 36 3a 30 3a 30 3a 30 3a 30 3a 30 3a 30 3a "
	 "30 3a 31 00"},
	{NULL, NULL},
};

/* 11: `sendmail -bs`, family U, RSET, QUIT */
static const struct dump dump_11[] = {
	{"MACRO",
	 "00 00 00 25 44 43 6a 00 6d 78 2e 65 78 61 6d 70 6c 65 2e 74 65 73 74 00 "
	 "5f 00 72 6f 6f 74 40 6c 6f 63 61 6c 68 6f 73 74 00"},
	{"CONNECT", "00 00 00 0c 43 6c 6f 63 61 6c 68 6f 73 74 00 55"},
	{"MACRO", "00 00 00 02 44 48"},
	{"ABORT", "00 00 00 01 41"},
	{"QUIT", "00 00 00 01 51"},
	{NULL, NULL},
};

/* 12: SMFIP_RCPT_REJ */
static const struct dump dump_12[] = {
	{"MACRO",
	 "00 00 00 48 44 52 7b 72 63 70 74 5f 61 64 64 72 7d 00 52 65 6c 61 79 20 "
	 "61 63 63 65 73 73 20 64 65 6e 69 65 64 00 7b 72 63 70 74 5f 68 6f 73 74 "
	 "7d 00 35 2e 37 2e 31 00 7b 72 63 70 74 5f 6d 61 69 6c 65 72 7d 00 65 72 "
	 "72 6f 72 00"},
	{"RCPT",
	 "00 00 00 17 52 3c 78 40 65 6c 73 65 77 68 65 72 65 2e 69 6e 76 61 6c 69 "
	 "64 3e 00"},
	{"MACRO",
	 "00 00 00 4b 44 52 7b 72 63 70 74 5f 6d 61 69 6c 65 72 7d 00 65 72 72 6f "
	 "72 00 7b 72 63 70 74 5f 68 6f 73 74 7d 00 35 2e 31 2e 31 00 7b 72 63 70 "
	 "74 5f 61 64 64 72 7d 00 35 35 30 20 35 2e 31 2e 31 20 55 73 65 72 20 75 "
	 "6e 6b 6e 6f 77 6e 00"},
	{"RCPT",
	 "00 00 00 1e 52 3c 6e 6f 73 75 63 68 75 73 65 72 40 6d 78 2e 65 78 61 6d "
	 "70 6c 65 2e 74 65 73 74 3e 00"},
	{NULL, NULL},
};

/* 13: Postfix, mail submitted with sendmail(1) (non_smtpd_milters); no `A` at all */
static const struct dump dump_13[] = {
	{"CONNECT",
	 "00 00 00 18 43 6c 6f 63 61 6c 68 6f 73 74 00 34 00 00 31 32 37 2e 30 2e "
	 "30 2e 31 00"},
	{"MACRO",
	 "00 00 00 2e 44 4d 69 00 35 31 31 41 45 41 39 41 33 35 43 00 7b 6d 61 69 "
	 "6c 5f 61 64 64 72 7d 00 61 6c 69 63 65 40 65 78 61 6d 70 6c 65 2e 6f 72 "
	 "67 00"},
	{"MAIL",
	 "00 00 00 13 4d 61 6c 69 63 65 40 65 78 61 6d 70 6c 65 2e 6f 72 67 00"},
	{"MACRO",
	 "00 00 00 2d 44 52 69 00 35 31 31 41 45 41 39 41 33 35 43 00 7b 72 63 70 "
	 "74 5f 61 64 64 72 7d 00 62 6f 62 40 65 78 61 6d 70 6c 65 2e 74 65 73 74 "
	 "00"},
	{"RCPT",
	 "00 00 00 12 52 62 6f 62 40 65 78 61 6d 70 6c 65 2e 74 65 73 74 00"},
	{"BODYEOB", "00 00 00 01 45"},
	{"QUIT", "00 00 00 01 51"},
	{NULL, NULL},
};

/* 14: Sendmail, complete session (macro lists are the defaults; headers of the message left out) */
static const struct dump dump_14[] = {
	{"MACRO",
	 "00 00 00 52 44 43 6a 00 6d 78 2e 65 78 61 6d 70 6c 65 2e 74 65 73 74 00 "
	 "5f 00 6c 6f 63 61 6c 68 6f 73 74 20 5b 31 32 37 2e 30 2e 30 2e 31 5d 00 "
	 "7b 64 61 65 6d 6f 6e 5f 6e 61 6d 65 7d 00 4d 54 41 00 7b 69 66 5f 6e 61 "
	 "6d 65 7d 00 6c 6f 63 61 6c 68 6f 73 74 00"},
	{"CONNECT",
	 "00 00 00 18 43 6c 6f 63 61 6c 68 6f 73 74 00 34 be 54 31 32 37 2e 30 2e "
	 "30 2e 31 00"},
	{"MACRO", "00 00 00 02 44 48"},
	{"HELO",
	 "00 00 00 15 48 63 6c 69 65 6e 74 2e 65 78 61 6d 70 6c 65 2e 74 65 73 74 "
	 "00"},
	{"MACRO",
	 "00 00 00 5e 44 4d 69 00 36 41 4c 30 4f 66 73 71 30 33 30 31 33 36 00 7b "
	 "6d 61 69 6c 5f 6d 61 69 6c 65 72 7d 00 65 73 6d 74 70 00 7b 6d 61 69 6c "
	 "5f 68 6f 73 74 7d 00 65 78 61 6d 70 6c 65 2e 6f 72 67 2e 00 7b 6d 61 69 "
	 "6c 5f 61 64 64 72 7d 00 61 6c 69 63 65 40 65 78 61 6d 70 6c 65 2e 6f 72 "
	 "67 00"},
	{"MAIL",
	 "00 00 00 2c 4d 3c 61 6c 69 63 65 40 65 78 61 6d 70 6c 65 2e 6f 72 67 3e "
	 "00 53 49 5a 45 3d 31 30 30 00 42 4f 44 59 3d 38 42 49 54 4d 49 4d 45 00"},
	{"MACRO",
	 "00 00 00 33 44 52 7b 72 63 70 74 5f 6d 61 69 6c 65 72 7d 00 6c 6f 63 61 "
	 "6c 00 7b 72 63 70 74 5f 68 6f 73 74 7d 00 00 7b 72 63 70 74 5f 61 64 64 "
	 "72 7d 00 62 6f 62 00"},
	{"RCPT",
	 "00 00 00 21 52 3c 62 6f 62 40 65 78 61 6d 70 6c 65 2e 74 65 73 74 3e 00 "
	 "4e 4f 54 49 46 59 3d 4e 45 56 45 52 00"},
	{"DATA", "00 00 00 01 54"},
	{"HEADER",
	 "00 00 00 18 4c 46 72 6f 6d 00 61 6c 69 63 65 40 65 78 61 6d 70 6c 65 2e "
	 "6f 72 67 00"},
	{"EOH", "00 00 00 01 4e"},
	{"BODY",
	 "00 00 00 1e 42 6c 69 6e 65 20 6f 6e 65 0d 0a 2e 64 6f 74 20 6c 69 6e 65 "
	 "0d 0a 0d 0a 6c 61 73 74 0d 0a"},
	{"MACRO",
	 "00 00 00 39 44 45 7b 6d 73 67 5f 69 64 7d 00 3c 32 30 32 36 31 31 32 31 "
	 "30 30 32 34 2e 36 41 4c 30 4f 66 73 71 30 33 30 31 33 36 40 6d 78 2e 65 "
	 "78 61 6d 70 6c 65 2e 74 65 73 74 3e 00"},
	{"BODYEOB", "00 00 00 01 45"},
	{"QUIT", "00 00 00 01 51"},
	{NULL, NULL},
};

/* 15: Sendmail, two messages with RSET, unknown command, own macro list */
static const struct dump dump_15[] = {
	{"O",
	 "00 00 00 5b 4f 00 00 00 06 00 00 01 00 00 00 00 70 00 00 00 00 6a 20 7b "
	 "63 6c 69 65 6e 74 5f 61 64 64 72 7d 20 7b 63 6c 69 65 6e 74 5f 6e 61 6d "
	 "65 7d 20 7b 63 6c 69 65 6e 74 5f 72 65 73 6f 6c 76 65 7d 20 69 00 00 00 "
	 "00 03 7b 6e 72 63 70 74 73 7d 20 7b 72 63 70 74 5f 61 64 64 72 7d 00"},
	{"MACRO",
	 "00 00 00 69 44 43 6a 00 6d 78 2e 65 78 61 6d 70 6c 65 2e 74 65 73 74 00 "
	 "7b 63 6c 69 65 6e 74 5f 61 64 64 72 7d 00 31 32 37 2e 30 2e 30 2e 31 00 "
	 "7b 63 6c 69 65 6e 74 5f 6e 61 6d 65 7d 00 6c 6f 63 61 6c 68 6f 73 74 00 "
	 "7b 63 6c 69 65 6e 74 5f 72 65 73 6f 6c 76 65 7d 00 4f 4b 00 69 00 36 41 "
	 "4c 31 33 39 64 4f 30 31 34 36 33 32 00"},
	{"UNKNOWN",
	 "00 00 00 17 55 46 52 4f 42 4e 49 43 41 54 45 20 6e 6f 77 20 70 6c 65 61 "
	 "73 65 00"},
	{"ABORT", "00 00 00 01 41"},
	{"QUIT", "00 00 00 01 51"},
	{NULL, NULL},
};

/* clang-format on */

static const struct dump *const all_dumps[] = {
	dump_1, dump_2,	 dump_3,  dump_4,  dump_5,  dump_6,  dump_7,  dump_8,
	dump_9, dump_10, dump_11, dump_12, dump_13, dump_14, dump_15,
};

#define DUMP_COUNT (sizeof(all_dumps) / sizeof(all_dumps[0]))

static inline unsigned char
dump_digit(char c)
{
	return (unsigned char)(strchr("0123456789abcdef", c) - "0123456789abcdef");
}

/* The bytes of a frame; returns how many. */
static inline size_t
dump_bytes(const struct dump *d, unsigned char bytes[static DUMP_BYTES])
{
	size_t n = 0;

	for (const char *p = d->hex; n < DUMP_BYTES; p += 3) {
		bytes[n++] = (unsigned char)(dump_digit(p[0]) << 4 | dump_digit(p[1]));
		if (p[2] == '\0')
			break;
	}
	return n;
}

/* The nth frame of this kind, counted from 0, in a dump that has it. */
static inline const struct dump *
dump_find(const struct dump *d, const char *kind, size_t nth)
{
	while (strcmp(d->kind, kind) != 0 || nth-- > 0)
		d++;
	return d;
}

/* Capitals are commands of the MTA; OPTNEG goes both ways, the filter's is "O". */
static inline int
dump_is_command(const struct dump *d)
{
	return d->kind[1] != '\0';
}

#endif
