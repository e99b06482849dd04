"""What tests beside a real MTA share: root, skipping, an address of their own on loopback.

Import it before anything else of ours: need_root() may start the test again under sudo.
"""
import os
import signal
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "lib")]
KEPT = ("CI", "POLYMILTER", "POLYMILTER_SENDMAIL_ROOT", "TEST_TIMEOUT", "ASAN_OPTIONS",
        "LSAN_OPTIONS", "UBSAN_OPTIONS")


def skip(reason):
    """Ends the test: skipped, which in CI is a failure."""
    print(reason, flush=True)
    sys.exit(1 if os.environ.get("CI") == "true" else 77)


def need_root():
    """Returns as root; else the test begins again under sudo, or is skipped."""
    if os.geteuid() != 0:
        try:
            able = subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False)
        except FileNotFoundError:
            skip("an MTA needs root, and there is no sudo")
        if able.returncode != 0:
            skip("an MTA needs root, and sudo wants a password")
        kept = [f"{name}={os.environ[name]}" for name in KEPT if name in os.environ]
        os.execvp("sudo", ["sudo", "-n", "env", *kept, sys.executable,
                           os.path.abspath(sys.argv[0]), *sys.argv[1:]])
    signal.signal(signal.SIGTERM, _stop)


def _stop(number, frame):
    """unittest lets nothing else through."""
    raise KeyboardInterrupt(f"signal {number}")


def loopback():
    """An address that only this process uses, so that its ports are nobody else's."""
    pid = os.getpid()
    return f"127.{64 + (pid >> 16) % 64}.{(pid >> 8) & 255}.{pid & 255 or 1}"
