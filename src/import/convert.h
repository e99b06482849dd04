/* Settings of Postfix, with the tables that they name, as a configuration of ours: see
 * convert.c for what becomes what. */
#ifndef IMPORT_CONVERT_H
#define IMPORT_CONVERT_H

#include <stddef.h>
#include <stdio.h>

#include "import/setting.h"

struct output;

/* Converts all settings that have a meaning here, and calls output_finish(). Those without one
 * are not reported. 0, or -EINVAL: a file cannot be read at all, a table has no type; each is
 * reported to errors, a sentence each with a line end. */
int convert_settings(struct output *o, const struct setting *settings, size_t n, FILE *errors);

#endif
