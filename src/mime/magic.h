/* What a file is by its first bytes, whatever its name says. Layer 2. */
#ifndef MIME_MAGIC_H
#define MIME_MAGIC_H

#include <stddef.h>

#define MAGIC_BYTES 4096u /* that are worth looking at */

/* Our name, the word for it. Programs (pe: also the older ones that begin with MZ), archives,
 * documents. */
#define MAGIC_KINDS(X)                                                                         \
	X(PE, "pe")                                                                            \
	X(ELF, "elf")                                                                          \
	X(MACH_O, "mach-o")                                                                    \
	X(ZIP, "zip")                                                                          \
	X(OLE, "ole")                                                                          \
	X(PDF, "pdf")                                                                          \
	X(RAR, "rar")                                                                          \
	X(SEVENZIP, "7z")

#define X(ID, word) MAGIC_BIT_##ID,
enum magic_bit { MAGIC_KINDS(X) MAGIC_COUNT };
#undef X

/* The kinds that these bytes may begin, as bits 1u << MAGIC_BIT_x. Pure. */
unsigned magic_kinds(const char *s, size_t len);

/* The bit of a word, or MAGIC_COUNT. */
enum magic_bit magic_find(const char *word);
extern const char *const magic_words[]; /* in their order, NULL at the end */

#endif
