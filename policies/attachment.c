/* attachment: rules about files in mail. The `block` sections are applied in order, each to all
 * attachments of the message, in every way in which a mail program may read its MIME structure
 * (content/attachments.h). A block that hits refuses or quarantines the message, logs, or
 * replaces the files by a notice. Blocks behind it are applied to the changed message.
 *
 * When the structure may hide parts that were not found and no block refused the message, the
 * policy fails, so that on_error decides. */
#include <errno.h>
#include <string.h>
#include <syslog.h>

#include "content/attachments.h"
#include "content/edit.h"
#include "content/mime_tree.h"
#include "match/patterns.h"
#include "match/written.h"
#include "mime/magic.h"
#include "mime/replace.h"
#include "policy/policy.h"
#include "util/str.h"

#define MAX_NAME_BYTES 120u /* of a file's name in replies and notices */

#define BLOCK_PLACEHOLDERS                                                                     \
	(PLACEHOLDER_BIT(PLACEHOLDER_ID) | PLACEHOLDER_BIT(PLACEHOLDER_SENDER) |               \
	 PLACEHOLDER_BIT(PLACEHOLDER_CLIENT) | PLACEHOLDER_BIT(PLACEHOLDER_POLICY) |           \
	 PLACEHOLDER_BIT(PLACEHOLDER_RULE) | PLACEHOLDER_BIT(PLACEHOLDER_NAME))

#define BLOCK_ACTIONS(X)                                                                       \
	X(REJECT, "reject")                                                                    \
	X(TEMPFAIL, "tempfail")                                                                \
	X(QUARANTINE, "quarantine")                                                            \
	X(LOG, "log")                                                                          \
	X(STRIP, "strip")

#define X(ID, word) BLOCK_##ID,
enum block_action { BLOCK_ACTIONS(X) BLOCK_ACTION_COUNT };
#undef X

#define X(ID, word) word,
static const char *const block_action_words[] = {BLOCK_ACTIONS(X) NULL};
#undef X

static const struct option block_options[] = {
	{"extension", OPTION_LIST,
	 .help = "one of the file's names has one of these extensions"},
	{"name", OPTION_REGEXES,
	 .help = "one of the file's names, decoded, matches one of these"},
	{"type", OPTION_REGEXES, .help = "the media type, in lower case, matches one of these"},
	{"magic", OPTION_LIST,
	 .help = "the kind by its first bytes: pe, elf, mach-o, zip, ole, pdf, rar, 7z"},
	{"size_over", OPTION_SIZE, .help = "the file, decoded, is larger than this"},
	{"backrefs", OPTION_BOOL, "no", .help = "the patterns may have back-references"},
	{"action", OPTION_WORD, .words = block_action_words, .required = true,
	 .help = "what is done when all lines hold"},
	{"reply", OPTION_STRING, .help = "reject, tempfail: \"550 5.7.1 text\""},
	{"notice", OPTION_STRING, .help = "strip: the text that replaces the file"},
	{.name = NULL},
};

static const struct option attachment_options[] = {
	{"block", OPTION_SECTION, .options = block_options,
	 .help = "files to look for and what to do; applied in order"},
	{.name = NULL},
};

/* One value of `extension`. */
struct block_extension {
	const char *text; /* without a dot in front; NULL: table */
	const struct table *table;
};

struct attachment_block {
	const char *title;
	const struct block_extension *extensions;
	size_t n_extensions;
	struct patterns name, type;
	unsigned kinds; /* bits of mime/magic.h; 0: any kind */
	bool has_size;	/* size_over is written */
	uint64_t size_over;
	enum block_action action;
	struct reply reply;
	const struct template *notice; /* of strip */
};

struct attachment_conf {
	const struct attachment_block *blocks;
	size_t n;
	bool needs_sizes; /* some block has size_over */
};

struct attachment_hit { /* a part that a block hits */
	const struct attachment *part;
	const char *name; /* the file name that matched, else its first name or its type */
};

struct part_test { /* of one part against one block */
	struct policy_call *call;
	const struct attachment_block *block;
	const struct attachment *part;
};

/* Does the name end with a dot and the extension? Case-blind. */
static bool
name_has_extension(const char *name, const char *extension)
{
	size_t len = strlen(name), n = strlen(extension);

	return len > n && name[len - n - 1] == '.' &&
	       str_case_equal_n(name + len - n, n, extension, n);
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
	for (size_t i = 0; i < test->block->n_extensions; i++) {
		const struct block_extension *e = &test->block->extensions[i];
		int r = e->text != NULL ? name_has_extension(name, e->text)
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
		int r = policy_match(test->call, p->re[i], text, strlen(text), NULL);

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
	const struct attachment_block *b = test->block;
	int extension = b->n_extensions == 0, name = b->name.n == 0;

	for (size_t i = 0; i < test->part->n_names && (extension == 0 || name == 0); i++) {
		const char *text = test->part->names[i];
		int by_extension = extension == 0 ? extension_matches(test, text) : 0;
		int by_name = name == 0 && by_extension >= 0
				      ? patterns_match(test, &b->name, text)
				      : 0;

		if (by_extension < 0 || by_name < 0)
			return -1;
		extension |= by_extension;
		name |= by_name;
		if (by_extension > 0 || (by_name > 0 && b->n_extensions == 0))
			*ret_name = text;
	}
	return extension != 0 && name != 0;
}

static int
types_match(struct part_test *test)
{
	int r = test->block->type.n == 0;

	for (size_t i = 0; i < test->part->n_types && r == 0; i++)
		r = patterns_match(test, &test->block->type, test->part->types[i]);
	return r;
}

static int
part_matches(struct part_test *test, const char **ret_name)
{
	int r;

	if (test->block->kinds != 0 && (test->part->kinds & test->block->kinds) == 0)
		return 0;
	if (test->block->has_size && test->part->size <= test->block->size_over)
		return 0;
	r = types_match(test);
	return r <= 0 ? r : names_match(test, ret_name);
}

/* All parts that the block hits, in the order of parts. ret has room for all parts. Returns 0,
 * or a negative number when a match failed, after policy_fail(). */
static int
find_hits(struct policy_call *c, const struct attachment_block *b,
	  const struct attachments *parts, struct attachment_hit *ret, size_t *ret_n)
{
	*ret_n = 0;
	for (size_t i = 0; i < parts->n; i++) {
		const struct attachment *part = &parts->part[i];
		struct part_test test = {.call = c, .block = b, .part = part};
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

/* A file name for replies, notices and the log. The sender chose it: a long one is cut between
 * two characters, an empty one is "(unnamed)". */
static const char *
shorten_name(struct arena *arena, const char *name)
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

/* For replies, which are ASCII: each other character becomes '?'. */
static const char *
make_name_ascii(struct arena *arena, const char *name)
{
	char *copy = arena_strdup(arena, name), *to = copy;

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
refuse_attachment(struct policy_call *c, const struct attachment_block *b,
		  const struct attachment_hit *hit)
{
	struct arena *arena = policy_arena(c);
	struct placeholder_values values = {0};

	values.value[PLACEHOLDER_RULE] = b->title;
	values.value[PLACEHOLDER_NAME] = make_name_ascii(arena, shorten_name(arena, hit->name));
	return policy_refuse(c, &b->reply, &values);
}

/* Appends the notice that replaces a file. It is quoted-printable, so no line of it can be
 * taken for a boundary, and every MTA can transmit it. */
static void
append_notice(struct policy_call *c, const struct attachment_block *b,
	      const struct attachment_hit *hit, struct buf *out)
{
	struct placeholder_values values = {0};
	struct buf text = {0}, lines = {0};

	policy_fill_values(c, &values);
	values.value[PLACEHOLDER_RULE] = b->title;
	values.value[PLACEHOLDER_NAME] = shorten_name(policy_arena(c), hit->name);
	template_expand(b->notice, &values, false, &text);
	for (const char *p = buf_string(&text); *p != '\0'; p++) {
		if (*p == '\n')
			buf_putc(&lines, '\r');
		buf_putc(&lines, (unsigned char)*p);
	}
	mime_qp_encode(buf_string(&lines), lines.len, out);
	buf_free(&text);
	buf_free(&lines);
}

static enum verdict
fail_strip(struct policy_call *c, const struct attachment_hit *hit, const char *why)
{
	return policy_fail(c, "%s cannot be removed: %s",
			   shorten_name(policy_arena(c), hit->name), why);
}

/* Deletes the headers that describe the old body. The first Content-Type and the first
 * Content-Transfer-Encoding stay; they get new values. */
static void
delete_old_content_headers(struct policy_call *c)
{
	struct message *m = policy_message(c);
	bool type = false, encoding = false;

	for (size_t i = 0; i < m->n_headers; i++) {
		struct header *h = &m->headers[i];
		bool *kept = str_case_equal(h->name, "Content-Type")		    ? &type
			     : str_case_equal(h->name, "Content-Transfer-Encoding") ? &encoding
										    : NULL;

		if (h->deleted || (!str_case_starts(h->name, "Content-") &&
				   !str_case_equal(h->name, "Lines")))
			continue;
		if (kept != NULL && !*kept)
			*kept = true;
		else
			policy_delete_header(c, h);
	}
}

/* The whole message is the file: the notice becomes its body. */
static enum verdict
strip_whole_message(struct policy_call *c, const struct attachment_block *b,
		    const struct attachment_hit *hit)
{
	const struct mime_tree *tree;
	struct buf body = {0};

	append_notice(c, b, hit, &body);
	buf_puts(&body, "\r\n");
	delete_old_content_headers(c);
	content_set_fields(policy_message(c), "text/plain; charset=utf-8", "quoted-printable");
	content_set_body(policy_message(c), &body);
	policy_note_new_body(c);
	tree = policy_mime_tree(c, true);
	if (tree->n != 1 || tree->flags != 0 || strcmp(tree->node[0].type, "text/plain") != 0)
		return fail_strip(c, hit, "the edited message failed the check");
	return VERDICT_CONTINUE;
}

static bool
node_is_inside(const struct mime_tree *tree, unsigned node, unsigned outer)
{
	while (node != MIME_NO_NODE && node > outer)
		node = tree->node[node].parent;
	return node == outer;
}

static const char notice_fields[] = "Content-Type: text/plain; charset=utf-8\r\n"
				    "Content-Disposition: inline\r\n"
				    "Content-Transfer-Encoding: quoted-printable\r\n\r\n";

/* The notices for the hits, which are in the order of their nodes. A hit inside an earlier one
 * is left out: it is replaced with that. Returns how many there are. */
static size_t
make_notice_parts(struct policy_call *c, const struct attachment_block *b,
		  const struct mime_tree *tree, const struct attachment_hit *hits, size_t n,
		  struct mime_new_part *ret)
{
	struct arena *arena = policy_arena(c);
	struct buf text = {0};
	size_t made = 0;

	for (size_t i = 0; i < n; i++) {
		unsigned node = hits[i].part->node;

		if (made > 0 && node_is_inside(tree, node, ret[made - 1].node))
			continue;
		buf_reset(&text);
		buf_puts(&text, notice_fields);
		append_notice(c, b, &hits[i], &text);
		ret[made++] = (struct mime_new_part){
			node, arena_dup(arena, text.data, text.len), text.len};
	}
	buf_free(&text);
	return made;
}

static enum verdict
strip_parts(struct policy_call *c, const struct attachment_block *b,
	    const struct mime_tree *tree, const struct attachment_hit *hits, size_t n)
{
	struct arena *arena = policy_arena(c);
	const struct content_limits *view = policy_content_limits(c);
	struct mime_limits limits = {.parts = view->parts, .depth = view->depth};
	struct mime_new_part *parts = arena_alloc(arena, n * sizeof(*parts));
	struct mime_rope body;

	n = make_notice_parts(c, b, tree, hits, n, parts);
	if (mime_replace_parts(tree, &limits, parts, n, arena, &body) < 0)
		return fail_strip(c, &hits[0], "the edited message failed the check");
	content_set_body_pieces(policy_message(c), &body);
	policy_note_new_body(c);
	return VERDICT_CONTINUE;
}

static enum verdict
strip_attachments(struct policy_call *c, const struct attachment_block *b,
		  const struct mime_tree *tree, const struct attachment_hit *hits, size_t n)
{
	enum verdict v;

	if (tree->flags != 0)
		return fail_strip(c, &hits[0], mime_flag_words(policy_arena(c), tree->flags));
	for (size_t i = 0; i < n; i++) {
		if (hits[i].part->node == MIME_NO_NODE)
			return fail_strip(c, &hits[i], "programs read it in different ways");
	}
	v = hits[0].part->node == 0 ? strip_whole_message(c, b, &hits[0])
				    : strip_parts(c, b, tree, hits, n);
	if (v == VERDICT_CONTINUE && message_size(policy_message(c)) > policy_size_limit(c))
		return fail_strip(c, &hits[0], "the notice makes the message too large");
	return v;
}

static enum verdict
act_on_hits(struct policy_call *c, const struct attachment_block *b,
	    const struct mime_tree *tree, const struct attachment_hit *hits, size_t n)
{
	const char *name = shorten_name(policy_arena(c), hits[0].name);

	policy_note(c, "block", b->title);
	policy_note(c, "file", name);
	switch (b->action) {
	case BLOCK_REJECT:
	case BLOCK_TEMPFAIL:
		return refuse_attachment(c, b, &hits[0]);
	case BLOCK_QUARANTINE:
		policy_quarantine(c, arena_printf(policy_arena(c), "%s: %s", b->title,
						  make_name_ascii(policy_arena(c), name)));
		return VERDICT_CONTINUE;
	case BLOCK_LOG:
		policy_log(c, LOG_NOTICE, "block %s hits %s", b->title, name);
		return VERDICT_CONTINUE;
	case BLOCK_STRIP:
		return strip_attachments(c, b, tree, hits, n);
	case BLOCK_ACTION_COUNT:
		break;
	}
	return VERDICT_CONTINUE;
}

struct attachment_search { /* the parts that blocks are applied to */
	const struct mime_tree *tree;
	struct attachments parts;
	struct attachment_hit *hits; /* room for all parts */
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

static enum verdict
attachment_message(struct policy_call *c)
{
	const struct attachment_conf *conf = policy_conf(c);
	struct attachment_search search = {.tree = NULL};
	enum verdict v = VERDICT_CONTINUE;

	for (size_t i = 0; i < conf->n && v == VERDICT_CONTINUE; i++) {
		size_t n;

		if (!search_parts(c, &search))
			return policy_fail(c, "the body was not kept");
		if (find_hits(c, &conf->blocks[i], &search.parts, search.hits, &n) < 0)
			return VERDICT_ERROR;
		if (n > 0)
			v = act_on_hits(c, &conf->blocks[i], search.tree, search.hits, n);
	}
	if (v == VERDICT_CONTINUE && search.parts.unseen != NULL)
		return policy_fail(c, "not all parts can be seen: %s", search.parts.unseen);
	return v;
}

static int
read_block_extension(struct policy_setup *setup, const struct section *s, size_t i,
		     const char *text, struct block_extension *ret)
{
	const char *table = table_reference(text), *fault;

	if (table != NULL) {
		ret->table = policy_setup_table(setup, s, "extension", table);
		if (ret->table == NULL)
			return -EINVAL;
		if (table_type(ret->table) == TABLE_CIDR)
			return section_error_item(s, "extension", i,
						  "table '%s' has networks, which extension is "
						  "not compared with",
						  table);
		return table_check_list(ret->table, KEYS_EXTENSIONS);
	}
	ret->text = text + (*text == '.');
	fault = written_extension_fault(text);
	if (fault != NULL)
		return section_error_item(s, "extension", i, "extension: '%s': %s", text,
					  fault);
	return 0;
}

static int
read_block_extensions(struct policy_setup *setup, const struct section *s,
		      struct attachment_block *b)
{
	const char *const *list;
	size_t n = section_list(s, "extension", &list);
	struct block_extension *e = arena_zalloc(policy_setup_arena(setup), n * sizeof(*e));
	int r = 0;

	if (section_has(s, "extension") && n == 0)
		return section_error(s, "extension",
				     "extension: an empty list matches nothing");
	for (size_t i = 0; i < n; i++)
		if (read_block_extension(setup, s, i, list[i], &e[i]) < 0)
			r = -EINVAL;
	b->extensions = e;
	b->n_extensions = n;
	return r;
}

static int
read_block_magic(const struct section *s, struct attachment_block *b)
{
	const char *const *list;
	size_t n = section_list(s, "magic", &list);
	int r = 0;

	if (section_has(s, "magic") && n == 0)
		return section_error(s, "magic", "magic: an empty list matches nothing");
	for (size_t i = 0; i < n; i++) {
		enum magic_bit kind = magic_find(list[i]);

		if (kind == MAGIC_COUNT)
			r = section_error_item(s, "magic", i,
					       "magic: '%s' is not one of pe, elf, mach-o, "
					       "zip, ole, pdf, rar, 7z",
					       list[i]);
		else
			b->kinds |= 1u << kind;
	}
	return r;
}

static int
read_block_patterns(struct policy_setup *setup, const struct section *s,
		    struct attachment_block *b)
{
	struct arena *arena = policy_setup_arena(setup);
	bool backrefs = section_bool(s, "backrefs");
	int r = patterns_read(arena, s, "name", backrefs, &b->name);

	if (section_has(s, "backrefs") && !section_has(s, "name") && !section_has(s, "type"))
		r = section_error(s, "backrefs", "'backrefs' needs a pattern");
	return patterns_read(arena, s, "type", backrefs, &b->type) < 0 ? -EINVAL : r;
}

static int
read_block_notice(struct policy_setup *setup, const struct section *s,
		  struct attachment_block *b)
{
	const char *text = section_string(s, "notice");
	struct template *notice = NULL;
	char why[160];

	if (b->action != BLOCK_STRIP)
		return section_has(s, "notice")
			       ? section_error(s, "notice",
					       "'notice' goes only with action strip")
			       : 0;
	if (text == NULL)
		text = "The attachment %{name} was removed by the mail server.";
	if (!str_is_utf8(text, strlen(text)))
		return section_error(s, "notice", "notice: this is not UTF-8 text");
	if (template_compile(policy_setup_arena(setup), text, BLOCK_PLACEHOLDERS, &notice, why,
			     sizeof(why)) < 0)
		return section_error(s, "notice", "notice: %s", why);
	b->notice = notice;
	return 0;
}

static int
read_block_reply(struct policy_setup *setup, const struct section *s,
		 struct attachment_block *b)
{
	bool reject = b->action == BLOCK_REJECT;

	if (reject || b->action == BLOCK_TEMPFAIL)
		return reply_read(policy_setup_arena(setup), s, reject,
				  reject ? "554 5.7.1 Attachment %{name} is not allowed [%{id}]"
					 : "451 4.7.1 Attachment %{name} is not allowed for "
					   "now [%{id}]",
				  BLOCK_PLACEHOLDERS, &b->reply);
	if (!section_has(s, "reply"))
		return 0;
	return section_error(
		s, "reply", "'reply' goes only with action reject and tempfail, this one is %s",
		block_action_words[b->action]);
}

static int
read_attachment_block(struct policy_setup *setup, const struct section *s,
		      struct attachment_block *b)
{
	int action = section_word(s, "action"), r = 0;

	if (action < 0)
		return -EINVAL; /* the reader has reported that it is missing */
	b->title = section_title(s);
	b->action = (enum block_action)action;
	b->has_size = section_has(s, "size_over");
	b->size_over = b->has_size ? section_number(s, "size_over") : 0;
	r |= read_block_extensions(setup, s, b);
	r |= read_block_magic(s, b);
	r |= read_block_patterns(setup, s, b);
	r |= read_block_notice(setup, s, b);
	r |= read_block_reply(setup, s, b);
	return r < 0 ? -EINVAL : 0;
}

static void
add_block_need(struct policy_need *need, const struct attachment_block *b)
{
	static const uint32_t strip_actions =
		ACTION_ADD_HEADER | ACTION_CHANGE_HEADER | ACTION_REPLACE_BODY;
	uint32_t uses = 0;

	if (b->action == BLOCK_STRIP) {
		need->actions |= strip_actions;
		need->changes |= PART_HEADERS | PART_BODY;
	}
	if (b->action == BLOCK_QUARANTINE)
		need->actions |= ACTION_QUARANTINE;
	if (b->reply.text != NULL)
		uses |= template_uses(b->reply.text);
	if (b->notice != NULL)
		uses |= template_uses(b->notice);
	if ((uses & PLACEHOLDER_BIT(PLACEHOLDER_SENDER)) != 0)
		need->reads |= PART_SENDER;
	if ((uses & PLACEHOLDER_BIT(PLACEHOLDER_ID)) != 0)
		need->macros = "i";
}

static int
attachment_configure(struct policy_setup *setup, const struct section *section,
		     struct policy_need *need, const void **ret_conf)
{
	struct arena *arena = policy_setup_arena(setup);
	struct attachment_conf *conf = arena_zalloc(arena, sizeof(*conf));
	const struct section *const *sections;
	size_t n = section_sections(section, "block", &sections);
	struct attachment_block *blocks = arena_zalloc(arena, n * sizeof(*blocks));
	int r = 0;

	if (n == 0)
		return section_error(section, NULL, "attachment %s has no block",
				     section_title(section));
	need->reads = PART_HEADERS | PART_BODY;
	need->message = STAGE_EOM;
	for (size_t i = 0; i < n; i++) {
		if (read_attachment_block(setup, sections[i], &blocks[i]) < 0)
			r = -EINVAL;
		else
			add_block_need(need, &blocks[i]);
		conf->needs_sizes |= blocks[i].has_size;
	}
	conf->blocks = blocks;
	conf->n = n;
	*ret_conf = conf;
	return r;
}

const struct policy_ops policy_attachment = {
	.name = "attachment",
	.summary = "rules about files in mail: refuse, quarantine, log, take out",
	.options = attachment_options,
	.configure = attachment_configure,
	.message = attachment_message,
};
