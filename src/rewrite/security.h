/* Signed and encrypted messages that are one part, and the parts of signed and encrypted ones:
 * by the type, by the file name and by the first bytes, since many programs and gateways label
 * them application/octet-stream (RFC 8551, section 3.9; RFC 3156). */
#ifndef REWRITE_SECURITY_H
#define REWRITE_SECURITY_H

#include "mime/tree.h"

struct arena;
struct mime_budget;

enum mime_security {
	SECURITY_NONE,
	SECURITY_SIGNED,      /* S/MIME or PGP: a signed message */
	SECURITY_ENCRYPTED,   /* S/MIME or PGP: an encrypted message; also a compressed one */
	SECURITY_SIGNATURE,   /* of another part: the second part of a multipart/signed */
	SECURITY_PGP_VERSION, /* the first part of a multipart/encrypted of PGP */
	SECURITY_PGP_ARMOR, /* a file that is encrypted by PGP: maybe the second part of one */
};

/* What a part that is no multipart is.
 *
 *	application/pkcs7-mime; smime-type=signed-data		SIGNED
 *	application/pkcs7-mime, with the bytes of signed data	SIGNED
 *	application/pkcs7-mime					ENCRYPTED
 *	application/octet-stream; name=smime.p7m		the same three
 *	application/octet-stream; name=smime.p7s		SIGNATURE
 *	application/octet-stream, with the bytes of CMS		SIGNED, ENCRYPTED
 *	application/pgp; x-action=sign				SIGNED
 *
 * A file that was signed or encrypted and is attached as any other file, such as
 * invoice.xml.p7m in application/octet-stream, is NONE, unless it is the whole message. Linear
 * in the part. */
enum mime_security mime_part_security(const struct mime_tree *tree,
				      const struct mime_node *node, struct mime_budget *budget,
				      struct arena *arena);

#endif
