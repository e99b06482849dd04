/* Fuzzes address fields: there are at most MAILBOXES_MAX mailboxes, of valid UTF-8 without NUL;
 * each address is in the one form of mailboxes (one whose domain came out of quotes may have
 * signs there), with a domain in lower case. A name has single blanks.
 * Input: the value of a field. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "charset/charset.h"
#include "fuzz.h"
#include "mime/mailboxes.h"
#include "util/arena.h"
#include "util/domain.h"
#include "util/mailbox.h"
#include "util/str.h"

static void
check_name(const char *name)
{
	size_t len = strlen(name);

	assert(str_is_utf8(name, len));
	for (size_t i = 0; i < len; i++)
		assert(!str_is_blank(name[i]) ||
		       (name[i] == ' ' && i > 0 && i + 1 < len && name[i + 1] != ' '));
}

static void
check_mailbox(struct arena *arena, const struct mailbox *m)
{
	char lower[DOMAIN_MAX_BYTES];

	assert(str_is_utf8(m->address, strlen(m->address)));
	assert(strcmp(m->domain, mailbox_domain(m->address)) == 0);
	assert(strcmp(domain_lower(m->domain, lower), m->domain) == 0);
	if (m->domain[strcspn(m->domain, " \t\r\n\\\"()<>[]:;,")] == '\0')
		assert(strcmp(mailbox_from_path(arena, m->address), m->address) == 0);
	check_name(m->name);
	if (m->undecoded != NULL)
		check_name(m->undecoded);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	char *value = malloc(size + 1);
	struct mailboxes m;
	size_t len = 0, complete = 0;

	charset_open_all();
	for (size_t i = 0; i < size; i++) /* a value has no NUL */
		value[len++] = data[i] == '\0' ? ' ' : (char)data[i];
	mailboxes_read(arena, value, len, &m);
	assert(m.n <= MAILBOXES_MAX && (!m.truncated || m.irregular));
	for (size_t i = 0; i < m.n; i++) {
		check_mailbox(arena, &m.mailbox[i]);
		complete += m.mailbox[i].domain[0] != '\0';
	}
	assert((m.n_most > 0) == (complete > 0));
	assert(m.irregular || m.n_most == complete);
	free(value);
	arena_free(arena);
	return 0;
}
