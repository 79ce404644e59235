/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How Windows keeps its roots and its list of disallowed certificates up to date (formats.md e):
 *
 *     auto_update/roots         enabled, disabled             DisableRootAutoUpdate, 1 is off
 *     auto_update/disallowed    enabled, disabled, default    EnableDisallowedCertAutoUpdate
 *     auto_update/source        a URL, default                RootDirUrl
 *
 * The first two are policies; by default the disallowed list goes with the roots. RootDirUrl is
 * none: it stays until somebody takes it away.
 */
#include "host/windows/windows.h"

#define POLICY "HKLM\\SOFTWARE\\Policies\\Microsoft\\SystemCertificates\\AuthRoot"
#define STATE  "HKLM\\SOFTWARE\\Microsoft\\SystemCertificates\\AuthRoot\\AutoUpdate"

static const char enabled[] = "enabled", disabled[] = "disabled", by_default[] = "default";

/* A switch is `on` with one number, and otherwise off; `unset` when the value is not there. */
static const char *say_switch(
    const struct registry_value *value, const char *one, const char *other, const char *unset)
{
	uint32_t number;

	if (value->type == REGISTRY_ABSENT)
		return unset;
	return registry_number(value, &number) && number == 1 ? one : other;
}

static const char *say_roots(const struct registry_value *value, struct arena *arena)
{
	(void)arena;
	return say_switch(value, disabled, enabled, enabled);
}

static const char *say_disallowed(const struct registry_value *value, struct arena *arena)
{
	(void)arena;
	return say_switch(value, enabled, disabled, by_default);
}

static const char *say_source(const struct registry_value *value, struct arena *arena)
{
	const char *text = registry_text(value, arena);

	return text && *text ? text : by_default;
}

static bool take_roots(const char *want, struct registry_value *out)
{
	if (strcmp(want, disabled) == 0)
		registry_set_number(out, 1);
	return true;
}

static bool take_disallowed(const char *want, struct registry_value *out)
{
	if (strcmp(want, by_default) != 0)
		registry_set_number(out, strcmp(want, enabled) == 0);
	return true;
}

static bool take_source(const char *want, struct registry_value *out)
{
	for (const char *c = want; *c; c++)
		if (*c <= ' ' || *c > '~')
			return false;
	if (strcmp(want, by_default) != 0)
		registry_set_text(out, want);
	return true;
}

static const struct setting {
	const char *path, *name;
	const char *(*say)(const struct registry_value *value, struct arena *arena);
	/* `out` is absent, and stays so where that says it. False when it cannot be said. */
	bool (*take)(const char *want, struct registry_value *out);
} settings[] = {
    [UPDATE_ROOTS] = {POLICY, "DisableRootAutoUpdate", say_roots, take_roots},
    [UPDATE_DISALLOWED] = {POLICY, "EnableDisallowedCertAutoUpdate", say_disallowed,
        take_disallowed},
    [UPDATE_SOURCE] = {STATE, "RootDirUrl", say_source, take_source},
};

bool windows_update_observe(struct host *host, struct items *have, struct err *err)
{
	for (size_t i = 0; i < COUNT(settings); i++) {
		const struct setting *setting = &settings[i];
		AUTO(registry_value) value = {.type = REGISTRY_ABSENT};
		struct item *item;

		if (!registry_read(
		        windows_registry(host), setting->path, setting->name, &value, err))
			return false;
		item = items_add(have, key_update((enum update_switch)i));
		item->presence = ITEM_PRESENT;
		item->value = setting->say(&value, &have->arena);
		item->seen.location =
		    arena_printf(&have->arena, "%s\\%s", setting->path, setting->name);
	}
	return true;
}

bool windows_update_put(
    struct host *host, const struct item *want, struct changes *out, struct err *err)
{
	const struct setting *setting = &settings[want->key.which];
	AUTO(registry_value) value = {.type = REGISTRY_ABSENT};

	if (!setting->take(want->value, &value))
		return err_set(err, ERR_HOST, "%s: cannot hold \"%s\"", key_id(&want->key).text,
		    text_escape_string(want->value).text);
	return windows_stage(host, out, setting->path, setting->name, &value, err);
}
