/* Why a file cannot be used, for messages to administrators. */
#ifndef UTIL_ACCESS_H
#define UTIL_ACCESS_H

/* As strerror(error); where permission is what lacks, with the user of this process, as in
 * 'Permission denied for user "polymilter"', and of a read-only file system with how a sandbox
 * of systemd makes it writable. Valid until the next call. */
const char *access_error_text(int error);

/* The name of the user of this process, or its number when it has no name. As above. */
const char *access_user_name(void);

#endif
