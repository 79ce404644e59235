/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stands in for trust-deployer.exe where a scenario is about what starts it; a program for Windows,
 * run by Wine.
 *
 *     standin.exe bundle verify FILE    verified when it says "good ID VERSION", else refused: 4
 *     standin.exe apply ARGUMENTS...    prints them, waits STANDIN_SECONDS, returns STANDIN_CODE
 */
#include <windows.h>
/* behind windows.h, whose types they use */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

static int from_environment(const char *name)
{
	const char *value = getenv(name);

	return value ? (int)strtol(value, NULL, 10) : 0;
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
	if (argc > 3 && wcscmp(argv[1], L"bundle") == 0)
		return verify(argv[3]);
	printf("stand-in:");
	for (int i = 1; i < argc; i++)
		printf(" [%ls]", argv[i]);
	printf("\n");
	fflush(stdout);
	Sleep((DWORD)from_environment("STANDIN_SECONDS") * 1000);
	return from_environment("STANDIN_CODE");
}
