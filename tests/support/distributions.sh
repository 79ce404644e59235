# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# shellcheck disable=SC2154 # tools is set by lib.sh
# Roots as distributions have them, and the tool of each. To be sourced after lib.sh.

# alpine_root FOLDER N: Alpine's, with the first N certificates that this machine's ca-certificates
# ships, as Alpine's tool leaves it.
alpine_root() {
	small_root "$1" "$2"
	printf 'ID=alpine\nVERSION_ID=3.20.3\nPRETTY_NAME="Alpine Linux v3.20"\n' >"$1/etc/os-release"
	: >"$1/usr/sbin/update-ca-certificates"
	mkdir -p "$1/etc/apk"
	printf '#!/bin/sh\nexec /usr/bin/openssl rehash /etc/ssl/certs\n' >"$1/etc/ca-certificates/update.d/certhash"
	chmod 755 "$1/etc/ca-certificates/update.d/certhash"
	find "$1/etc/ssl/certs" -mindepth 1 -delete
	alpine_tool "$1"
}

alpine_tool() {
	in_root "$(cd "$1" && pwd)" "$tools/alpine-update-ca" >tool.out 2>&1
}
