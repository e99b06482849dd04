/* Names of charsets. They come from the IANA registry, from glibc's own aliases and from what
 * mail programs write. The list is searched by bisection, so it must stay sorted. */
#include "charset/charset_table.h"

#include <stdlib.h>
#include <string.h>

#include "util/str.h"

#define NAME_MAX_BYTES 24 /* of a name below, with its NUL */

#define X(ID, mime, iconv, read_as, wider, ascii, unit)                                        \
	[CS_##ID] = {mime, iconv, CS_##read_as, CS_##wider, ascii, unit},
const struct charset charset_table[CS_COUNT] = {CHARSETS(X)};
#undef X

/* clang-format off */
/* Sorted; in the form that fold_charset_name() makes: lower case, letters and digits only. */
static const struct charset_alias {
	char name[NAME_MAX_BYTES];
	enum charset_id id;
} charset_aliases[] = {
	{"437", CS_IBM437}, {"646", CS_US_ASCII}, {"850", CS_IBM850}, {"852", CS_IBM852},
	{"866", CS_IBM866}, {"88591", CS_ISO_8859_1}, {"ansi", CS_WINDOWS_1252},
	{"ansix341968", CS_US_ASCII}, {"ansix341986", CS_US_ASCII}, {"arabic", CS_ISO_8859_6},
	{"ascii", CS_US_ASCII}, {"asmo708", CS_ISO_8859_6}, {"big5", CS_BIG5},
	{"big5hkscs", CS_BIG5_HKSCS}, {"big5tw", CS_BIG5}, {"chinese", CS_GB2312},
	{"cnbig5", CS_BIG5}, {"cngb", CS_GB2312}, {"cp10000", CS_MACINTOSH},
	{"cp1200", CS_UTF_16LE}, {"cp1201", CS_UTF_16BE}, {"cp1250", CS_WINDOWS_1250},
	{"cp1251", CS_WINDOWS_1251}, {"cp1252", CS_WINDOWS_1252}, {"cp1253", CS_WINDOWS_1253},
	{"cp1254", CS_WINDOWS_1254}, {"cp1255", CS_WINDOWS_1255}, {"cp1256", CS_WINDOWS_1256},
	{"cp1257", CS_WINDOWS_1257}, {"cp1258", CS_WINDOWS_1258}, {"cp1361", CS_JOHAB},
	{"cp20127", CS_US_ASCII}, {"cp20866", CS_KOI8_R}, {"cp21866", CS_KOI8_U},
	{"cp28591", CS_ISO_8859_1}, {"cp28592", CS_ISO_8859_2}, {"cp28595", CS_ISO_8859_5},
	{"cp28597", CS_ISO_8859_7}, {"cp28598", CS_ISO_8859_8}, {"cp28599", CS_ISO_8859_9},
	{"cp28605", CS_ISO_8859_15}, {"cp367", CS_US_ASCII}, {"cp38598", CS_ISO_8859_8},
	{"cp437", CS_IBM437}, {"cp50220", CS_ISO_2022_JP}, {"cp50221", CS_ISO_2022_JP},
	{"cp50222", CS_ISO_2022_JP}, {"cp51932", CS_EUC_JP}, {"cp51936", CS_GB2312},
	{"cp51949", CS_EUC_KR}, {"cp54936", CS_GB18030}, {"cp65000", CS_UTF_7},
	{"cp65001", CS_UTF_8}, {"cp819", CS_ISO_8859_1}, {"cp850", CS_IBM850},
	{"cp852", CS_IBM852}, {"cp866", CS_IBM866}, {"cp874", CS_WINDOWS_874},
	{"cp932", CS_SHIFT_JIS}, {"cp936", CS_GBK}, {"cp943", CS_SHIFT_JIS},
	{"cp949", CS_KS_C_5601_1987}, {"cp950", CS_CP950}, {"csascii", CS_US_ASCII},
	{"csbig5", CS_BIG5}, {"csbig5hkscs", CS_BIG5_HKSCS}, {"cseuckr", CS_EUC_KR},
	{"cseucpkdfmtjapanese", CS_EUC_JP}, {"cseuctw", CS_EUC_TW}, {"csgb18030", CS_GB18030},
	{"csgb2312", CS_GB2312}, {"csgbk", CS_GBK}, {"csibm866", CS_IBM866},
	{"csiso2022cn", CS_ISO_2022_CN}, {"csiso2022jp", CS_ISO_2022_JP},
	{"csiso2022jp2", CS_ISO_2022_JP_2}, {"csiso2022kr", CS_ISO_2022_KR},
	{"csiso58gb231280", CS_GB2312}, {"csiso885913", CS_ISO_8859_13},
	{"csiso885914", CS_ISO_8859_14}, {"csiso885915", CS_ISO_8859_15},
	{"csiso885916", CS_ISO_8859_16}, {"csiso88596e", CS_ISO_8859_6},
	{"csiso88596i", CS_ISO_8859_6}, {"csiso88598e", CS_ISO_8859_8},
	{"csiso88598i", CS_ISO_8859_8_I}, {"csisolatin1", CS_ISO_8859_1},
	{"csisolatin2", CS_ISO_8859_2}, {"csisolatin3", CS_ISO_8859_3},
	{"csisolatin4", CS_ISO_8859_4}, {"csisolatin5", CS_ISO_8859_9},
	{"csisolatin6", CS_ISO_8859_10}, {"csisolatin9", CS_ISO_8859_15},
	{"csisolatinarabic", CS_ISO_8859_6}, {"csisolatincyrillic", CS_ISO_8859_5},
	{"csisolatingreek", CS_ISO_8859_7}, {"csisolatinhebrew", CS_ISO_8859_8},
	{"cskoi8r", CS_KOI8_R}, {"cskoi8u", CS_KOI8_U}, {"csksc56011987", CS_KS_C_5601_1987},
	{"csmacintosh", CS_MACINTOSH}, {"cspc850multilingual", CS_IBM850},
	{"cspc8codepage437", CS_IBM437}, {"cspcp852", CS_IBM852}, {"csshiftjis", CS_SHIFT_JIS},
	{"cstis620", CS_TIS_620}, {"csunicode", CS_UTF_16}, {"csutf16", CS_UTF_16},
	{"csutf16be", CS_UTF_16BE}, {"csutf16le", CS_UTF_16LE}, {"csutf32", CS_UTF_32},
	{"csutf32be", CS_UTF_32BE}, {"csutf32le", CS_UTF_32LE}, {"csutf7", CS_UTF_7},
	{"csutf8", CS_UTF_8}, {"csviscii", CS_VISCII}, {"cswindows1250", CS_WINDOWS_1250},
	{"cswindows1251", CS_WINDOWS_1251}, {"cswindows1252", CS_WINDOWS_1252},
	{"cswindows1253", CS_WINDOWS_1253}, {"cswindows1254", CS_WINDOWS_1254},
	{"cswindows1255", CS_WINDOWS_1255}, {"cswindows1256", CS_WINDOWS_1256},
	{"cswindows1257", CS_WINDOWS_1257}, {"cswindows1258", CS_WINDOWS_1258},
	{"cswindows31j", CS_SHIFT_JIS}, {"cyrillic", CS_ISO_8859_5},
	{"dos874", CS_WINDOWS_874}, {"ecma114", CS_ISO_8859_6}, {"ecma118", CS_ISO_8859_7},
	{"elot928", CS_ISO_8859_7}, {"eten", CS_BIG5}, {"euccn", CS_GB2312},
	{"eucgb2312cn", CS_GB2312}, {"eucjp", CS_EUC_JP}, {"eucjpms", CS_EUC_JP},
	{"euckr", CS_EUC_KR}, {"euctw", CS_EUC_TW}, {"gb18030", CS_GB18030},
	{"gb180302022", CS_GB18030}, {"gb2312", CS_GB2312}, {"gb231280", CS_GB2312},
	{"gbk", CS_GBK}, {"greek", CS_ISO_8859_7}, {"greek8", CS_ISO_8859_7},
	{"hebrew", CS_ISO_8859_8}, {"ibm367", CS_US_ASCII}, {"ibm437", CS_IBM437},
	{"ibm819", CS_ISO_8859_1}, {"ibm850", CS_IBM850}, {"ibm852", CS_IBM852},
	{"ibm866", CS_IBM866}, {"ibm943", CS_SHIFT_JIS}, {"iso10646ucs2", CS_UTF_16},
	{"iso10646ucs4", CS_UTF_32}, {"iso2022cn", CS_ISO_2022_CN},
	{"iso2022jp", CS_ISO_2022_JP}, {"iso2022jp1", CS_ISO_2022_JP_2},
	{"iso2022jp2", CS_ISO_2022_JP_2}, {"iso2022jpms", CS_ISO_2022_JP},
	{"iso2022kr", CS_ISO_2022_KR}, {"iso646irv1991", CS_US_ASCII},
	{"iso646us", CS_US_ASCII}, {"iso88591", CS_ISO_8859_1}, {"iso885910", CS_ISO_8859_10},
	{"iso8859101992", CS_ISO_8859_10}, {"iso885911", CS_ISO_8859_11},
	{"iso885911987", CS_ISO_8859_1}, {"iso885913", CS_ISO_8859_13},
	{"iso885914", CS_ISO_8859_14}, {"iso8859141998", CS_ISO_8859_14},
	{"iso885915", CS_ISO_8859_15}, {"iso8859151998", CS_ISO_8859_15},
	{"iso885916", CS_ISO_8859_16}, {"iso8859162001", CS_ISO_8859_16},
	{"iso88592", CS_ISO_8859_2}, {"iso885921987", CS_ISO_8859_2},
	{"iso88593", CS_ISO_8859_3}, {"iso885931988", CS_ISO_8859_3},
	{"iso88594", CS_ISO_8859_4}, {"iso885941988", CS_ISO_8859_4},
	{"iso88595", CS_ISO_8859_5}, {"iso885951988", CS_ISO_8859_5},
	{"iso88596", CS_ISO_8859_6}, {"iso885961987", CS_ISO_8859_6},
	{"iso88596e", CS_ISO_8859_6}, {"iso88596i", CS_ISO_8859_6},
	{"iso88597", CS_ISO_8859_7}, {"iso885971987", CS_ISO_8859_7},
	{"iso88598", CS_ISO_8859_8}, {"iso885981988", CS_ISO_8859_8},
	{"iso88598e", CS_ISO_8859_8}, {"iso88598i", CS_ISO_8859_8_I},
	{"iso88599", CS_ISO_8859_9}, {"iso885991989", CS_ISO_8859_9},
	{"isoceltic", CS_ISO_8859_14}, {"isoir100", CS_ISO_8859_1},
	{"isoir101", CS_ISO_8859_2}, {"isoir109", CS_ISO_8859_3}, {"isoir110", CS_ISO_8859_4},
	{"isoir126", CS_ISO_8859_7}, {"isoir127", CS_ISO_8859_6}, {"isoir138", CS_ISO_8859_8},
	{"isoir144", CS_ISO_8859_5}, {"isoir148", CS_ISO_8859_9},
	{"isoir149", CS_KS_C_5601_1987}, {"isoir157", CS_ISO_8859_10},
	{"isoir199", CS_ISO_8859_14}, {"isoir226", CS_ISO_8859_16}, {"isoir58", CS_GB2312},
	{"isoir6", CS_US_ASCII}, {"johab", CS_JOHAB}, {"koi", CS_KOI8_R}, {"koi8", CS_KOI8_R},
	{"koi8r", CS_KOI8_R}, {"koi8ru", CS_KOI8_U}, {"koi8u", CS_KOI8_U},
	{"korean", CS_KS_C_5601_1987}, {"ksc5601", CS_KS_C_5601_1987},
	{"ksc56011987", CS_KS_C_5601_1987}, {"ksc56011989", CS_KS_C_5601_1987},
	{"l1", CS_ISO_8859_1}, {"l10", CS_ISO_8859_16}, {"l2", CS_ISO_8859_2},
	{"l3", CS_ISO_8859_3}, {"l4", CS_ISO_8859_4}, {"l5", CS_ISO_8859_9},
	{"l6", CS_ISO_8859_10}, {"l7", CS_ISO_8859_13}, {"l8", CS_ISO_8859_14},
	{"l9", CS_ISO_8859_15}, {"latin0", CS_ISO_8859_15}, {"latin1", CS_ISO_8859_1},
	{"latin10", CS_ISO_8859_16}, {"latin2", CS_ISO_8859_2}, {"latin3", CS_ISO_8859_3},
	{"latin4", CS_ISO_8859_4}, {"latin5", CS_ISO_8859_9}, {"latin6", CS_ISO_8859_10},
	{"latin7", CS_ISO_8859_13}, {"latin8", CS_ISO_8859_14}, {"latin9", CS_ISO_8859_15},
	{"logical", CS_ISO_8859_8_I}, {"mac", CS_MACINTOSH},
	{"maccyrillic", CS_X_MAC_CYRILLIC}, {"macintosh", CS_MACINTOSH},
	{"macroman", CS_MACINTOSH}, {"ms1361", CS_JOHAB}, {"ms932", CS_SHIFT_JIS},
	{"ms936", CS_GBK}, {"ms949", CS_KS_C_5601_1987}, {"ms950", CS_CP950},
	{"mskanji", CS_SHIFT_JIS}, {"shiftjis", CS_SHIFT_JIS}, {"sjis", CS_SHIFT_JIS},
	{"suneugreek", CS_ISO_8859_7}, {"tcvn", CS_TCVN}, {"tcvn5712", CS_TCVN},
	{"tcvn57121", CS_TCVN}, {"tis620", CS_TIS_620}, {"ucs2", CS_UTF_16},
	{"ucs2be", CS_UTF_16BE}, {"ucs2le", CS_UTF_16LE}, {"ucs4", CS_UTF_32},
	{"ucs4be", CS_UTF_32BE}, {"ucs4le", CS_UTF_32LE}, {"uhc", CS_KS_C_5601_1987},
	{"ujis", CS_EUC_JP}, {"unicode", CS_UTF_16}, {"unicode11utf7", CS_UTF_7},
	{"unicode11utf8", CS_UTF_8}, {"unicode20utf8", CS_UTF_8}, {"unicodefeff", CS_UTF_16LE},
	{"unicodefffe", CS_UTF_16BE}, {"us", CS_US_ASCII}, {"usascii", CS_US_ASCII},
	{"utf16", CS_UTF_16}, {"utf16be", CS_UTF_16BE}, {"utf16le", CS_UTF_16LE},
	{"utf32", CS_UTF_32}, {"utf32be", CS_UTF_32BE}, {"utf32le", CS_UTF_32LE},
	{"utf7", CS_UTF_7}, {"utf8", CS_UTF_8}, {"viscii", CS_VISCII},
	{"visual", CS_ISO_8859_8}, {"win1250", CS_WINDOWS_1250}, {"win1251", CS_WINDOWS_1251},
	{"win1252", CS_WINDOWS_1252}, {"win1254", CS_WINDOWS_1254},
	{"windows1250", CS_WINDOWS_1250}, {"windows1251", CS_WINDOWS_1251},
	{"windows1252", CS_WINDOWS_1252}, {"windows1253", CS_WINDOWS_1253},
	{"windows1254", CS_WINDOWS_1254}, {"windows1255", CS_WINDOWS_1255},
	{"windows1256", CS_WINDOWS_1256}, {"windows1257", CS_WINDOWS_1257},
	{"windows1258", CS_WINDOWS_1258}, {"windows31j", CS_SHIFT_JIS},
	{"windows874", CS_WINDOWS_874}, {"windows932", CS_SHIFT_JIS}, {"windows936", CS_GBK},
	{"windows949", CS_KS_C_5601_1987}, {"windows950", CS_CP950},
	{"xansi", CS_WINDOWS_1252}, {"xbig5", CS_BIG5}, {"xcp1250", CS_WINDOWS_1250},
	{"xcp1251", CS_WINDOWS_1251}, {"xcp1252", CS_WINDOWS_1252},
	{"xcp1253", CS_WINDOWS_1253}, {"xcp1254", CS_WINDOWS_1254},
	{"xcp1255", CS_WINDOWS_1255}, {"xcp1256", CS_WINDOWS_1256},
	{"xcp1257", CS_WINDOWS_1257}, {"xcp1258", CS_WINDOWS_1258}, {"xeuc", CS_EUC_JP},
	{"xeuccn", CS_GB2312}, {"xeucjp", CS_EUC_JP}, {"xeuckr", CS_EUC_KR},
	{"xeuctw", CS_EUC_TW}, {"xgb18030", CS_GB18030}, {"xgb2312", CS_GB2312},
	{"xgbk", CS_GBK}, {"xiso88591", CS_ISO_8859_1}, {"xjohab", CS_JOHAB},
	{"xksc5601", CS_KS_C_5601_1987}, {"xlatin1", CS_ISO_8859_1},
	{"xmaccyrillic", CS_X_MAC_CYRILLIC}, {"xmacroman", CS_MACINTOSH},
	{"xmacukrainian", CS_X_MAC_CYRILLIC}, {"xms932", CS_SHIFT_JIS},
	{"xmscp932", CS_SHIFT_JIS}, {"xsjis", CS_SHIFT_JIS}, {"xuhc", CS_KS_C_5601_1987},
	{"xunicode20utf8", CS_UTF_8}, {"xutf8", CS_UTF_8}, {"xwindows1252", CS_WINDOWS_1252},
	{"xwindows31j", CS_SHIFT_JIS}, {"xwindows874", CS_WINDOWS_874},
	{"xwindows949", CS_KS_C_5601_1987}, {"xwindows950", CS_CP950}, {"xxbig5", CS_BIG5},
};
/* clang-format on */

/* Writes "iso88591" for "ISO_8859-1" or "iso8859-1" to out, which has NAME_MAX_BYTES; as much
 * of it as there is room for. False: the name is too long, or has bytes that are in no
 * charset's name. Quotes within quotes and the like are left out, too: programs write them. */
static bool
fold_charset_name(const char *name, size_t len, char *out)
{
	size_t n = 0, i;

	for (i = 0; i < len; i++) {
		unsigned char c = (unsigned char)name[i], lower = c | 0x20;
		bool letter = lower >= 'a' && lower <= 'z';

		if (letter || (c >= '0' && c <= '9')) {
			if (n == NAME_MAX_BYTES - 1)
				break;
			out[n++] = (char)(letter ? lower : c);
		} else if (c == '\0' || strchr("-_.:+() \t\"'<>,;", c) == NULL) {
			break;
		}
	}
	out[n] = '\0';
	return i == len && n > 0;
}

static int
compare_charset_alias(const void *key, const void *element)
{
	const struct charset_alias *alias = element;

	return strcmp(key, alias->name);
}

enum charset_id
charset_table_find(const char *name, size_t len)
{
	char key[NAME_MAX_BYTES];
	const struct charset_alias *found;

	if (!fold_charset_name(name, len, key))
		return CS_COUNT;
	found = bsearch(key, charset_aliases,
			sizeof(charset_aliases) / sizeof(charset_aliases[0]),
			sizeof(charset_aliases[0]), compare_charset_alias);
	return found == NULL ? CS_COUNT : found->id;
}

/* "cp500", "ibm01140", "x-ibm037" and "1047" are code pages of EBCDIC. */
static bool
is_ebcdic_code_page(const char *key)
{
	static const char *const prefixes[] = {"csibm", "xibm", "ibm", "xcp", "cp", "ccsid"};
	static const unsigned pages[] = {
		37,    256,   273,   274,   275,   277,	  278,	 280,	281,   284,
		285,   290,   297,   410,   420,   423,	  424,	 500,	803,   833,
		836,   838,   870,   871,   875,   880,	  905,	 918,	924,   930,
		931,   933,   935,   937,   939,   1025,  1026,	 1027,	1047,  1069,
		1097,  1112,  1122,  1123,  1130,  1132,  1137,	 1140,	1141,  1142,
		1143,  1144,  1145,  1146,  1147,  1148,  1149,	 1153,	1154,  1155,
		1156,  1157,  1158,  1160,  1164,  1165,  1166,	 1364,	1371,  1388,
		1390,  1399,  4971,  8482,  8612,  9030,  9067,	 9448,	12708, 12712,
		16804, 20273, 20277, 20278, 20280, 20284, 20285, 20290, 20297, 20420,
		20423, 20424, 20833, 20838, 20871, 20880, 20905, 20924, 21025, 21027,
	};
	unsigned long page;
	char *end;

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
		if (str_case_starts(key, prefixes[i])) {
			key += strlen(prefixes[i]);
			break;
		}
	if (*key < '0' || *key > '9')
		return false;
	page = strtoul(key, &end, 10);
	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]) && *end == '\0'; i++)
		if (page == pages[i])
			return true;
	return false;
}

bool
charset_table_is_foreign_name(const char *name, size_t len)
{
	static const char *const prefixes[] = {
		"ebcdic", "csebcdic", "xebcdic", "osdebcdic", "hz",    "iso2022", "csiso2022",
		"ucs",	  "unicode",  "csucs",	 "iso10646",  "csutf", "utf",	  "xutf",
		"scsu",	  "bocu",     "imap",	 "iso646",    "ximap",
	};
	char key[NAME_MAX_BYTES];

	(void)fold_charset_name(name, len, key);
	if (strstr(key, "utf8") != NULL)
		return false;
	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
		if (str_case_starts(key, prefixes[i]))
			return true;
	return is_ebcdic_code_page(key);
}
