#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The binary values of a hive as reglookup reads them, in the notation of `hive dump`."""
import subprocess
import sys
from urllib.parse import unquote_to_bytes

run = subprocess.run(["reglookup", "-t", "BINARY", sys.argv[1]], stdout=subprocess.PIPE,
                     stderr=subprocess.DEVNULL, check=True)
for line in run.stdout.splitlines()[1:]:
    place, kind, data, _ = line.split(b",", 3)
    if kind != b"BINARY":
        continue
    path, name = unquote_to_bytes(place).decode().rsplit("/", 1)
    print("\t".join([path[1:].replace("/", "\\"), name, "3", unquote_to_bytes(data).hex()]))
