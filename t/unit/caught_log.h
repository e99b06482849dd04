/* Lines of the log, caught for a test to look at. Included by one C file each. */
#ifndef T_CAUGHT_LOG_H
#define T_CAUGHT_LOG_H

#include <stdbool.h>
#include <string.h>

#include "util/buf.h"
#include "util/log.h"

static struct buf caught_lines; /* each ends with a newline */

static inline void
catch_line(void *ctx, const struct log_record *record)
{
	struct buf *b = ctx;

	buf_puts(b, record->text);
	buf_putc(b, '\n');
}

/* From now on lines of all levels up to debug are caught. */
static inline void
catch_log(void)
{
	buf_reset(&caught_lines);
	log_set_sink(catch_line, &caught_lines);
	log_set_level(LOG_DEBUG);
}

static inline void
release_log(void)
{
	log_set_sink(NULL, NULL);
	log_set_level(LOG_INFO);
	buf_free(&caught_lines);
}

/* All lines since catch_log() or forget_lines(). */
static inline const char *
lines(void)
{
	return buf_string(&caught_lines);
}

static inline bool
is_logged(const char *part)
{
	return strstr(lines(), part) != NULL;
}

static inline void
forget_lines(void)
{
	buf_reset(&caught_lines);
}

#endif
