/* SPDX-License-Identifier: Apache-2.0 */
/* A keyring that is accepted holds to its rules. */
#include <stdint.h>
#include <stdlib.h>

#include "bundle/keyring.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(keyring) keyring = {0};
	struct err err = {0};

	if (!keyring_parse((struct span){data, size}, "keyring.yaml", &keyring, &err))
		return 0;
	if (keyring.threshold < 1 || keyring.threshold > keyring.count || keyring.version < 1)
		abort();
	for (size_t i = 0; i < keyring.count; i++)
		if (keyring.signers[i].certificate.size == 0 || keyring.signers[i].issuer.size == 0)
			abort();
	return 0;
}
