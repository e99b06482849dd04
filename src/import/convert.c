/* Converts settings of Postfix:
 *
 *	header_checks, mime_header_checks,	policy header, one table of all their rows
 *	nested_header_checks
 *	body_checks				policy content, where = {"raw"}
 *	smtpd_*_restrictions, check_*_access	policy access, a rule for each table
 *	smtpd_sender_login_maps			policy identity
 *	milter_regex				policies access, header and content
 *
 * in this order, which is that of Postfix. What is done to one setting stands in the convert_*
 * file of its kind. */
#include "import/convert.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "import/convert_private.h"
#include "match/regex.h"
#include "util/arena.h"
#include "util/str.h"

const struct setting *
conversion_find(const struct conversion *c, const char *name)
{
	for (size_t i = 0; i < c->n; i++)
		if (strcmp(c->settings[i].name, name) == 0)
			return &c->settings[i];
	return NULL;
}

void
conversion_error(struct conversion *c, const struct setting *s, const char *format, ...)
{
	va_list ap;

	if (c->again)
		return;
	if (s->path != NULL)
		fprintf(c->errors, "%s:%u: ", s->path, s->line);
	fprintf(c->errors, "%s: ", s->name);
	va_start(ap, format);
	vfprintf(c->errors, format, ap);
	va_end(ap);
	fputc('\n', c->errors);
	c->result = -EINVAL;
}

void
conversion_note(struct conversion *c, const struct setting *s, enum outcome outcome,
		const char *format, ...)
{
	const char *text;
	va_list ap;

	if (c->again)
		return;
	va_start(ap, format);
	text = arena_vprintf(c->arena, format, ap);
	va_end(ap);
	report_note(&c->out->report, outcome, s->path != NULL ? s->path : s->name, s->line,
		    text);
	output_put_reason(&c->out->conf, "", outcome, s->path != NULL ? s->path : s->name,
			  s->line, text, NULL);
}

bool
conversion_matches(struct arena *arena, const char *pattern, unsigned flags, const char *text)
{
	const struct regex_limits limits = {.steps = 100000, .time_us = 1000000};
	struct regex_budget budget = {0};
	const struct regex *re;
	char why[128];

	re = regex_compile_with_flags(arena, pattern, flags, why, sizeof(why));
	return re != NULL &&
	       regex_match(re, &limits, &budget, text, strlen(text), NULL, NULL) > 0;
}

void
conversion_doubt_patterns(struct conversion *c, const struct source *source,
			  const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strchr("/!~,|%#", rows[i].written[0]) != NULL)
			return;
	if (n > 0)
		report_note(&c->out->report, OUTCOME_NOTED, source->path, 0,
			    "none of its rows has a pattern: is it a table of type hash?");
}

void
conversion_doubt_keys(struct conversion *c, const struct source *source,
		      const struct key_row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (rows[i].key[0] != '/' && rows[i].key[0] != '!')
			return;
	if (n > 0)
		report_note(&c->out->report, OUTCOME_NOTED, source->path, 0,
			    "its rows have patterns: is it a table of type pcre or regexp?");
}

void
conversion_note_action(struct conversion *c, const char *action)
{
	size_t len = strcspn(action, " ");
	bool refuses = str_is_digit(*action) || str_case_equal_n(action, len, "REJECT", 6) ||
		       str_case_equal_n(action, len, "DEFER", 5);

	if (str_case_equal_n(action, len, "OK", 2) ||
	    str_case_equal_n(action, len, "DISCARD", 7))
		c->rows_permit = true;
	else if (!refuses)
		c->rows_go_on = true;
}

static bool
find_table_form(const char *type, enum table_form *ret)
{
	static const struct {
		const char *type;
		enum table_form form;
	} forms[] = {
		{"regexp", FORM_REGEXP}, {"pcre", FORM_PCRE},	  {"cidr", FORM_CIDR},
		{"hash", FORM_TEXT},	 {"texthash", FORM_TEXT}, {"lmdb", FORM_TEXT},
		{"btree", FORM_TEXT},	 {"dbm", FORM_TEXT},	  {"cdb", FORM_TEXT},
		{"sdbm", FORM_TEXT},
	};

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		if (strcmp(forms[i].type, type) != 0)
			continue;
		*ret = forms[i].form;
		return true;
	}
	return false;
}

/* "header_checks" of "/etc/postfix/header_checks.pcre". */
static const char *
find_base_name(struct arena *arena, const char *path)
{
	const char *slash = strrchr(path, '/'), *base = slash != NULL ? slash + 1 : path;
	const char *dot = strrchr(base, '.');

	if (strcmp(base, "-") == 0)
		return "stdin";
	return dot != NULL && dot != base ? arena_strndup(arena, base, (size_t)(dot - base))
					  : base;
}

bool
conversion_table(struct conversion *c, const struct setting *s, const char *word,
		 struct postfix_table *ret)
{
	struct table_name name;
	char why[256] = "";

	if (*word != '\0' && word[strlen(word) - 1] == ':') {
		conversion_error(c, s, "'%s': behind the type a file is missing", word);
		return false;
	}
	if (!setting_table(c->arena, word, &name)) {
		conversion_error(c, s,
				 "'%s': write the type of the table in front, as in main.cf: "
				 "'pcre:%s', 'regexp:%s', 'hash:%s', 'cidr:%s'",
				 word, word, word, word, word);
		return false;
	}
	if (strchr(name.path, '$') != NULL || *name.path == '{' ||
	    !find_table_form(name.type, &ret->form)) {
		conversion_note(c, s, OUTCOME_LEFT_OUT,
				"'%s': only files of the types pcre, regexp, cidr, hash, "
				"texthash, lmdb, btree, dbm and cdb are read",
				word);
		return false;
	}
	if (source_load(c->arena, name.path, &ret->source, why, sizeof(why)) < 0) {
		conversion_error(c, s, "%s: %s", name.path, why);
		return false;
	}
	ret->base = find_base_name(c->arena, name.path);
	return true;
}

static void
read_subdomain_setting(struct conversion *c)
{
	const struct setting *s = conversion_find(c, "parent_domain_matches_subdomains");

	c->subdomains = s == NULL;
	for (const char *const *w = s != NULL ? setting_words(c->arena, s->value) : NULL;
	     w != NULL && *w != NULL; w++)
		c->subdomains |= strcmp(*w, "smtpd_access_maps") == 0;
}

static void
convert_setting(struct conversion *c, const struct setting *s)
{
	switch (setting_kind(s->name)) {
	case SETTING_CHECKS:
		if (strcmp(s->name, "body_checks") == 0)
			convert_body_checks(c, s);
		else
			convert_header_checks(c, s);
		break;
	case SETTING_RESTRICTIONS:
	case SETTING_ACCESS:
		convert_restrictions(c, s);
		break;
	case SETTING_LOGINS:
		convert_logins(c, s);
		break;
	case SETTING_MILTER_REGEX:
		convert_milter_regex(c, s);
		break;
	case SETTING_UNKNOWN:
	case SETTING_OPTION:
	default:
		break;
	}
}

/* In the order in which Postfix asks, and then milters. */
static unsigned
find_turn(const char *name)
{
	static const char *const order[] = {
		"smtpd_client_restrictions",
		"check_client_access",
		"smtpd_helo_restrictions",
		"check_helo_access",
		"smtpd_sender_restrictions",
		"check_sender_access",
		"smtpd_sender_login_maps",
		"smtpd_relay_restrictions",
		"smtpd_recipient_restrictions",
		"check_recipient_access",
		"header_checks",
		"mime_header_checks",
		"nested_header_checks",
		"body_checks",
		"milter_regex",
	};
	const unsigned n = sizeof(order) / sizeof(order[0]);

	for (unsigned i = 0; i < n; i++)
		if (strcmp(order[i], name) == 0)
			return i;
	return n;
}

int
convert_settings(struct output *o, const struct setting *settings, size_t n, FILE *errors)
{
	struct conversion c = {
		.out = o, .arena = o->arena, .settings = settings, .n = n, .errors = errors};

	read_subdomain_setting(&c);
	for (unsigned turn = 0; turn <= find_turn(""); turn++)
		for (size_t i = 0; i < n; i++)
			if (find_turn(settings[i].name) == turn)
				convert_setting(&c, &settings[i]);
	output_finish(o);
	return c.result;
}
