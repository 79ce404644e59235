/* SPDX-License-Identifier: Apache-2.0 */
/* Files of Debian's certificate folders: besides not crashing, one certificate is one to pem.h too.
 */
#include <stdlib.h>

#include "formats/pem.h"
#include "host/linux/layouts/debian.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span rest = {data, size};
	uint8_t sha256[SHA256_SIZE];
	AUTO(bytes) der = {0};
	struct err err = {0};
	uint32_t hash;
	bool trusted;

	if (debian_single_certificate(rest, sha256, &hash) &&
	    (!pem_next_certificate(&rest, &der, &trusted, &err) || der.size == 0))
		abort();
	return 0;
}
