#include "import/setting.h"

#include <string.h>

#include "import/name_index.h"
#include "import/source.h"
#include "util/arena.h"
#include "util/buf.h"
#include "util/str.h"

#define SEPARATORS    ", \t\r\v\f"
#define MAX_EXPANSION (1024u * 1024) /* bytes of a value; it may name itself */

static const struct known_setting {
	const char *name;
	enum setting_kind kind;
} known_settings[] = {
	{"header_checks", SETTING_CHECKS},
	{"mime_header_checks", SETTING_CHECKS},
	{"nested_header_checks", SETTING_CHECKS},
	{"body_checks", SETTING_CHECKS},
	{"smtpd_client_restrictions", SETTING_RESTRICTIONS},
	{"smtpd_helo_restrictions", SETTING_RESTRICTIONS},
	{"smtpd_sender_restrictions", SETTING_RESTRICTIONS},
	{"smtpd_relay_restrictions", SETTING_RESTRICTIONS},
	{"smtpd_recipient_restrictions", SETTING_RESTRICTIONS},
	{"check_client_access", SETTING_ACCESS},
	{"check_helo_access", SETTING_ACCESS},
	{"check_sender_access", SETTING_ACCESS},
	{"check_recipient_access", SETTING_ACCESS},
	{"smtpd_sender_login_maps", SETTING_LOGINS},
	{"milter_regex", SETTING_MILTER_REGEX},
	{"mynetworks", SETTING_OPTION},
	{"parent_domain_matches_subdomains", SETTING_OPTION},
};

#define N_KNOWN (sizeof(known_settings) / sizeof(known_settings[0]))

enum setting_kind
setting_kind(const char *name)
{
	for (size_t i = 0; i < N_KNOWN; i++)
		if (strcmp(known_settings[i].name, name) == 0)
			return known_settings[i].kind;
	return SETTING_UNKNOWN;
}

const char *const *
setting_names(void)
{
	static const char *names[N_KNOWN + 1];

	for (size_t i = 0; i < N_KNOWN; i++)
		names[i] = known_settings[i].name;
	return names;
}

/* What people write who mean one of them. */
const char *
setting_suggest(const char *name)
{
	static const struct {
		const char *word, *meant;
	} others[] = {
		{"sender_login_maps", "smtpd_sender_login_maps"},
		{"login_maps", "smtpd_sender_login_maps"},
		{"milter-regex", "milter_regex"},
		{"milter-regex.conf", "milter_regex"},
		{"mime_checks", "mime_header_checks"},
		{"nested_checks", "nested_header_checks"},
		{"client_access", "check_client_access"},
		{"client_checks", "check_client_access"},
		{"helo_access", "check_helo_access"},
		{"helo_checks", "check_helo_access"},
		{"sender_access", "check_sender_access"},
		{"sender_checks", "check_sender_access"},
		{"recipient_access", "check_recipient_access"},
		{"recipient_checks", "check_recipient_access"},
		{"access", "check_sender_access"},
	};

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (strcmp(name, others[i].word) == 0)
			return others[i].meant;
	return str_nearest(name, setting_names());
}

bool
setting_split(struct arena *arena, const char *text, struct setting *ret)
{
	const char *equals = strchr(text, '=');
	size_t len;

	if (equals == NULL)
		return false;
	len = str_trim_blanks(text, (size_t)(equals - text));
	*ret = (struct setting){arena_strndup(arena, text, len),
				arena_strdup(arena, str_skip_blanks(equals + 1)), NULL, 0};
	return len > 0;
}

/* The name behind a '$' at s: "name", "{name}", "(name)"; *ret_len is the length of it all. */
static const char *
find_variable(const char *s, size_t *ret_name, size_t *ret_len)
{
	bool enclosed = *s == '{' || *s == '(';
	const char *name = s + enclosed;

	*ret_name = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				 "0123456789_");
	*ret_len = *ret_name + (enclosed ? 2u : 0u);
	if (enclosed && name[*ret_name] != (*s == '{' ? '}' : ')'))
		*ret_len = 0;
	return name;
}

/* A value with the values of the settings that it names, once: not of those that these name. */
static const char *
fill_in_settings(struct arena *arena, const struct name_index *index, const char *value)
{
	struct buf out = {0};

	while (*value != '\0' && out.len < MAX_EXPANSION) {
		size_t name_len = 0, len = 0;
		const char *name = NULL;
		const struct setting *s = NULL;

		if (*value == '$')
			name = find_variable(value + 1, &name_len, &len);
		if (name != NULL && len > 0)
			s = name_index_find(index, name, name_len);
		if (s == NULL) {
			buf_putc(&out, (unsigned char)*value++);
			continue;
		}
		buf_puts(&out, s->value);
		value += 1 + len;
	}
	return buf_move_to_arena(&out, arena);
}

const struct setting *
settings_read(struct arena *arena, const struct source *s, size_t *ret_n)
{
	struct name_index *index = arena_zalloc(arena, sizeof(*index));
	const struct source_line *lines;
	struct setting *settings, one, *same;
	size_t n = 0, n_lines = 0;

	lines = source_lines(arena, s, &n_lines);
	settings = arena_alloc(arena, (n_lines + 1) * sizeof(*settings));
	for (size_t i = 0; i < n_lines; i++) {
		if (lines[i].skipped != NULL || !setting_split(arena, lines[i].text, &one))
			continue;
		one.path = s->path;
		one.line = lines[i].number;
		same = name_index_find(index, one.name, strlen(one.name));
		if (same != NULL) {
			*same = one;
			continue;
		}
		settings[n] = one;
		name_index_add(index, arena, one.name, &settings[n++]);
	}
	for (size_t i = 0; i < n; i++)
		settings[i].value = fill_in_settings(arena, index, settings[i].value);
	*ret_n = n;
	return settings;
}

/* The length of the word at s. */
static size_t
measure_word(const char *s)
{
	size_t depth = 0, n = 0;

	for (; s[n] != '\0'; n++) {
		if (depth == 0 && strchr(SEPARATORS, s[n]) != NULL)
			break;
		if (s[n] == '{')
			depth++;
		else if (s[n] == '}' && depth > 0)
			depth--;
	}
	return n;
}

const char *const *
setting_words(struct arena *arena, const char *value)
{
	const char **words = NULL;
	size_t n = 0, cap = 0;

	for (value += strspn(value, SEPARATORS); *value != '\0';
	     value += strspn(value, SEPARATORS)) {
		size_t len = measure_word(value);

		words = arena_grow(arena, words, n, &cap, sizeof(*words));
		words[n++] = arena_strndup(arena, value, len);
		value += len;
	}
	words = arena_grow(arena, words, n, &cap, sizeof(*words));
	words[n] = NULL;
	return words;
}

bool
setting_table(struct arena *arena, const char *word, struct table_name *ret)
{
	const char *colon;

	if (strncmp(word, "proxy:", 6) == 0)
		word += 6;
	colon = strchr(word, ':');
	if (colon == NULL || colon == word || colon[1] == '\0' ||
	    memchr(word, '/', (size_t)(colon - word)))
		return false;
	*ret = (struct table_name){arena_strndup(arena, word, (size_t)(colon - word)),
				   arena_strdup(arena, colon + 1)};
	return true;
}
