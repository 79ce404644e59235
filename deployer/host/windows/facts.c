/* SPDX-License-Identifier: Apache-2.0 */
/* What a Windows host says of itself in its registry. */
#include "host/windows/windows.h"

#define CURRENT_VERSION "HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion"

/* "" where there is none; NULL: the registry cannot be read. */
static const char *read_text(
    struct host *host, const char *path, const char *name, struct arena *arena, struct err *err)
{
	AUTO(registry_value) value = {.type = REGISTRY_ABSENT};
	const char *text;

	if (!registry_read(windows_registry(host), path, name, &value, err))
		return NULL;
	text = registry_text(&value, arena);
	return text ? text : "";
}

/* 0 where there is none. */
static bool read_number(
    struct host *host, const char *path, const char *name, uint32_t *out, struct err *err)
{
	AUTO(registry_value) value = {.type = REGISTRY_ABSENT};

	if (!registry_read(windows_registry(host), path, name, &value, err))
		return false;
	if (!registry_number(&value, out))
		*out = 0;
	return true;
}

/* "10.0": since Windows 10 the old value stays at 6.3. */
static bool add_release(struct host *host, struct arena *arena, struct err *err)
{
	uint32_t major, minor;
	const char *release;

	if (!read_number(host, CURRENT_VERSION, "CurrentMajorVersionNumber", &major, err) ||
	    !read_number(host, CURRENT_VERSION, "CurrentMinorVersionNumber", &minor, err))
		return false;
	release = major ? arena_printf(arena, "%u.%u", major, minor)
	                : read_text(host, CURRENT_VERSION, "CurrentVersion", arena, err);
	if (!release)
		return false;
	facts_set(&host->facts, FACT_RELEASE, release, CURRENT_VERSION);
	return true;
}

static const char *architecture_name(const char *windows)
{
	static const char *const names[][2] = {
	    {"AMD64", "x86_64"}, {"x86", "i686"}, {"ARM64", "aarch64"}, {"ARM", "armv7l"}};

	for (size_t i = 0; i < COUNT(names); i++)
		if (strcmp(windows, names[i][0]) == 0)
			return names[i][1];
	return "";
}

/* The control set that Windows starts with. Only a running system makes
 * HKLM\SYSTEM\CurrentControlSet, and there it is the one to rely on. */
static const char *find_control(struct host *host, struct arena *arena, struct err *err)
{
	uint32_t number;

	if (!read_number(host, "HKLM\\SYSTEM\\Select", "Current", &number, err))
		return NULL;
	return host->facts.root[0] ? arena_printf(arena, "HKLM\\SYSTEM\\ControlSet%03u\\Control",
	                                 number ? number : 1)
	                           : "HKLM\\SYSTEM\\CurrentControlSet\\Control";
}

static bool add_machine(struct host *host, struct arena *arena, struct err *err)
{
	const char *control = find_control(host, arena, err);
	const char *named, *environment, *name, *machine;

	if (!control)
		return false;
	named = arena_printf(arena, "%s\\ComputerName\\ComputerName", control);
	environment = arena_printf(arena, "%s\\Session Manager\\Environment", control);
	name = read_text(host, named, "ComputerName", arena, err);
	machine = name ? read_text(host, environment, "PROCESSOR_ARCHITECTURE", arena, err) : NULL;
	if (!machine)
		return false;
	facts_set(&host->facts, FACT_HOSTNAME, *name ? name : NULL, named);
	facts_set(&host->facts, FACT_ARCHITECTURE, architecture_name(machine), environment);
	return true;
}

bool windows_read_facts(struct host *host, const char *root, struct err *err)
{
	struct facts *facts = &host->facts;
	AUTO(arena) arena = {0};

	*facts = (struct facts){0};
	facts->root = arena_strdup(&facts->arena, root);
	facts_set(facts, FACT_OS, os_words[OS_WINDOWS], CURRENT_VERSION);
	/* the word of os-release(5), which Windows has not */
	facts_set(facts, FACT_DISTRIBUTION, "", CURRENT_VERSION);
	return add_release(host, &arena, err) && add_machine(host, &arena, err);
}
