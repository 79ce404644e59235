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
#include "host/linux/programs.h"

enum { HOOK_SECONDS = 300, HOOK_OUTPUT = 4096 };

/* run-parts(8): only letters, digits, '_' and '-'. */
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

	/* where a link leads shows when it is run, inside the root */
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

/* "+/etc/ssl/certs/NAME.pem" for links that are there, then "-…" for links that are not: a link
 * that a hook has missed may have gone again since. */
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

/* how the reason begins of one that has run and failed, and what the record adds where it was not
 * run again */
#define ENDED         "ended with status "
#define STOPPED       "was stopped after "
#define NOT_RUN_AGAIN "; it was not run again: "

static bool has_failed(const char *why)
{
	return why && (strncmp(why, ENDED, strlen(ENDED)) == 0 ||
	                  strncmp(why, STOPPED, strlen(STOPPED)) == 0);
}

/* True when it has ended well; else `hook` says why not. */
static bool run_hook(struct host *host, const struct file_store *store, struct hook *hook)
{
	struct arena *arena = &host->due.arena;
	AUTO(text) input = {0};
	struct process process = {
	    .argv = {hook->path, NULL},
	    .root = &host->root,
	    .folder = DEBIAN_CERTS,
	    .output_max = HOOK_OUTPUT,
	    .timeout = HOOK_SECONDS,
	    /* Alpine's run-parts runs it; Debian's only lists it, and the tool's shell runs it */
	    .may_be_script = store->hooks_are_told,
	};
	AUTO(process_end) end = {0};
	struct err err = {0};

	write_input(host, hook, &input);
	process.input = span_text(text_string(&input));
	if (!process_run(&process, &end, &err))
		hook->why = arena_printf(arena, "could not be run (%s)", err.text);
	else if (end.timed_out)
		hook->why = arena_printf(arena, STOPPED "%d seconds", HOOK_SECONDS);
	else if (end.status != 0)
		hook->why = arena_printf(arena, ENDED "%d%s", end.status, linux_said(&end).text);
	else
		return true;
	hook->next = host->serves == HOST_FOR_APPLY
	                 ? "Mend what it says: the next apply runs it again."
	                 : arena_printf(arena,
	                       "Mend what it says, and run `update-ca-certificates%s`%s, which "
	                       "runs it again.",
	                       store->hooks_are_told ? " --fresh" : "",
	                       host->root.confined ? " in the image" : "");
	return false;
}

/* What to do about a hook that is not run: only with --fresh the tool tells it all links. A hook
 * that an earlier run has named may have run since, which nothing shows: it stays due. */
static void not_run(struct host *host, const struct file_store *store, struct hook *hook,
    const struct err *why, bool rehearsal)
{
	struct arena *arena = &host->due.arena;
	bool named = hook->why != NULL;
	const char *run = rehearsal ? "would not be" : "was not", *again;

	/* what one that has failed said stays, else nobody would ever know */
	if (has_failed(hook->why)) {
		again = strstr(hook->why, NOT_RUN_AGAIN);
		hook->why = arena_printf(arena, "%.*s; it %s run again: %s",
		    (int)(again ? (size_t)(again - hook->why) : strlen(hook->why)), hook->why, run,
		    why->text);
		hook->next =
		    "Mend what it says: an apply with --run-image-tools runs it again, and "
		    "so does the next apply on the host itself.";
		return;
	}
	hook->why = arena_printf(arena, "%s run: %s", run, why->text);
	hook->next =
	    named ? "Apply with --run-image-tools runs it, and so does the next apply on the host "
	            "itself. If update-ca-certificates has run it in the image since it was first "
	            "named, nothing is left to do; it is named until apply has run it."
	          : arena_printf(arena,
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
	/* if anything has run it since it was named, that was before this change */
	if (touches_outputs(done))
		hook->why = NULL;
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

static const struct folder_entry *find_entry(const struct folder *folder, const char *name)
{
	for (size_t i = 0; i < folder->count && is_hook_name(name); i++)
		if (strcmp(folder->entries[i].name, name) == 0)
			return &folder->entries[i];
	return NULL;
}

/* A hook that has gone may have been renamed, or a package may have brought another one for it.
 * Which it is nobody knows, so every hook that is there is told what this one has missed. */
static void pass_on_gone(struct host *host, const struct folder *folder)
{
	struct hooks *due = &host->due;
	size_t first = host->gone.count;

	for (size_t i = due->count; i-- > 0;) {
		struct hook *was = &due->list[i], *gone;

		if (find_entry(folder, was->name))
			continue;
		gone = hooks_add(&host->gone, was->name);
		for (size_t j = 0; j < was->link_count; j++)
			hooks_add_link(&host->gone, gone, was->links[j]);
		hooks_remove(due, was);
	}
	for (size_t i = first; i < host->gone.count; i++)
		for (size_t j = 0; j < folder->count; j++) {
			const struct hook *gone = &host->gone.list[i];
			struct hook *heir;

			if (!is_hook(folder, &folder->entries[j]))
				continue;
			heir = hooks_add(due, folder->entries[j].name);
			for (size_t k = 0; k < gone->link_count; k++)
				hooks_add_link(due, heir, gone->links[k]);
		}
}

/* Has the hook run where it may; where it stays due, `hook` says why. */
static void tell_hook(
    struct host *host, const struct file_store *store, struct hook *hook, bool rehearsal)
{
	static const char *const places[] = {DEBIAN_HOOKS, DEBIAN_CERTS, NULL};
	struct err why = {0};

	if (!linux_may_run(host, places, &why)) {
		not_run(host, store, hook, &why, rehearsal);
		if (store->own_hook && strcmp(hook->name, store->own_hook) == 0)
			hooks_remove(&host->due, hook);
	} else if (rehearsal || run_hook(host, store, hook)) {
		hooks_remove(&host->due, hook);
		for (size_t i = 0; i < host->gone.count; i++)
			host->gone.list[i].passed_on = !rehearsal;
	}
}

bool debian_tell(struct host *host, const struct file_store *store, const struct changes *done,
    bool rehearsal, struct err *err)
{
	AUTO(folder) folder = {.fd = -1};

	if (!touches_outputs(done) && host->due.count == 0)
		return true;
	if (!folder_open(&host->root, DEBIAN_HOOKS, &folder, err))
		return false;
	pass_on_gone(host, &folder);
	for (size_t i = 0; i < folder.count; i++) {
		const struct folder_entry *entry = &folder.entries[i];
		bool can = is_hook(&folder, entry);
		struct hook *hook = can || hooks_find(&host->due, entry->name)
		                        ? make_due(host, store, entry, done)
		                        : NULL;

		if (hook && can) {
			tell_hook(host, store, hook, rehearsal);
		} else if (hook) {
			hook->why = "is due and cannot be run: it is not executable";
			hook->next = "Make it executable, or take it away: the next apply runs it.";
		}
	}
	return true;
}
