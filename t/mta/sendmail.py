"""Runs a Sendmail for one test, from packages that are unpacked and not installed. It needs root.

The packages sendmail-bin, sendmail-base and sendmail-cf are unpacked in
$POLYMILTER_SENDMAIL_ROOT (./quickstart does that), by default in sendmail/ of the build directory.

    with Sendmail([Service("mx", "unix:/run/x.sock")]) as s:
        with s.client("mx") as c:
            result = c.deliver(b"Subject: x\\r\\n\\r\\ntext\\r\\n")
        s.delivered(result.queue_id)

All mail is relayed to an smtp.Sink. Sendmail has no XCLIENT. Another client connects from another
loopback address, whose name is in the hosts file of Sendmail's mount namespace, and authenticates
with AUTH.
"""
import base64
import contextlib
import glob
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import tempfile

import root
import smtp
from closing import Closing
from daemon import TIMEOUT, loopback, wait_for

ROOT = os.environ.get("POLYMILTER_SENDMAIL_ROOT", os.path.abspath("sendmail"))
PROGRAM = f"{ROOT}/usr/libexec/sendmail/sendmail"
CF = f"{ROOT}/usr/share/sendmail/cf"
SINK_PORT, FIRST_PORT = 10054, 10055
TIMEOUTS = "C:60s;S:60s;R:60s;E:5m"

SENDMAIL_MC = """\
divert(0)dnl
include(`{cf}/m4/cf.m4')dnl
OSTYPE(`linux')dnl
define(`confDOMAIN_NAME', `mx.example.test')dnl
define(`QUEUE_DIR', `{dir}/mqueue')dnl
define(`confPID_FILE', `{dir}/sendmail.pid')dnl
define(`STATUS_FILE', `{dir}/statistics')dnl
define(`HELP_FILE', `{dir}/helpfile')dnl
define(`ALIAS_FILE', `')dnl
define(`confTO_IDENT', `0s')dnl
define(`confDONT_PROBE_INTERFACES', `True')dnl
define(`confQUEUE_LA', `10000')dnl
define(`confREFUSE_LA', `10000')dnl
define(`confDONT_BLAME_SENDMAIL', `GroupWritableDirPathSafe')dnl
define(`confPRIVACY_FLAGS', `')dnl
undefine(`UUCP_RELAY')dnl
undefine(`BITNET_RELAY')dnl
FEATURE(`nouucp', `reject')dnl
FEATURE(`nocanonify')dnl
FEATURE(`accept_unresolvable_domains')dnl
FEATURE(`accept_unqualified_senders')dnl
FEATURE(`promiscuous_relay')dnl
FEATURE(`no_default_msa')dnl
define(`confAUTH_MECHANISMS', `PLAIN')dnl
define(`SMART_HOST', `esmtp:[{host}]')dnl
define(`ESMTP_MAILER_ARGS', `TCP $h {sink}')dnl
define(`RELAY_MAILER_ARGS', `TCP $h {sink}')dnl
{services}define(`confINPUT_MAIL_FILTERS', `{local}')dnl
MAILER(`local')dnl
MAILER(`smtp')dnl
LOCAL_CONFIG
ESASL_CONF_PATH={dir}
LOCAL_RULESETS
SLocal_check_rcpt
R$* refused @ example . com $*\t$#error $@ 5.7.1 $: "554 Access denied"
"""
# The hosts file: names of clients, so that no DNS is needed.
HOSTS = "127.0.0.1 localhost\n127.0.2.7 mail.example.org\n127.10.2.3 pc.example.com\n"
SASL_CONF = "pwcheck_method: saslauthd\nsaslauthd_path: {dir}/mux\nmech_list: PLAIN\n"
# Sendmail runs in namespaces of its own, with this host name: with one that it cannot resolve it
# would sleep for a minute at its start.
START = """\
hostname mx.example.test &&
mount --bind {dir}/hosts /etc/hosts &&
mount --bind {dir}/nsswitch.conf /etc/nsswitch.conf &&
exec "$@"
"""


def address(client):
    """The loopback address that stands for a client's ADDR: 192.0.2.7 becomes 127.0.2.7, and
    10.1.2.3 becomes 127.10.2.3."""
    first, _, rest = client["ADDR"].split(".", 2)
    return f"127.{10 if first == '10' else 0}.{rest}"


class Service:
    """A daemon port with its milters. flag: their F=, "" for none; timeouts: their T=, "" for
    Sendmail's defaults."""

    def __init__(self, name, *milters, flag="T", timeouts=TIMEOUTS):
        self.name, self.milters = name, milters
        self.terms = (f", F={flag}" if flag else "") + (f", T={timeouts}" if timeouts else "")

    @property
    def filters(self):
        return [f"{self.name}{i}" for i in range(len(self.milters))]

    def mc(self, host, port):
        """The lines of sendmail.mc."""
        return "".join(f"INPUT_MAIL_FILTER(`{name}', `S={at}{self.terms}')dnl\n"
                       for name, at in zip(self.filters, self.milters)) + (
            f"DAEMON_OPTIONS(`Name={self.name}, Addr={host}, Port={port}, Family=inet, "
            f"InputMailFilters={';'.join(self.filters)}')dnl\n")


class Passwords(smtp.Server):
    """A replacement of saslauthd, on a unix socket: it accepts the password "secret" of every
    user. A request is four strings, each behind its length in two bytes: user, password, service,
    realm."""

    def __init__(self, path):
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listener.bind(path)
        listener.listen()
        super().__init__(listener)

    def session(self, sock, stream):
        words = [stream.read(*struct.unpack("!H", stream.read(2))) for _ in range(4)]
        answer = b"OK" if words[1] == b"secret" else b"NO"
        sock.sendall(struct.pack("!H", len(answer)) + answer)


def need_sendmail():
    root.need_root()
    root.need_unpacked("Sendmail", ROOT, PROGRAM)
    root.need_tools("m4", "mount", "unshare")
    if not glob.glob("/usr/lib/*/sasl2/libplain.so"):
        root.skip("Sendmail needs libsasl2-modules")


class Sendmail(Closing):
    """Mail of local programs passes the milters of the service "local", if there is one."""

    name = "sendmail"

    def __init__(self, services):
        self.host = loopback()
        self.ports = {s.name: FIRST_PORT + i for i, s in enumerate(services)}
        # Not in /tmp: Sendmail refuses paths below a directory that others can write.
        self.dir = tempfile.mkdtemp(prefix="polymilter-sendmail-", dir="/run")
        self.sink = self.passwords = self.proc = None
        try:
            self.sink = smtp.Sink(self.host, SINK_PORT)
            self.passwords = Passwords(f"{self.dir}/mux")
            os.mkdir(f"{self.dir}/mqueue", 0o700)
            self._write(services)
            self._start()
        except BaseException:
            self.close()
            raise

    def _write(self, services):
        local = ", ".join(f for s in services if s.name == "local" for f in s.filters)
        mc = SENDMAIL_MC.format(cf=CF, dir=self.dir, host=self.host, sink=SINK_PORT,
                                local=local, services="".join(
                                    s.mc(self.host, self.ports[s.name]) for s in services))
        for name, text in (("sendmail.mc", mc), ("hosts", HOSTS),
                           ("Sendmail.conf", SASL_CONF.format(dir=self.dir)),
                           ("nsswitch.conf", "passwd: files\ngroup: files\nhosts: files\n")):
            with open(f"{self.dir}/{name}", "w", encoding="ascii") as f:
                f.write(text)
        done = subprocess.run(["m4", f"-D_CF_DIR_={CF}/", f"{self.dir}/sendmail.mc"],
                              capture_output=True, check=True)
        with open(f"{self.dir}/sendmail.cf", "wb") as f:
            f.write(done.stdout)

    def command(self, *args):
        """The words of a command that runs sendmail with these arguments in new namespaces."""
        return ["unshare", "-um", "sh", "-c", START.format(dir=self.dir), "sh", PROGRAM, "-C",
                f"{self.dir}/sendmail.cf", *args]

    def _start(self):
        with open(f"{self.dir}/log", "wb") as log:
            self.proc = subprocess.Popen(self.command("-bD", "-q1h"), stdin=subprocess.DEVNULL,
                                         stdout=log, stderr=log, start_new_session=True)
        wait_for("Sendmail", self._is_up)

    def _is_up(self):
        if self.proc.poll() is not None:
            raise AssertionError(f"Sendmail ended: {self.log()}")
        try:
            with smtp.Client(self.host, max(self.ports.values())):
                return True
        except (ConnectionRefusedError, EOFError):
            return False

    def close(self):
        if self.proc is not None and self.proc.poll() is None:
            os.killpg(self.proc.pid, signal.SIGTERM)
            try:
                self.proc.wait(TIMEOUT)
            except subprocess.TimeoutExpired:
                os.killpg(self.proc.pid, signal.SIGKILL)
                self.proc.wait()
        for server in (self.sink, self.passwords):
            if server is not None:
                server.close()
        shutil.rmtree(self.dir, ignore_errors=True)

    def log(self):
        with open(f"{self.dir}/log", encoding="utf-8", errors="replace") as f:
            return f.read()

    def client(self, service, **client):
        """A new session after EHLO. client: the attributes that XCLIENT would have (ADDR, LOGIN)
        of another client."""
        c = smtp.Client(self.host, self.ports[service],
                        source=address(client) if client else None)
        try:
            c.ehlo()
            if "LOGIN" in client:
                self._log_in(c, client["LOGIN"])
        except BaseException:
            c.close()
            raise
        return c

    def _log_in(self, c, name):
        words = base64.b64encode(f"\0{name}\0secret".encode()).decode()
        reply = c.command(f"AUTH PLAIN {words}")
        if reply.code != 235:
            raise AssertionError(f"AUTH as {name}: {reply}\n{self.log()}")

    @contextlib.contextmanager
    def local_program(self):
        """A session with `sendmail -bs`, as a local program opens it."""
        ours, theirs = socket.socketpair()
        ours.settimeout(smtp.TIMEOUT)
        with theirs:
            proc = subprocess.Popen(self.command("-bs"), stdin=theirs, stdout=theirs)
        try:
            with smtp.Client(None, None, sock=ours) as c:
                c.ehlo()
                yield c
        finally:
            proc.wait(smtp.TIMEOUT)

    @staticmethod
    def said(reply):
        """The text of the filter in a smtp.Reply at MAIL or RCPT: without the address that
        Sendmail puts in front of it when the code is 450, 550 or 553."""
        return re.sub(r"^((?:450|550|553) [\d.]+ ).*?\.\.\. ", r"\1", str(reply))

    def delivered(self, queue_id):
        """Waits for the message with this queue id in the sink: an smtp.Message."""
        return self.sink.wait(self._received(queue_id))

    def find_delivered(self, queue_id):
        """All of them until now; several when the MTA sends them to many recipients."""
        return self.sink.find(self._received(queue_id))

    @staticmethod
    def _received(queue_id):
        return rb"with E?SMTPA? id %s;?\s" % queue_id.encode()

    below_received = staticmethod(root.below_received)

    def held(self, queue_id):
        """The reason why a message is in quarantine, or None."""
        for name in glob.glob(f"{self.dir}/mqueue/hf{queue_id}"):
            with open(name, encoding="latin-1") as f:
                return re.search(r"(?m)^q(.*)", f.read()).group(1)
        return None

    def queued(self, queue_id):
        """Whether a message is in a queue. One that is in none has been delivered, or deleted."""
        return bool(glob.glob(f"{self.dir}/mqueue/*{queue_id}"))
