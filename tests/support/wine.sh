# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The program for Windows in the place of this machine's; to be sourced by tests/scenario/run. All
# runs share one prefix, build/windows/wine, whose registry nobody may count on: a scenario that
# writes to it makes a prefix of its own (wine_prefix of windows.sh).
: "${SOURCE:?}" "${BUILD:?}"
TRUST_DEPLOYER_EXE=$BUILD/trust-deployer.exe
TRUST_DEPLOYER_HERE=$SOURCE/build/release/deployer/trust-deployer
TRUST_DEPLOYER=$SOURCE/tests/support/on-wine
TOOLS=$SOURCE/build/release/tests/support
WINEPREFIX=$BUILD/wine
export TRUST_DEPLOYER TRUST_DEPLOYER_EXE TRUST_DEPLOYER_HERE TOOLS WINEPREFIX WINEARCH=win64 WINEDEBUG=-all LC_ALL=C.UTF-8
unset DISPLAY

# The shared prefix is whole or not there: it is made under another name, where Wine also goes on
# registering its own parts for a while. Of two runs that begin at once, one makes it; processes of
# one that was interrupted hold the lock for as long as they write there.
make_prefix() {
	local made=$BUILD/wine.new status=0

	flock -w 600 9 || { echo "Bail out! others have been making $made for too long"; return 1; }
	[ ! -f "$WINEPREFIX/system.reg" ] || return 0
	rm -rf "$made" "$WINEPREFIX"
	WINEPREFIX=$made timeout 300 wineboot -i >"$made.log" 2>&1 || status=$?
	WINEPREFIX=$made timeout 300 wineserver -w || status=$?
	if [ $status -eq 0 ] && [ -f "$made/system.reg" ]; then
		mv -T "$made" "$WINEPREFIX"
		return
	fi
	sed 's/^/# /' "$made.log"
	echo "Bail out! Wine makes no prefix (status $status); its log is $made.log"
	WINEPREFIX=$made wineserver -k
	rm -rf "$made"
	return 1
}

if ! [ -f "$WINEPREFIX/system.reg" ]; then
	mkdir -p "$BUILD"
	make_prefix 9>"$BUILD/wine.lock" || exit 1
fi
# It stays, so that no run has to start it. Who ends it (wineserver -k) ends all that it runs.
wineserver -p >/dev/null 2>&1 </dev/null

# wine_server: its process, the latest where one before is just ending; other processes of Wine are in
# its folder for a moment only.
wine_server() {
	local process folder

	folder=$(stat -c 'server-%D' "$WINEPREFIX")-$(printf %x "$(stat -c %i "$WINEPREFIX")")
	find /proc -maxdepth 2 -name cwd -lname "*/$folder" 2>/dev/null | while IFS=/ read -r _ _ process _; do
		! grep -qs '^wineserver' "/proc/$process/comm" || echo "$process"
	done | sort -n | tail -n 1
}
