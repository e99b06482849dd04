/* rewrite/security: what a part is by its type, its file name and its first bytes, as the whole
 * message and as a part of one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "rewrite/security.h"
#include "util/arena.h"
#include "util/buf.h"

/* Base64 of the begin of a ContentInfo: in DER with a length of two bytes and in BER. */
#define SIGNED_DER    "MIIBIgYJKoZIhvcNAQcC"
#define ENVELOPED_DER "MIIBIgYJKoZIhvcNAQcD"
#define ENVELOPED_BER "MIAGCSqGSIb3DQEHAw=="
#define AUTH_BER      "MIAGCyqGSIb3DQEJEAEX"
#define B64	      "\r\nContent-Transfer-Encoding: base64"
#define OCTETS	      "application/octet-stream"
#define CMS	      "application/pkcs7-mime"

static const struct {
	const char *fields, *body; /* behind "Content-Type: " */
	enum mime_security whole, part;
} tests[] = {
	{"text/plain; name=smime.p7m", SIGNED_DER, SECURITY_NONE, SECURITY_NONE},
	{OCTETS, "x", SECURITY_NONE, SECURITY_NONE},
	{OCTETS B64, "MIIBIg==", SECURITY_NONE, SECURITY_NONE},
	{OCTETS "; name=smime.p7m" B64, "MIIBIjANBgkq", SECURITY_ENCRYPTED, SECURITY_ENCRYPTED},
	{OCTETS "; name=SMIME.P7M" B64, SIGNED_DER, SECURITY_SIGNED, SECURITY_SIGNED},
	{OCTETS B64 "\r\nContent-Disposition: attachment; filename=smime.p7m", ENVELOPED_DER,
	 SECURITY_ENCRYPTED, SECURITY_ENCRYPTED},
	{OCTETS "; name=smime.p7c" B64, "", SECURITY_SIGNED, SECURITY_SIGNED},
	{OCTETS "; name=smime.p7s" B64, SIGNED_DER, SECURITY_SIGNED, SECURITY_SIGNATURE},
	{OCTETS "; name=invoice.xml.p7m" B64, SIGNED_DER, SECURITY_SIGNED, SECURITY_NONE},
	{OCTETS "; name=invoice.pdf" B64, SIGNED_DER, SECURITY_SIGNED, SECURITY_NONE},
	{OCTETS B64, SIGNED_DER, SECURITY_SIGNED, SECURITY_SIGNED},
	{OCTETS B64, ENVELOPED_DER, SECURITY_ENCRYPTED, SECURITY_ENCRYPTED},
	{OCTETS B64, ENVELOPED_BER, SECURITY_ENCRYPTED, SECURITY_ENCRYPTED},
	{OCTETS B64, AUTH_BER, SECURITY_ENCRYPTED, SECURITY_ENCRYPTED},
	{CMS, "", SECURITY_ENCRYPTED, SECURITY_ENCRYPTED},
	{CMS B64, SIGNED_DER, SECURITY_SIGNED, SECURITY_SIGNED},
	{CMS "; smime-type=signed-data" B64, "", SECURITY_SIGNED, SECURITY_SIGNED},
	{CMS "; smime-type=certs-only" B64, "", SECURITY_SIGNED, SECURITY_SIGNED},
	{CMS "; smime-type=enveloped-data; name=smime.p7s", "", SECURITY_ENCRYPTED,
	 SECURITY_ENCRYPTED},
	{"application/pkcs7-signature", "", SECURITY_SIGNED, SECURITY_SIGNATURE},
	{"application/x-pkcs7-signature; name=smime.p7s", "", SECURITY_SIGNED,
	 SECURITY_SIGNATURE},
	{"application/pgp-signature", "", SECURITY_SIGNED, SECURITY_SIGNATURE},
	{"application/pgp-encrypted", "Version: 1\r\n", SECURITY_ENCRYPTED,
	 SECURITY_PGP_VERSION},
	{"application/pgp-encrypted", "-----BEGIN PGP MESSAGE-----\r\n", SECURITY_ENCRYPTED,
	 SECURITY_ENCRYPTED},
	{"application/pgp", "x", SECURITY_ENCRYPTED, SECURITY_ENCRYPTED},
	{"application/pgp; x-action=signclear", "x", SECURITY_SIGNED, SECURITY_SIGNED},
	{"application/pgp", "-----BEGIN PGP SIGNED MESSAGE-----\r\n", SECURITY_SIGNED,
	 SECURITY_SIGNED},
	{OCTETS "; name=signature.asc", "-----BEGIN PGP SIGNATURE-----\r\n", SECURITY_SIGNATURE,
	 SECURITY_SIGNATURE},
	{OCTETS "; name=secret.asc", "-----BEGIN PGP MESSAGE-----\r\n", SECURITY_ENCRYPTED,
	 SECURITY_PGP_ARMOR},
	{OCTETS, "Version: 1\r\n", SECURITY_PGP_VERSION, SECURITY_PGP_VERSION},
};

static void
test_table(void **state)
{
	static const struct mime_limits limits = {.parts = 100, .depth = 10};

	(void)state;
	for (size_t i = 0; i < 2 * sizeof(tests) / sizeof(tests[0]); i++) {
		bool whole = i % 2 == 0;
		struct arena *a = arena_new();
		struct buf raw = {0};
		struct mime_source source = {.has_header = true};
		enum mime_security want = whole ? tests[i / 2].whole : tests[i / 2].part;
		struct mime_tree tree;

		if (!whole)
			buf_puts(&raw,
				 "Content-Type: multipart/mixed; boundary=bb\r\n\r\n--bb\r\n");
		buf_printf(&raw, "Content-Type: %s\r\n\r\n%s\r\n", tests[i / 2].fields,
			   tests[i / 2].body);
		if (!whole)
			buf_puts(&raw, "--bb--\r\n");
		source.data = buf_string(&raw);
		source.len = raw.len;
		mime_scan(a, &source, &limits, &tree);
		assert_int_equal(tree.n, whole ? 1 : 2);
		if (mime_part_security(&tree, &tree.node[tree.n - 1], NULL, a) != want)
			fail_msg("%s: %s", whole ? "whole" : "part", tests[i / 2].fields);
		buf_free(&raw);
		arena_free(a);
	}
}

int
main(void)
{
	const struct CMUnitTest all[] = {cmocka_unit_test(test_table)};

	return cmocka_run_group_tests(all, NULL, NULL);
}
