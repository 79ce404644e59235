/* SPDX-License-Identifier: Apache-2.0 */
#include "replay_guard.h"

#include <windows.h>
/* behind windows.h, whose types it uses */
#include <signal.h>
#include <string.h>

static const char *what;
static volatile LONG64 deadline;

static void tell_and_die(void)
{
	DWORD wrote;

	WriteFile(GetStdHandle(STD_OUTPUT_HANDLE), what, (DWORD)strlen(what), &wrote, NULL);
	TerminateProcess(GetCurrentProcess(), 1);
}

static LONG WINAPI on_fault(EXCEPTION_POINTERS *fault)
{
	(void)fault;
	tell_and_die();
	return EXCEPTION_EXECUTE_HANDLER;
}

static void on_abort(int number)
{
	(void)number;
	tell_and_die();
}

static DWORD WINAPI watch(void *unused)
{
	(void)unused;
	for (LONG64 end = 0; end == 0 || (LONG64)GetTickCount64() < end; end = deadline)
		Sleep(200);
	tell_and_die();
	return 1;
}

void guard_start(const char *current)
{
	what = current;
	SetUnhandledExceptionFilter(on_fault);
	signal(SIGABRT, on_abort);
	CloseHandle(CreateThread(NULL, 0, watch, NULL, 0, NULL));
}

void guard_limit(unsigned seconds)
{
	deadline = seconds ? (LONG64)GetTickCount64() + seconds * 1000LL : 0;
}
