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
    wait_until("the queue is empty", QUEUE_SECONDS, lambda: queued(p) == 0, step=0.002)
    return time.monotonic() - began


def rounds(settings, p, names, pairs):
    """Messages a second of each, in the order of the rounds; the first one does not count."""
    rates = {name: [] for name in names}
    count = settings.few(MESSAGES)
    for i in range(pairs + 1):
        for name in names[i % len(names):] + names[:i % len(names)]:
            seconds = deliver(p, name, count)
            if i > 0:
                rates[name].append(count / seconds)
    return rates


def ratios(rates, name, other):
    return [a / b for a, b in zip(rates[name], rates[other])]


def quartiles(values):
    if len(values) < 2:
        return values * 3
    return statistics.quantiles(values, n=4, method="inclusive")


def spread(values, digits):
    low, middle, high = quartiles(values)
    return f"{middle:.{digits}f} [{low:.{digits}f}-{high:.{digits}f}]"


def measure(settings, pairs):
    """Rates by name, and what went by way of polymilter."""
    with in_memory(), contextlib.ExitStack() as stack:
        servers = loads.start_all(stack, "headers")
        p = stack.enter_context(postfix.Postfix(
            [service(NONE, "")] + [service(k, s.address) for k, s in servers.items()]))
        rates = rounds(settings, p, [NONE, *servers], pairs)
        servers["polymilter"].messages = (pairs + 1) * settings.few(MESSAGES)
        return rates, loads.logged(servers["polymilter"])


def goals(rates):
    found = quartiles(ratios(rates, "polymilter", "bare"))[1]
    yield Goal("polymilter : bare loop, at least 0.97", f"{found:.3f}", found >= 0.97)
    for peer in ("p", "q"):
        if peer in rates:
            found = quartiles(ratios(rates, "polymilter", peer))[1]
            yield Goal(f"polymilter : peer {peer}, above 1", f"{found:.3f}", found > 1)


def postfix_rows(settings):
    """Postfix end to end."""
    title = "Postfix end to end, 4 KiB, size + ten header rules"
    why = why_not()
    if why:
        return Table(title, notes=[f"Not measured: {why}."])
    pairs = 1 if settings.quick else PAIRS
    rates, logged = measure(settings, pairs)
    names = {NONE: "no milter", **NAMES}
    rows = [[names[name], spread(found, 0), spread(ratios(rates, name, "bare"), 3),
             spread(ratios(rates, name, NONE), 3)] for name, found in rates.items()]
    return Table(
        title, head=["milter", "messages a second", ": bare loop", ": no milter"], rows=rows,
        goals=[*goals(rates), *logged.goals()],
        notes=[f"Medians of {pairs} alternating rounds, quartiles in brackets. smtp-source hands "
               f"in {settings.few(MESSAGES)} messages, a connection each, {SESSIONS} at once; the "
               "time ends when the last has left the queue, by a transport that throws it away. "
               f"The queue is in memory. {logged}"])
