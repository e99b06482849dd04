"""The acceptance rows 2a to 2r and 3a to 3m of t/README for access.test, which plays them with a
real Postfix and a real Sendmail. SECTIONS has the policies, FILES their tables, CHAINS the
listeners, ROWS the rows: {name: [Case]}.
"""
from scenarios import FROM, MIME, TEXT, Case, unchanged

SECTIONS = r"""
limits { regex_steps = 1000 }

table "bad" { type = "text"  file = "bad"  actions = yes }
table "below" { type = "text"  file = "bad"  actions = yes  subdomains = yes }
table "net" { type = "cidr"  file = "net"  actions = yes }
table "slow" { type = "regex"  file = "slow"  actions = yes }
table "checks" { type = "regex"  file = "checks"  actions = yes }
table "order" { type = "regex"  file = "order"  actions = yes }

access "doors" {
    rule "post" { recipient = {"postmaster@example.com"}  action = "pass" }
    rule "blocked" { table = "bad"  lookup = "sender" }
}
access "below" { rule "blocked" { table = "below"  lookup = "sender" } }
access "people" {
    rule "trap" { recipient = {"trap@example.com"}  action = "discard" }
    rule "old" { recipient = {"old@example.com"}  action = "redirect"  to = "new@example.com" }
    rule "held" { recipient = {"held@example.com"}  action = "quarantine" }
    rule "lists" { recipient = {"lists@example.com"}  action = "accept" }
    rule "no" { recipient = {"no@example.com"}  action = "reject"
                reply = "550 5.7.1 Not %{recipient}\n100%% sure" }
    rule "later" { recipient = {"later@example.com"}  action = "tempfail" }
    rule "seen" { recipient = {"seen@example.com"}  action = "insert"  header = "X-Seen"
                  value = "%{helo} %{recipient}" }
    rule "copy" { recipient = {"copied@example.com"}  action = "log"  bcc = {"copy@example.com"} }
}
header "behind" { rule "all" { name = "X-All"  action = "set"  value = "behind" } }
access "net" { rule "net" { table = "net"  lookup = "client" } }
access "helo" { rule "short" { helo = {'^[^.]+$'}  action = "reject"
                               reply = "550 5.7.1 %{helo} is no name" } }
access "name" { rule "name" { client_name = {'^mail\.example\.org$'}  action = "reject"
                              reply = "550 5.7.1 Not %{client_name}" } }
access "login" { rule "alice" { auth_user = {"alice"}  sender_domain = {"example.com"}
                                action = "pass" }
                 rule "rest" { action = "reject"  reply = "550 5.7.1 Not you, %{auth_user}" } }
recipient "map" { map "old" { match = '^old@'  to = {"new@example.com", "two@example.com"} } }
access "new" { rule "new" { recipient = {"new@example.com", "two@example.com"}  action = "reject"
                            reply = "550 5.7.1 %{recipient} moved" } }
access "slow" { rule "slow" { table = "slow"  lookup = "recipient" } }
access "early" {
    stage = "mail"
    reply = "550 5.7.1 Not %{sender}"
    rule "blocked" { table = "bad"  lookup = "sender" }
    rule "one" { recipient = {"no@example.com"}  action = "reject" }
}
access "swap" {
    rule "a" { recipient = {"a@example.com"}  action = "redirect"  to = "b@example.com" }
    rule "b" { recipient = {"b@example.com"}  action = "redirect"  to = "a@example.com" }
}
access "watch" {
    mode = "monitor"
    rule "all" { action = "reject"  reply = "550 5.7.1 y" }
}
access "some" {
    rule "no" { mode = "monitor"  recipient = {"no@example.com"}  action = "reject" }
    rule "hold" { mode = "monitor"  action = "quarantine" }
    rule "drop" { mode = "monitor"  action = "discard" }
}
condition "bulk" { header "Precedence" { match = {'bulk'} } }
access "bulk" { rule "no" { when = {"bulk"}  recipient = {"no@example.com"}  action = "reject"
                            reply = "550 5.7.1 Not %{recipient}" } }

header "checks" {
    rule "line" { table = "checks"  match_on = "line" }
    rule "parts" { table = "parts"  match_on = "line"  where = {"parts"} }
}
table "parts" { type = "regex"  file = "parts"  actions = yes }
header "order" { rule "line" { table = "order"  match_on = "line" } }
header "spelled" {
    rule "pills" { name = "Subject"  match = 'cheap pills'  normalize = yes  action = "reject"
                   reply = "550 5.7.1 No %{match}" }
    rule "not" { name = "X-Kind"  not_match = '^news$'  normalize = yes  action = "quarantine" }
}
table "ceo" { type = "regex"  file = "ceo"  actions = yes }
header "from" {
    rule "ceo" { name = "From"  match = '^ceo@'  match_on = "address"  action = "reject"
                 reply = "550 5.7.1 Not %{match}" }
    rule "jane" { name = "From"  match = '^Jane$'  match_on = "name"  action = "reject"
                  reply = "550 5.7.1 Not Jane" }
    rule "evil" { name = "Reply-To"  match = '(^|\.)evil\.example$'  match_on = "domain"
                  action = "quarantine" }
    rule "table" { name = "Cc"  table = "ceo"  match_on = "address" }
}
header "nested" {
    rule "in" { name = "Subject"  match = 'secret'  where = "nested"  action = "reject"
                reply = "550 5.7.1 In it" }
}
header "known" {
    rule "list" { name = "List-Id"  match = 'ours'  action = "pass"  bcc = {"copy@example.com"} }
    rule "none" { name = "Subject"  match = '.'  action = "redirect"  to = "post@example.com" }
}
"""

FILES = {
    "bad": """\
spam@x.example REJECT No
y.example 450 4.7.1 later
<> DUNNO
z.example DISCARD
w.example PREPEND X-Seen: %{helo}
v.example HOLD looks odd
u.example REDIRECT post@example.com
t.example BCC copy@example.com
jörg@s.example REJECT Not in UTF-8
""",
    "net": """\
198.51.100.7 OK
127.0.100.7 OK
192.0.2.0/24 REJECT
127.0.2.0/24 REJECT
198.51.100.0/24 450 4.7.1 Not this network
127.0.100.0/24 450 4.7.1 Not this network
""",
    "checks": r"""
/^Subject: .*viagra/ REJECT no
/^Subject: .*cialis/i REJECT no
/^X-Spam-/ IGNORE
/^Received: .*10\.0\.0\./ IGNORE
/^Received: .*mx\.example\.test/ REJECT the MTA's own
/^(From): (.*)@old\.example>/ REPLACE $1: ${2}@new.example>
/^To: undisclosed/ HOLD no recipients
/^X-Refuse:/ REJECT refused
/^X-Defer:/ 450 4.7.1 Later
/^X-Drop:/ DISCARD not wanted
/^X-Away: (\S+)/ REDIRECT $1@example.com
/^X-Copy:/ BCC copy@example.com
/^X:/ PREPEND X-Seen: yes
/^X-Rename: (.*)/ REPLACE X-Renamed: $1
/^X-Why: (.*)/
    # a comment inside a logical line
    REJECT 5.7.9 100% sure of $(1) {id}
/^X-Later:/ 421 4.7.0 Later
/^X-Permit:/ DEFER_IF_PERMIT
/^X-Log:/ WARN look at this
/^X-Pass:/ 1234
""",
    "ceo": "/^ceo@ours\\./ REJECT Not to the CEO\n",
    "slow": "/^(a+)+$/ REJECT\n",
    "order": "/^Subject:/ DUNNO\n/^X-Other:/ REJECT not allowed here\n",
    "parts": '|name="?[^"]*\\.exe| REJECT No programs\n',
}

CHAINS = {
    "doors": ["doors"],
    "below": ["below"],
    "people": ["people", "behind"],
    "net": ["net"],
    "helo": ["helo"],
    "name": ["name"],
    "login": ["login"],
    "moved": ["map", "new"],
    "slow": ["slow"],
    "early": ["early"],
    "swap": ["swap"],
    "watch": ["watch"],
    "some": ["some"],
    "bulk": ["bulk"],
    "checks": ["checks"],
    "order": ["order"],
    "spelled": ["spelled"],
    "from": ["from"],
    "nested": ["nested"],
    "known": ["known"],
}

ANY = "550 5.7.1 Message refused by local policy"


def plain(text):
    """A regular expression for the text."""
    return text.replace(".", r"\.").replace("+", r"\+")


def to(*names):
    return [f"<{name}@example.com>" for name in names]


def of(chain, sender, *names, **more):
    """A Case with these recipients in example.com."""
    return Case(chain, sender=f"<{sender}>", rcpts=more.pop("rcpts", to(*names)), **more)


def log_refused(address, text, rule):
    """What the log line has of a refused recipient."""
    return [rf"refused=<{plain(address)}>", f'refusal="{plain(text)}"', f'rule="{rule}"']


def refused(chain, sender, text, rule, log=(), **more):
    """A Case whose only recipient is refused with this reply."""
    log = [*log_refused("a@example.com", text, rule), *log]
    return of(chain, sender, "a", rcpt=[f"{plain(text)}$"], data=None, log=log, **more)


BLOCKED = "doors/blocked"
A_TABLE = ['table="bad:1"', r"key=spam@x\.example\b"]
BEHIND = "X-All: behind\n"


def marked(above="", **more):
    """What a message of the chain "people" is like when it is delivered."""
    return {"delivered": above + TEXT + BEHIND + "\nHello\n", **more}


ACCESS = {
    "2a": [refused("doors", "spam@x.example", "550 5.7.1 No", BLOCKED, A_TABLE)],
    "2b": [of("doors", "spam@x.example", "postmaster", "a", rcpt=["250 ", r"550 5\.7\.1 No$"],
              log=["verdict=accept", 'rule="doors/post"', *A_TABLE,
                   *log_refused("a@example.com", "550 5.7.1 No", BLOCKED)])],
    "2c": [refused("doors", "u@y.example", "450 4.7.1 later", BLOCKED,
                   ['table="bad:2"', r"key=y\.example\b"]),
           unchanged("doors", sender="<u@sub.y.example>", rcpts=to("a"), not_log=["rule="]),
           refused("below", "u@sub.y.example", "450 4.7.1 later", "below/blocked",
                   ['table="below:2"', r"key=y\.example\b"])],
    "2e": [unchanged("doors", sender="<>", rcpts=to("a"), log=['table="bad:3"']),
           refused("doors", "Spam+tag@X.EXAMPLE", "550 5.7.1 No", BLOCKED, A_TABLE)],
    "2g": [of("people", "a@example.org", "trap", "a", **marked(to=to("a")),
              log=["verdict=accept", 'rule="people/trap"', 'edits="[^"]*delrcpt:1']),
           of("people", "a@example.org", "trap", gone=True,
              log=["verdict=discard", 'rule="people/trap"']),
           of("doors", "a@z.example", "a", "b", gone=True,
              log=["verdict=discard", 'table="bad:4"', r"key=z\.example\b"])],
    "2i": [of("people", "a@example.org", "old", "a", **marked(to=to("new", "a")),
              log=["verdict=accept", 'rule="people/old"', 'edits="[^"]*delrcpt:1 addrcpt:1']),
           of("doors", "a@u.example", "a", "b", to=to("post"),
              log=["verdict=accept", 'edits="delrcpt:2 addrcpt:1"'])],
    "2j": [of("people", "a@example.org", "held", "a", held=True,
              log=["verdict=quarantine", "scope=message", 'rule="people/held"']),
           of("doors", "a@v.example", "a", held=True, log=["verdict=quarantine", 'table="bad:6"'])],
    "2k": [refused("net", "a@example.org", ANY, "net/net", ['table="net:[34]"', "key="],
                   client={"ADDR": "IPV6:::ffff:192.0.2.1", "NAME": "[UNAVAILABLE]"})],
    "2k networks": [
        unchanged("net", client={"ADDR": "198.51.100.7", "NAME": "[UNAVAILABLE]"},
                  sender="<a@example.org>", rcpts=to("a")),
        refused("net", "a@example.org", "450 4.7.1 Not this network", "net/net",
                client={"ADDR": "198.51.100.8", "NAME": "[UNAVAILABLE]"})],
    "2o": [of("moved", "a@example.org", "old", "b",
              rcpt=[r"550 5\.7\.1 old@example\.com moved$", "250 "],
              log=["verdict=accept", r"refused=<old@example\.com>", 'rule="new/new"'])],
    "2p": [of("slow", "a@example.org", "a" * 40, "b",
              rcpt=[r"451 4\.3\.0 Mail filter failed, please try again later$", "250 "],
              log=["verdict=accept", "refused=<a{40}@"])],
    "2q": [of("early", "spam@x.example", "a", mail=r"550 5\.7\.1 No$", rcpt=["503 "], data=None,
              log=["verdict=reject", 'by="early"', 'rule="early/blocked"', 'table="bad:1"'],
              not_log=[r"\bto=<", "refused="]),
           of("early", "a@z.example", "a", gone=True, log=["verdict=discard"]),
           of("early", "a@example.org", "no", "a",
              rcpt=[r"550 5\.7\.1 Not a@example\.org$", "250 "],
              log=["verdict=accept", r"refused=<no@example\.com>"])],
    # Accept is past the later policies.
    "2 accept": [of("people", "a@example.org", "lists", "a",
                    log=["verdict=accept", 'by="people"', "scope=message"])],
    # All that a policy can do, to the recipients of one message.
    "2 each its own": [of(
        "people", "a@example.org", "no", "later", "trap", "old", "seen", "copied", "a", "a",
        rcpt=[r"550 5\.7\.1 Not no@example\.com \| 5\.7\.1 100% sure$", r"451 4\.7\.1 ", *["250 "] * 6],
        **marked("X-Seen: client.example.net seen@example.com\n",
                 to=to("new", "seen", "copied", "a", "copy")),
        log=["verdict=accept", "scope=message", r"people:changed\(refused=2\)",
             r"refused=<no@example\.com>", r"refused=<later@example\.com>",
             *(f'rule="people/{name}"' for name in ("no", "later", "trap", "old", "seen",
                                                    "copy"))])],
    "2 all refused": [of("people", "a@example.org", "no", "later",
                         rcpt=[r"550 5\.7\.1 Not no", r"451 4\.7\.1 "], data=None,
                         log=[r"refused=<no@example\.com>", r"refused=<later@example\.com>"])],
    "2 monitor": [unchanged("watch", rcpts=to("a", "b"),
                            log=[r'policies="watch:would=reject\(refused=2\)"']),
                  unchanged("some", rcpts=to("no", "a"),
                            log=[r'would="some/no: refuse no@example\.com ', "would="],
                            not_log=["scope=", "refused="])],
    # Each becomes the other.
    "2 swap": [of("swap", "a@example.org", "a", "b", to=to("a", "b"))],
    # The client's name, and its login.
    "2 name": [refused("name", "a@example.org", "550 5.7.1 Not mail.example.org", "name/name")],
    "2 login": [unchanged("login", client={"LOGIN": "alice", "ADDR": "192.0.2.7",
                                           "NAME": "pc.example.com"}),
                refused("login", "a@example.net", "550 5.7.1 Not you, alice", "login/rest",
                        client={"LOGIN": "alice", "ADDR": "192.0.2.7",
                                "NAME": "pc.example.com"})],
    # A condition that is known at the end of the headers only.
    "2 late": [Case("bulk", "Precedence: bulk\n" + TEXT + "\nHello\n", sender="<a@example.org>",
                    rcpts=to("a", "no"), data=r"550 5\.7\.1 Not no@example\.com$",
                    log=["verdict=reject", 'rule="bulk/no"']),
               unchanged("bulk", rcpts=to("a", "no"))],
}


def header(fields, after=None, inner=None, **more):
    """A Case of the chain "checks" for a message that begins with these fields. after: they are
    delivered so; inner: the fields of a message in it."""
    rest = FROM + ("\nHello\n" if inner is None else f"\n{inner}\nHello\n")
    delivered = None if after is None else after + rest
    return Case(more.pop("chain", "checks"), fields + rest, delivered=delivered,
                sender="<a@example.org>", rcpts=more.pop("rcpts", to("a")), **more)


def spelled(subject):
    """A Case of the chain "spelled" that is refused for its Subject."""
    return header(subject, chain="spelled", data=r"550 5\.7\.1 No cheap pills$",
                  log=['rule="spelled/pills"'])


def sent_from(value, **more):
    """A Case of the chain "from" with this From."""
    message = f"From: {value}\n{REST}"
    return Case("from", message, sender="<a@example.org>", rcpts=to("a"), **more)


def nested(fields, **more):
    """A Case of the chain "nested" whose message has another one in it."""
    return header("MIME-Version: 1.0\nContent-Type: message/rfc822\n", inner=fields,
                  chain="nested", **more)


VIAGRA = "Subject: =?utf-8?B?VmlhZ3Jh?=\n"
ROUTE = "Received: from a ([203.0.113.9]) by b.example; Sat, 1 Aug 2026 10:00:00 +0000\n"
INSIDE = ("Received: from pc\n\t([10.0.0.1]) by a.example;\n"
          "\tSat, 1 Aug 2026 09:00:00 +0000\n")
ALICE_AT = "Subject: x\nFrom: Alice <alice@{}.example>\n"
REST = FROM.partition("\n")[2] + "\nx\n"
UNDISCLOSED = "To: undisclosed-recipients:;\n"
NOT_CEO = r"550 5\.7\.1 Not ceo@$"
NO_TO = FROM.replace("To: bob@example.org\n", "")

HEADER = {
    "3a": [header(VIAGRA, data=r"550 5\.7\.1 no$", log=['rule="checks/line"', 'table="checks:2"']),
           header("Subject: CIALIS\n", log=["verdict=accept"], not_log=["rule="])],
    "3b": [header("X-Spam-A: 1\nSubject: x\nX-Spam-B: 2\nX-SPAM-A: 3\n", "Subject: x\n",
                  log=['edits="delheader:3"'])],
    "3c": [header(ROUTE + INSIDE + ROUTE, ROUTE + ROUTE, log=['edits="delheader:1"'])],
    "3d": [Case("checks", ALICE_AT.format("old") + REST, delivered=ALICE_AT.format("new") + REST,
                rcpts=to("a"), log=['edits="chgheader:1"'])],
    "3e": [header("Subject: x\nX-Other: 1\n", chain="order", data=r"550 5\.7\.1 not allowed here$",
                  log=['table="order:1"', 'table="order:2"'])],
    "3f": [Case("checks", NO_TO + UNDISCLOSED + "X-Refuse: 1\n\nx\n", rcpts=to("a"),
                data=r"550 5\.7\.1 refused$", log=["verdict=reject"]),
           Case("checks", NO_TO + UNDISCLOSED + "\nx\n", rcpts=to("a"), held=True,
                log=["verdict=quarantine"])],
    "3g": [header("X: 1\nX: 2\nX-Y: 0\nX: 3\n",
                  "X-Seen: yes\n" * 3 + "X: 1\nX: 2\nX-Y: 0\nX: 3\n")],
    "3h": [spelled("Subject: =?utf-8?Q?Ch=E2=80=8Beap=C2=A0PILLS?=\n"),
           spelled("Subject: CHEAP\n\t=?utf-8?Q?pi=C2=ADlls?=\n"),
           header("Subject: Cheap thrills\n", chain="spelled", log=['policies="spelled:pass"']),
           header("X-Kind: NEWS\n", chain="spelled", log=['policies="spelled:pass"']),
           header("X-Kind: NEWS=\n", chain="spelled", held=True, log=['rule="spelled/not"'])],
    "3i": [spelled("Subject: =?utf-8?B?77yjaGVhcCBwaWxscw==?=\n"),
           spelled("Subject: \uff23heap pills\n")],
    "3k": [sent_from('"ceo@x" <b@y.example>', log=['policies="from:pass"']),
           sent_from("b@y.example, CEO <ceo (x) @ y.example>", data=NOT_CEO),
           sent_from("ceo@ours.example <b@y.example>", data=NOT_CEO, log=['rule="from/ceo"'])],
    "3l": [sent_from("=?utf-8?Q?Jane?= <b@y.example>", data=r"550 5\.7\.1 Not Jane$"),
           sent_from("=?utf-8?Q?x=2CJane?= <b@y.example>", log=['policies="from:pass"'])],
    "3 match_on": [
        header("Reply-To: a@b.example, x@A.EVIL.Example.\n", chain="from", held=True,
               log=['rule="from/evil"']),
        header("Cc: a@b.example, CEO <ceo@OURS.example>\n", chain="from",
               data=r"550 5\.7\.1 Not to the CEO$", log=['table="ceo:1"'])],
    "3 nested": [nested("Subject: a secret\n", data=r"550 5\.7\.1 In it$"),
                 nested("Subject: x\nX-Inner: secret\n"),
                 header("Subject: secret\n", chain="nested", log=['policies="nested:pass"'])],
    "3 pass": [Case("known", "List-Id: <ours.example.org>\n" + TEXT + "\nx\n", rcpts=to("a"),
                    to=to("a", "copy"), log=['edits="addrcpt:1"']),
               Case("known", rcpts=to("a", "b"), to=to("post"),
                    log=['edits="delrcpt:2 addrcpt:1"'])],
    "3 texts": [header("X-Why: %{sender} it\n",
                       data=r"550 5\.7\.9 100% sure of %\{sender\} it \{id\}$"),
                header("X-Permit: 1\n", data=r"450 4\.7\.1 "),
                header("X-Log: 1\n", log=["verdict=accept"], not_log=["edits="]),
                header("X-Pass: 1\n", log=["verdict=accept", 'table="checks:'])],
    "3m": [Case("checks", MIME + 'Content-Type: multipart/mixed; boundary="b"\n\n--b\n'
                'Content-Type: application/octet-stream;\n\tname="x.exe"\n\nx\n--b--\n',
                rcpts=to("a"), data=r"550 5\.7\.1 No programs$", log=['rule="checks/parts"'])],
    "3 other actions": [
        header("X-Defer: 1\n", data=r"450 4\.7\.1 Later$"),
        header("X-Drop: 1\n", gone=True, log=["verdict=discard"]),
        header("X-Away: carl\n", rcpts=to("a", "b"), to=to("carl"),
               log=['edits="delrcpt:2 addrcpt:1"']),
        header("X-Copy: 1\n", to=to("a", "copy"), log=['edits="addrcpt:1"'])],
    # REPLACE by another name: a new field at the end.
    "3 another name": [Case("checks", "X-Rename: old\n" + TEXT + "\nx\n", rcpts=to("a"),
                            delivered=TEXT + "X-Renamed: old\n\nx\n")],
}

ROWS = {**ACCESS, **HEADER}
