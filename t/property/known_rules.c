/* A simple model of the policy "content": it looks for words in strings. */
#include "known_rules.h"

#include <string.h>

#include "util/str.h"

#define COUNT_MAX 200u

/* ---- random rules ---- */

static const char *
random_known_word(struct random *r)
{
	size_t n = 0;

	while (known_words[n] != NULL)
		n++;
	return known_words[random_below(r, n)];
}

static struct known_pattern
random_known_pattern(struct random *r, struct arena *arena)
{
	struct known_pattern p = {.form = (enum known_form)random_below(r, KNOWN_FORMS)};

	p.a = random_known_word(r);
	p.b = random_known_word(r);
	if (p.form == KNOWN_LITERAL && random_chance(r, 50))
		p.a = arena_printf(arena, "%s %s", p.a, p.b);
	return p;
}

static void
choose_where(struct known_rule *rule, struct random *r)
{
	static const unsigned wheres[] = {
		1u << CONTENT_TEXT, 1u << CONTENT_TEXT, 1u << CONTENT_TEXT_FILES,
		1u << CONTENT_TEXT | 1u << CONTENT_TEXT_FILES, 1u << CONTENT_RAW};

	rule->where = RANDOM_OF(r, wheres);
	rule->as_is = rule->where == 1u << CONTENT_RAW || random_chance(r, 20);
	rule->nocase = rule->as_is && random_chance(r, 50);
}

/* Patterns of ASCII words without a k, whose case has a third form. */
static bool
is_simple_pattern(const struct known_pattern *p)
{
	return strchr(p->a, 'k') == NULL && strchr(p->b, 'k') == NULL &&
	       str_is_ascii(p->a, strlen(p->a)) && str_is_ascii(p->b, strlen(p->b));
}

void
known_rule_random(struct known_rule *rule, struct arena *arena, struct random *r)
{
	bool phrases;

	*rule = (struct known_rule){.min = random_chance(r, 70) ? 1 : 2 + random_below(r, 2)};
	choose_where(rule, r);
	phrases = !rule->as_is && random_chance(r, 60);
	for (size_t n = phrases ? 1 + random_below(r, 3) : 0; n > 0; n--)
		rule->phrase[rule->n_phrases++] =
			random_chance(r, 50)
				? random_known_word(r)
				: arena_printf(arena, "%s %s", random_known_word(r),
					       random_known_word(r));
	for (size_t n = phrases ? random_chance(r, 20) : 1 + random_below(r, 2); n > 0; n--)
		rule->match[rule->n_match++] = random_known_pattern(r, arena);
	if (random_chance(r, 20))
		rule->not_match = random_known_pattern(r, arena), rule->n_not = 1;
	if (rule->where != 1u << CONTENT_RAW && random_chance(r, 10))
		rule->host = known_hosts[random_below(r, 3)];
	for (size_t i = 0; i < rule->n_match; i++)
		rule->nocase &= is_simple_pattern(&rule->match[i]);
	if (rule->n_not > 0)
		rule->nocase &= is_simple_pattern(&rule->not_match);
}

static void
write_pattern(const struct known_rule *rule, const struct known_pattern *p, struct buf *out)
{
	buf_printf(out, "'%s%s%s", rule->nocase ? "(?i)" : "",
		   p->form == KNOWN_BEGIN ? "^" : "", p->a);
	if (p->form == KNOWN_GAP)
		buf_printf(out, ".*%s", p->b);
	buf_puts(out, p->form == KNOWN_END ? "$'" : "'");
}

void
known_rule_write(const struct known_rule *rule, struct buf *out)
{
	static const char *const wheres[] = {
		[1u << CONTENT_TEXT] = "\"text\"",
		[1u << CONTENT_TEXT_FILES] = "\"text-files\"",
		[1u << CONTENT_TEXT | 1u << CONTENT_TEXT_FILES] = "\"text-files\", \"text\"",
		[1u << CONTENT_RAW] = "\"raw\"",
	};

	buf_printf(out, " where = { %s } normalize = %s min = %zu", wheres[rule->where],
		   rule->as_is ? "no" : "yes", rule->min);
	for (size_t i = 0; i < rule->n_match; i++) {
		buf_puts(out, i == 0 ? " match = { " : ", ");
		write_pattern(rule, &rule->match[i], out);
	}
	buf_puts(out, rule->n_match > 0 ? " }" : "");
	for (size_t i = 0; i < rule->n_phrases; i++)
		buf_printf(out, "%s\"%s\"", i == 0 ? " phrase = { " : ", ", rule->phrase[i]);
	buf_puts(out, rule->n_phrases > 0 ? " }" : "");
	if (rule->n_not > 0) {
		buf_puts(out, " not_match = ");
		write_pattern(rule, &rule->not_match, out);
	}
	if (rule->host != NULL)
		buf_printf(out, " url_domain = { \"%s\" }", rule->host);
}

/* ---- the model ---- */

static const char *
find_text(const struct known_rule *rule, const char *s, const char *text)
{
	return rule->nocase ? strcasestr(s, text) : strstr(s, text);
}

static bool
is_end(const struct known_rule *rule, const char *s, const char *text)
{
	size_t len = strlen(s), n = strlen(text);

	return len >= n && find_text(rule, s + len - n, text) != NULL;
}

static bool
pattern_fits(const struct known_rule *rule, const struct known_pattern *p, const char *s)
{
	const char *at = find_text(rule, s, p->a);

	switch (p->form) {
	case KNOWN_GAP:
		return at != NULL && find_text(rule, at + strlen(p->a), p->b) != NULL;
	case KNOWN_BEGIN:
		return at == s;
	case KNOWN_END:
		return is_end(rule, s, p->a);
	case KNOWN_LITERAL:
	case KNOWN_FORMS:
		break;
	}
	return at != NULL;
}

static bool
some_pattern_fits(const struct known_rule *rule, const struct known_pattern *p, size_t n,
		  const char *s)
{
	for (size_t i = 0; i < n; i++)
		if (pattern_fits(rule, &p[i], s))
			return true;
	return false;
}

/* The different texts that have hit. */
struct known_count {
	const char *text[COUNT_MAX];
	size_t n;
};

static void
count_text(struct known_count *c, const char *text)
{
	for (size_t i = 0; i < c->n; i++)
		if (strcmp(c->text[i], text) == 0)
			return;
	if (c->n < COUNT_MAX)
		c->text[c->n++] = text;
}

static const char *
text_of_form(const struct known_rule *rule, const struct known_text *t)
{
	return rule->as_is ? t->as_is : t->normalized;
}

/* A line of the body as it is; one that is not UTF-8 is read in ISO 8859-1 here, which the
 * mails have, and of which windows-1252 is a superset. */
static const char *
read_line(struct arena *arena, const char *s, size_t len)
{
	struct buf line = {0};

	if (str_is_utf8(s, len))
		return arena_strndup(arena, s, len);
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)s[i];

		if (c >= 0x80)
			buf_putc(&line, (unsigned char)(0xc0 | c >> 6));
		buf_putc(&line, c < 0x80 ? c : (unsigned char)(0x80 | (c & 0x3f)));
	}
	return buf_move_to_arena(&line, arena);
}

static void
count_lines(const struct known_rule *rule, const struct known_pattern *p, size_t n,
	    const struct known_mail *m, struct known_count *c)
{
	const char *s = m->mail.body;

	while (*s != '\0') {
		size_t len = strcspn(s, "\r\n");
		const char *line = read_line(m->mail.arena, s, len);

		if (some_pattern_fits(rule, p, n, line))
			count_text(c, line);
		s += len;
		s += *s == '\r';
		s += *s == '\n';
	}
}

static size_t
count_paragraphs(const struct known_rule *rule, const struct known_pattern *p, size_t n,
		 const struct known_mail *m)
{
	struct known_count c = {.n = 0};

	if (rule->where == 1u << CONTENT_RAW)
		count_lines(rule, p, n, m, &c);
	for (size_t i = 0; i < m->n; i++) {
		const struct known_paragraph *k = &m->paragraph[i];
		const char *all = text_of_form(rule, &k->all);
		const char *shown = text_of_form(rule, &k->shown);

		if ((rule->where & 1u << k->where) == 0)
			continue;
		if (some_pattern_fits(rule, p, n, all))
			count_text(&c, all);
		else if (shown != NULL && some_pattern_fits(rule, p, n, shown))
			count_text(&c, shown);
	}
	return c.n;
}

/* Is the phrase in the text as whole words? */
static bool
has_phrase(const char *s, const char *phrase)
{
	size_t len = strlen(phrase);

	for (const char *at = s; (at = strstr(at, phrase)) != NULL; at++)
		if ((at == s || strchr(" /:.", at[-1]) != NULL) &&
		    strchr(" /:.", at[len]) != NULL) /* or its end */
			return true;
	return false;
}

static size_t
count_phrases(const struct known_rule *rule, const struct known_mail *m)
{
	struct known_count c = {.n = 0};

	for (size_t i = 0; i < m->n; i++) {
		const struct known_paragraph *k = &m->paragraph[i];

		for (size_t j = 0; j < rule->n_phrases && rule->where & 1u << k->where; j++)
			if (has_phrase(k->all.normalized, rule->phrase[j]) ||
			    (k->shown.normalized != NULL &&
			     has_phrase(k->shown.normalized, rule->phrase[j])))
				count_text(&c, rule->phrase[j]);
	}
	return c.n;
}

static size_t
count_hosts(const struct known_rule *rule, const struct known_mail *m)
{
	for (size_t i = 0; i < m->n_hosts; i++)
		if ((rule->where & 1u << m->host[i].where) != 0 &&
		    strcmp(m->host[i].name, rule->host) == 0)
			return 1;
	return 0;
}

bool
known_rule_hits(const struct known_rule *rule, const struct known_mail *m)
{
	if (rule->host != NULL && count_hosts(rule, m) < rule->min)
		return false;
	if (rule->n_phrases > 0 && count_phrases(rule, m) < rule->min)
		return false;
	if (rule->n_match > 0 &&
	    count_paragraphs(rule, rule->match, rule->n_match, m) < rule->min)
		return false;
	return rule->n_not == 0 || count_paragraphs(rule, &rule->not_match, 1, m) == 0;
}

/* What is added may stand in the last paragraph, and make another text of it. */
bool
known_rule_ignores_footer(const struct known_rule *rule)
{
	bool at_end = rule->n_not > 0 && rule->not_match.form == KNOWN_END;

	for (size_t i = 0; i < rule->n_match; i++)
		at_end |= rule->match[i].form == KNOWN_END;
	return !at_end && rule->min == 1 && rule->where != 1u << CONTENT_RAW;
}
