/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stands in for trust-deployer.exe where a scenario is about what starts it; a program for Windows,
 * run by Wine.
 *
 *     standin.exe bundle verify FILE    verified when it says "good ID VERSION", else refused: 4
 *     standin.exe apply ARGUMENTS...    prints them, goes on as long as the file STANDIN_HOLD is
 *                                       there, ten minutes at most, and returns STANDIN_CODE
 */
#include <windows.h>
/* behind windows.h, whose types they use */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

enum { TURN_MS = 100, MAX_TURNS = 6000 };

static void hold(void)
{
	const wchar_t *file = _wgetenv(L"STANDIN_HOLD");

	for (int i = 0; file && i < MAX_TURNS; i++) {
		if (GetFileAttributesW(file) == INVALID_FILE_ATTRIBUTES)
			break;
		Sleep(TURN_MS);
	}
}

static int verify(const wchar_t *name)
{
	char line[80] = {0};
	char *id = line + strlen("good "), *version;
	FILE *file = _wfopen(name, L"rb");

	if (!file)
		return 1;
	(void)!fgets(line, sizeof(line), file);
	fclose(file);
	line[strcspn(line, "\r\n")] = 0;
	version = strrchr(line, ' ');
	if (strncmp(line, "good ", strlen("good ")) != 0 || version < id) {
		printf("refused\n");
		fprintf(stderr, "stand-in: no good signature\n");
		return 4;
	}
	printf("bundle     %.*s version %s\ncreated    2026-01-01T00:00:00Z\nverified\n",
	    (int)(version - id), id, version + 1);
	return 0;
}

int wmain(int argc, wchar_t **argv)
{
	const char *code = getenv("STANDIN_CODE");

	if (argc > 3 && wcscmp(argv[1], L"bundle") == 0)
		return verify(argv[3]);
	printf("stand-in:");
	for (int i = 1; i < argc; i++)
		printf(" [%ls]", argv[i]);
	printf("\n");
	fflush(stdout);
	hold();
	return code ? (int)strtol(code, NULL, 10) : 0;
}
