/* %{result:TITLE} and %{score:TITLE} in values, replies and footers. */
#include "scan_policy.h"

#define HEADER(value)                                                                           \
	"header \"mark\" { rule \"r\" { action = \"add\" header = \"X-Found\" value = \"" value \
	"\" } }\n"
#define JUNK "rank \"junk\" { result = \"Add Header\" score = \"7.5\" }\n"

/* The value of X-Found. */
static void
expect_mark(const char *chain, const char *rest, const char *value)
{
	struct offline_result r;

	load_chain(arena_printf(arena, "%s, \"mark\"", chain), rest);
	r = play_message();
	assert_non_null(r.outcome.changes);
	assert_string_equal(r.outcome.changes->value, value);
}

static void
test_values(void **state)
{
	(void)state;
	expect_mark("\"av\"", "scan \"av\" { result = \"infected\" }\n" HEADER("%{result:av}!"),
		    "infected!");
	expect_mark("\"junk\"", JUNK HEADER("%{result:junk} %{score:junk}"), "add-header 7.5");
	expect_mark(
		"\"junk\"",
		"rank \"junk\" { mode = \"off\" }\n" HEADER("%{result:junk}[%{score:junk}]"),
		"skipped[]");
	expect_mark(
		"\"my junk\"",
		"rank \"my junk\" { fails = yes on_error = \"continue\" score = \"1\" }\n" HEADER(
			"%{result:my junk}[%{score:my junk}]"),
		"error[]");
	expect_mark("\"av\"",
		    "scan \"av\" { result = \"clean\" mode = \"monitor\" }\n" HEADER(
			    "%{result:av}"),
		    "clean");
}

static void
test_replies(void **state)
{
	struct offline_result r;

	(void)state;
	load_chain("\"junk\", \"no\"",
		   JUNK "header \"no\" { reply = \"550 5.7.1 Not %{score:junk}\" rule \"r\" { "
			"name = \"Subject\" action = \"reject\" } }\n");
	r = play_message();
	assert_string_equal(r.outcome.text, "550 5.7.1 Not 7.5");
}

/* A line with a score that is not there is left out. */
static void
test_footers(void **state)
{
	struct offline_result r;

	(void)state;
	load_chain("\"junk\", \"foot\"",
		   JUNK "footer \"foot\" { text = \"Virus: %{result:junk}\\nScore "
			"%{score:junk}\" }\n");
	r = play_message();
	assert_non_null(r.outcome.changes);
	assert_non_null(strstr(r.log, "foot:changed"));
	for (const struct mta_change *c = r.outcome.changes; c != NULL; c = c->next)
		if (c->letter == REPLY_REPLACE_BODY)
			assert_non_null(
				memmem(c->data, c->len, "Virus: add-header\r\nScore 7.5", 28));
	load_chain("\"junk\", \"foot\"", "rank \"junk\" { }\nfooter \"foot\" { html = "
					 "\"<p>Score %{score:junk}</p>\" }\n");
	r = play_message();
	assert_null(r.outcome.changes);
}

static void
test_mistakes(void **state)
{
	(void)state;
	refuse_chain(
		"\"av\", \"mark\"",
		"scan \"av\" { }\nheader \"mark\" { rule \"r\" { action = \"add\" header = "
		"\"X\"\nvalue = \"%{result:junk} %{score:av}\" } }\n",
		"4: value: unknown policy 'junk'\n"
		"4: value: policy 'av' finds no score\n");
	refuse_chain("\"mark\", \"av\"", "scan \"av\" { }\n" HEADER("%{result:av}"),
		     "1: chain: \"mark\" uses the result of \"av\" (a placeholder), so \"av\" "
		     "must stand before it\n");
	refuse_chain("\"av\", \"mark\"", "scan \"av\" { }\n" HEADER("%{result:mark}"),
		     "3: value: header \"mark\" is a policy without results\n");
	refuse_chain("\"av\", \"mark\"", "scan \"av\" { }\n" HEADER("%{result:}"),
		     "3: value: the title of a policy is missing in '%{result:}'\n");
	refuse_chain("\"av\", \"mark\"", "scan \"av\" { }\n" HEADER("%{result}"),
		     "3: value: unknown placeholder '%{result}', did you mean '%{result:}'?\n");
	refuse_chain("\"av\", \"foot\"",
		     "scan \"av\" { }\nfooter \"foot\" {\ntext = \"a\\n%{result:va}\"\n}\n",
		     "4: text: unknown policy 'va'\n");
	/* A size is refused before any result is known. */
	refuse_chain("\"av\", \"caps\"",
		     "scan \"av\" { }\nsize \"caps\" { message = \"1M\" reply = \"552 5.3.4 "
		     "%{result:av}\" }\n",
		     "3: reply: there is no '%{result:...}' here\n");
	load_chain_with(
		"\"mark\"", HEADER("%{result:av}") "scan \"av\" { }\n",
		"1: warning: chain: \"mark\" uses the result of \"av\" (a placeholder), "
		"which is not in this chain: it counts as 'skipped'\n"
		"3: warning: scan \"av\" is in no chain, so it never runs\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up_scan, tear_down_scan)
		TEST(test_values),
		TEST(test_replies),
		TEST(test_footers),
		TEST(test_mistakes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
