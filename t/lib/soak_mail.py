"""The mail of t/process/soak.test: the two configurations, the kinds of messages, and how one
message is sent. A configuration writes its serial, a word of seven characters such as "A000012",
into all that it changes and replies; with the serial masked, a kind has the same outcome under
all configurations of a letter. So what a quiet daemon does tells what it must do under load.

    with Session(address) as m:
        m.hello()
        worker, serial = m.ask()
        outcome = m.play(KINDS["tagged"], "4XyZab")
        assert mask(outcome, serial, "4XyZab") == expected["A"]["tagged"]
"""
import os
import re

import edited
import milter
from milter import frame

MASK = "#" * 7
ASKED_SIZE = 1 << 40
FOOTER = "The small print of %s"


def configuration(serial, inet, more=""):
    """The text of the configuration with this serial, whose first letter decides which of the two
    it is; inet: the address of the listener "net"."""
    policies, chain, workers = (_first if serial[0] == "A" else _second)(serial)
    names = ", ".join(f'"{c}"' for c in chain)
    listeners = "".join(
        f'listener "{name}" {{ socket = "{at}"  {options}  chain = {{ {names} }} }}\n'
        for name, at, options in (("mx", "unix:@DIR@/mx.sock", 'mode = "0666"'),
                                  ("net", inet, "max_sessions = 500")))
    return f"""
workers {{ {workers}  hang_timeout = "5s"  stop_timeout = "10m"  drain_timeout = "20m" }}
limits {{ headers = 60  body_memory = "64K"  spool_dir = "@DIR@/spool"  spool_files = 32
         body_bytes = "16M" }}
log {{ target = "syslog" }}
control {{ socket = "unix:@DIR@/control.sock" }}
condition "leaving" {{ authenticated = yes }}
{policies}
{listeners}
listener "flood" {{ socket = "unix:@DIR@/flood.sock"  mode = "0666"  chain = {{ "stamp" }} }}
{more}"""


def _first(serial):
    return f"""
size "caps" {{ message = "4M"  recipients = 3  split = "strictest"
              reply = "552 5.3.4 {serial} %{{id}}" }}
header "words" {{
  rule "refuse" {{ name = "Subject"  match = 'Refused'  action = "reject"
                  reply = "550 5.7.1 {serial}" }}
  rule "later" {{ name = "Subject"  match = 'Later'  action = "tempfail"
                 reply = "451 4.7.1 {serial}" }}
  rule "hold" {{ name = "Subject"  match = 'Held'  action = "quarantine"  }}
  rule "drop" {{ name = "Subject"  match = 'Dropped'  action = "discard" }}
  rule "tag" {{ name = "Subject"  match = 'Lottery'  action = "prefix"  value = "[{serial}] " }}
  rule "trace" {{ name = "X-Trace"  action = "remove" }}
}}
recipient "moved" {{
  map "both" {{ match = '^both@'  to = {{ "{serial}.1@new.example", "{serial}.2@new.example" }} }}
  map "old" {{ domain = {{ "old.example" }}  to = {{ "@{serial.lower()}.example" }} }}
}}
attachment "files" {{
  rule "programs" {{ extension = {{ "exe" }}  action = "reject"  reply = "554 5.7.1 {serial}" }}
  rule "macros" {{ extension = {{ "docm" }}  action = "strip"  notice = "Removed by {serial}" }}
}}
footer "legal" {{ when = {{ "leaving" }}  text = "{FOOTER % serial}" }}
header "stamp" {{ rule "stamp" {{ name = "X-Stamp"  action = "add"  value = "{serial}" }} }}
""", ("caps", "words", "moved", "files", "legal", "stamp"), "count = 2"


def _second(serial):
    return f"""
header "stamp" {{ rule "stamp" {{ name = "X-Other"  action = "insert"  value = "{serial}" }} }}
footer "legal" {{ when = {{ "leaving" }}  position = "top"  text = "{FOOTER % serial}"
                 html = "<p>The <b>small</b> print of {serial}</p>" }}
size "caps" {{ message = "3M"  recipients = 4  split = "strictest"
              reply = "552 5.3.4 {serial} %{{id}}" }}
recipient "moved" {{
  map "both" {{ match = '^both@'  to = {{ "{serial}@other.example" }} }}
  map "old" {{ domain = {{ "old.example" }}  to = {{ "@b.{serial.lower()}.example" }} }}
}}
attachment "files" {{ rule "all" {{ extension = {{ "exe", "docm" }}  action = "quarantine" }} }}
header "words" {{
  rule "refuse" {{ name = "Subject"  match = 'Refused'  action = "tempfail"
                  reply = "450 4.7.1 {serial}" }}
  rule "tag" {{ name = "Subject"  match = 'Lottery|Later'  action = "suffix"
               value = " ({serial})" }}
}}
""", ("caps", "stamp", "legal", "moved", "files", "words"), "count = 3  max_messages = 900"


class Kind:
    """A kind of message. weight: how many of them there are among all."""

    def __init__(self, weight, body=b"text\r\n", fields=(), subject="Hello",
                 rcpts=("<bob@example.com>",), args=(), leaving=True):
        self.weight, self.body, self.rcpts, self.args = weight, body, rcpts, args
        self.headers = (("From", "<ann@example.org>"), ("Subject", subject),
                        ("Message-Id", "<1@example.org>"), *fields)
        self.leaving = leaving


def _lines(size):
    line = b"A line of an ordinary message, such as people write to one another.\r\n"
    return line * (size // len(line))


def _multipart(*parts):
    body = b"".join(b"--b\r\n" + head + b"\r\n\r\n" + content + b"\r\n" for head, content in parts)
    return body + b"--b--\r\n"


def _file(name, size):
    line = b"JVBERi0xLjQKJeLjz9MKMyAwIG9iago8PC9MZW5ndGggNCAwIFI+PgpzdHJlYW0K\r\n"
    return (b"Content-Type: application/octet-stream; name=" + name +
            b"\r\nContent-Transfer-Encoding: base64", line * (size // len(line) + 1))


_PLAIN = b"Content-Type: text/plain"
_HTML = (b"Content-Type: text/html", b"<html><body>Hello</body></html>")
_MIXED = (("MIME-Version", "1.0"), ("Content-Type", "multipart/mixed; boundary=b"))
_ALTERNATIVE = (("MIME-Version", "1.0"), ("Content-Type", "multipart/alternative; boundary=b"))
KINDS = {
    "plain": Kind(24, _lines(600)),
    "incoming": Kind(16, _lines(3000), leaving=False),
    "empty": Kind(6, b""),
    "tagged": Kind(8, subject="You won the Lottery"),
    "traced": Kind(4, fields=(("X-Trace", "10.0.0.1"), ("X-Trace", "10.0.0.2"))),
    "refused": Kind(8, subject="Refused"),
    "later": Kind(5, subject="Later"),
    "held": Kind(4, subject="Held"),
    "dropped": Kind(3, subject="Dropped"),
    "moved": Kind(6, rcpts=("<bob@old.example>", "<both@example.com>")),
    "many recipients": Kind(5, rcpts=tuple(f"<r{i}@example.com>" for i in range(6))),
    "too many fields": Kind(4, fields=tuple((f"X-Field-{i}", "value") for i in range(80))),
    "declared too large": Kind(4, args=("SIZE=30000000",)),
    "program": Kind(5, _multipart((_PLAIN, b"See it."), _file(b"setup.exe", 3000)), _MIXED),
    "macros": Kind(5, _multipart((_PLAIN, b"See it."), _file(b"a.docm", 40000)), _MIXED),
    "file": Kind(6, _multipart((_PLAIN, b"See it."), _file(b"a.pdf", 100000)), _MIXED),
    "large file": Kind(1, _multipart((_PLAIN, b"See it."), _file(b"a.pdf", 2000000)), _MIXED),
    "alternative": Kind(6, _multipart((_PLAIN, b"Hello"), _HTML), _ALTERNATIVE),
    "large": Kind(1, _lines(2500000)),
    "too large": Kind(1, _lines(5000000)),
}
STAGES = ("mail", "rcpt", "data", "header", "eoh", "body", "end")
VERDICTS = ("accept", "reject", "tempfail", "discard", "quarantine")


class Session(milter.Milter):
    """A connection of an MTA that counts the frames that it has read."""

    n_read = 0

    def read_frame(self):
        got = super().read_frame()
        self.n_read += 1
        return got

    def ask(self):
        """Sends a sender that is refused: (session id, serial) from the reply's text."""
        reply = self.mail(f"<{os.urandom(8).hex()}@example.org>", f"SIZE={ASKED_SIZE}")
        self.abort()
        serial, ident = reply.text.split()[2:]
        return ident, serial

    def walk(self, kind, ident):
        """A generator that sends a message. It yields the name of each stage that is behind it,
        "end" before it reads the answer at the end, and returns the outcome: what was replied but
        "continue", and the changes."""
        replied = []

        def decides(stage, reply):
            if reply is None or reply.verdict in ("continue", "skip"):
                return False
            replied.append((stage, reply.verdict, reply.text))
            return stage != "rcpt" or reply.verdict in ("accept", "discard")

        # A message with the sender of one that ended a worker would be refused.
        sender = f"{ident}@example.org"
        login = {"{auth_authen}": "carol"} if kind.leaving else {}
        self.macros(b"M", {"i": ident, "{mail_addr}": sender, **login})
        if decides("mail", self.mail(f"<{sender}>", *kind.args)):
            return replied, []
        yield "mail"
        for rcpt in kind.rcpts:
            if decides("rcpt", self.rcpt(rcpt)):
                return replied, []
        yield "rcpt"
        if decides("data", self.data()):
            return replied, []
        yield "data"
        for name, value in kind.headers:
            if decides("header", self.header(name, value)):
                return replied, []
        yield "header"
        if decides("eoh", self.eoh()):
            return replied, []
        yield "eoh"
        if decides("body", self.body(kind.body)):
            return replied, []
        yield "body"
        self.send(frame(b"E"))
        yield "end"
        reply = self.read_reply()
        replied.append(("end", reply.verdict, reply.text))
        return replied, reply.changes

    def play(self, kind, ident, at_stage=lambda stage: None):
        """Sends a message; at_stage() is called behind each stage. Its outcome."""
        walk = self.walk(kind, ident)
        while True:
            try:
                at_stage(next(walk))
            except StopIteration as end:
                return end.value


def mask(outcome, serial, ident):
    """The outcome as data that can be compared: without serial and queue id, the body as one
    change."""
    replied, changes = outcome
    out, body = [], []
    for letter, payload in changes:
        if letter == "b":
            body.append(payload)
        else:
            out.append((letter, _masked(payload, serial)))
    if body:
        out.append(("b", _masked(b"".join(body), serial)))
    return [(stage, verdict, text.replace(serial, MASK).replace(ident, "ID"))
            for stage, verdict, text in replied], out


def _masked(data, serial):
    for word in serial.encode(), serial.lower().encode():
        data = data.replace(word, MASK.encode())
    return data


def judge(letter, name, outcome):
    """What is wrong with the masked outcome of a kind, by what its configuration says; "" if
    nothing is. It looks at the main things only: this is where comparing starts."""
    replied, changes = outcome
    verdict = replied[-1][1]
    wanted = WANTED[letter].get(name, "continue")
    if verdict != wanted:
        return f"{verdict}, not {wanted}"
    if verdict != "continue":
        return "" if not changes else "it has changes"
    letters = [c for c, _ in changes]
    edits = [c for c in changes if c[0] in "hmib"]
    headers = [(n.encode(), v.encode()) for n, v in KINDS[name].headers]
    raw = edited.apply(headers, KINDS[name].body, edits)
    stamp = b"X-Stamp: " if letter == "A" else b"X-Other: "
    wants = [(raw.count(stamp + MASK.encode()), 1)]
    if KINDS[name].leaving:
        texts = re.findall(rb"The (?:<b>)?small(?:</b>)? print of " + MASK.encode(), raw)
        wants.append((len(texts), 2 if name == "alternative" else 1))
    else:
        wants.append((b"print of" in raw, False))
    for change, n in CHANGES[letter].get(name, {}).items():
        wants.append((letters.count(change), n))
    wrong = [w for w in wants if w[0] != w[1]]
    return f"{wrong}: {[(c, p[:80]) for c, p in changes]}" if wrong else ""


_TOO_MUCH = {"declared too large": "reject", "too large": "reject", "too many fields": "tempfail"}
WANTED = {
    "A": {"refused": "reject", "later": "tempfail", "dropped": "discard", "program": "reject",
          **_TOO_MUCH},
    "B": {"refused": "tempfail", **_TOO_MUCH},
}
# How many changes of a letter (milter.CHANGES) there must be.
CHANGES = {
    "A": {"tagged": {"m": 1}, "traced": {"m": 2}, "held": {"q": 1}, "moved": {"-": 2, "+": 3}},
    "B": {"tagged": {"m": 1}, "later": {"m": 1}, "program": {"q": 1}, "macros": {"q": 1},
          "moved": {"-": 2, "+": 2}},
}
