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
# hold_wine: Wine's server runs from here on as long as this shell, held by a program that reads from
# it: a command that had to start the server would not be done, to who reads its output, before the
# server ends. wine_held tells whether it ran all the time; what it serves ends with it.
hold_wine() {
	coproc WINE_HOLDER { exec wine cmd 2>/dev/null; }
	disown
	read -r <&"${WINE_HOLDER[0]}"
}
wine_held() {
	[ -n "${WINE_HOLDER_PID-}" ] # unset when it ends
}
