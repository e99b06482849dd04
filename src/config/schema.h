/* The whole language as option tables, and as libconfuse's tables made from them. Layer 6. */
#ifndef CONFIG_SCHEMA_H
#define CONFIG_SCHEMA_H

#include <confuse.h>
#include <stdbool.h>

#include "option/option.h"

struct arena;

extern const struct option schema_policy_options[]; /* of every policy: when, unless, ... */

/* The top level: config_options and a section for each policy built in. In the arena. */
const struct option *schema_top(struct arena *arena);
/* The same with tables for what is read before privileges are dropped only; all other sections
 * have none. */
const struct option *schema_early(struct arena *arena);

bool schema_is_policy(const struct option *o); /* built in, or planned */

/* libconfuse's table: every scalar is a string, typed by us. In the arena. */
cfg_opt_t *schema_confuse(struct arena *arena, const struct option *table);

#endif
