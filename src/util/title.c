/* Copies the strings of the arguments and the environment, and writes the title in their place.
 */
#include "util/title.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static char *title_area; /* NULL: none */
static size_t title_size;

/* How far the strings stand one behind the other. */
static char *
find_area_end(char *end, char *const *strings)
{
	for (; *strings != NULL && *strings == end; strings++)
		end += strlen(*strings) + 1;
	return end;
}

/* 0, or -ENOMEM: some are copied. */
static int
copy_strings(char **strings)
{
	for (; *strings != NULL; strings++) {
		char *copy = strdup(*strings);

		if (copy == NULL)
			return -ENOMEM;
		*strings = copy;
	}
	return 0;
}

/* These of glibc point into argv[0]. */
static void
keep_program_name(char *name)
{
	char *slash = strrchr(name, '/');

	program_invocation_name = name;
	program_invocation_short_name = slash != NULL ? slash + 1 : name;
}

void
title_init(int argc, char **argv, char **envp)
{
	char *begin, *end;

	if (argc < 1)
		return;
	begin = argv[0];
	end = find_area_end(find_area_end(begin, argv), envp);
	if (copy_strings(argv) < 0 || copy_strings(envp) < 0)
		return;
	keep_program_name(argv[0]);
	title_area = begin;
	title_size = (size_t)(end - begin);
}

bool
title_set(const char *title)
{
	size_t len = strlen(title);

	if (title_area == NULL || len >= title_size)
		return false;
	memset(title_area, 0, title_size);
	memcpy(title_area, title, len);
	return true;
}
