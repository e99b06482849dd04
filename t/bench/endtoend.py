"""The group "postfix" of t/bench/run: the throughput of a Postfix without a milter, and with each
of the servers as its milter. t/mta/postfix.py runs the Postfix.
"""
import contextlib
import os
import statistics
import subprocess
import sys
import tempfile
import time

import loads
from report import Table, Threshold
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
MEASURED = "measured"  # polymilter with declared = no: it does not answer MAIL
MAIL = "mail"  # a bare loop that also answers MAIL


def missing():
    """What is missing for this measurement; None when it can be made."""
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
    """Inside of it temporary files are in memory, so that no disk is measured."""
    before = tempfile.tempdir
    if os.access("/dev/shm", os.W_OK):
        tempfile.tempdir = "/dev/shm"
    try:
        yield
    finally:
        tempfile.tempdir = before


def service(name, milter):
    """An smtpd whose mail passes the queue, and is then discarded."""
    return postfix.Service(name, milter, content_filter="discard:nowhere", max_use="100000",
                           smtpd_client_connection_rate_limit="0")


def queued(p):
    """The number of files in the queue."""
    return sum(len(files) for queue in ("incoming", "active", "deferred", "maildrop", "hold")
               for _, _, files in os.walk(f"{p.dir}/spool/{queue}"))


def deliver(p, name, count):
    """Sends count messages; seconds until the last one has left the queue."""
    began = time.monotonic()
    subprocess.run([_smtp_source(), "-s", str(SESSIONS), "-m", str(count), "-l", "4096",
                    "-f", "ann@example.org", "-t", "bob@example.com",
                    f"inet:{p.host}:{p.ports[name]}"], check=True, timeout=TIMEOUT)
    wait_until("the queue is empty", QUEUE_SECONDS, lambda: queued(p) == 0, step=0.01)
    return time.monotonic() - began


def in_pairs(settings, p, pairs, rounds):
    """Measures the two of each pair directly one after the other, in alternating order, so that
    disturbances of the machine affect both. Messages a second: {pair: [(first, second)]} of all
    rounds but the first, which is not counted."""
    found = {pair: [] for pair in pairs}
    count = settings.few(MESSAGES)
    for i in range(rounds + 1):
        for pair in pairs:
            rate = {name: count / deliver(p, name, count) for name in pair[::1 if i % 2 else -1]}
            if i > 0:
                found[pair].append(tuple(rate[name] for name in pair))
    return found


def quartiles(values):
    if len(values) < 2:
        return values * 3
    return statistics.quantiles(values, n=4, method="inclusive")


def spread(values, digits):
    """The text of a cell: the median, and the quartiles."""
    low, middle, high = quartiles(values)
    return f"{middle:.{digits}f} [{low:.{digits}f}-{high:.{digits}f}]"


def measure(settings, rounds):
    """Measures all pairs: (in_pairs(), Logged of polymilter)."""
    with in_memory(), contextlib.ExitStack() as stack:
        servers = loads.start_all(stack, "headers", kinds=(*NAMES, MAIL))
        ours = servers["polymilter"]
        p = stack.enter_context(postfix.Postfix(
            [service(NONE, ""), service(MEASURED, ours.address_of(MEASURED))]
            + [service(k, s.address) for k, s in servers.items()]))
        pairs = [("polymilter", k) for k in (NONE, *NAMES) if k in (NONE, *servers)
                 and k != "polymilter"]
        pairs += [(MEASURED, "bare"), (MAIL, "bare")]
        found = in_pairs(settings, p, pairs, rounds)
        ours.messages = (len(pairs) - 1) * (rounds + 1) * settings.few(MESSAGES)
        return found, loads.logged(ours)


def thresholds(ratios):
    for pair, what, limit in (
            (("polymilter", "bare"), "polymilter : bare loop, at least 0.97", 0.97),
            ((MEASURED, "bare"), "with declared = no : bare loop, at least 0.97", 0.97),
            (("polymilter", "p"), "polymilter : peer p, above 1", 1),
            (("polymilter", "q"), "polymilter : peer q, above 1", 1)):
        if pair in ratios:
            middle = quartiles(ratios[pair])[1]
            yield Threshold(what, f"{middle:.3f}", middle >= limit if limit < 1 else middle > limit)


def postfix_rows(settings):
    """The group "postfix"."""
    title = "Postfix end to end, 4 KiB, size + ten header rules"
    reason = missing()
    if reason:
        return Table(title, notes=[f"Not measured: {reason}."])
    rounds = 1 if settings.quick else PAIRS
    found, logged = measure(settings, rounds)
    ratios = {pair: [ours / its for ours, its in rates] for pair, rates in found.items()}
    names = {NONE: "no milter", **NAMES, MEASURED: "polymilter, declared = no",
             MAIL: "bare loop, MAIL answered"}
    rows = [[names[first], names[other], spread([a for a, _ in found[first, other]], 0),
             spread([b for _, b in found[first, other]], 0), spread(ratios[first, other], 3)]
            for first, other in found]
    return Table(
        title, head=["milter", "beside it", "messages a second", "of the other", "ratio"],
        rows=rows, thresholds=[*thresholds(ratios), *logged.thresholds()],
        notes=[f"Medians of {rounds} alternating pairs, quartiles in brackets. smtp-source sends "
               f"{settings.few(MESSAGES)} messages, each in a connection of its own, {SESSIONS} at "
               "once. The time ends when the last message has left the queue, by a transport that "
               f"discards it. The queue is in memory. {logged}",
               "The last row is the cost of an answer to MAIL alone: a bare loop with that answer, "
               "and one without.",
               "On a virtual machine the median of such a run is uncertain by about 0.03."])
