"""The groups of t/bench/run that measure CPU time or throughput. Each row is one load, which all
servers get in turns. Input: Settings of t/bench/run; output: a report.Table.
"""
import contextlib
import statistics
import sys

import messages
from report import Table, Threshold
from servers import NAMES, Missing, play, start

LEAST_LOGGED = 0.95
HEAD = ["CPU, us a message", "polymilter", "peer p", "peer q", "bare loop", "p : polymilter",
        "q : polymilter", "polymilter : bare", "polymilter: messages a CPU second"]


class Load:
    """A row of a table. chain: a listener of polymilter.conf; count: (messages in a round for
    polymilter and the bare loop, fewer for the slower peers); options: of polymilterctl bench;
    outcome and changes: the result of each message, and how many changes a filter makes to it."""

    def __init__(self, title, chain, count, options=(), outcome="delivered", changes=0):
        self.title, self.chain, self.count, self.options = title, chain, count, list(options)
        self.outcome, self.changes = outcome, changes

    def messages(self, kind, settings):
        return settings.few(self.count[0 if kind in ("polymilter", "bare") else 1])


class Logged:
    """How many of the messages to the daemon have a line in its log."""

    def __init__(self, messages=0, lines=0):
        self.messages, self.lines = messages, lines

    def thresholds(self):
        """A threshold that is not reached, when too many lines were dropped: the daemon then did
        not do all of its work."""
        share = self.lines / self.messages
        return [] if share >= LEAST_LOGGED else [
            Threshold(f"messages to polymilter that are in its log, at least {LEAST_LOGGED:.0%}",
                      f"{share:.1%}", False)]

    def __add__(self, other):
        return Logged(self.messages + other.messages, self.lines + other.lines)

    def __str__(self):
        return (f"Of {self.messages} messages to polymilter {self.lines} are in its log"
                + (", the others were dropped." if self.lines < self.messages else "."))


def logged(server):
    """Waits for the lines of all messages of a server: a Logged."""
    server.drain.settle(server.messages)
    return Logged(server.messages, server.drain.lines)


class Turns:
    """The results of all rounds of a row: results[kind] is a list in the order of the rounds."""

    def __init__(self):
        self.results = {}
        self.logged = Logged()

    def add(self, kind, result):
        self.results.setdefault(kind, []).append(result)

    def costs(self, kind):
        return [r["cpu_us_per_message"] for r in self.results.get(kind, [])]

    def ratio(self, above, below):
        """The median of the rounds' ratios; None when one of the two was not measured."""
        pairs = list(zip(self.costs(above), self.costs(below)))
        return statistics.median(a / b for a, b in pairs) if pairs else None

    def median(self, kind, key):
        found = [r[key] for r in self.results.get(kind, [])]
        return statistics.median(found) if found else None


def start_all(stack, chain, workers=2, kinds=tuple(NAMES)):
    """Starts the servers that are built: {kind: Server}."""
    servers = {}
    for kind in kinds:
        try:
            servers[kind] = stack.enter_context(start(kind, chain, workers))
        except Missing as e:
            print(f"bench: {NAMES.get(kind, kind)}: {e}", file=sys.stderr)
    return servers


def check(load, kind, result):
    """Ends the benchmark when a server did not treat the messages as the row demands."""
    outcome = "delivered" if kind == "bare" else load.outcome
    changes = 0 if kind == "bare" else load.changes * result["messages"]
    if result[outcome] != result["messages"] or result["changes"] != changes:
        raise SystemExit(f"bench: {load.title}: {kind} has another result: {result}")


def in_turns(settings, load):
    """Plays all rounds of one row, after a round that is not counted: Turns."""
    turns = Turns()
    with contextlib.ExitStack() as stack:
        servers = start_all(stack, load.chain)
        kinds = list(servers)
        for kind in kinds if not settings.quick else []:
            play(servers[kind], "--messages", str(load.messages(kind, settings) // 10),
                 *load.options)
        for i in range(settings.rounds):
            for kind in kinds[i % len(kinds):] + kinds[:i % len(kinds)]:
                count = load.messages(kind, settings)
                result = play(servers[kind], "--messages", str(count), *load.options)
                check(load, kind, result)
                turns.add(kind, result)
        turns.logged = logged(servers["polymilter"])
    return turns


def cell(values):
    """The text of a cell: the median, and the minimum and maximum."""
    if not values:
        return "-"
    digits = 1 if statistics.median(values) < 1000 else 0
    return (f"{statistics.median(values):.{digits}f} "
            f"[{min(values):.{digits}f}-{max(values):.{digits}f}]")


def times(ratio):
    return "-" if ratio is None else f"{ratio:.2f}"


def row(title, turns):
    cost = statistics.median(turns.costs("polymilter"))
    return [title, *(cell(turns.costs(kind)) for kind in NAMES),
            times(turns.ratio("p", "polymilter")), times(turns.ratio("q", "polymilter")),
            times(turns.ratio("polymilter", "bare")), f"{1e6 / cost:.0f}"]


def at_least(what, ratio, limit):
    return [] if ratio is None else [
        Threshold(f"{what}, at least {limit}", f"{ratio:.2f}", ratio >= limit)]


def at_most(what, ratio, limit):
    return [] if ratio is None else [
        Threshold(f"{what}, at most {limit}", f"{ratio:.2f}", ratio <= limit)]


BASE = ["--size", "4K", "--per-connection", "100", "--connections", "16"]


def table_of(settings, title, loads, notes=(), thresholds=lambda turns: []):
    """Measures the loads: a Table with a row for each. thresholds: a function of the list of their
    Turns, which returns Thresholds."""
    turns = [in_turns(settings, load) for load in loads]
    rows = [row(load.title, t) for load, t in zip(loads, turns)]
    log = sum((t.logged for t in turns), Logged())
    return Table(title, head=HEAD, rows=rows, notes=[*notes, str(log)],
                 thresholds=[*thresholds(turns), *log.thresholds()])


def headers(settings):
    """The group "headers": 4 KiB, a size limit and ten header rules."""
    return table_of(
        settings, "4 KiB, size + ten header rules, 16 connections at once",
        [Load(f"{n} a connection", "headers", count, [*BASE, "--per-connection", str(n)])
         for n, count in ((100, (20000, 4000)), (10, (10000, 2000)), (1, (4000, 1000)))] +
        [Load(f"100, {what}", chain, (20000, 4000), [*BASE, "--per-connection", "100"])
         for what, chain in (("declared = no", "measured"), ("rules alone", "rules"))],
        notes=["The message has 21 header fields, like one of a mailing list. For nine of the ten "
               "rules it has a field of that name, and none of them matches.",
               "With a size limit polymilter also answers MAIL, because it refuses there a "
               "message whose declared size is too large: the MTA waits twice for each message, "
               "and with the bare loop once. With declared = no, where only the real size counts, "
               "and with the rules alone, the MTA waits once, too."],
        thresholds=lambda turns: [
            *at_least("100 messages a connection, peer p : polymilter",
                      turns[0].ratio("p", "polymilter"), 15),
            *at_most("100 messages a connection, polymilter : bare loop",
                     turns[0].ratio("polymilter", "bare"), 2.5),
            *at_most("100 messages a connection, with declared = no : bare loop",
                     turns[3].ratio("polymilter", "bare"), 2.5),
            *at_least("one message a connection, peer p : polymilter",
                      turns[2].ratio("p", "polymilter"), 4)])


def sizes(settings):
    """The group "sizes": messages of several sizes."""
    return table_of(
        settings, "Sizes, size + ten header rules, 10 a connection, 16 connections at once",
        [Load(f"{size}iB", "headers", count, [*BASE, "--size", size, "--per-connection", "10"])
         for size, count in (("4K", (10000, 2000)), ("100K", (4000, 2000)),
                             ("10M", (100, 60)))])


def connections(settings):
    """The group "connections": several connections at once."""
    return table_of(
        settings, "Connections at once, 4 KiB, size + ten header rules, 100 a connection",
        [Load(f"{n} at once", "headers", (20000, 4000), [*BASE, "--connections", str(n)])
         for n in (1, 16, 256)])


def writes(settings):
    """The group "writes": writes of 4 KiB, as Postfix makes them to a unix socket."""
    return table_of(
        settings, "Small writes, size + ten header rules, 100 a connection",
        [Load(f"{size}iB in writes of 4 KiB", "headers", count,
              [*BASE, "--size", size, "--write", "4K"])
         for size, count in (("4K", (20000, 4000)), ("100K", (4000, 2000)))])


def submitted(settings):
    """Options of polymilterctl bench for the message that gets a footer."""
    path = messages.write(f"{settings.dir}/submitted.eml", messages.SUBMITTED, 4096)
    return [*BASE[2:], "--message", path, "--auth", "ann",
            "--rcpt", "bob@old.example,carol@example.edu"]


def policies(settings):
    """The group "policies": all four policies, and a submitted text."""
    return table_of(
        settings, "4 KiB of text, all four policies, 100 a connection, 16 connections at once",
        [Load("all four, footer added", "all", (10000, 4000), submitted(settings), changes=3)],
        notes=["A size limit, ten header rules, a recipient with a new domain (one recipient is "
               "deleted, one added) and a footer below the text of an authenticated client (the "
               "body is replaced). The peers append the footer to the stored body. polymilter "
               "parses the MIME structure, and parses its own result again before it sends it."],
        thresholds=lambda turns: at_least("peer p : polymilter",
                                          turns[0].ratio("p", "polymilter"), 8))


def rejects(settings):
    """The group "rejects": a message that the first rule refuses."""
    path = messages.write(f"{settings.dir}/rejected.eml", messages.REJECTED, 4096)
    return table_of(
        settings, "4 KiB, refused for its subject, 100 a connection, 16 connections at once",
        [Load("refused", "headers", (20000, 4000), [*BASE[2:], "--message", path],
              outcome="refused")],
        notes=["The bare loop refuses nothing: it accepts the same message."])


def bodies(settings):
    """The group "bodies": a body of 10 MiB that no policy needs, and one that is only counted."""
    return table_of(
        settings, "A body of 10 MiB, 4 connections at once",
        [Load(title, chain, (100, 60), ["--size", "10M", "--per-connection", "10",
                                        "--connections", "4"])
         for title, chain in (("ten header rules: not needed", "rules"),
                              ("size { message }: only counted", "count"))],
        thresholds=lambda turns: [
            body_is_not_sent(turns[0]),
            *at_most("a body that is only counted, polymilter : bare loop",
                     turns[1].ratio("polymilter", "bare"), 1.5)])


def body_is_not_sent(turns):
    sent = max(r["sent_bytes"] / r["messages"] for r in turns.results["polymilter"])
    return Threshold("a body that no policy needs is not sent",
                     f"the MTA sent {sent / 1024:.1f} KiB a message", sent < 100 * 1024)


def workers(settings):
    """The group "workers": throughput with one worker and with two."""
    turns, rows = {}, []
    for title, chain, options in (
            ("size + ten header rules", "headers", BASE),
            ("all four policies", "all", submitted(settings))):
        turns[chain] = worker_turns(settings, chain, options)
        one, two = (turns[chain].median(n, "messages_per_second") for n in (1, 2))
        rows.append([title, f"{one:.0f}", f"{two:.0f}", f"{growth(turns[chain]):.2f}"])
    return Table(
        "Workers, 4 KiB, 100 a connection, 16 connections at once",
        head=["messages a second", "1 worker", "2 workers", "2 : 1"], rows=rows,
        notes=["The client uses a part of the machine's CPU time."],
        thresholds=[Threshold("throughput grows with workers, all four policies, above 1",
                              f"{growth(turns['all']):.2f}", growth(turns["all"]) > 1)])


def worker_turns(settings, chain, options):
    turns = Turns()
    count = str(settings.few(20000))
    with start("polymilter", chain, 1) as one, start("polymilter", chain, 2) as two:
        for i in range(settings.rounds):
            for n, server in ((1, one), (2, two))[::1 if i % 2 else -1]:
                turns.add(n, play(server, "--messages", count, *options))
    return turns


def growth(turns):
    """The median of the ratios of throughput, two workers to one."""
    return statistics.median(b["messages_per_second"] / a["messages_per_second"]
                             for a, b in zip(turns.results[1], turns.results[2]))
