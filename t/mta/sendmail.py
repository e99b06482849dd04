"""A Sendmail of a test's own, from unpacked packages: nothing is installed.

The packages sendmail-bin, sendmail-base and sendmail-cf are unpacked below
$POLYMILTER_SENDMAIL_ROOT (./quickstart does it), by default sendmail/ in the build directory.
All mail is relayed to a sink.
"""
import os
import shutil
import signal
import subprocess
import tempfile

import root
import smtp
from daemon import wait_for

ROOT = os.environ.get("POLYMILTER_SENDMAIL_ROOT", os.path.abspath("sendmail"))
PROGRAM = f"{ROOT}/usr/libexec/sendmail/sendmail"
CF = f"{ROOT}/usr/share/sendmail/cf"
SINK_PORT, PORT = 10024, 10025

# The host's name is set in a name space of its own: with one that cannot be resolved Sendmail
# would sleep for a minute.
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
DAEMON_OPTIONS(`Name=MTA, Addr={host}, Port={port}, Family=inet')dnl
define(`SMART_HOST', `esmtp:[{host}]')dnl
define(`ESMTP_MAILER_ARGS', `TCP $h {sink}')dnl
define(`RELAY_MAILER_ARGS', `TCP $h {sink}')dnl
INPUT_MAIL_FILTER(`polymilter', `S={milter}, F=T, T=C:30s;S:10s;R:10s;E:30s')dnl
MAILER(`local')dnl
MAILER(`smtp')dnl
"""


def need_sendmail():
    root.need_root()
    root.need_unpacked("Sendmail", ROOT, PROGRAM)
    root.need_tools("m4", "unshare")


class Sendmail:
    def __init__(self, milter):
        self.host = root.loopback()
        # Not below /tmp: it mistrusts what others can write.
        self.dir = tempfile.mkdtemp(prefix="polymilter-sendmail-", dir="/run")
        self.sink = self.proc = None
        try:
            self.sink = smtp.Sink(self.host, SINK_PORT)
            os.mkdir(f"{self.dir}/mqueue", 0o700)
            self._write(milter)
            self._start()
        except BaseException:
            self.close()
            raise

    def _write(self, milter):
        with open(f"{self.dir}/sendmail.mc", "w", encoding="ascii") as f:
            f.write(SENDMAIL_MC.format(cf=CF, dir=self.dir, host=self.host, port=PORT,
                                       sink=SINK_PORT, milter=milter))
        done = subprocess.run(["m4", f"-D_CF_DIR_={CF}/", f"{self.dir}/sendmail.mc"],
                              capture_output=True, check=True)
        with open(f"{self.dir}/sendmail.cf", "wb") as f:
            f.write(done.stdout)

    def _start(self):
        with open(f"{self.dir}/log", "wb") as log:
            self.proc = subprocess.Popen(
                ["unshare", "-u", "sh", "-c", 'hostname mx.example.test; exec "$@"', "sh",
                 PROGRAM, "-C", f"{self.dir}/sendmail.cf", "-bD", "-q1h"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        wait_for("Sendmail", self._is_up)

    def _is_up(self):
        if self.proc.poll() is not None:
            raise AssertionError(f"Sendmail ended: {self.log()}")
        try:
            with smtp.Client(self.host, PORT):
                return True
        except (ConnectionRefusedError, EOFError):
            return False

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()

    def close(self):
        if self.proc is not None and self.proc.poll() is None:
            os.killpg(self.proc.pid, signal.SIGTERM)
            try:
                self.proc.wait(5)
            except subprocess.TimeoutExpired:
                os.killpg(self.proc.pid, signal.SIGKILL)
                self.proc.wait()
        if self.sink is not None:
            self.sink.close()
        shutil.rmtree(self.dir, ignore_errors=True)

    def log(self):
        with open(f"{self.dir}/log", encoding="utf-8", errors="replace") as f:
            return f.read()

    def client(self):
        c = smtp.Client(self.host, PORT)
        c.ehlo()
        return c

    def delivered(self, queue_id):
        return self.sink.wait(rb"with ESMTP id %s;?\s" % queue_id.encode())
