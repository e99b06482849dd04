/* Conditions, read: the options of a section to lines, cheap ones first, with what they need.
 */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "match/table.h"
#include "policy/condition.h"
#include "policy/condition_line.h"
#include "policy/policy.h"
#include "util/arena.h"
#include "util/buf.h"
#include "util/str.h"

#define TABLE_PREFIX "table:"
#define MAX_COST     10000u /* conditions that name each other can take for ever otherwise */

static const char *const scope_words[] = {"any", "all", NULL};

static const struct option macro_options[] = {
	{.name = "match", .type = OPTION_REGEXES, .help = "Its value matches one of these."},
	{.name = "present", .type = OPTION_BOOL, .help = "The MTA has (not) sent it."},
	{.name = NULL},
};

static const struct option header_options[] = {
	{.name = "match",
	 .type = OPTION_REGEXES,
	 .help = "Some instance matches one of these."},
	{.name = "not_match",
	 .type = OPTION_REGEXES,
	 .help = "The header is there and no instance matches one of these."},
	{.name = "present", .type = OPTION_BOOL, .help = "The header is (not) there."},
	{.name = "min", .type = OPTION_COUNT, .help = "At least so many instances."},
	{.name = "max", .type = OPTION_COUNT, .help = "At most so many instances."},
	{.name = "decode",
	 .type = OPTION_BOOL,
	 .value = "yes",
	 .help = "Patterns see encoded words decoded."},
	{.name = NULL},
};

#define LIST(n, h)                                                                             \
	{                                                                                      \
		.name = (n), .type = OPTION_LIST, .help = (h)                                  \
	}
#define REGEXES(n, h)                                                                          \
	{                                                                                      \
		.name = (n), .type = OPTION_REGEXES, .help = (h)                               \
	}

const struct option condition_rcpt_options[] = {
	LIST("client", "The client's address is in one of these networks."),
	LIST("not_client", "The client's address is in none of these networks."),
	REGEXES("client_name", "The client's name matches one of these."),
	REGEXES("not_client_name", "The client's name matches none of these."),
	REGEXES("helo", "The HELO name matches one of these."),
	REGEXES("not_helo", "The HELO name matches none of these."),
	{.name = "authenticated",
	 .type = OPTION_BOOL,
	 .help = "The client has (not) authenticated itself."},
	LIST("auth_user", "It has done so as one of these."),
	LIST("not_auth_user", "It has not done so as one of these."),
	{.name = "tls", .type = OPTION_BOOL, .help = "The connection is (not) encrypted."},
	LIST("sender", "The envelope sender is one of these; \"<>\" is the null sender."),
	LIST("not_sender", "The envelope sender is none of these."),
	LIST("sender_domain", "The sender's domain is one of these."),
	LIST("not_sender_domain", "The sender's domain is none of these."),
	LIST("recipient", "The recipient is one of these."),
	LIST("not_recipient", "The recipient is none of these."),
	LIST("recipient_domain", "The recipient's domain is one of these."),
	LIST("not_recipient_domain", "The recipient's domain is none of these."),
	{.name = "size_over", .type = OPTION_SIZE, .help = "The message is larger."},
	{.name = "size_under", .type = OPTION_SIZE, .help = "The message is smaller."},
	{.name = NULL},
};

const struct option condition_options[] = {
	LIST("listener", "The MTA came in by one of these listeners."),
	LIST("not_listener", "The MTA came in by none of these listeners."),
	{.name = "", .type = OPTION_INCLUDE, .options = condition_rcpt_options},
	{.name = "recipient_scope",
	 .type = OPTION_WORD,
	 .value = "any",
	 .words = scope_words,
	 .help = "The lines about recipients hold for one of them, or for all."},
	{.name = "macro",
	 .type = OPTION_SECTION,
	 .options = macro_options,
	 .help = "A macro, its name as the MTA writes it."},
	{.name = "header",
	 .type = OPTION_SECTION,
	 .options = header_options,
	 .title_nocase = true,
	 .help = "The headers of a name."},
	LIST("all", "All of these conditions hold."),
	LIST("any", "One of these conditions holds."),
	LIST("none", "None of these conditions holds."),
	{.name = NULL},
};

/* A condition being read. */
struct reader {
	const struct section *s;
	const struct condition_scope *scope;
	struct condition *c;
	struct line *lines, *rcpt_lines;
	struct buf macros;
	bool failed;
};

/* One value of a list option. 0, or -EINVAL after section_error(). */
typedef int read_value_fn(struct reader *r, const char *option, size_t i, const char *text,
			  struct value *ret);

struct spec {
	const char *name, *twin; /* twin NULL: there is none */
	enum line_kind kind;
	read_value_fn *read;
	uint32_t reads;
	enum stage stage;  /* at which it is known */
	const char *macro; /* that it reads, or NULL */
};

static int
read_table(struct reader *r, const char *option, size_t i, const char *text, bool networks,
	   struct value *ret)
{
	const char *name = text + strlen(TABLE_PREFIX);
	const struct table *t = r->scope->table(r->scope->ctx, r->s, option, name);

	if (t == NULL)
		return -EINVAL;
	if (networks != (table_type(t) == TABLE_CIDR))
		return section_error_item(
			r->s, option, i,
			networks ? "table '%s' has no networks: %s takes one of "
				   "type cidr"
				 : "table '%s' has networks, which are nothing "
				   "for %s",
			name, option);
	*ret = (struct value){.type = VALUE_TABLE, .table = t};
	return 0;
}

static bool
is_table(const char *text)
{
	return strncmp(text, TABLE_PREFIX, strlen(TABLE_PREFIX)) == 0;
}

static int
read_text(struct reader *r, const char *option, size_t i, const char *text, struct value *ret)
{
	if (is_table(text))
		return read_table(r, option, i, text, false, ret);
	if (*text == '\0')
		return section_error_item(r->s, option, i, "an empty value fits nothing");
	*ret = (struct value){.type = VALUE_TEXT, .text = text};
	return 0;
}

static int
read_listener(struct reader *r, const char *option, size_t i, const char *text,
	      struct value *ret)
{
	if (!is_table(text) && !r->scope->listener(r->scope->ctx, text))
		return section_error_item(r->s, option, i, "there is no listener '%s'", text);
	return read_text(r, option, i, text, ret);
}

static int
read_network(struct reader *r, const char *option, size_t i, const char *text,
	     struct value *ret)
{
	const char *why = "";
	struct cidr network;

	if (is_table(text))
		return read_table(r, option, i, text, true, ret);
	if (cidr_parse(text, &network, &why) < 0)
		return section_error_item(r->s, option, i, "'%s' is no network: %s", text, why);
	*ret = (struct value){.type = VALUE_NETWORK, .network = network};
	return 0;
}

/* What is wrong with a domain, NULL: nothing. */
static const char *
domain_fault(const char *s)
{
	size_t len = strlen(s);

	if (!str_is_ascii(s, len))
		return "write the domain as it travels, in its A-label form (xn--...)";
	if (s[strcspn(s, " \t\r\n<>,;")] != '\0')
		return "there are characters in it that no domain has";
	if (s[0] == '*')
		return "write '.example.com' for all subdomains of example.com";
	if (len == 0 || s[len - 1] == '.' || strstr(s, "..") != NULL)
		return "a label of the domain is empty";
	return NULL;
}

static const char *
address_fault(const char *s)
{
	const char *at = strrchr(s, '@');

	if (strcmp(s, "<>") == 0)
		return NULL;
	if (*s == '\0')
		return "the null sender is written '<>'";
	if (*s == '<' || s[strlen(s) - 1] == '>')
		return "write it without brackets";
	if (at == s)
		return "a domain goes into the option for domains, without the '@'";
	if (at != NULL && at[1] == '.')
		return "it compares whole; subdomains go into the option for domains";
	return at == NULL ? NULL : domain_fault(at + 1);
}

static int
read_checked(struct reader *r, const char *option, size_t i, const char *text,
	     const char *fault, struct value *ret)
{
	if (fault != NULL)
		return section_error_item(r->s, option, i, "'%s': %s", text, fault);
	return read_text(r, option, i, text, ret);
}

static int
read_address(struct reader *r, const char *option, size_t i, const char *text,
	     struct value *ret)
{
	return read_checked(r, option, i, text, is_table(text) ? NULL : address_fault(text),
			    ret);
}

static int
read_domain(struct reader *r, const char *option, size_t i, const char *text, struct value *ret)
{
	const char *fault = domain_fault(text);

	if (strchr(text, '@') != NULL)
		fault = "an address goes into the option without _domain";
	return read_checked(r, option, i, text, is_table(text) ? NULL : fault, ret);
}

static int
read_pattern(const struct section *s, struct arena *arena, const char *option, size_t i,
	     const char *text, struct value *ret)
{
	char why[256];
	const struct regex *re = regex_compile(arena, text, false, why, sizeof(why));

	if (re == NULL)
		return section_error_item(s, option, i, "%s", why);
	*ret = (struct value){.type = VALUE_REGEX, .regex = re};
	return 0;
}

static int
read_regex(struct reader *r, const char *option, size_t i, const char *text, struct value *ret)
{
	return read_pattern(r->s, r->scope->arena, option, i, text, ret);
}

static void
know_later(struct known *known, enum stage yes, enum stage no, enum stage last)
{
	known->yes = yes > known->yes ? yes : known->yes;
	known->no = no < known->no ? no : known->no;
	known->last = last > known->last ? last : known->last;
}

static bool
has_word(const char *words, const char *word, size_t len)
{
	for (const char *p = words; *p != '\0'; p += strspn(p, " ")) {
		size_t n = strcspn(p, " ");

		if (n == len && memcmp(p, word, n) == 0)
			return true;
		p += n;
	}
	return false;
}

/* Adds the words that are not there yet. */
static void
need_macros(struct reader *r, const char *names)
{
	for (const char *p = names; *p != '\0'; p += strspn(p, " ")) {
		size_t n = strcspn(p, " ");

		if (!has_word(buf_string(&r->macros), p, n)) {
			if (r->macros.len > 0)
				buf_putc(&r->macros, ' ');
			buf_append(&r->macros, p, n);
		}
		p += n;
	}
}

static int
read_condition(struct reader *r, const char *option, size_t i, const char *text,
	       struct value *ret)
{
	const struct condition *c;

	if (text[0] == '\0')
		return section_error_item(r->s, option, i, "a condition's name is missing");
	c = r->scope->condition(r->scope->ctx, r->s, option, text);
	if (c == NULL)
		return -EINVAL;
	r->c->reads |= c->reads;
	r->c->about_rcpts |= c->about_rcpts;
	r->c->cost += c->cost;
	if (r->c->cost > MAX_COST)
		return section_error_item(r->s, option, i,
					  "'%s' is one too many: with all that they name more "
					  "than %u conditions would have to be judged",
					  text, MAX_COST);
	need_macros(r, c->macros);
	*ret = (struct value){.type = VALUE_CONDITION, .condition = c};
	return 0;
}

/* clang-format off */
static const struct spec listener_spec = {
	"listener", "not_listener", LINE_LISTENER, read_listener, 0, STAGE_ENVFROM, NULL};

static const struct spec cheap_specs[] = {
	{"client", "not_client", LINE_CLIENT, read_network, 0, STAGE_ENVFROM, NULL},
	{"auth_user", "not_auth_user", LINE_AUTH_USER, read_text, 0, STAGE_ENVFROM,
	 MACRO_AUTHEN},
	{"sender", "not_sender", LINE_SENDER, read_address, PART_SENDER, STAGE_ENVFROM, NULL},
	{"sender_domain", "not_sender_domain", LINE_SENDER_DOMAIN, read_domain, PART_SENDER,
	 STAGE_ENVFROM, NULL},
};

static const struct spec rcpt_specs[] = {
	{"recipient", "not_recipient", LINE_RECIPIENT, read_address, PART_RCPTS, STAGE_DATA,
	 NULL},
	{"recipient_domain", "not_recipient_domain", LINE_RECIPIENT_DOMAIN, read_domain,
	 PART_RCPTS, STAGE_DATA, NULL},
};

static const struct spec pattern_specs[] = {
	{"client_name", "not_client_name", LINE_CLIENT_NAME, read_regex, 0, STAGE_ENVFROM, NULL},
	{"helo", "not_helo", LINE_HELO, read_regex, 0, STAGE_ENVFROM, NULL},
};

static const struct spec other_specs[] = {
	{"all", NULL, LINE_ALL, read_condition, 0, STAGE_ENVFROM, NULL},
	{"any", NULL, LINE_ANY, read_condition, 0, STAGE_ENVFROM, NULL},
	{"none", NULL, LINE_NONE, read_condition, 0, STAGE_ENVFROM, NULL},
};
/* clang-format on */

#define N_SPECS(specs) (sizeof(specs) / sizeof((specs)[0]))
#define MAX_LINES      48u /* beside macro and header sections */

static struct line *
add_line(struct reader *r, enum line_kind kind)
{
	bool rcpt = kind == LINE_RECIPIENT || kind == LINE_RECIPIENT_DOMAIN;
	struct line *l =
		rcpt ? &r->rcpt_lines[r->c->n_rcpt_lines++] : &r->lines[r->c->n_lines++];

	*l = (struct line){.kind = kind};
	return l;
}

/* When the conditions of all, any, none are known. */
static struct known
known_of_others(enum line_kind kind, const struct values *others)
{
	struct known k = {STAGE_ENVFROM, STAGE_EOM, STAGE_ENVFROM};

	for (size_t i = 0; i < others->n; i++) {
		struct known o = others->value[i].condition->known;

		/* any: no when all say no, yes when one says yes: all, turned round */
		if (kind != LINE_ALL)
			o = (struct known){o.no, o.yes, o.last};
		know_later(&k, o.yes, o.no, o.last);
	}
	if (kind == LINE_ANY)
		k = (struct known){k.no, k.yes, k.last};
	return k;
}

static void
note_list(struct reader *r, const struct spec *spec, const struct values *values)
{
	struct known k = {spec->stage, spec->stage, spec->stage};

	if (spec->read == read_condition)
		k = known_of_others(spec->kind, values);
	if (spec->reads & PART_RCPTS)
		return; /* all lines about recipients together: note_rcpts() */
	know_later(&r->c->known, k.yes, k.no, k.last);
}

static void
read_list(struct reader *r, const struct spec *spec, const char *option)
{
	const char *const *texts = NULL;
	size_t n = section_list(r->s, option, &texts);
	struct value *values = arena_alloc(r->scope->arena, n * sizeof(*values));
	bool failed = false;

	if (n == 0) {
		section_error(r->s, option, "an empty list says nothing");
		r->failed = true;
		return;
	}
	for (size_t i = 0; i < n; i++)
		failed |= spec->read(r, option, i, texts[i], &values[i]) < 0;
	r->failed |= failed;
	if (failed)
		return;

	struct line *l = add_line(r, spec->kind);

	l->values = (struct values){values, n};
	l->twin = spec->twin != NULL && option == spec->twin;
	r->c->reads |= spec->reads;
	if (spec->macro != NULL)
		need_macros(r, spec->macro);
	note_list(r, spec, &l->values);
}

static void
read_lists(struct reader *r, const struct spec *specs, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (section_has(r->s, specs[i].name))
			read_list(r, &specs[i], specs[i].name);
		if (specs[i].twin != NULL && section_has(r->s, specs[i].twin))
			read_list(r, &specs[i], specs[i].twin);
	}
}

static void
read_switch(struct reader *r, const char *option, enum line_kind kind, const char *macro)
{
	if (!section_has(r->s, option))
		return;
	add_line(r, kind)->wanted = section_bool(r->s, option);
	need_macros(r, macro);
	know_later(&r->c->known, STAGE_ENVFROM, STAGE_ENVFROM, STAGE_ENVFROM);
}

static void
read_size(struct reader *r, const char *option, enum line_kind kind)
{
	if (!section_has(r->s, option))
		return;
	add_line(r, kind)->bytes = section_number(r->s, option);
	r->c->reads |= PART_SIZE | PART_HEADERS;
	know_later(&r->c->known, STAGE_EOM, STAGE_EOM, STAGE_EOM);
}

static void
note_rcpts(struct reader *r)
{
	if (r->c->n_rcpt_lines == 0)
		return;
	add_line(r, LINE_RECIPIENTS);
	r->c->about_rcpts = true;
	know_later(&r->c->known, r->c->every_rcpt ? STAGE_DATA : STAGE_ENVRCPT, STAGE_DATA,
		   STAGE_DATA);
}

static int
read_patterns(struct reader *r, const struct section *s, const char *option, struct values *ret)
{
	const char *const *texts = NULL;
	size_t n = section_has(s, option) ? section_list(s, option, &texts) : 0;
	struct value *values = arena_alloc(r->scope->arena, n * sizeof(*values));
	bool failed = false;

	if (n == 0 && section_has(s, option))
		return section_error(s, option, "an empty list says nothing");
	for (size_t i = 0; i < n; i++)
		failed |= read_pattern(s, r->scope->arena, option, i, texts[i], &values[i]) < 0;
	*ret = (struct values){values, n};
	return failed ? -EINVAL : 0;
}

/* A section that says nothing, or what can never be. */
static int
check_instances(const struct section *s, const struct instances *in, bool counted)
{
	bool asks = in->match.n > 0 || in->not_match.n > 0;

	if (!asks && in->present < 0 && !counted)
		return section_error(s, NULL,
				     "it says nothing about %s \"%s\"; did you mean "
				     "'present = yes'?",
				     section_kind(s), section_title(s));
	if (in->present == 0 && (asks || in->min > 0))
		return section_error(s, "present",
				     "what is not there can neither match nor be "
				     "counted: this never holds");
	if (in->min > in->max)
		return section_error(s, "min", "it is more than max: this never holds");
	return 0;
}

static struct instances *
new_instances(struct reader *r, const struct section *s)
{
	struct instances *in = arena_zalloc(r->scope->arena, sizeof(*in));

	in->name = section_title(s);
	in->key = header_key(in->name);
	in->present = section_has(s, "present") ? section_bool(s, "present") : -1;
	in->max = UINT64_MAX;
	return in;
}

/* "i" and "{i}" are one; longer names have their braces. */
static int
check_macro_name(const struct section *s)
{
	const char *name = section_title(s);
	size_t len = strlen(name);

	if (strchr(name, ' ') != NULL)
		return section_error(s, NULL, "'%s' is no macro's name", name);
	if (len == 1 || (len > 2 && name[0] == '{' && name[len - 1] == '}'))
		return 0;
	return section_error(s, NULL, "the MTA writes this macro with braces: \"{%s}\"", name);
}

static int
read_macro(struct reader *r, const struct section *s)
{
	struct instances *in = new_instances(r, s);
	bool absent = in->present == 0;

	if (check_macro_name(s) < 0 || read_patterns(r, s, "match", &in->match) < 0 ||
	    check_instances(s, in, false) < 0)
		return -EINVAL;
	add_line(r, LINE_MACRO)->instances = in;
	need_macros(r, in->name);
	know_later(&r->c->known, absent ? STAGE_EOM : STAGE_ENVFROM,
		   absent || in->match.n > 0 ? STAGE_ENVFROM : STAGE_EOM, STAGE_EOM);
	return 0;
}

static int
check_header_name(const struct section *s)
{
	for (const char *p = section_title(s); *p != '\0'; p++) {
		if (*p <= ' ' || *p > '~' || *p == ':')
			return section_error(s, NULL, "'%s' is no header's name",
					     section_title(s));
	}
	return 0;
}

static int
read_header(struct reader *r, const struct section *s)
{
	struct instances *in = new_instances(r, s);
	bool min = section_has(s, "min"), max = section_has(s, "max");

	if (min)
		in->min = section_number(s, "min");
	if (max)
		in->max = section_number(s, "max");
	in->decode = section_bool(s, "decode");
	if (check_header_name(s) < 0 || read_patterns(r, s, "match", &in->match) < 0 ||
	    read_patterns(r, s, "not_match", &in->not_match) < 0 ||
	    check_instances(s, in, min || max) < 0)
		return -EINVAL;
	add_line(r, LINE_HEADER)->instances = in;
	r->c->reads |= PART_HEADERS;
	know_later(&r->c->known, STAGE_EOH, STAGE_EOH, STAGE_EOH);
	return 0;
}

static void
read_sections(struct reader *r, const char *kind,
	      int (*read)(struct reader *, const struct section *))
{
	const struct section *const *sections = NULL;
	size_t n = section_sections(r->s, kind, &sections);

	for (size_t i = 0; i < n; i++)
		r->failed |= read(r, sections[i]) < 0;
}

/* In the order of enum line_kind. */
static void
read_lines(struct reader *r, bool full)
{
	if (full)
		read_lists(r, &listener_spec, 1);
	read_lists(r, cheap_specs, N_SPECS(cheap_specs));
	read_switch(r, "authenticated", LINE_AUTHENTICATED, MACRO_AUTHEN);
	read_switch(r, "tls", LINE_TLS, MACRO_TLS);
	read_size(r, "size_over", LINE_SIZE_OVER);
	read_size(r, "size_under", LINE_SIZE_UNDER);
	if (full)
		r->c->every_rcpt = section_word(r->s, "recipient_scope") == 1;
	read_lists(r, rcpt_specs, N_SPECS(rcpt_specs));
	note_rcpts(r);
	read_lists(r, pattern_specs, N_SPECS(pattern_specs));
	if (!full)
		return;
	read_sections(r, "macro", read_macro);
	read_lists(r, other_specs, N_SPECS(other_specs));
	read_sections(r, "header", read_header);
}

static void
reserve_lines(struct reader *r, bool full)
{
	const struct section *const *sections = NULL;
	size_t n = MAX_LINES;

	if (full)
		n += section_sections(r->s, "macro", &sections) +
		     section_sections(r->s, "header", &sections);
	r->lines = arena_alloc(r->scope->arena, n * sizeof(*r->lines));
	r->rcpt_lines =
		arena_alloc(r->scope->arena, 2 * N_SPECS(rcpt_specs) * sizeof(*r->rcpt_lines));
}

struct condition *
condition_read(const struct section *s, const struct condition_scope *scope)
{
	struct condition *c = arena_zalloc(scope->arena, sizeof(*c));
	struct reader r = {.s = s, .scope = scope, .c = c};
	bool full = strcmp(section_kind(s), "condition") == 0;

	c->name = section_title(s);
	c->known = (struct known){STAGE_ENVFROM, STAGE_EOM, STAGE_ENVFROM};
	c->cost = 1;
	reserve_lines(&r, full);
	c->lines = r.lines;
	c->rcpt_lines = r.rcpt_lines;
	read_lines(&r, full);
	if (c->n_lines == 0 && full && !r.failed)
		section_warning(s, NULL, "it has no lines and so always holds");
	if (c->n_rcpt_lines == 0 && full && section_has(s, "recipient_scope") && !r.failed)
		section_warning(s, "recipient_scope", "there is no line about recipients");
	c->macros = arena_strdup(scope->arena, buf_string(&r.macros));
	buf_free(&r.macros);
	return r.failed ? NULL : c;
}
