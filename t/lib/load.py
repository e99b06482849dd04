"""A load of messages for tests that reload, stop or kill processes: it counts each message's
outcome, so that a test can check that none has disappeared.

    with Load(d.address()) as load:
        load.wait_more()
        d.reload(...)
        load.wait_mark("two")
    assert load.accounted == load.sent and not load.odd
"""
import collections
import threading

import milter
from daemon import wait_for


class Load:
    """Threads that deliver messages until stop(), in new sessions of per_session messages each.

    The outcome of a message is its verdict, or "lost" when the connection ended before it. sent:
    messages so far; tally: how many have each outcome; marks: how many have each value of the
    header X-Mark; refused: sessions that failed; odd: texts about results that no configuration
    can have caused."""

    def __init__(self, address, threads=4, per_session=3, body=b"text\r\n" * 100):
        self.address, self.per_session, self.body = address, per_session, body
        self.sent, self.tally, self.marks = 0, collections.Counter(), collections.Counter()
        self.odd, self.refused = [], 0
        self.lock, self.ending = threading.Lock(), threading.Event()
        self.threads = [threading.Thread(target=self._run) for _ in range(threads)]

    def __enter__(self):
        for t in self.threads:
            t.start()
        return self

    def __exit__(self, *exc):
        self.stop()

    def wait_more(self, n=20):
        """Waits until n more messages have an outcome."""
        enough = self.accounted + n
        wait_for(f"{n} more messages", lambda: self.accounted >= enough)

    def wait_mark(self, value):
        """Waits until a message with this value of X-Mark has an outcome."""
        wait_for(f"the mark {value}", lambda: self.marks[value] > 0)

    def stop(self):
        self.ending.set()
        for t in self.threads:
            t.join()

    def _run(self):
        while not self.ending.is_set():
            try:
                self._session()
            except (milter.Closed, OSError):
                with self.lock:
                    self.refused += 1

    def _session(self):
        with milter.Milter(self.address) as m:
            m.hello()
            marks = set()
            for _ in range(self.per_session):
                self._message(m, marks)
            if len(marks) > 1:
                self._note(f"one session, two configurations: {marks}")
            m.quit()

    def _message(self, m, marks):
        with self.lock:
            self.sent += 1
        try:
            reply = m.deliver(body=self.body)
        except (milter.Closed, OSError) as e:
            self._count("lost", [])
            raise milter.Closed("in a message") from e
        except Exception as e:
            self._count("lost", [])
            self._note(repr(e))
            raise milter.Closed("odd") from e
        found = [v for n, v in milter.added_headers(reply) if n.startswith("X-Mark")]
        if len(set(found)) > 1:
            self._note(f"one message, two configurations: {found}")
        marks.update(found)
        self._count(reply.verdict, found)

    def _count(self, outcome, found):
        with self.lock:
            self.tally[outcome] += 1
            self.marks.update(set(found))

    def _note(self, what):
        with self.lock:
            self.odd.append(what)

    @property
    def accounted(self):
        """How many messages have an outcome."""
        with self.lock:
            return sum(self.tally.values())
