/* Messages whose tree is known by construction. In a body the marks
 *	{ }	stand around the body of a node, nested as the nodes are,
 *	[ ]	may stand in front of that, around the node's header block,
 *	~	stands for a NUL.
 * The marks are taken out before the scan. The message itself is the whole body and has none.
 * Each message is scanned with LF, with CRLF, with both in turn, and again with its header
 * block in front of it. */
#ifndef UNIT_TREE_CASES_H
#define UNIT_TREE_CASES_H

struct tree_case {
	const char *type; /* Content-Type of the message, NULL: none */
	const char *body;
	const char *flags;
};

#define B	 "multipart/mixed; boundary=b"
#define CT(t)	 "Content-Type: " t "\n"
#define MULTI(x) CT("multipart/mixed; boundary=" x) "\n"
#define TEN	 "0123456789"
#define SEVENTY	 TEN TEN TEN TEN TEN TEN TEN

/* clang-format off */
static const struct tree_case tree_cases[] = {
	/* one part */
	{NULL, "hello\n", ""},
	{NULL, "", ""},
	{"text/plain", "--b\n\nno\n--b--\n", ""},
	{"application/x; boundary=b", "--b\n\nno\n--b--\n", ""},
	{"message/rfc822", "Subject: x\n\nbody\n", ""},

	/* regular multiparts */
	{B, "--b\n[]\n{one}\n--b--\n", ""},
	{B, "--b\n[" CT("text/html") "]\n{one}\n--b\n[" CT("image/png") "]\n{two}\n--b--\n", ""},
	{B, "--b\n\n{one}\n--b\n\n{two}\n--b\n\n{three}\n--b--", ""},
	{B, "\n--b\n\n{one\n\ntwo\n\n}\n--b--\n\n", ""},
	{B, "--b\n\n{no line end at all}\n--b--", ""},
	{B, "preamble\n--b\n\n{one}\n--b--\nepilogue\n", ""},
	{B, "x--b\n --b\n-b\n--B\n--bb\n--b b\n--\n--b\n\n{one}\n--b--\n", "odd-delimiter"},
	{B, "--b\n\n{one}\n--b--\n--b\n\nno part\n--b--\n--b--\n", "odd-delimiter"},
	{B, "--b\n\n{one\n--bb\n--b-\n--b---\n --b\n--b --\n--\n----\n---b\n}\n--b--\n", "odd-delimiter"},
	{B, "--b\n\n{--b.}\n--b--\n", "odd-delimiter"},
	{B, "--b\n\n{a\n--b--b}\n--b\n{}--b--\n", "odd-delimiter, no-blank-line"},

	/* white space behind delimiters */
	{B, "--b \n\n{one}\n--b\t \t\n\n{two}\n--b-- \n", ""},
	{B, "--b\n\n{one}\n--b--  \t", ""},
	{B, "--b\n\n{one \t}\n--b--\n", ""},

	/* empty parts */
	{B, "--b\n\n{}--b--\n", ""},
	{B, "--b\n\n{}\n--b--\n", ""},
	{B, "--b\n\n{\n}\n--b--\n", ""},
	{B, "--b\n[" CT("text/plain") "]\n{}--b\n\n{}--b--\n", ""},
	{B, "--b\n[" CT("text/plain") "]\n{}\n--b\n\n{}\n--b--\n", ""},

	/* header blocks without an empty line */
	{B, "--b\n[]{}--b--\n", "no-blank-line"},
	{B, "--b\n[" CT("text/plain") "]{}--b\n\n{two}\n--b--\n", ""},
	{B, "--b\n\n{a}\n--b\n[" CT("text/plain") "]{}", ""},
	{B, "--b\n\n{a}\n--b\n[" CT("image/png") " name=x]{}", ""},
	{B, "--b\n\n{a}\n--b\n[]{}", ""},
	{B, "--b\n\n{a}\n--b[]{}", ""},

	/* nested */
	{B, "--b\n" MULTI("i") "{--i\n\n{one}\n--i\n\n{two}\n--i--}\n--b\n\n{three}\n--b--\n", ""},
	{B, "--b\n" MULTI("i") "{--i\n\n{one}\n--i--\n}\n--b--\n", ""},
	{B, "--b\n" MULTI("i") "{pre\n--i\n\n{one}\n--i--\nepi\n--i\n--i--\n}\n--b--\n", "odd-delimiter"},
	{B, "--b\n" MULTI("i") "{--i\n\n{one}\n--i--\n--j\n}\n--b\n\n{two}\n--b--\n--i\n", ""},
	{B, "--b\n" MULTI("i") "{--i\n" MULTI("j") "{--j\n\n{one}\n--j--}\n--i\n\n{two}\n--i--}\n"
	    "--b\n" MULTI("i") "{--i\n\n{three}\n--i--}\n--b--\n", ""},
	{B, "--b\n" MULTI("c") "{--c\n" MULTI("d") "{--d\n" MULTI("e") "{--e\n" MULTI("f")
	    "{--f\n\n{x}\n--f--}\n--e--}\n--d--}\n--c--}\n--b--\n", ""},
	{"multipart/mixed; boundary=\"b\"",
	 "--b\n" CT("multipart/alternative;\n boundary=\"i\"") "\n{--i\n\n{t}\n--i\n"
	 CT("multipart/related; boundary=r;\n\ttype=\"text/html\"") "\n{--r\n" CT("text/html")
	 "\n{h}\n--r\n" CT("image/png") "Content-ID: <x>\n\n{p}\n--r--\n}\n--i--\n}\n--b\n"
	 CT("application/pdf; name=a.pdf") "\n{%PDF}\n--b--\n", ""},

	/* boundaries that are prefixes of each other */
	{B, "--b\n" MULTI("bb") "{--bb\n\n{one}\n--bb\n\n{two}\n--bb--}\n--b--\n", ""},
	{"multipart/mixed; boundary=bb",
	 "--bb\n" MULTI("b") "{--b\n\n{one}\n--b\n\n{two}\n--b--}\n--bb\n\n{three}\n--bb--\n", ""},
	{B, "--b\n" MULTI("b-") "{--b-\n\n{one}\n--b---}\n--b--\n", ""},
	{B, "--b\n" MULTI("\"b b\"") "{--b b\n\n{one}\n--b b--}\n--b--\n", ""},
	{B, "--bbx\n--b\n\n{one\n--bx\n--bbx--}\n--b--\n", "odd-delimiter"},

	/* not closed */
	{B, "--b\n\n{one}\n--b\n\n{two}", ""},
	{B, "--b\n\n{one\n}", ""},
	{B, "--b\n\n{}", ""},
	{B, "--b\n" MULTI("i") "{--i\n\n{one}}\n--b--\n", ""},
	{B, "--b\n" MULTI("i") "{--i\n" MULTI("j") "{--j\n\n{one}}}\n--b\n\n{two}\n--b--\n", ""},
	{B, "--b\n" MULTI("i") "{--i\n" MULTI("j") "{--j\n\n{one}}\n--i--}\n--b--\n", ""},
	{B, "--b\n" MULTI("i") "{--i\n\n{one}\n--i--\n}", ""},
	{B, "--b\n" MULTI("i") "{--i\n[" CT("text/html") "]{}}--b--\n", ""},

	/* no parts */
	{B, "", ""},
	{B, "nothing\n", ""},
	{B, "--b--\n", ""},
	{B, "--c\n\none\n--c--\n", "no-parts"},
	{B, "--b\n" MULTI("i") "{text}\n--b--\n", ""},
	{B, "--b\n" MULTI("i") "{}\n--b--\n", ""},
	{B, "--b\n" MULTI("i") "{--i--}\n--b--\n", ""},

	/* boundaries */
	{"multipart/mixed", "--b\n\none\n--b--\n", "no-boundary"},
	{"multipart/mixed; boundary=\"\"", "--\n\none\n----\n", "no-boundary"},
	{"multipart/mixed; boundary=\"\"", "one\n\n--\ntwo\n", ""},
	{"multipart/mixed", "nothing\n", ""},
	{"multipart/mixed", "Content-Type: text/html\n\nx\n", "no-boundary"},
	{"multipart/mixed; boundary=\"  \"", "--\n\none\n----\n", "no-boundary"},
	{"Multipart/Mixed; Boundary = \"=_(x)?/:\"", "--=_(x)?/:\n\n{one}\n--=_(x)?/:--\n", ""},
	{"multipart/mixed; boundary=\"b \t\"", "--b\n\n{one}\n--b--\n", ""},
	{"multipart/mixed (c; boundary=x) ; (d) boundary (e) = (f) b (g)",
	 "--b\n\n{one}\n--b--\n--x\n\n--x--\n", "odd-boundary, odd-delimiter"},
	{"multipart/mixed;\n boundary=b;\n charset=x", "--b\n\n{one}\n--b--\n", ""},
	{"multipart/mixed; boundary=----=_Part_1_2.3", "------=_Part_1_2.3\n\n{one\n--_Part}\n"
	 "------=_Part_1_2.3--\n", ""},
	{"multipart/mixed; boundary=" SEVENTY, "--" SEVENTY "\n\n{--" SEVENTY "0}\n--" SEVENTY "--\n", "odd-delimiter"},
	{"multipart/mixed; boundary=" SEVENTY SEVENTY TEN TEN TEN TEN TEN TEN,
	 "--" SEVENTY SEVENTY TEN TEN TEN TEN TEN TEN "\n\n{--" SEVENTY "}\n--" SEVENTY SEVENTY TEN
	 TEN TEN TEN TEN TEN "--\n", ""},
	{"multipart/mixed; boundary=" SEVENTY SEVENTY SEVENTY TEN TEN TEN TEN "01234",
	 "--" SEVENTY SEVENTY SEVENTY TEN TEN TEN TEN "01234\n\n{x}\n--" SEVENTY SEVENTY SEVENTY
	 TEN TEN TEN TEN "01234--\n", ""},
	{"multipart/mixed; boundary=" SEVENTY SEVENTY SEVENTY TEN TEN TEN TEN "012345",
	 "--" SEVENTY SEVENTY SEVENTY TEN TEN TEN TEN "012345\n\nx\n", "no-boundary"},

	/* boundaries that programs may read differently */
	{B, "--b\n" MULTI("b") "{--b\n\n{one}\n--b--}\n--b\n\n{two}\n--b--\n", "odd-boundary, odd-delimiter"},
	{"multipart/mixed; boundary=\"b--\"", "--b--\n\n{one}\n--b----\n", ""},
	{"multipart/mixed; boundary*0=a; boundary*1=b", "--ab\n\n{one}\n--ab--\n", ""},
	{"multipart/mixed; boundary*=us-ascii''a%62", "--ab\n\n{one}\n--ab--\n", ""},
	{"multipart/mixed; boundary=a; boundary*=''b", "--b\n\n{one}\n--b--\n", "odd-boundary"},
	{"multipart/mixed; boundary=b; boundary=c", "--b\n\n{one}\n--b--\n--c\n\n", "odd-boundary, odd-delimiter"},
	{"multipart/mixed; boundary=\"a\n b\"", "--a b\n\n{one}\n--a b--\n", "odd-boundary"},
	{"multipart/mixed; boundary=\"a\\b\"", "--ab\n\n{one}\n--ab--\n", "odd-boundary"},
	{"multipart/mixed boundary=b", "--b\n\n{one}\n--b--\n", "odd-boundary"},
	{"multipart/mixed; boundary=b c", "--b c\n\n{one}\n--b c--\n", ""},
	{"multipart/mixed; boundary=\"b", "--b\n\n{one}\n--b--\n", "odd-boundary"},
	{"multipart/mixed; boundary=\xfc", "--\xfc\n\n{one}\n--\xfc--\n", "odd-boundary"},
	{"multipart/mixed; boundary=\"a\tb\"", "--a\tb\n\n{one}\n--a\tb--\n", "odd-boundary"},

	{"multipart/mixed; boundary=\"a\\\"b\"", "--a\"b\n\n{one}\n--a\"b--\n", ""},
	{"multipart/mixed; boundary=b; boundary=\"b\"", "--b\n\n{one}\n--b--\n", ""},
	{"multipart/mixed; boundary=\"b\"; charset=; x", "--b\n\n{one}\n--b--\n", ""},
	{"multipart/mixed; boundary=\"b\"; x=y\" z", "--b\n\n{one}\n--b--\n", ""},
	{"multipart/mixed; x=\"y; boundary=b", "--b\n\none\n--b--\n", "no-boundary"},
	{"multipart/mixed; boundary=b (x)", "--b\n\n{one}\n--b--\n", "odd-boundary"},

	/* lines that are delimiters in another reading of the boundary */
	{"multipart/mixed; boundary=b?x", "--b?x\n\n{one}\n--b?x--\n", ""},
	{"multipart/mixed; boundary=b?x", "--b?x\n\n{one}\n--b?x--\n--b\n\n", "odd-delimiter"},
	{"multipart/mixed; boundary=b(x)", "--b(x)\n\n{one\n--b--}\n--b(x)--\n", "odd-delimiter"},
	{"multipart/mixed; boundary=\"b?x\"", "--b?x\n\n{one\n--b}\n--b?x--\n", ""},
	{"multipart/mixed; boundary=\"=?utf-8?q?b?=\"",
	 "--=?utf-8?q?b?=\n\n{one}\n--=?utf-8?q?b?=--\n", ""},
	{"multipart/mixed; boundary=\"=?utf-8?q?b?=\"",
	 "--b\n--=?utf-8?q?b?=\n\n{one}\n--=?utf-8?q?b?=--\n", "odd-delimiter"},
	{"multipart/mixed; x=\"boundary=c\"; boundary=b", "--b\n\n{one\n--c}\n--b--\n", "odd-delimiter"},
	{"multipart/mixed; boundary*0=a; boundary*1=b", "--ab\n\n{one\n--a}\n--ab--\n", "odd-delimiter"},

	/* lines that begin like a delimiter, or stand behind the last one */
	{B, "--b\n\n{one\n--b\f}\n--b--\n", "odd-delimiter"},
	{B, "--b\n\n{one\n--b--x}\n--b--\n", "odd-delimiter"},
	{B, "--b\n\n{one}\n--b--\nmore\n--b--\n", ""},
	{B, "--b\n\n{one}\n--b--\n--bx\n", "odd-delimiter"},
	{B, "--b\n" MULTI("i") "{--i\n\n{one}\n--i--\n--i}\n--b--\n", "odd-delimiter"},
	{B, "--b\n" MULTI("i") "{--i\n\n{one}\n--i--}\n--b\n\n{--i}\n--b--\n", ""},
	{"multipart/mixed; boundary=b--",
	 "--b--\n" MULTI("b") "{--b\n\n{one}\n--b--}\n--b----\n", "odd-delimiter"},

	/* types */
	{B, "--b\n" CT("") "\n{one}\n--b--\n", ""},
	{B, "--b\n" CT("text") "\n{one}\n--b--\n", ""},
	{B, "--b\n" CT("; boundary=i") "\n{--i\n\n--i--}\n--b--\n", "bad-type"},
	{B, "--b\n" CT("text/plain; x") "\n{one}\n--b--\n", ""},
	{B, "--b\n" CT("text x") "\n{one}\n--b--\n", "bad-type"},
	{B, "--b\n" CT("multipart") "\n{one}\n--b--\n", "bad-type"},

	/* header blocks */
	{B, "--b\n[X:\n" CT("\n text/plain") "y:z\n]\n{one}\n--b--\n", ""},
	{B, "--b\n[x\n]\n{one}\n--b--\n", "bad-header"},
	{B, "--b\n[Content-Type : text/html\n]\n{one}\n--b--\n", "bad-header"},
	{B, "--b\n[ folded\n]\n{one}\n--b--\n", "bad-header"},
	{B, "--b\n[: x\n]\n{one}\n--b--\n", "bad-header"},
	{B, "--b\n[a b: x\n]\n{one}\n--b--\n", "bad-header"},
	{B, "--b\n[\xfc: x\n]\n{one}\n--b--\n", "bad-header"},
	{B, "--b\n[a: x\n \n]\n{one}\n--b--\n", ""},
	{B, "--b\n[a: x\n\t \n b\n]\n{one}\n--b--\n", ""},
	{B, "--b\n[a: x\r y\n]\n{one}\n--b--\n", "bad-header"},
	{B, "--b\n[a: x~y\n]\n{one}\n--b--\n", "bad-header"},
	{B, "--b\n[a: x\n --b\n]\n{one}\n--b--\n", ""},
	{B, "--b\n[--c\n]\n{one}\n--b--\n", "bad-header"},
	{B, "--b\n[" CT("a/b") CT("a/b") "]\n{one}\n--b--\n", ""},
	{B, "--b\n[" CT("a/b") CT("a/c") "]\n{one}\n--b--\n", "conflict"},
	{B, "--b\n[" CT("a/b") "content-type:\n a/b\n]\n{one}\n--b--\n", ""},
	{B, "--b\nContent-Transfer-Encoding: 7bit\nContent-Transfer-Encoding: 8bit\n\n{x}\n--b--\n",
	 ""},
	{B, "--b\nContent-Disposition: inline\nContent-Disposition: attachment\n\n{x}\n--b--\n",
	 "conflict"},

	/* encoded containers */
	{B, "--b\nContent-Transfer-Encoding: base64\n" MULTI("i") "{--i\n\n{x}\n--i--}\n--b--\n",
	 ""},
	{B, "--b\nContent-Transfer-Encoding: x-y\n" MULTI("i") "{--i\n\n{x}\n--i--}\n--b--\n",
	 ""},
	{B, "--b\nContent-Transfer-Encoding: (x) 8BIT\n" MULTI("i") "{--i\n\n{x}\n--i--}\n--b--\n", ""},

	{B, "--b\nContent-Transfer-Encoding: quoted-printable\n" MULTI("i")
	    "{--i\n\n{a=3Db=\nc==}\n--i--}\n--b--\n", ""},
	{B, "--b\nContent-Transfer-Encoding: quoted-printable\n" MULTI("i")
	    "{--i\n\n{x\n=2D-i}\n--i--}\n--b--\n", "encoded-container"},
	{B, "--b\nContent-Transfer-Encoding: quoted-printable\n" MULTI("i")
	    "{--i\n\n{x=0A--i}\n--i--}\n--b--\n", "encoded-container"},
	{B, "--b\nContent-Transfer-Encoding: quoted-printable\n" MULTI("i")
	    "{--i\n\n{--= \ni}\n--i--}\n--b--\n", "encoded-container"},
	{B, "--b\nContent-Transfer-Encoding: quoted-printable\n"
	    CT("multipart/mixed; boundary=\"=_i\"") "\n{--=_i\n\n{x}\n--=_i--}\n--b--\n", ""},
	{B, "--b\nContent-Transfer-Encoding: base64\n" MULTI("i") "{LS1pCgp4Ci0taS0tCg==\n}\n--b--\n",
	 "encoded-container"},

	/* content */
	{B, "--b\n\n{~\x01\xff\x80~}\n--b--\n", ""},
	{B, "--b\n" CT("text/plain; charset=utf-16") "\n{\xff\xfe~a~\n~}\n--b--\n", ""},
	{B, "--b\n\n{\r\r.}\n--b--\n", ""},
	{"multipart/signed; boundary=b; protocol=\"x/y\"; micalg=z",
	 "--b\n" MULTI("i") "{--i\n\n{x}\n--i--\n}\n--b\n" CT("application/pgp-signature")
	 "\n{sig}\n--b--\n", ""},
	{"multipart/encrypted; boundary=b", "--b\n" CT("application/pgp-encrypted")
	 "\n{Version: 1\n}\n--b\n" CT("application/octet-stream") "\n{-----BEGIN PGP MESSAGE-----\n"
	 "-----END PGP MESSAGE-----\n}\n--b--\n", ""},
	{B, "--b\n\n{x}\n--b\n" CT("application/ms-tnef; name=winmail.dat") "\n{tnef}\n--b--\n", ""},

	/* a message that is not entered */
	{B, "--b\n" CT("message/rfc822") "\n{" MULTI("i") "--i\n\none\n--i--\n}\n--b--\n", ""},
};

/* With into_messages: messages inside the message are entered. */
static const struct tree_case message_cases[] = {
	{B, "--b\n" CT("message/rfc822") "Content-Transfer-Encoding: base64\n\n{x}\n--b--\n",
	 "encoded-container"},
	{B, "--b\n" CT("message/rfc822") "\n{[Subject: x\n]\n{one}}\n--b--\n", ""},
	{B, "--b\n" CT("message/rfc822") "\n{" MULTI("i")
	    "{--i\n\n{one}\n--i--\n}}\n--b\n\n{two}\n--b--\n", ""},
	{B, "--b\n" CT("message/global") "\n{" CT("message/rfc822") "\n{[a: b\n]\n{c}}}\n--b--\n", ""},
	{B, "--b\n" CT("message/rfc822") "\n{" MULTI("i") "{--i\n\n{one}}}\n--b--\n", ""},
	{B, "--b\n" CT("message/rfc822") "\n{}--b--\n", ""},
	{B, "--b\n" CT("message/rfc822") "\n{[a: b\n]{}}--b--\n", ""},
	{B, "--b\n" CT("message/partial; number=1") "\n{a: b\n\nc}\n--b--\n", ""},
	{B, "--b\n" CT("message/delivery-status") "\n{a: b\n\nc: d\n}\n--b--\n", ""},
	{"message/rfc822", "[Subject: x\n]\n{body\n}", ""},
	{"message/rfc822", MULTI("i") "{--i\n\n{one}\n--i--\nend}", ""},
	{"multipart/digest; boundary=b", "--b\n\n{[a: b\n]\n{one}}\n--b\n" CT("text/plain")
	 "\n{a: b\n\n}\n--b--\n", ""},
};
/* clang-format on */

#undef B
#undef CT
#undef MULTI
#undef TEN
#undef SEVENTY

#endif
