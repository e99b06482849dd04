"""The group "services" of t/bench/run: what it costs that a message waits for a service."""
import contextlib
import os
import resource
import signal
import statistics
import subprocess
import sys
import time


from loads import BASE, at_most, cell
from report import Table, Threshold
from servers import HERE, play, start, wait_until

sys.path[:0] = [os.path.join(HERE, "..", "lib")]
import milter  # noqa: E402

PROGRAM = "t/bench/scanner"
COST_US = 60  # the threshold of one question
WAITING = 2000
HELD_BYTES = 4096  # the threshold of one message that waits
SPARE_FILES = 200
LATENCY_RATIO = 1.5
PROBES = 2000


class Scanner:
    """t/bench/scanner beside a server of servers.py."""

    def __init__(self, server):
        self.path = server.dir + "/scanner.sock"
        self.proc = subprocess.Popen([PROGRAM, self.path])
        wait_until("the scanner listens", 10, lambda: os.path.exists(self.path))

    def hold(self, wanted):
        if wanted:
            open(self.path + ".hold", "w").close()
        else:
            os.unlink(self.path + ".hold")

    def answer(self):
        self.proc.send_signal(signal.SIGUSR1)

    def connections(self):
        return len(os.listdir(f"/proc/{self.proc.pid}/fd"))

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.proc.kill()
        self.proc.wait()


def cost(settings, size, count):
    """CPU time of a message in the daemon's processes: ([asked], [with the policy off])."""
    asked, off = [], []
    with start("polymilter", "asks") as server, Scanner(server):
        addresses = {"asks": asked, "asks-not": off}
        for i in range(settings.rounds + 1):
            for name, results in list(addresses.items())[::1 if i % 2 else -1]:
                server.address = server.address_of(name)
                result = play(server, "--messages", str(settings.few(count)), *BASE, "--size", size)
                if i > 0 or settings.quick:
                    results.append(result["cpu_us_per_message"])
    return asked, off


def worker_of(server):
    """The pid of the daemon's only worker."""
    for pid in os.listdir("/proc"):
        with contextlib.suppress(OSError, ValueError):
            with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as f:
                name, rest = f.read().split("(", 1)[1].rsplit(")", 1)
            if name == "polymilter-work" and int(rest.split()[1]) == server.pid:
                return int(pid)
    raise SystemExit("bench: the daemon has no worker")


def pss(pid):
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as f:
        return next(int(line.split()[1]) for line in f if line.startswith("Pss:")) * 1024


def begin(address, queue_id):
    """A connection with a message whose end has not been sent."""
    m = milter.Milter(address)
    m.hello()
    m.macros(b"M", {"i": queue_id})
    m.mail()
    m.rcpt()
    m.data()
    m.header("Subject", "x")
    m.eoh()
    m.body(b"x" * 70 + b"\r\n")
    return m


def latencies(server):
    """Seconds of a whole small message, on a connection of its own, at a listener that asks
    nothing."""
    found = []
    address = server.address_of("asks-not")
    for _ in range(PROBES):
        began = time.monotonic()
        with milter.Milter(address) as m:
            m.hello()
            m.deliver()
        found.append(time.monotonic() - began)
    return found


def p99(values):
    return sorted(values)[len(values) * 99 // 100]


def held(settings):
    """Bytes of a worker for each message that is held at its end without a service, and for each
    that waits for one; and the latency of other mail without and with them."""
    count = min(WAITING, resource.getrlimit(resource.RLIMIT_NOFILE)[1] - SPARE_FILES)
    count = settings.few(count)
    with start("polymilter", "asks", workers=1) as server, Scanner(server) as scanner:
        worker = worker_of(server)
        play(server, "--messages", "500", "--connections", "16")
        quiet = latencies(server) if not settings.quick else [1]
        before = pss(worker)
        senders = [begin(server.address, f"Q{i}") for i in range(count)]
        wait_until("all is read", 60, lambda: all(m.is_read() for m in senders))
        without = pss(worker)
        scanner.hold(True)
        for m in senders:
            m.send(milter.frame(b"E"))
        wait_until("all wait", 60, lambda: scanner.connections() >= count)
        waiting = pss(worker)
        busy = latencies(server) if not settings.quick else [1]
        scanner.answer()
        for m in senders:
            if not m.read_reply().passed:
                raise SystemExit("bench: a message that waited was not accepted")
            m.close()
    return count, (without - before) / count, (waiting - without) / count, p99(quiet), p99(busy)


def waiting(settings):
    """The group "services"."""
    rows, thresholds = [], []
    for size, count in (("4K", 20000), ("100K", 5000)):
        asked, off = cost(settings, size, count)
        more = statistics.median(a - b for a, b in zip(asked, off))
        rows.append([f"{size}iB: CPU us a message, asked; with mode = off; more", cell(asked),
                     cell(off), f"{more:.1f}"])
        if size == "4K":
            thresholds += at_most("CPU us of one question, 4 KiB", more, COST_US)
    n, without, more, quiet, busy = held(settings)
    rows.append([f"{n} messages at once in a worker: bytes of each; without a service; more",
                 f"{without + more:.0f}", f"{without:.0f}", f"{more:.0f}"])
    rows.append([f"latency of other mail meanwhile, p99 in ms; before; ratio",
                 f"{busy * 1e3:.2f}", f"{quiet * 1e3:.2f}", f"{busy / quiet:.2f}"])
    thresholds += [Threshold(f"bytes more of a message that waits, at most {HELD_BYTES}",
                             f"{more:.0f}", more <= HELD_BYTES)]
    thresholds += at_most("latency of other mail meanwhile : before", busy / quiet, LATENCY_RATIO)
    return Table(
        "A message waits for a service that answers at once (t/bench/scanner)",
        head=["", "with the service", "without", "difference"], rows=rows, thresholds=thresholds,
        notes=["All processes of the daemon count, the connector too; the scanner does not. Bytes "
               "are Pss of the worker. Messages that wait were held before behind their body, "
               "without the end of the message."])
