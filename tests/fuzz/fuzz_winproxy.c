/* SPDX-License-Identifier: Apache-2.0 */
/* Proxy settings of the registry: what was read is written the same, but for an empty tail. */
#include <stdint.h>
#include <stdlib.h>

#include "formats/windows/winproxy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct winproxy winproxy;
	AUTO(bytes) again = {0};
	struct err err = {0};

	if (!winproxy_parse((struct span){data, size}, &winproxy, &err))
		return 0;
	if (winproxy.detected.size > winproxy.tail.size)
		abort();
	winproxy_write(&winproxy, &again);
	if (winproxy.tail.size > 0 && !span_equal(bytes_span(&again), (struct span){data, size}))
		abort();
	if (winproxy.kind == WINPROXY_WINHTTP && again.size != size)
		abort();
	return 0;
}
