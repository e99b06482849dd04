"""The anonymous memory of a process: not what it maps of files."""
import threading
import time


def anonymous(pid):
    """Its size in bytes."""
    with open(f"/proc/{pid}/status", encoding="ascii") as f:
        return int(next(line for line in f if line.startswith("RssAnon:")).split()[1]) * 1024


class Peak:
    """The most anonymous memory that a process has while the block runs, above what it had."""

    def __init__(self, pid):
        self.pid, self.bytes, self.running = pid, 0, True
        self.before = anonymous(pid)

    def __enter__(self):
        self.thread = threading.Thread(target=self._watch)
        self.thread.start()
        return self

    def _watch(self):
        while self.running:
            self.bytes = max(self.bytes, anonymous(self.pid) - self.before)
            time.sleep(0.001)

    def __exit__(self, *exc):
        self.running = False
        self.thread.join()
