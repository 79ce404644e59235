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

/* "+/etc/ssl/certs/NAME.pem" for what came, then "-…" for what went. */
static void tell(const struct changes *done, struct text *out)
{
	for (int gone = 0; gone < 2; gone++)
		for (size_t i = 0; i < done->count; i++) {
			const struct change *change = &done->list[i];

			if (is_link_name(change->place) &&
			    (change->after.type == FILE_ABSENT) == gone)
				text_addf(out, "%c%s\n", gone ? '-' : '+', change->place);
		}
}

static bool touches_outputs(const struct changes *done)
{
	for (size_t i = 0; i < done->count; i++)
		if (strncmp(done->list[i].place, DEBIAN_CERTS "/", strlen(DEBIAN_CERTS "/")) == 0)
			return true;
	return false;
}

static void run_hook(
    struct host *host, const char *path, const struct text *input, struct text *notes)
{
	struct process process = {
	    .argv = {path, NULL},
	    .root = &host->root,
	    .folder = DEBIAN_CERTS,
	    .input = {(const uint8_t *)text_string(input), input->size},
	    .output_max = HOOK_OUTPUT,
	    .timeout = HOOK_SECONDS,
	};
	AUTO(process_end) end = {0};
	struct err err = {0};

	if (!process_run(&process, &end, &err))
		text_addf(notes, "%s\n", err.text);
	else if (end.timed_out)
		text_addf(notes, "%s was stopped after %d seconds\n", text_escape_string(path).text,
		    HOOK_SECONDS);
	else if (end.status != 0)
		text_addf(notes, "%s ended with status %d%s\n", text_escape_string(path).text,
		    end.status, process_said(&end).text);
}

/* What is to be done for a hook that is not run: the tool tells it all links by --fresh alone. */
static void not_run(
    const struct file_store *store, const char *path, const struct err *why, struct text *notes)
{
	text_addf(notes,
	    "%s was not run: %s; run `update-ca-certificates%s` in the image, which runs it\n",
	    text_escape_string(path).text, why->text, store->hooks_are_told ? " --fresh" : "");
}

bool debian_publish(struct host *host, const struct file_store *store, const struct changes *done,
    struct text *notes, struct err *err)
{
	static const char *const places[] = {DEBIAN_HOOKS, DEBIAN_CERTS, NULL};
	AUTO(folder) folder = {.fd = -1};
	AUTO(text) input = {0};
	AUTO(arena) arena = {0};
	struct err why = {0};
	enum { UNKNOWN, MAY, MAY_NOT } may = UNKNOWN;

	if (!touches_outputs(done))
		return true;
	if (!folder_open(&host->root, DEBIAN_HOOKS, &folder, err))
		return false;
	if (store->hooks_are_told)
		tell(done, &input);
	for (size_t i = 0; i < folder.count; i++) {
		const struct folder_entry *entry = &folder.entries[i];
		const char *path = arena_printf(&arena, DEBIAN_HOOKS "/%s", entry->name);

		if (!is_hook_name(entry->name) || !is_executable(&folder, entry))
			continue;
		if (may == UNKNOWN)
			may = linux_may_run(host, places, &why) ? MAY : MAY_NOT;
		if (may == MAY)
			run_hook(host, path, &input, notes);
		else
			not_run(store, path, &why, notes);
	}
	return true;
}
