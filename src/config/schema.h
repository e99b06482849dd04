/* The whole language of polymilter.conf as option tables, and the tables for libconfuse that
 * are made from them.
 *
 * A new option of a listener, of workers { } and so on is one row in schema.c; the options of a
 * policy are in its own file. libconfuse gets every option as a string or a list of strings:
 * types, defaults and required options are not its business but reader.c's. */
#ifndef CONFIG_SCHEMA_H
#define CONFIG_SCHEMA_H

#include <confuse.h>
#include <stdbool.h>

#include "option/option.h"

struct arena;

extern const struct option
	schema_policy_options[]; /* that every policy has: when, unless, ... */
extern const struct option schema_defaults_options[]; /* of defaults { } */

/* The table of the top level: config_options and a section for each policy built in. In the
 * arena. */
const struct option *schema_make_options(struct arena *arena);
/* The table for the reading before privileges are dropped: sections other than listener and
 * control have no table of their own, so that their contents are skipped. In the arena. */
const struct option *schema_make_early_options(struct arena *arena);

/* The words of log { level }, by falling severity; NULL ends them. */
extern const char *const schema_log_levels[];

/* Whether it is an option on_EVENT of a policy (policy/on_event.h). */
bool schema_is_event(const struct option *o);

/* Whether it is the section of a policy. */
bool schema_is_policy(const struct option *o);

/* libconfuse's table for an option table and those inside it. In the arena. */
cfg_opt_t *schema_make_confuse_options(struct arena *arena, const struct option *table);

#endif
