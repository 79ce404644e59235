#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Says what an strace of file system calls changed or could have changed.

    writes.py TRACE [ALLOWED...]   TRACE of `strace -f -yy -o TRACE -e trace=...`

Coverage data (.gcda) that an instrumented program writes at its end do not count.

Prints each call that opens for writing, creates, renames, removes or changes
something, but for those on a path that ends in one of ALLOWED or that are no files
(terminals, pipes, /dev/null). Exit status 1 when there is one. Calls that failed
count too: trying is enough.
"""
import re
import sys

OPENS = re.compile(r"^(?:open|openat|openat2)\(")
WRITES = re.compile(r"O_WRONLY|O_RDWR|O_CREAT|O_TRUNC|O_APPEND|O_TMPFILE")
CHANGES = re.compile(
    r"^(creat|rename|renameat|renameat2|unlink|unlinkat|rmdir|symlink|symlinkat|link|linkat|mkdir|"
    r"mkdirat|mknod|mknodat|chmod|fchmod|fchmodat|fchmodat2|chown|fchown|lchown|fchownat|truncate|"
    r"ftruncate|utime|utimes|utimensat|futimesat|setxattr|lsetxattr|fsetxattr|removexattr|"
    r"lremovexattr|fremovexattr|fallocate|copy_file_range|mount|umount2|syncfs|sync|fsync|fdatasync)\(")
CALL = re.compile(r"^(?:\d+ +)?(.*)$")


def changes(line):
    call = CALL.match(line).group(1)
    if OPENS.match(call):
        return bool(WRITES.search(call)) and "/dev/null" not in call and "/dev/tty" not in call
    return bool(CHANGES.match(call))


def main():
    allowed = "|".join(map(re.escape, sys.argv[2:]))
    found = calls = 0
    with open(sys.argv[1], encoding="utf-8", errors="replace") as trace:
        for line in trace:
            calls += "(" in line
            if ".gcda" in line:
                continue
            if changes(line) and not (allowed and re.search(f'(?:{allowed})["<>]', line)):
                found += 1
                print(line.rstrip())
    if calls == 0:
        print("the trace holds no call at all")
    return 1 if found or calls == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
