/* Options: what may be written in a section of polymilter.conf, and what was written there.
 *
 * A kind of section has a table of struct option. One row is all there is to know of an
 * option: the parser, the checks, the default, the listing of `polymilterctl policies` and the
 * test of the manual page read it. The values of a section that was read are asked for by
 * name:
 *
 *	footer "legal" { max_body = "25M" }
 *		section_number(s, "max_body")	26214400, bytes
 *		section_has(s, "position")	false: it is not written
 *		section_word(s, "position")	0: its default is "end", the first of its words
 */
#ifndef OPTION_OPTION_H
#define OPTION_OPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum option_type {
	OPTION_STRING,	 /* any text */
	OPTION_SIZE,	 /* a number of bytes: "512", "25M" */
	OPTION_DURATION, /* a number of milliseconds: "500ms", "30s" */
	OPTION_COUNT,	 /* a number: "17" */
	OPTION_MODE,	 /* permission bits, octal: "0660" */
	OPTION_BOOL,	 /* yes or no */
	OPTION_WORD,	 /* one of words */
	OPTION_REGEX,	 /* one pattern, in single quotes */
	OPTION_LIST,	 /* strings, or words; one bare value is a list of one */
	OPTION_REGEXES,	 /* patterns, in single quotes; one bare value is a list of one */
	OPTION_LIMIT,	 /* a size or a count (see sized), or "none" */
	OPTION_SECTION,	 /* a section with a title, any number of times: rule "name" { } */
	OPTION_GROUP,	 /* a section without title, at most once: log { } */
	OPTION_INCLUDE, /* no option: the rows of another table (see options) belong here too */
};

/* What others write for a word, separated by blanks. */
struct option_also {
	const char *word; /* NULL ends a list */
	const char *also;
};

struct option {
	const char *name; /* NULL ends a table; "" with OPTION_INCLUDE */
	enum option_type type;
	const char *value;	  /* the default, as it would be written; NULL: there is none */
	const char *help;	  /* one line, for listings */
	const char *const *words; /* of OPTION_WORD; of OPTION_LIST or NULL; NULL at the end */
	/* The table of OPTION_SECTION, OPTION_GROUP and OPTION_INCLUDE. An included table
	 * includes no other one. */
	const struct option *options;
	bool sized;    /* OPTION_LIMIT: a size, not a count */
	bool required; /* it must be written */
	/* An option that a later release will have: it is refused unless its default is
	 * written. */
	bool planned;
	const char *const *planned_words; /* the same for some of words; NULL at the end */
	const char *alias; /* an older name, which loads as name does; NULL: none */
	/* The default may not be written everywhere, or to write it means more than its value:
	 * config/dump.h. */
	bool unwritten;
	bool is_path; /* OPTION_STRING: a file; a relative path is relative to the section's */
	bool title_nocase; /* OPTION_SECTION: titles that differ in case only are the same */
	/* For option_suggest(): what newcomers and other programs write for it, separated by
	 * blanks: "max_size message_size_limit" of message. */
	const char *also;
	const struct option_also *words_also; /* the same for words; may name others, too */
};

extern const struct option_also option_actions_also[]; /* of verdicts and other actions */

/* The option at index i of a table, those of included tables counted in their place; NULL at
 * the end. */
const struct option *option_at(const struct option *table, size_t i);
/* The option of that name, or alias, in a table and in those that it includes; NULL: there is
 * none. */
const struct option *option_find(const struct option *table, const char *name);
bool option_is_section(const struct option *o); /* OPTION_SECTION or OPTION_GROUP */
bool option_is_list(const struct option *o);	/* OPTION_LIST or OPTION_REGEXES */
bool option_is_regex(const struct option *o);	/* OPTION_REGEX or OPTION_REGEXES */
/* The index of a text in words, which end with NULL; -1: it is not there. */
int option_word_index(const char *const *words, const char *text);

/* What was probably meant by a name that the table does not have, or by a text that is none of
 * these words, of which `also` may be NULL; NULL: nothing is near. Case, '_' and '-' make no
 * difference. */
const char *option_suggest(const struct option *table, const char *written);
const char *option_suggest_word(const char *const *words, const struct option_also *also,
				const char *written);

/* Checks a text (one of a list) by the option's type, and that it is not planned for a later
 * release. 0, or -EINVAL with a sentence in why that begins with the option's name. */
int option_check(const struct option *o, const char *text, char *why, size_t why_size);

/* A section that was read. Its values have passed option_check(), so the functions below
 * cannot fail; it is a bug, and an assertion fails, to ask for an option that the section's
 * table does not have, or for one of another type. All strings and lists live as long as the
 * configuration. */
struct section;

const char *section_kind(const struct section *s);  /* "header", "rule" */
const char *section_title(const struct section *s); /* "" of a group */
/* The section around it; NULL at the top level. */
const struct section *section_parent(const struct section *s);
/* Something in it was refused, and that was reported: it may be what seems to be missing. */
bool section_is_faulty(const struct section *s);
/* True when the option is written; of a kind of section, when there is one of that kind. */
bool section_has(const struct section *s, const char *option);

/* The value that is written, else that of the section of defaults, else the default. */
const char *section_string(const struct section *s, const char *option); /* NULL: neither */
uint64_t section_number(const struct section *s, const char *option);	 /* 0: neither */
bool section_bool(const struct section *s, const char *option);		 /* false: neither */
int section_word(const struct section *s, const char *option); /* index in words; -1: neither */
/* Of OPTION_LIMIT: 1 and *ret; 0: neither; -1: "none". */
int section_limit(const struct section *s, const char *option, uint64_t *ret);
/* The number of texts in a list; *ret points to them and ends with NULL, unless the option has
 * a default of its own. */
size_t section_list(const struct section *s, const char *option, const char *const **ret);

/* The number of sections of a kind in this one, in the order of the file; of a group 0 or
 * 1. */
size_t section_sections(const struct section *s, const char *kind,
			const struct section *const **ret);

/* Report an error or a warning as FILE:LINE: text, at the line of the option when it is
 * written, else (and when option is NULL) at the line of the section. those that end in _item
 * report it at the line of one text of a list; item is its index, and for every other index
 * the line is that of the option. The errors return -EINVAL. The reader of the section should
 * go on, so that one run reports all mistakes. */
int section_error(const struct section *s, const char *option, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
int section_error_item(const struct section *s, const char *option, size_t item,
		       const char *fmt, ...) __attribute__((format(printf, 4, 5)));
void section_warning(const struct section *s, const char *option, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void section_warning_item(const struct section *s, const char *option, size_t item,
			  const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* "FILE:LINE" of the section, for messages about another one. */
const char *section_place(const struct section *s);
/* The directory of its file: the names of other files in the section are relative to it. */
const char *section_directory(const struct section *s);

#endif
