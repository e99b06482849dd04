"""A syslog daemon that can be held up and ended: for t/process/soak.test. Arguments: the path of
its socket, the file to which it appends what it reads, a line for each record. Commands on
standard input, each answered with its own line when it is done:

    stall   it reads no more
    read    it reads again
    close   it ends: its socket is closed and removed. What the socket had taken is in the file
    open    there is a socket again
"""
import os
import select
import socket
import sys


class Reader:
    def __init__(self, path, file):
        self.path, self.file, self.reads = path, file, True
        self.open()

    def open(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self.sock.bind(self.path)
        os.chmod(self.path, 0o666)

    def close(self):
        os.unlink(self.path)
        # From now on senders get EPIPE, so that nothing comes behind the last read.
        self.sock.shutdown(socket.SHUT_RD)
        self.drain()
        self.sock.close()
        self.sock = None

    def drain(self):
        lines = []
        try:
            while len(lines) < 1000:
                lines.append(self.sock.recv(65536) + b"\n")
        except BlockingIOError:
            pass
        self.file.write(b"".join(lines))
        self.file.flush()

    def obey(self, command):
        if command in ("stall", "read"):
            self.reads = command == "read"
        elif command == "close":
            self.close()
        elif command == "open":
            self.open()

    def run(self):
        while True:
            watched = [sys.stdin] + ([self.sock] if self.sock and self.reads else [])
            ready = select.select(watched, [], [])[0]
            if self.sock in ready:
                self.drain()
            if sys.stdin in ready:
                line = sys.stdin.readline()
                if not line:
                    return
                self.obey(line.strip())
                print(line.strip(), flush=True)


with open(sys.argv[2], "ab") as f:
    Reader(sys.argv[1], f).run()
