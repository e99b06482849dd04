/* From sections to struct config: what the files of src/config/ share while they build it.
 * Layer 6. */
#ifndef CONFIG_BUILD_H
#define CONFIG_BUILD_H

#include <stdbool.h>
#include <stddef.h>

#include "config/config.h"
#include "content/view.h"
#include "policy/setup.h"

struct diagnostics;
struct source;

struct named { /* a table, a condition, a policy */
	const struct section *section;
	const void *made; /* NULL: not yet, or it failed, which was told */
	bool used;
	/* conditions: on the way to their order */
	bool open, done;
	struct named *asked_by;
	size_t list, item; /* the next name to look at */
};

struct names {
	struct named *list;
	size_t n;
};

struct build {
	struct arena *arena;
	struct source *source;
	struct diagnostics *diagnostics;
	const struct section *root;
	struct config *config;
	struct regex_limits regex;
	struct view_limits view;
	struct condition_scope scope;
	struct names tables, conditions, policies; /* policies: struct policy_inst */
};

/* Tables, conditions in the order of their dependence, policies. names.c. */
void build_names(struct build *b);
/* Finds a policy that a chain names; NULL after telling. Its made may be NULL. */
struct named *build_find_policy(struct build *b, const struct section *s, const char *option,
				const char *name);
void build_warn_unused(struct build *b);

/* Listeners and their chains; early: without chains. listener.c. */
void build_listeners(struct build *b, bool early);

/* The place of a value in a list, for messages: SIZE_MAX when it is not there. */
size_t build_item(const struct section *s, const char *option, const char *value);

#endif
