/* Fuzzes the configuration: any text is loaded, or refused with errors in the order of their
 * lines. An error that libconfuse finds and polymilter's own check has not found would be
 * reported as "internal error". Input: the text of polymilter.conf. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "config/config.h"
#include "fuzz.h"

#define NAME "/nonexistent/fuzz.conf" /* so that includes find nothing */

struct reported {
	size_t errors;
	unsigned line; /* of the last one that has a line */
};

/* Checks the order of the lines. */
static void
on_report(void *ctx, enum config_severity kind, const char *file, unsigned line,
	  const char *text)
{
	struct reported *reported = ctx;

	assert(strcmp(file, NAME) == 0);
	assert(strncmp(text, "internal error: ", 16) != 0);
	assert(line == 0 || line >= reported->line);
	reported->line = line;
	reported->errors += kind == CONFIG_ERROR;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = strndup((const char *)data, size);
	struct reported reported = {0};
	struct config *config = NULL;
	int r = config_load_text(NAME, text, on_report, &reported, &config);

	assert((r == 0) == (reported.errors == 0));
	assert((r == 0) == (config != NULL));
	if (config != NULL)
		assert(config->n_listeners > 0);
	config_free(config);
	free(text);
	return 0;
}
