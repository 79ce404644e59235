# SPDX-License-Identifier: Apache-2.0
"""What OpenSSL's own library trusts: by a bundle file as curl loads it (X509_LOOKUP_file, that is
X509_load_cert_crl_file) and by a folder of hash links (X509_LOOKUP_hash_dir, and X509_LOOKUP_store as
OpenSSL's default paths have it; all certificates of a subject). Nothing of the program under test is in here.
"""
import contextlib
import ctypes
import ctypes.util
import hashlib
import os
import re
import shutil
import subprocess

import certs

NOBODY = 65534
PEM_FILE = 1
crypto = ctypes.CDLL(ctypes.util.find_library("crypto"))
pointer = ctypes.c_void_p
for function, result, arguments in (
        ("X509_STORE_new", pointer, ()), ("X509_STORE_free", None, (pointer,)),
        ("X509_LOOKUP_file", pointer, ()), ("X509_LOOKUP_hash_dir", pointer, ()),
        ("X509_LOOKUP_store", pointer, ()),
        ("X509_STORE_add_lookup", pointer, (pointer, pointer)),
        ("X509_load_cert_crl_file", ctypes.c_int, (pointer, ctypes.c_char_p, ctypes.c_int)),
        ("X509_LOOKUP_ctrl", ctypes.c_int,
         (pointer, ctypes.c_int, ctypes.c_char_p, ctypes.c_long, pointer)),
        ("X509_STORE_get0_objects", pointer, (pointer,)), ("OPENSSL_sk_num", ctypes.c_int, (pointer,)),
        ("OPENSSL_sk_value", pointer, (pointer, ctypes.c_int)), ("OPENSSL_sk_free", None, (pointer,)),
        ("X509_OBJECT_get0_X509", pointer, (pointer,)), ("X509_STORE_CTX_new", pointer, ()),
        ("X509_STORE_CTX_init", ctypes.c_int, (pointer,) * 4), ("X509_STORE_CTX_free", None, (pointer,)),
        ("X509_STORE_CTX_get1_certs", pointer, (pointer, pointer)), ("X509_free", None, (pointer,)),
        ("d2i_X509", pointer, (pointer, ctypes.POINTER(ctypes.c_char_p), ctypes.c_long)),
        ("i2d_X509", ctypes.c_int, (pointer, ctypes.POINTER(pointer))),
        ("X509_get_subject_name", pointer, (pointer,)),
        ("X509_NAME_hash_ex", ctypes.c_ulong, (pointer,) * 4),
        ("ERR_clear_error", None, ()), ("CRYPTO_free", None, (pointer, ctypes.c_char_p, ctypes.c_int))):
    getattr(crypto, function).restype = result
    getattr(crypto, function).argtypes = arguments
L_ADD_DIR, L_ADD_STORE = 2, 3
LOADED = re.compile(r"([0-9a-fA-F]{8})\.r?[0-9]+")


def decode(der):
    """The X509 of all of these bytes, or None; it lives as long as the process."""
    text = ctypes.c_char_p(der)
    start = ctypes.cast(text, pointer).value
    found = crypto.d2i_X509(None, ctypes.byref(text), len(der))
    crypto.ERR_clear_error()
    if found and ctypes.cast(text, pointer).value - start != len(der):
        return None
    return found


def ask_openssl(pool):
    """Fills in of each certificate of the pool what OpenSSL thinks of it."""
    for certificate in (one for kind in pool.values() for one in kind):
        certificate.x509 = decode(certificate.der)
        certificate.decodes = bool(certificate.x509)
        if certificate.decodes:
            certificate.hash = subject_hash(certificate.x509)
            KNOWN[encoded(certificate.x509)] = certificate.sha256


def subject_hash(x509):
    return "%08x" % crypto.X509_NAME_hash_ex(crypto.X509_get_subject_name(x509), None, None, None)


# What OpenSSL writes of a certificate that it has read, where the encoding was not strict: its own name.
KNOWN = {}


def fingerprint(x509):
    digest = encoded(x509)
    return KNOWN.get(digest, digest)


def encoded(x509):
    out = pointer()
    size = crypto.i2d_X509(x509, ctypes.byref(out))
    digest = hashlib.sha256(ctypes.string_at(out, size)).hexdigest()
    crypto.CRYPTO_free(out, None, 0)
    return digest


def by_file(path):
    """Fingerprints of what a bundle file makes trusted, none when OpenSSL cannot load it whole."""
    store = crypto.X509_STORE_new()
    lookup = crypto.X509_STORE_add_lookup(store, crypto.X509_LOOKUP_file())
    out = set()
    if crypto.X509_load_cert_crl_file(lookup, os.fsencode(path), PEM_FILE) > 0:
        objects = crypto.X509_STORE_get0_objects(store)
        out = {fingerprint(crypto.X509_OBJECT_get0_X509(crypto.OPENSSL_sk_value(objects, at)))
               for at in range(crypto.OPENSSL_sk_num(objects))}
    crypto.X509_STORE_free(store)
    crypto.ERR_clear_error()
    return out


def by_folder(path, certificates):
    """Those of the certificates that OpenSSL finds in a folder by their subject."""
    return found_by(crypto.X509_LOOKUP_hash_dir(), L_ADD_DIR, path, certificates)


def by_loader(path, certificates):
    """Those that OpenSSL's loader of files finds. It ends at a file that it does not understand, in the
    order of the folder: so it is asked for each file alone, too."""
    names = {}
    for name in os.listdir(path):
        if match := LOADED.fullmatch(name):
            names.setdefault(match[1].lower(), []).append(f"{path}/{name}")
    out = set()
    for certificate in certificates:
        if certificate.decodes and certificate.hash in names:
            for place in (path, *names[certificate.hash]):
                out |= found_by(crypto.X509_LOOKUP_store(), L_ADD_STORE, place, [certificate])
    return out


def by_default(path, certificates):
    """Those that the default paths find: by number, and by the loader where that finds none of a subject."""
    out = set()
    for certificate in certificates:
        if certificate.decodes:
            out |= by_folder(path, [certificate]) or by_loader(path, [certificate])
    return out


def found_by(method, control, path, certificates):
    store = crypto.X509_STORE_new()
    lookup = crypto.X509_STORE_add_lookup(store, method)
    crypto.X509_LOOKUP_ctrl(lookup, control, os.fsencode(path), PEM_FILE, None)
    context = crypto.X509_STORE_CTX_new()
    crypto.X509_STORE_CTX_init(context, store, None, None)
    out, asked = set(), set()
    for certificate in certificates:
        if not certificate.decodes or certificate.hash in asked:
            continue
        asked.add(certificate.hash)
        found = crypto.X509_STORE_CTX_get1_certs(
            context, crypto.X509_get_subject_name(certificate.x509))
        for at in range(crypto.OPENSSL_sk_num(found) if found else 0):
            one = crypto.OPENSSL_sk_value(found, at)
            out.add(fingerprint(one))
            crypto.X509_free(one)
        if found:
            crypto.OPENSSL_sk_free(found)
    crypto.X509_STORE_CTX_free(context)
    crypto.X509_STORE_free(store)
    crypto.ERR_clear_error()
    return out


def single(path):
    """(fingerprint, hash of the subject) of a file with one certificate, as `openssl rehash` reads it."""
    store = crypto.X509_STORE_new()
    lookup = crypto.X509_STORE_add_lookup(store, crypto.X509_LOOKUP_file())
    out = None
    if crypto.X509_load_cert_crl_file(lookup, os.fsencode(path), PEM_FILE) == 1:
        objects = crypto.X509_STORE_get0_objects(store)
        x509 = crypto.X509_OBJECT_get0_X509(crypto.OPENSSL_sk_value(objects, 0))
        out = fingerprint(x509), subject_hash(x509)
    crypto.X509_STORE_free(store)
    crypto.ERR_clear_error()
    return out


@contextlib.contextmanager
def inside(root):
    """With the tree as root folder: links of a trust store are absolute."""
    outside = os.open("/", os.O_RDONLY | os.O_DIRECTORY)
    os.chroot(root)
    os.chdir("/")
    try:
        yield
    finally:
        os.fchdir(outside)
        os.chroot(".")
        os.close(outside)


@contextlib.contextmanager
def as_nobody():
    """As a user to whom nothing belongs."""
    os.setegid(NOBODY)
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)


def trusted(host, certificates):
    """{(consumer, fingerprint)}; consumers: the files and the folder, for root and for other users."""
    def look(who):
        out = {(f"{who} by file", digest) for bundle in host.bundles for digest in by_file(bundle)}
        if host.folder and os.access(host.folder, os.R_OK, effective_ids=True):
            for how, find in (("folder", by_folder), ("loader", by_loader), ("default", by_default)):
                out |= {(f"{who} by {how}", digest) for digest in find(host.folder, certificates)}
        return out

    with inside(host.root):
        out = look("root")
        if host.other_users:
            with as_nobody():
                out |= look("others")
    return out


def asked(host, certificates):
    """The same for root alone, from the program `openssl verify`: slow, and somebody else's eyes."""
    folder = f"{host.root}.asked"
    os.makedirs(folder)
    names, over = {}, []
    for one in certificates:
        names[f"{folder}/{one.sha256}.pem"] = one.sha256
        with open(f"{folder}/{one.sha256}.pem", "wb") as file:
            file.write(certs.pem(one.der))
    for path in ("/etc/ssl/certs", "/usr/share/ca-certificates", "/usr/local/share", "/opt"):
        if os.path.isdir(path):
            over += ["--ro-bind", host.real(path), path] if os.path.isdir(host.real(path)) else ["--tmpfs", path]
    out = set()
    ways = [("root by file", ["-no-CApath", "-CAfile", bundle if host.folder else host.real(bundle)])
            for bundle in host.bundles]
    if host.folder:
        ways.append(("root by folder", ["-no-CAfile", "-CApath", host.folder]))
    for consumer, how in ways if names else ():
        done = subprocess.run(["bwrap", "--dev-bind", "/", "/", *over, "--", "openssl", "verify", "-no-CAstore",
                               "-no_check_time", *how, *names],
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        out |= {(consumer, names[line[:-4]]) for line in done.stdout.decode().splitlines()
                if line.endswith(": OK")}
    shutil.rmtree(folder)
    return out
