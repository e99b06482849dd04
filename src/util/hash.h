/* A hash of bytes with a seed: 64 bits, 16 bytes at a time, each by a multiplication of 64 by
 * 64 bits, the halves of which are combined. Not for secrets; who does not know the seed, nor
 * sees hashes, cannot choose data with the hash of other data. The value depends on the byte
 * order of the machine. */
#ifndef UTIL_HASH_H
#define UTIL_HASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define HASH_ODD_1 UINT64_C(0xa0761d6478bd642f)
#define HASH_ODD_2 UINT64_C(0xe7037ed1a0b428db)

__extension__ typedef unsigned __int128 hash_product;

static inline uint64_t
hash_multiply(uint64_t a, uint64_t b)
{
	hash_product product = (hash_product)a * b;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static inline uint64_t
hash_load_8(const unsigned char *p)
{
	uint64_t word;

	memcpy(&word, p, sizeof(word));
	return word;
}

static inline uint64_t
hash_load_4(const unsigned char *p)
{
	uint32_t word;

	memcpy(&word, p, sizeof(word));
	return word;
}

/* before: the seed, or the hash of what came before. The last words overlap those in front of
 * them, so no byte is read alone. */
static inline uint64_t
hash_bytes(uint64_t before, const void *data, size_t len)
{
	const unsigned char *p = data, *end = p + len;
	uint64_t a = 0, b = 0;

	for (; end - p > 16; p += 16)
		before =
			hash_multiply(hash_load_8(p) ^ HASH_ODD_1, hash_load_8(p + 8) ^ before);
	if (len > 16) {
		a = hash_load_8(end - 16);
		b = hash_load_8(end - 8);
	} else if (len >= 8) {
		a = hash_load_8(p);
		b = hash_load_8(end - 8);
	} else if (len >= 4) {
		a = hash_load_4(p);
		b = hash_load_4(end - 4);
	} else if (len > 0) {
		a = (uint64_t)p[0] << 16 | (uint64_t)p[len / 2] << 8 | end[-1];
	}
	return hash_multiply(HASH_ODD_2 ^ len, hash_multiply(a ^ HASH_ODD_1, b ^ before));
}

#endif
