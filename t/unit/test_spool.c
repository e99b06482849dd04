/* src/master/spool: files without a name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <sys/resource.h>

#include "caught_log.h"
#include "loader/spool.h"
#include "scratch.h"

static unsigned
count_entries(const char *path)
{
	DIR *d = opendir(path);
	unsigned n = 0;

	assert_non_null(d);
	while (readdir(d) != NULL)
		n++;
	closedir(d);
	return n;
}

static void
test_files_have_no_name(void **state)
{
	unsigned before = count_entries("/proc/self/fd");
	int fds[3];
	struct stat st;
	char text[8];

	(void)state;
	make_scratch();
	assert_int_equal(spool_open(scratch_dir, fds, 3), 0);
	assert_int_equal(count_entries(scratch_dir), 2); /* . and .. */
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(fstat(fds[i], &st), 0);
		assert_true(S_ISREG(st.st_mode));
		assert_int_equal(st.st_nlink, 0);
		assert_int_equal(fcntl(fds[i], F_GETFD), FD_CLOEXEC);
		assert_int_equal(pwrite(fds[i], "mail", 5, 0), 5);
		assert_int_equal(pread(fds[i], text, sizeof(text), 0), 5);
		assert_string_equal(text, "mail");
	}
	spool_close(fds, 3);
	assert_int_equal(count_entries("/proc/self/fd"), before);
	remove_scratch();
}

static void
test_no_directory(void **state)
{
	int fds[2] = {-7, -7};

	(void)state;
	catch_log();
	assert_int_equal(spool_open("/nonexistent", fds, 2), -ENOENT);
	assert_string_equal(lines(),
			    "spool_dir: 2 files in /nonexistent: No such file or directory\n");
	assert_int_equal(spool_open("/nonexistent", fds, 0), 0); /* none is needed */
	release_log();
}

/* The first one is closed when there is no descriptor for the second. */
static void
test_descriptors_run_out(void **state)
{
	int fds[2], next = dup(STDIN_FILENO);
	struct rlimit before, few;

	(void)state;
	make_scratch();
	catch_log();
	close(next);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	few = (struct rlimit){(rlim_t)next + 1, before.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	assert_int_equal(spool_open(scratch_dir, fds, 2), -EMFILE);
	assert_int_equal(dup(STDIN_FILENO), next);
	close(next);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_true(is_logged("spool_dir: 2 files in "));
	release_log();
	remove_scratch();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_files_have_no_name),
		cmocka_unit_test(test_no_directory),
		cmocka_unit_test(test_descriptors_run_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
