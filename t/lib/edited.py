"""Applies a filter's changes to a message, as the MTA does. Input: the raw message and the changes
of a milter.Reply. Output: the raw message that the MTA then has.

    headers, body = edited.split(raw)
    with d.milter() as m: reply = m.deliver(headers=headers, body=body)
    new = edited.apply(headers, body, reply.changes)
"""
import struct


def split(raw):
    """The raw message as ([(name, value)], body), all bytes: values without the blank in front
    and with LF at folds, as an MTA sends them to a filter."""
    head, _, body = raw.partition(b"\r\n\r\n") if not raw.startswith(b"\r\n") else (
        b"", b"", raw[2:])
    fields = []
    for line in head.split(b"\r\n") if head else []:
        if line[:1] in (b" ", b"\t") and fields:
            fields[-1][1] += b"\n" + line
        else:
            name, _, value = line.partition(b":")
            fields.append([name, value[1:] if value[:1] == b" " else value])
    return [tuple(f) for f in fields], body


def join(headers, body):
    """The raw message of these headers and this body: the reverse of split()."""
    return b"".join(name + b": " + value.replace(b"\n", b"\r\n") + b"\r\n"
                    for name, value in headers) + b"\r\n" + body


def apply(headers, body, changes):
    """The raw message after the changes, each (letter, payload) as in Reply.changes."""
    headers = [list(h) for h in headers]
    parts = []
    for letter, payload in changes:
        if letter == "b":
            parts.append(payload)
        elif letter == "h":
            headers.append(payload.split(b"\0")[:2])
        elif letter in "mi":
            index = struct.unpack("!I", payload[:4])[0]
            name, value = payload[4:].split(b"\0")[:2]
            if letter == "i":
                headers.insert(index, [name, value])
                continue
            found = [h for h in headers if h and h[0].lower() == name.lower()]
            if index <= len(found):
                found[index - 1][1] = value
            else:
                headers.append([name, value])
        else:
            raise ValueError(f"change {letter!r} is not one of header or body")
    # An empty value deletes a header. Indexes count deleted headers too, until all changes are
    # made.
    headers = [h for h in headers if h[1] != b""]
    return join([tuple(h) for h in headers], b"".join(parts) if parts else body)
