/* Warnings about a listener, which are not about one message: the MTA does not offer, or does
 * not send, what the chain needs. A struct chain_warnings in shared memory counts for all
 * workers, so that each warning appears once, or once a minute. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "chain/run.h"
#include "util/log.h"

#define REPEAT_S 60

static void warn_about_listener(struct chain_run *run, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void
warn_about_listener(struct chain_run *run, const char *fmt, ...)
{
	char what[200], text[300];
	struct log_record record = {.level = LOG_WARNING, .text = text};
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	(void)snprintf(text, sizeof(text), "listener %s: %s", run->chain->listener, what);
	run->host->log(run->host_ctx, &record);
}

/* An MTA that lacks an action tries again with each message. */
void
warn_missing_action(struct chain_run *run, uint32_t action)
{
	struct chain_warnings *warnings = run->chain->warnings;
	int64_t last = atomic_load(&warnings->missing_action);
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (last != 0 && now.tv_sec - last < REPEAT_S)
		return;
	if (!atomic_compare_exchange_strong(&warnings->missing_action, &last, now.tv_sec))
		return; /* another worker logs it */
	warn_about_listener(run, "the MTA does not offer %s, which the chain needs: closed",
			    action_name(action));
}

/* Without SETSYMLIST the MTA sends the macros of its own configuration. The first one that is
 * needed and did not come is logged, once. */
void
warn_missing_macro(struct chain_run *run)
{
	const struct chain_need *need = &run->chain->need;
	struct chain_warnings *warnings = run->chain->warnings;
	char name[64];

	if (*need->macros == '\0' || warnings->missing_macro ||
	    (session_terms(run->session)->actions & ACTION_SETSYMLIST) != 0)
		return;
	for (const char *p = need->macros; *p != '\0'; p += strspn(p, " ")) {
		size_t len = strcspn(p, " ");

		(void)snprintf(name, sizeof(name), "%.*s", (int)len, p);
		p += len;
		if (session_macro(run->session, name) != NULL)
			continue;
		if (atomic_exchange(&warnings->missing_macro, true))
			return;
		warn_about_listener(run,
				    "macro %s did not come, and the MTA does not take a list "
				    "of macros (SETSYMLIST): add it to those that it sends",
				    name);
		return;
	}
}
