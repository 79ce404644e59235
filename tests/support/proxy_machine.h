/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * A scratch system root for tests of the proxies of a Linux host: files are put
 * into it, a setting is put, carried out and looked at. To be included by one
 * file of tests each; machine_open, then what a test needs, AUTO(machine).
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "host/linux/proxy.h"
#include "model/setting.h"
#include "remove_tree.h"

/* A system root of its own with the targets that a test names by their files. */
struct machine {
	char path[64];
	struct host host;
	struct arena arena;
	struct changes changes;
	struct items have;
};

static inline void machine_release(struct machine *machine)
{
	root_release(&machine->host.root);
	arena_release(&machine->arena);
	changes_release(&machine->changes);
	items_release(&machine->have);
	cr_assert(remove_tree(machine->path));
}

static inline void machine_open(struct machine *machine)
{
	struct err err;

	snprintf(machine->path, sizeof(machine->path), "/tmp/proxy-test.XXXXXX");
	cr_assert(mkdtemp(machine->path));
	cr_assert(root_open(machine->path, &machine->host.root, &err), "%s", err.text);
}

static inline void put_bytes(struct machine *machine, const char *path, struct span content)
{
	struct file_state state = {.type = FILE_REGULAR,
	    .mode = 0640,
	    .uid = FILE_OWNER_SELF,
	    .gid = FILE_OWNER_SELF,
	    .content = bytes_copy(content)};
	char folder[256];
	struct err err;

	snprintf(folder, sizeof(folder), "%.*s", (int)(strrchr(path, '/') - path), path);
	cr_assert(file_make_folders(&machine->host.root, folder, 0755, &err), "%s", err.text);
	cr_assert(file_set(&machine->host.root, path, &state, &err), "%s", err.text);
	file_state_release(&state);
}

static inline void put_file(struct machine *machine, const char *path, const char *content)
{
	put_bytes(machine, path, span_text(content));
}

static inline void put_link(struct machine *machine, const char *path, const char *target)
{
	char whole[512];

	put_file(machine, path, "");
	snprintf(whole, sizeof(whole), "%s%s", machine->path, path);
	cr_assert_eq(unlink(whole), 0);
	cr_assert_eq(symlink(target, whole), 0);
}

static inline const char *file_text(struct machine *machine, const char *path)
{
	AUTO(bytes) content = {0};
	struct err err;

	if (file_type(&machine->host.root, path) == FILE_ABSENT)
		return "(absent)";
	cr_assert(file_read(&machine->host.root, path, 1 << 20, &content, &err), "%s", err.text);
	return arena_strndup(&machine->arena, (char *)content.data, content.size);
}

static inline const struct item *look(struct machine *machine, const char *target)
{
	struct key key = key_proxy((enum proxy_target)words_find(target_words, target));
	struct err err;

	items_release(&machine->have);
	cr_assert(linux_proxy_observe(&machine->host, &machine->have, &err));
	items_sort(&machine->have);
	return items_find(&machine->have, &key);
}

static inline struct item wanted(struct machine *machine, const char *target, const char *value)
{
	struct item want = {.key = key_proxy((enum proxy_target)words_find(target_words, target)),
	    .presence = ITEM_PRESENT};
	struct proxy setting;

	cr_assert(setting_read(value, &machine->arena, &setting), "%s", value);
	item_set_setting(&want, &setting, &machine->arena);
	linux_proxy_express(&machine->host, &want, &machine->arena);
	return want;
}

static inline bool put(
    struct machine *machine, const char *target, const char *value, struct err *err)
{
	struct item want = wanted(machine, target, value);

	cr_assert_eq(want.asked.holding, HOLD_YES, "%s", want.note);
	return linux_proxy_put(
	    &machine->host, &want, look(machine, target), &machine->changes, err);
}

static inline void carry_out(struct machine *machine)
{
	struct err err;

	for (size_t i = 0; i < machine->changes.count; i++)
		cr_assert(file_set(&machine->host.root, machine->changes.list[i].place,
		              &machine->changes.list[i].after, &err),
		    "%s", err.text);
	changes_release(&machine->changes);
}

/* Puts, carries out, looks again: compliant, and nothing left to do. */
static inline void make(struct machine *machine, const char *target, const char *value)
{
	struct item want = wanted(machine, target, value);
	struct err err;

	cr_assert(put(machine, target, value, &err), "%s: %s", target, err.text);
	carry_out(machine);
	cr_assert(setting_equal(look(machine, target)->setting, want.setting), "%s: %s, not %s",
	    target, look(machine, target)->value, want.value);
	cr_assert(put(machine, target, value, &err), "%s", err.text);
	cr_assert_eq(machine->changes.count, 0, "%s: a second put changes %s", target,
	    machine->changes.list[0].place);
}

static const char *const every_target[] = {
    "apt", "dnf", "environment", "environment_d", "systemd", "zypper"};

static inline void put_every_target(struct machine *machine)
{
	put_file(machine, "/etc/environment", "PATH=/bin\n");
	put_file(machine, "/etc/environment.d/90qt-a11y.conf", "QT_ACCESSIBILITY=1\n");
	put_file(machine, "/etc/systemd/system.conf", "[Manager]\n#LogLevel=info\n");
	put_file(
	    machine, "/etc/apt/apt.conf.d/70debconf", "DPkg::Pre-Install-Pkgs {\"x || y\";};\n");
	put_file(machine, "/etc/dnf/dnf.conf", "[main]\ngpgcheck=1\n");
	put_file(machine, "/etc/sysconfig/proxy",
	    "PROXY_ENABLED=\"no\"\nHTTP_PROXY=\"\"\nFTP_PROXY=\"\"\n");
}

#define FULL                                                                                       \
	"static http=proxy.corp.example:8080 https=proxy.corp.example:8443 "                       \
	"bypass=*.corp.example,10.0.0.0/8,<local>,localhost"
