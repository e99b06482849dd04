"""The MTAs of t/process/soak.test, in a process of their own: threads that open sessions and send
messages until they are told to stop. Arguments: the number of this process, the seed, the number
of threads, the file of the expected outcomes, the addresses of the listeners. Input: a line "run",
"pause" or "end". Output: a line of JSON for each session, and {"parked": true} when the last
thread has ended its session after a "pause".

    {"t0": 1.5, "t1": 1.6, "t2": 1.9, "listener": "mx", "id": "4f2-1a", "serial": "A000012",
     "messages": [[17, "tagged", "whole"], [18, "plain", "cut"]], "end": "cut", "unanswered": false}

t0, t1, t2: time.monotonic() before the connection, after the negotiation, at the end. A message is
"whole" (its outcome is the expected one), "restart" (it was refused because its worker ends),
"aborted", "vanished" or "cut". end: "quit", "closed",
"vanished", "half" (shut down for writing before the last answer), "refused" (no connection) or
"cut" (the filter closed); unanswered: no reply came to the message that was cut. odd: what no
fault of a process can have caused."""
import json
import pickle
import random
import socket
import struct
import sys
import threading
import time

import milter
from soak_mail import KINDS, STAGES, Session, mask

NAMES = list(KINDS)
WEIGHTS = [k.weight for k in KINDS.values()]
RESTART = "451 4.3.2 Mail filter restarts"
PAUSES = 0.03  # the part of the stages behind which a client waits a while


class Left(Exception):
    """The client has left the message at a stage."""


def shut_writing(m):
    try:
        m.sock.shutdown(socket.SHUT_WR)
    except OSError as e:  # there is no connection any more
        raise milter.Closed(str(e)) from e


class Gate:
    """Where threads wait while the clients are paused."""

    def __init__(self, n_threads):
        self.n_threads, self.n_parked, self.state = n_threads, 0, "pause"
        self.changed = threading.Condition()

    def set(self, state):
        with self.changed:
            self.state = state
            if state == "pause" and self.n_parked == self.n_threads:
                report({"parked": True})
            self.changed.notify_all()

    def enter(self):
        """Waits while the state is "pause"; whether to go on."""
        with self.changed:
            self.n_parked += 1
            if self.state == "pause" and self.n_parked == self.n_threads:
                report({"parked": True})
            self.changed.wait_for(lambda: self.state != "pause")
            self.n_parked -= 1
            return self.state == "run"


class Numbers:
    """The numbers of messages in this process."""

    def __init__(self):
        self.last, self.lock = 0, threading.Lock()

    def next(self):
        with self.lock:
            self.last += 1
            return self.last


_output = threading.Lock()


def report(record):
    text = json.dumps(record) + "\n"
    with _output:
        sys.stdout.write(text)
        sys.stdout.flush()


class Client(threading.Thread):
    def __init__(self, seed, process, gate, numbers, expected, addresses):
        super().__init__()
        self.rng = random.Random(seed)
        self.process, self.gate, self.numbers = process, gate, numbers
        self.expected, self.addresses = expected, addresses

    def run(self):
        while self.gate.enter():
            record = {"messages": [], "unanswered": False}
            try:
                self._session(record)
            except Exception as e:  # whatever it is, the record must be written
                record["odd"] = repr(e)
                record.setdefault("end", "odd")
            record["t2"] = time.monotonic()
            report(record)
            if record["end"] == "refused":
                time.sleep(self.rng.uniform(0.02, 0.1))

    def _session(self, record):
        listener = self.rng.choices(list(self.addresses), (3, 1))[0]
        record.update(listener=listener, t0=time.monotonic())
        try:
            m = Session(self.addresses[listener], negotiate=False)
        except (FileNotFoundError, ConnectionRefusedError, ConnectionResetError):
            record["end"] = "refused"
            return
        with m:
            try:
                m.negotiate()
                record["t1"] = time.monotonic()
                m.hello()
                record["id"], record["serial"] = m.ask()
                record["end"] = self._messages(m, record)
            except milter.Closed:
                record["end"] = "cut"

    def _messages(self, m, record):
        for left in range(self.rng.randint(0, 5), -1, -1):
            how = self.rng.random()
            if how < 0.06:
                self._send(m, record, "aborted")
            elif how < 0.10:
                return self._send(m, record, "vanished")
            elif how < 0.13:
                return self._send(m, record, "half")
            else:
                self._send(m, record, "quit")
            self._wait()
        if self.rng.random() < 0.1:
            return "closed"
        m.quit()
        return "quit"

    def _wait(self):
        if self.rng.random() < PAUSES:
            time.sleep(self.rng.uniform(0, 0.5))

    def _send(self, m, record, how):
        """One message, which is left behind a random stage if how says so. How the session ends,
        if it was the last one."""
        name = self.rng.choices(NAMES, WEIGHTS)[0]
        leave = self.rng.choice(STAGES[:-1] if how == "aborted" else STAGES)
        message = [self.numbers.next(), name, "cut"]
        ident = f"S{self.process}{message[0]:07d}"
        record["messages"].append(message)
        before = m.n_read

        def at_stage(stage):
            self._wait()
            if how == "half" and stage == "end":
                shut_writing(m)
            if how in ("aborted", "vanished") and stage == leave:
                raise Left

        try:
            outcome = m.play(KINDS[name], ident, at_stage)
        except milter.Closed:
            record["unanswered"] = m.n_read == before
            raise
        except Left:
            message[2] = how
            return self._leave(m, how)
        if any(text.startswith(RESTART) for _, _, text in outcome[0]):
            message[2] = "restart"
        else:
            message[2] = "whole"
            self._compare(record, name, ident, outcome)
        if how == "half" and outcome[0][-1][0] == "end":
            if not m.is_closed():
                record["odd"] = "not closed after the answer to a half-closed connection"
            return "half"
        m.abort()
        return "closed"

    def _leave(self, m, how):
        if how == "aborted":
            m.abort()
            return "closed"
        if m.sock.family == socket.AF_INET and self.rng.random() < 0.5:  # a reset
            m.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        m.close()
        return "vanished"

    def _compare(self, record, name, ident, outcome):
        serial = record["serial"]
        if mask(outcome, serial, ident) != self.expected[serial[0]][name]:
            brief = [(c, p[:200]) for c, p in outcome[1]]
            record["odd"] = f"{name} under {serial}: {outcome[0]} {brief}"


def main():
    process, seed, n_threads, file, mx, net = sys.argv[1:]
    with open(file, "rb") as f:
        expected = pickle.load(f)
    gate, numbers = Gate(int(n_threads)), Numbers()
    threads = [Client(f"{seed}-{process}-{i}", process, gate, numbers, expected,
                      {"mx": mx, "net": net}) for i in range(int(n_threads))]
    for t in threads:
        t.start()
    for line in sys.stdin:
        gate.set(line.strip())
    gate.set("end")
    for t in threads:
        t.join()


main()
