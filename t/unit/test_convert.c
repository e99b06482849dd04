/* import/convert: settings and tables of Postfix become this configuration. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "import/convert.h"
#include "import/output.h"
#include "scratch.h"
#include "util/arena.h"

static struct arena *arena;
static struct output out;

/* Replaces "~" by the scratch directory and a slash. */
static const char *
fill_in(const char *text)
{
	struct buf b = {0};

	for (; *text != '\0'; text++) {
		if (*text == '~')
			buf_printf(&b, "%s/", scratch_dir);
		else
			buf_putc(&b, (unsigned char)*text);
	}
	return buf_move_to_arena(&b, arena);
}

/* Converts "NAME=VALUE" words. Returns what convert_settings() does. */
static int
convert(const char *const *words)
{
	static struct setting settings[4];
	FILE *errors = fopen(in_scratch("errors"), "w");
	size_t n = 0;
	int r;

	assert_non_null(errors);
	output_free(&out);
	output_init(&out, arena);
	for (; words[n] != NULL; n++)
		assert_true(setting_split(arena, fill_in(words[n]), &settings[n]));
	r = convert_settings(&out, settings, n, errors);
	assert_int_equal(fclose(errors), 0);
	return r;
}

static const char *
file_text(const char *name)
{
	for (size_t i = 0; i < out.n_files; i++)
		if (strcmp(out.files[i]->name, name) == 0)
			return buf_string(&out.files[i]->text);
	fail_msg("there is no file %s", name);
	return NULL;
}

static void
expect_file(const char *name, const char *expected)
{
	assert_string_equal(file_text(name), fill_in(expected));
}

static void
expect_conf(const char *part)
{
	if (strstr(file_text("polymilter.conf"), part) == NULL)
		fail_msg("%s\nhas not:\n%s", file_text("polymilter.conf"), part);
}

static void
expect_counts(size_t exact, size_t noted, size_t differs, size_t left_out)
{
	assert_int_equal(out.report.n[OUTCOME_EXACT], exact);
	assert_int_equal(out.report.n[OUTCOME_NOTED], noted);
	assert_int_equal(out.report.n[OUTCOME_DIFFERS], differs);
	assert_int_equal(out.report.n[OUTCOME_LEFT_OUT], left_out);
}

static void
write_text(const char *name, const char *text)
{
	write_scratch_bytes(name, text, strlen(text));
}

/* Two tables of one setting become one; what cannot be done in parts is done in the message. */
static void
test_header_checks(void **state)
{
	(void)state;
	write_text("a.pcre", "/^Subject: x/ REJECT no\n/^X-Old:/ IGNORE\n");
	write_text("b", "/y\\.z/ FILTER smtp:[127.0.0.1]\n/(/ REJECT\n");
	assert_int_equal(
		convert((const char *[]){"header_checks=pcre:~a.pcre, regexp:~b", NULL}), 0);
	expect_counts(2, 1, 0, 1);
	expect_file("header_checks.table",
		    "# ~a.pcre:1\n/^Subject: x/ REJECT no\n"
		    "# ~a.pcre:2\n/^X-Old:/ IGNORE\n"
		    "# ~b:1: not carried over: a milter cannot choose the content filter of "
		    "Postfix\n#     /y\\.z/ FILTER smtp:[127.0.0.1]\n/y\\.z/ DUNNO\n"
		    "# ~b:2: note: Postfix skips this row: Unmatched ( or \\(\n"
		    "#     /(/ REJECT\n");
	expect_file("header_checks-parts.table", "# ~a.pcre:1\n/^Subject: x/ REJECT no\n"
						 "# ~a.pcre:2\n/^X-Old:/ DUNNO\n"
						 "# ~b:1\n/y\\.z/ DUNNO\n");
	expect_conf("table \"header_checks\" { type = \"regex\"  file = "
		    "\"header_checks.table\"  actions = yes }\n");
	expect_conf("header \"header_checks\" {\n"
		    "\trule \"message\" { table = \"header_checks\"  match_on = \"line\"  "
		    "decode = no }\n"
		    "\trule \"parts\" { table = \"header_checks-parts\"  match_on = \"line\"  "
		    "decode = no\n\t\twhere = { \"parts\", \"nested\" } }\n}\n");
	expect_conf("\tchain  = { \"header_checks\" }\n");
	expect_conf(
		"differs: its rows that remove or change header fields do so in the message, "
		"not in its parts and attached messages");
}

/* With settings of their own, MIME headers and those of attached messages are not asked twice.
 */
static void
test_mime_checks(void **state)
{
	(void)state;
	write_text("h", "/^Subject: x/ REJECT\n");
	write_text("m", "/name=x/ REJECT\n");
	write_text("n", "/^From: x/ WARN y\n");
	assert_int_equal(convert((const char *[]){"nested_header_checks=regexp:~n",
						  "header_checks=regexp:~h",
						  "mime_header_checks=regexp:~m", NULL}),
			 0);
	expect_counts(3, 0, 0, 0);
	expect_conf("name_match = '^(?!(?:mime-version|content-");
	expect_conf("rule \"message\" { table = \"mime_header_checks\"  match_on = \"line\"  "
		    "decode = no\n\t\tname_match = '^(?:mime-version|content-");
	expect_conf(
		"rule \"parts\" { table = \"mime_header_checks-parts\"  match_on = \"line\"  "
		"decode = no\n\t\twhere = { \"parts\" } }\n");
	expect_conf("rule \"parts\" { table = \"nested_header_checks\"  match_on = \"line\"  "
		    "decode = no\n\t\twhere = { \"nested\" } }\n");
	expect_conf("chain  = { \"header_checks\", \"mime_header_checks\", "
		    "\"nested_header_checks\" }\n");
}

static void
test_body_checks(void **state)
{
	(void)state;
	write_text("b", "/cheap/ REJECT\n/x/ IGNORE\n");
	assert_int_equal(convert((const char *[]){"body_checks=pcre:~b", NULL}), 0);
	expect_counts(1, 0, 0, 1);
	expect_conf("content \"body_checks\" {\n"
		    "\trule \"lines\" { table = \"body_checks\"  where = { \"raw\" } }\n}\n");
}

/* The lists of main.cf keep their order; a client is looked up by name, then by address. */
static void
test_restrictions(void **state)
{
	(void)state;
	write_text("client", "192.0.2 REJECT go\nbad.example 550 no\n.x.example OK\n");
	write_text("sender.db", "a@example.com REJECT\n");
	assert_int_equal(
		convert((const char *[]){
			"smtpd_recipient_restrictions=permit_mynetworks, "
			"permit_sasl_authenticated, reject_unauth_destination, "
			"check_client_access hash:~client, reject_rbl_client x.example, "
			"check_sender_access hash:~sender.db, permit",
			"mynetworks=127.0.0.0/8 [::1]/128", NULL}),
		0);
	expect_counts(3, 1, 0, 0);
	expect_conf(
		fill_in("access \"smtpd_recipient_restrictions\" {\n"
			"\trule \"mynetworks\" { client = { \"127.0.0.0/8\", \"::1/128\" }  "
			"action = \"pass\" }\n"
			"\trule \"authenticated\" { authenticated = yes  action = \"pass\" }\n"
			"\t# reject_unauth_destination stays in Postfix\n"
			"\t# check_client_access hash:~client\n"
			"\trule \"client-client_name\" { table = \"client\"  lookup = "
			"\"client_name\" }\n"
			"\trule \"client-addresses-client\" { table = \"client-addresses\"  "
			"lookup = \"client\" }\n"
			"\t# reject_rbl_client stays in Postfix\n"
			"\t# check_sender_access hash:~sender.db\n"
			"\trule \"sender-sender\" { table = \"sender\"  lookup = \"sender\" }\n"
			"\trule \"permit\" { action = \"pass\" }\n}\n"));
	expect_conf(
		"table \"client\" { type = \"text\"  file = \"client.table\"  actions = yes  "
		"subdomains = yes }\n");
	expect_file("client-addresses.table", "# ~client:1\n192.0.2 REJECT go\n");
}

/* A new policy begins behind a table after which Postfix asks the next one. */
static void
test_going_on(void **state)
{
	(void)state;
	write_text("a", "a@example.com WARN x\n");
	write_text("b", "b@example.com REJECT\n");
	write_text("c", "c@example.com OK\nd@example.com DUNNO\n");
	assert_int_equal(convert((const char *[]){
				 "smtpd_sender_restrictions=permit_sasl_authenticated, "
				 "check_sender_access hash:~a, check_sender_access hash:~b, "
				 "check_sender_access hash:~c",
				 NULL}),
			 0);
	expect_conf(fill_in(
		"access \"smtpd_sender_restrictions\" {\n"
		"\trule \"authenticated\" { authenticated = yes  action = \"pass\" }\n"
		"\t# check_sender_access hash:~a\n"
		"\trule \"a-sender\" { table = \"a\"  lookup = \"sender\" }\n}\n"
		"table \"b\" { type = \"text\"  file = \"b.table\"  actions = yes  subdomains = yes }\n"
		"table \"c\" { type = \"text\"  file = \"c.table\"  actions = yes  subdomains = yes }\n"
		"access \"smtpd_sender_restrictions-2\" {\n"
		"\trule \"authenticated\" { authenticated = yes  action = \"pass\" }\n"
		"\t# check_sender_access hash:~b\n"
		"\trule \"b-sender\" { table = \"b\"  lookup = \"sender\" }\n"
		"\t# check_sender_access hash:~c\n"));
	assert_null(strstr(file_text("polymilter.conf"), "differs:"));
	assert_int_equal(convert((const char *[]){"check_sender_access=hash:~c hash:~b", NULL}),
			 0);
	expect_conf("differs: a table has OK, and rows such as DUNNO or WARN");
}

/* A client without a verified name is "unknown" in Postfix; our tables have no name for it. */
static void
test_unknown_clients(void **state)
{
	(void)state;
	write_text("n", "x.example OK\nunknown 450 4.7.25 No name\n");
	write_text("p", "/^mail/ OK\n!/\\./ REJECT No \"dot\"\n/unknown/ WARN\n");
	assert_int_equal(convert((const char *[]){"check_client_access=hash:~n pcre:~p", NULL}),
			 0);
	expect_conf("\trule \"n-unknown\" { client_name = '^(?:unknown$|\\[)'\n"
		    "\t\taction = \"tempfail\"  reply = \"450 4.7.25 No name\" }\n"
		    "\trule \"n-client_name\"");
	expect_conf("\trule \"p-unknown\" { client_name = '^(?:unknown$|\\[)'\n"
		    "\t\taction = \"reject\"  reply = \"550 5.7.1 No \\\"dot\\\"\" }\n"
		    "\trule \"p-client_name\"");
}

/* What lets mail pass, and is not known here, is told. */
static void
test_unknown_permits(void **state)
{
	(void)state;
	write_text("s", "a@example.com REJECT\n");
	assert_int_equal(convert((const char *[]){"smtpd_sender_restrictions=permit_mynetworks "
						  "permit_dnswl_client x.example my_class "
						  "check_sender_access hash:~s",
						  NULL}),
			 0);
	expect_conf("not carried over: permit_mynetworks: the tables behind it");
	expect_conf("not carried over: permit_dnswl_client: the tables behind it");
	expect_conf("not carried over: 'my_class' is not read");
	expect_conf("rule \"s-sender\"");
}

static void
test_subdomains(void **state)
{
	(void)state;
	write_text("h", ".example.com REJECT\n@x.example REJECT\n*.y.example OK\n");
	assert_int_equal(convert((const char *[]){"check_sender_access=hash:~h",
						  "parent_domain_matches_subdomains=", NULL}),
			 0);
	expect_counts(1, 2, 0, 0);
	expect_conf("file = \"h.table\"  actions = yes }\n");
	expect_file("h.table", "# ~h:1\n.example.com REJECT\n"
			       "# ~h:2: note: it never matches in Postfix: a domain in access "
			       "tables has no '@'\n#     @x.example REJECT\n"
			       "# ~h:3: note: it never matches in Postfix: there is no '*' in "
			       "keys\n#     *.y.example OK\n");
}

/* What would keep the configuration from loading. */
static void
test_refused_keys(void **state)
{
	(void)state;
	write_text("k", "\"a b\"@x.example OK\na@b@c REJECT\nuser@ OK\n<> OK\nb.example OK\n");
	assert_int_equal(convert((const char *[]){"check_sender_access=hash:~k", NULL}), 0);
	expect_counts(3, 0, 0, 2);
}

static void
test_networks(void **state)
{
	(void)state;
	write_text("n", "192.0.2.0/24 REJECT for $1\n");
	assert_int_equal(convert((const char *[]){"check_client_access=cidr:~n", NULL}), 0);
	expect_file("n.table", "# ~n:1\n192.0.2.0/24 REJECT for $$1\n");
	expect_conf("type = \"cidr\"  file = \"n.table\"  actions = yes }");
	expect_conf("rule \"n-client\" { table = \"n\"  lookup = \"client\" }");
	assert_int_equal(convert((const char *[]){"check_helo_access=cidr:~n", NULL}), 0);
	expect_conf("not carried over: ");
}

static void
test_logins(void **state)
{
	(void)state;
	write_text("l", "a@example.com anna, admin\n@example.org bert\nroot root\n");
	assert_int_equal(convert((const char *[]){"smtpd_sender_login_maps=hash:~l", NULL}), 0);
	expect_counts(2, 0, 0, 1);
	expect_conf("identity \"smtpd_sender_login_maps\" {\n\trule \"own\" { kind = "
		    "\"login-mismatch\"  table = \"l\"  envelope_sender = yes  action = "
		    "\"reject\" }\n}\n");
	write_text("p", "/^(.*)@example\\.com$/i $1\n!/x/ y\n/(a)\\1/ z\n");
	assert_int_equal(convert((const char *[]){"smtpd_sender_login_maps=pcre:~p", NULL}), 0);
	expect_counts(2, 0, 0, 1);
	expect_file("p.table",
		    "# ~p:1\n/(?-i)^(.*)@example\\.com$/ $1\n"
		    "# ~p:2\n/^(?!.*?(?:x))/ y\n"
		    "# ~p:3: not carried over: a pattern with back references has no "
		    "place here\n#     /(a)\\1/ z\n");
}

/* What our tables of logins would refuse is not written. */
static void
test_refused_logins(void **state)
{
	(void)state;
	write_text("l", "a@x.example a\nuser@ b\n*@x.example c\n@.x.example d\n"
			"a@b..example e\n@b..example f\n@y.example g\n");
	assert_int_equal(convert((const char *[]){"smtpd_sender_login_maps=hash:~l", NULL}), 0);
	expect_counts(2, 3, 0, 2);
	write_text("p", "/a/ b\n/c/\n");
	assert_int_equal(convert((const char *[]){"smtpd_sender_login_maps=pcre:~p", NULL}), 0);
	expect_counts(1, 0, 0, 1);
}

/* Each stage has its policy; what comes before in SMTP comes first. */
static void
test_milter_regex(void **state)
{
	(void)state;
	write_text("m", "reject \"No\"\n"
			"envrcpt /<a@/ and connect // /^10\\./\n"
			"helo /[.\\]'/n\n"
			"header /^Subject$/i /x/ and not header /^From$/i /y/i and helo /h/\n"
			"body /b/e\n"
			"body /b/ and body /c/\n"
			"envfrom /a<b/\n");
	assert_int_equal(convert((const char *[]){"milter_regex=~m", NULL}), 0);
	expect_counts(4, 0, 0, 2);
	expect_conf(fill_in("access \"milter_regex\" {\n"
			    "\t# ~m:3\n\trule \"line-3\" {\n"
			    "\t\tnot_helo = { '[\\.\\\\\\]\\'' }\n"
			    "\t\taction = \"reject\"\n\t\treply = \"554 5.7.1 No\"\n\t}\n"
			    "\t# ~m:2\n\trule \"line-2\" {\n"
			    "\t\ttable = \"line-2-address\"  lookup = \"client\"\n"
			    "\t\trecipient_match = '^a@'\n"));
	expect_conf(
		"condition \"line-4-1\" {\n\theader \"From\" { match = '(?i)y'  decode = no "
		"}\n}\ncondition \"line-4\" {\n\t\thelo = 'h'\n}\n");
	expect_conf("\t\tname = \"Subject\"\n\t\tmatch = 'x'  decode = no\n"
		    "\t\twhen = { \"line-4\" }\n\t\tunless = { \"line-4-1\" }\n");
	expect_conf("\t\twhere = { \"raw\" }  match = 'b'\n");
	expect_file("line-2-address.table", "# ~m:2\n/^(?=.*?(?:^10\\.))/\n");
	expect_conf("chain  = { \"milter_regex\", \"milter_regex-header\", "
		    "\"milter_regex-body\" }");
}

static void
expect_error(const char *word, const char *text)
{
	char line[600] = "";
	FILE *f;

	assert_int_equal(convert((const char *[]){word, NULL}), -EINVAL);
	f = fopen(in_scratch("errors"), "r");
	assert_non_null(f);
	assert_non_null(fgets(line, sizeof(line), f));
	fclose(f);
	if (strstr(line, text) == NULL)
		fail_msg("%s: %s", word, line);
}

static void
test_errors(void **state)
{
	(void)state;
	write_scratch_bytes("nul", "a\0b", 3);
	expect_error("header_checks=~nul", "write the type of the table in front");
	expect_error("header_checks=pcre:~gone", "No such file");
	expect_error("header_checks=pcre:~nul", "NUL byte");
	expect_error("header_checks=pcre:~.", "directory");
}

static void
test_other_types(void **state)
{
	(void)state;
	write_text("h", "a REJECT\n");
	assert_int_equal(
		convert((const char *[]){"header_checks=hash:~h mysql:~x pcre:{ {a} }", NULL}),
		0);
	expect_conf("only tables of type pcre and regexp can hold patterns");
	expect_conf("'mysql:");
}

/* Nothing is overwritten. */
static void
test_write(void **state)
{
	char why[300] = "";
	struct stat st;

	(void)state;
	write_text("h", "/x/ REJECT\n");
	assert_int_equal(convert((const char *[]){"header_checks=pcre:~h", NULL}), 0);
	assert_int_equal(output_write(&out, in_scratch("new"), why, sizeof(why)), 0);
	assert_int_equal(stat(in_scratch("new/polymilter.conf"), &st), 0);
	assert_int_equal(st.st_size, (off_t)strlen(file_text("polymilter.conf")));
	assert_int_equal(stat(in_scratch("new/header_checks.table"), &st), 0);
	assert_int_equal(output_write(&out, in_scratch("new"), why, sizeof(why)), -EEXIST);
	assert_non_null(strstr(why, "nothing is overwritten"));
	assert_true(output_write(&out, in_scratch("gone/new"), why, sizeof(why)) < 0);
}

static int
begin(void **state)
{
	(void)state;
	arena = arena_new();
	make_scratch();
	return 0;
}

static int
end(void **state)
{
	(void)state;
	output_free(&out);
	out = (struct output){0};
	arena = arena_free(arena);
	remove_scratch();
	return 0;
}

/* A part of what one file of milter-regex becomes. */
static void
expect_milter_rule(const char *file, enum outcome outcome, const char *part)
{
	size_t n[OUTCOME_LEFT_OUT + 1] = {0};

	write_text("m", file);
	assert_int_equal(convert((const char *[]){"milter_regex=~m", NULL}), 0);
	n[outcome] = 1;
	expect_counts(n[OUTCOME_EXACT], n[OUTCOME_NOTED], n[OUTCOME_DIFFERS],
		      n[OUTCOME_LEFT_OUT]);
	expect_conf(part);
}

/* The flag n of what there may be several of: one that does not match. Of macros: one that is
 * absent is empty. */
static void
test_milter_negations(void **state)
{
	(void)state;
	expect_milter_rule("accept body /b/n\n", OUTCOME_EXACT,
			   "match = '^(?!(?s:.*?)(?:b))'\n");
	expect_milter_rule("accept body /a/ and not body /b/\n", OUTCOME_EXACT,
			   "match = 'a'\n\t\tnot_match = { 'b' }\n");
	expect_milter_rule("accept body /a/ and body /b/n\n", OUTCOME_LEFT_OUT,
			   "several lines of the body");
	expect_milter_rule("accept header /^S$/i /b/n\n", OUTCOME_EXACT,
			   "match = '^(?!(?s:.*?)(?:b))'  decode = no\n");
	expect_milter_rule("accept macro /auth_type/ /x/\n", OUTCOME_EXACT,
			   "condition \"line-1\" {\n\tmacro \"{auth_type}\" { match = 'x' }\n");
	expect_milter_rule("accept not macro /auth_type/ /x/\n", OUTCOME_EXACT,
			   "unless = { \"line-1-1\" }");
	expect_milter_rule("accept macro /auth_type/ /x/n\n", OUTCOME_EXACT,
			   "unless = { \"line-1-1\" }");
	expect_conf("condition \"line-1-1\" {\n\tmacro \"{auth_type}\" { match = 'x' }\n");
	expect_milter_rule("accept not macro /^i$/ /^$/\n", OUTCOME_EXACT,
			   "macro \"i\" { match = '^(?!(?s:.*?)(?:^$))' }\n}\n");
	expect_conf("when = { \"line-1\" }");
}

/* Where milter-regex decides otherwise, that is told. */
static void
test_milter_differences(void **state)
{
	(void)state;
	expect_milter_rule("accept macro /auth_type/ //\n", OUTCOME_DIFFERS, "present = yes");
	expect_milter_rule("accept macro /auth/ /x/\n", OUTCOME_LEFT_OUT, "several macros");
	expect_milter_rule("accept macro /{client_addr}/ /x/\n", OUTCOME_DIFFERS,
			   "macro \"{client_addr}\" { match = 'x' }");
	expect_milter_rule("accept envrcpt /a@/\n", OUTCOME_DIFFERS, "recipient_match = 'a@'");
	expect_milter_rule("reject \"\" envrcpt /a@/ and header /^S$/i /x/\n", OUTCOME_DIFFERS,
			   "reply = \"554 5.7.1 Command rejected\"\n");
	expect_milter_rule("accept body /a/ and header /^S$/ /x/\n", OUTCOME_DIFFERS,
			   "in any case");
	expect_milter_rule("accept envfrom /^a@/\n", OUTCOME_DIFFERS, "sender_match = '^a@'");
	expect_milter_rule("accept envfrom /@a$/\n", OUTCOME_DIFFERS, "sender_match = '@a$'");
	expect_milter_rule("accept envfrom /^.*@a>$/\n", OUTCOME_EXACT,
			   "sender_match = '^.*@a$'");
	expect_milter_rule("accept envfrom /<[$^]/\n", OUTCOME_EXACT, "sender_match = '^[");
	expect_milter_rule("accept envfrom /^<?a/e\n", OUTCOME_LEFT_OUT, "amid the address");
	expect_milter_rule("accept envfrom /[/\n", OUTCOME_LEFT_OUT, "'['");
	expect_milter_rule("quarantine 'q' helo /a/\n", OUTCOME_EXACT, "helo = 'a'");
	write_text("m", "quarantine 'q' helo /a/\naccept header /^S$/i /a/ reject 'x' header "
			"/^T$/i /a/\n");
	assert_int_equal(convert((const char *[]){"milter_regex=~m", NULL}), 0);
	expect_counts(2, 0, 1, 0);
	expect_conf("differs: behind it milter-regex asks only the rules in front of it");
	expect_conf("of rules about headers, or about the body, with several actions");
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)
	const struct CMUnitTest tests[] = {
		TEST(test_header_checks),
		TEST(test_mime_checks),
		TEST(test_body_checks),
		TEST(test_restrictions),
		TEST(test_going_on),
		TEST(test_unknown_clients),
		TEST(test_unknown_permits),
		TEST(test_subdomains),
		TEST(test_refused_keys),
		TEST(test_networks),
		TEST(test_logins),
		TEST(test_refused_logins),
		TEST(test_milter_regex),
		TEST(test_milter_negations),
		TEST(test_milter_differences),
		TEST(test_errors),
		TEST(test_other_types),
		TEST(test_write),
	};
#undef TEST

	return cmocka_run_group_tests(tests, NULL, NULL);
}
