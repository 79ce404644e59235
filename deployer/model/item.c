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
};

static const char *const store_names[] = {
    [STORE_ROOT] = "root",
    [STORE_INTERMEDIATE] = "intermediate",
    [STORE_DISALLOWED] = "disallowed",
    [STORE_TRUSTED_PUBLISHER] = "trusted_publisher",
};

const char *item_slash(const struct item *item)
{
	return *item->key ? "/" : "";
}

const char *item_kind_name(enum item_kind kind)
{
	return kind_names[kind];
}

const char *store_name(enum store store)
{
	return store_names[store];
}

bool store_parse(const char *name, enum store *out)
{
	for (unsigned i = 0; i < STORES; i++)
		if (strcmp(name, store_names[i]) == 0) {
			*out = (enum store)i;
			return true;
		}
	return false;
}

const char *item_file(const struct item *item)
{
	return item->reads ? item->reads : item->location;
}

enum store item_store(const struct item *item)
{
	/* the first letters differ */
	for (unsigned i = 0; i < STORES; i++)
		if (item->key[0] == store_names[i][0])
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
	size_t size = strlen(store_names[store]);

	memcpy(key, store_names[store], size);
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

/* qsort need not be stable, and which of two equal items comes first decides whose origin
 * is reported. A list that is sorted already costs one pass. */
static void merge_sort(struct item *list, struct item *scratch, size_t count)
{
	size_t half = count / 2, left = 0, right = half, out = 0;

	if (count < 2)
		return;
	merge_sort(list, scratch, half);
	merge_sort(list + half, scratch, count - half);
	if (item_compare(&list[half - 1], &list[half]) <= 0)
		return;
	while (left < half && right < count)
		scratch[out++] =
		    item_compare(&list[right], &list[left]) < 0 ? list[right++] : list[left++];
	memcpy(scratch + out, list + left, (half - left) * sizeof(*list));
	memcpy(list, scratch, (out + half - left) * sizeof(*list));
}

void items_sort(struct items *items)
{
	struct item *scratch = mem_alloc(items->count * sizeof(*scratch));

	merge_sort(items->list, scratch, items->count);
	free(scratch);
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
