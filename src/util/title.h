/* The title of a process: what ps(1) shows as its command line.
 *
 * The title is written where the kernel has put the arguments and the environment, one behind
 * the other, after title_init() has copied these to other memory. Example, of a program that
 * was started as "polymilter -c x" with the environment A=1: polymilter NUL -c NUL x NUL A=1
 * NUL master NUL      NUL NUL NUL NUL NUL     the title "master" */
#ifndef UTIL_TITLE_H
#define UTIL_TITLE_H

#include <stdbool.h>
#include <stddef.h>

/* To be called first in main(), once, with argv and environ: their strings are copied, and argv
 * and envp then point to the copies, which live as long as the process. Without memory there
 * are no titles. */
void title_init(int argc, char **argv, char **envp);

/* Sets the title of this process. False: title_init() was not called, or there is no room for
 * it all; then nothing has changed. */
bool title_set(const char *title);

#endif
