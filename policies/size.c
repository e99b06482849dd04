/* size: limits on what a message may be. What is known early is refused early: a declared
 * size at MAIL and RCPT, too many recipients at RCPT; the rest is measured at the end. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <syslog.h>

#include "content/mime_tree.h"
#include "mime/tree.h"
#include "policy/policy.h"
#include "util/str.h"

#define NO_LIMIT UINT64_MAX

/* Option, whether it is a size, the reply when it is broken, its line in listings. Those of the
 * first list may stand in a limit too. */
#define SIZE_LIMITS(X)                                                                         \
	X(MESSAGE, "message", true, "552 5.3.4 Message too large: %{size} of %{limit} bytes",  \
	  "bytes of the message on the wire")                                                  \
	X(HEADERS, "headers", false, "552 5.3.4 Too many headers: %{size} of %{limit}",        \
	  "count of header fields")                                                            \
	X(HEADER_BYTES, "header_bytes", true,                                                  \
	  "552 5.3.4 Headers too large: %{size} of %{limit} bytes",                            \
	  "bytes of all header fields together")                                               \
	X(HEADER_LINE, "header_line", true,                                                    \
	  "552 5.3.4 Header too long: %{size} of %{limit} bytes",                              \
	  "bytes of the longest header value, unfolded")                                       \
	X(LINE, "line", true, "552 5.3.4 Line too long: %{size} of %{limit} bytes",            \
	  "bytes of the longest body line")                                                    \
	X(RECEIVED, "received", false,                                                         \
	  "554 5.4.6 Too many hops: %{size} Received headers of %{limit}",                     \
	  "count of Received headers, against loops")                                          \
	X(PARTS, "parts", false, "554 5.6.0 Too many parts: %{size} of %{limit}",              \
	  "count of parts that have no parts themselves")                                      \
	X(ATTACHMENTS, "attachments", false,                                                   \
	  "552 5.3.4 Too many attachments: %{size} of %{limit}", "count of attachments")       \
	X(ATTACHMENT, "attachment", true,                                                      \
	  "552 5.3.4 Attachment too large: %{size} of %{limit} bytes",                         \
	  "bytes of one attachment, decoded")                                                  \
	X(DEPTH, "depth", false, "554 5.6.0 Parts nested too deep: %{size} of %{limit}",       \
	  "how deep parts are nested")

#define X(ID, name, sized, reply, help) SIZE_##ID,
enum size_what { SIZE_LIMITS(X) SIZE_COUNT };
#undef X

#define SIZE_REPLY_VALUES                                                                      \
	(PLACEHOLDER_BIT(PLACEHOLDER_ID) | PLACEHOLDER_BIT(PLACEHOLDER_SENDER) |               \
	 PLACEHOLDER_BIT(PLACEHOLDER_CLIENT) | PLACEHOLDER_BIT(PLACEHOLDER_POLICY) |           \
	 PLACEHOLDER_BIT(PLACEHOLDER_LIMIT) | PLACEHOLDER_BIT(PLACEHOLDER_SIZE))

static const struct size_row {
	const char *name, *reply;
} size_rows[] = {
#define X(ID, name, sized, reply, help) {name, reply},
	SIZE_LIMITS(X)
#undef X
};

enum size_split { SPLIT_DEFER, SPLIT_STRICTEST };
static const char *const size_split_words[] = {"defer", "strictest", NULL};

/* clang-format off */
static const struct option size_limited[] = {
#define X(ID, name, is_sized, reply, help_text)                                                \
	{name, OPTION_LIMIT, .sized = is_sized, .help = help_text},
	SIZE_LIMITS(X)
	{NULL},
};
#undef X
/* clang-format on */

static const struct option size_limit_options[] = {
	{"", OPTION_INCLUDE, .options = size_limited},
	{"", OPTION_INCLUDE, .options = condition_rcpt_options},
	{NULL},
};

static const struct option size_options[] = {
	{"", OPTION_INCLUDE, .options = size_limited},
	{"recipients", OPTION_LIMIT, .help = "count of recipients; more are put off"},
	{"limit", OPTION_SECTION, .options = size_limit_options,
	 .help = "limits for a part of the mail"},
	{"declared", OPTION_BOOL, "yes",
	 .help = "compare a SIZE= that the client declares, too"},
	{"reply", OPTION_STRING, .help = "what is said when a limit is broken"},
	{"split", OPTION_WORD, .value = "defer", .words = size_split_words,
	 .help = "recipients with different message limits in one message"},
	{NULL},
};

/* What holds for a part of the mail, the section's own values filled in. */
struct size_limit {
	const struct condition *holds;
	uint64_t max[SIZE_COUNT]; /* NO_LIMIT: none */
};

struct size_conf {
	uint64_t max[SIZE_COUNT], recipients;
	const struct size_limit *limits;
	size_t n_limits;
	bool defer;	     /* split: other classes of recipients come later */
	bool message;	     /* some message size is limited */
	bool declared;	     /* and one that the client declares is compared with it */
	bool message_varies; /* and not alike for all recipients */
	struct reply reply[SIZE_COUNT], too_many, other_class;
};

struct size_state {
	size_t from, before; /* before: recipients of the client below index from */
	bool classed;	     /* class is set, by the recipient class_at */
	size_t class_at;
	uint64_t class;
};

static void
size_read_max(const struct section *s, const uint64_t *fallback, uint64_t *max)
{
	for (size_t i = 0; i < SIZE_COUNT; i++) {
		int r = section_limit(s, size_rows[i].name, &max[i]);

		if (r <= 0)
			max[i] = r == 0 && fallback != NULL ? fallback[i] : NO_LIMIT;
	}
}

static bool
size_has_lines(const struct section *s)
{
	for (const struct option *o = condition_rcpt_options; o->name != NULL; o++)
		if (section_has(s, o->name))
			return true;
	return false;
}

static int
size_read_limit(struct policy_setup *setup, const struct section *s, struct size_conf *conf,
		struct policy_need *need, struct size_limit *ret)
{
	enum stage known;

	if (!size_has_lines(s))
		return section_error(s, NULL,
				     "limit \"%s\" does not say for what mail it is: it needs "
				     "a line such as recipient_domain",
				     section_title(s));
	ret->holds = policy_setup_condition(setup, s);
	if (ret->holds == NULL)
		return -EINVAL;
	size_read_max(s, conf->max, ret->max);
	known = condition_last_stage(ret->holds);
	if (known > need->message)
		need->message = known;
	need->reads |= condition_reads(ret->holds) | PART_RCPTS;
	if (*condition_macros(ret->holds) != '\0')
		need->macros =
			need->macros == NULL
				? condition_macros(ret->holds)
				: arena_printf(policy_setup_arena(setup), "%s %s", need->macros,
					       condition_macros(ret->holds));
	return 0;
}

static int
size_read_limits(struct policy_setup *setup, const struct section *section,
		 struct size_conf *conf, struct policy_need *need)
{
	const struct section *const *sections;
	size_t n = section_sections(section, "limit", &sections);
	struct size_limit *limits =
		arena_zalloc(policy_setup_arena(setup), n * sizeof(*limits));
	int r = 0;

	for (size_t i = 0; i < n; i++)
		if (size_read_limit(setup, sections[i], conf, need, &limits[i]) < 0)
			r = -EINVAL;
	conf->limits = limits;
	conf->n_limits = n;
	return r;
}

static const char size_too_many[] = "452 4.5.3 Too many recipients: %{limit} at a time";
static const char size_other_class[] =
	"452 4.5.3 Recipient with another size limit: send it separately";

static int
size_read_reply(struct policy_setup *setup, const struct section *section, const char *text,
		struct reply *ret)
{
	char why[160];

	if (reply_parse(policy_setup_arena(setup), text, SIZE_REPLY_VALUES, ret, why,
			sizeof(why)) < 0)
		return section_error(section, "reply", "reply: %s", why);
	return 0;
}

static int
size_read_replies(struct policy_setup *setup, const struct section *section,
		  struct size_conf *conf)
{
	const char *written = section_string(section, "reply");

	for (size_t i = 0; i < SIZE_COUNT; i++)
		if (size_read_reply(setup, section,
				    written != NULL ? written : size_rows[i].reply,
				    &conf->reply[i]) < 0)
			return -EINVAL;
	if (size_read_reply(setup, section, size_too_many, &conf->too_many) < 0)
		return -EINVAL;
	return size_read_reply(setup, section, size_other_class, &conf->other_class);
}

/* Is this limited anywhere? *ret_varies: and not alike everywhere. */
static bool
size_is_limited(const struct size_conf *conf, enum size_what what, bool *ret_varies)
{
	bool limited = conf->max[what] != NO_LIMIT;

	*ret_varies = false;
	for (size_t i = 0; i < conf->n_limits; i++) {
		limited |= conf->limits[i].max[what] != NO_LIMIT;
		*ret_varies |= conf->limits[i].max[what] != conf->max[what];
	}
	return limited;
}

static void
size_set_need(const struct size_conf *conf, const struct section *section,
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
		if (!size_is_limited(conf, (enum size_what)i, &varies))
			continue;
		need->reads |= rows[i].reads;
		if (rows[i].known > need->message)
			need->message = rows[i].known;
	}
	if (conf->recipients != NO_LIMIT)
		need->reads |= PART_RCPTS;
	if (conf->declared)
		need->answers |= STAGE_BIT(STAGE_ENVFROM);
	if (conf->recipients != NO_LIMIT || conf->message_varies ||
	    (conf->declared && may_wait))
		need->answers |= STAGE_BIT(STAGE_ENVRCPT);
	if (need->message == STAGE_DATA && conf->recipients != NO_LIMIT && may_wait)
		need->answers |= STAGE_BIT(STAGE_DATA);
}

static int
size_configure(struct policy_setup *setup, const struct section *section,
	       struct policy_need *need, const void **ret_conf)
{
	struct size_conf *conf = arena_zalloc(policy_setup_arena(setup), sizeof(*conf));
	int r;

	need->message = STAGE_DATA;
	size_read_max(section, NULL, conf->max);
	if (section_limit(section, "recipients", &conf->recipients) <= 0)
		conf->recipients = NO_LIMIT;
	conf->defer = section_word(section, "split") == SPLIT_DEFER;
	r = size_read_limits(setup, section, conf, need);
	if (size_read_replies(setup, section, conf) < 0 || r < 0)
		return -EINVAL;
	conf->message = size_is_limited(conf, SIZE_MESSAGE, &conf->message_varies);
	conf->declared = conf->message && section_bool(section, "declared");
	size_set_need(conf, section, need);
	if (need->reads == 0)
		section_warning(section, NULL, "size \"%s\" limits nothing",
				section_title(section));
	*ret_conf = conf;
	return 0;
}

/* The largest and the smallest message limit that may count, as far as it is known by now: for
 * one recipient, or SIZE_MAX for any. The first limit that holds ends the search. */
struct size_range {
	uint64_t least, most;
};

static struct size_range
size_range(struct policy_call *c, size_t rcpt)
{
	const struct size_conf *conf = policy_conf(c);
	struct size_range range = {.least = NO_LIMIT, .most = 0};

	for (size_t i = 0; i <= conf->n_limits; i++) {
		const struct size_limit *l = i < conf->n_limits ? &conf->limits[i] : NULL;
		enum tri holds =
			l != NULL ? policy_evaluate_condition(c, l->holds, rcpt) : TRI_YES;
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

static enum verdict
size_refuse(struct policy_call *c, const struct reply *reply, uint64_t size, uint64_t limit)
{
	struct arena *arena = policy_arena(c);
	struct placeholder_values values = {0};

	values.value[PLACEHOLDER_SIZE] = arena_printf(arena, "%" PRIu64, size);
	values.value[PLACEHOLDER_LIMIT] = arena_printf(arena, "%" PRIu64, limit);
	return policy_refuse(c, reply, &values);
}

/* What the client declared; a SIZE of 0 says no more than none. */
static bool
size_declared(struct policy_call *c, uint64_t *ret)
{
	const struct size_conf *conf = policy_conf(c);
	const struct message *m = policy_message(c);
	const char *text;
	int r;

	if (!conf->declared || m->n_senders == 0)
		return false;
	text = esmtp_arg(m->senders[0].args, m->senders[0].args_len, "SIZE");
	if (text == NULL)
		return false;
	text += strspn(text, "0");
	r = str_parse_count(text, ret);
	if (r == -ERANGE)
		*ret = UINT64_MAX - 1;
	return r == 0 || r == -ERANGE;
}

static enum verdict
size_envfrom(struct policy_call *c)
{
	const struct size_conf *conf = policy_conf(c);
	uint64_t declared;
	struct size_range range;

	if (!size_declared(c, &declared))
		return VERDICT_CONTINUE;
	range = size_range(c, SIZE_MAX);
	if (declared <= range.most)
		return VERDICT_CONTINUE;
	return size_refuse(c, &conf->reply[SIZE_MESSAGE], declared, range.most);
}

/* Recipients of the client so far, the current one included. Those that were refused are no
 * longer in the message, and the next has their place. */
static uint64_t
size_count_rcpts(const struct message *m, struct size_state *state)
{
	size_t last = message_last_sent_rcpt(m);

	for (; state->from < last; state->from++)
		state->before += m->rcpts[state->from].added_by == POSITION_MTA;
	return state->before + 1;
}

/* The message limit of the recipient at RCPT: the strictest of those that a policy before us
 * made of it. */
static struct size_range
size_range_here(struct policy_call *c, size_t last)
{
	size_t i = policy_next_rcpt(c, last);
	struct size_range all = {.least = NO_LIMIT, .most = NO_LIMIT};

	if (i == RCPT_NONE) { /* one that was removed has no class */
		all.least = 0;
		return all;
	}
	for (; i != RCPT_NONE; i = policy_next_rcpt(c, i + 1)) {
		struct size_range one = size_range(c, i);

		if (one.least < all.least)
			all.least = one.least;
		if (one.most < all.most)
			all.most = one.most;
	}
	return all;
}

/* May this recipient come with those before? The first one says what class the message has. */
static bool
size_fits_class(struct size_state *state, struct size_range range)
{
	if (range.least != range.most) /* not known yet: the strictest will count */
		return true;
	if (state->classed && state->class_at < state->from)
		return state->class == range.most;
	state->classed = true;
	state->class_at = state->from;
	state->class = range.most;
	return true;
}

static enum verdict
size_envrcpt(struct policy_call *c)
{
	const struct size_conf *conf = policy_conf(c);
	struct size_state *state = policy_msg_state(c);
	struct size_range range = {.least = NO_LIMIT, .most = NO_LIMIT};
	uint64_t n = size_count_rcpts(policy_message(c), state), declared;
	bool is_declared = size_declared(c, &declared);

	if (conf->message)
		range = size_range_here(c, state->from);
	if (is_declared && declared > range.most)
		return size_refuse(c, &conf->reply[SIZE_MESSAGE], declared, range.most);
	if (n > conf->recipients)
		return size_refuse(c, &conf->too_many, n, conf->recipients);
	if (conf->defer && conf->message_varies && !is_declared &&
	    !peer_is_local_submission(policy_peer(c)) && !size_fits_class(state, range))
		return size_refuse(c, &conf->other_class, 0, range.most);
	return VERDICT_CONTINUE;
}

/* The limits of one recipient; NULL when a condition failed. */
static const uint64_t *
size_of_rcpt(struct policy_call *c, size_t rcpt)
{
	const struct size_conf *conf = policy_conf(c);

	for (size_t i = 0; i < conf->n_limits; i++) {
		enum tri holds = policy_evaluate_condition(c, conf->limits[i].holds, rcpt);

		if (holds == TRI_UNKNOWN)
			return NULL;
		if (holds == TRI_YES)
			return conf->limits[i].max;
	}
	return conf->max;
}

/* The smallest limits of the accepted recipients; false when a condition failed. */
static bool
size_strictest(struct policy_call *c, uint64_t *max)
{
	const struct size_conf *conf = policy_conf(c);
	size_t rcpt = policy_next_rcpt(c, 0);

	memcpy(max, conf->max, sizeof(conf->max));
	if (conf->n_limits == 0 || rcpt == RCPT_NONE)
		return true;
	for (size_t i = 0; i < SIZE_COUNT; i++)
		max[i] = NO_LIMIT;
	for (; rcpt != RCPT_NONE; rcpt = policy_next_rcpt(c, rcpt + 1)) {
		const uint64_t *one = size_of_rcpt(c, rcpt);

		if (one == NULL)
			return false;
		for (size_t i = 0; i < SIZE_COUNT; i++)
			max[i] = one[i] < max[i] ? one[i] : max[i];
	}
	return true;
}

static uint64_t
size_longest_header(const struct message *m)
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

/* Of an irregular structure what was found counts. A message inside is one part. */
static uint64_t
size_of_tree(const struct mime_tree *tree, enum size_what what)
{
	uint64_t parts = 0, attachments = 0, largest = 0, depth = 0;

	for (unsigned i = 0; i < tree->n; i++) {
		const struct mime_node *node = &tree->node[i];
		uint64_t size;

		if (node->depth > depth)
			depth = node->depth;
		if (node->is_multipart)
			continue;
		parts++;
		if (!content_is_attachment(node))
			continue;
		attachments++;
		size = what == SIZE_ATTACHMENT ? content_decoded_size(tree, node) : 0;
		if (size > largest)
			largest = size;
	}
	return what == SIZE_PARTS	  ? parts
	       : what == SIZE_ATTACHMENTS ? attachments
	       : what == SIZE_ATTACHMENT  ? largest
					  : depth;
}

/* 0, or -ENODATA when what is needed was not kept. */
static int
size_measure(struct policy_call *c, enum size_what what, uint64_t *ret)
{
	const struct message *m = policy_message(c);
	const struct mime_tree *tree;

	switch (what) {
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
		*ret = size_longest_header(m);
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
		*ret = size_of_tree(tree, what);
		return 0;
	case SIZE_COUNT:
		break;
	}
	return -EINVAL;
}

/* All recipients of the client: too many only when RCPT could not be answered, and then all of
 * them or none are refused. */
static uint64_t
size_count_all(const struct message *m)
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
	uint64_t max[SIZE_COUNT], n = size_count_all(policy_message(c));

	if (n > conf->recipients)
		return size_refuse(c, &conf->too_many, n, conf->recipients);
	if (!size_strictest(c, max))
		return VERDICT_ERROR;
	for (size_t i = 0; i < SIZE_COUNT; i++) {
		uint64_t size;

		if (max[i] == NO_LIMIT)
			continue;
		if (size_measure(c, (enum size_what)i, &size) < 0)
			return policy_fail(c, "the body was not kept");
		if (size > max[i])
			return size_refuse(c, &conf->reply[i], size, max[i]);
	}
	policy_set_size_limit(c, max[SIZE_MESSAGE]);
	return VERDICT_CONTINUE;
}

const struct policy_ops policy_size = {
	.name = "size",
	.summary = "limits on what a message may be",
	.options = size_options,
	.msg_size = sizeof(struct size_state),
	.configure = size_configure,
	.envfrom = size_envfrom,
	.envrcpt = size_envrcpt,
	.message = size_message,
};
