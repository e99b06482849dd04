/* libmicrohttpd, loaded by the process that needs it: it brings eight other libraries (GnuTLS
 * and what that needs), and neither the master nor a process that reads mail has them in its
 * memory. */
#ifndef HTTP_MICROHTTPD_H
#define HTTP_MICROHTTPD_H

#include <microhttpd.h>

/* clang-format off */
#define MICROHTTPD_FUNCTIONS(X)         \
	X(start_daemon)                 \
	X(stop_daemon)                  \
	X(run_wait)                     \
	X(get_connection_info)          \
	X(lookup_connection_value)      \
	X(create_response_from_buffer)  \
	X(add_response_header)          \
	X(queue_response)               \
	X(destroy_response)
/* clang-format on */

struct microhttpd {
#define X(name) __typeof__(MHD_##name) *name;
	MICROHTTPD_FUNCTIONS(X)
#undef X
};

/* 0, or -ENOENT: it is not installed, or another version. It is never unloaded. */
int microhttpd_load(struct microhttpd *ret);

#endif
