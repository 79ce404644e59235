# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# shellcheck disable=SC2154,SC2034 # lib.sh sets tools and status; the lists are used by their name
# Images with a link in place of each file and folder that a run reads or writes, over every verb: nothing
# outside is read or changed. To be sourced after lib.sh.

# Of Debian's layout, and of the one that p11-kit feeds; the state, the lock and the proxies of both.
sweep_debian=(var var/lib var/lib/trust-deployer var/lib/trust-deployer/journal var/lib/trust-deployer/ledger
	var/lib/trust-deployer/floors var/lib/trust-deployer/bundles var/lib/trust-deployer/lock
	run run/trust-deployer.lock usr/local usr/local/share usr/local/share/ca-certificates
	usr/share/ca-certificates etc/ssl etc/ssl/certs etc/ssl/certs/ca-certificates.crt etc/ca-certificates.conf
	etc etc/environment etc/environment.d etc/systemd/system.conf.d etc/apt etc/apt/apt.conf.d etc/os-release)
sweep_rhel=(etc/pki etc/pki/ca-trust/source etc/pki/ca-trust/source/anchors etc/pki/ca-trust/source/blocklist
	etc/pki/ca-trust/extracted/pem etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem etc/dnf/dnf.conf)
sweep_verbs="check explain diagnose status history extract report apply rollback"
sweep_runs=0 sweep_links=0 sweep_touched=0

# What is outside: a file and a folder that hold a certificate, closed to others.
sweep_outside() {
	mkdir -p outside/folder
	cp "$1" outside/file
	cp "$1" outside/folder/root.crt
	chmod 600 outside/file
	chmod 750 outside/folder
	touch -a -d 2001-01-01 outside/file outside/folder/root.crt
	cp -a outside probe
	cat probe/file >/dev/null
	[ "$(stat -c %X probe/file)" -ne "$(stat -c %X outside/file)" ] ||
		echo "# this file system tells nobody when a file was read: only what is printed shows it"
	sweep_look >before
}

# Everything of it: of files also when they were read, and of all when they were changed in any way.
sweep_look() {
	find outside -type d -printf '%p %M %U %G %T@ %C@\n' -o -printf '%p %M %U %G %s %A@ %T@ %C@ %l\n' | sort
}

# sweep_verb VERB PLACE: on ./image.
sweep_verb() {
	case $1 in
	check | apply | diagnose) td "$1" --root image --policy policy.yaml --bundle b.cab --keyring keyring.yaml ;;
	explain) td explain "$sweep_item" --root image --policy policy.yaml --bundle b.cab --keyring keyring.yaml ;;
	status) td status --root image --policy policy.yaml --bundle b.cab --keyring keyring.yaml ;;
	history | rollback) td "$1" --root image ;;
	extract) td bundle extract b.cab "image/$2" --keyring keyring.yaml ;;
	report) td check --root image --policy policy.yaml --bundle b.cab --keyring keyring.yaml -q \
		--report "json:image/$2" ;;
	esac
}

# sweep_one FROM PLACE TARGET: the verbs on a copy of FROM with that link. What a verb wrote into the image goes with it.
sweep_one() {
	local from=$1 place=$2 target=$3 verb fresh=no

	sweep_links=$((sweep_links + 1))
	for verb in $sweep_verbs; do
		if [ $fresh = no ]; then
			rm -rf image
			cp -a "$from" image
			mkdir -p "image/$(dirname "$place")"
			rm -rf "image/${place:?}"
			ln -s "$target" "image/$place"
		fi
		sweep_verb "$verb" "$place"
		sweep_runs=$((sweep_runs + 1))
		case $verb in extract | report | apply) fresh=no ;; *) fresh=yes ;; esac
		[ "$status" -le 6 ] || not_ok "$verb with $place -> $target ends with $status" td.err
		sweep_look >now
		if ! cmp -s before now; then
			diff before now >found
			not_ok "$verb with $place -> $target touched something outside" found td.err
			mv now before
			sweep_touched=$((sweep_touched + 1))
		fi
		! grep -q 'Outside' td.out td.err || not_ok "$verb with $place -> $target tells of what is outside" td.out td.err
		! grep -rqF -f secret image || not_ok "$verb with $place -> $target copied from outside"
	done
}

# sweep_images: what the sweep works with, in the current folder.
sweep_images() {
	local image

	small_root debian 3
	mkdir -p debian/etc/{environment.d,systemd/system.conf.d,apt/apt.conf.d} certs
	"$tools/gencerts" 2 certs ours
	p11kit_root rhel 3 certs/ours-0002.crt rhel etc/pki/ca-trust/source usr/share/pki/ca-trust-source
	mkdir -p rhel/etc/dnf
	printf '[main]\ngpgcheck=1\n' >rhel/etc/dnf/dnf.conf
	: >rhel/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem
	signer one
	keyring keyring.yaml 1 one
	bundle b.cab example.roots 1 "certs/ours-0001.crt"
	printf 'proxy:\n  mode: static\n  http: proxy.example:8080\n' | policy policy.yaml corp example.roots
	for image in debian rhel; do
		cp -a $image $image.applied
		td apply --root $image.applied --policy policy.yaml --bundle b.cab --keyring keyring.yaml
		check "$image: a run before" test -s $image.applied/var/lib/trust-deployer/ledger
	done
}

# sweep EVERY: each EVERY-th link, on images as they are installed and on those with a run before.
sweep() {
	local every=$1 target from place kind counter=0 here=$PWD

	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout outside.key -out outside.pem \
		-days 3650 -subj "/CN=Outside" -addext "basicConstraints=critical,CA:TRUE" 2>/dev/null
	sed -n 3p outside.pem >secret
	sweep_item=certificate/root/$(fingerprint outside.pem)
	sweep_outside outside.pem
	for from in debian debian.applied rhel rhel.applied; do
		local -n places=sweep_${from%.applied}
		for place in "${places[@]}"; do
			for kind in file folder none; do
				for target in "$here/outside/$kind" "../outside/$kind" "../../../../../../../..$here/outside/$kind" \
					"/proc/self/root$here/outside/$kind" "/proc/self/cwd/outside/$kind"; do
					counter=$((counter + 1))
					[ $((counter % every)) -ne 0 ] || sweep_one $from "$place" "$target"
				done
			done
		done
	done
	check "$sweep_links links, $sweep_runs runs: nothing outside was read or changed" test $sweep_touched -eq 0
}

# sweep_traced: a run of each verb that writes, on an image without any trick; no call changes modes, owners, times or attributes by path.
sweep_traced() {
	local verb by_path="chmod|chown|lchown|setxattr|lsetxattr|removexattr|lremovexattr|utime|utimes|futimesat"

	rm -rf image extracted
	cp -a debian image
	for verb in apply rollback report extract; do
		case $verb in
		report) set -- check --root image --policy policy.yaml -b b.cab -k keyring.yaml --report json:report.json ;;
		extract) set -- bundle extract b.cab extracted -k keyring.yaml ;;
		apply) set -- apply --root image --policy policy.yaml -b b.cab -k keyring.yaml ;;
		rollback) set -- rollback --root image ;;
		esac
		ASAN_OPTIONS=detect_leaks=0 strace -f -o "trace.$verb" \
			"$TRUST_DEPLOYER" "$@" >td.out 2>td.err || [ $verb = report ] || not_ok "$verb under strace" td.err
		check "$verb under strace: it wrote" grep -qE 'fchmod\(|mkdirat\(|renameat2?\(' "trace.$verb"
		# by descriptor, fchmodat and utimensat have no path
		grep -E "\\b($by_path)\\(|\\b(fchmodat2?|fchownat|utimensat)\\([^,]*, [^N\"]*\"[^\"]" "trace.$verb" >found
		check "$verb under strace: no metadata call by path" test ! -s found
	done
}
