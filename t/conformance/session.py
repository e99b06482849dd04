"""Recorded sessions as text, and playing them.

A session is what an MTA sends on one connection. A line is a frame: its letter, a blank, its
payload, with \\0, \\r, \\n, \\t, \\xNN, \\\\ and \\(N*c) for N times the same byte. Three words are no
frames: "offer" is a negotiation, with the terms of the run; "raw" gives bytes as they are;
"new" begins another connection.
"""
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
import daemon
import milter

CHAIN = ["caps", "moved", "words", "port", "files", "legal"]


def policies():
    """The policies of CHAIN, as text of a configuration."""
    with open(f"{HERE}/polymilter.conf", encoding="utf-8") as f:
        return f.read()


def configuration(**options):
    """One listener with all of them."""
    return daemon.config(chain=CHAIN, sections=policies(), **options)

RUN = 40  # of one byte, from which on it is written as a count
NAMED = {0: "\\0", 9: "\\t", 10: "\\n", 13: "\\r", 92: "\\\\"}


def _byte(b):
    return NAMED.get(b) or (chr(b) if 32 <= b < 127 else f"\\x{b:02x}")


def to_text(data):
    runs = re.findall(rb"(?s)((.)\2*)", data)
    return "".join(f"\\({len(run)}*{_byte(c[0])})" if len(run) >= RUN else _byte(c[0]) * len(run)
                   for run, c in runs)


_ONE = r"\\x[0-9a-f]{2}|\\[0tnr\\]|[^\\]"
_BYTES = {text: bytes([b]) for b, text in NAMED.items()}


def _from_one(text):
    if text.startswith("\\x"):
        return bytes.fromhex(text[2:])
    return _BYTES.get(text) or text.encode("ascii")


def from_text(text):
    data, at = b"", 0
    for found in re.finditer(rf"\\\((\d+)\*({_ONE})\)|({_ONE})", text):
        if found.start() != at:
            raise ValueError(f"not understood: {text[at:]}")
        at = found.end()
        data += _from_one(found[2]) * int(found[1]) if found[1] else _from_one(found[3])
    if at != len(text):
        raise ValueError(f"not understood: {text[at:]}")
    return data


class Step:
    """A line of a session. data: the bytes, but for an offer."""

    def __init__(self, number, line):
        self.number = number
        word, _, text = line.partition(" ")
        self.letter = {"offer": "O", "raw": "raw"}.get(word, word)
        self.is_offer = word == "offer"
        self.data = from_text(text)
        if word not in ("offer", "raw"):
            self.data = milter.frame(word.encode("ascii"), self.data)


def read_sessions(path):
    """The connections of a file, each a list of steps."""
    sessions = [[]]
    with open(path, encoding="ascii") as f:
        for number, line in enumerate(f, 1):
            line = line.rstrip("\n")
            if line == "new":
                sessions.append([])
            elif line and not line.startswith("#"):
                sessions[-1].append(Step(number, line))
    return sessions


def split_frames(data):
    """[(letter, payload)], and what is no whole frame."""
    frames = []
    while len(data) >= 5:
        size = int.from_bytes(data[:4], "big")
        if size == 0 or len(data) < 4 + size:
            break
        frames.append((chr(data[4]), data[5:4 + size]))
        data = data[4 + size:]
    return frames, data


def say(frames):
    """Replies as a line of text."""
    return ", ".join(f"{letter} {to_text(payload)}".rstrip() for letter, payload in frames)


# It follows whatever was sent, and both filters refuse it with these words, wherever they
# stand: unless they have closed. For mail that Postfix submits itself the daemon keeps every
# refusal for the end.
FENCE = milter.frame(b"M", b"<fence@example.org>\0SIZE=4611686018427387904\0")
FENCE_END = milter.frame(b"R", b"<fence@example.org>\0") + milter.frame(b"E")
FENCE_WORDS = b"4611686018427387904 of "


def _listen(address, data):
    """All that a filter says to these bytes, as frames."""
    with milter.connect(address) as s:
        try:
            s.sendall(data)
            s.shutdown(milter.socket.SHUT_WR)
        except OSError:
            pass  # it closed; what it said before is there to be read
        said = b""
        try:
            while more := s.recv(65536):
                said += more
        except ConnectionResetError:
            pass
    frames, rest = split_frames(said)
    if rest:
        raise AssertionError(f"not whole frames: {rest[:100]!r}")
    return frames


def exchange(address, data):
    """What a filter says to these bytes before their end, as frames; and did it not close?"""
    for fence, answers in ((FENCE, 1), (FENCE + FENCE_END, 3)):
        frames = _listen(address, data + fence)
        if frames and FENCE_WORDS in frames[-1][1]:
            return frames[:-answers], True
    return frames, False


class Terms:
    """An offer, and what a filter answered to it."""

    def __init__(self, version, actions, protocol):
        self.offer = milter.frame(b"O", b"".join(n.to_bytes(4, "big")
                                                 for n in (version, actions, protocol)))
        self.version, self.protocol = version, 0

    def take(self, frames):
        for letter, payload in frames:
            if letter == "O":
                self.version = int.from_bytes(payload[:4], "big")
                self.protocol = int.from_bytes(payload[8:12], "big")

    def wants(self, letter):
        """Would an MTA send this command?"""
        command = letter.encode()
        return command not in milter.STAGES or milter.is_sent(command, self.version,
                                                              self.protocol)


def play(address, steps, terms):
    """What a filter answers to each step: {line: text}. The steps up to each one are played
    over a connection of their own, so that no clock tells what belongs to what."""
    sent, said, answers = b"", [], {}
    for step in steps:
        if not terms.wants(step.letter):
            continue
        sent += terms.offer if step.is_offer else step.data
        frames, is_open = exchange(address, sent)
        if frames[:len(said)] != said:
            raise AssertionError(f"line {step.number}: not what it said before: {say(frames)}")
        new, said = frames[len(said):], frames
        terms.take(new)
        answers[step.number] = ", ".join(filter(None, [say(new), "" if is_open else "closes"]))
        if not is_open:
            break
    return answers
