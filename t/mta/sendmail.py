"""A Sendmail of a test's own, from unpacked packages: nothing is installed.

The packages sendmail-bin, sendmail-base and sendmail-cf are unpacked below
$POLYMILTER_SENDMAIL_ROOT (./quickstart does it), by default sendmail/ in the build directory.

    with Sendmail([Service("mx", "unix:/run/x.sock")]) as s:
        with s.client("mx") as c: ...
        s.delivered(queue_id)

All mail is relayed to a sink. There is no XCLIENT: another client has another address of
loopback, whose name is in a hosts file of its own; and who shall have logged in logs in.
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
# The names of clients: by no DNS.
HOSTS = "127.0.0.1 localhost\n127.0.2.7 mail.example.org\n127.10.2.3 pc.example.com\n"
SASL_CONF = "pwcheck_method: saslauthd\nsaslauthd_path: {dir}/mux\nmech_list: PLAIN\n"
# The host's name is set in a name space of its own: with one that cannot be resolved Sendmail
# would sleep for a minute.
START = """\
hostname mx.example.test &&
mount --bind {dir}/hosts /etc/hosts &&
mount --bind {dir}/nsswitch.conf /etc/nsswitch.conf &&
exec "$@"
"""


def address(who):
    """A client's address of loopback: its own with another beginning."""
    first, _, rest = who["ADDR"].split(".", 2)
    return f"127.{10 if first == '10' else 0}.{rest}"


class Service:
    """A port of a name, with its milters; their flags, "" for none, and their timeouts, "" for
    those that Sendmail has itself."""

    def __init__(self, name, *milters, flag="T", timeouts=TIMEOUTS):
        self.name, self.milters = name, milters
        self.terms = (f", F={flag}" if flag else "") + (f", T={timeouts}" if timeouts else "")

    @property
    def filters(self):
        return [f"{self.name}{i}" for i in range(len(self.milters))]

    def mc(self, host, port):
        return "".join(f"INPUT_MAIL_FILTER(`{name}', `S={at}{self.terms}')dnl\n"
                       for name, at in zip(self.filters, self.milters)) + (
            f"DAEMON_OPTIONS(`Name={self.name}, Addr={host}, Port={port}, Family=inet, "
            f"InputMailFilters={';'.join(self.filters)}')dnl\n")


class Passwords(smtp.Server):
    """Speaks for saslauthd: whoever has the password "secret" is welcome."""

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
    name = "sendmail"

    def __init__(self, services):
        """Mail of local programs goes through the milters of the service "local", if any."""
        self.host = loopback()
        self.ports = {s.name: FIRST_PORT + i for i, s in enumerate(services)}
        # Not below /tmp: it mistrusts what others can write.
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

    def client(self, service, **who):
        """A session that has said EHLO, from the address that stands for who."""
        c = smtp.Client(self.host, self.ports[service], source=address(who) if who else None)
        try:
            c.ehlo()
            if "LOGIN" in who:
                self._log_in(c, who["LOGIN"])
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
        """A session with a sendmail -bs, as local programs have it."""
        ours, its = socket.socketpair()
        ours.settimeout(smtp.TIMEOUT)
        with its:
            proc = subprocess.Popen(self.command("-bs"), stdin=its, stdout=its)
        try:
            with smtp.Client(None, None, sock=ours) as c:
                c.ehlo()
                yield c
        finally:
            proc.wait(smtp.TIMEOUT)

    def delivered(self, queue_id):
        """What came out at the other end of a queued message."""
        return self.sink.wait(rb"with ESMTPA? id %s;?\s" % queue_id.encode())

    below_received = staticmethod(root.below_received)

    def held(self, queue_id):
        """The reason why a message is in quarantine, or None."""
        for name in glob.glob(f"{self.dir}/mqueue/hf{queue_id}"):
            with open(name, encoding="latin-1") as f:
                return re.search(r"(?m)^q(.*)", f.read()).group(1)
        return None
