"""The acceptance rows of t/README (D1a to D6e) for scenarios.test, which plays them with a real
Postfix and a real Sendmail. SECTIONS has the policies, CHAINS the listeners, ROWS the rows: {name:
[Case]}. The other files of t/mta use SECTIONS and CHAINS, too.
"""
import re


SECTIONS = r"""
table "ours" { values = {"example.com", "example.net"} }
table "moved" { values = {"sales@old.example anna@new.example, bert@new.example"} }
table "crowd" { values = {"all@old.example @CROWD@"} }

condition "leaves-us" { authenticated = yes  not_recipient_domain = {"table:ours"} }
condition "from-outside" {
    authenticated = no
    not_client = {"10.0.0.0/8", "127.10.0.0/16"}
    recipient_domain = {"table:ours"}
}
condition "partner" {
    sender_domain = {"partner.example"}
    header "Authentication-Results" { match = '^mx\.example\.test;.*\bdkim=pass\b' }
}

footer "disclaimer" { when = {"leaves-us"}  text_file = "footer.txt"  html_file = "footer.html" }
footer "plain" { when = {"leaves-us"}  text = "Example Ltd" }
size "cap" { message = "1K" }

header "tag" {
    when = {"from-outside"}
    unless = {"partner"}
    rule "subject" { name = "Subject"  action = "prefix"  value = "[EXTERNAL] "  once = yes }
    rule "mark" { name = "X-External-Sender"  action = "set"  value = "yes" }
}
header "extern" {
    rule "subject" { name = "Subject"  action = "prefix"  value = "[EXTERN – Prüfen] "  once = yes }
}

recipient "migrate" {
    map "people" { table = "moved" }
    map "domain" { match = '(?i)^([^@+]+)(\+[^@]*)?@old\.example$'  to = {"$1$2@new.example"} }
    max_expansion = 50
}
recipient "circle" {
    map "there" { match = '^a@old\.example$'  to = {"b@old.example"} }
    map "back" { match = '^b@old\.example$'  to = {"a@old.example"} }
    repeat = yes
}
recipient "crowd" { map "all" { table = "crowd" }  max_expansion = 50 }
recipient "strict" { map "all" { table = "crowd" }  max_expansion = 50  on_error = "reject" }

table "archives" { values = {"a@x.example arch@x.example", "b@x.example arch@x.example",
                             "@x.example arch@x.example, audit@x.example"} }
table "gone" { values = {"ann@x.example ann@new.example"} }
recipient "copies" {
    map "gone" { table = "gone"  action = "reject"
                 reply = "550 5.1.6 %{recipient} has moved to %{value}" }
    sender_map "old" { domain = {"old.example"}  to = {"@new.example"} }
    bcc_map "sent" { table = "archives"  lookup = "sender" }
    bcc_map "received" { table = "archives"  lookup = "recipient" }
}

size "sizes" {
    message = "25M"
    recipients = 100
    limit "archive" { recipient_domain = {"archive.example"}  message = "100M" }
    limit "pager" { recipient_domain = {"sms.example"}  message = "64K"  attachment = "0" }
    reply = "552 5.3.4 Too big: %{size} of %{limit} bytes [%{id}]"
}

size "parts" { parts = 300 }

attachment "files" {
    unless = {"logged-in"}
    rule "programs" {
        extension = {"exe", "js", "vbs", "lnk", "com"}
        action = "reject"
        reply = "554 5.7.1 Attachment %{name} is not allowed [%{id}]"
    }
    rule "magic" { magic = {"pe", "elf", "mach-o"}  action = "reject" }
    rule "macros" { extension = {"docm"}  action = "strip" }
    on_error = "quarantine"
}
condition "logged-in" { authenticated = yes }

condition "submitted" {
    listener = {"privacy-unix", "privacy-inet"}
    authenticated = yes
}
header "privacy" {
    when = {"submitted"}
    rule "hops" { name = "Received"  match = '\[(10\.|192\.168\.|fd)'  action = "remove"  keep = 1 }
    rule "ip" { name = "X-Originating-IP"  action = "remove" }
    rule "agent" { name = "User-Agent"  action = "remove" }
}

header "words" {
    rule "pills" { name = "Subject"  match = '(?i)\bcheap pills\b'  action = "reject"
                   reply = "550 5.7.1 Not here: 100%% sure\nAsk us" }
    rule "hold" { name = "Subject"  match = 'look at me'  action = "quarantine" }
    rule "gone" { name = "Subject"  match = 'no trace'  action = "discard" }
}
""".replace("@CROWD@", ", ".join(f"r{i}@new.example" for i in range(51)))

FILES = {
    "footer.txt": "Example Ltd – confidential\n",
    "footer.html": "<p>Example Ltd – confidential</p>\n",
}

# For each chain beside.py makes two listeners, NAME-unix and NAME-inet.
CHAINS = {
    "disclaimer": ["disclaimer"],
    "plain": ["plain"],
    "capped": ["cap", "plain"],
    "tag": ["tag"],
    "extern": ["extern"],
    "migrate": ["migrate"],
    "circle": ["circle"],
    "crowd": ["crowd"],
    "copies": ["copies"],
    "local": ["strict", "extern", "migrate"],
    "sizes": ["sizes"],
    "parts": ["parts"],
    "files": ["files"],
    "privacy": ["privacy"],
    "elsewhere": ["privacy"],
    "all": ["sizes", "words", "tag", "migrate", "disclaimer"],
}

# Clients, by their attributes of XCLIENT, which Postfix gets. Sendmail has no XCLIENT: there the
# client logs in, and connects from the loopback address that sendmail.address() makes of ADDR;
# 127.10.0.0/16 stands for 10.0.0.0/8.
ALICE = {"LOGIN": "alice", "ADDR": "192.0.2.7", "NAME": "pc.example.com"}
OUTSIDE = {"ADDR": "192.0.2.7", "NAME": "mail.example.org"}
# All header fields that an MTA adds when they are missing.
FROM = ("From: Alice <alice@example.com>\nTo: bob@example.org\n"
        "Date: Sat, 1 Aug 2026 10:00:00 +0000\nMessage-ID: <1@example.com>\n")
TEXT = FROM + "Subject: Hello\n"


def wire(text):
    """Text as UTF-8 with CRLF; bytes without change."""
    return text if isinstance(text, bytes) else text.replace("\n", "\r\n").encode()


class Case:
    """One session with one message, and what is expected of it.

    chain, client, message, sender, rcpts   the session; sender and rcpts with their parameters
    mail, data   regular expressions for the begin of the replies; data None: not compared
    rcpt         the same for each recipient (None: all are accepted)
    delivered    the delivered message below the MTA's own Received (None: as sent)
    delivered_by {name of MTA: the same, where that MTA itself writes fields anew}
    to           its recipients (None: those that were accepted)
    held         the message is in quarantine, and not delivered
    gone         the message was accepted, and is nowhere
    log, not_log regular expressions that its log line must match, and must not match"""

    def __init__(self, chain, message=TEXT + "\nHello\n", client=None,
                 sender="<alice@example.com>", rcpts=("<bob@example.org>",), mail="250 ",
                 rcpt=None, data="250 ", delivered=None, to=None, held=False, gone=False,
                 log=(), not_log=(), delivered_by=None):
        self.chain, self.message, self.client = chain, wire(message), dict(client or OUTSIDE)
        self.sender, self.rcpts = sender, list(rcpts)
        self.mail, self.data = mail, data
        self.rcpt = rcpt or ["250 "] * len(self.rcpts)
        self.delivered = self.message if delivered is None else wire(delivered)
        self.delivered_by = {mta: wire(m) for mta, m in (delivered_by or {}).items()}
        self.to, self.held, self.gone = to, held, gone
        self.log, self.not_log = list(log), list(not_log)


def unchanged(chain, message=TEXT + "\nHello\n", **more):
    """A Case whose message is delivered without a change."""
    log, not_log = more.pop("log", []), more.pop("not_log", [])
    return Case(chain, message, log=["verdict=accept", *log],
                not_log=["edits=", *not_log], **more)


def big(size, head="Subject: big\n"):
    """A message of size bytes."""
    head = wire(head + "\n")
    line = b"x" * 78 + b"\r\n"
    n, rest = divmod(size - len(head), len(line))
    rest = b"y" * (rest - 2) + b"\r\n" if rest >= 2 else b""
    return head + line * n + rest


# Stands for a boundary that polymilter makes with random digits.
BOUNDARY = "=_polymilter_RANDOM"


def mask_boundary(message):
    """The message with BOUNDARY for each boundary that polymilter has made."""
    return re.sub(rb"=_polymilter_\w+", BOUNDARY.encode(), message)


# D1: a legal footer on outgoing mail. Alice is authenticated, and bob@example.org is not ours.

def d1(chain, headers, body, new_headers=None, new_body=None, **more):
    new_headers = headers if new_headers is None else new_headers
    return Case(chain, f"{headers}\n{body}", delivered=f"{new_headers}\n{new_body}",
                client=more.pop("client", ALICE),
                log=["verdict=accept", f"footer={more.pop('footer', 'added')}"], **more)


MIME = FROM + "Subject: Hello\nMIME-Version: 1.0\n"
D1A_BODY = "Hello\n\nExample Ltd =E2=80=93 confidential\n"
CAP = 1024
MIXED = "Content-Type: multipart/mixed; boundary=m\n"
PDF = """\
--m
Content-Type: application/pdf; name=x.pdf
Content-Transfer-Encoding: base64

JVBERi0=
--m--
epilogue
"""


def signed(headers, body):
    return unchanged("disclaimer", f"{headers}\n{body}", client=ALICE,
                     log=[r"disclaimer:skipped\(signed\)"])


D1 = {
    "D1a": [
        d1("disclaimer", TEXT, "Hello\n", TEXT +
           "Content-Type: text/plain; charset=utf-8\n"
           "Content-Transfer-Encoding: quoted-printable\nMIME-Version: 1.0\n", D1A_BODY),
        d1("disclaimer",
           MIME + "Content-Type: text/plain; charset=us-ascii\n"
           "Content-Transfer-Encoding: 7bit\n", "Hello\n",
           MIME + "Content-Type: text/plain; charset=utf-8\n"
           "Content-Transfer-Encoding: quoted-printable\n", D1A_BODY),
    ],
    "D1b": [d1("plain", TEXT, "Hello\n", TEXT, "Hello\n\nExample Ltd\n")],
    "D1c": [d1("disclaimer", MIME + "Content-Type: text/plain; charset=utf-8\n"
               "Content-Transfer-Encoding: base64\n",
               "R3LDvMOfZSBhdXMgTcO8bmNoZW4sIGFuIGFsbGUsIGRpZSBlcyBtaXQgTmFjaHJpY2h0ZW4gwrtB\n"
               "bsKrIGhhYmVuLg0K\n", None,
               "R3LDvMOfZSBhdXMgTcO8bmNoZW4sIGFuIGFsbGUsIGRpZSBlcyBtaXQgTmFjaHJpY2h0ZW4gwrtB\n"
               "bsKrIGhhYmVuLg0KDQpFeGFtcGxlIEx0ZCDigJMgY29uZmlkZW50aWFsDQo=\n")],
    "D1d": [d1("disclaimer",
               MIME + 'Content-Type: text/plain; charset="iso-8859-1"; format=fixed\n'
               "Content-Transfer-Encoding: quoted-printable\n", "Gr=FC=DFe\n",
               MIME + "Content-Type: text/plain; charset=utf-8; format=fixed\n"
               "Content-Transfer-Encoding: quoted-printable\n",
               "Gr=C3=BC=C3=9Fe\n\nExample Ltd =E2=80=93 confidential\n")],
    "D1e": [d1("disclaimer", MIME + MIXED, """\
preamble
--m
Content-Type: multipart/alternative; boundary=a

--a
Content-Type: text/plain; charset=us-ascii

Hello
--a
Content-Type: text/html

<html><body><p>Hello</p></body></html>
--a--
""" + PDF, MIME + MIXED, """\
preamble
--m
Content-Type: multipart/alternative; boundary=a

--a
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: quoted-printable

Hello

Example Ltd =E2=80=93 confidential

--a
Content-Type: text/html

<html><body><p>Hello</p>
<p>Example Ltd &#8211; confidential</p>
</body></html>
--a--
""" + PDF)],
    "D1f": [d1("disclaimer", MIME + "Content-Type: text/html; charset=us-ascii\n",
               "<p>Hello\n", None, "<p>Hello\n<p>Example Ltd &#8211; confidential</p>\n"),
            d1("disclaimer", MIME + "Content-Type: text/html; charset=us-ascii\n",
               "<html><body><p>Hello</p></body></html>\n", None,
               "<html><body><p>Hello</p>\n<p>Example Ltd &#8211; confidential</p>\n"
               "</body></html>\n")],
    "D1g": [d1("plain", MIME +
               "Content-Type: text/plain; charset=utf-8; format=flowed; delsp=yes\n",
               "A paragraph \n", None, "A paragraph \n\n\nExample Ltd\n")],
    "D1h": [signed(MIME + "Content-Type: multipart/signed; boundary=b;\n"
                   ' protocol="application/pgp-signature"\n',
                   "--b\n\nHello\n--b\nContent-Type: application/pgp-signature\n\nx\n--b--\n"),
            signed(MIME + "Content-Type: application/pkcs7-mime; smime-type=signed-data\n"
                   "Content-Transfer-Encoding: base64\n", "AAAA\n"),
            signed(TEXT, "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nHello\n")],
    "D1i": [d1("disclaimer", MIME + 'Content-Type: application/pdf;\n name="x.pdf"\n'
               "Content-Transfer-Encoding: base64\nContent-Disposition: attachment\n",
               "JVBERi0=\n",
               MIME + f'Content-Type: multipart/mixed; boundary="{BOUNDARY}"\n', f"""\
--{BOUNDARY}
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: quoted-printable
Content-Disposition: inline

Example Ltd =E2=80=93 confidential
--{BOUNDARY}
Content-Type: application/pdf;
 name="x.pdf"
Content-Transfer-Encoding: base64
Content-Disposition: attachment

JVBERi0=

--{BOUNDARY}--
""", footer="wrapped")],
    "D1j": [unchanged("disclaimer", MIME + "Content-Type: text/plain; charset=utf-8\n"
                      f"Content-Transfer-Encoding: quoted-printable\n\n{D1A_BODY}", client=ALICE,
                      log=[r"disclaimer:skipped\(present\)"])],
    "D1k": [unchanged("disclaimer", client=ALICE, rcpts=["<bob@example.net>", "<eve@EXAMPLE.com>"],
                      log=["disclaimer:skipped"])],
    "D1l": [d1("disclaimer", TEXT, "Hello\n", TEXT +
               "Content-Type: text/plain; charset=utf-8\n"
               "Content-Transfer-Encoding: quoted-printable\nMIME-Version: 1.0\n", D1A_BODY,
               rcpts=["<eve@example.com>", "<bob@example.org>"])],
    "D1m": [unchanged("disclaimer", client=OUTSIDE, log=["disclaimer:skipped"]),
            unchanged("disclaimer", client=ALICE, sender="<>",
                      log=[r"disclaimer:skipped\(automatic\)"]),
            unchanged("disclaimer", TEXT + "Auto-Submitted: auto-replied\n\nHello\n",
                      client=ALICE, log=[r"disclaimer:skipped\(automatic\)"])],
    "D1n": [unchanged("capped", big(CAP - 10, TEXT), client=ALICE, log=[r"plain:skipped\(size\)"]),
            d1("capped", TEXT, "Hello\n", TEXT, "Hello\n\nExample Ltd\n")],
}

# D2: [EXTERNAL] in the subject, and X-External-Sender: yes.

MARK = "X-External-Sender: yes\n"
BOB = ["<bob@example.com>"]


def d2(before, after, chain="tag", **more):
    return Case(chain, f"{FROM}{before}\nHello\n", delivered=f"{FROM}{after}\nHello\n",
                sender=more.pop("sender", "<ann@example.org>"), rcpts=BOB,
                log=["verdict=accept", *more.pop("log", [])], **more)


PARTNER = "Authentication-Results: mx.example.test; dkim={} header.d=partner.example\n"
D2 = {
    "D2a": [d2("Subject: Hello\n", "Subject: [EXTERNAL] Hello\n" + MARK)],
    "D2b": [d2("Subject: =?UTF-8?B?R3LDvMOfZQ==?=\n",
               "Subject: [EXTERNAL] =?UTF-8?B?R3LDvMOfZQ==?=\n" + MARK)],
    "D2c": [d2("Subject:\n =?UTF-8?Q?a?=\n", "Subject: [EXTERNAL]\n =?UTF-8?Q?a?=\n" + MARK)],
    "D2d": [d2("Subject: Re: [EXTERNAL] Hello\n", "Subject: Re: [EXTERNAL] Hello\n" + MARK),
            d2("Subject: =?UTF-8?Q?Re:_[EXTERNAL]_Gr=C3=BC=C3=9Fe?=\n",
               "Subject: =?UTF-8?Q?Re:_[EXTERNAL]_Gr=C3=BC=C3=9Fe?=\n" + MARK)],
    "D2e": [d2("", "Subject: [EXTERNAL]\n" + MARK)],
    "D2f": [d2("Subject: One\nSubject: Two\n",
               "Subject: [EXTERNAL] One\nSubject: Two\n" + MARK,
               log=["warn=duplicate-subject"])],
    "D2g": [d2("Subject: Hello\n",
               "Subject: =?UTF-8?B?W0VYVEVSTiDigJMgUHLDvGZlbl0=?= Hello\n", "extern")],
    "D2h": [d2("X-External-Sender: no\nSubject: Hello\nX-External-Sender: no\n",
               "X-External-Sender: yes\nSubject: [EXTERNAL] Hello\n")],
    "D2i": [unchanged("tag", PARTNER.format("pass") + TEXT + "\nHello\n",
                      sender="<p@partner.example>", rcpts=BOB),
            d2(PARTNER.format("fail") + "Subject: Hello\n",
               PARTNER.format("fail") + "Subject: [EXTERNAL] Hello\n" + MARK,
               sender="<p@partner.example>")],
    "D2j": [unchanged("tag", client=ALICE, rcpts=BOB),
            unchanged("tag", client={"ADDR": "10.1.2.3", "NAME": "pc.example.com"}, rcpts=BOB),
            unchanged("tag", rcpts=["<bob@example.org>"])],
}

# D3: a domain moves. A test of its own in scenarios.test checks NOTIFY and ORCPT of D3b. D3j is in
# postfix.test (WithoutSmtpd): Sendmail passes mail of local programs to the filter like other
# mail, see the row "local programs" of differences.py.


def d3(rcpts, to, chain="migrate", **more):
    return Case(chain, rcpts=rcpts, to=to, log=["verdict=accept", *more.pop("log", [])], **more)


D3 = {
    "D3a": [d3(["<John@OLD.example>"], ["<John@new.example>"],
               log=['edits="delrcpt:1 addrcpt:1"'])],
    "D3b": [d3(["<john+news@old.example> NOTIFY=FAILURE ORCPT=rfc822;john+2Bnews@old.example"],
               ["<john+news@new.example>"])],
    "D3c": [d3(["<sales@old.example>"], ["<anna@new.example>", "<bert@new.example>"],
               log=['edits="delrcpt:1 addrcpt:2"'])],
    "D3d": [d3(["<john@old.example>", "<john@new.example>"], ["<john@new.example>"],
               log=['edits="delrcpt:1"'])],
    "D3e": [unchanged("migrate", rcpts=["<x@other.example>"])],
    "D3f": [Case("circle", rcpts=["<a@old.example>", "<x@other.example>"],
                 rcpt=["451 4.3.0 ", "250 "],
                 log=["verdict=accept", r"circle:error\(refused=1\)"])],
    "D3g": [Case("crowd", rcpts=["<all@old.example>", "<x@other.example>"],
                 rcpt=["451 4.3.0 ", "250 "],
                 log=["verdict=accept", r"crowd:error\(refused=1\)"])],
    "D3i": [d3(["<john@old.example>"], ["<john@new.example>"],
               message=TEXT.replace("bob@example.org", "john@old.example") + "\nHello\n")],
}

# D4: dangerous attachments.

def mixed(*parts):
    """A multipart/mixed message of these parts, each with its header fields."""
    return (MIME + 'Content-Type: multipart/mixed; boundary="b"\n\npreamble\n' +
            "".join(f"--b\n{part}\n" for part in parts) + "--b--\nepilogue\n")


def d4(message, **more):
    return Case("files", message, sender="<ann@example.org>", rcpts=BOB, **more)


def attached(name, content="AAAA"):
    return (f'Content-Type: application/octet-stream; name="{name}"\n'
            f'Content-Disposition: attachment; filename="{name}"\n'
            f"Content-Transfer-Encoding: base64\n\n{content}")


NOTE = "Content-Type: text/plain\n\nSee the file."
HTML = "Content-Type: text/html\n\n<p>x"
PROGRAM = ("TVqQAAMAAAAEAAAA//8AALgAAAAAAAAAQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n"
           "AAAAAAAAgAAAAFBFAAA=")
NOTICE = ("Content-Type: text/plain; charset=utf-8\nContent-Disposition: inline\n"
          "Content-Transfer-Encoding: quoted-printable\n\n"
          "The attachment report.docm was removed by the mail server.")


def refused(fields, name, content="AAAA"):
    """A Case whose message has a part with these header fields, and is refused for its name."""
    return d4(mixed(NOTE, f"{fields}\n\n{content}"), log=["verdict=reject", 'rule="files/programs"'],
              data=rf"554 5\.7\.1 Attachment {name} is not allowed \[@ID@\]$")


def disposition(filename):
    return f"Content-Disposition: attachment; {filename}"


D4 = {
    "D4a": [refused(disposition('filename="invoice.pdf.exe"'), r"invoice\.pdf\.exe")],
    "D4b": [refused(disposition("filename*0*=utf-8''inv%2E;\n filename*1*=%65xe"),
                    r"inv\.exe")],
    "D4c": [refused(disposition('filename="=?utf-8?B?w6QuZXhl?="'), r"\?\.exe"),
            refused(disposition('filename="a.exe."'), r"a\.exe"),
            refused(disposition('filename="a.exe "'), r"a\.exe"),
            refused(disposition("filename*=utf-8''a.e%00xe"), r"a\.exe"),
            refused(disposition("filename*=utf-8''ann%E2%80%AEcod.exe"), r"anncod\.exe")],
    "D4d": [d4(mixed(NOTE, attached("holiday.jpg", PROGRAM)), data=r"554 5\.7\.1 ",
               log=["verdict=reject", 'rule="files/magic"', "file=holiday.jpg"])],
    "D4g": [d4(mixed(NOTE, attached("report.docm"), HTML), delivered=mixed(NOTE, NOTICE, HTML),
               log=["verdict=accept", "files:changed"])],
    "D4h": [refused("Content-Type: application/octet-stream; name=setup.exe", r"setup\.exe")],
    "D4i": [refused("Content-Type: message/rfc822", r"x\.vbs",
                    'Subject: look\nContent-Type: multipart/mixed; boundary="c"\n\n'
                    '--c\nContent-Type: text/plain; name="x.vbs"\n\nx\n--c--')],
    "D4j": [unchanged("files", mixed(NOTE, *map(attached, ("report.pdf", "archive.tar.gz",
                                                           "www.example.com.pdf"))), rcpts=BOB)],
    "D4l": [unchanged("files", mixed(NOTE, attached("setup.exe")), client=ALICE,
                      log=[r"files:skipped\(when\)"])],
    "D4m": [d4(TEXT + 'Content-Type: multipart/mixed; boundary="b"\n'
               'Content-Type: multipart/mixed; boundary="c"\n\n'
               "--b\n\none\n--c\n\ntwo\n--b--\n--c--\n", held=True,
               log=["files:error", 'edits="quarantine:1"'])],
}

# D5: size limits by the recipient's domain.

ARCHIVE = "<a@archive.example>"
SEPARATELY = r"452 4\.5\.3 "


def envelope(mail_args, rcpts, **more):
    """A Case of the envelope: a small message goes to the accepted recipients."""
    return Case("sizes", sender=f"<alice@example.com>{mail_args}", rcpts=rcpts, **more)


D5 = {
    "D5a": [envelope(" SIZE=209715200", [ARCHIVE], rcpt=["5"], data=None,
                     mail=r"552 5\.3\.4 Too big: 209715200 of 104857600 bytes \[[\w-]+\]$",
                     log=["verdict=reject"])],
    "D5b": [envelope(" SIZE=52428800", [ARCHIVE], log=["verdict=accept"])],
    "D5c": [envelope(" SIZE=52428800", [ARCHIVE, "<b@example.com>", "<c@archive.example>"],
                     rcpt=["250 ", r"552 5\.3\.4 Too big: 52428800 of 26214400 bytes \[[\w-]+\]$",
                           "250 "],
                     log=["verdict=accept", r"sizes:pass\(refused=1\)"])],
    "D5d": [envelope("", [ARCHIVE, "<b@example.com>", "<c@ARCHIVE.example>"],
                     rcpt=["250 ", SEPARATELY, "250 "], log=["verdict=accept"])],
    "D5e": [envelope(" SIZE=1000000", [ARCHIVE, "<b@example.com>"], log=["verdict=accept"])],
    "D5f": [Case("sizes", big(26 << 20), rcpts=["<b@example.com>"], log=["verdict=reject"],
                 data=r"552 5\.3\.4 Too big: 27262976 of 26214400 bytes \[@ID@\]$")],
    "D5g": [Case("sizes", big(30 << 20), sender="<alice@example.com> SIZE=1000",
                 rcpts=[ARCHIVE, "<b@example.com>"], log=["verdict=reject"],
                 data=r"552 5\.3\.4 Too big: 31457280 of 26214400 bytes \[@ID@\]$")],
    "D5h": [Case("sizes", mixed(NOTE, attached("x")), rcpts=["<x@sms.example>"],
                 data=r"552 5\.3\.4 Too big: 3 of 0 bytes \[@ID@\]$", log=["verdict=reject"]),
            unchanged("sizes", mixed(NOTE, HTML), rcpts=["<x@sms.example>"])],
    "D5j": [Case("parts", mixed(*["\nx"] * 301), log=["verdict=reject"],
                 data=r"554 5\.6\.0 Too many parts: 301 of 300$"),
            unchanged("parts", mixed(*["\nx"] * 300))],
    "D5i": [envelope("", [f"<r{i}@example.com>" for i in range(102)],
                     rcpt=["250 "] * 100 + [r"452 4\.5\.3 "] * 2,
                     log=["verdict=accept", r"sizes:pass\(refused=2\)"])],
}

# D6: internal traces are removed from submitted mail.

R1 = "Received: from pc (unknown [10.0.0.5])\n\tby gw.example.com; Sat, 1 Aug 2026 10:00:00 +0000\n"
R2 = "Received: from gw ([192.168.1.9]) by mx.example.com; Sat, 1 Aug 2026 10:00:01 +0000\n"
R3 = "Received: from out ([203.0.113.7]) by mx.example.net; Sat, 1 Aug 2026 10:00:02 +0000\n"
FOLDED = "Received: from pc\n\t(unknown\n [10.0.0.5]) by gw.example.com\n"


def d6(before, after, **more):
    log = [] if before == after else ["edits="]
    return Case(more.pop("chain", "privacy"), before + TEXT + "\nHello\n",
                delivered=after + TEXT + "\nHello\n", client=more.pop("client", ALICE),
                log=["verdict=accept", *log], **more)


D6 = {
    "D6a": [d6(R1 + R2 + R3, R3)],
    "D6b": [d6(R1, R1)],
    "D6c": [d6(FOLDED + R3, R3)],
    "D6d": [d6("User-Agent: one\nX-Originating-IP: [10.0.0.5]\nUSER-AGENT: two\n", "")],
    "D6e": [d6(R1 + R2 + R3, R1 + R2 + R3, chain="elsewhere"),
            d6(R1 + R2 + R3, R1 + R2 + R3, client=OUTSIDE)],
}

# Section 8 of the design: copies by table, senders by table, refused recipients.
COPIES = {
    "8a": [d3(["<c@y.example>"], ["<c@y.example>", "<arch@x.example>"], chain="copies",
              sender="<a@x.example>", log=['edits="addrcpt:1"'])],
    "8b": [d3(["<a@x.example>", "<b@x.example>"],
              ["<a@x.example>", "<b@x.example>", "<arch@x.example>"], chain="copies")],
    "8c": [d3(["<arch@x.example>", "<a@x.example>"],
              ["<arch@x.example>", "<a@x.example>", "<audit@x.example>"], chain="copies")],
    "8j": [Case("copies", rcpts=["<ann@x.example>", "<c@y.example>"],
                rcpt=["550 5.1.6 .*ann@x.example has moved to ann@new.example", "250 "],
                to=["<c@y.example>"], log=["verdict=accept", r"copies:pass\(refused=1\)"])],
}

ROWS = {**D1, **D2, **D3, **D4, **D5, **D6, **COPIES}
