/* For every file in t/wrong/ exactly the errors and warnings are reported that it marks.
 *
 * A mark is a line of its own before the line that it is about:
 *
 *	# MARK: message: '25MB' is not a size ...
 *	    message = "25MB"
 *
 * Several marks in a row are about the same line; that of a warning begins with "warning: ". A
 * line "# FILE: TEXT" is about the file as a whole. Before a file is loaded its marks become
 * empty lines. The files that it includes are in t/wrong/inc/ and have marks too. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/config.h"
#include "lint/lint.h"
#include "util/buf.h"

#define MAX_FILES 200u
#define MAX_LINES 100u
#define MIN_FILES 60u /* fewer mean that the directory was not found */

struct wrong {
	char name[100]; /* "x.conf" or "inc/x.conf" */
	struct buf text, marks;
	bool included; /* is in inc/ */
};

static struct wrong files[MAX_FILES];
static size_t n_files;
static char scratch[] = "/tmp/test_wrong.XXXXXX";

static void
read_text(const char *path, struct buf *b)
{
	FILE *f = fopen(path, "r");
	char line[4096];

	assert_non_null(f);
	while (fgets(line, sizeof(line), f) != NULL)
		buf_puts(b, line);
	fclose(f);
}

/* Takes the marks out of the text, as lines "NAME:LINE: text". */
static void
take_marks(struct wrong *w)
{
	char *copy = strdup(buf_string(&w->text));
	char *pending[MAX_LINES], *rest = copy, *line;
	size_t n_pending = 0;
	unsigned nr = 0;

	buf_reset(&w->text);
	while ((line = strsep(&rest, "\n")) != NULL && (rest != NULL || *line != '\0')) {
		nr++;
		if (strncmp(line, "# FILE: ", 8) == 0) {
			buf_printf(&w->marks, "%s:0: %s\n", w->name, line + 8);
			line = line + strlen(line);
		} else if (strncmp(line, "# MARK: ", 8) == 0) {
			assert_true(n_pending < MAX_LINES);
			pending[n_pending++] = line + 8;
			line = line + strlen(line);
		} else {
			for (size_t i = 0; i < n_pending; i++)
				buf_printf(&w->marks, "%s:%u: %s\n", w->name, nr, pending[i]);
			n_pending = 0;
		}
		buf_printf(&w->text, "%s\n", line);
	}
	assert_int_equal(n_pending, 0);
	free(copy);
}

static void
write_text(const struct wrong *w)
{
	FILE *f = fopen(w->name, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(w->text.data, 1, w->text.len, f), w->text.len);
	assert_int_equal(fclose(f), 0);
}

static void
gather(const char *dir, const char *prefix)
{
	char pattern[4096];
	glob_t found;

	(void)snprintf(pattern, sizeof(pattern), "%s/%s*.conf", dir, prefix);
	assert_int_equal(glob(pattern, 0, NULL, &found), 0);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		struct wrong *w = files + n_files;

#ifndef WITH_MICROHTTPD
		if (strstr(found.gl_pathv[i], "/metrics") != NULL)
			continue; /* all uses of that option have the same mistake */
#endif
		n_files++;
		assert_true(n_files < MAX_FILES);
		(void)snprintf(w->name, sizeof(w->name), "%s%s", prefix,
			       strrchr(found.gl_pathv[i], '/') + 1);
		w->included = *prefix != '\0';
		read_text(found.gl_pathv[i], &w->text);
		take_marks(w);
	}
	globfree(&found);
}

static int
setup(void **state)
{
	const char *top = getenv("srcdir");
	char dir[4096];

	(void)state;
	(void)snprintf(dir, sizeof(dir), "%s/t/wrong", top != NULL ? top : ".");
	gather(dir, "");
	gather(dir, "inc/");
	if (mkdtemp(scratch) == NULL || chdir(scratch) < 0 || mkdir("inc", 0700) < 0)
		return -1;
	for (size_t i = 0; i < n_files; i++)
		write_text(files + i);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	for (size_t i = 0; i < n_files; i++) {
		unlink(files[i].name);
		buf_free(&files[i].text);
		buf_free(&files[i].marks);
	}
	return rmdir("inc") + chdir("/") + rmdir(scratch);
}

static void
on_report(void *ctx, enum config_severity kind, const char *file, unsigned line,
	  const char *text)
{
	buf_printf(ctx, "%s:%u: %s%s\n", file, line, kind == CONFIG_WARNING ? "warning: " : "",
		   text);
}

/* The marks of a file and of those that it includes. */
static void
expect(const struct wrong *w, struct buf *b)
{
	struct buf text = {0};

	buf_append(&text, w->text.data, w->text.len);
	buf_append(b, w->marks.data, w->marks.len);
	for (size_t i = 0; i < n_files; i++) {
		if (files[i].included && strstr(buf_string(&text), files[i].name) != NULL)
			buf_append(b, files[i].marks.data, files[i].marks.len);
	}
	buf_free(&text);
}

static int
compare_lines(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The lines sorted: their order has a test of its own. */
static void
sort_lines(struct buf *b)
{
	char *copy = strdup(buf_string(b)), *rest = copy, *lines[MAX_LINES];
	size_t n = 0;

	for (char *line = strsep(&rest, "\n"); rest != NULL; line = strsep(&rest, "\n")) {
		assert_true(n < MAX_LINES);
		lines[n++] = line;
	}
	qsort(lines, n, sizeof(lines[0]), compare_lines);
	buf_reset(b);
	for (size_t i = 0; i < n; i++)
		buf_printf(b, "%s\n", lines[i]);
	free(copy);
}

static void
run_lints(void *ctx, const struct config *cfg)
{
	(void)ctx;
	lint_config(cfg);
}

/* Whether what is reported is what is marked, and the file is refused if that has an error. */
static bool
check_file(const struct wrong *w)
{
	struct buf expected = {0}, reported = {0};
	const struct config_check with_lints = {.run_good = run_lints};
	struct config *config = NULL;
	bool good, refused;

	expect(w, &expected);
	refused = config_load_checked(w->name, &with_lints, on_report, &reported, &config) < 0;
	sort_lines(&expected);
	sort_lines(&reported);
	good = strcmp(buf_string(&expected), buf_string(&reported)) == 0;
	if (!good)
		print_error("%s: expected\n%sbut was reported\n%s\n", w->name,
			    buf_string(&expected), buf_string(&reported));
	if (refused != (config == NULL)) {
		print_error("%s: neither refused nor loaded\n", w->name);
		good = false;
	}
	config_free(config);
	buf_free(&expected);
	buf_free(&reported);
	return good;
}

static size_t
count_lines(const struct buf *b)
{
	size_t n = 0;

	for (size_t i = 0; i < b->len; i++)
		n += b->data[i] == '\n';
	return n;
}

static void
test_wrong_files(void **state)
{
	size_t bad = 0, n = 0, threes = 0;

	(void)state;
	for (size_t i = 0; i < n_files; i++) {
		if (files[i].included)
			continue;
		n++;
		threes += count_lines(&files[i].marks) >= 3;
		bad += !check_file(files + i);
	}
	assert_true(n >= MIN_FILES);
	assert_true(threes >= 10);
	assert_int_equal(bad, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wrong_files),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
