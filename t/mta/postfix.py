"""Runs a Postfix for one test, with its own configuration, queue and ports. It needs root and the
installed package postfix, whose own configuration is not used.

    with Postfix([Service("mx", "unix:/run/x.sock")]) as p:
        with p.client("mx") as c:
            result = c.deliver(b"Subject: x\\r\\n\\r\\ntext\\r\\n")
        p.delivered(result.queue_id)

All mail is relayed to an smtp.Sink. XCLIENT is allowed for all clients, with LOGIN=. In files and
settings @DIR@ stands for the directory.
"""
import os
import re
import shutil
import subprocess
import tempfile

import root
import smtp
from closing import Closing
from daemon import loopback, wait_for

MAIN_CF = """\
compatibility_level = 3.6
queue_directory = {dir}/spool
data_directory = {dir}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
myhostname = mx.example.test
mydomain = example.test
myorigin = $mydomain
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 0.0.0.0/0
smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination
smtpd_recipient_restrictions = check_recipient_access inline:{{ refused@example.com=REJECT }}
smtpd_authorized_xclient_hosts = 0.0.0.0/0
local_header_rewrite_clients =
smtpd_error_sleep_time = 0
in_flow_delay = 0
# The short ids come again: they have the microseconds of a second, and the number of a file.
enable_long_queue_ids = yes
message_size_limit = 0
mailbox_size_limit = 0
virtual_mailbox_limit = 0
virtual_mailbox_domains = box.example
virtual_mailbox_base = {dir}/mail
virtual_mailbox_maps = static:box/
virtual_uid_maps = static:65534
virtual_gid_maps = static:65534
virtual_minimum_uid = 1
alias_maps =
alias_database =
local_recipient_maps =
default_transport = smtp:[{host}]:{sink}
default_destination_recipient_limit = 1000
smtp_dns_support_level = disabled
smtputf8_enable = yes
maillog_file_prefixes = {dir}
maillog_file = {dir}/log/maillog
milter_default_action = tempfail
non_smtpd_milters = {non_smtpd}
# For XCLIENT LOGIN=: the login only counts (and its macros are only sent) where SASL is on.
# It needs no mechanism because none is ever offered without TLS.
smtpd_sasl_auth_enable = yes
smtpd_tls_auth_only = yes
"""
SINK_PORT = 10024
FIRST_PORT = 10025
PRIVATE = "spool/polymilter"  # directory for a socket, as polymilter(8) describes it


class Service:
    """An smtpd on a port of its own. milters: its smtpd_milters; settings: further settings of
    main.cf for it."""

    def __init__(self, name, milters, chroot=False, **settings):
        self.name, self.chroot = name, "y" if chroot else "n"
        self.settings = {"smtpd_milters": milters, "syslog_name": f"postfix/{name}", **settings}

    def master_cf(self, host, port):
        return [f"{host}:{port} inet n - {self.chroot} - - smtpd"] + _overrides(self.settings)


class Cleanup:
    """A cleanup(8) with its own settings, for services with cleanup_service_name = name."""

    def __init__(self, name, **settings):
        self.name, self.settings = name, settings

    def master_cf(self):
        return [f"{self.name} unix n - n - 0 cleanup"] + _overrides(self.settings)


def _overrides(settings):
    return [f"  -o {{ {k} = {v} }}" for k, v in settings.items()]


def need_postfix():
    root.need_root()
    if not os.path.exists("/etc/postfix/master.cf.proto"):
        root.skip("Postfix is not installed")


class Postfix(Closing):
    """non_smtpd: non_smtpd_milters; files: {name: text} of further files in @DIR@/etc; settings:
    further settings of main.cf."""

    name = "postfix"

    def __init__(self, services, non_smtpd="", cleanups=(), files=None, **settings):
        self.host = loopback()
        self.ports = {s.name: FIRST_PORT + i for i, s in enumerate(services)}
        self.dir = tempfile.mkdtemp(prefix="polymilter-postfix-")
        self.sink = None
        try:
            self.sink = smtp.Sink(self.host, SINK_PORT)
            self._make_directories()
            self._write(services, cleanups, files or {}, non_smtpd, settings)
            self._postfix("check")
            self._postfix("start")
        except BaseException:
            self.close()
            raise

    def _make_directories(self):
        os.chmod(self.dir, 0o755)
        for name, owner in (("etc", None), ("spool", None), ("data", "postfix"),
                            ("mail", "nobody"), ("log", None)):
            os.mkdir(f"{self.dir}/{name}", 0o755)
            if owner is not None:
                shutil.chown(f"{self.dir}/{name}", owner)
        os.mkdir(f"{self.dir}/{PRIVATE}")
        shutil.chown(f"{self.dir}/{PRIVATE}", "nobody", "postfix")
        os.chmod(f"{self.dir}/{PRIVATE}", 0o2750)

    def _write(self, services, cleanups, files, non_smtpd, settings):
        lines = [line for c in cleanups for line in c.master_cf()]
        lines += [line for s in services for line in s.master_cf(self.host, self.ports[s.name])]
        master = _stock_services() + "\n".join(lines) + "\n"
        main = MAIN_CF.format(dir=self.dir, host=self.host, sink=SINK_PORT, non_smtpd=non_smtpd)
        main += "".join(f"{k} = {v}\n" for k, v in settings.items())
        for name, text in {**files, "main.cf": main, "master.cf": master,
                           "dynamicmaps.cf": ""}.items():
            with open(f"{self.dir}/etc/{name}", "w", encoding="utf-8") as f:
                f.write(text.replace("@DIR@", self.dir))

    def close(self):
        if os.path.exists(f"{self.dir}/spool/pid/master.pid"):
            self._run("postfix", "stop", check=False)
        if self.sink is not None:
            self.sink.close()
        shutil.rmtree(self.dir, ignore_errors=True)

    def _run(self, program, *args, check=True, **options):
        done = subprocess.run([program, "-c", f"{self.dir}/etc", *args], check=False,
                              capture_output=True, timeout=smtp.TIMEOUT, **options)
        if check and done.returncode != 0:
            raise AssertionError(f"{program} {args}: {done.stdout!r} {done.stderr!r}\n"
                                 f"{self.log()}")
        return done.stdout

    def _postfix(self, verb):
        self._run("postfix", verb)

    def log(self):
        try:
            with open(f"{self.dir}/log/maillog", encoding="utf-8", errors="replace") as f:
                return f.read()
        except FileNotFoundError:
            return ""

    def wait_log(self, pattern):
        return wait_for(pattern, lambda: re.search(pattern, self.log()))

    def client(self, service, **xclient):
        """A new session after EHLO. xclient: the attributes of another client (ADDR, NAME,
        LOGIN)."""
        c = smtp.Client(self.host, self.ports[service])
        try:
            c.ehlo()
            if xclient:
                c.xclient(**xclient)
        except BaseException:
            c.close()
            raise
        return c

    def sendmail(self, message, sender, *rcpts):
        """Submits a message as a local program does, with sendmail(1): without smtpd."""
        done = subprocess.run(["/usr/sbin/sendmail", "-C", f"{self.dir}/etc", "-i", "-f",
                               sender, *rcpts], input=message, check=False,
                              capture_output=True, timeout=smtp.TIMEOUT)
        if done.returncode != 0:
            raise AssertionError(f"sendmail: {done}\n{self.log()}")

    @staticmethod
    def said(reply):
        """The text of the filter in a smtp.Reply at MAIL or RCPT."""
        return str(reply)

    def delivered(self, queue_id):
        """Waits for the message with this queue id in the sink: an smtp.Message."""
        return self.sink.wait(self._received(queue_id))

    def find_delivered(self, queue_id):
        """All of them until now; several when the MTA sends them to many recipients."""
        return self.sink.find(self._received(queue_id))

    @staticmethod
    def _received(queue_id):
        return rb"with \w+ id %s\b" % queue_id.encode()

    below_received = staticmethod(root.below_received)

    def mailbox(self):
        """The messages in the mailbox of box.example: bytes as the delivery agent wrote them."""
        found = []
        try:
            for name in sorted(os.listdir(f"{self.dir}/mail/box/new")):
                with open(f"{self.dir}/mail/box/new/{name}", "rb") as f:
                    found.append(f.read())
        except FileNotFoundError:
            pass
        return found

    def held(self, queue_id):
        """Whether a message is in the hold queue. Postfix does not store the reason."""
        return f'"queue_name": "hold", "queue_id": "{queue_id}"' in self.queue()

    def queued(self, queue_id):
        """Whether a message is in a queue. One that is in none has been delivered, or deleted."""
        return f'"queue_id": "{queue_id}"' in self.queue()

    def default(self, name):
        """Postfix's own default of a setting."""
        return self._run("postconf", "-dh", name).decode().strip()

    def queue(self):
        """The output of postqueue -j: "" when the queue is empty."""
        return self._run("postqueue", "-j").decode()

    def queue_file(self, queue_id):
        """The envelope records of a queue file as postcat prints them: lines of text."""
        return self._run("postcat", "-e", "-q", queue_id).decode("utf-8", "replace")


def _stock_services():
    """The services of Debian's master.cf without those on ports, each without chroot."""
    with open("/etc/postfix/master.cf.proto", encoding="utf-8") as f:
        lines = [line.split() for line in f if re.match(r"[a-z]", line)]
    kept = [w[:4] + ["n"] + w[5:] for w in lines if w[1] != "inet"]
    return "".join(" ".join(w) + "\n" for w in kept)
