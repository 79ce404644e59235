/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The registry of a Windows system behind one table of functions: that of hive files below a root
 * (registry_hive.c), and that of a live system. What stands in it is not judged here.
 *
 * Paths begin with HKLM\SOFTWARE, HKLM\SYSTEM or HKU\NAME, have '\' between keys and none at the
 * end, and are found whatever their case. Names are UTF-8.
 *
 * Writing makes the state as it will be, at once for every reader of this table; commit() makes it
 * that of the system, as a whole or not at all. A commit that fails leaves the system as it was,
 * and the table too.
 *
 *     open → open_key → list_keys, list_values, read … → close_key
 *          → create_key, write, delete_value, delete_key … → commit → close
 */
#include "base/file.h"
#include "host/windows/encode/value.h"

/* Borrowed from the registry until the next write. */
struct registry_key {
	struct registry *registry;
	void *hive; /* of the provider; NULL: there is no such key */
	uint64_t id;
};

struct registry_name {
	const char *name;
	uint64_t id; /* of the provider */
};

struct registry_names {
	struct registry_name *list;
	size_t count, capacity;
	struct arena arena;
};
void registry_names_add(struct registry_names *names, const char *name, uint64_t id);
void registry_names_release(struct registry_names *names);

struct registry_ops {
	/* A key that is not there is no failure: out->hive is NULL then, and it lists and reads as
	 * empty. ERR_FORMAT or ERR_HOST, with the file, when it cannot be known. */
	bool (*open_key)(
	    struct registry *registry, const char *path, struct registry_key *out, struct err *err);
	/* A name that list_keys gave. */
	void (*open_subkey)(const struct registry_key *key, const struct registry_name *name,
	    struct registry_key *out);
	void (*close_key)(struct registry_key *key);
	/* Appends the names below HKU: those of users whose part of the registry is at hand. */
	bool (*list_users)(struct registry *registry, struct registry_names *out, struct err *err);
	/* Append. */
	bool (*list_keys)(
	    const struct registry_key *key, struct registry_names *out, struct err *err);
	bool (*list_values)(
	    const struct registry_key *key, struct registry_names *out, struct err *err);
	/* `out` is replaced; its memory is used again. */
	bool (*read)(const struct registry_key *key, const char *name, struct registry_value *out,
	    struct err *err);

	/* The key above must be there; one that is there already is made already. */
	bool (*create_key)(struct registry *registry, const char *path, struct err *err);
	/* ERR_HOST when it is not empty. A missing key is deleted already. */
	bool (*delete_key)(struct registry *registry, const char *path, struct err *err);
	/* The key must be there. */
	bool (*write)(struct registry *registry, const char *path, const char *name,
	    const struct registry_value *value, struct err *err);
	/* A missing value or key is deleted already. */
	bool (*delete_value)(
	    struct registry *registry, const char *path, const char *name, struct err *err);
	bool (*commit)(struct registry *registry, struct err *err);
	void (*close)(struct registry *registry);
};

struct registry {
	const struct registry_ops *ops;
	void *data; /* of the provider */
};

typedef bool registry_opener(const char *root, struct registry *out, struct err *err);

/* The hives of the Windows volume at `root`: SOFTWARE, which must be there, SYSTEM, and NTUSER.DAT
 * of every folder of users (HKU\FOLDER). Each is read when it is first asked for. */
registry_opener registry_open_hives MUST_CHECK;
/* Windows as it runs (registry_live.c); `root` is "". Users who are not logged on are there by
 * their hives, which are read only. */
registry_opener registry_open_live MUST_CHECK;
/* Hives without a volume: none, until each is added by name (HKU\alice) and path. */
void registry_open_none(struct registry *out);
void registry_add_hive(struct registry *hives, const char *name, const char *path);
void registry_close(struct registry *registry);
/* A value by the path of its key. */
bool registry_read(struct registry *registry, const char *path, const char *name,
    struct registry_value *out, struct err *err) MUST_CHECK;
