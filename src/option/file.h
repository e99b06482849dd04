/* Files that a section of the configuration names, such as text_file = "footer.txt". */
#ifndef OPTION_FILE_H
#define OPTION_FILE_H

#include <stddef.h>

struct arena;
struct section;

/* The path of the file that an option of type OPTION_STRING names, which is written or has a
 * default. A relative path is relative to the directory of the section's file. The arena's, or
 * the section's. */
const char *section_file_path(const struct section *s, const char *option, struct arena *arena);

/* Reads the regular file that an option names, as above. max: the most bytes that it may have.
 * Returns the content, owned by the arena, with a NUL behind its *ret_len bytes; or NULL after
 * section_error() at the option. */
const char *section_file(const struct section *s, const char *option, size_t max,
			 struct arena *arena, size_t *ret_len);

/* Notes the content of a file that was read for a section in another way: see read_files.h. */
void section_note_file(const struct section *s, const char *path, const void *data, size_t len);

#endif
