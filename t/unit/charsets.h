/* The group setup of tests that need charsets. */
#ifndef T_UNIT_CHARSETS_H
#define T_UNIT_CHARSETS_H

#include "charset/charset.h"

static inline int
open_charsets(void **state)
{
	(void)state;
	(void)charset_open_all();
	return 0;
}

#endif
