/* SPDX-License-Identifier: Apache-2.0 */
/* Entries of the URL cache: the parts fill the file to its end. */
#include <stdint.h>
#include <stdlib.h>

#include "formats/windows/urlcache.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct urlcache entry;
	struct err err = {0};

	if (!urlcache_parse((struct span){data, size}, &entry, &err))
		return 0;
	if (!urlcache_looks((struct span){data, size}) || entry.url.size < 2 ||
	    entry.url.data + entry.url.size + entry.etag.size != data + size)
		abort();
	return 0;
}
