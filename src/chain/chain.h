/* Policies in the administrator's order, and their run over one connection. Layer 4. */
#ifndef CHAIN_CHAIN_H
#define CHAIN_CHAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "content/mime_tree.h"
#include "policy/policy.h"
#include "session/session.h"

enum policy_mode { MODE_ENFORCE, MODE_MONITOR, MODE_OFF };
enum on_error {
	ON_ERROR_TEMPFAIL,
	ON_ERROR_REJECT,
	ON_ERROR_ACCEPT,
	ON_ERROR_CONTINUE,
	ON_ERROR_QUARANTINE,
};

struct policy_inst { /* one section of polymilter.conf, read-only */
	const struct policy_ops *ops;
	const char *title;
	const void *conf;
	struct policy_need need;
	const struct condition *const *when, *const *unless;
	size_t n_when, n_unless;
	enum policy_mode mode;
	enum on_error on_error;
};

struct chain { /* one listener's; immutable after config_load() */
	const char *listener;
	const struct policy_inst *const *inst;
	size_t n;
	bool monitor; /* mode_override: all of it only watches */
	struct session_limits limits;
	struct regex_limits regex;
	struct content_limits view;
	/* Made by chain_prepare() from the above. */
	struct chain_need {
		uint32_t answers, actions, parts;
		const char *lists[MACRO_STAGES];
		const char *macros; /* beyond what both MTAs send of themselves; "": none */
	} need;
	struct chain_warnings *warned; /* the one thing that is written to, by all workers */
};

/* Fills in chain->need; called once, by the reader of the configuration. */
void chain_prepare(struct chain *chain, struct arena *arena);

/* An earlier policy of the chain that could still accept or discard when the one at place i
 * refuses a recipient at RCPT: for the warning at load. Its place, or -1. */
int chain_find_late_accept(const struct chain *chain, size_t i);

/* Pure: from what the MTA offers to what this chain takes. -EPROTO when the MTA does not offer
 * an action that an enforcing policy needs; *ret_missing then has its bit. */
int chain_negotiate(const struct chain *chain, const struct milter_terms *offer,
		    struct session_request *ret, uint32_t *ret_missing);

struct log_record;

/* What the runner cannot do itself: supplied by worker/conn.c, faked in tests. */
struct chain_host {
	void (*set_timer)(void *host, unsigned ms); /* 0 disarms */
	void (*resumed)(void *host); /* a suspended event is done: call chain_run_complete() */
	struct sd_event *(*loop)(void *host);
	void (*log)(void *host, const struct log_record *record);
	/* A message ended: verdict is what the MTA was told, NULL when it was aborted; acted: a
	 * policy did, or would have done, something. Is its log line wanted? */
	bool (*message_done)(void *host, const char *verdict, bool acted);
};

extern const struct session_handler chain_handler; /* ctx is a struct chain_run */

/* session_id: for lines before the MTA has told the queue id; copied. */
struct chain_run *chain_run_new(const struct chain *chain, const struct chain_host *ops,
				void *host, const char *session_id);
struct chain_run *chain_run_free(struct chain_run *run); /* after session_free() */
/* Between two messages: from now on it serves another connection. */
void chain_run_move(struct chain_run *run, void *host, const char *session_id);
void chain_run_timer_expired(struct chain_run *run); /* the timer of set_timer() fired */
/* The verdict of the event that was suspended; the host gives it to session_resume(). */
enum verdict chain_run_verdict(const struct chain_run *run);

#endif
