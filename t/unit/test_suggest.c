/* option/suggest, with the tables of the whole language: what newcomers and the configurations
 * of other programs write for an option, a section or a word is suggested. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "config/schema.h"
#include "option/option.h"
#include "policy/condition.h"
#include "util/arena.h"

struct case_of { /* section: "" is the top level, "header.rule" a section in another one */
	const char *section, *written, *meant;
};

static const struct case_of names[] = {
	/* sections: Postfix, Sendmail, amavis, rspamd, HAProxy, Exchange */
	{"", "header_checks", "header"},
	{"", "mime_header_checks", "header"},
	{"", "disclaimer", "footer"},
	{"", "signature", "footer"},
	{"", "altermime", "footer"},
	{"", "ApplyHtmlDisclaimer", "footer"},
	{"", "virtual_alias_maps", "recipient"},
	{"", "alias", "recipient"},
	{"", "recipient_canonical_maps", "recipient"},
	{"", "always_bcc", "recipient"},
	{"", "banned_filename_re", "attachment"},
	{"", "message_size_limit", "size"},
	{"", "acl", "condition"},
	{"", "multimap", "table"},
	{"", "frontend", "listener"},
	{"", "smtpd_milters", "listener"},
	{"", "socket", "listener"},
	{"", "RunAsUser", "user"},
	{"", "daemon_group", "group"},
	{"", "logging", "log"},
	{"", "controller", "control"},
	/* their options */
	{"listener", "bind_socket", "socket"},
	{"listener", "maxconn", "max_sessions"},
	{"listener", "max-connections", "max_sessions"},
	{"listener", "mynetworks", "allow"},
	{"listener", "policies", "chain"},
	{"listener", "rules", "chain"},
	{"listener", "dry_run", "mode_override"},
	{"listener", "permissions", "mode"},
	{"workers", "max_servers", "count"},
	{"workers", "threads", "count"},
	{"workers", "MX_REQUESTS", "max_messages"},
	{"workers", "max_requests", "max_messages"},
	{"workers", "child_timeout", "hang_timeout"},
	{"workers", "grace", "drain_timeout"},
	{"workers", "hard-stop-after", "drain_timeout"},
	{"workers", "MX_MAX_RSS", "max_memory"},
	{"limits", "header_size_limit", "header_bytes"},
	{"limits", "smtpd_recipient_limit", "recipients"},
	{"limits", "mime_nesting_limit", "mime_depth"},
	{"limits", "message_size_limit", "body_bytes"},
	{"limits", "tmpdir", "spool_dir"},
	{"limits", "match_limit", "regex_steps"},
	{"limits", "timeout", "idle_timeout"},
	{"limits", "milter_connect_timeout", "negotiate_timeout"},
	{"log", "log_level", "level"},
	{"log", "verbosity", "level"},
	{"log", "facility", "target"},
	{"table", "entries", "values"},
	{"table", "ignore_case", "nocase"},
	{"table", "driver", "type"},
	{"condition", "from", "sender"},
	{"condition", "mail_from", "sender"},
	{"condition", "envfrom", "sender"},
	{"condition", "rcpt", "recipient"},
	{"condition", "to", "recipient"},
	{"condition", "not_rcpt", "not_recipient"},
	{"condition", "from_domain", "sender_domain"},
	{"condition", "sasl_username", "auth_user"},
	{"condition", "auth", "authenticated"},
	{"condition", "ip", "client"},
	{"condition", "networks", "client"},
	{"condition", "ehlo", "helo"},
	{"condition", "rdns", "client_name"},
	{"condition", "ssl", "tls"},
	{"condition", "larger_than", "size_over"},
	{"condition", "MessageSizeOver", "size_over"},
	{"condition", "and", "all"},
	{"condition", "or", "any"},
	{"condition", "not", "none"},
	{"condition.header", "regex", "match"},
	{"condition.header", "exists", "present"},
	{"header", "check", "rule"},
	{"header", "if", "when"},
	{"header", "except", "unless"},
	{"header", "milter_default_action", "on_error"},
	{"header.rule", "regex", "match"},
	{"header.rule", "pattern", "match"},
	{"header.rule", "contains", "match"},
	{"header.rule", "header_name", "name"},
	{"header.rule", "reject", "reply"},
	{"header.rule", "message", "reply"},
	{"header.rule", "text", "value"},
	{"header.rule", "verdict", "action"},
	{"header.rule", "more_thn", "more_than"},
	{"size", "max_size", "message"},
	{"size", "message_size_limit", "message"},
	{"size", "MaxMessageSize", "message"},
	{"size", "smtpd_recipient_limit", "recipients"},
	{"size", "hopcount_limit", "received"},
	{"size", "line_length_limit", "line"},
	{"size", "override", "limit"},
	{"size.limit", "max_size", "message"},
	{"size.limit", "to_domain", "recipient_domain"},
	{"recipient", "alias", "map"},
	{"recipient", "always_bcc", "bcc"},
	{"recipient", "recipient_delimiter", "delimiter"},
	{"recipient", "sender_canonical_maps", "sender_map"},
	{"recipient.map", "regexp", "match"},
	{"recipient.map", "redirect", "to"},
	{"footer", "disclaimer", "text"},
	{"footer", "file", "text_file"},
	{"footer", "location", "position"},
	{"footer", "require", "required"},
	{"footer", "conflict", "irregular"},
	{"attachment.rule", "filename", "name"},
	{"attachment.rule", "ext", "extension"},
	{"attachment.rule", "mime_type", "type"},
	{"attachment.rule", "AttachmentSizeOver", "size_over"},
	{"attachment.rule", "reason", "reply"},
};

static const struct { /* of an option that takes one of several words */
	const char *section, *option, *written, *meant;
} words[] = {
	{"header.rule", "action", "deny", "reject"},
	{"header.rule", "action", "block", "reject"},
	{"header.rule", "action", "bounce", "reject"},
	{"header.rule", "action", "RejectMessage", "reject"},
	{"header.rule", "action", "defer", "tempfail"},
	{"header.rule", "action", "soft_reject", "tempfail"},
	{"header.rule", "action", "drop", "discard"},
	{"header.rule", "action", "hold", "quarantine"},
	{"header.rule", "action", "ok", "accept"},
	{"header.rule", "action", "warn", "log"},
	{"header.rule", "action", "prepend", "prefix"},
	{"header.rule", "action", "append", "suffix"},
	{"header.rule", "action", "rewrite", "replace"},
	{"header.rule", "action", "strip", "remove"},
	{"header.rule", "action", "IGNORE", "remove"},
	{"attachment.rule", "action", "deny", "reject"},
	{"attachment.rule", "action", "delete", "strip"},
	{"attachment.rule", "action", "remove", "strip"},
	{"attachment.rule", "action", "isolate", "quarantine"},
	{"header", "mode", "dry-run", "monitor"},
	{"header", "mode", "test", "monitor"},
	{"header", "mode", "on", "enforce"},
	{"header", "mode", "disabled", "off"},
	{"header", "on_error", "dunno", "continue"},
	{"header", "on_error", "defer", "tempfail"},
	{"limits", "on_limit", "deny", "reject"},
	{"log", "level", "warn", "warning"},
	{"log", "level", "crit", "error"},
	{"log", "target", "journald", "journal"},
	{"log", "target", "console", "stderr"},
	{"table", "type", "pcre", "regex"},
	{"table", "type", "hash", "text"},
	{"footer", "position", "bottom", "end"},
	{"footer", "position", "prepend", "top"},
	{"footer", "if_present", "always", "add"},
	{"footer", "signed", "ignore", "skip"},
	{"recipient", "extension", "drop", "strip"},
	{"size", "split", "minimum", "strictest"},
	{"attachment.rule", "magic", "exe", "pe"},
	{"attachment.rule", "magic", "docx", "zip"},
	{"attachment.rule", "magic", "DLL", "pe"},
};

static struct arena *arena;
static unsigned mistakes;
static const struct option *top;

static int
setup(void **state)
{
	(void)state;
	arena = arena_new();
	top = schema_make_options(arena);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static const struct option *
find_section(const char *path)
{
	const struct option *table = top;
	char copy[64], *rest = copy, *name;

	(void)snprintf(copy, sizeof(copy), "%s", path);
	while (*path != '\0' && (name = strsep(&rest, ".")) != NULL) {
		const struct option *o = option_find(table, name);

		assert_non_null(o);
		table = o->options;
	}
	return table;
}

static void
test_names(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const struct option *table = find_section(names[i].section);
		const char *found = option_suggest(table, names[i].written);

		if (found == NULL || strcmp(found, names[i].meant) != 0)
			fail_msg("%s: '%s' is '%s', not '%s'", names[i].section,
				 names[i].written, found != NULL ? found : "", names[i].meant);
	}
}

static void
test_words(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		const struct option *table = find_section(words[i].section);
		const struct option *o = option_find(table, words[i].option);
		const char *found =
			option_suggest_word(o->words, o->words_also, words[i].written);

		if (found == NULL || strcmp(found, words[i].meant) != 0)
			fail_msg("%s %s: '%s' is '%s', not '%s'", words[i].section,
				 words[i].option, words[i].written, found != NULL ? found : "",
				 words[i].meant);
	}
}

static void
check_words_also(const struct option *o)
{
	char word[64];
	int n;

	for (const struct option_also *a = o->words_also; a && a->word != NULL; a++) {
		for (const char *p = a->also; sscanf(p, " %63s%n", word, &n) == 1; p += n)
			if (option_word_index(o->words, a->word) >= 0 &&
			    option_word_index(o->words, word) < 0)
				assert_non_null(
					option_suggest_word(o->words, o->words_also, word));
	}
}

/* A condition line in another section, which may have an option of its own that is called as
 * the line is elsewhere: `to` beside `recipient`. */
static bool
is_line_elsewhere(const struct option *table, const struct option *o, const char *word)
{
	return table != condition_options &&
	       option_find(condition_rcpt_options, o->name) == o &&
	       option_find(table, word) != NULL &&
	       option_find(condition_rcpt_options, word) == NULL;
}

/* Each word of `also` finds its own option: no other one of the table has it or is called
 * so. */
static void
check_table(const struct option *table)
{
	const struct option *o;
	char word[64];
	int n;

	for (size_t i = 0; (o = option_at(table, i)) != NULL; i++) {
		for (const char *p = o->also; p && sscanf(p, " %63s%n", word, &n) == 1; p += n)
			if (!is_line_elsewhere(table, o, word) &&
			    (option_find(table, word) != NULL ||
			     strcmp(option_suggest(table, word), o->name) != 0)) {
				print_error("'%s' of %s is also %s\n", word, o->name,
					    option_suggest(table, word));
				mistakes++;
			}
		check_words_also(o);
		if (o->options != NULL)
			check_table(o->options);
	}
}

static void
test_no_word_has_two_meanings(void **state)
{
	(void)state;
	mistakes = 0;
	check_table(top);
	assert_int_equal(mistakes, 0);
}

static void
test_far_from_everything(void **state)
{
	(void)state;
	assert_null(option_suggest(top, "xyzzy"));
	assert_null(option_suggest(top, ""));
	assert_null(option_suggest(top, "_"));
	assert_null(option_suggest(find_section("size"), "max_size max_message"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_no_word_has_two_meanings),
		cmocka_unit_test(test_far_from_everything),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
