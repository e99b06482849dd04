"""Both ends of SMTP for tests: Client is one session, which can pipeline; Sink is a server that
accepts all mail and stores it.

    with Client("127.0.0.1", 25) as c:
        c.ehlo()
        result = c.deliver(b"Subject: hi\\r\\n\\r\\ntext\\r\\n", rcpts=["<b@example.net>"])
        assert result.ok, result
"""
import os
import re
import socket
import threading

from closing import Closing

TIMEOUT = float(os.environ.get("TEST_TIMEOUT", "60"))


class Reply:
    """A server's reply. code: its number; lines: its texts without the code. str() joins them
    with " | "."""

    def __init__(self, lines):
        self.code = int(lines[0][:3])
        self.lines = [line[4:] for line in lines]

    def __str__(self):
        return f"{self.code} " + " | ".join(self.lines)

    __repr__ = __str__


class Result:
    """The replies to one message. mail: to MAIL; rcpts: to each RCPT; data: to the end of the
    content, None when DATA was not sent."""

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


def dot_stuff(message):
    """A message with CRLF line ends as DATA transfers it (RFC 5321, section 4.5.2): a line that
    begins with a dot gets another one, and a line with one dot ends the message."""
    message = re.sub(rb"(?m)^\.", b"..", message)
    return message + (b"" if message.endswith(b"\r\n") else b"\r\n") + b".\r\n"


class Client(Closing):
    """One session. The method of a command returns its Reply.

    source: the client's own address; sock: a connected socket in place of host and port."""

    def __init__(self, host, port, timeout=TIMEOUT, source=None, sock=None):
        self.sock = sock or socket.create_connection((host, port), timeout,
                                                     source and (source, 0))
        self.file = self.sock.makefile("rb")
        try:
            self.greeting = self.read()
        except BaseException:
            self.close()
            raise

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
        """Sends all lines at once. The list of their Replies; for one line its Reply."""
        self.sock.sendall(b"".join(
            (line if isinstance(line, bytes) else line.encode()) + b"\r\n" for line in lines))
        replies = [self.read() for _ in lines]
        return replies[0] if len(lines) == 1 else replies

    def ehlo(self, name="client.example.net"):
        return self.command(f"EHLO {name}")

    def xclient(self, **attributes):
        """XCLIENT (Postfix): begins a new session as another client, and sends EHLO."""
        words = " ".join(f"{k}={v}" for k, v in attributes.items())
        reply = self.command(f"XCLIENT {words}")
        if reply.code != 220:
            raise AssertionError(f"XCLIENT {words}: {reply}")
        return self.ehlo()

    def envelope(self, sender="<alice@example.org>", rcpts=("<bob@example.com>",)):
        """Sends MAIL and RCPT in one write. A Result without data."""
        replies = self.command(f"MAIL FROM:{sender}", *[f"RCPT TO:{r}" for r in rcpts])
        return Result(replies[0], replies[1:])

    def content(self, message):
        """Sends DATA and the message; the last Reply."""
        reply = self.command("DATA")
        if reply.code != 354:
            return reply
        self.sock.sendall(dot_stuff(message))
        return self.read()

    def deliver(self, message, **envelope):
        """Sends one message: a Result. DATA only when a recipient was accepted. RSET after a
        message that was not accepted."""
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
    """A message in a Sink. sender; args: parameters of MAIL; rcpts: [(address, [parameter])];
    data: the content, with CRLF and without the dots of DATA."""

    def __init__(self, sender, args):
        self.sender, self.args, self.rcpts, self.data = sender, args, [], b""

    @property
    def to(self):
        """The recipients' addresses, sorted."""
        return sorted(address for address, _ in self.rcpts)

    def __repr__(self):
        return f"<{self.sender} {self.rcpts} {self.data!r}>"


class Server:
    """A base class: runs session(sock, stream) in a new thread for each connection to a listening
    socket."""

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
            pass  # the client has closed


class Sink(Server):
    """A server that accepts all mail. find() and wait() search its messages by a regular
    expression over their bytes."""

    def __init__(self, host, port):
        self.messages, self.changed = [], threading.Condition()
        super().__init__(socket.create_server((host, port)))

    def find(self, pattern):
        return [m for m in self.messages if re.search(pattern, m.data)]

    def wait(self, pattern, timeout=TIMEOUT):
        with self.changed:
            if not self.changed.wait_for(lambda: self.find(pattern), timeout):
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
                with self.changed:
                    self.messages.append(message)
                    self.changed.notify_all()
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
