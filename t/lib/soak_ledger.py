"""What t/process/soak.test knows of a run: the faults that it made and when, the configurations
that were in force and when, what the clients report of their sessions, and the lines of the log.
settle() compares them: `problems` are texts about what no fault explains.

All times are of time.monotonic(). A session is judged by what overlaps with it, never by how long
something took. A life is the time of one master process; each configuration is of one life."""
import collections
import re
import threading
import time

from soak_mail import VERDICTS

MESSAGE = re.compile(r"\]: S(\d)(\d{7}): verdict=(\w+) ")
ASKED = re.compile(r"\]: NOQUEUE: verdict=reject .* session=([0-9a-f]+-[0-9a-f]+) ")
FLOOD = re.compile(r': verdict=\w+ .* listener="flood" ')
LOST = re.compile(r"\]: (?:worker \d+ has ended: )?(\d+) (?:of its log )?lines lost( gen=\d+)?$")
DEAD = re.compile(r"\]: worker (\d+) (hung and was|ended with status 0)?.*: (\d+) sessions lost")
CROWDED = re.compile(r"\d generations have sessions: the oldest ")
BY_HAND = "worker ended by hand"  # by SIGTERM: for the log an unexpected end. It cuts nothing


class Fault:
    """Something that may cut sessions: of one worker, or (pid None) of all.

    lost: how many sessions were lost by the log; None: it has not said so, and must not when the
    worker ended in another way. cut: how many sessions of that worker the clients saw cut. excused:
    the log may not have said it."""

    def __init__(self, kind, life, pid=None):
        self.kind, self.life, self.pid = kind, life, pid
        self.begin, self.end = time.monotonic(), None
        self.lost, self.hung, self.cut, self.excused = None, False, 0, False

    def overlaps(self, t0, t2):
        return self.begin <= t2 and (self.end is None or t0 <= self.end) and self.kind != BY_HAND


class Generation:
    """A configuration that may be in force from begin to end."""

    def __init__(self, life):
        self.life, self.begin, self.end = life, time.monotonic(), None


class Messages:
    """One process of clients. For each number of a message: how many lines it has, what they say,
    which verdict is wanted (1 + index in VERDICTS; 0: any or no line), and the life, modulo 256."""

    def __init__(self):
        self.n = self.settled = 0
        self.lines, self.said, self.wanted, self.life = (bytearray(1) for _ in range(4))

    def reach(self, n):
        more = n + 1 - len(self.lines)
        if more > 0:
            for array in (self.lines, self.said, self.wanted, self.life):
                array.extend(bytes(more + 1000))

    def add_line(self, n, verdict):
        self.reach(n)
        self.lines[n] = min(self.lines[n] + 1, 2)
        self.said[n] = 1 + VERDICTS.index(verdict) if verdict in VERDICTS else 0

    def add(self, n, verdict, life):
        self.reach(n)
        self.n = max(self.n, n)
        self.wanted[n] = 1 + VERDICTS.index(verdict) if verdict else 0
        self.life[n] = life % 256

    def open_numbers(self):
        return range(self.settled + 1, self.n + 1)

    def missing(self):
        """The lives of the messages that have no line and should have one."""
        return [self.life[n] for n in self.open_numbers() if self.wanted[n] and not self.lines[n]]

    def wrong(self):
        return [n for n in self.open_numbers() if self.lines[n] > 1 or
                (self.wanted[n] and self.lines[n] and self.said[n] != self.wanted[n])]


class Ledger:
    """said: {letter: {kind: verdict}}, what the log must say of a message. table: the counts."""

    def __init__(self, n_processes, said):
        self.lock, self.said, self.life = threading.Lock(), said, 0
        self.messages = [Messages() for _ in range(n_processes)]
        self.records, self.faults, self.generations = [], [], {}
        self.problems, self.others, self.killed_lives = [], [], set()
        self.crowded_lives = set()  # with too many generations at once: the oldest may be ended
        self.asked, self.asked_life = collections.Counter(), {}
        self.table = collections.Counter()
        self.of_life = collections.Counter()  # since the daemon's counters were read
        self.told = self.told_before = self.flooded = self.flood_missing = 0

    # What happens.

    def fault(self, kind, pid=None):
        with self.lock:
            self.faults.append(Fault(kind, self.life, pid))
            return self.faults[-1]

    def excuse(self, life=None):
        """The log need not tell of the end of workers that were killed: of this life, or of all."""
        with self.lock:
            for f in self.faults:
                f.excused |= f.lost is None and life in (None, f.life)

    def generation(self, serial):
        with self.lock:
            self.generations[serial] = Generation(self.life)
            return self.generations[serial]

    def add_record(self, record):
        with self.lock:
            self.records.append(record)

    def add_line(self, line):
        with self.lock:
            if m := MESSAGE.search(line):
                self.messages[int(m.group(1))].add_line(int(m.group(2)), m.group(3))
            elif FLOOD.search(line):
                self.flooded += 1
            elif m := ASKED.search(line):
                self.asked[m.group(1)] -= 1
            else:
                self._add_other(line)

    def _add_other(self, line):
        self.others.append(line)
        if m := LOST.search(line):
            self.told += int(m.group(1))
        elif CROWDED.search(line):
            self.crowded_lives.add(self.life)
        elif m := DEAD.search(line):
            hung, by_hand = ((m.group(2) or "").startswith(x) for x in ("hung", "ended"))
            found = [f for f in self.faults if f.pid == int(m.group(1)) and
                     (f.kind == BY_HAND) == by_hand]
            if not found:
                self.problems.append(f"nobody killed it: {line}")
                return
            found[-1].lost, found[-1].hung = int(m.group(3)), hung

    # The judgement.

    def settle(self):
        """Judges the sessions that were reported. Each killed worker must have its end."""
        with self.lock:
            records, self.records = self.records, []
            for r in records:
                self._judge(r)
            self._judge_workers()

    def _problem(self, what, record):
        self.problems.append(f"{what}: {record}")

    def _judge(self, r):
        self.table[f"sessions: {r['end']}"] += 1
        if "odd" in r:
            self._problem("odd", r)
        if r["end"] == "refused":
            if not any(f.pid is None and f.overlaps(r["t0"], r["t2"]) for f in self.faults):
                self._problem("refused", r)
            return
        if r["end"] == "cut":
            self._judge_cut(r)
        if "serial" not in r:
            self.of_life["unknown"] += 1
            return
        g = self.generations.get(r["serial"])
        if g is None or g.begin > r["t1"] or (g.end is not None and g.end < r["t0"]):
            self._problem(f"not in force {g and (g.begin, g.end)}", r)
        else:
            self._count(r, g.life)

    def _judge_cut(self, r):
        pid = int(r["id"].split("-")[0], 16) if "id" in r else None
        at = [f for f in self.faults if f.overlaps(r["t0"], r["t2"])]
        fault = ([f for f in at if f.pid and pid in (None, f.pid)] or
                 [f for f in at if not f.pid] or [None])[-1]
        in_message = bool(r["messages"]) and r["messages"][-1][2] == "cut"
        if fault is None and not in_message and self._is_crowded(r):
            self.table["sessions cut: too many generations"] += 1
            return
        if fault is None:
            self._problem("cut", r)
            return
        if fault.kind == "daemon stopped" and in_message and not r["unanswered"]:
            self._problem("cut in a message by a stop", r)
        fault.cut += pid is not None
        self.table[f"sessions cut: {fault.kind}"] += 1
        self.table[f"messages cut: {fault.kind}"] += in_message

    def _is_crowded(self, r):
        g = self.generations.get(r.get("serial"))
        return (g.life if g else self.life) in self.crowded_lives

    def _count(self, r, life):
        """A session that is in order: its messages, for the log and for the daemon's counters."""
        now = self.of_life if life == self.life else collections.Counter()
        self.asked[r["id"]] += 1
        self.asked_life[r["id"]] = life
        self.table["messages: asked"] += 1
        now["sessions"] += 1
        now["whole"] += 1
        for n, kind, how in r["messages"]:
            verdict = self.said[r["serial"][0]][kind] if how == "whole" else ""
            self.messages[r["process"]].add(n, verdict, life)
            self.table[f"messages: {verdict or how}"] += 1
            now[how] += 1
            if how == "restart" and not self._is_crowded(r):
                self._problem("refused by a worker that ends", r)

    def _judge_workers(self):
        for f in self.faults:
            if f.pid and f.cut > (f.lost or 0) and not f.excused:
                self.problems.append(f"{f.kind} {f.pid}: {f.cut} sessions were cut, "
                                     f"{f.lost} by the log")

    def _missing(self):
        """(of lives whose master was killed, of others): how many messages have no line."""
        lives = [life for m in self.messages for life in m.missing()]
        for ident, n in self.asked.items():
            if n > 0:  # below 0: a line, and no session that had the answer
                lives += [self.asked_life[ident] % 256] * n
        killed = {life % 256 for life in self.killed_lives}
        n_killed = sum(life in killed for life in lives)
        return n_killed, len(lives) - n_killed + self.flood_missing

    def lines_agree(self):
        """Whether as many lines are missing as the log says, or fewer."""
        with self.lock:
            return self._missing()[1] <= self.told - self.told_before

    def close_lines(self):
        """All lines have come, and all sessions are settled."""
        with self.lock:
            killed, others = self._missing()
            for i, m in enumerate(self.messages):
                self.problems += [f"message S{i}{n:07d}: {m.lines[n]} lines, said {m.said[n]}, "
                                  f"wanted {m.wanted[n]}" for n in m.wrong()]
                m.settled = m.n
            self.asked.clear()
            self.asked_life.clear()
            self.table["lines missing: the master was killed"] += killed
            self.table["lines missing: others"] += others
            self.table["lines told as lost"] += self.told - self.told_before
            if others > self.told - self.told_before:
                self.problems.append(f"{others} lines are missing, {self.told - self.told_before} "
                                     "were told as lost")
            self.told_before, self.flood_missing = self.told, 0
