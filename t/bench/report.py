"""Tables of figures, as text and as Markdown, and the facts about the machine. t/bench/RESULTS.md
is what markdown() returned in the last full run.
"""
import datetime
import os
import platform
import re
import subprocess

HERE = os.path.dirname(os.path.abspath(__file__))


class Threshold:
    """A limit for a figure. what: the limit in words; found: the figure; reached: whether it is
    within the limit."""

    def __init__(self, what, found, reached):
        self.what, self.found, self.reached = what, found, reached

    @property
    def word(self):
        return "reached" if self.reached else "not reached"

    def __str__(self):
        return f"{self.what}: {self.found}, {self.word}"


class Table:
    """A table. head: names of the columns; rows: lists of texts, the first one the row's name;
    notes: sentences below the table; text: the output of a program in place of rows."""

    def __init__(self, title, notes=(), head=(), rows=(), thresholds=(), text=""):
        self.title, self.notes, self.head = title, list(notes), list(head)
        self.rows, self.thresholds, self.text = list(rows), list(thresholds), text

    def as_text(self):
        lines = [self.title]
        if self.rows:
            widths = [max(len(row[i]) for row in [self.head, *self.rows])
                      for i in range(len(self.head))]
            for row in [self.head, *self.rows]:
                lines.append("  ".join([row[0].ljust(widths[0])] + [
                    cell.rjust(width) for cell, width in zip(row[1:], widths[1:])]))
        lines += [line for line in [self.text.rstrip("\n")] if line]
        lines += [f"  {threshold}" for threshold in self.thresholds]
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
        for threshold in self.thresholds:
            lines.append(f"- {threshold.what}: {threshold.found}, **{threshold.word}**")
        lines += [""] * bool(self.thresholds)
        if self.notes:
            lines += [" ".join(self.notes), ""]
        return "\n".join(lines)


def _markdown_row(cells):
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _first_line(*command):
    """The first line of a command's output; "" when it fails."""
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
    """The commit of the sources, with a plus when files have changed since."""
    at = _first_line("git", "-C", HERE, "rev-parse", "--short", "HEAD")
    changed = _first_line("git", "-C", HERE, "status", "--porcelain", "--untracked-files=no")
    return (at or "unknown") + ("+" if changed else "")


def build():
    """The compiler and its flags in this build directory."""
    flags = [_found(rf"(?m)^{name} = *(.*)$", "Makefile")
             for name in ("CC", "HARD_CFLAGS", "CFLAGS", "SAN_FLAGS")]
    version = _first_line(flags[0], "-dumpfullversion")
    return f"{flags[0]} {version} {' '.join(flags[1:])}".strip()


def unfit():
    """Why this build must not be measured; "" when it can be."""
    if "-fsanitize" in build():
        return "built with sanitizers"
    return "" if re.search(r"-O[23]", build()) else "not built with -O2"


def machine():
    """Facts about machine and build: [(name, text)]."""
    system = _found('PRETTY_NAME="(.*)"', "/etc/os-release")
    memory = int(_found(r"MemTotal: +(\d+)", "/proc/meminfo")) / 1024 ** 2
    libmilter = _first_line("dpkg-query", "-W", "-f", "${Version}", "libmilter1.0.1")
    return [
        ("date", datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC")),
        ("commit", commit()),
        ("machine", f"{_found('model name.*: (.*)', '/proc/cpuinfo')}, {os.cpu_count()} CPUs, "
                    f"{memory:.0f} GiB"),
        ("system", f"{system}, Linux {platform.release()}"),
        ("compiled", build()),
        ("libmilter", libmilter or "unknown"),
        ("Postfix", _first_line("postconf", "-dh", "mail_version") or "not installed"),
    ]


INTRODUCTION = """\
Benchmark
=========

Written by `t/bench/run --results FILE`; `make bench` runs it without a file. All servers run on
the same machine, are built with the same compiler and `-O2`, get the same messages from the same
client (`polymilterctl bench`, or `smtp-source` through a Postfix), and are measured in turns: each
round measures each of them, in another order than the round before. A ratio is the median of the
ratios of the rounds; a figure is the median of the rounds, with the minimum and the maximum in
brackets.

- **polymilter** logs every message to a pipe; the benchmark reads the pipe and counts the lines.
- **p** is a libmilter filter in the style of the libmilter manual, with a callback for every stage,
  each of which is answered. It has the same policies as polymilter: `t/bench/peer.c` and
  `t/bench/polymilter.conf`. It matches header values as they come, while polymilter unfolds and
  decodes them, and it logs nothing.
- **q** is the same filter, but it excludes every stage and every answer that its policies do not
  need. Therefore it can refuse a message for a header only at the end of the message, where **p**
  refuses at the header.
- **bare loop** reads the frames of every stage and answers only the end of the message. It
  evaluates, stores and logs nothing: its cost is that of the protocol. It has as many processes
  as polymilter has workers.

The client waits for an answer wherever the terms that the filter chose demand one, and nowhere
else. It sends all data up to the next answer in one write. Postfix 3.7 writes 4096 bytes at a
time to a unix socket, and so does the client in the table "Small writes". CPU time is user and
system time of all processes and threads of the server, up to the moment when all of them are
idle.
"""


def summary(tables):
    thresholds = [threshold for table in tables for threshold in table.thresholds]
    return f"{sum(t.reached for t in thresholds)} of {len(thresholds)} thresholds reached"


def markdown(tables, facts):
    lines = [INTRODUCTION, "| | |", "|---|---|"]
    lines += [_markdown_row(fact) for fact in facts] + ["", f"{summary(tables)}.", ""]
    lines += [_markdown_row(["threshold", "found", ""]), "|---|--:|---|"]
    lines += [_markdown_row([f"{table.title}: {limit.what}", limit.found, limit.word])
              for table in tables for limit in table.thresholds]
    return "\n".join([*lines, "", *(t.as_markdown() for t in tables)])
