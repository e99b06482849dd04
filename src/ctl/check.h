/* What polymilterctl check shows of a configuration. polymilterctl(8) has the forms in JSON. */
#ifndef CTL_CHECK_H
#define CTL_CHECK_H

#include <stdbool.h>

struct config;
struct listener_conf;

/* Prints the effective configuration as a JSON object. */
void check_dump_json(const struct config *cfg);

/* Prints the chain of a listener in order, with what each policy needs of the MTA, for readers
 * or as a JSON object. */
void check_chain_print(const struct config *cfg, const struct listener_conf *l, bool json);

#endif
