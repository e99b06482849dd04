/* All file names that programs read out of a Content-Type or Content-Disposition. They differ
 * where a value is not of the form, so what each of them may read counts:
 *
 *	filename=a.exe(c).txt		"a.exe", "a.exe.txt", "a.exe(c).txt"
 *	filename=a.exe,b.txt		"a.exe", "a.exe,b.txt"
 *	filename="a.txt".exe		"a.txt", "a.txt.exe"
 *	filename="a."; filename*1=exe	"a.", "a.exe", "exe"
 *	filename* 1=b; filename*0=a	"ab", "ba", ...
 *	=?utf-8?q?x=3B_name=3Da?=	"a"
 *
 * A bare value is cut at the first of each kind of byte that ends a token (RFC 2045, section
 * 5.1), so there are a few dozen names of it at most, and each is no longer than the value. */
#ifndef MIME_NAMES_H
#define MIME_NAMES_H

#include "mime/name_list.h"

/* Adds the names of a value: first those of mime_params_parse(). scratch: an arena for what is
 * needed until the return. */
void mime_add_names_of_value(struct name_list *names, const char *value, struct arena *scratch);

#endif
