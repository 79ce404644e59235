/* SPDX-License-Identifier: Apache-2.0 */
/* Certificate blobs and serialised stores: the elements fill the bytes, each object of a store is a
 * blob by itself. */
#include <stdint.h>
#include <stdlib.h>

#include "formats/windows/certblob.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_blob(struct span blob)
{
	struct reader reader = reader_of(blob);
	struct certblob_element element;
	AUTO(bytes) again = {0};
	struct err err = {0};

	while (reader.rest.size > 0) {
		if (!certblob_next(&reader, &element, &err))
			return;
		certblob_add(&again, element.property, element.data);
	}
	if (!span_equal(bytes_span(&again), blob))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span file = {data, size}, object;
	struct reader reader;
	struct err err = {0};

	(void)certblob_looks(file);
	read_blob(file);
	if (!sst_begin(file, &reader, &err))
		return 0;
	while (sst_next(&reader, &object, &err) && object.size > 0)
		read_blob(object);
	return 0;
}
