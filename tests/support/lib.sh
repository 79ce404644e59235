# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What scenarios share: system roots, a small PKI, signed bundles, policies,
# and TAP. To be sourced by a scenario that tests/scenario/run started.
set -u
: "${SOURCE:?start me through tests/scenario/run}" "${BUILD:?}" "${TRUST_DEPLOYER:?}"
PROGRAM=${PROGRAM:-$TRUST_DEPLOYER}
tools=${TOOLS:-$BUILD/tests/support}
failures=0
# shellcheck source=tests/support/certificate.sh
. "${BASH_SOURCE[0]%/*}/certificate.sh"

ok() { echo "ok - $*"; }

# not_ok WHAT [FILE...]: the files' first lines are shown.
not_ok() {
	local what=$1 file

	shift
	echo "not ok - $what"
	for file; do
		head -n 30 "$file" | sed 's/^/#   /'
	done
	failures=$((failures + 1))
}

# check WHAT COMMAND...: the command must succeed.
check() {
	local what=$1

	shift
	if "$@" >check.out 2>&1; then
		ok "$what"
	else
		not_ok "$what" check.out
	fi
}

# wait_for COMMAND...: until it succeeds, two minutes at most. What a scenario started in the background
# has come so far when it says so, not after some time: a busy machine is slow.
wait_for() {
	for _ in {1..1200}; do
		"$@" 2>/dev/null && return
		sleep 0.1
	done
	return 1
}

skip() {
	echo "$*"
	exit 77
}

finish() {
	[ $failures -eq 0 ]
	exit
}

# --- the program ---

# td VERB ARGUMENTS...: the program; what it says is in td.out and td.err, its status in $status.
td() {
	status=0
	"$TRUST_DEPLOYER" "$@" >td.out 2>td.err </dev/null || status=$?
}

# expect STATUS WHAT VERB ARGUMENTS...
expect() {
	local wanted=$1 what=$2

	shift 2
	td "$@"
	if [ "$status" -eq "$wanted" ]; then
		ok "$what"
	else
		echo "# wanted exit status $wanted, got $status from: trust-deployer $*"
		not_ok "$what" td.err td.out
	fi
}

# bound_by_modes COMMAND...: as root, without its right to open what modes close.
bound_by_modes() {
	if [ "$(id -u)" -eq 0 ]; then
		setpriv --bounding-set=-dac_override,-dac_read_search --inh-caps=-dac_override,-dac_read_search "$@"
	else
		"$@"
	fi
}

# --- keys and bundles ---

# signer NAME: a signing key and its certificate, NAME.key and NAME.crt.
signer() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$1.key" -out "$1.crt" \
		-days 3650 -subj "/O=Scenario/CN=$1" -addext "keyUsage=critical,digitalSignature" \
		-addext "basicConstraints=critical,CA:FALSE" 2>/dev/null
}

# keyring FILE THRESHOLD SIGNER...
keyring() {
	local file=$1 threshold=$2 name

	shift 2
	{
		printf 'schema_version: 1\nversion: 1\nexpires: 2099-01-01T00:00:00Z\n'
		printf 'threshold: %s\nsigners:\n' "$threshold"
		for name; do
			printf '  - name: %s\n    certificate: |\n' "$name"
			openssl x509 -in "$name.crt" | sed 's/^/      /'
		done
	} >"$file"
}

# recipe FILE ID VERSION SOURCE...: certificates for the root store.
recipe() {
	local file=$1 id=$2 version=$3 source

	shift 3
	{
		printf 'schema_version: 1\nid: %s\nversion: %s\nvalid_for: 3650d\ncontents:\n' "$id" "$version"
		for source; do
			printf '  - source: "%s"\n    kind: certificate\n    store: root\n' "$source"
		done
	} >"$file"
}

# bundle FILE ID VERSION SOURCE...: built and signed by "one".
bundle() {
	local file=$1

	shift
	recipe "$file.yaml" "$@"
	td bundle build "$file.yaml" --out "$file" --signer one.crt --key one.key --now 2026-01-01T00:00:00Z
	if [ "$status" -ne 0 ]; then
		not_ok "the bundle $file can be built" td.err
		finish
	fi
}

# policy FILE NAME BUNDLE-ID: every root of the bundle; more keys come from standard input.
policy() {
	{
		printf 'schema_version: 1\nname: %s\nbundles:\n  - id: %s\n' "$2" "$3"
		printf 'certificates:\n  - store: root\n    state: present\n    bundle: %s\n    all: true\n' "$3"
		[ -t 0 ] || cat
	} >"$1"
}

# --- system roots ---

# small_root FOLDER N: a Debian root with the first N certificates that ca-certificates ships on
# this machine (0: all), its /etc/ssl/certs made by Debian's own tool.
small_root() {
	local root name

	mkdir -p "$1"
	root=$(cd "$1" && pwd)
	mkdir -p "$root"/{etc/ssl/certs,etc/ca-certificates/update.d,usr/share/ca-certificates/mozilla} \
		"$root"/{usr/local/share/ca-certificates,usr/lib,usr/sbin,var/lib,run,tmp}
	printf 'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n' \
		>"$root/etc/os-release"
	printf 'PATH="/usr/bin:/bin"\n' >"$root/etc/environment"
	printf '# shipped by ca-certificates\n' >"$root/etc/ca-certificates.conf"
	for name in /usr/share/ca-certificates/mozilla/*.crt; do
		[ "$2" -eq 0 ] || [ "$(find "$root/usr/share" -name '*.crt' | wc -l)" -lt "$2" ] || break
		cp "$name" "$root/usr/share/ca-certificates/mozilla/"
		echo "mozilla/${name##*/}" >>"$root/etc/ca-certificates.conf"
	done
	update_ca_certificates_by_options "$root"
}

# Debian's tool on a root by its options; its links then lose the path of the root.
update_ca_certificates_by_options() {
	local root=$1 link target

	/usr/sbin/update-ca-certificates --certsconf "$root/etc/ca-certificates.conf" \
		--certsdir "$root/usr/share/ca-certificates" \
		--localcertsdir "$root/usr/local/share/ca-certificates" \
		--etccertsdir "$root/etc/ssl/certs" --hooksdir "$root/none" >/dev/null 2>&1
	find "$root/etc/ssl/certs" -type l -lname "$root/*" -printf '%p %l\n' |
		while read -r link target; do
			ln -sfn "${target#"$root"}" "$link"
		done
}

# in_root ROOT COMMAND...: this machine's programs over the trust files of the root.
in_root() {
	local root=$1

	shift
	bwrap --ro-bind / / --dev /dev --proc /proc --tmpfs /tmp --tmpfs /var/tmp \
		--bind "$root/etc/ssl/certs" /etc/ssl/certs \
		--bind "$root/etc/ca-certificates" /etc/ca-certificates \
		--ro-bind "$root/etc/ca-certificates.conf" /etc/ca-certificates.conf \
		--ro-bind "$root/usr/share/ca-certificates" /usr/share/ca-certificates \
		--bind "$root/usr/local/share/ca-certificates" /usr/local/share/ca-certificates \
		--chdir / -- "$@"
}

can_bwrap() {
	bwrap --ro-bind / / --dev /dev true 2>/dev/null
}

# listing ROOT FILE [-t]: the tree without our state folder and lock. The times of the folders
# that a file came into and left again are not part of what rollback brings back.
listing() {
	local root=$1 file=$2

	shift 2
	"$tools/listtree" "$@" "$root" var/lib/trust-deployer run/trust-deployer.lock >"$file"
}

# same WHAT FILE FILE
same() {
	if diff "$2" "$3" >same.out; then
		ok "$1"
	else
		not_ok "$1" same.out
	fi
}
