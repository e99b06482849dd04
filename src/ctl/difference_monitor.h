/* What would have been done in monitor mode, as values of differences (differences.h): by a
 * policy that monitors, by a rule with mode monitor in a policy that does not. */
#ifndef CTL_DIFFERENCE_MONITOR_H
#define CTL_DIFFERENCE_MONITOR_H

#include "ctl/offline.h"

struct arena;

/* "would: changed", and a line for each change; "": it does nothing, or does not monitor. NULL
 * is fine. */
const char *difference_monitoring_policy(struct arena *arena, const struct offline_result *r,
					 const struct policy_report *p);

/* The first finding, from f on, of each rule with mode monitor; NULL: there are no more. */
const struct finding *difference_next_monitored(const struct offline_result *r,
						const struct finding *f);

/* What the rule would have done, a line each, or "hits"; "": nothing. NULL: it has done it,
 * since it does not monitor. */
const char *difference_monitored_rule(struct arena *arena, const struct offline_result *r,
				      const char *policy, const char *rule);

#endif
