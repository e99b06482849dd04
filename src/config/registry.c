/* The array of the policies that are built in. policies.inc, which the build makes, has a line
 * POLICY(name) for each file in POLICIES in Makefile.am. */
#include "config/config.h"

#define POLICY(name) extern const struct policy_ops policy_##name;
#include "policies.inc"
#undef POLICY

#define POLICY(name) &policy_##name,
const struct policy_ops *const policy_registry[] = {
#include "policies.inc"
	NULL,
};
#undef POLICY
