"""Reads and plays the sessions of t/conformance/sessions, and has the configuration for them.

A session is what an MTA sends on one connection. A file has a line for each frame: its letter, a
blank and its payload, in which \\0, \\r, \\n, \\t, \\xNN and \\\\ are escapes, and \\(N*c) stands for
N times the byte c. Three words are no frames: "offer" is an OPTNEG with the terms of the run;
"raw" has bytes that are sent as they are; "new" begins another connection. Example:

    offer
    C client.example.net\\04\\x12\\x67192.0.2.1\\0
    M <ann@example.org>\\0
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
    """A configuration whose one listener has CHAIN."""
    return daemon.config(chain=CHAIN, sections=policies(), **options)


RUN = 40  # a run of at least so many equal bytes is written as \(N*c)
NAMED = {0: "\\0", 9: "\\t", 10: "\\n", 13: "\\r", 92: "\\\\"}


def _byte(b):
    return NAMED.get(b) or (chr(b) if 32 <= b < 127 else f"\\x{b:02x}")


def to_text(data):
    """Bytes in the form of a file."""
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
    """The bytes of a text from to_text()."""
    data, at = b"", 0
    for found in re.finditer(rf"\\\((\d+)\*({_ONE})\)|({_ONE})", text):
        if found.start() != at:
            raise ValueError(f"not in the form of to_text(): {text[at:]}")
        at = found.end()
        data += _from_one(found[2]) * int(found[1]) if found[1] else _from_one(found[3])
    if at != len(text):
        raise ValueError(f"not in the form of to_text(): {text[at:]}")
    return data


class Step:
    """A line of a session. number: of the line; letter: of the frame, or "raw"; data: the bytes
    to send, without meaning for an offer."""

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
    """([(letter, payload)], the bytes behind the last complete frame)"""
    frames = []
    while len(data) >= 5:
        size = int.from_bytes(data[:4], "big")
        if size == 0 or len(data) < 4 + size:
            break
        frames.append((chr(data[4]), data[5:4 + size]))
        data = data[4 + size:]
    return frames, data


def frames_to_text(frames):
    """Frames as a line of text, separated by commas."""
    return ", ".join(f"{letter} {to_text(payload)}".rstrip() for letter, payload in frames)


# A MAIL command behind the bytes of a session, which both filters refuse with this text at any
# stage: the answers before it are those to the session. A filter that does not answer it has
# closed. For Postfix's own mail (non_smtpd_milters) the daemon refuses at the end of the message,
# so the second try sends the end, too.
SENTINEL = milter.frame(b"M", b"<sentinel@example.org>\0SIZE=4611686018427387904\0")
SENTINEL_END = milter.frame(b"R", b"<sentinel@example.org>\0") + milter.frame(b"E")
SENTINEL_TEXT = b"4611686018427387904 of "


def _send_all(address, data):
    """Sends bytes over a new connection; all answers of the filter, as frames."""
    with milter.connect(address) as s:
        try:
            s.sendall(data)
            s.shutdown(milter.socket.SHUT_WR)
        except OSError:
            pass  # the filter has closed; its answers can still be read
        received = b""
        try:
            while more := s.recv(65536):
                received += more
        except ConnectionResetError:
            pass
    frames, rest = split_frames(received)
    if rest:
        raise AssertionError(f"the last frame is not complete: {rest[:100]!r}")
    return frames


def exchange(address, data):
    """Sends bytes over a new connection: (the filter's answers as frames, whether the connection
    is still open)."""
    for sentinel, answers in ((SENTINEL, 1), (SENTINEL + SENTINEL_END, 3)):
        frames = _send_all(address, data + sentinel)
        if frames and SENTINEL_TEXT in frames[-1][1]:
            return frames[:-answers], True
    return frames, False


class Terms:
    """An offer of the MTA, and the terms that a filter agreed to."""

    def __init__(self, version, actions, protocol):
        self.offer = milter.frame(b"O", b"".join(n.to_bytes(4, "big")
                                                 for n in (version, actions, protocol)))
        self.version, self.protocol = version, 0

    def agree(self, frames):
        """Reads the filter's answer to the offer, if it is one of the frames."""
        for letter, payload in frames:
            if letter == "O":
                self.version = int.from_bytes(payload[:4], "big")
                self.protocol = int.from_bytes(payload[8:12], "big")

    def sends(self, letter):
        """Whether an MTA sends this command on these terms."""
        command = letter.encode()
        return command not in milter.STAGES or milter.is_sent(command, self.version,
                                                              self.protocol)


def play(address, steps, terms):
    """Plays a session: {line number: the filter's answer as text}. For each step it sends all
    steps up to it over a new connection, so the answers to the last step are those that are new,
    and no time is measured."""
    sent, known, answers = b"", [], {}
    for step in steps:
        if not terms.sends(step.letter):
            continue
        sent += terms.offer if step.is_offer else step.data
        frames, is_open = exchange(address, sent)
        if frames[:len(known)] != known:
            raise AssertionError(f"line {step.number}: other answers to the lines before it: "
                                 f"{frames_to_text(frames)}")
        new, known = frames[len(known):], frames
        terms.agree(new)
        answers[step.number] = ", ".join(filter(None, [frames_to_text(new),
                                                       "" if is_open else "closes"]))
        if not is_open:
            break
    return answers
