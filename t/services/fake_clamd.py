"""A server that answers as clamd does, in the test's own process: it finds EICAR where the bytes
stand as they are, and does with each stream what its attribute behaviour says (t/lib/sleeper.py).

    scanner = FakeClamd.of(self)
    scanner.behaviour = scanner.late(25)    # or answer, hold, cut, garbage
    scanner.address                         # as a configuration writes it
    scanner.scanned                         # how many streams have had their answer
"""
import struct
import threading

import servers
from sleeper import ScriptedServer

NAME = "Fake-Eicar"


class FakeClamd(ScriptedServer):
    def __init__(self, path):
        self.streams, self.scanned = threading.local(), 0
        super().__init__(path)
        self.address = f"unix:{path}"

    def answer(self, sock):
        word = f"{NAME} FOUND" if servers.EICAR in self.streams.data else "OK"
        sock.sendall(f"stream: {word}\0".encode())
        with self.lock:
            self.scanned += 1

    def hold(self, sock):
        while not self.release.wait(0.01):
            if self._is_gone(sock):
                return
        self.answer(sock)

    def late(self, seconds):
        def behave(sock):
            if not self.release.wait(seconds) and not self._is_gone(sock):
                self.answer(sock)
        return behave

    def cut(self, sock):
        sock.sendall(b"stream: O")

    def garbage(self, sock):
        sock.sendall(b"stream: perhaps\0")

    def _serve(self, sock):
        try:
            with sock, sock.makefile("rb") as stream:
                command = _read_word(stream)
                if command == b"zPING":
                    sock.sendall(b"PONG\0")
                elif command == b"zINSTREAM" and _read_stream(stream, self.streams):
                    self._behave(sock)
        except OSError:
            pass  # the client has gone


def _read_word(stream):
    word = b""
    while (c := stream.read(1)) not in (b"", b"\0"):
        word += c
    return word


def _read_stream(stream, into):
    """Reads chunks up to the one without data. False: the client closed before."""
    data = []
    while len(head := stream.read(4)) == 4:
        size = struct.unpack("!I", head)[0]
        if size == 0:
            into.data = b"".join(data)
            return True
        data.append(stream.read(size))
    return False
