# SPDX-License-Identifier: Apache-2.0
"""What is odd about hosts as they are found, one function each: a quirk changes a furnished host.

Most let the distribution's own tool run behind them, since that is how such a host came about.
"""
import os
import posixpath
import struct

import certs
from hosts import CERTS, P11KIT

QUIRKS = {}  # name -> (function, layouts)
DEBIAN, ALPINE = ("debian",), ("alpine",)
OPENSSL = DEBIAN + ALPINE
TRUST = OPENSSL + P11KIT
CONF = "/etc/ca-certificates.conf"


def quirk(layouts, name=None):
    def register(function):
        QUIRKS[name or function.__name__.replace("_", "-")] = (function, layouts)
        return function
    return register


def local_name(host, name):
    return f"{host.anchors}/{name}.crt"


def add_local(host, one, name=None, content=None):
    path = local_name(host, name or f"corp-{len(host.placed)}")
    host.write(path, certs.pem(one.der) if content is None else content)
    return path


def register_locals():
    """A local file of each form of PEM, and of each kind of certificate."""
    rows = [(f"local-pem-{form}", TRUST, "plain", make) for form, make in certs.FORMS.items()]
    for kinds in (certs.lax(1), certs.refused(1), certs.not_for_servers(1)):
        rows += [(f"local-{kind}", TRUST, kind, None) for kind in kinds]
    for name, layouts, kind, make in rows:
        def local_quirk(host, kind=kind, make=make):
            one = host.take(kind)
            add_local(host, one, content=make(one.der) if make else None)
            host.rebuild()
        quirk(layouts, name)(local_quirk)


register_locals()


@quirk(OPENSSL)
def shipped_odd_pem(host):
    """One of the distribution's own files was touched by an editor."""
    one = host.take("plain")
    form = host.rng.choice(sorted(certs.FORMS))
    host.ship(one, "mozilla/Edited.crt", certs.FORMS[form](one.der))
    host.rebuild()


@quirk(TRUST)
def two_in_one_file(host):
    first, second = host.take("plain"), host.take("plain")
    add_local(host, first, content=certs.pem(first.der) + certs.pem(second.der))
    host.rebuild()


@quirk(TRUST)
def same_subject(host):
    for one in host.pool["twin"][:2]:
        host.placed.append(one)
        add_local(host, one, f"twin-{one.sha256[:4]}")
    host.rebuild()


@quirk(TRUST)
def same_certificate_twice(host):
    one = host.take("plain")
    for name in ("corp", "corp copy"):
        add_local(host, one, name)
    host.rebuild()


@quirk(TRUST)
def pending(host):
    """Put there, and the tool has not run yet."""
    add_local(host, host.take("plain"))


# --- names that collide ---


@quirk(OPENSSL)
def one_link_name(host):
    first, second = host.rng.choice([("a/ca", "b/ca"), ("a b", "a_b"), ("a,b", "a_b"), ("a(b", "a=b"),
                                     ("ca", "sub/ca"), ("Shipped_0", "ca")])
    for name in (first, second):
        add_local(host, host.take("plain"), name)
    host.rebuild()


@quirk(OPENSSL)
def config_map(host):
    """As Kubernetes mounts files: links to links, with the data beside them."""
    one = host.take("plain")
    host.write(f"{host.local}/..2026_01/ca.crt", certs.pem(one.der))
    host.link("..2026_01", f"{host.local}/..data")
    host.link("..data/ca.crt", f"{host.local}/ca.crt")
    host.rebuild()


@quirk(OPENSSL)
def linked_folder(host):
    host.write("/opt/corp/ca.crt", certs.pem(host.take("plain").der))
    host.link("/opt/corp", f"{host.local}/corp")
    host.rebuild()


@quirk(OPENSSL)
def linked_file(host):
    host.write("/opt/corp/ca.pem", certs.pem(host.take("plain").der))
    host.link("/opt/corp/ca.pem", f"{host.local}/ca.crt")
    host.rebuild()


@quirk(OPENSSL)
def passed_over(host):
    for suffix in ("pem", "cer", "CRT"):
        host.write(f"{host.local}/corp.{suffix}", certs.pem(host.take("plain").der))
    host.rebuild()


# --- the configuration ---


def edit_conf(name, layouts=OPENSSL):
    def register(function):
        def conf_quirk(host):
            host.rebuild()
            host.kept_by_us = True
            host.write(CONF, function(host, host.read(CONF) if host.exists(CONF) else b""))
        quirk(layouts, f"conf-{name}")(conf_quirk)
        return function
    return register


def last_line(host, change):
    """The last shipped file's line becomes another."""
    conf = host.read(CONF) if host.exists(CONF) else b""
    if conf.count(b"\n") < 2:
        return conf
    head, line = conf.rstrip(b"\n").rsplit(b"\n", 1)
    return head + b"\n" + change(line)


edit_conf("crlf")(lambda host, conf: conf.replace(b"\n", b"\r\n"))
edit_conf("empty")(lambda host, conf: b"")
edit_conf("bom")(lambda host, conf: b"\xef\xbb\xbf" + conf)
edit_conf("other-names")(lambda host, conf: b"elsewhere/One.crt\nelsewhere/Two.crt\n")
edit_conf("binary")(lambda host, conf: b"\0\1\2\n" + conf)
edit_conf("line-deleted")(lambda host, conf: last_line(host, lambda line: b""))
edit_conf("line-commented")(lambda host, conf: last_line(host, lambda line: b"#" + line + b"\n"))
edit_conf("comment-behind")(lambda host, conf: last_line(host, lambda line: line + b" # ours\n"))
edit_conf("blanks-before")(lambda host, conf: last_line(host, lambda line: b"  " + line + b"\n"))
edit_conf("blank-before-mark")(lambda host, conf: last_line(host, lambda line: b"  !" + line + b"\n"))
edit_conf("no-newline")(lambda host, conf: conf[:-1])
edit_conf("absolute")(lambda host, conf: last_line(
    host, lambda line: host.shipped.encode() + b"/" + line + b"\n"))
edit_conf("backslash")(lambda host, conf: last_line(host, lambda line: line.replace(b"/", b"\\") + b"\n"))


@edit_conf("mark-without-newline")
def conf_mark_without_newline(host, conf):
    """Debian's tool does not see such a line, Alpine's does."""
    if host.layout == "alpine":
        host.deselected |= {one.sha256 for one, name in host.shipped_files
                            if conf.endswith(b"\n" + name.encode() + b"\n")}
    return last_line(host, lambda line: b"!" + line)


@quirk(OPENSSL)
def conf_missing(host):
    host.rebuild()
    host.kept_by_us = True
    host.remove(CONF)


def shipped_of(host):
    """A file that the distribution ships; it may be gone already, when another quirk came before."""
    one, name = host.shipped_files[-1]
    return f"{host.shipped}/{name}", one


@quirk(OPENSSL)
def deselected(host):
    """A root that the distribution ships and the administrator does not want."""
    path, one = shipped_of(host)
    name = path[len(host.shipped) + 1:].encode()
    conf = host.read(CONF) if host.exists(CONF) else b""
    host.write(CONF, conf.replace(b"\n" + name + b"\n", b"\n!" + name + b"\n"))
    host.deselected.add(one.sha256)
    host.rebuild()


@quirk(OPENSSL)
def deselected_not_rebuilt(host):
    host.rebuild()
    path, one = shipped_of(host)
    name = path[len(host.shipped) + 1:].encode()
    conf = host.read(CONF) if host.exists(CONF) else b""
    host.write(CONF, conf.replace(b"\n" + name + b"\n", b"\n!" + name + b"\n"))
    host.deselected.add(one.sha256)


# --- sources that are not there ---


@quirk(TRUST)
def shipped_folder_missing(host):
    host.rebuild()
    host.kept_by_us = True
    host.remove(host.shipped)


@quirk(TRUST)
def shipped_file_missing(host):
    host.rebuild()
    host.kept_by_us = True
    host.remove(shipped_of(host)[0])


@quirk(TRUST)
def shipped_is_folder(host):
    host.rebuild()
    host.kept_by_us = True
    path = shipped_of(host)[0]
    host.remove(path)
    os.makedirs(host.real(path))


@quirk(TRUST)
def local_folder_missing(host):
    add_local(host, host.take("plain"))
    host.rebuild()
    host.kept_by_us = True
    host.remove(host.local)


@quirk(TRUST)
def stale(host):
    """Its source went, the tool has not run."""
    path = add_local(host, host.take("plain"))
    host.rebuild()
    host.kept_by_us = True
    host.remove(path)


@quirk(TRUST)
def emptied_source(host):
    path = add_local(host, host.take("plain"))
    host.rebuild()
    host.kept_by_us = True
    host.write(path, b"")


@quirk(TRUST)
def source_too_large(host):
    path = add_local(host, host.take("plain"))
    host.rebuild()
    host.kept_by_us = True
    host.write(path, b"# " + b"x" * (5 << 20))


# --- what people did to the result ---


def append(host, content):
    host.rebuild()
    host.kept_by_us = True
    host.write(host.bundle, (host.read(host.bundle) if host.exists(host.bundle) else b"") + content)


@quirk(TRUST)
def appended_to_bundle(host):
    append(host, certs.pem(host.take("plain").der))


@quirk(TRUST)
def appended_odd(host):
    form = host.rng.choice(sorted(certs.FORMS))
    append(host, certs.FORMS[form](host.take("plain").der))


@quirk(TRUST)
def bundle_missing(host):
    host.rebuild()
    host.remove(host.bundle)


@quirk(OPENSSL)
def bundle_is_link(host):
    host.rebuild()
    if host.exists(host.bundle) and not os.path.islink(host.real(host.bundle)):
        host.write("/opt/ca.crt", host.read(host.bundle))
        host.remove(host.bundle)
        host.link("/opt/ca.crt", host.bundle)


def free_link(host, one):
    n = 0
    while host.exists(f"{CERTS}/{one.hash}.{n}"):
        n += 1
    return f"{CERTS}/{one.hash}.{n}"


@quirk(OPENSSL)
def file_in_certs(host):
    """A root of somebody's own with its hash link: trusted by folder, in no source."""
    host.rebuild()
    host.kept_by_us = True
    one = host.take("plain", "plain", "boolean-01", "large")
    host.write(f"{CERTS}/mine.pem", certs.pem(one.der))
    host.link("mine.pem", free_link(host, one))


@quirk(OPENSSL)
def hash_link_to_elsewhere(host):
    host.rebuild()
    host.kept_by_us = True
    one = host.take("plain")
    host.write("/opt/mine.pem", certs.pem(one.der))
    host.link("/opt/mine.pem", free_link(host, one))


@quirk(OPENSSL)
def hash_link_is_file(host):
    host.rebuild()
    host.kept_by_us = True
    one = host.take("plain")
    host.write(free_link(host, one), certs.pem(one.der))


def for_loader_alone(host, one):
    """A root of somebody's own that OpenSSL's loader of files finds, and its search by number does not."""
    rng = host.rng
    der = rng.random() < 0.6
    number = 0 if der and rng.random() < 0.7 else rng.randrange(2, 5)
    while host.exists(f"{CERTS}/{one.hash}.{number}"):
        number += 1 if der else 2
    name = rng.choice([f"{one.hash}.{number}"] * 4 +
                      [f"{one.hash}.007", f"{one.hash}.r0", f"{one.hash}.{10**20}", f"{one.hash.upper()}.{number}"])
    content = one.der if der else certs.pem(one.der)
    kind = rng.choice(["file", "/opt/loaded", f"{CERTS}/loaded", f"{CERTS}/loaded.pem"])
    host.kept_by_us = True
    if kind == "file":
        host.write(f"{CERTS}/{name}", content)
    else:
        host.write(kind, content)
        host.link(kind.replace(f"{CERTS}/", ""), f"{CERTS}/{name}")


@quirk(OPENSSL)
def loader_alone(host):
    host.rebuild()
    for_loader_alone(host, host.take("plain", "boolean-01"))


@quirk(OPENSSL)
def loader_alone_twin(host):
    """Beside one of the same subject."""
    one, other = host.pool["twin"][:2]
    add_local(host, other, "twin")
    host.rebuild()
    host.placed += [one, other]
    for_loader_alone(host, one)


@quirk(OPENSSL)
def linked_behind(host):
    """A link of somebody's, with the next number behind one of a source that goes later."""
    one, other = host.pool["twin"][:2]
    path = add_local(host, other, "twin")
    host.rebuild()
    host.kept_by_us = True
    host.placed += [one, other]
    host.write("/opt/behind.crt", certs.pem(one.der))
    host.link("/opt/behind.crt", free_link(host, one))
    if host.rng.random() < 0.5:
        host.remove(path)


@quirk(OPENSSL)
def file_behind(host):
    """A file of somebody's, with the next number behind a link to a source."""
    one, other = host.pool["twin"][:2]
    add_local(host, other, "twin")
    host.rebuild()
    host.kept_by_us = True
    host.placed += [one, other]
    host.write(free_link(host, one), certs.pem(one.der))


@quirk(OPENSSL)
def file_in_certs_without_link(host):
    host.rebuild()
    host.write(f"{CERTS}/mine.pem", certs.pem(host.take("plain").der))


@quirk(OPENSSL)
def dangling_links(host):
    host.rebuild()
    host.link("/nowhere.pem", f"{CERTS}/gone.pem")
    host.link("gone.pem", f"{CERTS}/0badc0de.0")


@quirk(OPENSSL)
def certs_folder_missing(host):
    host.remove(CERTS)


# --- modes and attributes ---


def close(host, path, mode):
    host.rebuild()
    if os.path.exists(host.real(path)):
        os.chmod(host.real(path), mode)


@quirk(TRUST)
def bundle_closed(host):
    close(host, host.bundle, 0o600)


@quirk(TRUST)
def local_folder_closed(host):
    add_local(host, host.take("plain"))
    close(host, host.local, 0o700)


@quirk(TRUST)
def local_file_closed(host):
    close(host, add_local(host, host.take("plain")), 0o600)


@quirk(OPENSSL)
def certs_folder_closed(host):
    close(host, CERTS, 0o700)


# u::rw-, u:1:r--, g::r--, m::r--, o::r--, as the kernel keeps it
ACL = struct.pack("<I", 2) + b"".join(struct.pack("<HHI", tag, rights, who) for tag, rights, who in (
    (1, 6, 0xFFFFFFFF), (2, 4, 1), (4, 4, 0xFFFFFFFF), (16, 4, 0xFFFFFFFF), (32, 4, 0xFFFFFFFF)))


@quirk(TRUST + ("none",))
def attributes(host):
    host.rebuild()
    for path in ("/etc/environment", host.bundle, CONF if host.folder else None):
        if path and os.path.isfile(host.real(path)) and not os.path.islink(host.real(path)):
            os.chown(host.real(path), 12, 34)
            os.setxattr(host.real(path), "user.note", b"keep me")
            os.setxattr(host.real(path), "system.posix_acl_access", ACL)


# --- layouts that look like others, tools that fail ---


@quirk(OPENSSL)
def stray_p11kit_folder(host):
    host.rebuild()
    os.makedirs(host.real("/etc/pki/ca-trust/source/anchors"))


@quirk(P11KIT)
def stray_debian_folder(host):
    host.rebuild()
    os.makedirs(host.real("/usr/local/share/ca-certificates"))


@quirk(P11KIT)
def tool_fails(host):
    host.rebuild()
    host.tool_fails = True


@quirk(P11KIT)
def tool_missing(host):
    host.rebuild()
    host.tool_fails = True
    host.remove(host.paths["tool"])


@quirk(P11KIT)
def blocked(host):
    path, one = shipped_of(host)
    host.write(f"{host.local}/blocklist/{posixpath.basename(path)}", certs.pem(one.der))
    host.deselected.add(one.sha256)
    host.rebuild()


@quirk(P11KIT)
def blocked_not_rebuilt(host):
    host.rebuild()
    path, one = shipped_of(host)
    host.write(f"{host.local}/blocklist/{posixpath.basename(path)}", certs.pem(one.der))
    host.deselected.add(one.sha256)
    host.kept_by_us = True


@quirk(P11KIT)
def bundle_file_only_in_root_of_sources(host):
    """A file of trust bits of its own, beside anchors/."""
    host.write(f"{host.local}/corp.p11-kit", b"[p11-kit-object-v1]\ntrusted: true\nx-distrusted: false\n"
               + certs.pem(host.take("plain").der))
    host.rebuild()
