/* SPDX-License-Identifier: Apache-2.0 */
/* How Windows is set to keep its roots up to date; what the values mean is encode/update.c's. */
#include "host/windows/windows.h"

bool windows_update_observe(struct host *host, struct items *have, struct err *err)
{
	for (enum update_switch which = 0; which < UPDATE_SWITCHES; which++) {
		const struct encode_place place = encode_update_place(which);
		AUTO(registry_value) value = {.type = REGISTRY_ABSENT};
		struct item *item;

		if (!registry_read(windows_registry(host), place.key, place.name, &value, err))
			return false;
		item = items_add(have, key_update(which));
		item->presence = ITEM_PRESENT;
		item->value = encode_update_word(which, &value, &have->arena);
		item->seen.location = arena_printf(&have->arena, "%s\\%s", place.key, place.name);
	}
	return true;
}
