/* Tables of access(5), and the lists of restrictions in which they stand: a list becomes a
 * policy access, in which each table is a rule, in the same order. OK ends the list, as it does
 * in Postfix. Of the other restrictions those that let mail pass matter, since the tables
 * behind them are not asked about such mail; those that refuse stay in Postfix.
 *
 * A client is looked up by name, then by address. */
#include <string.h>

#include "import/convert_private.h"
#include "import/key_row.h"
#include "match/regex.h"
#include "match/written.h"
#include "util/addr.h"
#include "util/arena.h"
#include "util/str.h"

/* The rules of one list. */
struct access_list {
	struct conversion *c;
	const struct setting *setting;
	struct buf permits; /* rules that let mail pass, for each policy */
	struct buf rules;   /* of the policy at work */
	unsigned n_rules;   /* those with tables */
	bool has_ok;	    /* one of these tables has OK */
	/* There are rows after which the next table is asked: a new policy begins with it; or
	 * none can, because of OK. */
	bool ended, goes_on;
};

enum key_form {
	KEYS_OF_CLIENT_NAME,
	KEYS_OF_ADDRESS,
	KEYS_OF_HELO,
	KEYS_OF_MAILBOX,
	KEYS_OF_NETWORK,
};

static const struct lookup {
	const char *restriction;
	const char *word; /* of our option lookup; of clients by name */
	enum key_form form;
	enum action_place place;
} lookups[] = {
	{"check_client_access", "client_name", KEYS_OF_CLIENT_NAME, ACTION_IN_ACCESS},
	{"check_helo_access", "helo", KEYS_OF_HELO, ACTION_IN_ACCESS},
	{"check_sender_access", "sender", KEYS_OF_MAILBOX, ACTION_IN_ACCESS},
	{"check_recipient_access", "recipient", KEYS_OF_MAILBOX, ACTION_IN_RECIPIENT},
};

static const struct lookup *
find_lookup(const char *restriction)
{
	for (size_t i = 0; i < sizeof(lookups) / sizeof(lookups[0]); i++)
		if (strcmp(lookups[i].restriction, restriction) == 0)
			return &lookups[i];
	return NULL;
}

/* "192.0.2", "2001:db8:": not a name. */
static bool
is_client_address_key(const char *key)
{
	size_t len = strlen(key);

	return len > 0 &&
	       (strspn(key, "0123456789.") == len ||
		(strchr(key, ':') != NULL && strspn(key, "0123456789abcdefABCDEF:.") == len));
}

/* Why a key never matches in Postfix; NULL: it may. */
static const char *
find_key_fault(const struct conversion *c, const char *key, enum key_form form)
{
	size_t len = strlen(key);

	if (form == KEYS_OF_ADDRESS && key[len - 1] == '.')
		return "it never matches in Postfix: a network is written without a dot at its "
		       "end";
	if (strchr(key, '/') != NULL && form != KEYS_OF_MAILBOX)
		return "it never matches in Postfix: networks with '/' are for tables of type "
		       "cidr, patterns for regexp and pcre";
	if (strchr(key, '*') != NULL)
		return "it never matches in Postfix: there is no '*' in keys";
	if (*key == '@')
		return "it never matches in Postfix: a domain in access tables has no '@'";
	if (*key == '.' && c->subdomains)
		return "it never matches in Postfix: a domain stands for those below it "
		       "without a dot in front, since smtpd_access_maps is in "
		       "parent_domain_matches_subdomains";
	return NULL;
}

/* Why our tables refuse a key; NULL: they do not. */
static const char *
find_own_fault(struct arena *arena, const char *key, enum key_form form)
{
	size_t len = strlen(key);

	if (form == KEYS_OF_ADDRESS)
		return NULL;
	if (len > 1 && key[len - 1] == '@')
		return written_address_fault(arena_strndup(arena, key, len - 1));
	if (strchr(key, '@') != NULL || strcmp(key, "<>") == 0)
		return written_address_fault(key);
	return written_domain_fault(key);
}

/* "$1" is plain text in a table of keys of Postfix. */
static const char *
double_dollars(struct arena *arena, const char *text)
{
	struct buf out = {0};

	for (; *text != '\0'; text++) {
		if (*text == '$')
			buf_putc(&out, '$');
		buf_putc(&out, (unsigned char)*text);
	}
	return buf_move_to_arena(&out, arena);
}

/* Writes a row and its comment. True: it acts. */
static bool
put_key_row(struct conversion *c, const struct source *source, const struct key_row *row,
	    enum action_place place, enum key_form form, struct buf *out)
{
	struct postfix_action a = {"", row->outcome, row->reason};
	const char *fault = NULL, *own = NULL;

	if (form != KEYS_OF_NETWORK) {
		fault = find_key_fault(c, row->key, form);
		own = find_own_fault(c->arena, row->key, form);
	}
	if (a.reason == NULL && fault != NULL)
		a = (struct postfix_action){"", OUTCOME_NOTED, fault};
	else if (a.reason == NULL && own != NULL)
		a = (struct postfix_action){
			"", OUTCOME_LEFT_OUT,
			arena_printf(c->arena, "polymilter has no such key: %s", own)};
	else if (a.reason == NULL)
		a = postfix_action_read(c->arena, place, row->value);
	report_line(&c->out->report, a.outcome, source->path, row->line, a.reason);
	if (a.outcome == OUTCOME_EXACT)
		output_put_origin(out, "", source->path, row->line);
	else
		output_put_reason(out, "", a.outcome, source->path, row->line, a.reason,
				  row->written);
	if (*a.text == '\0')
		return false;
	buf_printf(out, "%s %s\n", row->key, double_dollars(c->arena, a.text));
	conversion_note_action(c, a.text);
	return true;
}

static void
put_table_rule(struct access_list *l, const char *table, const char *lookup)
{
	buf_printf(&l->rules, "\trule \"%s-%s\" { table = \"%s\"  lookup = \"%s\" }\n", table,
		   lookup, table, lookup);
	l->n_rules++;
}

/* The table and its section. */
static struct buf *
begin_access_table(struct access_list *l, const char *wanted, const char *type, bool domains,
		   const char **ret_table)
{
	struct output *o = l->c->out;
	struct output_file *f;

	*ret_table = output_table_name(o, wanted);
	f = output_add_file(o, *ret_table);
	output_add_table(o, *ret_table, type,
			 domains && l->c->subdomains ? "  actions = yes  subdomains = yes"
						     : "  actions = yes");
	return &f->text;
}

/* An action of a row as options of a rule. False: it has none of this form. */
static bool
put_row_options(const struct access_list *l, const char *action, struct buf *out)
{
	static const struct {
		const char *word, *action, *codes;
	} words[] = {
		{"OK", "pass", NULL},
		{"DUNNO", "pass", NULL},
		{"WARN", "log", NULL},
		{"INFO", "log", NULL},
		{"HOLD", "quarantine", NULL},
		{"DISCARD", "discard", NULL},
		{"REJECT", "reject", "550 5.7.1"},
		{"DEFER", "tempfail", "450 4.7.1"},
	};
	const char *text = str_skip_blanks(action + strcspn(action, " "));

	if (str_is_digit(*action)) {
		buf_printf(out,
			   "action = \"%s\"  reply = ", *action == '5' ? "reject" : "tempfail");
		output_put_string(out, output_plain_text(l->c->arena, action));
		return true;
	}
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (!str_case_equal_n(words[i].word, strlen(words[i].word), action,
				      strcspn(action, " ")))
			continue;
		buf_printf(out, "action = \"%s\"", words[i].action);
		if (words[i].codes == NULL || *text == '\0')
			return true;
		buf_puts(out, "  reply = ");
		text = arena_printf(l->c->arena, "%s%s%s",
				    str_is_digit(*text) ? "" : words[i].codes,
				    str_is_digit(*text) ? "" : " ", text);
		output_put_string(out, output_plain_text(l->c->arena, text));
		return true;
	}
	return false;
}

/* The row that Postfix finds for a client without a verified name, which is "unknown" there; in
 * our tables such a client has no name. */
static void
put_unknown_rule(struct access_list *l, const char *table, const char *value)
{
	struct postfix_action a = postfix_action_read(l->c->arena, ACTION_IN_ACCESS, value);
	struct buf options = {0};

	if (strchr(a.text, '$') == NULL && put_row_options(l, a.text, &options))
		buf_printf(
			&l->rules,
			"\trule \"%s-unknown\" { client_name = '^(?:unknown$|\\[)'\n\t\t%s }\n",
			table, buf_string(&options));
	else
		conversion_note(l->c, l->setting, OUTCOME_LEFT_OUT,
				"the row '%s' for clients without a verified name, which are "
				"\"unknown\" in Postfix",
				value);
	buf_free(&options);
}

static void
put_unknown_key_rule(struct access_list *l, const char *table, const struct key_row *rows,
		     size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (rows[i].reason == NULL && str_case_equal(rows[i].key, "unknown"))
			put_unknown_rule(l, table, rows[i].value);
}

/* Names and addresses become tables of their own. */
static void
convert_client_keys(struct access_list *l, const struct postfix_table *t,
		    const struct key_row *rows, size_t n)
{
	size_t addresses = 0;
	const char *table;
	struct buf *out;

	for (size_t i = 0; i < n; i++)
		addresses += is_client_address_key(rows[i].key);
	if (addresses < n) {
		out = begin_access_table(l, t->base, "text", true, &table);
		for (size_t i = 0; i < n; i++)
			if (!is_client_address_key(rows[i].key))
				(void)put_key_row(l->c, &t->source, &rows[i], ACTION_IN_ACCESS,
						  KEYS_OF_CLIENT_NAME, out);
		put_unknown_key_rule(l, table, rows, n);
		put_table_rule(l, table, "client_name");
	}
	if (addresses == 0)
		return;
	out = begin_access_table(l, arena_printf(l->c->arena, "%s-addresses", t->base), "text",
				 false, &table);
	for (size_t i = 0; i < n; i++)
		if (is_client_address_key(rows[i].key))
			(void)put_key_row(l->c, &t->source, &rows[i], ACTION_IN_ACCESS,
					  KEYS_OF_ADDRESS, out);
	put_table_rule(l, table, "client");
}

static void
convert_keys(struct access_list *l, const struct postfix_table *t, const struct lookup *lookup)
{
	size_t n = 0;
	struct key_row *rows = key_rows_read(l->c->arena, &t->source, &n);
	const char *table;
	struct buf *out;

	conversion_doubt_keys(l->c, &t->source, rows, n);
	if (lookup->form == KEYS_OF_CLIENT_NAME) {
		convert_client_keys(l, t, rows, n);
		return;
	}
	out = begin_access_table(l, t->base, "text", true, &table);
	for (size_t i = 0; i < n; i++)
		(void)put_key_row(l->c, &t->source, &rows[i], lookup->place, lookup->form, out);
	put_table_rule(l, table, lookup->word);
}

static void
convert_networks(struct access_list *l, const struct postfix_table *t,
		 const struct lookup *lookup)
{
	size_t n = 0;
	struct key_row *rows = network_rows_read(l->c->arena, &t->source, &n);
	const char *table;
	struct buf *out;

	if (lookup->form != KEYS_OF_CLIENT_NAME) {
		conversion_note(l->c, l->setting, OUTCOME_LEFT_OUT,
				"%s: a table of networks is only for clients", t->source.path);
		return;
	}
	out = begin_access_table(l, t->base, "cidr", false, &table);
	for (size_t i = 0; i < n; i++)
		(void)put_key_row(l->c, &t->source, &rows[i], lookup->place, KEYS_OF_NETWORK,
				  out);
	put_table_rule(l, table, "client");
}

/* Whether a row fits a text. */
static bool
row_fits(struct arena *arena, const struct row *row, const char *text)
{
	unsigned flags =
		REGEX_BACKREFS | REGEX_DOTALL | (row->case_sensitive ? 0 : REGEX_NOCASE);

	return row->pattern != NULL &&
	       conversion_matches(arena, row->pattern, flags, text) != row->negated;
}

static void
put_unknown_pattern_rule(struct access_list *l, const char *table, const struct row *rows,
			 size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (!row_fits(l->c->arena, &rows[i], "unknown"))
			continue;
		put_unknown_rule(l, table, rows[i].text);
		return;
	}
}

static void
convert_patterns(struct access_list *l, const struct postfix_table *t,
		 const struct lookup *lookup)
{
	size_t n = 0;
	const struct row *rows =
		rows_read(l->c->arena, &t->source,
			  t->form == FORM_PCRE ? PATTERN_PCRE : PATTERN_REGEXP, &n);
	const char *table;
	struct buf *out = begin_access_table(l, t->base, "regex", false, &table);

	conversion_doubt_patterns(l->c, &t->source, rows, n);
	for (size_t i = 0; i < n; i++)
		(void)convert_row(l->c, &t->source, &rows[i], lookup->place, out);
	if (lookup->form == KEYS_OF_CLIENT_NAME)
		put_unknown_pattern_rule(l, table, rows, n);
	put_table_rule(l, table, lookup->word);
	if (lookup->form == KEYS_OF_CLIENT_NAME)
		put_table_rule(l, table, "client");
}

/* Writes the policy with the rules so far. */
static void
end_policy(struct access_list *l)
{
	struct buf *conf = &l->c->out->conf;

	if (l->n_rules > 0) {
		buf_printf(conf, "access \"%s\" {\n",
			   output_add_policy(l->c->out, l->setting->name));
		buf_append(conf, l->rules.data, l->rules.len);
		buf_puts(conf, "}\n");
	}
	buf_reset(&l->rules);
	buf_append(&l->rules, l->permits.data, l->permits.len);
	l->n_rules = 0;
	l->has_ok = false;
}

/* Before the rules of another table. */
static void
begin_rules(struct access_list *l)
{
	if (l->ended)
		end_policy(l);
	l->ended = false;
	if (l->goes_on)
		conversion_note(l->c, l->setting, OUTCOME_DIFFERS,
				"a table has OK, and rows such as DUNNO or WARN after which "
				"Postfix asks the tables behind it; polymilter does not ask "
				"them");
	l->goes_on = false;
}

/* After the rows of a table have been written: may the next table be asked, too? */
static void
end_access_table(struct access_list *l)
{
	struct conversion *c = l->c;

	l->has_ok |= c->rows_permit;
	c->rows_permit = false;
	if (c->rows_go_on && l->has_ok)
		l->goes_on = true;
	else if (c->rows_go_on)
		l->ended = true;
	c->rows_go_on = false;
}

static void
convert_access_table(struct access_list *l, const struct lookup *lookup, const char *word)
{
	struct postfix_table t;

	if (!conversion_table(l->c, l->setting, word, &t))
		return;
	begin_rules(l);
	buf_printf(&l->rules, "\t# %s ", lookup->restriction);
	str_append_readable(&l->rules, word, strlen(word));
	buf_putc(&l->rules, '\n');
	if (t.form == FORM_CIDR)
		convert_networks(l, &t, lookup);
	else if (t.form == FORM_TEXT)
		convert_keys(l, &t, lookup);
	else
		convert_patterns(l, &t, lookup);
	end_access_table(l);
}

/* A rule that lets mail pass, in this policy and the next ones of the list. */
static void
put_permit(struct access_list *l, const char *title, const char *lines)
{
	if (l->ended)
		end_policy(l);
	l->ended = false;
	buf_printf(&l->permits, "\trule \"%s\" { %saction = \"pass\" }\n", title, lines);
	buf_printf(&l->rules, "\trule \"%s\" { %saction = \"pass\" }\n", title, lines);
}

/* permit_mynetworks, when mynetworks is known. */
static void
convert_mynetworks(struct access_list *l)
{
	const struct setting *s = conversion_find(l->c, "mynetworks");
	const char *const *words = s != NULL ? setting_words(l->c->arena, s->value) : NULL;
	struct buf list = {0};

	for (size_t i = 0; words != NULL && words[i] != NULL; i++) {
		const char *why = "", *net = words[i];
		struct cidr parsed;

		if (*net == '[' && strchr(net, ']') != NULL)
			net = arena_printf(l->c->arena, "%.*s%s",
					   (int)(strchr(net, ']') - net - 1), net + 1,
					   strchr(net, ']') + 1);
		if (cidr_parse(net, &parsed, &why) < 0) {
			words = NULL;
			break;
		}
		buf_printf(&list, "%s\"%s\"", i > 0 ? ", " : "", net);
	}
	if (words == NULL || list.len == 0)
		conversion_note(l->c, l->setting, OUTCOME_LEFT_OUT,
				"permit_mynetworks: the tables behind it are not for these "
				"clients; give 'mynetworks=...' with all networks, too");
	else
		put_permit(l, "mynetworks",
			   arena_printf(l->c->arena, "client = { %s }  ", buf_string(&list)));
	buf_free(&list);
}

static bool
starts_with(const char *word, const char *prefix)
{
	return strncmp(word, prefix, strlen(prefix)) == 0;
}

/* "reject" alone refuses all that is left. */
static void
put_final_rejection(struct access_list *l)
{
	begin_rules(l);
	buf_puts(&l->rules, "\trule \"reject\" { action = \"reject\" }\n");
	l->n_rules++;
}

/* A restriction that looks in no table of ours. */
static void
convert_other_restriction(struct access_list *l, const char *word)
{
	if (strcmp(word, "permit_mynetworks") == 0)
		convert_mynetworks(l);
	else if (strcmp(word, "permit_sasl_authenticated") == 0)
		put_permit(l, "authenticated", "authenticated = yes  ");
	else if (strcmp(word, "permit") == 0)
		put_permit(l, "permit", "");
	else if (strcmp(word, "reject") == 0)
		put_final_rejection(l);
	else if (starts_with(word, "reject_") || starts_with(word, "defer_") ||
		 starts_with(word, "warn_if_") || strcmp(word, "defer") == 0)
		buf_printf(&l->rules, "\t# %s stays in Postfix\n", word);
	else if (starts_with(word, "permit_"))
		conversion_note(l->c, l->setting, OUTCOME_LEFT_OUT,
				"%s: the tables behind it are not for mail that it lets pass",
				word);
	else
		conversion_note(l->c, l->setting, OUTCOME_LEFT_OUT,
				"'%s' is not read; it stays in Postfix", word);
}

/* The argument of a restriction that has one which is no table of ours. */
static bool
takes_argument(const char *word)
{
	return starts_with(word, "check_") || strcmp(word, "reject_rbl_client") == 0 ||
	       starts_with(word, "reject_rhsbl_") || strcmp(word, "sleep") == 0 ||
	       starts_with(word, "permit_dnswl_") || starts_with(word, "permit_rhswl_");
}

static void
convert_words(struct access_list *l, const char *const *words)
{
	while (*words != NULL) {
		const char *word = *words++;
		const struct lookup *lookup = find_lookup(word);

		if (lookup == NULL) {
			convert_other_restriction(l, word);
			words += takes_argument(word) && *words != NULL;
		} else if (*words != NULL) {
			convert_access_table(l, lookup, *words++);
		}
	}
}

static bool
has_tables(const char *const *words)
{
	for (; *words != NULL; words++)
		if (find_lookup(*words) != NULL)
			return true;
	return false;
}

void
convert_restrictions(struct conversion *c, const struct setting *s)
{
	struct access_list l = {.c = c, .setting = s};
	const char *const *words = setting_words(c->arena, s->value);
	const struct lookup *alone = find_lookup(s->name);

	if (alone == NULL && !has_tables(words))
		return;
	buf_putc(&c->out->conf, '\n');
	if (alone == NULL)
		convert_words(&l, words);
	for (; alone != NULL && *words != NULL; words++)
		convert_access_table(&l, alone, *words);
	end_policy(&l);
	buf_free(&l.permits);
	buf_free(&l.rules);
}
