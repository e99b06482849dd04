/* What clients of the control socket may say. A word that takes more than a few lines has a
 * file of its own. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "master/state.h"
#include "util/log.h"

static void
run_reload_word(struct control_client *c, const char *rest)
{
	(void)rest;
	c->state = CONTROL_WAITS;
	reload_request(c->m); /* may fail at once: then c is gone */
}

/* The memory of the history, see io/ring.h. */
static void
run_history_word(struct control_client *c, const char *rest)
{
	const struct history *history = &c->m->host.history;

	(void)rest;
	if (history->messages == 0)
		control_answer(c, EX_UNAVAILABLE,
			       "no history is kept: control { history = 0 }");
	else
		control_answer_descriptor(c, "", history->fd);
}

/* The dump of the configuration that serves, see config/dump_file.h. */
static void
run_dump_word(struct control_client *c, const char *rest)
{
	const struct generation *g = c->m->newest;
	char why[160];

	(void)rest;
	if (g == NULL) {
		control_answer(c, EX_UNAVAILABLE, "no configuration serves yet");
	} else if (g->dump < 0) {
		(void)snprintf(why, sizeof(why),
			       "the text of the configuration could not be kept: %s",
			       strerror(-g->dump));
		control_answer(c, EX_UNAVAILABLE, why);
	} else {
		control_answer_descriptor(c, "", g->dump);
	}
}

static void
run_stop_word(struct control_client *c, const char *rest)
{
	(void)rest;
	c->state = CONTROL_STOPS;
	(void)kill(getpid(), SIGTERM);
}

bool
control_set_log_level(struct master *m, const char *word)
{
	int level = word != NULL ? config_find_log_level(word) : -1;

	if (word != NULL && level < 0)
		return false;
	m->host.log_level = level + 1;
	for (struct generation *g = m->newest; g != NULL; g = g->older)
		generation_set_log_level(g, m->host.log_level);
	if (level >= 0)
		log_set_level(level);
	m->log_level = level >= 0 ? config_log_level_name(level) : NULL;
	return true;
}

static void
run_log_level_word(struct control_client *c, const char *rest)
{
	struct buf text = {0};

	if (!control_set_log_level(c->m, rest)) {
		buf_printf(&text,
			   "'%s' is no level: the levels are error, warning, notice, info, "
			   "debug",
			   rest);
		control_answer(c, EX_USAGE, buf_string(&text));
		buf_free(&text);
		return;
	}
	log_write(LOG_NOTICE, "log level %s, until the next reload", rest);
	control_answer(c, EX_OK, "");
}

/* What status and metrics print is made of it by the client. */
static void
run_snapshot_word(struct control_client *c, const char *rest)
{
	(void)rest;
	control_answer_descriptor(c, "", totals_publish(c->m->totals, c->m));
}

const struct control_word control_words[] = {
	{"drain", true, control_run_drain},
	{"dump", false, run_dump_word},
	{"history", false, run_history_word},
	{"log-level", true, run_log_level_word},
	{"reload", false, run_reload_word},
	{"stop", false, run_stop_word},
	{"status", false, run_snapshot_word},
	{"metrics", false, run_snapshot_word},
	{0},
};
