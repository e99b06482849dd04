/* From judged statements to sections with typed values: libconfuse reads what the pre-pass
 * left, then each value is checked against its option's type. Layer 6. */
#ifndef CONFIG_READER_H
#define CONFIG_READER_H

struct section;
struct source;

/* The top level as a section of kind "". Mistakes are told. NULL when libconfuse refuses what
 * the pre-pass let through, which is told as a bug of ours. All in the source's arena. */
const struct section *reader_sections(struct source *src);

#endif
