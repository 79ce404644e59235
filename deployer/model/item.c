/* SPDX-License-Identifier: Apache-2.0 */
#include "model/item.h"

#include <stdlib.h>

const char *item_file(const struct item *item)
{
	return item->seen.reads ? item->seen.reads : item->seen.location;
}

enum store item_store(const struct item *item)
{
	return item->key.kind == ITEM_CERTIFICATE ? (enum store)item->key.which : STORES;
}

const uint8_t *item_digest(const struct item *item)
{
	return item->key.kind == ITEM_CERTIFICATE && !item->key.name ? item->key.sha256 : NULL;
}

struct item *items_add(struct items *items, struct key key)
{
	struct item *item;

	if (key.name)
		key.name = arena_strdup(&items->arena, key.name);
	items->list = mem_grow(items->list, &items->capacity, items->count + 1, sizeof(*item));
	item = &items->list[items->count++];
	*item = (struct item){.key = key, .value = "", .label = "", .asked.policy = ""};
	return item;
}

struct item *items_add_certificate(
    struct items *items, enum store store, const uint8_t sha256[SHA256_SIZE])
{
	return items_add(items, key_certificate(store, sha256));
}

void item_set_setting(struct item *item, const struct proxy *setting, struct arena *arena)
{
	item->setting = arena_copy(arena, setting, sizeof(*setting));
	item->value = setting_show(setting, arena);
	item->shown = setting->mode == PROXY_DIRECT && setting->bypass_count
	                  ? setting_show_list(setting, arena)
	                  : NULL;
}

/* Equal items keep their order: the first one's origin is reported. */
static int compare_places(const void *a, const void *b)
{
	const struct item *x = *(const struct item *const *)a, *y = *(const struct item *const *)b;
	int order = key_compare(&x->key, &y->key);

	return order ? order : (x > y) - (x < y);
}

static bool is_sorted(const struct items *items)
{
	for (size_t i = 1; i < items->count; i++)
		if (key_compare(&items->list[i - 1].key, &items->list[i].key) > 0)
			return false;
	return true;
}

/* Sorts places: an item is too long to be moved at each step. */
void items_sort(struct items *items)
{
	const struct item **places;
	struct item *sorted;

	if (is_sorted(items))
		return;
	places = mem_alloc(items->count * sizeof(*places));
	for (size_t i = 0; i < items->count; i++)
		places[i] = &items->list[i];
	qsort(places, items->count, sizeof(*places), compare_places);
	sorted = mem_alloc(items->count * sizeof(*sorted));
	for (size_t i = 0; i < items->count; i++)
		sorted[i] = *places[i];
	free(places);
	free(items->list);
	items->list = sorted;
	items->capacity = items->count;
}

static int compare_items(const void *a, const void *b)
{
	return key_compare(a, &((const struct item *)b)->key);
}

const struct item *items_find(const struct items *items, const struct key *key)
{
	const struct item *found = NULL;

	if (items->count)
		found =
		    bsearch(key, items->list, items->count, sizeof(*items->list), compare_items);
	while (found && found > items->list && key_equal(&found[-1].key, key))
		found--;
	return found;
}

const struct item *items_find_in(
    const struct items *items, const struct item *item, enum store store)
{
	struct key there = key_in_store(&item->key, store);

	return items_find(items, &there);
}

bool items_have_root(const struct items *items, const uint8_t sha256[SHA256_SIZE])
{
	struct key key = key_certificate(STORE_ROOT, sha256);

	return items_find(items, &key) != NULL;
}

void items_release(struct items *items)
{
	free(items->list);
	arena_release(&items->arena);
	*items = (struct items){0};
}
