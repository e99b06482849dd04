"""The groups "idle" and "beside" of t/bench/run: the memory of idle connections, and the cost of an
active connection beside them.
"""
import contextlib
import resource
import statistics

from loads import at_most, cell, start_all
from report import Table, Threshold
from servers import NAMES, play

COUNTS = (10, 100, 1000, 10000)
ROUNDS = 3  # at most, since memory varies less than time
BESIDE_ROUNDS = 11  # at least, since the difference is small
MEMORY_BYTES = 1024  # the threshold for one idle connection
SPARE_FILES = 200  # files of a process other than connections
WARM = ["--messages", "500", "--connections", "16"]


def counts(settings):
    """The numbers of idle connections that the limit of open files allows."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1] - SPARE_FILES
    return COUNTS[:1] if settings.quick else [n for n in COUNTS if n <= most]


def held(kind, count):
    """Bytes of memory for each of count connections, in a server that has filtered messages
    before. None when the server is not built."""
    with contextlib.ExitStack() as stack:
        server = start_all(stack, "headers", kinds=[kind]).get(kind)
        if server is None:
            return None
        play(server, *WARM)
        memory = play(server, "--messages", "1", "--connections", "1", "--idle",
                      str(count))["memory"]
        return memory and (memory["idle"]["pss"] - memory["before"]["pss"]) / count


def idle(settings):
    """The group "idle": memory of idle connections."""
    rows, most = [], None
    for count in counts(settings):
        found = {kind: [held(kind, count) for _ in range(min(ROUNDS, settings.rounds))]
                 for kind in NAMES}
        known = {kind: [n for n in v if n is not None] for kind, v in found.items()}
        rows.append([str(count), *(cell(known[kind]) for kind in NAMES)])
        most = statistics.median(known["polymilter"]) if known["polymilter"] else None
    thresholds = [] if most is None else [
        Threshold(f"bytes for each of {counts(settings)[-1]}, at most {MEMORY_BYTES}",
                  f"{most:.0f}", most <= MEMORY_BYTES)]
    return Table(
        "Idle connections: bytes resident for each",
        head=["connections", *(NAMES[kind].partition(":")[0].partition(",")[0]
                               for kind in NAMES)],
        rows=rows, thresholds=thresholds,
        notes=["The growth of Pss, the sum over the server's processes, between the moment before "
               "the connections and the moment when all have sent HELO, after 500 messages that "
               "are not counted. The kernel's memory is not included. Each figure is of a new "
               "server."])


def beside(settings):
    """The group "beside": an active session beside idle ones."""
    count = counts(settings)[-1]
    load = ["--messages", str(settings.few(20000)), "--connections", "1", "--size", "4K",
            "--per-connection", "100"]
    rows, thresholds = [], []
    for kind in ("polymilter", "bare"):
        alone, with_idle = beside_turns(settings, kind, load, count)
        ratio = statistics.median(b / a for a, b in zip(alone, with_idle))
        rows.append([NAMES[kind], cell(alone), cell(with_idle), f"{ratio:.3f}"])
        if kind == "polymilter":
            thresholds = at_most(f"beside {count} : alone", ratio, 1.05)
    return Table("An active session beside idle connections, 4 KiB, size + ten header rules",
                 head=["CPU, us a message", "alone", f"beside {count}", "beside : alone"],
                 rows=rows, thresholds=thresholds,
                 notes=[f"One connection sends messages, in {BESIDE_ROUNDS} rounds."])


def beside_turns(settings, kind, load, count):
    """CPU time of a message, of each round: ([alone], [beside count idle connections])."""
    alone, with_idle = [], []
    with contextlib.ExitStack() as stack:
        server = start_all(stack, "headers", kinds=[kind])[kind]
        play(server, *WARM)
        for i in range(1 if settings.quick else max(BESIDE_ROUNDS, settings.rounds)):
            runs = [(alone, []), (with_idle, ["--idle", str(count)])]
            for results, options in runs[::1 if i % 2 else -1]:
                results.append(play(server, *load, *options)["cpu_us_per_message"])
    return alone, with_idle
