/* "did you mean": finds what was meant by a name or a word that is unknown.
 *
 * First the words that others write for it (`also` in a table), which need not look alike:
 * 'regex' is match, 'deny' is reject. Only then the name that differs by the fewest slips. */
#include <string.h>

#include "option/option.h"
#include "util/str.h"

#define NAMES_MAX 128u /* of one table that are compared */

/* Verdicts and actions have these names in configurations of Postfix, Sendmail, amavis, rspamd,
 * MIMEDefang, milter-regex, HAProxy and Exchange. A word that may mean two of them stands at
 * each: the first that the option has is taken. */
const struct option_also option_actions_also[] = {
	{"reject",
	 "deny block refuse bounce 5xx fail permfail error RejectMessage no d_reject"},
	{"tempfail", "defer soft_reject softreject tempreject temp_fail greylist 4xx retry "
		     "defer_if_permit temporary try_again"},
	{"discard", "drop blackhole sink delete silent DeleteMessage d_discard null"},
	{"accept", "ok permit allow whitelist pass d_pass no_action deliver"},
	{"quarantine", "hold QuarantineMessage isolate"},
	{"continue", "dunno ignore next skip pass none"},
	{"log", "warn info notice notify monitor"},
	{"replace", "rewrite substitute change edit"},
	{"remove", "ignore strip delete_header del_header del delete RemoveHeader"},
	{"strip", "remove delete drop cut action_drop replace_with_warning defang"},
	{"prefix", "prepend tag subject PrependSubject rewrite_subject"},
	{"suffix", "append"},
	{"add", "append add_header new"},
	{"insert", "prepend insert_header"},
	{"set", "change_header SetHeader overwrite"},
	{.word = NULL},
};

/* Whether two words are one but for case, '_' and '-': MaxSize is max_size. */
static bool
is_same_word(const char *a, size_t a_len, const char *b)
{
	size_t i = 0;

	for (;; b++, i++) {
		while (i < a_len && (a[i] == '_' || a[i] == '-'))
			i++;
		while (*b == '_' || *b == '-')
			b++;
		if (i == a_len || *b == '\0')
			return i == a_len && *b == '\0';
		if (str_lower_char(a[i]) != str_lower_char(*b))
			return false;
	}
}

static bool
has_word(const char *list, const char *written)
{
	while (list != NULL && *list != '\0') {
		size_t len = strcspn(list, " ");

		if (is_same_word(list, len, written))
			return true;
		list += len + strspn(list + len, " ");
	}
	return false;
}

const char *
option_suggest(const struct option *table, const char *written)
{
	const char *names[NAMES_MAX + 1];
	const struct option *o;
	size_t n = 0;

	for (size_t i = 0; n < NAMES_MAX && (o = option_at(table, i)) != NULL; i++) {
		if (has_word(o->also, written))
			return o->name;
		names[n++] = o->name;
	}
	names[n] = NULL;
	return str_nearest(written, names);
}

const char *
option_suggest_word(const char *const *words, const struct option_also *also,
		    const char *written)
{
	for (const struct option_also *a = also; a != NULL && a->word != NULL; a++) {
		if (has_word(a->also, written) && option_word_index(words, a->word) >= 0)
			return a->word;
	}
	return str_nearest(written, words);
}
