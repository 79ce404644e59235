/* SPDX-License-Identifier: Apache-2.0 */
/* What parses is written and parsed again, to the same document. */
#include <stdint.h>
#include <stdlib.h>

#include "bundle/manifest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(manifest) manifest = {0};
	AUTO(manifest) again = {0};
	AUTO(text) one = {0};
	AUTO(text) two = {0};
	struct err err = {0};

	if (!manifest_parse((struct span){data, size}, "manifest.yaml", &manifest, &err))
		return 0;
	manifest_write(&manifest, &one);
	if (!manifest_parse(span_text(text_string(&one)), "written", &again, &err))
		abort();
	manifest_write(&again, &two);
	if (strcmp(text_string(&one), text_string(&two)) != 0)
		abort();
	return 0;
}
