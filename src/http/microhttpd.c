/* Loads libmicrohttpd and finds its functions. Input: the names in MICROHTTPD_FUNCTIONS;
 * output: their addresses. */
#include "http/microhttpd.h"

#include <dlfcn.h>
#include <errno.h>
#include <string.h>

#define LIBRARY "libmicrohttpd.so.12" /* of the header's version */

/* A pointer to data and one to a function are of one size, as POSIX says of dlsym(3). */
static int
find_function(void *library, const char *name, void *ret, size_t size)
{
	void *function = dlsym(library, name);

	if (function == NULL)
		return -ENOENT;
	memcpy(ret, &function, size);
	return 0;
}

int
microhttpd_load(struct microhttpd *ret)
{
	void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
	int r = library != NULL ? 0 : -ENOENT;

#define X(name)                                                                                \
	if (r == 0)                                                                            \
		r = find_function(library, "MHD_" #name, &ret->name, sizeof(ret->name));
	MICROHTTPD_FUNCTIONS(X)
#undef X
	return r;
}
