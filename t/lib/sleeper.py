"""A server that answers late: "250\\n" gets "done\\n" after 250 ms, "ping\\n" gets "pong\\n". For
the policy `nap` of t/process/policies.c, and to see what a server that fails does."""
import contextlib
import os
import select
import shutil
import socket
import socketserver
import tempfile
import threading

SERVICE = 'service "sleeper" { server = "unix:%s"  %s }\n'


class _Handler(socketserver.StreamRequestHandler):
    def handle(self):
        line = self.rfile.readline().strip()
        if line == b"ping":
            self.wfile.write(b"pong\n")
        elif line and not self.server.closing.wait(int(line) / 1000):
            try:
                self.wfile.write(b"done\n")
            except OSError:
                pass
        self.server.answered += 1


class Sleeper(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    """Listens at path until the end of the block."""
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, path):
        super().__init__(path, _Handler)
        self.path = path
        self.closing = threading.Event()
        self.answered = 0
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    @classmethod
    def of(cls, test):
        """One in a directory of its own, for the time of a test."""
        path = tempfile.mkdtemp()
        test.addCleanup(shutil.rmtree, path)
        os.chmod(path, 0o755)
        sleeper = test.enterContext(cls(os.path.join(path, "sleep.sock")))
        os.chmod(sleeper.path, 0o666)
        return sleeper

    def service(self, options=""):
        return SERVICE % (self.path, options)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.closing.set()
        self.shutdown()
        self.server_close()

    def handle_error(self, request, client_address):
        pass


class ScriptedServer:
    """A server of the policy `nap` at a unix socket, which does with each question what its
    attribute behaviour says at that time: one of the methods below. A ping gets its answer.

    live, peak: connections with a question, now and at most; begun, gone: how many questions came,
    and how many clients closed before they had an answer."""

    def __init__(self, path):
        self.path, self.behaviour = path, self.answer
        self.live = self.peak = self.begun = self.gone = self.pings = 0
        self.release, self.lock, self.sock = threading.Event(), threading.Lock(), None
        self.listen()

    @classmethod
    def of(cls, test):
        """One in a directory of its own, for the time of a test."""
        path = tempfile.mkdtemp()
        test.addCleanup(shutil.rmtree, path)
        os.chmod(path, 0o755)
        server = cls(os.path.join(path, "server.sock"))
        test.addCleanup(server.close)
        return server

    def service(self, options=""):
        return SERVICE % (self.path, options)

    def listen(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.bind(self.path)
        os.chmod(self.path, 0o666)
        self.sock.listen(256)
        threading.Thread(target=self._accept, args=(self.sock,), daemon=True).start()

    def stop_listening(self):
        """From now on connections are refused."""
        if self.sock is not None:
            os.unlink(self.path)
            self.sock.shutdown(socket.SHUT_RDWR)  # ends accept()
            self.sock.close()
            self.sock = None

    def close(self):
        self.release.set()
        self.stop_listening()

    # Behaviours: of a connection, after its question was read.

    def answer(self, sock):
        sock.sendall(b"done\n")

    def hold(self, sock):
        """Silence, until release is set; then the answer."""
        while not self.release.wait(0.01):
            if self._is_gone(sock):
                return
        sock.sendall(b"done\n")

    def slowly(self, sock):
        """A byte a second."""
        for c in b"done\n":
            if self.release.wait(1) or self._is_gone(sock):
                return
            sock.sendall(bytes([c]))

    def cut(self, sock):
        sock.sendall(b"do")

    def twice(self, sock):
        sock.sendall(b"a\nb\n")

    def long(self, sock):
        sock.sendall(b"x" * (2 << 20))

    def once(self, first):
        """The next question has this behaviour, all others an answer."""
        def behave(sock):
            self.behaviour = self.answer
            first(sock)
        self.behaviour = behave

    def _is_gone(self, sock):
        if not select.select([sock], [], [], 0)[0]:
            return False
        with self.lock:
            self.gone += 1
        return True

    def _accept(self, listener):
        while True:
            try:
                sock = listener.accept()[0]
            except OSError:
                return
            threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, sock):
        with sock, contextlib.suppress(OSError):
            line = sock.makefile("rb").readline()
            if line == b"ping\n":
                with self.lock:
                    self.pings += 1
                sock.sendall(b"pong\n")
            elif line:
                self._behave(sock)

    def _behave(self, sock):
        with self.lock:
            self.begun += 1
            self.live += 1
            self.peak = max(self.peak, self.live)
        try:
            self.behaviour(sock)
        finally:
            with self.lock:
                self.live -= 1
