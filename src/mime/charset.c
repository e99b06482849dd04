/* Charsets: a table of names, and conversions by iconv descriptors opened once. */
#include "mime/charset.h"

#include <assert.h>
#include <errno.h>
#include <iconv.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "util/buf.h"
#include "util/str.h"

#define NAME_MAX_BYTES	 24 /* of a name in names[] */
#define OUT_MARGIN_BYTES 64 /* room for a shift sequence and a character or two */
#define MARK_MAX_BYTES	 4  /* of a byte order mark */
#define REPLACEMENT	 "\xef\xbf\xbd"

/* clang-format off */
/* Our id; preferred MIME name; glibc's name; as what headers are read; is every byte below
 * 128 ASCII, always; bytes of a code unit. glibc's SJIS has a yen sign for the backslash, so
 * shift_jis is cp932, as everywhere else. */
#define CHARSETS(X)                                                                     \
	X(US_ASCII,       "us-ascii",       NULL,          US_ASCII,       true,  1)    \
	X(UTF_8,          "utf-8",          NULL,          UTF_8,          true,  1)    \
	X(UTF_7,          "utf-7",          "UTF-7",       UTF_7,          false, 1)    \
	X(UTF_16,         "utf-16",         "UTF-16",      UTF_16,         false, 2)    \
	X(UTF_16BE,       "utf-16be",       "UTF-16BE",    UTF_16BE,       false, 2)    \
	X(UTF_16LE,       "utf-16le",       "UTF-16LE",    UTF_16LE,       false, 2)    \
	X(UTF_32,         "utf-32",         "UTF-32",      UTF_32,         false, 4)    \
	X(UTF_32BE,       "utf-32be",       "UTF-32BE",    UTF_32BE,       false, 4)    \
	X(UTF_32LE,       "utf-32le",       "UTF-32LE",    UTF_32LE,       false, 4)    \
	X(ISO_8859_1,     "iso-8859-1",     "ISO-8859-1",  WINDOWS_1252,   true,  1)    \
	X(ISO_8859_2,     "iso-8859-2",     "ISO-8859-2",  ISO_8859_2,     true,  1)    \
	X(ISO_8859_3,     "iso-8859-3",     "ISO-8859-3",  ISO_8859_3,     true,  1)    \
	X(ISO_8859_4,     "iso-8859-4",     "ISO-8859-4",  ISO_8859_4,     true,  1)    \
	X(ISO_8859_5,     "iso-8859-5",     "ISO-8859-5",  ISO_8859_5,     true,  1)    \
	X(ISO_8859_6,     "iso-8859-6",     "ISO-8859-6",  ISO_8859_6,     true,  1)    \
	X(ISO_8859_7,     "iso-8859-7",     "ISO-8859-7",  ISO_8859_7,     true,  1)    \
	X(ISO_8859_8,     "iso-8859-8",     "ISO-8859-8",  ISO_8859_8,     true,  1)    \
	X(ISO_8859_9,     "iso-8859-9",     "ISO-8859-9",  WINDOWS_1254,   true,  1)    \
	X(ISO_8859_10,    "iso-8859-10",    "ISO-8859-10", ISO_8859_10,    true,  1)    \
	X(ISO_8859_11,    "iso-8859-11",    "ISO-8859-11", WINDOWS_874,    true,  1)    \
	X(ISO_8859_13,    "iso-8859-13",    "ISO-8859-13", ISO_8859_13,    true,  1)    \
	X(ISO_8859_14,    "iso-8859-14",    "ISO-8859-14", ISO_8859_14,    true,  1)    \
	X(ISO_8859_15,    "iso-8859-15",    "ISO-8859-15", ISO_8859_15,    true,  1)    \
	X(ISO_8859_16,    "iso-8859-16",    "ISO-8859-16", ISO_8859_16,    true,  1)    \
	X(WINDOWS_874,    "windows-874",    "WINDOWS-874", WINDOWS_874,    true,  1)    \
	X(WINDOWS_1250,   "windows-1250",   "CP1250",      WINDOWS_1250,   true,  1)    \
	X(WINDOWS_1251,   "windows-1251",   "CP1251",      WINDOWS_1251,   true,  1)    \
	X(WINDOWS_1252,   "windows-1252",   "CP1252",      WINDOWS_1252,   true,  1)    \
	X(WINDOWS_1253,   "windows-1253",   "CP1253",      WINDOWS_1253,   true,  1)    \
	X(WINDOWS_1254,   "windows-1254",   "CP1254",      WINDOWS_1254,   true,  1)    \
	X(WINDOWS_1255,   "windows-1255",   "CP1255",      WINDOWS_1255,   true,  1)    \
	X(WINDOWS_1256,   "windows-1256",   "CP1256",      WINDOWS_1256,   true,  1)    \
	X(WINDOWS_1257,   "windows-1257",   "CP1257",      WINDOWS_1257,   true,  1)    \
	X(WINDOWS_1258,   "windows-1258",   "CP1258",      WINDOWS_1258,   true,  1)    \
	X(KOI8_R,         "koi8-r",         "KOI8-R",      KOI8_R,         true,  1)    \
	X(KOI8_U,         "koi8-u",         "KOI8-U",      KOI8_U,         true,  1)    \
	X(IBM437,         "ibm437",         "CP437",       IBM437,         true,  1)    \
	X(IBM850,         "ibm850",         "CP850",       IBM850,         true,  1)    \
	X(IBM852,         "ibm852",         "CP852",       IBM852,         true,  1)    \
	X(IBM866,         "ibm866",         "CP866",       IBM866,         true,  1)    \
	X(MACINTOSH,      "macintosh",      "MACINTOSH",   MACINTOSH,      true,  1)    \
	X(X_MAC_CYRILLIC, "x-mac-cyrillic", "MAC-UK",      X_MAC_CYRILLIC, true,  1)    \
	X(TIS_620,        "tis-620",        "TIS-620",     WINDOWS_874,    true,  1)    \
	X(SHIFT_JIS,      "shift_jis",      "CP932",       SHIFT_JIS,      true,  1)    \
	X(EUC_JP,         "euc-jp",         "EUC-JP",      EUC_JP,         true,  1)    \
	X(ISO_2022_JP,    "iso-2022-jp",    "ISO-2022-JP", ISO_2022_JP,    false, 1)    \
	X(ISO_2022_JP_2,  "iso-2022-jp-2",  "ISO-2022-JP-2", ISO_2022_JP_2, false, 1)   \
	X(ISO_2022_KR,    "iso-2022-kr",    "ISO-2022-KR", ISO_2022_KR,    false, 1)    \
	X(ISO_2022_CN,    "iso-2022-cn",    "ISO-2022-CN", ISO_2022_CN,    false, 1)    \
	X(EUC_KR,         "euc-kr",         "EUC-KR",      KS_C_5601_1987, true,  1)    \
	X(KS_C_5601_1987, "ks_c_5601-1987", "CP949",       KS_C_5601_1987, true,  1)    \
	X(JOHAB,          "johab",          "JOHAB",       JOHAB,          false, 1)    \
	X(GB2312,         "gb2312",         "EUC-CN",      GB18030,        true,  1)    \
	X(GBK,            "gbk",            "GBK",         GB18030,        true,  1)    \
	X(GB18030,        "gb18030",        "GB18030",     GB18030,        true,  1)    \
	X(BIG5,           "big5",           "BIG5",        BIG5,           true,  1)    \
	X(BIG5_HKSCS,     "big5-hkscs",     "BIG5-HKSCS",  BIG5_HKSCS,     true,  1)    \
	X(CP950,          "cp950",          "CP950",       CP950,          true,  1)    \
	X(EUC_TW,         "euc-tw",         "EUC-TW",      EUC_TW,         true,  1)    \
	X(VISCII,         "viscii",         "VISCII",      VISCII,         false, 1)    \
	X(TCVN,           "tcvn",           "TCVN",        TCVN,           false, 1)
/* clang-format on */

#define X(ID, mime, iconv, lossy, ascii, unit) CS_##ID,
enum charset_id { CHARSETS(X) CS_COUNT };
#undef X

struct charset {
	const char *name, *iconv; /* iconv is NULL: ours */
	enum charset_id read_as;
	bool is_ascii_superset;
	unsigned char unit_bytes;
};

#define X(ID, mime, iconv, lossy, ascii, unit)                                                 \
	[CS_##ID] = {mime, iconv, CS_##lossy, ascii, unit},
static const struct charset charsets[CS_COUNT] = {CHARSETS(X)};
#undef X

/* clang-format off */
/* Sorted; lower case, letters and digits only: see fold_name(). */
static const struct charset_alias {
	char name[NAME_MAX_BYTES];
	enum charset_id id;
} names[] = {
	{"437", CS_IBM437}, {"646", CS_US_ASCII}, {"850", CS_IBM850}, {"852", CS_IBM852},
	{"866", CS_IBM866}, {"88591", CS_ISO_8859_1}, {"ansi", CS_WINDOWS_1252},
	{"ansix341968", CS_US_ASCII}, {"ansix341986", CS_US_ASCII}, {"arabic", CS_ISO_8859_6},
	{"ascii", CS_US_ASCII}, {"asmo708", CS_ISO_8859_6}, {"big5", CS_BIG5},
	{"big5hkscs", CS_BIG5_HKSCS}, {"big5tw", CS_BIG5}, {"cnbig5", CS_BIG5},
	{"cngb", CS_GB2312}, {"cp1250", CS_WINDOWS_1250}, {"cp1251", CS_WINDOWS_1251},
	{"cp1252", CS_WINDOWS_1252}, {"cp1253", CS_WINDOWS_1253}, {"cp1254", CS_WINDOWS_1254},
	{"cp1255", CS_WINDOWS_1255}, {"cp1256", CS_WINDOWS_1256}, {"cp1257", CS_WINDOWS_1257},
	{"cp1258", CS_WINDOWS_1258}, {"cp1361", CS_JOHAB}, {"cp367", CS_US_ASCII},
	{"cp437", CS_IBM437}, {"cp50220", CS_ISO_2022_JP}, {"cp50221", CS_ISO_2022_JP},
	{"cp50222", CS_ISO_2022_JP}, {"cp65000", CS_UTF_7}, {"cp65001", CS_UTF_8},
	{"cp819", CS_ISO_8859_1}, {"cp850", CS_IBM850}, {"cp852", CS_IBM852},
	{"cp866", CS_IBM866}, {"cp874", CS_WINDOWS_874}, {"cp932", CS_SHIFT_JIS},
	{"cp936", CS_GBK}, {"cp949", CS_KS_C_5601_1987}, {"cp950", CS_CP950},
	{"csascii", CS_US_ASCII}, {"csbig5", CS_BIG5}, {"csbig5hkscs", CS_BIG5_HKSCS},
	{"cseuckr", CS_EUC_KR}, {"cseucpkdfmtjapanese", CS_EUC_JP}, {"cseuctw", CS_EUC_TW},
	{"csgb18030", CS_GB18030}, {"csgb2312", CS_GB2312}, {"csgbk", CS_GBK},
	{"csibm866", CS_IBM866}, {"csiso2022cn", CS_ISO_2022_CN},
	{"csiso2022jp", CS_ISO_2022_JP}, {"csiso2022jp2", CS_ISO_2022_JP_2},
	{"csiso2022kr", CS_ISO_2022_KR}, {"csiso885913", CS_ISO_8859_13},
	{"csiso885914", CS_ISO_8859_14}, {"csiso885915", CS_ISO_8859_15},
	{"csiso885916", CS_ISO_8859_16}, {"csisolatin1", CS_ISO_8859_1},
	{"csisolatin2", CS_ISO_8859_2}, {"csisolatin3", CS_ISO_8859_3},
	{"csisolatin4", CS_ISO_8859_4}, {"csisolatin5", CS_ISO_8859_9},
	{"csisolatin6", CS_ISO_8859_10}, {"csisolatin9", CS_ISO_8859_15},
	{"csisolatinarabic", CS_ISO_8859_6}, {"csisolatincyrillic", CS_ISO_8859_5},
	{"csisolatingreek", CS_ISO_8859_7}, {"csisolatinhebrew", CS_ISO_8859_8},
	{"cskoi8r", CS_KOI8_R}, {"cskoi8u", CS_KOI8_U}, {"csksc56011987", CS_KS_C_5601_1987},
	{"csmacintosh", CS_MACINTOSH}, {"cspc850multilingual", CS_IBM850},
	{"cspc8codepage437", CS_IBM437}, {"cspcp852", CS_IBM852}, {"csshiftjis", CS_SHIFT_JIS},
	{"cstis620", CS_TIS_620}, {"csutf16", CS_UTF_16}, {"csutf16be", CS_UTF_16BE},
	{"csutf16le", CS_UTF_16LE}, {"csutf32", CS_UTF_32}, {"csutf32be", CS_UTF_32BE},
	{"csutf32le", CS_UTF_32LE}, {"csutf7", CS_UTF_7}, {"csutf8", CS_UTF_8},
	{"csviscii", CS_VISCII}, {"cswindows1250", CS_WINDOWS_1250},
	{"cswindows1251", CS_WINDOWS_1251}, {"cswindows1252", CS_WINDOWS_1252},
	{"cswindows1253", CS_WINDOWS_1253}, {"cswindows1254", CS_WINDOWS_1254},
	{"cswindows1255", CS_WINDOWS_1255}, {"cswindows1256", CS_WINDOWS_1256},
	{"cswindows1257", CS_WINDOWS_1257}, {"cswindows1258", CS_WINDOWS_1258},
	{"cswindows31j", CS_SHIFT_JIS}, {"cyrillic", CS_ISO_8859_5}, {"dos874", CS_WINDOWS_874},
	{"ecma114", CS_ISO_8859_6}, {"ecma118", CS_ISO_8859_7}, {"elot928", CS_ISO_8859_7},
	{"eten", CS_BIG5}, {"euccn", CS_GB2312}, {"eucgb2312cn", CS_GB2312},
	{"eucjp", CS_EUC_JP}, {"euckr", CS_EUC_KR}, {"euctw", CS_EUC_TW},
	{"gb18030", CS_GB18030}, {"gb2312", CS_GB2312}, {"gb231280", CS_GB2312},
	{"gbk", CS_GBK}, {"greek", CS_ISO_8859_7}, {"greek8", CS_ISO_8859_7},
	{"hebrew", CS_ISO_8859_8}, {"ibm367", CS_US_ASCII}, {"ibm437", CS_IBM437},
	{"ibm819", CS_ISO_8859_1}, {"ibm850", CS_IBM850}, {"ibm852", CS_IBM852},
	{"ibm866", CS_IBM866}, {"iso10646ucs2", CS_UTF_16}, {"iso10646ucs4", CS_UTF_32},
	{"iso2022cn", CS_ISO_2022_CN}, {"iso2022jp", CS_ISO_2022_JP},
	{"iso2022jp2", CS_ISO_2022_JP_2}, {"iso2022kr", CS_ISO_2022_KR},
	{"iso646irv1991", CS_US_ASCII}, {"iso646us", CS_US_ASCII}, {"iso88591", CS_ISO_8859_1},
	{"iso885910", CS_ISO_8859_10}, {"iso8859101992", CS_ISO_8859_10},
	{"iso885911", CS_ISO_8859_11}, {"iso885911987", CS_ISO_8859_1},
	{"iso885913", CS_ISO_8859_13}, {"iso885914", CS_ISO_8859_14},
	{"iso8859141998", CS_ISO_8859_14}, {"iso885915", CS_ISO_8859_15},
	{"iso885916", CS_ISO_8859_16}, {"iso8859162001", CS_ISO_8859_16},
	{"iso88592", CS_ISO_8859_2}, {"iso885921987", CS_ISO_8859_2},
	{"iso88593", CS_ISO_8859_3}, {"iso885931988", CS_ISO_8859_3},
	{"iso88594", CS_ISO_8859_4}, {"iso885941988", CS_ISO_8859_4},
	{"iso88595", CS_ISO_8859_5}, {"iso885951988", CS_ISO_8859_5},
	{"iso88596", CS_ISO_8859_6}, {"iso885961987", CS_ISO_8859_6},
	{"iso88597", CS_ISO_8859_7}, {"iso885971987", CS_ISO_8859_7},
	{"iso88598", CS_ISO_8859_8}, {"iso885981988", CS_ISO_8859_8},
	{"iso88598e", CS_ISO_8859_8}, {"iso88598i", CS_ISO_8859_8}, {"iso88599", CS_ISO_8859_9},
	{"iso885991989", CS_ISO_8859_9}, {"isoceltic", CS_ISO_8859_14},
	{"isoir100", CS_ISO_8859_1}, {"isoir101", CS_ISO_8859_2}, {"isoir109", CS_ISO_8859_3},
	{"isoir110", CS_ISO_8859_4}, {"isoir126", CS_ISO_8859_7}, {"isoir127", CS_ISO_8859_6},
	{"isoir138", CS_ISO_8859_8}, {"isoir144", CS_ISO_8859_5}, {"isoir148", CS_ISO_8859_9},
	{"isoir149", CS_KS_C_5601_1987}, {"isoir157", CS_ISO_8859_10},
	{"isoir199", CS_ISO_8859_14}, {"isoir226", CS_ISO_8859_16}, {"isoir6", CS_US_ASCII},
	{"johab", CS_JOHAB}, {"koi", CS_KOI8_R}, {"koi8", CS_KOI8_R}, {"koi8r", CS_KOI8_R},
	{"koi8ru", CS_KOI8_U}, {"koi8u", CS_KOI8_U}, {"korean", CS_KS_C_5601_1987},
	{"ksc5601", CS_KS_C_5601_1987}, {"ksc56011987", CS_KS_C_5601_1987},
	{"ksc56011989", CS_KS_C_5601_1987}, {"l1", CS_ISO_8859_1}, {"l10", CS_ISO_8859_16},
	{"l2", CS_ISO_8859_2}, {"l3", CS_ISO_8859_3}, {"l4", CS_ISO_8859_4},
	{"l5", CS_ISO_8859_9}, {"l6", CS_ISO_8859_10}, {"l7", CS_ISO_8859_13},
	{"l8", CS_ISO_8859_14}, {"latin0", CS_ISO_8859_15}, {"latin1", CS_ISO_8859_1},
	{"latin10", CS_ISO_8859_16}, {"latin2", CS_ISO_8859_2}, {"latin3", CS_ISO_8859_3},
	{"latin4", CS_ISO_8859_4}, {"latin5", CS_ISO_8859_9}, {"latin6", CS_ISO_8859_10},
	{"latin7", CS_ISO_8859_13}, {"latin8", CS_ISO_8859_14}, {"latin9", CS_ISO_8859_15},
	{"mac", CS_MACINTOSH}, {"maccyrillic", CS_X_MAC_CYRILLIC}, {"macintosh", CS_MACINTOSH},
	{"macroman", CS_MACINTOSH}, {"ms1361", CS_JOHAB}, {"ms932", CS_SHIFT_JIS},
	{"ms936", CS_GBK}, {"ms949", CS_KS_C_5601_1987}, {"ms950", CS_CP950},
	{"mskanji", CS_SHIFT_JIS}, {"shiftjis", CS_SHIFT_JIS}, {"sjis", CS_SHIFT_JIS},
	{"suneugreek", CS_ISO_8859_7}, {"tcvn", CS_TCVN}, {"tcvn5712", CS_TCVN},
	{"tcvn57121", CS_TCVN}, {"tis620", CS_TIS_620}, {"ucs2", CS_UTF_16},
	{"ucs2be", CS_UTF_16BE}, {"ucs2le", CS_UTF_16LE}, {"ucs4", CS_UTF_32},
	{"uhc", CS_KS_C_5601_1987}, {"unicode", CS_UTF_16}, {"unicode11utf7", CS_UTF_7},
	{"unicode11utf8", CS_UTF_8}, {"unicode20utf8", CS_UTF_8}, {"unicodefffe", CS_UTF_16BE},
	{"us", CS_US_ASCII}, {"usascii", CS_US_ASCII}, {"utf16", CS_UTF_16},
	{"utf16be", CS_UTF_16BE}, {"utf16le", CS_UTF_16LE}, {"utf32", CS_UTF_32},
	{"utf32be", CS_UTF_32BE}, {"utf32le", CS_UTF_32LE}, {"utf7", CS_UTF_7},
	{"utf8", CS_UTF_8}, {"viscii", CS_VISCII}, {"windows1250", CS_WINDOWS_1250},
	{"windows1251", CS_WINDOWS_1251}, {"windows1252", CS_WINDOWS_1252},
	{"windows1253", CS_WINDOWS_1253}, {"windows1254", CS_WINDOWS_1254},
	{"windows1255", CS_WINDOWS_1255}, {"windows1256", CS_WINDOWS_1256},
	{"windows1257", CS_WINDOWS_1257}, {"windows1258", CS_WINDOWS_1258},
	{"windows31j", CS_SHIFT_JIS}, {"windows874", CS_WINDOWS_874}, {"windows936", CS_GBK},
	{"windows949", CS_KS_C_5601_1987}, {"windows950", CS_CP950}, {"xansi", CS_WINDOWS_1252},
	{"xbig5", CS_BIG5}, {"xcp1250", CS_WINDOWS_1250}, {"xcp1251", CS_WINDOWS_1251},
	{"xcp1252", CS_WINDOWS_1252}, {"xcp1253", CS_WINDOWS_1253},
	{"xcp1254", CS_WINDOWS_1254}, {"xcp1255", CS_WINDOWS_1255},
	{"xcp1256", CS_WINDOWS_1256}, {"xcp1257", CS_WINDOWS_1257},
	{"xcp1258", CS_WINDOWS_1258}, {"xeuc", CS_EUC_JP}, {"xeuccn", CS_GB2312},
	{"xeucjp", CS_EUC_JP}, {"xeuctw", CS_EUC_TW}, {"xgbk", CS_GBK},
	{"xmaccyrillic", CS_X_MAC_CYRILLIC}, {"xmacroman", CS_MACINTOSH},
	{"xmacukrainian", CS_X_MAC_CYRILLIC}, {"xmscp932", CS_SHIFT_JIS},
	{"xsjis", CS_SHIFT_JIS}, {"xxbig5", CS_BIG5},
};
/* clang-format on */

/* The one mutable thing here: filled by charset_open_all(), only read and reset after. */
static struct {
	bool tried;
	struct {
		bool is_open;
		iconv_t decode, encode;
	} of[CS_COUNT];
} descriptors;

static bool
open_one(enum charset_id id)
{
	iconv_t decode = iconv_open("UTF-8", charsets[id].iconv), encode;

	if (decode == (iconv_t)-1)
		return false;
	encode = iconv_open(charsets[id].iconv, "UTF-8");
	if (encode == (iconv_t)-1) {
		iconv_close(decode);
		return false;
	}
	descriptors.of[id].decode = decode;
	descriptors.of[id].encode = encode;
	descriptors.of[id].is_open = true;
	return true;
}

unsigned
charset_open_all(void)
{
	unsigned missing = 0;

	if (descriptors.tried)
		return 0;
	descriptors.tried = true;
	for (unsigned i = 0; i < CS_COUNT; i++) {
		if (charsets[i].iconv != NULL && !open_one((enum charset_id)i))
			missing++;
	}
	return missing;
}

static bool
is_usable(enum charset_id id)
{
	return charsets[id].iconv == NULL || descriptors.of[id].is_open;
}

static enum charset_id
id_of(const struct charset *cs)
{
	return (enum charset_id)(cs - charsets);
}

/* "ISO_8859-1" and "iso8859-1" to "iso88591" in out, of NAME_MAX_BYTES. False: too long, or
 * with bytes that no charset's name has. */
static bool
fold_name(const char *name, size_t len, char *out)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		char c = name[i];

		if (c >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a');
		if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
			if (n == NAME_MAX_BYTES - 1)
				return false;
			out[n++] = c;
		} else if (c == '\0' || strchr("-_.:+() ", c) == NULL) {
			return false;
		}
	}
	out[n] = '\0';
	return n > 0;
}

static int
compare_alias(const void *key, const void *element)
{
	const struct charset_alias *alias = element;

	return strcmp(key, alias->name);
}

const struct charset *
charset_find(const char *name, size_t len)
{
	char key[NAME_MAX_BYTES];
	const struct charset_alias *found;

	if (!fold_name(name, len, key))
		return NULL;
	found = bsearch(key, names, sizeof(names) / sizeof(names[0]), sizeof(names[0]),
			compare_alias);
	if (found == NULL)
		return NULL;
	return is_usable(found->id) ? &charsets[found->id] : NULL;
}

const char *
charset_name(const struct charset *cs)
{
	return cs->name;
}

bool
charset_is_utf8(const struct charset *cs)
{
	return id_of(cs) == CS_UTF_8;
}

bool
charset_is_ascii_superset(const struct charset *cs)
{
	return cs->is_ascii_superset;
}

/* Text on its way through iconv(), which wants it writable and does not write to it. */
struct input {
	char *at;
	size_t left;
};

static struct input
input_of(const char *s, size_t len)
{
	return (struct input){(char *)(uintptr_t)s, len};
}

/* Converts until the input is used up, or stops at what cannot be converted: -EILSEQ, or
 * -EINVAL when more bytes could change that, with in->at there. in is NULL: writes what is held
 * back, and the way to the initial state. */
static int
convert(iconv_t cd, struct input *in, struct buf *out)
{
	for (;;) {
		size_t room = (in == NULL ? 0 : in->left) + OUT_MARGIN_BYTES, before = room;
		char *to = (char *)buf_reserve(out, room);
		size_t n = in == NULL ? iconv(cd, NULL, NULL, &to, &room)
				      : iconv(cd, &in->at, &in->left, &to, &room);
		int error = errno;

		out->len += before - room;
		if (n != (size_t)-1)
			return 0;
		if (error != E2BIG)
			return error == EINVAL ? -EINVAL : -EILSEQ;
	}
}

/* The whole text from the initial state back to it. */
static int
convert_all(iconv_t cd, const char *s, size_t len, struct buf *out)
{
	struct input in = input_of(s, len);
	int r;

	iconv(cd, NULL, NULL, NULL, NULL);
	r = convert(cd, &in, out);
	if (r == 0)
		r = convert(cd, NULL, out);
	return r < 0 ? -EILSEQ : 0;
}

/* utf-16 and utf-32 to the byte order that the text's mark says; the mark is taken away. */
static enum charset_id
resolve_order(enum charset_id id, const char **s, size_t *len)
{
	static const struct {
		enum charset_id id, is;
		unsigned char mark[4], n;
	} orders[] = {
		{CS_UTF_16, CS_UTF_16LE, {0xff, 0xfe}, 2},
		{CS_UTF_16, CS_UTF_16BE, {0xfe, 0xff}, 2},
		{CS_UTF_16, CS_UTF_16BE, {0}, 0},
		{CS_UTF_32, CS_UTF_32LE, {0xff, 0xfe, 0, 0}, 4},
		{CS_UTF_32, CS_UTF_32BE, {0, 0, 0xfe, 0xff}, 4},
		{CS_UTF_32, CS_UTF_32BE, {0}, 0},
	};

	for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
		if (orders[i].id != id || *len < orders[i].n ||
		    memcmp(*s, orders[i].mark, orders[i].n) != 0)
			continue;
		*s += orders[i].n;
		*len -= orders[i].n;
		return orders[i].is;
	}
	return id;
}

/* As charset_to_utf8(), but out may have more in it after a failure. */
static int
decode(enum charset_id id, const char *s, size_t len, struct buf *out)
{
	size_t before = out->len;
	int r;

	id = resolve_order(id, &s, &len);
	if (!is_usable(id))
		return -EILSEQ;
	if (charsets[id].iconv == NULL) {
		if (id == CS_UTF_8 ? !str_is_utf8(s, len) : !str_is_ascii(s, len))
			return -EILSEQ;
		buf_append(out, s, len);
		return 0;
	}
	r = convert_all(descriptors.of[id].decode, s, len, out);
	if (r < 0 || out->len == before)
		return r;
	return str_is_utf8((const char *)out->data + before, out->len - before) ? 0 : -EILSEQ;
}

int
charset_to_utf8(const struct charset *cs, const char *s, size_t len, struct buf *out)
{
	size_t before = out->len;
	int r = len == 0 ? 0 : decode(id_of(cs), s, len, out);

	if (r < 0)
		out->len = before;
	return r;
}

/* glibc's converters are not all strict: cp932 takes a yen sign for a backslash, and tag
 * characters (U+E0020 and on) are left out in silence. So the way back is gone too. */
static bool
reads_back(enum charset_id id, const struct buf *out, size_t from, const char *s, size_t len)
{
	struct buf back = {0};
	bool same;

	same = decode(id, (const char *)out->data + from, out->len - from, &back) == 0 &&
	       back.len == len && memcmp(back.data, s, len) == 0;
	buf_free(&back);
	return same;
}

int
charset_from_utf8(const struct charset *cs, const char *s, size_t len, struct buf *out)
{
	enum charset_id id = id_of(cs);
	size_t before = out->len;

	if (len == 0)
		return 0;
	if (cs->iconv == NULL)
		return decode(id, s, len, out);
	assert(is_usable(id));
	if (convert_all(descriptors.of[id].encode, s, len, out) == 0 &&
	    reads_back(id, out, before, s, len))
		return 0;
	out->len = before;
	return -EILSEQ;
}

/* ASCII up to a NUL, which no text has. */
static size_t
ascii_run(const unsigned char *p, size_t len)
{
	size_t n = str_ascii_run(p, len);
	const unsigned char *nul = memchr(p, '\0', n);

	return nul == NULL ? n : (size_t)(nul - p);
}

bool
charset_clean_utf8(const char *s, size_t len, struct buf *out)
{
	const unsigned char *p = (const unsigned char *)s;
	size_t good = 0; /* bytes before p that are not written yet */
	bool clean = true;

	if (len == 0)
		return true; /* s may be NULL then */
	while (len > 0) {
		size_t n = *p >= 0x80 ? str_utf8_length(p, len) : ascii_run(p, len);

		if (n == 0) {
			buf_append(out, p - good, good);
			buf_puts(out, REPLACEMENT);
			clean = false;
		}
		good = n == 0 ? 0 : good + n;
		n += n == 0;
		p += n;
		len -= n;
	}
	buf_append(out, p - good, good);
	return clean;
}

/* All of the input; of more to come it leaves what is not whole. */
static bool
convert_lossy(enum charset_id id, struct input *in, bool more, struct buf *out)
{
	iconv_t cd = descriptors.of[id].decode;
	bool clean = true;

	while (in->left > 0) {
		size_t skip = charsets[id].unit_bytes;
		int r = convert(cd, in, out);

		if (r == 0 || (r == -EINVAL && more))
			break;
		if (skip > in->left)
			skip = in->left;
		in->at += skip;
		in->left -= skip;
		buf_puts(out, REPLACEMENT);
		clean = false;
	}
	return clean;
}

static bool
iconv_lossy(enum charset_id id, const char *s, size_t len, struct buf *out)
{
	iconv_t cd = descriptors.of[id].decode;
	struct input in = input_of(s, len);
	bool clean;

	iconv(cd, NULL, NULL, NULL, NULL);
	clean = convert_lossy(id, &in, false, out);
	return convert(cd, NULL, out) == 0 && clean;
}

bool
charset_to_utf8_lossy(const struct charset *cs, const char *s, size_t len, struct buf *out)
{
	enum charset_id id = is_usable(cs->read_as) ? cs->read_as : id_of(cs);

	if (len == 0)
		return true;
	id = resolve_order(id, &s, &len);
	if (id == CS_UTF_8)
		return charset_clean_utf8(s, len, out);
	if (id == CS_US_ASCII || !is_usable(id)) {
		charset_guess_to_utf8(s, len, out);
		return str_is_ascii(s, len);
	}
	return iconv_lossy(id, s, len, out);
}

/* Below U+10000. */
static size_t
utf8_put(unsigned c, unsigned char *to)
{
	if (c < 0x80) {
		to[0] = (unsigned char)c;
		return 1;
	}
	if (c < 0x800) {
		to[0] = (unsigned char)(0xc0 | c >> 6);
		to[1] = (unsigned char)(0x80 | (c & 0x3f));
		return 2;
	}
	to[0] = (unsigned char)(0xe0 | c >> 12);
	to[1] = (unsigned char)(0x80 | (c >> 6 & 0x3f));
	to[2] = (unsigned char)(0x80 | (c & 0x3f));
	return 3;
}

void
charset_guess_to_utf8(const char *s, size_t len, struct buf *out)
{
	/* windows-1252 from 0x80 to 0x9f; the rest is iso-8859-1 */
	static const uint16_t high[32] = {
		0x20ac, 0xfffd, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, //
		0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0xfffd, 0x017d, 0xfffd, //
		0xfffd, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, //
		0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0xfffd, 0x017e, 0x0178,
	};
	unsigned char *to;

	if (str_is_utf8(s, len)) {
		buf_append(out, s, len);
		return;
	}
	to = buf_reserve(out, 3 * len);
	for (size_t i = 0; i < len; i++) {
		unsigned c = (unsigned char)s[i];

		to += utf8_put(c >= 0x80 && c < 0xa0 ? high[c - 0x80] : c, to);
	}
	out->len = (size_t)(to - out->data);
}

/* ---- piece by piece ---- */

/* How many bytes at the end are the beginning of a character in UTF-8. */
static size_t
open_utf8(const char *s, size_t len)
{
	for (size_t n = 1; n <= 3 && n <= len; n++) {
		unsigned char c = (unsigned char)s[len - n];
		size_t whole = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;

		if (c >= 0xc0)
			return whole > n ? n : 0;
		if (c < 0x80)
			break;
	}
	return 0;
}

/* US-ASCII and UTF-8, which need no iconv. */
static int
put_own(const struct charset_stream *st, struct input *in, bool last, struct buf *out)
{
	size_t len = in->left - (last ? 0 : open_utf8(in->at, in->left));
	const char *s = in->at;
	bool good = true;

	if (!st->lossy)
		good = st->id == CS_UTF_8 ? str_is_utf8(s, len) : str_is_ascii(s, len);
	if (!st->lossy && good)
		buf_append(out, s, len);
	else if (st->lossy && st->id == CS_UTF_8)
		(void)charset_clean_utf8(s, len, out);
	else if (st->lossy)
		charset_guess_to_utf8(s, len, out);
	in->at += len;
	in->left -= len;
	return good ? 0 : -EILSEQ;
}

static int
put_strictly(const struct charset_stream *st, struct input *in, bool last, struct buf *out)
{
	size_t before = out->len;
	int r = convert(descriptors.of[st->id].decode, in, out);

	if (r == -EILSEQ || (r == -EINVAL && last))
		return -EILSEQ;
	if (out->len == before)
		return 0;
	return str_is_utf8((const char *)out->data + before, out->len - before) ? 0 : -EILSEQ;
}

static int
put_input(const struct charset_stream *st, struct input *in, bool last, struct buf *out)
{
	int r = 0;

	if (charsets[st->id].iconv == NULL)
		return put_own(st, in, last, out);
	if (st->lossy)
		(void)convert_lossy((enum charset_id)st->id, in, !last, out);
	else
		r = put_strictly(st, in, last, out);
	if (r == 0 && last)
		r = convert(descriptors.of[st->id].decode, NULL, out);
	return st->lossy ? 0 : r;
}

/* With the first bytes there, or all: what is to be read, and how. */
static bool
begin(struct charset_stream *st, struct input *in)
{
	enum charset_id id = id_of(st->cs);
	const char *s = in->at;

	if (st->lossy && is_usable(st->cs->read_as))
		id = st->cs->read_as;
	st->id = resolve_order(id, &s, &in->left);
	in->at += s - in->at;
	st->begun = true;
	if (!is_usable((enum charset_id)st->id))
		return false;
	if (charsets[st->id].iconv != NULL)
		iconv(descriptors.of[st->id].decode, NULL, NULL, NULL, NULL);
	return true;
}

int
charset_stream_put(struct charset_stream *st, const char *s, size_t len, bool last,
		   struct buf *out)
{
	struct input in = input_of(s, len);
	bool held = st->held.len > 0;
	int r = 0;

	if (held) {
		buf_append(&st->held, s, len);
		in = input_of(buf_string(&st->held), st->held.len);
	}
	if (st->begun || last || in.left >= MARK_MAX_BYTES) {
		if (!st->begun && !begin(st, &in))
			return -EILSEQ;
		if (in.left > 0 || last)
			r = put_input(st, &in, last, out);
	}
	if (held)
		buf_consume(&st->held, st->held.len - in.left);
	else
		buf_append(&st->held, in.at, in.left);
	return r;
}

void
charset_stream_free(struct charset_stream *st)
{
	buf_free(&st->held);
}
