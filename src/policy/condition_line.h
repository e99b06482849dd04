/* A condition after it was read: its lines, each with its values. condition_read.c makes it of
 * a section of polymilter.conf, condition_value.c the values; condition.c evaluates it, with
 * condition_match.c (values) and condition_content.c (header fields, links); what a policy has
 * found is in condition_found.h. Private to these files. All memory belongs to the
 * configuration's arena. */
#ifndef POLICY_CONDITION_LINE_H
#define POLICY_CONDITION_LINE_H

#include "content/header_text.h"
#include "match/hours.h"
#include "policy/condition.h"
#include "util/addr.h"

/* The line's option. In the order of evaluation: what is cheap stands first. */
enum line_kind {
	LINE_LISTENER,
	LINE_CLIENT,
	LINE_AUTH_USER,
	LINE_SENDER,
	LINE_SENDER_DOMAIN,
	LINE_AUTHENTICATED,
	LINE_TLS,
	LINE_TIME,
	LINE_SIZE_OVER,
	LINE_SIZE_UNDER,
	LINE_RECIPIENTS, /* all rcpt_lines of the condition, for one recipient at a time */
	LINE_SENDER_MATCH,
	LINE_CLIENT_NAME,
	LINE_HELO,
	LINE_MACRO,
	LINE_POLICY,
	LINE_ALL,
	LINE_ANY,
	LINE_NONE,
	LINE_HEADER_FROM,
	LINE_HEADER_FROM_DOMAIN,
	LINE_HEADER,
	LINE_URL_DOMAIN,
	LINE_RECIPIENT, /* this one and the next two only among rcpt_lines */
	LINE_RECIPIENT_DOMAIN,
	LINE_RECIPIENT_MATCH,
	LINE_KINDS,
};

enum value_type {
	VALUE_TEXT,
	VALUE_NETWORK,
	VALUE_REGEX,
	VALUE_TABLE,
	VALUE_CONDITION,
	VALUE_HOURS,
};

struct condition_value { /* one of a line's list */
	enum value_type type;
	union {
		const char *text; /* an address: as mailbox_from_path() makes it; a domain: in
				     A-labels */
		struct cidr network;
		const struct regex *regex;
		const struct table *table;
		const struct condition *condition;
		const struct hours *hours;
	};
};

struct condition_values {
	const struct condition_value *value;
	size_t n;
};

/* A section inside a condition: macro "name" { } or header "name" { }. Of a macro there is at
 * most one instance. */
struct condition_section {
	const char *name;
	uint32_t key; /* header_key() of the name */
	struct condition_values match, not_match;
	int present;		       /* 1: must be there, 0: must not, -1: not written */
	uint64_t min, max;	       /* instances of the header */
	struct header_subject subject; /* of a header: what patterns see */
};

struct condition_line {
	enum line_kind kind;
	bool negated;				 /* not_X: it holds when no value matches */
	bool expected;				 /* of authenticated, tls */
	uint64_t bytes;				 /* of size_over, size_under */
	struct condition_values values;		 /* of a list */
	const struct condition_section *section; /* of macro, header */
	const struct condition_found *found;	 /* of policy */
	const struct time_zone *zone;		 /* of time */
	const struct domain_list *domains;	 /* of url_domain: its values for a search */
};

struct condition {
	const char *kind, *name;
	const struct condition_line *lines, *rcpt_lines;
	size_t n_lines, n_rcpt_lines;
	const struct condition_line *table_line; /* of condition_read_with_table(); or NULL */
	bool all_rcpts;				 /* recipient_scope = "all" */
	uint32_t reads;
	enum stage last_stage;
	const char *macros;
	const char **policies; /* see condition_policies() */
	size_t n_policies, cap_policies;
	unsigned cost; /* conditions that one evaluation takes at most: itself and those that it
			  names, directly or not */
};

/* condition_trace.c: `sender = { "a@b" }`, of long lists the beginning. */
void condition_append_list(struct buf *b, struct arena *arena, const char *name,
			   const struct condition_values *values);
const char *condition_line_name(enum line_kind kind); /* the option, without not_ */
/* A line as it is written, and one value of it; in the arena. */
const char *condition_line_text(struct arena *arena, const struct condition_line *l);
const char *condition_value_text(struct arena *arena, const struct condition_value *value);

#define MACRO_AUTHEN "{auth_authen}"
#define MACRO_TLS    "{tls_version}"

#endif
