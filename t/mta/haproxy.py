"""A network of a test's own with hosts in it, an HAProxy, and a load of mail through a Postfix.

    enter_network()                  # first of all
    host = Host("a", 1)
    Daemon(text, wrap=host.inside)   # listens there
    with HAProxy(section) as h:
        h.wait("a", status="UP")

HAProxy's package is unpacked below $POLYMILTER_HAPROXY_ROOT (./quickstart does it), by default
haproxy/ in the build directory.
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
    """Runs the calling file again with no network but its own, which ends with it."""
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
    done = subprocess.run([*inside, "ip", *map(str, words)], capture_output=True, check=False)
    if done.returncode != 0:
        raise AssertionError(f"ip {words}: {done.stderr.decode()}")


class Host:
    """A network namespace with a cable to ours. It ends when close() is called or we end."""

    def __init__(self, name, number):
        self.name = name
        self.ours, self.address = f"192.0.2.{4 * number + 1}", f"192.0.2.{4 * number + 2}"
        self.keeper = subprocess.Popen(["unshare", "--net", "sh", "-c", "echo; exec cat"],
                                       stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.keeper.stdout.readline()
        self.inside = ["nsenter", f"--net=/proc/{self.keeper.pid}/ns/net"]
        ip("link", "add", "name", name, "type", "veth",
           "peer", "name", "cable", "netns", self.keeper.pid)
        ip("address", "add", f"{self.ours}/30", "dev", name)
        ip("link", "set", "dev", name, "up")
        ip("address", "add", f"{self.address}/30", "dev", "cable", inside=self.inside)
        self.plug("up")

    def plug(self, state):
        """Its end of the cable: "up" or "down"."""
        ip("link", "set", "dev", "cable", state, inside=self.inside)

    def close(self):
        self.keeper.communicate()


class HAProxy(Closing):
    """With its runtime socket, and its log in a file. section: all but the global one. Any
    warning about it is an error."""

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

    def ask(self, command):
        """A command of its runtime socket; the answer."""
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(smtp.TIMEOUT)
            s.connect(self.socket)
            s.sendall(command.encode() + b"\n")
            with s.makefile("r", encoding="utf-8") as answer:
                return answer.read()

    def servers(self):
        """{name: {column: value}} of its statistics."""
        rows = csv.DictReader(self.ask("show stat").removeprefix("# ").splitlines())
        return {row["svname"]: row for row in rows
                if row["svname"] not in ("FRONTEND", "BACKEND")}

    def order(self, command):
        """A command that has no answer when it is carried out."""
        answer = self.ask(command).strip()
        if answer:
            raise AssertionError(answer)

    def wait(self, name, **columns):
        """Until the server's columns have these values."""
        def is_so():
            row = self.servers()[name]
            return all(row[column] == value for column, value in columns.items())
        wait_for(f"{name}: {columns}", is_so)


def letter(name):
    return (f"From: alice@example.org\r\nSubject: {name}\r\n\r\n" +
            "Hello, here I am.\r\n" * 50).encode()


class MailLoad(Load):
    """The same over SMTP: each message until it is taken. accepted: their names, by session;
    deferred: how many were put off, and came again in another session. odd lists whatever
    else a client was told."""

    def __init__(self, postfix, service, name, threads=8, per_session=3):
        super().__init__(service, threads, per_session)
        self.postfix, self.name, self.deferred = postfix, name, 0
        self.again, self.accepted = collections.deque(), []

    def _session(self):
        taken = []
        try:
            with self.postfix.client(self.address) as c:
                while len(taken) < self.per_session and self._message(c, taken):
                    pass
                c.quit()
        except (EOFError, OSError) as e:
            self._note(f"a session failed: {e!r}")
        with self.lock:
            self.accepted.append(taken)

    def _next(self):
        """A message that was put off, else a new one."""
        with self.lock:
            if self.again:
                return self.again.popleft()
            self.sent += 1
            return f"{self.name}-{self.sent}."

    def _message(self, c, taken):
        """Whether it was taken. The client tells nobody who was told to come again that it
        will; it just does, in another session."""
        name = self._next()
        result = c.deliver(letter(name))
        if result.ok:
            taken.append(name)
            self._count("ok", [])
            return True
        said = [r for r in (result.mail, *result.rcpts, result.data) if r is not None]
        if next(r.code for r in said if r.code != 250) // 100 != 4:
            self._note(f"refused for good: {result}")
        with self.lock:
            self.deferred += 1
            self.again.append(name)
        return False

    def stop(self):
        """And what was put off comes until it is taken."""
        super().stop()
        for _ in range(10):
            if not self.again:
                return
            self._session()
