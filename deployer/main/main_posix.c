/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "main/program.h"

int main(int argc, char **argv)
{
	for (size_t i = 0; program_openssl_settings[i]; i++)
		unsetenv(program_openssl_settings[i]);
	return program_run(argc, argv);
}
