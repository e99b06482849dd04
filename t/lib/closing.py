"""A base class for things that a test opens and must close: `with` calls close() at its end.

    class Server(Closing):
        def close(self): ...

    with Server() as s: ...
"""


class Closing:
    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()
