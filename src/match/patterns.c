/* Compiles the list of patterns that an option of a section has, and reports each that is
 * wrong. This is done while the configuration is loaded. */
#include "match/patterns.h"

#include <errno.h>

#include "match/written.h"
#include "util/arena.h"

int
pattern_check_written(const struct section *s, const char *option, size_t item,
		      const char *text)
{
	const char *fault = written_pattern_fault(text);

	if (fault != NULL)
		return section_error_item(s, option, item, "%s: '%s': %s", option, text, fault);
	fault = written_pattern_doubt(text);
	if (fault != NULL)
		section_warning_item(s, option, item, "%s: '%s': %s", option, text, fault);
	return 0;
}

int
pattern_check_address(const struct section *s, const char *option, size_t item,
		      const char *text)
{
	const char *fault = written_address_pattern_fault(text);

	if (fault == NULL)
		return 0;
	return section_error_item(s, option, item, "%s: '%s' never matches: %s", option, text,
				  fault);
}

void
patterns_check_header(const struct section *s, const char *option, const char *name)
{
	const char *const *text;
	size_t n = section_list(s, option, &text);

	for (size_t i = 0; i < n; i++) {
		const char *doubt = written_header_pattern_doubt(text[i], name);

		if (doubt != NULL)
			section_warning_item(s, option, i, "%s: '%s': %s", option, text[i],
					     doubt);
	}
}

void
patterns_check_normalized(const struct section *s, const char *option)
{
	const char *const *text;
	size_t n = section_has(s, option) ? section_list(s, option, &text) : 0;

	for (size_t i = 0; i < n; i++) {
		const char *doubt = written_normalized_pattern_doubt(text[i]);

		if (doubt != NULL)
			section_warning_item(s, option, i, "%s: '%s': %s", option, text[i],
					     doubt);
	}
}

int
patterns_read(struct arena *arena, const struct section *s, const char *option, bool backrefs,
	      struct patterns *ret)
{
	const char *const *text;
	size_t n = section_has(s, option) ? section_list(s, option, &text) : 0;
	const struct regex **re = arena_alloc(arena, n * sizeof(struct regex *));
	unsigned groups = n > 0 ? REGEX_MAX_GROUPS : 0;
	int r = 0;

	for (size_t i = 0; i < n; i++) {
		char why[256];

		re[i] = NULL;
		if (pattern_check_written(s, option, i, text[i]) < 0) {
			r = -EINVAL;
			continue;
		}
		re[i] = regex_compile(arena, text[i], backrefs, why, sizeof(why));
		if (!re[i])
			r = section_error_item(s, option, i, "%s: '%s': %s", option, text[i],
					       why);
		else if (regex_group_count(re[i]) < groups)
			groups = regex_group_count(re[i]);
	}
	if (r == 0)
		*ret = (struct patterns){re, n, groups};
	return r;
}
