"""Runs one daemon beside real MTAs for a test file. The daemon has the policies of scenarios.py and
two listeners for each of its chains: NAME-unix and NAME-inet. A test is a method of a subclass of
MtaTest, which has the daemon and the MTAs as attributes and the assertions about them. Postfix
and Sendmail have the same methods: client(), said(), delivered(), find_delivered(),
below_received(), held(), queued().

    def setUpModule():
        d = beside.new_daemon()
        beside.register("postfix", Postfix(
            [Service("tag-unix", beside.postfix_at(d, "tag-unix"))]))
        beside.start()
"""
import atexit
import concurrent.futures
import functools
import unittest

import root  # noqa: F401  it sets sys.path
import daemon
import smtp
from daemon import Daemon
from scenarios import CHAINS, FILES, SECTIONS

SOCKETS = ("unix", "inet")
FIRST_PORT = 11025
PORTS = {f"{name}-inet": FIRST_PORT + i for i, name in enumerate(CHAINS)}
_registered = {}


def new_daemon(files=None):
    """Makes the daemon without starting it. Its directory is not in /tmp, because Sendmail refuses
    sockets below a directory that others can write."""
    return register("daemon", Daemon("", start=False, parent="/run",
                                     files={**FILES, **(files or {})}))


def register(name, thing):
    """Makes thing the attribute self.NAME of all tests, and closes it at the end of the
    program. Returns thing."""
    atexit.register(thing.clean if isinstance(thing, Daemon) else thing.close)
    _registered[name] = thing
    return thing


def registered(name):
    return _registered[name]


def start(sections="", listeners=(), workers=""):
    """Starts the daemon with all policies and, for each chain, a listener on a unix and one on an
    inet socket. sections, listeners, workers: further text of the configuration."""
    d = _registered["daemon"]
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
    """The address of a listener in the form of main.cf."""
    if listener in PORTS:
        return f"inet:{daemon.loopback()}:{PORTS[listener]}"
    return f"unix:{d.dir}/{listener}.sock"


def sendmail_at(d, listener):
    """The address of a listener in the form of sendmail.mc."""
    if listener in PORTS:
        return f"inet:{PORTS[listener]}@{daemon.loopback()}"
    return f"unix:{d.dir}/{listener}.sock"


class MtaTest(unittest.TestCase):
    """A test whose attributes are all that register() got: daemon, postfix, sendmail, ..."""

    maxDiff = 4000

    def __getattr__(self, name):
        if name in _registered:
            return _registered[name]
        raise AttributeError(name)

    def run_in_parallel(self, work):
        """Calls all functions of {name: function} at the same time. Each failure is that of a
        subtest."""
        with concurrent.futures.ThreadPoolExecutor(len(work)) as pool:
            running = {name: pool.submit(f) for name, f in work.items()}
        for name, future in running.items():
            with self.subTest(at=name):
                future.result()

    def assert_reply(self, reply, pattern, queue_id=None):
        """The reply begins with the regular expression, in which @ID@ is the queue id."""
        pattern = pattern.replace("@ID@", queue_id or r"\w+")
        self.assertRegex(str(reply), f"^{pattern}")

    def assert_said(self, mta, reply, pattern):
        """The same for the filter's reply at MAIL or RCPT, without what the MTA adds to it."""
        self.assertRegex(mta.said(reply), f"^{pattern}")

    def assert_delivered(self, mta, result, expected, to):
        """The message of an smtp.Result was delivered to these recipients, and is expected, byte
        for byte, below the MTA's own Received."""
        self.assertTrue(result.ok, result)
        message = mta.delivered(result.queue_id)
        self.assertEqual(mta.below_received(message.data), (b"", expected))
        self.assertEqual(message.to, sorted(to))
        return message

    def assert_accepted(self, mta, reply, expected, to):
        """The same for a message of which only the last reply is known."""
        self.assert_delivered(mta, smtp.Result(None, data=reply), expected, to)

    def message_line(self, queue_id, since, listener=".*"):
        """Waits for the daemon's log line of a message: of this queue id, or (None) the next one
        of the listener, from line number since on."""
        pattern = (rf'\b{queue_id}: verdict=.*' if queue_id else
                   rf'\S+: verdict=.* listener="{listener}".*')
        return self.daemon.log.wait(pattern, start=since).group(0)


def session(at, **client):
    """A decorator for a test of one session: it calls the method with an MTA and a new session
    (mta, c) for each service of at, {name of MTA: [services]}, all at the same time. client: the
    attributes of the client (mta.client())."""
    def wrap(f):
        @functools.wraps(f)
        def test(self):
            def run(name, service):
                mta = getattr(self, name)
                with mta.client(service, **client) as c:
                    f(self, mta, c)
            self.run_in_parallel({f"{name} {service}": functools.partial(run, name, service)
                          for name, services in at.items() for service in services})
        return test
    return wrap
