/* SPDX-License-Identifier: Apache-2.0 */
#include "host/windows/encode/value.h"

#include "base/utf16.h"

void registry_value_release(struct registry_value *value)
{
	bytes_release(&value->data);
	*value = (struct registry_value){.type = REGISTRY_ABSENT};
}

const char *registry_text(const struct registry_value *value, struct arena *arena)
{
	AUTO(text) text = {0};

	if (value->type != REGISTRY_STRING && value->type != REGISTRY_EXPAND)
		return NULL;
	utf16_add_text(&text, bytes_span(&value->data));
	return arena_strdup(arena, text_string(&text));
}

bool registry_number(const struct registry_value *value, uint32_t *out)
{
	struct reader reader = reader_of(bytes_span(&value->data));
	uint32_t number = reader_u32le(&reader);

	if (value->type != REGISTRY_DWORD || reader.failed || reader.rest.size > 0)
		return false;
	*out = number;
	return true;
}

void registry_set_text(struct registry_value *value, const char *text)
{
	value->type = REGISTRY_STRING;
	value->data.size = 0;
	utf16_from_text(&value->data, text);
	bytes_add_little(&value->data, 0, 2);
}

void registry_set_number(struct registry_value *value, uint32_t number)
{
	value->type = REGISTRY_DWORD;
	value->data.size = 0;
	bytes_add_little(&value->data, number, 4);
}
