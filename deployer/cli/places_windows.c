/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/places.h"

#include <userenv.h>

#include "base/windows/wide.h"

enum { VALUE_MAX = 2048 };

/* FOLDERID_ProgramData, without the libraries of the shell. */
static const char *program_data(struct arena *arena)
{
	wchar_t path[MAX_PATH];
	DWORD size = COUNT(path);

	return GetAllUsersProfileDirectoryW(path, &size) ? wide_to_path(path, arena)
	                                                 : "C:/ProgramData";
}

static const char *installed(const wchar_t *name, const char *fallback, struct arena *arena)
{
	wchar_t value[VALUE_MAX];
	DWORD size = sizeof(value);

	/* NUL-terminated whatever the registry holds */
	if (RegGetValueW(HKEY_LOCAL_MACHINE, L"SOFTWARE\\TrustDeployer", name, RRF_RT_REG_SZ, NULL,
	        value, &size) != ERROR_SUCCESS ||
	    value[0] == 0)
		return fallback;
	return wide_to_path(value, arena);
}

void places_find(struct places *out)
{
	struct places places = {0};
	struct arena *arena = &places.arena;
	const char *base = arena_printf(arena, "%s/TrustDeployer", program_data(arena));

	places.policies = installed(L"Policy", arena_printf(arena, "%s/policy.d", base), arena);
	places.keyring = installed(L"Keyring", arena_printf(arena, "%s/keyring.yaml", base), arena);
	places.bundles = installed(L"Bundles", arena_printf(arena, "%s/bundles", base), arena);
	places.state = arena_printf(arena, "%s/state", base);
	*out = places;
}

void places_release(struct places *places)
{
	arena_release(&places->arena);
	*places = (struct places){0};
}
