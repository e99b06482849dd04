/* rewrite/append: text added in the part's own charset and encoding. Each row of the tables is
 * a part, the text that is added at its end, and the part that must come out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "charsets.h"
#include "joined.h"
#include "rewrite/append.h"

#define DASH "Example Ltd \xe2\x80\x93 confidential\r\n"
#define HTML "<p>Example Ltd</p>\r\n"

struct test {
	const char *name;
	const char *body;
	enum mime_encoding encoding;
	const char *charset;
	bool html, flowed;
	const char *add; /* the text, or the HTML */
	const char *want;
	enum mime_edit_result result;
	enum mime_encoding want_encoding;
	bool want_utf8;
	bool top, as_qp;
};

static const struct test tests[] = {
	{.name = "a character beyond ASCII",
	 .body = "Hello\r\n",
	 .charset = "us-ascii",
	 .add = DASH,
	 .want = "Hello\r\n\r\nExample Ltd =E2=80=93 confidential\r\n",
	 .want_encoding = MIME_QP,
	 .want_utf8 = true},
	{.name = "a character beyond ASCII, without a charset",
	 .body = "Hello\r\n",
	 .add = DASH,
	 .want = "Hello\r\n\r\nExample Ltd =E2=80=93 confidential\r\n",
	 .want_encoding = MIME_QP,
	 .want_utf8 = true},
	{.name = "ASCII",
	 .body = "Hello\r\n",
	 .charset = "us-ascii",
	 .add = "ASCII\r\n",
	 .want = "Hello\r\n\r\nASCII\r\n"},
	{.name = "base64",
	 .body = "SGVsbG8NCg==\r\n",
	 .encoding = MIME_BASE64,
	 .charset = "utf-8",
	 .add = DASH,
	 .want = "SGVsbG8NCg0KRXhhbXBsZSBMdGQg4oCTIGNvbmZpZGVudGlhbA0K\r\n",
	 .want_encoding = MIME_BASE64},
	{.name = "QP in a charset without the character",
	 .body = "Gr=FC=DFe\r\n",
	 .encoding = MIME_QP,
	 .charset = "iso-8859-1",
	 .add = DASH,
	 .want = "Gr=C3=BC=C3=9Fe\r\n\r\nExample Ltd =E2=80=93 confidential\r\n",
	 .want_encoding = MIME_QP,
	 .want_utf8 = true},
	{.name = "it fits in latin-1",
	 .body = "Gr\xfc\xdf"
		 "e\r\n",
	 .encoding = MIME_8BIT,
	 .charset = "iso-8859-1",
	 .add = "\xc3\xa4\r\n",
	 .want = "Gr\xfc\xdf"
		 "e\r\n\r\n\xe4\r\n",
	 .want_encoding = MIME_8BIT},
	{.name = "8bit stays 8bit",
	 .body = "Gr\xc3\xbc\xc3\x9f"
		 "e\r\n",
	 .encoding = MIME_8BIT,
	 .charset = "utf-8",
	 .add = DASH,
	 .want = "Gr\xc3\xbc\xc3\x9f"
		 "e\r\n\r\n" DASH,
	 .want_encoding = MIME_8BIT},
	{.name = "no last line end",
	 .body = "Hello",
	 .add = "x\r\n",
	 .want = "Hello\r\n\r\nx\r\n"},
	{.name = "empty line there",
	 .body = "Hello\r\n\r\n",
	 .add = "x\r\n",
	 .want = "Hello\r\n\r\nx\r\n"},
	{.name = "empty body", .body = "", .add = "x\r\n", .want = "x\r\n"},
	{.name = "QP ends in a soft break",
	 .body = "Hello=\r\n",
	 .encoding = MIME_QP,
	 .charset = "utf-8",
	 .add = "x=y\r\n",
	 .want = "Hello=\r\n\r\n\r\nx=3Dy\r\n",
	 .want_encoding = MIME_QP},
	{.name = "QP ends in =",
	 .body = "Hello=",
	 .encoding = MIME_QP,
	 .charset = "utf-8",
	 .add = "x\r\n",
	 .want = "Hello=\r\n\r\n\r\nx\r\n",
	 .want_encoding = MIME_QP},
	{.name = "QP with blanks at the end",
	 .body = "Hello \t",
	 .encoding = MIME_QP,
	 .charset = "utf-8",
	 .add = "x\r\n",
	 .want = "Hello \t\r\n\r\nx\r\n",
	 .want_encoding = MIME_QP},
	{.name = "QP without a last line end",
	 .body = "Hello",
	 .encoding = MIME_QP,
	 .charset = "utf-8",
	 .add = "x\r\n",
	 .want = "Hello\r\n\r\nx\r\n",
	 .want_encoding = MIME_QP},
	{.name = "QP bytes stay",
	 .body = "=41=42 =\r\nc\r\n",
	 .encoding = MIME_QP,
	 .charset = "utf-8",
	 .add = "x\r\n",
	 .want = "=41=42 =\r\nc\r\n\r\nx\r\n",
	 .want_encoding = MIME_QP},
	{.name = "unknown charset, ASCII",
	 .body = "Hello\r\n",
	 .charset = "x-unknown",
	 .add = "x\r\n",
	 .want = "Hello\r\n\r\nx\r\n"},
	{.name = "unknown charset",
	 .body = "Hello\r\n",
	 .charset = "x-unknown",
	 .add = DASH,
	 .result = MIME_EDIT_CHARSET},
	{.name = "unlabelled latin-1",
	 .body = "Gr\xfc\r\n",
	 .encoding = MIME_8BIT,
	 .add = DASH,
	 .result = MIME_EDIT_CHARSET},
	{.name = "unlabelled UTF-8",
	 .body = "Gr\xc3\xbc\r\n",
	 .encoding = MIME_8BIT,
	 .add = DASH,
	 .want = "Gr\xc3\xbc\r\n\r\n" DASH,
	 .want_encoding = MIME_8BIT,
	 .want_utf8 = true},
	{.name = "utf-16",
	 .body = "SABpAA0ACgA=\r\n",
	 .encoding = MIME_BASE64,
	 .charset = "utf-16le",
	 .add = "x\r\n",
	 .want = "SGkNCg0KeA0K\r\n",
	 .want_encoding = MIME_BASE64,
	 .want_utf8 = true},
	{.name = "latin-1 is windows-1252",
	 .body = "\x93q\x94 \x80\r\n",
	 .encoding = MIME_8BIT,
	 .charset = "iso-8859-1",
	 .add = "\xe2\x80\x93\r\n",
	 .want = "\xe2\x80\x9cq\xe2\x80\x9d \xe2\x82\xac\r\n\r\n\xe2\x80\x93\r\n",
	 .want_encoding = MIME_8BIT,
	 .want_utf8 = true},
	{.name = "C1 controls in a charset in which they are no text",
	 .body = "\x9a=b1\r\n",
	 .encoding = MIME_8BIT,
	 .charset = "iso-8859-2",
	 .add = "\xe2\x80\x93\r\n",
	 .result = MIME_EDIT_CHARSET},
	{.name = "characters that are converted to private ones",
	 .body = "\xc6\xa1\r\n",
	 .encoding = MIME_8BIT,
	 .charset = "big5",
	 .add = "\xe2\x82\xac \xf0\x9f\x98\x80\r\n",
	 .result = MIME_EDIT_CHARSET},
	{.name = "C1 controls in unlabelled text",
	 .body = "\xc2\x85\r\n",
	 .encoding = MIME_8BIT,
	 .add = "\xe2\x80\x93\r\n",
	 .result = MIME_EDIT_CHARSET},
	{.name = "escape sequences that a converter lets through",
	 .body = "\x1b(I1\x1b(B\r\n",
	 .charset = "iso-2022-kr",
	 .add = "\xf0\x9f\x98\x80\r\n",
	 .result = MIME_EDIT_CHARSET},
	{.name = "UTF-8 that is labelled us-ascii, which some read as windows-1252",
	 .body = "Gr\xc3\xbc\r\n",
	 .encoding = MIME_8BIT,
	 .charset = "us-ascii",
	 .add = DASH,
	 .result = MIME_EDIT_CHARSET},
	{.name = "EBCDIC",
	 .body = "\x88\x85\x93\x93\x96\x0d\x25",
	 .encoding = MIME_8BIT,
	 .charset = "ibm037",
	 .add = "ASCII\r\n",
	 .result = MIME_EDIT_CHARSET},
	{.name = "no superset of ASCII, though it has all of the text",
	 .body = "x\r\n",
	 .charset = "johab",
	 .add = "a\\b\r\n",
	 .want = "x\r\n\r\na\\b\r\n",
	 .want_utf8 = true},
	{.name = "Hebrew in the order in which it is seen",
	 .body = "\xed\xe5\xec\xf9\r\n",
	 .encoding = MIME_8BIT,
	 .charset = "iso-8859-8",
	 .add = "\xd7\xa9\r\n",
	 .result = MIME_EDIT_CHARSET},
	{.name = "Hebrew in the order in which it is read",
	 .body = "\xf9\xec\r\n",
	 .encoding = MIME_8BIT,
	 .charset = "iso-8859-8-i",
	 .add = "\xe2\x82\xac\r\n",
	 .want = "\xd7\xa9\xd7\x9c\r\n\r\n\xe2\x82\xac\r\n",
	 .want_encoding = MIME_8BIT,
	 .want_utf8 = true},
	{.name = "a mark of UTF-8 under another label",
	 .body = "\xef\xbb\xbfGr\xc3\xbc\r\n",
	 .encoding = MIME_8BIT,
	 .charset = "iso-8859-1",
	 .add = "\xe2\x80\x93\r\n",
	 .result = MIME_EDIT_CHARSET},
	{.name = "a charset of blanks",
	 .body = "Hello\r\n",
	 .encoding = MIME_8BIT,
	 .charset = " ''",
	 .add = "\xe2\x80\x93\r\n",
	 .want = "Hello\r\n\r\n\xe2\x80\x93\r\n",
	 .want_encoding = MIME_8BIT,
	 .want_utf8 = true},
	{.name = "an empty charset",
	 .body = "Gr\xc3\xbc\r\n",
	 .encoding = MIME_8BIT,
	 .charset = "",
	 .add = "\xe2\x80\x93\r\n",
	 .want = "Gr\xc3\xbc\r\n\r\n\xe2\x80\x93\r\n",
	 .want_encoding = MIME_8BIT,
	 .want_utf8 = true},
	{.name = "iso-2022-jp that ends in ASCII",
	 .body = "\x1b$B%F%9%H\x1b(B\r\n",
	 .charset = "iso-2022-jp",
	 .add = "A ~footer~\r\n",
	 .want = "\x1b$B%F%9%H\x1b(B\r\n\r\nA ~footer~\r\n"},
	{.name = "iso-2022-jp that does not end in ASCII",
	 .body = "\x1b$B%F%9%H\r\n",
	 .charset = "iso-2022-jp",
	 .add = "A ~footer~\r\n",
	 .want = "\x1b$B%F%9%H\r\n\x1b(B\r\nA ~footer~\r\n"},
	{.name = "the same in QP, with an open line",
	 .body = "=1B$B%F%9%H",
	 .encoding = MIME_QP,
	 .charset = "iso-2022-jp",
	 .add = "\xe6\x97\xa5\r\n",
	 .want = "=1B$B%F%9%H=\r\n=1B(B\r\n\r\n=1B$BF|=1B(B\r\n",
	 .want_encoding = MIME_QP},
	{.name = "the same at the top",
	 .body = "\x1b$B%F%9%H\r\n",
	 .charset = "iso-2022-jp",
	 .add = "x\r\n",
	 .top = true,
	 .want = "x\r\n\r\n\x1b$B%F%9%H\r\n"},
	{.name = "iso-2022-kr in its second state",
	 .body = "\x1b$)C\x0eGQ\r\n",
	 .charset = "iso-2022-kr",
	 .add = "x\r\n",
	 .want = "\x1b$)C\x0eGQ\r\n\x0f\r\nx\r\n"},
	{.name = "iso-2022-jp with half-width katakana, converted",
	 .body = "\x1b(I1\x1b(B\r\n",
	 .charset = "iso-2022-jp",
	 .add = "\xe2\x82\xac\r\n",
	 .want = "=EF=BD=B1\r\n\r\n=E2=82=AC\r\n",
	 .want_encoding = MIME_QP,
	 .want_utf8 = true},
	{.name = "iso-2022-jp without a label, ASCII",
	 .body = "\x1b$B%F\x1b(B\r\n",
	 .add = "x\r\n",
	 .want = "\x1b$B%F\x1b(B\r\n\r\nx\r\n"},
	{.name = "iso-2022-jp without a label",
	 .body = "\x1b$B%F\x1b(B\r\n",
	 .charset = "us-ascii",
	 .add = "\xe2\x82\xac\r\n",
	 .result = MIME_EDIT_CHARSET},
	{.name = "iso-2022-jp without a label that does not end in ASCII",
	 .body = "\x1b$B%F\r\n",
	 .add = "x\r\n",
	 .result = MIME_EDIT_CHARSET},
	{.name = "HTML in iso-2022-jp: \"<R\" is a character",
	 .body = "<p>\x1b$B<R\x1b(B</p></body>\r\n",
	 .charset = "iso-2022-jp",
	 .html = true,
	 .add = "<p>x</p>\r\n",
	 .want = "<p>=E7=A4=BE</p>\r\n<p>x</p>\r\n</body>\r\n",
	 .want_encoding = MIME_QP,
	 .want_utf8 = true},
	{.name = "unknown encoding",
	 .body = "Hello\r\n",
	 .encoding = MIME_UNKNOWN_ENCODING,
	 .add = "x\r\n",
	 .result = MIME_EDIT_ENCODING},
	{.name = "broken base64",
	 .body = "SGVs*bG8\r\n",
	 .encoding = MIME_BASE64,
	 .add = "x\r\n",
	 .result = MIME_EDIT_IRREGULAR},
	{.name = "inline PGP",
	 .body = "x\r\n-----BEGIN PGP SIGNED MESSAGE-----\r\ny\r\n",
	 .add = "x\r\n",
	 .result = MIME_EDIT_SIGNED},
	{.name = "inline PGP behind lines with dashes",
	 .body = "- a\r\nx - y - z\r\n-----BEGIN\r\n-----BEGIN PGP MESSAGE-----\r\ny\r\n",
	 .add = "x\r\n",
	 .result = MIME_EDIT_ENCRYPTED},
	{.name = "inline PGP at the end, without a line end",
	 .body = "--\n-----BEGIN PGP MESSAGE-----",
	 .add = "x\r\n",
	 .result = MIME_EDIT_ENCRYPTED},
	{.name = "a mark of PGP that is cut",
	 .body = "- a - b\r\n-----BEGIN PGP MESSAGE----\r\n",
	 .add = "x\r\n",
	 .want = "- a - b\r\n-----BEGIN PGP MESSAGE----\r\n\r\nx\r\n"},
	{.name = "inline PGP in base64",
	 .body = "LS0tLS1CRUdJTiBQR1AgTUVTU0FHRS0tLS0tDQo=\r\n",
	 .encoding = MIME_BASE64,
	 .add = "x\r\n",
	 .result = MIME_EDIT_ENCRYPTED},
	{.name = "inline PGP in UTF-16",
	 .body = "AC0ALQAtAC0ALQBCAEUARwBJAE4AIABQAEcAUAAgAE0ARQBTAFMAQQBHAEUALQAtAC0ALQAt\r\n",
	 .encoding = MIME_BASE64,
	 .charset = "utf-16",
	 .add = "x\r\n",
	 .result = MIME_EDIT_ENCRYPTED},
	{.name = "a mark of PGP inside a line",
	 .body = "see -----BEGIN PGP MESSAGE-----\r\n",
	 .add = "x\r\n",
	 .want = "see -----BEGIN PGP MESSAGE-----\r\n\r\nx\r\n"},
	{.name = "there already",
	 .body = "Hello\r\n\r\nExample  LTD\r\n",
	 .add = "Example\r\nLtd\r\n",
	 .result = MIME_EDIT_PRESENT},
	{.name = "quoted copy does not count",
	 .body = "Hello\r\n> Example Ltd\r\n",
	 .add = "Example Ltd\r\n",
	 .want = "Hello\r\n> Example Ltd\r\n\r\nExample Ltd\r\n"},
	{.name = "flowed",
	 .body = "a paragraph \r\n",
	 .flowed = true,
	 .add = "> quoted \r\nFrom here\r\n blank\r\n-- \r\nplain\r\n",
	 .want = "a paragraph \r\n\r\n\r\n > quoted\r\n From here\r\n  blank\r\n-- \r\nplain\r\n"},
	{.name = "html",
	 .body = "<body>x</body>\r\n",
	 .charset = "iso-8859-1",
	 .html = true,
	 .add = HTML,
	 .want = "<body>x\r\n" HTML "</body>\r\n"},
	{.name = "html without a body tag",
	 .body = "<p>x\r\n",
	 .encoding = MIME_8BIT,
	 .html = true,
	 .add = HTML,
	 .want = "<p>x\r\n" HTML,
	 .want_encoding = MIME_8BIT},
	/* "<body>abc</body>" and a comment behind it */
	{.name = "html in base64",
	 .body = "PGJvZHk+YWJj\r\nPC9ib2R5Pg0K\r\nPCEtLSB4IC0t\r\nPg0K\r\n",
	 .encoding = MIME_BASE64,
	 .charset = "utf-8",
	 .html = true,
	 .add = HTML,
	 .want = "PGJvZHk+YWJj\r\nDQo8cD5FeGFtcGxlIEx0ZDwvcD4NCg0KPC9ib2R5Pg0K\r\n"
		 "PCEtLSB4IC0t\r\nPg0K\r\n",
	 .want_encoding = MIME_BASE64},
	{.name = "html in QP, the tag broken",
	 .body = "<body>x</bo=\r\ndy>\r\n",
	 .encoding = MIME_QP,
	 .html = true,
	 .add = HTML,
	 .want = "<body>x=\r\n\r\n<p>Example Ltd</p>\r\n</bo=\r\ndy>\r\n",
	 .want_encoding = MIME_QP},
	{.name = "html in QP, the tag encoded",
	 .body = "<body>=C3=BC =3C/body=3E",
	 .encoding = MIME_QP,
	 .charset = "utf-8",
	 .html = true,
	 .add = HTML,
	 .want = "<body>=C3=BC =\r\n\r\n<p>Example Ltd</p>\r\n=3C/body=3E",
	 .want_encoding = MIME_QP},
	{.name = "html in base64",
	 .body = "PGJvZHk+eDwvYm9keT4=\r\n",
	 .encoding = MIME_BASE64,
	 .html = true,
	 .add = HTML,
	 .want = "PGJvZHk+eA0KPHA+RXhhbXBsZSBMdGQ8L3A+DQo8L2JvZHk+\r\n",
	 .want_encoding = MIME_BASE64},
	{.name = "html there already",
	 .body = "<body>x<P>Example&nbsp;Ltd</P></body>",
	 .html = true,
	 .add = HTML,
	 .result = MIME_EDIT_PRESENT},
};

static enum mime_edit_result
append(const struct test *t, enum if_present if_present, struct appended *ret)
{
	const struct text_part part = {.body = t->body,
				       .len = strlen(t->body),
				       .encoding = t->encoding,
				       .charset = t->charset,
				       .html = t->html,
				       .flowed = t->flowed};
	const struct addition add = {.text = t->add,
				     .text_len = strlen(t->add),
				     .html = t->add,
				     .html_len = strlen(t->add),
				     .top = t->top,
				     .as_qp = t->as_qp};

	return mime_append(&part, &add, if_present, ret);
}

/* Text in front of the part's own, and parts that must become quoted-printable. */
static const struct test top_and_qp_tests[] = {
	{.name = "top",
	 .body = "Hello\r\n",
	 .add = "x\r\n",
	 .top = true,
	 .want = "x\r\n\r\nHello\r\n"},
	{.name = "top of an empty body",
	 .body = "",
	 .add = "x\r\n",
	 .top = true,
	 .want = "x\r\n"},
	{.name = "top, behind a byte order mark",
	 .body = "\xef\xbb\xbfHello\r\n",
	 .encoding = MIME_8BIT,
	 .charset = "utf-8",
	 .add = "x\r\n",
	 .top = true,
	 .want = "\xef\xbb\xbfx\r\n\r\nHello\r\n",
	 .want_encoding = MIME_8BIT},
	{.name = "top, QP bytes stay",
	 .body = "=41 =\r\nb\r\n",
	 .encoding = MIME_QP,
	 .charset = "utf-8",
	 .add = DASH,
	 .top = true,
	 .want = "Example Ltd =E2=80=93 confidential\r\n\r\n=41 =\r\nb\r\n",
	 .want_encoding = MIME_QP},
	{.name = "top, behind a mark in QP",
	 .body = "=EF=BB=BFb\r\n",
	 .encoding = MIME_QP,
	 .charset = "utf-8",
	 .add = "x\r\n",
	 .top = true,
	 .want = "=EF=BB=BF=\r\nx\r\n\r\nb\r\n",
	 .want_encoding = MIME_QP},
	{.name = "top, there already",
	 .body = "x\r\n\r\nHello\r\n",
	 .add = "X\r\n",
	 .top = true,
	 .result = MIME_EDIT_PRESENT},
	{.name = "top, there at the end only",
	 .body = "Hello\r\n\r\nx\r\n",
	 .add = "x\r\n",
	 .top = true,
	 .want = "x\r\n\r\nHello\r\n\r\nx\r\n"},
	{.name = "top of html",
	 .body = "<html><body class=\">\">Hi</body></html>",
	 .html = true,
	 .add = HTML,
	 .top = true,
	 .want = "<html><body class=\">\">\r\n" HTML "Hi</body></html>"},
	{.name = "html in QP that is none",
	 .body = "<body text=\"#000000\" a=\"utf-8\">x  \r\n =20 \t\r\n  </body>\r\n",
	 .encoding = MIME_QP,
	 .html = true,
	 .add = HTML,
	 .want = "<body text=\"#000000\" a=\"utf-8\">x  \r\n =20 \t\r\n  =\r\n\r\n" HTML
		 "</body>\r\n",
	 .want_encoding = MIME_QP},
	{.name = "as QP",
	 .body = "a=b\r\n",
	 .add = "--x\r\n",
	 .as_qp = true,
	 .want = "a=3Db\r\n\r\n=2D-x\r\n",
	 .want_encoding = MIME_QP},
	{.name = "as QP, base64 stays",
	 .body = "SGVsbG8NCg==\r\n",
	 .encoding = MIME_BASE64,
	 .charset = "utf-8",
	 .add = "x\r\n",
	 .as_qp = true,
	 .want = "SGVsbG8NCg0KeA0K\r\n",
	 .want_encoding = MIME_BASE64},
};

static void
check_table(const struct test *table, size_t n)
{
	struct buf body = {0};

	for (size_t i = 0; i < n; i++) {
		const struct test *t = &table[i];
		const struct text_part part = {.body = t->body, .len = strlen(t->body)};
		struct appended got = {0};
		enum mime_edit_result result = append(t, IF_PRESENT_TAIL, &got);

		if (result != t->result)
			fail_msg("%s: %s", t->name, mime_edit_word(result));
		if (result != MIME_EDIT_OK)
			continue;
		buf_reset(&body);
		put_appended(&part, &got, &body);
		if (strcmp(buf_string(&body), t->want) != 0)
			fail_msg("%s: got\n%s\nwant\n%s", t->name, buf_string(&body), t->want);
		if (got.encoding != t->want_encoding || got.to_utf8 != t->want_utf8)
			fail_msg("%s: %s, to_utf8 %d", t->name,
				 mime_encoding_name(got.encoding), got.to_utf8);
		buf_free(&got.middle);
	}
	buf_free(&body);
}

static void
test_table(void **state)
{
	(void)state;
	check_table(tests, sizeof(tests) / sizeof(tests[0]));
	check_table(top_and_qp_tests, sizeof(top_and_qp_tests) / sizeof(top_and_qp_tests[0]));
}

/* A line above 998 bytes makes the part quoted-printable. */
static void
test_long_line(void **state)
{
	static char line[1100] = "<p>";
	const struct test t = {.body = "<body>x</body>", .html = true, .add = line};
	struct appended got = {0};

	(void)state;
	memset(line + 3, 'x', 998);
	memcpy(line + 1001, "\r\n", 3);
	assert_int_equal(append(&t, IF_PRESENT_TAIL, &got), MIME_EDIT_OK);
	assert_int_equal(got.encoding, MIME_QP);
	buf_free(&got.middle);
	memcpy(line + 998, "\r\n", 3);
	assert_int_equal(append(&t, IF_PRESENT_TAIL, &got), MIME_EDIT_OK);
	assert_int_equal(got.encoding, MIME_7BIT);
	buf_free(&got.middle);
}

static void
test_if_present(void **state)
{
	static const struct test quoted = {.body = "Hello\r\n> Example\r\n> Ltd\r\nbye\r\n",
					   .add = "Example Ltd\r\n"};
	static const struct test tail = {.body = "Hello\r\nExample Ltd\r\n",
					 .add = "Example Ltd\r\n"};
	struct appended got = {0};

	(void)state;
	assert_int_equal(append(&quoted, IF_PRESENT_THREAD, &got), MIME_EDIT_PRESENT);
	assert_int_equal(append(&quoted, IF_PRESENT_TAIL, &got), MIME_EDIT_OK);
	buf_free(&got.middle);
	assert_int_equal(append(&tail, IF_PRESENT_ADD, &got), MIME_EDIT_OK);
	buf_free(&got.middle);
	assert_int_equal(append(&tail, IF_PRESENT_TAIL, &got), MIME_EDIT_PRESENT);
}

/* Quoted lines behind the text are passed over, however many they are. */
static void
test_present_above_a_long_tail(void **state)
{
	struct buf body = {0};
	struct test t = {.add = "Example Ltd\r\n"};
	struct appended got = {0};

	(void)state;
	buf_puts(&body, "Hello\r\nExample Ltd\r\n");
	for (unsigned i = 0; i < 20000; i++)
		buf_puts(&body, "> quoted\r\n \r\n");
	t.body = buf_string(&body);
	assert_int_equal(append(&t, IF_PRESENT_TAIL, &got), MIME_EDIT_PRESENT);
	body.data[12] = '_';
	assert_int_equal(append(&t, IF_PRESENT_TAIL, &got), MIME_EDIT_OK);
	assert_int_equal(got.head, body.len);
	assert_int_equal(got.tail, 0);
	buf_free(&got.middle);
	buf_free(&body);
}

/* Adds to a long text, which has a mark of PGP in line number marked, if there is such a line.
 */
static enum mime_edit_result
add_to_long(enum mime_encoding e, size_t marked, bool top, struct appended *ret,
	    size_t *ret_len)
{
	const struct addition add = {.text = "Legal\r\n", .text_len = 7, .top = top};
	struct buf text = {0}, body = {0};
	struct text_part part = {.encoding = e};
	enum mime_edit_result result;

	for (size_t i = 0; i < 24000; i++)
		buf_puts(&text, i == marked ? "-----BEGIN PGP MESSAGE-----\r\n"
					    : "a line of a long text =\r\n");
	if (e == MIME_QP)
		mime_qp_encode((const char *)text.data, text.len, &body);
	else
		mime_base64_encode((const char *)text.data, text.len, &body);
	part.body = buf_string(&body);
	part.len = *ret_len = body.len;
	result = mime_append(&part, &add, IF_PRESENT_TAIL, ret);
	buf_free(&text);
	buf_free(&body);
	return result;
}

/* Little of a long part is written anew, at its end or its begin. Marks that stand across two
 * windows of the reader are found: the first window ends in line 1915 of base64, and in line
 * 2427 of quoted-printable. */
static void
test_long_encoded(void **state)
{
	static const size_t marked[] = {0, 1914, 1915, 1916, 2426, 2427, 2428, 23999};
	static const enum mime_encoding encodings[] = {MIME_QP, MIME_BASE64};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct appended got = {0};
		size_t len;

		assert_int_equal(add_to_long(encodings[i], SIZE_MAX, false, &got, &len),
				 MIME_EDIT_OK);
		assert_true(got.middle.len < 200 && got.head > len - 200);
		buf_free(&got.middle);
		assert_int_equal(add_to_long(encodings[i], SIZE_MAX, true, &got, &len),
				 MIME_EDIT_OK);
		assert_true(got.middle.len < 200 && got.tail > len - 200);
		buf_free(&got.middle);
		for (size_t k = 0; k < sizeof(marked) / sizeof(marked[0]); k++)
			assert_int_equal(
				add_to_long(encodings[i], marked[k], false, &got, &len),
				MIME_EDIT_ENCRYPTED);
	}
}

/* A mark inside a line does not count, not even where it ends with the first window of the
 * reader: 65536 bytes of base64, which are 47892 bytes of text. */
static void
test_mark_before_a_window(void **state)
{
	static const char mark[] = "-----BEGIN PGP MESSAGE-----";
	const struct addition add = {.text = "Legal\r\n", .text_len = 7};
	struct buf text = {0}, body = {0};
	struct text_part part = {.encoding = MIME_BASE64};
	struct appended got = {0};

	(void)state;
	while (text.len < 100000)
		buf_puts(&text, "a line of a long text =\r\n");
	memcpy(text.data + 47892 - strlen(mark), mark, strlen(mark));
	mime_base64_encode((const char *)text.data, text.len, &body);
	part.body = buf_string(&body);
	part.len = body.len;
	assert_int_equal(mime_append(&part, &add, IF_PRESENT_TAIL, &got), MIME_EDIT_OK);
	buf_free(&got.middle);
	buf_free(&text);
	buf_free(&body);
}

/* HTML in quoted-printable, with little and with much text behind the place. */
static void
test_html_goes_on(void **state)
{
	(void)state;
	for (int after = 0; after < 60; after += 6) {
		struct buf body = {0}, want = {0};
		struct test t = {.encoding = MIME_QP, .html = true, .add = HTML};
		struct text_part part = {.encoding = MIME_QP, .html = true};
		struct appended got = {0};
		size_t at;

		for (int i = 0; i < 40; i++)
			buf_puts(&body, "<p>some =3D =C3=BC =\r\ntext</p>\r\n");
		at = body.len;
		buf_puts(&body, "</body>\r\n");
		for (int i = 0; i < after; i++)
			buf_puts(&body, "<!-- =C3=BC -->=20\r\n");
		t.body = buf_string(&body);
		assert_int_equal(append(&t, IF_PRESENT_TAIL, &got), MIME_EDIT_OK);
		part.body = buf_string(&body);
		part.len = body.len;
		put_appended(&part, &got, &want);
		assert_int_equal(got.head, at);
		assert_int_equal(got.head + got.tail, body.len);
		assert_memory_equal(want.data + at, HTML, strlen(HTML));
		buf_free(&got.middle);
		buf_free(&body);
		buf_free(&want);
	}
}

static void
test_nul_and_large_html(void **state)
{
	static char big[5u << 20];
	const struct addition add = {
		.text = "x\r\n", .text_len = 3, .html = "x\r\n", .html_len = 3};
	struct text_part part = {.body = "a\0b\r\n", .len = 5, .encoding = MIME_8BIT};
	struct appended got = {0};

	(void)state;
	assert_int_equal(mime_append(&part, &add, IF_PRESENT_TAIL, &got), MIME_EDIT_BINARY);
	memset(big, 'x', sizeof(big));
	part = (struct text_part){
		.body = "\0a\0\0", .len = 4, .encoding = MIME_8BIT, .charset = "utf-16be"};
	assert_int_equal(mime_append(&part, &add, IF_PRESENT_TAIL, &got), MIME_EDIT_BINARY);
	part = (struct text_part){.body = big, .len = sizeof(big), .html = true};
	assert_int_equal(mime_append(&part, &add, IF_PRESENT_TAIL, &got), MIME_EDIT_SIZE);
}

int
main(void)
{
	const struct CMUnitTest all[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_long_line),
		cmocka_unit_test(test_if_present),
		cmocka_unit_test(test_present_above_a_long_tail),
		cmocka_unit_test(test_html_goes_on),
		cmocka_unit_test(test_long_encoded),
		cmocka_unit_test(test_mark_before_a_window),
		cmocka_unit_test(test_nul_and_large_html),
	};

	return cmocka_run_group_tests(all, open_charsets, NULL);
}
