/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "main/program.h"

/* OpenSSL is configured by the system's own file (FIPS, crypto policies), never by a file or a
 * folder of modules that whoever started us names: these modules run in the process that decides
 * what is verified, and sudo and service managers pass such variables. */
static void forget_openssl_settings(void)
{
	static const char *const names[] = {
	    "OPENSSL_CONF", "OPENSSL_CONF_INCLUDE", "OPENSSL_MODULES", "OPENSSL_ENGINES"};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		unsetenv(names[i]);
}

int main(int argc, char **argv)
{
	forget_openssl_settings();
	return program_run(argc, argv);
}
