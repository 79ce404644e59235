#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The rules that a compiler does not know, one function each.

    lint.py [--root DIR] [--rule NAME]   one TAP line a rule, faults as file:line: what
    lint.py --rules                      the names of the rules

A rule yields (file, line, message). tests/lint/fixtures/RULE is a small tree
that the rule must refuse, for the reason in the file EXPECTED; tests/lint/self-test holds it to that.
"""
import argparse
import fnmatch
import os
import re
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True

import documents

MAX_FUNCTION = 60
MAX_FILE = 500
MAX_NESTING = 3
MAX_MODULES = 12
MAX_CODE_FILES = 16
FIXTURES = "tests/lint/fixtures/"


class Tree:
    """The files under test, read once."""

    def __init__(self, root):
        self.root = root
        self.cache = {}
        self.names = sorted(self.tracked() if os.path.exists(os.path.join(root, ".git"))
                            else self.walked())

    def tracked(self):
        out = subprocess.run(["git", "-c", "safe.directory=*", "-C", self.root, "ls-files", "-z", "--cached", "--others",
                              "--exclude-standard"], check=True, stdout=subprocess.PIPE).stdout
        names = out.decode().split("\0")
        return [n for n in names if n and not n.startswith(FIXTURES) and
                os.path.isfile(os.path.join(self.root, n))]

    def walked(self):
        for folder, _, names in os.walk(self.root):
            for name in names:
                yield os.path.relpath(os.path.join(folder, name), self.root)

    def text(self, name):
        if name not in self.cache:
            with open(os.path.join(self.root, name), "rb") as file:
                self.cache[name] = file.read().decode("utf-8", "replace")
        return self.cache[name]

    def lines(self, name):
        return self.text(name).splitlines()

    def sources(self, prefix=""):
        return [n for n in self.names if n.endswith((".c", ".h")) and n.startswith(prefix)]

    def binary(self, name):
        return "\0" in self.text(name)[:8192]


def strip_c(text):
    """The code alone: comments and the insides of literals become blanks, lines stay."""
    pattern = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.DOTALL)

    def blank(match):
        found = match.group(0)
        if found[0] in "\"'":
            return found[0] + " " * (len(found) - 2) + found[-1]
        return re.sub(r"[^\n]", " ", found)

    return pattern.sub(blank, text)


def functions(lines):
    """(first line, last line) of each function, from 1; clang-format keeps braces in column 0."""
    start = None
    for number, line in enumerate(lines, 1):
        if line == "{":
            start = number
            while start > 1 and lines[start - 2].strip() and \
                    not lines[start - 2].endswith(("*/", ";", "}")) and lines[start - 2][0] != "#":
                start -= 1
        elif line == "}" and start is not None:
            yield start, number
            start = None


# --- rules ---


def include_table(tree):
    """The table of deployer/README.md, enforced. A row may be about a folder inside of another, or about one module, which no other may include then."""
    folders, owners = {}, {}
    for line in tree.lines("deployer/README.md"):
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if not line.startswith("|") or len(cells) != 3 or cells[0] in ("folder", "---"):
            continue
        allowed = [word.strip().strip("`") for word in cells[1].split(",")]
        for folder in (name.strip() for name in cells[0].split(",")):
            folders[folder] = allowed
            for header in re.findall(r"`([^`]+)`", cells[2]):
                owners.setdefault(header, set()).add(folder)
    if not folders:
        yield "deployer/README.md", 1, "has no table of who may include whom"
    for name in tree.sources("deployer/"):
        parts = name.split("/")
        folder = parts[1] if len(parts) > 2 else parts[1].rsplit(".", 1)[0]
        for size in range(3, len(parts)):
            inner = "/".join(parts[1:size])
            folder = inner if inner in folders else folder
        if folder not in folders:
            yield name, 1, f"the folder '{folder}' is not in the table of deployer/README.md"
            continue
        module = name.split("/", 1)[1].rsplit(".", 1)[0]
        for number, line in enumerate(tree.lines(name), 1):
            match = re.match(r'\s*#\s*include\s*([<"])([^>"]+)[>"]', line)
            if match:
                message = check_include(
                    folders, owners, folder, module if module in folders else folder, *match.groups())
                if message:
                    yield name, number, message


def check_include(folders, owners, folder, who, quote, header):
    """`who` is `folder`, or a module in it that has a row of its own."""
    if quote == "<":
        guarded = set().union(*(who for pattern, who in owners.items()
                                if fnmatch.fnmatchcase(header, pattern)))
        if guarded and folder not in guarded:
            return f"only {', '.join(sorted(guarded))} may include <{header}>"
        library = "/" in header and not header.startswith(("sys/", "linux/", "asm/", "netinet/", "arpa/"))
        if not guarded and (library or header in LIBRARY_HEADERS):
            return f"no folder is said to include <{header}>: name it in deployer/README.md"
        return None
    target = header.split("/")[0]
    if "/" not in header:
        return f'write "{folder}/{header}": paths are from deployer/'
    module = header.rsplit(".", 1)[0]
    if "all" in folders[who] or header in folders[who] or module == who:
        return None
    if module in folders and target == folder:
        return f'{module} has a row of its own in deployer/README.md: {folder}/ may not include "{header}"'
    if header.startswith(folder + "/") or target in folders[who]:
        return None
    return f'{folder}/ may not include "{header}"'


LIBRARY_HEADERS = {"yaml.h", "mspack.h", "libgcab.h", "cJSON.h", "glib.h", "zlib.h", "hivex.h"}


def function_length(tree):
    """At most 60 lines a function."""
    for name in tree.sources():
        for first, last in functions(tree.lines(name)):
            if last - first + 1 > MAX_FUNCTION:
                yield name, first, f"the function has {last - first + 1} lines, {MAX_FUNCTION} are allowed"


def nesting(tree):
    """At most three levels inside a function."""
    for name in tree.sources():
        lines = strip_c(tree.text(name)).splitlines()
        for first, last in functions(lines):
            for number in range(first, last + 1):
                line = lines[number - 1]
                depth = len(line) - len(line.lstrip("\t")) - 1
                if depth > MAX_NESTING and line.strip():
                    yield name, number, f"nested {depth} deep, {MAX_NESTING} are allowed"
                    break


def file_length(tree):
    """At most 500 lines a file: past that it is two modules."""
    for name in tree.sources():
        count = len(tree.lines(name))
        if count > MAX_FILE:
            yield name, count, f"has {count} lines, {MAX_FILE} are allowed"


def folder_size(tree):
    """A folder of the program holds at most 12 modules (headers), in at most 16 files of code."""
    for folder in sorted({os.path.dirname(name) for name in tree.sources("deployer/")}):
        inside = [name for name in tree.sources("deployer/") if os.path.dirname(name) == folder]
        for ending, limit in ((".h", MAX_MODULES), (".c", MAX_CODE_FILES)):
            count = sum(name.endswith(ending) for name in inside)
            if count > limit:
                yield folder, 0, f"holds {count} {ending} files, {limit} are allowed"


BANNED = ["strcpy", "strncpy", "stpcpy", "strcat", "strncat", "sprintf", "vsprintf", "strtok", "gets",
          "atoi", "atol", "atoll", "atof", "scanf", "fscanf", "sscanf", "vscanf", "vsscanf", "vfscanf",
          "system", "popen", "alloca", "rand", "srand", "random", "setjmp", "longjmp", "sigsetjmp",
          "mktemp", "tmpnam", "tempnam", "ctime", "asctime", "gmtime", "localtime",
          "strdupa", "execlp", "execvp", "execvpe", "putenv", "signal"]


def banned_functions(tree):
    """Functions and words for which there is something better in base/."""
    call = re.compile(r"(?<![\w.>])(" + "|".join(BANNED) + r")\s*\(")
    for name in tree.sources():
        for number, line in enumerate(strip_c(tree.text(name)).splitlines(), 1):
            match = call.search(line)
            # Windows has no sigaction
            if match and not (match.group(1) == "signal" and name.endswith("_windows.c")):
                yield name, number, f"{match.group(1)}() is not used here"
            if re.search(r"\bgoto\b", line):
                yield name, number, "goto is not used here"


BY_PATH = ["chmod", "chown", "lchown", "fchmodat", "fchownat", "utimensat", "utimes", "utime", "futimesat",
           "setxattr", "lsetxattr", "removexattr", "lremovexattr", "mknod", "mknodat"]


def metadata_by_path(tree):
    """Owner, mode and attributes are changed on a descriptor: a path may be a link by then."""
    call = re.compile(r"(?<![\w.>])(" + "|".join(BY_PATH) + r")\s*\(")
    for name in tree.sources():
        for number, line in enumerate(strip_c(tree.text(name)).splitlines(), 1):
            match = call.search(line) if name.startswith("deployer/") else None
            if match:
                yield name, number, f"{match.group(1)}() is not used here: open it and change the descriptor"


def header_form(tree):
    """Licence line, #pragma once, opening comment."""
    spdx = "/* SPDX-License-Identifier: Apache-2.0 */"
    for name in tree.sources():
        lines = tree.lines(name)
        if not lines or lines[0] != spdx:
            yield name, 1, "the first line must be " + spdx
        if not name.endswith(".h"):
            continue
        if len(lines) < 2 or lines[1] != "#pragma once":
            yield name, 2, "the second line of a header must be #pragma once"
        if not any(line.startswith("/*") for line in lines[2:4]):
            yield name, 3, "a header opens with a comment that says what it is"


def licence_line(tree):
    """The licence line in scripts."""
    for name in tree.names:
        text = tree.text(name)
        if text.startswith("#!") and \
                not any("SPDX-License-Identifier: Apache-2.0" in line for line in text.splitlines()[:3]):
            yield name, 1, "no SPDX line"


def clang_format(tree):
    """Formatted as .clang-format says, by version 14."""
    tool = shutil.which("clang-format-14")
    if not tool:
        yield "", 0, "clang-format-14 is not installed"
        return
    names = tree.sources()
    if not names:
        return
    result = subprocess.run([tool, "--dry-run", "-Werror", "--style=file"] + names, cwd=tree.root,
                            stderr=subprocess.PIPE, text=True)
    for line in result.stderr.splitlines():
        match = re.match(r"(.+?):(\d+):\d+: error: (.*)", line)
        if match:
            yield match.group(1), int(match.group(2)), match.group(3)
    if result.returncode != 0 and not result.stderr:
        yield "", 0, "clang-format failed"


# Written in pieces, so that this file does not find itself.
MACHINE = re.compile(r"/(?:ho" r"me|wo" r"rk|fa" r"rm)/[\w.$]|/ro" r"ot/\.|/tmp/bash_" r"jobs")


def machine_paths(tree):
    """No path of one machine."""
    for name in tree.names:
        if tree.binary(name):
            continue
        for number, line in enumerate(tree.lines(name), 1):
            match = MACHINE.search(line)
            if match and not re.search(r"[\w.]$", line[:match.start()]):
                yield name, number, f"a path of one machine: {match.group(0)}"


LEFT_OVER = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X)\b")


def left_overs(tree):
    """What is not done is an issue, not a remark in the source."""
    for name in tree.names:
        if tree.binary(name) or name.startswith("tests/fuzz/corpus/"):
            continue
        for number, line in enumerate(tree.lines(name), 1):
            if LEFT_OVER.search(line):
                yield name, number, "a remark of something left undone"


def white_space(tree):
    """Lines end in one newline and nothing else."""
    for name in tree.names:
        if tree.binary(name) or name.startswith("tests/fuzz/corpus/") or "/fixtures/" in name:
            continue
        text = tree.text(name)
        if text and not text.endswith("\n"):
            yield name, text.count("\n") + 1, "no newline at the end"
        for number, line in enumerate(text.split("\n"), 1):
            if line != line.rstrip() and not name.endswith(".md"):
                yield name, number, "blanks at the end of the line"


def shell(tree):
    """Scripts parse, and shellcheck has no warning."""
    names = [n for n in tree.names if re.match(r"#!(/usr)?/bin/(env )?(ba)?sh\b", tree.text(n)) or
             re.search(r"\.(sh|bash)$", n)]
    for name in names:
        result = subprocess.run(["bash", "-n", name], cwd=tree.root, stderr=subprocess.PIPE, text=True)
        if result.returncode != 0:
            yield name, 0, result.stderr.strip()
    if names and not shutil.which("shellcheck"):
        yield "", 0, "shellcheck is not installed"
        return
    if names:
        result = subprocess.run(["shellcheck", "-x", "-S", "warning", "-f", "gcc", "-P", "SCRIPTDIR"] + names,
                                cwd=tree.root, stdout=subprocess.PIPE, text=True)
        for line in result.stdout.splitlines():
            match = re.match(r"(.+?):(\d+):\d+: (.*)", line)
            if match:
                yield match.group(1), int(match.group(2)), match.group(3)


def man_pages(tree):
    """Man pages that mandoc has nothing to say about."""
    names = [n for n in tree.names if re.search(r"\.[1578]$", n)]
    if names and not shutil.which("mandoc"):
        yield "", 0, "mandoc is not installed"
        return
    for name in names:
        result = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", name], cwd=tree.root,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if result.returncode != 0:
            yield name, 0, result.stdout.strip().split("\n")[0]


def attack_tests(tree):
    """What tests/README.md names as the test of an attack is there."""
    units = set(re.findall(r"\bTest\((\w+, \w+)", "".join(
        tree.text(n) for n in tree.sources("tests/unit/"))))
    section = False
    for number, line in enumerate(tree.lines("tests/README.md"), 1):
        section = line == "## Attacks" if line.startswith("## ") else section
        if not section or not line.startswith("|"):
            continue
        for name in re.findall(r"`([^`]+)`", line):
            there = name.replace("::", ", ") in units if "::" in name else "tests/" + name in tree.names
            if not there:
                yield "tests/README.md", number, f"there is no test {name}"


def document_references(tree):
    """What comments, messages and documents refer to is there; tables of documents are whole."""
    return documents.faults(tree)


def knots(graph):
    """The sets of at least two nodes that reach each other (Tarjan)."""
    number, lowest, stack, found = {}, {}, [], []

    def visit(node):
        number[node] = lowest[node] = len(number)
        stack.append(node)
        for other in sorted(graph[node]):
            if other not in number:
                visit(other)
            if other in stack:
                lowest[node] = min(lowest[node], lowest[other])
        if lowest[node] == number[node]:
            at = stack.index(node)
            found.append(tuple(sorted(stack[at:])))
            del stack[at:]

    for node in sorted(graph):
        if node not in number:
            visit(node)
    return sorted(knot for knot in found if len(knot) > 1)


def file_circles(tree):
    """No files include each other in a circle, a .c and its .h taken for one."""
    graph = {name[len("deployer/"):-2]: set() for name in tree.sources("deployer/")}
    for name in tree.sources("deployer/"):
        for header in re.findall(r'^\s*#\s*include\s*"([^"]+)\.h"', tree.text(name), re.MULTILINE):
            graph[name[len("deployer/"):-2]].update({header} & set(graph))
    for knot in knots(graph):
        yield f"deployer/{knot[0]}", 0, f"these include each other in a circle: {' '.join(knot)}"


VOCABULARY = re.compile(r'^\s*(?:FIRST|NEXT)\(\w+, "([^"]+)"\)|^#define (?:WORDS|KIND|LINK|RUN)_\w+ +"(\w+:?)"$', re.MULTILINE)
# Words that are also keys, options, kinds of documents, or words of other programs.
COMMON = set("""absent add any auto bundle certificate compliant ctl default direct disabled disallowed enabled error
    fail fixed hook keep keyring none not_compliant notchecked pac pass policy present proxy remove replace report root
    roots source state warning windows""".split())


def vocabulary(tree):
    """A word of a vocabulary (the macros of FIRST and NEXT) stands in no other file of the program."""
    owners = {}
    for name in tree.sources("deployer/"):
        for match in VOCABULARY.finditer(tree.text(name)):
            owners.setdefault(match.group(1) or match.group(2), name)
    for name in tree.sources("deployer/"):
        code = re.sub(r"/\*.*?\*/", lambda found: "\n" * found[0].count("\n"), tree.text(name), flags=re.DOTALL)
        for number, line in enumerate(code.split("\n"), 1):
            for word in re.findall(r'"([^"\\]*)"', line):
                if owners.get(word, name) != name and word not in COMMON:
                    yield name, number, f'"{word}" is a word of {owners[word]}: take it from there'


RULES = {rule.__name__.replace("_", "-"): rule for rule in (
    include_table, function_length, nesting, file_length, folder_size, banned_functions, metadata_by_path, header_form,
    licence_line, clang_format, machine_paths, left_overs, white_space, shell, man_pages, attack_tests,
    document_references, file_circles, vocabulary)}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--root", default=os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))
    parser.add_argument("--rule", choices=sorted(RULES))
    parser.add_argument("--rules", action="store_true")
    options = parser.parse_args()
    if options.rules:
        print("\n".join(RULES))
        return 0
    tree = Tree(os.path.abspath(options.root))
    chosen = [options.rule] if options.rule else list(RULES)
    failed = False
    print(f"1..{len(chosen)}")
    for name in chosen:
        faults = list(RULES[name](tree))
        for file, line, message in faults:
            print(f"# {file}:{line}: {message}")
        print(f"{'not ok' if faults else 'ok'} - {name}: {RULES[name].__doc__}")
        failed = failed or bool(faults)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
