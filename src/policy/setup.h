/* What a policy may ask for in configure(): policy_setup_* of policy.h. Layer 3; for the reader
 * of the configuration and for tests of policies. */
#ifndef POLICY_SETUP_H
#define POLICY_SETUP_H

#include "policy/condition.h"
#include "policy/policy.h"

struct policy_setup {
	const char *title;
	struct condition_scope scope; /* where names are found, and the configuration's arena */
};

#endif
