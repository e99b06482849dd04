/* What the three files of the policy "size" share: size_read.c reads the section, size.c
 * compares with the limits, size_measure.c measures. */
#ifndef POLICIES_SIZE_H
#define POLICIES_SIZE_H

#include <stdint.h>

#include "policy/policy.h"

/* What is limited: enum, option, whether it is in bytes, default reply, the option's help,
 * what others call it. These options are those of the policy's section and of its `limit`
 * sections. */
#define SIZE_LIMITS(X)                                                                         \
	X(MESSAGE, "message", true, "552 5.3.4 Message too large: %{size} of %{limit} bytes",  \
	  "bytes of the message on the wire",                                                  \
	  "max_size size max_message message_size message_size_limit max_message_size "        \
	  "MaxMessageSize bytes body")                                                         \
	X(HEADERS, "headers", false, "552 5.3.4 Too many headers: %{size} of %{limit}",        \
	  "count of header fields", "max_headers header_count")                                \
	X(HEADER_BYTES, "header_bytes", true,                                                  \
	  "552 5.3.4 Headers too large: %{size} of %{limit} bytes",                            \
	  "bytes of all header fields together",                                               \
	  "header_size_limit header_size max_header_size")                                     \
	X(HEADER_LINE, "header_line", true,                                                    \
	  "552 5.3.4 Header too long: %{size} of %{limit} bytes",                              \
	  "bytes of the longest header value, unfolded", "max_header_line header_length")      \
	X(LINE, "line", true, "552 5.3.4 Line too long: %{size} of %{limit} bytes",            \
	  "bytes of the longest body line",                                                    \
	  "line_length_limit line_length max_line max_line_length")                            \
	X(RECEIVED, "received", false,                                                         \
	  "554 5.4.6 Too many hops: %{size} Received headers of %{limit}",                     \
	  "count of Received headers, against loops",                                          \
	  "hops hopcount_limit max_hops MaxHopCount loop loops")                               \
	X(PARTS, "parts", false, "554 5.6.0 Too many parts: %{size} of %{limit}",              \
	  "count of leaf parts in the MIME tree", "max_parts mime_parts")                      \
	X(ATTACHMENTS, "attachments", false,                                                   \
	  "552 5.3.4 Too many attachments: %{size} of %{limit}", "count of attachments",       \
	  "max_attachments files attachment_count")                                            \
	X(ATTACHMENT, "attachment", true,                                                      \
	  "552 5.3.4 Attachment too large: %{size} of %{limit} bytes",                         \
	  "bytes of one attachment, decoded",                                                  \
	  "max_attachment attachment_size attachment_size_limit max_attachment_size file")     \
	X(DEPTH, "depth", false, "554 5.6.0 Parts nested too deep: %{size} of %{limit}",       \
	  "depth of nested parts", "max_depth nesting mime_nesting_limit mime_depth")

#define X(ID, name, sized, reply, help, others) SIZE_##ID,
enum size_quantity { SIZE_LIMITS(X) SIZE_COUNT };
#undef X

#define NO_LIMIT UINT64_MAX

extern const char *const size_quantity_names[SIZE_COUNT]; /* the options */
extern const struct option size_options[];

struct size_limit { /* a `limit` section */
	const struct policy_rule *rule;
	const struct condition *condition; /* its lines */
	uint64_t max[SIZE_COUNT]; /* NO_LIMIT: none; what it does not set is the policy's */
	uint64_t least, most; /* of `message`: both its max, or those of the table's values */
	bool has_table;	      /* `message` is the value that lookup finds in the table */
	bool looks_up_sender; /* not the recipient */
};

struct size_conf {
	uint64_t max[SIZE_COUNT], recipients; /* NO_LIMIT: none */
	const struct size_limit *limits;
	size_t n_limits;
	bool limits_message;  /* the message size is limited, here or in some limit */
	bool message_varies;  /* not alike here and in all limits; both but for limits with
				 mode monitor */
	bool checks_declared; /* a declared SIZE= is compared with the limits */
	bool defers_classes;  /* split = "defer" */
	struct reply reply[SIZE_COUNT], too_many, other_class;
};

int size_configure(struct policy_setup *setup, const struct section *section,
		   struct policy_need *need, const void **ret_conf);

/* The message limit that the table of l has for a recipient for whom l holds; rcpt SIZE_MAX:
 * for the sender, if l->looks_up_sender. 0, or a negative number after policy_fail(). */
int find_table_limit(struct policy_call *c, const struct size_limit *l, size_t rcpt,
		     uint64_t *ret);

/* Returns 0, or -ENODATA when the body was not kept. */
int measure_quantity(struct policy_call *c, enum size_quantity quantity, uint64_t *ret);

#endif
