"""A message, and what becomes of it when the MTA makes a filter's changes.

    headers, body = edited.split(raw)
    with d.milter() as m: reply = m.deliver(headers=headers, body=body)
    new = edited.apply(headers, body, reply.changes)
"""
import struct


def split(raw):
    """The raw message as ([(name, value)], body): values without the blank in front, folded
    with LF, as an MTA hands them over. bytes."""
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
    return b"".join(name + b": " + value.replace(b"\n", b"\r\n") + b"\r\n"
                    for name, value in headers) + b"\r\n" + body


def apply(headers, body, changes):
    """The raw message as the MTA would have it. changes: (letter, payload) of the filter."""
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
            raise ValueError(f"change {letter!r} is not of a message's text")
    # An empty value deletes; indexes count the deleted ones until the end.
    headers = [h for h in headers if h[1] != b""]
    return join([tuple(h) for h in headers], b"".join(parts) if parts else body)
