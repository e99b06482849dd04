/* The settings of a configuration on their way from the process that has loaded it to another
 * one of the same program: the master needs listeners, workers, timeouts and the log, and has
 * neither chains nor tables in its memory. */
#ifndef CONFIG_SETTINGS_H
#define CONFIG_SETTINGS_H

#include <stddef.h>

#include "config/config.h"
#include "util/buf.h"

/* Appends the settings to b. */
void settings_pack(const struct config *cfg, struct buf *b);

/* Reads what settings_pack() has written. 0 and *ret, which the caller frees with
 * config_free(): all fields of struct config but the chains and the sections, which are NULL.
 * -EBADMSG: the data is nothing that settings_pack() writes; every length, count and string is
 * checked. */
int settings_unpack(const void *data, size_t len, struct config **ret);

#endif
