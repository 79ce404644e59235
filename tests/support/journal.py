#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""journal.py KIND: a journal as somebody else could have written it, to standard output.

  place PLACE BEFORE AFTER   a place of the host that was BEFORE and became AFTER, each one of
                             "absent", "MODE UID GID TEXT" (a file), "folder MODE UID GID",
                             "link TARGET" and "other"
  twice FRAME                a HEADER, ITEMS, LABELS or PARTLY that comes again, and tells of less
  many                       items that claim to be more than there is room for
  state PLACE                a file of the state folder that was another before
"""
import hashlib
import struct
import sys

HEADER, SOURCES, STATE, ITEMS, LABELS, PARTLY = 1, 2, 4, 5, 8, 9


def blob(data):
    return struct.pack("<Q", len(data)) + data + b"\0"


def frame(kind, payload):
    return b"TDJ1" + struct.pack("<IQ", kind, len(payload)) + hashlib.sha256(payload).digest() + payload


def header(policies):
    names = b"".join(blob(b"p%d" % i) for i in range(policies))
    return frame(HEADER, struct.pack("<q", 1795428000) + blob(b"apply") + struct.pack("<Q", policies) + names)


def items(count):
    one = blob(b"proxy/apt") + blob(b"p") + blob(b"direct") + blob(b"x") + b"\1\0"
    return frame(ITEMS, struct.pack("<Q", count) + one * count)


def labels(count):
    return frame(LABELS, struct.pack("<Q", count) + blob(b"label") * count)


def state_of(text):
    """What a place is: its attributes, and its content."""
    words = text.split(" ", 3)
    if words[0] == "absent":
        return struct.pack("<BIII", 0, 0, 0, 0), b""
    if words[0] == "link":
        return struct.pack("<BIII", 2, 0o777, 0, 0), words[1].encode()
    if words[0] == "other":
        return struct.pack("<BIII", 4, 0o644, 0, 0), b""
    folder = words[0] == "folder"
    mode, uid, gid = words[1:4] if folder else words[0:3]
    content = b"" if folder else words[3].encode()
    return struct.pack("<BIII", 3 if folder else 1, int(mode, 8), int(uid), int(gid)), content


def place(kind, name, before, after):
    was, content = state_of(before)
    becomes, new = state_of(after)
    return frame(kind, struct.pack("<Q", 1) + blob(name.encode("utf-8", "surrogateescape")) + was + blob(content)
                 + becomes + hashlib.sha256(new).digest())


def main(kind, *rest):
    if kind == "place":
        return header(1) + place(SOURCES, *rest)
    if kind == "state":
        return header(1) + place(STATE, rest[0], "0600 0 0 planted", "absent")
    if kind == "many":
        return header(1) + frame(ITEMS, struct.pack("<Q", 1 << 20) + bytes(1 << 20))
    first = {"HEADER": header(20000), "ITEMS": header(1) + items(20000),
             "LABELS": header(1) + items(1) + labels(1), "PARTLY": header(1) + frame(PARTLY, b"")}
    again = {"HEADER": header(0), "ITEMS": items(0), "LABELS": labels(1), "PARTLY": frame(PARTLY, b"")}
    return first[rest[0]] + again[rest[0]]


sys.stdout.buffer.write(main(*sys.argv[1:]))
