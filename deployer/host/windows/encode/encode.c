/* SPDX-License-Identifier: Apache-2.0 */
#include "host/windows/encode/encode.h"

#include <stdlib.h>

void encoded_release(struct encoded *values)
{
	for (size_t i = 0; i < values->count; i++)
		registry_value_release(&values->list[i].value);
	free(values->list);
	arena_release(&values->arena);
	*values = (struct encoded){0};
}

void encoded_add(
    struct encoded *values, const char *key, const char *name, struct registry_value *value)
{
	values->list =
	    mem_grow(values->list, &values->capacity, values->count + 1, sizeof(*values->list));
	values->list[values->count++] =
	    (struct encoded_value){.key = key, .name = name, .value = TAKE(*value)};
}
