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

# --- a system of each kind, in which this machine's programs run ---

# distribution_root FOLDER KIND N SITE: a root of kind debian, alpine, rhel, suse or arch with the first
# N shipped certificates (0: all) and one of the site's own, SITE, all in force. Where this machine's
# programs look (/etc/ssl/certs/ca-certificates.crt) the kinds with p11-kit have a link, as Arch has.
distribution_root() {
	local root=$1 kind=$2 count=$3 site=$4

	case $kind in
	debootstrap)
		cp -a "${DEBIAN_ROOT:?}" "$root"
		echo '127.0.0.1 localhost' >"$root/etc/hosts"
		cp "$site" "$root/usr/local/share/ca-certificates/site.crt"
		distribution_tool "$root" "$kind"
		return
		;;
	debian | alpine)
		if [ $kind = debian ]; then small_root "$root" "$count"; else alpine_root "$root" "$count"; fi
		cp "$site" "$root/usr/local/share/ca-certificates/site.crt"
		;;
	rhel) p11kit_root "$root" "$count" "$site" rhel etc/pki/ca-trust/source usr/share/pki/ca-trust-source ;;
	suse) p11kit_root "$root" "$count" "$site" suse etc/pki/trust usr/share/pki/trust ;;
	arch) p11kit_root "$root" "$count" "$site" arch etc/ca-certificates/trust-source usr/share/ca-certificates/trust-source ;;
	esac
	echo '127.0.0.1 localhost' >"$root/etc/hosts"
	cp /etc/passwd /etc/group /etc/nsswitch.conf "$root/etc/"
	cp "$(readlink -f /etc/ssl/openssl.cnf)" "$root/etc/ssl/openssl.cnf"
	distribution_tool "$root" "$kind"
}

p11kit_root() { # ROOT N SITE ID SOURCE SHIPPED
	local root=$1 count=$2 site=$3 id=$4 source=$5 shipped=$6 made name

	mkdir -p "$root/$source"/{anchors,blocklist} "$root/$shipped"/{anchors,blocklist} \
		"$root"/{etc/ssl/certs,usr/lib,usr/sbin,usr/local/share,var/lib,run,tmp}
	case $id in
	rhel) printf 'ID="rhel"\nID_LIKE="fedora"\nVERSION_ID="9.4"\n' ;;
	suse) printf 'ID="opensuse-leap"\nID_LIKE="suse opensuse"\nVERSION_ID="15.6"\n' ;;
	arch) printf 'ID=arch\nBUILD_ID=rolling\n' ;;
	esac >"$root/etc/os-release"
	for name in /usr/share/ca-certificates/mozilla/*.crt; do
		[ "$count" -eq 0 ] || [ "$(find "$root/$shipped/anchors" -type f | wc -l)" -lt "$count" ] || break
		cp "$name" "$root/$shipped/anchors/"
	done
	cp "$site" "$root/$source/anchors/site.pem"
	made=$(p11kit_bundle "$id")
	mkdir -p "$root/${made%/*}"
	ln -s "/$made" "$root/etc/ssl/certs/ca-certificates.crt"
	sed "s|^x-init-reserved:.*|x-init-reserved: paths='/$source:/$shipped'|" \
		/usr/share/p11-kit/modules/p11-kit-trust.module >"$root/module"
}

p11kit_bundle() {
	case $1 in
	rhel) echo etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem ;;
	suse) echo var/lib/ca-certificates/ca-bundle.pem ;;
	arch) echo etc/ca-certificates/extracted/tls-ca-bundle.pem ;;
	esac
}

# What update-ca-trust (Fedora's ca-certificates 2024.2, Arch's 20240618) and the .run files of SUSE's
# ca-certificates 2+git20240805 call.
rebuild_script() { # KIND
	local extract='trust extract --overwrite'
	local tls="$extract --filter=ca-anchors --purpose server-auth"

	printf '#!/bin/sh\nset -e\n'
	case $1 in
	rhel)
		printf 'd=/etc/pki/ca-trust/extracted\nmkdir -p $d/pem $d/openssl $d/java $d/edk2\n'
		printf '%s\n' "$extract --format=openssl-bundle --filter=certificates --comment \$d/openssl/ca-bundle.trust.crt" \
			"$tls --format=pem-bundle --comment \$d/pem/tls-ca-bundle.pem" \
			"$extract --format=pem-bundle --filter=ca-anchors --purpose email --comment \$d/pem/email-ca-bundle.pem" \
			"$tls --format=java-cacerts \$d/java/cacerts" "$tls --format=edk2-cacerts \$d/edk2/cacerts.bin" \
			"$tls --format=pem-directory-hash \$d/pem/directory-hash"
		;;
	suse)
		printf 'd=/var/lib/ca-certificates\nmkdir -p $d\n'
		printf '%s\n' "$tls --format=pem-bundle \$d/ca-bundle.pem" "$tls --format=pem-directory-hash \$d/pem" \
			"$extract --format=openssl-directory --filter=trust-policy \$d/openssl" "$tls --format=java-cacerts \$d/java-cacerts"
		;;
	arch)
		printf 'd=/etc/ca-certificates/extracted\nmkdir -p $d\n'
		printf '%s\n' "$tls --format=pem-bundle --comment \$d/tls-ca-bundle.pem" \
			"$extract --format=openssl-bundle --filter=certificates --comment \$d/ca-bundle.trust.crt" \
			"$tls --format=edk2-cacerts \$d/edk2-cacerts.bin" "$tls --format=java-cacerts \$d/java-cacerts" \
			"$tls --format=pem-directory-hash \$d/cadir"
		;;
	esac
}

# in_distribution ROOT KIND COMMAND...: this machine's programs, in the system at ROOT as it runs.
# The current folder is /mnt; the network is this machine's.
in_distribution() {
	local root kind=$2 args tool
	root=$(cd "$1" && pwd)

	shift 2
	if [ $kind = debootstrap ]; then
		bwrap --bind "$root" / --proc /proc --dev /dev --cap-add ALL --ro-bind "$PWD" /mnt --chdir /mnt \
			--setenv PATH /usr/sbin:/usr/bin --setenv HOME /tmp -- "$@"
		return
	fi
	args=(--tmpfs / --perms 0755 --dir /usr --perms 0755 --dir /usr/local --perms 0755 --dir /usr/share
		--perms 0755 --dir /var --proc /proc --dev /dev --cap-add ALL --ro-bind /usr/lib /usr/lib --symlink usr/lib /lib
		--ro-bind /usr/bin /host/bin --symlink usr/bin /bin --ro-bind /bin/dash /usr/bin/sh
		--ro-bind /usr/bin/mkdir /usr/bin/mkdir
		--ro-bind /usr/bin/run-parts /usr/bin/run-parts --ro-bind "$(readlink -f /usr/bin/openssl)" /usr/bin/openssl
		--bind "$root/etc" /etc --bind "$root/var/lib" /var/lib --bind "$root/run" /run --tmpfs /tmp
		--ro-bind /usr/share/git-core /usr/share/git-core --ro-bind "$PROGRAM" /td
		--ro-bind "$PWD" /mnt --chdir /mnt --setenv PATH /usr/bin:/usr/sbin:/host/bin:/host/sbin --setenv HOME /tmp)
	[ ! -d /usr/lib64 ] || args+=(--ro-bind /usr/lib64 /usr/lib64 --symlink usr/lib64 /lib64)
	tool=/usr/sbin/update-ca-certificates
	case $kind in
	debian) args+=(--ro-bind /usr/sbin/update-ca-certificates "$tool") ;;
	alpine) args+=(--ro-bind "$tools/alpine-update-ca" "$tool") ;;
	*)
		[ $kind = suse ] || tool=/usr/bin/update-ca-trust
		rebuild_script $kind >"$root/tool"
		chmod 755 "$root/tool"
		args+=(--ro-bind "$root/tool" "$tool" --ro-bind /usr/bin/trust /usr/bin/trust
			--ro-bind "$root/module" /usr/share/p11-kit/modules/p11-kit-trust.module)
		;;
	esac
	case $kind in
	debian | alpine | arch) args+=(--ro-bind "$root/usr/share/ca-certificates" /usr/share/ca-certificates) ;;
	*) args+=(--ro-bind "$root/usr/share/pki" /usr/share/pki) ;;
	esac
	# where OpenSSL of that distribution is built to look, as this machine's is not
	case $kind in
	rhel) args+=(--setenv SSL_CERT_FILE /etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem) ;;
	suse) args+=(--setenv SSL_CERT_DIR /var/lib/ca-certificates/pem) ;;
	arch) args+=(--setenv SSL_CERT_DIR /etc/ca-certificates/extracted/cadir) ;;
	esac
	args+=(--bind "$root/usr/local/share" /usr/local/share)
	bwrap "${args[@]}" -- "$@"
}

# The distribution's own tool.
distribution_tool() { # ROOT KIND
	case $2 in
	debian | alpine | suse | debootstrap) in_distribution "$1" "$2" /usr/sbin/update-ca-certificates ;;
	*) in_distribution "$1" "$2" /usr/bin/update-ca-trust extract ;;
	esac >tool.out 2>&1
}
