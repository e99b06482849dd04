"""Tables of figures: printed as text, written as Markdown."""
import datetime
import os
import platform
import re
import subprocess

HERE = os.path.dirname(os.path.abspath(__file__))


class Goal:
    """What was to be reached, what was found, and whether that is enough."""

    def __init__(self, what, found, reached):
        self.what, self.found, self.reached = what, found, reached

    @property
    def word(self):
        return "reached" if self.reached else "not reached"

    def __str__(self):
        return f"{self.what}: {self.found}, {self.word}"


class Table:
    """title and notes are sentences; head and rows are texts, the first column the row's
    name; text, when there is some, is another program's own table."""

    def __init__(self, title, notes=(), head=(), rows=(), goals=(), text=""):
        self.title, self.notes, self.head = title, list(notes), list(head)
        self.rows, self.goals, self.text = list(rows), list(goals), text

    def as_text(self):
        lines = [self.title]
        if self.rows:
            widths = [max(len(row[i]) for row in [self.head, *self.rows])
                      for i in range(len(self.head))]
            for row in [self.head, *self.rows]:
                lines.append("  ".join([row[0].ljust(widths[0])] + [
                    cell.rjust(width) for cell, width in zip(row[1:], widths[1:])]))
        lines += [line for line in [self.text.rstrip("\n")] if line]
        lines += [f"  {goal}" for goal in self.goals]
        lines += [f"  {note}" for note in self.notes]
        return "\n".join(lines) + "\n"

    def as_markdown(self):
        lines = [f"### {self.title}", ""]
        if self.rows:
            lines += [_markdown_row(self.head), _markdown_row(["---"] + ["--:"] * (
                len(self.head) - 1))]
            lines += [_markdown_row(row) for row in self.rows] + [""]
        if self.text:
            lines += ["```", self.text.rstrip("\n"), "```", ""]
        for goal in self.goals:
            lines.append(f"- {goal.what}: {goal.found}, **{goal.word}**")
        lines += [""] * bool(self.goals)
        if self.notes:
            lines += [" ".join(self.notes), ""]
        return "\n".join(lines)


def _markdown_row(cells):
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _said(*command):
    """The first line that a command says; "" when it cannot be run."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return (done.stdout.splitlines() or [""])[0].strip() if done.returncode == 0 else ""


def _found(pattern, path):
    try:
        with open(path, encoding="utf-8", errors="replace") as f:
            found = re.search(pattern, f.read())
    except OSError:
        found = None
    return found.group(1) if found else "unknown"


def commit():
    """Of the sources; with a plus when they are not as they were committed."""
    at = _said("git", "-C", HERE, "rev-parse", "--short", "HEAD")
    changed = _said("git", "-C", HERE, "status", "--porcelain", "--untracked-files=no")
    return (at or "unknown") + ("+" if changed else "")


def build():
    """The compiler and its flags, of the build directory we are in."""
    flags = [_found(rf"(?m)^{name} = *(.*)$", "Makefile")
             for name in ("CC", "HARD_CFLAGS", "CFLAGS", "SAN_FLAGS")]
    version = _said(flags[0], "-dumpfullversion")
    return f"{flags[0]} {version} {' '.join(flags[1:])}".strip()


def doubts():
    """Why the figures of this build mean nothing; "" when they do."""
    if "-fsanitize" in build():
        return "built with sanitizers"
    return "" if re.search(r"-O[23]", build()) else "not built with -O2"


def machine():
    """Facts as (name, text)."""
    system = _found('PRETTY_NAME="(.*)"', "/etc/os-release")
    memory = int(_found(r"MemTotal: +(\d+)", "/proc/meminfo")) / 1024 ** 2
    libmilter = _said("dpkg-query", "-W", "-f", "${Version}", "libmilter1.0.1")
    return [
        ("date", datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC")),
        ("commit", commit()),
        ("machine", f"{_found('model name.*: (.*)', '/proc/cpuinfo')}, {os.cpu_count()} CPUs, "
                    f"{memory:.0f} GiB"),
        ("system", f"{system}, Linux {platform.release()}"),
        ("compiled", build()),
        ("libmilter", libmilter or "unknown"),
        ("Postfix", _said("postconf", "-dh", "mail_version") or "not installed"),
    ]


INTRODUCTION = """\
Benchmark
=========

Written by `t/bench/run --results`; `make bench` makes such a run. All servers stand on the same
machine, are built with the same compiler and `-O2`, get the same messages from the same client
(`polymilterctl bench`, or `smtp-source` through a Postfix), and are measured in turns: each
round asks every one of them, in another order than the round before. A ratio is the median of
the rounds' own ratios; a figure is the median of the rounds, with the least and the most in
brackets.

- **polymilter** logs every message; the log is read at its other end, and its lines are counted.
- **p** is a libmilter filter as one writes it from the manual, with a callback for every stage,
  each answered. It does the same work as polymilter: `t/bench/peer.c` beside
  `t/bench/polymilter.conf`. It looks at header values as they come, where polymilter unfolds and
  decodes them, and logs nothing.
- **q** is the same filter, which declines every stage and every answer that its work allows. So
  it learns only at the end of a message what **p** may say at a header.
- **bare loop** takes the frames of every stage, answers only the end of the message, looks at
  nothing, keeps nothing, logs nothing: what the wire itself costs. As many processes as
  polymilter has workers.

The client is honest: it waits for an answer wherever the terms that the filter chose owe one,
and nowhere else. What it may send before the next answer it sends in one go; Postfix 3.7 writes
4096 bytes at a time to a unix socket, and the table "Small writes" is like that.
CPU time is that of the server and all its processes and threads, user and kernel, from their own
CPU clocks, up to the moment when nothing moves any more.
"""


def summary(tables):
    goals = [goal for table in tables for goal in table.goals]
    return f"{sum(goal.reached for goal in goals)} of {len(goals)} thresholds reached"


def markdown(tables, facts):
    lines = [INTRODUCTION, "| | |", "|---|---|"]
    lines += [_markdown_row(fact) for fact in facts] + ["", f"{summary(tables)}.", ""]
    lines += [_markdown_row(["threshold", "found", ""]), "|---|--:|---|"]
    lines += [_markdown_row([f"{table.title}: {goal.what}", goal.found, goal.word])
              for table in tables for goal in table.goals]
    return "\n".join([*lines, "", *(t.as_markdown() for t in tables)])
