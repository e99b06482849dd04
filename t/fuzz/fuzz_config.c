/* Whatever stands in polymilter.conf: it is taken, or refused with a place for each mistake,
 * and libconfuse never finds one that the pre-pass did not. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "config/config.h"
#include "fuzz.h"

#define NAME "/nonexistent/fuzz.conf" /* so that includes find nothing */

struct told {
	size_t errors;
	unsigned line; /* of the last one that has a line */
};

/* In the order of the lines, without an end of line that would forge another message. */
static void
on_report(void *ctx, enum config_kind kind, const char *file, unsigned line, const char *text)
{
	struct told *told = ctx;

	assert(strcmp(file, NAME) == 0);
	assert(strncmp(text, "libconfuse ", 11) != 0);
	assert(line == 0 || line >= told->line);
	told->line = line;
	told->errors += kind == CONFIG_ERROR;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = strndup((const char *)data, size);
	struct told told = {0};
	struct config *config = NULL;
	int r = config_load_text(NAME, text, on_report, &told, &config);

	assert((r == 0) == (told.errors == 0));
	assert((r == 0) == (config != NULL));
	if (config != NULL)
		assert(config->n_listeners > 0);
	config_free(config);
	free(text);
	return 0;
}
