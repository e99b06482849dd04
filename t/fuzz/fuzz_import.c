/* Fuzzes polymilterctl import with tables of any bytes: what is written is text without NUL
 * bytes, each pattern of it compiles, and each row of the input is counted or part of another.
 * Input: what to import (a byte), the file. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "fuzz.h"
#include "import/convert.h"
#include "import/output.h"
#include "import/source.h"
#include "match/regex.h"
#include "util/arena.h"
#include "util/str.h"

static const char *const kinds[] = {
	"header_checks=pcre:",
	"header_checks=regexp:",
	"body_checks=pcre:",
	"check_client_access=hash:",
	"check_client_access=cidr:",
	"check_recipient_access=regexp:",
	"check_helo_access=hash:",
	"smtpd_sender_login_maps=hash:",
	"smtpd_sender_login_maps=pcre:",
	"milter_regex=",
	NULL, /* a main.cf */
};

/* Each line of a table that begins with a slash has a pattern that compiles. */
static void
check_row_line(struct arena *arena, const char *line)
{
	const char *start = line + (*line == '!') + 1, *end = start;
	char why[256];

	for (; *end != '\0' && *end != '/'; end++)
		end += end[0] == '\\' && end[1] != '\0';
	assert(*end == '/');
	assert(regex_is_valid(arena_strndup(arena, start, (size_t)(end - start)),
			      REGEX_BACKREFS, why, sizeof(why)));
}

static bool
has_patterns(const char *kind)
{
	return kind != NULL && (strstr(kind, "=pcre:") || strstr(kind, "=regexp:"));
}

static void
check_file(struct arena *arena, struct output_file *f, bool patterns)
{
	char *text = arena_strdup(arena, buf_string(&f->text));

	assert(strlen(text) == f->text.len);
	for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n"))
		if (patterns && (*line == '/' || strncmp(line, "!/", 2) == 0))
			check_row_line(arena, line);
}

static const struct setting *
make_settings(struct arena *arena, const char *kind, const char *name, const uint8_t *data,
	      size_t size, size_t *ret_n)
{
	struct setting *one = arena_zalloc(arena, sizeof(*one));
	struct source source = {name, arena_dup(arena, data, size), size};

	if (kind == NULL) {
		if (memchr(data, '\0', size) == NULL)
			return settings_read(arena, &source, ret_n);
		return NULL;
	}
	assert(setting_split(arena, arena_printf(arena, "%s%s", kind, name), one));
	*ret_n = 1;
	return one;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	const struct setting *settings;
	const char *kind;
	char name[FUZZ_FILE_NAME_BYTES];
	struct output out;
	FILE *errors = fopen("/dev/null", "w");
	size_t n = 0;
	int fd;

	assert(errors != NULL);
	if (size > 0) {
		fd = fuzz_file(data + 1, size - 1, name);
		output_init(&out, arena);
		kind = kinds[data[0] % (sizeof(kinds) / sizeof(kinds[0]))];
		settings = make_settings(arena, kind, name, data + 1, size - 1, &n);
		(void)convert_settings(&out, settings, n, errors);
		for (size_t i = 0; i < out.n_files; i++)
			check_file(arena, out.files[i], has_patterns(kind));
		output_free(&out);
		close(fd);
	}
	fclose(errors);
	arena_free(arena);
	return 0;
}
