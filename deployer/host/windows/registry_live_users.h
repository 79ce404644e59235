/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The people of the Windows that runs, by their profiles. Those who are logged on have their keys
 * below HKEY_USERS; of the others the file NTUSER.DAT is read as it lies in the profile, so that no
 * hive is loaded and nobody is kept from logging on. Services are none of them.
 *
 * For registry_live.c alone.
 */
#include "base/windows/wide.h"
#include "host/windows/registry.h"

struct registry_user {
	/* of the profile's folder, as on a volume that does not run; the SID where two have it */
	const char *name;
	const wchar_t *sid;
	bool logged_on; /* else `hives` has what is the user's */
};

struct registry_users {
	struct registry_user *list;
	size_t count, capacity;
	bool known;
	struct registry hives; /* HKU\NAME of those who are not logged on */
	struct arena arena;
};

/* Fills the list when it is first asked for. */
bool registry_users_find(struct registry_users *users, struct err *err) MUST_CHECK;
/* The user whose name these `size` bytes are, whatever their case; or NULL. */
const struct registry_user *registry_users_get(
    const struct registry_users *users, const char *name, size_t size);
void registry_users_release(struct registry_users *users);

/* ERR_HOST with what Windows says of `status`; returns false. */
bool registry_error(struct err *err, LSTATUS status, const char *path);
bool registry_is_missing(LSTATUS status);
