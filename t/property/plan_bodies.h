/* What stands in the section of a random policy. */
#ifndef PROPERTY_PLAN_BODIES_H
#define PROPERTY_PLAN_BODIES_H

#include <stdbool.h>

#include "plan.h"
#include "random.h"
#include "util/buf.h"

/* Appends the rules and options of a policy of that kind. True: a rule of it accepts or
 * discards. */
bool plan_put_body(struct buf *b, struct random *r, const char *kind,
		   const struct plan_wish *wish);

#endif
