/* size: limits on a message. What is known early is refused early: a declared SIZE= at MAIL and
 * RCPT, a recipient too many at RCPT. All else is measured in message(), as the policies before
 * left the message, and concerns the whole message.
 *
 * A `limit` section has limits for the recipients for which its lines hold. For each recipient
 * the first such section counts; what it does not set comes from the policy's own section. In
 * message() the smallest limit of all recipients counts.
 *
 * An example:
 *
 *	size "caps" {
 *		message = "25M"
 *		limit "archive" { recipient_domain = {"archive.example"}  message = "100M" }
 *	}
 *
 *	MAIL SIZE=50M             accepted: a recipient may allow 100M
 *	RCPT <a@archive.example>  accepted
 *	RCPT <b@example.com>      552: 50M are more than this recipient's 25M
 *
 *	MAIL (no SIZE=)
 *	RCPT <a@archive.example>  accepted; from now on the message has the class "100M"
 *	RCPT <b@example.com>      452 4.5.3: another class, the client sends it separately
 *				  (with split = "strictest": accepted, 25M count) */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "content/mime_tree.h"
#include "content/uuencoded.h"
#include "mime/tree.h"
#include "policy/policy.h"
#include "util/str.h"

#define NO_LIMIT	   UINT64_MAX
#define DECLARED_TOO_LARGE (UINT64_MAX - 1) /* over 64 bits: over each limit but NO_LIMIT */

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

#define SIZE_REPLY_VALUES                                                                      \
	(PLACEHOLDER_BIT(PLACEHOLDER_ID) | PLACEHOLDER_BIT(PLACEHOLDER_SENDER) |               \
	 PLACEHOLDER_BIT(PLACEHOLDER_CLIENT) | PLACEHOLDER_BIT(PLACEHOLDER_POLICY) |           \
	 PLACEHOLDER_BIT(PLACEHOLDER_LIMIT) | PLACEHOLDER_BIT(PLACEHOLDER_SIZE))

static const struct size_quantity_row {
	const char *name, *reply;
} size_quantities[] = {
#define X(ID, name, sized, reply, help, others) {name, reply},
	SIZE_LIMITS(X)
#undef X
};

enum size_split { SPLIT_DEFER, SPLIT_STRICTEST };
static const char *const size_split_words[] = {"defer", "strictest", NULL};
static const struct option_also size_split_also[] = {
	{"defer", "tempfail separate yes"},
	{"strictest", "smallest minimum min no"},
	{.word = NULL},
};

/* clang-format off */
static const struct option size_quantity_options[] = {
#define X(ID, name, is_sized, reply, help_text, others)                                                \
	{name, OPTION_LIMIT, .sized = is_sized, .help = help_text, .also = others},
	SIZE_LIMITS(X)
	{NULL},
};
#undef X
/* clang-format on */

static const struct option size_limit_options[] = {
	{"", OPTION_INCLUDE, .options = size_quantity_options},
	{"", OPTION_INCLUDE, .options = condition_rcpt_options},
	{NULL},
};

static const struct option size_options[] = {
	{"", OPTION_INCLUDE, .options = size_quantity_options},
	{"recipients", OPTION_LIMIT,
	 .help = "count of recipients; further ones get a 452 reply",
	 .also = "max_recipients rcpts recipient_limit smtpd_recipient_limit max_rcpts "
		 "RecipientLimits MaxRecipientsPerMessage"},
	{"limit", OPTION_SECTION, .options = size_limit_options,
	 .help = "other limits for the recipients for which its lines hold",
	 .also = "limits rule override per_domain per_recipient"},
	{"declared", OPTION_BOOL, "yes",
	 .help = "check the SIZE= that the client declares, too",
	 .also = "check_declared esmtp_size"},
	{"reply", OPTION_STRING,
	 .help = "the reply when a limit is exceeded, in place of the default ones; not the 452",
	 .also = "reason response error reject"},
	{"split", OPTION_WORD, .value = "defer", .words = size_split_words,
	 .words_also = size_split_also,
	 .help = "recipients with other message limits than the first: a 452 reply, or the strictest limit counts"},
	{NULL},
};

struct size_limit { /* a `limit` section */
	const struct condition *condition;
	uint64_t max[SIZE_COUNT]; /* NO_LIMIT: none; what it does not set is the policy's */
};

struct size_conf {
	uint64_t max[SIZE_COUNT], recipients; /* NO_LIMIT: none */
	const struct size_limit *limits;
	size_t n_limits;
	bool limits_message;  /* the message size is limited, here or in some limit */
	bool message_varies;  /* not alike here and in all limits */
	bool checks_declared; /* a declared SIZE= is compared with the limits */
	bool defers_classes;  /* split = "defer" */
	struct reply reply[SIZE_COUNT], too_many, other_class;
};

/* Of one message. A recipient's class is the message limit that counts for it. When a recipient
 * is refused, the next one gets its index, and what was noted for that index is replaced. */
struct size_state {
	size_t current;	   /* index of the recipient that RCPT just named */
	size_t n_before;   /* recipients that the client named, with an index below current */
	bool has_class;	   /* class is set */
	size_t class_from; /* index of the recipient that set it */
	uint64_t class;
	bool has_noted_size; /* that the declared SIZE= is no size */
};

static void
read_limit_options(const struct section *s, const uint64_t *fallback, uint64_t *max)
{
	for (size_t i = 0; i < SIZE_COUNT; i++) {
		int r = section_limit(s, size_quantities[i].name, &max[i]);

		if (r <= 0)
			max[i] = r == 0 && fallback != NULL ? fallback[i] : NO_LIMIT;
	}
}

/* A limit above what the scanner of MIME parts counts can never be exceeded. */
static int
check_reachable_limits(struct policy_setup *setup, const struct section *s, const uint64_t *max)
{
	const struct content_limits *view = policy_setup_content_limits(setup);
	const struct {
		enum size_quantity quantity;
		const char *scanned;
		unsigned most;
	} rows[] = {
		{SIZE_PARTS, "mime_parts", view->parts},
		{SIZE_ATTACHMENTS, "mime_parts", view->parts},
		{SIZE_DEPTH, "mime_depth", view->depth},
	};
	int r = 0;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *name = size_quantities[rows[i].quantity].name;
		uint64_t value = max[rows[i].quantity];

		if (section_has(s, name) && value != NO_LIMIT && value > rows[i].most)
			r = section_error(s, name,
					  "%s: %" PRIu64
					  " is above %s in limits { }, which is %u:"
					  " more are never counted",
					  name, value, rows[i].scanned, rows[i].most);
	}
	return r;
}

static bool
has_condition_lines(const struct section *s)
{
	for (const struct option *o = condition_rcpt_options; o->name != NULL; o++)
		if (section_has(s, o->name))
			return true;
	return false;
}

static int
read_limit_section(struct policy_setup *setup, const struct section *s, struct size_conf *conf,
		   struct policy_need *need, struct size_limit *ret)
{
	enum stage known;

	if (!has_condition_lines(s))
		return section_error(s, NULL,
				     "limit \"%s\" has no condition: it needs a line such as "
				     "recipient_domain",
				     section_title(s));
	ret->condition = policy_setup_condition(setup, s);
	if (ret->condition == NULL)
		return -EINVAL;
	read_limit_options(s, conf->max, ret->max);
	if (check_reachable_limits(setup, s, ret->max) < 0)
		return -EINVAL;
	known = condition_last_stage(ret->condition);
	if (known > need->message)
		need->message = known;
	need->reads |= condition_reads(ret->condition) | PART_RCPTS;
	if (*condition_macros(ret->condition) != '\0')
		need->macros =
			need->macros == NULL
				? condition_macros(ret->condition)
				: arena_printf(policy_setup_arena(setup), "%s %s", need->macros,
					       condition_macros(ret->condition));
	return 0;
}

static int
read_limit_sections(struct policy_setup *setup, const struct section *section,
		    struct size_conf *conf, struct policy_need *need)
{
	const struct section *const *sections;
	size_t n = section_sections(section, "limit", &sections);
	struct size_limit *limits =
		arena_zalloc(policy_setup_arena(setup), n * sizeof(*limits));
	int r = 0;

	for (size_t i = 0; i < n; i++)
		if (read_limit_section(setup, sections[i], conf, need, &limits[i]) < 0)
			r = -EINVAL;
	conf->limits = limits;
	conf->n_limits = n;
	return r;
}

static const char too_many_reply[] = "452 4.5.3 Too many recipients: %{limit} at a time";
static const char other_class_reply[] =
	"452 4.5.3 Recipient with another size limit: send it separately";

static int
parse_size_reply(struct policy_setup *setup, const struct section *section, const char *text,
		 struct reply *ret)
{
	char why[160];

	if (reply_parse(policy_setup_arena(setup), text, SIZE_REPLY_VALUES, ret, why,
			sizeof(why)) < 0)
		return section_error(section, "reply", "reply: %s", why);
	return 0;
}

static int
parse_size_replies(struct policy_setup *setup, const struct section *section,
		   struct size_conf *conf)
{
	const char *written = section_string(section, "reply");

	for (size_t i = 0; i < SIZE_COUNT; i++)
		if (parse_size_reply(setup, section,
				     written != NULL ? written : size_quantities[i].reply,
				     &conf->reply[i]) < 0)
			return -EINVAL;
	if (parse_size_reply(setup, section, too_many_reply, &conf->too_many) < 0)
		return -EINVAL;
	return parse_size_reply(setup, section, other_class_reply, &conf->other_class);
}

/* Is it limited in the policy's section or in a limit? *ret_varies: not alike in all of them.
 */
static bool
is_quantity_limited(const struct size_conf *conf, enum size_quantity quantity, bool *ret_varies)
{
	bool limited = conf->max[quantity] != NO_LIMIT;

	*ret_varies = false;
	for (size_t i = 0; i < conf->n_limits; i++) {
		limited |= conf->limits[i].max[quantity] != NO_LIMIT;
		*ret_varies |= conf->limits[i].max[quantity] != conf->max[quantity];
	}
	return limited;
}

static void
set_size_need(const struct size_conf *conf, const struct section *section,
	      struct policy_need *need)
{
	static const struct {
		uint32_t reads;
		enum stage known;
	} rows[] = {
		[SIZE_MESSAGE] = {PART_HEADERS | PART_SIZE, STAGE_EOM},
		[SIZE_HEADERS] = {PART_HEADERS, STAGE_EOH},
		[SIZE_HEADER_BYTES] = {PART_HEADERS, STAGE_EOH},
		[SIZE_HEADER_LINE] = {PART_HEADERS, STAGE_EOH},
		[SIZE_LINE] = {PART_SIZE | PART_LINES, STAGE_EOM},
		[SIZE_RECEIVED] = {PART_HEADERS, STAGE_EOH},
		[SIZE_PARTS] = {PART_HEADERS | PART_BODY, STAGE_EOM},
		[SIZE_ATTACHMENTS] = {PART_HEADERS | PART_BODY, STAGE_EOM},
		[SIZE_ATTACHMENT] = {PART_HEADERS | PART_BODY, STAGE_EOM},
		[SIZE_DEPTH] = {PART_HEADERS | PART_BODY, STAGE_EOM},
	};
	bool may_wait = section_has(section, "when") || section_has(section, "unless");
	bool varies;

	for (size_t i = 0; i < SIZE_COUNT; i++) {
		if (!is_quantity_limited(conf, (enum size_quantity)i, &varies))
			continue;
		need->reads |= rows[i].reads;
		if (rows[i].known > need->message)
			need->message = rows[i].known;
	}
	if (conf->recipients != NO_LIMIT)
		need->reads |= PART_RCPTS;
	if (conf->checks_declared)
		need->answers |= STAGE_BIT(STAGE_ENVFROM);
	if (conf->recipients != NO_LIMIT || conf->message_varies ||
	    (conf->checks_declared && may_wait))
		need->answers |= STAGE_BIT(STAGE_ENVRCPT);
	if (need->message == STAGE_DATA && conf->recipients != NO_LIMIT && may_wait)
		need->answers |= STAGE_BIT(STAGE_DATA);
}

static int
size_configure(struct policy_setup *setup, const struct section *section,
	       struct policy_need *need, const void **ret_conf)
{
	struct size_conf *conf = arena_zalloc(policy_setup_arena(setup), sizeof(*conf));
	int r = 0;

	need->message = STAGE_DATA;
	read_limit_options(section, NULL, conf->max);
	if (check_reachable_limits(setup, section, conf->max) < 0)
		r = -EINVAL;
	if (section_limit(section, "recipients", &conf->recipients) <= 0)
		conf->recipients = NO_LIMIT;
	conf->defers_classes = section_word(section, "split") == SPLIT_DEFER;
	r |= read_limit_sections(setup, section, conf, need);
	if (parse_size_replies(setup, section, conf) < 0 || r < 0)
		return -EINVAL;
	conf->limits_message = is_quantity_limited(conf, SIZE_MESSAGE, &conf->message_varies);
	conf->checks_declared = conf->limits_message && section_bool(section, "declared");
	set_size_need(conf, section, need);
	if (need->reads == 0)
		section_warning(section, NULL, "size \"%s\" limits nothing",
				section_title(section));
	*ret_conf = conf;
	return 0;
}

struct limit_range { /* between which the message limit of a recipient is */
	uint64_t least, most;
};

/* The smallest and the largest message limit that may count for the recipient (SIZE_MAX: for
 * some recipient), by what is known so far; both are equal once the limit is known.
 *
 * A limit whose condition cannot be evaluated (a match over its budget, which is logged) is
 * treated like one whose condition is not known yet. message() evaluates it again; when it
 * fails there too, the policy has failed. */
static struct limit_range
compute_limit_range(struct policy_call *c, size_t rcpt)
{
	const struct size_conf *conf = policy_conf(c);
	struct limit_range range = {.least = NO_LIMIT, .most = 0};

	for (size_t i = 0; i <= conf->n_limits; i++) {
		const struct size_limit *l = i < conf->n_limits ? &conf->limits[i] : NULL;
		int holds =
			l != NULL ? policy_evaluate_condition(c, l->condition, rcpt) : TRI_YES;
		uint64_t max = (l != NULL ? l->max : conf->max)[SIZE_MESSAGE];

		if (holds == TRI_NO)
			continue;
		if (max < range.least)
			range.least = max;
		if (max > range.most)
			range.most = max;
		if (holds == TRI_YES)
			break;
	}
	return range;
}

/* what: the option that limits it, which is noted in the log: over="message 300 of "
"200"; NULL:
 * the log names the recipient. */
static enum verdict
refuse_over_limit(struct policy_call *c, const char *what, const struct reply *reply,
		  uint64_t size, uint64_t limit)
{
	struct arena *arena = policy_arena(c);
	struct placeholder_values values = {0};

	values.value[PLACEHOLDER_SIZE] = arena_printf(
		arena, size == DECLARED_TOO_LARGE ? "more than %" PRIu64 : "%" PRIu64,
		size == DECLARED_TOO_LARGE ? UINT64_MAX : size);
	values.value[PLACEHOLDER_LIMIT] = arena_printf(arena, "%" PRIu64, limit);
	if (what != NULL)
		policy_note_once(c, "over",
				 arena_printf(arena, "%s %s of %s", what,
					      values.value[PLACEHOLDER_SIZE],
					      values.value[PLACEHOLDER_LIMIT]));
	return policy_refuse(c, reply, &values);
}

/* Notes once a message in its log line that SIZE= is no size, and why. */
static void
note_odd_size(struct policy_call *c, const char *text, int error)
{
	struct size_state *state = policy_msg_state(c);

	if (!state->has_noted_size)
		policy_note(c, "warn",
			    error == -ERANGE ? "size-overflow"
			    : text[0] == '-' ? "size-negative"
					     : "size-invalid");
	state->has_noted_size = true;
}

/* The SIZE= of MAIL (RFC 1870). Returns false when there is none. SIZE=0, and what is no
 * number, counts as none. A number over 64 bits becomes DECLARED_TOO_LARGE. */
static bool
get_declared_size(struct policy_call *c, uint64_t *ret)
{
	const struct size_conf *conf = policy_conf(c);
	const struct message *m = policy_message(c);
	const char *text;
	int r;

	if (!conf->checks_declared || m->n_senders == 0)
		return false;
	text = esmtp_arg(m->senders[0].args, m->senders[0].args_len, "SIZE");
	if (text == NULL)
		return false;
	if (text[0] == '0' && text[strspn(text, "0")] == '\0')
		return false;
	text += strspn(text, "0");
	r = str_parse_count(text, ret);
	if (r < 0)
		note_odd_size(c, text, r);
	if (r == -ERANGE)
		*ret = DECLARED_TOO_LARGE;
	return r == 0 || r == -ERANGE;
}

static enum verdict
size_envfrom(struct policy_call *c)
{
	const struct size_conf *conf = policy_conf(c);
	uint64_t declared;
	struct limit_range range;

	if (!get_declared_size(c, &declared))
		return VERDICT_CONTINUE;
	range = compute_limit_range(c, SIZE_MAX);
	if (declared <= range.most)
		return VERDICT_CONTINUE;
	return refuse_over_limit(c, "message", &conf->reply[SIZE_MESSAGE], declared,
				 range.most);
}

/* The number of recipients that the client named, the current one included. Refused ones are no
 * longer in the message. */
static uint64_t
count_rcpts_so_far(const struct message *m, struct size_state *state)
{
	size_t last = message_last_sent_rcpt(m);

	for (; state->current < last; state->current++)
		state->n_before += m->rcpts[state->current].added_by == POSITION_MTA;
	return state->n_before + 1;
}

/* The message limit of the recipient that RCPT just named: the strictest of those that policies
 * before made of it. One that they removed allows any size and has no class. */
static struct limit_range
compute_current_range(struct policy_call *c, size_t current)
{
	size_t i = policy_next_rcpt(c, current);
	struct limit_range all = {.least = NO_LIMIT, .most = NO_LIMIT};

	if (i == RCPT_NONE) {
		all.least = 0;
		return all;
	}
	for (; i != RCPT_NONE; i = policy_next_rcpt(c, i + 1)) {
		struct limit_range one = compute_limit_range(c, i);

		if (one.least < all.least)
			all.least = one.least;
		if (one.most < all.most)
			all.most = one.most;
	}
	return all;
}

/* May this recipient be in one message with those before? The first recipient whose limit is
 * known sets the class; one whose limit is not known yet fits any class, and the strictest
 * limit counts in the end. */
static bool
rcpt_fits_class(struct size_state *state, struct limit_range range)
{
	if (range.least != range.most)
		return true;
	if (state->has_class && state->class_from < state->current)
		return state->class == range.most;
	state->has_class = true;
	state->class_from = state->current;
	state->class = range.most;
	return true;
}

static enum verdict
size_envrcpt(struct policy_call *c)
{
	const struct size_conf *conf = policy_conf(c);
	struct size_state *state = policy_msg_state(c);
	struct limit_range range = {.least = NO_LIMIT, .most = NO_LIMIT};
	uint64_t n = count_rcpts_so_far(policy_message(c), state), declared;
	bool is_declared = get_declared_size(c, &declared);

	if (conf->limits_message)
		range = compute_current_range(c, state->current);
	if (is_declared && declared > range.most)
		return refuse_over_limit(c, "message", &conf->reply[SIZE_MESSAGE], declared,
					 range.most);
	if (n > conf->recipients)
		return refuse_over_limit(c, NULL, &conf->too_many, n, conf->recipients);
	if (conf->defers_classes && conf->message_varies && !is_declared &&
	    !peer_is_local_submission(policy_peer(c)) && !rcpt_fits_class(state, range))
		return policy_refuse(c, &conf->other_class, &(struct placeholder_values){0});
	return VERDICT_CONTINUE;
}

/* The limits that count for one recipient; NULL when a condition failed. */
static const uint64_t *
find_rcpt_limits(struct policy_call *c, size_t rcpt)
{
	const struct size_conf *conf = policy_conf(c);

	for (size_t i = 0; i < conf->n_limits; i++) {
		int holds = policy_evaluate_condition(c, conf->limits[i].condition, rcpt);

		if (holds < 0 || holds == TRI_UNKNOWN)
			return NULL;
		if (holds == TRI_YES)
			return conf->limits[i].max;
	}
	return conf->max;
}

/* Of each quantity the smallest limit of all recipients, into max. Returns false when a
 * condition failed. */
static bool
find_strictest_limits(struct policy_call *c, uint64_t *max)
{
	const struct size_conf *conf = policy_conf(c);
	size_t rcpt = policy_next_rcpt(c, 0);

	memcpy(max, conf->max, sizeof(conf->max));
	if (conf->n_limits == 0 || rcpt == RCPT_NONE)
		return true;
	for (size_t i = 0; i < SIZE_COUNT; i++)
		max[i] = NO_LIMIT;
	for (; rcpt != RCPT_NONE; rcpt = policy_next_rcpt(c, rcpt + 1)) {
		const uint64_t *one = find_rcpt_limits(c, rcpt);

		if (one == NULL)
			return false;
		for (size_t i = 0; i < SIZE_COUNT; i++)
			max[i] = one[i] < max[i] ? one[i] : max[i];
	}
	return true;
}

static uint64_t
measure_longest_header(const struct message *m)
{
	uint64_t longest = 0;

	for (size_t i = 0; i < m->n_headers; i++) {
		uint64_t len = 0;

		if (m->headers[i].deleted)
			continue;
		for (const char *p = m->headers[i].value; *p != '\0'; p++)
			len += *p != '\n' && *p != '\r';
		if (len > longest)
			longest = len;
	}
	return longest;
}

struct mime_measures {
	uint64_t parts, attachments, attachment, depth;
};

/* Files that are uuencoded in a text are parts of their own. */
static void
measure_uuencoded_files(const struct mime_tree *tree, const struct mime_node *node,
			bool wants_sizes, struct mime_measures *ret)
{
	struct uuencode_block block = {.to = 0};
	struct content_text text;

	if (!content_open_node_text(tree, node, &text))
		return;
	while (uuencode_next_block(text.data, text.len, block.to, &block)) {
		uint64_t size = wants_sizes ? content_uuencoded_size(&text, &block) : 0;

		ret->parts++;
		ret->attachments++;
		if (size > ret->attachment)
			ret->attachment = size;
	}
	content_close_text(&text);
}

/* An attached message is one part. Of an irregular structure those parts count that were
 * found. */
static void
measure_mime_tree(const struct mime_tree *tree, bool wants_sizes, struct mime_measures *ret)
{
	for (unsigned i = 0; i < tree->n; i++) {
		const struct mime_node *node = &tree->node[i];
		uint64_t depth = node->depth + ((node->flags & MIME_TOO_DEEP) != 0), size;

		if (depth > ret->depth)
			ret->depth = depth;
		if (node->is_multipart)
			continue;
		ret->parts++;
		measure_uuencoded_files(tree, node, wants_sizes, ret);
		if (!content_is_attachment(node))
			continue;
		ret->attachments++;
		size = wants_sizes ? content_decoded_size(tree, node) : 0;
		if (size > ret->attachment)
			ret->attachment = size;
	}
}

/* What the scanner has left out counts as more than any limit of its kind. */
static uint64_t
measure_mime(const struct mime_tree *tree, const struct content_limits *view,
	     enum size_quantity quantity)
{
	struct mime_measures found = {0};
	bool has_more = (tree->flags & (MIME_TOO_MANY | MIME_OVER_BUDGET)) != 0;

	measure_mime_tree(tree, quantity == SIZE_ATTACHMENT, &found);
	if (has_more)
		found.parts = found.attachments = (uint64_t)view->parts + 1;
	if (has_more || (tree->flags & MIME_TOO_DEEP) != 0)
		found.attachment = tree->source.len;
	return quantity == SIZE_PARTS	      ? found.parts
	       : quantity == SIZE_ATTACHMENTS ? found.attachments
	       : quantity == SIZE_ATTACHMENT  ? found.attachment
					      : found.depth;
}

/* Returns 0, or -ENODATA when the body was not kept. */
static int
measure_quantity(struct policy_call *c, enum size_quantity quantity, uint64_t *ret)
{
	const struct message *m = policy_message(c);
	const struct mime_tree *tree;

	switch (quantity) {
	case SIZE_MESSAGE:
		*ret = message_size(m);
		return 0;
	case SIZE_HEADERS:
		*ret = m->header_lines;
		return 0;
	case SIZE_HEADER_BYTES:
		*ret = m->header_bytes;
		return 0;
	case SIZE_HEADER_LINE:
		*ret = measure_longest_header(m);
		return 0;
	case SIZE_LINE:
		*ret = m->body_longest;
		return 0;
	case SIZE_RECEIVED:
		*ret = message_header_count(m, "Received");
		return 0;
	case SIZE_PARTS:
	case SIZE_ATTACHMENTS:
	case SIZE_ATTACHMENT:
	case SIZE_DEPTH:
		tree = policy_mime_tree(c, false);
		if (tree == NULL)
			return -ENODATA;
		*ret = measure_mime(tree, policy_content_limits(c), quantity);
		return 0;
	case SIZE_COUNT:
		break;
	}
	return -EINVAL;
}

/* All recipients that the client named. They are too many in message() only when RCPT could not
 * be answered; then the whole message is refused. */
static uint64_t
count_client_rcpts(const struct message *m)
{
	uint64_t n = 0;

	for (size_t i = 0; i < m->n_rcpts; i++)
		n += m->rcpts[i].added_by == POSITION_MTA;
	return n;
}

static enum verdict
size_message(struct policy_call *c)
{
	const struct size_conf *conf = policy_conf(c);
	uint64_t max[SIZE_COUNT], n = count_client_rcpts(policy_message(c));

	if (n > conf->recipients)
		return refuse_over_limit(c, "recipients", &conf->too_many, n, conf->recipients);
	if (!find_strictest_limits(c, max))
		return VERDICT_ERROR;
	for (size_t i = 0; i < SIZE_COUNT; i++) {
		uint64_t size;

		if (max[i] == NO_LIMIT)
			continue;
		if (measure_quantity(c, (enum size_quantity)i, &size) < 0)
			return policy_fail(c, "the body was not kept");
		if (size > max[i])
			return refuse_over_limit(c, size_quantities[i].name, &conf->reply[i],
						 size, max[i]);
	}
	policy_set_size_limit(c, max[SIZE_MESSAGE]);
	return VERDICT_CONTINUE;
}

const struct policy_ops policy_size = {
	.name = "size",
	.summary = "limits on what a message may be",
	.also = "max_size message_size_limit sizelimit",
	.options = size_options,
	.msg_size = sizeof(struct size_state),
	.configure = size_configure,
	.envfrom = size_envfrom,
	.envrcpt = size_envrcpt,
	.message = size_message,
};
