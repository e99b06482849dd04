/* A condition as it was read: its lines, each with its values. Layer 3; between
 * condition_read.c, which makes them, and condition.c, which judges them. */
#ifndef POLICY_CONDITION_LINE_H
#define POLICY_CONDITION_LINE_H

#include "policy/condition.h"
#include "util/addr.h"

/* In the order in which they are judged: what is cheap first. */
enum line_kind {
	LINE_LISTENER,
	LINE_CLIENT,
	LINE_AUTHENTICATED,
	LINE_TLS,
	LINE_AUTH_USER,
	LINE_SENDER,
	LINE_SENDER_DOMAIN,
	LINE_SIZE_OVER,
	LINE_SIZE_UNDER,
	LINE_RECIPIENTS, /* all lines about recipients, put to one at a time */
	LINE_CLIENT_NAME,
	LINE_HELO,
	LINE_MACRO,
	LINE_ALL,
	LINE_ANY,
	LINE_NONE,
	LINE_HEADER,
	LINE_RECIPIENT, /* these two only among rcpt_lines */
	LINE_RECIPIENT_DOMAIN,
	LINE_KINDS,
};

enum value_type { VALUE_TEXT, VALUE_NETWORK, VALUE_REGEX, VALUE_TABLE, VALUE_CONDITION };

struct value {
	enum value_type type;
	union {
		const char *text;
		struct cidr network;
		const struct regex *regex;
		const struct table *table;
		const struct condition *condition;
	};
};

struct values {
	const struct value *value;
	size_t n;
};

/* A section macro "name" { } or header "name" { }. */
struct instances {
	const char *name;
	uint32_t key; /* header_key() of it */
	struct values match, not_match;
	int present; /* 1, 0, or -1: not asked */
	uint64_t min, max;
	bool decode;
};

struct line {
	enum line_kind kind;
	bool twin;   /* not_...: holds when no value fits */
	bool wanted; /* authenticated, tls */
	uint64_t bytes;
	struct values values;
	const struct instances *instances;
};

struct condition {
	const char *name;
	const struct line *lines, *rcpt_lines;
	size_t n_lines, n_rcpt_lines;
	bool every_rcpt; /* recipient_scope = "all" */
	uint32_t reads;
	enum stage last_stage;
	const char *macros;
	unsigned cost; /* conditions that judging it may take, itself and those it names */
};

#define MACRO_AUTHEN "{auth_authen}"
#define MACRO_TLS    "{tls_version}"

#endif
