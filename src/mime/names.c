/* The readings of a value, from the usual ones to the odd ones. The bytes of each reading are
 * charged when it is added, see name_list.c. */
#include "mime/names.h"

#include <string.h>

#include "charset/charset.h"
#include "mime/budget.h"
#include "mime/octets.h"
#include "mime/param_scan.h"
#include "mime/params.h"
#include "mime/words.h"
#include "util/arena.h"
#include "util/str.h"

static const char *const name_params[] = {"filename", "name"};
#define NAME_PARAMS (sizeof(name_params) / sizeof(name_params[0]))

/* "filename*0*=value" in a value. */
struct name_section {
	const char *s; /* with its quotes */
	size_t len;
	size_t to_semicolon; /* the length up to the next ';' behind the value */
	enum param_form form;
	int number;
	bool escaped, odd_marks; /* odd: also if there are other bytes around the name */
};

/* All sections of one name, in the order in which they are written. */
struct name_sections {
	struct name_section section[PARAM_SECTIONS_MAX];
	size_t n;
};

/* ---- one section ---- */

static bool
is_quoted_section(const struct name_section *p)
{
	return p->len > 0 && *p->s == '"';
}

/* The length of "charset'language'" at the begin of the text. */
static size_t
charset_prefix_length(const char *s, size_t len)
{
	const char *first = memchr(s, '\'', len), *second;

	second = first == NULL ? NULL : memchr(first + 1, '\'', len - (size_t)(first + 1 - s));
	return second == NULL ? 0 : (size_t)(second + 1 - s);
}

/* Appends what is between the quotes, without backslashes, or what is not quoted. */
static void
append_section_text(const struct name_section *p, struct buf *out)
{
	bool quoted = is_quoted_section(p);

	for (size_t i = quoted; i < p->len; i++) {
		if (quoted && p->s[i] == '"')
			break;
		if (quoted && p->s[i] == '\\' && i + 1 < p->len)
			i++;
		buf_putc(out, (unsigned char)p->s[i]);
	}
}

/* Appends the text without quotes, and without comments unless they are to be kept. */
static void
append_bare_text(const char *s, size_t len, bool keep_comments, struct buf *out)
{
	size_t depth = 0;

	for (size_t i = 0; i < len; i++) {
		bool comment = !keep_comments && (depth > 0 || s[i] == '(');

		if (comment && s[i] == '(')
			depth++;
		else if (comment && s[i] == ')')
			depth--;
		else if (!comment && s[i] != '"')
			buf_putc(out, (unsigned char)s[i]);
	}
}

static void
add_bare_text(struct name_list *names, const char *s, size_t len, bool keep_comments)
{
	struct buf text = {0};

	append_bare_text(s, len, keep_comments, &text);
	name_list_add(names, buf_string(&text), str_trim_blanks(buf_string(&text), text.len));
	buf_free(&text);
}

/* The kind of a byte that ends a token, for some programs at least (a '*' ends an extended
 * value); 0: it is none. */
static unsigned char
token_end_kind(char c)
{
	if (is_param_space(c))
		return ' ';
	if (c == '\v' || c == '\f')
		return '\v';
	if ((unsigned char)c < ' ' || c == 0x7f)
		return 1;
	return c == '*' || strchr(PARAM_TOKEN_SPECIALS, c) != NULL ? (unsigned char)c : 0;
}

/* Adds the text up to the first byte of each kind that ends a token. */
static void
add_text_to_token_ends(struct name_list *names, const char *s, size_t len)
{
	bool seen[256] = {true};

	for (size_t i = 0; i < len; i++) {
		unsigned char kind = token_end_kind(s[i]);

		if (!seen[kind])
			name_list_add(names, s, i);
		seen[kind] = true;
	}
}

static void
add_names_of_bare_section(struct name_list *names, const struct name_section *p)
{
	size_t prefix = p->escaped ? charset_prefix_length(p->s, p->len) : 0;

	add_text_to_token_ends(names, p->s + prefix, p->len - prefix);
	if (memchr(p->s, '(', p->to_semicolon) != NULL)
		add_bare_text(names, p->s, p->to_semicolon, false);
	if (p->to_semicolon > p->len || memchr(p->s, '"', p->len) != NULL)
		add_bare_text(names, p->s, p->to_semicolon, true);
}

/* Adds what programs see that do not know backslashes, that find the end of an open quotation
 * at a ';', or that go on behind the quotation. */
static void
add_names_of_quoted_section(struct name_list *names, const struct name_section *p)
{
	const char *s = p->s + 1, *end;
	size_t len = p->len - 1;

	if (len > 0 && s[len - 1] == '"')
		len--;
	else if ((end = memchr(s, ';', len)) != NULL)
		name_list_add(names, s, (size_t)(end - s));
	if (memchr(s, '\\', len) != NULL) {
		name_list_add(names, s, len);
		if ((end = memchr(s, '"', len)) != NULL)
			name_list_add(names, s, (size_t)(end - s));
	}
	if (p->to_semicolon > p->len) {
		add_bare_text(names, p->s, p->to_semicolon, true);
		add_bare_text(names, p->s, p->to_semicolon, false);
	}
}

/* ---- sections together ---- */

/* Appends what is between the quotes, or what is not quoted up to the end of the token. */
static void
append_section_token(const struct name_section *p, struct buf *out)
{
	size_t n = 0;

	while (n < p->len && token_end_kind(p->s[n]) == 0)
		n++;
	if (is_quoted_section(p))
		append_section_text(p, out);
	else
		buf_append(out, p->s, n);
}

/* Appends all up to the next ';', what follows a quotation too, but no quotes. */
static void
append_section_to_semicolon(const struct name_section *p, struct buf *out)
{
	for (size_t i = 0; i < p->to_semicolon; i++)
		if (p->s[i] != '"')
			buf_putc(out, (unsigned char)p->s[i]);
}

/* Adds the sections as one name. Escapes are decoded when the sections are joined, so that
 * those count that two sections share, and in all sections if in any. */
static void
add_joined_names(struct name_list *names, const struct name_section *const *sections, size_t n,
		 void (*append)(const struct name_section *, struct buf *))
{
	struct buf text = {0}, joined = {0}, octets = {0};
	bool escaped = false;

	for (size_t i = 0; i < n; i++) {
		size_t prefix = 0;

		buf_reset(&text);
		append(sections[i], &text);
		if (sections[i]->escaped)
			prefix = charset_prefix_length(buf_string(&text), text.len);
		buf_append(&joined, buf_string(&text) + prefix, text.len - prefix);
		escaped |= sections[i]->escaped;
	}
	if (escaped && octets_unescape(buf_string(&joined), joined.len, &octets))
		name_list_add(names, buf_string(&octets), octets.len);
	else
		name_list_add(names, buf_string(&joined), joined.len);
	buf_free(&text);
	buf_free(&joined);
	buf_free(&octets);
}

/* Adds the text up to a quote that should end the name of a charset, but ends something else,
 * and up to one behind the charset. */
static void
add_text_to_charset_quotes(struct name_list *names, const struct name_section *p)
{
	bool quoted = is_quoted_section(p);
	const char *s = p->s + quoted, *quote = memchr(s, '\'', p->len - quoted);
	size_t prefix = charset_prefix_length(s, p->len - quoted);

	if (quote != NULL && charset_find(s, (size_t)(quote - s)) == NULL)
		name_list_add(names, s, (size_t)(quote - s));
	s += prefix;
	quote = prefix == 0 ? NULL : memchr(s, '\'', p->len - quoted - prefix);
	if (quote != NULL)
		name_list_add(names, s, (size_t)(quote - s));
}

static void
add_names_of_section(struct name_list *names, const struct name_section *p)
{
	if (p->form == PARAM_PLAIN || p->odd_marks)
		add_joined_names(names, &p, 1, append_section_text);
	if (is_quoted_section(p))
		add_names_of_quoted_section(names, p);
	else
		add_names_of_bare_section(names, p);
	if (p->escaped)
		add_text_to_charset_quotes(names, p);
}

/* Sorts by number; of the same number as they are written. */
static void
sort_name_sections(const struct name_section **sections, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		const struct name_section *p = sections[i];
		size_t k = i;

		for (; k > 0 && sections[k - 1]->number > p->number; k--)
			sections[k] = sections[k - 1];
		sections[k] = p;
	}
}

/* Adds the sorted sections of which each number counts once, the first or the last one. With
 * first, programs are meant that stop at a missing number, and know no odd ones. */
static void
add_joined_once(struct name_list *names, const struct name_section *const *sorted, size_t n,
		bool first)
{
	const struct name_section *chosen[PARAM_SECTIONS_MAX];
	size_t k = 0;

	for (size_t i = 0; i < n; i++) {
		const struct name_section *p = sorted[i];
		bool again = k > 0 && chosen[k - 1]->number == p->number;

		if (first && (again || p->odd_marks))
			continue;
		if (first && k > 0 && p->number != chosen[k - 1]->number + 1)
			break;
		k -= again;
		chosen[k++] = p;
	}
	if (k > 0)
		add_joined_names(names, chosen, k, append_section_text);
}

/* Does the section end inside an escape? */
static bool
ends_in_escape(const struct name_section *p)
{
	size_t len = p->len - (p->len > 0 && p->s[p->len - 1] == '"');

	return p->escaped &&
	       ((len > 0 && p->s[len - 1] == '%') || (len > 1 && p->s[len - 2] == '%'));
}

/* Has a section behind the first one a charset of its own? */
static bool
has_own_charset(const struct name_section *p)
{
	return p->number > 0 && p->escaped && charset_prefix_length(p->s, p->len) > 0;
}

static bool
has_token_end(const struct name_section *p)
{
	for (size_t i = 0; !is_quoted_section(p) && i < p->len; i++)
		if (token_end_kind(p->s[i]) != 0)
			return true;
	return false;
}

/* Do all programs that know RFC 2231 join the sections in the same way? */
static bool
are_sections_regular(const struct name_sections *all)
{
	for (size_t i = 0; i < all->n; i++) {
		const struct name_section *p = &all->section[i];

		if (p->form != PARAM_CONTINUED || p->odd_marks || p->number != (int)i ||
		    ends_in_escape(p) || has_own_charset(p) || has_token_end(p) ||
		    p->to_semicolon > p->len)
			return false;
	}
	return true;
}

static void
add_names_of_continuation(struct name_list *names, const struct name_sections *all)
{
	const struct name_section *sections[PARAM_SECTIONS_MAX];

	if (are_sections_regular(all))
		return;
	for (size_t i = 0; i < all->n; i++)
		sections[i] = &all->section[i];
	add_joined_names(names, sections, all->n, append_section_text);
	for (size_t i = 0; i < all->n; i++)
		add_joined_names(names, &sections[i], 1, append_section_text);
	sort_name_sections(sections, all->n);
	add_joined_names(names, sections, all->n, append_section_text);
	add_joined_names(names, sections, all->n, append_section_token);
	add_joined_names(names, sections, all->n, append_section_to_semicolon);
	add_joined_once(names, sections, all->n, true);
	add_joined_once(names, sections, all->n, false);
}

/* ---- a value ---- */

static bool
is_letter(char c)
{
	return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

/* Is the parameter this name, perhaps with bytes around it that programs pass over? */
static bool
is_name_param(const char *s, const struct param_span *f, const char *name)
{
	size_t from = f->name, to = f->name_end;

	while (from < to && !is_letter(s[from]))
		from++;
	while (to > from && !is_letter(s[to - 1]))
		to--;
	return str_case_equal_n(s + from, to - from, name, strlen(name));
}

/* Adds a section that begins behind all others. What stands between the section before and the
 * next ';' ends where this one begins, so that no byte counts for many sections. */
static void
add_name_section(struct name_sections *to, const char *value, size_t len, size_t name_len,
		 const struct param_span *f)
{
	const char *from = value + f->value;
	const char *end = memchr(value + f->value_end, ';', len - f->value_end);
	struct name_section *before = to->n > 0 ? &to->section[to->n - 1] : NULL;
	size_t left = (size_t)((end != NULL ? end : value + len) - from);

	if (before != NULL && before->s + before->to_semicolon > value + f->name)
		before->to_semicolon =
			str_trim_blanks(before->s, (size_t)(value + f->name - before->s));
	to->section[to->n++] = (struct name_section){
		.s = from,
		.len = f->value_end - f->value,
		.to_semicolon = str_trim_blanks(from, left),
		.form = f->form,
		.number = f->number,
		.escaped = f->escaped,
		.odd_marks = f->odd_marks || f->name_end - f->name != name_len,
	};
}

static void
find_name_sections(const char *value, const char *name, struct name_sections *ret)
{
	struct param_scanner sc = {.s = value, .len = strlen(value)};
	struct param_span f;
	struct buf type = {0};

	param_scan_type(&sc, &type);
	buf_free(&type);
	ret->n = 0;
	for (size_t i = 0; i < PARAM_SECTIONS_MAX && param_scan_next(&sc, &f); i++)
		if (is_name_param(value, &f, name))
			add_name_section(ret, value, sc.len, strlen(name), &f);
}

static void
add_names_of_sections(struct name_list *names, const char *value, const char *name)
{
	struct name_sections all;
	size_t extended = 0, continued = 0;

	find_name_sections(value, name, &all);
	for (size_t i = 0; i < all.n; i++) {
		extended += all.section[i].form == PARAM_EXTENDED;
		continued += all.section[i].form == PARAM_CONTINUED;
		add_names_of_section(names, &all.section[i]);
	}
	if (continued > 0 || extended > 1)
		add_names_of_continuation(names, &all);
}

/* Returns whether the value is irregular. */
static bool
add_names_of_params(struct name_list *names, const char *value, struct arena *scratch)
{
	struct mime_params p;

	mime_params_parse(scratch, value, &p);
	for (size_t w = 0; w < NAME_PARAMS; w++) {
		for (size_t i = 0; i < p.n; i++) {
			if (strcmp(p.param[i].name, name_params[w]) == 0)
				name_list_add(names, p.param[i].value,
					      strlen(p.param[i].value));
		}
	}
	for (size_t w = 0; w < NAME_PARAMS; w++)
		add_names_of_sections(names, value, name_params[w]);
	return p.irregular;
}

/* Appends the value with blanks in the place of parentheses, but for those in quotations.
 * Returns whether a parameter may stand behind one, or the value of a parameter. */
static bool
append_without_parentheses(const char *value, struct buf *out)
{
	bool quoted = false, found = false, param = false;
	char before = '\0'; /* the last byte that is no blank */

	for (const char *p = value; *p != '\0'; p++) {
		bool parenthesis = !quoted && (*p == '(' || *p == ')');

		found |= parenthesis;
		param |= (found && *p == '=') || (parenthesis && before == '=');
		quoted ^= *p == '"' && before != '\\';
		before = is_param_space(*p) ? before : *p;
		buf_putc(out, parenthesis ? ' ' : (unsigned char)*p);
	}
	return param;
}

/* Adds the names that are read by programs to which comments are text. */
static void
add_names_in_comments(struct name_list *names, const char *value, struct arena *scratch)
{
	struct buf text = {0};

	if (strchr(value, '(') != NULL && mime_charge_fields(names->budget, strlen(value)) &&
	    append_without_parentheses(value, &text))
		(void)add_names_of_params(names, buf_string(&text), scratch);
	buf_free(&text);
}

/* In an irregular value the first parameter may stand in the place of the type. */
static void
add_names_of_reading(struct name_list *names, const char *value, struct arena *scratch)
{
	if (!mime_charge_fields(names->budget, strlen(value)))
		return;
	if (add_names_of_params(names, value, scratch) &&
	    mime_charge_fields(names->budget, strlen(value)))
		(void)add_names_of_params(names, arena_printf(scratch, "x;%s", value), scratch);
	add_names_in_comments(names, value, scratch);
}

void
mime_add_names_of_value(struct name_list *names, const char *value, struct arena *scratch)
{
	struct buf decoded = {0};
	size_t len = strlen(value);

	add_names_of_reading(names, value, scratch);
	if (strstr(value, "=?") != NULL && mime_charge_fields(names->budget, len)) {
		mime_decode_header(value, len, &decoded);
		add_names_of_reading(names, buf_string(&decoded), scratch);
	}
	buf_free(&decoded);
}
