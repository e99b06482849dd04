/* The type decides first, then the name, then the first bytes. */
#include "rewrite/security.h"

#include <string.h>

#include "mime/params.h"
#include "util/arena.h"
#include "util/buf.h"
#include "util/str.h"

#define FIRST_BYTES 64u

/* How a part is read on. */
enum security_form {
	FORM_NONE,
	FORM_CMS,	/* RFC 5652, in S/MIME */
	FORM_PGP,	/* application/pgp, in use before PGP/MIME */
	FORM_ANY,	/* no more than bytes: name and bytes decide */
	FORM_SIGNATURE, /* of another part */
	FORM_VERSION,	/* "Version: 1" */
};

static const struct {
	const char *type;
	enum security_form form;
} forms[] = {
	{"application/octet-stream", FORM_ANY},
	{"application/x-octet-stream", FORM_ANY},
	{"binary/octet-stream", FORM_ANY},
	{"application/pkcs7-mime", FORM_CMS},
	{"application/x-pkcs7-mime", FORM_CMS},
	{"application/cms", FORM_CMS},
	{"application/pkcs7-signature", FORM_SIGNATURE},
	{"application/x-pkcs7-signature", FORM_SIGNATURE},
	{"application/pgp", FORM_PGP},
	{"application/x-pgp", FORM_PGP},
	{"application/pgp-message", FORM_PGP},
	{"application/x-pgp-message", FORM_PGP},
	{"application/pgp-signature", FORM_SIGNATURE},
	{"application/pgp-encrypted", FORM_VERSION},
};

/* A part while it is looked at. */
struct security_scan {
	const struct mime_tree *tree;
	const struct mime_node *node;
	struct mime_budget *budget;
	struct arena *arena;
	struct buf first; /* its first bytes, decoded; empty if that is not possible */
};

static enum security_form
form_of_type(const char *type)
{
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		if (strcmp(type, forms[i].type) == 0)
			return forms[i].form;
	return FORM_NONE;
}

/* Does the part have a file name that ends with one of these? whole: that is one of these. */
static bool
has_name(const struct security_scan *p, const char *const *ends, bool whole)
{
	const char *const *names;
	size_t n = mime_node_names(p->tree, p->node, p->budget, p->arena, &names);

	for (size_t i = 0; i < n; i++) {
		size_t len = strlen(names[i]);

		for (size_t k = 0; ends[k] != NULL; k++) {
			size_t end = strlen(ends[k]);

			if ((whole ? len == end : len > end) &&
			    str_case_equal(names[i] + len - end, ends[k]))
				return true;
		}
	}
	return false;
}

static bool
begins_with(const struct security_scan *p, const char *what)
{
	size_t n = strlen(what);

	return p->first.len >= n && memcmp(p->first.data, what, n) == 0;
}

static const char *
get_type_parameter(const struct security_scan *p, const char *name)
{
	const char *value = mime_node_value(p->tree, p->node, MIME_CONTENT_TYPE, p->arena);
	struct mime_params params;

	if (value == NULL)
		return NULL;
	mime_params_parse(p->arena, value, &params);
	return mime_param(&params, name);
}

/* The first bytes as a CMS ContentInfo (RFC 5652, section 3): a SEQUENCE, its length in DER or
 * BER, and the OBJECT IDENTIFIER of the content.
 *
 *	30 80 06 09 2a 86 48 86 f7 0d 01 07 02		signed data */
static enum mime_security
cms_security_by_bytes(const struct security_scan *p)
{
	static const struct {
		const char *oid;
		enum mime_security security;
	} contents[] = {
		{"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02", SECURITY_SIGNED},
		{"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03", SECURITY_ENCRYPTED},
		{"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x04", SECURITY_ENCRYPTED},
		{"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x06", SECURITY_ENCRYPTED},
		/* compressed data, authenticated-enveloped data */
		{"\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x09", SECURITY_ENCRYPTED},
		{"\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x17", SECURITY_ENCRYPTED},
	};
	const unsigned char *s = p->first.data;
	size_t len = p->first.len, at;

	if (len < 2 || s[0] != 0x30)
		return SECURITY_NONE;
	at = 2 + (s[1] > 0x80 ? s[1] & 0x7fu : 0);
	for (size_t i = 0; i < sizeof(contents) / sizeof(contents[0]); i++) {
		size_t n = strlen(contents[i].oid);

		if (at + n <= len && memcmp(s + at, contents[i].oid, n) == 0)
			return contents[i].security;
	}
	return SECURITY_NONE;
}

/* Without a word about it an S/MIME message is taken for encrypted. */
static enum mime_security
cms_security(const struct security_scan *p)
{
	static const char *const signed_names[] = {".p7s", ".p7c", NULL};
	const char *what = get_type_parameter(p, "smime-type");
	enum mime_security found = cms_security_by_bytes(p);

	if (what != NULL)
		return str_case_starts(what, "signed") || str_case_equal(what, "certs-only")
			       ? SECURITY_SIGNED
			       : SECURITY_ENCRYPTED;
	if (found != SECURITY_NONE)
		return found;
	return has_name(p, signed_names, false) ? SECURITY_SIGNED : SECURITY_ENCRYPTED;
}

static enum mime_security
pgp_security(const struct security_scan *p)
{
	const char *action = get_type_parameter(p, "x-action");

	if (begins_with(p, "-----BEGIN PGP SIGNED MESSAGE-----"))
		return SECURITY_SIGNED;
	return action != NULL && str_case_starts(action, "sign") ? SECURITY_SIGNED
								 : SECURITY_ENCRYPTED;
}

/* The names that S/MIME programs give to the message itself; any name with such an extension
 * when it is all that was sent. */
static bool
has_name_of_smime_message(const struct security_scan *p)
{
	static const char *const names[] = {"smime.p7m", "smime.p7z", "smime.p7c", NULL};
	static const char *const ends[] = {".p7m", ".p7z", ".p7c", ".p7s", NULL};

	return has_name(p, names, true) || (p->node->depth == 0 && has_name(p, ends, false));
}

/* The first bytes of a part that may be anything. A file with another name stays a file. */
static enum mime_security
any_security_by_bytes(const struct security_scan *p)
{
	bool is_message = p->node->depth == 0 || !p->node->is_named;

	if (begins_with(p, "-----BEGIN PGP SIGNATURE-----"))
		return SECURITY_SIGNATURE;
	if (begins_with(p, "-----BEGIN PGP MESSAGE-----"))
		return p->node->depth == 0 ? SECURITY_ENCRYPTED : SECURITY_PGP_ARMOR;
	if (begins_with(p, "-----BEGIN PGP SIGNED MESSAGE-----") && is_message)
		return SECURITY_SIGNED;
	if (begins_with(p, "Version: 1") && p->first.len < FIRST_BYTES)
		return SECURITY_PGP_VERSION;
	return is_message ? cms_security_by_bytes(p) : SECURITY_NONE;
}

static enum mime_security
any_security(const struct security_scan *p)
{
	static const char *const signature[] = {"smime.p7s", NULL};

	if (p->node->depth > 0 && has_name(p, signature, true))
		return SECURITY_SIGNATURE;
	return has_name_of_smime_message(p) ? cms_security(p) : any_security_by_bytes(p);
}

static enum mime_security
security_in_form(const struct security_scan *p, enum security_form form)
{
	switch (form) {
	case FORM_CMS:
		return cms_security(p);
	case FORM_PGP:
		return pgp_security(p);
	case FORM_ANY:
		return any_security(p);
	case FORM_SIGNATURE:
		return p->node->depth == 0 ? SECURITY_SIGNED : SECURITY_SIGNATURE;
	case FORM_VERSION:
		return begins_with(p, "-----BEGIN PGP MESSAGE-----") || p->node->depth == 0
			       ? SECURITY_ENCRYPTED
			       : SECURITY_PGP_VERSION;
	case FORM_NONE:
		break;
	}
	return SECURITY_NONE;
}

enum mime_security
mime_part_security(const struct mime_tree *tree, const struct mime_node *node,
		   struct mime_budget *budget, struct arena *arena)
{
	struct security_scan p = {.tree = tree, .node = node, .budget = budget, .arena = arena};
	enum security_form form = form_of_type(node->type);
	enum mime_security found;

	if (form == FORM_NONE)
		return SECURITY_NONE;
	(void)mime_node_decode(tree, node, FIRST_BYTES, &p.first);
	found = security_in_form(&p, form);
	buf_free(&p.first);
	return found;
}
