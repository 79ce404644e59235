# SPDX-License-Identifier: Apache-2.0
"""Finds references to documents and holds them against the documents that are there.

A reference is one of these:

    NAME.md                       a document of the tree, by its name or the end of its path
    NAME.md section 5, NAME.md a.4 to a.6
                                  and a heading of it that begins with this number
    [text](PATH#ANCHOR)           in a document: a link, from where the document lies
    section 5                     in a document with numbered headings: a section of its own
    `model/item.h`                in a document: a file of code, from the top, from deployer/ or from
                                  where the document lies
    decision 0003                 a file 0003-....md of the decisions
    goal 9                        nothing: goals have no numbers

A table of a document has as many cells in each row as in its first, and nothing between its rows.

In C, comments and strings are read; of all else, the whole text.
"""
import bisect
import os
import re

NAME = re.compile(r"(?:\$\{?\w+\}?/)?((?:[\w.-]+/)*[\w-][\w.-]*\.md)\b(?![/\w])")
NUMBER = r"(?:[0-9]+|[a-z])(?:\.[0-9]+)*"
NUMBERS = r"%s(?:(?:, | and | to |, and )%s)*(?![\w(])" % (NUMBER, NUMBER)
BEHIND = re.compile(r"[`\"']?,? (sections? )?(%s)" % NUMBERS)
OWN = re.compile(r"(?<!\.md )(?<!\.md` )\bsections? (%s)" % NUMBERS)
FOREIGN = re.compile(r"(?:\bRFC ?\d+|\b[A-Z]\.\d+|\[[\w-]+\]|\b[A-Z][\w.-]*\d)[,)]? ?$")
HEADING = re.compile(r"#{1,6} +(.*?) *$")
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^()\s]+)\)")
CODE = re.compile(r"`((?:[\w.-]+/)+[\w-]+\.[ch])`")
NUMBERED = re.compile(r"\b(decision|goal) ([0-9]+)\b")
# in front of the text that goes on in the next line
CONTINUED = {".c": re.compile(r"\n[ \t]*(?:\*(?!/) ?)?[ \t]*"), ".md": re.compile(r"\n(?!\n)[ \t]*")}
CONTINUED[".h"] = CONTINUED[".c"]
HASH = re.compile(r"\n[ \t]*(?:#+ ?)?[ \t]*")
C_TEXT = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"(?:\s*"(?:\\.|[^"\\\n])*")*', re.DOTALL)


class Text:
    """A text with its line breaks taken out, that still knows the line of each place."""

    def __init__(self, text, first, continued):
        self.starts, self.lines, pieces, at, size = [0], [first], [], 0, 0
        for match in continued.finditer(text):
            pieces.append(text[at:match.start()] + " ")
            size += match.start() - at + 1
            at = match.end()
            self.starts.append(size)
            self.lines.append(first + text.count("\n", 0, match.end()))
        self.flat = "".join(pieces) + text[at:]

    def line(self, at):
        return self.lines[bisect.bisect_right(self.starts, at) - 1]


def texts_of(name, text):
    """What is read of a file."""
    ending = os.path.splitext(name)[1]
    if ending not in (".c", ".h"):
        return [Text(text, 1, CONTINUED.get(ending, HASH))]
    return [Text(match.group(0), text.count("\n", 0, match.start()) + 1, CONTINUED[ending])
            for match in C_TEXT.finditer(text)]


def headings_of(text):
    """Of a document: its headings, without what stands between fences."""
    fenced = False
    for line in text.splitlines():
        fenced = not fenced if line.startswith("```") else fenced
        match = None if fenced else HEADING.match(line)
        if match:
            yield match.group(1)


def cells_of(row):
    """How many cells a row of a table has. A bar in code, or behind a backslash, parts none."""
    return len(re.sub(r"`[^`]*`|\\\|", "", row.strip().strip("|")).split("|"))


def faults_of_tables(text):
    """Of a document: rows that a formatter or a hand has torn apart."""
    fenced, cells = False, 0
    for number, line in enumerate(text.splitlines(), 1):
        fenced = not fenced if line.startswith("```") else fenced
        if fenced or not line.strip():
            cells = 0
        elif line.startswith("|"):
            cells = cells or cells_of(line)
            if cells_of(line) != cells or not line.rstrip().endswith("|"):
                yield number, f"a row of {cells_of(line)} cells in a table of {cells}"
        elif cells:
            yield number, "this line tears a table apart"
            cells = 0
        elif re.match(r"#{1,6}[^# ]", line):
            yield number, "a heading without a blank behind its #"


def anchor_of(heading):
    """As the sites that show Markdown make it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


class Documents:
    def __init__(self, tree):
        self.tree = tree
        self.names = [name for name in tree.names if name.endswith(".md")]
        self.headings = {name: list(headings_of(tree.text(name))) for name in self.names}

    def find(self, reference, near):
        """The document that is meant in the file `near`, or None."""
        beside = os.path.normpath(os.path.join(os.path.dirname(near), reference))
        there = [name for name in self.names if ("/" + name).endswith("/" + reference)]
        return beside if beside in self.names else min(there, key=len, default=None)

    def numbers(self, name):
        found = (re.match(r"(%s)\.?(?: |$)" % NUMBER, heading) for heading in self.headings[name])
        return {match.group(1) for match in found if match}

    def missing(self, name, numbers, said):
        """Those of the numbers that no heading has; `said`: the word section stands there."""
        known = self.numbers(name)
        for number in re.findall(NUMBER, re.sub(r"\b(?:and|to)\b", "", numbers)):
            # "a" may be the article, and "3" a count, where nothing is numbered so
            alike = said or "." in number or any(one[0].isdigit() == number[0].isdigit() for one in known)
            if number not in known and alike:
                yield number

    def faults_of_names(self, file, text):
        for match in NAME.finditer(text.flat):
            line = text.line(match.start())
            if re.search(r"\w+://\S*$", text.flat[:match.start()][-200:]):
                continue
            document = self.find(match.group(1), file)
            if not document:
                yield line, f"there is no document {match.group(1)}"
                continue
            behind = BEHIND.match(text.flat, match.end())
            for number in self.missing(document, behind.group(2), bool(behind.group(1))) if behind else ():
                yield line, f"{document} has no section {number}"

    def faults_of_numbers(self, text):
        for match in NUMBERED.finditer(text.flat):
            line = text.line(match.start())
            if match.group(1) == "goal":
                yield line, f"goal {match.group(2)}: goals have no numbers; say what it is"
            elif not any(os.path.basename(name).startswith(match.group(2) + "-") for name in self.names):
                yield line, f"there is no decision {match.group(2)}"

    def faults_of_code(self, file, text):
        names = set(self.tree.names)
        folders = {part for name in names for part in name.split("/")[:-1]}
        for match in CODE.finditer(text.flat):
            path = match.group(1)
            beside = os.path.normpath(os.path.join(os.path.dirname(file), path))
            if path.split("/")[0] in folders and not names & {path, "deployer/" + path, beside}:
                yield text.line(match.start()), f"there is no file {path}"

    def faults_of_document(self, file, text):
        for match in OWN.finditer(text.flat):
            if self.numbers(file) and not FOREIGN.search(text.flat[:match.start()].rstrip()):
                for number in self.missing(file, match.group(1), True):
                    yield text.line(match.start()), f"{file} has no section {number}"
        for match in LINK.finditer(text.flat):
            path, _, anchor = match.group(1).partition("#")
            if "://" in path or path.startswith("mailto:"):
                continue
            target = os.path.normpath(os.path.join(os.path.dirname(file), path)) if path else file
            line = text.line(match.start())
            if not os.path.exists(os.path.join(self.tree.root, target)):
                yield line, f"a link to {target}, which is not there"
            elif anchor and anchor not in map(anchor_of, self.headings.get(target, ())):
                yield line, f"{target} has no heading #{anchor}"


def faults(tree):
    documents = Documents(tree)
    for file in documents.names:
        for line, message in faults_of_tables(tree.text(file)):
            yield file, line, message
    for file in tree.names:
        if tree.binary(file) or file.startswith(("tests/fuzz/corpus/", "tests/lint/documents.py")):
            continue
        for text in texts_of(file, tree.text(file)):
            found = list(documents.faults_of_names(file, text)) + list(documents.faults_of_numbers(text))
            if file.endswith(".md"):
                found += documents.faults_of_document(file, text)
                found += documents.faults_of_code(file, text)
            for line, message in sorted(found):
                yield file, line, message
