/* clang-format off */
/* Plays dialogues between an MTA and polymilter, in process, and compares. `driver FILE.rpl ...`
 * prints a line for each file and exits 1 when one failed.
 *
 * A file is lines; empty ones and those that start with '#' are passed over. A line that ends
 * with <<END goes on until a line that is END (any word). In text \n \r \t \\ \" \xNN are
 * escapes.
 *
 *   conf TEXT         configuration; consecutive lines of it make one. Files that it names stand
 *                     beside the .rpl
 *   error TEXT        of that configuration: the next mistake, "LINE: message", contains TEXT
 *   warning TEXT      likewise; without any `error` the configuration must load
 *   listener NAME     the cases below come in by this one; default: the first
 *   prelude <<END     statements that every case starts with, until the next prelude; in it the
 *                     answer `continue` need not be demanded
 *   case NAME [bare]  a new connection; bare: without the prelude
 *   > COMMAND ...     what the MTA sends
 *   < ANSWER ...      what must come back, in order; "..." at its end: anything more
 *   log TEXT ...      the next log line contains these words ("quoted": with blanks), and none
 *                     that is written !TEXT; lines of messages may be passed over
 *   tick MS           the clock goes on
 *
 * COMMAND is one of
 *   optneg [version=N] [actions=N] [protocol=N]    without it: Postfix 3.7's, not compared;
 *                                                  none before a first command `raw`
 *   macro LETTER NAME=VALUE ...
 *   connect HOST FAMILY [ADDR [PORT]]   helo NAME   data   eoh   eom   abort   quit   quit_nc
 *   envfrom ADDR [ARG ...]   envrcpt ADDR [ARG ...]   unknown TEXT
 *   header NAME: TEXT     one blank behind the colon is the MTA's
 *   body TEXT             or a size such as 26M: so much filler; or <<END: lines with CRLF
 *   message <<END         a whole mail: headers, eoh, body, eom; `continue` before eom's answer
 *                         need not be demanded
 *   raw HEX ...           bytes as they are
 * ANSWER is one of
 *   continue   accept   reject   tempfail   discard   skip   close   replycode 550 5.7.1 TEXT
 *   optneg [version=N] [actions=NAME,...] [no=STAGE,...] [nr=STAGE,...] [macro=NAME] [lists=yes|no]
 *   addheader NAME TEXT   insheader N NAME TEXT   chgheader N NAME TEXT   delheader N NAME
 *   addrcpt ADDR [ARGS]   delrcpt ADDR   chgfrom ADDR [ARGS]   quarantine TEXT
 *   replbody TEXT         or <<END
 * "=_polymilter_CHANCE" stands for a boundary of ours with its 24 digits.
 *
 * The driver itself demands that an answer comes exactly where the MTA waits for one, that each
 * message leaves one log line, and that no other log line is left unread. */
/* clang-format on */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "player.h"

#include "mime/charset.h"
#include "util/arena.h"

/* Reads one file and plays it. Its name and how it went is a line on standard output. */
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
	charset_open_all();
	for (int i = 1; i < argc; i++)
		n_failed += !play_file(argv[i]);
	printf("%d files, %d failed\n", argc - 1, n_failed);
	return n_failed > 0;
}
