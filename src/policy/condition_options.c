/* The options of a condition, and those of the sections in it. condition_read.c reads them. */
#include <stddef.h>

#include "policy/condition.h"
#include "policy/condition_found.h"
#include "policy/subject.h"

static const char *const recipient_scope_words[] = {"any", "all", NULL};

static const struct option condition_macro_options[] = {
	{.name = "match",
	 .type = OPTION_REGEXES,
	 .help = "its value matches one of these",
	 .also = "regex regexp pattern patterns re value values contains matches"},
	{.name = "present",
	 .type = OPTION_BOOL,
	 .help = "the MTA has (not) sent it",
	 .also = "exists defined set"},
	{.name = NULL},
};

static const struct option condition_header_options[] = {
	{.name = "match",
	 .type = OPTION_REGEXES,
	 .help = "some instance matches one of these",
	 .also = "regex regexp pattern patterns re value values contains matches"},
	{.name = "not_match",
	 .type = OPTION_REGEXES,
	 .help = "the header is there and no instance matches one of these",
	 .also = "not_regex not_pattern not_contains"},
	{.name = "present",
	 .type = OPTION_BOOL,
	 .help = "the header is (not) there",
	 .also = "exists has"},
	{.name = "min",
	 .type = OPTION_COUNT,
	 .help = "at least so many instances",
	 .also = "at_least more_than"},
	{.name = "max",
	 .type = OPTION_COUNT,
	 .help = "at most so many instances",
	 .also = "at_most fewer_than less_than"},
	{.name = "", .type = OPTION_INCLUDE, .options = subject_options},
	{.name = NULL},
};

#define LIST(n, h, a)                                                                          \
	{                                                                                      \
		.name = (n), .type = OPTION_LIST, .help = (h), .also = (a)                     \
	}
#define REGEXES(n, h, a)                                                                       \
	{                                                                                      \
		.name = (n), .type = OPTION_REGEXES, .help = (h), .also = (a)                  \
	}

const struct option condition_rcpt_options[] = {
	LIST("client", "the client's address is in one of these networks",
	     "ip client_ip client_address source_ip remote_addr network networks "
	     "mynetworks SenderIpRanges from_ip"),
	LIST("not_client", "the client's address is in none of these networks",
	     "not_ip not_network not_networks"),
	REGEXES("client_name", "the client's name matches one of these",
		"hostname rdns ptr client_hostname reverse_client_name connect"),
	REGEXES("not_client_name", "the client's name matches none of these",
		"not_hostname not_rdns"),
	REGEXES("helo", "the HELO name matches one of these", "ehlo helo_name"),
	REGEXES("not_helo", "the HELO name matches none of these", "not_ehlo"),
	{.name = "authenticated",
	 .type = OPTION_BOOL,
	 .help = "the client has (not) authenticated itself",
	 .also = "auth sasl logged_in permit_sasl_authenticated is_authenticated"},
	LIST("auth_user", "the authenticated user is one of these",
	     "user username login sasl_username sasl_login auth_authen"),
	LIST("not_auth_user", "the authenticated user is none of these, or there is none",
	     "not_user not_login"),
	{.name = "tls",
	 .type = OPTION_BOOL,
	 .help = "the client's connection is (not) encrypted",
	 .also = "ssl starttls encrypted secure"},
	LIST("sender", "the envelope sender is one of these; \"<>\" is the null sender",
	     "from mail_from envfrom envelope_from envelope_sender return_path "
	     "check_sender_access"),
	LIST("not_sender", "the envelope sender is none of these", "not_from not_mail_from"),
	LIST("sender_domain", "the sender's domain is one of these",
	     "from_domain SenderDomainIs"),
	LIST("not_sender_domain", "the sender's domain is none of these", "not_from_domain"),
	REGEXES("sender_match", "the envelope sender, without brackets, matches one of these",
		"sender_regex sender_pattern from_match envfrom_match sender_re"),
	REGEXES("not_sender_match", "the envelope sender matches none of these",
		"not_sender_regex not_sender_pattern not_from_match"),
	LIST("recipient", "the recipient is one of these",
	     "to rcpt rcpt_to envrcpt envelope_to envelope_recipient SentTo "
	     "check_recipient_access"),
	LIST("not_recipient", "the recipient is none of these", "not_to not_rcpt"),
	LIST("recipient_domain", "the recipient's domain is one of these",
	     "to_domain rcpt_domain RecipientDomainIs domain domains"),
	LIST("not_recipient_domain", "the recipient's domain is none of these",
	     "not_to_domain not_rcpt_domain not_domain"),
	REGEXES("recipient_match", "the recipient, without brackets, matches one of these",
		"recipient_regex recipient_pattern rcpt_match to_match envrcpt_match "
		"recipient_re"),
	REGEXES("not_recipient_match", "the recipient matches none of these",
		"not_recipient_regex not_recipient_pattern not_rcpt_match not_to_match"),
	LIST("time", "the message came within one of these hours: \"Mon-Fri 08:00-18:00\"",
	     "hours active_hours weekday weekdays days business_hours office_hours schedule "
	     "clock date"),
	LIST("not_time", "the message came within none of these hours",
	     "not_hours outside_hours not_weekday not_schedule"),
	{.name = "time_zone",
	 .type = OPTION_STRING,
	 .help = "the zone of the hours, \"Europe/Berlin\"; by default local time",
	 .also = "zone tz timezone"},
	{.name = "size_over",
	 .type = OPTION_SIZE,
	 .help = "the message is larger than this",
	 .also = "larger larger_than over MessageSizeOver min_size bigger_than"},
	{.name = "size_under",
	 .type = OPTION_SIZE,
	 .help = "the message is smaller than this",
	 .also = "smaller smaller_than under less_than"},
	{.name = NULL},
};

const struct option condition_options[] = {
	LIST("listener", "the MTA is connected to one of these listeners", NULL),
	LIST("not_listener", "the MTA is connected to none of these listeners", NULL),
	{.name = "", .type = OPTION_INCLUDE, .options = condition_rcpt_options},
	{.name = "recipient_scope",
	 .type = OPTION_WORD,
	 .value = "any",
	 .words = recipient_scope_words,
	 .unwritten = true,
	 .help = "the lines about recipients hold for one of them, or for all"},
	{.name = "macro",
	 .type = OPTION_SECTION,
	 .options = condition_macro_options,
	 .help = "the macro of this name, written as the MTA sends it",
	 .also = "macros"},
	{.name = "header",
	 .type = OPTION_SECTION,
	 .options = condition_header_options,
	 .title_nocase = true,
	 .help = "the headers of this name",
	 .also = "headers"},
	LIST("header_from", "one of the mailboxes of From is one of these",
	     "from_header from_address mime_from display_from header_sender SenderAddress"),
	LIST("not_header_from", "none of the mailboxes of From is one of these",
	     "not_from_header not_from_address"),
	LIST("header_from_domain", "the domain of one of the mailboxes of From is one of these",
	     "from_header_domain mime_from_domain"),
	LIST("not_header_from_domain", "no mailbox of From has one of these domains",
	     "not_from_header_domain"),
	LIST("url_domain", "a link leads to one of these domains",
	     "url urls link links host hosts uri link_domain url_host"),
	LIST("not_url_domain", "no link leads to one of these domains", "not_url not_link"),
	{.name = "policy",
	 .type = OPTION_SECTION,
	 .options = condition_found_options,
	 .help = "what the policy of this title, before this one in the chain, has found",
	 .also = "policies service result results scan"},
	LIST("all", "all of these conditions hold", "and every"),
	LIST("any", "one of these conditions holds", "or one_of"),
	LIST("none", "none of these conditions holds", "not nor except"),
	{.name = NULL},
};
