/* The file names of a part: each text that is added becomes every name that a program may show
 * or save the file under. */
#ifndef MIME_NAME_LIST_H
#define MIME_NAME_LIST_H

#include <stddef.h>

#include "mime/tree.h"
#include "util/buf.h"

struct arena;
struct mime_budget;

struct name_list {
	struct mime_budget *budget; /* charged for each name that is made */
	struct arena *arena;	    /* of the names */
	const char *name[MIME_NAMES_MAX];
	size_t n;
	struct buf text, variant, clean; /* scratch; name_list_free() frees it */
};

/* Adds the text of a parameter, without quotes: as it is, with encoded words decoded, and with
 * escapes such as "%2E" decoded; then of each of these
 *
 *	cut at the first NUL or control	"a.exe\0.txt", "a.exe\v.txt": "a.exe"
 *	cut at the first line end	"a.exe\n.txt": "a.exe"; not of a fold
 *	without single quotes around it	"'a.exe'"
 *	without U+FFFD			which stands for bytes that a program may drop
 *	without < > : " / \ | ? *	which Windows does not allow: "a.exe:" is "a.exe"
 *	cut at the first colon		of Windows, the name of a stream: "a.exe:b.txt"
 *	behind the last / or \		"x\a.exe", "x/a.exe/"
 *
 * The result is UTF-8. From all names invisible characters (controls, direction marks and the
 * like) and the dots and blanks at the end are removed. Empty names and repetitions are left
 * out. A NUL among the bytes of s becomes U+FFFD. */
void name_list_add(struct name_list *names, const char *s, size_t len);

void name_list_free(struct name_list *names);

#endif
