/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where Windows comes in: wide arguments become UTF-8, and their backslashes '/', which every
 * function of Windows takes too. No argument of ours has a backslash that does not stand in a
 * path.
 */
#include "base/windows/wide.h"
#include "main/program.h"

/* The C library is not to expand wildcards: a glob in a recipe or a policy is ours to read. */
int _dowildcard = 0;

int wmain(int argc, wchar_t **wide);

int wmain(int argc, wchar_t **wide)
{
	AUTO(arena) arena = {0};
	char **argv = arena_alloc(&arena, ((size_t)argc + 1) * sizeof(*argv));

	/* nothing is ever loaded from the current folder, which may be anybody's */
	SetDllDirectoryW(L"");
	for (int i = 0; i < argc; i++)
		argv[i] = wide_to_path(wide[i], &arena);
	return program_run(argc, argv);
}
