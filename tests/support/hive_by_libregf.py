#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What libregf reads from a hive, in the notation of `hive dump`. Fails on one it calls corrupt."""
import sys

import pyregf


def walk(key, path, lines):
    lines.append(path + "\t")
    for value in key.values:
        data = value.data or b""
        lines.append(f"{path}\t{value.name or ''}\t{value.type}\t{data.hex()}")
    for below in key.sub_keys:
        walk(below, (path + "\\" if path else "") + (below.name or ""), lines)


hive = pyregf.file()
hive.open(sys.argv[1])
if hive.is_corrupted():
    sys.exit(f"{sys.argv[1]}: libregf says that it is corrupt")
found = []
walk(hive.get_root_key(), "", found)
print("\n".join(found))
