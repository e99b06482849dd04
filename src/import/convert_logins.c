/* smtpd_sender_login_maps: which logins may use a sender address. It becomes a rule of the
 * policy identity, which looks at the From field, too; Postfix looks at the envelope alone. */
#include <string.h>

#include "import/convert_private.h"
#include "import/key_row.h"
#include "match/written.h"
#include "util/arena.h"
#include "util/str.h"

static void
put_login_row(struct conversion *c, const struct source *source, unsigned line,
	      const char *written, enum outcome outcome, const char *reason, const char *row,
	      struct buf *out)
{
	report_line(&c->out->report, outcome, source->path, line, reason);
	if (outcome == OUTCOME_EXACT)
		output_put_origin(out, "", source->path, line);
	else
		output_put_reason(out, "", outcome, source->path, line, reason, written);
	if (row != NULL)
		buf_printf(out, "%s\n", row);
}

/* Why a key never matches, or why our tables refuse it; NULL: neither. */
static const char *
find_login_key_fault(const char *key, enum outcome *ret)
{
	const char *at = strrchr(key, '@');

	*ret = OUTCOME_LEFT_OUT;
	if (at == NULL)
		return "a user without a domain: Postfix uses it for its own domains; write "
		       "user@domain";
	if (at[1] == '\0' || strchr(key, '*') != NULL || strncmp(key, "@.", 2) == 0) {
		*ret = OUTCOME_NOTED;
		return "it never matches in Postfix: a key is user@domain or @domain";
	}
	return at == key ? written_domain_fault(key + 1) : written_address_fault(key);
}

static void
convert_login_keys(struct conversion *c, const struct source *source, struct buf *out)
{
	size_t n = 0;
	const struct key_row *rows = key_rows_read(c->arena, source, &n);

	for (size_t i = 0; i < n; i++) {
		const struct key_row *row = &rows[i];
		enum outcome outcome = row->outcome;
		const char *reason = row->reason;

		if (reason == NULL)
			reason = find_login_key_fault(row->key, &outcome);
		put_login_row(c, source, row->line, row->written,
			      reason != NULL ? outcome : OUTCOME_EXACT, reason,
			      reason != NULL
				      ? NULL
				      : arena_printf(c->arena, "%s %s", row->key, row->value),
			      out);
	}
}

/* Rows of a table without actions: flags turn on, and there is no "!". */
static const char *
format_login_pattern(struct arena *arena, const struct row *row)
{
	return arena_printf(arena, "/%s%s%s%s/ %s", row->case_sensitive ? "(?-i)" : "",
			    row->negated ? "^(?!.*?(?:" : "", row->pattern,
			    row->negated ? "))" : "", row->text);
}

static void
convert_login_patterns(struct conversion *c, const struct source *source,
		       enum pattern_type type, struct buf *out)
{
	size_t n = 0;
	const struct row *rows = rows_read(c->arena, source, type, &n);

	for (size_t i = 0; i < n; i++) {
		const struct row *row = &rows[i];
		enum outcome outcome = row->outcome;
		const char *reason = row->reason;
		bool carried = row->pattern != NULL && row->text_bad == NULL && !row->backrefs;

		if (carried && *row->text == '\0') {
			carried = false;
			outcome = OUTCOME_LEFT_OUT;
			reason = "it has no logins";
		} else if (row->pattern != NULL && !carried) {
			outcome = OUTCOME_LEFT_OUT;
			reason = row->text_bad != NULL
					 ? row->text_bad
					 : "a pattern with back references has no place here";
		}
		put_login_row(c, source, row->line, row->written, outcome, reason,
			      carried ? format_login_pattern(c->arena, row) : NULL, out);
	}
}

void
convert_logins(struct conversion *c, const struct setting *s)
{
	const char *const *words = setting_words(c->arena, s->value);
	struct postfix_table t;
	const char *name;
	struct output_file *f;

	if (*words == NULL || !conversion_table(c, s, *words, &t))
		return;
	if (words[1] != NULL)
		conversion_note(c, s, OUTCOME_LEFT_OUT,
				"'%s' and what follows: there is one table of logins; put "
				"them together",
				words[1]);
	if (t.form == FORM_CIDR) {
		conversion_note(c, s, OUTCOME_LEFT_OUT, "a table of networks has no logins");
		return;
	}
	buf_putc(&c->out->conf, '\n');
	conversion_note(c, s, OUTCOME_DIFFERS,
			"Postfix compares the envelope sender alone, polymilter the From "
			"field, too");
	name = output_table_name(c->out, t.base);
	f = output_add_file(c->out, name);
	output_add_table(c->out, name, t.form == FORM_TEXT ? "text" : "regex", "");
	if (t.form == FORM_TEXT)
		convert_login_keys(c, &t.source, &f->text);
	else
		convert_login_patterns(c, &t.source,
				       t.form == FORM_PCRE ? PATTERN_PCRE : PATTERN_REGEXP,
				       &f->text);
	buf_printf(&c->out->conf,
		   "identity \"%s\" {\n\trule \"own\" { kind = \"login-mismatch\"  "
		   "table = \"%s\"  envelope_sender = yes  action = \"reject\" }\n}\n",
		   output_add_policy(c->out, s->name), name);
}
