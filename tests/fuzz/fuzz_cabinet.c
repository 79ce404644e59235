/* SPDX-License-Identifier: Apache-2.0 */
/* Every member, forwards and backwards: both orders must tell the same. */
#include <stdint.h>
#include <stdlib.h>

#include "formats/cab.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MEMBER_MAX = 1024 * 1024 };

static void check_name(const struct cab *cab, const struct cab_member *member)
{
	if (strstr(member->name, "..") || member->name[0] == '/' || strchr(member->name, '\\') ||
	    cab_find(cab, member->name) != member)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(cab) cab = {0};
	AUTO(cab) other = {0};
	AUTO(bytes) one = {0};
	AUTO(bytes) two = {0};
	struct err err = {0};

	if (!cab_open((struct span){data, size}, &cab, &err))
		return 0;
	for (size_t i = 0; i < cab.count && i < 64; i++) {
		check_name(&cab, &cab.members[i]);
		if (cab_read(&cab, &cab.members[i], MEMBER_MAX, &one, &err) &&
		    one.size != cab.members[i].size)
			abort();
	}
	if (cab.count == 0 || cab.count > 64 || !cab_open((struct span){data, size}, &other, &err))
		return 0;
	for (size_t i = other.count; i-- > 0;)
		if (cab_read(&other, &other.members[i], MEMBER_MAX, &two, &err) &&
		    cab_read(&cab, &cab.members[i], MEMBER_MAX, &one, &err) &&
		    !span_equal(bytes_span(&one), bytes_span(&two)))
			abort();
	return 0;
}
