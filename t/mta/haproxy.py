"""For haproxy.test: hosts in network namespaces, an HAProxy, and a load of mail through a Postfix.

    enter_network()                  # before all others
    host = Host("a", 1)
    Daemon(text, wrap=host.inside)   # a daemon in the host's namespace
    with HAProxy(section) as h:
        h.wait("a", status="UP")

It needs root. The package haproxy is unpacked in $POLYMILTER_HAPROXY_ROOT (./quickstart does
that), by default in haproxy/ of the build directory.
"""
import collections
import csv
import os
import shutil
import socket
import subprocess
import sys
import tempfile

import root
import smtp
from closing import Closing
from daemon import wait_for
from load import Load

ROOT = os.environ.get("POLYMILTER_HAPROXY_ROOT", os.path.abspath("haproxy"))
PROGRAM = f"{ROOT}/usr/sbin/haproxy"
ENTERED = "POLYMILTER_NETWORK"


def enter_network():
    """Runs the calling file again in a new network namespace, which ends with the process."""
    if ENTERED in os.environ:
        ip("link", "set", "lo", "up")
        return
    root.need_root()
    root.need_unpacked("HAProxy", ROOT, PROGRAM)
    root.need_tools("ip", "unshare", "nsenter")
    may = subprocess.run(["unshare", "--net", "true"], stderr=subprocess.PIPE, check=False)
    if may.returncode != 0:
        root.skip(f"no network namespaces: {may.stderr.decode().strip()}")
    os.environ[ENTERED] = "own"
    os.execvp("unshare", ["unshare", "--net", sys.executable, *sys.argv])


def ip(*words, inside=()):
    """Runs ip(8). inside: words before the command, Host.inside for that host's namespace."""
    done = subprocess.run([*inside, "ip", *map(str, words)], capture_output=True, check=False)
    if done.returncode != 0:
        raise AssertionError(f"ip {words}: {done.stderr.decode()}")


class Host:
    """A host: a network namespace, and a pair of virtual Ethernet devices to the test's own
    namespace. address: the host's; ours: the test's address on that link; inside: words before a
    command that is to run on the host. close(), or the end of the test, ends the namespace."""

    def __init__(self, name, number):
        self.name = name
        self.ours, self.address = f"192.0.2.{4 * number + 1}", f"192.0.2.{4 * number + 2}"
        self.keeper = subprocess.Popen(["unshare", "--net", "sh", "-c", "echo; exec cat"],
                                       stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.keeper.stdout.readline()
        self.inside = ["nsenter", f"--net=/proc/{self.keeper.pid}/ns/net"]
        ip("link", "add", "name", name, "type", "veth",
           "peer", "name", "eth0", "netns", self.keeper.pid)
        ip("address", "add", f"{self.ours}/30", "dev", name)
        ip("link", "set", "dev", name, "up")
        ip("address", "add", f"{self.address}/30", "dev", "eth0", inside=self.inside)
        self.set_link("up")

    def set_link(self, state):
        """Sets the host's end of the link "up" or "down"."""
        ip("link", "set", "dev", "eth0", state, inside=self.inside)

    def close(self):
        self.keeper.communicate()


class HAProxy(Closing):
    """A running HAProxy. section: its configuration without the section global; a warning about
    it is an error."""

    def __init__(self, section):
        self.dir = tempfile.mkdtemp(prefix="polymilter-haproxy-")
        self.socket = f"{self.dir}/admin.sock"
        with open(f"{self.dir}/haproxy.cfg", "w", encoding="utf-8") as f:
            f.write(f"global\n\tlog stderr format raw daemon\n"
                    f"\tstats socket {self.socket} mode 600 level admin\n{section}")
        with open(f"{self.dir}/log", "wb") as log:
            self.proc = subprocess.Popen(
                [PROGRAM, "-dW", "-db", "-f", f"{self.dir}/haproxy.cfg"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            wait_for("HAProxy", self._is_up)
        except BaseException:
            self.close()
            raise

    def _is_up(self):
        if self.proc.poll() is not None:
            raise AssertionError(f"HAProxy ended: {self.log()}")
        try:
            return self.servers()
        except (FileNotFoundError, ConnectionRefusedError):
            return None

    def close(self):
        if self.proc.poll() is None:
            self.proc.kill()
        self.proc.wait()
        shutil.rmtree(self.dir, ignore_errors=True)

    def log(self):
        with open(f"{self.dir}/log", encoding="utf-8", errors="replace") as f:
            return f.read()

    def command(self, command):
        """Sends a command to the runtime socket; returns the answer."""
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(smtp.TIMEOUT)
            s.connect(self.socket)
            s.sendall(command.encode() + b"\n")
            with s.makefile("r", encoding="utf-8") as answer:
                return answer.read()

    def servers(self):
        """The statistics of the servers: {name: {column: value}}."""
        rows = csv.DictReader(self.command("show stat").removeprefix("# ").splitlines())
        return {row["svname"]: row for row in rows
                if row["svname"] not in ("FRONTEND", "BACKEND")}

    def order(self, command):
        """Sends a command to the runtime socket; an answer is an error message."""
        answer = self.command(command).strip()
        if answer:
            raise AssertionError(answer)

    def wait(self, name, **columns):
        """Waits until the columns of a server have these values."""
        def has_values():
            row = self.servers()[name]
            return all(row[column] == value for column, value in columns.items())
        wait_for(f"{name}: {columns}", has_values)


def message(name):
    """A message with the Subject name."""
    return (f"From: alice@example.org\r\nSubject: {name}\r\n\r\n" +
            "Hello, here I am.\r\n" * 50).encode()


class MailLoad(Load):
    """A load over SMTP, by way of a Postfix. A message that gets a temporary refusal is sent
    again in another session, until it is accepted. accepted: the names of accepted messages, a
    list for each session; deferred: how many temporary refusals there were; again: names of the
    messages that must be sent again. odd has a text for every other failure."""

    def __init__(self, postfix, service, name, threads=8, per_session=3):
        super().__init__(service, threads, per_session)
        self.postfix, self.name, self.deferred = postfix, name, 0
        self.again, self.accepted = collections.deque(), []

    def _session(self):
        accepted = []
        try:
            with self.postfix.client(self.address) as c:
                while len(accepted) < self.per_session and self._message(c, accepted):
                    pass
                c.quit()
        except (EOFError, OSError) as e:
            self._note(f"a session failed: {e!r}")
        with self.lock:
            self.accepted.append(accepted)

    def _next(self):
        """The name of a message that must be sent again, else a new one."""
        with self.lock:
            if self.again:
                return self.again.popleft()
            self.sent += 1
            return f"{self.name}-{self.sent}."

    def _message(self, c, accepted):
        """Sends a message; whether it was accepted. After a temporary refusal the session ends,
        and another one sends the message again."""
        name = self._next()
        result = c.deliver(message(name))
        if result.ok:
            accepted.append(name)
            self._count("ok", [])
            return True
        replies = [r for r in (result.mail, *result.rcpts, result.data) if r is not None]
        if next(r.code for r in replies if r.code != 250) // 100 != 4:
            self._note(f"a permanent refusal: {result}")
        with self.lock:
            self.deferred += 1
            self.again.append(name)
        return False

    def stop(self):
        """Stops the threads, and sends what must be sent again in up to 10 more sessions."""
        super().stop()
        for _ in range(10):
            if not self.again:
                return
            self._session()
