/* Reads the sections "rule" of the policy attachment. */
#include <errno.h>
#include <string.h>

#include "match/written.h"
#include "mime/magic.h"
#include "policies/attachment.h"
#include "util/str.h"

#define X(ID, word) word,
static const char *const attachment_action_words[] = {ATTACHMENT_ACTIONS(X) NULL};
#undef X

static const struct option_also magic_also[] = {
	{"pe", "exe dll com msdos dos windows executable program application/x-msdownload"},
	{"elf", "linux unix so executable"},
	{"mach-o", "macho mac macos osx"},
	{"zip", "docx xlsx pptx jar odt office archive"},
	{"ole", "doc xls ppt ole2 msoffice office cfb msi"},
	{"pdf", "acrobat"},
	{"7z", "sevenzip 7zip"},
	{.word = NULL},
};

const struct option attachment_rule_options[] = {
	{"", OPTION_INCLUDE, .options = policy_rule_options},
	{"extension", OPTION_LIST,
	 .help = "one of the file's names has one of these extensions",
	 .also = "extensions ext suffix file_extension AttachmentExtensionMatchesWords "
		 "banned"},
	{"name", OPTION_REGEXES,
	 .help = "one of the file's names, decoded, matches one of these",
	 .also = "filename filenames file_name file"},
	{"type", OPTION_REGEXES, .help = "the media type, in lower case, matches one of these",
	 .also = "mime mime_type mimetype content_type media_type"},
	{"magic", OPTION_LIST, .words = magic_words, .words_also = magic_also,
	 .help = "the kind by its first bytes is one of these",
	 .also = "file_type filetype libmagic signature kind"},
	{"size_over", OPTION_SIZE, .help = "the file, decoded, is larger than this",
	 .also = "larger larger_than size max_size AttachmentSizeOver bigger_than"},
	{"displayed", OPTION_BOOL,
	 .help = "text that is displayed is looked at, too; default: for magic, but for strip",
	 .also = "inline shown"},
	{"backrefs", OPTION_BOOL, "no", .unwritten = true,
	 .help = "the patterns may have back-references"},
	{"action", OPTION_WORD, .words = attachment_action_words,
	 .words_also = option_actions_also, .required = true,
	 .help = "what is done when all lines hold", .also = "verdict do then result"},
	{"reply", OPTION_STRING, .help = "reject, tempfail: \"550 5.7.1 text\"",
	 .also = "message reason response error reject tempfail"},
	{"notice", OPTION_STRING, .help = "strip: the text that replaces the file",
	 .also = "text warning replacement placeholder"},
	{.name = NULL},
};

static int
read_attachment_extension(struct policy_setup *setup, const struct section *s, size_t i,
			  const char *text, struct attachment_extension *ret)
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
	ret->len = strlen(ret->text);
	fault = written_extension_fault(text);
	if (fault != NULL)
		return section_error_item(s, "extension", i, "extension: '%s': %s", text,
					  fault);
	return 0;
}

static int
read_attachment_extensions(struct policy_setup *setup, const struct section *s,
			   struct attachment_rule *rule)
{
	const char *const *list;
	size_t n = section_list(s, "extension", &list);
	struct attachment_extension *e =
		arena_zalloc(policy_setup_arena(setup), n * sizeof(*e));
	int r = 0;

	if (section_has(s, "extension") && n == 0)
		return section_error(s, "extension",
				     "extension: an empty list matches nothing");
	for (size_t i = 0; i < n; i++)
		if (read_attachment_extension(setup, s, i, list[i], &e[i]) < 0)
			r = -EINVAL;
	rule->extensions = e;
	rule->n_extensions = n;
	return r;
}

static int
read_attachment_magic(const struct section *s, struct attachment_rule *rule)
{
	const char *const *list;
	size_t n = section_list(s, "magic", &list);

	if (section_has(s, "magic") && n == 0)
		return section_error(s, "magic", "magic: an empty list matches nothing");
	for (size_t i = 0; i < n; i++)
		rule->kinds |= 1u << option_word_index(magic_words, list[i]);
	return 0;
}

static int
read_attachment_patterns(struct policy_setup *setup, const struct section *s,
			 struct attachment_rule *rule)
{
	struct arena *arena = policy_setup_arena(setup);
	bool backrefs = section_bool(s, "backrefs");
	int r = patterns_read(arena, s, "name", backrefs, &rule->name);

	if (section_has(s, "backrefs") && !section_has(s, "name") && !section_has(s, "type"))
		r = section_error(s, "backrefs", "'backrefs' needs a pattern");
	return patterns_read(arena, s, "type", backrefs, &rule->type) < 0 ? -EINVAL : r;
}

static int
read_attachment_notice(struct policy_setup *setup, const struct section *s,
		       struct attachment_rule *rule)
{
	const char *text = section_string(s, "notice");
	struct template *notice = NULL;
	char why[160];

	if (rule->action != ATTACHMENT_STRIP)
		return section_has(s, "notice")
			       ? section_error(s, "notice",
					       "'notice' goes only with action strip")
			       : 0;
	if (text == NULL)
		text = "The attachment %{name} was removed by the mail server.";
	if (!str_is_utf8(text, strlen(text)))
		return section_error(s, "notice", "notice: this is not UTF-8 text");
	if (template_compile(policy_setup_arena(setup), text, ATTACHMENT_PLACEHOLDERS, &notice,
			     why, sizeof(why)) < 0)
		return section_error(s, "notice", "notice: %s", why);
	rule->notice = notice;
	return policy_setup_template(setup, s, "notice", notice);
}

static int
read_attachment_reply(struct policy_setup *setup, const struct section *s,
		      struct attachment_rule *rule)
{
	bool reject = rule->action == ATTACHMENT_REJECT;

	if (reject || rule->action == ATTACHMENT_TEMPFAIL)
		return reply_read(policy_setup_arena(setup), s, reject,
				  reject ? "554 5.7.1 Attachment %{name} is not allowed [%{id}]"
					 : "451 4.7.1 Attachment %{name} is not allowed for "
					   "now [%{id}]",
				  ATTACHMENT_PLACEHOLDERS, &rule->reply);
	if (!section_has(s, "reply"))
		return 0;
	return section_error(
		s, "reply", "'reply' goes only with action reject and tempfail, this one is %s",
		attachment_action_words[rule->action]);
}

int
attachment_read_rule(struct policy_setup *setup, const struct section *s,
		     struct attachment_rule *rule)
{
	int action = section_word(s, "action"), r = 0;

	if (action < 0)
		return -EINVAL; /* the reader has reported that it is missing */
	rule->rule = policy_setup_rule(setup, s);
	rule->action = (enum attachment_action)action;
	rule->has_size = section_has(s, "size_over");
	rule->size_over = rule->has_size ? section_number(s, "size_over") : 0;
	rule->sees_displayed =
		section_has(s, "displayed")
			? section_bool(s, "displayed")
			: section_has(s, "magic") && rule->action != ATTACHMENT_STRIP;
	r |= read_attachment_extensions(setup, s, rule);
	r |= read_attachment_magic(s, rule);
	r |= read_attachment_patterns(setup, s, rule);
	r |= read_attachment_notice(setup, s, rule);
	r |= read_attachment_reply(setup, s, rule);
	r |= policy_setup_template(setup, s, "reply", rule->reply.text);
	return r < 0 ? -EINVAL : 0;
}

void
attachment_add_rule_need(struct policy_need *need, const struct attachment_rule *rule)
{
	static const uint32_t strip_actions =
		ACTION_ADD_HEADER | ACTION_CHANGE_HEADER | ACTION_REPLACE_BODY;
	uint32_t uses = 0;

	if (rule->rule->mode == MODE_OFF)
		return;
	if (rule->action == ATTACHMENT_STRIP && policy_rule_enforces(rule->rule)) {
		need->actions |= strip_actions;
		need->changes |= PART_HEADERS | PART_BODY;
	}
	if (rule->action == ATTACHMENT_QUARANTINE && policy_rule_enforces(rule->rule))
		need->actions |= ACTION_QUARANTINE;
	if (rule->reply.text != NULL)
		uses |= template_uses(rule->reply.text);
	if (rule->notice != NULL)
		uses |= template_uses(rule->notice);
	if ((uses & PLACEHOLDER_BIT(PLACEHOLDER_SENDER)) != 0)
		need->reads |= PART_SENDER;
	if ((uses & PLACEHOLDER_BIT(PLACEHOLDER_ID)) != 0)
		need->macros = "i";
}
