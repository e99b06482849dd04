/* Random numbers that depend on the seed alone: the same on all machines (splitmix64). */
#ifndef PROPERTY_RANDOM_H
#define PROPERTY_RANDOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct random {
	uint64_t state; /* the seed at first */
};

static inline uint64_t
random_next(struct random *r)
{
	uint64_t z = r->state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

/* 0 to n - 1. */
static inline size_t
random_below(struct random *r, size_t n)
{
	return (size_t)(random_next(r) % n);
}

/* True in so many of a hundred cases. */
static inline bool
random_chance(struct random *r, unsigned percent)
{
	return random_below(r, 100) < percent;
}

/* One of the words of an array. */
#define RANDOM_OF(r, words) ((words)[random_below(r, sizeof(words) / sizeof((words)[0]))])

#endif
