"""Starts the daemon for a test, in a directory of its own, and watches it.

    with Daemon(config(chain=["mark"], sections=HEADER)) as d:
        with d.milter() as m: ...
        d.log.wait(r"worker \\d+ .* SEGV")

In a configuration @DIR@ stands for the directory. The program is $POLYMILTER, else ./polymilter:
run a test in the build directory.
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
# The one with the policies of t/process/policies.c.
TEST_PROGRAM = os.path.abspath(os.environ.get("POLYMILTER_TEST",
                                              os.path.join(os.path.dirname(PROGRAM),
                                                           "t/process/polymilter-test")))
TIMEOUT = milter.TIMEOUT


def wait_for(what, condition, timeout=TIMEOUT):
    """Calls condition until it is true, and returns its result."""
    end = time.monotonic() + timeout
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > end:
            raise AssertionError(f"after {timeout} s still waiting for {what}")
        time.sleep(0.01)


class Lines:
    """What somebody says line by line, gathered by a thread, with waiting."""

    def __init__(self):
        self.lines = []
        self.news = threading.Condition()

    def add(self, line):
        with self.news:
            self.lines.append(line)
            self.news.notify_all()

    def find(self, pattern, start=0):
        return [m for line in self.lines[start:] if (m := re.search(pattern, line))]

    def wait(self, pattern, count=1, start=0, timeout=TIMEOUT):
        """The count-th match from line start on."""
        with self.news:
            if not self.news.wait_for(lambda: len(self.find(pattern, start)) >= count, timeout):
                said = "\n  ".join(self.lines[-40:])
                raise AssertionError(f"not said within {timeout} s: {pattern}\n  {said}")
            return self.find(pattern, start)[count - 1]

    def __len__(self):
        return len(self.lines)

    def __str__(self):
        return "\n".join(self.lines)


class Notify:
    """The service manager's end of sd_notify(3): each message is one line, \\n as ' | '."""

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

    def say(self, text):
        """A message of the test itself; an empty one ends the thread."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
            s.sendto(text.encode(), self.path)

    def close(self):
        self.say("")
        self.thread.join()
        self.sock.close()


def drop_user():
    """Whom the daemon becomes in a test that root runs: (name, group's name), or None."""
    if os.geteuid() != 0:
        return None
    entry = pwd.getpwnam("nobody")
    return entry.pw_name, grp.getgrgid(entry.pw_gid).gr_name


def ids(user, group):
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
    user = drop_user()
    return f'user = "{user[0]}"\ngroup = "{user[1]}"' if user else ""


def listener_text(name, socket_at, chain=(), more=""):
    names = ", ".join(f'"{c}"' for c in chain)
    mode = 'mode = "0666"\n' if socket_at.startswith("unix:") else ""
    return (f'listener "{name}" {{\nsocket = "{socket_at}"\n{mode}'
            f"chain = {{ {names} }}\n{more}\n}}")


def mark(value, title="mark"):
    """A policy that adds the header X-Mark: value; the chain needs its title."""
    return (f'header "{title}" {{\nrule "{title}" {{ name = "X-Mark"  action = "add"  '
            f'value = "{value}" }}\n}}')


def process(pid):
    """The fields of /proc/PID/stat from the state on, or None when it is gone."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as f:
            return f.read().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None


def is_gone(pid):
    fields = process(pid)
    return fields is None or fields[0] == "Z"


def sleeps(pid):
    """Whether it has done all it can do for now."""
    fields = process(pid)
    return fields is not None and fields[0] == "S"


def stop_processes(pids):
    """SIGSTOP; they have stopped when it returns."""
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    wait_for("their stop", lambda: all(process(pid)[0] == "T" for pid in pids))


def continue_processes(pids):
    for pid in pids:
        os.kill(pid, signal.SIGCONT)


def _children(pid):
    found = [(int(e), process(e)) for e in os.listdir("/proc") if e.isdigit()]
    return sorted((p, f[0]) for p, f in found if f is not None and int(f[1]) == pid)


def children(pid):
    """Pids of the live children of a process."""
    return [p for p, state in _children(pid) if state != "Z"]


def zombies(pid):
    return [p for p, state in _children(pid) if state == "Z"]


def roots():
    """The root directories that live processes have."""
    found = set()
    for entry in os.listdir("/proc"):
        with contextlib.suppress(OSError):
            found.add(os.readlink(f"/proc/{int(entry)}/root") if entry.isdigit() else "/")
    return found


def cpu_seconds(pid):
    """User and system time a process has used."""
    fields = process(pid)
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def loopback():
    """An address that only this process uses, so that all its ports are free."""
    pid = os.getpid()
    return f"127.{64 + (pid >> 16) % 64}.{(pid >> 8) & 255}.{pid & 255}"


_ports = itertools.count(20000)


def free_inet():
    """Where nobody else listens, as a configuration names it."""
    return f"inet:{next(_ports)}@{loopback()}"


class Daemon:
    """The daemon in the foreground. log: its lines on stderr; notify: what it told systemd."""

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
        self.log, self.notify, self.proc, self.held = Lines(), None, None, []
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
        """A build with sanitizers says on stderr what it found, in whatever process."""
        if self.log.find(r"Sanitizer: |runtime error:|Assertion"):
            raise AssertionError(str(self.log))

    def write(self, text, name=None):
        """Replaces the configuration (or another file) in one step."""
        path = os.path.join(self.dir, name) if name else self.path
        with open(path + ".new", "w", encoding="utf-8") as f:
            f.write(text.replace("@DIR@", self.dir))
        os.chmod(path + ".new", 0o644)
        os.rename(path + ".new", path)

    def start(self, wait=True):
        """Starts it, and waits until it says that it is ready."""
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
        """Until it is, as it says in its messages from that one on."""
        wait_for("READY", lambda: self.notify.lines.find("READY=1", before) or
                 self.proc.poll() is not None)
        if self.proc.poll() is not None:
            self.log.wait("$^|.", timeout=1)
            raise AssertionError(f"exit {self.proc.returncode}\n{self.log}")

    def start_fails(self):
        """Starts it; its exit status."""
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
        """Sends the master a signal."""
        os.kill(self.pid, number)

    def reload(self, text=None, wait=True):
        """SIGHUP. Waits for its outcome; True when it was taken."""
        if text is not None:
            self.write(text)
        before = len(self.notify.lines)
        self.kill(signal.SIGHUP)
        if not wait:
            return None
        done = self.notify.lines.wait(r"READY=1(.*)", start=before)
        return "failed" not in done.group(1)

    def stop(self, number=signal.SIGTERM, timeout=TIMEOUT):
        """Its exit status."""
        if self.proc.poll() is None:
            self.kill(number)
        return self.proc.wait(timeout)

    def clean(self):
        for m in self.held:
            m.close()
        if self.proc is not None:
            if self.proc.poll() is None:
                self.proc.kill()
            self.proc.wait()
        if self.notify is not None:
            self.notify.close()
        shutil.rmtree(self.dir, ignore_errors=True)

    @contextlib.contextmanager
    def limited(self, which, soft):
        """Its soft resource limit, for a while."""
        before = self._limit(which)
        self._limit(which, soft, before[1])
        try:
            yield
        finally:
            self._limit(which, *before)

    def _limit(self, which, *new):
        """By a process of its user: root may not always."""
        user = drop_user()
        options = {"user": user[0], "group": user[1], "extra_groups": []} if user else {}
        code = (f"import resource; print(*resource.prlimit({self.pid}, {which}"
                f"{', ' + repr(new) if new else ''}))")
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True,
                              check=True, **options)
        return tuple(int(x) for x in done.stdout.split())

    def workers(self):
        return children(self.pid)

    def address(self, name="mx"):
        return f"unix:{self.dir}/{name}.sock"

    def milter(self, name="mx", **options):
        return milter.Milter(self.address(name), **options)

    def sessions(self):
        """Sessions, at least one on each worker: {pid: [Milter, ...]}. They are closed with the
        daemon. Which worker has one is told by the log, for a message in it."""
        found = {pid: [] for pid in self.workers()}
        while not all(found.values()):
            if len(self.held) > 10 * len(found):
                raise AssertionError(f"no sessions for some: {found}")
            m = self.milter()
            self.held.append(m)
            m.hello()
            m.deliver(queue_id=f"PROBE{len(self.held)}")
            said = self.log.wait(rf"PROBE{len(self.held)}: .*session=(\w+)-")
            found[int(said.group(1), 16)].append(m)
        return found

    def deliver(self, name="mx", **message):
        """One message over a connection of its own."""
        with self.milter(name) as m:
            reply = m.hello() or m.deliver(**message)
            m.quit()
            return reply


def run_program(*args, timeout=TIMEOUT, **options):
    """The program to its end: a CompletedProcess with text."""
    return subprocess.run([PROGRAM, *args], capture_output=True, text=True, timeout=timeout,
                          check=False, **options)


def need_root():
    """Runs the calling file again as root, by sudo -n, or skips it."""
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
    """Runs the tests of the calling file. What is skipped in it is not passed over."""
    if not os.access(PROGRAM, os.X_OK):
        print(f"no {PROGRAM}")
        sys.exit(77)
    result = unittest.main(module="__main__", verbosity=2, exit=False).result
    if not result.wasSuccessful():
        sys.exit(1)
    if result.skipped:
        print("; ".join(f"{test.id().rpartition('.')[2]}: {why}" for test, why in result.skipped))
        sys.exit(77)
