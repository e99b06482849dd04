"""What an administrator does and sees, for scripts in a container (container.py)."""
import json
import os
import subprocess


def run(*command):
    """(exit status, all output)"""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          errors="replace", check=False)
    return done.returncode, done.stdout


def show(name, unit="polymilter"):
    """A property of a unit."""
    return run("systemctl", "show", "-p", name, "--value", unit)[1].strip()


def tell(name, value):
    """Reports to the test, which reads it by heard()."""
    print(json.dumps([name, value]), flush=True)


def heard(out):
    """{name: value} of what a script has told; the last one of each name."""
    return dict(json.loads(line) for line in out.splitlines())


def cursor():
    """The end of the journal now, for journal()."""
    return run("journalctl", "-n1", "--show-cursor")[1].split("-- cursor: ")[1].strip()


def journal(since, *options):
    """The messages of the service since then."""
    return run("journalctl", "-u", "polymilter", "-o", "cat", "--no-pager",
               "--after-cursor=" + since, *options)[1]


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    os.chmod(path, 0o644)
