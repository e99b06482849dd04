"""Tables of Postfix for import.test, and the mails that they are tried with. Each row has a number,
and its text has "(rN)", so that a reply tells which row hit."""

# Constructs of POSIX patterns: what follows "/^X-Word: ", and values that match, and that do not.
# @ stands for a word.
CONSTRUCTS = [
    ("@$", ["@"], ["@x", "x@"]),
    (".*@", ["a @", "@ b"], ["none"]),
    ("@+[0-9]{2}", ["@12", "@@34"], ["@1"]),
    ("(@|other-@)!", ["@!", "other-@!"], ["@"]),
    ("[[:digit:]]+ @", ["17 @"], ["x @"]),
    ("[^a-z]@\\.", ["-@."], ["a@."]),
    ("@\\.(com|net)", ["@.com", "@.net"], ["@xcom"]),
    ("\\<@\\>", ["a @ b", "@"], ["a@b"]),
    ("a*?@", ["aa@", "@"], ["no"]),
    ("[]@-]{3}$", ["]-]"], ["xyz"]),
    ("[\\.]@", ["\\@", ".@"], ["x@"]),
    ("x{,2}y@", ["xxy@", "y@"], ["xxx"]),
    ("@(s)?,? (and|or) .*", ["@s, and x", "@ or y"], ["@, x"]),
    ("(a|ab)(c|bcd)?@", ["abcd@", "ac@"], ["abx"]),
    ("@\\$\\(1\\)\\|", ["@$(1)|"], ["@$1"]),
    ("^@|@ end$", ["the @ end"], ["the @"]),
    ("(@)-\\1", ["@-@"], ["@-x"]),
    ("@\\s+\\w+\\W*$", ["@ word!", "@  w"], ["@"]),
]
WORDS = ["alpha", "bravo", "gamma", "delta", "omega"]

# (row, header lines). A row without a text of its own has none of the numbers.
OTHERS = [
    ("/^X-Case: Exact/i REJECT (r901)", ["X-Case: Exact", "X-Case: exact"]),
    ("/^X-Basic: a\\{2\\}+/x REJECT (r902)", ["X-Basic: aa+", "X-Basic: aaa"]),
    ("~^X-Path: a/b~ REJECT (r903)", ["X-Path: a/b", "X-Path: ab"]),
    ("/^X-Two/m REJECT (r904)", ["X-Two: 1"]),
    ("/^X-Code: a/ REJECT 5.7.9 (r905)", ["X-Code: a"]),
    ("/^X-Temp: a/ 450 (r906)", ["X-Temp: a"]),
    ("/^X-Number: a/ 550", ["X-Number: a"]),
    ("/^X-Ok: a/ OK", ["X-Ok: a"]),
    ("/^X-Ok: / REJECT (r907)", ["X-Ok: b"]),
    ("/^X-Dunno: a/ DUNNO", ["X-Dunno: a"]),
    ("/^X-Dunno: / REJECT (r908)", ["X-Dunno: b"]),
    ("/^X-Warn: / WARN (r909)", ["X-Warn: a"]),
    ("/^X-Info: / INFO (r910)", ["X-Info: a"]),
    ("/^X-Gone: / IGNORE", ["X-Gone: a"]),
    ("/^X-Strip: / STRIP (r911)", ["X-Strip: a"]),
    ("/^X-Replace: (.*) (old)$/ REPLACE X-Replaced: ${2} $(1) $$", ["X-Replace: some old"]),
    ("/^(X-Same): (.*)@old$/ REPLACE $1: $2@new", ["X-Same: a@old", "X-Same: a@other"]),
    ("/^X-Prepend: / PREPEND X-Seen: yes", ["X-Prepend: a"]),
    ("/^X-Discard: / DISCARD (r912)", ["X-Discard: a"]),
    ("/^X-Hold: / HOLD (r913)", ["X-Hold: a"]),
    ("/^X-Redirect: / REDIRECT other@example.com", ["X-Redirect: a"]),
    ("/^X-Bcc: / BCC copy@example.com", ["X-Bcc: a"]),
    ("/^X-Nobody: / REDIRECT nobody", ["X-Nobody: a"]),
    ("/^X-Unknown: / FROBNICATE", ["X-Unknown: a"]),
    ("/^X-Empty: /", ["X-Empty: a"]),
    ("/^X-Bad: (/ REJECT (r914)", ["X-Bad: ("]),
    ("/^X-Flag: /q REJECT (r915)", ["X-Flag: a"]),
    ("/^X-Group: (a)/ REJECT $2 (r916)", ["X-Group: a"]),
    ("/^X-Encoded: =\\?utf-8\\?q\\?/ REJECT (r917)",
     ["X-Encoded: =?utf-8?q?caf=C3=A9?=", "X-Encoded: cafe"]),
    ("/^X-Long: a.*z$/ REJECT (r918)", ["X-Long: a" + 300 * "b" + "z", "X-Long: a" + 300 * "b"]),
    ("/^X-Fold: one.*two/ REJECT (r919)", ["X-Fold: one\r\n\ttwo", "X-Fold: one\r\n three"]),
    ("/^X-Space: a[[:space:]]+b$/ REJECT (r920)", ["X-Space: a\r\n b", "X-Space: a b"]),
    ("/^Content-Type:.*name=\"?bad/ REJECT (r921)",
     ["Content-Type: text/plain; name=\"bad\"", "Content-Type: text/plain; name=good"]),
    ("/^X-Digit: \\d/ REJECT (r922)", ["X-Digit: 1", "X-Digit: d"]),
]
NESTED = """\
if /^X-Sub:/
/cheap (pills)/ REJECT $1 (r950)
!/fine|good/ REJECT (r951)
if !/fine one/
/^X-Sub: a/ REJECT (r952)
endif
if /two/i
/x.*y/ REJECT (r953)
endif
/good$/ WARN (r954)
endif
!/^(X-|Received|From|To|Subject|Date|Message-Id|MIME|Content)/ REJECT (r955)
endif
/^X-Last:/ REJECT (r956)
if /(?:bad)/
/^X-After:/ REJECT (r957)
endif
"""
NESTED_LINES = ["X-Sub: cheap pills", "X-Sub: none", "X-Sub: fine", "X-Sub: fine one", "X-Sub: a fine",
                "X-Sub: fine two x y", "X-Sub: fine TWO x y", "X-Sub: good", "Y-Other: 1", "X-Last: 1",
                "X-After: 1", "Received: from x by y; Mon, 1 Jan 2024 00:00:00 +0000"]

# Headers of parts and of attached messages, in a mail that has both.
PARTS = """\
/^X-Part: a/ REJECT (r960)
/filename=\"?[^\";]*\\.exe/ REJECT (r961)
/^X-Inner: a/ REJECT (r962)
"""
PART_LINES = [("X-Part: a", "X: 1"), ("X-Part: b", "X: 1"),
              ("Content-Disposition: attachment; filename=\"x.exe\"", "X: 1"), ("X: 1", "X-Inner: a"),
              ("X: 1", "X-Inner: b"), ("X: 1", "Subject: x"), ("X: 1", "X-Last: 1")]


def construct_rows():
    """(row, values that hit, values that do not) of all constructs, with numbers from 1."""
    found = []
    for pattern, hits, others in CONSTRUCTS:
        for word in WORDS:
            name = f"X-T{len(found) + 1}"
            inside = pattern.replace("@", word)
            if inside.startswith("^"):
                inside = f"(X-No|X-T{len(found) + 1}: ).*{inside[1:]}"
                row = f"/^{inside}/ REJECT (r{len(found) + 1})"
            else:
                row = f"/^{name}: {inside}/ REJECT (r{len(found) + 1})"
            lines = [f"{name}: {v.replace('@', word)}" for v in hits + others]
            found.append((row, lines))
    return found


def header_checks():
    """The table, and header lines to try it with."""
    rows = construct_rows() + OTHERS
    text = "# header checks\n\n" + "".join(f"{row}\n" for row, _ in rows) + PARTS + NESTED
    return text, [line for _, lines in rows for line in lines] + NESTED_LINES


BODY_ROWS = [
    ("/^plain line$/ REJECT (r1)", ["plain line", "a plain line"]),
    ("/cheap +pills/ REJECT (r2)", ["some cheap  pills", "cheappills"]),
    ("/^TVqQ/ REJECT (r3)", ["TVqQAAMAAAA=", "tVqQAAMAAAA="]),
    ("/^dunno/ DUNNO", ["dunno what", "Dunno"]),
    ("/^dun/ REJECT (r4)", ["dungeon"]),
    ("/^hold/ HOLD (r5)", ["hold it"]),
    ("/^discard/ DISCARD (r6)", ["discard it"]),
    ("/^warn/ WARN (r7)", ["warn me"]),
    ("/^other/ REDIRECT other@example.com", ["other one"]),
    ("/^copy/ BCC copy@example.com", ["copy that"]),
    ("/=3D\"?http/ REJECT (r8)", ["<a href=3D\"http://x.example\">", "href=\"http"]),
    ("/^(a|b)+c\\1/ REJECT (r9)", ["abca", "abcb"]),
    ("!/./ REJECT (r10)", [""]),
    ("if /^in/\n!/out/ REJECT (r11)\nendif", ["in", "in and out"]),
]

CLIENTS = """\
192.0.2            REJECT (r1)
192.0.2.7          OK
198.51.100.4       450 4.7.1 (r2)
198.51             REJECT (r3)
203.0.113.9        DUNNO
203.0              REJECT (r4)
bad.example        REJECT (r5)
good.bad.example   OK
.dotted.example    REJECT (r6)
unknown            REJECT (r7)
number.example     550
warn.example       WARN (r8)
hold.example       HOLD (r9)
gone.example       DISCARD (r10)
head.example       PREPEND X-Client: head
later.example      DEFER (r11)
2001:db8:1         REJECT (r12)
"""
NETWORKS = """\
10.1.0.0/16     REJECT (r21)
10.0.0.0/8      OK
172.16.0.1      REJECT (r22)
172.16.0.0/12   450 (r23)
if 100.64.0.0/10
100.64.1.0/24   REJECT (r24)
0.0.0.0/0       OK
endif
100.0.0.0/8     REJECT (r25)
2001:db8:2::/48 REJECT (r26)
"""
HELOS = """\
/^[^.]+$/             REJECT (r31)
/^\\[?[0-9.]+\\]?$/      REJECT (r32)
/\\.bad\\.example$/      450 4.7.1 (r33)
if /^mx/
!/^mx[0-9]+\\./         REJECT (r34)
endif
"""
SENDERS = """\
spam@x.example        REJECT (r41)
x.example             OK
y.example             450 4.7.1 (r42)
user@                 REJECT (r43)
<>                    DUNNO
@at.example           REJECT (r44)
low.y.example         DUNNO
hold@z.example        HOLD (r45)
ext+tag@z.example     REJECT (r46)
"""
SENDER_PATTERNS = """\
/^(.*)-request@/      REJECT $1 (r51)
/[%!].*@/             REJECT (r52)
/^<>$/                WARN (r53)
"""
RECIPIENTS = """\
closed@example.com    REJECT (r61)
later@example.com     450 4.7.1 (r62)
shut.example.com      REJECT (r63)
open@shut.example.com OK
nobody@               550 5.1.1 (r64)
copied@example.com    BCC copy@example.com
"""

# (client's address and name, HELO name, sender, recipients)
SESSIONS = [(a, "ok.example", "mx1.ok.example", "a@ok.example", ["bob@example.com"])
            for a in ["192.0.2.1", "192.0.2.7", "192.0.20.1", "198.51.100.4", "198.51.100.5", "203.0.113.9",
                      "203.0.113.8", "10.1.2.3", "10.2.3.4", "172.16.0.1", "172.16.0.2", "100.64.1.1",
                      "100.64.2.1", "100.1.1.1", "11.1.1.1"]]
SESSIONS += [("11.1.1.1", n, "mx1.ok.example", "a@ok.example", ["bob@example.com"])
             for n in ["bad.example", "sub.bad.example", "good.bad.example", "x.good.bad.example",
                       "dotted.example", "sub.dotted.example", "[UNAVAILABLE]", "number.example",
                       "warn.example", "hold.example", "gone.example", "head.example", "later.example",
                       "notbad.example"]]
SESSIONS += [("11.1.1.1", "ok.example", h, "a@ok.example", ["bob@example.com"])
             for h in ["nodot", "[11.1.1.1]", "11.1.1.1", "x.bad.example", "mx.ok.example", "mx2.ok.example"]]
SESSIONS += [("11.1.1.1", "ok.example", "mx1.ok.example", s, ["bob@example.com", "joe@example.com"])
             for s in ["spam@x.example", "Spam@X.Example", "a@x.example", "a@sub.x.example", "a@y.example",
                       "a@low.y.example", "a@b.low.y.example", "user@q.example", "", "a@at.example",
                       "hold@z.example", "ext+tag@z.example", "list-request@q.example", "a%b@q.example"]]
SESSIONS += [("11.1.1.1", "ok.example", "mx1.ok.example", "a@ok.example", r)
             for r in [["closed@example.com", "bob@example.com"], ["bob@example.com", "later@example.com"],
                       ["x@shut.example.com", "open@shut.example.com"], ["nobody@example.org"],
                       ["copied@example.com"], ["x@sub.shut.example.com"]]]
