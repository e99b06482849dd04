/* Conditions: sets of lines about a message. Layer 3. configuration.md "condition". */
#ifndef POLICY_CONDITION_H
#define POLICY_CONDITION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "match/regex.h"
#include "milter/proto.h"
#include "option/option.h"
#include "session/message.h"
#include "session/peer.h"

struct arena;
struct condition;
struct table;

enum tri { TRI_NO, TRI_YES, TRI_UNKNOWN };

extern const struct option condition_options[]; /* of condition "name" { } */
/* Of a section that has lines of a condition among its own options, put to one recipient, as a
 * limit: without all any none listener macro header, and without recipient_scope. */
extern const struct option condition_rcpt_options[];

/* How names in a section are found; NULL after section_error() at option. */
struct condition_scope {
	struct arena *arena;
	const struct table *(*table)(void *ctx, const struct section *s, const char *option,
				     const char *name);
	const struct condition *(*condition)(void *ctx, const struct section *s,
					     const char *option, const char *name);
	bool (*listener)(void *ctx, const char *name); /* is there one of that name? */
	void *ctx;
};

/* Reads the lines of a section: of a condition all that there are, of another kind those of
 * condition_rcpt_options. NULL after section_error(). Conditions that all, any and none
 * name must have been read before. */
struct condition *condition_read(const struct section *s, const struct condition_scope *scope);

/* PART_ bits (policy.h) that it reads, those of the conditions it names included. */
uint32_t condition_reads(const struct condition *c);
const char *condition_macros(const struct condition *c); /* "{auth_authen} ...", or "" */
bool condition_is_about_rcpts(const struct condition *c);
/* The earliest stage at which it may be known, and the one at which it is sure to be. */
enum stage condition_first_stage(const struct condition *c);
enum stage condition_last_stage(const struct condition *c);
/* The earliest stage at which it may be known to hold. All three: when nothing is pending. */
enum stage condition_first_yes(const struct condition *c);

/* What it is judged on. */
struct condition_view {
	const char *listener;
	const struct peer *peer;
	const struct message *message;
	unsigned position; /* the envelope as those before this one left it */
	enum stage stage;  /* reached: ENVFROM, ENVRCPT (the last recipient is the one being
			      asked about), DATA, EOH, EOM */
	uint32_t pending;  /* PART_ bits that a policy before may still change */
	size_t first_rcpt; /* at ENVRCPT: those before it were asked about, and did not fit */
	const char *(*macro)(void *ctx, const char *name);
	void *ctx;
	struct arena *arena;
	const struct regex_limits *limits;
	struct regex_budget *budget;
};

/* TRI_UNKNOWN: not known yet at this stage; never at EOM. A negative number: a match failed
 * (regex_match()'s). rcpt: the index of one recipient, or SIZE_MAX: the message. */
int condition_evaluate(const struct condition *c, const struct condition_view *view,
		       size_t rcpt);

const char *condition_name(const struct condition *c);

#endif
