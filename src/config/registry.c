/* The policies that are built in: from the list in Makefile.am. */
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
