# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What certificates are called by. To be sourced.

# der FILE: of a certificate in PEM or DER. `openssl x509` would take seven times as long. Through
# cat, for openssl would begin a file anew that others have written to.
der() {
	{ openssl asn1parse -in "$1" -noout -out /dev/stdout 2>/dev/null || cat "$1"; } | cat
}

# fingerprint FILE: as policies name it.
fingerprint() {
	der "$1" | sha256sum | cut -c 1-64
}

# thumbprint FILE: as the registry of Windows names it.
thumbprint() {
	der "$1" | sha1sum | cut -c 1-40 | tr 'a-f' 'A-F'
}
