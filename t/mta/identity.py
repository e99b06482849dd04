"""The acceptance rows 6a to 6n of t/README for identity.test, which plays them with a real Postfix
and a real Sendmail. SECTIONS has the policies, CHAINS the listeners, ROWS the rows: {name: [Case]}.

Sendmail writes addresses anew when it sends a message to the next server: Case.delivered_by.
"""
from scenarios import Case

SECTIONS = r"""
table "people" { values = { "\"Jane Boss\" jane@example.com", "\"Jane Doe\" doe@example.com" } }
table "sender logins" { values = { "anna@example.com anna", "@shop.example anna, Carl",
                                   "bert@example.com bert" } }

identity "marks" {
    rule "several" { kind = "several-senders"  action = "add"  header = "X-Hit"  value = "several" }
    rule "none" { kind = "no-sender"  action = "add"  header = "X-Hit"  value = "none" }
    rule "odd" { kind = "irregular"  action = "add"  header = "X-Hit"  value = "irregular" }
    rule "name" { kind = "address-in-name"  action = "add"  header = "X-Hit"
                  value = "name %{match}" }
    rule "own" { kind = "own-domain"  domain = {"example.com", ".example.com"}
                 client = {"10.0.0.0/8", "127.10.0.0/16"}  authserv_id = "mx.example.com"
                 action = "add"  header = "X-Hit"  value = "own" }
    rule "login" { kind = "login-mismatch"  table = "sender logins"
                   action = "add"  header = "X-Hit"  value = "login" }
    rule "person" { kind = "impersonation"  table = "people"
                    action = "add"  header = "X-Hit"  value = "person" }
    rule "reply" { kind = "reply-to-mismatch"  action = "add"  header = "X-Hit"  value = "reply" }
    rule "path" { kind = "envelope-mismatch"  action = "add"  header = "X-Hit"  value = "path" }
}
identity "acts" {
    reply = "550 5.7.1 Not you: %{match}"
    rule "several" { kind = "several-senders"  action = "tempfail"  reply = "450 4.7.1 Which one?" }
    rule "odd" { kind = "irregular"  action = "quarantine" }
    rule "name" { kind = "address-in-name"  same_domain = "skip"  action = "reject" }
    rule "none" { kind = "no-sender"  action = "reject"  reply = "550 5.7.1 Who? [%{id}]" }
    rule "person" { kind = "impersonation"  table = "people"  action = "prefix"
                    header = "Subject"  value = "[NOT FROM %{match}?] " }
    rule "own" { kind = "own-domain"  domain = {"example.com"}  list = "skip"  action = "reject" }
    rule "reply" { kind = "reply-to-mismatch"  domain = {"evil.example"}  action = "set"
                   header = "X-Replies"  value = "%{match}" }
    rule "path" { mode = "monitor"  kind = "envelope-mismatch"  action = "reject" }
}
identity "logins" {
    reply = "550 5.7.1 Not yours: %{match}"
    rule "own" { kind = "login-mismatch"  table = "sender logins"  envelope_sender = yes
                 action = "reject" }
}
"""

CHAINS = {name: [name] for name in ("marks", "acts", "logins")}

# The client logs in as one of them, or is in one of our own networks.
ANNA, CARL = [{"LOGIN": name, "ADDR": "192.0.2.7", "NAME": "pc.example.com"}
              for name in ("anna", "carl")]
OUR_HOST = {"ADDR": "10.1.2.3", "NAME": "pc.example.com"}

REST = ("To: bob@example.org\nDate: Sat, 1 Aug 2026 10:00:00 +0000\nMessage-ID: <1@example.com>\n"
        "Subject: Hello\n")
EVIL = "x@evil.example"
VERIFIED = "Authentication-Results: mx.{}.example; dkim=pass header.d=example.com\n"


def message(fields, more="", rest=REST):
    return f"{fields}{rest}{more}\nHello\n"


def of(chain, fields, **more):
    """A Case with the null sender."""
    return Case(chain, message(fields), rcpts=["<a@example.com>"],
                sender=more.pop("sender", "<>"), **more)


def marked(fields, *hits, by_sendmail=None, log=(), **more):
    """A Case whose rules hit and add X-Hit. by_sendmail: the fields as Sendmail delivers them."""
    marks = "".join(f"X-Hit: {hit}\n" for hit in hits)
    return of("marks", fields, delivered=message(fields, marks),
              delivered_by={} if by_sendmail is None else
              {"sendmail": message(by_sendmail, marks)},
              log=["verdict=accept", f'edits="addheader:{len(hits)}"', *log] if hits else
              ['policies="marks:pass"', *log], **more)


def silent(fields, **more):
    """A Case without a hit, of the chain that marks."""
    return marked(fields, **more)


def refused(fields, text, chain="acts", log=(), **more):
    """A Case that is refused at the end of the message."""
    code = "reject" if text.startswith("5") else "tempfail"
    return of(chain, fields, data=text, log=[f"verdict={code}", *log], **more)


def unchanged(chain, fields, log=(), **more):
    return of(chain, fields, log=["verdict=accept", *log], not_log=["edits=", "rule="], **more)


def at_mail(sender, match, **more):
    """A Case that is refused at MAIL."""
    return of("logins", "From: Anna <anna@example.com>\n", sender=sender, rcpt=["503 "], data=None,
              mail=rf"550 5\.7\.1 Not yours: {match}$", log=["verdict=reject", 'rule="logins/own"'],
              **more)


NOT_CEO = r"550 5\.7\.1 Not you: ceo@example\.com$"
NOT_BERT = r"550 5\.7\.1 Not yours: bert$"
OURS = r"550 5\.7\.1 Not you: example\.com$"
SUBJECT = f"{REST.partition('Subject')[0]}Subject: [NOT FROM {{}}?] Hello\n"


def person(fields, name):
    """A Case whose Subject then says who it is not from."""
    return of("acts", fields, delivered=message(fields, rest=SUBJECT.format(name)),
              log=["verdict=accept", 'rule="acts/person"', r"header_from=jb@gmail\.example"])


A = f'From: "ceo@example.com" <{EVIL}>\n'
B = f"From: =?utf-8?B?Y2VvQGV4YW1wbGUuY29t?= <{EVIL}>\n"
C = f"From: ceo@example.com <{EVIL}>\n"
TWO = f"From: <{EVIL}>, <ceo@example.com>\n"
JANE = "From: Jane Boss <jb@gmail.example>\n"
OUR_JANE = "From: Jane Boss <jane@example.com>\n"
ZERO_WIDTH = "From: =?utf-8?Q?Jane__B=E2=80=8Boss?= <jb@gmail.example>\n"
REPLIES = "From: a@partner.example\nReply-To: b@partner.example, x@evil.example\n"
OF_EVIL, OF_CEO = r"header_from=x@evil\.example\b", r"header_from=ceo@example\.com\b"

ROWS = {
    "6a": [marked(A, "name ceo@example.com", log=['rule="marks/name"', OF_EVIL]),
           refused(A, NOT_CEO, log=['rule="acts/name"', OF_EVIL])],
    "6b": [marked(B, "name ceo@example.com"), refused(B, NOT_CEO)],
    # In quarantine, too, but a refusal comes first.
    "6c": [marked(C, "irregular", "name ceo@example.com", "own",
                  by_sendmail=f'From: "ceo@example.com" <{EVIL}>\n'),
           refused(C, NOT_CEO, log=['rule="acts/odd"', 'rule="acts/name"'])],
    "6c quarantine": [of("acts", "From: Jim <jim@gmail.example\n", held=True,
                         log=["verdict=quarantine", 'rule="acts/odd"'])],
    "6d": [silent(f"From: (ceo@example.com) {EVIL}\n"),
           unchanged("acts", f"From: (ceo@example.com) {EVIL}\n")],
    "6e": [marked(TWO, "several", "own"),
           marked(f"From: The boss <ceo>, {EVIL}\n", "several",
                  by_sendmail=f"From: The boss <ceo@mx.example.test>, {EVIL}\n"),
           silent(f"From: <{EVIL}>, <y@other.example>\nSender: {EVIL}\n"),
           refused(TWO, r"450 4\.7\.1 Which one\?$", log=['rule="acts/several"'])],
    "6f": [marked(f"From: {EVIL}\nFrom: y@evil.example\nSender: {EVIL}\n", "several"),
           refused(f"From: {EVIL}\nX-Between: 1\nFROM: y@evil.example\n",
                   r"450 4\.7\.1 Which one\?$")],
    "6g": [marked(JANE, "person", log=[r"header_from=jb@gmail\.example"]),
           marked('From: "BOSS, Jane" <jb@gmail.example>\n', "person"),
           marked("From: BOSS, Jane <jb@gmail.example>\n", "irregular", "person",
                  by_sendmail="From: BOSS@mx.example.test, Jane <jb@gmail.example>\n"),
           marked(ZERO_WIDTH, "person"), silent("From: Jane Bosse <jb@gmail.example>\n"),
           person(JANE, "Jane Boss"),
           person('From: "BOSS, Jane" <jb@gmail.example>\n', "BOSS, Jane")],
    "6h": [silent(VERIFIED.replace(".example", ".com").format("example") + OUR_JANE)],
    "6i": [marked(VERIFIED.format("evil") + OUR_JANE, "own"), refused(OUR_JANE, OURS)],
    "6j": [marked("From: Bert <bert@example.com>\n", "login", client=ANNA),
           refused("From: Bert <bert@example.com>\n", r"550 5\.7\.1 Not yours: bert@example\.com$",
                   "logins", client=ANNA, sender="<anna@example.com>"),
           unchanged("logins", "From: Anna <ANNA@example.com>\n", client=ANNA,
                     sender="<anna+x@example.com>"),
           unchanged("logins", "From: orders@shop.example\n", client=CARL,
                     sender="<orders@shop.example>")],
    "6j every reading": [refused("From: bert@example.com <anna@example.com>\n",
                                 r"550 5\.7\.1 Not yours: bert@example\.com$", "logins",
                                 client=ANNA, sender="<anna@example.com>")],
    # Sendmail completes an address without a domain, behind the filter.
    "6j no domain": [
        refused("From: The boss <bert>\n", NOT_BERT, "logins", client=ANNA),
        refused("From: bert, anna@example.com\nSender: anna@example.com\n", NOT_BERT, "logins",
                client=ANNA, log=["header_from=bert "]),
        of("logins", "From: Smith, Anna <anna@example.com>\n", client=ANNA, delivered_by={
            "sendmail": message("From: Smith@mx.example.test, Anna <anna@example.com>\n")})],
    "6j envelope": [at_mail("<bert@example.com>", r"bert@example\.com", client=ANNA),
                    unchanged("logins", "From: Anna <anna@example.com>\n", client=ANNA)],
    "6k": [marked("From: Undisclosed:;\n", "none"),
           refused("From: Undisclosed:;\n", r"550 5\.7\.1 Who\? \[@ID@\]$"),
           # Sendmail adds the field itself, behind the filter.
           marked("", "none", by_sendmail="From: \n"), refused("", r"550 5\.7\.1 Who\? \[@ID@\]$"),
           marked("From:\n", "none", by_sendmail="From: \n")],
    "6l": [marked(REPLIES, "reply"),
           silent("From: a@partner.example\nReply-To: b@PARTNER.example\n"),
           of("acts", REPLIES, delivered=message(REPLIES, "X-Replies: x@evil.example\n"),
              log=["verdict=accept", 'rule="acts/reply"']),
           unchanged("acts", REPLIES.replace("evil", "other"))],
    "6m": [marked("From: MAILER-DAEMON@example.com\n", "own"),
           refused("From: MAILER-DAEMON@example.com\n", OURS)],
    "6n": [marked("From: a@EXAMPLE.com.\n", "own", log=[r"header_from=a@example\.com"],
                  by_sendmail="From: a@EXAMPLE.com\n"), refused("From: a@EXAMPLE.com.\n", OURS)],
    "6 our clients": [silent(OUR_JANE, client=OUR_HOST), silent(
        "From: anna@example.com\n", client=ANNA)],
    "6 list": [unchanged("acts", "List-Id: <l.lists.example>\n" + OUR_JANE,
                         sender="<l-bounces@example.com>")],
    "6 envelope": [marked("From: a@partner.example\n", "path", sender=f"<{EVIL}>",
                          log=[r"from=<x@evil\.example>", 'rule="marks/path"']),
                   silent("From: a@news.evil.example\n", sender=f"<{EVIL}>"),
                   of("acts", "From: a@partner.example\n", sender=f"<{EVIL}>",
                      log=["verdict=accept", 'would="acts/path: reject 550 5.7.1 Not you: '])],
    # Both MTAs take these for a From, and deliver the first one without the blank.
    "6 odd fields": [
        of("marks", "X: 1\nFrom : ceo@example.com\n",
           delivered=message("X: 1\nFrom: ceo@example.com\n", "X-Hit: own\n"), log=[OF_CEO]),
        marked("From: <>\n", "none"),
        marked("From: Jörg <ceo@example.com>\n", "own", log=[OF_CEO]),
        refused("From: " + ",\n ".join(f"u{i}@evil.example" for i in range(1000)) + "\n",
                r"450 4\.7\.1 Which one\?$")],
}
