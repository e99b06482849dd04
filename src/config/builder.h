/* From sections to struct config: what config.c, definitions.c and listener.c share while they
 * build it.
 *
 * Input: the root section of reader.h. Output: the fields of struct config, in its arena. A
 * value that is wrong is reported and building goes on, so that one run finds all errors; the
 * config is used only when there were none. */
#ifndef CONFIG_BUILDER_H
#define CONFIG_BUILDER_H

#include <stdbool.h>
#include <stddef.h>

#include "config/config.h"
#include "content/mime_tree.h"
#include "policy/setup.h"

struct diagnostics;
struct service;
struct service_kind;
struct source;

/* A table, condition or policy: a section that other sections name by its title. */
struct definition {
	const struct section *section;
	/* struct table, condition or policy_inst; NULL: not made yet, or it has an error, which
	 * was reported. */
	const void *object;
	bool is_used; /* its title was looked up for another section */
	/* Of a policy that is in a chain: see counted.c. */
	bool is_counted;
	struct policy_numbers numbers;

	/* Of a condition, for the order in which conditions are read: see definitions.c. */
	enum { DEFINITION_NEW, DEFINITION_WAITS, DEFINITION_READ } state;
	struct definition *needed_by;	/* the condition that waits for this one */
	size_t next_list, next_in_list; /* the next title in its all, any, none to look at */
};

struct definitions {
	struct definition *list;
	size_t n;
};

struct config_builder {
	struct arena *arena; /* the config's */
	struct source *source;
	struct diagnostics *diagnostics;
	const struct section *root;
	struct config *config; /* the result */
	/* limits { } for the chains. */
	struct regex_limits regex;
	struct content_limits view;
	const struct time_zone *zones; /* that conditions name */
	struct condition_scope scope;  /* finds tables and conditions for policies */
	struct definitions tables, conditions, services, policies;
	struct service **services_read;		 /* the config's */
	struct counted_policy *counted_policies; /* the config's */
	struct counted_rule *counted_rules;
	size_t cap_counted_policies, cap_counted_rules;
};

/* Makes tables, then conditions, then policies, each from its section. In definitions.c. */
void builder_make_definitions(struct config_builder *b);

/* The policy with this title, which the list option of s names. NULL: there is none, and that
 * was reported unless a refused section may be it. Its object may be NULL. */
struct definition *builder_find_policy(struct config_builder *b, const struct section *s,
				       const char *option, const char *title);

/* The service with this title, likewise. */
struct definition *builder_find_service(struct config_builder *b, const struct section *s,
					const char *option, const char *title);

/* Reads the services, whose sections are known, before the policies. In service.c. */
extern const struct option builder_service_options[];
void builder_read_services(struct config_builder *b);
/* For a policy that asks servers of this kind. NULL after section_error() at the option. */
const struct service *builder_use_service(struct config_builder *b, const struct section *s,
					  const char *option, const char *name,
					  const struct service_kind *kind);

/* The numbers of a policy that a chain names, and those of its rules: given at the first call
 * for it. In counted.c. */
struct policy_numbers builder_count_policy(struct config_builder *b, struct definition *p);

/* The options on_EVENT and the exceptions of a policy's section; and, behind configure(), what
 * they need. In exceptions.c. */
const struct policy_events *builder_read_events(struct config_builder *b,
						const struct section *s);
void builder_add_event_needs(struct config_builder *b, const struct policy_events *events,
			     struct policy_need *need);

/* Checks that the chain of a listener has the policies whose results others use before these.
 * In results_order.c. */
void builder_check_results(struct config_builder *b, const struct section *listener,
			   const struct chain *chain);

/* Warns about each policy, condition and table that no section names. */
void builder_warn_unused(struct config_builder *b);

/* Fills config.listeners with listeners and their chains; early: without the chains. In
 * listener.c. */
void builder_make_listeners(struct config_builder *b, bool early);

/* The group of this kind, such as limits { }; if it was not written, an empty section, from
 * which the defaults are read. Defaults are valid, so it needs no place for errors. In
 * config.c. */
const struct section *builder_find_group(struct config_builder *b, const char *kind);
/* The number of an option, after section_error() when it is not between the two. In config.c.
 */
uint64_t builder_read_number(const struct section *s, const char *option, uint64_t least,
			     uint64_t most);

/* Milliseconds of an option, after section_error() when there are none. In config.c. */
uint64_t builder_read_timeout(const struct section *s, const char *option);

/* Reads control { }; and, when the listeners are known, compares its sockets with theirs. In
 * control.c. */
void builder_read_control(struct config_builder *b);
void builder_check_metrics_socket(struct config_builder *b);

/* The index of the first equal value of a list option, for the line of a message; "table:X" and
 * "X" both match the value X. SIZE_MAX: none, or the option is no list. */
size_t builder_find_value(const struct section *s, const char *option, const char *value);

#endif
