/* A .rpl file as a list of statements. The grammar stands at the head of driver.c. */
#ifndef SCENARIO_SCRIPT_H
#define SCENARIO_SCRIPT_H

#include <stddef.h>

struct arena;

struct statement {
	unsigned line;	   /* in the file, from 1 */
	const char *word;  /* the first one */
	const char *text;  /* the rest of the line, without outer blanks and <<END */
	const char *block; /* the lines up to END, each with its LF; NULL: there is none */
};

struct script {
	const char *path;
	struct statement *statements;
	size_t n;
};

/* All memory is the arena's. 0, or a negative errno after a message on standard error. */
int script_read(struct arena *arena, const char *path, struct script *ret);
/* The same from text, which starts behind that line of the file. */
int script_parse(struct arena *arena, const char *path, const char *text, unsigned line,
		 struct script *ret);

/* \n \r \t \\ \" and \xNN; what follows another backslash stays with it. A NUL is put behind
 * what comes. */
char *script_unescape(struct arena *arena, const char *text, size_t *ret_len);

/* Words, a "quoted one" may have blanks, unescaped; NULL at the end. */
#define SCRIPT_MAX_WORDS 64u
size_t script_words(struct arena *arena, const char *text,
		    const char *ret[static SCRIPT_MAX_WORDS + 1]);
/* The same, but only a word that starts with a quote loses its quotes: policies="a b" stays. */
size_t script_phrases(struct arena *arena, const char *text,
		      const char *ret[static SCRIPT_MAX_WORDS + 1]);

#endif
