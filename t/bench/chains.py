"""The group "chains" of t/bench/run: polymilter that asks clamd and rspamd, against clamav-milter
and rspamd's proxy as two milters of Postfix, and against MIMEDefang. All ask the same clamd and the
same rspamd, whose CPU time does not count.
"""
import contextlib
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import unittest

import endtoend
from report import Table, Threshold
from servers import HERE, wait_until

sys.path[:0] = [os.path.join(HERE, "..", "services")]
import postfix  # noqa: E402

ROUNDS = 5
MESSAGES = 300
LEAST_OF_MIMEDEFANG = 3
OURS, TWO, PERL = "polymilter", "clamav-milter and rspamd's proxy", "MIMEDefang"
CONFIGURATION = """\
user = ""
workers {{ count = 2 }}
log {{ target = "stderr" }}
control {{ socket = "unix:{dir}/control.sock" }}
service "av" {{ server = "{clamd}" }}
service "spam" {{ server = "{rspamd}" }}
clamd "virus" {{ service = "av" }}
rspamd "junk" {{ service = "spam" }}
listener "av" {{ socket = "unix:{dir}/av.sock"  mode = "0666"  chain = {{ "virus" }} }}
listener "mx" {{ socket = "unix:{dir}/mx.sock"  mode = "0666"  chain = {{ "virus", "junk" }} }}
"""
# It asks nobody, which is less work than the others have.
FILTER = """\
sub filter_begin { }
sub filter_end { }
1;
"""


def load_test_servers():
    """t/services/servers.py, whose name is that of a file here."""
    import importlib.util
    path = os.path.join(HERE, "..", "services", "servers.py")
    spec = importlib.util.spec_from_file_location("test_servers", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def tree(roots):
    """The pids of these processes and of all below them."""
    parents = {}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as f:
                parents[int(pid)] = int(f.read().rpartition(")")[2].split()[1])
    found = set(roots)
    while more := {p for p, parent in parents.items() if parent in found} - found:
        found |= more
    return found & set(parents)


def cpu_us(pids):
    total = 0
    for pid in pids:
        with contextlib.suppress(OSError):
            with open(f"/proc/{pid}/schedstat", encoding="ascii") as f:
                total += int(f.read().split()[0])
    return total / 1e3


def title(pid):
    with contextlib.suppress(OSError):
        with open(f"/proc/{pid}/cmdline", "rb") as f:
            return f.read().replace(b"\0", b" ").decode(errors="replace")
    return ""


class Ours:
    """The daemon with a chain of two policies."""
    def __init__(self, clamd, rspamd):
        self.dir = tempfile.mkdtemp(prefix="bench-")
        os.chmod(self.dir, 0o755)
        path = f"{self.dir}/polymilter.conf"
        with open(path, "w", encoding="utf-8") as f:
            f.write(CONFIGURATION.format(dir=self.dir, clamd=clamd.address,
                                         rspamd=rspamd.address))
        self.proc = subprocess.Popen(["./polymilter", "-c", path, "-p", f"{self.dir}/pid"],
                                     stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until("polymilter answers", 60, lambda: os.path.exists(f"{self.dir}/pid"))
        self.milters = f"unix:{self.dir}/mx.sock"

    def pids(self):
        return tree([self.proc.pid])

    def close(self):
        self.proc.terminate()
        self.proc.wait()
        shutil.rmtree(self.dir, ignore_errors=True)


class Two:
    """clamav-milter, and the proxy of the rspamd that is there."""
    def __init__(self, test_servers, clamd, rspamd):
        self.rspamd = rspamd
        self.milter = test_servers.ClamavMilter(clamd)
        self.milter.__enter__()
        self.milters = f"{self.milter.address}, {rspamd.proxy_address}"

    def pids(self):
        proxies = {p for p in tree([self.rspamd.proc.pid]) if "rspamd_proxy" in title(p)}
        return tree([self.milter.proc.pid]) | proxies

    def close(self):
        self.milter.__exit__(None, None, None)


class Mimedefang:
    """MIMEDefang with its multiplexor and four processes of Perl."""
    def __init__(self):
        self.dir = tempfile.mkdtemp(prefix="bench-")
        os.chmod(self.dir, 0o777)
        with open(f"{self.dir}/filter", "w", encoding="ascii") as f:
            f.write(FILTER)
        os.mkdir(f"{self.dir}/spool", 0o700)
        shutil.chown(f"{self.dir}/spool", "defang", "defang")
        self.multiplexor = subprocess.Popen(
            ["mimedefang-multiplexor", "-D", "-U", "defang", "-F", f"{self.dir}/filter", "-z",
             f"{self.dir}/spool", "-m", "4", "-x", "4", "-q", "100", "-Q", "60", "-s", f"{self.dir}/spool/mx.sock", "-l"],
            stdin=subprocess.DEVNULL)
        wait_until("the multiplexor answers", 60,
                   lambda: os.path.exists(f"{self.dir}/spool/mx.sock"))
        self.proc = subprocess.Popen(
            ["mimedefang", "-D", "-U", "defang", "-m", f"{self.dir}/spool/mx.sock", "-z",
             f"{self.dir}/spool", "-p", f"{self.dir}/spool/md.sock"], stdin=subprocess.DEVNULL)
        wait_until("mimedefang answers", 60, lambda: os.path.exists(f"{self.dir}/spool/md.sock"))
        os.chmod(f"{self.dir}/spool", 0o711)
        os.chmod(f"{self.dir}/spool/md.sock", 0o666)
        self.milters = f"unix:{self.dir}/spool/md.sock"

    def pids(self):
        return tree([self.proc.pid, self.multiplexor.pid])

    def close(self):
        for proc in (self.proc, self.multiplexor):
            proc.terminate()
            proc.wait()
        shutil.rmtree(self.dir, ignore_errors=True)


def play(p, name, filters, count):
    """(messages a second, CPU us a message of Postfix and the filters)."""
    with open(f"{p.dir}/spool/pid/master.pid", encoding="ascii") as f:
        mta = int(f.read())
    before = {pid: cpu_us([pid]) for pid in tree([mta]) | filters.pids()}
    seconds = endtoend.deliver(p, name, count)
    after = tree([mta]) | filters.pids()
    used = sum(cpu_us([pid]) - before.get(pid, 0) for pid in after)
    return count / seconds, used / count


def play_direct(filters, address, message, count):
    """CPU us a message of the filter alone, without an MTA."""
    before = {pid: cpu_us([pid]) for pid in filters.pids()}
    subprocess.run(["./polymilterctl", "bench", address, "--messages", str(count), "--message",
                    message, "--connections", "4"], check=True, stdout=subprocess.DEVNULL)
    return sum(cpu_us([pid]) - before.get(pid, 0) for pid in filters.pids()) / count


def direct(settings, ours):
    """CPU us a message: [both policies, clamd alone, MIMEDefang]; None: it is not installed."""
    if not shutil.which("mimedefang"):
        return None
    message = f"{ours.dir}/message.eml"  # with names that rspamd need not look up
    with open(message, "w", encoding="ascii") as f:
        f.write("From: ann@example.org\nTo: bob@example.com\nSubject: x\n\n" + ("x" * 70 + "\n") * 55)
    perl = Mimedefang()
    try:
        plan = [(ours, ours.milters), (ours, f"unix:{ours.dir}/av.sock"), (perl, perl.milters)]
        rounds = [[play_direct(filters, address, message, settings.few(MESSAGES))
                   for filters, address in plan] for _ in range(ROUNDS + 1)]
    finally:
        perl.close()
    return [statistics.median(column) for column in zip(*rounds[1:])]


def in_turns(settings, p, filters):
    """{name: [(messages a second, CPU us)]} of all rounds but the first."""
    found = {name: [] for name in filters}
    count = settings.few(MESSAGES)
    rounds = 1 if settings.quick else max(ROUNDS, settings.rounds)
    for i in range(rounds + 1):
        for name in list(filters)[::1 if i % 2 else -1]:
            result = play(p, name.split()[0], filters[name], count)
            if i > 0:
                found[name].append(result)
    return found


def measure(settings):
    test_servers = load_test_servers()
    with endtoend.in_memory(), contextlib.ExitStack() as stack:
        clamd = stack.enter_context(test_servers.Clamd(settings="MaxThreads 4"))
        rspamd = stack.enter_context(test_servers.Rspamd())
        filters = {OURS: Ours(clamd, rspamd), TWO: Two(test_servers, clamd, rspamd)}
        for f in filters.values():
            stack.callback(f.close)
        p = stack.enter_context(postfix.Postfix(
            [endtoend.service(name.split()[0], f.milters) for name, f in filters.items()]))
        return in_turns(settings, p, filters), direct(settings, filters[OURS])


def chains(settings):
    """The group "chains"."""
    heading = "Postfix, clamd and rspamd, 4 KiB: one chain, two milters, MIMEDefang"
    reason = endtoend.missing()
    if reason:
        return Table(heading, notes=[f"Not measured: {reason}."])
    try:
        found, alone = measure(settings)
    except unittest.SkipTest as e:
        return Table(heading, notes=[f"Not measured: {e}."])
    rows = [[name, endtoend.spread([r for r, _ in results], 0),
             endtoend.spread([c for _, c in results], 0)] for name, results in found.items()]
    rate = {name: statistics.median(r for r, _ in results) for name, results in found.items()}
    cost = {name: statistics.median(c for _, c in results) for name, results in found.items()}
    thresholds = [
        Threshold(f"messages a second, polymilter : {TWO}, above 1",
                  f"{rate[OURS] / rate[TWO]:.2f}", rate[OURS] > rate[TWO]),
        Threshold(f"CPU, {TWO} : polymilter, above 1", f"{cost[TWO] / cost[OURS]:.2f}",
                  cost[TWO] > cost[OURS])]
    notes = ["MIMEDefang is not installed."]
    if alone is not None:
        both, virus, perl = alone
        notes = [f"Without Postfix, CPU us a message: polymilter that asks both {both:.0f}, that "
                 f"asks clamd {virus:.0f}; {PERL} with an empty filter, which asks nobody, "
                 f"{perl:.0f}."]
        thresholds.append(Threshold(
            f"CPU, {PERL} that asks nobody : polymilter that asks clamd, at least "
            f"{LEAST_OF_MIMEDEFANG}", f"{perl / virus:.1f}", perl >= LEAST_OF_MIMEDEFANG * virus))
    return Table(heading, head=["milters", "messages a second", "CPU, us a message"], rows=rows,
                 thresholds=thresholds,
                 notes=["CPU of Postfix and the filters, not of clamd and of rspamd's normal worker.",
                        "Medians of alternating rounds, quartiles in brackets.",
                        *notes])
