"""Messages through a daemon whose policies ask the real servers of servers.py.

    class Scans(Served):
        @classmethod
        def setUpClass(cls):
            cls.clamd = cls.enterClassContext(Clamd())
            cls.serve_all({"mx": ["virus"]}, service("av", cls.clamd) + 'clamd "virus" { ... }')

        def test_x(self):
            got = self.play("mx", headers, body)
            got.reply, got.line          # the milter.Reply, the message's log line
            got.fields("X-Virus-Status") # values in the message as the MTA then has it
"""
import itertools
import os
import subprocess
import tempfile
import unittest

import servers  # noqa: F401  (sets the path of the modules)
import edited
import milter
from daemon import Daemon, listener_text, user_lines

CTL = os.path.abspath("polymilterctl")
AUTHENTICATED = {"{auth_authen}": "joe"}


def service(name, server, options=""):
    return f'service "{name}" {{ server = "{server.address}"  {options} }}\n'


def configuration(chains, sections, workers="count = 1", limits=""):
    """chains: {name of a listener: titles of its chain}."""
    return "\n".join([
        user_lines(), f"workers {{ {workers} }}", f"limits {{ {limits} }}",
        'log { target = "stderr" }', sections,
        *(listener_text(name, f"unix:@DIR@/{name}.sock", chain)
          for name, chain in chains.items()), ""])


class Got:
    """What became of one message."""

    def __init__(self, reply, headers, body, line):
        self.reply, self.line = reply, line
        self.raw = edited.apply([(n.encode(), _bytes(v)) for n, v in headers], body,
                                [change for change in reply.changes if change[0] != "q"])

    def fields(self, name):
        return [value.decode() for n, value in edited.split(self.raw)[0]
                if n.decode().lower() == name.lower()]

    def quarantined(self):
        return [payload.rstrip(b"\0").decode() for letter, payload in self.reply.changes
                if letter == "q"]


def _bytes(x):
    return x if isinstance(x, bytes) else x.encode()


class Served(unittest.TestCase):
    ids = itertools.count(1)

    @classmethod
    def serve_all(cls, chains, sections, **options):
        """Starts a daemon for all tests of the class."""
        cls.daemon = cls.enterClassContext(Daemon(configuration(chains, sections, **options)))

    def serve(self, chains, sections, **options):
        """Starts one for this test."""
        self.daemon = self.enterContext(Daemon(configuration(chains, sections, **options)))

    def next_id(self):
        return f"QID{next(self.ids)}"

    def begin(self, listener, headers=(("Subject", "test"),), body=b"text\r\n", **options):
        """Sends a whole message over a new connection, and does not wait for the reply: finish()
        does. The first of what it returns is the Milter."""
        m = self.enterContext(self.daemon.milter(listener))
        m.hello()
        queue_id = self.next_id()
        self.assertIsNone(m.begin(headers=headers, body=body, queue_id=queue_id, **options))
        m.send(milter.frame(b"E"))
        return m, queue_id, headers, body

    def finish(self, m, queue_id, headers, body, reply=None):
        """Waits for the reply, unless it is there, and for the log line."""
        reply = reply or m.read_reply()
        line = self.daemon.log.wait(rf"{queue_id}: verdict=.*").group()
        return Got(reply, headers, body, line)

    def play(self, listener, headers=(("Subject", "test"),), body=b"text\r\n", session=None,
             **options):
        """Delivers one message. session: a Milter that has said hello; else there is a new one."""
        queue_id = self.next_id()
        m = session or self.daemon.milter(listener)
        try:
            if session is None:
                m.hello()
            reply = m.deliver(headers=headers, body=body, queue_id=queue_id, **options)
            return self.finish(m, queue_id, headers, body, reply)
        finally:
            if session is None:
                m.quit()

    def ctl_test(self, message, *args):
        """polymilterctl test with the daemon's configuration: (exit status, output)."""
        with tempfile.NamedTemporaryFile(suffix=".eml") as f:
            f.write(message)
            f.flush()
            done = subprocess.run([CTL, "test", "-c", self.daemon.path, *args, f.name],
                                  capture_output=True, text=True, timeout=60, check=False)
        return done.returncode, done.stdout + done.stderr
