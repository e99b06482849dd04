"""A Postfix of our own with no milter, and with each of the servers as its milter."""
import contextlib
import os
import statistics
import subprocess
import sys
import tempfile
import time

import loads
from report import Goal, Table
from servers import NAMES, wait_until

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "lib"), os.path.join(HERE, "..", "mta")]
import postfix  # noqa: E402

PAIRS = 21
MESSAGES = 1500
SESSIONS = 10
QUEUE_SECONDS = 60
TIMEOUT = 120
NONE = "none"


def why_not():
    """Why this cannot be measured here; None when it can."""
    if os.geteuid() != 0:
        return "needs root"
    if not os.path.exists("/etc/postfix/master.cf.proto") or not _smtp_source():
        return "Postfix is not installed"
    return None


def _smtp_source():
    for directory in (*os.environ.get("PATH", "").split(":"), "/usr/sbin"):
        if os.access(f"{directory}/smtp-source", os.X_OK):
            return f"{directory}/smtp-source"
    return None


@contextlib.contextmanager
def in_memory():
    """Temporary files there: no disk between the messages and what is measured."""
    before = tempfile.tempdir
    if os.access("/dev/shm", os.W_OK):
        tempfile.tempdir = "/dev/shm"
    try:
        yield
    finally:
        tempfile.tempdir = before


def service(name, milter):
    """Its mail is thrown away once it has been through the queue."""
    return postfix.Service(name, milter, content_filter="discard:nowhere", max_use="100000",
                           smtpd_client_connection_rate_limit="0")


def queued(p):
    return sum(len(files) for queue in ("incoming", "active", "deferred", "maildrop", "hold")
               for _, _, files in os.walk(f"{p.dir}/spool/{queue}"))


def deliver(p, name, count):
    """Seconds from the first connection until the last message has left the queue."""
    began = time.monotonic()
    subprocess.run([_smtp_source(), "-s", str(SESSIONS), "-m", str(count), "-l", "4096",
                    "-f", "ann@example.org", "-t", "bob@example.com",
                    f"inet:{p.host}:{p.ports[name]}"], check=True, timeout=TIMEOUT)
    wait_until("the queue is empty", QUEUE_SECONDS, lambda: queued(p) == 0, step=0.01)
    return time.monotonic() - began


def in_pairs(settings, p, others, pairs):
    """polymilter and each other one, one right after the other, which of them first by turns:
    what the machine does to one it does to both. Messages a second: for each other one a list
    of (polymilter's, its own). Before them a round that does not count."""
    found = {name: [] for name in others}
    count = settings.few(MESSAGES)
    for i in range(pairs + 1):
        for name in others:
            order = ["polymilter", name] if i % 2 else [name, "polymilter"]
            rate = {n: count / deliver(p, n, count) for n in order}
            if i > 0:
                found[name].append((rate["polymilter"], rate[name]))
    return found


def quartiles(values):
    if len(values) < 2:
        return values * 3
    return statistics.quantiles(values, n=4, method="inclusive")


def spread(values, digits):
    low, middle, high = quartiles(values)
    return f"{middle:.{digits}f} [{low:.{digits}f}-{high:.{digits}f}]"


def measure(settings, pairs):
    """Pairs by the other one's name, and what went by way of polymilter."""
    with in_memory(), contextlib.ExitStack() as stack:
        servers = loads.start_all(stack, "headers")
        p = stack.enter_context(postfix.Postfix(
            [service(NONE, "")] + [service(k, s.address) for k, s in servers.items()]))
        others = [NONE, *(k for k in servers if k != "polymilter")]
        found = in_pairs(settings, p, others, pairs)
        servers["polymilter"].messages = len(others) * (pairs + 1) * settings.few(MESSAGES)
        return found, loads.logged(servers["polymilter"])


def goals(ratios):
    for name, what, limit in (("bare", "bare loop, at least 0.97", 0.97),
                              ("p", "peer p, above 1", 1), ("q", "peer q, above 1", 1)):
        if name in ratios:
            middle = quartiles(ratios[name])[1]
            yield Goal(f"polymilter : {what}", f"{middle:.3f}",
                       middle >= limit if name == "bare" else middle > limit)


def postfix_rows(settings):
    """Postfix end to end."""
    title = "Postfix end to end, 4 KiB, size + ten header rules"
    why = why_not()
    if why:
        return Table(title, notes=[f"Not measured: {why}."])
    pairs = 1 if settings.quick else PAIRS
    found, logged = measure(settings, pairs)
    ratios = {name: [ours / its for ours, its in rates] for name, rates in found.items()}
    names = {NONE: "no milter", **NAMES}
    rows = [[names[name], spread([its for _, its in rates], 0),
             spread([ours for ours, _ in rates], 0), spread(ratios[name], 3)]
            for name, rates in found.items()]
    return Table(
        title, head=["milter", "messages a second", "polymilter beside it", "polymilter : it"],
        rows=rows, goals=[*goals(ratios), *logged.goals()],
        notes=[f"Medians of {pairs} alternating pairs, quartiles in brackets. smtp-source hands "
               f"in {settings.few(MESSAGES)} messages, a connection each, {SESSIONS} at once; the "
               "time ends when the last has left the queue, by a transport that throws it away. "
               f"The queue is in memory. {logged}"])
