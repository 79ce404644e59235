/* SPDX-License-Identifier: Apache-2.0 */
#include "host/linux/linux.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "host/linux/access.h"
#include "host/linux/aside.h"
#include "host/linux/certificates.h"
#include "host/linux/layout.h"
#include "host/linux/proxy.h"

enum { PATH_CAP = 4096 };

struct linux_host {
	struct host_ops ops;
	const struct trust_layout *layout;
	void *state;          /* of the layout */
	struct paths closed;  /* files closed to other users, which we may open */
	struct paths entered; /* folders that this look found open to other users */
	struct arena arena;   /* what lives as long as the host */
};

static struct linux_host *data_of(struct host *host)
{
	return host->data;
}

/* Whether other users can enter the folders on the way to `path`. Asked once a look for each
 * folder: a thousand certificates lie in two. */
static bool check_folder(struct host *host, const char *path, struct err *err)
{
	struct paths *entered = &data_of(host)->entered;
	size_t size = (size_t)(strrchr(path, '/') - path);
	const char *folder;

	for (size_t i = 0; i < entered->count; i++)
		if (strncmp(entered->list[i], path, size) == 0 && !entered->list[i][size])
			return true;
	folder = arena_strndup(&entered->arena, path, size);
	if (!access_check_folder(host, folder, err))
		return false;
	paths_add(entered, folder);
	return true;
}

/* The same for the files of ours among the changes from `first` on. */
static bool check_added(
    struct host *host, const struct changes *changes, size_t first, struct err *err)
{
	for (size_t i = first; i < changes->count; i++)
		if (changes->list[i].after.type == FILE_REGULAR &&
		    linux_is_own(changes->list[i].place) &&
		    !check_folder(host, changes->list[i].place, err))
			return false;
	return true;
}

static bool observe_certificates(struct linux_host *linux_host, struct host *host,
    const struct observing *how, struct items *have, struct err *err)
{
	size_t first = have->count;

	paths_release(&linux_host->closed);
	paths_release(&linux_host->entered);
	if (!linux_host->layout->observe(linux_host->state, host, how, have, err)) {
		have->count = first;
		return false;
	}
	access_judge(host, linux_host->layout->bundle, have, first, &linux_host->closed);
	aside_observe(host, linux_host->layout, have);
	return true;
}

static bool observe(struct host *host, enum item_kind kind, const struct observing *how,
    struct items *have, struct err *err)
{
	struct linux_host *linux_host = data_of(host);

	if (kind == ITEM_CERTIFICATE)
		return observe_certificates(linux_host, host, how, have, err);
	return kind != ITEM_PROXY || linux_proxy_observe(host, have, err);
}

static void express_certificate(struct host *host, struct item *want, struct arena *arena)
{
	struct linux_host *linux_host = data_of(host);
	struct err err = {0};

	switch (item_store(want)) {
	case STORE_ROOT:
	case STORE_DISALLOWED:
		/* a failure here comes again in observe or put, where it can be reported */
		if (!linux_host->layout->express(linux_host->state, host, want, &err))
			want->note = arena_strdup(arena, err.text);
		else if (want->note) /* texts of the layout are valid until its next look */
			want->note = arena_strdup(arena, want->note);
		if (want->asked.warning)
			want->asked.warning = arena_strdup(arena, want->asked.warning);
		return;
	case STORE_INTERMEDIATE:
		want->note = "Linux has no store of intermediates: among the anchors it would be"
		             " trusted as a root";
		break;
	case STORE_TRUSTED_PUBLISHER:
		want->note = "Linux has no store of trusted publishers";
		break;
	default:
		want->note = "Linux has no such store";
	}
	want->asked.holding = HOLD_NOT_APPLICABLE;
}

static void express(struct host *host, struct item *want, struct arena *arena)
{
	if (want->key.kind == ITEM_CERTIFICATE) {
		express_certificate(host, want, arena);
	} else if (want->key.kind == ITEM_PROXY) {
		linux_proxy_express(host, want, arena);
	} else {
		want->asked.holding = HOLD_NOT_APPLICABLE;
		want->note = "Linux has no such setting";
	}
}

static bool put(struct host *host, const struct item *want, const struct item *have,
    struct changes *out, struct err *err)
{
	struct linux_host *linux_host = data_of(host);
	size_t before = out->count;

	if (want->key.kind == ITEM_PROXY)
		return linux_proxy_put(host, want, have, out, err);
	if (item_store(want) == STORE_ROOT && linux_host->layout->bundle &&
	    !check_folder(host, linux_host->layout->bundle, err))
		return false;
	return linux_host->layout->put(linux_host->state, host, want, have, out, err) &&
	       check_added(host, out, before, err);
}

static bool drop(struct host *host, const struct item *have, struct changes *out, struct err *err)
{
	struct linux_host *linux_host = data_of(host);

	if (have->key.kind == ITEM_PROXY)
		return linux_proxy_drop(host, have, out, err);
	if (aside_has(linux_host->layout, have))
		return aside_drop(host, have, out, err);
	return linux_host->layout->drop(linux_host->state, host, have, out, err);
}

static bool derive(
    struct host *host, const struct changes *leaving, struct changes *out, struct err *err)
{
	struct linux_host *linux_host = data_of(host);

	return (!linux_host->layout->derive ||
	           linux_host->layout->derive(linux_host->state, host, leaving, out, err)) &&
	       access_mend(host, &linux_host->closed, out, err);
}

static bool publish(
    struct host *host, const struct changes *done, struct text *notes, struct err *err)
{
	struct linux_host *linux_host = data_of(host);

	linux_proxy_notes(done, notes);
	return !linux_host->layout->publish ||
	       linux_host->layout->publish(linux_host->state, host, done, notes, err);
}

static bool tell(struct host *host, const struct changes *done, bool rehearsal, struct err *err)
{
	struct linux_host *linux_host = data_of(host);

	return !linux_host->layout->tell ||
	       linux_host->layout->tell(linux_host->state, host, done, rehearsal, err);
}

static void imagine(struct host *host)
{
	root_imagine(&host->root);
}

static bool foretell(
    struct host *host, const struct changes *done, struct changes *out, struct err *err)
{
	struct linux_host *linux_host = data_of(host);

	return !linux_host->layout->foretell ||
	       linux_host->layout->foretell(linux_host->state, host, done, out, err);
}

static bool capture(struct host *host, const char *place, struct file_state *out, struct err *err)
{
	return file_capture(&host->root, place, LINUX_BUNDLE_MAX, out, err);
}

static bool set(
    struct host *host, const char *place, const struct file_state *state, struct err *err)
{
	return file_set(&host->root, place, state, err);
}

static bool withdrawn(
    struct host *host, const char *place, struct span before, struct span after, struct span now)
{
	struct linux_host *linux_host = data_of(host);

	return linux_host->layout->withdrawn &&
	       linux_host->layout->withdrawn(linux_host->state, host, place, before, after, now);
}

static bool keep_others(
    struct host *host, const struct changes *undone, struct changes *out, struct err *err)
{
	struct linux_host *linux_host = data_of(host);

	return !linux_host->layout->keep_others ||
	       linux_host->layout->keep_others(linux_host->state, host, undone, out, err);
}

static bool remark(struct host *host, struct remarks *out, struct err *err)
{
	const struct linux_host *linux_host = data_of(host);
	const struct trust_layout *layout = linux_host->layout, *stray = NULL;

	while ((stray = layout_next_stray(&host->root, layout, stray)))
		remarks_add(out, "sources_unread", stray->sources,
		    "%s holds files, and this host does not read them: its trust store is of the"
		    " kind \"%s\"%s%s.",
		    stray->sources, layout->name, layout->sources ? ", whose folder is " : "",
		    layout->sources ? layout->sources : "");
	linux_proxy_remark(host, out);
	return !layout->remark || layout->remark(linux_host->state, host, out, err);
}

/* The file systems that hold what we write; mostly they are one. */
static bool sync_host(struct host *host, struct err *err)
{
	static const char *const written[] = {"/etc", "/usr/local", "/var/lib"};

	return root_sync(&host->root, written, COUNT(written), err);
}

static void close_host(struct host *host)
{
	struct linux_host *linux_host = data_of(host);

	linux_host->layout->close(linux_host->state);
	paths_release(&linux_host->closed);
	paths_release(&linux_host->entered);
	arena_release(&linux_host->arena);
	free(linux_host);
	host->data = NULL;
}

/* The places of the layouts; proxies have theirs in the rows of their targets. */
static const char *const places[] = {"/etc/ca-certificates.conf", "/etc/ca-certificates/",
    "/etc/ssl/certs/*", "/usr/local/share/ca-certificates/", "/etc/pki/ca-trust/",
    "/etc/pki/trust/", "/var/lib/ca-certificates/", NULL};

static const struct host_ops linux_ops = {
    .kinds = 1u << ITEM_CERTIFICATE | 1u << ITEM_PROXY,
    .lock_folder = "/run",
    .observe = observe,
    .express = express,
    .put = put,
    .drop = drop,
    .derive = derive,
    .publish = publish,
    .tell = tell,
    .imagine = imagine,
    .can_set = file_can_set,
    .foretell = foretell,
    .capture = capture,
    .set = set,
    .withdrawn = withdrawn,
    .keep_others = keep_others,
    .sync = sync_host,
    .remark = remark,
    .close = close_host,
};

bool linux_open(struct host *host, struct err *err)
{
	struct linux_host *data;

	if (file_type(&host->root, "/etc") == FILE_ABSENT &&
	    file_type(&host->root, "/usr") == FILE_ABSENT)
		return err_set(err, ERR_HOST,
		    "is no system that this program knows: it has neither /etc nor /usr, nor the"
		    " Windows folder of a Windows volume; name the folder that a system's root is"
		    " mounted at");
	data = mem_alloc(sizeof(*data));
	data->layout = layout_choose(&host->root);
	data->ops = linux_ops;
	data->ops.name = data->layout->name;
	data->ops.places = linux_proxy_places(places, &data->arena);
	data->ops.made = data->layout->bundle;
	data->ops.tool_makes = data->layout->foretell != NULL;
	data->state = data->layout->open(data->layout);
	host->data = data;
	host->ops = &data->ops;
	return true;
}
