"""A server that answers late: "250\\n" gets "done\\n" after 250 ms, "ping\\n" gets "pong\\n". For
the policy `nap` of t/process/policies.c, and to see what a server that fails does."""
import os
import shutil
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
        self.closing.set()
        self.shutdown()
        self.server_close()

    def handle_error(self, request, client_address):
        pass
