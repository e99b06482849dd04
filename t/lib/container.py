"""Boots a real systemd in a container of systemd-nspawn, whose root is the machine's own one under
an overlay in memory: nothing stays behind. It needs root, runs without a network, and has
everything that is installed on this machine.

    container.need()
    with container.Container({"hello": "text"}) as c:      # the file /ci/hello in there
        print(c.boot("#!/bin/sh\\nsystemctl is-active dbus.socket\\n"))  # what it wrote

A script runs once basic.target is reached, and the container ends with it. What one boot has
changed is there in the next one.
"""
import contextlib
import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

import daemon
from closing import Closing

TIMEOUT = 900  # seconds for a boot, on a loaded machine
TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))

# Starts with what is wanted, not after it.
SERVICE = """[Unit]
Requires=basic.target
After=basic.target dbus.socket
Wants={wants}
SuccessAction=exit
FailureAction=exit
[Service]
Type=oneshot
StandardOutput=file:/ci/out
StandardError=file:/ci/err
ExecStart=/ci/script
"""


def need():
    """Skips the test unless it can boot a container."""
    daemon.need_root()
    if shutil.which("systemd-nspawn") is None:
        print("there is no systemd-nspawn (Debian: systemd-container)")
        sys.exit(77)


def run(*command):
    subprocess.run(command, check=True)


@contextlib.contextmanager
def one_at_a_time():
    """Containers have the cgroups of this machine in common: one removes those of another."""
    with open("/run/lock/polymilter-container", "w", encoding="ascii") as f:
        fcntl.flock(f, fcntl.LOCK_EX)
        yield


class Container(Closing):
    """files: {name: text} for /ci; copies: paths of files that are copied there, trees: folders
    of this machine that are visible at the same path, and can be changed in there only."""

    def __init__(self, files=None, copies=(), trees=()):
        self.dir = tempfile.mkdtemp(prefix="polymilter-", dir="/var/tmp")
        self.ci, self.root = self.dir + "/ci", self.dir + "/memory/root"
        self.trees, self.boots = trees, 0
        os.mkdir(self.ci)
        try:
            for path in copies:
                shutil.copy(path, self.ci)
            for name, text in (files or {}).items():
                self.write(name, text)
            self._mount()
        except BaseException:
            self.close()
            raise

    def write(self, name, text):
        with open(f"{self.ci}/{name}", "w", encoding="utf-8") as f:
            f.write(text)

    def read(self, name):
        with open(f"{self.ci}/{name}", encoding="utf-8", errors="replace") as f:
            return f.read()

    def _mount(self):
        memory = self.dir + "/memory"
        os.mkdir(memory)
        run("mount", "-t", "tmpfs", "-o", "mode=755", "polymilter", memory)
        for name in "upper", "work", "root":
            os.mkdir(f"{memory}/{name}")
        run("mount", "-t", "overlay", "-o",
            f"lowerdir=/,upperdir={memory}/upper,workdir={memory}/work", "polymilter", self.root)

    def close(self):
        for path in self.root, self.dir + "/memory":
            if os.path.ismount(path):
                run("umount", path)
        shutil.rmtree(self.dir)

    def boot(self, script, wants="basic.target"):
        """Boots, runs the script beside what starts for the target that is wanted, and returns
        what the script wrote to its standard output."""
        self.boots += 1
        self.write("script", script)
        os.chmod(self.ci + "/script", 0o755)
        self.write("test.unit", SERVICE.format(wants=wants))
        for name in "out", "err":
            if os.path.exists(f"{self.ci}/{name}"):
                os.unlink(f"{self.ci}/{name}")
        with one_at_a_time():
            done = self._boot()
        console = done.stdout.decode(errors="replace").strip()
        if not os.path.exists(self.ci + "/out"):  # the script was never begun
            if self.boots == 1:
                raise unittest.SkipTest("nothing boots here: " + console[-200:])
            raise AssertionError(f"boot {self.boots}: {console}")
        out = self.read("out")
        print(out, self.read("err"), sep="\n")
        if done.returncode != 0:
            raise AssertionError(f"the script has failed (above); the boot: {console}")
        return out

    def _boot(self):
        return subprocess.run(
            ["systemd-nspawn", "-q", "-D", self.root, "--private-network", "--register=no",
             "--keep-unit", f"--machine=polymilter-{os.getpid()}", f"--bind={self.ci}:/ci",
             f"--bind-ro={self.ci}/test.unit:/etc/systemd/system/polymilter-test.service",
             *[f"--overlay={tree}::{tree}" for tree in self.trees],
             "-b", "systemd.unit=polymilter-test.service", "systemd.show_status=no"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            timeout=TIMEOUT, check=False)
