/* Settings of Postfix that name what is to be imported, as main.cf and postconf(1) have them:
 *
 *	header_checks = pcre:/etc/postfix/header_checks, regexp:/etc/postfix/more
 *	smtpd_recipient_restrictions = permit_mynetworks,
 *		check_sender_access hash:/etc/postfix/sender_access
 *
 * A restriction that looks in one table may stand alone, as a setting of its own:
 * check_sender_access = hash:/etc/postfix/sender_access. */
#ifndef IMPORT_SETTING_H
#define IMPORT_SETTING_H

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct source;

struct setting {
	const char *name, *value;
	const char *path; /* of the file in which it stands; NULL: on the command line */
	unsigned line;	  /* in that file */
};

enum setting_kind {
	SETTING_UNKNOWN,
	SETTING_CHECKS,	      /* header_checks and its kin */
	SETTING_RESTRICTIONS, /* smtpd_*_restrictions */
	SETTING_ACCESS,	      /* check_*_access */
	SETTING_LOGINS,	      /* smtpd_sender_login_maps */
	SETTING_MILTER_REGEX, /* milter_regex: the file of that program */
	SETTING_OPTION,	      /* mynetworks, parent_domain_matches_subdomains */
};

enum setting_kind setting_kind(const char *name);
/* The name that was meant by another; NULL: none is near. */
const char *setting_suggest(const char *name);
/* The names of all settings with a meaning here; NULL at the end. */
const char *const *setting_names(void);

/* Splits "NAME = VALUE". False: there is no '=', or no name. */
bool setting_split(struct arena *arena, const char *text, struct setting *ret);

/* All settings of a file like main.cf, with $name and ${name} filled in where that file has the
 * name; of one that stands twice the last, as in Postfix. */
const struct setting *settings_read(struct arena *arena, const struct source *s, size_t *ret_n);

/* The words of a value, which are separated by commas and blanks; "{ ... }" is one. NULL at
 * the end. */
const char *const *setting_words(struct arena *arena, const char *value);

/* A table as Postfix names it, "TYPE:PATH", without "proxy:". False: it has no type. */
struct table_name {
	const char *type, *path;
};
bool setting_table(struct arena *arena, const char *word, struct table_name *ret);

#endif
