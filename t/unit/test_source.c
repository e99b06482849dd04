/* config/source, checker, lex, diagnostics and reader: from files to sections, with cases in
 * which libconfuse alone would fail. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/diagnostics.h"
#include "config/reader.h"
#include "config/source.h"
#include "option/section.h"
#include "util/arena.h"
#include "util/buf.h"

static const struct option rule_options[] = {
	{.name = "text", .type = OPTION_STRING},
	{.name = "match", .type = OPTION_REGEXES},
	{.name = NULL},
};
static const struct option pair_options[] = {
	{.name = "name", .type = OPTION_STRING, .required = true},
	{.name = NULL},
};
static const struct option box_options[] = {
	{.name = "text", .type = OPTION_STRING},
	{.name = "list", .type = OPTION_LIST},
	{.name = "size", .type = OPTION_SIZE, .value = "1M"},
	{.name = "rule", .type = OPTION_SECTION, .options = rule_options},
	{.name = "pair", .type = OPTION_SECTION, .options = pair_options},
	{.name = NULL},
};
static const struct option top_options[] = {
	{.name = "text", .type = OPTION_STRING},
	{.name = "box", .type = OPTION_SECTION, .options = box_options},
	{.name = "group", .type = OPTION_GROUP, .options = rule_options},
	{.name = NULL},
};

/* One reading. */
struct reading {
	struct arena *arena;
	struct diagnostics diagnostics;
	struct source *source;
	const struct section *root;
	struct buf reported; /* "FILE:LINE: text\n" */
};

static void
on_report(void *ctx, enum config_severity kind, const char *file, unsigned line,
	  const char *text)
{
	buf_printf(ctx, "%s:%u: %s%s\n", file, line, kind == CONFIG_WARNING ? "warning: " : "",
		   text);
}

static void
begin(struct reading *r, bool early)
{
	memset(r, 0, sizeof(*r));
	r->arena = arena_new();
	diagnostics_init(&r->diagnostics, r->arena);
	r->source = source_new(r->arena, &r->diagnostics, top_options, NULL, early);
}

static void
finish(struct reading *r)
{
	r->root = reader_read_sections(r->source);
	diagnostics_report(&r->diagnostics, on_report, &r->reported);
}

static const char *
read_text(struct reading *r, const char *text)
{
	begin(r, false);
	assert_int_equal(source_read_text(r->source, "t", text), 0);
	finish(r);
	assert_non_null(r->root);
	return buf_string(&r->reported);
}

static int
read_path(struct reading *r, const char *path)
{
	int e;

	begin(r, false);
	e = source_read(r->source, path);
	if (e == 0)
		finish(r);
	else
		diagnostics_report(&r->diagnostics, on_report, &r->reported);
	return e;
}

static void
end(struct reading *r)
{
	buf_free(&r->reported);
	arena_free(r->arena);
}

static const struct section *
box(const struct reading *r, size_t i)
{
	const struct section *const *boxes;

	assert_true(section_sections(r->root, "box", &boxes) > i);
	return boxes[i];
}

/* The escapes of polymilter.conf(5); libconfuse alone would resolve more of them. */
static void
test_strings(void **state)
{
	static const char *const pairs[][2] = {
		{"bare-word_1.2:3/4@5", "bare-word_1.2:3/4@5"},
		{"\"\"", ""},
		{"''", ""},
		{"\"a b\"", "a b"},
		{"\"a\\nb\\tc\\\"d\\\\e\"", "a\nb\tc\"d\\e"},
		{"\"it's $5, 5$, $x {y} # // /* */ ; += =\"",
		 "it's $5, 5$, $x {y} # // /* */ ; += ="},
		{"'\\\\\\\\'", "\\\\"},
		{"'\\\\'", "\\"},
		{"'it\\'s'", "it's"},
		{"'(?i)\\bcheap\\s\\d{1,3}\\n\\\"\\x41$'",
		 "(?i)\\bcheap\\s\\d{1,3}\\n\\\"\\x41$"},
		{"'a\"b'", "a\"b"},
		{"\"Gr\xc3\xbc\xc3\x9f\x65\"", "Gr\xc3\xbc\xc3\x9f\x65"},
		{"'*'", "*"},
		{"\"\ttab\"", "\ttab"},
		{"\"one\n\ttwo\n\"", "one\n\ttwo\n"},
		{"\"one\r\ntwo\r\n\r\n\" # LF", "one\ntwo\n\n"},
		{"\"\n# { } ' // x\n\\\"y\\\" = 1\n\"", "\n# { } ' // x\n\"y\" = 1\n"},
	};
	struct reading r;

	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		char text[200];

		(void)snprintf(text, sizeof(text), "text=%s\n", pairs[i][0]);
		assert_string_equal(read_text(&r, text), "");
		assert_string_equal(section_string(r.root, "text"), pairs[i][1]);
		end(&r);
	}
}

static void
test_lists(void **state)
{
	struct reading r;
	const char *const *list;

	(void)state;
	read_text(&r, "box a { list = {} }\n"
		      "box b { list = 'x' }\n"
		      "box \"c\" { list = { x, \"y\" , 'z', } }\n"
		      "box d { }\n");
	assert_string_equal(buf_string(&r.reported), "");
	assert_true(section_has(box(&r, 0), "list")); /* written, though empty */
	assert_int_equal(section_list(box(&r, 0), "list", &list), 0);
	assert_int_equal(section_list(box(&r, 1), "list", &list), 1);
	assert_string_equal(list[0], "x");
	assert_int_equal(section_list(box(&r, 2), "list", &list), 3);
	assert_string_equal(list[2], "z");
	assert_false(section_has(box(&r, 3), "list"));
	end(&r);
}

/* Every kind of comment, and a string that looks like one. */
static void
test_lines_after_comments(void **state)
{
	struct reading r;

	(void)state;
	read_text(&r, "# one\n"
		      "// two\r\n"
		      "/* three\n four * / **/ text = 'a' # five\n"
		      "box \"b\" { # more\n"
		      "list = { # a\n"
		      " 'x', // b\n"
		      " 'y' /* c */\n"
		      "} text = \"/* no # comment // here\"\n"
		      "}\n"
		      "#");
	assert_string_equal(buf_string(&r.reported), "");
	assert_string_equal(section_string(box(&r, 0), "text"), "/* no # comment // here");
	assert_string_equal(section_place(box(&r, 0)), "t:5");
	section_error(r.root, "text", "top");
	section_error(box(&r, 0), NULL, "box");
	section_error(box(&r, 0), "text", "text");
	section_error(box(&r, 0), "list", "list");
	section_error_item(box(&r, 0), "list", 0, "x");
	section_error_item(box(&r, 0), "list", 1, "y");
	buf_reset(&r.reported);
	diagnostics_report(&r.diagnostics, on_report, &r.reported);
	assert_string_equal(buf_string(&r.reported), "t:4: top\nt:5: box\nt:6: list\nt:7: x\n"
						     "t:8: y\nt:9: text\n");
	end(&r);
}

/* What follows a string of several lines has its own line; the string, that of its first. */
static void
test_lines_after_strings(void **state)
{
	struct reading r;

	(void)state;
	read_text(&r, "box \"a\" { list = { \"1\n2\", 'b',\n\"c\n\n\" } size = '2X'\n"
		      "text = \"5\n6\" bad = 6 }\n"
		      "text = \"7\n8\"\n");
	assert_string_equal(
		buf_string(&r.reported),
		"t:5: size: '2X' is not a size: bytes, or digits with K, M or G behind, such "
		"as \"25M\"\n"
		"t:7: unknown option 'bad' in box\n");
	section_error_item(box(&r, 0), "list", 1, "b");
	section_error_item(box(&r, 0), "list", 2, "c");
	section_error(box(&r, 0), "text", "text");
	section_error(r.root, "text", "top");
	buf_reset(&r.reported);
	diagnostics_report(&r.diagnostics, on_report, &r.reported);
	assert_non_null(strstr(buf_string(&r.reported), "t:2: b\n"));
	assert_non_null(strstr(buf_string(&r.reported), "t:3: c\n"));
	assert_non_null(strstr(buf_string(&r.reported), "t:6: text\n"));
	assert_non_null(strstr(buf_string(&r.reported), "t:8: top\n"));
	end(&r);
}

/* The quote of the next string is not taken for the one that is missing. */
static void
test_strings_that_are_not_closed(void **state)
{
	static const char *const texts[] = {
		"text = \"25M\nbox \"a\" { }\n",
		"text = \"25M\nbox \"a b\" { text = \"\" }\n",
		"text = \"25M\n  box a { text = \"\" }\n",
		"text = \"25M\n\nbox a {\n\ttext=\" x\" }\n",
		"text = \"25M\nbox a {\n\tlist = { \" x\", \" y\" } }\n",
		"text = \"25M # ' \\\"\nbox a { }\n",
		"text = \"25M\\\n\n",
		"text = \"",
	};
	struct reading r;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		read_text(&r, texts[i]);
		assert_string_equal(buf_string(&r.reported),
				    "t:1: this string is not closed: '\"' is missing; the rest "
				    "of this file is not checked\n");
		end(&r);
	}
	read_text(&r, "text = \"IBAN =\nDE1 x = \"\nbox a { text = \"\n=\n = \" }");
	assert_string_equal(buf_string(&r.reported), "");
	end(&r);
}

static void
test_faulty_strings(void **state)
{
	struct reading r;

	(void)state;
	read_text(&r,
		  "text = \"a\rb\"\nbox a { text = \"a\\\nb\" }\nbox b { text = \"a\nb\\q\" }\n"
		  "box \"c\n\" { }\n");
	assert_string_equal(
		buf_string(&r.reported),
		"t:1: text: the string contains a control character\n"
		"t:2: text: a '\\' at the end of a line is not needed in a string of several "
		"lines\n"
		"t:4: text: '\\q' is not an escape in double quotes: only \\n, \\t, \\\" and \\\\ "
		"are; write regular expressions in single quotes\n"
		"t:6: box: a title has 1 to 64 printable ASCII characters without '\"', ':', "
		"'%'\n");
	end(&r);
}

/* A statement with an error is erased, those around it are not. */
static void
test_only_errors_are_erased(void **state)
{
	struct reading r;

	(void)state;
	read_text(&r, "box \"a\" { text = 'one' bad = { 'x' } size = '2M' }\n"
		      "bax \"b\" { text = 'two' box \"no\" { } }\n"
		      "box \"a\" { text = 'again' }\n"
		      "box \"c\" { size = '2X' text = 'three' rule \"r\" { text = 'four' } }\n"
		      "group { text = five } group { text = six }\n");
	assert_string_equal(
		buf_string(&r.reported),
		"t:1: unknown option 'bad' in box\n"
		"t:2: unknown section 'bax'; did you mean 'box'?\n"
		"t:3: section box \"a\" is already defined at line 1\n"
		"t:4: size: '2X' is not a size: bytes, or digits with K, M or G behind, such "
		"as \"25M\"\n"
		"t:5: section group is already defined at line 5\n");
	assert_string_equal(section_string(box(&r, 0), "text"), "one");
	assert_int_equal(section_number(box(&r, 0), "size"), 2097152);
	assert_true(box(&r, 0)->faulty);
	assert_string_equal(section_title(box(&r, 1)), "c");
	assert_string_equal(section_string(box(&r, 1), "text"), "three");
	assert_false(section_has(box(&r, 1), "size"));
	assert_true(source_may_define(r.source, "b"));
	assert_false(source_may_define(r.source, "z"));
	end(&r);
}

/* A value without quotes and the section on the next line are two statements. */
static void
test_next_statement(void **state)
{
	struct reading r;

	(void)state;
	read_text(&r, "bad = yes\ngroup { text = a }\ntext = b\nbox c { }\n");
	assert_string_equal(buf_string(&r.reported), "t:1: unknown option 'bad'\n");
	assert_true(section_has(r.root, "group"));
	assert_string_equal(section_string(r.root, "text"), "b");
	assert_string_equal(section_title(box(&r, 0)), "c");
	end(&r);
	read_text(&r, "text =\nbox 'it\\'s \\\\' { }\n");
	assert_string_equal(buf_string(&r.reported),
			    "t:1: text: a value is missing after '='\n");
	assert_string_equal(section_title(box(&r, 0)), "it's \\");
	end(&r);
}

/* A section without a required option is not listed, and the one around it has an error. */
static void
test_required(void **state)
{
	const struct section *const *pairs;
	struct reading r;

	(void)state;
	read_text(&r, "box a { pair p { } pair q { name = x } }\n"
		      "box b { pair p { name = {} } }\n");
	assert_string_equal(buf_string(&r.reported),
			    "t:1: pair \"p\": the required option 'name' is missing\n"
			    "t:2: name: takes one value, not a list\n");
	assert_int_equal(section_sections(box(&r, 0), "pair", &pairs), 1);
	assert_string_equal(section_title(pairs[0]), "q");
	assert_true(box(&r, 0)->faulty);
	assert_false(pairs[0]->faulty);
	assert_int_equal(section_sections(box(&r, 1), "pair", &pairs), 0);
	assert_false(section_has(box(&r, 1), "pair"));
	end(&r);
}

static void
test_reported_once_and_in_order(void **state)
{
	struct reading r;

	(void)state;
	begin(&r, false);
	diagnostics_add_file(&r.diagnostics, "z");
	diagnostics_add_file(&r.diagnostics, "a");
	diagnostics_error(&r.diagnostics, "a", 2, "first");
	diagnostics_error(&r.diagnostics, "b", 1, "of no file");
	diagnostics_error(&r.diagnostics, "z", 10, "last");
	diagnostics_warning(&r.diagnostics, "a", 2, "second");
	diagnostics_error(&r.diagnostics, "a", 2, "first");
	diagnostics_error(&r.diagnostics, "z", 9, "last");
	diagnostics_report(&r.diagnostics, on_report, &r.reported);
	assert_string_equal(buf_string(&r.reported), "z:9: last\nz:10: last\na:2: first\n"
						     "a:2: warning: second\nb:1: of no file\n");
	assert_int_equal(r.diagnostics.n_errors, 5);
	end(&r);
}

/* Before an unclosed string or comment everything is checked, after it nothing. */
static void
test_unclosed_strings_and_comments(void **state)
{
	struct reading r;

	(void)state;
	read_text(&r,
		  "bad = 1\nbox \"a\" { text = 'one' size = '2X'\ntext2 = \"open\nbad = 2\n");
	assert_string_equal(
		buf_string(&r.reported),
		"t:1: unknown option 'bad'\n"
		"t:2: size: '2X' is not a size: bytes, or digits with K, M or G behind, such "
		"as \"25M\"\n"
		"t:3: unknown option 'text2' in box; did you mean 'text'?\n"
		"t:3: this string is not closed: '\"' is missing; the rest of this "
		"file is not checked\n");
	assert_string_equal(section_string(box(&r, 0), "text"), "one");
	assert_true(source_may_define(r.source, "anything"));
	end(&r);
	read_text(&r, "text = 'a' /* never closed\nbad = 1\n*");
	assert_string_equal(
		buf_string(&r.reported),
		"t:1: this comment is not closed: '*/' is missing; the rest of this "
		"file is not checked\n");
	assert_string_equal(section_string(r.root, "text"), "a");
	end(&r);
}

static void
test_line_ends_and_byte_order_mark(void **state)
{
	struct reading r;

	(void)state;
	assert_string_equal(read_text(&r, "\xef\xbb\xbftext = 'a'\r\nbox b {\r\n}\r\n"), "");
	assert_string_equal(section_string(r.root, "text"), "a");
	assert_string_equal(section_place(box(&r, 0)), "t:2");
	end(&r);
	assert_string_equal(read_text(&r, ""), "");
	end(&r);
	assert_string_equal(read_text(&r, " \n# nothing\n"), "");
	end(&r);
}

/* The directory of the files of these tests; its name has characters of a glob pattern. */
static char scratch[] = "/tmp/test_source[1]XXXXXX";

static void
put(const char *name, const char *text)
{
	FILE *f = fopen(name, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(name, 0644), 0);
}

static int
enter(void **state)
{
	(void)state;
	memset(scratch + strlen(scratch) - 6, 'X', 6);
	return mkdtemp(scratch) == NULL || chdir(scratch) < 0 || mkdir("conf.d", 0700) < 0;
}

static int
leave(void **state)
{
	static const char *const names[] = {
		"main",		  "conf.d/b.conf",	    "conf.d/a.conf", "conf.d/.c.conf",
		"conf.d/d.conf~", "conf.d/e.conf.dpkg-old", "fifo"};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		unlink(names[i]);
	for (int i = 0; i < 12; i++) {
		char name[16];

		(void)snprintf(name, sizeof(name), "deep%d", i);
		unlink(name);
	}
	rmdir("conf.d");
	return chdir("/") + rmdir(scratch);
}

static void
test_includes(void **state)
{
	struct reading r;
	char path[100];

	(void)state;
	put("main", "box \"m\" { }\ninclude(\"conf.d/*\")\ninclude('nothing/*.conf')\n"
		    "box \"n\" { }\n");
	put("conf.d/b.conf", "box \"b\" { bad = 1 }\n");
	put("conf.d/a.conf", "\nbox \"a\" { bad = 1 }\n");
	put("conf.d/.c.conf", "box \"c\" { bad = 1 }\n");
	put("conf.d/d.conf~", "box \"d\" { bad = 1 }\n");
	put("conf.d/e.conf.dpkg-old", "box \"e\" { bad = 1 }\n");
	assert_int_equal(chdir("/"), 0); /* includes are relative to the file */
	(void)snprintf(path, sizeof(path), "%s/main", scratch);
	assert_int_equal(read_path(&r, path), 0);
	assert_int_equal(chdir(scratch), 0);
	assert_non_null(strstr(buf_string(&r.reported), "/conf.d/a.conf:2: unknown"));
	assert_non_null(
		strstr(strstr(buf_string(&r.reported), "a.conf:2"), "/conf.d/b.conf:1: "));
	assert_null(strstr(buf_string(&r.reported), "c.conf"));
	assert_null(strstr(buf_string(&r.reported), "d.conf"));
	assert_null(strstr(buf_string(&r.reported), "dpkg"));
	assert_string_equal(section_title(box(&r, 0)), "m");
	assert_string_equal(section_title(box(&r, 1)), "n");
	assert_string_equal(section_title(box(&r, 2)), "a");
	assert_string_equal(section_title(box(&r, 3)), "b");
	assert_non_null(strstr(section_directory(box(&r, 3)), "/conf.d"));
	end(&r);
}

/* Ten files that include each other are read, the eleventh is not. */
static void
test_deep_includes(void **state)
{
	struct reading r;

	(void)state;
	for (int i = 0; i < 12; i++) {
		char name[16], text[64];

		(void)snprintf(name, sizeof(name), "deep%d", i);
		(void)snprintf(text, sizeof(text), "box \"b%d\" { }\ninclude(\"deep%d\")\n", i,
			       i + 1);
		put(name, text);
	}
	assert_int_equal(read_path(&r, "deep0"), 0);
	assert_string_equal(buf_string(&r.reported),
			    "deep9:2: include: deep10: includes are nested more than 10 "
			    "levels deep\n");
	assert_string_equal(section_title(box(&r, 9)), "b9");
	end(&r);
}

/* libconfuse refuses all includes after ten that failed. */
static void
test_many_failed_includes(void **state)
{
	struct reading r;

	(void)state;
	for (int i = 0; i < 12; i++) {
		put("main", "include(\"nowhere\")\n");
		assert_int_equal(read_path(&r, "main"), 0);
		assert_string_equal(buf_string(&r.reported),
				    "main:1: include: nowhere: No such file or directory\n");
		end(&r);
	}
	put("main", "include(\"conf.d/a.conf\")\n");
	put("conf.d/a.conf", "text = 'a'\n");
	assert_int_equal(read_path(&r, "main"), 0);
	assert_string_equal(buf_string(&r.reported), "");
	assert_string_equal(section_string(r.root, "text"), "a");
	end(&r);
}

static void
assert_unreadable(const char *path, int error, const char *reported)
{
	struct reading r;

	assert_int_equal(read_path(&r, path), error);
	assert_string_equal(buf_string(&r.reported), reported);
	end(&r);
}

static void
test_odd_files(void **state)
{
	struct reading r;

	(void)state;
	assert_unreadable("nowhere", -ENOENT, "nowhere:0: No such file or directory\n");
	assert_unreadable("conf.d", -EINVAL, "conf.d:0: is not a regular file\n");
	assert_int_equal(mkfifo("fifo", 0600), 0);
	assert_unreadable("fifo", -EINVAL, "fifo:0: is not a regular file\n");
	put("main", "");
	assert_int_equal(truncate("main", (off_t)SOURCE_MAX_BYTES + 1), 0);
	assert_unreadable("main", -EFBIG, "main:0: is larger than 16M\n");
	put("main", "text = 'a'\n");
	assert_int_equal(chmod("main", 0646), 0);
	assert_int_equal(read_path(&r, "main"), 0);
	assert_string_equal(
		buf_string(&r.reported),
		"main:0: warning: the file is writable by other users: chmod o-w\n");
	end(&r);
	begin(&r, true); /* an error before privileges are dropped */
	assert_int_equal(source_read(r.source, "main"), -EPERM);
	end(&r);
}

/* A small generator of our own, so that a failure can be repeated. */
static unsigned
dice(unsigned *seed, unsigned sides)
{
	*seed = *seed * 1103515245u + 12345u;
	return (*seed >> 16) % sides;
}

static void
mutate(const char *text, unsigned *seed, struct buf *b)
{
	static const char *const bits[] = {
		"{",	"}",	"\"", "'",  "=",      "\n",	    " ",    "#",     "/*",
		"*/",	"//",	",",  "(",  ")",      "\\",	    "${",   ";",     "+=",
		"\xff", "\x01", "a",  "\r", "rule a", "box \"x\"{", "text", "list={"};
	size_t len = strlen(text), at = dice(seed, (unsigned)len), cut = dice(seed, 6);
	const char *bit = bits[dice(seed, sizeof(bits) / sizeof(bits[0]))];

	buf_reset(b);
	buf_append(b, text, at);
	buf_puts(b, bit);
	buf_puts(b, at + cut < len ? text + at + cut : "");
}

/* For random changes of a text, libconfuse never finds an error that the pre-pass did not. */
static void
test_mutations(void **state)
{
	static const char text[] =
		"text = \"one\" # two\nbox \"a\" { list = { 'x', \"y\\n\" } /* z */ size = 2M\n"
		"rule \"r\" { match = { '\\d', 'b' } text = t }\nrule 's' { } }\n"
		"group { match = 'm' }\nbox \"b\" { list = 'x' }\n";
	struct buf once = {0}, twice = {0};
	unsigned seed = 1;

	(void)state;
	for (int i = 0; i < 5000; i++) {
		struct reading r;

		mutate(text, &seed, &once);
		mutate(buf_string(&once), &seed, &twice);
		read_text(&r, buf_string(&twice));
		if (strstr(buf_string(&r.reported), "internal error") != NULL)
			fail_msg("libconfuse refuses: %s", buf_string(&twice));
		end(&r);
	}
	buf_free(&once);
	buf_free(&twice);
}

static void
test_many_errors(void **state)
{
	struct buf text = {0};
	struct reading r;
	size_t lines = 0;

	(void)state;
	for (int i = 0; i < 3000; i++)
		buf_puts(&text, "bad = 1\n");
	read_text(&r, buf_string(&text));
	for (size_t i = 0; i < r.reported.len; i++)
		lines += r.reported.data[i] == '\n';
	assert_int_equal(lines, DIAGNOSTICS_MAX + 1);
	assert_non_null(strstr(buf_string(&r.reported),
			       "t:0: too many errors; the rest is not reported"));
	end(&r);
	buf_reset(&text);
	buf_puts(&text, "text = 'a'\n#");
	memset(buf_reserve(&text, SOURCE_MAX_LINE), 'x', SOURCE_MAX_LINE);
	text.len += SOURCE_MAX_LINE;
	buf_puts(&text, "\nbad = 1\n");
	read_text(&r, buf_string(&text));
	assert_string_equal(buf_string(&r.reported),
			    "t:2: the line is longer than 256K; this file is not checked\n");
	end(&r);
	buf_reset(&text);
	for (unsigned i = 0; i <= SOURCE_MAX_SECTIONS; i++)
		buf_printf(&text, "box \"%u\" { }\n", i);
	read_text(&r, buf_string(&text));
	assert_string_equal(
		buf_string(&r.reported),
		"t:10001: more than 10000 sections; the rest of this file is not checked\n");
	end(&r);
	buf_free(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_strings),
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_lines_after_comments),
		cmocka_unit_test(test_lines_after_strings),
		cmocka_unit_test(test_strings_that_are_not_closed),
		cmocka_unit_test(test_faulty_strings),
		cmocka_unit_test(test_only_errors_are_erased),
		cmocka_unit_test(test_next_statement),
		cmocka_unit_test(test_required),
		cmocka_unit_test(test_reported_once_and_in_order),
		cmocka_unit_test(test_unclosed_strings_and_comments),
		cmocka_unit_test(test_line_ends_and_byte_order_mark),
		cmocka_unit_test_setup_teardown(test_includes, enter, leave),
		cmocka_unit_test_setup_teardown(test_deep_includes, enter, leave),
		cmocka_unit_test_setup_teardown(test_many_failed_includes, enter, leave),
		cmocka_unit_test_setup_teardown(test_odd_files, enter, leave),
		cmocka_unit_test(test_mutations),
		cmocka_unit_test(test_many_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
