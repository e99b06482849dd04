/* Writes strings as JSON: see json.h. */
#include "ctl/json.h"

#include <string.h>

#include "util/str.h"

static size_t
write_utf8_sequence(FILE *f, const char *s, size_t len)
{
	size_t n = str_utf8_length((const unsigned char *)s, len);

	if (n == 0) {
		fputs("\\ufffd", f);
		return 1;
	}
	fwrite(s, 1, n, f);
	return n;
}

void
json_string(FILE *f, const char *s)
{
	const char *end = s + strlen(s);

	fputc('"', f);
	while (s < end) {
		unsigned char c = (unsigned char)*s;

		if (c == '"' || c == '\\') {
			fprintf(f, "\\%c", c);
			s++;
		} else if (c < 0x20 || c == 0x7f) {
			fprintf(f, "\\u%04x", c);
			s++;
		} else {
			s += write_utf8_sequence(f, s, (size_t)(end - s));
		}
	}
	fputc('"', f);
}

void
json_member(FILE *f, const char *name, const char *value)
{
	if (value == NULL)
		return;
	fprintf(f, ", \"%s\": ", name);
	json_string(f, value);
}
