# SPDX-License-Identifier: Apache-2.0
"""The certificates of the generated hosts: ordinary roots, DER that is not strict and that OpenSSL
takes all the same, certificates that it refuses, and such as are no roots for TLS servers.

They are built here byte by byte, since no library writes what is wrong on purpose. The keys are small
multiples of P-256's base point, the signatures have no meaning: nobody checks that of a trust anchor.
"""
import base64
import hashlib


def tlv(tag, *parts):
    body = b"".join(parts)
    if len(body) < 128:
        return bytes([tag, len(body)]) + body
    size = len(body).to_bytes((len(body).bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(size)]) + size + body


def seq(*parts):
    return tlv(0x30, *parts)


def oid(text):
    first, second, *rest = (int(part) for part in text.split("."))
    out = bytearray([first * 40 + second])
    for number in rest:
        chunk = [number & 0x7F]
        while number > 0x7F:
            number >>= 7
            chunk.insert(0, 0x80 | number & 0x7F)
        out += bytes(chunk)
    return tlv(6, bytes(out))


PRIME = 2**256 - 2**224 + 2**192 + 2**96 - 1
BASE = (0x6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296,
        0x4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5)


def add_base(point):
    """The point and the base point of P-256, added."""
    if point is None:
        return BASE
    if point == BASE:
        slope = 3 * (point[0] ** 2 - 1) * pow(2 * point[1], -1, PRIME)  # the curve's a is -3
    else:
        slope = (BASE[1] - point[1]) * pow(BASE[0] - point[0], -1, PRIME)
    x = (slope ** 2 - point[0] - BASE[0]) % PRIME
    return x, (slope * (point[0] - x) - point[1]) % PRIME


def public_keys():
    """Multiples of the base point: p11-kit's blocklist also goes by the key, so each has its own."""
    point = None
    while True:
        point = add_base(point)
        octets = b"\4" + point[0].to_bytes(32, "big") + point[1].to_bytes(32, "big")
        yield seq(seq(oid("1.2.840.10045.2.1"), oid("1.2.840.10045.3.1.7")), tlv(3, b"\0", octets))


ECDSA_SHA256 = seq(oid("1.2.840.10045.4.3.2"))
SIGNATURE = tlv(3, b"\0", seq(tlv(2, b"\1"), tlv(2, b"\1")))
TRUE = tlv(1, b"\xff")
UTF8, PRINTABLE, T61, BMP = 12, 19, 20, 30


def name(text, tag=UTF8):
    value = text if isinstance(text, bytes) else text.encode("utf-16-be" if tag == BMP else "utf-8")
    return seq(tlv(0x31, seq(oid("2.5.4.10"), tlv(UTF8, b"Property"))),
               tlv(0x31, seq(oid("2.5.4.3"), tlv(tag, value))))


def extension(number, value, critical=None):
    return seq(oid(number), critical or b"", tlv(4, value))


def constraints(ca=True, critical=TRUE, value=None):
    return extension("2.5.29.19", value or seq(TRUE if ca else b""), critical)


KEY_USAGE = extension("2.5.29.15", tlv(3, b"\1\6"), TRUE)


def purposes(*numbers):
    return extension("2.5.29.37", seq(*(oid(number) for number in numbers)))


def when(text):
    return tlv(23 if len(text) < 15 and text[:2] != "00" else 24, text.encode())


def certificate(subject, serial, extensions=None, **odd):
    """`odd` replaces a part by other bytes: version, number, algorithm, outer, dates, key, signature."""
    if extensions is None:
        extensions = [constraints(), KEY_USAGE]
    number = odd.get("number") or tlv(2, serial.to_bytes(serial.bit_length() // 8 + 1, "big"))
    algorithm = odd.get("algorithm", ECDSA_SHA256)
    dates = odd.get("dates") or seq(when("200101000000Z"), when("400101000000Z"))
    body = seq(odd.get("version", tlv(0xA0, tlv(2, b"\2"))), number, algorithm, subject, dates, subject,
               odd["key"], tlv(0xA3, seq(*extensions)) if extensions else b"")
    parts = (body, odd.get("outer", algorithm), odd.get("signature", SIGNATURE))
    if odd.get("indefinite"):
        return b"\x30\x80" + b"".join(parts) + b"\0\0"
    if odd.get("long_length"):
        content = b"".join(parts)
        return b"\x30\x84" + len(content).to_bytes(4, "big") + content
    return seq(*parts)


def lax(n):
    """Kinds of DER that OpenSSL 3.0 reads although it is not strict; `n` tells them apart."""
    subject = name(f"Lax {n}")
    version1 = {"version": b""}
    null = seq(oid("1.2.840.10045.4.3.2"), tlv(5))
    return {
        "algorithms-differ": {"outer": null},
        "boolean-01": {"extensions": [constraints(critical=tlv(1, b"\1"), value=seq(tlv(1, b"\1")))]},
        "extensions-in-version-1": version1,
        "extensions-in-version-2": {"version": tlv(0xA0, tlv(2, b"\1"))},
        "version-4": {"version": tlv(0xA0, tlv(2, b"\3"))},
        "long-length": {"long_length": True},
        "indefinite-length": {"indefinite": True},
        "no-seconds": {"dates": seq(when("2001010000Z"), when("4001010000Z"))},
        "fraction": {"dates": seq(tlv(24, b"20200101000000.5Z"), tlv(24, b"20400101000000.5Z"))},
        "no-zone": {"dates": seq(when("200101000000"), when("400101000000"))},
        "year-0": {"dates": seq(tlv(24, b"00000101000000Z"), when("400101000000Z"))},
        "constraints-twice": {"extensions": [constraints(), constraints(), KEY_USAGE]},
        "trailing-constraints": {"extensions": [constraints(value=seq(TRUE) + b"\5\0"), KEY_USAGE]},
        "unused-bits-of-signature": {"signature": tlv(3, b"\1", seq(tlv(2, b"\1"), tlv(2, b"\2")))},
        "empty-set-in-name": {"subject": seq(tlv(0x31), subject[2:])},
        "large": {"extensions": [constraints(), extension("2.25.1", tlv(4, b"x" * 70000))]},
    }


def refused(n):
    """Kinds that OpenSSL cannot decode: one of them in a bundle file makes the whole of it unusable."""
    return {
        "latin1-as-utf8": {"subject": name(b"Refus\xe9 %d" % n)},
        "bmp-odd": {"subject": name(b"\0R\0e\0f%d\0" % (n % 10) + b"\0\0", BMP)[:-1] + b""},
        "bmp-surrogate": {"subject": name(b"\xd8\0\xd8\0\0%d" % (n % 10), BMP)},
        "integer-as-name": {"subject": name(b"\1\2", 2)},
        "serial-padded": {"number": tlv(2, b"\0\0\x64")},
    }


def not_for_servers(n):
    """Certificates that are decoded everywhere and that p11-kit leaves out of the bundle, or that are old."""
    return {
        "no-ca": {"extensions": [constraints(ca=False)]},
        "no-constraints": {"extensions": [KEY_USAGE]},
        "clients-only": {"extensions": [constraints(), purposes("1.3.6.1.5.5.7.3.2")]},
        "version-1": {"version": b"", "extensions": []},
        "expired": {"dates": seq(when("000101000000Z"), when("100101000000Z"))},
        "not-yet": {"dates": seq(when("390101000000Z"), when("400101000000Z"))},
    }


class Certificate:
    """One of the pool. `decodes` and `hash` are OpenSSL's own answers, see judge.py."""

    def __init__(self, kind, der):
        self.kind, self.der = kind, der
        self.sha256 = hashlib.sha256(der).hexdigest()
        self.decodes = self.hash = None

    def __repr__(self):
        return f"{self.kind} {self.sha256[:7]}"


def odd_bmp(n):
    """A BMPString of three bytes."""
    return seq(tlv(0x31, seq(oid("2.5.4.3"), tlv(BMP, b"\0R%d" % (n % 10)))))


def pool():
    """All of them: kind -> list of certificates. The first of each kind are the same in every run."""
    out, keys = {}, public_keys()

    def add(kind, subject, n, odd):
        options = dict({"key": next(keys)}, **odd)
        subject = options.pop("subject", subject)
        extensions = options.pop("extensions", None)
        out.setdefault(kind, []).append(Certificate(kind, certificate(subject, n, extensions, **options)))

    for n in range(1, 25):
        tag = (UTF8, PRINTABLE, UTF8, BMP)[n % 4]
        add("plain", name(f"Plain {n}", tag), 1000 + n, {})
    for n in range(1, 7):  # two of each name, as after a renewal
        key = bytes([n]) * 20
        add("twin", name(f"Twin {(n + 1) // 2}"), 2000 + n, {"extensions": [
            constraints(), KEY_USAGE, extension("2.5.29.14", tlv(4, key)),
            extension("2.5.29.35", seq(tlv(0x80, key)))]})
    for make in (lax, refused, not_for_servers):
        for n in (1, 2):
            for kind, odd in make(n).items():
                if kind == "bmp-odd":
                    odd = {"subject": odd_bmp(n)}
                if kind == "serial-padded":
                    odd = dict(odd, subject=name(f"Refused serial {n}"))
                add(kind, name(f"{kind} {n}"), 3000 + n, odd)
    return out


def base64_lines(der, width=64):
    text = base64.b64encode(der).decode()
    return [text[at:at + width] for at in range(0, len(text), width)]


BEGIN, END = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"


def pem(der, width=64):
    return "\n".join([BEGIN, *base64_lines(der, width), END, ""]).encode()


def padded(der):
    """Base64 whose unused last bits are not zero: only possible where the length is no multiple of 3."""
    text = base64.b64encode(der).decode()
    digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    if text.endswith("="):
        at = len(text.rstrip("=")) - 1
        text = text[:at] + digits[digits.index(text[at]) | 1] + text[at + 1:]
    return "\n".join([BEGIN, *(text[at:at + 64] for at in range(0, len(text), 64)), END, ""]).encode()


def with_line(der, at, line):
    lines = base64_lines(der)
    lines.insert(at % (len(lines) + 1) or 1, line)
    return "\n".join([BEGIN, *lines, END, ""]).encode()


# What people put into files of certificates: name -> bytes made of a certificate.
FORMS = {
    "plain": pem,
    "bom": lambda der: b"\xef\xbb\xbf" + pem(der),
    "crlf": lambda der: pem(der).replace(b"\n", b"\r\n"),
    "bom-crlf": lambda der: b"\xef\xbb\xbf" + pem(der).replace(b"\n", b"\r\n"),
    "blanks-at-ends": lambda der: pem(der).replace(b"\n", b" \n"),
    "no-break-space": lambda der: pem(der).replace(b"-----\n", b"-----\xc2\xa0\n", 1),
    "byte-a0": lambda der: pem(der).replace(b"-----\n", b"-----\xa0\n", 1),
    "text-before": lambda der: b"Certificate:\n    Data: some\n" + pem(der),
    "indented": lambda der: b"  " + pem(der).replace(b"\n", b"\n  ").rstrip(b" "),
    "no-newline": lambda der: pem(der)[:-1],
    "long-lines": lambda der: pem(der, 76),
    "one-line": lambda der: pem(der, 1 << 20),
    "padding-bits": padded,
    "blank-line-inside": lambda der: with_line(der, 3, ""),
    "blank-line-before-end": lambda der: pem(der).replace(b"-----END", b"\n-----END"),
    "cr-alone": lambda der: pem(der).replace(b"\n", b"\r"),
    "text-behind-end": lambda der: pem(der)[:-1] + b" corp\n",
    "comment-inside": lambda der: with_line(der, 2, "# corp"),
    "header-inside": lambda der: pem(der).replace(b"-----\n", b"-----\nX-Origin: corp\n\n", 1),
    "unterminated": lambda der: pem(der).split(b"-----END")[0],
    "damaged-before": lambda der: pem(der).replace(b"MII", b"M?I").replace(b"MIG", b"M?G") + pem(der),
    "damaged-behind": lambda der: pem(der) + BEGIN.encode() + b"\nbm8=\n" + END.encode() + b"\n",
    "twice": lambda der: pem(der) + pem(der),
    "old-label": lambda der: pem(der).replace(b" CERTIFICATE", b" X509 CERTIFICATE"),
    "trusted-label": lambda der: pem(der).replace(b" CERTIFICATE", b" TRUSTED CERTIFICATE"),
    "der": lambda der: der,
    "empty": lambda der: b"",
    "html": lambda der: b"<!DOCTYPE html><html><body>404</body></html>\n",
    "utf-16": lambda der: b"\xff\xfe" + pem(der).decode().encode("utf-16-le"),
}
