/* What every target defines. The driver is libFuzzer (configure --enable-fuzzer) or replay.c.
 * A target is fuzz_<name>.c, seeds in corpus/<name>/, and its line in FUZZ_TARGETS. */
#ifndef FUZZ_FUZZ_H
#define FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>

/* Returns 0. Invariants are assert()s, which no build of ours leaves out. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
