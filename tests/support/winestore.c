/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What Windows' own programming interfaces make of the registry and of files; a program for
 * Windows, run by Wine:
 *
 *     winestore.exe certificates STORE     thumbprints in a store of the machine
 *     winestore.exe ctl                    entries and size of AuthRoot's EncodedCtl
 *     winestore.exe proxy                  WinHTTP's default proxy
 *     winestore.exe times KEY              each key below one of the machine, and when it was last
 *                                          written to
 *     winestore.exe watch STORE FILE       keeps a store open: a line for what is in it at first,
 *                                          and one each time it tells of a change, until FILE is
 *                                          there
 *     winestore.exe version FILE           of a program, by its resource
 *     winestore.exe detached COMMAND       runs it without standard streams; ends as it did
 *     winestore.exe hold FILE END          locks a file's first byte until END is there
 */
#include <windows.h>
/* behind windows.h, whose types they use */
#include <stdio.h>
#include <wincrypt.h>
#include <winhttp.h>

static int list_certificates(const char *store)
{
	HCERTSTORE handle = CertOpenStore(CERT_STORE_PROV_SYSTEM_A, 0, 0,
	    CERT_SYSTEM_STORE_LOCAL_MACHINE | CERT_STORE_OPEN_EXISTING_FLAG |
	        CERT_STORE_READONLY_FLAG,
	    store);
	const CERT_CONTEXT *context = NULL;

	if (!handle) {
		printf("error %lu\n", GetLastError());
		return 1;
	}
	while ((context = CertEnumCertificatesInStore(handle, context))) {
		BYTE sha1[20];
		DWORD size = sizeof(sha1);

		if (!CertGetCertificateContextProperty(
		        context, CERT_SHA1_HASH_PROP_ID, sha1, &size))
			return 1;
		for (DWORD i = 0; i < size; i++)
			printf("%02X", sha1[i]);
		printf("\n");
	}
	CertCloseStore(handle, 0);
	return 0;
}

static int show_ctl(void)
{
	static BYTE data[4 * 1024 * 1024];
	DWORD size = sizeof(data);
	const CTL_CONTEXT *context;
	LSTATUS status = RegGetValueA(HKEY_LOCAL_MACHINE,
	    "SOFTWARE\\Microsoft\\SystemCertificates\\AuthRoot\\AutoUpdate", "EncodedCtl",
	    RRF_RT_REG_BINARY, NULL, data, &size);

	if (status != ERROR_SUCCESS) {
		printf("error %ld\n", status);
		return 1;
	}
	context = CertCreateCTLContext(X509_ASN_ENCODING | PKCS_7_ASN_ENCODING, data, size);
	if (!context) {
		printf("error %lu\n", GetLastError());
		return 1;
	}
	printf("%lu bytes, %lu entries\n", size, context->pCtlInfo->cCTLEntry);
	CertFreeCTLContext(context);
	return 0;
}

static int show_proxy(void)
{
	WINHTTP_PROXY_INFO info;

	if (!WinHttpGetDefaultProxyConfiguration(&info)) {
		printf("error %lu\n", GetLastError());
		return 1;
	}
	printf("%lu %ls %ls\n", info.dwAccessType, info.lpszProxy ? info.lpszProxy : L"-",
	    info.lpszProxyBypass ? info.lpszProxyBypass : L"-");
	return 0;
}

static int list_times(HKEY above, const char *path)
{
	LSTATUS status = ERROR_SUCCESS;
	FILETIME time;
	HKEY key;

	if (RegOpenKeyExA(above, path, 0, KEY_READ | KEY_WOW64_64KEY, &key) != ERROR_SUCCESS)
		return 1;
	RegQueryInfoKeyA(key, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, &time);
	printf("%s %08lx%08lx\n", path, time.dwHighDateTime, time.dwLowDateTime);
	for (DWORD i = 0; status == ERROR_SUCCESS; i++) {
		char name[256];
		DWORD size = sizeof(name);

		status = RegEnumKeyExA(key, i, name, &size, NULL, NULL, NULL, NULL);
		if (status == ERROR_SUCCESS)
			list_times(key, name);
	}
	RegCloseKey(key);
	return 0;
}

static void count_certificates(const char *name)
{
	HCERTSTORE store = CertOpenStore(CERT_STORE_PROV_SYSTEM_A, 0, 0,
	    CERT_SYSTEM_STORE_LOCAL_MACHINE | CERT_STORE_READONLY_FLAG, name);
	const CERT_CONTEXT *context = NULL;
	int count = 0;

	while (store && (context = CertEnumCertificatesInStore(store, context)))
		count++;
	CertCloseStore(store, 0);
	printf("%d\n", count);
	fflush(stdout);
}

/* A process that runs all the time and waits for the registry, as Windows' chain engine does. It
 * opens the store anew each time: Wine's CERT_STORE_CTRL_NOTIFY_CHANGE never tells of anything, and
 * after CERT_STORE_CTRL_RESYNC its enumeration does not end. */
static int watch(const char *name, const char *end)
{
	HANDLE changed = CreateEventA(NULL, FALSE, FALSE, NULL);
	char path[200];
	HKEY key;

	snprintf(path, sizeof(path), "SOFTWARE\\Microsoft\\SystemCertificates\\%s", name);
	if (RegOpenKeyExA(HKEY_LOCAL_MACHINE, path, 0, KEY_READ, &key) != ERROR_SUCCESS)
		return 1;
	while (GetFileAttributesA(end) == INVALID_FILE_ATTRIBUTES) {
		RegNotifyChangeKeyValue(
		    key, TRUE, REG_NOTIFY_CHANGE_NAME | REG_NOTIFY_CHANGE_LAST_SET, changed, TRUE);
		/* what changes from here on is told */
		count_certificates(name);
		while (WaitForSingleObject(changed, 100) != WAIT_OBJECT_0)
			if (GetFileAttributesA(end) != INVALID_FILE_ATTRIBUTES)
				break;
	}
	count_certificates(name);
	RegCloseKey(key);
	return 0;
}

static int show_version(const char *path)
{
	static BYTE data[65536];
	VS_FIXEDFILEINFO *info;
	UINT size;

	if (!GetFileVersionInfoA(path, 0, sizeof(data), data) ||
	    !VerQueryValueA(data, "\\", (void **)&info, &size)) {
		printf("error %lu\n", GetLastError());
		return 1;
	}
	printf("%u.%u.%u.%u\n", HIWORD(info->dwFileVersionMS), LOWORD(info->dwFileVersionMS),
	    HIWORD(info->dwFileVersionLS), LOWORD(info->dwFileVersionLS));
	return 0;
}

static int run_detached(const char *command)
{
	STARTUPINFOA start = {.cb = sizeof(start)};
	PROCESS_INFORMATION process;
	char line[4096];
	DWORD code = 127;

	snprintf(line, sizeof(line), "%s", command);
	if (!CreateProcessA(
	        NULL, line, NULL, NULL, FALSE, DETACHED_PROCESS, NULL, NULL, &start, &process))
		return (int)code;
	WaitForSingleObject(process.hProcess, 60000);
	GetExitCodeProcess(process.hProcess, &code);
	return (int)code;
}

static int hold(const char *path, const char *end)
{
	HANDLE handle = CreateFileA(path, GENERIC_READ | GENERIC_WRITE,
	    FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_ALWAYS, 0, NULL);

	if (handle == INVALID_HANDLE_VALUE || !LockFile(handle, 0, 0, 1, 0)) {
		printf("error %lu\n", GetLastError());
		return 1;
	}
	printf("held\n");
	fflush(stdout);
	while (GetFileAttributesA(end) == INVALID_FILE_ATTRIBUTES)
		Sleep(50);
	CloseHandle(handle);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "detached") == 0)
		return run_detached(argv[2]);
	if (argc == 3 && strcmp(argv[1], "version") == 0)
		return show_version(argv[2]);
	if (argc == 4 && strcmp(argv[1], "hold") == 0)
		return hold(argv[2], argv[3]);
	if (argc == 3 && strcmp(argv[1], "times") == 0)
		return list_times(HKEY_LOCAL_MACHINE, argv[2]);
	if (argc == 4 && strcmp(argv[1], "watch") == 0)
		return watch(argv[2], argv[3]);
	if (argc == 3 && strcmp(argv[1], "certificates") == 0)
		return list_certificates(argv[2]);
	if (argc == 2 && strcmp(argv[1], "ctl") == 0)
		return show_ctl();
	if (argc == 2 && strcmp(argv[1], "proxy") == 0)
		return show_proxy();
	return 3;
}
