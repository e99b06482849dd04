/* config/dump_file, config/dump, ctl/changed_files, option/read_files: what a daemon keeps of
 * the configuration that it has loaded, and which files have changed since then. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/config.h"
#include "config/dump.h"
#include "config/dump_file.h"
#include "ctl/changed_files.h"
#include "io/shared.h"
#include "scratch.h"
#include "util/arena.h"
#include "util/buf.h"

static const char text[] =
	"include(\"more.conf\")\n"
	"listener \"a\" { socket = \"inet:1@127.0.0.1\"  chain = { \"f\" } }\n"
	"table \"t\" { type = \"text\"  file = \"keys\" }\n"
	"table \"u\" { type = \"text\"  file = \"keys\" }\n"
	"condition \"c\" { sender = { \"table:t\", \"table:u\" } }\n";

static struct arena *arena;

static int
set_up(void **state)
{
	(void)state;
	arena = arena_new();
	make_scratch();
	write_scratch("a.conf", text);
	write_scratch("more.conf", "footer \"f\" { when = { \"c\" }  text_file = \"text\" }\n");
	write_scratch("keys", "ann@example.org\n");
	write_scratch("text", "Example Ltd\n");
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	arena_free(arena);
	remove_scratch();
	return 0;
}

static struct config *
load(void)
{
	struct config *cfg = NULL;

	assert_int_equal(config_load(in_scratch("a.conf"), config_report_to_file, stderr, &cfg),
			 0);
	return cfg;
}

/* As a daemon that loads now. */
static struct dump_file
keep_configuration(void)
{
	struct config *cfg = load();
	int fd = shared_file_new();
	struct dump_file dump;

	assert_true(fd >= 0);
	assert_int_equal(dump_file_write(cfg, fd), 0);
	assert_int_equal(shared_file_seal(fd), 0);
	assert_int_equal(write(fd, "x", 1), -1);
	assert_int_equal(errno, EPERM);
	assert_int_equal(dump_file_read(fd, arena, &dump), 0);
	close(fd);
	config_free(cfg);
	return dump;
}

static void
test_round_trip(void **state)
{
	struct dump_file dump = keep_configuration();
	struct config *cfg = load(), *again = NULL;
	static const char *const names[] = {"a.conf", "more.conf", "keys", "keys", "text"};
	const struct read_file *f = dump.files;
	struct buf b = {0};

	(void)state;
	config_dump(cfg, &b);
	assert_string_equal(dump.text, buf_string(&b));
	assert_string_equal(dump.path, in_scratch("a.conf"));
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++, f = f->next) {
		assert_non_null(f);
		assert_string_equal(f->path, in_scratch(names[i]));
		assert_int_equal(f->is_configuration, i < 2);
	}
	assert_null(f);
	assert_int_equal(dump.files->size, strlen(text));
	assert_int_equal(dump.files->hash, read_file_hash(text, strlen(text)));
	assert_int_equal(
		config_load_text("dump", dump.text, config_report_to_file, stderr, &again), 0);
	buf_free(&b);
	config_free(cfg);
	config_free(again);
}

static const struct changed_file *
find_changed(const struct dump_file *dump)
{
	const struct changed_file *found;
	struct config *now = NULL;

	assert_int_equal(
		config_load_text("dump", dump->text, config_report_to_file, stderr, &now), 0);
	found = changed_files_find(arena, dump, now);
	config_free(now);
	return found;
}

static void
expect_changed(const struct changed_file **c, const char *name, const char *what,
	       const char *which)
{
	assert_non_null(*c);
	assert_string_equal((*c)->path, in_scratch(name));
	assert_string_equal((*c)->text,
			    arena_printf(arena,
					 "%s %s: the old side is judged with the %s "
					 "contents",
					 in_scratch(name), what, which));
	assert_int_equal((*c)->is_new, strcmp(which, "new") == 0);
	*c = (*c)->next;
}

static void
test_changed(void **state)
{
	static const char changed[] = "changed since the daemon loaded it";
	struct dump_file dump = keep_configuration();
	const struct changed_file *c;

	(void)state;
	assert_null(find_changed(&dump));
	write_scratch("keys", "ann@example.org\n"); /* the same */
	assert_null(find_changed(&dump));
	write_scratch("keys", "ann@example.net\n"); /* of the same size */
	write_scratch("text", "New Ltd\n");
	write_scratch("more.conf", "");
	c = find_changed(&dump);
	expect_changed(&c, "more.conf", changed, "old");
	expect_changed(&c, "keys", changed, "new"); /* once */
	expect_changed(&c, "text", changed, "new");
	assert_null(c);
	assert_int_equal(unlink(in_scratch("a.conf")), 0);
	c = find_changed(&dump);
	expect_changed(&c, "a.conf", "cannot be read any more (No such file or directory)",
		       "old");
	dump = (struct dump_file){dump.text, dump.path, NULL};
	assert_null(find_changed(&dump));
}

static int
write_bytes(const char *data, size_t len)
{
	int fd;

	write_scratch_bytes("dump", data, len);
	fd = open(in_scratch("dump"), O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	return fd;
}

static void
expect_read(int result, const char *data, size_t len, struct dump_file *ret)
{
	int fd = write_bytes(data, len);

	assert_int_equal(dump_file_read(fd, arena, ret), result);
	close(fd);
}

/* What another version of the program has written, and what none has. */
static void
test_other_bytes(void **state)
{
	static const char newer[] =
		"text\0configuration /x\0color blue\0read 7\0named 1 1g /y\0"
		"named 12 ff /a b";
	struct dump_file dump;

	(void)state;
	expect_read(0, newer, sizeof(newer), &dump);
	assert_string_equal(dump.text, "text");
	assert_string_equal(dump.path, "/x");
	assert_string_equal(dump.files->path, "/a b");
	assert_int_equal(dump.files->size, 12);
	assert_int_equal(dump.files->hash, 255);
	assert_null(dump.files->next);
	expect_read(-EBADMSG, "", 0, &dump);
	expect_read(-EBADMSG, "text", 4, &dump);
	expect_read(-EBADMSG, "text", 5, &dump); /* without the path */
	expect_read(-EBADMSG, newer, sizeof(newer) - 1, &dump);
	assert_int_equal(dump_file_read(-1, arena, &dump), -EBADF);
}

/* A name ends no line, and a value of many lines stays on lines that can be read. */
static void
test_hostile_names_and_long_values(void **state)
{
	struct buf conf = {0}, out = {0};
	struct config *cfg = NULL, *again = NULL;

	(void)state;
	buf_puts(&conf, "listener \"a\" { socket = \"inet:1@127.0.0.1\"  chain = { \"f\" } }\n"
			"footer \"f\" { text = \"");
	for (unsigned i = 0; i < 8000; i++)
		buf_puts(&conf, "a line of the text that \\\"quotes\\\"\n");
	buf_puts(&conf, "\" }\n");
	assert_int_equal(config_load_text("a\nuser = \"root\"\n#.conf", buf_string(&conf),
					  config_report_to_file, stderr, &cfg),
			 0);
	config_dump(cfg, &out);
	assert_null(strstr(buf_string(&out), "\nuser = \"root\""));
	assert_int_equal(config_load_text("dump", buf_string(&out), config_report_to_file,
					  stderr, &again),
			 0);
	buf_free(&conf);
	buf_reset(&out);
	config_dump(again, &out);
	assert_non_null(strstr(buf_string(&out), "a line of the text that \\\"quotes\\\""));
	buf_free(&out);
	config_free(cfg);
	config_free(again);
}

static void
test_full_file(void **state)
{
	struct config *cfg = load();
	int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);

	(void)state;
	assert_int_equal(dump_file_write(cfg, fd), -ENOSPC);
	close(fd);
	config_free(cfg);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_round_trip, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_changed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_other_bytes, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_hostile_names_and_long_values, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_full_file, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
