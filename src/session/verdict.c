/* Names of verdicts, for the log and the tests. */
#include "session/verdict.h"

const char *
verdict_name(enum verdict v)
{
	static const char *const names[] = {
		[VERDICT_CONTINUE] = "continue", [VERDICT_ACCEPT] = "accept",
		[VERDICT_DISCARD] = "discard",	 [VERDICT_REJECT] = "reject",
		[VERDICT_TEMPFAIL] = "tempfail", [VERDICT_SUSPEND] = "suspend",
		[VERDICT_ERROR] = "error",
	};

	return names[v];
}
