/* SPDX-License-Identifier: Apache-2.0 */
/* What every provider of registry.h shares. */
#include "host/windows/registry.h"

#include <stdlib.h>

#include "base/utf16.h"

void registry_value_release(struct registry_value *value)
{
	bytes_release(&value->data);
	*value = (struct registry_value){.type = REGISTRY_ABSENT};
}

void registry_names_release(struct registry_names *names)
{
	free(names->list);
	arena_release(&names->arena);
	*names = (struct registry_names){0};
}

void registry_names_add(struct registry_names *names, const char *name, uint64_t id)
{
	names->list =
	    mem_grow(names->list, &names->capacity, names->count + 1, sizeof(*names->list));
	names->list[names->count++] = (struct registry_name){arena_strdup(&names->arena, name), id};
}

void registry_close(struct registry *registry)
{
	if (registry->ops)
		registry->ops->close(registry);
	*registry = (struct registry){0};
}

bool registry_read(struct registry *registry, const char *path, const char *name,
    struct registry_value *out, struct err *err)
{
	struct registry_key key;
	bool ok;

	if (!registry->ops->open_key(registry, path, &key, err))
		return false;
	ok = registry->ops->read(&key, name, out, err) ||
	     err_wrap(err, "%s", text_escape_string(path).text);
	registry->ops->close_key(&key);
	return ok;
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
