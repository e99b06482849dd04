/* clang-format off */
/* Tests policies and chains in one process: it plays dialogues between an MTA and polymilter's
 * session and chain, and compares what polymilter sends and logs with what the dialogue expects.
 *
 *   t/scenario/driver FILE.rpl ...
 *
 * prints a line for each file, and each failure on standard error; it exits with 1 when a file
 * failed. t/scenario/run.test runs all files. Example:
 *
 *   conf <<END
 *   size "cap" { message = "10" }
 *   listener "in" { socket = "inet:1@127.0.0.1" chain = {"cap"} }
 *   END
 *   case too-large
 *   > envfrom <a@example.org> SIZE=11
 *   < replycode 552 5.3.4 ...
 *   log verdict=reject policies="cap:reject"
 *
 * A file consists of lines. Empty lines and those that start with '#' are comments. A line that
 * ends with <<END continues until a line that is END (any word). Escapes in text are
 * \n \r \t \\ \" \xNN.
 *
 *   conf TEXT         configuration; consecutive `conf` lines make one. Relative file names in
 *                     it are relative to the folder of the .rpl file
 *   error TEXT        the configuration's next error, "LINE: message", contains TEXT
 *   warning TEXT      the configuration's next warning contains TEXT
 *   listener NAME     the cases below use this listener; default: the first one
 *   prelude <<END     statements at the start of every case, until the next prelude; in it the
 *                     answer `continue` need not be expected
 *   case NAME [bare]  a new connection; bare: without the prelude
 *   > COMMAND ...     the MTA sends this
 *   < ANSWER ...      polymilter's next reply; with "..." at the end only its beginning
 *   log TEXT ...      the next log line contains these words ("quoted": with blanks), and none
 *                     that is written !TEXT; log lines of messages may be skipped
 *   ended POLICY      from now on it counts as if a worker had ended in this policy, when a policy was
 *                     called the last time: at that message and stage
 *   time 2026-03-29T01:30:00Z   from now on it is this instant; before, it is 1970. Local time is
 *                     that of Berlin
 *
 * A configuration without an `error` line must load.
 *
 * COMMAND is one of
 *   optneg [version=N] [actions=N] [protocol=N]    a case that does not start with it or with
 *                                                  `raw` sends the offer of Postfix 3.7 first,
 *                                                  and the answer to that is not compared
 *   macro LETTER NAME=VALUE ...
 *   connect HOST FAMILY [ADDR [PORT]]   helo NAME   data   eoh   eom   abort   quit   quit_nc
 *   envfrom ADDR [ARG ...]   envrcpt ADDR [ARG ...]   unknown TEXT
 *   header NAME: TEXT     the MTA removes one blank behind the colon
 *   body TEXT             or a size such as 26M: so many bytes of filler; or <<END: lines, which
 *                         get CRLF
 *   message <<END         a whole message: headers, eoh, body, eom; the answer `continue` before
 *                         eom need not be expected
 *   raw HEX ...           these bytes, which need not be a frame
 * ANSWER is one of
 *   continue   accept   reject   tempfail   discard   skip   close   replycode 550 5.7.1 TEXT
 *   optneg [version=N] [actions=NAME,...] [no=STAGE,...] [nr=STAGE,...] [macro=NAME] [lists=yes|no]
 *   addheader NAME TEXT   insheader N NAME TEXT   chgheader N NAME TEXT   delheader N NAME
 *   addrcpt ADDR [ARGS]   delrcpt ADDR   chgfrom ADDR [ARGS]   quarantine TEXT
 *   replbody TEXT         or <<END
 * "=_polymilter_CHANCE" stands for a boundary that polymilter makes with 24 random digits.
 *
 * In every case the driver checks that a reply comes exactly where the MTA waits for one, that
 * each message has one log line, and that no other log line is unread at the end of the case. */
/* clang-format on */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "player.h"

#include "charset/charset.h"
#include "util/arena.h"

/* Reads one file and plays it. Prints "ok" or "FAIL", its path, the (failed and) played cases.
 */
static bool
play_file(const char *path)
{
	struct player p = {.arena = arena_new()};
	bool ok = false;

	if (script_read(p.arena, path, &p.script) == 0) {
		for (size_t i = 0; i < p.script.n; i++)
			player_play(&p, &p.script.statements[i]);
		player_end(&p);
		ok = p.n_failed == 0;
	}
	if (ok)
		printf("ok   %s (%u)\n", path, p.n_cases);
	else
		printf("FAIL %s (%u of %u)\n", path, p.n_failed, p.n_cases);
	fflush(stdout);
	player_free(&p);
	return ok;
}

int
main(int argc, char **argv)
{
	int n_failed = 0;

	if (argc < 2) {
		fprintf(stderr, "usage: %s FILE.rpl ...\n", argv[0]);
		return 64;
	}
	(void)setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
	charset_open_all();
	for (int i = 1; i < argc; i++)
		n_failed += !play_file(argv[i]);
	printf("%d files, %d failed\n", argc - 1, n_failed);
	return n_failed > 0;
}
