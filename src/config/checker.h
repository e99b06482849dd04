/* What checking the statements of one file shares, whatever their kind: the position in the
 * text, reporting an error, erasing text, and finding the next statement.
 *
 * Used by check_statement.c (the file, includes, unknown names), check_section.c and
 * check_setting.c (options that are set). An error must cost one report only. So after an error
 * the checker looks for the place where the next statement begins
 * (checker_skip_to_statement()); that is a guess, since the text is wrong, from the forms that
 * begin a statement. */
#ifndef CONFIG_CHECKER_H
#define CONFIG_CHECKER_H

#include <stdbool.h>
#include <stddef.h>

#include "config/lex.h"
#include "config/source.h"

struct file_checker {
	struct source *source;
	struct source_file *file;
	struct lexer lexer;	     /* the next token to read */
	struct source_node *section; /* the innermost that is open; the root at first */
	bool stopped;		     /* the rest of the file is not checked */
};

/* Reports an error at a line of the file and marks the open sections as having one. Nothing is
 * reported when an unclosed string or comment was seen: what is missing may be part of it. */
void checker_error(struct file_checker *c, unsigned line, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Overwrites the text from start to end with spaces, except its line ends. */
void checker_erase(struct file_checker *c, size_t start, size_t end);
/* Erases from start up to the next token to read. */
void checker_erase_from(struct file_checker *c, size_t start);

/* The bytes of a token, quotes included. Copied to the arena. */
const char *checker_token_text(struct file_checker *c, const struct lex_token *t);
/* The option table for the contents of a section. */
const struct option *checker_section_options(const struct file_checker *c,
					     const struct source_node *section);
/* "line 3"; "FILE:3" for a node of another file. */
const char *checker_node_location(const struct file_checker *c, const struct source_node *n);
/* A node in the open section whose name is the token. It is not added to any list. */
struct source_node *checker_new_node(struct file_checker *c, const struct option *o,
				     const struct lex_token *name);

/* Whether a statement, the end of the section or the end of the file begins here. */
bool checker_is_at_statement(struct file_checker *c);
/* Skips past the '}' that closes a '{' which was read already. */
void checker_skip_braces(struct file_checker *c);
/* Skips to the next statement or to the next line, whichever comes first. */
void checker_skip_to_statement(struct file_checker *c);

/* Ends the checking of this file: erases it from start to its end. */
void checker_stop(struct file_checker *c, size_t start);

/* Checks KIND "title" { after the kind was read, and makes it the open section. In
 * check_section.c. */
void checker_check_section(struct file_checker *c, const struct option *o,
			   const struct lex_token *name);
/* Closes the open section at its '}', or reports a '}' for which there is none. */
void checker_close_section(struct file_checker *c, const struct lex_token *brace);

/* Checks NAME = VALUE after its name was read. In check_setting.c. */
void checker_check_setting(struct file_checker *c, const struct option *o,
			   const struct lex_token *name);
/* Whether the token after NAME = is no value, but belongs to the next statement. In
 * check_setting.c. */
bool checker_is_value_missing(struct file_checker *c, const struct lex_token *name,
			      const struct lex_token *value);

#endif
