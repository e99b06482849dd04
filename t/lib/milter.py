"""An MTA's half of the milter protocol for tests, independent of polymilter's C code.

A Milter is one connection to a filter. It negotiates as Postfix and Sendmail do, sends the stages
that the agreed terms include, waits for the replies that they demand, and checks each reply
against them. Its methods raise ProtocolError (the filter violates the protocol or the terms),
Closed (the filter has closed) or TimeoutError.

    with Milter("unix:/run/x.sock") as m:
        result = m.deliver(sender="<a@example.org>", rcpts=["<b@example.net>"],
                           headers=[("Subject", "hi")], body=b"text\r\n")
        assert result.verdict == "accept"
"""
import fcntl
import os
import select
import socket
import struct
import termios

from closing import Closing

TIMEOUT = float(os.environ.get("TEST_TIMEOUT", "60"))  # seconds, of one wait that should succeed
STAGES = {  # command: (name, bit "do not send", bit "no reply")
    b"C": ("connect", 0x1, 0x1000),
    b"H": ("helo", 0x2, 0x2000),
    b"M": ("envfrom", 0x4, 0x4000),
    b"R": ("envrcpt", 0x8, 0x8000),
    b"T": ("data", 0x200, 0x10000),
    b"U": ("unknown", 0x100, 0x20000),
    b"L": ("header", 0x20, 0x80),
    b"N": ("eoh", 0x40, 0x40000),
    b"B": ("body", 0x10, 0x80000),
    b"E": ("eom", 0, 0),
}
SINCE = {b"T": 4, b"U": 3}  # the first protocol version that has the command
VERDICTS = {b"c": "continue", b"a": "accept", b"d": "discard", b"r": "reject",
            b"t": "tempfail", b"y": "reply", b"s": "skip"}
# A change's letter, and the action bit that it needs.
CHANGES = {b"h": 0x1, b"i": 0x1, b"b": 0x2, b"+": 0x4, b"-": 0x8, b"m": 0x10, b"q": 0x20,
           b"e": 0x40, b"2": 0x80}
ALL_ACTIONS = 0x1ff
ALL_PROTOCOL = 0x1fffff
SKIP = 0x400
CHUNK = 65535


class ProtocolError(Exception):
    """The filter sent what the protocol or the agreed terms do not allow."""


class Closed(Exception):
    """The filter closed the connection."""


def connect(address, timeout=TIMEOUT):
    """A stream socket to "unix:/path" or "inet:port@host"."""
    kind, _, rest = address.partition(":")
    if kind == "unix":
        s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        s.settimeout(timeout)
        s.connect(rest)
        return s
    port, _, host = rest.partition("@")
    return socket.create_connection((host, int(port)), timeout)


def is_sent(command, version, protocol):
    """Whether an MTA sends this stage's command on these terms."""
    return version >= SINCE.get(command, 0) and not protocol & STAGES[command][1]


def frame(command, payload=b""):
    return struct.pack("!I", len(payload) + 1) + command + payload


def _bytes(x):
    return x if isinstance(x, bytes) else str(x).encode("utf-8", "surrogateescape")


def _strings(*parts):
    return b"".join(_bytes(p) + b"\0" for p in parts)


class Reply:
    """The final reply to one command, with the changes that came before it.

    verdict: a word of VERDICTS; a REPLYCODE is "reject" or "tempfail", and text then is
    "550 5.7.1 no". changes: [(letter, payload)]. progress: how many PROGRESS came before."""

    def __init__(self, verdict, text="", changes=(), progress=0):
        self.verdict, self.text = verdict, text
        self.changes = list(changes)
        self.progress = progress
        if verdict == "reply":
            self.verdict = "reject" if text.startswith("5") else "tempfail"

    @property
    def passed(self):
        return self.verdict in ("continue", "accept", "skip")

    def __repr__(self):
        return f"<{self.verdict} {self.text!r} {self.changes!r}>"


class Milter(Closing):
    """One connection of an MTA. The method of a stage returns its Reply; None when the terms
    exclude the stage or its reply."""

    def __init__(self, address, timeout=TIMEOUT, negotiate=True, **terms):
        self.sock = connect(address, timeout)
        self.input = b""
        self.version = self.actions = self.protocol = 0
        self.lists = {}
        if negotiate:
            try:
                self.negotiate(**terms)
            except BaseException:
                self.close()
                raise

    def close(self):
        self.sock.close()

    def send(self, data):
        try:
            self.sock.sendall(data)
        except (BrokenPipeError, ConnectionResetError) as e:
            raise Closed(str(e)) from e

    def read_frame(self):
        """(letter, payload)"""
        while True:
            if len(self.input) >= 4:
                size = struct.unpack("!I", self.input[:4])[0]
                if size == 0 or size > 1 << 20:
                    raise ProtocolError(f"frame of {size} bytes")
                if len(self.input) >= 4 + size:
                    data, self.input = self.input[4:4 + size], self.input[4 + size:]
                    return data[:1], data[1:]
            try:
                more = self.sock.recv(65536)
            except ConnectionResetError as e:
                raise Closed(str(e)) from e
            if not more:
                raise Closed("end of file" + (" inside a frame" if self.input else ""))
            self.input += more

    def has_input(self):
        """Whether there is something to read, or the filter has closed."""
        poll = select.poll()
        poll.register(self.sock, select.POLLIN)
        return bool(self.input or poll.poll(0))

    def quiet(self, seconds=0.05):
        """True when the filter sends nothing, and does not close, for so many seconds."""
        old = self.sock.gettimeout()
        self.sock.settimeout(seconds)
        try:
            if not self.input:
                self.sock.recv(1, socket.MSG_PEEK)
            return False
        except TimeoutError:
            return True
        finally:
            self.sock.settimeout(old)

    def is_closed(self):
        """Waits for the filter's next byte: True when it closes instead."""
        try:
            return self.sock.recv(1) == b""
        except ConnectionResetError:
            return True
        except TimeoutError:
            return False

    def is_read(self):
        """Whether the filter has read all that was sent, on a unix socket."""
        return struct.unpack("i", fcntl.ioctl(self.sock, termios.TIOCOUTQ, b"\0" * 4))[0] == 0

    # Negotiation.

    def offer(self, version=6, actions=ALL_ACTIONS, protocol=ALL_PROTOCOL):
        """Sends OPTNEG: the first half of negotiate()."""
        self.send(frame(b"O", struct.pack("!III", version, actions, protocol)))

    def negotiate(self, version=6, actions=ALL_ACTIONS, protocol=ALL_PROTOCOL):
        self.offer(version, actions, protocol)
        letter, payload = self.read_frame()
        if letter != b"O" or len(payload) < 12:
            raise ProtocolError(f"answer to OPTNEG: {letter!r} {payload!r}")
        self.version, self.actions, self.protocol = struct.unpack("!III", payload[:12])
        if self.version > version or self.actions & ~actions or self.protocol & ~protocol:
            raise ProtocolError(f"requests more than was offered: {payload[:12].hex()}")
        self._macro_lists(payload[12:])

    def _macro_lists(self, data):
        while data:
            stage = struct.unpack("!I", data[:4])[0]
            names, end, data = data[4:].partition(b"\0")
            if not end:
                raise ProtocolError("macro list without its NUL")
            self.lists[stage] = names.decode()

    # One command.

    def sends(self, command):
        """Whether the agreed terms include this stage."""
        return is_sent(command, self.version, self.protocol)

    def expects_reply(self, command):
        """Whether the filter replies to this stage by the agreed terms."""
        return not self.protocol & STAGES[command][2] or command == b"E"

    def macros(self, command, pairs):
        self.send(frame(b"D", command + _strings(*[x for p in pairs.items() for x in p])))

    def command(self, command, payload=b""):
        """Sends a stage's command. The Reply; None when the terms exclude the stage or its
        reply."""
        if not self.sends(command):
            return None
        self.send(frame(command, payload))
        return self.read_reply(command) if self.expects_reply(command) else None

    def read_reply(self, command=b"E"):
        """Reads up to the final reply to the command."""
        changes, progress = [], 0
        while True:
            letter, payload = self.read_frame()
            if letter == b"p":
                progress += 1
            elif letter in CHANGES:
                if command != b"E" or not self.actions & CHANGES[letter]:
                    raise ProtocolError(f"change {letter!r} not allowed here")
                changes.append((letter.decode(), payload))
            elif letter == b"s" and (command != b"B" or not self.protocol & SKIP):
                raise ProtocolError("SKIP not allowed here")
            elif letter in VERDICTS:
                text = payload.rstrip(b"\0").decode("utf-8", "replace")
                return Reply(VERDICTS[letter], text, changes, progress)
            else:
                raise ProtocolError(f"unknown reply {letter!r}")

    # Stages by name.

    def connect_from(self, host="client.example.net", addr="192.0.2.1", port=4711, family=b"4"):
        tail = b"" if family == b"U" else struct.pack("!H", port) + _strings(addr)
        return self.command(b"C", _strings(host) + family + tail)

    def helo(self, name="client.example.net"):
        return self.command(b"H", _strings(name))

    def mail(self, sender="<sender@example.org>", *args):
        return self.command(b"M", _strings(sender, *args))

    def rcpt(self, rcpt="<rcpt@example.com>", *args):
        return self.command(b"R", _strings(rcpt, *args))

    def data(self):
        return self.command(b"T")

    def unknown(self, line):
        return self.command(b"U", _strings(line))

    def header(self, name, value):
        return self.command(b"L", _strings(name, value))

    def eoh(self):
        return self.command(b"N")

    def body(self, data):
        """Sends all of data in chunks. It stops at the first reply that is not "continue", and
        returns it."""
        for at in range(0, len(data), CHUNK):
            reply = self.command(b"B", data[at:at + CHUNK])
            if reply is not None and reply.verdict != "continue":
                return reply
        return None

    def eom(self):
        return self.command(b"E")

    def abort(self):
        self.send(frame(b"A"))

    def quit(self):
        try:
            self.send(frame(b"Q"))
        except Closed:
            pass
        self.close()

    # A whole message.

    def hello(self, **peer):
        """Sends connect and HELO. The first Reply that is not "continue", or None."""
        for reply in (self.connect_from(**peer), self.helo()):
            if reply is not None and reply.verdict != "continue":
                return reply
        return None

    def deliver(self, sender="<sender@example.org>", rcpts=("<rcpt@example.com>",),
                headers=(("Subject", "test"),), body=b"text\r\n", queue_id=None, macros=None):
        """Sends one message from MAIL to the end, and then an abort, as Postfix does, so that the
        connection can be used again. A recipient may be a tuple of address and parameters;
        macros: further ones of MAIL. Returns the Reply that decided the message."""
        reply = self.begin(sender, rcpts, headers, body, queue_id, macros)
        if reply is None:
            reply = self.eom()
        self.abort()
        return reply

    def begin(self, sender="<sender@example.org>", rcpts=("<rcpt@example.com>",),
              headers=(("Subject", "test"),), body=b"text\r\n", queue_id=None, macros=None):
        """deliver() up to the end of the body: eom() is next. The Reply that decided the message
        before, or None."""
        return (self._envelope(sender, rcpts, queue_id, macros or {}) or
                self._content(headers, body))

    def _envelope(self, sender, rcpts, queue_id, macros):
        ids = {} if queue_id is None else {"i": queue_id}
        self.macros(b"M", {**ids, "{mail_addr}": sender.strip("<>"), **macros})
        reply = self.mail(sender)
        if reply is not None and reply.verdict != "continue":
            return reply
        accepted = 0
        for rcpt in rcpts:
            reply = self.rcpt(*rcpt) if isinstance(rcpt, tuple) else self.rcpt(rcpt)
            if reply is None or reply.verdict == "continue":
                accepted += 1
            elif reply.verdict in ("accept", "discard"):
                return reply
        if accepted == 0:
            return reply
        self.macros(b"T", ids)
        reply = self.data()
        return reply if reply is not None and reply.verdict != "continue" else None

    def _content(self, headers, body):
        for name, value in headers:
            reply = self.header(name, value)
            if reply is not None and reply.verdict != "continue":
                return reply
        for reply in (self.eoh(), self.body(body)):
            if reply is not None and reply.verdict not in ("continue", "skip"):
                return reply
        return None


def added_headers(reply):
    """[(name, value)] of the ADDHEADER and INSHEADER changes of a Reply."""
    found = []
    for letter, payload in reply.changes:
        if letter in "hi":
            name, value = (payload if letter == "h" else payload[4:]).split(b"\0")[:2]
            found.append((name.decode(), value.decode()))
    return found
