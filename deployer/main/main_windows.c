/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where Windows comes in: wide arguments become UTF-8, and their backslashes '/', which every
 * function of Windows takes too. No argument of ours has a backslash that does not stand in a
 * path.
 */
#include "base/text.h"
#include "base/windows/wide.h"
#include "main/program.h"

/* The C library is not to expand wildcards: a glob in a recipe or a policy is ours to read. */
int _dowildcard = 0;

/* What a library of Windows loads later comes from Windows' folder, never from the current one,
 * which may be anybody's, nor from the program's. Windows 7 knows the call since KB 2533623. */
static void load_from_windows_only(void)
{
	union {
		FARPROC found;
		BOOL(WINAPI *call)(DWORD);
	} limit = {GetProcAddress(GetModuleHandleW(L"kernel32.dll"), "SetDefaultDllDirectories")};

	if (!limit.found || !limit.call(LOAD_LIBRARY_SEARCH_SYSTEM32))
		SetDllDirectoryW(L"");
}

/* Both Windows and the C library keep the environment. */
static void forget_openssl_settings(void)
{
	for (size_t i = 0; program_openssl_settings[i]; i++) {
		AUTO(text) assignment = {0};

		text_addf(&assignment, "%s=", program_openssl_settings[i]);
		_putenv(text_string(&assignment));
		SetEnvironmentVariableA(program_openssl_settings[i], NULL);
	}
}

int wmain(int argc, wchar_t **wide);

int wmain(int argc, wchar_t **wide)
{
	AUTO(arena) arena = {0};
	char **argv = arena_alloc(&arena, ((size_t)argc + 1) * sizeof(*argv));

	load_from_windows_only();
	forget_openssl_settings();
	for (int i = 0; i < argc; i++)
		argv[i] = wide_to_path(wide[i], &arena);
	return program_run(argc, argv);
}
