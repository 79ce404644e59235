/* SPDX-License-Identifier: Apache-2.0 */
/* The proxies that are there: the machine's, and those of its users. */
#include "host/windows/windows.h"

/* Whether the machine's WinINET settings count: else each user has his own. */
static bool counts(
    struct host *host, const struct encode_target *target, bool *out, struct err *err)
{
	AUTO(registry_value) value = {.type = REGISTRY_ABSENT};
	uint32_t number;

	*out = target->kind == WINPROXY_WINHTTP;
	if (*out)
		return true;
	if (!registry_read(
	        windows_registry(host), ENCODE_PER_USER_KEY, ENCODE_PER_USER, &value, err))
		return false;
	*out = registry_number(&value, &number) && number == 0;
	return true;
}

static bool observe_key(struct host *host, const struct encode_target *target, const char *path,
    struct items *have, struct proxy *out, struct err *err)
{
	AUTO(registry_value) value = {.type = REGISTRY_ABSENT};
	struct winproxy blob = {0};

	if (!registry_read(windows_registry(host), path, target->value, &value, err))
		return false;
	if (value.type != REGISTRY_ABSENT &&
	    !encode_read_blob(bytes_span(&value.data), target->kind, &blob, err))
		return err_wrap(err, "%s\\%s", path, target->value);
	*out = encode_setting(&blob, &have->arena);
	return true;
}

/* What 32-bit programs have where it differs: no policy says so, and put makes both right. */
static void add_view(struct proxy *out, const struct proxy *view, struct arena *arena)
{
	struct proxy_exception *one;

	if (setting_equal(out, view))
		return;
	one = arena_alloc(arena, sizeof(*one));
	*one = setting_of_others("32-bit programs", view, arena);
	out->exceptions = one;
	out->exception_count = 1;
}

static bool observe_views(struct host *host, const struct encode_target *target, struct items *have,
    struct proxy *out, const char **note, struct err *err)
{
	struct err why = {0};

	for (size_t i = 0; target->keys[i]; i++) {
		struct proxy view;
		bool there;

		if (!windows_has_view(host, target->keys[i], &there, err))
			return false;
		if (!there)
			continue;
		if (!observe_key(host, target, target->keys[i], have, &view, &why)) {
			*note = arena_strdup(&have->arena, why.text);
			return true;
		}
		if (i > 0)
			add_view(out, &view, &have->arena);
		else
			*out = view;
	}
	return true;
}

static bool observe_target(
    struct host *host, const struct encode_target *target, struct items *have, struct err *err)
{
	struct proxy setting = {.mode = PROXY_PER_USER};
	const char *note = NULL;
	struct item *item;
	bool counted;

	if (!counts(host, target, &counted, err))
		return false;
	if (counted)
		setting.mode = PROXY_DIRECT;
	if (counted && !observe_views(host, target, have, &setting, &note, err))
		return false;
	item = items_add(have, key_proxy(target->id));
	item->presence = ITEM_PRESENT;
	if (note)
		item->seen.reading = READING_FAULT;
	else
		item_set_setting(item, &setting, &have->arena);
	item->note = note;
	item->seen.location = arena_printf(&have->arena, "%s\\%s", target->keys[0], target->value);
	return true;
}

/* What a user has set for himself is looked at and never written. */
static bool observe_user(struct host *host, const char *name, struct items *have, struct err *err)
{
	AUTO(registry_value) value = {.type = REGISTRY_ABSENT};
	struct arena *arena = &have->arena;
	const char *path = arena_printf(arena, "HKU\\%s\\" ENCODE_CONNECTIONS, name);
	struct winproxy blob = {0};
	struct err why = {0};
	struct proxy setting;
	struct item *item;

	if (!registry_read(windows_registry(host), path, ENCODE_WININET, &value, err))
		return false;
	if (value.type == REGISTRY_ABSENT)
		return true;
	item = items_add(have, key_proxy_of_user(text_escape_string(name).text));
	item->presence = ITEM_PRESENT;
	item->seen.evidence = item->seen.personal = true;
	item->label = arena_printf(arena, "user %s", text_escape_string(name).text);
	item->seen.location = arena_printf(arena, "%s\\" ENCODE_WININET, path);
	if (!encode_read_blob(bytes_span(&value.data), WINPROXY_WININET, &blob, &why)) {
		item->seen.reading = READING_FAULT;
		item->note = arena_strdup(arena, why.text);
		return true;
	}
	setting = encode_setting(&blob, arena);
	item_set_setting(item, &setting, arena);
	if (blob.flags & WINPROXY_AUTO && blob.detected.size == 0)
		item->note = "no script was ever found";
	return true;
}

static bool observe_users(struct host *host, struct items *have, struct err *err)
{
	struct registry *registry = windows_registry(host);
	AUTO(registry_names) users = {0};

	if (!registry->ops->list_users(registry, &users, err))
		return false;
	for (size_t i = 0; i < users.count; i++) {
		struct err why = {0};

		if (observe_user(host, users.list[i].name, have, &why))
			continue;
		/* a user's hive that cannot be read hides nothing of the machine's */
		struct item *item =
		    items_add(have, key_proxy_of_user(text_escape_string(users.list[i].name).text));

		item->seen.evidence = item->seen.personal = true;
		item->seen.reading = why.denied ? READING_CLOSED : READING_FAULT;
		item->note = arena_strdup(&have->arena, why.text);
	}
	return true;
}

bool windows_proxy_observe(
    struct host *host, const struct observing *how, struct items *have, struct err *err)
{
	for (size_t i = 0; encode_target(i); i++)
		if (!observe_target(host, encode_target(i), have, err))
			return false;
	return !how->thorough || observe_users(host, have, err);
}
