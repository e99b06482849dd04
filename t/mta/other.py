"""Another milter, for a chain of milters in which it comes before the daemon or behind it. It
accepts all mail. At the end of a message it adds the recipient RCPT, the last line LINE to the
body, and the header FIELD: "SUBJECT in N lines", with the subject and the body that it got.

    o = Other("/run/x/other.sock") ... o.address ... o.close()
"""
import os
import socket
import struct

import smtp
from milter import frame

RCPT = "<copy@example.org>"
LINE = b"Seen by another filter.\r\n"
FIELD = "X-Seen"
ACTIONS = 0x1 | 0x2 | 0x4  # add fields, replace the body, add recipients
NO_REPLY = b"ODAQ"


class Other(smtp.Server):
    def __init__(self, path):
        self.path, self.address = path, f"unix:{path}"
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listener.bind(path)
        os.chmod(path, 0o666)
        listener.listen()
        super().__init__(listener)

    def close(self):
        super().close()
        os.unlink(self.path)

    def session(self, sock, stream):
        subject, body = b"", b""
        while head := stream.read(4):
            packet = stream.read(struct.unpack("!I", head)[0])
            letter, payload = packet[:1], packet[1:]
            if letter == b"Q":
                return
            if letter == b"O":
                sock.sendall(frame(b"O", struct.pack("!III", 6, ACTIONS, 0)))
            elif letter == b"M":
                subject, body = b"", b""
            elif letter == b"L" and payload.lower().startswith(b"subject\0"):
                subject = payload.split(b"\0")[1]
            elif letter == b"B":
                body += payload
            elif letter == b"E":
                sock.sendall(_changes(subject, body))
            if letter not in NO_REPLY:
                sock.sendall(frame(b"c"))


def _changes(subject, body):
    field = b"%s\0%s in %d lines\0" % (FIELD.encode(), subject, body.count(b"\n"))
    return (frame(b"h", field) + frame(b"+", RCPT.encode() + b"\0") +
            frame(b"b", body + LINE))
