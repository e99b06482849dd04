/* A process in the background leaves the terminal of the command that started it. */
#ifndef UTIL_DETACH_H
#define UTIL_DETACH_H

#include <stdbool.h>

/* Standard input and output, and standard error unless it is the log, become /dev/null. 0 or a
 * negative errno. */
int detach_standard_streams(bool keep_stderr);

#endif
