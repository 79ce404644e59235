/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hooks of update-ca-certificates: what run-parts would list, each told on
 * its standard input which links came and which went.
 */
#include "host/linux/layouts/debian.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/process.h"

enum { HOOK_SECONDS = 300, HOOK_OUTPUT = 4096 };

/* run-parts(8): letters, digits, '_' and '-' alone. */
static bool is_hook_name(const char *name)
{
	for (; *name; name++) {
		bool letter = (*name >= 'a' && *name <= 'z') || (*name >= 'A' && *name <= 'Z');

		if (!letter && !(*name >= '0' && *name <= '9') && *name != '_' && *name != '-')
			return false;
	}
	return true;
}

static bool is_executable(const struct folder *folder, const struct folder_entry *entry)
{
	struct stat st;

	/* where a link leads is found out by running it, inside the root */
	if (entry->type == FILE_LINK)
		return true;
	return entry->type == FILE_REGULAR &&
	       fstatat(folder->fd, entry->name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       (st.st_mode & 0111) != 0;
}

static bool is_link_name(const char *place)
{
	size_t size = strlen(place), start = strlen(DEBIAN_CERTS "/");

	return strncmp(place, DEBIAN_CERTS "/", start) == 0 && size > start + 4 &&
	       strcmp(place + size - 4, ".pem") == 0;
}

/* "+/etc/ssl/certs/NAME.pem" for what is there, then "-…" for what is not: what a hook has missed
 * may have gone again since. */
static void write_input(struct host *host, const struct hook *hook, struct text *out)
{
	AUTO(arena) arena = {0};

	for (int gone = 0; gone < 2; gone++)
		for (size_t i = 0; i < hook->link_count; i++) {
			const char *place =
			    arena_printf(&arena, DEBIAN_CERTS "/%s", hook->links[i]);

			if ((file_type(&host->root, place) == FILE_ABSENT) == gone)
				text_addf(out, "%c%s\n", gone ? '-' : '+', place);
		}
}

static bool touches_outputs(const struct changes *done)
{
	for (size_t i = 0; i < done->count; i++)
		if (strncmp(done->list[i].place, DEBIAN_CERTS "/", strlen(DEBIAN_CERTS "/")) == 0)
			return true;
	return false;
}

/* True when it has ended well; else `hook` says why not. */
static bool run_hook(struct host *host, struct hook *hook)
{
	struct arena *arena = &host->due.arena;
	AUTO(text) input = {0};
	struct process process = {
	    .argv = {hook->path, NULL},
	    .root = &host->root,
	    .folder = DEBIAN_CERTS,
	    .output_max = HOOK_OUTPUT,
	    .timeout = HOOK_SECONDS,
	};
	AUTO(process_end) end = {0};
	struct err err = {0};

	write_input(host, hook, &input);
	process.input = span_text(text_string(&input));
	if (!process_run(&process, &end, &err))
		hook->why = arena_printf(arena, "could not be run (%s)", err.text);
	else if (end.timed_out)
		hook->why = arena_printf(arena, "was stopped after %d seconds", HOOK_SECONDS);
	else if (end.status != 0)
		hook->why = arena_printf(
		    arena, "ended with status %d%s", end.status, process_said(&end).text);
	else
		return true;
	hook->next = "Mend what it says: the next apply runs it again.";
	return false;
}

/* What is to be done for a hook that is not run: the tool tells it all links by --fresh alone. */
static void not_run(struct host *host, const struct file_store *store, struct hook *hook,
    const struct err *why, bool rehearsal)
{
	struct arena *arena = &host->due.arena;

	hook->why =
	    arena_printf(arena, "%s run: %s", rehearsal ? "would not be" : "was not", why->text);
	hook->next = arena_printf(arena,
	    "Run `update-ca-certificates%s` in the image, which runs it, or apply with "
	    "--run-image-tools.",
	    store->hooks_are_told ? " --fresh" : "");
}

static struct hook *make_due(struct host *host, const struct file_store *store,
    const struct folder_entry *entry, const struct changes *done)
{
	struct hook *hook = touches_outputs(done) ? hooks_add(&host->due, entry->name)
	                                          : hooks_find(&host->due, entry->name);

	if (!hook)
		return NULL;
	hook->path = arena_printf(&host->due.arena, DEBIAN_HOOKS "/%s", entry->name);
	for (size_t i = 0; i < done->count && store->hooks_are_told; i++)
		if (is_link_name(done->list[i].place))
			hooks_add_link(
			    &host->due, hook, done->list[i].place + strlen(DEBIAN_CERTS "/"));
	return hook;
}

static bool is_hook(const struct folder *folder, const struct folder_entry *entry)
{
	return is_hook_name(entry->name) && is_executable(folder, entry);
}

/* What is not there any more has nothing to be told. */
static void forget_gone(struct hooks *due, const struct folder *folder)
{
	for (size_t i = due->count; i-- > 0;) {
		bool there = false;

		for (size_t j = 0; j < folder->count && !there; j++)
			there = is_hook(folder, &folder->entries[j]) &&
			        strcmp(folder->entries[j].name, due->list[i].name) == 0;
		if (!there)
			hooks_remove(due, &due->list[i]);
	}
}

bool debian_tell(struct host *host, const struct file_store *store, const struct changes *done,
    bool rehearsal, struct err *err)
{
	static const char *const places[] = {DEBIAN_HOOKS, DEBIAN_CERTS, NULL};
	AUTO(folder) folder = {.fd = -1};
	struct err why = {0};
	enum { UNKNOWN, MAY, MAY_NOT } may = UNKNOWN;

	if (!touches_outputs(done) && host->due.count == 0)
		return true;
	if (!folder_open(&host->root, DEBIAN_HOOKS, &folder, err))
		return false;
	forget_gone(&host->due, &folder);
	for (size_t i = 0; i < folder.count; i++) {
		const struct folder_entry *entry = &folder.entries[i];
		struct hook *hook =
		    is_hook(&folder, entry) ? make_due(host, store, entry, done) : NULL;

		if (!hook)
			continue;
		if (may == UNKNOWN)
			may = linux_may_run(host, places, &why) ? MAY : MAY_NOT;
		if (may == MAY_NOT)
			not_run(host, store, hook, &why, rehearsal);
		if (may == MAY ? rehearsal || run_hook(host, hook)
		               : store->own_hook && strcmp(hook->name, store->own_hook) == 0)
			hooks_remove(&host->due, hook);
	}
	return true;
}
