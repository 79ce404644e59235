/* SPDX-License-Identifier: Apache-2.0 */
#include <malloc.h>
#include <stdlib.h>

#include "main/program.h"

/* A run is short and holds one file of some megabytes after the other. Kept, their pages serve the
 * next one, where malloc() would give them back and the kernel would clear others for it. */
static void keep_memory(void)
{
	enum { KEPT = 8 * 1024 * 1024 };

	mallopt(M_MMAP_THRESHOLD, KEPT);
	mallopt(M_TRIM_THRESHOLD, KEPT);
}

int main(int argc, char **argv)
{
	keep_memory();
	for (size_t i = 0; program_openssl_settings[i]; i++)
		unsetenv(program_openssl_settings[i]);
	return program_run(argc, argv);
}
