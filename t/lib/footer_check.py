"""Checks that a message with a footer shows the footer once and is otherwise the message that it
was. It reads both with Python's email package, which has no code in common with src/rewrite.

    complaints = check(before, after, footer, done)     # raw messages, bytes; [] is a pass

done: what the policy did: "added" (into edited=N parts of text), "part" (as a new first part) or
"wrapped" (around the message). top: the footer is to stand above the text.
"""
import email
import email.policy
import html.parser
import re

LINE_MAX = 998
HIDDEN = ("script", "style", "title", "textarea", "template")


class Visible(html.parser.HTMLParser):
    """The displayed text of an HTML document."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.inside, self.text = 0, []

    def handle_starttag(self, tag, attrs):
        self.inside += tag in HIDDEN

    def handle_endtag(self, tag):
        self.inside -= tag in HIDDEN and self.inside > 0

    def handle_data(self, data):
        if not self.inside:
            self.text.append(data)


def visible(document):
    document = re.sub(r"<!--(?!.*?-->).*\Z", "", document, flags=re.S)  # an open comment
    parser = Visible()
    parser.feed(document)
    parser.close()
    return "".join(parser.text)


def parse(raw):
    return email.message_from_bytes(raw, policy=email.policy.compat32)


def is_multipart(part):
    return part.get_content_maintype() == "multipart" and part.is_multipart()


def leaves(part):
    """The parts below part, or part itself, that are no multiparts."""
    if is_multipart(part):
        return [leaf for child in part.get_payload() for leaf in leaves(child)]
    return [part]


def text_of(part):
    """The decoded text of a part; bytes that its charset does not allow as Latin-1."""
    data = part.get_payload(decode=True) or b""
    try:
        return data.decode(part.get_content_charset("us-ascii"))
    except (LookupError, UnicodeDecodeError):
        return data.decode("latin-1")


def content(part):
    """The decoded content of a part; of a message/... the part as a whole."""
    if part.get_content_maintype() == "message":
        return part.as_bytes()
    return part.get_payload(decode=True)


def is_file(part):
    return part.get_content_disposition() not in (None, "inline") or part.get_filename()


def has(part, kind):
    """Whether a displayed part of this type is in part."""
    if is_multipart(part):
        return any(has(child, kind) for child in part.get_payload())
    return part.get_content_type() == kind and not is_file(part)


def root_of(part):
    """The root of a multipart/related (RFC 2387, section 3.2)."""
    children, start = part.get_payload(), part.get_param("start")
    named = [c for c in children if start and c.get("Content-ID") == start]
    return (named or children)[0]


def shown(part, best):
    """The texts that a mail program displays, decoded; best: the type that it prefers among
    alternatives."""
    kind = part.get_content_type()
    if not is_multipart(part):
        if is_file(part) or kind not in ("text/plain", "text/html"):
            return []
        text = text_of(part)
        if part.get_param("format") == "flowed":
            text = re.sub(r"(?m)^ ", "", text)
        return [visible(text) if kind == "text/html" else text]
    children = part.get_payload()
    if kind == "multipart/alternative":
        for want in (best, "text/plain", "text/html"):
            fit = [c for c in children if has(c, want)]
            if fit:
                return shown(fit[-1], best)
        return []
    if kind == "multipart/related":
        return shown(root_of(part), best)
    if kind == "multipart/signed":
        return shown(children[0], best)
    return [text for c in children if not is_file(c) for text in shown(c, best)]


def squeeze(text):
    """Text without white space."""
    return re.sub(r"\s+", "", text)


def lines(text):
    """Text with LF for CRLF."""
    return text.replace("\r\n", "\n")


def defects(message):
    """The classes of defects that Python's email package finds."""
    for part in leaves(message):
        part.get_payload(decode=True)  # decoding finds further defects
    return {type(d).__name__ for part in message.walk() for d in part.defects}


def is_insertion(old, new):
    """Whether new is old with an insertion at one place."""
    if len(new) < len(old):
        return False
    n = 0
    while n < len(old) and old[n] == new[n]:
        n += 1
    return new.endswith(old[n:])


def check_leaf(old, new, top):
    """Complaints about a leaf whose content has changed: the change must be the footer."""
    if new.get_content_type() not in ("text/plain", "text/html") or is_file(new):
        return [f"changed: {new.get_content_type()} {new.get_filename()}"]
    before, after = lines(text_of(old)).lstrip("\ufeff"), lines(text_of(new)).lstrip("\ufeff")
    if new.get_content_type() == "text/html":
        fits = is_insertion(squeeze(before), squeeze(after))
    else:
        fits = after.endswith(before) if top else after.startswith(before)
    return [] if fits else [f"its text is damaged: {new.get_content_type()}"]


def check_leaves(old, new, edited, top):
    if len(old) != len(new):
        return [f"{len(old)} parts became {len(new)}"]
    found, changed = [], 0
    for a, b in zip(old, new):
        if a.get_content_type() != b.get_content_type():
            found.append(f"{a.get_content_type()} became {b.get_content_type()}")
        elif content(a) != content(b):
            changed += 1
            found += check_leaf(a, b, top)
        elif len(old) > 1 and a.as_bytes() != b.as_bytes():
            found.append(f"header fields of a part have changed: {a.get_content_type()}")
    if edited is not None and changed != edited:
        found.append(f"{changed} parts have changed, not {edited}")
    return found


def check_wrapping(before, old, after, new, footer):
    if new.get_content_type() != "multipart/mixed" or len(new.get_payload()) != 2:
        return ["not a multipart/mixed of two parts"]
    inner = [c for c in new.get_payload() if squeeze(footer) not in squeeze(text_of(c))
             or c.get_content_type() != "text/plain"]
    if len(inner) != 1:
        return ["no part has the footer alone"]
    found = []
    wanted = [(k.lower(), v) for k, v in old.items() if k.lower().startswith("content-")
              and k.lower() != "content-length"]
    if [(k.lower(), v) for k, v in inner[0].items()] != wanted:
        found.append(f"the inner part has other header fields: {inner[0].items()}")
    if before.split(b"\r\n\r\n", 1)[-1] not in after:
        found.append("the inner part has another body")
    if new.get("Content-Transfer-Encoding", "8bit").lower() != "8bit" or \
            new.get("Content-Disposition"):
        found.append("the message has a Content- field of the inner part")
    return found


def other_fields(message):
    """The header fields that no footer may change."""
    return [(k, v) for k, v in message.items() if not k.lower().startswith(
        ("content-", "mime-version", "x-polymilter-footer", "lines"))]


def check_bytes(before, after, message):
    found = []
    if re.search(rb"(?<!\r)\n|\r(?!\n)", after):
        found.append("a bare CR or LF")
    if max(map(len, after.split(b"\r\n"))) > LINE_MAX >= max(map(len, before.split(b"\r\n"))):
        found.append("a line is too long")
    for part in leaves(message):
        encoding = part.get("Content-Transfer-Encoding", "7bit").strip().lower()
        payload = part.get_payload()
        if encoding in ("7bit", "quoted-printable", "base64") and isinstance(payload, str) and \
                not payload.isascii():
            found.append(f"8-bit bytes in a part with the encoding {encoding}")
    return found


def check(before, after, footer, done, edited=None, top=False):
    old, new = parse(before), parse(after)
    found = []
    for best in ("text/plain", "text/html"):
        times = squeeze("\n".join(shown(new, best))).count(squeeze(footer))
        if times != 1:
            found.append(f"a mail program that prefers {best} shows the footer {times} times")
    if defects(new) - defects(old):
        found.append(f"new defects: {defects(new) - defects(old)}")
    if done == "wrapped":
        found += check_wrapping(before, old, after, new, footer)
    elif done == "part":
        rest = leaves(new)
        if squeeze(footer) not in squeeze(text_of(rest.pop(0))):
            found.append("the footer is not in the first part")
        found += check_leaves(leaves(old), rest, 0, top)
    else:
        found += check_leaves(leaves(old), leaves(new), edited, top)
    if other_fields(old) != other_fields(new):
        found.append("header fields of the message have changed")
    if new.get("Content-Type") != old.get("Content-Type") and not new.get("MIME-Version"):
        found.append("no MIME-Version")
    return found + check_bytes(before, after, new)
