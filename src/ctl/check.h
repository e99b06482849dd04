/* What polymilterctl check shows of a configuration. */
#ifndef CTL_CHECK_H
#define CTL_CHECK_H

struct config;

/* Prints the effective configuration as a JSON object; polymilterctl(8) has its form. */
void check_dump_json(const struct config *cfg);

#endif
