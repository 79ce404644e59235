/* SPDX-License-Identifier: Apache-2.0 */
/* What every provider of registry.h shares. */
#include "host/windows/registry.h"

#include <stdlib.h>

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
