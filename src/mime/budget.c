#include "mime/budget.h"

#include "util/memory.h"

/* Ten thousand parts, which is the default of mime_parts, have about 1 MiB of fields. */
#define FIELD_BYTES   (2u << 20)
#define TEXT_BYTES    (8u << 20) /* for a short message, whose parts are read often */
#define TEXT_READINGS 4u	 /* of the whole message */

void
mime_budget_start(struct mime_budget *budget, size_t len)
{
	*budget = (struct mime_budget){FIELD_BYTES, TEXT_BYTES + TEXT_READINGS * len, false};
}

static bool
take_from_budget(struct mime_budget *budget, size_t *left, size_t bytes)
{
	budget->exceeded |= bytes > *left || memory_is_over();
	if (budget->exceeded)
		return false;
	*left -= bytes;
	return true;
}

bool
mime_charge_fields(struct mime_budget *budget, size_t bytes)
{
	return budget == NULL || take_from_budget(budget, &budget->fields, bytes);
}

bool
mime_charge_text(struct mime_budget *budget, size_t bytes)
{
	return budget == NULL || take_from_budget(budget, &budget->text, bytes);
}
