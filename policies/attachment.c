/* attachment: rules about files in mail. The `rule` sections are applied in order, each to all
 * parts of the message, in every way in which a mail program may read its MIME structure
 * (content/attachments.h). A rule that hits refuses or quarantines the message, logs, or
 * replaces the files by a notice. Rules behind it are applied to the changed message.
 *
 * When the structure may hide parts that were not found and no rule refused the message, the
 * policy fails, so that on_error decides. */
#include "policies/attachment.h"

#include <errno.h>
#include <string.h>
#include <syslog.h>

#include "util/str.h"

#define MAX_NAME_BYTES 120u /* of a file's name in replies and notices */

static const struct option attachment_options[] = {
	{"reply", OPTION_STRING, .help = "reply of the rules that refuse and do not set it",
	 .also = "message reason response error"},
	{"rule", OPTION_SECTION, .options = attachment_rule_options, .alias = "block",
	 .help = "files to look for and what to do; applied in order",
	 .also = "rules ban deny file files match"},
	{.name = NULL},
};

struct attachment_conf {
	const struct attachment_rule *rules;
	size_t n;
	bool needs_sizes; /* some rule has size_over */
};

struct part_test { /* of one part against one rule */
	struct policy_call *call;
	const struct attachment_rule *rule;
	const struct attachment *part;
};

/* Does the name end with a dot and the extension? Case-blind. */
static bool
name_has_extension(const char *name, size_t len, const struct attachment_extension *e)
{
	size_t n = e->len;

	return len > n && name[len - n - 1] == '.' &&
	       str_case_equal_n(name + len - n, n, e->text, n);
}

static int
table_has_extension(struct part_test *test, const struct table *table, const char *name)
{
	struct match_context match = policy_match_context(test->call);
	const char *dot = strrchr(name, '.');
	int r;

	if (dot == NULL)
		return 0;
	r = table_lookup(table, &match, dot + 1, NULL);
	if (r < 0)
		(void)policy_fail(test->call, "table %s: a pattern failed", table_name(table));
	return r;
}

/* Returns 1, 0, or a negative number after policy_fail(); so do the four below. */
static int
extension_matches(struct part_test *test, const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < test->rule->n_extensions; i++) {
		const struct attachment_extension *e = &test->rule->extensions[i];
		int r = e->text != NULL ? name_has_extension(name, len, e)
					: table_has_extension(test, e->table, name);

		if (r != 0)
			return r;
	}
	return 0;
}

static int
patterns_match(struct part_test *test, const struct patterns *p, const char *text)
{
	for (size_t i = 0; i < p->n; i++) {
		int r = policy_match_whole(test->call, p->re[i], text, strlen(text));

		if (r < 0)
			(void)policy_regex_failed(test->call, p->re[i], r);
		if (r != 0)
			return r;
	}
	return 0;
}

/* Has some name one of the extensions, and matches some name one of the patterns? They may be
 * different names. *ret_name: the one with the extension, if extensions are tested. */
static int
names_match(struct part_test *test, const char **ret_name)
{
	const struct attachment_rule *rule = test->rule;
	int extension = rule->n_extensions == 0, name = rule->name.n == 0;

	for (size_t i = 0; i < test->part->n_names && (extension == 0 || name == 0); i++) {
		const char *text = test->part->names[i];
		int by_extension = extension == 0 ? extension_matches(test, text) : 0;
		int by_name = name == 0 && by_extension >= 0
				      ? patterns_match(test, &rule->name, text)
				      : 0;

		if (by_extension < 0 || by_name < 0)
			return -1;
		extension |= by_extension;
		name |= by_name;
		if (by_extension > 0 || (by_name > 0 && rule->n_extensions == 0))
			*ret_name = text;
	}
	return extension != 0 && name != 0;
}

static int
types_match(struct part_test *test)
{
	int r = test->rule->type.n == 0;

	for (size_t i = 0; i < test->part->n_types && r == 0; i++)
		r = patterns_match(test, &test->rule->type, test->part->types[i]);
	return r;
}

/* Is the part among those that the rule looks at? A rule that describes no part looks at
 * files. */
static bool
rule_sees_part(const struct attachment_rule *rule, const struct attachment *part)
{
	bool describes = rule->n_extensions > 0 || rule->name.n > 0 || rule->type.n > 0 ||
			 rule->kinds != 0 || rule->has_size;

	if (!describes && !part->is_file)
		return part->is_displayed && rule->sees_displayed;
	if (rule->action == ATTACHMENT_STRIP && part->holds_displayed)
		return rule->sees_displayed;
	return !part->is_displayed || rule->sees_displayed;
}

static int
part_matches(struct part_test *test, const char **ret_name)
{
	int r;

	if (!rule_sees_part(test->rule, test->part))
		return 0;
	if (test->rule->kinds != 0 && (test->part->kinds & test->rule->kinds) == 0)
		return 0;
	if (test->rule->has_size && test->part->size <= test->rule->size_over)
		return 0;
	r = types_match(test);
	return r <= 0 ? r : names_match(test, ret_name);
}

/* All parts that the rule hits, in the order of parts. ret has room for all parts. Returns 0,
 * or a negative number when a match failed, after policy_fail(). */
static int
find_hits(struct policy_call *c, const struct attachment_rule *rule,
	  const struct attachments *parts, struct attachment_hit *ret, size_t *ret_n)
{
	*ret_n = 0;
	for (size_t i = 0; i < parts->n; i++) {
		const struct attachment *part = &parts->part[i];
		struct part_test test = {.call = c, .rule = rule, .part = part};
		struct attachment_hit hit = {part, part->n_names > 0 ? part->names[0]
								     : part->types[0]};
		int r = part_matches(&test, &hit.name);

		if (r < 0)
			return r;
		if (r > 0)
			ret[(*ret_n)++] = hit;
	}
	return 0;
}

const char *
attachment_short_name(struct arena *arena, const char *name)
{
	size_t len = strlen(name), n = 0;

	if (len <= MAX_NAME_BYTES)
		return *name != '\0' ? name : "(unnamed)";
	while (n < MAX_NAME_BYTES) {
		size_t step = str_utf8_length((const unsigned char *)name + n, len - n);

		n += step > 0 ? step : 1;
	}
	return arena_printf(arena, "%.*s...", (int)n, name);
}

const char *
attachment_ascii(struct arena *arena, const char *text)
{
	char *copy = arena_strdup(arena, text), *to = copy;

	for (const char *p = copy; *p != '\0'; p++) {
		if (*p > 0)
			*to++ = *p;
		else if (((unsigned char)*p & 0xc0) != 0x80)
			*to++ = '?';
	}
	*to = '\0';
	return copy;
}

static enum verdict
refuse_attachment(struct policy_call *c, const struct attachment_rule *rule,
		  const struct attachment_hit *hit)
{
	struct arena *arena = policy_arena(c);
	struct placeholder_values values = {0};

	values.value[PLACEHOLDER_RULE] = rule->rule->title;
	values.value[PLACEHOLDER_NAME] =
		attachment_ascii(arena, attachment_short_name(arena, hit->name));
	return policy_refuse(c, &rule->reply, &values);
}

static void
trace_attachment_hits(struct policy_call *c, const struct mime_tree *tree,
		      const struct attachment_hit *hits, size_t n)
{
	const struct attachment *part = hits[0].part;
	struct hit_place place = {.kind = HIT_PART,
				  .type = part->types[0],
				  .file = part->n_names > 0 ? hits[0].name : NULL,
				  .number = (unsigned)n};
	struct buf number = {0};

	if (part->node != MIME_NO_NODE) {
		mime_append_part_number(tree, part->node, &number);
		place.name = buf_move_to_arena(&number, policy_arena(c));
	}
	policy_trace_place(c, &place);
}

static enum verdict
act_on_hits(struct policy_call *c, const struct attachment_rule *rule,
	    const struct mime_tree *tree, const struct attachment_hit *hits, size_t n)
{
	const char *name = attachment_short_name(policy_arena(c), hits[0].name);

	policy_note_rule(c, rule->rule, NULL, name);
	if (policy_is_traced(c))
		trace_attachment_hits(c, tree, hits, n);
	policy_note(c, "file", name);
	switch (rule->action) {
	case ATTACHMENT_REJECT:
	case ATTACHMENT_TEMPFAIL:
		return refuse_attachment(c, rule, &hits[0]);
	case ATTACHMENT_QUARANTINE:
		policy_quarantine(c, arena_printf(policy_arena(c), "%s: %s", rule->rule->title,
						  attachment_ascii(policy_arena(c), name)));
		return VERDICT_CONTINUE;
	case ATTACHMENT_LOG:
		policy_log(c, LOG_NOTICE, "rule %s hits %s", rule->rule->title, name);
		return VERDICT_CONTINUE;
	case ATTACHMENT_STRIP:
		return attachment_strip(c, rule, tree, hits, n);
	case ATTACHMENT_ACTION_COUNT:
		break;
	}
	return VERDICT_CONTINUE;
}

struct attachment_search { /* the parts that rules are applied to */
	const struct mime_tree *tree;
	struct attachments parts;
	struct attachment_hit *hits; /* room for all parts */
	/* Of the rules that applied and enforce: some one does more than to log; and has
	 * magic. */
	bool acts, needs_kinds;
};

/* Finds the parts, unless the last search has found those of the same tree. Returns false when
 * the body was not kept. */
static bool
search_parts(struct policy_call *c, struct attachment_search *search)
{
	const struct attachment_conf *conf = policy_conf(c);
	const struct content_limits *view = policy_content_limits(c);
	struct mime_limits limits = {.parts = view->parts, .depth = view->depth};
	const struct mime_tree *tree = policy_mime_tree(c, true);
	struct arena *arena = policy_arena(c);

	if (tree == NULL)
		return false;
	if (tree == search->tree)
		return true;
	search->tree = tree;
	attachments_find(tree, policy_message(c), &limits, conf->needs_sizes, arena,
			 &search->parts);
	search->hits = arena_alloc(arena, search->parts.n * sizeof(*search->hits));
	return true;
}

/* A rule that may have missed files fails, unless it only logs. */
static enum verdict
fail_if_unseen(struct policy_call *c, const struct attachments *parts, bool acts,
	       bool needs_kinds)
{
	if (acts && parts->unseen != NULL)
		return policy_fail(c, "not all parts can be seen: %s", parts->unseen);
	if (needs_kinds && parts->unread != NULL)
		return policy_fail(c, "not all parts can be read: %s", parts->unread);
	return VERDICT_CONTINUE;
}

static enum verdict
apply_attachment_rule(struct policy_call *c, const struct attachment_rule *rule,
		      struct attachment_search *search)
{
	bool acts = rule->action != ATTACHMENT_LOG, needs_kinds = acts && rule->kinds != 0;
	size_t n;

	if (policy_rule_enforces(rule->rule)) {
		search->acts |= acts;
		search->needs_kinds |= needs_kinds;
	}
	if (!search_parts(c, search))
		return policy_fail(c, "the body was not kept");
	if (find_hits(c, rule, &search->parts, search->hits, &n) < 0)
		return VERDICT_ERROR;
	if (n > 0)
		return act_on_hits(c, rule, search->tree, search->hits, n);
	return policy_rule_enforces(rule->rule)
		       ? VERDICT_CONTINUE
		       : fail_if_unseen(c, &search->parts, acts, needs_kinds);
}

/* The rule with its when, unless and mode. */
static enum verdict
run_attachment_rule(struct policy_call *c, const struct attachment_rule *rule,
		    struct attachment_search *search)
{
	int r = policy_rule_applies(c, rule->rule, SIZE_MAX);

	if (r < 0)
		return VERDICT_ERROR;
	if (r != TRI_YES)
		return VERDICT_CONTINUE;
	policy_begin_rule(c, rule->rule);
	return policy_end_rule(c, rule->rule, apply_attachment_rule(c, rule, search));
}

static enum verdict
attachment_message(struct policy_call *c)
{
	const struct attachment_conf *conf = policy_conf(c);
	struct attachment_search search = {.tree = NULL};
	enum verdict v = VERDICT_CONTINUE;

	for (size_t i = 0; i < conf->n && v == VERDICT_CONTINUE; i++)
		v = run_attachment_rule(c, &conf->rules[i], &search);
	if (v != VERDICT_CONTINUE)
		return v;
	return fail_if_unseen(c, &search.parts, search.acts, search.needs_kinds);
}

static int
attachment_configure(struct policy_setup *setup, const struct section *section,
		     struct policy_need *need, const void **ret_conf)
{
	struct arena *arena = policy_setup_arena(setup);
	struct attachment_conf *conf = arena_zalloc(arena, sizeof(*conf));
	const struct section *const *sections;
	size_t n = section_sections(section, "rule", &sections);
	struct attachment_rule *rules = arena_zalloc(arena, n * sizeof(*rules));
	int r = 0;

	if (n == 0)
		return section_error(section, NULL, "attachment %s has no rule",
				     section_title(section));
	need->reads = PART_HEADERS | PART_BODY;
	need->message = STAGE_EOM;
	if (reply_check_shared(arena, section, "rule", ATTACHMENT_PLACEHOLDERS) < 0)
		r = -EINVAL;
	for (size_t i = 0; i < n; i++) {
		if (attachment_read_rule(setup, sections[i], &rules[i]) < 0)
			r = -EINVAL;
		else
			attachment_add_rule_need(need, &rules[i]);
		conf->needs_sizes |= rules[i].has_size;
	}
	conf->rules = rules;
	conf->n = n;
	*ret_conf = conf;
	return r;
}

const struct policy_ops policy_attachment = {
	.name = "attachment",
	.summary = "rules about files in mail: refuse, quarantine, log, take out",
	.also = "attachments banned banned_files banned_filename_re mime_types file "
		"files filename",
	.options = attachment_options,
	.configure = attachment_configure,
	.message = attachment_message,
};
