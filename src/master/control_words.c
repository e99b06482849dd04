/* What clients of the control socket may say. A word that takes more than a few lines has a
 * file of its own. */
#include <signal.h>
#include <sysexits.h>
#include <unistd.h>

#include "master/state.h"

static void
run_reload_word(struct control_client *c, const char *rest)
{
	(void)rest;
	c->state = CONTROL_WAITS;
	reload_request(c->m); /* may fail at once: then c is gone */
}

static void
run_stop_word(struct control_client *c, const char *rest)
{
	(void)rest;
	c->state = CONTROL_STOPS;
	(void)kill(getpid(), SIGTERM);
}

const struct control_word control_words[] = {
	{"reload", false, run_reload_word},
	{"stop", false, run_stop_word},
	{0},
};
