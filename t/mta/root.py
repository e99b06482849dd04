"""What tests beside a real MTA share: root, skipping, and the Received that an MTA writes.

Import it before anything else of ours: it sets the path.
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
    """Ends the test: skipped, which in CI is a failure."""
    print(reason, flush=True)
    sys.exit(1 if os.environ.get("CI") == "true" else 77)


def need_root():
    """As daemon.need_root(); and an MTA goes down with a test that is told to stop."""
    try:
        daemon.need_root()
    except SystemExit:
        skip("an MTA needs root")
    signal.signal(signal.SIGTERM, _stop)


def need_unpacked(what, tree, program):
    """A program of a package that is unpacked below tree, by nobody else."""
    if not os.access(program, os.X_OK):
        skip(f"{what} is not unpacked in {tree}")
    if os.stat(tree).st_uid not in (0, int(os.environ.get("SUDO_UID", "0"))):
        skip(f"{tree} belongs to somebody else")


def need_tools(*tools):
    for tool in tools:
        if shutil.which(tool) is None:
            skip(f"there is no {tool}")


def _stop(number, frame):
    """unittest lets nothing else through."""
    raise KeyboardInterrupt(f"signal {number}")


def below_received(data):
    """A relayed message without the MTA's own Received: what stands above it, what below."""
    found = re.search(rb"(?m)^Received: (?:from .*\r?\n(?:[ \t].*\r?\n)*?[ \t]*)?"
                      rb"by mx\.example\.test .*\r?\n(?:[ \t].*\r?\n)*", data)
    if found is None:
        raise AssertionError(f"no Received of ours: {data!r}")
    return data[:found.start()], data[found.end():]
