/* SPDX-License-Identifier: Apache-2.0 */
/* Registry.pol: what is read is written back as the same bytes. */
#include <stdint.h>
#include <stdlib.h>

#include "formats/windows/regpol.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(regpol) regpol = {0};
	AUTO(bytes) again = {0};
	struct err err = {0};

	if (!regpol_parse((struct span){data, size}, &regpol, &err))
		return 0;
	regpol_write(&regpol, &again);
	if (!span_equal(bytes_span(&again), (struct span){data, size}))
		abort();
	return 0;
}
