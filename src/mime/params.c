/* The scanner (param_scan.h) finds the parameters; the reader puts together the sections of RFC
 * 2231 and decodes them. mime_param_set() uses the scanner alone. The number of sections is
 * limited; they are kept in a list for each name, so that no section is compared with all
 * others. */
#include "mime/params.h"

#include <string.h>

#include "charset/charset.h"
#include "mime/octets.h"
#include "mime/param_scan.h"
#include "mime/words.h"
#include "util/arena.h"
#include "util/buf.h"
#include "util/str.h"

#define NAME_SLOTS 64u /* of the table of names */
#define PARAMS_MAX (sizeof(((struct mime_params *)NULL)->param) / sizeof(struct mime_param))

/* ---- reading ---- */

struct param_section {
	struct param_name *name;
	enum param_form form;
	int number;
	bool escaped;
	struct param_text {
		const char *s;
		size_t len;
	} value;
	struct param_section *next;	   /* as written */
	struct param_section *next_number; /* continued, of this name */
};

/* All sections with one name. */
struct param_name {
	const char *name;
	struct param_name *next;	    /* in the same slot */
	unsigned forms;			    /* bits 1u << enum param_form */
	struct param_section *first, *last; /* the continued ones, by number, then as written */
	const struct param_section *plain;  /* the first plain one */
};

struct param_reader {
	struct arena *arena;
	struct mime_params *to;
	struct buf octets, text; /* scratch */
	struct param_section *sections;
	struct param_name *slot[NAME_SLOTS]; /* by a hash */
};

/* Returns the value without its quotes, backslashes and line ends. */
static struct param_text
unquote_param(struct arena *arena, const char *s, size_t len)
{
	bool quoted = len > 0 && *s == '"';
	char *to = arena_alloc(arena, len + 1);
	struct param_text text = {to, 0};

	for (size_t i = quoted; i < len; i++) {
		if (quoted && s[i] == '"')
			break;
		if (quoted && s[i] == '\\' && i + 1 < len)
			i++;
		if (s[i] != '\r' && s[i] != '\n')
			to[text.len++] = s[i];
	}
	to[text.len] = '\0';
	return text;
}

static bool
is_file_name_param(const char *name)
{
	return strcmp(name, "name") == 0 || strcmp(name, "filename") == 0;
}

/* The entry of a name, which is copied; a new one if it was not there. */
static struct param_name *
find_param_name(struct param_reader *r, const char *text, size_t len)
{
	char *name = arena_strndup(r->arena, text, len);
	struct param_name **at, *made;
	uint32_t hash = 0;

	str_lower(name);
	for (const char *p = name; *p != '\0'; p++)
		hash = (hash ^ (unsigned char)*p) * 0x01000193u;
	at = &r->slot[(hash ^ hash >> 16) % NAME_SLOTS];
	for (; *at != NULL; at = &(*at)->next)
		if (strcmp((*at)->name, name) == 0)
			return *at;
	made = arena_alloc(r->arena, sizeof(*made));
	*made = (struct param_name){.name = name};
	return *at = made;
}

/* Inserts a continued section behind those with smaller numbers or its own. Returns whether
 * there is one with its number. */
static bool
insert_continued_section(struct param_name *name, struct param_section *section)
{
	struct param_section **at = &name->first, *before = NULL;

	if (name->last != NULL && name->last->number <= section->number) {
		before = name->last;
		at = &before->next_number;
	}
	for (; *at != NULL && (*at)->number <= section->number; at = &before->next_number)
		before = *at;
	section->next_number = *at;
	*at = section;
	if (section->next_number == NULL)
		name->last = section;
	return before != NULL && before->number == section->number;
}

static bool
is_same_plain_value(const struct param_section *p)
{
	const struct param_text *first = &p->name->plain->value;

	return p->value.len == first->len && memcmp(p->value.s, first->s, first->len) == 0;
}

/* Adds a section to those of its name. Returns whether one of them makes the value irregular:
 * not "filename" beside "filename*", not two sections with different numbers, and not the same
 * value again. */
static bool
add_section_to_name(struct param_section *p)
{
	const unsigned plain = 1u << PARAM_PLAIN, continued = 1u << PARAM_CONTINUED;
	unsigned other = p->name->forms;
	bool same_number = false;

	p->name->forms |= 1u << p->form;
	if (p->form == PARAM_CONTINUED) {
		same_number = insert_continued_section(p->name, p);
		other &= ~continued;
	}
	if (p->form == PARAM_PLAIN && p->name->plain == NULL)
		p->name->plain = p;
	else if (p->form == PARAM_PLAIN && is_same_plain_value(p))
		other &= ~plain;
	if (is_file_name_param(p->name->name))
		other &= p->form == PARAM_PLAIN ? plain : ~plain;
	return same_number || other != 0;
}

static struct param_section *
make_param_section(struct param_reader *r, const char *s, const struct param_span *f)
{
	struct param_section *p = arena_alloc(r->arena, sizeof(*p));

	*p = (struct param_section){
		.name = find_param_name(r, s + f->name, f->name_end - f->name),
		.form = f->form,
		.number = f->number,
		.escaped = f->escaped,
		.value = unquote_param(r->arena, s + f->value, f->value_end - f->value),
	};
	return p;
}

static void
read_param_sections(struct param_reader *r, struct param_scanner *sc)
{
	struct param_section **end = &r->sections;
	struct param_span f;

	for (size_t n = 0; param_scan_next(sc, &f); n++) {
		if (n == PARAM_SECTIONS_MAX) {
			sc->irregular = r->to->truncated = true;
			return;
		}
		*end = make_param_section(r, sc->s, &f);
		sc->irregular |= add_section_to_name(*end);
		end = &(*end)->next;
	}
}

static void
add_param(struct param_reader *r, const char *name, struct param_text value)
{
	struct mime_params *to = r->to;

	if (to->n == PARAMS_MAX) {
		to->irregular = to->truncated = true;
		return;
	}
	if (memchr(value.s, '\0', value.len) != NULL)
		to->irregular = true;
	to->param[to->n++] =
		(struct mime_param){name, arena_strndup(r->arena, value.s, value.len)};
}

/* Adds a value without a charset: of a file name, encoded words are decoded. */
static void
add_unlabelled_param(struct param_reader *r, const char *name, struct param_text value)
{
	if (!is_file_name_param(name)) {
		add_param(r, name, value);
		return;
	}
	buf_reset(&r->text);
	mime_decode_header(value.s, value.len, &r->text);
	add_param(r, name, (struct param_text){buf_string(&r->text), r->text.len});
}

/* Removes "charset'language'" from the front of the value. Returns the length of the charset, 0
 * if there is none. */
static size_t
strip_charset(struct param_text *value)
{
	const char *end = memchr(value->s, '\'', value->len), *second;
	size_t n = end == NULL ? 0 : (size_t)(end - value->s);

	second = end == NULL ? NULL : memchr(end + 1, '\'', value->len - n - 1);
	if (second == NULL)
		return 0;
	value->len -= (size_t)(second + 1 - value->s);
	value->s = second + 1;
	return n;
}

/* Adds the octets as a value, converted from this charset; charset_len 0: there is none. */
static void
add_decoded_param(struct param_reader *r, const char *name, const char *charset,
		  size_t charset_len)
{
	const char *s = buf_string(&r->octets);
	size_t len = r->octets.len;
	const struct charset *cs = charset_find(charset, charset_len);
	struct buf clean = {0};

	if (charset_len == 0) {
		add_unlabelled_param(r, name, (struct param_text){s, len});
		return;
	}
	buf_reset(&r->text);
	if (cs == NULL)
		charset_guess_to_utf8(s, len, &r->text);
	if (cs == NULL || !charset_to_utf8_lossy(cs, s, len, &r->text))
		r->to->irregular = true;
	if (!charset_clean_utf8(buf_string(&r->text), r->text.len, &clean))
		r->to->irregular = true;
	add_param(r, name, (struct param_text){buf_string(&clean), clean.len});
	buf_free(&clean);
}

/* The first section with a larger number. */
static const struct param_section *
next_param_section(const struct param_section *p)
{
	int number = p->number;

	while (p != NULL && p->number == number)
		p = p->next_number;
	return p;
}

/* Adds a value of RFC 2231: this section alone, or it and all later ones of its name. */
static void
add_joined_sections(struct param_reader *r, const struct param_section *first)
{
	struct param_text value = first->value;
	const char *charset = value.s;
	size_t charset_len = first->escaped ? strip_charset(&value) : 0;
	int next = 0;

	buf_reset(&r->octets);
	for (const struct param_section *p = first; p != NULL; p = next_param_section(p)) {
		const struct param_text *text = p == first ? &value : &p->value;

		if (p->escaped)
			(void)octets_unescape(text->s, text->len, &r->octets);
		else
			buf_append(&r->octets, text->s, text->len);
		if (p->form != PARAM_CONTINUED)
			break;
		r->to->irregular |= p->number != next;
		next = p->number + 1;
	}
	add_decoded_param(r, first->name->name, charset, charset_len);
}

static void
add_params_of_form(struct param_reader *r, enum param_form form)
{
	for (const struct param_section *p = r->sections; p != NULL; p = p->next) {
		if (p->form != form)
			continue;
		if (form == PARAM_PLAIN)
			add_unlabelled_param(r, p->name->name, p->value);
		else if (form == PARAM_EXTENDED || p == p->name->first)
			add_joined_sections(r, p);
	}
}

void
mime_params_parse(struct arena *arena, const char *value, struct mime_params *ret)
{
	struct param_scanner sc = {.s = value, .len = strlen(value)};
	struct param_reader r = {.arena = arena, .to = ret};
	char *type;

	ret->n = 0;
	ret->truncated = false;
	param_scan_type(&sc, &r.text);
	type = arena_strdup(arena, buf_string(&r.text));
	str_lower(type);
	ret->type = type;
	ret->irregular_type = sc.irregular;
	read_param_sections(&r, &sc);
	ret->irregular = sc.irregular;
	add_params_of_form(&r, PARAM_EXTENDED);
	add_params_of_form(&r, PARAM_CONTINUED);
	add_params_of_form(&r, PARAM_PLAIN);
	buf_free(&r.octets);
	buf_free(&r.text);
}

const char *
mime_param(const struct mime_params *p, const char *name)
{
	for (size_t i = 0; i < p->n; i++) {
		if (str_case_equal(p->param[i].name, name))
			return p->param[i].value;
	}
	return NULL;
}

/* ---- writing ---- */

static void
write_new_param(const char *value, size_t len, const char *name, const char *new_value,
		struct buf *out)
{
	size_t end = len;

	while (end > 0 && is_param_space(value[end - 1]))
		end--;
	buf_append(out, value, len);
	buf_printf(out, "%s %s=%s", end > 0 && value[end - 1] == ';' ? "" : ";", name,
		   new_value);
}

void
mime_param_set(const char *value, const char *name, const char *new_value, struct buf *out)
{
	struct param_scanner sc = {.s = value, .len = strlen(value)};
	struct buf type = {0};
	struct param_span f;
	size_t copied = 0;

	param_scan_type(&sc, &type);
	buf_free(&type);
	while (param_scan_next(&sc, &f)) {
		if (!str_case_equal_n(value + f.name, f.name_end - f.name, name, strlen(name)))
			continue;
		if (f.form != PARAM_PLAIN) { /* without its marks */
			buf_append(out, value + copied, f.name_end - copied);
			copied = f.equals;
		}
		buf_append(out, value + copied, f.value - copied);
		buf_puts(out, new_value);
		copied = f.value_end;
	}
	if (copied == 0)
		write_new_param(value, sc.len, name, new_value, out);
	else
		buf_append(out, value + copied, sc.len - copied);
}
