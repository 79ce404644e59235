@echo off
rem SPDX-License-Identifier: Apache-2.0
rem A startup script for a GPO: brings trust-deployer and its bundles from a share and runs it.
rem
rem   startup.cmd [SHARE [LIMIT [POLICY]]]
rem
rem   SHARE   folder with trust-deployer.exe and *.cab; the folder of this script otherwise
rem   LIMIT   seconds that the start of the machine waits at most; 60 otherwise
rem   POLICY  as for --policy, such as bundle:example.corp; the folder policy.d beside this
rem           script otherwise
rem
rem Beside this script, where only administrators of the domain write: SHA256 (of the program, as
rem sha256sum prints it), keyring.yaml and, unless POLICY is given, policy.d. Nobody needs to
rem protect SHARE: the program must have that SHA-256, bundles the signatures of that keyring.
rem
rem Ends with the program's exit code; with 1 when it could not be run, 100 when it still runs.
rem Everything is quoted and nothing expanded late, so that names may hold blanks, & ! and ( ).
setlocal EnableExtensions DisableDelayedExpansion
set "SYS=%SystemRoot%\System32"
set "FILES=%ProgramFiles%"
if defined ProgramW6432 set "FILES=%ProgramW6432%"
rem Only administrators write below Program Files.
set "KIT=%FILES%\TrustDeployer\kit"
set "DATA=%ProgramData%\TrustDeployer"
set "LOG=%DATA%\startup.log"
if "%~1"==":work" goto work

set "FROM=%~dp0"
set "FROM=%FROM:~0,-1%"
set "SHARE=%~1"
if not defined SHARE set "SHARE=%FROM%"
set "LIMIT=60"
if not "%~2"=="" set "LIMIT=%~2"
set "POLICY=%~3"
set "RUN=%RANDOM%%RANDOM%"

if not exist "%KIT%\bundles\" md "%KIT%\bundles"
if not exist "%DATA%\" md "%DATA%"
rem Any user may make a folder in ProgramData, and owns it.
"%SYS%\icacls.exe" "%DATA%" /setowner *S-1-5-32-544 /q >nul 2>&1
"%SYS%\icacls.exe" "%DATA%" /inheritance:r /grant:r *S-1-5-18:(OI)(CI)F *S-1-5-32-544:(OI)(CI)F *S-1-5-32-545:(OI)(CI)RX /q >nul 2>&1
if exist "%LOG%" for %%F in ("%LOG%") do if %%~zF GTR 262144 move /y "%LOG%" "%LOG%.old" >nul
del /q "%KIT%\result.*" "%KIT%\output.*" 2>nul

rem cmd reads a script line by line: the part that goes on after the start runs from here.
if /i not "%~f0"=="%KIT%\startup.cmd" copy /y "%~f0" "%KIT%\startup.cmd" >nul
call :log start, "%SHARE%", limit %LIMIT% s
start "" /b "%SYS%\cmd.exe" /d /c call "%KIT%\startup.cmd" :work <nul >nul 2>&1
set /a LEFT=LIMIT
:wait
if exist "%KIT%\result.%RUN%" goto done
if %LEFT% LEQ 0 goto late
set /a LEFT-=1
rem one second; timeout.exe wants a console
"%SYS%\ping.exe" -n 2 127.0.0.1 >nul
goto wait
:late
call :log not finished after %LIMIT% s: it goes on while the machine starts
exit /b 100
:done
set "CODE=1"
set /p CODE=<"%KIT%\result.%RUN%"
del /q "%KIT%\result.%RUN%"
exit /b %CODE%

rem --- in the background ---

:work
call :fetch_file SHA256
call :fetch_file keyring.yaml
call :fetch_policies
call :fetch_program
set "CODE=1"
if not exist "%KIT%\trust-deployer.exe" call :log there is no program
if not exist "%KIT%\trust-deployer.exe" goto finish
if not defined POLICY set "POLICY=%KIT%\policy.d"
rem no quotes around these: there are some inside
set ARGUMENTS=--keyring "%KIT%\keyring.yaml" --policy "%POLICY%"
call :fetch_bundles
cd /d "%KIT%\bundles"
for %%B in (*.cab) do call :add_bundle "%%~fB"
"%KIT%\trust-deployer.exe" apply %ARGUMENTS% >"%KIT%\output.%RUN%" 2>&1
set "CODE=%ERRORLEVEL%"
type "%KIT%\output.%RUN%" >>"%LOG%"
del /q "%KIT%\output.%RUN%"
:finish
call :log end, exit code %CODE%
echo %CODE% >"%KIT%\writing.%RUN%"
ren "%KIT%\writing.%RUN%" "result.%RUN%"
exit /b 0

rem A copy that breaks off leaves that of last time.
:fetch_file
if not exist "%FROM%\%1" exit /b 0
copy /y "%FROM%\%1" "%KIT%\new.file" >nul
if not errorlevel 1 move /y "%KIT%\new.file" "%KIT%\%1" >nul
exit /b 0

rem Policies as a whole or not at all, so that one which was taken away here goes there too.
:fetch_policies
if defined POLICY exit /b 0
if not exist "%FROM%\policy.d\*.yaml" exit /b 0
if exist "%KIT%\policy.new" rd /s /q "%KIT%\policy.new"
md "%KIT%\policy.new"
copy /y "%FROM%\policy.d\*.yaml" "%KIT%\policy.new\" >nul
if errorlevel 1 exit /b 1
if exist "%KIT%\policy.d" rd /s /q "%KIT%\policy.d"
move "%KIT%\policy.new" "%KIT%\policy.d" >nul
exit /b 0

rem What is here already and has the right SHA-256 is not fetched again; what is fetched takes its
rem place only when the copy on this disk has it.
:fetch_program
set "WANT="
if exist "%KIT%\SHA256" for /f "usebackq" %%H in ("%KIT%\SHA256") do if not defined WANT set "WANT=%%H"
call :hash "%KIT%\trust-deployer.exe"
if defined WANT if /i "%HAVE%"=="%WANT%" exit /b 0
copy /y /b "%SHARE%\trust-deployer.exe" "%KIT%\new.exe" >nul 2>&1
if errorlevel 1 call :log cannot copy the program, that of last time is used
if errorlevel 1 exit /b 1
call :hash "%KIT%\new.exe"
if defined WANT if /i "%HAVE%"=="%WANT%" goto take_program
call :log REFUSED: the program on the share has SHA-256 "%HAVE%", wanted is "%WANT%"
del /q "%KIT%\new.exe"
exit /b 1
:take_program
move /y "%KIT%\new.exe" "%KIT%\trust-deployer.exe" >nul
if exist "%KIT%\new.exe" call :log cannot replace the program, does it still run?
exit /b 0

rem The SHA-256 of a file in HAVE: the second line of what certutil says, on Windows 7 with blanks.
:hash
set "HAVE="
if not exist "%~1" exit /b 1
"%SYS%\certutil.exe" -hashfile "%~1" SHA256 >"%KIT%\hash.%RUN%" 2>nul
for /f "usebackq skip=1 delims=" %%H in ("%KIT%\hash.%RUN%") do if not defined HAVE set "HAVE=%%H"
del /q "%KIT%\hash.%RUN%"
if defined HAVE set "HAVE=%HAVE: =%"
exit /b 0

rem A bundle takes the place of that of last time only when its signatures are good.
:fetch_bundles
if exist "%KIT%\new" rd /s /q "%KIT%\new"
md "%KIT%\new"
copy /y /b "%SHARE%\*.cab" "%KIT%\new\" >nul 2>&1
cd /d "%KIT%\new"
for %%B in (*.cab) do call :check_bundle "%%~nxB"
exit /b 0

:check_bundle
"%KIT%\trust-deployer.exe" bundle verify "%KIT%\new\%~1" --keyring "%KIT%\keyring.yaml" >"%KIT%\output.%RUN%" 2>&1
rem not "if errorlevel 1": the code of a program that crashed is negative
if not "%ERRORLEVEL%"=="0" goto refuse_bundle
move /y "%KIT%\new\%~1" "%KIT%\bundles\%~1" >nul
exit /b 0
:refuse_bundle
call :log REFUSED: the bundle %1
type "%KIT%\output.%RUN%" >>"%LOG%"
exit /b 0

:add_bundle
set ARGUMENTS=%ARGUMENTS% --bundle %1
exit /b 0

:log
echo %DATE% %TIME% %* >>"%LOG%"
exit /b 0
