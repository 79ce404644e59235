# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Windows images for scenarios, the bench and the quickstart. To be sourced behind lib.sh, or
# with $tools naming the folder of the test programs.
: "${tools:?}"
# shellcheck source=tests/support/certificate.sh
. "${BASH_SOURCE[0]%/*}/certificate.sh"

# windows_image FOLDER [MINOR]: a volume with the hives SOFTWARE, SYSTEM (of version 1.MINOR, 5)
# and alice's NTUSER.DAT, and the folders of every context's URL cache.
windows_image() {
	local root=$1 minor=${2-5} config=$1/Windows/System32/config context cache

	mkdir -p "$config" "$root/Users/alice" "$root/ProgramData"
	for context in Windows/System32/config/systemprofile Windows/ServiceProfiles/LocalService \
		Windows/ServiceProfiles/NetworkService Users/alice; do
		cache=$root/$context/AppData/LocalLow/Microsoft/CryptnetUrlCache
		mkdir -p "$cache/Content" "$cache/MetaData"
	done
	"$tools/hive" new "$config/SOFTWARE" "$minor"
	"$tools/hive" new "$config/SYSTEM" "$minor"
	"$tools/hive" new "$root/Users/alice/NTUSER.DAT" "$minor"
	hive_set "$config/SOFTWARE" 'Microsoft\Windows NT\CurrentVersion' CurrentMajorVersionNumber dword 10
	hive_set "$config/SOFTWARE" 'Microsoft\Windows NT\CurrentVersion' CurrentMinorVersionNumber dword 0
	hive_key "$config/SOFTWARE" 'WOW6432Node\Microsoft'
	for context in ROOT AuthRoot CA Disallowed; do
		hive_key "$config/SOFTWARE" "Microsoft\\SystemCertificates\\$context\\Certificates"
	done
	hive_set "$config/SYSTEM" Select Current dword 1
	hive_set "$config/SYSTEM" 'ControlSet001\Control\ComputerName\ComputerName' ComputerName string WS-0017
	hive_set "$config/SYSTEM" 'ControlSet001\Control\Session Manager\Environment' \
		PROCESSOR_ARCHITECTURE string AMD64
}

# hive_key HIVE PATH: makes the key.
hive_key() {
	printf 'key\t%s\n' "$2" | "$tools/hive" edit "$1"
}

# hive_set HIVE PATH NAME dword|string|binary NUMBER|TEXT|FILE
hive_set() {
	local type data

	case $4 in
	dword) type=4 data=$(printf '%08x' "$5" | sed -E 's/(..)(..)(..)(..)/\4\3\2\1/') ;;
	string) type=1 data=$(printf '%s\0' "$5" | iconv -t UTF-16LE | od -An -v -tx1 | tr -d ' \n') ;;
	binary) type=3 data=@$5 ;;
	esac
	printf 'set\t%s\t%s\t%s\t%s\n' "$2" "$3" "$type" "$data" | "$tools/hive" edit "$1"
}

# hive_delete HIVE PATH NAME
hive_delete() {
	printf 'delete\t%s\t%s\n' "$2" "$3" | "$tools/hive" edit "$1"
}

# certificate_blob FILE.crt OUT: as Windows keeps it: the SHA-1, then the DER.
certificate_blob() {
	local size

	size=$(der "$1" | wc -c)
	{
		printf '\3\0\0\0\1\0\0\0\24\0\0\0'
		der "$1" | openssl sha1 -binary
		printf '\40\0\0\0\1\0\0\0'
		# shellcheck disable=SC2059 # the format is the number
		printf "$(printf '\\x%02x\\x%02x\\x%02x\\x%02x' \
			$((size & 255)) $((size >> 8 & 255)) $((size >> 16 & 255)) 0)"
		der "$1"
	} >"$2"
}

# cache_name URL: what its entry is called.
cache_name() {
	printf '%s' "$1" | iconv -t UTF-16LE | openssl md5 -r | cut -c 1-32 | tr 'a-f' 'A-F'
}

# little SIZE NUMBER: little-endian, as escapes for printf.
little() {
	local i

	for ((i = 0; i < $1; i++)); do
		printf '\\x%02x' $(($2 >> 8 * i & 255))
	done
}

# cache_entry CACHE URL FILE [UNIX-TIME]: puts FILE into the cache as fetched from URL at that time
# (now). The fields are those of formats.md b.2.
cache_entry() {
	local cache=$1 url=$2 file=$3 time=${4-$(date +%s)} name size
	local ticks=$(((time + 11644473600) * 10000000))

	name=$(cache_name "$url")
	size=$(wc -c <"$file")
	mkdir -p "$cache/Content" "$cache/MetaData"
	cp "$file" "$cache/Content/$name"
	{
		# shellcheck disable=SC2059 # the format is made of escapes
		printf "$(little 4 0x70)$(little 4 0x20020101)$(little 4 1)$(little 4 $((2 * ${#url} + 2)))$(
			little 8 $ticks)$(little 4 0x28)$(little 4 5)$(little 8 0)$(little 8 $ticks)$(
			little 8 $((ticks + 7 * 864000000000)))$(little 8 $ticks)$(little 4 0x10)$(
			little 4 0xffffffff)$(little 8 0)$(little 4 0x20)$(little 2 1)$(little 2 0x8000)$(
			little 8 $ticks)$(little 4 604800)$(little 4 0)$(little 8 0)$(little 4 "$size")"
		printf '%s\0' "$url" | iconv -t UTF-16LE
	} >"$cache/MetaData/$name"
}

# counted TEXT: behind its length, as escapes for printf.
counted() {
	little 4 ${#1}
	printf '%s' "$1" | sed 's/[%\\]/&&/g'
}

# winhttp_blob FILE PROXY BYPASS: a WinHttpSettings with a static proxy.
winhttp_blob() {
	# shellcheck disable=SC2059 # the format is made of escapes
	printf "$(little 4 0x28)$(little 4 0)$(little 4 3)$(counted "$2")$(counted "$3")" >"$1"
}

# wininet_blob FILE FLAGS PROXY BYPASS PAC-URL [DETECTED-URL]: a DefaultConnectionSettings.
wininet_blob() {
	local tail

	if [ -n "${6-}" ]; then
		tail=$(little 4 4)$(counted "$6")$(little 8 0)$(little 8 0)
	else
		tail=$(little 8 0)$(little 8 0)$(little 8 0)$(little 8 0)
	fi
	# shellcheck disable=SC2059 # the format is made of escapes
	printf "$(little 4 0x46)$(little 4 5)$(little 4 "$2")$(counted "$3")$(counted "$4")$(counted "$5")$tail" >"$1"
}

# store_certificate IMAGE STORE FILE.crt (PEM or DER): into the machine's store.
store_certificate() {
	certificate_blob "$3" stored.blob
	hive_set "$1/Windows/System32/config/SOFTWARE" \
		"Microsoft\\SystemCertificates\\$2\\Certificates\\$(thumbprint "$3")" Blob binary stored.blob
}

# --- Wine ---

# wine_prefix FOLDER: a Windows of its own, version 10, running; every process of Wine that is started
# from here on belongs to it. It ends with the scenario. A program of Windows that is to be another
# one is deleted first: it may be the very file of the shared prefix.
wine_prefix() {
	local value

	# Programs are nearly all of its 700 MB, and links; what Wine may write into where it is, such as
	# the registry, is copied.
	cp -al "$WINEPREFIX" "$1" 2>/dev/null || { rm -rf "$1"; cp -a "$WINEPREFIX" "$1"; }
	value=$(cd "$1" && pwd)
	(cd "$WINEPREFIX" && find . -type f ! -iregex '.*\.\(dll\|exe\|sys\)' -print0 |
		xargs -0 cp -a --remove-destination --parents -t "$value")
	WINEPREFIX=$value
	# folders that only administrators may write to are so for who runs this, too
	trap 'wineserver -k >/dev/null 2>&1; wineserver -w; find "$WINEPREFIX" -type d ! -perm -u+rwx -exec chmod u+rwx {} \;' EXIT
	wineserver -p >/dev/null 2>&1 </dev/null
	value='HKLM\Software\Microsoft\Windows NT\CurrentVersion'
	wine reg add "$value" /v CurrentMajorVersionNumber /t REG_DWORD /d 10 /f >/dev/null 2>&1
	wine reg add "$value" /v CurrentMinorVersionNumber /t REG_DWORD /d 0 /f >/dev/null 2>&1
}

# wine_certificate STORE FILE.pem: into the machine's store, as Windows keeps it.
wine_certificate() {
	certificate_blob "$2" stored.blob
	wine reg add "HKLM\\Software\\Microsoft\\SystemCertificates\\$1\\Certificates\\$(thumbprint "$2")" \
		/v Blob /t REG_BINARY /d "$(od -An -v -tx1 stored.blob | tr -d ' \n')" /f >/dev/null 2>&1
}

# wine_export KEY FILE: everything below the key, as text; nothing where there is no such key.
wine_export() {
	rm -f export.utf16
	wine regedit /E export.utf16 "$1" >/dev/null 2>&1
	: >"$2"
	[ ! -f export.utf16 ] || iconv -f UTF-16 -t UTF-8 export.utf16 | tr -d '\r' >"$2"
}

# windows_tool NAME: makes NAME.exe of tests/support/NAME.c.
windows_tool() {
	x86_64-w64-mingw32-gcc -O1 -Wall -Wextra -Werror -o "$1.exe" "$SOURCE/tests/support/$1.c" -lcrypt32 -ladvapi32 \
		-lwinhttp -lversion || not_ok "$1.exe, which asks Windows itself, is built"
}
