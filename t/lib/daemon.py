"""Runs the daemon for a test: in a new temporary directory, with its log and its sd_notify(3)
messages at hand. Input: the text of a configuration. Output: a Daemon, whose attributes log and
notify.lines collect lines, and whose method milter() connects to it as an MTA.

    with Daemon(config(chain=["mark"], sections=HEADER)) as d:
        with d.milter() as m: ...
        d.log.wait(r"worker \\d+ .* SEGV")

In a configuration @DIR@ stands for the directory. The program is $POLYMILTER, or ./polymilter: a
test runs in the build directory. main() runs the tests of a file, need_root() runs it as root.
"""
import contextlib
import grp
import itertools
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

import milter

PROGRAM = os.path.abspath(os.environ.get("POLYMILTER", "polymilter"))
# The daemon with the test policies of t/process/policies.c.
TEST_PROGRAM = os.path.abspath(os.environ.get("POLYMILTER_TEST",
                                              os.path.join(os.path.dirname(PROGRAM),
                                                           "t/process/polymilter-test")))
TIMEOUT = milter.TIMEOUT


def wait_for(what, condition, timeout=TIMEOUT):
    """Calls condition until its result is true; returns the result. AssertionError after timeout
    seconds."""
    end = time.monotonic() + timeout
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > end:
            raise AssertionError(f"after {timeout} s still waiting for {what}")
        time.sleep(0.01)


class Lines:
    """Lines of output: one thread adds them, others search them and wait for them."""

    def __init__(self):
        self.lines = []
        self.changed = threading.Condition()

    def add(self, line):
        with self.changed:
            self.lines.append(line)
            self.changed.notify_all()

    def find(self, pattern, start=0):
        """The matches of a regular expression from line number start on, one for each line."""
        return [m for line in self.lines[start:] if (m := re.search(pattern, line))]

    def wait(self, pattern, count=1, start=0, timeout=TIMEOUT):
        """Waits for count lines that match, from line number start on; the last one's match."""
        with self.changed:
            if not self.changed.wait_for(lambda: len(self.find(pattern, start)) >= count,
                                         timeout):
                lines = "\n  ".join(self.lines[-40:])
                raise AssertionError(
                    f"no line matches within {timeout} s: {pattern}\n  {lines}")
            return self.find(pattern, start)[count - 1]

    def __len__(self):
        return len(self.lines)

    def __str__(self):
        return "\n".join(self.lines)


class Notify:
    """The service manager's end of sd_notify(3). Each message is one line of lines; the LF
    inside a message become ' | '."""

    def __init__(self, path):
        self.path = path
        self.lines = Lines()
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.sock.bind(path)
        os.chmod(path, 0o666)
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def _read(self):
        while data := self.sock.recv(65536):
            self.lines.add(data.decode().strip().replace("\n", " | "))

    def send(self, text):
        """Sends a message in place of the daemon. An empty message ends the thread."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
            s.sendto(text.encode(), self.path)

    def close(self):
        self.send("")
        self.thread.join()
        self.sock.close()


def drop_user():
    """(user, group) that the daemon drops to when root runs the test; else None."""
    if os.geteuid() != 0:
        return None
    entry = pwd.getpwnam("nobody")
    return entry.pw_name, grp.getgrgid(entry.pw_gid).gr_name


def ids(user, group):
    """(uid, gid) of the names."""
    return pwd.getpwnam(user).pw_uid, grp.getgrnam(group).gr_gid


def config(chain=(), sections="", workers="count = 2", limits="", log="", listener="",
           socket_at="unix:@DIR@/mx.sock", name="mx"):
    """The text of a small configuration with one listener."""
    return "\n".join([
        user_lines(),
        f"workers {{\n{workers}\n}}",
        f"limits {{\n{limits}\n}}" if limits else "",
        f'log {{\ntarget = "stderr"\n{log}\n}}',
        sections,
        listener_text(name, socket_at, chain, listener), ""])


def user_lines():
    """The options user and group of drop_user(), "" for None."""
    user = drop_user()
    return f'user = "{user[0]}"\ngroup = "{user[1]}"' if user else ""


def listener_text(name, socket_at, chain=(), more=""):
    """The section of a listener; more: further options of it."""
    names = ", ".join(f'"{c}"' for c in chain)
    mode = 'mode = "0666"\n' if socket_at.startswith("unix:") else ""
    return (f'listener "{name}" {{\nsocket = "{socket_at}"\n{mode}'
            f"chain = {{ {names} }}\n{more}\n}}")


def mark(value, title="mark"):
    """The section of a policy that adds the header X-Mark: value. Its title must be in the chain
    of a listener."""
    return (f'header "{title}" {{\nrule "{title}" {{ name = "X-Mark"  action = "add"  '
            f'value = "{value}" }}\n}}')


def process(pid):
    """The fields of /proc/PID/stat from the state on; None when the process has ended."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as f:
            return f.read().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None


def is_sanitized():
    """Whether the daemon is built with sanitizers."""
    with open(PROGRAM, "rb") as f:
        return b"__asan_init" in f.read()


def is_gone(pid):
    """Whether a process has ended; a zombie has."""
    fields = process(pid)
    return fields is None or fields[0] == "Z"


def sleeps(pid):
    """Whether a process waits for an event, so that it has no more work for now."""
    fields = process(pid)
    return fields is not None and fields[0] == "S"


def stop_processes(pids):
    """Sends SIGSTOP, and returns when all of them have stopped."""
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    wait_for("their stop", lambda: all(process(pid)[0] == "T" for pid in pids))


def continue_processes(pids):
    for pid in pids:
        os.kill(pid, signal.SIGCONT)


def _children(pid):
    """[(pid, state)] of the children of a process."""
    found = [(int(e), process(e)) for e in os.listdir("/proc") if e.isdigit()]
    return sorted((p, f[0]) for p, f in found if f is not None and int(f[1]) == pid)


def children(pid):
    """Pids of the children of a process that have not ended."""
    return [p for p, state in _children(pid) if state != "Z"]


def process_name(pid):
    """Its name as ps(1) shows it; "": it has ended."""
    try:
        with open(f"/proc/{pid}/comm", encoding="utf-8") as f:
            return f.read().rstrip("\n")
    except OSError:
        return ""


def zombies(pid):
    """Pids of the children of a process that have ended and were not waited for."""
    return [p for p, state in _children(pid) if state == "Z"]


def roots():
    """The root directories of all running processes, "/" among them."""
    found = set()
    for entry in os.listdir("/proc"):
        with contextlib.suppress(OSError):
            found.add(os.readlink(f"/proc/{int(entry)}/root") if entry.isdigit() else "/")
    return found


def cpu_seconds(pid):
    """User and system time that a process has used."""
    fields = process(pid)
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_kib(pid):
    """The memory that a process has resident and shares with no file, in KiB."""
    with open(f"/proc/{pid}/status", encoding="utf-8") as f:
        return int(re.search(r"RssAnon:\s+(\d+) kB", f.read()).group(1))


def loopback():
    """An address of 127.0.0.0/8 that is made of the pid: no other test uses it, so that all its
    ports are free."""
    pid = os.getpid()
    return f"127.{64 + (pid >> 16) % 64}.{(pid >> 8) & 255}.{pid & 255}"


# Below the ports that the kernel gives to clients; another test has others, mostly, since a daemon
# at 0.0.0.0 would meet those at all addresses.
_ports = itertools.count(10000 + os.getpid() * 16 % 20000)


def free_inet():
    """A free address of a listener, as a configuration writes it: inet:PORT@HOST."""
    return f"inet:{next(_ports)}@{loopback()}"


class Daemon:
    """The daemon, in the foreground. log: Lines of its standard error; notify: a Notify with its
    messages to the service manager.

    args: further arguments of the program; wrap: words before the program's name, of a command
    that runs it; env, preexec, pass_fds: as in subprocess.Popen; files: {name: text} of further
    files in the directory; parent: the folder that the directory is made in."""

    def __init__(self, text, args=(), start=True, wrap=(), env=None, files=None,
                 program=PROGRAM, preexec=None, pass_fds=(), parent=None):
        self.dir = tempfile.mkdtemp(prefix="polymilter-", dir=parent)
        os.chmod(self.dir, 0o755)
        self.path = os.path.join(self.dir, "polymilter.conf")
        self.pidfile = os.path.join(self.dir, "pid")
        self.write(text)
        for name, content in (files or {}).items():
            self.write(content, name)
        user = drop_user()
        if user:
            shutil.chown(self.dir, user[0], user[1])
        self.args, self.wrap, self.program = list(args), list(wrap), program
        self.preexec, self.pass_fds = preexec, pass_fds
        self.env = {**os.environ, **(env or {})}
        self.log, self.notify, self.proc, self.open_sessions = Lines(), None, None, []
        if start:
            try:
                self.start()
            except BaseException:
                self.clean()
                raise

    def __enter__(self):
        return self

    def __exit__(self, kind, *exc):
        self.clean()
        if kind is None:
            self.check_sanitizers()

    def check_sanitizers(self):
        """Fails when a process of a build with sanitizers has reported an error on stderr."""
        if self.log.find(r"Sanitizer: |runtime error:|Assertion"):
            raise AssertionError(str(self.log))

    def write(self, text, name=None):
        """Replaces the configuration, or the file name, by rename(2)."""
        path = os.path.join(self.dir, name) if name else self.path
        with open(path + ".new", "w", encoding="utf-8") as f:
            f.write(text.replace("@DIR@", self.dir))
        os.chmod(path + ".new", 0o644)
        os.rename(path + ".new", path)

    def start(self, wait=True):
        """Starts the daemon and waits for its READY=1."""
        self.notify = self.notify or Notify(os.path.join(self.dir, "notify"))
        before = len(self.notify.lines)
        self.proc = subprocess.Popen(
            self.wrap + [self.program, "-c", self.path] +
            [a.replace("@DIR@", self.dir) for a in self.args], stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE, env={**self.env, "NOTIFY_SOCKET": self.notify.path},
            preexec_fn=self.preexec, pass_fds=self.pass_fds)
        threading.Thread(target=self._read_log, args=(self.proc.stderr,), daemon=True).start()
        if wait:
            self.wait_ready(before)

    def wait_ready(self, before=0):
        """Waits for READY=1 in the messages from number before on."""
        wait_for("READY", lambda: self.notify.lines.find("READY=1", before) or
                 self.proc.poll() is not None)
        if self.proc.poll() is not None:
            self.log.wait("$^|.", timeout=1)
            raise AssertionError(f"exit {self.proc.returncode}\n{self.log}")

    def start_fails(self):
        """Starts a daemon that must end at once; returns its exit status."""
        self.start(wait=False)
        return self.proc.wait(TIMEOUT)

    def _read_log(self, pipe):
        for line in pipe:
            self.log.add(line.decode("utf-8", "replace").rstrip("\n"))
        pipe.close()

    @property
    def pid(self):
        return self.proc.pid

    def kill(self, number):
        """Sends a signal to the master process."""
        os.kill(self.pid, number)

    def reload(self, text=None, wait=True):
        """Sends SIGHUP, after replacing the configuration by text (None: as it is). Waits for the
        outcome: True when the new configuration is in use. None without waiting."""
        if text is not None:
            self.write(text)
        before = len(self.notify.lines)
        self.kill(signal.SIGHUP)
        if not wait:
            return None
        done = self.notify.lines.wait(r"READY=1(.*)", start=before)
        return "failed" not in done.group(1)

    def stop(self, number=signal.SIGTERM, timeout=TIMEOUT):
        """Sends a signal that stops the daemon, waits, and returns its exit status."""
        if self.proc.poll() is None:
            self.kill(number)
        return self.proc.wait(timeout)

    def clean(self):
        """Kills the daemon if it runs, closes all connections, removes the directory."""
        for m in self.open_sessions:
            m.close()
        if self.proc is not None:
            if self.proc.poll() is None:
                self.proc.kill()
            self.proc.wait()
        if self.notify is not None:
            self.notify.close()
        shutil.rmtree(self.dir, ignore_errors=True)

    @contextlib.contextmanager
    def limited(self, which, soft, pid=None):
        """Sets a soft resource limit of the master, or of another process of the daemon, inside a
        with statement."""
        pid = pid or self.pid
        before = self._limit(pid, which)
        self._limit(pid, which, soft, before[1])
        try:
            yield
        finally:
            self._limit(pid, which, *before)

    def _limit(self, pid, which, *new):
        """(soft, hard), and sets them when new is given. A process of the daemon's user does it,
        because root would need CAP_SYS_RESOURCE."""
        user = drop_user()
        options = {"user": user[0], "group": user[1], "extra_groups": []} if user else {}
        code = (f"import resource; print(*resource.prlimit({pid}, {which}"
                f"{', ' + repr(new) if new else ''}))")
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True,
                              check=True, **options)
        return tuple(int(x) for x in done.stdout.split())

    def workers(self):
        """Pids of the workers."""
        return [pid for pid in children(self.pid) if process_name(pid) == "polymilter-work"]

    def loaders(self):
        """Pids of the loaders, one for each generation."""
        return [pid for pid in children(self.pid) if process_name(pid) == "polymilter-load"]

    def address(self, name="mx"):
        """The address of the listener name, whose socket is @DIR@/NAME.sock."""
        return f"unix:{self.dir}/{name}.sock"

    def milter(self, name="mx", **options):
        """A new connection to the listener name. options: of milter.Milter."""
        return milter.Milter(self.address(name), **options)

    def sessions(self):
        """Opens sessions until each worker has one: {pid: [Milter, ...]}. clean() closes them.
        The log line of a message in it shows which worker has a session."""
        found = {pid: [] for pid in self.workers()}
        while not all(found.values()):
            if len(self.open_sessions) > 10 * len(found):
                raise AssertionError(f"some workers have no session: {found}")
            m = self.milter()
            self.open_sessions.append(m)
            m.hello()
            m.deliver(queue_id=f"PROBE{len(self.open_sessions)}")
            line = self.log.wait(rf"PROBE{len(self.open_sessions)}: .*session=(\w+)-")
            found[int(line.group(1), 16)].append(m)
        return found

    def session_counts(self, generation=1):
        """How many sessions each worker of a generation has, as the status shows it."""
        before = len(self.log)
        self.kill(signal.SIGUSR2)
        self.log.wait("status: .* lines lost", start=before)
        found = self.log.find(rf"worker \d+ of generation {generation}: (\d+) sessions", before)
        return [int(m.group(1)) for m in found]

    def deliver(self, name="mx", **message):
        """Delivers one message over a new connection; its Reply."""
        with self.milter(name) as m:
            reply = m.hello() or m.deliver(**message)
            m.quit()
            return reply


def run_program(*args, timeout=TIMEOUT, **options):
    """Runs polymilter with these arguments to its end: a CompletedProcess with text."""
    return subprocess.run([PROGRAM, *args], capture_output=True, text=True, timeout=timeout,
                          check=False, **options)


def need_root():
    """Runs the calling file again as root, with sudo -n; skips the test where that fails."""
    if os.geteuid() == 0:
        return
    try:
        may = subprocess.run(["sudo", "-n", "true"], stderr=subprocess.DEVNULL).returncode == 0
    except OSError:
        may = False
    if may:
        keep = [f"{k}={v}" for k, v in os.environ.items()
                if k.startswith(("POLYMILTER", "PYTHON", "ASAN_", "srcdir"))
                or k in ("CI", "TEST_TIMEOUT")]
        os.execvp("sudo", ["sudo", "-n", "env", *keep, sys.executable, *sys.argv])
    print("needs root, and there is no sudo without a password")
    sys.exit(77)


def main():
    """Runs the tests of the calling file. When one of them is skipped, the whole file counts as
    skipped, and its last line is the reason."""
    if not os.access(PROGRAM, os.X_OK):
        print(f"no {PROGRAM}")
        sys.exit(77)
    result = unittest.main(module="__main__", verbosity=2, exit=False).result
    if not result.wasSuccessful():
        sys.exit(1)
    if result.skipped:
        print("; ".join(f"{test.id().rpartition('.')[2]}: {why}" for test, why in result.skipped))
        sys.exit(77)
