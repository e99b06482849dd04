"""Helpers of all tests that run a real MTA: need_root() and other conditions under which a test is
skipped, and below_received() for the header that an MTA adds.

Import it before other modules of t/lib and t/mta: it sets sys.path.
"""
import os
import re
import shutil
import signal
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "lib")]
import daemon


def skip(reason):
    """Ends the test with the status for "skipped"; with CI=true as failed."""
    print(reason, flush=True)
    sys.exit(1 if os.environ.get("CI") == "true" else 77)


def need_root():
    """Runs the test as root, as daemon.need_root() does. SIGTERM then ends the test by an
    exception, so that its MTA is stopped, too."""
    try:
        daemon.need_root()
    except SystemExit:
        skip("an MTA needs root")
    signal.signal(signal.SIGTERM, _stop)


def need_unpacked(what, tree, program):
    """Skips the test unless program, of a package that is unpacked in tree, can be executed. It
    would run as root, so tree must belong to root or to the user that called sudo."""
    if not os.access(program, os.X_OK):
        skip(f"{what} is not unpacked in {tree}")
    if os.stat(tree).st_uid not in (0, int(os.environ.get("SUDO_UID", "0"))):
        skip(f"{tree} belongs to another user")


def need_tools(*tools):
    """Skips the test unless all these programs are in the PATH."""
    for tool in tools:
        if shutil.which(tool) is None:
            skip(f"there is no {tool}")


def _stop(number, frame):
    """KeyboardInterrupt is the exception that unittest does not catch."""
    raise KeyboardInterrupt(f"signal {number}")


def below_received(data):
    """Splits a relayed message at the Received of the test's MTA (mx.example.test): the bytes
    above it and the bytes below it."""
    found = re.search(rb"(?m)^Received: (?:from .*\r?\n(?:[ \t].*\r?\n)*?[ \t]*)?"
                      rb"by mx\.example\.test .*\r?\n(?:[ \t].*\r?\n)*", data)
    if found is None:
        raise AssertionError(f"no Received by mx.example.test: {data!r}")
    return data[:found.start()], data[found.end():]
