/* Files that a section of the configuration names, such as text_file. Layer 2. */
#ifndef OPTION_FILE_H
#define OPTION_FILE_H

#include <stddef.h>

struct arena;
struct section;

/* Reads the regular file that the string option names; a relative path is relative to the file
 * in which the section stands. At most max bytes are accepted. Returns the content, owned by
 * the arena, with a NUL behind its *ret_len bytes; or NULL after section_error() at the option.
 */
const char *section_file(const struct section *s, const char *option, size_t max,
			 struct arena *arena, size_t *ret_len);

#endif
