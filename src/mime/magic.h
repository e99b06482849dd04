/* What kind a file is by its first bytes, whatever its name is. */
#ifndef MIME_MAGIC_H
#define MIME_MAGIC_H

#include <stddef.h>

#include "mime/encoding.h"

struct mime_budget;

#define MAGIC_BYTES	 4096u /* how many bytes of a file are enough */
#define MAGIC_FREE_BYTES 8192u /* encoded, see magic_kinds_of_body() */

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

/* The same of a body, for all that programs may make of it: it counts as it is, and decoded
 * from each of its encodings (bits 1u << enum mime_encoding, where an unknown one means each of
 * them). However many encoded bytes decode to nothing (empty lines, soft line breaks, junk),
 * the first MAGIC_BYTES octets behind them count. For what stands behind the first
 * MAGIC_FREE_BYTES encoded bytes the budget is charged (budget.h). */
unsigned magic_kinds_of_body(const char *s, size_t len, unsigned encodings,
			     struct mime_budget *budget);

extern const char *const magic_words[]; /* indexed by enum magic_bit; NULL at the end */

#endif
