/* Marks: reading the key, making the HMAC (by libgcrypt), and checking the marks of a message.
 * A mark is valid for one message only, because its HMAC covers Message-ID and Date; both
 * without white space, since a relay may fold them anew. A message that has neither gets no
 * mark, and none is valid for it. */
#include "policy/marker.h"

#include <errno.h>
#include <gcrypt.h>
#include <string.h>

#include "option/file.h"
#include "policy/policy.h"
#include "util/str.h"

#define KEY_MIN	      32u   /* bytes */
#define KEY_MAX	      4096u /* bytes */
#define ID_MAX	      200u  /* bytes, so that the mark fits into one header line */
#define DIGEST_LENGTH 32u   /* bytes of SHA-256 */

/* libsystemd uses libgcrypt too, and may have initialized it. */
static void
initialize_gcrypt(void)
{
	if (gcry_control(GCRYCTL_INITIALIZATION_FINISHED_P) != 0)
		return;
	(void)gcry_check_version(NULL);
	(void)gcry_control(GCRYCTL_DISABLE_SECMEM, 0);
	(void)gcry_control(GCRYCTL_INITIALIZATION_FINISHED, 0);
}

/* The policy's title; each byte that is not a letter, digit, '.', '-' or '_' as %XX. */
static const char *
encode_title(struct arena *arena, const char *title)
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
		return section_error(s, option, "the key has %zu bytes; at least %u are needed",
				     m.key_len, KEY_MIN);
	m.id = encode_title(policy_setup_arena(setup), policy_setup_title(setup));
	if (strlen(m.id) > ID_MAX)
		return section_error(s, option, "the policy's title is too long for a mark");
	m.key = arena_dup(policy_setup_arena(setup), key,
			  m.key_len); /* a copy, because gcry_buffer_t has no const */
	initialize_gcrypt();
	*ret = m;
	return 0;
}

/* Appends a header's value without white space, and a NUL. Returns false if nothing is left of
 * it.
 */
static bool
append_unfolded_header(const struct message *m, const char *name, struct buf *out)
{
	const struct header *h = message_nth_header(m, name, 1);
	size_t before = out->len;

	for (const char *s = h == NULL ? "" : h->value; *s != '\0'; s++)
		if (strchr(" \t\r\n", *s) == NULL)
			buf_putc(out, (unsigned char)*s);
	buf_putc(out, '\0');
	return out->len > before + 1;
}

/* What tells one message from another. Returns false if the message has neither field: a mark
 * made of it would be valid for every such message. */
static bool
append_message_identity(const struct message *m, struct buf *out)
{
	bool has_id = append_unfolded_header(m, "Message-ID", out);
	bool has_date = append_unfolded_header(m, "Date", out);

	return has_id || has_date;
}

/* The HMAC for this message in hexadecimal digits. Returns false when there is none for such a
 * message, or the library fails. */
static bool
make_mark_digest(const struct marker *m, const struct message *message,
		 char ret[static 2 * DIGEST_LENGTH + 1])
{
	static const char hex[] = "0123456789abcdef";
	unsigned char digest[DIGEST_LENGTH] = {0};
	struct buf text = {0};
	gcry_buffer_t iov[2] = {{.data = m->key, .len = m->key_len}, {0}};
	bool made;

	buf_append(&text, m->id, strlen(m->id) + 1);
	made = append_message_identity(message, &text);
	iov[1].data = text.data;
	iov[1].len = text.len;
	made = made &&
	       gcry_md_hash_buffers(GCRY_MD_SHA256, GCRY_MD_FLAG_HMAC, digest, iov, 2) == 0;
	buf_free(&text);
	for (size_t i = 0; i < DIGEST_LENGTH; i++) {
		ret[2 * i] = hex[digest[i] >> 4];
		ret[2 * i + 1] = hex[digest[i] & 15];
	}
	ret[2 * DIGEST_LENGTH] = '\0';
	return made;
}

/* Takes the same time wherever the digests differ, so that timing does not reveal one. */
static bool
digests_are_equal(const char *a, const char *b)
{
	unsigned differ = 0;

	if (strlen(a) != 2 * DIGEST_LENGTH)
		return false;
	for (size_t i = 0; i < 2 * DIGEST_LENGTH; i++)
		differ |= (unsigned)(unsigned char)a[i] ^ (unsigned)(unsigned char)b[i];
	return differ == 0;
}

/* The digest, behind "ID;", of a mark with this policy's id; else NULL. */
static const char *
find_own_digest(const struct marker *m, const char *value)
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
	bool found = false, made;

	if (m->key == NULL || message_nth_header(message, m->header, 1) == NULL)
		return false;
	made = make_mark_digest(m, message, digest);
	for (size_t i = 0; i < message->n_headers; i++) {
		struct header *h = &message->headers[i];
		const char *mark;

		if (h->deleted || !str_case_equal(h->name, m->header))
			continue;
		mark = find_own_digest(m, h->value);
		if (mark != NULL && made && digests_are_equal(mark, digest))
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

	if (m->key == NULL || !make_mark_digest(m, policy_message(c), digest))
		return NULL;
	return arena_printf(policy_arena(c), "%s; %s", m->id, digest);
}
