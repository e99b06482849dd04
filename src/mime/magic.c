/* A table of marks, and three kinds that need more than a comparison. No bytes beyond
 * MAGIC_BYTES count, since no more are decoded. */
#include "mime/magic.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "mime/budget.h"
#include "mime/decoder.h"
#include "mime/octets.h"
#include "util/buf.h"

#define DOS_HEADER_BYTES  64u
#define PDF_WITHIN_BYTES  1024u /* how far readers search for the mark */
#define MACH_O_MAX_ARCHES 40u	/* a Java class has its version here, 45 or more */

#define X(ID, word) word,
const char *const magic_words[] = {MAGIC_KINDS(X) NULL};
#undef X

/* Kinds that are known by their first bytes alone. */
static const struct magic_mark {
	enum magic_bit kind;
	const char *bytes;
	size_t len;
} marks[] = {
	{MAGIC_BIT_ELF, "\177ELF", 4},
	{MAGIC_BIT_MACH_O, "\xfe\xed\xfa\xce", 4},
	{MAGIC_BIT_MACH_O, "\xfe\xed\xfa\xcf", 4},
	{MAGIC_BIT_MACH_O, "\xce\xfa\xed\xfe", 4},
	{MAGIC_BIT_MACH_O, "\xcf\xfa\xed\xfe", 4},
	{MAGIC_BIT_MACH_O, "\xca\xfe\xba\xbf", 4},
	{MAGIC_BIT_ZIP, "PK\3\4", 4},
	{MAGIC_BIT_ZIP, "PK\5\6", 4},
	{MAGIC_BIT_ZIP, "PK\7\10", 4},
	{MAGIC_BIT_OLE, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 8},
	{MAGIC_BIT_RAR, "Rar!\x1a\7", 6},
	{MAGIC_BIT_SEVENZIP, "7z\xbc\xaf\x27\x1c", 6},
};

/* Text may begin with "MZ" too, but the header of a program always has control characters. */
static bool
is_pe(const char *s, size_t len)
{
	if (len < 2 || memcmp(s, "MZ", 2) != 0)
		return false;
	for (size_t i = 2; i < len && i < DOS_HEADER_BYTES; i++) {
		if ((unsigned char)s[i] < ' ' && strchr("\t\r\n\f", s[i]) == NULL)
			return true;
		if (s[i] == '\0')
			return true;
	}
	return false;
}

/* A program for several machines begins with the same four bytes as a Java class. */
static bool
is_fat_mach_o(const char *s, size_t len)
{
	const unsigned char *p = (const unsigned char *)s;

	return len >= 8 && memcmp(s, "\xca\xfe\xba\xbe", 4) == 0 && p[4] == 0 && p[5] == 0 &&
	       p[6] == 0 && p[7] <= MACH_O_MAX_ARCHES;
}

unsigned
magic_kinds(const char *s, size_t len)
{
	unsigned kinds = 0;

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		if (len >= marks[i].len && memcmp(s, marks[i].bytes, marks[i].len) == 0)
			kinds |= 1u << marks[i].kind;
	}
	if (is_pe(s, len))
		kinds |= 1u << MAGIC_BIT_PE;
	if (is_fat_mach_o(s, len))
		kinds |= 1u << MAGIC_BIT_MACH_O;
	if (memmem(s, len < PDF_WITHIN_BYTES ? len : PDF_WITHIN_BYTES, "%PDF-", 5) != NULL)
		kinds |= 1u << MAGIC_BIT_PDF;
	return kinds;
}

/* ---- bodies ---- */

/* Decodes up to MAGIC_BYTES octets. Returns how many bytes were decoded. */
static size_t
decode_body_begin(struct mime_decoder *d, struct mime_budget *budget, struct buf *out)
{
	size_t from = d->at, chunk = MAGIC_FREE_BYTES;

	while (!mime_decoder_is_over(d) && out->len < MAGIC_BYTES &&
	       (d->at - from < chunk || mime_charge_text(budget, chunk)))
		mime_decoder_next(d, chunk, out);
	return d->at - from;
}

/* Some programs pass over padding that does not end a quantum, where others drop its digits:
 * "T=VqQ" is "MZ\220" for the first. */
static unsigned
kinds_without_padding(const char *s, size_t len)
{
	struct base64_reader r = {0};
	struct buf out = {0};
	unsigned kinds;

	for (size_t at = 0; at < len && out.len < MAGIC_BYTES;) {
		char kept[512];
		size_t n = 0;

		for (; at < len && n < sizeof(kept); at++) {
			kept[n] = s[at];
			n += s[at] != '=';
		}
		base64_read(&r, kept, n, &out);
	}
	kinds = magic_kinds(buf_string(&out), out.len);
	buf_free(&out);
	return kinds;
}

static unsigned
kinds_in_encoding(const char *s, size_t len, enum mime_encoding e, struct mime_budget *budget)
{
	struct mime_decoder d;
	struct buf out = {0};
	unsigned kinds;
	size_t n;

	/* the line "begin" may stand anywhere in the body */
	if (e == MIME_UUENCODE && len > MAGIC_FREE_BYTES &&
	    !mime_charge_text(budget, len - MAGIC_FREE_BYTES))
		len = MAGIC_FREE_BYTES;
	if (mime_decoder_start(&d, e, s, len) < 0)
		return 0;
	n = decode_body_begin(&d, budget, &out);
	kinds = magic_kinds(buf_string(&out), out.len < MAGIC_BYTES ? out.len : MAGIC_BYTES);
	buf_free(&out);
	if (e == MIME_BASE64 && memchr(s, '=', n) != NULL)
		kinds |= kinds_without_padding(s, n);
	return kinds;
}

unsigned
magic_kinds_of_body(const char *s, size_t len, unsigned encodings, struct mime_budget *budget)
{
	static const enum mime_encoding coded[] = {MIME_BASE64, MIME_QP, MIME_UUENCODE};
	bool any = (encodings & 1u << MIME_UNKNOWN_ENCODING) != 0;
	unsigned kinds = magic_kinds(s, len < MAGIC_BYTES ? len : MAGIC_BYTES);

	for (size_t i = 0; i < sizeof(coded) / sizeof(coded[0]); i++) {
		if (any || (encodings & 1u << coded[i]) != 0)
			kinds |= kinds_in_encoding(s, len, coded[i], budget);
	}
	return kinds;
}
