"""The daemon beside real mail servers, and what its tests ask of them: of a Postfix and of a
Sendmail the same, through the same methods (client, delivered, below_received, held).

    def setUpModule():
        d = beside.new_daemon()
        beside.put("postfix", Postfix([Service("tag-unix", beside.postfix_at(d, "tag-unix"))]))
        beside.start()
"""
import atexit
import concurrent.futures
import functools
import unittest

import root  # noqa: F401  it sets the path
import daemon
import smtp
from daemon import Daemon
from scenarios import CHAINS, FILES, SECTIONS

SOCKETS = ("unix", "inet")
FIRST_PORT = 11025
PORTS = {f"{name}-inet": FIRST_PORT + i for i, name in enumerate(CHAINS)}
_there = {}


def new_daemon(files=None):
    """The daemon, not started. Not below /tmp: Sendmail mistrusts what others can write."""
    return put("daemon", Daemon("", start=False, parent="/run", files={**FILES, **(files or {})}))


def put(name, thing):
    """Lets tests have it as self.NAME, and ends it with the program."""
    atexit.register(thing.clean if isinstance(thing, Daemon) else thing.close)
    _there[name] = thing
    return thing


def there(name):
    return _there[name]


def start(sections="", listeners=(), workers=""):
    """Starts the daemon with all policies, and for each chain a listener of each kind."""
    d = _there["daemon"]
    texts = [daemon.listener_text(f"{name}-unix", f"unix:@DIR@/{name}-unix.sock", chain)
             for name, chain in CHAINS.items()]
    texts += [daemon.listener_text(f"{name}-inet",
                                   f"inet:{PORTS[name + '-inet']}@{daemon.loopback()}", chain)
              for name, chain in CHAINS.items()]
    d.write("\n".join([daemon.user_lines(), f"workers {{\ncount = 2\n{workers}\n}}",
                       'log { target = "stderr" }', SECTIONS, sections, *texts, *listeners,
                       ""]))
    d.start()


def postfix_at(d, listener):
    """A listener as main.cf names it."""
    if listener in PORTS:
        return f"inet:{daemon.loopback()}:{PORTS[listener]}"
    return f"unix:{d.dir}/{listener}.sock"


def sendmail_at(d, listener):
    """A listener as sendmail.mc names it."""
    if listener in PORTS:
        return f"inet:{PORTS[listener]}@{daemon.loopback()}"
    return f"unix:{d.dir}/{listener}.sock"


class Beside(unittest.TestCase):
    """A test with the daemon and the MTAs at hand."""

    maxDiff = 4000

    def __getattr__(self, name):
        if name in _there:
            return _there[name]
        raise AttributeError(name)

    def at_once(self, work):
        """Calls all functions of {what: function} at the same time."""
        with concurrent.futures.ThreadPoolExecutor(len(work)) as pool:
            running = {what: pool.submit(f) for what, f in work.items()}
        for what, future in running.items():
            with self.subTest(at=what):
                future.result()

    def assert_reply(self, reply, pattern, queue_id=None):
        pattern = pattern.replace("@ID@", queue_id or r"\w+")
        self.assertRegex(str(reply), f"^{pattern}")

    def assert_delivered(self, mta, result, got, to):
        """The message came out as got, byte for byte below the MTA's own Received."""
        self.assertTrue(result.ok, result)
        message = mta.delivered(result.queue_id)
        self.assertEqual(mta.below_received(message.data), (b"", got))
        self.assertEqual(message.to, sorted(to))
        return message

    def assert_taken(self, mta, reply, got, to):
        """The same of the last reply alone."""
        self.assert_delivered(mta, smtp.Result(None, data=reply), got, to)

    def message_line(self, queue_id, since, listener=".*"):
        """The daemon's line of a message: by its queue id, else the listener's next."""
        pattern = (rf'\b{queue_id}: verdict=.*' if queue_id else
                   rf'\S+: verdict=.* listener="{listener}".*')
        return self.daemon.log.wait(pattern, start=since).group(0)


def session(at, **client):
    """A test of one session, begun by client: it is given the MTA and the session, of each
    service in {name of MTA: [services]}, all at the same time."""
    def wrap(f):
        @functools.wraps(f)
        def test(self):
            def run(name, service):
                mta = getattr(self, name)
                with mta.client(service, **client) as c:
                    f(self, mta, c)
            self.at_once({f"{name} {service}": functools.partial(run, name, service)
                          for name, services in at.items() for service in services})
        return test
    return wrap
