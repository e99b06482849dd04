"""Both ends of SMTP for tests: a client that can pipeline, and a sink that keeps what it gets.

    with Client("127.0.0.1", 25) as c:
        c.ehlo()
        result = c.deliver(b"Subject: hi\\r\\n\\r\\ntext\\r\\n", rcpts=["<b@example.net>"])
        assert result.ok, result
"""
import os
import re
import socket
import threading

TIMEOUT = float(os.environ.get("TEST_TIMEOUT", "60"))


class Reply:
    """code and its lines; str() is all of it, lines joined by " | "."""

    def __init__(self, lines):
        self.code = int(lines[0][:3])
        self.lines = [line[4:] for line in lines]

    def __str__(self):
        return f"{self.code} " + " | ".join(self.lines)

    __repr__ = __str__


class Result:
    """The answers to one message. mail; rcpts, one each; data: the last word, or None."""

    def __init__(self, mail, rcpts=(), data=None):
        self.mail, self.rcpts, self.data = mail, list(rcpts), data

    @property
    def ok(self):
        return self.data is not None and self.data.code == 250

    @property
    def queue_id(self):
        found = re.search(r"queued as (\w+)", str(self.data)) or \
            re.search(r"(\w+) Message accepted", str(self.data))
        return found.group(1) if found else None

    def __repr__(self):
        return f"<MAIL {self.mail}; RCPT {self.rcpts}; DATA {self.data}>"


def stuffed(message):
    """A message with CRLF line ends as DATA sends it, with its last dot."""
    message = re.sub(rb"(?m)^\.", b"..", message)
    return message + (b"" if message.endswith(b"\r\n") else b"\r\n") + b".\r\n"


class Client:
    """One session. Commands return their Reply."""

    def __init__(self, host, port, timeout=TIMEOUT, source=None, sock=None):
        """Over sock, if there is one already."""
        self.sock = sock or socket.create_connection((host, port), timeout,
                                                     source and (source, 0))
        self.file = self.sock.makefile("rb")
        try:
            self.greeting = self.read()
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()

    def close(self):
        self.file.close()
        self.sock.close()

    def read(self):
        lines = []
        while not lines or lines[-1][3:4] == "-":
            line = self.file.readline()
            if not line:
                raise EOFError(f"the server closed; so far {lines}")
            lines.append(line.decode("utf-8", "replace").rstrip("\r\n"))
        return Reply(lines)

    def command(self, *lines):
        """Sends all lines at once; the replies, one each (for one line: the reply)."""
        self.sock.sendall(b"".join(
            (line if isinstance(line, bytes) else line.encode()) + b"\r\n" for line in lines))
        replies = [self.read() for _ in lines]
        return replies[0] if len(lines) == 1 else replies

    def ehlo(self, name="client.example.net"):
        return self.command(f"EHLO {name}")

    def xclient(self, **attributes):
        """XCLIENT (Postfix): be somebody else. It begins a new session, and says EHLO."""
        words = " ".join(f"{k}={v}" for k, v in attributes.items())
        reply = self.command(f"XCLIENT {words}")
        if reply.code != 220:
            raise AssertionError(f"XCLIENT {words}: {reply}")
        return self.ehlo()

    def envelope(self, sender="<alice@example.org>", rcpts=("<bob@example.com>",)):
        """MAIL and RCPT, pipelined. A Result without its end."""
        replies = self.command(f"MAIL FROM:{sender}", *[f"RCPT TO:{r}" for r in rcpts])
        return Result(replies[0], replies[1:])

    def content(self, message):
        reply = self.command("DATA")
        if reply.code != 354:
            return reply
        self.sock.sendall(stuffed(message))
        return self.read()

    def deliver(self, message, **envelope):
        """One message; DATA only when a recipient was taken, else RSET."""
        result = self.envelope(**envelope)
        if any(r.code == 250 for r in result.rcpts):
            result.data = self.content(message)
        if not result.ok:
            self.command("RSET")
        return result

    def quit(self):
        reply = self.command("QUIT")
        self.close()
        return reply


class Message:
    """What the sink got: recipients as (address, [arguments]), bytes with CRLF."""

    def __init__(self, sender, args):
        self.sender, self.args, self.rcpts, self.data = sender, args, [], b""

    @property
    def to(self):
        return sorted(address for address, _ in self.rcpts)

    def __repr__(self):
        return f"<{self.sender} {self.rcpts} {self.data!r}>"


class Server:
    """Serves each connection to a listening socket in a thread of its own."""

    def __init__(self, listener):
        self.listener = listener
        self.thread = threading.Thread(target=self._accept, daemon=True)
        self.thread.start()

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join()

    def _accept(self):
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, sock):
        try:
            with sock, sock.makefile("rb") as stream:
                self.session(sock, stream)
        except OSError:
            pass  # it went away


class Sink(Server):
    """A server that takes every mail. find: a pattern in its bytes."""

    def __init__(self, host, port):
        self.messages, self.news = [], threading.Condition()
        super().__init__(socket.create_server((host, port)))

    def find(self, pattern):
        return [m for m in self.messages if re.search(pattern, m.data)]

    def wait(self, pattern, timeout=TIMEOUT):
        with self.news:
            if not self.news.wait_for(lambda: self.find(pattern), timeout):
                raise AssertionError(f"no message with {pattern!r}: {self.messages[-3:]}")
            return self.find(pattern)[0]

    def session(self, sock, lines):
        message = None
        sock.sendall(b"220 sink.example ESMTP\r\n")
        while line := lines.readline():
            verb = line[:4].upper()
            if verb == b"EHLO":
                sock.sendall(b"250-sink.example\r\n250-PIPELINING\r\n250-8BITMIME\r\n"
                             b"250-SMTPUTF8\r\n250-SIZE\r\n250 DSN\r\n")
                continue
            if verb == b"MAIL":
                message = Message(*_path(line))
            elif verb == b"RCPT":
                message.rcpts.append(_path(line))
            elif verb == b"DATA":
                sock.sendall(b"354 go on\r\n")
                message.data = _read_content(lines)
                with self.news:
                    self.messages.append(message)
                    self.news.notify_all()
            elif verb == b"QUIT":
                sock.sendall(b"221 bye\r\n")
                return
            sock.sendall(b"250 2.0.0 fine\r\n")


def _path(line):
    words = line.decode("utf-8", "replace").partition(":")[2].split()
    return words[0], words[1:]


def _read_content(lines):
    content = []
    while (line := lines.readline()) not in (b".\r\n", b""):
        content.append(line[1:] if line.startswith(b".") else line)
    return b"".join(content)
