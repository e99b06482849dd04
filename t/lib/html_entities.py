#!/usr/bin/env python3
"""Prints src/html/html_entity_table.c: the named character references of the HTML standard
(section 13.5), as Python has them. t/lint/entities.test compares the file with it."""
from html.entities import html5

HEAD = """\
/* Made by t/lib/html_entities.py. The named character references of the HTML standard (section
 * 13.5), sorted: the name, a NUL, what it means in UTF-8, a NUL. A name without ';' may stand
 * with and without it. */
#include "html/html_entity.h"

#pragma GCC diagnostic ignored "-Woverlength-strings" /* gcc and clang have no limit */

/* clang-format off */
const char html_entity_text[] =
"""


def entry(name):
    value = html5[name].encode()
    return name + "\\0" + "".join("\\x%02x" % b for b in value) + "\\0"


def lines(pieces, width, begin, end):
    line = begin
    for piece in pieces:
        if len(line) + len(piece) + len(end) > width:
            yield line.rstrip() + end
            line = begin
        line += piece
    yield line.rstrip() + end


def main():
    # "amp;" is left out when "amp" is there. The order is that without ';'.
    names = [n for n in html5 if not (n.endswith(";") and n[:-1] in html5)]
    names.sort(key=lambda n: n.rstrip(";"))
    offset, offsets = 0, []
    for name in names:
        offsets.append(offset)
        offset += len(name) + len(html5[name].encode()) + 2
    text = "\n".join(lines((entry(n) for n in names), 94, '\t"', '"'))
    print(HEAD + text + ";\n")
    print("const uint16_t html_entity_at[HTML_ENTITIES] = {")
    print("\n".join(lines(("%d, " % o for o in offsets), 94, "\t", "")))
    print("};\n/* clang-format on */")


main()
