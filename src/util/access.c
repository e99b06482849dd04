/* Names the user of the process beside an error of permission. */
#include "util/access.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

const char *
access_user_name(void)
{
	static char number[16];
	const struct passwd *pw = getpwuid(geteuid());

	if (pw != NULL)
		return pw->pw_name;
	(void)snprintf(number, sizeof(number), "%u", (unsigned)geteuid());
	return number;
}

const char *
access_error_text(int error)
{
	static char text[128];

	if (error == EROFS)
		return "Read-only file system; a unit of systemd needs it in ReadWritePaths=, "
		       "and it must exist at the start";
	if (error != EACCES && error != EPERM)
		return strerror(error);
	(void)snprintf(text, sizeof(text), "%s for user \"%s\"", strerror(error),
		       access_user_name());
	return text;
}
