/* "X-Polymilter-Footer: legal; 5f0c..." */
#include "policy/marker.h"

#include <errno.h>
#include <gcrypt.h>
#include <string.h>

#include "option/file.h"
#include "policy/policy.h"
#include "util/str.h"

#define KEY_MIN	      32u
#define KEY_MAX	      4096u
#define ID_MAX	      200u /* of a header line */
#define DIGEST_LENGTH 32u

/* libsystemd uses the library too, and may have begun. */
static void
begin_gcrypt(void)
{
	if (gcry_control(GCRYCTL_INITIALIZATION_FINISHED_P) != 0)
		return;
	(void)gcry_check_version(NULL);
	(void)gcry_control(GCRYCTL_DISABLE_SECMEM, 0);
	(void)gcry_control(GCRYCTL_INITIALIZATION_FINISHED, 0);
}

/* The policy's title, what is no letter, digit, '.', '-' or '_' as %XX. */
static const char *
make_id(struct arena *arena, const char *title)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789.-_";
	struct buf id = {0};
	const char *copy;

	for (; *title != '\0'; title++) {
		if (strchr(plain, *title) != NULL)
			buf_putc(&id, (unsigned char)*title);
		else
			buf_printf(&id, "%%%02X", (unsigned)(unsigned char)*title);
	}
	copy = arena_strdup(arena, buf_string(&id));
	buf_free(&id);
	return copy;
}

int
marker_read(struct policy_setup *setup, const struct section *s, const char *option,
	    const char *header, struct marker *ret)
{
	struct marker m = {.header = header};
	const char *key;

	if (!section_has(s, option)) {
		*ret = m;
		return 0;
	}
	key = section_file(s, option, KEY_MAX, policy_setup_arena(setup), &m.key_len);
	if (key == NULL)
		return -EINVAL;
	while (m.key_len > 0 && (key[m.key_len - 1] == '\n' || key[m.key_len - 1] == '\r'))
		m.key_len--;
	if (m.key_len < KEY_MIN)
		return section_error(s, option, "a key of %zu bytes; %u or more are needed",
				     m.key_len, KEY_MIN);
	m.id = make_id(policy_setup_arena(setup), policy_setup_title(setup));
	if (strlen(m.id) > ID_MAX)
		return section_error(s, option, "the policy's name is too long for a mark");
	m.key = arena_dup(policy_setup_arena(setup), key,
			  m.key_len); /* gcrypt wants no const */
	begin_gcrypt();
	*ret = m;
	return 0;
}

/* A value as it may have been folded again on its way: without blanks. */
static void
put_value(const struct message *m, const char *name, struct buf *out)
{
	const struct header *h = message_nth_header(m, name, 1);

	for (const char *s = h == NULL ? "" : h->value; *s != '\0'; s++)
		if (strchr(" \t\r\n", *s) == NULL)
			buf_putc(out, (unsigned char)*s);
	buf_putc(out, '\0');
}

/* In hexadecimal digits; false when the library fails. */
static bool
make_digest(const struct marker *m, const struct message *message,
	    char ret[static 2 * DIGEST_LENGTH + 1])
{
	static const char hex[] = "0123456789abcdef";
	unsigned char digest[DIGEST_LENGTH];
	struct buf text = {0};
	gcry_buffer_t iov[2] = {{.data = m->key, .len = m->key_len}, {0}};
	gcry_error_t r;

	buf_append(&text, m->id, strlen(m->id) + 1);
	put_value(message, "Message-ID", &text);
	put_value(message, "Date", &text);
	iov[1].data = text.data;
	iov[1].len = text.len;
	r = gcry_md_hash_buffers(GCRY_MD_SHA256, GCRY_MD_FLAG_HMAC, digest, iov, 2);
	buf_free(&text);
	for (size_t i = 0; i < DIGEST_LENGTH; i++) {
		ret[2 * i] = hex[digest[i] >> 4];
		ret[2 * i + 1] = hex[digest[i] & 15];
	}
	ret[2 * DIGEST_LENGTH] = '\0';
	return r == 0;
}

/* Takes the same time for every wrong one. */
static bool
same_digest(const char *a, const char *b)
{
	unsigned differ = 0;

	if (strlen(a) != 2 * DIGEST_LENGTH)
		return false;
	for (size_t i = 0; i < 2 * DIGEST_LENGTH; i++)
		differ |= (unsigned)(unsigned char)a[i] ^ (unsigned)(unsigned char)b[i];
	return differ == 0;
}

/* Behind "id;" when the mark is one of this policy, else NULL. */
static const char *
own_digest(const struct marker *m, const char *value)
{
	size_t len = strlen(m->id);

	value += strspn(value, " \t\r\n");
	if (strncmp(value, m->id, len) != 0 || value[len] != ';')
		return NULL;
	value += len + 1;
	return value + strspn(value, " \t\r\n");
}

bool
marker_check(const struct marker *m, struct policy_call *c)
{
	struct message *message = policy_message(c);
	char digest[2 * DIGEST_LENGTH + 1];
	bool found = false;

	if (m->key == NULL || message_nth_header(message, m->header, 1) == NULL)
		return false;
	if (!make_digest(m, message, digest))
		return false;
	for (size_t i = 0; i < message->n_headers; i++) {
		struct header *h = &message->headers[i];
		const char *mark;

		if (h->deleted || !str_case_equal(h->name, m->header))
			continue;
		mark = own_digest(m, h->value);
		if (mark != NULL && same_digest(mark, digest))
			found = true;
		else if (mark != NULL)
			policy_delete_header(c, h);
	}
	return found;
}

const char *
marker_make(const struct marker *m, struct policy_call *c)
{
	char digest[2 * DIGEST_LENGTH + 1];

	if (m->key == NULL || !make_digest(m, policy_message(c), digest))
		return NULL;
	return arena_printf(policy_arena(c), "%s; %s", m->id, digest);
}
