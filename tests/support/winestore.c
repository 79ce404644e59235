/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What Windows' own programming interfaces make of the registry; a program for Windows, run by
 * Wine:
 *
 *     winestore.exe certificates STORE     thumbprints in a store of the machine
 *     winestore.exe ctl                    entries and size of AuthRoot's EncodedCtl
 *     winestore.exe proxy                  WinHTTP's default proxy
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

int main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "certificates") == 0)
		return list_certificates(argv[2]);
	if (argc == 2 && strcmp(argv[1], "ctl") == 0)
		return show_ctl();
	if (argc == 2 && strcmp(argv[1], "proxy") == 0)
		return show_proxy();
	return 3;
}
