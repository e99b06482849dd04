"""Starts the servers that the benchmark compares, and sends messages to them.

    with start("polymilter", "headers") as server:
        result = play(server, "--messages", "1000")

It runs in the build directory. The daemon logs every message to a pipe, which a Drain reads; the
other servers log nothing.
"""
import fcntl
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
START_SECONDS = 60
STOP_SECONDS = 60
PIPE_BYTES = 1 << 20
SETTLE_SECONDS = 3  # without a new line, so long that a busy machine cannot be the reason

NAMES = {
    "polymilter": "polymilter, log all",
    "p": "peer p: all callbacks",
    "q": "peer q: every NR and NO",
    "bare": "bare loop",
}
PROGRAMS = {"polymilter": "./polymilter", "p": "t/bench/peer", "q": "t/bench/peer",
            "bare": "t/bench/bareloop", "mail": "t/bench/bareloop"}


class Missing(Exception):
    """A program is not built."""


def wait_until(what, seconds, condition, step=0.01):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise SystemExit(f"bench: {what}: not within {seconds} s")
        time.sleep(step)


class Drain:
    """Reads the daemon's log from a pipe, and counts the lines of messages. When the pipe is full,
    the daemon drops lines instead of waiting."""

    def __init__(self):
        self.lines = 0
        self.source, self.end = os.pipe()
        fcntl.fcntl(self.end, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def _read(self):
        while data := os.read(self.source, PIPE_BYTES):
            self.lines += data.count(b" verdict=")

    def settle(self, lines):
        """Waits until there are so many lines, or no new ones come."""
        last, since = self.lines, time.monotonic()
        while self.lines < lines and time.monotonic() - since < SETTLE_SECONDS:
            time.sleep(0.01)
            if self.lines > last:
                last, since = self.lines, time.monotonic()

    def close(self):
        os.close(self.end)
        self.thread.join()
        os.close(self.source)


class Server:
    """A running server. kind: a key of PROGRAMS; chain: a listener of polymilter.conf; wrap: words
    before the command, of a tool that measures it and keeps its pid (strace -D, valgrind); more:
    further sections of the daemon's configuration."""

    def __init__(self, kind, chain, workers, wrap, more=""):
        if not os.access(PROGRAMS[kind], os.X_OK):
            raise Missing(f"{PROGRAMS[kind]} was not built")
        self.kind, self.chain, self.workers, self.more = kind, chain, workers, more
        self.dir = tempfile.mkdtemp(prefix="bench-")
        os.chmod(self.dir, 0o755)  # Postfix connects as another user
        self.address = self.address_of(chain)
        self.drain, self.messages, self.proc = None, 0, None
        try:
            self._start([*wrap, *self._command()])
        except BaseException:
            self.close()
            raise

    def _command(self):
        if self.kind == "polymilter":
            return [PROGRAMS[self.kind], "-c", self._configure(), "-p", f"{self.dir}/pid"]
        if self.kind in ("bare", "mail"):
            letters = ["M"] if self.kind == "mail" else []
            return [PROGRAMS[self.kind], str(self.workers), self.address, *letters]
        return [PROGRAMS[self.kind], self.kind, self.chain, self.address]

    def _configure(self):
        with open(f"{HERE}/polymilter.conf", encoding="utf-8") as f:
            text = f.read() + self.more
        text = text.replace("@DIR@", self.dir).replace("@WORKERS@", str(self.workers))
        path = f"{self.dir}/polymilter.conf"
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        return path

    def _start(self, command):
        self.drain = Drain() if self.kind == "polymilter" else None
        self.proc = subprocess.Popen(command, stdin=subprocess.DEVNULL, umask=0,
                                     stderr=self.drain.end if self.drain else None)
        wait_until(f"{self.kind} answers", START_SECONDS, self._answers)

    def _answers(self):
        if self.proc.poll() is not None:
            raise SystemExit(f"bench: {self.kind} does not start: exit {self.proc.returncode}")
        if self.kind == "polymilter":  # before, processes of the start are there, which end
            path = f"{self.dir}/pid"
            return os.path.exists(path) and os.path.getsize(path) > 0
        with socket.socket(socket.AF_UNIX) as s:
            return s.connect_ex(self.address.removeprefix("unix:")) == 0

    def address_of(self, chain):
        """The address of a listener of polymilter.conf."""
        return f"unix:{self.dir}/{chain}.sock"

    @property
    def pid(self):
        return self.proc.pid

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()

    def end(self):
        """Sends SIGTERM and waits, so that a tool that measures the server writes its result."""
        self.proc.send_signal(signal.SIGTERM)
        try:
            self.proc.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            pass

    def close(self):
        """Ends the server: the daemon with SIGTERM, the others with SIGKILL, because libmilter ends
        5 seconds after SIGTERM."""
        if self.proc is not None:
            if self.kind == "polymilter":
                self.end()
            if self.proc.poll() is None:
                self.proc.kill()
            self.proc.wait()
        if self.drain is not None:
            self.drain.close()
        shutil.rmtree(self.dir, ignore_errors=True)


def start(kind, chain, workers=2, wrap=(), more=""):
    return Server(kind, chain, workers, wrap, more)


def play(server, *options):
    """Sends messages with polymilterctl bench, which fails when one of them has no verdict; returns
    its result as a dict."""
    done = subprocess.run(["./polymilterctl", "bench", server.address, "--json", "--pid",
                           str(server.pid), *options], stdout=subprocess.PIPE, check=False)
    if done.returncode != 0:
        raise SystemExit(f"bench: {server.kind}: polymilterctl bench ended with {done.returncode}")
    result = json.loads(done.stdout)
    server.messages += result["messages"]
    return result
