/* The table of charsets and of their names; for charset.c alone. A charset is a row of
 * CHARSETS; a name that messages use for it is a row in charset_table.c. A new charset needs
 * both, and a sample of its text in t/unit/test_charset.c. */
#ifndef CHARSET_CHARSET_TABLE_H
#define CHARSET_CHARSET_TABLE_H

#include <stdbool.h>
#include <stddef.h>

/* clang-format off */
/* The columns:
 *
 *	our id
 *	the preferred MIME name
 *	the name that iconv_open() gets; NULL: converted here, without iconv
 *	the charset that mail programs take it for, see charset.h
 *	the charset in which characters are read that this one lacks, else itself
 *	is every byte below 128 ASCII, in every state of the text?
 *	bytes of a code unit
 *
 * iso-2022-jp is read by iso2022_jp.h, and written by iconv.
 *
 * iso-8859-8 has Hebrew in the order in which it is seen, iso-8859-8-i as it is read (RFC 1556).
 *
 * shift_jis is cp932, as in mail programs: glibc's SJIS has a yen sign in the place of the
 * backslash. */
#define CHARSETS(X)                                                                                    \
	X(US_ASCII,       "us-ascii",       NULL,            US_ASCII,       US_ASCII,       true,  1) \
	X(UTF_8,          "utf-8",          NULL,            UTF_8,          UTF_8,          true,  1) \
	X(UTF_7,          "utf-7",          "UTF-7",         UTF_7,          UTF_7,          false, 1) \
	X(UTF_16,         "utf-16",         "UTF-16",        UTF_16,         UTF_16,         false, 2) \
	X(UTF_16BE,       "utf-16be",       "UTF-16BE",      UTF_16BE,       UTF_16BE,       false, 2) \
	X(UTF_16LE,       "utf-16le",       "UTF-16LE",      UTF_16LE,       UTF_16LE,       false, 2) \
	X(UTF_32,         "utf-32",         "UTF-32",        UTF_32,         UTF_32,         false, 4) \
	X(UTF_32BE,       "utf-32be",       "UTF-32BE",      UTF_32BE,       UTF_32BE,       false, 4) \
	X(UTF_32LE,       "utf-32le",       "UTF-32LE",      UTF_32LE,       UTF_32LE,       false, 4) \
	X(ISO_8859_1,     "iso-8859-1",     "ISO-8859-1",    WINDOWS_1252,   ISO_8859_1,     true,  1) \
	X(ISO_8859_2,     "iso-8859-2",     "ISO-8859-2",    ISO_8859_2,     ISO_8859_2,     true,  1) \
	X(ISO_8859_3,     "iso-8859-3",     "ISO-8859-3",    ISO_8859_3,     ISO_8859_3,     true,  1) \
	X(ISO_8859_4,     "iso-8859-4",     "ISO-8859-4",    ISO_8859_4,     ISO_8859_4,     true,  1) \
	X(ISO_8859_5,     "iso-8859-5",     "ISO-8859-5",    ISO_8859_5,     ISO_8859_5,     true,  1) \
	X(ISO_8859_6,     "iso-8859-6",     "ISO-8859-6",    ISO_8859_6,     ISO_8859_6,     true,  1) \
	X(ISO_8859_7,     "iso-8859-7",     "ISO-8859-7",    ISO_8859_7,     ISO_8859_7,     true,  1) \
	X(ISO_8859_8,     "iso-8859-8",     "ISO-8859-8",    ISO_8859_8,     ISO_8859_8,     true,  1) \
	X(ISO_8859_8_I,   "iso-8859-8-i",   "ISO-8859-8",    ISO_8859_8_I,   ISO_8859_8_I,   true,  1) \
	X(ISO_8859_9,     "iso-8859-9",     "ISO-8859-9",    WINDOWS_1254,   ISO_8859_9,     true,  1) \
	X(ISO_8859_10,    "iso-8859-10",    "ISO-8859-10",   ISO_8859_10,    ISO_8859_10,    true,  1) \
	X(ISO_8859_11,    "iso-8859-11",    "ISO-8859-11",   WINDOWS_874,    ISO_8859_11,    true,  1) \
	X(ISO_8859_13,    "iso-8859-13",    "ISO-8859-13",   ISO_8859_13,    ISO_8859_13,    true,  1) \
	X(ISO_8859_14,    "iso-8859-14",    "ISO-8859-14",   ISO_8859_14,    ISO_8859_14,    true,  1) \
	X(ISO_8859_15,    "iso-8859-15",    "ISO-8859-15",   ISO_8859_15,    ISO_8859_15,    true,  1) \
	X(ISO_8859_16,    "iso-8859-16",    "ISO-8859-16",   ISO_8859_16,    ISO_8859_16,    true,  1) \
	X(WINDOWS_874,    "windows-874",    "WINDOWS-874",   WINDOWS_874,    WINDOWS_874,    true,  1) \
	X(WINDOWS_1250,   "windows-1250",   "CP1250",        WINDOWS_1250,   WINDOWS_1250,   true,  1) \
	X(WINDOWS_1251,   "windows-1251",   "CP1251",        WINDOWS_1251,   WINDOWS_1251,   true,  1) \
	X(WINDOWS_1252,   "windows-1252",   "CP1252",        WINDOWS_1252,   WINDOWS_1252,   true,  1) \
	X(WINDOWS_1253,   "windows-1253",   "CP1253",        WINDOWS_1253,   WINDOWS_1253,   true,  1) \
	X(WINDOWS_1254,   "windows-1254",   "CP1254",        WINDOWS_1254,   WINDOWS_1254,   true,  1) \
	X(WINDOWS_1255,   "windows-1255",   "CP1255",        WINDOWS_1255,   WINDOWS_1255,   true,  1) \
	X(WINDOWS_1256,   "windows-1256",   "CP1256",        WINDOWS_1256,   WINDOWS_1256,   true,  1) \
	X(WINDOWS_1257,   "windows-1257",   "CP1257",        WINDOWS_1257,   WINDOWS_1257,   true,  1) \
	X(WINDOWS_1258,   "windows-1258",   "CP1258",        WINDOWS_1258,   WINDOWS_1258,   true,  1) \
	X(KOI8_R,         "koi8-r",         "KOI8-R",        KOI8_R,         KOI8_R,         true,  1) \
	X(KOI8_U,         "koi8-u",         "KOI8-U",        KOI8_U,         KOI8_U,         true,  1) \
	X(IBM437,         "ibm437",         "CP437",         IBM437,         IBM437,         true,  1) \
	X(IBM850,         "ibm850",         "CP850",         IBM850,         IBM850,         true,  1) \
	X(IBM852,         "ibm852",         "CP852",         IBM852,         IBM852,         true,  1) \
	X(IBM866,         "ibm866",         "CP866",         IBM866,         IBM866,         true,  1) \
	X(MACINTOSH,      "macintosh",      "MACINTOSH",     MACINTOSH,      MACINTOSH,      true,  1) \
	X(X_MAC_CYRILLIC, "x-mac-cyrillic", "MAC-UK",        X_MAC_CYRILLIC, X_MAC_CYRILLIC, true,  1) \
	X(TIS_620,        "tis-620",        "TIS-620",       WINDOWS_874,    TIS_620,        true,  1) \
	X(SHIFT_JIS,      "shift_jis",      "CP932",         SHIFT_JIS,      SHIFT_JIS,      true,  1) \
	X(EUC_JP,         "euc-jp",         "EUC-JP",        EUC_JP,         SHIFT_JIS,      true,  1) \
	X(ISO_2022_JP,    "iso-2022-jp",    "ISO-2022-JP",   ISO_2022_JP,    ISO_2022_JP,    false, 1) \
	X(ISO_2022_JP_2,  "iso-2022-jp-2",  "ISO-2022-JP-2", ISO_2022_JP_2,  ISO_2022_JP_2,  false, 1) \
	X(ISO_2022_KR,    "iso-2022-kr",    "ISO-2022-KR",   ISO_2022_KR,    ISO_2022_KR,    false, 1) \
	X(ISO_2022_CN,    "iso-2022-cn",    "ISO-2022-CN",   ISO_2022_CN,    ISO_2022_CN,    false, 1) \
	X(EUC_KR,         "euc-kr",         "EUC-KR",        KS_C_5601_1987, EUC_KR,         true,  1) \
	X(KS_C_5601_1987, "ks_c_5601-1987", "CP949",         KS_C_5601_1987, KS_C_5601_1987, true,  1) \
	X(JOHAB,          "johab",          "JOHAB",         JOHAB,          JOHAB,          false, 1) \
	X(GB2312,         "gb2312",         "EUC-CN",        GB18030,        GB2312,         true,  1) \
	X(GBK,            "gbk",            "GBK",           GB18030,        GBK,            true,  1) \
	X(GB18030,        "gb18030",        "GB18030",       GB18030,        GBK,            true,  1) \
	X(BIG5,           "big5",           "BIG5",          BIG5,           BIG5_HKSCS,     true,  1) \
	X(BIG5_HKSCS,     "big5-hkscs",     "BIG5-HKSCS",    BIG5_HKSCS,     BIG5_HKSCS,     true,  1) \
	X(CP950,          "cp950",          "CP950",         CP950,          CP950,          true,  1) \
	X(EUC_TW,         "euc-tw",         "EUC-TW",        EUC_TW,         EUC_TW,         true,  1) \
	X(VISCII,         "viscii",         "VISCII",        VISCII,         VISCII,         false, 1) \
	X(TCVN,           "tcvn",           "TCVN",          TCVN,           TCVN,           false, 1)
/* clang-format on */

#define X(ID, mime, iconv, read_as, wider, ascii, unit) CS_##ID,
enum charset_id { CHARSETS(X) CS_COUNT };
#undef X

struct charset {
	const char *name;
	const char *iconv; /* NULL: converted without iconv */
	enum charset_id read_as;
	enum charset_id wider;
	bool is_ascii_superset;
	unsigned char unit_bytes;
};

extern const struct charset charset_table[CS_COUNT];

/* The charset of a name as messages write it: case and punctuation are ignored. CS_COUNT: there
 * is none. */
enum charset_id charset_table_find(const char *name, size_t len);

/* Does a name that is not in the table mean EBCDIC, or another charset that is no superset of
 * ASCII: "EBCDIC-CP-US", "cp500", "IBM01140", "hz-gb-2312", "iso-2022-cn-ext"? */
bool charset_table_is_foreign_name(const char *name, size_t len);

#endif
