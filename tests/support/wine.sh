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
if ! [ -f "$WINEPREFIX/system.reg" ]; then
	mkdir -p "$BUILD"
	wineboot -i >/dev/null 2>&1
	wineserver -w >/dev/null 2>&1
fi
# it stays, so that no run has to start it
wineserver -p >/dev/null 2>&1 </dev/null
