"""Starts the real servers that the daemon asks: clamd, spamd, rspamd, opendkim, opendmarc,
clamav-milter, spamass-milter. Each runs in a temporary directory of its own, with its own
configuration and data, on a unix socket there; nothing of the system's configuration, databases or
services is used, and no network.

    with Clamd(settings="StreamMaxLength 1M") as clamd, Spamd() as spamd:
        clamd.address                # "unix:/tmp/.../clamd.sock", as a configuration writes it
        clamd.signal(signal.SIGSTOP) # all its processes
        clamd.stop(); clamd.start()  # the same socket again

A server runs as the test's user, or as nobody when root runs the test. start() returns when the
server answers. unittest.SkipTest is raised when the program is not installed. In settings and files
@DIR@ stands for the directory.
"""
import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import unittest
from signal import SIGKILL, SIGTERM

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "lib")]
import daemon  # noqa: E402
import milter  # noqa: E402
from closing import Closing  # noqa: E402
from daemon import wait_for  # noqa: E402

PATH = os.environ.get("PATH", "") + ":/usr/local/sbin:/usr/sbin:/sbin"
START_SECONDS = 60  # rspamd under a loaded machine
# The standard test files, in parts so that no scanner finds them here.
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
GTUBE = b"XJS*C4JDBQADN1.NSBN3*2IDNEN*" b"GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X"


def main():
    """Runs the tests of the calling file, as daemon.main(). SIGTERM ends them by an exception, so
    that the servers are killed, too: unittest does not catch KeyboardInterrupt."""
    signal.signal(signal.SIGTERM, _end_tests)
    daemon.main()


def _end_tests(number, frame):
    raise KeyboardInterrupt(f"signal {number}")


def need_program(name):
    """The path of a program; unittest.SkipTest when it is not there."""
    path = shutil.which(name, path=PATH)
    if path is None:
        raise unittest.SkipTest(f"{name} is not installed")
    return path


def ask(path, question, size=4096):
    """The first bytes of a unix socket's answer to these bytes; b"" when there is none."""
    try:
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(2)
            s.connect(path)
            s.sendall(question)
            return s.recv(size)
    except OSError:
        return b""


def group_runs(group):
    """Whether a process of this process group has not ended; a zombie has."""
    found = (daemon.process(pid) for pid in os.listdir("/proc") if pid.isdigit())
    return any(f is not None and f[0] != "Z" and int(f[2]) == group for f in found)


class Server(Closing):
    """What all have. program: its name; settings: further lines of its configuration; files:
    {name: text} of further files in its directory."""

    program = ""

    def __init__(self, settings="", files=None):
        self.command = need_program(self.program)
        self.settings, self.proc = settings, None
        self.dir = tempfile.mkdtemp(prefix=f"polymilter-{self.program}-")
        os.chmod(self.dir, 0o755)
        self.path = os.path.join(self.dir, f"{self.program}.sock")
        self.address = f"unix:{self.path}"
        self.log = os.path.join(self.dir, "log")
        try:
            for name, text in (files or {}).items():
                self.write(name, text)
            self.set_up()
            self.start()
        except BaseException:
            self.close()
            raise

    def set_up(self):
        """Writes its files."""

    def arguments(self):
        """Those of the program."""
        raise NotImplementedError

    def answers(self):
        """Whether it answers at its socket."""
        raise NotImplementedError

    def write(self, name, text):
        """Writes a file in its directory, and makes the folders that name has. Returns its path."""
        path = os.path.join(self.dir, name)
        os.makedirs(os.path.dirname(path), mode=0o755, exist_ok=True)
        if isinstance(text, str):
            text = text.replace("@DIR@", self.dir).encode()
        with open(path, "wb") as f:
            f.write(text)
        return path

    def start(self):
        """Starts it, and returns when it answers."""
        self._own()
        if os.path.exists(self.path):
            os.unlink(self.path)  # of one that was killed: opendkim would refuse to start
        user = daemon.drop_user()
        identity = {"user": user[0], "group": user[1], "extra_groups": []} if user else {}
        with open(self.log, "ab") as log:
            self.proc = subprocess.Popen(
                [self.command, *self.arguments()], stdin=subprocess.DEVNULL, stdout=log,
                stderr=log, cwd=self.dir, umask=0, start_new_session=True,
                env={**os.environ, "PATH": PATH, "HOME": self.dir, "TMPDIR": self.dir},
                **identity)
        wait_for(f"the begin of {self.program}", self._is_up, START_SECONDS)

    def _own(self):
        """Gives its directory to the user that it runs as."""
        user = daemon.drop_user()
        if user:
            for folder, _, names in os.walk(self.dir):
                for path in [folder, *(os.path.join(folder, n) for n in names)]:
                    shutil.chown(path, *user)

    def _is_up(self):
        if self.proc.poll() is not None:
            raise AssertionError(f"{self.program}: exit {self.proc.returncode}\n" +
                                 self.log_text()[-4000:])
        return os.path.exists(self.path) and self.answers()

    def log_text(self):
        """What it has written to standard output and standard error."""
        with open(self.log, encoding="utf-8", errors="replace") as f:
            return f.read()

    def signal(self, number):
        """Sends a signal to all its processes."""
        os.killpg(self.proc.pid, number)

    def stop(self, number=SIGTERM):
        """Ends it; one that has stopped or that does not end within 10 s is killed. Its socket
        stays where the server leaves it."""
        if self.proc is None:
            return
        if self.proc.poll() is None:
            os.kill(self.proc.pid, number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.proc.wait(10)
        with contextlib.suppress(ProcessLookupError):
            self.signal(SIGKILL)  # what is left of it
        self.proc.wait()
        wait_for(f"the end of {self.program}", lambda: not group_runs(self.proc.pid))
        self.proc = None

    def close(self):
        self.stop(SIGKILL)
        shutil.rmtree(self.dir, ignore_errors=True)


class MilterServer(Server):
    """A milter: it answers when it negotiates."""

    def answers(self):
        offer = milter.frame(b"O", bytes((0, 0, 0, 6, 0, 0, 1, 0xff, 0, 0x1f, 0xff, 0xff)))
        return ask(self.path, offer)[4:5] == b"O"


class Clamd(Server):
    """signatures: {name: bytes} that it finds. inet: it also listens at self.inet_address."""

    program = "clamd"

    def __init__(self, settings="", signatures=None, inet=False, files=None):
        self.signatures = {"Eicar-Test": EICAR, **(signatures or {})}
        self.inet_address = daemon.free_inet() if inet else None
        super().__init__(settings, files)

    def set_up(self):
        os.mkdir(os.path.join(self.dir, "db"))
        self.write_signatures()
        listen = ""
        if self.inet_address:
            port, _, host = self.inet_address[len("inet:"):].partition("@")
            listen = f"TCPSocket {port}\nTCPAddr {host}\n"
        own = {line.split()[0] for line in self.settings.splitlines() if line.strip()}
        defaults = {"MaxThreads": "2", "LocalSocketMode": "666"}
        rest = "".join(f"{k} {v}\n" for k, v in defaults.items() if k not in own)
        self.write("clamd.conf", "DatabaseDirectory @DIR@/db\nLocalSocket @DIR@/clamd.sock\n"
                   "Foreground yes\nPidFile @DIR@/pid\nTemporaryDirectory @DIR@\n"
                   f"{listen}{rest}{self.settings}\n")

    def write_signatures(self):
        """Writes self.signatures: RELOAD or SIGUSR2 makes it read them again."""
        self.write("db/test.ndb", "".join(f"{name}:0:*:{found.hex()}\n"
                                          for name, found in self.signatures.items()))

    def arguments(self):
        return ["--config-file", os.path.join(self.dir, "clamd.conf")]

    def answers(self):
        return ask(self.path, b"zPING\0") == b"PONG\0"


class Spamd(Server):
    """Its rules: GTUBE (1000 points), SEVEN_POINTS (7 points, for "seven points" in the body), and
    those in settings. inet: it listens at self.inet_address too."""

    program = "spamd"

    RULES = """\
util_rb_tld org com net test example
required_score 5
body GTUBE /XJS\\*C4JDBQADN1\\.NSBN3\\*2IDNEN\\*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL\\*C\\.34X/
score GTUBE 1000
body SEVEN_POINTS /seven points/
score SEVEN_POINTS 7
rewrite_header Subject [SPAM]
add_header all Status _YESNO_, score=_SCORE_ required=_REQD_
report_safe 0
"""

    def __init__(self, settings="", children=2, inet=False, files=None):
        self.children = children
        self.inet_address = daemon.free_inet() if inet else None
        super().__init__(settings, files)

    def set_up(self):
        self.write("site/init.pre", "loadplugin Mail::SpamAssassin::Plugin::Check\n")
        self.write("site/local.cf", self.settings + "\n")
        self.write("rules/rules.cf", self.RULES)

    def arguments(self):
        listen = []
        if self.inet_address:
            port, _, host = self.inet_address[len("inet:"):].partition("@")
            listen = [f"--listen={host}:{port}"]
        return ["-L", "-x", "--syslog=stderr", f"--siteconfigpath={self.dir}/site",
                f"--configpath={self.dir}/rules", f"--socketpath={self.path}", "--socketmode=0666",
                *listen, f"--max-children={self.children}", "--timeout-child=5",
                f"--pidfile={self.dir}/pid"]

    def answers(self):
        return ask(self.path, b"PING SPAMC/1.5\r\n\r\n").endswith(b" PONG\r\n")


class Rspamd(Server):
    """path is the socket of its normal worker (HTTP), proxy_path that of its milter proxy. A
    Subject with "force-ACTION" gets that action: reject, soft-reject, greylist, add-header,
    rewrite-subject, no-action. settings: further lines of its rspamd.conf; files: those below
    local.d/ are read as usual."""

    program = "rspamd"
    ACTIONS = ("reject", "soft reject", "greylist", "add header", "rewrite subject", "no action")
    # Those that would ask others, or need a Redis.
    OFF = ("asn", "bimi", "dcc", "dmarc", "emails", "fuzzy_check", "greylist", "history_redis",
           "metadata_exporter", "mx_check", "neural", "p0f", "phishing", "ratelimit", "rbl",
           "replies", "reputation", "rspamd_update", "spf", "surbl", "url_redirector", "arc",
           "whitelist", "clickhouse", "elastic", "external_services", "antivirus")
    CONFIGURATION = """\
.include "$CONFDIR/common.conf"
options {
    pidfile = "@DIR@/rspamd.pid";
    .include "$CONFDIR/options.inc"
    .include(priority=1, duplicate=merge) "@DIR@/local.d/options.inc"
}
logging { type = "console"; level = "info"; }
worker "normal" { bind_socket = "@DIR@/rspamd.sock mode=0666"; count = 1; }
worker "rspamd_proxy" {
    bind_socket = "@DIR@/proxy.sock mode=0666";
    count = 1;
    milter = yes;
    timeout = 120s;
    upstream "local" { default = yes; self_scan = yes; }
}
"""

    # The stock list of top-level domains is compiled for 40 s.
    OPTIONS = """\
control_socket = "@DIR@/control.sock mode=0600";
tempdir = "@DIR@";
url_tld = "@DIR@/tld";
disable_hyperscan = true;
dns { nameserver = ["127.0.0.1:9"]; timeout = 0.1s; retransmits = 1; }
"""

    def set_up(self):
        self.proxy_path = os.path.join(self.dir, "proxy.sock")
        self.proxy_address = f"unix:{self.proxy_path}"
        self.write("rspamd.conf", self.CONFIGURATION + self.settings + "\n")
        self.write("tld", "com\nnet\norg\ntest\nexample\n")
        self._local("options.inc", self.OPTIONS)
        maps, forced = "", ""
        for action in self.ACTIONS:
            word = action.replace(" ", "-")
            name = "FORCE_" + word.replace("-", "_").upper()
            self.write(f"{word}.map", f"/force-{word}/i\n")
            maps += (f'{name} {{ type = "header"; header = "Subject"; regexp = true; '
                     f'map = "@DIR@/{word}.map"; }}\n')
            forced += (f'{name} {{ action = "{action}"; expression = "{name}"; '
                       f'message = "forced {action}"; }}\n')
        self._local("multimap.conf", maps)
        self._local("force_actions.conf", f"rules {{\n{forced}}}\n")
        for module in self.OFF:
            self._local(f"{module}.conf", "enabled = false;\n")

    def _local(self, name, text):
        """A file of local.d, unless the test has one of this name."""
        if not os.path.exists(os.path.join(self.dir, "local.d", name)):
            self.write(f"local.d/{name}", text)

    def start(self):
        if os.path.exists(self.proxy_path):
            os.unlink(self.proxy_path)
        super().start()

    def arguments(self):
        return ["-f", "--insecure", "-c", f"{self.dir}/rspamd.conf",
                *(f"--var={name}={self.dir}" for name in
                  ("LOCAL_CONFDIR", "DBDIR", "RUNDIR", "LOGDIR"))]

    def answers(self):
        return (ask(self.path, b"GET /ping HTTP/1.1\r\nHost: x\r\n\r\n").startswith(b"HTTP/1.1 200")
                and os.path.exists(self.proxy_path))


class OpenDKIM(MilterServer):
    """Signs mail of example.test from internal hosts (self.internal), with the selector "test",
    and verifies others; it knows the public key of that selector without DNS."""

    program = "opendkim"
    domain, selector, internal = "example.test", "test", ("127.0.0.1", "localhost")

    def set_up(self):
        openssl = need_program("openssl")
        key = os.path.join(self.dir, "key")
        subprocess.run([openssl, "genrsa", "-out", key, "2048"], check=True,
                       stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        os.chmod(key, 0o600)
        public = subprocess.run([openssl, "rsa", "-in", key, "-pubout"], check=True,
                                capture_output=True, text=True).stdout
        public = "".join(line for line in public.splitlines() if not line.startswith("-"))
        self.write("public", f"{self.selector}._domainkey.{self.domain} v=DKIM1; k=rsa; "
                             f"p={public}\n")
        self.write("internal", "".join(f"{host}\n" for host in self.internal))
        self.write("opendkim.conf", f"Mode sv\nDomain {self.domain}\nSelector {self.selector}\n"
                   "KeyFile @DIR@/key\nTestPublicKeys @DIR@/public\nInternalHosts @DIR@/internal\n"
                   "Canonicalization relaxed/relaxed\nUMask 000\nPidFile @DIR@/pid\n"
                   f"RequireSafeKeys no\n{self.settings}\n")

    def arguments(self):
        return ["-f", "-x", f"{self.dir}/opendkim.conf", "-p", f"local:{self.path}"]


class OpenDMARC(MilterServer):
    program = "opendmarc"

    def set_up(self):
        self.write("opendmarc.conf", "AuthservID mx.example.test\nUMask 000\nPidFile @DIR@/pid\n"
                   f"{self.settings}\n")

    def arguments(self):
        return ["-f", "-c", f"{self.dir}/opendmarc.conf", "-p", f"local:{self.path}"]


class ClamavMilter(MilterServer):
    """clamd: the Clamd that it asks."""

    program = "clamav-milter"

    def __init__(self, clamd, settings="", files=None):
        self.clamd = clamd
        super().__init__(settings, files)

    def set_up(self):
        self.write("milter.conf", f"MilterSocket {self.path}\nMilterSocketMode 666\n"
                   f"ClamdSocket {self.clamd.address}\nForeground yes\nPidFile @DIR@/pid\n"
                   f"TemporaryDirectory @DIR@\nAddHeader Replace\n{self.settings}\n")

    def arguments(self):
        return ["--config-file", f"{self.dir}/milter.conf"]


class SpamassMilter(MilterServer):
    """spamd: the Spamd that it asks by spamc; options: further arguments of its own."""

    program = "spamass-milter"

    def __init__(self, spamd, options=()):
        self.spamd, self.options = spamd, list(options)
        super().__init__()

    def set_up(self):
        need_program("spamc")

    def arguments(self):
        return ["-p", self.path, *self.options, "--", "-U", self.spamd.path]
