/* From checked statements to sections with typed values.
 *
 * Input: struct source after source_read(). Output: struct section (option/section.h), the form
 * in which policies read their options. Each value is checked against its option's type here,
 * and whether required options are there. */
#ifndef CONFIG_READER_H
#define CONFIG_READER_H

struct section;
struct source;

/* The top level, as a section of kind "". Errors are reported to the source's diagnostics; what
 * has one is left out. NULL when libconfuse rejects the text, which is reported as a bug of
 * polymilter. Everything is in the source's arena. */
const struct section *reader_read_sections(struct source *src);

#endif
