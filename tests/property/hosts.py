# SPDX-License-Identifier: Apache-2.0
"""Trees of Linux hosts, and the distributions' own tools over them.

A host begins as its distribution's tool leaves it. What is odd about it comes from quirks.py.
"""
import copy
import hashlib
import os
import posixpath
import re
import shutil
import subprocess
import threading

import certs
import judge

MODULE = "/usr/share/p11-kit/modules/p11-kit-trust.module"
CERTS = "/etc/ssl/certs"
BLANKS = " \t"
HASH_LINK = re.compile(r"([0-9a-fA-F]{8})\.([rR]?)([0-9]+)")
NUMBERS = 65535

LAYOUTS = {
    "debian": {
        "release": 'ID=debian\nVERSION_ID="12"\n', "shipped": "/usr/share/ca-certificates",
        "local": "/usr/local/share/ca-certificates", "bundle": CERTS + "/ca-certificates.crt",
        "tool": "/usr/sbin/update-ca-certificates"},
    "alpine": {
        "release": "ID=alpine\nVERSION_ID=3.20.3\n", "shipped": "/usr/share/ca-certificates",
        "local": "/usr/local/share/ca-certificates", "bundle": CERTS + "/ca-certificates.crt",
        "tool": "/usr/sbin/update-ca-certificates"},
    "fedora": {
        "release": "ID=fedora\nVERSION_ID=40\n", "shipped": "/usr/share/pki/ca-trust-source",
        "local": "/etc/pki/ca-trust/source",
        "bundle": "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
        "tool": "/usr/bin/update-ca-trust"},
    "suse": {
        "release": 'ID="opensuse-leap"\nID_LIKE="suse opensuse"\nVERSION_ID="15.6"\n',
        "shipped": "/usr/share/pki/trust", "local": "/etc/pki/trust",
        "bundle": "/var/lib/ca-certificates/ca-bundle.pem", "tool": "/usr/sbin/update-ca-certificates"},
    "arch": {
        "release": "ID=arch\n", "shipped": "/usr/share/ca-certificates/trust-source",
        "local": "/etc/ca-certificates/trust-source",
        "bundle": "/etc/ca-certificates/extracted/tls-ca-bundle.pem", "tool": "/usr/bin/update-ca-trust"},
    "none": {"release": "ID=chiselled\n", "shipped": None, "local": None, "bundle": None, "tool": None},
}
P11KIT = ("fedora", "suse", "arch")


class Host:
    """One tree. Paths are as the host sees them."""

    def __init__(self, root, layout, rng, setting):
        self.root, self.layout, self.rng, self.setting = root, layout, rng, setting
        self.pool, self.other_users = setting.pool, setting.other_users
        self.paths = LAYOUTS[layout]
        self.shipped, self.local, self.bundle = (self.paths[k] for k in ("shipped", "local", "bundle"))
        self.bundles = [self.bundle] if self.bundle else []
        self.folder = CERTS if layout in ("debian", "alpine") else None
        self.certificates = [one for kind in self.pool.values() for one in kind]
        self.deselected = set()  # what the host itself says is not to be trusted
        self.placed = []         # certificates that lie somewhere on it
        self.of_distribution, self.shipped_files = set(), []
        self.kept_by_us = False  # it trusts what the distribution's tool would drop
        self.tool_fails = False
        self.unused = {kind: list(all_of) for kind, all_of in self.pool.items()}
        os.makedirs(root)
        for folder in ("etc", "usr/lib", "usr/sbin", "usr/bin", "var/lib", "run", "tmp"):
            os.makedirs(f"{root}/{folder}")
        self.write("/etc/os-release", self.paths["release"])
        self.write("/etc/environment", 'PATH="/usr/bin:/bin"\n')

    # --- files ---

    def real(self, path):
        return self.root + path

    def write(self, path, content, mode=0o644):
        real = self.real(path)
        os.makedirs(os.path.dirname(real), exist_ok=True)
        if os.path.islink(real):
            os.unlink(real)
        with open(real, "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
        os.chmod(real, mode)

    def read(self, path):
        with open(self.real(path), "rb") as file:
            return file.read()

    def exists(self, path):
        return os.path.lexists(self.real(path))

    def link(self, target, path):
        os.makedirs(os.path.dirname(self.real(path)), exist_ok=True)
        if self.exists(path):
            self.remove(path)
        os.symlink(target, self.real(path))

    def remove(self, path):
        real = self.real(path)
        if os.path.islink(real) or os.path.isfile(real):
            os.unlink(real)
        else:
            shutil.rmtree(real, ignore_errors=True)

    # --- certificates ---

    def take(self, *kinds):
        """A certificate that lies nowhere on the host yet."""
        kind = self.rng.choice([kind for kind in kinds if self.unused[kind]] or ["plain"])
        one = self.unused[kind].pop(self.rng.randrange(len(self.unused[kind])))
        self.placed.append(one)
        return one

    def copy(self, root):
        """The same host elsewhere."""
        subprocess.run(["cp", "-a", self.root, root], check=True)
        out = copy.copy(self)
        out.root = root
        return out

    @property
    def anchors(self):
        """Where the administrator's certificates go."""
        return self.local + "/anchors" if self.layout in P11KIT else self.local

    def ship(self, one, name, content=None):
        folder = self.shipped + ("/anchors" if self.layout in P11KIT else "")
        self.write(f"{folder}/{name}", content if content is not None else certs.pem(one.der))
        self.of_distribution.add(one.sha256)
        if content is None:
            self.shipped_files.append((one, f"{folder}/{name}"[len(self.shipped) + 1:]))
        if self.layout not in P11KIT:
            conf = self.read("/etc/ca-certificates.conf") if self.exists("/etc/ca-certificates.conf") else b""
            self.write("/etc/ca-certificates.conf", conf + name.encode() + b"\n")

    def furnish(self):
        """A distribution as it comes: some roots and its own tool's work."""
        if self.layout == "none":
            return
        self.write(self.paths["tool"], self.setting.tool, 0o755)
        for folder in ([self.local] if self.folder else [f"{self.local}/anchors", f"{self.local}/blocklist"]):
            os.makedirs(self.real(folder), exist_ok=True)
        if self.folder:
            os.makedirs(self.real(CERTS))
            os.makedirs(self.real("/etc/ca-certificates/update.d"))
            self.write("/etc/ca-certificates.conf", "# shipped\n")
        for n in range(self.rng.randint(2, 5)):
            one = self.take("plain")
            self.ship(one, f"mozilla/Shipped_{n}.crt" if self.folder else f"Shipped_{n}.pem")
        os.makedirs(os.path.dirname(self.real(self.bundle)), exist_ok=True)

    # --- the distribution's own tool ---

    def rebuild(self):
        """What the distribution's tool does. False: it could not."""
        if self.tool_fails or self.folder and not os.path.isdir(self.real(self.folder)):
            return False
        if self.layout == "debian":
            debian_tool(self)
        elif self.layout == "alpine":
            alpine_tool(self)
        elif self.layout in P11KIT:
            return p11kit_tool(self)
        return True

    def state(self):
        """Everything that one can see of it but our state, the lock and times: path -> what is there."""
        out = {}
        stack = [""]
        while stack:
            folder = stack.pop()
            for entry in os.scandir(self.root + (folder or "/")):
                path = f"{folder}/{entry.name}"
                if path in ("/var/lib/trust-deployer", "/run"):
                    continue
                out[path] = self.look(entry)
                if entry.is_dir(follow_symlinks=False):
                    stack.append(path)
        return out

    @staticmethod
    def look(entry):
        info = entry.stat(follow_symlinks=False)
        if entry.is_symlink():
            return "link", os.readlink(entry.path)
        extra = tuple((key, os.getxattr(entry.path, key)) for key in sorted(os.listxattr(entry.path)))
        if entry.is_dir():
            return "folder", info.st_mode, info.st_uid, info.st_gid, extra
        with open(entry.path, "rb") as file:
            return "file", info.st_mode, info.st_uid, info.st_gid, extra, hashlib.sha256(file.read()).hexdigest()


# --- Debian's update-ca-certificates: a model, held against the tool itself by compare_tool ---


def conf_lines(host):
    """Lines as `sed | while read` sees them: the last only with its newline, blanks taken off."""
    if not host.exists("/etc/ca-certificates.conf"):
        return []
    return host.read("/etc/ca-certificates.conf").decode("utf-8", "surrogateescape").split("\n")[:-1]


def link_name(path, alpine=False):
    name = posixpath.basename(path)
    name = name[:-4] if name.endswith(".crt") else name
    name = name.translate(str.maketrans({" ": "_", ",": "_", "(": "=", ")": "="}))
    return f"{CERTS}/ca-cert-{name}.pem" if alpine else f"{CERTS}/{name}.pem"


def local_files(host):
    found = []
    with judge.inside(host.root):
        for folder, _, names in os.walk(host.local, followlinks=True):
            found += [f"{folder}/{name}" for name in names
                      if name.endswith(".crt") and os.path.isfile(f"{folder}/{name}")]
    return sorted(found, key=os.fsencode)


def debian_sources(host):
    sources = [f"{host.shipped}/{line.strip(BLANKS)}" for line in conf_lines(host)
               if line and line[0] not in "#!" and line.strip(BLANKS)]
    with judge.inside(host.root):
        sources = [path for path in sources if os.path.isfile(path)]
    return sources + local_files(host)


def is_file(host, path):
    """Behind all links, as they lead within the tree."""
    with judge.inside(host.root):
        return os.path.isfile(path)


def make_links(host, wanted, alpine=False):
    """Links to the sources; tells whether any changed. Sources of one link name take it in turn."""
    changed = False
    for path in wanted:
        link = link_name(path, alpine)
        if host.exists(link) and os.path.islink(host.real(link)) and \
                os.readlink(host.real(link)) == path and is_file(host, link):
            continue
        if host.exists(link):
            host.remove(link)
        host.link(path, link)
        changed = True
    return changed


def debian_tool(host):
    lines = conf_lines(host)
    fresh = not host.exists("/etc/ca-certificates.conf") or not host.read("/etc/ca-certificates.conf")
    if fresh:
        clear_links(host, lambda target: target.startswith((host.shipped, host.local)))
        clear_links(host)
    removed = 0
    for line in lines:
        gone = f"{CERTS}/{posixpath.basename(line[1:].strip(BLANKS))[:-4]}.pem"
        if line.startswith("!") and os.path.islink(host.real(gone)):
            host.remove(gone)
            removed += 1
    sources = debian_sources(host)
    content = b""
    for path in sources:
        one = read_followed(host, path)
        content += one if one.endswith(b"\n") or not one else one + b"\n"
    if make_links(host, sources) or removed:
        clear_links(host)
        rehash(host)
    if sources:
        host.remove(host.bundle)
        host.write(host.bundle, content)


def read_followed(host, path):
    with judge.inside(host.root), open(path, "rb") as file:
        return file.read()


def clear_links(host, which=None):
    """Links whose target `which` says, or those that lead nowhere."""
    for name in os.listdir(host.real(CERTS)):
        real = host.real(f"{CERTS}/{name}")
        if os.path.islink(real) and (which(os.readlink(real)) if which else
                                     not is_file(host, f"{CERTS}/{name}")):
            os.unlink(real)


def rehash(host):
    """`openssl rehash`: sorted files with one certificate each, the same certificate once. A link stays
    when its number is lower than the number of links that its hash needs, whatever it leads to."""
    folder = host.real(CERTS)
    buckets = {}  # hash and kind -> {target: [lowest number of a link to it, certificate or None]}
    names = sorted(os.listdir(folder), key=os.fsencode)
    with judge.inside(host.root):
        single = {name: judge.single(f"{CERTS}/{name}") for name in names
                  if name.lower().endswith((".pem", ".crt", ".cer"))}
    for name in names:
        link = HASH_LINK.fullmatch(name)
        if link and os.path.islink(f"{folder}/{name}"):
            bucket = buckets.setdefault((link[1].lower(), link[2].lower()), {})
            entry = bucket.setdefault(os.readlink(f"{folder}/{name}"), [NUMBERS, None])
            entry[0] = min(entry[0], int(link[3]) % NUMBERS)
            continue
        found = single.get(name)
        bucket = buckets.setdefault((found[1], ""), {}) if found else {}
        if found and found[0] not in [digest for _, digest in bucket.values()]:
            bucket.setdefault(name, [NUMBERS, None])[1] = found[0]
    for (digits, kind), bucket in buckets.items():
        needed = sum(digest is not None for _, digest in bucket.values())
        taken = {number for number, _ in bucket.values() if number < needed}
        for target, (number, digest) in bucket.items():
            if number < needed:
                continue
            if digest:
                number = next(free for free in range(NUMBERS) if free not in taken)
                taken.add(number)
            link = f"{folder}/{digits}.{kind}{number}"
            if os.path.lexists(link) and not os.path.isdir(link):
                os.unlink(link)
            if digest and not os.path.lexists(link):
                os.symlink(target, link)


def compare_tool(host):
    """What the model above and Debian's tool make of the same host: a text, empty when it is the same."""
    model, real = host.copy(host.root + ".model"), host.copy(host.root + ".real")
    debian_tool(model)
    over = []
    for path in ("/etc/ssl/certs", "/etc/ca-certificates", "/usr/share/ca-certificates",
                 "/usr/local/share", "/opt"):
        os.makedirs(real.real(path), exist_ok=True)
        over += ["--bind", real.real(path), path]
    conf = ["--ro-bind", real.real("/etc/ca-certificates.conf"), "/etc/ca-certificates.conf"] \
        if real.exists("/etc/ca-certificates.conf") else ["--ro-bind", "/dev/null", "/etc/ca-certificates.conf"]
    done = subprocess.run(["bwrap", "--dev-bind", "/", "/", "--tmpfs", "/tmp", *over, *conf, "--",
                           "/usr/sbin/update-ca-certificates"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    made, wanted = ({path: what for path, what in one.state().items() if path.startswith("/etc/ssl/certs")}
                    for one in (model, real))
    if not host.setting.keep:
        shutil.rmtree(model.root)
        shutil.rmtree(real.root)
    if made == wanted:
        return ""
    return f"the tool ended with {done.returncode}; " + ", ".join(
        f"{path}: model {made.get(path)}, tool {wanted.get(path)}"
        for path in sorted({*made, *wanted}) if made.get(path) != wanted.get(path))[:600]


# --- Alpine's program of the same name, from its source as formats.md tells it ---


def alpine_sources(host):
    sources = []
    for line in conf_lines(host):
        path = f"{host.shipped}/{line}"
        if line and line[0] not in "#!" and os.path.isfile(host.real(path)):
            sources.append(path)
    local = host.real(host.local)
    if os.path.isdir(local):
        sources += [f"{host.local}/{name}" for name in os.listdir(local)
                    if name[0] != "." and is_file(host, f"{host.local}/{name}")]
    return sources


def alpine_tool(host):
    sources = alpine_sources(host)
    wanted = {link_name(path, True) for path in sources}
    for name in os.listdir(host.real(CERTS)):
        real = host.real(f"{CERTS}/{name}")
        if os.path.islink(real) and f"{CERTS}/{name}" not in wanted and \
                os.path.dirname(os.readlink(real)).startswith((host.shipped, host.local)):
            os.unlink(real)
    make_links(host, sources, True)
    host.write(host.bundle, b"".join(read_followed(host, path) + b"\n" for path in sources))
    clear_links(host)
    rehash(host)


# --- p11-kit's own trust(1) over the sources of the tree ---


def p11kit_tool(host):
    with open(host.setting.module, "w") as file:
        file.write("module: p11-kit-trust.so\npriority: 1\ntrust-policy: yes\n"
                   f"x-init-reserved: paths='{host.real(host.local)}:{host.real(host.shipped)}'\n")
    made = host.real(host.bundle) + ".made"
    done = subprocess.run(["trust", "extract", "--overwrite", "--format=pem-bundle", "--filter=ca-anchors",
                           "--purpose", "server-auth", made],
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    if done.returncode != 0 or not os.path.exists(made):
        return False
    os.chmod(made, 0o444)
    os.replace(made, host.real(host.bundle))
    return True


def p11kit_sources(host):
    with judge.inside(host.root):
        return [f"{folder}/{name}" for top in (host.shipped, host.local)
                for folder, _, names in os.walk(top, followlinks=True) for name in names]


# --- what the host itself asks for ---

OWN = "trust-deployer-"  # what the names of our files begin with


def asked_by_others(host):
    """Fingerprints of what the sources hold that are not ours."""
    if host.layout == "none":
        return set()
    sources = {"debian": debian_sources, "alpine": alpine_sources}.get(host.layout, p11kit_sources)
    paths = [path for path in sources(host) if not posixpath.basename(path).startswith(OWN)]
    with judge.inside(host.root):
        return {digest for path in paths for digest in judge.by_file(path)}


class Tool:
    """Answers the program in the tree that stands for the distribution's tool (ask_outside.c)."""

    def __init__(self, host):
        self.host, self.asked = host, 0
        self.thread = None
        for name in ("tool-asked", "tool-answer"):
            os.mkfifo(host.real(f"/run/{name}"))

    def __enter__(self):
        # open for both ends, so that neither side waits for the other for ever
        self.question = os.open(self.host.real("/run/tool-asked"), os.O_RDWR | os.O_CLOEXEC)
        self.answer = os.open(self.host.real("/run/tool-answer"), os.O_RDWR | os.O_CLOEXEC)
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()
        return self

    def serve(self):
        while os.read(self.question, 1) == b"?":
            self.asked += 1
            os.write(self.answer, b"\0" if self.host.rebuild() else b"\1")

    def __exit__(self, *_):
        os.write(self.question, b"!")
        self.thread.join()
        os.close(self.question)
        os.close(self.answer)
        for name in ("tool-asked", "tool-answer"):
            os.unlink(self.host.real(f"/run/{name}"))
