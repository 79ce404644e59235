/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What Windows' certutil says to -hashfile FILE SHA256, where Wine's own is a stub that says
 * nothing; a program for Windows, run by Wine. With CERTUTIL_SPACED in
 * the environment it writes the digest as Windows 7 did.
 */
#include <windows.h>
/* behind windows.h, whose types they use */
#include <bcrypt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>

#define DIGEST_SIZE 32

static bool hash_file(HANDLE file, BYTE digest[DIGEST_SIZE])
{
	static BYTE data[65536];
	BCRYPT_ALG_HANDLE algorithm;
	BCRYPT_HASH_HANDLE hash;
	DWORD size;

	if (BCryptOpenAlgorithmProvider(&algorithm, BCRYPT_SHA256_ALGORITHM, NULL, 0) != 0 ||
	    BCryptCreateHash(algorithm, &hash, NULL, 0, NULL, 0, 0) != 0)
		return false;
	do {
		if (!ReadFile(file, data, sizeof(data), &size, NULL) ||
		    BCryptHashData(hash, data, size, 0) != 0)
			return false;
	} while (size > 0);
	return BCryptFinishHash(hash, digest, DIGEST_SIZE, 0) == 0;
}

int wmain(int argc, wchar_t **argv)
{
	const char *between = getenv("CERTUTIL_SPACED") ? " " : "";
	BYTE digest[DIGEST_SIZE];
	HANDLE file;

	if (argc != 4 || wcscmp(argv[1], L"-hashfile") != 0 || wcscmp(argv[3], L"SHA256") != 0)
		return 1;
	file = CreateFileW(argv[2], GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL);
	if (file == INVALID_HANDLE_VALUE || !hash_file(file, digest)) {
		printf("CertUtil: -hashfile command FAILED: 0x80070002 (WIN32: 2)\n");
		printf("CertUtil: The system cannot find the file specified.\n");
		return 1;
	}
	printf("SHA256 hash of %ls:\n", argv[2]);
	for (int i = 0; i < DIGEST_SIZE; i++)
		printf("%s%02x", i > 0 ? between : "", digest[i]);
	printf("\nCertUtil: -hashfile command completed successfully.\n");
	return 0;
}
