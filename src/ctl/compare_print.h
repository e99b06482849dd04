/* The output of polymilterctl compare. */
#ifndef CTL_COMPARE_PRINT_H
#define CTL_COMPARE_PRINT_H

#include <stddef.h>
#include <stdio.h>

#include "ctl/compare_run.h"

/* Each after compare_groups_finish(), which returned n groups. */
/* For people, in 80 columns. */
void compare_print_text(struct compare *c, size_t n);
/* One JSON object. */
void compare_print_json(struct compare *c, size_t n);
/* A page that needs nothing else. */
void compare_write_html(struct compare *c, size_t n, FILE *f);

#endif
