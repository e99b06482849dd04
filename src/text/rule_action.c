/* The words of the actions of rules. */
#include "text/rule_action.h"

#include <string.h>

#define X(ID, word) word,
const char *const rule_action_words[RULE_ACTION_COUNT] = {RULE_ACTIONS(X)};
#undef X

enum rule_action
rule_action_find(const char *word)
{
	unsigned i = 0;

	while (i + 1 < RULE_ACTION_COUNT && strcmp(rule_action_words[i], word) != 0)
		i++;
	return (enum rule_action)i;
}
