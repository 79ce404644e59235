/* SPDX-License-Identifier: Apache-2.0 */
#include "model/item.h"

#include <stdlib.h>

static const char *const kind_names[] = {
    [ITEM_CERTIFICATE] = "certificate",
    [ITEM_PROXY] = "proxy",
    [ITEM_CTL] = "ctl",
    [ITEM_AUTO_UPDATE] = "auto_update",
    [ITEM_BUNDLE] = "bundle",
    [ITEM_KEYRING] = "keyring",
    [ITEM_HOOK] = "hook",
};

const char *item_slash(const struct item *item)
{
	return *item->key ? "/" : "";
}

const char *item_kind_name(enum item_kind kind)
{
	return kind_names[kind];
}

const char *item_file(const struct item *item)
{
	return item->reads ? item->reads : item->location;
}

enum store item_store(const struct item *item)
{
	/* the first letters differ */
	for (unsigned i = 0; i < STORES; i++)
		if (item->key[0] == store_words[i][0])
			return (enum store)i;
	return STORE_ROOT;
}

const char *item_fingerprint(const struct item *item)
{
	return strchr(item->key, '/') + 1;
}

struct item *items_add(struct items *items, enum item_kind kind, const char *key)
{
	struct item *item;

	items->list = mem_grow(items->list, &items->capacity, items->count + 1, sizeof(*item));
	item = &items->list[items->count++];
	*item = (struct item){
	    .kind = kind,
	    .key = arena_strdup(&items->arena, key),
	    .value = "",
	    .label = "",
	    .policy = "",
	};
	return item;
}

struct item *items_add_certificate(
    struct items *items, enum store store, const uint8_t sha256[SHA256_SIZE])
{
	char key[32 + SHA256_HEX];
	size_t size = strlen(store_words[store]);

	memcpy(key, store_words[store], size);
	key[size] = '/';
	hex_write((struct span){sha256, SHA256_SIZE}, key + size + 1);
	return items_add(items, ITEM_CERTIFICATE, key);
}

void item_set_setting(struct item *item, const struct proxy *setting, struct arena *arena)
{
	item->setting = arena_copy(arena, setting, sizeof(*setting));
	item->value = setting_show(setting, arena);
	item->shown = setting->mode == PROXY_DIRECT && setting->bypass_count
	                  ? setting_show_list(setting, arena)
	                  : NULL;
}

int item_compare(const struct item *a, const struct item *b)
{
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	return strcmp(a->key, b->key);
}

/* Of two equal items the one that came first stays first: it decides whose origin is reported. */
static int compare_places(const void *a, const void *b)
{
	const struct item *x = *(const struct item *const *)a, *y = *(const struct item *const *)b;
	int order = item_compare(x, y);

	return order ? order : (x > y) - (x < y);
}

static bool is_sorted(const struct items *items)
{
	for (size_t i = 1; i < items->count; i++)
		if (item_compare(&items->list[i - 1], &items->list[i]) > 0)
			return false;
	return true;
}

/* Sorts places, since an item is too long to be moved at each step. */
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
	return item_compare(a, b);
}

const struct item *items_find(const struct items *items, enum item_kind kind, const char *key)
{
	struct item wanted = {.kind = kind, .key = key};
	const struct item *found = NULL;

	if (items->count)
		found = bsearch(&wanted, items->list, items->count, sizeof(wanted), compare_items);
	while (found && found > items->list && item_compare(found - 1, &wanted) == 0)
		found--;
	return found;
}

void items_release(struct items *items)
{
	free(items->list);
	arena_release(&items->arena);
	*items = (struct items){0};
}
