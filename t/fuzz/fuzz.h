/* The function that every fuzz target defines. libFuzzer calls it (configure --enable-fuzzer),
 * or replay.c with the files of the corpus. A target is fuzz_NAME.c, with seeds in corpus/NAME
 * and a line in FUZZ_TARGETS of Makefile.am. t/README, "Fuzzing", shows how to run it. */
#ifndef FUZZ_FUZZ_H
#define FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>

/* Tests one input, and returns 0. A violated invariant is a failed assert(), which every
 * build has: none defines NDEBUG. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
