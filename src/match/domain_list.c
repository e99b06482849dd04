/* Names are sorted: a domain and what each of its dots begins are searched by bisection. */
#include "match/domain_list.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "match/written.h"
#include "util/arena.h"
#include "util/domain.h"
#include "util/str.h"

static const struct table *
read_table_of_domains(const struct section *s, const char *option, size_t item,
		      const struct table_scope *tables, const char *name)
{
	const struct table *t = table_scope_find(tables, s, option, name);

	if (t == NULL)
		return NULL;
	if (table_type(t) == TABLE_CIDR) {
		section_error_item(s, option, item,
				   "table '%s' has networks, which %s is not compared with",
				   table_name(t), option);
		return NULL;
	}
	return table_check_list(t, KEYS_DOMAINS) < 0 ? NULL : t;
}

static int
check_domain_of_list(const struct section *s, const char *option, size_t item, const char *text)
{
	const char *fault = written_domain_fault(text);

	if (*text == '\0')
		fault = "an empty value matches nothing";
	else if (strchr(text, '/') != NULL)
		fault = "a domain is meant, without the rest of a link";
	if (fault == NULL)
		return 0;
	return section_error_item(s, option, item, "%s: '%s': %s", option, text, fault);
}

static const char *
make_domain_form(struct arena *arena, const char *text)
{
	char ascii[DOMAIN_MAX_BYTES];
	char *form = arena_strdup(arena, domain_ascii(text, ascii));

	str_lower(form);
	form[domain_trimmed_length(form)] = '\0';
	return form;
}

static int
compare_domain_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

int
domain_list_read(struct arena *arena, const struct section *s, const char *option,
		 const struct table_scope *tables, struct domain_list *ret)
{
	const char *const *text = NULL;
	size_t n = section_list(s, option, &text), n_names = 0, n_tables = 0;
	const char **name = arena_alloc(arena, (n + 1) * sizeof(*name));
	const struct table **table = arena_alloc(arena, (n + 1) * sizeof(*table));
	int r = 0;

	for (size_t i = 0; i < n; i++) {
		const char *reference = table_reference(text[i]);

		if (reference != NULL) {
			table[n_tables] =
				read_table_of_domains(s, option, i, tables, reference);
			r |= table[n_tables++] == NULL ? -EINVAL : 0;
		} else if (check_domain_of_list(s, option, i, text[i]) < 0) {
			r = -EINVAL;
		} else {
			name[n_names++] = make_domain_form(arena, text[i]);
		}
	}
	qsort(name, n_names, sizeof(*name), compare_domain_names);
	*ret = (struct domain_list){name, n_names, table, n_tables};
	return r < 0 ? -EINVAL : 0;
}

static bool
has_domain_name(const struct domain_list *list, const char *name)
{
	return bsearch(&name, list->name, list->n, sizeof(*list->name), compare_domain_names) !=
	       NULL;
}

int
domain_list_find(const struct domain_list *list, const struct match_context *match,
		 const char *domain)
{
	const char *dot = domain;

	if (list->n > 0 && has_domain_name(list, domain))
		return 1;
	while (list->n > 0 && (dot = strchr(dot, '.')) != NULL) {
		if (has_domain_name(list, dot))
			return 1;
		dot++;
	}
	for (size_t i = 0; i < list->n_tables; i++) {
		int r = table_lookup_domain(list->table[i], match, domain, NULL);

		if (r != 0)
			return r;
	}
	return 0;
}
