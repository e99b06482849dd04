/* The parts of convert.c, a file each. */
#ifndef IMPORT_CONVERT_PRIVATE_H
#define IMPORT_CONVERT_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "import/key_row.h"
#include "import/output.h"
#include "import/postfix_action.h"
#include "import/row.h"
#include "import/setting.h"
#include "import/source.h"

struct conversion {
	struct output *out;
	struct arena *arena; /* that of out */
	const struct setting *settings;
	size_t n;
	FILE *errors;
	int result;	 /* 0 or -EINVAL */
	bool again;	 /* what is read was read before: mistakes are reported already */
	bool subdomains; /* parent_domain_matches_subdomains has smtpd_access_maps */
	/* What rows that were written since these were cleared do. */
	bool rows_permit; /* OK: the list of restrictions ends */
	bool rows_go_on; /* DUNNO, WARN and others, after which the next restriction is asked */
};

enum table_form { FORM_TEXT, FORM_CIDR, FORM_REGEXP, FORM_PCRE };

/* One table of Postfix, read. */
struct postfix_table {
	enum table_form form;
	struct source source;
	const char *base; /* of its path, without its ending: for names of ours */
};

/* The setting of that name; NULL: there is none. */
const struct setting *conversion_find(const struct conversion *c, const char *name);
/* Reports a mistake that stands in a setting, as "FILE:LINE: text" or "NAME: text". */
void conversion_error(struct conversion *c, const struct setting *s, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* The same for what is left out with a note. */
void conversion_note(struct conversion *c, const struct setting *s, enum outcome outcome,
		     const char *format, ...) __attribute__((format(printf, 4, 5)));
/* Reads the table that a word of a setting names. False: it was reported. */
bool conversion_table(struct conversion *c, const struct setting *s, const char *word,
		      struct postfix_table *ret);

/* Whether a pattern, as we write it, matches a text; flags: enum regex_flag. */
bool conversion_matches(struct arena *arena, const char *pattern, unsigned flags,
			const char *text);

/* Notes that a table may be of another type, when none of its n rows, or all of them, are as
 * they should be. */
void conversion_doubt_patterns(struct conversion *c, const struct source *source,
			       const struct row *rows, size_t n);
void conversion_doubt_keys(struct conversion *c, const struct source *source,
			   const struct key_row *rows, size_t n);
/* Notes what a row with this action, as we write it, does. */
void conversion_note_action(struct conversion *c, const char *action);
/* Writes a row of a regex table with actions, and its comment; the row's outcome is counted
 * unless it is read again. True: it does more than DUNNO. */
bool convert_row(struct conversion *c, const struct source *source, const struct row *row,
		 enum action_place place, struct buf *out);

/* header_checks, mime_header_checks, nested_header_checks */
void convert_header_checks(struct conversion *c, const struct setting *s);
void convert_body_checks(struct conversion *c, const struct setting *s);
void convert_restrictions(struct conversion *c, const struct setting *s);
void convert_logins(struct conversion *c, const struct setting *s);
void convert_milter_regex(struct conversion *c, const struct setting *s);

#endif
