"""A headless Chromium for tests of pages: opens one in a window of a given width, and returns its
text, its pictures, and what it asked for. Input: a URL; output: a Page. The program is told what to
do over a pipe, as the Chrome DevTools Protocol describes: JSON texts, each with a NUL at its end.

    with Browser() as b:
        page = b.open("http://127.0.0.1:9464/", width=400)
        page.text, page.png, page.overflow, page.requests, page.complaints
"""
import base64
import json
import os
import select
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field

TIMEOUT = int(os.environ.get("TEST_TIMEOUT", "60"))
PROGRAM = shutil.which("chromium")


@dataclass
class Page:
    text: str = ""       # that a reader sees
    png: bytes = b""     # a picture of all of it
    part_png: bytes = b""  # of a part, see open()
    overflow: int = 0    # pixels that it is wider than its window
    requests: list = field(default_factory=list)    # the URLs that it loaded
    complaints: list = field(default_factory=list)  # errors and warnings of the browser


def need_chromium():
    """Skips the test where it is not installed."""
    if PROGRAM is None:
        print("no chromium")
        sys.exit(77)


class Browser:
    def __init__(self):
        self.dir = tempfile.mkdtemp(prefix="polymilter-browser-")
        theirs_in, self.to = os.pipe()
        self.from_, theirs_out = os.pipe()
        self.proc = subprocess.Popen(
            [sys.executable, "-c",  # the protocol wants descriptors 3 and 4
             "import os, sys; i, o = int(sys.argv[1]), int(sys.argv[2]); "
             "i, o = os.dup2(i, 50), os.dup2(o, 51); os.dup2(i, 3); os.dup2(o, 4); "
             "os.execv(sys.argv[3], sys.argv[3:])", str(theirs_in), str(theirs_out), PROGRAM,
             "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
             "--disable-extensions", "--disable-background-networking", "--no-first-run",
             "--hide-scrollbars", "--remote-debugging-pipe", f"--user-data-dir={self.dir}",
             "about:blank"],
            pass_fds=(theirs_in, theirs_out), stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
            env={**os.environ, "HOME": self.dir})
        os.close(theirs_in)
        os.close(theirs_out)
        self.number, self.buffer, self.events = 0, b"", []

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        os.killpg(self.proc.pid, 9)
        self.proc.wait()
        os.close(self.to)
        os.close(self.from_)
        shutil.rmtree(self.dir, ignore_errors=True)

    def _receive(self):
        end = time.monotonic() + TIMEOUT
        while b"\0" not in self.buffer:
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.from_], [], [], left)[0]:
                raise AssertionError("the browser does not answer")
            piece = os.read(self.from_, 1 << 20)
            if not piece:
                raise AssertionError("the browser has ended")
            self.buffer += piece
        text, _, self.buffer = self.buffer.partition(b"\0")
        return json.loads(text)

    def call(self, method, session=None, **params):
        """The result of a method of the protocol; events that come before it are kept."""
        self.number += 1
        message = {"id": self.number, "method": method, "params": params}
        if session is not None:
            message["sessionId"] = session
        os.write(self.to, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._receive()
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise AssertionError(f"{method}: {answer['error']}")
                return answer["result"]
            self.events.append(answer)

    def wait_event(self, method):
        while not any(e.get("method") == method for e in self.events):
            self.events.append(self._receive())

    def open(self, url, width, height=800, dark=False, part=None):
        """part: a selector of CSS, whose first element Page.part_png is to show."""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        s = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in "Page", "Network", "Log", "Runtime":
            self.call(f"{domain}.enable", s)
        self.call("Emulation.setDeviceMetricsOverride", s, width=width, height=height,
                  deviceScaleFactor=1, mobile=False)
        self.call("Emulation.setEmulatedMedia", s, features=[
            {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])
        self.events = []
        self.call("Page.navigate", s, url=url)
        self.wait_event("Page.loadEventFired")

        def value(expression):
            return self.call("Runtime.evaluate", s, expression=expression,
                             returnByValue=True)["result"].get("value")

        page = Page(value("document.body.innerText"))
        page.overflow = value("document.documentElement.scrollWidth") - width

        def picture(**clip):
            return base64.b64decode(self.call("Page.captureScreenshot", s, format="png",
                                              captureBeyondViewport=True, **clip)["data"])

        page.png = picture()
        if part is not None:
            area = value(f"(r => ({{x: r.x, y: r.y, width: r.width, height: r.height}}))"
                         f"(document.querySelector({json.dumps(part)}).getBoundingClientRect())")
            page.part_png = picture(clip={**area, "scale": 1})
        page.requests = [e["params"]["request"]["url"] for e in self.events
                         if e.get("method") == "Network.requestWillBeSent"]
        page.complaints = [e["params"]["entry"]["text"] for e in self.events
                           if e.get("method") == "Log.entryAdded"]
        self.call("Target.closeTarget", targetId=target)
        return page
