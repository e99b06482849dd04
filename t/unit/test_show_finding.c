/* ctl/show_finding: findings as lines and as JSON. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "ctl/json.h"
#include "ctl/show_finding.h"
#include "policy/hit_place.h"
#include "util/buf.h"

#define LONG "a text that is long enough to need a line of its own on a screen"

static void
expect(struct shown_finding f, const char *text)
{
	struct buf b = {0};

	show_finding(&f, 2, &b);
	assert_string_equal(buf_string(&b), text);
	buf_free(&b);
}

static void
expect_json(struct shown_finding f, const char *text)
{
	json_t *object = json_new_object();
	struct buf out = {0};

	show_finding_json(object, &f);
	json_append(&out, object, 0);
	assert_string_equal(buf_string(&out), text);
	buf_free(&out);
}

static void
test_rules(void **state)
{
	const struct hit_place header = {.kind = HIT_HEADER, .name = "Subject"};
	const struct hit_place unseen = {.kind = HIT_PART, .type = "a/b", .number = 1};
	const struct hit_place result = {.kind = HIT_RECIPIENT, .name = "a@old.example"};

	(void)state;
	expect((struct shown_finding){.kind = FINDING_RULE, .name = "r"},
	       "  rule \"r\" hits\n");
	expect((struct shown_finding){.kind = FINDING_RULE, .name = "r", .before = "t:3"},
	       "  rule \"r\" hits: table t:3\n");
	expect((struct shown_finding){.kind = FINDING_RULE, .name = "r", .place = &header},
	       "  rule \"r\" hits: by all Subject fields\n");
	expect(
		(struct shown_finding){
			.kind = FINDING_RULE, .name = "r", .after = "x", .place = &unseen},
		"  rule \"r\" hits: found \"x\" in a part that only some programs see, a/b\n");
	expect((struct shown_finding){.kind = FINDING_RULE,
				      .name = "r",
				      .monitored = true,
				      .after = "b@mid.example",
				      .place = &result},
	       "  rule \"r\" (mode monitor) hits:\n"
	       "    found \"b@mid.example\" in the recipient <a@old.example>\n");
}

static void
test_changes(void **state)
{
	(void)state;
	expect((struct shown_finding){.kind = FINDING_CHANGE_HEADER,
				      .name = "X",
				      .before = "=?UTF-8?Q?gr=C3=BCn?=",
				      .after = " new"},
	       "  X: gr\303\274n -> new\n");
	expect((struct shown_finding){.kind = FINDING_CHANGE_HEADER,
				      .name = "X",
				      .before = LONG,
				      .after = LONG},
	       "  X: " LONG "\n  -> " LONG "\n");
	expect((struct shown_finding){.kind = FINDING_CHANGE_HEADER,
				      .name = "Subject",
				      .hidden = true},
	       "  Subject: changed\n");
	expect((struct shown_finding){.kind = FINDING_DELETE_HEADER,
				      .name = "Subject",
				      .hidden = true},
	       "  - Subject\n");
	expect((struct shown_finding){.kind = FINDING_SENDER, .before = "", .after = "a@b"},
	       "  sender: <> -> <a@b>\n");
	expect((struct shown_finding){.kind = FINDING_ADD_RCPT,
				      .undone = true,
				      .after = "a\033[1m@b"},
	       "  undone: + recipient <a\\x1b[1m@b>\n");
	expect((struct shown_finding){.kind = FINDING_VERDICT,
				      .monitored = true,
				      .after = "reject 550 5.7.1 No"},
	       "  would: reject 550 5.7.1 No\n");
	expect((struct shown_finding){.kind = FINDING_REFUSE_RCPT, .name = "a@b"},
	       "  refuse <a@b>\n");
}

static void
test_json(void **state)
{
	const struct hit_place size = {
		.kind = HIT_SIZE, .name = "parts", .size = 4, .limit = 1};

	(void)state;
	expect_json((struct shown_finding){.kind = FINDING_RULE,
					   .stage = STAGE_EOM,
					   .name = "r",
					   .before = "t:1",
					   .after = "x",
					   .place = &size},
		    "{\"kind\": \"rule\", \"stage\": \"eom\", \"name\": \"r\", "
		    "\"table\": \"t:1\", \"found\": \"x\", \"where\": {\"kind\": \"size\", "
		    "\"name\": \"parts\", \"size\": 4, \"limit\": 1}}");
	expect_json((struct shown_finding){.kind = FINDING_DELETE_RCPT,
					   .stage = STAGE_ENVRCPT,
					   .undone = true,
					   .monitored = true,
					   .before = "a@b"},
		    "{\"kind\": \"remove recipient\", \"stage\": \"envrcpt\", "
		    "\"before\": \"a@b\", \"undone\": true, \"monitored\": true}");
}

static void
expect_found(const struct policy_found *found, const char *text, const char *json)
{
	json_t *object = json_new_object();
	struct buf out = {0};

	show_found(found, 2, &out);
	assert_string_equal(buf_string(&out), text);
	buf_reset(&out);
	show_found_json(object, found);
	json_append(&out, object, 0);
	assert_string_equal(buf_string(&out), json);
	buf_free(&out);
}

static void
test_what_was_found(void **state)
{
	static const char *const symbols[] = {"A", "B"};

	(void)state;
	expect_found(&(struct policy_found){.result = NULL}, "", "{}");
	expect_found(&(struct policy_found){.result = "infected",
					    .detail = "Win.Test",
					    .was_asked = true,
					    .ms = 12,
					    .tries = 1,
					    .server = 2},
		     "  result infected(Win.Test)/12ms/server=2\n",
		     "{\"found\": {\"result\": \"infected\", \"detail\": \"Win.Test\", "
		     "\"seconds\": 0.012, \"tries\": 1, \"server\": 2}}");
	expect_found(&(struct policy_found){.result = "spam",
					    .has_score = true,
					    .score = -725,
					    .symbols = symbols,
					    .n_symbols = 2},
		     "  result spam(-7.25): A, B\n",
		     "{\"found\": {\"result\": \"spam\", \"score\": -7.25, "
		     "\"symbols\": [\"A\", \"B\"]}}");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_changes),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_what_was_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
