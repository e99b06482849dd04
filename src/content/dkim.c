/* Reads the list of fields that a DKIM-Signature covers, and counts the fields that the MTA
 * sent. Fields that policies added are covered by no signature that is there already. */
#include "content/dkim.h"

#include <string.h>

#include "session/message.h"
#include "util/str.h"

#define SIGNATURE "DKIM-Signature"
#define BLANKS	  " \t\r\n"

/* Moves *s and *len to what stands between the blanks around it. */
static void
trim_tag_text(const char **s, size_t *len)
{
	while (*len > 0 && strchr(BLANKS, **s) != NULL) {
		(*s)++;
		(*len)--;
	}
	while (*len > 0 && strchr(BLANKS, (*s)[*len - 1]) != NULL)
		(*len)--;
}

/* How often the name stands in the list, which ends with ';' or the value. */
static size_t
count_listed_name(const char *list, const char *name)
{
	size_t found = 0, end = strcspn(list, ";");

	for (size_t at = 0, n; at < end; at += n + 1) {
		const char *s = list + at;
		size_t len;

		n = strcspn(s, ":;");
		len = n;
		trim_tag_text(&s, &len);
		found += str_case_equal_n(s, len, name, strlen(name));
	}
	return found;
}

/* How many fields of that name a signature with this value covers. */
static size_t
count_covered_fields(const char *value, const char *name)
{
	while (*value != '\0') {
		const char *tag = value;
		size_t len = strcspn(value, "=;");

		value += len;
		trim_tag_text(&tag, &len);
		if (*value == '=' && len == 1 && *tag == 'h')
			return count_listed_name(value + 1, name);
		value += strcspn(value, ";");
		value += *value == ';';
	}
	return 0;
}

/* How many fields of that name the signatures of m cover at most. */
static size_t
count_fields_covered_by_any(const struct message *m, const char *name)
{
	uint32_t key = header_key(SIGNATURE);
	const struct header *h = NULL;
	size_t most = 0;

	while ((h = message_find_header(m, SIGNATURE, key, h)) != NULL) {
		size_t n = count_covered_fields(h->value, name);

		most = n > most ? n : most;
	}
	return most;
}

/* How many fields of that name the MTA sent from index `from` on. */
static size_t
count_sent_fields(const struct message *m, const char *name, size_t from)
{
	uint32_t key = header_key(name);
	size_t n = 0;

	for (size_t i = from; i < m->n_headers; i++)
		n += m->headers[i].sent != NULL && header_is_named(&m->headers[i], name, key);
	return n;
}

bool
dkim_covers_body(const struct message *m)
{
	return message_find_header(m, SIGNATURE, header_key(SIGNATURE), NULL) != NULL;
}

bool
dkim_covers_header(const struct message *m, const struct header *h)
{
	size_t n = h->sent == NULL ? 0 : count_fields_covered_by_any(m, h->name);

	return n > 0 && count_sent_fields(m, h->name, (size_t)(h - m->headers)) <= n;
}

bool
dkim_covers_new_header(const struct message *m, const char *name, bool on_top)
{
	size_t n = count_fields_covered_by_any(m, name);

	return n > 0 && (!on_top || n > count_sent_fields(m, name, 0));
}
