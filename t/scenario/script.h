/* Reads a .rpl file. Input: its text. Output: a list of statements, and the words of a
 * statement. The head of driver.c describes the grammar. */
#ifndef SCENARIO_SCRIPT_H
#define SCENARIO_SCRIPT_H

#include <stddef.h>

struct arena;

struct statement {
	unsigned line;	  /* line of the file, from 1 */
	const char *word; /* first word of the line: "case", ">", ... */
	const char *text; /* the rest of the line, without blanks around it and without <<END */
	const char *block; /* the lines between <<END and END, each with its LF; NULL: none */
};

struct script {
	const char *path;
	struct statement *statements;
	size_t n;
};

/* Reads a file. The result is in the arena; path must outlive it. Returns 0, or a negative
 * errno after a message on standard error. */
int script_read(struct arena *arena, const char *path, struct script *ret);
/* The same from text, whose first line is line + 1 of the file. */
int script_parse(struct arena *arena, const char *path, const char *text, unsigned line,
		 struct script *ret);

/* Replaces \n \r \t \\ \" and \xNN. Another backslash remains. The result ends with a NUL; it
 * may contain others, so ret_len (NULL: not needed) gets its length. */
char *script_unescape(struct arena *arena, const char *text, size_t *ret_len);

/* Splits text into words at blanks outside of quotes, removes the quotes and replaces escapes.
 * Returns their number; ret ends with NULL. At most SCRIPT_MAX_WORDS are read. */
#define SCRIPT_MAX_WORDS 64u
size_t script_words(struct arena *arena, const char *text,
		    const char *ret[static SCRIPT_MAX_WORDS + 1]);
/* The same, but quotes and escapes change only in a word that starts with a quote (or with !"):
 * policies="a b" keeps its quotes. */
size_t script_phrases(struct arena *arena, const char *text,
		      const char *ret[static SCRIPT_MAX_WORDS + 1]);

#endif
