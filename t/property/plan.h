/* Random configurations: policies of eight kinds with conditions, modes and on_error, and
 * listeners with chains of some of them. */
#ifndef PROPERTY_PLAN_H
#define PROPERTY_PLAN_H

#include <stdbool.h>

#include "config/config.h"
#include "random.h"
#include "util/arena.h"

#define PLAN_POLICIES_MAX  8u
#define PLAN_LISTENERS_MAX 12u

#define PLAN_RULE_MONITORS " mode = \"monitor\"" /* in the section of a rule, map or limit */

struct plan_policy {
	const char *kind, *title, *body; /* body: of the section, without mode and on_error */
	const char *mode, *on_error;	 /* words of the configuration */
	bool may_end;			 /* a rule accepts or discards */
};

struct plan_listener {
	unsigned members[PLAN_POLICIES_MAX]; /* the chain: places in policies[] */
	size_t n;
	bool override; /* mode_override = monitor */
};

struct plan {
	struct arena *arena;
	const char *limits;	/* lines of the section */
	const char *regex_time; /* of limits: a match takes 1 ms, see delivery.c */
	const char *conditions;
	struct plan_policy policies[PLAN_POLICIES_MAX];
	size_t n;
	struct plan_listener listeners[PLAN_LISTENERS_MAX];
	size_t n_listeners;
};

/* What a property leaves out, because it is no fault there. */
struct plan_wish {
	bool any_order;	  /* nothing that depends on which recipient comes first */
	bool no_counts;	  /* nothing that depends on how many there are */
	bool no_monitors; /* all policies and rules enforce */
	bool no_ends;	  /* no rule accepts or discards */
};

/* No policies, conditions and listeners. */
void plan_start(struct plan *p, struct arena *arena);
/* One to five policies, no listener yet. */
void plan_random(struct plan *p, struct arena *arena, struct random *r,
		 const struct plan_wish *wish);
/* Another policy, at a random place; its place. */
size_t plan_add_policy(struct plan *p, struct random *r, const struct plan_wish *wish);
/* A policy that is not random, at that place. */
struct plan_policy *plan_insert_policy(struct plan *p, size_t at, const char *kind,
				       const char *body);
/* Another listener with an empty chain, and with a chain of all policies. */
struct plan_listener *plan_add_listener(struct plan *p);
struct plan_listener *plan_add_full_listener(struct plan *p);
void plan_append_member(struct plan_listener *l, size_t policy);

/* The text of the configuration, and the configuration; NULL after a message on standard error:
 * all plans are right. */
const char *plan_text(const struct plan *p);
struct config *plan_load(const struct plan *p);
struct config *plan_load_text(const char *text);

#endif
