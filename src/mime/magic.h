/* What kind a file is by its first bytes, whatever its name is. */
#ifndef MIME_MAGIC_H
#define MIME_MAGIC_H

#include <stddef.h>

#define MAGIC_BYTES 4096u /* how many bytes of a file are enough */

/* Our name, the word in the configuration. Programs (pe includes the older ones that begin with
 * MZ), archives, documents. */
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

/* All kinds that the file may be of, as bits 1u << MAGIC_BIT_x; 0: none of these. */
unsigned magic_kinds(const char *s, size_t len);

/* The bit of a word, or MAGIC_COUNT. */
enum magic_bit magic_find(const char *word);
extern const char *const magic_words[]; /* indexed by enum magic_bit; NULL at the end */

#endif
