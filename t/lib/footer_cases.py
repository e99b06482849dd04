"""Messages, and what the footer policy must do with each of them: CASES. t/process/footer.test
sends them to the daemon, t/mta/footer.test through a Postfix; footer_check.py compares.

Fields of a Case:
    name      of the case, unique
    raw       the message, bytes with CRLF
    want      the outcome: "added" (into parts of text), "part" (as a new first part), "wrapped"
              (around the message), "reject", or the reason why the message is not changed
    text      the footer's text
    html      the footer's HTML; None: made from text by the policy
    options   further options of the policy: {name: value}
    edited    with "added": how many parts get the footer
    keeps     byte strings that the result must contain
    loses     byte strings that the result must not contain
    top       the footer stands above the text
"""
import base64
import collections
import quopri

TEXT = "Muster AG – Zürich, 5 €\n<Reg. 77>"
HTML = "<p class=legal>Muster AG – Zürich, 5 €<br>&lt;Reg. 77&gt;</p>"
ASCII = "Muster AG, Zurich\nReg. 77"
HEAD = ("Received: from a by b; Fri, 20 Nov 2026 10:00:00 +0100\r\nFrom: Ann <ann@example.com>\r\n"
        "To: bob@example.org\r\nSubject: Test\r\nDate: Fri, 20 Nov 2026 10:00:00 +0100\r\n"
        "Message-ID: <m1@example.com>\r\n")
MIME = "MIME-Version: 1.0\r\n"

Case = collections.namedtuple("Case", "name raw want text html options edited keeps loses top")


def octets(text):
    """Text as UTF-8 with CRLF; bytes without change."""
    return text if isinstance(text, bytes) else text.replace("\n", "\r\n").encode()


def part(kind, body, *fields):
    """A part of this Content-Type (None: no such field) with further header fields."""
    head = ([f"Content-Type: {kind}"] if kind else []) + list(fields)
    return "".join(f + "\r\n" for f in head).encode() + b"\r\n" + octets(body)


def multi(subtype, boundary, *parts, params="", preamble=b"", epilogue=b"\r\n", close=True):
    """A multipart of these parts; close: with the closing delimiter."""
    delimiter = b"--" + boundary.encode()
    return (f'Content-Type: multipart/{subtype}; boundary="{boundary}"{params}\r\n\r\n'.encode()
            + preamble + b"".join(delimiter + b"\r\n" + p + b"\r\n" for p in parts)
            + (delimiter + b"--" + epilogue if close else b""))


def b64(data):
    return base64.encodebytes(octets(data)).replace(b"\n", b"\r\n").rstrip()


def qp(text, charset="utf-8"):
    return quopri.encodestring(text.encode(charset)).replace(b"\n", b"\r\n")


def cte(name):
    return f"Content-Transfer-Encoding: {name}"


def message(content, head=HEAD + MIME):
    return head.encode() + content


def quoted(text):
    """Text as a string of the configuration."""
    for plain, written in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("%", "%%")):
        text = text.replace(plain, written)
    return f'"{text}"'


def section(title, case, **more):
    """The footer policy of a case, as a section of the configuration."""
    options = {"text": case.text, **({"html": case.html} if case.html else {}), **case.options,
               **more}
    return f'footer "{title}" {{\n' + "".join(
        f"{name} = {quoted(value)}\n" for name, value in options.items()) + "}"


PLAIN = part("text/plain; charset=us-ascii", "Dear Bob,\n\nsee below.\n")
PAGE = part("text/html; charset=utf-8", "<html><body><h1>Dear Bob</h1></body></html>\n")
FILE = part("application/pdf; name=bill.pdf", b64(bytes(range(256)) * 3), cte("base64"),
            "Content-Disposition: attachment; filename=bill.pdf")
IMAGE = part("image/png", b64(b"\x89PNG" + bytes(77)), cte("base64"), "Content-ID: <logo@x>")
SIGNATURE = part("application/pgp-signature",
                 "-----BEGIN PGP SIGNATURE-----\n\niQ==\n-----END PGP SIGNATURE-----")
INVITE = part("text/calendar; method=REQUEST", "BEGIN:VCALENDAR\nEND:VCALENDAR\n")
SIGNED = multi("signed", "sig", PLAIN, SIGNATURE,
               params='; micalg=pgp-sha512; protocol="application/pgp-signature"')

CASES = []


def case(name, content, want="added", text=TEXT, html=None, head=HEAD + MIME, edited=1, keeps=(),
         loses=(), top=False, **options):
    """Appends a Case. content: the message behind head, from its Content- fields on."""
    if html is None and text == TEXT:
        html = HTML
    options.setdefault("if_present", "add")
    if top:
        options["position"] = "top"
    CASES.append(Case(name, message(content, head), want, text, html, options, edited,
                      [octets(k) for k in keeps], [octets(k) for k in loses], top))


def plain_text():
    utf8 = "text/plain; charset=utf-8"
    case("ascii", part("text/plain; charset=us-ascii", "Hello\n"), text=ASCII,
         keeps=["Content-Type: text/plain; charset=us-ascii\n"])
    case("ascii-becomes-utf8", part("text/plain; charset=us-ascii", "Hello\n"),
         keeps=["charset=utf-8", "quoted-printable"])
    case("no-type", part(None, "Hello\n"), keeps=["charset=utf-8", "quoted-printable"])
    case("no-mime-version", part(None, "Hello\n"), head=HEAD, keeps=["MIME-Version: 1.0"])
    case("utf8-8bit", part(utf8, "Grüezi\n", cte("8bit")), keeps=[cte("8bit"), "Grüezi\n"])
    case("utf8-qp", part(utf8, qp("Grüezi " + "w" * 150 + "\n"), cte("quoted-printable")),
         keeps=[qp("Grüezi " + "w" * 150 + "\n"), cte("quoted-printable")])
    case("qp-soft-break-last", part(utf8, b"Gr=C3=BCezi=\r\n", cte("quoted-printable")),
         keeps=[b"Gr=C3=BCezi=\r\n"])
    case("qp-equals-last", multi("mixed", "b", part(utf8, b"Gr=C3=BCezi=",
                                                    cte("quoted-printable")), FILE))
    case("base64", part(utf8, b64("Grüezi\nmitenand\n"), cte("base64")), keeps=[cte("base64")])
    case("base64-open-line", part(utf8, b64("Grüezi"), cte("base64")), keeps=[cte("base64")])
    latin1 = "Grüezi\r\n".encode("latin-1")
    case("latin1-fits", part("text/plain; charset=iso-8859-1", latin1, cte("8bit")),
         text="Müller, Köln", keeps=["charset=iso-8859-1\n", latin1])
    case("latin1-needs-utf8", part("text/plain; charset=iso-8859-1; format=fixed", latin1,
                                   cte("8bit")), keeps=["charset=utf-8; format=fixed"])
    case("cp1252-has-euro", part("text/plain; charset=windows-1252", b"5 \x80\r\n", cte("8bit")),
         keeps=["charset=windows-1252", b"5 \x80\r\n"])
    jis = "こんにちは\r\n".encode("iso-2022-jp")
    case("jis-ascii", part("text/plain; charset=iso-2022-jp", jis, cte("7bit")), text=ASCII,
         keeps=["charset=iso-2022-jp", jis])
    case("jis-becomes-utf8", part("text/plain; charset=iso-2022-jp", jis, cte("7bit")),
         keeps=["charset=utf-8"])
    case("shift-jis", part("text/plain; charset=shift_jis", "こんにちは\r\n".encode("shift_jis"),
                           cte("8bit")), keeps=["charset=utf-8"])
    case("utf16", part("text/plain; charset=utf-16", b64("Grüezi\r\n".encode("utf-16")),
                       cte("base64")), keeps=["charset=utf-8", cte("base64")])
    case("koi8-qp", part("text/plain; charset=koi8-r", qp("Привет\n", "koi8-r"),
                         cte("quoted-printable")), keeps=["charset=utf-8"])
    unknown = part("text/plain; charset=x-nobody", b"\xe1\xe2\r\n", cte("8bit"))
    case("unknown-charset-ascii", unknown, text=ASCII, keeps=["charset=x-nobody"])
    case("unknown-charset", unknown, "wrapped")
    case("unlabelled-8bit", part("text/plain", latin1, cte("8bit")), "wrapped")
    case("flowed", part("text/plain; charset=us-ascii; format=flowed", "It flows \nand goes on \n"),
         text="> not a quote\nFrom here on  \n a blank", keeps=["\n > not", "\n From here on\n"])
    case("behind-a-signature", part("text/plain; charset=us-ascii", "Hello\n-- \nAnn\n"),
         text=ASCII)
    case("empty", part("text/plain; charset=us-ascii", b""), text=ASCII)
    case("open-line", multi("mixed", "b", part("text/plain; charset=us-ascii", "no end"), FILE),
         text=ASCII)
    case("long-line-in-qp", part(utf8, qp("w" * 4000 + "\n"), cte("quoted-printable")))
    case("content-md5", multi("mixed", "b", part("text/plain; charset=us-ascii", "Hello\n",
                                                 "Content-MD5: 1B2M2Y8AsgTpgAmY7PhCfg=="), FILE),
         loses=["Content-MD5"])
    case("dots", part("text/plain; charset=us-ascii", "a\n.\n..\nFrom me\n"),
         text=".x\n.\nFrom us", keeps=["\n.\n..\nFrom me\n", "\n.x\n.\nFrom us\n"])


def html_text():
    kind = "text/html; charset=utf-8"
    case("html", part(kind, "<html><body>Grüezi</body></html>\n", cte("8bit")),
         keeps=["&#8364;", "</p>\n</body>"])
    case("html-latin1", part("text/html; charset=iso-8859-1",
                             "<body>Grüezi</body>\r\n".encode("latin-1"), cte("8bit")),
         keeps=["charset=iso-8859-1"])
    case("html-7bit", part("text/html; charset=us-ascii", "<body>Hello</body>\n"),
         keeps=["charset=us-ascii\n"], loses=["quoted-printable"])
    case("html-qp-broken-tag", part(kind, b"<body>Gr=C3=BCezi</bo=\r\ndy>\r\n",
                                    cte("quoted-printable")), keeps=[b"</bo=\r\ndy>"])
    case("html-qp-encoded-tag", part(kind, b"=3Cbody=3EHello=3C/body=3E\r\n",
                                     cte("quoted-printable")), keeps=[b"\r\n=3C/body=3E"])
    case("html-base64", part(kind, b64("<body>Grüezi</body>"), cte("base64")),
         keeps=[cte("base64")])
    case("html-no-tags", part(kind, "Hello\n"))
    case("html-end-only", part(kind, "<html>Hello</html>\n"), keeps=["</p>\n</html>"])
    case("html-comment", part(kind, "<body>Hello<!-- </body> --></body><!-- </body> -->\n"))
    case("html-script", part(kind, "<body>Hello<script>'</body>'</script></body>\n"))
    case("html-reply", part(kind, "<body>Yes<blockquote><html><body>Hello?</body></html>"
                                  "</blockquote></body>\n"), keeps=["</p>\n</body>\n"])
    case("html-open-comment", part(kind, "<p>Hello<!-- </body></html>\n"))
    case("html-open-style", part(kind, "<p>Hello<style>p {}</body></html>\n"))
    case("html-conditional", part(kind, "<body>Hello<!--[if mso]></body><![endif]-->"
                                        "<!--[if !mso]><!--> you <!--<![endif]--></BODY >\n"))
    case("html-capitals", part("TEXT/HTML; CHARSET=UTF-8", "<HTML><BODY>Hello</BODY></HTML>\n"))
    case("html-utf16", part("text/html; charset=utf-16",
                            b64("<body>Grüezi</body>".encode("utf-16")), cte("base64")),
         keeps=["charset=utf-8"])
    case("html-meta", part("text/html", "<meta charset=iso-8859-1><body>Grüezi</body>\r\n"
                           .encode("latin-1"), cte("8bit")), keeps=["Content-Type: text/html\n"])
    case("html-attribute", part(kind, '<body><a title="</body>">Hello</a></body>\n'))


def structures():
    both = multi("alternative", "alt", PLAIN, PAGE)
    case("alternative", both, edited=2)
    case("alternative-related", multi("alternative", "b", PLAIN, multi("related", "c", PAGE, IMAGE)),
         edited=2)
    case("related-alternative", multi("related", "b", both, IMAGE), edited=2)
    case("mixed-alternative", multi("mixed", "b", both, FILE), edited=2)
    case("mixed-related-alternative",
         multi("mixed", "b", multi("related", "c", both, IMAGE), FILE), edited=2)
    last = part("text/html; charset=us-ascii", "<body>the rest</body>\n")
    case("apple", multi("alternative", "b", PLAIN, multi("mixed", "c", PAGE, FILE, last)), edited=2)
    root = part("text/html; charset=utf-8", "<body>root</body>\n", "Content-ID: <root@x>")
    case("related-start", multi("related", "b", IMAGE, root, params='; start="<root@x>"'))
    case("text-attachment", multi("mixed", "b", PLAIN, part(
        "text/plain; name=a.log", "log\n", "Content-Disposition: attachment; filename=a.log")))
    case("html-attachment", multi("mixed", "b", PLAIN, part(
        "text/html", "<body>report</body>\n", "Content-Disposition: attachment; filename=a.html")))
    case("named-text", multi("mixed", "b", PLAIN, part("text/plain; name=a.txt", "notes\n")))
    case("attachments-only", multi("mixed", "b", FILE, FILE), "part")
    case("message-inside", multi("mixed", "b", PLAIN, part("message/rfc822", octets(
        "From: x@example.com\n") + both)))
    case("preamble-epilogue", multi("mixed", "b", PLAIN, FILE, preamble=b"this is --b\r\n",
                                    epilogue=b"\r\nthe end --b\r\nno part\r\n"),
         keeps=[b"this is --b\r\n", b"\r\nthe end --b\r\nno part\r\n"])
    case("delimiter-in-the-epilogue", multi("mixed", "b", PLAIN, FILE, epilogue=b"\r\n--b\r\nx\r\n"),
         "irregular")
    case("invitation", multi("alternative", "b", PLAIN, PAGE, INVITE), edited=2, keeps=[INVITE])
    case("invitation-only", INVITE, "calendar")
    case("winmail", multi("mixed", "b", PLAIN, part("application/ms-tnef; name=winmail.dat",
                                                    b64(b"\x78\x9f\x3e\x22" + bytes(40)),
                                                    cte("base64"))))
    case("empty-part", multi("mixed", "b", part("text/plain; charset=us-ascii", b""), FILE),
         text=ASCII)
    case("no-header-part", multi("mixed", "b", part(None, "Hello\n"), FILE),
         keeps=["--b\nContent-Type: text/plain; charset=utf-8\n"])
    case("lone-pdf", part("application/pdf", b64(bytes(300)), cte("base64")), "wrapped")
    case("lone-attachment", FILE, "wrapped")
    case("unknown-multipart", multi("x-new", "b", PLAIN, FILE))
    case("boundary-is-a-prefix", multi("mixed", "b", multi("alternative", "bb", PLAIN, PAGE), FILE),
         edited=2)
    case("half-an-alternative", multi("alternative", "b", PAGE, part(
        "text/plain; charset=x-nobody", b"\xe1\r\n", cte("8bit"))), "wrapped")


def unchanged_or_wrapped():
    case("signed", SIGNED, "signed")
    case("signed-wrap", SIGNED, "wrapped", signed="wrap", keeps=[PLAIN, SIGNATURE])
    case("signed-reject", SIGNED, "reject", signed="reject")
    case("signed-by-a-list", multi("mixed", "b", SIGNED, part("text/plain", "the list\n")), "signed")
    case("encrypted", multi("encrypted", "b", part("application/pgp-encrypted", "Version: 1"),
                            part("application/octet-stream", "-----BEGIN PGP MESSAGE-----\n"),
                            params='; protocol="application/pgp-encrypted"'), "encrypted")
    case("smime", part("application/pkcs7-mime; smime-type=signed-data; name=smime.p7m",
                       b64(bytes(99)), cte("base64")), "signed")
    case("smime-encrypted", part("application/x-pkcs7-mime; smime-type=enveloped-data",
                                 b64(bytes(99)), cte("base64")), "encrypted")
    armour = "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\nHello\n"
    case("inline-signed", part("text/plain", armour), "signed")
    case("inline-signed-in-mixed", multi("mixed", "b", part("text/plain", armour), FILE), "signed")
    case("inline-encrypted", part("text/plain", b64("-----BEGIN PGP MESSAGE-----\n\nhQ==\n"),
                                  cte("base64")), "encrypted")
    case("report", multi("report", "b", part("text/plain", "Undeliverable\n"), part(
        "message/delivery-status", "Reporting-MTA: dns; x\n"),
        params="; report-type=delivery-status"), "automatic")
    case("uuencode", part("text/plain", "begin 644 x\n#86)C\nend\n", cte("x-uuencode")), "wrapped")
    case("nul", part("text/plain; charset=us-ascii", b"a\0b\r\n"), "wrapped")
    case("unclosed", multi("mixed", "b", PLAIN, FILE, close=False), keeps=[FILE])
    case("two-types", multi("mixed", "b", part("text/plain", "x\n", "Content-Type: text/html"),
                            FILE), "irregular")
    case("no-parts", octets('Content-Type: multipart/mixed; boundary="b"\n\nnothing\n'),
         "wrapped", irregular="wrap")
    case("no-parts-but-a-line-like-one",
         octets('Content-Type: multipart/mixed; boundary="b"\n\n--b?\n\nnothing\n'), "irregular")
    case("smime-octet-stream", part("application/octet-stream; name=smime.p7m", b64(bytes(99)),
                                    cte("base64")), "encrypted")
    case("digest", multi("digest", "b", part(None, "Subject: x\n\nHello\n")), "wrapped")
    case("report-and-add", multi("report", "b", PLAIN, part(
        "message/delivery-status", "Reporting-MTA: dns; x\n")), automatic="add")
    case("qp-ends-in-blanks", part("text/plain; charset=utf-8", b"Hello\r\n\r\n ",
                                   cte("quoted-printable")))
    case("signed-made-mixed", multi("mixed", "b", PLAIN, SIGNATURE), "signed")
    case("encoded-multipart", multi("mixed", "b", PLAIN).replace(
        b"\r\n\r\n", b"\r\nContent-Transfer-Encoding: base64\r\n\r\n", 1))
    case("delimiter-in-the-epilogue-wrap", multi("mixed", "b", PLAIN, FILE,
                                                 epilogue=b"\r\n--b\r\nx\r\n"),
         "wrapped", irregular="wrap", keeps=[PLAIN, FILE])


def already_present():
    kind, old = "text/plain; charset=utf-8", f"Hello\n\n{TEXT}\n"
    case("there-already", part(kind, old, cte("8bit")), "present", if_present="tail")
    quoted = "Yes\n\n> Hello\n> " + TEXT.replace("\n", "\n> ") + "\n"
    case("quoted", part(kind, quoted, cte("8bit")), "present", if_present="thread")
    case("quoted-and-wanted", part(kind, "Yes\n\n> Muster AG – Zürich\n", cte("8bit")),
         if_present="tail")
    case("line-is-a-boundary", multi("mixed", "Muster", PLAIN, FILE), text="--Muster\nx",
         keeps=["quoted-printable"])


def top():
    case("top", part("text/plain; charset=utf-8", "Grüezi\n", cte("8bit")), top=True)
    case("top-alternative", multi("mixed", "b", multi("alternative", "c", PLAIN, PAGE), FILE),
         edited=2, top=True, keeps=["<html><body>\n<p class=legal>"])
    case("top-wrap", SIGNED, "wrapped", signed="wrap", top=True)


for group in (plain_text, html_text, structures, unchanged_or_wrapped, already_present, top):
    group()
