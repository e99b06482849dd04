/* Options: what may be written in a section of polymilter.conf, as tables, and what was
 * written. One row is the option: parser, default, listing and manual's test read it.
 * Layer 3. */
#ifndef OPTION_OPTION_H
#define OPTION_OPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum option_type {
	OPTION_STRING,	 /* any text */
	OPTION_SIZE,	 /* bytes */
	OPTION_DURATION, /* milliseconds */
	OPTION_COUNT,
	OPTION_MODE, /* permission bits */
	OPTION_BOOL,
	OPTION_WORD,	/* one of words */
	OPTION_REGEX,	/* one pattern, in single quotes */
	OPTION_LIST,	/* strings; one bare value is a list of one */
	OPTION_REGEXES, /* a list of patterns, in single quotes */
	OPTION_LIMIT,	/* a size or a count (see sized), or "none" */
	OPTION_SECTION, /* titled, may repeat: rule "name" { } */
	OPTION_GROUP,	/* without title, at most once: log { } */
	OPTION_ALSO,	/* no option: the rows of another table (options) belong here too */
};

struct option {
	const char *name; /* NULL ends a table; "" with OPTION_ALSO */
	enum option_type type;
	const char *value;	      /* the default as it would be written; NULL: unset */
	const char *help;	      /* one line, for listings */
	const char *const *words;     /* OPTION_WORD: ends with NULL */
	const struct option *options; /* OPTION_SECTION, OPTION_GROUP */
	bool sized;		      /* OPTION_LIMIT: a size, not a count */
	bool required;
	/* What a later release builds: refused when written ("not built yet (planned)"). All of
	 * the option, or only these values of it (NULL at the end). */
	bool planned;
	const char *const *planned_words;
	bool title_nocase; /* OPTION_SECTION: titles that differ in case only are the same */
};

/* The row i of a table, those behind OPTION_ALSO (one deep) included; NULL at the end. */
const struct option *option_at(const struct option *table, size_t i);
const struct option *option_find(const struct option *table, const char *name); /* or NULL */
bool option_is_section(const struct option *o); /* titled or not */
bool option_is_list(const struct option *o);
bool option_is_regex(const struct option *o); /* one or a list */

/* Is text what the option's type takes, and built already? 0, or -EINVAL with a sentence that
 * begins with the option's name in why. */
int option_check(const struct option *o, const char *text, char *why, size_t why_size);

/* A section that was read. Its values have passed the checks of their type, so reading them
 * cannot fail; asking for an option that its table lacks, or as another type, is a bug and
 * asserts. All memory belongs to the configuration. */
struct section;

const char *section_kind(const struct section *s);  /* "header", "rule" */
const char *section_title(const struct section *s); /* "" for a group */
const struct section *section_parent(const struct section *s);
bool section_has(const struct section *s, const char *option); /* was it written? */

/* As written, else the default. Strings and words may be NULL when both are missing. */
const char *section_string(const struct section *s, const char *option);
uint64_t section_number(const struct section *s, const char *option);
bool section_bool(const struct section *s, const char *option);
int section_word(const struct section *s, const char *option); /* index in words, -1: unset */
/* OPTION_LIMIT: 1 and *ret; 0 unset; -1 for "none". */
int section_limit(const struct section *s, const char *option, uint64_t *ret);
size_t section_list(const struct section *s, const char *option, const char *const **ret);

/* The sections inside of this kind, in the file's order; a group is a list of one or none. */
size_t section_sections(const struct section *s, const char *kind,
			const struct section *const **ret);

/* Notes a mistake as FILE:LINE: text, at the option's line (item: at that value of a list,
 * 0 the first), or at the section's when option is NULL. Returns -EINVAL. Reading goes on, so
 * that one run tells all. */
int section_error(const struct section *s, const char *option, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
int section_error_item(const struct section *s, const char *option, size_t item,
		       const char *fmt, ...) __attribute__((format(printf, 4, 5)));
void section_warning(const struct section *s, const char *option, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* "FILE:LINE" of the section, for messages that name another one. */
const char *section_place(const struct section *s);
/* The directory of its file: names of other files in it are relative to that. */
const char *section_directory(const struct section *s);

#endif
