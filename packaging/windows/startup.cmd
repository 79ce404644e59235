@echo off
rem SPDX-License-Identifier: Apache-2.0
rem A startup script for a GPO: brings trust-deployer and its bundles from a share and runs it.
rem
rem   startup.cmd [SHARE [LIMIT [POLICY]]]
rem
rem   SHARE   folder with trust-deployer.exe and *.cab; the folder of this script otherwise
rem   LIMIT   seconds that the start of the machine waits at most, up to 590; 60 otherwise
rem   POLICY  as for --policy, such as bundle:example.corp; the folder policy.d beside this
rem           script otherwise
rem
rem Beside this script, where only administrators of the domain write: SHA256 (of the program, as
rem sha256sum prints it), keyring.yaml and, unless POLICY is given, policy.d. Nobody needs to
rem protect SHARE: the program must have that SHA-256, bundles the signatures of that keyring.
rem
rem Ends with the program's exit code; with 1 when it could not be run, 6 when another run is at
rem work, 100 when it still runs.
rem Everything is quoted and nothing expanded late, so that names may hold blanks, & ! and ( ).
rem Names of files on SHARE stay in variables of "for": all else would read them as script.
setlocal EnableExtensions DisableDelayedExpansion
set "SYS=%SystemRoot%\System32"
set "FILES=%ProgramFiles%"
if defined ProgramW6432 set "FILES=%ProgramW6432%"
rem Only administrators write below Program Files: whatever this script writes lies there.
set "KIT=%FILES%\TrustDeployer\kit"
set "PROGRAM=%KIT%\trust-deployer.exe"
set "LOG=%KIT%\startup.log"
if "%~1"==":begin" goto begin
if "%~1"==":work" goto work

set "FROM=%~dp0"
set "FROM=%FROM:~0,-1%"
set "SHARE=%~1"
if not defined SHARE set "SHARE=%FROM%"
if not exist "%KIT%\bundles\" md "%KIT%\bundles" 2>nul
rem Each run has a folder of its own: md fails when there is one, but may be silent about success.
:name
set "RUN=%KIT%\run.%RANDOM%"
call :success
md "%RUN%" 2>nul
if not errorlevel 1 goto named
if exist "%RUN%\" goto name
goto failed
:named
copy /y "%~f0" "%RUN%\startup.cmd" >nul
if errorlevel 1 goto failed
rem cmd reads a script line by line. The next line is one of the copy: this folder may be far away.
"%RUN%\startup.cmd" :begin "%RUN%" "%SHARE%" "%~2" "%~3" "%FROM%" "%TIME: =0%"
:failed
echo startup.cmd: cannot write to "%KIT%", which takes an administrator >&2
exit /b 1

rem --- the start of the machine waits ---

:begin
set "RUN=%~2"
set "SHARE=%~3"
set "LIMIT=%~4"
set "POLICY=%~5"
set "FROM=%~6"
set "CLOCK=%~7"
if not defined LIMIT set "LIMIT=60"
for /f "delims=0123456789" %%C in ("%LIMIT%") do set "LIMIT=60"
rem the last three digits (what begins with 0 is octal), and whether there are more before them
set "LIMIT=000%LIMIT%"
set /a LEFT=1%LIMIT:~-3%-1000
for /f "delims=0" %%C in ("%LIMIT:~0,-3%") do set "LEFT=590"
if %LEFT% GTR 590 set "LEFT=590"
set "LIMIT=%LEFT%"
rem As long as this cmd or a program that it started has the file open, nobody else can open it.
set "CODE="
call :locked >"%KIT%\lock"
if defined CODE exit /b %CODE%
call :log another run is at work
exit /b 6

:locked
cd /d "%KIT%"
for /d %%D in (run.*) do if /i not "%KIT%\%%D"=="%RUN%" rd /s /q "%KIT%\%%D"
start "" /b "%SYS%\cmd.exe" /d /c call "%RUN%\startup.cmd" :work <nul 2>nul
:wait
if exist "%RUN%\result" goto done
if %LEFT% LEQ 0 goto late
rem one second; timeout.exe wants a console
"%SYS%\ping.exe" -n 2 127.0.0.1 >nul
rem A turn may take longer, says the clock, but not less: it may have been set, or it is midnight.
set "BEFORE=%CLOCK%"
set "CLOCK=%TIME: =0%"
set "SPENT=1"
set /a "SPENT=(1%CLOCK:~0,2%-1%BEFORE:~0,2%)*3600+(1%CLOCK:~3,2%-1%BEFORE:~3,2%)*60+1%CLOCK:~6,2%-1%BEFORE:~6,2%" 2>nul
if %SPENT% LSS 1 set "SPENT=1"
set /a LEFT-=SPENT
goto wait
:late
call :log not finished after %LIMIT% s: it goes on while the machine starts
set "CODE=100"
exit /b 0
:done
set "CODE=1"
set /p CODE=<"%RUN%\result"
exit /b 0

rem --- in the background ---

:work
if exist "%LOG%" for %%F in ("%LOG%") do if %%~zF GTR 262144 move /y "%LOG%" "%LOG%.old" >nul
call :log start, "%SHARE%", limit %LIMIT% s
type nul >"%RUN%\empty"
call :fetch_file SHA256
call :fetch_file keyring.yaml
if not defined POLICY call :fetch_policies
if not defined POLICY set "POLICY=%KIT%\policy.d"
if not exist "%SHARE%\*" call :log cannot read "%SHARE%": what came from there last time is used
call :fetch_program
set "CODE=1"
if not exist "%PROGRAM%" call :log there is no program
if exist "%PROGRAM%" call :run_program
call :log end, exit code %CODE%
echo %CODE% >"%RUN%\writing"
ren "%RUN%\writing" result
exit /b 0

:run_program
call :fetch_bundles
rem As the package does: without it the texts of events are not found.
set "EVENTS=HKLM\SYSTEM\CurrentControlSet\Services\EventLog\Application\TrustDeployer"
"%SYS%\reg.exe" query "%EVENTS%" /v EventMessageFile >nul
if not errorlevel 1 goto apply
"%SYS%\reg.exe" add "%EVENTS%" /v TypesSupported /t REG_DWORD /d 7 /f >nul
"%SYS%\reg.exe" add "%EVENTS%" /v EventMessageFile /t REG_EXPAND_SZ /d "%PROGRAM%" /f >nul
:apply
rem no quotes around this: there are some inside
set BUNDLES=
if exist "%KIT%\bundles\*.cab" set BUNDLES=--bundle "%KIT%\bundles"
"%PROGRAM%" apply --keyring "%KIT%\keyring.yaml" --policy "%POLICY%" %BUNDLES% >"%RUN%\output" 2>&1
set "CODE=%ERRORLEVEL%"
type "%RUN%\output" >>"%LOG%"
exit /b 0

rem A copy that breaks off leaves that of last time.
:fetch_file
copy /y "%FROM%\%1" "%RUN%\new" >nul
if not errorlevel 1 move /y "%RUN%\new" "%KIT%\%1" >nul
if not errorlevel 1 if not exist "%RUN%\new" exit /b 0
call :log cannot take %1 from "%FROM%": that of last time is used
exit /b 1

rem Policies as a whole or not at all, so that one which was taken away here goes there too.
:fetch_policies
md "%RUN%\policy.d"
copy /y "%FROM%\policy.d\*.yaml" "%RUN%\policy.d\" >nul
if errorlevel 1 goto no_policies
if exist "%KIT%\policy.d\" move "%KIT%\policy.d" "%RUN%\policy.old" >nul
if not exist "%KIT%\policy.d\" move "%RUN%\policy.d" "%KIT%\policy.d" >nul
if not exist "%RUN%\policy.d\" exit /b 0
if not exist "%KIT%\policy.d\" move "%RUN%\policy.old" "%KIT%\policy.d" >nul
:no_policies
call :log cannot take policies from "%FROM%\policy.d": those of last time are used
exit /b 1

rem What is here already and has the right SHA-256 is not fetched again; what is fetched takes its
rem place only when the copy on this disk has it.
:fetch_program
set "WANT="
if exist "%KIT%\SHA256" for /f "usebackq" %%H in ("%KIT%\SHA256") do if not defined WANT set "WANT=%%H"
call :hash "%PROGRAM%"
if defined WANT if /i "%HAVE%"=="%WANT%" exit /b 0
set "FITS="
if not exist "%SHARE%\trust-deployer.exe\*" for %%F in ("%SHARE%\trust-deployer.exe") do call :measure %%~zF 067108864
if defined FITS copy /y /b "%SHARE%\trust-deployer.exe"+"%RUN%\empty" "%RUN%\new.exe" >nul
if not exist "%RUN%\new.exe" call :log cannot copy the program, or it is larger than 64 MiB: that of last time is used
if not exist "%RUN%\new.exe" exit /b 1
call :hash "%RUN%\new.exe"
if defined WANT if /i "%HAVE%"=="%WANT%" goto take_program
call :log REFUSED: the program on the share has SHA-256 "%HAVE%", wanted is "%WANT%"
del /q "%RUN%\new.exe"
exit /b 1
:take_program
move /y "%RUN%\new.exe" "%PROGRAM%" >nul
if not exist "%RUN%\new.exe" exit /b 0
rem Who shows events has it open for their texts: then it can be renamed, but not replaced.
move "%PROGRAM%" "%RUN%\old.exe" >nul
if not exist "%PROGRAM%" move "%RUN%\new.exe" "%PROGRAM%" >nul
if not exist "%RUN%\new.exe" exit /b 0
if not exist "%PROGRAM%" move "%RUN%\old.exe" "%PROGRAM%" >nul
call :log cannot replace the program, does it still run?
exit /b 1

rem The SHA-256 of a file in HAVE: the second line of what certutil says, on Windows 7 with blanks.
:hash
set "HAVE="
if not exist "%~1" exit /b 1
"%SYS%\certutil.exe" -hashfile "%~1" SHA256 >"%RUN%\hash"
for /f "usebackq skip=1 delims=" %%H in ("%RUN%\hash") do if not defined HAVE set "HAVE=%%H"
if defined HAVE set "HAVE=%HAVE: =%"
exit /b 0

rem One by one, so that they do not fill the disk. A file that is joined with an empty one loses its
rem attributes and its other streams, for which there is no limit.
:fetch_bundles
set "COUNT=0"
set "FULL="
for %%B in ("%SHARE%\*.cab") do (
	if defined FULL goto full
	echo "%%~nxB", %%~zB bytes >>"%LOG%"
	call :measure %%~zB 268435456
	if defined FITS copy /y /b "%%~B"+"%RUN%\empty" "%RUN%\new.cab" >nul
	call :take_bundle
)
exit /b 0
:full
call :log REFUSED: more than 64 bundles
exit /b 0

rem A bundle with good signatures takes the place of the one with its ID. The name of its file says
rem nothing: whoever writes to the share gave it.
:take_bundle
set /a COUNT+=1
if %COUNT% GEQ 64 set "FULL=yes"
if not exist "%RUN%\new.cab" call :log REFUSED: larger than 256 MiB, or cannot be copied
if not exist "%RUN%\new.cab" exit /b 1
"%PROGRAM%" bundle verify "%RUN%\new.cab" --keyring "%KIT%\keyring.yaml" >"%RUN%\verified" 2>"%RUN%\reason"
rem not "if errorlevel 1": the code of a program that crashed is negative
if not "%ERRORLEVEL%"=="0" goto refuse_bundle
for /f "usebackq tokens=1,2,4" %%A in ("%RUN%\verified") do (
	if "%%A"=="bundle" set "ID=%%B"
	if "%%A"=="bundle" set "VERSION=%%C"
)
move /y "%RUN%\new.cab" "%KIT%\bundles\%ID%.cab" >nul
if not exist "%RUN%\new.cab" call :log is bundle %ID% version %VERSION%
if not exist "%RUN%\new.cab" exit /b 0
call :log cannot replace bundle %ID%
del /q "%RUN%\new.cab"
exit /b 1
:refuse_bundle
call :log REFUSED: not verified
type "%RUN%\reason" >>"%LOG%"
del /q "%RUN%\new.cab"
exit /b 1

rem FITS is set when the size %1 is at most the nine digits %2. More digits may be no number to "if".
:measure
set "FITS="
if "%~2"=="" exit /b 0
set "SIZE=000000000%1"
if 1%SIZE:~-9% LEQ 1%2 set "FITS=yes"
for /f "delims=0" %%C in ("%SIZE:~0,-9%") do set "FITS="
exit /b 0

:log
echo %DATE% %TIME% %* >>"%LOG%"
:success
exit /b 0
