/* Most mistakes here would make a rule that never hits, so they are errors. */
#include "policy/subject.h"

#include <errno.h>

#include "content/field.h"
#include "match/patterns.h"

static const char *const match_on_words[] = {"value",  "line", "address",
					     "domain", "name", NULL};
static const struct option_also match_on_also[] = {
	{"line", "header whole field full"},
	{"value", "body text"},
	{"address", "addr email mailbox addr_spec email:addr"},
	{"domain", "host email:domain"},
	{"name", "display_name display-name phrase realname email:name"},
	{.word = NULL},
};

const struct option subject_options[] = {
	{"match_on", OPTION_WORD, "value", .words = match_on_words, .words_also = match_on_also,
	 .unwritten = true,
	 .help = "what patterns see: the value, the whole line, or of each mailbox its address, "
		 "domain or name",
	 .also = "part match_part on filter field_part"},
	{"normalize", OPTION_BOOL, "no", .unwritten = true,
	 .help = "patterns see small letters, without invisible characters and other forms of "
		 "letters",
	 .also = "normalise fold folded casefold nfkc canonical ignore_case case_insensitive "
		 "nocase unicode"},
	{"decode", OPTION_BOOL, "yes", .unwritten = true,
	 .help = "match the value with its encoded words decoded; no: the raw value",
	 .also = "decoded mime_decode"},
	{.name = NULL},
};

static bool
is_of_mailboxes(enum match_on on)
{
	return on == MATCH_ON_ADDRESS || on == MATCH_ON_DOMAIN || on == MATCH_ON_NAME;
}

static int
check_match_on(const struct section *s, const char *name, enum match_on on)
{
	const char *word = section_string(s, "match_on");

	if (!is_of_mailboxes(on))
		return 0;
	if (name == NULL || !field_has_addresses(name))
		return section_error(
			s, "match_on",
			"match_on: '%s' is only for From, Sender, Reply-To, To, Cc, "
			"Bcc and their Resent- forms",
			word);
	if (section_has(s, "decode"))
		return section_error(s, "decode",
				     "'decode' has no effect with match_on '%s': mailboxes are "
				     "always read from the raw value",
				     word);
	return 0;
}

int
subject_read(const struct section *s, const char *name, bool looks, struct header_subject *ret)
{
	static const char *const options[] = {"match_on", "normalize", "decode"};
	int r = 0;

	ret->on = (enum match_on)section_word(s, "match_on");
	ret->normalize = section_bool(s, "normalize");
	ret->decode = section_bool(s, "decode");
	for (size_t i = 0; i < 3 && !looks; i++)
		if (section_has(s, options[i]))
			r = section_error(s, options[i],
					  "'%s' needs 'match', 'not_match' or 'table'",
					  options[i]);
	if (ret->normalize) {
		patterns_check_normalized(s, "match");
		patterns_check_normalized(s, "not_match");
	}
	return check_match_on(s, name, ret->on) < 0 ? -EINVAL : r;
}
